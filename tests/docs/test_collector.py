"""The collector of the documentation's code: what it finds in a page, and that it notices what is wrong."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from docs_pages import ROOT, Page
from docs_play import run_block

PAGE = """
# A page

```python
from twofold import tool
```

=== "Sync"

    ```python
    answer = ask("twofold")
    ```

=== "Async"

    ```python
    answer = await ask("twofold.aio")
    ```

    ```text title="Output"
    42
    ```

<!-- not run: it would cost money -->
```python
spend(1_000_000)
```

```yaml title="agent.yaml"
name: one
```

```python title="server.py"
from twofold.aio import CodeAgent
```

```python
assert True
```
"""


@pytest.fixture
def page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Page:
    path = tmp_path / "page.md"
    path.write_text(PAGE, encoding="utf-8")
    monkeypatch.setattr("docs_pages.ROOT", tmp_path)
    return Page.read(path)


def test_colours_come_from_tabs_imports_and_waiting(page: Page) -> None:
    colours = [(block.line, block.colour) for block in page.blocks]
    assert colours == [
        (5, "sync"),
        (11, "sync"),
        (17, "async"),
        (26, None),
        (30, None),
        (34, None),
        (38, None),
    ]


def test_tabs_lose_their_indentation_and_keep_their_output(page: Page) -> None:
    assert page.blocks[2].code == 'answer = await ask("twofold.aio")\n'
    assert [block.output for block in page.blocks[1:3]] == [None, "42\n"]
    assert [(first.line, second.line) for first, second in page.twins] == [(11, 17)]


def test_what_is_not_run_says_why(page: Page) -> None:
    assert [block.not_run for block in page.blocks if block.not_run] == ["it would cost money"]
    assert 26 not in [block.line for story in page.stories for block in story.blocks]


def test_files_and_blocks_without_a_colour_are_in_every_story(page: Page) -> None:
    assert [(story.colour, [block.line for block in story.blocks]) for story in page.stories] == [
        ("sync", [5, 11, 30, 34, 38]),
        ("async", [17, 30, 34, 38]),
    ]
    assert [block.file_name for block in page.blocks if block.file_name] == ["agent.yaml", "server.py"]


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("print(1)", "prints what the page does not show"),
        ('x = 1\n```\n\n```text title="Output"\n1', "prints something else than the page shows"),
        ('print("a b")\n```\n\n```text title="Output"\na … c', "prints something else than the page shows"),
        ('assert 1 == 2, "not so"', "not so"),
    ],
)
def test_what_does_not_do_as_it_says_is_noticed(text: str, error: str, page: Page) -> None:
    page.path.write_text(f"```python\n{text}\n```\n", encoding="utf-8")
    (block,) = Page.read(page.path).blocks
    with asyncio.Runner() as runner, pytest.raises(AssertionError, match=error):
        run_block(block, {}, runner)


def test_tracebacks_name_the_line_of_the_page(page: Page) -> None:
    page.path.write_text("Text.\n\n```python\nx = 1\nraise ValueError(x)\n```\n", encoding="utf-8")
    (block,) = Page.read(page.path).blocks
    namespace: dict[str, Any] = {}
    with asyncio.Runner() as runner, pytest.raises(ValueError) as caught:
        run_block(block, namespace, runner)
    assert caught.traceback[-1].lineno + 1 == 5
    assert "page.md" in str(caught.traceback[-1].path)


def test_an_output_without_a_block_is_refused(page: Page) -> None:
    page.path.write_text('```text title="Output"\n1\n```\n', encoding="utf-8")
    with pytest.raises(AssertionError, match="there is no block whose output this could be"):
        Page.read(page.path)


def test_the_project_has_pages() -> None:
    assert (ROOT / "docs" / "index.md").exists()
