# Generated from tests/_async/agents/test_reference_scripts.py by `nox -s codegen`. Do not edit.
"""Scripts as users of smolagents write them, with another import: they run, and do the same."""

import io

import pytest
from PIL import Image
from rich.console import Console

from twofold import (
    ActionStep,
    AgentLogger,
    ChatMessage,
    ChatMessageStreamDelta,
    CodeAgent,
    FinalAnswerStep,
    LogLevel,
    PlanningStep,
    RunResult,
    TaskStep,
    Tool,
    ToolCallingAgent,
    tool,
)
from twofold.testing import ScriptedModel


def code(text: str, thought: str = "I write code.") -> str:
    return f"Thought: {thought}\n<code>\n{text}\n</code>"


def json_call(name: str, arguments: str) -> str:
    return f'Action:\n{{"name": "{name}", "arguments": {arguments}}}'


@tool
def web_search(query: str) -> str:
    """Searches the web and returns the best result.

    Args:
        query: What to look for.
    """
    return {"population of Ulm": "126,000", "population of Trier": "111,000"}.get(query, "nothing found")


class HarbourTool(Tool):
    name = "harbour_depth"
    description = "Tells how deep a harbour is, in metres."
    inputs = {
        "harbour": {"type": "string", "description": "The name of the harbour."},
        "at_low_tide": {"type": "boolean", "description": "Whether at low tide.", "nullable": True},
    }
    output_type = "number"

    def forward(self, harbour: str, at_low_tide: bool = False):
        return 9.5 if at_low_tide else 12.0


def test_1_a_manager_with_two_managed_agents_and_planning() -> None:
    searcher = ToolCallingAgent(
        tools=[web_search],
        model=ScriptedModel(
            [
                json_call("web_search", '{"query": "population of Ulm"}'),
                json_call("final_answer", '{"answer": "Ulm has 126,000 inhabitants"}'),
                json_call("web_search", '{"query": "population of Trier"}'),
                json_call("final_answer", '{"answer": "Trier has 111,000 inhabitants"}'),
            ]
        ),
        max_steps=10,
        name="search_agent",
        description="Searches the web for you. Give it your question as an argument.",
    )
    writer = CodeAgent(
        tools=[],
        model=ScriptedModel([code("final_answer('**' + notes + '**')")]),
        name="writer_agent",
        description="Writes nice texts.",
        provide_run_summary=True,
    )
    manager = CodeAgent(
        tools=[],
        model=ScriptedModel(
            [
                "Facts: none yet. Plan: 1. ask for both towns 2. write it down",
                code(
                    "ulm = search_agent(task='How many people live in Ulm?')\n"
                    "trier = search_agent('How many people live in Trier?')\n"
                    "print(ulm, trier)"
                ),
                "Facts: both are known. Plan: 1. write it down",
                code("final_answer(writer_agent('Write it', additional_args={'notes': 'Ulm is larger'}))"),
            ]
        ),
        managed_agents=[searcher, writer],
        additional_authorized_imports=["time"],
        planning_interval=1,
        name="manager",
    )
    answer = manager.run("Which town is larger, Ulm or Trier?")
    assert "**Ulm is larger**" in answer
    assert "this is what was done" in answer
    kinds = [type(step) for step in manager.memory.steps]
    assert kinds == [TaskStep, PlanningStep, ActionStep, PlanningStep, ActionStep]
    assert "126,000" in manager.memory.steps[2].observations
    assert "111,000" in manager.memory.steps[2].observations
    assert manager.monitor.get_total_token_counts().input_tokens > 0


def test_2_a_callback_that_takes_old_screenshots_out_of_memory() -> None:
    def save_screenshot(memory_step: ActionStep, agent: CodeAgent) -> None:
        current_step = memory_step.step_number
        for previous in agent.memory.steps:
            if isinstance(previous, ActionStep) and previous.step_number <= current_step - 2:
                previous.observations_images = None
        memory_step.observations_images = [Image.new("RGB", (4, 4), (current_step, 0, 0))]

    plans: list[str] = []
    model = ScriptedModel([code("1"), code("2"), code("3"), code("final_answer('seen')")])
    agent = CodeAgent(
        tools=[], model=model, step_callbacks={ActionStep: save_screenshot, PlanningStep: plans.append}
    )
    assert agent.run("Look around") == "seen"
    images = [step.observations_images for step in agent.memory.steps if isinstance(step, ActionStep)]
    assert [bool(image) for image in images] == [False, False, True, True]
    shown = [block for message in model.requests[3].messages for block in message.content]
    assert sum(block.get("type") == "image" for block in shown) == 2
    assert plans == []


def test_3_checks_of_the_final_answer() -> None:
    def is_integer(final_answer, agent_memory) -> bool:
        return isinstance(final_answer, int)

    def is_not_too_large(final_answer, agent_memory, agent) -> bool:
        assert agent_memory.steps
        assert agent.max_steps == 20
        if final_answer > 100:
            raise ValueError("That is far too large.")
        return True

    def accepts_all(final_answer, memory, agent=None) -> bool:
        return True

    model = ScriptedModel([code("final_answer('many')"), code("final_answer(1000)"), code("final_answer(7)")])
    checks = [lambda answer, memory, agent: is_integer(answer, memory), is_not_too_large, accepts_all]
    agent = CodeAgent(tools=[], model=model, final_answer_checks=checks)
    assert agent.run("How many?") == 7
    assert "far too large" in str(agent.memory.steps[2].error)


def test_4_a_data_frame_as_an_additional_argument() -> None:
    pd = pytest.importorskip("pandas")
    frame = pd.DataFrame({"town": ["Ulm", "Trier"] * 500, "people": range(1000)})
    model = ScriptedModel(
        [
            code(
                "import pandas as pd\nmeans = frame.groupby('town')['people'].mean()\n"
                "final_answer(means['Ulm'])"
            )
        ]
    )
    agent = CodeAgent(tools=[], model=model, additional_authorized_imports=["pandas", "numpy"])
    assert agent.run("Mean of Ulm?", additional_args={"frame": frame, "unit": "people"}) == 499.0
    shown = model.requests[0].text
    assert "frame (DataFrame)" in shown
    assert len(shown) < 20_000


def test_5_images_for_a_tool_calling_agent() -> None:
    image = Image.new("RGB", (8, 8), "green")
    model = ScriptedModel([json_call("final_answer", '{"answer": "a lawn"}')])
    agent = ToolCallingAgent(tools=[HarbourTool()], model=model, verbosity_level=LogLevel.OFF)
    assert agent.run("What is this?", images=[image]) == "a lawn"
    blocks = model.requests[0].messages[1].content
    assert [block["type"] for block in blocks] == ["text", "image"]
    assert blocks[1]["image"] is image
    assert agent.memory.steps[0].task_images == [image]


def test_6_a_stream_of_events() -> None:
    model = ScriptedModel(
        [json_call("harbour_depth", '{"harbour": "Emden"}'), json_call("final_answer", '{"answer": "12 m"}')]
    )
    agent = ToolCallingAgent(tools=[HarbourTool()], model=model, stream_outputs=True)
    text, answer = "", None
    for event in agent.run("How deep is the harbour of Emden?", stream=True):
        if isinstance(event, ChatMessageStreamDelta):
            text += event.content or ""
        elif isinstance(event, ActionStep):
            assert event.error is None
        elif isinstance(event, FinalAnswerStep):
            answer = event.output
    assert answer == "12 m"
    assert "harbour_depth" in text


def test_7_a_chat_that_goes_on() -> None:
    model = ScriptedModel(
        [
            code("name = 'Ada'\nfinal_answer('Hello')"),
            code("final_answer(f'You are {name}')"),
            code("final_answer('?')"),
        ]
    )
    agent = CodeAgent(tools=[], model=model)
    assert agent.run("My name is Ada.") == "Hello"
    assert agent.run("Who am I?", reset=False) == "You are Ada"
    assert [step.task for step in agent.memory.steps if isinstance(step, TaskStep)] == [
        "My name is Ada.",
        "Who am I?",
    ]
    assert agent.run("Who am I?") == "?"
    assert "Ada" not in model.requests[2].text


def test_8_replay_and_visualize() -> None:
    output = io.StringIO()
    logger = AgentLogger(LogLevel.OFF, console=Console(file=output, width=100))
    helper = CodeAgent(tools=[], model=ScriptedModel([]), name="helper", description="Helps with sums.")
    model = ScriptedModel([code("print(web_search('population of Ulm'))"), code("final_answer('126,000')")])
    agent = CodeAgent(tools=[web_search], model=model, managed_agents=[helper], logger=logger)
    agent.run("How many people live in Ulm?")
    assert output.getvalue() == ""
    agent.visualize()
    tree = output.getvalue()
    for expected in ("CodeAgent", "web_search", "helper", "Helps with sums."):
        assert expected in tree
    agent.replay()
    replay = output.getvalue()[len(tree) :]
    for expected in ("How many people live in Ulm?", "Step 1", "web_search(", "126,000", "Step 2"):
        assert expected in replay
    assert "Searches the web" not in replay
    agent.replay(detailed=True)
    assert "Searches the web" in output.getvalue()


@pytest.mark.parametrize(
    ("options", "reply"),
    [
        (
            {"use_structured_outputs_internally": True},
            '{"thought": "Easy.", "code": "final_answer(2 ** 10)"}',
        ),
        ({"code_block_tags": "markdown"}, "Thought: Easy.\n```python\nfinal_answer(2 ** 10)\n```"),
        ({"code_block_tags": ("<<", ">>")}, "Thought: Easy.\n<<\nfinal_answer(2 ** 10)\n>>"),
    ],
)
def test_9_other_forms_of_code(options: dict, reply: str) -> None:
    with CodeAgent(tools=[], model=ScriptedModel([reply]), **options) as agent:
        assert agent.run("What is 2 to the power of 10?") == 1024


def test_10_own_prompts_instructions_and_the_full_result() -> None:
    model = ScriptedModel([code("final_answer(harbour_depth('Emden', at_low_tide=True))")])
    agent = CodeAgent(
        tools=[HarbourTool()],
        model=model,
        instructions="Always use metres.",
        return_full_result=True,
        max_steps=4,
    )
    agent.prompt_templates["system_prompt"] = agent.prompt_templates["system_prompt"] + "\nYou are a pilot."
    result = agent.run("How deep is the harbour of Emden at low tide?")
    assert isinstance(result, RunResult)
    assert (result.output, result.state) == (9.5, "success")
    assert (
        result.token_usage.total_tokens == result.token_usage.input_tokens + result.token_usage.output_tokens
    )
    assert result.timing.duration >= 0
    assert result.steps[1]["step_number"] == 1
    assert result.dict()["state"] == "success"
    prompt = model.requests[0].messages[0].text
    assert "Always use metres." in prompt
    assert prompt.endswith("You are a pilot.")
    assert agent.system_prompt == prompt


def test_11_one_step_at_a_time_with_changes_to_the_memory() -> None:
    model = ScriptedModel([code("x = 5"), code("final_answer(x * 2)")])
    agent = CodeAgent(tools=[], model=model, verbosity_level=LogLevel.OFF)
    agent.memory.steps.append(TaskStep(task="Double five.", task_images=[]))
    final_answer, step_number = None, 1
    while final_answer is None and step_number <= 10:
        memory_step = ActionStep(step_number=step_number, observations_images=[])
        final_answer = agent.step(memory_step)
        agent.memory.steps.append(memory_step)
        step_number += 1
        agent.memory.steps[-1].observations = f"(step {step_number - 1} is done)"
    assert final_answer == 10
    assert "(step 1 is done)" in model.requests[1].text
    agent.cleanup()


def test_12_what_is_in_the_memory() -> None:
    model = ScriptedModel([code("x = 1"), code("y = x + 1"), code("final_answer(y)")])
    agent = CodeAgent(tools=[], model=model)
    agent.run("Count to two.")
    assert agent.memory.system_prompt.system_prompt == agent.system_prompt
    assert agent.memory.return_full_code() == "x = 1\n\ny = x + 1\n\nfinal_answer(y)"
    assert agent.memory.get_succinct_steps()[0] == {"task": "Count to two.", "task_images": None}
    assert "model_input_messages" in agent.memory.get_full_steps()[1]
    messages = agent.write_memory_to_messages()
    assert all(isinstance(message, ChatMessage) for message in messages)
    assert len(agent.write_memory_to_messages(summary_mode=True)) < len(messages)
    assert len(agent.monitor.step_durations) == 3
