"""Tools that are saved, loaded and shared: what is written, what it becomes again, what is refused."""

import json
import math
import os.path
import subprocess
import sys
from dataclasses import dataclass
from datetime import datetime as moment
from functools import wraps
from pathlib import Path
from typing import Any, Literal

import pytest
from pydantic import BaseModel

from twofold._bridge import _async as bridge
from twofold.aio import (
    CodeAgent,
    ConfigurationError,
    FinalAnswerTool,
    HubError,
    PythonInterpreterTool,
    Tool,
    get_tools_definition_code,
    load_tool,
    push_tool,
    tool,
)
from twofold.aio.testing import ScriptedModel

LIMIT = 10
UNITS = {"m": 1.0, "km": 1000.0}
API_KEY = "not-for-everybody"
OPEN_FILE = sys.stdin


class Place(BaseModel):
    name: str
    height: int = LIMIT


@dataclass
class Size:
    width: float


def area(side: float) -> float:
    return math.pow(side, 2) * half_of(2)


def half_of(number: float) -> float:
    return number / 2


def loudly(function: Any) -> Any:
    @wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        return f"{function(*args, **kwargs)}!"

    return call


@tool
def measure(side: float, unit: Literal["m", "km"] = "m", place: Place | None = None) -> str:
    """Measure a square.

    Args:
        side: The length of its side.
        unit: The unit of that.
        place: Where it is.
    """
    text = """over
  two lines"""
    return f"{area(side) * UNITS[unit]} {len(text)} {os.path.basename('/a/b')} {moment(2026, 1, 1).year}"


@tool(name="shout", timeout=5, requires_approval=True, blocking=False)
@loudly
def say(text: str) -> str:
    """Say something.

    Args:
        text: What.
    """
    return text.upper()


@tool
async def add(a: int, b: int = LIMIT) -> int:
    """Add two numbers.

    Args:
        a: One.
        b: The other.
    """
    return a + b


class Repeat(Tool):
    name = "repeat"
    description = "Repeat a text."
    inputs = {"text": {"type": "string", "description": "The text."}}
    output_type = "string"

    def __init__(self, times: int = 2, separator: str = "-") -> None:
        self.times = times
        self.separator = separator

    def setup(self) -> None:
        self.root = half_of(math.sqrt(16))

    def forward(self, text: str) -> str:
        return f"{self.separator.join([text] * self.times)} {self.root}"


def make_multiplier(factor: int) -> Tool:
    @tool
    def multiply(number: int) -> int:
        """Multiply a number.

        Args:
            number: The number.
        """
        return number * factor

    return multiply


def loaded(one: Tool) -> Tool:
    return Tool.from_dict(one.to_dict(), trust_remote_code=True)


# What is written


@pytest.mark.parametrize("one", [measure, say, add, Repeat(), Repeat(3, separator="+"), make_multiplier(3)])
def test_a_loaded_tool_is_described_like_the_one_that_was_saved(one: Tool) -> None:
    again = loaded(one)
    assert again.json_schema == one.json_schema
    assert again.to_code_prompt() == one.to_code_prompt()
    for field in ("name", "output_type", "timeout", "requires_approval", "blocking", "is_async"):
        assert getattr(again, field) == getattr(one, field)


@pytest.mark.parametrize("one", [measure, add, Repeat(3)])
def test_a_loaded_tool_can_be_saved_again(one: Tool) -> None:
    assert loaded(one).to_dict() == one.to_dict()


def test_a_loaded_tool_does_what_the_saved_one_does() -> None:
    assert loaded(measure)(3.0, "km") == measure(3.0, "km") == "9000.0 16 b 2026"
    assert loaded(say)("hello") == say("hello") == "HELLO!"
    assert loaded(Repeat(3, separator="+"))("a") == "a+a+a 2.0"
    assert loaded(make_multiplier(3))(4) == 12


async def test_an_asynchronous_tool_stays_one() -> None:
    model = ScriptedModel(["<code>final_answer(add(2))</code>"])
    assert await CodeAgent(tools=[loaded(add)], model=model).run("Add.") == 12


def test_the_code_works_where_there_is_nothing_but_what_it_imports(tmp_path: Path) -> None:
    (tmp_path / "saved_tool.py").write_text(measure.to_dict()["code"])
    program = "import saved_tool; print(saved_tool.measure(2.0, place=saved_tool.Place(name='x')))"
    done = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True)
    assert done.stdout.strip() == "4.0 16 b 2026", done.stderr


def test_requirements_are_distributions_and_nothing_of_the_standard_library() -> None:
    @tool
    def look(path: str) -> str:
        """Look at a picture.

        Args:
            path: Where it is.
        """
        import xml.etree.ElementTree

        import yaml
        from PIL import Image

        return str((json, xml, yaml, Image.open(path)))

    requirements = [name.lower() for name in look.to_dict()["requirements"]]
    assert sorted(requirements) == ["pillow", "pyyaml", "twofold"]
    assert measure.to_dict()["requirements"] == ["pydantic", "twofold"]


def test_a_name_changed_on_the_instance_is_saved() -> None:
    one = Repeat()
    one.name = "again"
    assert loaded(one).name == "again"


def test_tools_of_twofold_are_saved_without_code() -> None:
    saved = PythonInterpreterTool(["math"], timeout_seconds=7).to_dict()
    assert saved == {
        "name": "python_interpreter",
        "class": "PythonInterpreterTool",
        "parameters": {"authorized_imports": ["math"], "timeout_seconds": 7},
    }
    again = Tool.from_dict(saved, api=bridge.API_MODULE)
    assert type(again) is PythonInterpreterTool
    assert again.authorized_imports == ["math"]


def test_code_gets_the_classes_of_the_api_that_loads_it() -> None:
    code = "from twofold import PythonInterpreterTool\n\ntool = PythonInterpreterTool()\n"
    assert type(Tool.from_code(code, api=bridge.API_MODULE)) is PythonInterpreterTool


def test_saving_writes_three_files(tmp_path: Path) -> None:
    measure.save(tmp_path / "new" / "folder", "measuring")
    folder = tmp_path / "new" / "folder"
    assert sorted(path.name for path in folder.iterdir()) == ["app.py", "measuring.py", "requirements.txt"]
    assert (folder / "requirements.txt").read_text().split() == ["pydantic", "twofold[ui]"]
    compile((folder / "app.py").read_text(), "app.py", "exec")
    assert Tool.from_code((folder / "measuring.py").read_text()).name == "measure"


def test_saving_without_an_app(tmp_path: Path) -> None:
    measure.save(tmp_path, make_gradio_app=False)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["requirements.txt", "tool.py"]


@pytest.mark.parametrize("name", ["../tool", "a/b", "tool.py", ""])
def test_a_file_name_that_leads_elsewhere_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ConfigurationError, match="tool_file_name"):
        measure.save(tmp_path / "here", name)
    assert not list(tmp_path.rglob("*"))


def test_definitions_for_an_interpreter_without_twofold(tmp_path: Path) -> None:
    tools: dict[str, Tool] = {
        "measure": measure,
        "add": add,
        "repeat": Repeat(3),
        "final_answer": FinalAnswerTool(),
    }
    code = get_tools_definition_code(tools)
    program = f"import sys\nsys.modules['twofold'] = None\n{code}\nprint(measure(2.0), add(1, b=1), repeat(text='a'))"
    done = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True)
    assert done.stdout.strip() == "4.0 16 b 2026 2 a-a-a 2.0", done.stderr
    assert get_tools_definition_code({}) == ""


def test_a_part_of_twofold_cannot_be_defined_elsewhere() -> None:
    with pytest.raises(ConfigurationError, match="python_interpreter"):
        get_tools_definition_code({"python_interpreter": PythonInterpreterTool()})


# What cannot be saved


def test_a_secret_is_refused_by_name_and_place() -> None:
    @tool
    def ask(question: str) -> str:
        """Ask.

        Args:
            question: What.
        """
        return question + API_KEY

    with pytest.raises(
        ConfigurationError, match=r"test_sharing_tools.*line \d+: 'API_KEY' looks like a secret"
    ) as caught:
        ask.to_dict()
    assert API_KEY not in str(caught.value)


def test_a_secret_in_the_code_is_refused() -> None:
    @tool
    def ask(question: str) -> str:
        """Ask.

        Args:
            question: What.
        """
        headers = {"Authorization": "anything at all"}
        return question + str(headers)

    with pytest.raises(ConfigurationError, match="'Authorization', which looks like a secret"):
        ask.to_dict()


def test_a_secret_among_the_arguments_is_refused() -> None:
    class Asks(Repeat):
        def __init__(self, api_key: str = "") -> None:
            super().__init__()

    with pytest.raises(ConfigurationError, match="'api_key' looks like a secret"):
        Asks("very-secret").to_dict()


def test_the_value_of_an_environment_variable_is_never_written(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SOME_SERVICE_TOKEN", "Zq81-winter-Kp27")

    @tool
    def ask(question: str) -> str:
        """Ask.

        Args:
            question: What.
        """
        return question + "Zq81-winter-Kp27"

    with pytest.raises(ConfigurationError, match="line 11 holds the value of .* SOME_SERVICE_TOKEN"):
        ask.save(tmp_path)
    assert not list(tmp_path.iterdir())


def test_what_no_file_can_hold_is_refused_by_name() -> None:
    @tool
    def read(count: int) -> str:
        """Read.

        Args:
            count: How much.
        """
        return OPEN_FILE.read(count)

    with pytest.raises(ConfigurationError, match="'OPEN_FILE' is a value of type"):
        read.to_dict()


def test_a_closure_over_an_object_is_refused_by_name() -> None:
    connection = object()

    @tool
    def query(text: str) -> str:
        """Query.

        Args:
            text: What.
        """
        return f"{connection} {text}"

    with pytest.raises(ConfigurationError, match="'connection' is a value of type object"):
        query.to_dict()


def test_an_undefined_name_is_refused_with_its_line() -> None:
    @tool
    def broken(text: str) -> str:
        """Break.

        Args:
            text: What.
        """
        return nowhere_defined(text)  # noqa: F821

    with pytest.raises(ConfigurationError, match=r"line \d+: 'nowhere_defined' is not defined"):
        broken.to_dict()


def test_a_relative_import_is_refused() -> None:
    @tool
    def near(text: str) -> str:
        """Import what is near.

        Args:
            text: What.
        """
        from . import neighbour

        return text + str(neighbour)

    with pytest.raises(ConfigurationError, match="a module of yours"):
        near.to_dict()


def test_source_that_cannot_be_read_is_refused() -> None:
    names: dict[str, Any] = {"tool": tool}
    exec(
        'def typed(text: str) -> str:\n    """Type.\n\n    Args:\n        text: What.\n    """\n    return text',
        names,
    )
    with pytest.raises(ConfigurationError, match="source cannot be read"):
        tool(names["typed"]).to_dict()


def test_a_method_is_refused() -> None:
    class Clock:
        def tell(self, zone: str) -> str:
            """Tell the time.

            Args:
                zone: Where.
            """
            return zone

    with pytest.raises(ConfigurationError, match="no function written with def"):
        tool(Clock().tell).to_dict()


def test_an_argument_that_cannot_be_written_is_refused() -> None:
    class Holds(Repeat):
        def __init__(self, thing: object = None) -> None:
            super().__init__()

    with pytest.raises(ConfigurationError, match="it was made with thing="):
        Holds(object()).to_dict()


# What is loaded


def test_code_is_not_run_unless_it_is_trusted(tmp_path: Path) -> None:
    witness = tmp_path / "was-run"
    hostile = {"name": "x", "code": f"open({str(witness)!r}, 'w').close()"}
    with pytest.raises(ConfigurationError, match=r"trust_remote_code=True"):
        Tool.from_dict(hostile)
    with pytest.raises(ConfigurationError, match=r"trust_remote_code=True"):
        Tool.from_dict(hostile, trust_remote_code="yes")  # type: ignore[arg-type]
    assert not witness.exists()
    with pytest.raises(ConfigurationError, match="defines no tool"):
        Tool.from_dict(hostile, trust_remote_code=True)
    assert witness.exists()


@pytest.mark.parametrize(
    ("data", "complaint"),
    [
        (None, "mapping with a name"),
        ({}, "mapping with a name"),
        ({"name": 1}, "mapping with a name"),
        ({"name": "x"}, "neither code nor class"),
        ({"name": "x", "code": "def ("}, "not Python"),
        ({"name": "x", "code": "1 / 0"}, "ZeroDivisionError"),
        ({"name": "x", "code": "\x00"}, "not Python"),
        ({"name": "x", "class": "CodeAgent"}, "no such tool"),
        ({"name": "x", "class": "Tool"}, "no such tool"),
        ({"name": "x", "class": "os.system"}, "no such tool"),
        ({"name": "x", "class": "PythonInterpreterTool", "parameters": {"nonsense": 1}}, "nonsense"),
        ({"name": "x", "class": "PythonInterpreterTool", "parameters": [1]}, "no mapping"),
    ],
)
def test_data_that_is_no_tool_is_refused(data: Any, complaint: str) -> None:
    with pytest.raises(ConfigurationError, match=complaint):
        Tool.from_dict(data, trust_remote_code=True)


def test_code_must_define_the_tool_that_it_was_saved_as() -> None:
    data = {**measure.to_dict(), "name": "harmless"}
    with pytest.raises(ConfigurationError, match="'harmless' has code that defines 'measure'"):
        Tool.from_dict(data, trust_remote_code=True)


def test_arguments_are_given_to_the_class() -> None:
    code = Repeat().to_dict()["code"]
    assert Tool.from_code(code, times=1)("a") == "a 2.0"
    with pytest.raises(ConfigurationError, match="nonsense"):
        Tool.from_code(code, nonsense=1)


def test_a_tool_file_of_smolagents_is_loaded() -> None:
    code = '''
from smolagents import Tool
from typing import Any, Optional

class SimpleTool(Tool):
    name = "greet"
    description = "Greets somebody."
    inputs = {"who": {"type": "string", "description": "Whom."}}
    output_type = "string"

    def forward(self, who: str) -> str:
        """Greets."""
        return f"Hello {who}"

    def __init__(self, *args, **kwargs):
        self.is_initialized = False
'''
    assert Tool.from_code(code)("you") == "Hello you"


# The Hub


async def test_a_tool_goes_to_the_hub_and_comes_back(hub: Any) -> None:
    token = hub_token()
    url = await push_tool(Repeat(3), "me/repeat", commit_message="First", private=True, token=token)
    assert url.startswith(f"{hub.url}/spaces/me/repeat/commit/")
    assert sorted(hub.spaces["me/repeat"]) == ["README.md", "app.py", "requirements.txt", "tool.py"]
    assert hub.commits[0]["summary"] == "First"
    page = hub.text("me/repeat", "README.md")
    assert "- twofold" in page
    assert "emoji: X" in page
    assert "Written by me." in page
    again = await load_tool("me/repeat", token=token, trust_remote_code=True)
    assert again("a") == "a-a-a 2.0"
    changed = await load_tool("me/repeat", token=token, trust_remote_code=True, times=1)
    assert changed("a") == "a 2.0"


async def test_pushing_again_updates_the_space(hub: Any) -> None:
    for times in (2, 4):
        await push_tool(Repeat(times), "me/repeat", token=hub_token())
    assert "times=4" in hub.text("me/repeat", "tool.py")
    url = await push_tool(Repeat(5), "me/repeat", token=hub_token(), create_pr=True)
    assert url.endswith("/discussions/1")
    assert "times=4" in hub.text("me/repeat", "tool.py")


def test_tools_have_methods_for_the_hub_too(hub: Any) -> None:
    measure.push_to_hub("me/measure", token=hub_token())
    assert Tool.from_hub("me/measure", trust_remote_code=True).name == "measure"


async def test_nothing_is_fetched_without_trust(hub: Any) -> None:
    hub.add_space("someone/tool", {"tool.py": measure.to_dict()["code"]})
    with pytest.raises(ConfigurationError, match="trust_remote_code"):
        await load_tool("someone/tool")
    assert hub.requests == []


async def test_what_the_hub_says_is_told(hub: Any) -> None:
    hub.add_space("someone/page", {"README.md": "Hello"})
    with pytest.raises(HubError, match="'someone/page' has no file 'tool.py'"):
        await load_tool("someone/page", trust_remote_code=True)
    with pytest.raises(HubError, match="there is none of that name, or it is private") as caught:
        await load_tool("someone/nothing", trust_remote_code=True)
    assert caught.value.status in (401, 404)
    with pytest.raises(ConfigurationError, match="no name of a repository"):
        await load_tool("no//name", trust_remote_code=True)
    with pytest.raises(HubError, match="access was refused"):
        await push_tool(measure, "me/measure", token=False)


async def test_a_hub_that_cannot_be_reached(hub: Any) -> None:
    hub.close()
    with pytest.raises(HubError, match="cannot be reached"):
        await push_tool(measure, "me/measure", token=hub_token())
    with pytest.raises(HubError, match="cannot be reached"):
        await load_tool("me/measure", trust_remote_code=True)


def hub_token() -> str:
    return "hf_" + "abcdefghijklmnopqrst"
