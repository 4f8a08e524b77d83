"""The proofs see what they are there for, each alone: defects are planted behind the generator's back."""

import subprocess
import sys
from dataclasses import replace

import pytest

from codegen.__main__ import main
from codegen.project import Allowed
from codegen.proofs.parity import check_parity
from codegen.proofs.probes import HOME
from codegen.proofs.residue import check_residue
from codegen.proofs.runtime import check_runtime
from codegen.proofs.translation import check_translation
from codegen.run import build, check, prove_package

SYNC_AGENT = "src/twofold/_sync/agent.py"
SYNC_MODEL = "src/twofold/_sync/scripted.py"


def places(problems):
    return [(p.path, p.line) for p in problems]


# the comparison with the tree


def test_a_stale_file(current):
    current.replace(SYNC_AGENT, "bridge.sleep(0)", "bridge.sleep(1)")
    (problem,) = check(current.project)
    assert places([problem]) == [(SYNC_AGENT, current.line_of(SYNC_AGENT, "bridge.sleep(1)"))]
    assert "stale" in problem.message


def test_a_missing_tail(current):
    text = current.read(SYNC_AGENT)
    (current.root / SYNC_AGENT).write_text(text[: text.rindex("    def rest")], encoding="utf-8")
    assert "stale" in check(current.project)[0].message


def test_added_lines(current):
    (current.root / SYNC_AGENT).write_text(current.read(SYNC_AGENT) + "\n\nX = 1\n", encoding="utf-8")
    assert "stale" in check(current.project)[0].message


def test_other_line_ends(current):
    (current.root / SYNC_AGENT).write_bytes(current.read(SYNC_AGENT).replace("\n", "\r\n").encode())
    assert places(check(current.project)) == [(SYNC_AGENT, 1)]


def test_a_changed_source(current):
    current.replace("src/twofold/_async/agent.py", "bridge.sleep(0)", "bridge.sleep(1)")
    assert [p.path for p in check(current.project)] == [SYNC_AGENT]


def test_a_missing_file(current):
    (current.root / SYNC_AGENT).unlink()
    (problem,) = check(current.project)
    assert problem.path == SYNC_AGENT
    assert "missing" in problem.message


@pytest.mark.parametrize(
    "path", ["src/twofold/_sync/old.py", "tests/_sync/test_old.py", "src/twofold/_sync/data.yaml"]
)
def test_an_orphan(current, path):
    current.write(path, "x: 1")
    (problem,) = check(current.project)
    assert problem.path == path
    assert "orphaned" in problem.message


# translation validation


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("bridge.sleep(0)", "bridge.sleep(1)"),
        ("self.tools = tools", "self.tools = model"),
        ("return answers[0]", "return"),
        ("return answers[0]", "return answers[0]\n        return None"),
        ("(self, task: str)", "(self, task: str = '')"),
        ("def rest", "async def rest"),
        ("Return the answer.", "Return an answer."),
        ("from typing import Any", "from typing import Any, Never"),
    ],
)
def test_a_wrong_translation(small, old, new):
    sources, generated = small.project.sources(), build(small.project)
    assert check_translation(small.project, sources, generated) == []
    text = generated[SYNC_AGENT].decode()
    assert text.count(old) == 1
    generated[SYNC_AGENT] = text.replace(old, new).encode()
    (problem,) = check_translation(small.project, sources, generated)
    assert problem.path == "src/twofold/_async/agent.py"
    assert "is not the translation" in problem.message


def test_the_line_of_a_wrong_translation_is_the_source_line(small):
    sources, generated = small.project.sources(), build(small.project)
    generated[SYNC_AGENT] = generated[SYNC_AGENT].replace(b"answers[0]", b"answers[-1]")
    line = small.line_of("src/twofold/_async/agent.py", "answers[0]")
    assert places(check_translation(small.project, sources, generated)) == [
        ("src/twofold/_async/agent.py", line)
    ]


def test_a_file_that_was_not_translated(small):
    sources, generated = small.project.sources(), build(small.project)
    del generated[SYNC_AGENT]
    assert [p.path for p in check_translation(small.project, sources, generated)] == [SYNC_AGENT]


# residue


@pytest.mark.parametrize(
    "text",
    [
        "async def f(): ...",
        "def f():\n    return [x async for x in y]",
        "import asyncio",
        "from anyio import to_thread",
        "# what is Awaitable",
        "X = 'twofold.aio'",
        "def f():\n    '''A coroutine.'''",
        "from twofold._async import agent",
        "def __aiter__(self): ...",
    ],
)
def test_residue(small, text):
    sources, generated = small.project.sources(), build(small.project)
    assert check_residue(small.project, sources, generated) == []
    lines = generated[SYNC_AGENT].count(b"\n")
    generated[SYNC_AGENT] += f"\n{text}\n".encode()
    problems = check_residue(small.project, sources, generated)
    assert problems != []
    assert all(p.path == SYNC_AGENT and p.line > lines for p in problems)


def test_an_allowed_phrase_passes_and_one_without_use_does_not(small):
    small.write("src/twofold/_async/more.py", "X = 'an awaitable thing'")
    allowed = Allowed("src/twofold/_sync/m*.py", "awaitable thing", "a test")
    assert [p.path for p in small.refusals()] == ["src/twofold/_sync/more.py"]
    small.table = replace(small.table, allowed_residue=(allowed,))
    assert small.refusals() == []
    small.write("src/twofold/_async/more.py", "X = 'a thing'")
    (problem,) = small.refusals()
    assert problem.path == "codegen/table.py"
    assert "awaitable thing" in problem.message


# parity


def test_both_apis_of_a_sound_project_agree(current):
    assert check_parity(current.project) == []


@pytest.mark.parametrize(
    ("old", "new", "saying"),
    [
        ("limit: int = 3", "limit: int = 4", "`limit` has the default 4, in the async API 3"),
        ("limit: int = 3", "limit: int", "`limit` has the default none"),
        ("limit: int = 3", "limit: str = 3", "`limit` is annotated"),
        ("limit: int = 3", "bound: int = 3", "parameters (self, replies, bound)"),
        ("*, limit", "limit", "is positional or keyword, in the async API keyword-only"),
        ("-> str:", "-> bytes:", "returns"),
        ("Callable[[str], bool]", "Callable[[str], str]", "`check` is annotated"),
        ("def close", "def shut", "only in the async API"),
        ("def close", "async def close", "is async in the sync API"),
        ("class ScriptedModel:", "class ScriptedModel:\n    extra = 1\n", "only in the sync API"),
        ("class ScriptedModel:", "class ScriptedModel(dict):", "other base classes"),
        ("def stream(self)", "@property\n    def stream(self)", "is a property"),
    ],
)
def test_apis_that_differ(current, old, new, saying):
    current.replace(SYNC_MODEL, old, new)
    problems = check_parity(current.project)
    assert any(saying in p.message for p in problems), problems
    assert {p.path for p in problems} == {SYNC_MODEL}
    assert all(p.line for p in problems)


def test_public_names_that_differ(current):
    current.replace("src/twofold/__init__.py", '["CodeAgent"]', '["CodeAgent", "other"]\nother = 1')
    (problem,) = check_parity(current.project)
    assert problem.path == "src/twofold/__init__.py"
    assert "['other']" in problem.message


def test_a_public_module_without_a_twin(current):
    current.write("src/twofold/aio/more.py", "__all__ = []")
    (problem,) = check_parity(current.project)
    assert problem.path == "src/twofold/aio/more.py"


def test_an_async_object_in_the_sync_api(current):
    current.replace("src/twofold/testing.py", "._sync.", "._async.")
    assert any("is the async one" in p.message for p in check_parity(current.project))


def test_a_sync_api_that_cannot_be_imported(current):
    current.replace(SYNC_MODEL, '"""Models', 'import nowhere\n"""Models')
    (problem,) = check_parity(current.project)
    assert "No module named 'nowhere'" in problem.message


# runtime


def test_the_sync_api_of_a_sound_project_runs_everywhere(current):
    assert check_runtime(current.project) == []


@pytest.mark.parametrize(
    ("path", "scenario"),
    [(SYNC_AGENT, "without_asyncio"), ("src/twofold/_bridge/_sync.py", "without_asyncio")],
)
def test_an_import_of_asyncio(current, path, scenario):
    current.write(path, "import asyncio\n" + current.read(path))
    (problem,) = check_runtime(current.project)
    assert problem.message.startswith(scenario)
    assert problem.path == path
    assert problem.line == 1


def test_a_sync_api_that_runs_a_loop(current):
    current.write(
        "src/twofold/_bridge/_sync.py",
        """
        def sleep(seconds):
            import asyncio

            asyncio.run(asyncio.sleep(seconds))
        """,
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONWARNINGS", "ignore")
        problems = check_runtime(current.project)
    assert {p.message.split(":")[0] for p in problems} == {"without_asyncio", "under_a_running_loop"}


def test_an_import_of_the_async_half(current):
    current.replace(SYNC_AGENT, "from .scripted", "from .._async import scripted as _\nfrom .scripted")
    problems = check_runtime(current.project)
    assert any(p.path == SYNC_AGENT and p.line and "twofold._async" in p.message for p in problems)
    assert any("the sync API imported twofold._async" in p.message for p in problems)


def test_a_wrong_answer(current):
    current.replace(SYNC_AGENT, "return answers[0]", "return str(answers[0])")
    assert any("answered '6765' instead of 6765" in p.message for p in check_runtime(current.project))


def test_a_hand_written_api_that_differs_fails_the_check(current):
    current.replace("src/twofold/aio/__init__.py", '["CodeAgent"]', "[]")
    assert prove_package(current.project) != []
    assert check(current.project) != []


# the command


def test_the_command_writes_then_proves(small, capsys):
    arguments = ["--root", str(small.root)]
    assert main([*arguments, "--check"], small.table) == 1
    assert "missing" in capsys.readouterr().err
    assert main(arguments, small.table) == 0
    assert SYNC_AGENT in capsys.readouterr().out
    assert main([*arguments, "--check"], small.table) == 0
    assert "current and proven" in capsys.readouterr().out


def test_the_command_names_file_and_line_of_a_refusal(small, capsys):
    small.write("src/twofold/_async/more.py", "X = 1\nimport asyncio")
    assert main(["--root", str(small.root)], small.table) == 1
    assert "src/twofold/_async/more.py:2: `asyncio` may only" in capsys.readouterr().err


def test_generating_does_not_import_the_package(current):
    """A build environment has none of the package's dependencies."""
    code = (
        "import sys, codegen.run\n"
        "from pathlib import Path\n"
        "from codegen.project import Entry, Project, Table\n"
        f"project = Project.at(Path({str(current.root)!r}), {current.table!r}, only='src')\n"
        "assert 'src/twofold/_sync/agent.py' in codegen.run.build(project, whole=False)\n"
        "assert not [m for m in sys.modules if m.startswith(('twofold', 'hatchling'))]\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=HOME, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
