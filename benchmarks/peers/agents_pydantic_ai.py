"""Agents of pydantic-ai: one for all runs."""

# pyright: reportMissingImports=false, reportArgumentType=false, reportCallIssue=false, reportAttributeAccessIssue=false, reportGeneralTypeIssues=false
# mypy: ignore-errors
# (type checkers run where the peers are not installed)

import asyncio

from agents_kit import main
from agents_script import STEPS, TOOL, add_one, count_results, first_number, task
from pydantic_ai import Agent
from pydantic_ai.messages import ModelResponse, TextPart, ToolCallPart, ToolReturnPart, UserPromptPart
from pydantic_ai.models.function import FunctionModel


class PydanticCast:
    """An agent with one plain tool."""

    threaded = False

    def __init__(self, kind, url, latency):
        self.url, self.latency = url, latency

    async def open(self):
        self.agent = Agent(self.make_model(), instructions="Use the tool.")
        self.agent.tool_plain(add_one)

    def make_model(self):
        if self.url is None:
            return FunctionModel(self.play)
        from pydantic_ai.models.openai import OpenAIChatModel
        from pydantic_ai.providers.openai import OpenAIProvider

        return OpenAIChatModel("scripted", provider=OpenAIProvider(base_url=self.url, api_key="k"))

    async def play(self, messages, info):
        if self.latency:
            await asyncio.sleep(self.latency)
        parts = [part for message in messages for part in message.parts]
        results = [str(part.content) for part in parts if isinstance(part, ToolReturnPart)]
        asked = next(part.content for part in parts if isinstance(part, UserPromptPart))
        turn, value = count_results(results, first_number(asked))
        if turn == STEPS - 1:
            return ModelResponse(parts=[TextPart(str(value))])
        return ModelResponse(parts=[ToolCallPart(TOOL, {"number": value})])

    def prepare(self, number, shared):
        return lambda: self.run(number)

    async def run(self, number):
        return (await self.agent.run(task(number))).output

    def prepare_sync(self, number, shared):
        return lambda: self.agent.run_sync(task(number)).output

    async def close(self):
        pass


if __name__ == "__main__":
    main(PydanticCast)
