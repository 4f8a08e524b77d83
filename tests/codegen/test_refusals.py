"""Each defect planted in a source, a table or a module's imports is refused, with the file and the line."""

from dataclasses import replace

import pytest

from codegen.project import Entry, ImportExemption

AGENT = "src/twofold/_async/agent.py"
MORE = "src/twofold/_async/more.py"


def refused(small, path: str, text: str, *, saying: str) -> None:
    """Write a file whose offending line is marked with `# here`, and see exactly that refused."""
    small.write(path, text)
    line = small.line_of(path, "# here")
    problems = small.refusals()
    assert [(p.path, p.line) for p in problems] == [(path, line)], problems
    assert saying in problems[0].message
    assert str(problems[0]).startswith(f"{path}:{line}: ")


@pytest.mark.parametrize(
    ("code", "saying"),
    [
        ("    return f'{await x}'  # here", "`await x` inside an f-string"),
        ("    return f'{[y async for y in x]}'  # here", "`async for` inside an f-string"),
        ("    return f'{x.aclose}'  # here", "`aclose` inside an f-string"),
        ("    return f'{x[\"aclose\"]}'  # here", "`aclose` inside an f-string"),
        ("    return f'{x:{x.aclose}}'  # here", "`aclose` inside an f-string"),
        ("    return f'{x}await{x}'  # here", "`await` inside an f-string"),
        ("    return await(x)  # here", "write `await (`"),
        ("    return {'aclose': x}  # here", "the string 'aclose' would be renamed"),
        ("    return getattr(x, r'aclose')  # here", "would be renamed"),
        ("    raise ValueError('aclose' 'd')  # here", "the string 'aclose' would be renamed"),
        ("    raise ValueError('AsyncThing is missing')  # here", "would be renamed"),
        ("    return '__aenter__'  # here", "would be renamed"),
        (
            "    return AsyncExitStack()  # here",
            "`AsyncExitStack` has no entry in the table, and unasync would call it `SyncExitStack`",
        ),
        ("    return anext(x)  # here", "`anext` has no entry"),
        ("    return inspect.isawaitable(x)  # here", "no question about colour"),
        ("    return x.a if x.is_async else x.b  # here", "no branch on colour"),
        ("    if _IS_SYNC:  # here\n        pass", "no branch on colour"),
        ("    return isinstance(x, Awaitable)  # here", "`Awaitable` alone has no sync form"),
        ("    import asyncio  # here", "may only be imported in `_bridge`"),
        ("    from concurrent.futures import Future  # here", "may only be imported in `_bridge`"),
        ("    import threading as t  # here", "may only be imported in `_bridge`"),
        ("    from threading import Lock  # here", "may only be imported in `_bridge`"),
        ("    import queue, json  # here", "`queue` may only be imported"),
        ("    from twofold._sync.agent import CodeAgent  # here", "may not import `twofold._sync`"),
        ("    from .._sync import agent  # here", "may not import `twofold._sync`"),
        ("    from .. import _sync  # here", "may not import `twofold._sync`"),
        ("    from .._bridge import _sync  # here", "may not import `twofold._bridge._sync`"),
        ("    from ..testing import ScriptedModel  # here", "may not import the public `twofold.testing`"),
        ("    x = (  # here", "not valid Python"),
    ],
)
def test_defects_in_a_source(small, code, saying):
    refused(small, MORE, f"import inspect\n\nasync def f(x):\n{code}", saying=saying)


def test_colour_free_text_that_looks_alike_is_fine(small):
    small.write(
        MORE,
        '''
        """Nothing here is refused."""

        NAMES = {"close": 1, "unclosed": 2, "Asyn": 3}


        async def f(x):
            # `is_async` in a plain expression is data, not a branch
            return f"{x!r:>{10}} {{asynch}} {NAMES['close']}", await (x), x.is_async_tool
        ''',
    )
    assert small.refusals() == []


def test_both_of_two_names_that_become_one(small):
    small.replace(
        AGENT,
        "    async def rest(",
        "    def close(self): ...\n\n    async def aclose(self): ...\n\n    async def rest(",
    )
    assert [(p.path, p.line) for p in small.refusals()] == [(AGENT, small.line_of(AGENT, "async def aclose"))]
    assert "`aclose` becomes `close`" in small.refusals()[0].message


@pytest.mark.parametrize(
    ("path", "code", "saying"),
    [
        (
            "src/twofold/_core/a.py",
            "from .._bridge import sleep  # here",
            "`_core` may not import `twofold._bridge`",
        ),
        (
            "src/twofold/_core/a.py",
            "from twofold import testing  # here",
            "may not import the public `twofold`",
        ),
        (
            "src/twofold/_core/a.py",
            "def f():\n    import asyncio  # here",
            "may only be imported in `_bridge`",
        ),
        (
            "src/twofold/_core/a.py",
            "import threading as t\n\nt.Thread()  # here",
            "`threading.Thread` outside",
        ),
        (
            "src/twofold/_core/a.py",
            "from threading import Event  # here",
            "may only be imported in `_bridge`",
        ),
        (
            "src/twofold/_bridge/a.py",
            "from .._async.agent import CodeAgent  # here",
            "may not import `twofold._async`",
        ),
        ("src/twofold/_bridge/a.py", "import twofold._sync.agent  # here", "may not import `twofold._sync`"),
        (
            "src/twofold/cli.py",
            "from ._async.agent import CodeAgent  # here",
            "may not import `twofold._async`",
        ),
        (
            "src/twofold/aio/more.py",
            "from .._sync.agent import CodeAgent  # here",
            "may not import `twofold._sync`",
        ),
    ],
)
def test_imports_in_the_wrong_direction(small, path, code, saying):
    refused(small, path, code, saying=saying)


@pytest.mark.parametrize(
    ("path", "code"),
    [
        (
            "src/twofold/_core/a.py",
            "import queue, threading\nfrom threading import RLock\n\nlock = threading.Lock(), queue.Empty",
        ),
        (
            "src/twofold/_bridge/a.py",
            "import asyncio, anyio, threading\nfrom . import _async\nfrom .._core import parsing",
        ),
        ("src/twofold/cli.py", "from . import CodeAgent\nfrom ._core.parsing import code_in"),
    ],
)
def test_imports_in_the_right_direction(small, path, code):
    small.write(path, code)
    assert small.refusals() == []


def test_an_exempt_import_is_fine_and_an_exemption_without_use_is_not(small):
    small.table = replace(
        small.table, import_exemptions=(ImportExemption("src/*/_core/a*.py", "asyncio", "a test"),)
    )
    assert "needed nowhere" in small.refusals()[0].message
    small.write("src/twofold/_core/a.py", "import asyncio")
    assert small.refusals() == []


@pytest.mark.parametrize(
    ("path", "code", "saying"),
    [
        ("tests/_async/test_a.py", "import asyncio  # here", "belongs in tests/bridge or tests/mixed"),
        ("tests/_async/test_a.py", "import pytest_asyncio  # here", "`@pytest.fixture` does it"),
        (
            "tests/_async/test_a.py",
            "import pytest\n\npytestmark = pytest.mark.asyncio  # here",
            "needs no marker",
        ),
        ("tests/_async/test_a.py", "from twofold import aio  # here", "`aio` alone stays"),
        ("examples/_async/a.py", "from asyncio import run  # here", "in a file of two colours"),
        (
            "examples/_async/a.py",
            "import asyncio\n\nasyncio.gather()  # here",
            "only `asyncio.run(main())` has a sync form",
        ),
        (
            "examples/_async/a.py",
            "import asyncio\n\nasyncio.run(x, debug=True)  # here",
            "only `asyncio.run(main())`",
        ),
        ("examples/_async/a.py", "#!/usr/bin/env python  # here\nx = 1", "no `#!` line"),
        ("examples/_async/a.py", "# -*- coding: latin-1 -*-  # here\nx = 1", "UTF-8"),
        (
            MORE,
            'def f():\n    """Do it.\n\n    >>> asyncio.gather()  # here\n    """',
            "example in a docstring",
        ),
    ],
)
def test_defects_in_tests_examples_and_docstrings(small, path, code, saying):
    refused(small, path, code, saying=saying)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("# awaited below  # here", "`awaited`"),
        ("# a coroutine  # here", "`coroutine`"),
        ("X = 'call anext'  # here", "`anext`"),
        ('"""Async agents.  # here\n"""', "`Async`"),
        ("X = 'needs asyncio'  # here", "`asyncio`"),
    ],
)
def test_words_of_the_async_colour(small, text, found):
    """The residue proof names the generated line and the source line."""
    small.write(MORE, text)
    problems = small.refusals()
    assert [(p.path, p.line) for p in problems] == [("src/twofold/_sync/more.py", 2)]
    assert f"{found} is left" in problems[0].message
    assert f"(from {MORE}:1)" in problems[0].message


@pytest.mark.parametrize(
    "change",
    [
        {"tokens": Entry("AsyncExitStack", "ExitStack", "planted")},
        {"dotted": Entry("twofold.other", "twofold", "planted")},
        {"unwrapped": Entry("Coroutine", "", "planted")},
    ],
)
def test_an_entry_that_is_used_nowhere(small, change):
    ((kind, entry),) = change.items()
    small.table = replace(small.table, **{kind: (*getattr(small.table, kind), entry)})
    (problem,) = small.refusals()
    assert problem.path == "codegen/table.py"
    assert entry.old in problem.message
    assert "planted" in problem.message


def test_a_name_in_a_comment_is_no_use_of_an_entry(small):
    small.write(MORE, "# ExitStack and AsyncExitSt\nX = 'an AsyncExitStack'")
    small.table = replace(
        small.table, tokens=(*small.table.tokens, Entry("AsyncExitStack", "ExitStack", "planted"))
    )
    assert any(p.path == "codegen/table.py" for p in small.refusals())


def test_a_file_that_is_not_python(small):
    small.write("src/twofold/_async/prompts.yaml", "system: hello")
    (problem,) = small.refusals()
    assert problem.path == "src/twofold/_async/prompts.yaml"
    assert "`_core`" in problem.message


def test_a_file_that_is_not_utf8(small):
    (small.root / MORE).write_bytes(b"x = '\xe4'\n")
    (problem,) = small.refusals()
    assert problem.path == MORE
    assert "UTF-8" in problem.message
