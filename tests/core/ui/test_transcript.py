"""Events of runs, folded into the messages of the page."""

from typing import Any

import pytest

from twofold import (
    ActionOutput,
    ActionStep,
    AgentExecutionError,
    ChatMessageStreamDelta,
    FinalAnswerStep,
    ManagedAgentEvent,
    PlanningStep,
    PrintOutput,
    RateLimited,
    RetryEvent,
    Timing,
    TokenUsage,
    ToolCall,
    ToolOutput,
)
from twofold._core.ui.transcript import Transcript

TAGS = ("<code>", "</code>")


class Picture:
    """What looks like a Pillow image."""

    save, mode, size = None, "RGB", (1, 1)


@pytest.fixture
def transcript() -> Transcript:
    made = Transcript(lambda image: "picture.png", TAGS)
    assert made.begin("What is **six** times seven?")
    return made


def last(transcript: Transcript) -> dict[str, Any]:
    return transcript.messages()[-1]


def step(number: int = 1, **fields: Any) -> ActionStep:
    return ActionStep(step_number=number, timing=Timing(0.0, 1.5), **fields)


def test_the_task_is_shown_as_it_is_and_something_is_under_way(transcript: Transcript) -> None:
    task, waiting = transcript.messages()
    assert task["role"] == "user"
    assert "**six**" in task["content"]
    assert waiting["metadata"]["status"] == "pending"
    transcript.end()
    assert len(transcript.messages()) == 1


def test_a_reply_is_thought_and_code_while_it_arrives(transcript: Transcript) -> None:
    for piece in ("I multi", "ply.\n<code>\nprint(", "6)"):
        transcript.add(ChatMessageStreamDelta(content=piece))
    content = last(transcript)["content"]
    assert "<p>I multiply.</p>" in content
    assert "```python\nprint(6)\n```" in content
    assert "<code>" not in content


def test_retries_are_noted_in_the_step_that_waits(transcript: Transcript) -> None:
    transcript.add(RetryEvent("m-1", 1, 5, 2.0, RateLimited("<b>Slow down</b>")))
    content = last(transcript)["content"]
    assert "attempt 2 of 5 in 2.0 s (RateLimited: &lt;b&gt;Slow down&lt;/b&gt;)" in content
    transcript.add(step(model_output="I am back."))
    assert "attempt 2 of 5" in str(transcript.messages())


def test_a_step_from_its_beginning_to_its_end(transcript: Transcript) -> None:
    code = "print('working')\n6 * 7"
    transcript.add(ToolCall("python_interpreter", code, "1"))
    transcript.add(ToolCall("search", {"query": "seven"}, "2"))
    transcript.add(ToolOutput("2", "7", False, "7", ToolCall("search", {"query": "seven"}, "2")))
    transcript.add(PrintOutput("work"))
    transcript.add(PrintOutput("ing\n"))
    assert last(transcript)["metadata"] == {"title": "Working", "status": "pending"}
    transcript.add(ActionOutput(42, False))
    transcript.add(
        step(
            model_output=f"I compute.\n<code>\n{code}\n</code>",
            code_action=code,
            action_output=42,
            token_usage=TokenUsage(1200, 30),
        )
    )
    transcript.end()
    shown = last(transcript)
    assert shown["metadata"] == {"title": "Step 1", "log": "1,200 tokens in, 30 out", "duration": 1.5}
    parts = [
        "I compute.",
        "print('working')",
        'search(query="seven")\n=> 7',
        "```text\nworking\n```",
        "```text\n42\n```",
    ]
    positions = [shown["content"].index(part) for part in parts]
    assert positions == sorted(positions)


def test_an_error_of_a_step_is_shown(transcript: Transcript) -> None:
    transcript.add(step(code_action="x", error=AgentExecutionError("x is <not> defined")))
    assert "<b>AgentExecutionError</b> x is &lt;not&gt; defined" in transcript.messages()[1]["content"]


def test_answers(transcript: Transcript) -> None:
    transcript.add(FinalAnswerStep("It is **42**."))
    assert "<strong>42</strong>" in transcript.messages()[1]["content"]
    transcript.add(FinalAnswerStep(Picture()))
    assert transcript.messages()[2]["content"] == {"path": "picture.png"}


def test_images_come_after_their_step(transcript: Transcript) -> None:
    transcript.add(step(code_action="x", observations_images=[Picture()], action_output=Picture()))
    transcript.end()
    assert [message["content"] for message in transcript.messages()[2:]] == [{"path": "picture.png"}] * 2


def test_images_of_the_task_are_not_shown_again_with_the_first_step(transcript: Transcript) -> None:
    given, made = Picture(), Picture()
    transcript.know_images([given])
    transcript.add(step(observations_images=[given, made]))
    transcript.end()
    assert [message["content"] for message in transcript.messages()[2:]] == [{"path": "picture.png"}]


def test_a_plan(transcript: Transcript) -> None:
    transcript.add(ChatMessageStreamDelta(content="1. Multi"))
    transcript.add(
        PlanningStep(plan="1. Multiply", model_input_messages=[], model_output_message=None, timing=Timing())
    )
    transcript.end()
    assert last(transcript)["metadata"]["title"] == "Plan"
    assert "<li>Multiply</li>" in last(transcript)["content"]


def test_steps_of_agents_that_work_for_it_at_once_stay_apart(transcript: Transcript) -> None:
    for name, run in (("ann", "1"), ("bob", "2")):
        transcript.add(ManagedAgentEvent(name, None, run, ChatMessageStreamDelta(content=f"I am {name}")))
    transcript.add(ManagedAgentEvent("ann", None, "1", ChatMessageStreamDelta(content=", really")))
    transcript.add(ManagedAgentEvent("ann", None, "1", step(model_output="I am ann, really")))
    transcript.add(ManagedAgentEvent("ann", None, "1", FinalAnswerStep("a report to its manager")))
    shown = [(m["metadata"]["title"], m["content"]) for m in transcript.messages()[1:]]
    assert [title for title, _ in shown] == ["ann: Step 1", "bob: Working"]
    assert "I am ann, really" in shown[0][1]
    assert "report" not in str(shown)


def test_only_known_errors_say_what_they_say(transcript: Transcript) -> None:
    transcript.add_error(AgentExecutionError("no such file"))
    transcript.add_error(RuntimeError("the password is 123"))
    known, unknown = (message["content"] for message in transcript.messages()[1:3])
    assert "no such file" in known
    assert "123" not in unknown


def test_one_task_at_a_time(transcript: Transcript) -> None:
    assert not transcript.begin("Another one")
    transcript.end()
    assert transcript.begin("Another one")


def test_somebody_has_to_look_before_it_asks_to_be_looked_at_again(transcript: Transcript) -> None:
    transcript.messages()
    assert transcript.add(PrintOutput("a"))
    assert not transcript.add(PrintOutput("b"))
    transcript.messages()
    assert transcript.add(PrintOutput("c"))
