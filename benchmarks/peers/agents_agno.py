"""Agents of agno: one for all runs, without storage; telemetry is off."""

# pyright: reportMissingImports=false, reportArgumentType=false, reportCallIssue=false, reportAttributeAccessIssue=false, reportGeneralTypeIssues=false
# mypy: ignore-errors
# (type checkers run where the peers are not installed)

import asyncio
import itertools
import json
import time
from dataclasses import dataclass, field

from agents_kit import main
from agents_script import STEPS, TOOL, add_one, count_results, first_number, task
from agno.agent import Agent
from agno.models.base import Model
from agno.models.openai import OpenAILike
from agno.models.response import ModelResponse


@dataclass
class Scripted(Model):
    """A model without a provider."""

    id: str = "scripted"
    latency: float = 0.0
    numbers: itertools.count = field(default_factory=itertools.count)

    def reply(self, messages):
        results = [str(message.content) for message in messages if message.role == "tool"]
        asked = next(message.content for message in messages if message.role == "user")
        turn, value = count_results(results, first_number(asked))
        if turn == STEPS - 1:
            return ModelResponse(role="assistant", content=str(value))
        function = {"name": TOOL, "arguments": json.dumps({"number": value})}
        call = {"id": f"call_{next(self.numbers)}", "type": "function", "function": function}
        return ModelResponse(role="assistant", tool_calls=[call])

    def invoke(self, messages, assistant_message, **kwargs):
        assistant_message.metrics.start_timer()
        if self.latency:
            time.sleep(self.latency)
        assistant_message.metrics.stop_timer()
        return self.reply(messages)

    async def ainvoke(self, messages, assistant_message, **kwargs):
        assistant_message.metrics.start_timer()
        if self.latency:
            await asyncio.sleep(self.latency)
        assistant_message.metrics.stop_timer()
        return self.reply(messages)

    def invoke_stream(self, *args, **kwargs):
        raise NotImplementedError

    def ainvoke_stream(self, *args, **kwargs):
        raise NotImplementedError

    def _parse_provider_response(self, response, **kwargs):
        return response

    def _parse_provider_response_delta(self, response):
        return response


class AgnoCast:
    """An agent with one function as its tool."""

    threaded = False

    def __init__(self, kind, url, latency):
        self.url, self.latency = url, latency

    async def open(self):
        if self.url is None:
            model = Scripted(latency=self.latency)
        else:
            model = OpenAILike(id="scripted", base_url=self.url, api_key="k")
        self.agent = Agent(model=model, tools=[add_one], instructions="Use the tool.", telemetry=False)

    def prepare(self, number, shared):
        return lambda: self.run(number)

    async def run(self, number):
        return (await self.agent.arun(task(number), session_id=str(number))).content

    def prepare_sync(self, number, shared):
        return lambda: self.agent.run(task(number), session_id=str(number)).content

    async def close(self):
        pass


if __name__ == "__main__":
    main(AgnoCast)
