"""``twofold ui`` as a process."""

import os
import re
import signal
import subprocess
import sys

import pytest

pytest.importorskip("gradio", reason="the web UI needs gradio: run `nox -s ui`")


@pytest.mark.skipif(sys.platform == "win32", reason="Ctrl-C is sent differently there")
def test_it_says_where_it_is_and_ends_with_ctrl_c() -> None:
    from urllib.request import urlopen

    process = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "twofold",
            "ui",
            "--model",
            "openai/scripted",
            "--port",
            "0",
            "--title",
            "My agent",
        ],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "OPENAI_API_KEY": "none"},
    )
    try:
        assert process.stderr is not None
        lines = iter(process.stderr.readline, "")
        address = next(found[0] for line in lines if (found := re.search(r"http://127\.0\.0\.1:\d+/", line)))
        with urlopen(address, timeout=30) as page:
            assert "My agent" in page.read().decode()
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
    finally:
        process.kill()
    assert (process.returncode, out) == (0, "")
    assert "Traceback" not in err
