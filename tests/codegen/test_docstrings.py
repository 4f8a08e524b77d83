"""The pass over docstrings: code examples lose their colour, prose stays as it is."""

import inspect

import pytest

from codegen.docstrings import ExampleError, rewrite_docstring, rewrite_snippet

TOKENS = {"aclose": "close", "AsyncIterator": "Iterator", "__aenter__": "__enter__"}


def rewritten(text: str) -> str:
    return rewrite_docstring(inspect.cleandoc(text), 0, TOKENS)


def test_doctests_are_rewritten_and_their_output_is_not():
    text = """Do it.

    >>> async with agent as a:
    ...     await a.run("x")
    'await'
    >>> import asyncio
    >>> asyncio.run(main())
    """
    assert rewritten(text) == "Do it.\n\n>>> with agent as a:\n...     a.run(\"x\")\n'await'\n>>> main()"


def test_indented_examples_are_rewritten():
    text = """Do it.

    Args:
        task: What to do; may be `async def` too.

    Example:
        async for event in agent.stream("x"):
            print(event)

        await agent.aclose()

    Returns:
        The answer.
    """
    assert rewritten(text) == inspect.cleandoc(text).replace("async for", "for").replace(
        "await agent.aclose", "agent.close"
    )


def test_an_example_below_prose_is_rewritten():
    text = """Do it.

    Example:
        First look at this, it is not Python:

            answer = await agent.run("x")
    """
    assert "\n        answer = agent.run(" in rewritten(text)
    assert "First look at this, it is not Python:" in rewritten(text)


@pytest.mark.parametrize("fence", ["```python", "```py", "```"])
def test_fenced_examples_are_rewritten(fence):
    assert rewritten(f"Do it.\n\n{fence}\nx = await f()\n```\nend") == f"Do it.\n\n{fence}\nx = f()\n```\nend"


@pytest.mark.parametrize("text", ["```json\nawait x\n```", "```\nnot python await\n```", "```python"])
def test_other_fences_stay(text):
    assert rewritten(f"Do it.\n\n{text}") == f"Do it.\n\n{text}"


def test_indentation_counts_from_the_statement():
    raw = "Do it.\n\n        x = await f()\n    "
    assert rewrite_docstring(raw, 4, TOKENS) == "Do it.\n\n        x = f()\n    "


def test_prose_stays_and_the_code_in_it_is_rewritten():
    text = "Call ``aclose`` or `await x.aclose()` or `async with x`; tools may be `async def`; aclose too."
    expected = "Call ``close`` or `x.close()` or `with x`; tools may be `async def`; aclose too."
    assert rewritten(text) == expected


def test_strings_in_examples_stay():
    assert rewrite_snippet('await f("await aclose")', TOKENS) == 'f("await aclose")'


def test_a_snippet_is_rewritten_once_and_for_all():
    once = rewrite_snippet("import asyncio\nasync def main():\n    await f()\nasyncio.run(main())\n", TOKENS)
    assert once == "def main():\n    f()\nmain()\n"
    assert rewrite_snippet(once, TOKENS) == once


@pytest.mark.parametrize(
    "code",
    [
        "asyncio.gather(a, b)",
        "asyncio.run(main(), debug=True)",
        "from asyncio import run",
        "import asyncio as a",
        'f"{await x}"',
    ],
)
def test_what_has_no_sync_form_is_refused_with_its_line(code):
    with pytest.raises(ExampleError) as caught:
        rewritten(f"Do it.\n\nMore.\n\n    x = 1\n    {code}\n")
    assert caught.value.line == 5


def test_a_doctest_that_is_no_python_is_refused():
    with pytest.raises(ExampleError, match="not valid Python") as caught:
        rewritten("Do it.\n\n>>> await +\n")
    assert caught.value.line == 2
