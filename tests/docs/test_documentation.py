"""Every block of Python in the documentation is run, in the colour it shows, and its outcome is checked."""

from __future__ import annotations

import ast
import asyncio
import builtins
import contextlib
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import docs_services
import pytest
from docs_pages import ROOT, Block, Page, Story, all_pages
from docs_play import run_block, run_commands
from docs_replies import Replies

import twofold
import twofold.aio
from twofold.testing import ChatServer

PAGES = all_pages()
STORIES = [story for page in PAGES for story in page.stories]
pytestmark = pytest.mark.one_python
NOT_RUN: dict[str, str] = {}
"""Where blocks are that are not run, and why. There should be none."""

if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))  # `codegen` is no part of the installed package


@pytest.fixture
def replies(request: pytest.FixtureRequest) -> Replies:
    story: Story = request.getfixturevalue("story")
    return Replies(story.page.stem.lower())


@pytest.fixture
def place(
    replies: Replies, story: Story, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[ChatServer]:
    """Where a page's code runs: a folder of its own, a model that answers from the page's replies."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    inputs = iter(replies.inputs)
    monkeypatch.setattr(builtins, "input", lambda prompt="": next(inputs))
    before = set(sys.modules)
    with ChatServer(replies) as server, docs_services.services_for(story.page.stem) as variables:
        for name, value in {
            "OPENAI_BASE_URL": server.url, "OPENAI_API_KEY": "key-of-the-documentation", **variables,
        }.items():  # fmt: skip
            monkeypatch.setenv(name, value)
        for api in (twofold, twofold.aio):
            stand_in = _local_model(api.OpenAIModel)
            monkeypatch.setattr(api, "LocalModel", stand_in)
        with _closing_clients(monkeypatch):
            yield server
    for name in set(sys.modules) - before:
        if str(getattr(sys.modules[name], "__file__", "") or "").startswith(str(tmp_path)):
            del sys.modules[name]


@contextlib.contextmanager
def _closing_clients(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Close the clients that a page leaves open; its process would end, and ours goes on."""
    made: list[Any] = []
    create = twofold.OpenAIModel.create_client

    def create_and_note(model: twofold.OpenAIModel) -> Any:
        made.append(create(model))
        return made[-1]

    monkeypatch.setattr(twofold.OpenAIModel, "create_client", create_and_note)
    yield
    for client in made:
        client.close()


def _local_model(model: Any) -> Any:
    return lambda name="qwen2.5-coder-1.5b", **options: model(name)


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.name)
@pytest.mark.usefixtures("place")
def test_the_code_runs_and_does_what_the_page_says(story: Story, replies: Replies) -> None:
    with asyncio.Runner() as runner:
        namespace: dict[str, Any] = {"__name__": "__main__"}
        for block in story.blocks:
            if block.file_name is not None:
                Path(block.file_name).write_text(block.code, encoding="utf-8")
            elif block.language == "python":
                run_block(block, namespace, runner)
            elif block.language == "sh" and block.output is not None:
                run_commands(block)
    assert replies.unused(story.colour) == [], "tasks in the replies of this page that nobody has asked"


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.name)
def test_what_comes_of_every_block_is_checked(story: Story) -> None:
    unchecked: list[Block] = []
    for block in (block for block in story.blocks if block.language in ("python", "sh")):
        if block.output is not None or (block.language == "python" and block.checks):
            unchecked = []
        elif block.language == "sh":
            continue
        elif block.file_name is not None or not block.only_defines:
            unchecked.append(block)
    assert [block.where for block in unchecked] == [], "nothing would notice if these did something else"


@pytest.mark.parametrize(
    ("sync", "aio"),
    [pytest.param(*pair, id=pair[0].where) for page in PAGES for pair in page.twins],
)
def test_the_two_tabs_of_a_block_are_twins(sync: Block, aio: Block) -> None:
    from codegen.docstrings import rewrite_snippet
    from codegen.passes import replace_dotted
    from codegen.table import TABLE

    rewritten = rewrite_snippet(replace_dotted(aio.code, TABLE.dotted), TABLE.all_tokens())
    assert ast.unparse(ast.parse(sync.code)) == ast.unparse(ast.parse(rewritten))
    assert sync.output == aio.output


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.path.stem)
def test_tabs_come_in_pairs_and_show_their_own_api(page: Page) -> None:
    for block in page.python:
        if block.tab == "sync":
            assert "twofold.aio" not in block.code, block.where
        elif block.tab == "async":
            assert not re.search(r"^(from|import) twofold\b(?!\.aio)", block.code, re.MULTILINE), block.where
    tabs = [block for block in page.python if block.tab is not None]
    assert len(tabs) == 2 * len(page.twins), "a tab without its twin: both, sync first, or none"


def test_nothing_is_left_out() -> None:
    found = {
        block.where: block.not_run for page in PAGES for block in page.blocks if block.not_run is not None
    }
    print(f"{sum(len(page.python) for page in PAGES)} blocks are run, {len(found)} are not: {found}")
    assert found == NOT_RUN


def test_no_python_hides_under_another_name() -> None:
    names = {block.language for page in PAGES for block in page.blocks}
    assert names <= {"python", "text", "sh", "yaml", "json", "toml", ""}
    for page in PAGES:
        for block in page.blocks:
            if block.language == "":
                pytest.fail(f"{block.where}: the fence names no language")


def test_the_two_commands_stand_at_the_top_of_the_readme() -> None:
    top = "\n".join((ROOT / "README.md").read_text(encoding="utf-8").splitlines()[:16])
    assert (
        'python -m pip install ".[local]" && twofold "What is the 20th Fibonacci number? Compute it."' in top
    )
    assert "python -m pip install nox && nox" in top


def test_the_code_is_tidy(tmp_path: Path) -> None:
    """What a linter finds in a program: unknown names, unused imports, blocking calls where nothing may block."""
    for story in STORIES:
        code = "\n".join(b.code for b in story.blocks if b.language == "python" and b.file_name is None)
        (tmp_path / f"{story.name.replace('-', '_')}.py").write_text(code, encoding="utf-8")
    for page in PAGES:
        for block in page.python:
            if block.file_name is not None:
                (tmp_path / f"{page.path.stem.replace('-', '_')}_{block.line}.py").write_text(
                    block.code, encoding="utf-8"
                )
    rules = ["--select", "F,E5,E7,B,UP,ASYNC", "--ignore", "F704,F811,B018", "--line-length", "110"]
    command = [sys.executable, "-m", "ruff", "check", "--isolated", "--target-version", "py311", *rules, "."]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
