# Generated from src/twofold/_async/tools/speech_to_text.py by `nox -s codegen`. Do not edit.
"""``SpeechToTextTool``: writes down what is said, by a model in process or by an API."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ..._bridge import _sync as bridge
from ..._core.errors import ConfigurationError, MissingExtraError
from ..._core.media.sounds import file_of, load_listener, samples_for_listener, sound_of
from ..._core.tools.tool import Tool

if TYPE_CHECKING:
    from openai import OpenAI

__all__ = ["SpeechToTextTool"]

_OPENAI = "https://api.openai.com/v1"


class SpeechToTextTool(Tool):
    """Writes down what is said in a sound.

    Without ``api_base`` and ``api_key`` a model of ``transformers`` does it in this process: it is loaded by the
    first call, and listens to one sound at a time. With one of them it is an API like that of OpenAI.

    Args:
        model: The model: a name on the Hugging Face Hub, or that of the API.
        api_base: The address of the API, such as ``"http://localhost:8000/v1"``.
        api_key: Its key; that of the environment variable ``OPENAI_API_KEY`` if None.
        language: The code of the language that is spoken, if it is known.
        device: Where a model in process runs, such as ``"cuda"``.
        pipeline: A pipeline of ``transformers`` that is loaded already.
        client_kwargs: Further arguments of the SDK's client.

    Raises:
        ConfigurationError: An argument is not what it has to be.
        MissingExtraError: transformers, or openai, is not installed; raised by the first call.

    Example:
        >>> from twofold import SpeechToTextTool
        >>> listen = SpeechToTextTool("whisper-1", api_key="…")
        >>> listen("meeting.mp3")  # doctest: +SKIP
        'Good morning…'
    """

    name = "transcriber"
    description = "Writes down what is said in a sound, and returns it as text."
    inputs = {
        "audio": {"type": "audio", "description": "The sound: a variable, or the path of a sound file."}
    }
    output_type = "string"

    def __init__(
        self,
        model: str = "openai/whisper-large-v3-turbo",
        *,
        api_base: str | None = None,
        api_key: str | None = None,
        language: str | None = None,
        device: str | None = None,
        pipeline: Callable[..., Any] | None = None,
        client_kwargs: dict[str, Any] | None = None,
    ) -> None:
        self.model = model
        self.api_base = api_base or (None if api_key is None else _OPENAI)
        self.language = language
        self.device = device
        self.uses_api = self.api_base is not None
        self.pipeline = pipeline
        if self.uses_api and pipeline is not None:
            raise ConfigurationError("Pass either a pipeline, or api_base and api_key: one of them listens.")
        self._client_kwargs = {"base_url": self.api_base, "api_key": api_key, **(client_kwargs or {})}
        self._pipeline = pipeline
        self._turn = bridge.Lock()
        self._clients = bridge.ClientPool(self._create_client)
        super().__init__()

    def setup(self) -> None:
        """Load the model, if it is one of this process."""
        if not self.uses_api and self._pipeline is None:
            self._pipeline = load_listener(self.model, self.device)

    def forward(self, audio: Any) -> str:
        """Write down what is said.

        Args:
            audio: The sound: an ``AgentAudio``, the path of a file, or what ``AgentAudio`` is made of.

        Raises:
            ConfigurationError: It is no sound.
        """
        sound = sound_of(audio)
        if self.uses_api:
            return self._ask_api(bridge.call_blocking(file_of, sound))
        samples = bridge.call_blocking(samples_for_listener, sound, self._pipeline)
        with self._turn:
            return bridge.call_blocking(self._listen, samples)

    def _listen(self, samples: dict[str, Any]) -> str:
        assert self._pipeline is not None
        said = {} if self.language is None else {"generate_kwargs": {"language": self.language}}
        return str(self._pipeline(samples, return_timestamps=True, **said)["text"]).strip()

    def _ask_api(self, file: tuple[str, bytes]) -> str:
        said: dict[str, Any] = {} if self.language is None else {"language": self.language}
        client = self._clients.get()
        result = client.audio.transcriptions.create(model=self.model, file=file, **said)
        return str(result.text).strip()

    def _create_client(self) -> OpenAI:
        try:
            import openai
        except ImportError as error:
            raise MissingExtraError("SpeechToTextTool", "openai", "openai") from error
        try:
            return openai.OpenAI(**self._client_kwargs)
        except openai.OpenAIError as error:
            raise ConfigurationError(
                "SpeechToTextTool has no key. Set the environment variable OPENAI_API_KEY, or pass api_key (any "
                "text will do for a local server that asks for none)."
            ) from error

    def close(self) -> None:
        """Close the connections to the API. The tool can be used again."""
        self._clients.close()
