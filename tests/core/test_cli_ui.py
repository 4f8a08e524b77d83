"""``twofold ui`` where it cannot be served; what it serves is tested in a browser."""

import os
import subprocess
import sys
from pathlib import Path


def run_ui(*arguments: str, path: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "twofold", "ui", "--model", "openai/x", *arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, "OPENAI_API_KEY": "none", "PYTHONPATH": str(path)},
        check=False,
    )


def test_a_missing_extra_says_how_to_install_it(tmp_path: Path) -> None:
    (tmp_path / "gradio.py").write_text("raise ImportError('not installed')\n")
    done = run_ui(path=tmp_path)
    assert done.returncode == 2
    assert "pip install 'twofold[ui]'" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_who_may_log_in_is_a_pair(tmp_path: Path) -> None:
    done = run_ui("--auth", "ann", path=tmp_path)
    assert done.returncode == 2
    assert "--auth is NAME:PASSWORD" in done.stderr
