"""What a download looks like."""

from __future__ import annotations

import io

import pytest

from twofold._core.weights.progress import PlainProgress, RichProgress, auto_progress, format_size


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("size", "text"),
    [(12, "12 bytes"), (2_500, "2.5 kB"), (491_400_064, "491.4 MB"), (1_117_320_768, "1.12 GB")],
)
def test_sizes(size, text):
    assert format_size(size) == text


def test_plain_lines_come_once_for_every_tenth():
    stream = io.StringIO()
    progress = PlainProgress(stream)
    progress.begin("tiny", 1000)
    for done in range(0, 1001, 10):
        progress.update(done)
        progress.update(done)
    lines = stream.getvalue().splitlines()
    assert lines[0] == "Fetching tiny (1.0 kB)"
    assert len(lines) == 11
    assert lines[-1].startswith("tiny: 1.0 kB of 1.0 kB")


def test_a_terminal_gets_a_bar_with_size_and_messages():
    stream = Terminal()
    progress = auto_progress(stream)
    assert isinstance(progress, RichProgress)
    progress.begin("tiny", 2_000_000)
    progress.update(1_000_000)
    progress.message("not [bold]markup[/]")
    progress.update(2_000_000)
    progress.close()
    progress.close()
    assert "tiny" in stream.getvalue()
    assert "2.0/2.0 MB" in stream.getvalue()
    assert "not [bold]markup[/]" in stream.getvalue()


def test_a_pipe_gets_lines():
    assert isinstance(auto_progress(io.StringIO()), PlainProgress)


def test_no_stream_at_all(monkeypatch):
    monkeypatch.setattr("sys.stderr", None)
    auto_progress().message("nobody hears this")
