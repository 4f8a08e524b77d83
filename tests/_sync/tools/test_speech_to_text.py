# Generated from tests/_async/tools/test_speech_to_text.py by `nox -s codegen`. Do not edit.
"""Writing down what is said."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from twofold import (
    AgentAudio,
    AgentToolExecutionError,
    ConfigurationError,
    MissingExtraError,
    SpeechToTextTool,
)
from twofold._sync.tools.calling import call_tool

SAMPLES = np.sin(np.arange(800, dtype="float32"))


def listener(heard: list[Any]) -> Any:
    def listen(sound: Any, **kwargs: Any) -> dict[str, str]:
        heard.append((sound, kwargs))
        return {"text": " Good morning. "}

    return listen


def test_an_api_is_asked(web) -> None:
    web.page("/v1/audio/transcriptions", '{"text": " Good morning. "}', "application/json")
    listen = SpeechToTextTool("whisper-1", api_base=web.url("/v1"), api_key="secret", language="en")
    try:
        assert call_tool(listen, (AgentAudio((8000, SAMPLES)),)) == "Good morning."
    finally:
        listen.close()
    (asked,) = web.asked
    assert asked.method == "POST"
    assert asked.headers["authorization"] == "Bearer secret"
    assert all(part in asked.body for part in (b"whisper-1", b'name="language"', b"RIFF", b".wav"))


def test_a_failing_api_is_told(web) -> None:
    web.page("/v1/audio/transcriptions", '{"error": {"message": "bad sound"}}', "application/json", 400)
    listen = SpeechToTextTool("whisper-1", api_base=web.url("/v1"), api_key="secret")
    try:
        with pytest.raises(AgentToolExecutionError, match="bad sound") as caught:
            call_tool(listen, (AgentAudio((8000, SAMPLES)),))
    finally:
        listen.close()
    assert "secret" not in str(caught.value)


def test_a_model_in_process_gets_samples(tmp_path: Path) -> None:
    heard: list[Any] = []
    listen = SpeechToTextTool(pipeline=listener(heard), language="en")
    path = AgentAudio((8000, np.stack([SAMPLES, SAMPLES]))).to_string()
    assert call_tool(listen, (path,)) == "Good morning."
    (sound, options) = heard[0]
    assert sound["sampling_rate"] == 8000
    assert sound["raw"].shape == (800,)
    assert sound["raw"].dtype == np.float32
    assert np.allclose(sound["raw"], SAMPLES, atol=1e-3)
    assert options["generate_kwargs"] == {"language": "en"}


def test_whole_numbers_become_samples() -> None:
    heard: list[Any] = []
    SpeechToTextTool(pipeline=listener(heard)).forward(AgentAudio((8000, np.array([0, 32767], "int16"))))
    assert heard[0][0]["raw"].tolist() == [0.0, 1.0]


def test_only_sound_files_are_read(tmp_path: Path) -> None:
    (tmp_path / "secrets.txt").write_text("secret")
    listen = SpeechToTextTool("whisper-1", api_base="http://127.0.0.1:1/v1", api_key="k")
    with pytest.raises(AgentToolExecutionError, match="is not the path of a sound file"):
        call_tool(listen, (str(tmp_path / "secrets.txt"),))
    with pytest.raises(AgentToolExecutionError, match="There is no file"):
        call_tool(listen, (str(tmp_path / "nothing.wav"),))


def test_what_is_missing_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    listen = SpeechToTextTool(api_base="http://127.0.0.1:1/v1")
    with pytest.raises(ConfigurationError, match="has no key"):
        listen.forward(AgentAudio((8000, SAMPLES)))
    with pytest.raises(ConfigurationError, match="either a pipeline, or api_base"):
        SpeechToTextTool(api_key="k", pipeline=listener([]))
    monkeypatch.setitem(__import__("sys").modules, "transformers", None)
    with pytest.raises(MissingExtraError, match=r"twofold\[transformers\]"):
        SpeechToTextTool().setup()
