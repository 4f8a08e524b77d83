"""``twofold chat`` as a process: in a real terminal, and with a pipe instead of one."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from twofold.testing import ChatServer, Failure, Gate, Reply, Stall

pexpect = pytest.importorskip("pexpect", reason="there are no pseudo-terminals here")
if sys.platform == "win32":
    pytest.skip("there are no pseudo-terminals here", allow_module_level=True)

UP, CTRL_C, CTRL_D = "\x1b[A", "\x03", "\x04"
# the line editor asks the terminal to mark pastes as soon as it reads
PROMPT = r"\x1b\[\?2004h"
LOOP = "<code>\nprint('the loop begins')\nwhile True:\n    pass\n</code>"


def answering(value: Any) -> Reply:
    return Reply(f"I know it.\n<code>\nfinal_answer({value!r})\n</code>")


def arguments(server: ChatServer, *more: str) -> list[str]:
    return ["-m", "twofold", "chat", "--model", "openai/scripted", "--api-base", server.url, *more]


def environment(home: Path) -> dict[str, str]:
    own = {"OPENAI_API_KEY": "key-of-the-test", "TWOFOLD_CACHE": str(home), "TERM": "xterm"}
    return {**os.environ, **own, "PROMPT_TOOLKIT_NO_CPR": "1"}


@contextmanager
def chatting(server: ChatServer, home: Path, *more: str) -> Iterator[Any]:
    child = pexpect.spawn(
        sys.executable,
        arguments(server, *more),
        env=environment(home),
        encoding="utf-8",
        timeout=60,
        dimensions=(40, 100),
    )
    try:
        child.expect("/help names the commands")
        child.expect(PROMPT)
        yield child
    finally:
        child.close(force=True)


def say(child: Any, text: str) -> None:
    child.send(f"{text}\r")


def leave(child: Any) -> int:
    child.send(CTRL_D)
    child.expect(pexpect.EOF)
    child.close()
    return int(child.exitstatus)


def sent(server: ChatServer, number: int) -> str:
    return json.dumps(server.requests[number].body["messages"])


def by_pipe(
    server: ChatServer,
    home: Path,
    lines: Sequence[str],
    *more: str,
    variables: Mapping[str, str] | None = None,
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments(server, *more)],
        input="".join(f"{line}\n" for line in lines),
        capture_output=True,
        text=True,
        timeout=60,
        env={**environment(home), **(variables or {})},
        check=False,
    )


# In a terminal ------------------------------------------------------------------------------------------


def test_a_conversation(tmp_path: Path) -> None:
    first = Reply("I multiply.\n<code>\nx = 6 * 7\nprint('counting')\nfinal_answer(x)\n</code>")
    recall = Reply("I remember.\n<code>\nfinal_answer(x + 1)\n</code>")
    with ChatServer([first, recall, answering("anew")]) as server, chatting(server, tmp_path) as child:
        say(child, "What is six times seven?")
        child.expect("I multiply")
        child.expect("final_answer")
        child.expect("counting")
        child.expect("Answer: 42")
        child.expect(PROMPT)
        say(child, "And one more?")
        child.expect("Answer: 43")
        child.expect(PROMPT)
        assert "six times seven" in sent(server, 1)
        say(child, "/reset")
        child.expect("begins anew")
        child.expect(PROMPT)
        say(child, "Hello")
        child.expect("Answer: anew")
        assert "six times seven" not in sent(server, 2)
        child.expect(PROMPT)
        assert leave(child) == 0


def test_what_the_model_says_is_shown_while_it_says_it(tmp_path: Path) -> None:
    gate = Gate()
    reply = Reply(["Slowly but ", "surely.\n", "<code>\nfinal_answer(1)\n</code>"])
    with ChatServer([Stall(reply, until=gate, after=3)]) as server, chatting(server, tmp_path) as child:
        say(child, "Go")
        child.expect("Slowly but surely")
        gate.open()
        child.expect("Answer: 1")


def test_ctrl_c_in_the_middle_of_a_reply_stops_that_and_not_the_conversation(tmp_path: Path) -> None:
    begun = Reply(["I begin ", "and never ", "end"])
    script = [Stall(begun, after=3), answering("still here")]
    with ChatServer(script) as server, chatting(server, tmp_path) as child:
        say(child, "First")
        child.expect("and never")
        child.send(CTRL_C)
        child.expect("interrupted")
        child.expect(PROMPT)
        say(child, "Second")
        child.expect("Answer: still here")
        assert "First" in sent(server, 1)
        child.expect(PROMPT)
        assert leave(child) == 0


def test_ctrl_c_before_the_model_has_said_anything(tmp_path: Path) -> None:
    with ChatServer([Stall(), answering("again")]) as server, chatting(server, tmp_path) as child:
        say(child, "Go")
        server.wait_until(lambda server: len(server.requests) == 1, timeout=60)
        child.send(CTRL_C)
        child.expect("interrupted")
        child.expect(PROMPT)
        assert "error" not in child.before
        say(child, "Go on")
        child.expect("Answer: again")


def test_ctrl_c_stops_running_code(tmp_path: Path) -> None:
    with ChatServer([Reply(LOOP), answering("again")]) as server, chatting(server, tmp_path) as child:
        say(child, "Loop")
        child.expect("print")
        child.expect(r"\n[^│]*the loop begins")  # printed, after the code that was shown
        child.send(CTRL_C)
        child.expect("interrupted")
        child.expect(PROMPT)
        say(child, "Go on")
        child.expect("Answer: again")
        child.expect(PROMPT)
        assert leave(child) == 0


def test_a_second_ctrl_c_at_the_prompt_leaves(tmp_path: Path) -> None:
    with ChatServer([answering(1)]) as server, chatting(server, tmp_path) as child:
        child.send(CTRL_C)
        child.expect("Ctrl-C again")
        child.expect(PROMPT)
        say(child, "Go")
        child.expect("Answer: 1")
        child.expect(PROMPT)
        child.send(CTRL_C)
        child.expect("Ctrl-C again")  # there was a message in between
        child.expect(PROMPT)
        child.send(CTRL_C)
        child.expect(pexpect.EOF)
        child.close()
        assert child.exitstatus == 130


def test_an_error_is_one_line_and_the_conversation_goes_on(tmp_path: Path) -> None:
    with ChatServer([Failure.wrong_key(), answering(2)]) as server, chatting(server, tmp_path) as child:
        say(child, "Go")
        child.expect("twofold: error: ")
        child.expect("401")
        child.expect(PROMPT)
        assert "Traceback" not in child.before
        assert child.before.count("\n") <= 1
        say(child, "Go")
        child.expect("Answer: 2")


def test_lines_of_earlier_conversations_come_back(tmp_path: Path) -> None:
    with ChatServer([answering(1)]) as server:
        with chatting(server, tmp_path) as child:
            say(child, "Count the sheep")
            child.expect("Answer: 1")
            child.expect(PROMPT)
            assert leave(child) == 0
    history = tmp_path / "chat_history"
    assert history.stat().st_mode & 0o077 == 0
    with ChatServer([answering(2)]) as server, chatting(server, tmp_path) as child:
        child.send(UP)
        child.expect("Count the sheep")
        say(child, " of Wales")
        child.expect("Answer: 2")
        assert "Count the sheep of Wales" in sent(server, 0)


def test_a_paste_of_several_lines_is_one_message(tmp_path: Path) -> None:
    with ChatServer([answering(1)]) as server, chatting(server, tmp_path) as child:
        say(child, "\x1b[200~What is\nthis poem?\x1b[201~")
        child.expect("Answer: 1")
        assert "What is\\nthis poem?" in sent(server, 0)


def test_the_tab_key_completes_commands(tmp_path: Path) -> None:
    with ChatServer() as server, chatting(server, tmp_path) as child:
        child.send("/ex\t")
        child.expect("it")
        say(child, "")
        child.expect(pexpect.EOF)
        child.close()
        assert child.exitstatus == 0


# Approvals ----------------------------------------------------------------------------------------------

PAY = """
from pathlib import Path
from twofold import tool

@tool(requires_approval=True)
def pay(to: str, euros: int) -> str:
    \"\"\"Pays somebody.

    Args:
        to: Who.
        euros: How much.
    \"\"\"
    with Path(__file__).with_name("paid.txt").open("a") as paid:
        paid.write(f"{euros} to {to};")
    return f"{euros} to {to}"
"""
ASKING = Reply("I pay.\n<code>\ntext = pay('Ann', euros=20)\nfinal_answer('Done: ' + text)\n</code>")


@pytest.fixture
def pay(tmp_path: Path) -> Path:
    """A file with a tool that requires approval, and writes into ``paid.txt`` beside it."""
    file = tmp_path / "pay.py"
    file.write_text(PAY)
    return file


def paid(tool: Path) -> str:
    file = tool.with_name("paid.txt")
    return file.read_text() if file.exists() else ""


def test_a_tool_that_requires_approval_is_asked_for(tmp_path: Path, pay: Path) -> None:
    script = [ASKING, ASKING, answering("so be it"), ASKING, answering("not then")]
    with ChatServer(script) as server, chatting(server, tmp_path, "--tools", str(pay)) as child:
        say(child, "Pay Ann")
        child.expect("May pay be called")
        child.expect('to = "Ann"')
        child.expect("euros = 20")
        child.expect("y/N")
        assert paid(pay) == ""
        say(child, "y")
        child.expect("Answer: Done: 20 to Ann")
        child.expect(PROMPT)
        say(child, "Pay her again")  # the conversation goes on, and so does the asking
        child.expect("y/N")
        say(child, "she has enough")
        child.expect("Answer: so be it")
        child.expect(PROMPT)
        assert "she has enough" in sent(server, 2)
        say(child, "And again")
        child.expect("y/N")
        say(child, "")
        child.expect("Answer: not then")
        child.expect(PROMPT)
        assert "refused" in sent(server, 4)
        assert paid(pay) == "20 to Ann;"
        assert leave(child) == 0


def test_ctrl_c_at_the_question_means_no_and_ends_the_step(tmp_path: Path, pay: Path) -> None:
    caught = ASKING.content.replace("text =", "try:\n    text =").replace(
        "\nfinal", "\nexcept BaseException:\n    text = 'caught'\nfinal"
    )
    script = [Reply(caught), answering("still here")]
    with ChatServer(script) as server, chatting(server, tmp_path, "--tools", str(pay)) as child:
        say(child, "Pay Ann")
        child.expect("y/N")
        child.send(CTRL_C)
        child.expect("interrupted")
        child.expect(PROMPT)
        say(child, "Go on")
        child.expect("Answer: still here")
        child.expect(PROMPT)
        assert leave(child) == 0
    assert paid(pay) == ""


def test_what_was_typed_before_the_question_is_no_answer_to_it(tmp_path: Path, pay: Path) -> None:
    gate = Gate()
    script = [Stall(ASKING, until=gate, after=3), answering("left alone")]
    with ChatServer(script) as server, chatting(server, tmp_path, "--tools", str(pay)) as child:
        say(child, "Pay Ann")
        child.expect("I pay")
        child.send("y\ry\r")
        gate.open()
        child.expect("y/N")
        say(child, "n")
        child.expect("Answer: left alone")
        assert paid(pay) == ""


def test_a_single_task_asks_too(tmp_path: Path, pay: Path) -> None:
    with ChatServer([ASKING]) as server:
        command = ["-m", "twofold", "Pay Ann", "--model", "openai/scripted", "--api-base", server.url]
        child = pexpect.spawn(
            sys.executable,
            [*command, "--tools", str(pay)],
            env=environment(tmp_path),
            encoding="utf-8",
            timeout=60,
        )
        try:
            child.expect("y/N")
            say(child, "yes")
            child.expect("Answer: Done: 20 to Ann")
            child.expect(pexpect.EOF)
            child.close()
        finally:
            child.close(force=True)
    assert child.exitstatus == 0
    assert paid(pay) == "20 to Ann;"


def test_without_a_terminal_the_call_is_refused(tmp_path: Path, pay: Path) -> None:
    with ChatServer([ASKING, answering("unpaid")]) as server:
        done = by_pipe(server, tmp_path, ["Pay Ann"], "--tools", str(pay))
        assert "no terminal at which somebody could be asked" in sent(server, 1)
    assert (done.returncode, done.stdout) == (0, "unpaid\n"), done.stderr
    assert "twofold: pay was not called: it requires approval" in done.stderr
    assert paid(pay) == ""


def test_a_described_agent_asks_by_its_manager(tmp_path: Path, pay: Path) -> None:
    """Also where an agent of the team wants to call the tool."""
    (tmp_path / "team.yaml").write_text(
        "agent: code\nmodel: {class: OpenAIModel, model_id: scripted, api_base: URL}\n"
        "managed_agents:\n  - {agent: code, name: cashier, description: Pays., tools: [pay.py]}\n"
    )
    script = [Reply("<code>\nfinal_answer(cashier('Pay Ann'))\n</code>"), ASKING]
    with ChatServer(script) as server:
        description = tmp_path / "team.yaml"
        description.write_text(description.read_text().replace("URL", server.url))
        child = pexpect.spawn(
            sys.executable,
            ["-m", "twofold", "run", str(description), "Pay Ann", "--trust-remote-code"],
            env=environment(tmp_path),
            encoding="utf-8",
            timeout=60,
        )
        try:
            child.expect("cashier wants to call pay")
            child.expect("y/N")
            say(child, "y")
            child.expect("Done: 20 to Ann")
            child.expect(pexpect.EOF)
            child.close()
        finally:
            child.close(force=True)
    assert child.exitstatus == 0
    assert paid(pay) == "20 to Ann;"


def test_a_retry_is_shown(tmp_path: Path) -> None:
    with ChatServer([Failure.rate_limited(retry_after=0.01), answering(1)]) as server:
        with chatting(server, tmp_path) as child:
            say(child, "Go")
            child.expect("attempt 2 of 5 in ")
            child.expect("RateLimited")
            child.expect("Answer: 1")


# By a pipe ----------------------------------------------------------------------------------------------


def test_each_line_of_a_pipe_is_a_message_and_each_answer_a_line(tmp_path: Path) -> None:
    with ChatServer([answering(1), answering(2)]) as server:
        done = by_pipe(server, tmp_path, ["First", "", "Second"])
        assert "First" in sent(server, 1)
    assert (done.returncode, done.stdout) == (0, "1\n2\n"), done.stderr
    assert "I know it." in done.stderr


def test_a_conversation_that_was_saved_goes_on(tmp_path: Path) -> None:
    file = tmp_path / "talk.json"
    with ChatServer([Reply("<code>\nx = 20\nfinal_answer(x)\n</code>")]) as server:
        done = by_pipe(server, tmp_path, ["Remember twenty", f"/save {file}"])
    assert (done.returncode, done.stdout) == (0, "20\n"), done.stderr
    with ChatServer([Reply("<code>\nfinal_answer(x + 1)\n</code>")]) as server:
        done = by_pipe(server, tmp_path, [f"/load {file}", "And one more?"])
        assert "Remember twenty" in sent(server, 0)
    assert (done.returncode, done.stdout) == (0, "21\n"), done.stderr
    assert [path.name for path in tmp_path.iterdir() if "talk" in path.name] == ["talk.json"]


def test_another_model_takes_the_conversation_over(tmp_path: Path) -> None:
    with ChatServer([answering(1), answering(2)]) as server:
        done = by_pipe(server, tmp_path, ["First", "/model", "/model openai/other", "Second"])
        assert [request.body["model"] for request in server.requests] == ["scripted", "other"]
        assert "First" in sent(server, 1)
    assert done.stdout == "1\n2\n", done.stderr
    assert "The model is openai/scripted." in done.stderr
    assert "The model is openai/other." in done.stderr


def test_another_providers_model_does_not_get_the_address_of_the_first(tmp_path: Path) -> None:
    with ChatServer([answering(1), answering(2)]) as server:
        done = by_pipe(
            server,
            tmp_path,
            ["First", "/model azure/other", "Second"],
            variables={"AZURE_OPENAI_API_KEY": "another-providers-key", "OPENAI_API_VERSION": "2024-10-21"},
        )
        assert len(server.requests) == 1
    assert done.stdout == "1\n", done.stderr


def test_the_commands_and_tools_are_listed(tmp_path: Path) -> None:
    (tmp_path / "tools.py").write_text(
        'from twofold import tool\n\n@tool\ndef twice(text: str) -> str:\n    """Says a text twice.\n\n'
        '    Args:\n        text: The text.\n    """\n    return text * 2\n'
    )
    with ChatServer() as server:
        done = by_pipe(
            server, tmp_path, ["/help", "/tools", "/exit", "/nix"], "--tools", str(tmp_path / "tools.py")
        )
    assert done.returncode == 0
    assert "/save FILE" in done.stderr
    assert "twice(text: string)  Says a text twice." in done.stderr
    assert "/nix" not in done.stderr


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("/nix", "no command /nix"),
        ("/save", "/save needs a FILE"),
        ("/save nowhere.json", "nothing to save"),
        ("/load missing.json", "missing.json"),
        ("/reset now", "takes nothing"),
        ("/model nonsense", "nonsense"),
    ],
)
def test_a_wrong_command_is_one_line(tmp_path: Path, line: str, message: str) -> None:
    with ChatServer() as server:
        done = by_pipe(server, tmp_path, [line])
    assert done.returncode == 2
    assert message in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1, done.stderr


def test_what_begins_with_a_path_is_no_command(tmp_path: Path) -> None:
    with ChatServer([answering(1)]) as server:
        done = by_pipe(server, tmp_path, ["/etc/hosts: what is that?"])
    assert done.stdout == "1\n"


def test_a_run_that_fails_gives_the_exit_code(tmp_path: Path) -> None:
    with ChatServer([Failure.wrong_key(), answering(1)]) as server:
        done = by_pipe(server, tmp_path, ["First", "Second"])
    assert (done.returncode, done.stdout) == (1, "1\n")
    assert "Traceback" not in done.stderr
