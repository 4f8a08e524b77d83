"""``twofold run`` of agents whose descriptions name MCP servers, as a process."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml

from twofold.testing import ChatServer, Reply

pytest.importorskip("mcp.client.client")

SAMPLE = str(Path(__file__).parents[1] / "mcp_servers" / "sample.py")


def run_cli(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        cwd=folder,
        env={**os.environ, "OPENAI_API_KEY": "k"},
        check=False,
    )


def has_ended(pid: int) -> bool:
    """Whether a process ends soon."""
    for _ in range(3000):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.01)
    return False


@pytest.fixture
def http_url(launch_mcp):
    command = launch_mcp(SAMPLE, "http", "0")
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield f"http://127.0.0.1:{process.stdout.readline().split()[1]}/mcp"
        process.kill()


@pytest.fixture
def described(launch_mcp, http_url, tmp_path):
    """The folder of an agent that uses a program and a server over HTTP, and whose model answers."""
    reply = "<code>\nfinal_answer([here_add(20, 22), there_add(1), here_process()])\n</code>"
    with ChatServer([Reply(reply)]) as chat:
        command, *arguments = launch_mcp(SAMPLE, "stdio")
        servers = {
            "here": {"command": command, "args": arguments},
            "there": {"url": http_url, "tools": ["add", "process"]},
        }
        model = {
            "class": "OpenAIModel",
            "model_id": "m",
            "api_base": chat.url,
            "api_key_env": "OPENAI_API_KEY",
        }
        description = {"model": model, "mcpServers": servers}
        (tmp_path / "agent.yaml").write_text(yaml.safe_dump(description))
        yield tmp_path


def test_a_described_agent_uses_its_servers_and_leaves_them(described):
    command = [sys.executable, "-m", "twofold", "run"]
    done = run_cli(described, *command, "agent.yaml", "Add", "--trust-remote-code", "--quiet")
    assert (done.returncode, done.stderr) == (0, "")
    here, there, pid = json.loads(done.stdout)
    assert (here, there) == (42, 2)
    assert has_ended(pid)


def test_programs_of_servers_have_to_be_trusted(described, launch_mcp):
    done = run_cli(described, *launch_mcp("twofold", "run", "agent.yaml", "Add"))
    assert done.returncode == 2
    assert "the MCP server here, which is started" in done.stderr


def test_a_server_that_cannot_be_started_is_named(described, launch_mcp):
    path = described / "agent.yaml"
    description = yaml.safe_load(path.read_text())
    description["mcpServers"]["here"] = {"command": "no-such-program"}
    path.write_text(yaml.safe_dump(description))
    done = run_cli(described, *launch_mcp("twofold", "run", "agent.yaml", "Add", "--trust-remote-code"))
    assert done.returncode == 1, done.stderr
    assert "'here' cannot be started by 'no-such-program'" in done.stderr
    assert "Traceback" not in done.stderr
