"""Every example starts with its one command and does what it says, in both APIs; only the model is a stand-in."""

from __future__ import annotations

import http.server
import json
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from twofold.testing import ChatRequest, ChatServer, Reply, Stall, ToolCalls

EXAMPLES = Path(__file__).parents[2] / "examples"
both = pytest.mark.parametrize("colour", ["_async", "_sync"])
pytestmark = pytest.mark.one_python


def code(text: str) -> Reply:
    return Reply(f"Thought: this I can compute.\n<code>\n{text}\n</code>")


def environment(server: ChatServer | None, **variables: str) -> dict[str, str]:
    known = {name: value for name, value in os.environ.items() if not name.startswith("OPENAI_")}
    asked = {"OPENAI_BASE_URL": server.url, "OPENAI_API_KEY": "none"} if server else {}
    return {**known, **asked, **variables}


def start(path: str, *arguments: str, server: ChatServer | None, **variables: str) -> str:
    """Run an example to its end, and return what it printed."""
    done = subprocess.run(
        [sys.executable, str(EXAMPLES / path), *arguments],
        env=environment(server, **variables),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


@contextmanager
def serving(path: str, server: ChatServer) -> Iterator[httpx.Client]:
    """Run an example that is a web server, on a free port, and yield a client of it."""
    process = subprocess.Popen(
        [sys.executable, str(EXAMPLES / path)],
        env=environment(server, PORT="0", BROWSER="true"),
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert process.stderr is not None
        lines = []
        for line in process.stderr:
            lines.append(line)
            if found := re.search(r"running on (http://\S+)", line):
                break
        else:
            pytest.fail("".join(lines))
        reader = threading.Thread(target=process.stderr.read, daemon=True)  # or it would wait for us at last
        reader.start()
        with httpx.Client(base_url=found[1], timeout=60) as client:
            yield client
    finally:
        process.terminate()
        process.wait(30)
        reader.join()
        process.stderr.close()


@both
def test_stream_steps(colour: str) -> None:
    with ChatServer([code("print('looking')\nfinal_answer(168)")]) as server:
        printed = start(f"{colour}/stream_steps.py", server=server)
    assert "Thought: this I can compute." in printed
    assert "[step 1]" in printed
    assert printed.endswith("Answer: 168\n")


@both
def test_tools(colour: str) -> None:
    reply = code("final_answer([fruit for fruit in ('apples', 'pears') if in_stock(fruit) == 0])")
    with ChatServer([reply]) as server:
        printed = start(f"{colour}/tools.py", server=server)
    assert printed.startswith("['pears']\n1 steps, ")


@both
def test_text_to_sql(colour: str) -> None:
    script = [
        code("query('delete from orders')"),
        code("query('select nmae from customers')"),
        code(
            "rows = query('select name, sum(euros) as euros from orders join customers on customers.id = "
            "customer_id group by name order by euros desc')\n"
            "final_answer(f\"{rows[0]['name']} has spent {rows[0]['euros']} euros.\")"
        ),
    ]
    with ChatServer(script) as server:
        assert start(f"{colour}/text_to_sql.py", server=server) == "Ben has spent 82.5 euros.\n"
        first, second, third = server.requests
    assert "CREATE TABLE customers" in str(first.body)
    assert "attempt to write a readonly database" in second.text
    assert "no such column: nmae" in third.text


@both
def test_ask_documents(colour: str, tmp_path: Path) -> None:
    (tmp_path / "garden.md").write_text("Plums are picked in August.\n\nPears are picked in September.")
    (tmp_path / "notes.txt").write_text("The harbour is closed in winter.")
    (tmp_path / "image.png").write_bytes(b"\x89PNG picked")
    reply = code("found = search('when \"are pears* picked')\nfinal_answer([len(found), found[0]['source']])")
    with ChatServer([reply]) as server:
        printed = start(f"{colour}/ask_documents.py", str(tmp_path), "When?", server=server)
    assert printed == "[1, 'garden.md']\n"


ARTICLES = {"Rhine": "The Rhine is 1,233 km long.", "Loire": "The Loire is 1,006 km long."}


class Encyclopedia(http.server.BaseHTTPRequestHandler):
    """The part of Wikipedia's API that the example uses."""

    def do_GET(self) -> None:
        query = parse_qs(urlsplit(self.path).query)
        river = query["gsrsearch"][0].split()[0]
        page = {"index": 1, "title": river, "extract": ARTICLES[river], "fullurl": f"http://wiki/{river}"}
        body = json.dumps({"query": {"pages": [page]}}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: object) -> None:
        pass


@pytest.fixture
def encyclopedia() -> Iterator[str]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Encyclopedia) as served:
        thread = threading.Thread(target=served.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{served.server_port}/"
        served.shutdown()
        thread.join()


def play_the_team(request: ChatRequest) -> Reply:
    texts = [str(message.get("content")) for message in request.messages]
    turn = sum(message["role"] == "assistant" for message in request.messages)
    if "compare" in texts[1]:
        return [
            code(
                "notes = parallel(researcher, ['Length of the Rhine', 'Length of the Loire'])\nprint(notes)"
            ),
            code("report = 'The Rhine is 227 km longer.'\nprint(critic(report, {'notes': notes}))"),
            code("final_answer(report)"),
        ][turn]
    if "227" in texts[-1] or "critic" in texts[1]:
        return ToolCalls(("final_answer", {"answer": "The report follows from the notes."}))
    river = "Rhine" if "Rhine" in texts[1] else "Loire"
    return [
        ToolCalls(("wikipedia_search", {"query": f"{river} length"})),
        ToolCalls(("final_answer", {"answer": ARTICLES[river]})),
    ][turn]


@both
def test_research_team(colour: str, encyclopedia: str) -> None:
    with ChatServer(play_the_team) as server:
        printed = start(
            f"{colour}/research_team.py",
            "How do the lengths compare?",
            server=server,
            WIKIPEDIA_API=encyclopedia,
        )
        told = "\n".join(str(request.messages[-1].get("content")) for request in server.requests)
    assert "[researcher] wikipedia_search {'query': 'Rhine length'}" in printed
    assert "[researcher] wikipedia_search {'query': 'Loire length'}" in printed
    assert "[critic] final_answer" in printed
    assert printed.endswith("The Rhine is 227 km longer.\n")
    assert "The Loire is 1,006 km long." in told
    assert "The report follows from the notes." in told


@pytest.mark.parametrize("path", ["thousand_tasks.py", "thousand_threads.py"])
def test_a_thousand_runs_at_once_here_sixty(path: str) -> None:
    assert start(path, server=None, RUNS="60").startswith("60 of 60 answers are right, in ")


class TestFastApiServer:
    @both
    def test_answers_streams_and_errors(self, colour: str) -> None:
        def reply(request: ChatRequest) -> Reply:
            return (
                code("print('six times seven')\nfinal_answer(6 * 7)")
                if "times" in request.text
                else Reply("?")
            )

        with ChatServer(reply) as server, serving(f"{colour}/fastapi_server.py", server) as client:
            answered = client.post("/answer", json={"task": "What is 6 times 7?"})
            failed = client.post("/answer", json={"task": "Never answer."})
            empty = client.post("/answer", json={})
            streamed = client.get("/stream", params={"task": "What is 6 times 7?"})
        assert answered.json()["answer"] == 42
        assert answered.json()["usage"]["requests"] == 1
        assert (failed.status_code, empty.status_code) == (502, 422)
        assert "requests=10" in failed.json()["detail"]
        assert streamed.headers["content-type"].startswith("text/event-stream")
        events = [event.split("\n") for event in streamed.text.strip().split("\n\n")]
        kinds = [kind.removeprefix("event: ") for kind, _ in events]
        data = [json.loads(line.removeprefix("data: ")) for _, line in events]
        assert kinds[0] == "text"
        assert kinds[-3:] == ["print", "step", "answer"]
        assert "".join(one["text"] for one in data if "text" in one).startswith(
            "Thought: this I can compute."
        )
        assert data[-1] == {"answer": "42"}

    def test_a_client_that_goes_away_stops_the_run(self) -> None:
        with ChatServer([Stall(code("final_answer(1)"), after=4)]) as server:
            with serving("_async/fastapi_server.py", server) as client:
                with client.stream("GET", "/stream", params={"task": "Wait."}) as streamed:
                    assert next(streamed.iter_lines()) == "event: text"
                server.wait_until(lambda seen: seen.connections.open == 0)


class TestApprovalPage:
    @both
    def test_one_call_is_approved_and_one_refused(self, colour: str) -> None:
        script: Sequence[Reply] = [
            ToolCalls(
                ("send_mail", {"to": "anna@example.org", "text": "Lunch?"}),
                ("send_mail", {"to": "ben@example.org", "text": "Lunch?"}),
            ),
            ToolCalls(("final_answer", {"answer": "Anna is invited."})),
        ]
        with ChatServer(script) as server, serving(f"{colour}/approval_page.py", server) as client:
            assert "Waiting for you" in client.get("/").text
            client.post("/tasks", json={"task": "Invite both."}).raise_for_status()
            calls = until(client, lambda state: len(state["calls"]) == 2)["calls"]
            for number, text in calls.items():
                decided = client.post(f"/calls/{number}", json={"approved": "anna@" in text})
                assert decided.status_code == 200
            state = until(client, lambda state: state["tasks"]["Invite both."] != "under way")
            late = client.post(f"/calls/{next(iter(calls))}", json={"approved": True})
            results = [str(message.get("content")) for message in server.requests[-1].messages[-2:]]
        assert state == {"calls": {}, "tasks": {"Invite both.": "Anna is invited."}}
        assert late.status_code == 404
        assert "The mail to anna@example.org is sent." in results[0]
        assert "The user does not want this." in results[1]


def until(client: httpx.Client, condition: Callable[[Any], bool]) -> Any:
    """Ask for the state of the page until it is as it should be."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        state = client.get("/state").json()
        if condition(state):
            return state
    raise AssertionError(f"not within 30 s: {state}")


def test_every_example_is_tested() -> None:
    text = Path(__file__).read_text(encoding="utf-8")
    for path in (*EXAMPLES.glob("_async/*.py"), *EXAMPLES.glob("*.py")):
        assert re.search(rf"\b{path.name}\b", text), f"nothing here starts {path.name}"
        assert f"``python {path.name}" in path.read_text(encoding="utf-8"), f"{path.name}: how is it started?"
