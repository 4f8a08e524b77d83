"""Descriptions of MCP servers, in all the forms that users have them in."""

import pytest

from twofold._core.mcp.servers import read_servers
from twofold.aio import ConfigurationError


def test_a_url_is_a_streamable_http_server():
    (server,) = read_servers("https://user:secret@example.org/mcp")
    assert (server.kind, server.url) == ("streamable-http", "https://user:secret@example.org/mcp")
    assert server.label == "example.org"


def test_a_command_line_is_a_stdio_server():
    (server,) = read_servers("uvx 'my server' --read-only")
    assert (server.kind, server.command, server.args) == ("stdio", "uvx", ("my server", "--read-only"))


def test_parameters_of_the_sdk_are_taken():
    mcp = pytest.importorskip("mcp")
    parameters = mcp.StdioServerParameters(command="/bin/x", args=["-a"], env={"KEY": "1"}, cwd="/tmp")
    (server,) = read_servers(parameters)
    assert (server.command, server.args, server.env, server.cwd) == ("/bin/x", ("-a",), {"KEY": "1"}, "/tmp")


def test_servers_may_be_listed_or_named_as_other_programs_do():
    one, two = read_servers(["run-it", {"url": "http://a.b/sse", "transport": "sse", "name": "events"}])
    assert (one.kind, two.kind, two.label) == ("stdio", "sse", "events")
    files, web = read_servers(
        {
            "mcpServers": {
                "files": {"command": "npx", "args": ["files"], "env": {"A": "b"}},
                "web": {"type": "http", "url": "http://a.b/mcp", "headers": {"X": "y"}, "tools": ["search"]},
            }
        }
    )
    assert (files.name, web.name, web.kind, web.tools) == ("files", "web", "streamable-http", ("search",))


def test_secrets_are_not_shown():
    servers = read_servers(
        [
            {"command": "x", "env": {"TOKEN": "s3cret"}},
            {"url": "http://a.b", "headers": {"Authorization": "s3cret"}},
        ]
    )
    assert "s3cret" not in repr(servers)


@pytest.mark.parametrize(
    ("description", "complaint"),
    [
        (3, "An MCP server is a URL"),
        ([], "no MCP server in the list"),
        ({}, "at least one server"),
        ("", "command is empty"),
        ({"url": "ftp://a.b"}, "must begin with http"),
        ({"url": "http://a.b", "transport": "pigeon"}, "transport 'pigeon'"),
        ({"url": "http://a.b", "args": []}, "'args', which a streamable-http server does not have"),
        ({"command": "x", "args": "y z"}, "args must be a list of texts"),
        ({"command": "x", "env": {"A": 1}}, "env must be a dict from texts to texts"),
        ({"command": "x", "transport": "sse"}, "needs a 'url'"),
        ({"url": "http://a.b", "timeout": -1}, "timeout must be a positive number"),
        ({"files": "npx files"}, "'files' must be a dict with 'url' or 'command'"),
    ],
)
def test_what_is_no_server(description, complaint):
    with pytest.raises(ConfigurationError, match=complaint):
        read_servers(description)
