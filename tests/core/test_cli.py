"""The command ``twofold``, as a process: what it prints where, and its exit codes."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from twofold import __version__
from twofold.testing import ChatServer, Failure, Reply, Stall, ToolCalls

ANSWER = "Thought: I compute it.\n<code>\nprint('working')\nfinal_answer(6 * 7)\n</code>"


SHOP = '''
from twofold import tool

@tool
def price(item: str) -> float:
    """Looks up what an item costs.

    Args:
        item: The item.
    """
    return {"apple": 0.5}[item]
'''

COMMAND = ("-m", "twofold")
IMPATIENT = ("-c", "from twofold import cli; from twofold._bridge import _sync; _sync.sleep = id; cli.main()")
"""The command, but it does not wait before it tries again."""


def run_cli(
    *arguments: str,
    stdin: str | None = None,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    command: Sequence[str] = COMMAND,
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *command, *arguments],
        input=stdin,
        stdin=subprocess.DEVNULL if stdin is None else None,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=60,
        cwd=cwd,
        env={**os.environ, "OPENAI_API_KEY": "key-of-the-test", **(env or {})},
        check=False,
    )


def server_arguments(server: ChatServer) -> list[str]:
    return ["--model", "openai/scripted", "--api-base", server.url]


def test_the_answer_goes_to_standard_output_and_the_steps_to_standard_error() -> None:
    with ChatServer([Reply(ANSWER)]) as server:
        done = run_cli(*server_arguments(server), "What is six times seven?")
    assert (done.returncode, done.stdout) == (0, "42\n")
    assert "I compute it." in done.stderr
    assert "print('working')" in done.stderr
    assert "What is six times seven?" in done.stderr


def test_quiet_prints_the_answer_alone() -> None:
    with ChatServer([Reply(ANSWER)]) as server:
        done = run_cli(*server_arguments(server), "--quiet", "What is six times seven?")
    assert (done.returncode, done.stdout, done.stderr) == (0, "42\n", "")


def test_the_task_from_standard_input() -> None:
    with ChatServer([Reply(ANSWER)]) as server:
        done = run_cli(*server_arguments(server), "-q", stdin="What is six times seven?\n")
        assert "six times seven" in json.dumps(server.requests[0].body)
    assert done.stdout == "42\n"


def test_json_is_the_whole_result() -> None:
    with ChatServer([Reply(ANSWER)]) as server:
        done = run_cli(*server_arguments(server), "--json", "-q", "Six times seven?")
    result = json.loads(done.stdout)
    assert (result["output"], result["state"]) == (42, "success")
    assert result["steps"][1]["code_action"].startswith("print")
    assert result["token_usage"]["total_tokens"] > 0


def test_what_the_terminal_cannot_show_does_not_stop_it() -> None:
    with ChatServer([Reply("<code>\nfinal_answer('\\u4f60\\udc80!')\n</code>")]) as server:
        done = run_cli(*server_arguments(server), "Greet", env={"PYTHONIOENCODING": "ascii"})
    assert (done.returncode, done.stdout) == (0, "??!\n"), done.stderr


def test_steps_used_up_exit_with_3() -> None:
    with ChatServer([Reply("<code>\nx = 1\n</code>"), Reply("perhaps 42")]) as server:
        done = run_cli(*server_arguments(server), "-q", "--max-steps", "1", "Six times seven?")
    assert (done.returncode, done.stdout) == (3, "perhaps 42\n")


def test_tools_and_imports(tmp_path: Path) -> None:
    (tmp_path / "my_tools.py").write_text(
        'from twofold import tool\n\n@tool\ndef twice(text: str) -> str:\n    """Says a text twice.\n\n'
        '    Args:\n        text: The text.\n    """\n    return text * 2\n'
    )
    reply = "<code>\nimport json.decoder\nfinal_answer(twice('ha'))\n</code>"
    for tools in ("my_tools.py", "my_tools.py:twice"):
        with ChatServer([Reply(reply)]) as server:
            done = run_cli(
                *server_arguments(server),
                "-q",
                "Laugh",
                "--imports",
                "json.decoder",
                "--tools",
                tools,
                cwd=tmp_path,
            )
        assert (done.returncode, done.stdout) == (0, "haha\n"), done.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "no task|task is empty"),
        ([""], "task is empty"),
        (["--model", "nonsense", "Go"], "--model 'nonsense'"),
        (["--model", "local", "--api-base", "http://127.0.0.1:1", "Go"], "--api-base"),
        (["--model", "openai/x", "--tools", "missing.py", "Go"], "no file 'missing.py'"),
        (["--model", "openai/x", "--tools", "json:nothing", "Go"], "nothing"),
        (["--model", "openai/x", "--max-steps", "0", "Go"], "max_steps"),
        (["--model", "openai/x", "--imports", "no_such_module_anywhere", "Go"], "no_such_module_anywhere"),
    ],
)
def test_wrong_usage_is_one_line_and_exit_code_2(arguments: list[str], message: str) -> None:
    done = run_cli(*arguments)
    assert done.returncode == 2
    assert done.stdout == ""
    assert re.search(message, done.stderr), done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert "Traceback" not in done.stderr


def test_a_missing_key_says_what_to_set() -> None:
    done = run_cli("--model", "openai/gpt-4o-mini", "-q", "Go", env={"OPENAI_API_KEY": ""})
    assert done.returncode == 2
    assert "OPENAI_API_KEY" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_an_unreachable_server_says_so() -> None:
    nowhere = ("--model", "openai/x", "--api-base", "http://127.0.0.1:9/v1")
    done = run_cli(*nowhere, "-q", "Go", command=IMPATIENT)
    assert done.returncode == 1
    assert "http://127.0.0.1:9/v1" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_a_refused_key_is_not_shown() -> None:
    with ChatServer([Failure.wrong_key()]) as server:
        done = run_cli(*server_arguments(server), "-q", "Go")
    assert done.returncode == 1
    assert "401" in done.stderr
    assert "key-of-the-test" not in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_a_missing_extra_says_how_to_install_it(tmp_path: Path) -> None:
    (tmp_path / "openai.py").write_text("raise ImportError('not installed')\n")
    done = run_cli("--model", "openai/x", "-q", "Go", env={"PYTHONPATH": str(tmp_path)})
    assert done.returncode == 2
    assert "pip install 'twofold[openai]'" in done.stderr


def test_an_agent_that_calls_tools(tmp_path: Path) -> None:
    (tmp_path / "shop.py").write_text(SHOP)
    replies = [ToolCalls(("price", {"item": "apple"})), ToolCalls(("final_answer", {"answer": 0.5}))]
    arguments = ["--action-type", "tool_calling", "--tools", "shop.py", "-q", "What does an apple cost?"]
    with ChatServer(replies) as server:
        done = run_cli(*server_arguments(server), *arguments, cwd=tmp_path)
        assert (done.returncode, done.stdout) == (0, "0.5\n"), done.stderr
        assert "0.5" in str(server.requests[1].body["messages"][-1])
        done = run_cli(*server_arguments(server), "--imports", "numpy", *arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert "--imports is for agents that write code" in done.stderr


def test_a_model_of_another_service() -> None:
    with ChatServer([Reply(ANSWER)], api_key="token-of-the-test") as server:
        arguments = ["--model", "huggingface/org/model", "--api-base", server.url, "-q", "Go"]
        done = run_cli(*arguments, env={"HF_TOKEN": "token-of-the-test"})
    assert (done.returncode, done.stdout) == (0, "42\n"), done.stderr


@pytest.mark.parametrize(
    ("model", "complaint"),
    [
        ("nonsense/x", "is none that is known: use local, local/NAME, PATH.gguf, openai/ID, azure/ID"),
        ("litellm/", "is none that is known"),
        ("transformers/x", "--api-base is for models behind a server, and not for --model transformers/ID"),
    ],
)
def test_models_that_are_none(model: str, complaint: str) -> None:
    done = run_cli("--model", model, "--api-base", "http://127.0.0.1:1/v1", "Go")
    assert done.returncode == 2
    assert complaint in done.stderr


def test_version() -> None:
    assert run_cli("--version").stdout == f"twofold {__version__}\n"


def test_help_names_models_and_exit_codes() -> None:
    done = run_cli("--help")
    assert done.returncode == 0
    assert "openai/ID" in done.stdout
    assert "exit codes" in done.stdout


@pytest.mark.skipif(sys.platform == "win32", reason="Ctrl-C is sent differently there")
@pytest.mark.parametrize("waiting_for", ["model", "code"])
def test_ctrl_c_stops_cleanly(waiting_for: str) -> None:
    reply = Stall() if waiting_for == "model" else Reply("<code>\nwhile True:\n    pass\n</code>")
    with ChatServer([reply]) as server:
        process = subprocess.Popen(
            [sys.executable, "-m", "twofold", *server_arguments(server), "Go"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "OPENAI_API_KEY": "none"},
        )
        assert process.stderr is not None
        if waiting_for == "model":
            server.wait_until(lambda server: len(server.requests) == 1, timeout=60)
        else:
            assert any("while True" in line for line in process.stderr)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert out == ""
    assert "Traceback" not in err
    assert err.rstrip().endswith("interrupted")


def test_the_models_that_there_are(tmp_path: Path) -> None:
    listed = run_cli("model", "list", env={"TWOFOLD_CACHE": str(tmp_path)})
    assert listed.returncode == 0
    assert "qwen2.5-coder-1.5b (default)" in listed.stdout
    assert "Apache-2.0" in listed.stdout
    missing = run_cli("model", "path", "qwen2.5-coder-0.5b", env={"TWOFOLD_CACHE": str(tmp_path)})
    assert missing.returncode == 1
    assert "twofold model pull qwen2.5-coder-0.5b" in missing.stderr
    unknown = run_cli("model", "path", "qwen9", env={"TWOFOLD_CACHE": str(tmp_path)})
    assert unknown.returncode in (1, 2)
    assert "qwen2.5-coder-1.5b" in unknown.stderr
