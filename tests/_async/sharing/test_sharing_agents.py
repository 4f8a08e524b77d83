"""Agents that are saved, loaded and shared: everything comes back, nothing secret leaves, nothing runs untrusted."""

import inspect
import json
import logging
import sys
from pathlib import Path
from typing import Any, Literal

import pytest
import yaml

from twofold.aio import (
    CodeAgent,
    ConfigurationError,
    ContextLimit,
    FinalAnswerTool,
    HubError,
    LocalPythonExecutor,
    MultiStepAgent,
    OpenAIModel,
    PythonInterpreterTool,
    SummarizeOldSteps,
    Tool,
    ToolCallingAgent,
    UsageLimits,
    tool,
)
from twofold.aio.testing import ChatServer, Reply, ScriptedModel

KEY = "sk-" + "0123456789abcdefghij"
TOKEN = "hf_" + "abcdefghijklmnopqrst"


@tool
def double(number: int) -> int:
    """Double a number.

    Args:
        number: The number.
    """
    return number * 2


class Greeter(Tool):
    name = "greet"
    description = "Greet somebody."
    inputs = {"who": {"type": "string", "description": "Whom."}}
    output_type = "string"

    def __init__(self, greeting: str = "Hello") -> None:
        self.greeting = greeting

    def forward(self, who: str) -> str:
        return f"{self.greeting} {who}"


class Loud(CodeAgent):
    """An agent class of the user, with a parameter of its own."""

    def __init__(self, *args: Any, volume: int = 1, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.volume = volume


def make_model(url: str = "http://127.0.0.1:1/v1", **kwargs: Any) -> OpenAIModel:
    headers = {"default_headers": {"Authorization": f"Bearer {KEY}", "X-Team": "one"}}
    return OpenAIModel("gpt-4o-mini", api_base=url, api_key=KEY, client_kwargs=headers, **kwargs)


def make_agent(**changes: Any) -> CodeAgent:
    helper = ToolCallingAgent(
        tools=[Greeter("Hi")], model=make_model(), name="helper", description="Helps.", max_tool_threads=2
    )
    boss = CodeAgent(
        tools=[], model=make_model(), managed_agents=[helper], name="boss", description="Leads helpers."
    )
    arguments: dict[str, Any] = {
        "tools": [double, Greeter("Good day"), PythonInterpreterTool(["math"], timeout_seconds=4)],
        "model": make_model(temperature=0.5),
        "managed_agents": [boss],
        "instructions": "Be brief.\n\nAnd: polite.",
        "max_steps": 7,
        "planning_interval": 3,
        "name": "chief",
        "description": "Does it all.",
        "provide_run_summary": True,
        "return_full_result": True,
        "additional_authorized_imports": ["json", "xml.*"],
        "executor_kwargs": {"timeout_seconds": 9, "max_operations": 1000},
        "max_print_outputs_length": 500,
        "code_block_tags": ("[[", "]]"),
        "output_type": dict[str, list[int]],
        "usage_limits": UsageLimits(requests=5, seconds=1.5),
        "context_limit": ContextLimit(2000, strategy=SummarizeOldSteps(2), keep=0.5),
        "verbosity_level": 0,
    }
    return CodeAgent(**{**arguments, **changes})


@pytest.fixture(autouse=True)
def key_in_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)


def everything_in(folder: Path) -> str:
    return "\n".join(path.read_text(encoding="utf-8") for path in sorted(folder.rglob("*")) if path.is_file())


# Round trips


def test_all_parameters_come_back(tmp_path: Path) -> None:
    agent = make_agent()
    agent.save(tmp_path)
    again = CodeAgent.from_folder(tmp_path, trust_remote_code=True)
    assert again.to_dict() == agent.to_dict()
    assert (again.max_steps, again.planning_interval, again.instructions) == (
        7,
        3,
        "Be brief.\n\nAnd: polite.",
    )
    assert again.output_type == dict[str, list[int]]
    assert again.usage_limits == UsageLimits(requests=5, seconds=1.5)
    assert again.context_limit is not None
    assert (again.context_limit.max_tokens, again.context_limit.keep) == (2000, 0.5)
    assert isinstance(again.context_limit.strategy, SummarizeOldSteps)
    assert again.code_block_tags == agent.code_block_tags
    assert isinstance(again.executor, LocalPythonExecutor)
    assert again.executor.policy == agent.executor.policy  # type: ignore[attr-defined]
    assert again.system_prompt == agent.system_prompt
    assert type(again.model) is OpenAIModel
    assert again.model.kwargs == {"temperature": 0.5}
    assert again.tools["greet"](who="you") == "Good day you"
    assert type(again.tools["python_interpreter"]) is PythonInterpreterTool
    boss = again.managed_agents["boss"]
    helper = boss.managed_agents["helper"]
    assert isinstance(helper, ToolCallingAgent)
    assert helper.max_tool_threads == 2
    assert helper.tools["greet"](who="you") == "Hi you"


def test_a_dict_does_the_same() -> None:
    agent = make_agent()
    data = json.loads(json.dumps(agent.to_dict()))
    assert MultiStepAgent.from_dict(data, trust_remote_code=True).to_dict() == agent.to_dict()


def test_no_parameter_is_forgotten() -> None:
    """Whoever adds a parameter to agents decides here how it is saved."""
    apart = {"tools", "model", "managed_agents", "prompt_templates", "output_type", "usage_limits"}
    apart |= {"context_limit", "verbosity_level", "executor", "output_type", "add_base_tools"}
    of_the_program = {"step_callbacks", "final_answer_checks", "approver", "logger"}
    plain = {
        "additional_authorized_imports",
        "code_block_tags",
        "description",
        "executor_kwargs",
        "executor_type",
        "instructions",
        "max_print_outputs_length",
        "max_steps",
        "max_tool_threads",
        "name",
        "planning_interval",
        "provide_run_summary",
        "return_full_result",
        "stream_outputs",
        "use_structured_outputs_internally",
    }
    for agent_class in (MultiStepAgent, CodeAgent, ToolCallingAgent):
        names = set(inspect.signature(agent_class.__init__).parameters) - {"self", "kwargs"}
        assert names <= apart | of_the_program | plain


def test_changed_attributes_count() -> None:
    agent = make_agent()
    agent.max_steps = 3
    agent.prompt_templates["system_prompt"] = "Do it."
    agent.tools["double"].description = "Twice as much."
    again = CodeAgent.from_dict(agent.to_dict(), trust_remote_code=True)
    assert again.max_steps == 3
    assert again.system_prompt == "Do it."
    assert again.tools["double"].description == "Twice as much."


@pytest.mark.parametrize(
    "hint", [int, list[str], Literal["a", 1, None], int | None, dict[str, tuple[int, ...]], UsageLimits]
)
def test_types_of_the_answer(hint: Any) -> None:
    agent = CodeAgent(tools=[], model=ScriptedModel([]), output_type=hint)
    assert CodeAgent.from_dict(agent.to_dict(), trust_remote_code=True).output_type == hint


def test_agent_classes_of_the_user() -> None:
    agent = Loud(tools=[], model=ScriptedModel([]), volume=11)
    again = MultiStepAgent.from_dict(agent.to_dict())
    assert isinstance(again, Loud)
    assert again.volume == 11
    with pytest.raises(ConfigurationError, match="is a Loud, and no ToolCallingAgent"):
        ToolCallingAgent.from_dict(agent.to_dict())


async def test_a_loaded_agent_works(tmp_path: Path) -> None:
    replies = ["<code>final_answer(double(21))</code>"]
    with ChatServer([Reply(text) for text in replies]) as server:
        CodeAgent(tools=[double], model=make_model(server.url)).save(tmp_path)
        async with CodeAgent.from_folder(tmp_path, trust_remote_code=True) as agent:
            assert await agent.run("Double it.") == 42
        await agent.model.aclose()


def test_arguments_replace_what_was_saved() -> None:
    model = ScriptedModel([])
    again = CodeAgent.from_dict(make_agent().to_dict(), True, model=model, max_steps=1, name="other")
    assert again.model is model
    assert (again.max_steps, again.name) == (1, "other")


def test_what_files_cannot_hold_is_named_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    class Mine:
        pass

    agent = make_agent(
        step_callbacks=[lambda step: None],
        final_answer_checks=[lambda answer, memory: True],
        approver=lambda *args: True,
        output_type=Mine,
    )
    with caplog.at_level(logging.WARNING, logger="twofold"):
        data = agent.to_dict()
    text = caplog.text
    assert "The agent 'chief' was saved without" in text
    for name in ("step_callbacks", "final_answer_checks", "approver", "output_type"):
        assert name in text
        assert name not in data


def test_tools_that_are_a_function_of_the_run_are_named_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, logger="twofold"):
        data = CodeAgent(tools=lambda run: [double], model=ScriptedModel([])).to_dict()
    assert "without tools, which files cannot hold" in caplog.text
    assert data["tools"] == []


def test_base_tools_come_back_once() -> None:
    agent = ToolCallingAgent(tools=[], model=ScriptedModel([]), add_base_tools=True)
    assert set(ToolCallingAgent.from_dict(agent.to_dict()).tools) == set(agent.tools)


def test_a_model_that_cannot_be_saved_is_refused() -> None:
    agent = CodeAgent(tools=[], model=ScriptedModel(lambda messages: "x"))
    with pytest.raises(ConfigurationError, match="replies is a function"):
        agent.to_dict()


# The folder


def test_what_a_folder_holds(tmp_path: Path) -> None:
    make_agent().save(tmp_path)
    files = sorted(path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file())
    assert files == [
        "agent.json",
        "app.py",
        "managed_agents/boss/agent.json",
        "managed_agents/boss/managed_agents/helper/agent.json",
        "managed_agents/boss/managed_agents/helper/prompts.yaml",
        "managed_agents/boss/managed_agents/helper/tools/greet.py",
        "managed_agents/boss/prompts.yaml",
        "prompts.yaml",
        "requirements.txt",
        "tools/double.py",
        "tools/greet.py",
    ]
    assert (tmp_path / "requirements.txt").read_text().split() == ["twofold[openai,ui]"]
    compile((tmp_path / "app.py").read_text(), "app.py", "exec")
    data = json.loads((tmp_path / "agent.json").read_text())
    assert data["tools"][:2] == ["double", "greet"]
    assert data["managed_agents"] == {"boss": "CodeAgent"}
    assert "prompt_templates" not in data


def test_prompts_can_be_edited_in_their_file(tmp_path: Path) -> None:
    make_agent().save(tmp_path)
    prompts = yaml.safe_load((tmp_path / "prompts.yaml").read_text())
    (tmp_path / "prompts.yaml").write_text(
        yaml.safe_dump({**prompts, "system_prompt": "You are {{ 1 + 1 }}."})
    )
    assert CodeAgent.from_folder(tmp_path, True).system_prompt == "You are 2."


def test_no_secret_is_in_any_file(tmp_path: Path) -> None:
    make_agent().save(tmp_path)
    text = everything_in(tmp_path)
    assert KEY not in text
    assert "Bearer" not in text
    assert KEY not in json.dumps(make_agent().to_dict())
    assert '"X-Team": "one"' in text


@pytest.mark.parametrize("where", ["instructions", "prompt"])
def test_a_key_in_a_prompt_is_not_written(tmp_path: Path, where: str) -> None:
    agent = make_agent()
    if where == "prompt":
        agent.prompt_templates["system_prompt"] = f"The key is {KEY}."
        with pytest.raises(
            ConfigurationError, match=r"prompts.yaml is not written: its line 1 holds"
        ) as caught:
            agent.save(tmp_path)
        assert KEY not in str(caught.value)
        assert not list(tmp_path.iterdir())
    else:
        agent.instructions = f"The key is {KEY}."
        agent.save(tmp_path)
        assert KEY not in everything_in(tmp_path)


def test_a_tool_that_cannot_be_saved_stops_it_all(tmp_path: Path) -> None:
    connection = object()

    @tool
    def query(text: str) -> str:
        """Query.

        Args:
            text: What.
        """
        return f"{connection}{text}"

    with pytest.raises(ConfigurationError, match="The tool 'query' cannot be saved.*'connection'"):
        make_agent(tools=[query]).save(tmp_path)
    assert not list(tmp_path.iterdir())


# Folders of others


def write_agent(folder: Path, **changes: Any) -> None:
    agent = CodeAgent(tools=[FinalAnswerTool()], model=ScriptedModel([]))
    agent.save(folder)
    data = {**json.loads((folder / "agent.json").read_text()), **changes}
    (folder / "agent.json").write_text(json.dumps(data))


def hostile_code(witness: Path) -> str:
    return f"open({str(witness)!r}, 'w').close()\n" + str(double.to_dict()["code"])


def test_code_is_not_run_unless_it_is_trusted(tmp_path: Path) -> None:
    witness = tmp_path / "was-run"
    folder = tmp_path / "agent"
    write_agent(folder, tools=["double"])
    (folder / "tools").mkdir()
    (folder / "tools" / "double.py").write_text(hostile_code(witness))
    with pytest.raises(
        ConfigurationError, match="the tool 'double'.*Nothing has been run.*trust_remote_code=True"
    ):
        MultiStepAgent.from_folder(folder)
    assert not witness.exists()
    assert MultiStepAgent.from_folder(folder, trust_remote_code=True).tools["double"](number=2) == 4
    assert witness.exists()


def test_code_of_managed_agents_needs_trust_too(tmp_path: Path) -> None:
    witness = tmp_path / "was-run"
    folder = tmp_path / "agent"
    write_agent(folder, managed_agents={"inner": "CodeAgent"})
    inner = folder / "managed_agents" / "inner"
    write_agent(inner, tools=["double"], name="inner", description="Is managed.")
    (inner / "tools").mkdir()
    (inner / "tools" / "double.py").write_text(hostile_code(witness))
    with pytest.raises(ConfigurationError, match="the tool 'double'"):
        MultiStepAgent.from_folder(folder)
    assert not witness.exists()


def test_types_that_have_to_be_imported_need_trust(tmp_path: Path) -> None:
    module = "json.tool"
    sys.modules.pop(module, None)
    write_agent(tmp_path, output_type=f"{module}.main")
    with pytest.raises(ConfigurationError, match="trust_remote_code"):
        MultiStepAgent.from_folder(tmp_path)
    assert module not in sys.modules


def test_an_agent_without_code_needs_no_trust(tmp_path: Path) -> None:
    make_agent(tools=[PythonInterpreterTool()], managed_agents=[]).save(tmp_path)
    assert "python_interpreter" in MultiStepAgent.from_folder(tmp_path).tools


@pytest.mark.parametrize(
    "prompt", ["{{ tools.final_answer.from_code('1/0') }}", "{{ ''.__class__.__mro__ }}"]
)
def test_prompts_cannot_run_code(tmp_path: Path, prompt: str) -> None:
    write_agent(tmp_path)
    prompts = yaml.safe_load((tmp_path / "prompts.yaml").read_text())
    (tmp_path / "prompts.yaml").write_text(yaml.safe_dump({**prompts, "system_prompt": prompt}))
    agent = MultiStepAgent.from_folder(tmp_path)
    with pytest.raises(ConfigurationError, match="could not be rendered"):
        _ = agent.system_prompt


@pytest.mark.parametrize("name", ["../../evil", "/etc/passwd", "a/b", "..", "", "a.b", 7, None, "class"])
@pytest.mark.parametrize("part", ["tools", "managed_agents"])
def test_names_that_lead_elsewhere_are_refused(tmp_path: Path, part: str, name: Any) -> None:
    entries: Any = [name] if part == "tools" else {name: "CodeAgent"}
    if part == "tools" and not isinstance(name, str):
        entries = [{"name": name, "code": ""}]
    write_agent(tmp_path, **{part: entries})
    with pytest.raises(ConfigurationError, match="must be an identifier|null"):
        MultiStepAgent.from_folder(tmp_path, trust_remote_code=True)


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"class": "Nothing"}, "no agent class 'Nothing'.*CodeAgent"),
        ({"class": 7}, "class that is no text"),
        ({"version": 99}, "Update twofold"),
        ({"version": "x"}, "format version 'x'"),
        ({"tools": "double"}, "must be a list"),
        ({"tools": [7]}, "no mapping"),
        ({"tools": ["missing"]}, "There is no file .*missing.py"),
        ({"tools": [{"name": "x", "class": "NoTool", "parameters": {}}]}, "no such tool"),
        ({"managed_agents": 7}, "no mapping"),
        ({"managed_agents": {"missing": "CodeAgent"}}, "There is no folder .*missing"),
        ({"model": None}, "A saved model is a dictionary"),
        ({"model": {"class": "Nothing"}}, "'Nothing'"),
        ({"max_steps": 0}, "max_steps"),
        ({"nonsense": 1}, "'nonsense', which CodeAgent does not take"),
        ({"max_tool_threads": 1}, "'max_tool_threads', which CodeAgent does not take"),
        ({"output_type": "list[1]"}, "no type"),
        ({"output_type": "((("}, "no type"),
        ({"usage_limits": {"bananas": 1}}, "bananas"),
        ({"usage_limits": [1]}, "must be a mapping"),
        ({"context_limit": {"max_tokens": 10, "strategy": "os.system"}}, "strategy 'os.system'"),
        ({"verbosity_level": 77}, "verbosity"),
        ({"prompt_templates": {"system_prompt": "x"}}, "prompt_templates lacks"),
    ],
)
def test_data_that_is_no_agent_is_refused(tmp_path: Path, changes: dict[str, Any], complaint: str) -> None:
    write_agent(tmp_path, **changes)
    with pytest.raises(ConfigurationError, match=complaint):
        MultiStepAgent.from_folder(tmp_path, trust_remote_code=True)


@pytest.mark.parametrize(
    ("name", "text", "complaint"),
    [
        ("agent.json", "{", r"agent.json cannot be read as JSON.*line 1"),
        ("agent.json", "[]", "must hold a mapping"),
        ("agent.json", "{}", "no 'class'"),
        ("agent.json", "[" * 100_000, "cannot be read"),
        ("agent.json", None, "There is no file"),
        ("prompts.yaml", "a: [", r"prompts.yaml cannot be read as YAML.*line 1"),
        ("prompts.yaml", "!!python/object/apply:os.system ['true']", "cannot be read as YAML"),
    ],
)
def test_files_that_are_broken(tmp_path: Path, name: str, text: str | None, complaint: str) -> None:
    write_agent(tmp_path)
    (tmp_path / name).unlink()
    if text is not None:
        (tmp_path / name).write_text(text)
    with pytest.raises(ConfigurationError, match=f"(?s){complaint}"):
        MultiStepAgent.from_folder(tmp_path)


def test_no_folder(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="There is no folder"):
        MultiStepAgent.from_folder(tmp_path / "nothing")


def test_a_folder_of_smolagents_is_loaded(tmp_path: Path) -> None:
    prompts = CodeAgent(tools=[], model=ScriptedModel([])).prompt_templates
    data = {
        "class": "CodeAgent",
        "tools": ["web_lookup", "final_answer"],
        "managed_agents": {},
        "model": {
            "class": "HfApiModel",
            "data": {"model_id": "Qwen/Qwen2.5-Coder-32B-Instruct", "provider": "auto"},
        },
        "prompt_templates": prompts,
        "max_steps": 6,
        "verbosity_level": 1,
        "grammar": None,
        "planning_interval": None,
        "name": None,
        "description": None,
        "requirements": ["smolagents"],
        "authorized_imports": ["statistics"],
        "additional_authorized_imports": [],
        "executor_type": "local",
        "executor_kwargs": {},
        "max_print_outputs_length": None,
    }
    (tmp_path / "tools").mkdir()
    (tmp_path / "agent.json").write_text(json.dumps(data))
    (tmp_path / "tools" / "web_lookup.py").write_text(
        "from smolagents import Tool\n\nclass Lookup(Tool):\n"
        "    name = 'web_lookup'\n    description = 'Looks up.'\n"
        "    inputs = {'query': {'type': 'string', 'description': 'What.'}}\n    output_type = 'string'\n"
        "    def forward(self, query: str) -> str:\n        return query\n"
    )
    agent = CodeAgent.from_folder(tmp_path, trust_remote_code=True)
    assert type(agent.model).__name__ == "InferenceClientModel"
    assert agent.max_steps == 6
    assert agent.tools["web_lookup"]("x") == "x"


# The Hub


async def test_an_agent_goes_to_the_hub_and_comes_back(hub: Any) -> None:
    agent = make_agent()
    url = await agent.push_to_hub("me/chief", commit_message="First", token=TOKEN)
    assert url.startswith(f"{hub.url}/spaces/me/chief/commit/")
    assert "- agent" in hub.text("me/chief", "README.md")
    assert all(KEY.encode() not in data for data in hub.spaces["me/chief"].values())
    again = await CodeAgent.from_hub("me/chief", trust_remote_code=True, max_steps=2)
    assert again.max_steps == 2
    assert {**again.to_dict(), "max_steps": 7} == agent.to_dict()


async def test_nothing_is_fetched_from_the_hub_without_trust(hub: Any, tmp_path: Path) -> None:
    make_agent().save(tmp_path)
    hub.add_folder("someone/agent", tmp_path)
    with pytest.raises(ConfigurationError, match="trust_remote_code"):
        await CodeAgent.from_hub("someone/agent")
    assert hub.requests == []


async def test_only_what_belongs_to_an_agent_is_fetched(hub: Any, tmp_path: Path) -> None:
    make_agent().save(tmp_path)
    hub.add_folder("someone/agent", tmp_path)
    hub.spaces["someone/agent"]["weights.bin"] = b"0" * 100
    await CodeAgent.from_hub("someone/agent", trust_remote_code=True, revision="main")
    asked = {path.rpartition("/")[2] for _, path in hub.requests}
    assert "weights.bin" not in asked
    assert "app.py" not in asked
    assert "agent.json" in asked


async def test_a_space_that_holds_no_agent(hub: Any) -> None:
    hub.add_space("someone/page", {"README.md": "Hello"})
    with pytest.raises(HubError, match="'someone/page' has no file 'agent.json'"):
        await CodeAgent.from_hub("someone/page", trust_remote_code=True)
    with pytest.raises(HubError, match="none of that name"):
        await CodeAgent.from_hub("someone/nothing", trust_remote_code=True)


async def test_a_hub_that_is_out_of_order_or_away(hub: Any) -> None:
    hub.failure = 403
    with pytest.raises(HubError, match="access was refused"):
        await make_agent().push_to_hub("me/chief", token=TOKEN)
    hub.close()
    with pytest.raises(HubError, match="cannot be reached"):
        await make_agent().push_to_hub("me/chief", token=TOKEN)
    with pytest.raises(HubError, match="cannot be reached"):
        await CodeAgent.from_hub("me/chief", trust_remote_code=True)
