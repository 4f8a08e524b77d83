"""``twofold webagent`` where there is no browser; what it does with one is tested in a real one."""

import os
import subprocess
import sys
from pathlib import Path


def run_webagent(*arguments: str, path: Path, stdin: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "twofold", "webagent", "--model", "openai/x", *arguments],
        input=stdin,
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, "OPENAI_API_KEY": "none", "PYTHONPATH": str(path)},
        check=False,
    )


def test_a_missing_extra_says_how_to_install_it(tmp_path: Path) -> None:
    (tmp_path / "playwright.py").write_text("raise ImportError('not installed')\n")
    done = run_webagent("What is new?", path=tmp_path)
    assert done.returncode == 2
    assert "pip install 'twofold[browser]'" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_wrong_usage_is_told_in_a_line(tmp_path: Path) -> None:
    done = run_webagent(path=tmp_path, stdin=" ")
    assert (done.returncode, "there is no task" in done.stderr) == (2, True)
    done = run_webagent("x", "--allowed-hosts", "https://example.com/", path=tmp_path)
    assert done.returncode == 2
    assert "allowed_hosts must be a list of hosts" in done.stderr
