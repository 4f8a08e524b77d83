"""What a sound project is generated into, and that this depends on the sources alone."""

import ast
import shutil
from pathlib import Path

from unasync import _ASYNC_TO_SYNC

from codegen.compare import committed, differences
from codegen.project import BUILT_IN_TOKENS, RUFF_VERSION, UNASYNC_VERSION, Project
from codegen.run import build, check, update


def test_a_sound_project_is_generated_and_proven(small):
    changed = update(small.project)
    assert changed == sorted(committed(small.project))
    assert check(small.project) == []


def test_a_second_run_changes_nothing(current):
    before = {path: (current.root / path).stat().st_mtime_ns for path in committed(current.project)}
    assert update(current.project) == []
    assert {path: (current.root / path).stat().st_mtime_ns for path in before} == before


def test_check_writes_nothing(small):
    def everything():
        return {path: path.read_bytes() for path in small.root.rglob("*") if path.is_file()}

    before = everything()
    assert check(small.project) != []
    assert everything() == before


def test_every_file_begins_with_its_source(current):
    for path in committed(current.project):
        source = current.project.tree_of(path).source_of(path)
        first = current.read(path).split("\n")[0]
        assert source in first
        assert "nox -s codegen" in first
        assert (current.root / source).is_file()


def test_code_loses_its_colour(current):
    text = current.read("src/twofold/_sync/agent.py")
    assert "from .._bridge import _sync as bridge" in text
    assert "def __enter__(self)" in text
    assert "self.model.close()" in text
    assert "code_in(self.model.generate().strip())" in text  # no parentheses are left behind
    assert "[reply for reply in self.model.stream()]" in text


def test_docstring_examples_lose_their_colour(current):
    text = current.read("src/twofold/_sync/agent.py")
    assert ">>> from twofold import CodeAgent\n" in text
    assert '>>> agent.run("What is 2 + 2?")\n        4\n' in text


def test_types_that_stand_for_waiting_are_unwrapped(current):
    text = current.read("src/twofold/_sync/scripted.py")
    assert "from collections.abc import Callable, Iterator\n" in text
    assert "check: Callable[[str], bool] | None = None" in text


def test_examples_run_their_main(current):
    text = current.read("examples/_sync/first.py")
    assert "asyncio" not in text
    assert text.rstrip().endswith("    main()")
    assert "import twofold\n" in text


def test_a_file_with_names_beyond_ascii_keeps_its_positions(small):
    small.write(
        "src/twofold/_async/more.py",
        """
        def größe(π: "str") -> str:
            ü = π; return ("é", ü)[0]; ä = (π).x

        async def ask(x):
            "Grüße: `aclose`."
            é = "ü" + (await x.y()).zé
            return é
        """,
    )
    text = build(small.project)["src/twofold/_sync/more.py"].decode()
    assert '"ü" + x.y().zé' in text
    assert "Grüße: `close`." in text


def test_an_import_of_nothing_but_wrappers_goes(small):
    small.write(
        "src/twofold/_async/more.py",
        """
        from typing import TYPE_CHECKING, Any

        if TYPE_CHECKING:
            from collections.abc import Awaitable, Coroutine

        async def f(x: "Any") -> None:
            y: Awaitable[Awaitable[int]]
        """,
    )
    small.replace("src/twofold/_async/more.py", "Awaitable, Coroutine", "Awaitable")
    text = build(small.project)["src/twofold/_sync/more.py"].decode()
    assert "Awaitable" not in text
    assert "y: int\n" in text


EVERY_CONSTRUCT = '''
"""Every construct that has a colour, in every position that Python allows."""

from __future__ import annotations

import contextlib as tools
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator


@tools.asynccontextmanager
async def opened(name: str, /, *rest: int, key: str = "k", **more: object) -> AsyncIterator[str]:
    try:
        yield name
    except* (ValueError, StopAsyncIteration) as group:
        raise await wrap(group) from await cause(key=await key_of(key))
    finally:
        await (close(name))


class Reader(AsyncIterable[int], metaclass=type(AsyncIterable)):
    later = lambda self: (lambda: self.aclose)
    total: int = 0

    def __aiter__(self) -> AsyncGenerator[int]: ...

    async def __anext__(self) -> int:
        async with opened("a") as a, opened("b", 1, 2) as (b, *c):
            async for x, y in self:
                if (z := await f(x)) and not await g(y) or -(await h(z)) ** 2 < (await h(z)) + 1:
                    continue
                elif await f(x) if await g(y) else await h(z):
                    break
            else:
                del (await f(a))[b], (await g(a)).b
        match await f(a):
            case {"k": [int(v), *_], **others} if await g(v):
                (await f(v))(others)[await g(v)] += await h(v)
            case Reader(total=t):
                assert await f(t), await g(t)
        return await f(*await g(a), **await h(b))

    async def aclose(self) -> None:
        global spread
        spread = [await f(x) async for x in self if await g(x) for y in x if y]
        spread = {k: v async for k, v in self}, {x async for x in self}, (x async for x in self)
        print("async", f"{spread!r:>{10}}", b"async", r"\\d", """def
        async""", await f(await g(await h(1))), sep=(await f(""))[1:])

        async def inner() -> AsyncIterator[int]:
            yield (await f(1)) or 2

        async for _ in inner(): pass
        while await f(1): await g(2); await h(3)
'''


def test_every_construct_has_a_translation(small):
    small.write("src/twofold/_async/every.py", EVERY_CONSTRUCT)
    text = build(small.project)["src/twofold/_sync/every.py"].decode()
    compile(text, "every.py", "exec")
    names = {node.id for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Name)}
    assert {"AsyncIterable", "StopAsyncIteration"}.isdisjoint(names)
    assert "(f(a))" not in text


def test_an_empty_module_gets_its_header(small):
    small.write("src/twofold/_async/empty/__init__.py", "")
    assert len(build(small.project)["src/twofold/_sync/empty/__init__.py"].splitlines()) == 1


def test_generated_files_are_the_same_wherever_the_project_is(tmp_path: Path, small):
    elsewhere = tmp_path / "_async" / "a folder with spaces" / "_async"
    shutil.copytree(small.root / "src", elsewhere / "src")
    assert build(Project.at(elsewhere, small.table), whole=False).items() <= build(small.project).items()


def test_orphans_go_and_their_folders_too(current):
    current.write("src/twofold/_sync/old/deep/gone.py", "x = 1")
    current.write("src/twofold/_sync/old/__pycache__/gone.cpython-311.pyc", "")
    assert update(current.project) == ["src/twofold/_sync/old/deep/gone.py"]
    assert not (current.root / "src/twofold/_sync/old").exists()


def test_the_output_of_a_tree_that_is_gone_is_orphaned(current):
    (current.root / "examples/_async/first.py").unlink()
    (current.root / "examples/_async").rmdir()
    assert [p.path for p in differences(current.project, build(current.project))] == [
        "examples/_sync/first.py"
    ]
    update(current.project)
    assert not (current.root / "examples/_sync").exists()


def test_nothing_is_written_if_one_file_is_refused(small):
    small.write("src/twofold/_async/bad.py", "import asyncio")
    assert small.refusals() != []
    assert committed(small.project) == {}


def test_the_built_in_table_is_that_of_the_installed_unasync():
    assert BUILT_IN_TOKENS == _ASYNC_TO_SYNC


def test_the_pins_are_those_of_the_project_file():
    import tomllib

    root = Path(__file__).resolve().parents[2]
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    for pins in (project["build-system"]["requires"], project["project"]["optional-dependencies"]["dev"]):
        assert f"unasync=={UNASYNC_VERSION}" in pins
        assert f"ruff=={RUFF_VERSION}" in pins
    ours = tomllib.loads((root / "codegen/ruff.toml").read_text(encoding="utf-8"))
    for setting in ("line-length", "target-version"):
        assert ours[setting] == project["tool"]["ruff"][setting]


def test_generated_code_is_valid_for_the_oldest_python(current):
    for path in committed(current.project):
        ast.parse(current.read(path), feature_version=(3, 11))
