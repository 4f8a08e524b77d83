"""Agents of twofold. One agent for all runs, as its documentation says.

Kinds: ``tools`` and ``code`` in the async API; ``sync-tools`` and ``sync-code`` with a thread for each run.
"""

# pyright: reportMissingImports=false, reportArgumentType=false, reportCallIssue=false, reportAttributeAccessIssue=false, reportGeneralTypeIssues=false
# mypy: ignore-errors
# (type checkers run where the peers are not installed)

import asyncio
import functools
import time

from agents_kit import main
from agents_script import STEPS, TOOL, add_one, count_results, first_number, task


def play(messages, offered):
    """Return what the model says: the agent's own messages, so text and blocks."""
    from twofold import ChatMessage, ChatMessageToolCall, ChatMessageToolCallFunction

    results = [message.text for message in messages if message.role == "tool-response"]
    turn, value = count_results(results, first_number(messages[1].text))
    if not offered:
        code = f"final_answer({value})" if turn == STEPS - 1 else f"x = {TOOL}(number={value})\nprint(x)"
        return ChatMessage("assistant", f"Thought: I go on.\n<code>\n{code}\n</code>")
    last = turn == STEPS - 1
    name, arguments = ("final_answer", {"answer": value}) if last else (TOOL, {"number": value})
    call = ChatMessageToolCall(ChatMessageToolCallFunction(name, arguments), f"call_{turn}")
    return ChatMessage("assistant", None, [call])


class TwofoldCast:
    """The agents, and a model without a provider where there is no server."""

    def __init__(self, kind, url, latency):
        self.url, self.latency = url, latency
        self.threaded, self.code = kind.startswith("sync-"), kind.endswith("code")

    async def open(self):
        self.agent = self.make_agent(self.threaded)

    def make_agent(self, sync):
        import twofold
        import twofold.aio

        api = twofold if sync else twofold.aio
        tool = api.tool(blocking=False)(add_one)
        make_model = self.make_sync_model if sync else self.make_model
        if self.url is not None:
            model = api.OpenAIModel("scripted", api_base=self.url, api_key="k")
        else:
            model = make_model(api)
        return (api.CodeAgent if self.code else api.ToolCallingAgent)(tools=[tool], model=model)

    def make_model(self, api):
        latency = self.latency

        class Scripted(api.Model):
            native_tool_history = True

            async def generate(self, messages, tools_to_call_from=None, **kwargs):
                if latency:
                    await asyncio.sleep(latency)
                return play(messages, tools_to_call_from)

        return Scripted(model_id="scripted")

    def make_sync_model(self, api):
        latency = self.latency

        class Scripted(api.Model):
            native_tool_history = True

            def generate(self, messages, tools_to_call_from=None, **kwargs):
                if latency:
                    time.sleep(latency)
                return play(messages, tools_to_call_from)

        return Scripted(model_id="scripted")

    def prepare(self, number, shared):
        return lambda: self.agent.run(task(number))

    def prepare_sync(self, number, shared):
        return lambda: self.sync_agent.run(task(number))

    @functools.cached_property
    def sync_agent(self):
        return self.agent if self.threaded else self.make_agent(sync=True)

    async def close(self):
        await self.agent.aclose()
        await self.agent.model.aclose()


if __name__ == "__main__":
    main(TwofoldCast)
