"""A bare prototype on the same tasks: one prompt, one reply, ``exec``. What an agent has to be worth its weight.

It uses nothing of twofold but the weights: xllamacpp directly, a short prompt with two examples as chat turns, greedy,
the reply's first code block run by plain Python. One step is all it has.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import os
import re
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from .answers import is_expected
from .outcome import Outcome
from .tasks import Task

__all__ = ["BareAgent"]

_SYSTEM = """\
You are an expert who solves tasks by writing Python code. To each task you reply with a short thought, in one
line that begins with "Thought:", and then with one block of Python code between <code> and </code>.

The code is run in a Python interpreter with the standard library. Follow these rules:
1. Always write a thought and one complete code block, and nothing after the block.
2. Import every module that the code uses, at its top. Use only the standard library.
3. The values of the task may be given as variables. They exist already: do not define them again.
4. If functions are listed, they exist already too: call them, and do not define them again.
5. Do not print the result. Hand it over at the end of the code: call final_answer(result) exactly once.
6. Give final_answer the value itself, such as a number, a string or a list, and not a sentence about it.
7. Compute the result with code. Do not do the arithmetic in your head.
8. Keep the code short and simple, and take care that it is correct in every detail of the task.
"""
_EXAMPLES = (
    ("What is the sum of the squares of the numbers from 1 to 10?",
     "Thought: I add up the squares of the numbers from 1 to 10.\n<code>\n"
     "total = sum(number**2 for number in range(1, 11))\nfinal_answer(total)\n</code>"),
    ("Which word in the variable `words` is the longest?\n\nVariables:\n- words (list): ['sun', 'moon', 'planet']",
     "Thought: I take the word with the greatest length.\n<code>\n"
     "longest = max(words, key=len)\nfinal_answer(longest)\n</code>"),
)  # fmt: skip
_CODE = re.compile(r"<code>\n?(.*?)(?:</code>|\Z)", re.DOTALL)
_MAX_TOKENS = 512
_CONTEXT = 4096


class BareAgent:
    """The prototype.

    Args:
        weights: The GGUF file.
    """

    def __init__(self, weights: Path) -> None:
        os.environ.setdefault("OMP_WAIT_POLICY", "passive")
        library: Any = importlib.import_module("xllamacpp")
        params = library.CommonParams()
        params.model.path = str(weights)
        params.n_ctx = _CONTEXT
        params.n_parallel = 1
        params.no_extra_bufts = True
        params.warmup = False
        params.verbosity = 0
        params.port = 0
        self._server: Any = library.Server(params)

    def carry_out(self, task: Task) -> Outcome:
        """Carry out one task in one step, and judge the answer."""
        start = time.perf_counter()
        reply = self._ask(_messages(task))
        remark = _remark(task, reply["choices"][0]["message"]["content"])
        usage = reply["usage"]
        return Outcome(
            task,
            not remark,
            1,
            time.perf_counter() - start,
            usage["prompt_tokens"],
            usage["completion_tokens"],
            remark,
        )

    def _ask(self, messages: list[dict[str, str]]) -> dict[str, Any]:
        request = {"messages": messages, "temperature": 0.0, "max_tokens": _MAX_TOKENS, "stop": ["</code>"]}
        reply: dict[str, Any] = self._server.handle_chat_completions(request)
        if "choices" not in reply:
            raise RuntimeError(f"the model could not be asked: {reply}")
        return reply


def _messages(task: Task) -> list[dict[str, str]]:
    messages = [{"role": "system", "content": _SYSTEM}]
    for question, answer in _EXAMPLES:
        messages += [{"role": "user", "content": question}, {"role": "assistant", "content": answer}]
    return [*messages, {"role": "user", "content": _question(task)}]


def _question(task: Task) -> str:
    question = task.prompt
    if task.data:
        lines = [f"- {name} ({type(value).__name__}): {value!r}" for name, value in task.data.items()]
        question += "\n\nVariables:\n" + "\n".join(lines)
    if task.tools:
        question += "\n\nFunctions:\n" + "\n".join(map(_described, task.tools))
    return question


def _described(function: Callable[..., Any]) -> str:
    import inspect

    summary = (inspect.getdoc(function) or "").splitlines()[0]
    return f"- {function.__name__}{inspect.signature(function, eval_str=False)}: {summary}"


def _remark(task: Task, reply: str) -> str:
    """Return what is wrong with a reply; nothing if the task is solved."""
    found = _CODE.search(reply)
    if found is None:
        return "wrote no code"
    functions = {function.__name__: function for function in task.tools}
    try:
        answer = _run(found.group(1), {**task.data, **functions})
    except Exception as error:  # whatever the model's code does wrong
        return f"{type(error).__name__}: {error}"
    return "" if is_expected(answer, task.expected, task.tolerance) else f"answered {answer!r}"


def _run(code: str, names: Mapping[str, Any]) -> Any:
    answers: list[Any] = []
    with contextlib.redirect_stdout(io.StringIO()):
        exec(code, {**names, "final_answer": answers.append})
    if not answers:
        raise RuntimeError("no final answer")
    return answers[-1]
