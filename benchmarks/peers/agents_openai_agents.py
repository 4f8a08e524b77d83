"""Agents of the OpenAI Agents SDK: one for all runs. Tracing is off: it would send to a server."""

# pyright: reportMissingImports=false, reportArgumentType=false, reportCallIssue=false, reportAttributeAccessIssue=false, reportGeneralTypeIssues=false
# mypy: ignore-errors
# (type checkers run where the peers are not installed)

import asyncio
import itertools
import json

from agents import (
    Agent,
    Model,
    ModelResponse,
    OpenAIChatCompletionsModel,
    Runner,
    Usage,
    function_tool,
    set_tracing_disabled,
)
from agents_kit import main
from agents_script import STEPS, TOOL, add_one, count_results, first_number, task
from openai import AsyncOpenAI
from openai.types.responses import ResponseFunctionToolCall, ResponseOutputMessage, ResponseOutputText


class Scripted(Model):
    """A model without a provider."""

    def __init__(self, latency):
        self.latency = latency
        self.numbers = itertools.count()

    async def get_response(self, system_instructions, input, *args, **kwargs):
        if self.latency:
            await asyncio.sleep(self.latency)
        results = [str(item["output"]) for item in input if item.get("type") == "function_call_output"]
        turn, value = count_results(results, first_number(input[0]["content"]))
        identity = str(next(self.numbers))
        if turn == STEPS - 1:
            text = ResponseOutputText(text=str(value), type="output_text", annotations=[])
            item = ResponseOutputMessage(
                id=identity, content=[text], role="assistant", status="completed", type="message"
            )
        else:
            arguments = json.dumps({"number": value})
            item = ResponseFunctionToolCall(
                call_id=f"call_{identity}", name=TOOL, arguments=arguments, type="function_call"
            )
        return ModelResponse(output=[item], usage=Usage(), response_id=None)

    def stream_response(self, *args, **kwargs):
        raise NotImplementedError


class OpenAIAgentsCast:
    """An agent with one function tool."""

    threaded = False

    def __init__(self, kind, url, latency):
        self.url, self.latency = url, latency

    async def open(self):
        set_tracing_disabled(True)
        self.client = None
        if self.url is None:
            model = Scripted(self.latency)
        else:
            self.client = AsyncOpenAI(base_url=self.url, api_key="k")
            model = OpenAIChatCompletionsModel("scripted", self.client)
        self.agent = Agent(
            name="worker", instructions="Use the tool.", tools=[function_tool(add_one)], model=model
        )

    def prepare(self, number, shared):
        return lambda: self.run(number)

    async def run(self, number):
        return (await Runner.run(self.agent, task(number))).final_output

    def prepare_sync(self, number, shared):
        return lambda: Runner.run_sync(self.agent, task(number)).final_output

    async def close(self):
        if self.client is not None:
            await self.client.close()


if __name__ == "__main__":
    main(OpenAIAgentsCast)
