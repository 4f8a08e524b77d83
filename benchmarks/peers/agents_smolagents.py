"""Agents of smolagents: a thread and an agent for each run, as one agent remembers one run.

Kinds: ``tools`` and ``code``.
"""

# pyright: reportMissingImports=false, reportArgumentType=false, reportCallIssue=false, reportAttributeAccessIssue=false, reportGeneralTypeIssues=false
# mypy: ignore-errors
# (type checkers run where the peers are not installed)

import time

from agents_kit import main
from agents_script import STEPS, TOOL, add_one, count_results, first_number, task
from smolagents import CodeAgent, LogLevel, Model, OpenAIServerModel, ToolCallingAgent, tool
from smolagents.models import ChatMessage, ChatMessageToolCall, ChatMessageToolCallFunction


class Scripted(Model):
    """A model without a provider."""

    def __init__(self, latency):
        super().__init__(model_id="scripted")
        self.latency = latency

    def generate(self, messages, stop_sequences=None, tools_to_call_from=None, **kwargs):
        if self.latency:
            time.sleep(self.latency)
        results = [text_of(message) for message in messages if message.role == "tool-response"]
        task_text = next(text_of(message) for message in messages if message.role == "user")
        turn, value = count_results(results, first_number(task_text))
        if not tools_to_call_from:
            last = turn == STEPS - 1
            code = f"final_answer({value})" if last else f"x = {TOOL}(number={value})\nprint(x)"
            # what is printed comes before the last value, of which there is none
            return ChatMessage("assistant", f"Thought: I go on.\n<code>\n{code}\n</code>")
        last = turn == STEPS - 1
        name, arguments = ("final_answer", {"answer": value}) if last else (TOOL, {"number": value})
        call = ChatMessageToolCall(ChatMessageToolCallFunction(arguments, name), f"call_{turn}", "function")
        return ChatMessage("assistant", None, [call])


def text_of(message):
    content = message.content
    return content if isinstance(content, str) else "\n".join(block.get("text", "") for block in content)


class SmolCast:
    """An agent for each run, but one if it is to be shared."""

    threaded = True

    def __init__(self, kind, url, latency):
        self.code, self.url, self.latency = kind == "code", url, latency

    async def open(self):
        if self.url is None:
            self.model = Scripted(self.latency)
        else:
            self.model = OpenAIServerModel("scripted", api_base=self.url, api_key="k")
        self.tool = tool(add_one)
        self.one = self.make_agent()

    def make_agent(self):
        kind = CodeAgent if self.code else ToolCallingAgent
        return kind(tools=[self.tool], model=self.model, verbosity_level=LogLevel.OFF)

    def prepare_sync(self, number, shared):
        agent = self.one if shared else self.make_agent()
        return lambda: agent.run(task(number))


if __name__ == "__main__":
    main(SmolCast)
