# Generated from tests/_async/mcp/test_failures.py by `nox -s codegen`. Do not edit.
"""What goes wrong with MCP servers: they do not start, do not answer, die, talk nonsense, are gone."""

import os
import shutil
import sys
from uuid import uuid4

import pytest

from twofold import (
    CodeAgent,
    ConfigurationError,
    MCPClient,
    McpConnectionError,
    McpError,
    McpTimeout,
    McpToolError,
)
from twofold._bridge import _sync as bridge
from twofold.testing import ScriptedModel


def by_name(tools):
    return {tool.name: tool for tool in tools}


def python(program: str) -> dict[str, object]:
    return {"command": sys.executable, "args": ["-ISc", program], "name": "bad"}


def patiently(tool, *args):
    """Call a tool whose limit may be too short for a busy machine."""
    for _ in range(100):
        try:
            return tool(*args)
        except McpTimeout:
            pass
    raise AssertionError("it never came back in time")


def has_ended(pid: int) -> bool:
    """Whether a process ends soon."""
    for _ in range(3000):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        bridge.sleep(0.01)
    return False


def test_a_program_that_is_not_there():
    with pytest.raises(McpConnectionError, match="'no-such-program' cannot be started.*FileNotFoundError"):
        with MCPClient("no-such-program --now"):
            pass


def test_a_program_that_ends_at_once_is_quoted():
    program = "import sys; sys.exit('I need a key')"
    with pytest.raises(McpConnectionError, match="ended before it answered(?s:.*)I need a key"):
        with MCPClient(python(program)):
            pass


def test_a_program_that_never_answers():
    client = MCPClient(python("import sys; sys.stdin.read()"), connect_timeout=0.5)
    with pytest.raises(McpTimeout, match=r"'bad' did not answer within 0\.5 s \(connect_timeout\)"):
        client.connect()
    assert not client.is_connected


def test_a_program_that_talks_nonsense():
    program = "import sys\nfor line in sys.stdin: print('what?', flush=True)"
    with pytest.raises(McpTimeout):
        MCPClient(python(program), connect_timeout=0.5).connect()


def test_nobody_listens(free_port):
    with pytest.raises(McpConnectionError, match=f"'127.0.0.1:{free_port}' cannot be reached: ConnectError"):
        MCPClient(f"http://127.0.0.1:{free_port}/mcp").connect()
    with pytest.raises(McpConnectionError, match="ConnectError"):
        MCPClient({"url": f"http://127.0.0.1:{free_port}/sse", "transport": "sse"}).connect()


def test_an_sse_server_that_is_taken_for_another(sse_server, refusing_url):
    with pytest.raises(McpConnectionError, match=r'if it speaks SSE, .*"transport": "sse"'):
        MCPClient(sse_server["url"]).connect()
    with pytest.raises(McpConnectionError, match=r"^(?!.*SSE)"):
        MCPClient(refusing_url).connect()


def test_a_key_that_is_refused(refusing_url):
    with pytest.raises(McpConnectionError, match="answered HTTP 401 Unauthorized; check the headers.*no key"):
        MCPClient({"url": refusing_url, "headers": {"Authorization": "Bearer secret"}}).connect()


def test_if_one_server_fails_the_others_are_left_again(stdio_server, tmp_path):
    note = tmp_path / "ended"
    program = f"import sys; sys.stdin.read(); open({str(note)!r}, 'w')"
    client = MCPClient([stdio_server, "no-such-program", python(program)])
    with pytest.raises(McpConnectionError, match="no-such-program"):
        client.connect()
    assert not client.is_connected
    assert note.exists()


def test_a_server_that_dies_in_a_call_is_started_again_by_the_next(stdio_server, caplog):
    with MCPClient(stdio_server) as tools:
        named = by_name(tools)
        first = named["process"]()
        with pytest.raises(McpConnectionError, match="whether it did its work is not known(?s:.*)I am dying"):
            named["die"]()
        second = named["process"]()
        assert first != second
        assert has_ended(first)
    assert has_ended(second)
    assert "was lost; reconnecting (attempt 1 of 3)" in caplog.text
    assert "reconnected to the MCP server sample" in caplog.text


def test_reconnecting_has_a_limit(stdio_server, launch_mcp, tmp_path):
    program = tmp_path / "sample.py"
    shutil.copy(stdio_server["args"][-2], program)
    server = {**stdio_server, "args": launch_mcp(program, "stdio")[1:]}
    with MCPClient(server, reconnect_attempts=2, reconnect_delay=0.01) as tools:
        program.unlink()
        with pytest.raises(McpConnectionError):
            by_name(tools)["die"]()
        with pytest.raises(McpConnectionError, match="tried 2 times to reconnect"):
            by_name(tools)["process"]()


def test_reconnecting_can_be_forbidden(stdio_server):
    with MCPClient(stdio_server, reconnect_attempts=0) as tools:
        with pytest.raises(McpConnectionError):
            by_name(tools)["die"]()
        with pytest.raises(McpConnectionError, match="was lost(?s:.*)reconnect_attempts is 0"):
            by_name(tools)["process"]()


@pytest.mark.parametrize("kind", ["http", "legacy-http", "sse"])
def test_a_server_that_was_restarted_is_used_again(start_server, kind):
    process, port = start_server(kind)
    url = f"http://127.0.0.1:{port}/{'sse' if kind == 'sse' else 'mcp'}"
    server = {"url": url, "transport": "sse" if kind == "sse" else "http"}
    with MCPClient(server, reconnect_attempts=2, reconnect_delay=0.01) as tools:
        named = by_name(tools)
        first = named["process"]()
        with pytest.raises(McpConnectionError):
            named["die"]()
        process.wait()
        with pytest.raises(McpConnectionError, match="cannot be reached|could be begun"):
            named["process"]()
        start_server(kind, int(port))
        assert named["process"]() != first


def test_a_call_that_hangs_is_ended_and_the_server_told(any_server):
    key = uuid4().hex
    with MCPClient(any_server, call_timeout=0.3) as tools:
        with pytest.raises(
            McpTimeout, match=r"'hang' of the MCP server 'sample' did not finish within 0\.3 s"
        ):
            by_name(tools)["hang"](key)
        assert patiently(by_name(tools)["wait_for_cancelled"], key) == "cancelled"
        assert patiently(by_name(tools)["add"], 1) == 2


def test_nonsense_between_messages_is_passed_over(stdio_server, caplog):
    with MCPClient(stdio_server) as tools:
        assert by_name(tools)["junk"]() == "written"
        assert by_name(tools)["add"](1) == 2
    assert "sample sent something that is no MCP message" in caplog.text


def test_after_closing_tools_say_so(http_server):
    client = MCPClient(http_server)
    with client as tools:
        pass
    client.close()
    with pytest.raises(McpError, match="after its MCPClient was closed"):
        by_name(tools)["add"](1)


def test_arguments_that_have_no_form_in_json(http_server):
    with MCPClient(http_server) as tools:
        with pytest.raises(TypeError, match="'greet' runs on an MCP server and takes JSON data only"):
            by_name(tools)["greet"](object())
        with pytest.raises(McpToolError, match="failed"):
            by_name(tools)["add"]("one")  # the server has the last word
        with pytest.raises(TypeError, match="has no argument 'c'"):
            by_name(tools)["add"](1, c=2)


def test_code_can_catch_what_a_tool_raises(http_server):
    code = "try:\n    fail('no ink')\nexcept Exception as error:\n    final_answer(str(error))"
    with MCPClient(http_server) as tools:
        agent = CodeAgent(tools=tools, model=ScriptedModel([f"<code>\n{code}\n</code>"]))
        assert "no ink" in agent.run("Go")


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ({"call_timeout": 0}, "call_timeout must be a positive number"),
        ({"connect_timeout": "soon"}, "connect_timeout must be"),
        ({"reconnect_attempts": -1}, "reconnect_attempts must be 0 or more"),
        ({"log_handler": "print"}, "log_handler must be a function"),
        ({"name_prefix": "sometimes"}, "name_prefix must be"),
        ({"adapter_kwargs": {"timeout": 1}}, "adapter_kwargs may have 'connect_timeout' only"),
    ],
)
def test_settings_that_cannot_be(arguments, complaint):
    with pytest.raises(ConfigurationError, match=complaint):
        MCPClient("http://127.0.0.1/mcp", **arguments)
