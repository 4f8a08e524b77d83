"""Agents of langgraph: its prebuilt agent, one graph for all runs."""

# pyright: reportMissingImports=false, reportArgumentType=false, reportCallIssue=false, reportAttributeAccessIssue=false, reportGeneralTypeIssues=false
# mypy: ignore-errors
# (type checkers run where the peers are not installed)

import asyncio
import itertools
import time
import warnings

from agents_kit import main
from agents_script import STEPS, TOOL, add_one, count_results, first_number, task
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, HumanMessage, ToolMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from langchain_core.tools import tool

NUMBERS = itertools.count()


class Scripted(BaseChatModel):
    """A model without a provider."""

    latency: float = 0.0

    @property
    def _llm_type(self):
        return "scripted"

    def bind_tools(self, tools, **kwargs):
        return self

    def reply(self, messages):
        results = [str(message.content) for message in messages if isinstance(message, ToolMessage)]
        asked = next(message.content for message in messages if isinstance(message, HumanMessage))
        turn, value = count_results(results, first_number(asked))
        if turn == STEPS - 1:
            message = AIMessage(str(value))
        else:
            call = {"name": TOOL, "args": {"number": value}, "id": f"call_{next(NUMBERS)}"}
            message = AIMessage("", tool_calls=[call])
        return ChatResult(generations=[ChatGeneration(message=message)])

    def _generate(self, messages, stop=None, run_manager=None, **kwargs):
        if self.latency:
            time.sleep(self.latency)
        return self.reply(messages)

    async def _agenerate(self, messages, stop=None, run_manager=None, **kwargs):
        if self.latency:
            await asyncio.sleep(self.latency)
        return self.reply(messages)


class LanggraphCast:
    """A graph of a model and one tool."""

    threaded = False

    def __init__(self, kind, url, latency):
        self.url, self.latency = url, latency

    async def open(self):
        from langgraph.prebuilt import create_react_agent

        if self.url is None:
            model = Scripted(latency=self.latency)
        else:
            from langchain_openai import ChatOpenAI

            model = ChatOpenAI(model="scripted", base_url=self.url, api_key="k")
        with warnings.catch_warnings(action="ignore"):  # that another package has one too
            self.graph = create_react_agent(model, [tool(add_one)], prompt="Use the tool.")

    def prepare(self, number, shared):
        return lambda: self.run(number)

    async def run(self, number):
        state = await self.graph.ainvoke({"messages": [("user", task(number))]})
        return state["messages"][-1].content

    def prepare_sync(self, number, shared):
        return lambda: self.graph.invoke({"messages": [("user", task(number))]})["messages"][-1].content

    async def close(self):
        pass


if __name__ == "__main__":
    main(LanggraphCast)
