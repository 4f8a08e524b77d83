"""The command ``twofold run``, as a process."""

import json
import os
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from twofold import CodeAgent, OpenAIModel, tool
from twofold._core.sharing.description import AgentDescription, description_schema
from twofold._core.sharing.description_file import read_description
from twofold.testing import ChatServer, Reply

KEY = "key-of-the-test-1234"
ANSWER = "Thought: I use the tool.\n<code>\nfinal_answer(double(21))\n</code>"
TOOL_FILE = '''
from twofold import tool

@tool
def double(number: int) -> int:
    """Double a number.

    Args:
        number: The number.
    """
    return number * 2
'''


@tool
def double(number: int) -> int:
    """Double a number.

    Args:
        number: The number.
    """
    return number * 2


def run_cli(*arguments: str, cwd: Path, stdin: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "twofold", "run", *arguments],
        input=stdin,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=60,
        cwd=cwd,
        env={**os.environ, "OPENAI_API_KEY": KEY},
        check=False,
    )


def describe(folder: Path, url: str) -> None:
    (folder / "tools.py").write_text(TOOL_FILE)
    model = {"class": "OpenAIModel", "model_id": "m", "api_base": url, "api_key": "${OPENAI_API_KEY}"}
    (folder / "agent.yaml").write_text(yaml.safe_dump({"model": model, "tools": ["tools.py"]}))


def test_a_described_agent_answers(tmp_path: Path) -> None:
    with ChatServer([Reply(ANSWER)] * 2, api_key=KEY) as server:
        describe(tmp_path, server.url)
        done = run_cli("agent.yaml", "Double it.", "--trust-remote-code", cwd=tmp_path)
        assert (done.returncode, done.stdout) == (0, "42\n"), done.stderr
        assert "I use the tool." in done.stderr
        done = run_cli("agent.yaml", "--trust-remote-code", "-q", cwd=tmp_path, stdin="Double it.")
        assert (done.returncode, done.stdout, done.stderr) == (0, "42\n", "")


def test_a_saved_agent_answers(tmp_path: Path) -> None:
    with ChatServer([Reply(ANSWER)], api_key=KEY) as server:
        CodeAgent(tools=[double], model=OpenAIModel("m", api_base=server.url, api_key=KEY)).save(
            tmp_path / "saved"
        )
        done = run_cli("./saved", "Double it.", "--trust-remote-code", "--json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["output"] == 42


def test_another_model_can_be_named(tmp_path: Path) -> None:
    with ChatServer([Reply(ANSWER)], api_key=KEY) as server:
        describe(tmp_path, "http://127.0.0.1:1/v1")
        model = ["--model", "openai/other", "--api-base", server.url]
        done = run_cli("agent.yaml", "Double it.", "--trust-remote-code", "-q", *model, cwd=tmp_path)
        assert (done.returncode, done.stdout) == (0, "42\n"), done.stderr
        assert server.requests[0].body["model"] == "other"


def test_code_is_not_run_without_the_option(tmp_path: Path) -> None:
    describe(tmp_path, "http://127.0.0.1:1/v1")
    (tmp_path / "tools.py").write_text("open('was-run', 'w')")
    done = run_cli("agent.yaml", "Double it.", cwd=tmp_path)
    assert done.returncode == 2
    assert "the tool tools.py" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "was-run").exists()


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["nowhere.yaml", "x"], "There is no file"),
        ([], "there is no agent"),
        (["bad.yaml", "x"], "bad.yaml does not describe an agent:\n  line 2, modle: there is no such field"),
        (["bad.yaml", "x", "--api-base", "http://x"], "--api-base goes with --model"),
    ],
)
def test_wrong_usage_is_told_in_a_line(tmp_path: Path, arguments: list[str], complaint: str) -> None:
    (tmp_path / "bad.yaml").write_text("agent: code\nmodle: x\n")
    done = run_cli(*arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert complaint in done.stderr
    assert "Traceback" not in done.stderr


def test_the_schema_is_printed(tmp_path: Path) -> None:
    done = run_cli("--schema", cwd=tmp_path)
    assert done.returncode == 0
    schema = json.loads(done.stdout)
    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema == description_schema()


NAMES = st.from_regex(r"[a-z_][a-z0-9_]{0,8}", fullmatch=True)
POSITIVE = st.integers(1, 10**6)
TOOLS = st.one_of(
    NAMES,
    st.builds(lambda name: f"./{name}.py", NAMES),
    st.fixed_dictionaries({"tool": NAMES}, optional={"parameters": st.dictionaries(NAMES, st.integers())}),
    st.fixed_dictionaries({"module": NAMES, "name": NAMES}),
    st.fixed_dictionaries(
        {"space": NAMES, "name": NAMES}, optional={"description": st.text(), "api_name": NAMES}
    ),
)
MODELS = st.one_of(
    st.just("local"),
    st.fixed_dictionaries({"class": NAMES}, optional={"model_id": NAMES, "temperature": st.floats(0, 2)}),
)
PLAIN: dict[str, st.SearchStrategy[object]] = {
    "name": NAMES,
    "description": st.text(),
    "instructions": st.text(),
    "model": MODELS,
    "tools": st.lists(TOOLS, max_size=3),
    "mcpServers": st.dictionaries(NAMES, st.fixed_dictionaries({"command": NAMES}), max_size=2),
    "max_steps": POSITIVE,
    "planning_interval": POSITIVE,
    "limits": st.fixed_dictionaries({}, optional={"requests": POSITIVE, "seconds": st.floats(0.1, 100)}),
    "context_limit": POSITIVE,
    "output_type": NAMES,
    "provide_run_summary": st.booleans(),
}
AGENTS = st.recursive(
    st.fixed_dictionaries({}, optional=PLAIN),
    lambda inner: st.fixed_dictionaries({"managed_agents": st.lists(inner, max_size=2)}, optional=PLAIN),
    max_leaves=4,
)


@settings(deadline=None, max_examples=60)
@given(AGENTS, st.sampled_from([".yaml", ".json"]))
def test_descriptions_say_the_same_in_a_file(
    tmp_path_factory: pytest.TempPathFactory, data: dict, suffix: str
) -> None:
    path = tmp_path_factory.mktemp("described") / f"agent{suffix}"
    text = json.dumps(data) if suffix == ".json" else yaml.safe_dump(data, allow_unicode=True)
    path.write_text(text, encoding="utf-8")
    jsonschema.validate(data, description_schema())
    read = read_description(path).description
    assert read == AgentDescription.model_validate(data)
    again = read.model_dump(by_alias=True, exclude_unset=True)
    assert AgentDescription.model_validate(again) == read
