"""A small project with both trees, a public API for each colour, and everything that the proofs look at."""

import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))  # `codegen` is no part of the installed package

from codegen.problems import CodegenError, Problem  # noqa: E402
from codegen.project import Entry, Project, Table  # noqa: E402
from codegen.run import build, update  # noqa: E402

TABLE = Table(
    tokens=(
        Entry("_async", "_sync", "the tree"),
        Entry("aclose", "close", "the convention"),
    ),
    dotted=(Entry("twofold.aio", "twofold", "the public modules"),),
    unwrapped=(Entry("Awaitable", "", "a value to wait for"),),
)

FILES = {
    "src/twofold/__init__.py": """
        from ._sync.agent import CodeAgent

        __all__ = ["CodeAgent"]
    """,
    "src/twofold/testing.py": """
        from ._sync.scripted import ScriptedModel

        __all__ = ["ScriptedModel"]
    """,
    "src/twofold/aio/__init__.py": """
        from .._async.agent import CodeAgent

        __all__ = ["CodeAgent"]
    """,
    "src/twofold/aio/testing.py": """
        from .._async.scripted import ScriptedModel

        __all__ = ["ScriptedModel"]
    """,
    "src/twofold/_core/__init__.py": "",
    "src/twofold/_core/parsing.py": """
        import re


        def code_in(text):
            return re.search("<code>(.*)</code>", text, re.DOTALL)[1]
    """,
    "src/twofold/_bridge/__init__.py": "",
    "src/twofold/_bridge/_async.py": """
        import asyncio


        async def sleep(seconds):
            await asyncio.sleep(seconds)
    """,
    "src/twofold/_bridge/_sync.py": """
        import time


        def sleep(seconds):
            time.sleep(seconds)
    """,
    "src/twofold/_async/__init__.py": "",
    "src/twofold/_async/scripted.py": '''
        """Models that answer from a script."""

        from collections.abc import AsyncIterator, Awaitable, Callable


        class ScriptedModel:
            """Gives its replies one after the other."""

            def __init__(self, replies: list[str], *, limit: int = 3) -> None:
                self.replies = list(replies)
                self.limit = limit

            async def generate(self, check: Callable[[str], Awaitable[bool]] | None = None) -> str:
                """Return the next reply."""
                return self.replies.pop(0)

            async def stream(self) -> AsyncIterator[str]:
                """Yield the replies that are left."""
                for reply in self.replies:
                    yield reply

            async def aclose(self) -> None:
                """Close the model."""
    ''',
    "src/twofold/_async/agent.py": '''
        """The agent."""

        from typing import Any

        from .._bridge import _async as bridge
        from .._core.parsing import code_in
        from .scripted import ScriptedModel


        class CodeAgent:
            """Runs the code of its model.

            Example:
                >>> from twofold.aio import CodeAgent
                >>> await agent.run("What is 2 + 2?")
                4
            """

            def __init__(self, tools: list[Any], model: ScriptedModel) -> None:
                self.tools = tools
                self.model = model

            async def __aenter__(self) -> "CodeAgent":
                return self

            async def __aexit__(self, *exc: object) -> None:
                await self.model.aclose()

            async def run(self, task: str) -> Any:
                """Return the answer."""
                await bridge.sleep(0)
                answers: list[Any] = []
                code = code_in((await self.model.generate()).strip())
                exec(code, {"final_answer": answers.append})
                return answers[0]

            async def rest(self) -> list[str]:
                """Return what was not used."""
                return [reply async for reply in self.model.stream()]
    ''',
    "tests/_async/test_agent.py": """
        from twofold.aio import CodeAgent
        from twofold.aio.testing import ScriptedModel


        async def test_answer():
            async with CodeAgent(tools=[], model=ScriptedModel(["<code>final_answer(1)</code>"])) as agent:
                assert await agent.run("one") == 1
    """,
    "examples/_async/first.py": '''
        """A first agent."""

        import asyncio

        import twofold.aio as twofold
        from twofold.aio.testing import ScriptedModel


        async def main() -> None:
            agent = twofold.CodeAgent(tools=[], model=ScriptedModel(["<code>final_answer(1)</code>"]))
            print(await agent.run("one"))


        if __name__ == "__main__":
            asyncio.run(main())
    ''',
}


class SmallProject:
    """A project in a temporary folder, and ways to plant a defect in it."""

    def __init__(self, root: Path, table: Table = TABLE) -> None:
        self.root = root
        self.table = table
        for path, text in FILES.items():
            self.write(path, text)

    @property
    def project(self) -> Project:
        return Project.at(self.root, self.table)

    def write(self, path: str, text: str) -> None:
        lines = text.split("\n")
        indents = [len(line) - len(line.lstrip()) for line in lines if line.strip()]
        cut = min(indents, default=0)
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text("\n".join(line[cut:] for line in lines).strip() + "\n", encoding="utf-8")

    def read(self, path: str) -> str:
        return (self.root / path).read_text(encoding="utf-8")

    def replace(self, path: str, old: str, new: str) -> None:
        text = self.read(path)
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {path}"
        (self.root / path).write_text(text.replace(old, new), encoding="utf-8")

    def line_of(self, path: str, text: str) -> int:
        return next(i for i, line in enumerate(self.read(path).split("\n"), 1) if text in line)

    def refusals(self) -> list[Problem]:
        """What a build finds wrong; empty if it generates."""
        try:
            build(self.project)
        except CodegenError as error:
            return error.problems
        return []


@pytest.fixture
def small(tmp_path: Path) -> SmallProject:
    """A sound project whose generated trees are not written yet."""
    return SmallProject(tmp_path)


@pytest.fixture
def current(small: SmallProject) -> SmallProject:
    """A sound project with current generated trees."""
    update(small.project)
    return small
