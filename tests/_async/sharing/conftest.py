"""A little Hugging Face Hub on 127.0.0.1, which speaks the parts of the API that are used."""

import base64
import hashlib
import http.server
import json
import re
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

TOKEN = "hf_" + "abcdefghijklmnopqrst"


class FakeHub:
    """Spaces in memory. All that was asked of it is in ``requests``."""

    def __init__(self) -> None:
        self.spaces: dict[str, dict[str, bytes]] = {}
        self.private: set[str] = set()
        self.collections: dict[str, list[tuple[str, str]]] = {}
        self.requests: list[tuple[str, str]] = []
        self.commits: list[dict[str, Any]] = []
        self.failure: int | None = None
        self.is_closed = False
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def close(self) -> None:
        self.is_closed = True
        if self._thread.is_alive():
            self._server.shutdown()
            self._server.server_close()
            self._thread.join()

    def add_space(self, repo_id: str, files: dict[str, str | bytes]) -> None:
        self.spaces[repo_id] = {
            name: text.encode() if isinstance(text, str) else text for name, text in files.items()
        }

    def add_folder(self, repo_id: str, folder: Path) -> None:
        files = {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*.*")}
        self.spaces[repo_id] = files

    def text(self, repo_id: str, name: str) -> str:
        return self.spaces[repo_id][name].decode()

    def sha(self, repo_id: str) -> str:
        return hashlib.sha1(repr(sorted(self.spaces[repo_id].items())).encode()).hexdigest()

    # what it answers: status, data and headers

    def answer(
        self, method: str, path: str, body: bytes, token: str | None
    ) -> tuple[int, Any, dict[str, str]]:
        self.requests.append((method, path))
        if self.failure is not None:
            return self.failure, {"error": "out of order"}, {}
        plain, _, query = path.partition("?")
        if method == "POST":
            return self._post(plain, query, body, token)
        if match := re.fullmatch(r"/api/collections/(.+)", plain):
            return self._collection(match[1])
        if match := re.fullmatch(r"/api/spaces/([^/]+/[^/]+)(?:/revision/[^/]+)?", plain):
            return self._info(match[1], token)
        if match := re.fullmatch(r"/api/spaces/([^/]+/[^/]+)/tree/[^/]+(?:/.*)?", plain):
            return self._tree(match[1], token)
        if match := re.fullmatch(r"/api/spaces/([^/]+/[^/]+)/discussions/1", plain):
            return self._proposal(match[1])
        if match := re.fullmatch(r"/spaces/([^/]+/[^/]+)/resolve/[^/]+/(.+)", plain):
            return self._file(match[1], match[2], token)
        return 404, {"error": "no such page"}, {}

    def _post(self, path: str, query: str, body: bytes, token: str | None) -> tuple[int, Any, dict[str, str]]:
        if path == "/api/validate-yaml":
            return 200, {"errors": [], "warnings": []}, {}
        if token != TOKEN:
            return 401, {"error": "Invalid username or password."}, {}
        if path == "/api/repos/create":
            asked = json.loads(body)
            repo_id = (
                f"{asked['organization']}/{asked['name']}" if asked.get("organization") else asked["name"]
            )
            url = {"url": f"{self.url}/spaces/{repo_id}", "name": repo_id}
            if repo_id in self.spaces:
                return 409, {"error": "You already created this space repo", **url}, {}
            assert asked["type"] == "space"
            assert asked["sdk"] == "gradio"
            if asked.get("private") or asked.get("visibility") == "private":
                self.private.add(repo_id)
            self.spaces[repo_id] = {
                "README.md": b"---\ntitle: Hello\nemoji: X\nsdk: gradio\n---\n\nWritten by me.\n"
            }
            return 200, url, {}
        if match := re.fullmatch(r"/api/spaces/([^/]+/[^/]+)/preupload/[^/]+", path):
            files = [
                {"path": file["path"], "uploadMode": "regular", "shouldIgnore": False, "oid": None}
                for file in json.loads(body)["files"]
            ]
            return 200, {"files": files}, {}
        if match := re.fullmatch(r"/api/spaces/([^/]+/[^/]+)/commit/([^/]+)", path):
            return self._commit(match[1], "create_pr=1" in query or "pr" in match[2], body)
        if match := re.fullmatch(r"/api/spaces/([^/]+/[^/]+)/discussions", path):
            return 200, {"num": 1}, {}
        return 404, {"error": "no such page"}, {}

    def _commit(self, repo_id: str, as_proposal: bool, body: bytes) -> tuple[int, Any, dict[str, str]]:
        lines = [json.loads(line) for line in body.splitlines() if line]
        self.commits.append({"repo": repo_id, **lines[0]["value"]})
        answer = {
            "success": True,
            "commitOid": "a" * 40,
            "commitUrl": f"{self.url}/spaces/{repo_id}/commit/{'a' * 40}",
        }
        if as_proposal:
            return 200, {**answer, "pullRequestUrl": f"{self.url}/spaces/{repo_id}/discussions/1"}, {}
        for line in lines[1:]:
            assert line["key"] == "file"
            self.spaces[repo_id][line["value"]["path"]] = base64.b64decode(line["value"]["content"])
        return 200, answer, {}

    def _refusal(self, repo_id: str, token: str | None) -> tuple[int, Any, dict[str, str]] | None:
        if repo_id not in self.spaces or (repo_id in self.private and token != TOKEN):
            status = 404 if token == TOKEN else 401
            return status, {"error": "Repository not found"}, {"X-Error-Code": "RepoNotFound"}
        return None

    def _info(self, repo_id: str, token: str | None) -> tuple[int, Any, dict[str, str]]:
        siblings = [{"rfilename": name} for name in self.spaces.get(repo_id, ())]
        refusal = self._refusal(repo_id, token)
        return refusal or (200, {"id": repo_id, "sha": self.sha(repo_id), "siblings": siblings}, {})

    def _tree(self, repo_id: str, token: str | None) -> tuple[int, Any, dict[str, str]]:
        entries = [
            {"type": "file", "oid": hashlib.sha1(data).hexdigest(), "size": len(data), "path": name}
            for name, data in self.spaces.get(repo_id, {}).items()
        ]
        return self._refusal(repo_id, token) or (200, entries, {})

    def _file(self, repo_id: str, name: str, token: str | None) -> tuple[int, Any, dict[str, str]]:
        refusal = self._refusal(repo_id, token)
        if refusal is not None:
            return refusal
        commit = {"X-Repo-Commit": self.sha(repo_id)}
        data = self.spaces[repo_id].get(name)
        if data is None:
            return 404, {"error": "Entry not found"}, {"X-Error-Code": "EntryNotFound", **commit}
        return 200, data, {"ETag": f'"{hashlib.sha1(data).hexdigest()}"', **commit}

    def _proposal(self, repo_id: str) -> tuple[int, Any, dict[str, str]]:
        data = {
            "num": 1,
            "title": "Upload",
            "status": "draft",
            "isPullRequest": True,
            "author": {"name": "me"},
            "createdAt": "2026-01-01T00:00:00.000Z",
            "repo": {"name": repo_id, "type": "space"},
            "changes": {"base": "refs/heads/main"},
            "filesWithConflicts": [],
            "events": [],
        }
        return 200, data, {}

    def _collection(self, slug: str) -> tuple[int, Any, dict[str, str]]:
        if slug not in self.collections:
            return 404, {"error": "Collection not found"}, {}
        items = [
            {"_id": str(number), "id": name, "type": kind, "position": number}
            for number, (kind, name) in enumerate(self.collections[slug])
        ]
        data = {
            "slug": slug,
            "title": "Tools",
            "owner": {"name": "me"},
            "items": items,
            "lastUpdated": "2026-01-01T00:00:00.000Z",
            "position": 0,
            "private": False,
            "theme": "blue",
            "upvotes": 0,
        }
        return 200, data, {}


def _handler(owner: FakeHub) -> type[http.server.BaseHTTPRequestHandler]:
    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _answer(self) -> None:
            if owner.is_closed:  # for connections that are still open
                self.close_connection = True
                return
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            token = (self.headers.get("Authorization") or "").removeprefix("Bearer ") or None
            status, data, headers = owner.answer(self.command, self.path, body, token)
            raw = data if isinstance(data, bytes) else json.dumps(data).encode()
            self.send_response(status)
            for name, value in {"Content-Length": str(len(raw)), **headers}.items():
                self.send_header(name, value)
            if not isinstance(data, bytes):
                self.send_header("Content-Type", "application/json")
                if status >= 400:
                    self.send_header("X-Error-Message", data["error"])
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(raw)

        do_GET = do_POST = do_HEAD = _answer

        def log_message(self, *args: object) -> None: ...

    return Handler


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[FakeHub]:
    """The Hub that ``huggingface_hub`` talks to in this test."""
    constants = pytest.importorskip("huggingface_hub.constants", reason="huggingface_hub is not installed")
    server = FakeHub()
    monkeypatch.setenv("HF_ENDPOINT", server.url)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub-cache"))
    monkeypatch.setattr(constants, "HF_TOKEN_PATH", str(tmp_path / "no-token"))
    for name in ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    try:
        yield server
    finally:
        server.close()
