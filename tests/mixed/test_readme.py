"""The Python of README and examples runs as printed; only the model is exchanged for a scripted one."""

import re
import runpy
from pathlib import Path

import pytest

import twofold
import twofold.aio
import twofold.aio.testing
import twofold.testing

README = Path(__file__).parents[2] / "README.md"
BLOCKS = re.findall(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
REPLY = (
    "Thought: I ask for the prices.\n<code>\nfinal_answer(4 * price('apple') + 2 * price('pear'))\n</code>"
)


def run_block(number: int) -> None:
    exec(compile(BLOCKS[number], f"README, block {number}", "exec"), {"__name__": "__main__"})


@pytest.fixture(autouse=True)
def scripted_local_model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(twofold, "LocalModel", lambda: twofold.testing.ScriptedModel([REPLY]))
    monkeypatch.setattr(twofold.aio, "LocalModel", lambda: twofold.aio.testing.ScriptedModel([REPLY]))


@pytest.mark.parametrize("number", [0, 1])
def test_sync_and_async_code(number: int, capsys: pytest.CaptureFixture[str]) -> None:
    run_block(number)
    assert capsys.readouterr().out == "3.5\n"


def test_testing_without_a_model() -> None:
    run_block(2)


def test_every_block_is_run() -> None:
    assert len(BLOCKS) == 3


def test_the_two_commands_stand_at_the_top() -> None:
    top = "\n".join(README.read_text(encoding="utf-8").splitlines()[:16])
    assert (
        'python -m pip install ".[local]" && twofold "What is the 20th Fibonacci number? Compute it."' in top
    )
    assert "python -m pip install nox && nox" in top


EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.mark.parametrize(
    "path", sorted(EXAMPLES.glob("_*sync/*.py")), ids=lambda path: f"{path.parent.name}/{path.name}"
)
def test_examples_run(
    path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    reply = "Thought: this I know.\n<code>\nfinal_answer('scripted')\n</code>"
    monkeypatch.setattr(twofold, "LocalModel", lambda: twofold.testing.ScriptedModel([reply]))
    monkeypatch.setattr(twofold.aio, "LocalModel", lambda: twofold.aio.testing.ScriptedModel([reply]))
    runpy.run_path(str(path), run_name="__main__")
    assert "scripted" in capsys.readouterr().out
