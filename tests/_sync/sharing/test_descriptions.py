# Generated from tests/_async/sharing/test_descriptions.py by `nox -s codegen`. Do not edit.
"""Agents that files describe: what becomes of each field, what is refused with file and line, what is closed."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from twofold import (
    CodeAgent,
    ConfigurationError,
    LocalModel,
    OpenAIModel,
    PythonInterpreterTool,
    Tool,
    ToolCallingAgent,
    UsageLimits,
    open_agent,
)
from twofold.testing import ChatServer, Reply, ScriptedModel

TOOL_FILE = '''
from twofold import tool

@tool
def double(number: int) -> int:
    """Double a number.

    Args:
        number: The number.
    """
    return number * 2

@tool
def half(number: int) -> float:
    """Halve a number.

    Args:
        number: The number.
    """
    return number / 2
'''


def write(folder: Path, description: Any, name: str = "agent.yaml") -> Path:
    path = folder / name
    text = (
        json.dumps(description, indent=1)
        if name.endswith(".json")
        else yaml.safe_dump(description, sort_keys=False)
    )
    path.write_text(description if isinstance(description, str) else text)
    return path


def test_a_description_becomes_an_agent_that_works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MY_KEY", "key-of-the-test")
    (tmp_path / "my_tools.py").write_text(TOOL_FILE)
    with ChatServer([Reply("<code>final_answer(double(21))</code>")], api_key="key-of-the-test") as server:
        model = {"class": "OpenAIModel", "model_id": "m", "api_key_env": "MY_KEY", "api_base": server.url}
        path = write(tmp_path, {"model": model, "tools": ["my_tools.py:double"]})
        with open_agent(path, trust_remote_code=True) as agent:
            assert isinstance(agent, CodeAgent)
            assert set(agent.tools) == {"final_answer", "double"}
            assert agent.run("Double it.") == 42


@pytest.mark.parametrize("name", ["agent.yaml", "agent.yml", "described.json"])
def test_every_field(tmp_path: Path, name: str) -> None:
    description = {
        "agent": "code",
        "name": "chief",
        "description": "Does it all.",
        "model": {
            "class": "OpenAIModel",
            "model_id": "m",
            "temperature": 0,
            "api_key": "${NO_SUCH_KEY:-any}",
        },
        "instructions": "Be ${brief}.",
        "tools": ["python_interpreter"],
        "prompts": {"system_prompt": "You are {{ custom_instructions }}"},
        "imports": ["json"],
        "max_steps": 4,
        "planning_interval": 2,
        "limits": {"requests": 3, "seconds": 2},
        "context_limit": 1000,
        "output_type": "list[int]",
        "executor": {"timeout_seconds": 3, "max_operations": 100, "max_print_outputs_length": 50},
        "use_structured_outputs": False,
        "code_block_tags": ["[[", "]]"],
        "provide_run_summary": True,
        "managed_agents": [
            {"agent": "tool_calling", "name": "helper", "description": "Helps.", "max_tool_threads": 2},
            {"name": "other", "description": "Other.", "model": "openai/other", "prompts": "other.yaml"},
        ],
    }
    (tmp_path / "other.yaml").write_text("planning: {initial_plan: Plan.}")
    with open_agent(write(tmp_path, description, name)) as agent:
        assert isinstance(agent, CodeAgent)
        assert (agent.name, agent.description, agent.max_steps) == ("chief", "Does it all.", 4)
        assert (agent.planning_interval, agent.provide_run_summary) == (2, True)
        assert isinstance(agent.model, OpenAIModel)
        assert agent.model.kwargs == {"temperature": 0}
        assert agent.system_prompt == "You are Be ${brief}."
        assert agent.usage_limits == UsageLimits(requests=3, seconds=2)
        assert agent.context_limit is not None
        assert agent.context_limit.max_tokens == 1000
        assert agent.output_type == list[int]
        assert "json" in agent.authorized_imports
        assert agent.executor.policy.timeout_seconds == 3  # type: ignore[attr-defined]
        assert agent.executor.policy.max_print_characters == 50  # type: ignore[attr-defined]
        assert agent.code_block_tags.opening == "[["
        assert type(agent.tools["python_interpreter"]) is PythonInterpreterTool
        helper, other = agent.managed_agents["helper"], agent.managed_agents["other"]
        assert isinstance(helper, ToolCallingAgent)
        assert helper.model is agent.model
        assert helper.max_tool_threads == 2
        assert other.model.model_id == "other"
        assert other.prompt_templates["planning"]["initial_plan"] == "Plan."
        assert other.prompt_templates["managed_agent"] == agent.prompt_templates["managed_agent"]


def test_data_instead_of_a_file() -> None:
    with open_agent(
        {"tools": [{"tool": "PythonInterpreterTool", "parameters": {"timeout_seconds": 2}}]}
    ) as agent:
        assert isinstance(agent.model, LocalModel)
        assert "python_interpreter" in agent.tools


def test_arguments_replace_what_is_described(tmp_path: Path) -> None:
    model = ScriptedModel(["<code>final_answer(1)</code>"])
    path = write(tmp_path, {"model": "openai/never-made", "max_steps": 3})
    with open_agent(path, model=model, max_steps=5) as agent:
        assert agent.max_steps == 5
        assert agent.run("Go.") == 1


@pytest.mark.parametrize(
    ("entry", "names"),
    [
        ("my_tools.py", {"double", "half"}),
        ("my_tools.py:half", {"half"}),
        ({"file": "my_tools.py", "name": "half"}, {"half"}),
        ("my_tool_module:double", {"double"}),
        ({"module": "my_tool_module", "name": "double"}, {"double"}),
    ],
)
def test_where_tools_come_from(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, entry: Any, names: set[str]
) -> None:
    (tmp_path / "my_tools.py").write_text(TOOL_FILE)
    (tmp_path / "my_tool_module.py").write_text(TOOL_FILE)
    monkeypatch.syspath_prepend(tmp_path)
    path = write(tmp_path, {"tools": [entry]})
    with pytest.raises(ConfigurationError, match="trust_remote_code"):
        with open_agent(path):
            pass
    with open_agent(path, trust_remote_code=True) as agent:
        assert set(agent.tools) == {"final_answer", *names}
    sys.modules.pop("my_tool_module", None)


def test_a_tool_of_the_hub(hub: Any, tmp_path: Path) -> None:
    hub.add_space("someone/tools", {"tool.py": TOOL_FILE})
    path = write(tmp_path, {"tools": [{"hub": "someone/tools"}]})
    with pytest.raises(ConfigurationError, match="the tool someone/tools"):
        with open_agent(path):
            pass
    assert hub.requests == []
    with open_agent(path, trust_remote_code=True) as agent:
        assert set(agent.tools) == {"final_answer", "half"}


def test_a_saved_agent_can_be_opened_too(tmp_path: Path) -> None:
    CodeAgent(
        tools=[Tool.from_code(TOOL_FILE)], model=ScriptedModel(["<code>final_answer(half(8))</code>"])
    ).save(tmp_path / "saved")
    for path in (tmp_path / "saved", tmp_path / "saved" / "agent.json"):
        with pytest.raises(ConfigurationError, match="the tool 'half'"):
            with open_agent(path):
                pass
        with open_agent(path, trust_remote_code=True) as agent:
            assert agent.run("Halve it.") == 4


def test_managed_agents_in_files_of_their_own(tmp_path: Path) -> None:
    (tmp_path / "team").mkdir()
    write(tmp_path / "team", {"name": "helper", "description": "Helps.", "prompts": "p.yaml"}, "helper.yaml")
    (tmp_path / "team" / "p.yaml").write_text("system_prompt: Help.")
    saved = CodeAgent(tools=[], model=ScriptedModel([]), name="saved", description="Was saved.")
    saved.save(tmp_path / "team" / "saved")
    path = write(tmp_path, {"managed_agents": ["team/helper.yaml", "team/saved"]})
    with open_agent(path) as agent:
        assert set(agent.managed_agents) == {"helper", "saved"}
        assert agent.managed_agents["helper"].system_prompt == "Help."


def test_code_of_managed_agents_needs_trust(tmp_path: Path) -> None:
    witness = tmp_path / "was-run"
    (tmp_path / "hostile.py").write_text(f"open({str(witness)!r}, 'w')\n{TOOL_FILE}")
    write(tmp_path, {"name": "inner", "description": "Is managed.", "tools": ["./hostile.py"]}, "inner.yaml")
    path = write(
        tmp_path, {"managed_agents": ["inner.yaml"], "mcpServers": {"s": {"command": "no-such-program"}}}
    )
    with pytest.raises(ConfigurationError, match="MCP server s, which is started, the tool ./hostile.py"):
        with open_agent(path):
            pass
    assert not witness.exists()


def test_agents_that_manage_each_other_for_ever(tmp_path: Path) -> None:
    path = write(tmp_path, {"name": "a", "description": "b", "managed_agents": ["agent.yaml"]})
    with pytest.raises(ConfigurationError, match="levels deep"):
        with open_agent(path):
            pass


@pytest.mark.parametrize(
    ("text", "complaints"),
    [
        ("modle: x", ["line 1, modle: there is no such field"]),
        ("\n\nmax_steps: many\nname: 7", ["line 3, max_steps: ", "not 'many'", "line 4, name: "]),
        ("max_steps: 0", ["line 1, max_steps: input should be greater than 0, not 0"]),
        ("limits:\n  requests: 1\n  bananas: 2", ["line 3, limits.bananas: there is no such field"]),
        (
            "tools:\n- web_search\n- file: a.py\n  hub: b/c",
            ["line 3, tools.1: a tool needs one of", "file and hub"],
        ),
        ("tools:\n- {module: json}", ["line 2, tools.0: a tool of a module needs a name"]),
        ("tools: web_search", ["line 1, tools: input should be a valid list"]),
        ("model: {model_id: x}", ["line 1, model.class: it is missing"]),
        (
            "model: {class: OpenAIModel, api_key: abc}",
            ["line 1, model.api_key: keys do not belong into the file"],
        ),
        ("model: {class: X, a: {token: abc}}", ["model.a.token: keys do not belong"]),
        (
            "model: {class: X, a: '${NO_SUCH_NAME}'}",
            ["line 1, model.a: the environment variable NO_SUCH_NAME is not set"],
        ),
        ("model: {class: OpenAIModel, model_id: m, api_key_env: NO_SUCH_NAME}", ["NO_SUCH_NAME is not set"]),
        ("model: nonsense", ["'nonsense' is none that is known"]),
        ("model: {class: Nonsense}", ["'Nonsense'"]),
        ("agent: robot", ["line 1, agent: ", "'code' or 'tool_calling'", "not 'robot'"]),
        ("agent: tool_calling\nimports: [json]", ["only code agents have imports"]),
        ("max_tool_threads: 3", ["only tool_calling agents"]),
        ("code_block_tags: [a]", ["line 1, code_block_tags: the texts around code are two"]),
        ("output_type: list[", ["output_type 'list[' is no type"]),
        ("tools: [no_such_tool]", ["tools.0: twofold has no tool 'no_such_tool'", "python_interpreter"]),
        ("tools:\n- {tool: python_interpreter, parameters: {bananas: 1}}", ["tools.0", "bananas"]),
        ("prompts: nowhere.yaml", ["There is no file", "nowhere.yaml"]),
        ("managed_agents: [nowhere.yaml]", ["There is no file", "nowhere.yaml"]),
        ("managed_agents: [folder]", ["There is no file or folder", "folder"]),
        ("managed_agents:\n- name: x\n  max_steps: -1", ["line 3, managed_agents.0.max_steps"]),
        ("managed_agents:\n- name: x\n  model: {class: A, api_key: b}", ["line 3, model.api_key"]),
        ("a: [", ["cannot be read as YAML", "line 1"]),
        ("- a", ["must hold a mapping"]),
    ],
)
def test_what_is_wrong_is_told_with_its_line(tmp_path: Path, text: str, complaints: list[str]) -> None:
    path = write(tmp_path, text)
    with pytest.raises(ConfigurationError) as caught:
        with open_agent(path, trust_remote_code=True):
            pass
    for complaint in complaints:
        assert complaint in str(caught.value)


def test_everything_that_is_wrong_is_told_at_once(tmp_path: Path) -> None:
    path = write(tmp_path, "modle: x\nmax_steps: many\nlimits: {requests: -1}\n")
    with pytest.raises(ConfigurationError, match="agent.yaml") as caught:
        with open_agent(path):
            pass
    assert [line.split(":")[0].strip() for line in str(caught.value).splitlines()[1:]] == [
        "line 1, modle",
        "line 2, max_steps",
        "line 3, limits.requests",
    ]


def test_the_value_of_a_variable_is_not_in_errors(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MY_KEY", "very-secret")
    path = write(
        tmp_path,
        "model: {class: OpenAIModel, model_id: m, api_key: '${MY_KEY}'}\ntools: [{tool: '${MY_KEY}', name: 3}]",
    )
    with pytest.raises(ConfigurationError) as caught:
        with open_agent(path):
            pass
    assert "very-secret" not in str(caught.value)


def test_no_description(tmp_path: Path) -> None:
    (tmp_path / "x.txt").write_text("Hello")
    for name, complaint in [
        ("x.yaml", "There is no file"),
        ("x.txt", "no description"),
        ("x", "There is no file or folder"),
    ]:
        with pytest.raises(ConfigurationError, match=complaint):
            with open_agent(tmp_path / name):
                pass


def test_models_are_closed_at_the_end_whatever_happens(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed: list[str | None] = []

    class Noting(ScriptedModel):
        def __init__(self, model_id: str) -> None:
            super().__init__([], model_id=model_id)

        def close(self) -> None:
            closed.append(self.model_id)

    managed = {"name": "x", "description": "y", "model": {"class": "Noting", "model_id": "inner"}}
    path = write(tmp_path, {"model": {"class": "Noting", "model_id": "outer"}, "managed_agents": [managed]})
    with pytest.raises(ZeroDivisionError):
        with open_agent(path):
            _ = 1 / 0
    assert sorted(map(str, closed)) == ["inner", "outer"]
    closed.clear()
    path = write(tmp_path, {"model": {"class": "Noting", "model_id": "outer"}, "tools": ["no_such_tool"]})
    with pytest.raises(ConfigurationError):
        with open_agent(path):
            pass
    assert closed == ["outer"]
