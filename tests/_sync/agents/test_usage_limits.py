# Generated from tests/_async/agents/test_usage_limits.py by `nox -s codegen`. Do not edit.
"""What runs may use: checked before each request and call, shared with managed agents, the run kept."""

import pytest

from twofold import (
    ChatMessage,
    ChatMessageToolCall,
    ChatMessageToolCallFunction,
    CodeAgent,
    ConfigurationError,
    MessageRole,
    TokenUsage,
    ToolCallingAgent,
    UsageLimitExceeded,
    UsageLimits,
    tool,
)
from twofold.testing import ScriptedModel


def reply(text: str, input_tokens: int = 10, output_tokens: int = 5) -> ChatMessage:
    usage = TokenUsage(input_tokens, output_tokens)
    return ChatMessage(role=MessageRole.ASSISTANT, content=f"<code>\n{text}\n</code>", token_usage=usage)


@tool(blocking=False)
def ping() -> int:
    """Answers 1."""
    return 1


@tool
def knock() -> int:
    """Answers 2."""
    return 2


def endless(messages: list[ChatMessage]) -> ChatMessage:
    return reply("ping()")


@pytest.mark.parametrize(
    ("limits", "requests"),
    [
        (UsageLimits(requests=3), 3),
        (UsageLimits(input_tokens=25), 3),
        (UsageLimits(output_tokens=10), 2),
        (UsageLimits(total_tokens=15), 1),
        (UsageLimits(tool_calls=4), 5),
        (UsageLimits(seconds=1e-9), 0),
        (UsageLimits(requests=9, total_tokens=31), 3),
    ],
)
def test_each_limit_ends_the_run_before_what_would_go_beyond_it(limits, requests: int) -> None:
    model = ScriptedModel(endless)
    agent = CodeAgent(tools=[ping], model=model, usage_limits=limits)
    with pytest.raises(UsageLimitExceeded) as caught:
        agent.run("Go on")
    assert len(model.requests) == requests
    error = caught.value
    assert f"{requests:,} requests" in str(error)
    assert error.usage.requests == requests
    assert error.run.outcome == "failed"
    assert error.run is agent._last_run
    assert len(error.run.memory.steps) == 1 + max(requests + (limits.tool_calls is None), 1)


def test_limits_of_one_run_replace_those_of_the_agent() -> None:
    agent = CodeAgent(
        tools=[ping], model=ScriptedModel(endless), usage_limits=UsageLimits(requests=9), max_steps=50
    )
    with pytest.raises(UsageLimitExceeded, match="requests=2"):
        agent.run("Go on", usage_limits=UsageLimits(requests=2))
    assert len(agent.model.requests) == 2


def test_code_cannot_catch_the_end() -> None:
    text = """
for _ in range(100):
    try:
        ping()
        knock()
    except BaseException:
        pass
final_answer(1)
"""
    agent = CodeAgent(
        tools=[ping, knock], model=ScriptedModel([reply(text)]), usage_limits=UsageLimits(tool_calls=7)
    )
    with pytest.raises(UsageLimitExceeded, match="tool_calls=7") as caught:
        agent.run("Go on")
    assert caught.value.usage.tool_calls == 7


def test_the_final_answer_is_always_allowed() -> None:
    agent = CodeAgent(
        tools=[ping],
        model=ScriptedModel([reply("final_answer(ping())")]),
        usage_limits=UsageLimits(tool_calls=1, requests=1),
    )
    assert agent.run("Go") == 1


def test_managed_agents_share_the_limits_of_their_manager() -> None:
    worker = CodeAgent(tools=[], model=ScriptedModel(lambda m: reply("1")), name="worker", description="W.")
    boss = CodeAgent(
        tools=[],
        model=ScriptedModel(lambda m: reply("try:\n    worker('Go')\nexcept Exception:\n    pass")),
        managed_agents=[worker],
        usage_limits=UsageLimits(requests=5),
    )
    with pytest.raises(UsageLimitExceeded) as caught:
        boss.run("Go")
    assert caught.value.run.agent in (boss, worker)
    assert boss.last_result.usage.requests == 5
    assert boss.last_result.state == "failed"


def test_a_managed_agents_own_limits_end_its_work_and_not_its_managers() -> None:
    worker = CodeAgent(
        tools=[],
        model=ScriptedModel(lambda m: reply("1")),
        name="worker",
        description="W.",
        usage_limits=UsageLimits(requests=2),
    )
    boss = CodeAgent(
        tools=[],
        model=ScriptedModel([reply("worker('Go')"), reply("final_answer('without')")]),
        managed_agents=[worker],
    )
    assert boss.run("Go") == "without"
    assert "requests=2" in str(boss.memory.steps[1].error)


def test_a_tool_calling_agent_is_limited_too() -> None:
    def calls(messages: list[ChatMessage]) -> ChatMessage:
        function = ChatMessageToolCallFunction("ping", {})
        return ChatMessage(
            role=MessageRole.ASSISTANT, tool_calls=[ChatMessageToolCall(function, str(n)) for n in range(3)]
        )

    agent = ToolCallingAgent(
        tools=[ping], model=ScriptedModel(calls), usage_limits=UsageLimits(tool_calls=4), max_tool_threads=1
    )
    with pytest.raises(UsageLimitExceeded):
        agent.run("Go")
    assert agent.last_result.usage.tool_calls == 4


def test_planning_and_the_last_answer_count() -> None:
    agent = CodeAgent(
        tools=[], model=ScriptedModel(["a plan", reply("1")]), planning_interval=1, max_steps=1,
        usage_limits=UsageLimits(requests=2),
    )  # fmt: skip
    with pytest.raises(UsageLimitExceeded):
        agent.run("Go")
    assert agent.last_result.usage.requests == 2


@pytest.mark.parametrize("limits", [{"requests": 0}, {"tool_calls": -1}, {"seconds": "1"}, {"requests": 1.5}])
def test_limits_that_cannot_be(limits) -> None:
    with pytest.raises(ConfigurationError, match=next(iter(limits))):
        UsageLimits(**limits)
    with pytest.raises(ConfigurationError, match="UsageLimits"):
        CodeAgent(tools=[], model=ScriptedModel([]), usage_limits=limits)
