"""A model of the ``transformers`` library, loaded and asked on whatever thread calls it. Everything here blocks."""

from __future__ import annotations

import importlib
import json
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..errors import ConfigurationError, MissingExtraError, ModelError, WeightsError
from .capabilities import StopSequenceCutter

__all__ = ["TransformersChat", "TransformersEngine", "TransformersSettings"]

# names of the chat-completions protocol that the library has other names for
_RENAMED = {"max_tokens": "max_new_tokens", "max_completion_tokens": "max_new_tokens"}
_PROTOCOL_ONLY = ("messages", "model", "stop", "tools", "tool_choice", "response_format")


@dataclass(frozen=True)
class TransformersSettings:
    """What a model is loaded with."""

    model_id: str
    device_map: str | None = None
    torch_dtype: str | None = None
    trust_remote_code: bool = False
    model_kwargs: Mapping[str, Any] = field(default_factory=dict)


class TransformersEngine:
    """A loaded model with its tokenizer, or with its processor if it can see.

    Raises:
        MissingExtraError: transformers or torch is not installed.
        WeightsError: The model could not be loaded.
    """

    def __init__(self, settings: TransformersSettings) -> None:
        try:
            importlib.import_module("torch")
            self.library: Any = importlib.import_module("transformers")
        except ImportError as error:
            raise MissingExtraError("TransformersModel", "transformers", "transformers") from error
        self.sees = True
        try:
            self._load(settings)
        except (OSError, ValueError) as error:
            raise WeightsError(f"The model {settings.model_id!r} could not be loaded: {error}") from error
        # a model's buffers are not made for two generations at once
        self.lock = threading.Lock()

    def _load(self, settings: TransformersSettings) -> None:
        trust = {"trust_remote_code": settings.trust_remote_code}
        options = {**trust, "device_map": settings.device_map, **settings.model_kwargs}
        if settings.torch_dtype is not None:
            options["dtype"] = settings.torch_dtype
        try:
            self.model = self.library.AutoModelForImageTextToText.from_pretrained(
                settings.model_id, **options
            )
            self.processor = self.library.AutoProcessor.from_pretrained(settings.model_id, **trust)
        except ValueError as error:
            if "configuration class" not in str(error):
                raise
            self.sees = False
            self.model = self.library.AutoModelForCausalLM.from_pretrained(settings.model_id, **options)
            self.processor = self.library.AutoTokenizer.from_pretrained(settings.model_id, **trust)

        self._grammars: Any = None

    @property
    def tokenizer(self) -> Any:
        """The tokenizer."""
        return getattr(self.processor, "tokenizer", self.processor)

    def held_to(self, response_format: Any) -> list[Any]:
        """Return what holds a reply to a response format of the chat-completions protocol.

        Raises:
            ConfigurationError: It is no such format, or its schema cannot be made a grammar of.
            MissingExtraError: xgrammar is not installed.
        """
        schema = _schema_of(response_format)
        if schema is None:
            return []
        try:
            library: Any = importlib.import_module("xgrammar")
            processors: Any = importlib.import_module("xgrammar.contrib.hf")
        except ImportError as error:
            raise MissingExtraError("response_format", "transformers", "xgrammar") from error
        if self._grammars is None:  # knows the vocabulary, which takes seconds
            config = self.model.config.get_text_config()
            info = library.TokenizerInfo.from_huggingface(self.tokenizer, vocab_size=config.vocab_size)
            self._grammars = library.GrammarCompiler(info)
        try:
            grammar = self._grammars.compile_json_schema(json.dumps(schema))
        except (RuntimeError, ValueError) as error:
            raise ConfigurationError(
                f"No grammar can be made of the response_format's schema: {error}"
            ) from error
        return [processors.LogitsProcessor(grammar)]


class TransformersChat:
    """One request to an engine, from the start of ``run`` to its end. ``stop`` may come from any thread.

    Args:
        engine: Who is asked.
        request: The request, in the form of the chat-completions protocol.
        template_arguments: Further arguments of the chat template.
        deliver: Gets every piece of the reply, on the thread of ``run``.
        on_end: Called there when there will be no more.
    """

    def __init__(
        self,
        engine: TransformersEngine,
        request: Mapping[str, Any],
        template_arguments: Mapping[str, Any],
        deliver: Callable[[str], object],
        on_end: Callable[[], object],
    ) -> None:
        self._engine = engine
        self._request = request
        self._template_arguments = template_arguments
        self._deliver = deliver
        self._on_end = on_end
        self._cutter = StopSequenceCutter(request.get("stop") or [])
        self._stopped = False
        self._error: Exception | None = None
        self.input_tokens = 0
        self.output_tokens = 0

    def run(self) -> None:
        """Ask, and return when the reply has ended or was stopped. Raises nothing: see ``check``."""
        try:
            with self._engine.lock:
                if not self._stopped:
                    self._generate()
        except Exception as error:
            self._error = error
        finally:
            self._on_end()

    def stop(self) -> None:
        """End the reply at the next token."""
        self._stopped = True

    def check(self) -> None:
        """Raise what went wrong, if something did.

        Raises:
            ModelError: The model could not answer.
        """
        if self._error is None:
            return
        if isinstance(self._error, (ModelError, ConfigurationError)):
            raise self._error
        raise ModelError(
            f"transformers failed for the model {self._request.get('model')!r}: {self._error}",
            provider="transformers",
            model=self._request.get("model"),
        ) from self._error

    def _generate(self) -> None:
        engine = self._engine
        inputs = engine.processor.apply_chat_template(
            _messages(self._request["messages"], sees=engine.sees),
            tools=self._request.get("tools"),
            add_generation_prompt=True,
            tokenize=True,
            return_dict=True,
            return_tensors="pt",
            **self._template_arguments,
        ).to(engine.model.device)
        self.input_tokens = int(inputs["input_ids"].shape[1])
        output = engine.model.generate(
            **inputs,
            **_sampling(self._request),
            logits_processor=engine.library.LogitsProcessorList(
                engine.held_to(self._request.get("response_format"))
            ),
            streamer=self._streamer(),
            stopping_criteria=engine.library.StoppingCriteriaList([self._criterion()]),
        )
        self.output_tokens = int(output.shape[1]) - self.input_tokens
        if rest := self._cutter.flush():
            self._deliver(rest)

    def _streamer(self) -> Any:
        chat = self

        class Streamer(self._engine.library.TextStreamer):  # type: ignore[misc, name-defined]
            """Hands the text on as it is generated."""

            def on_finalized_text(self, text: str, stream_end: bool = False) -> None:
                chat._receive(text)

        return Streamer(self._engine.tokenizer, skip_prompt=True, skip_special_tokens=True)

    def _receive(self, text: str) -> None:
        piece = self._cutter.feed(text)
        if self._cutter.stopped:
            self._stopped = True
        if piece:
            self._deliver(piece)

    def _criterion(self) -> Any:
        torch: Any = importlib.import_module("torch")
        chat = self

        class Criterion(self._engine.library.StoppingCriteria):  # type: ignore[misc, name-defined]
            """Ends the generation when the reply is to end."""

            def __call__(self, input_ids: Any, scores: Any, **kwargs: Any) -> Any:
                return torch.full((input_ids.shape[0],), chat._stopped, dtype=torch.bool)

        return Criterion()


def _messages(messages: Sequence[Mapping[str, Any]], *, sees: bool) -> list[dict[str, Any]]:
    """Return messages as chat templates want them: blocks for models that see, else plain text."""
    converted = []
    for message in messages:
        content = message["content"]
        if isinstance(content, list):
            blocks = [_block(block) for block in content]
            content = blocks if sees else "\n".join(_text(block) for block in blocks)
        converted.append({**message, "content": content})
    return converted


def _block(block: Mapping[str, Any]) -> dict[str, Any]:
    if block.get("type") == "image":
        return {"type": "image", "base64": block["image"]}
    return dict(block)


def _text(block: Mapping[str, Any]) -> str:
    if block.get("type") != "text":
        raise ConfigurationError(f"This model takes text only, but a message has a {block.get('type')!r}.")
    return str(block["text"])


def _schema_of(response_format: Any) -> Mapping[str, Any] | None:
    """Return the JSON schema of a response format; None if it lets everything pass."""
    kind = response_format.get("type") if isinstance(response_format, Mapping) else None
    if response_format is None or kind == "text":
        return None
    if kind == "json_object":
        return {"type": "object"}
    named = response_format.get("json_schema") if kind == "json_schema" else None
    schema = named.get("schema") if isinstance(named, Mapping) else None
    if isinstance(schema, Mapping):
        return schema
    raise ConfigurationError(
        'response_format must be {"type": "json_object"} or {"type": "json_schema", "json_schema": {"name": ..., '
        f'"schema": ...}}}}; got {response_format!r}.'
    )


def _sampling(request: Mapping[str, Any]) -> dict[str, Any]:
    """Return what ``generate`` takes of a request's parameters."""
    taken = {_RENAMED.get(name, name): value for name, value in request.items() if name not in _PROTOCOL_ONLY}
    temperature = taken.get("temperature")
    if temperature is not None:
        taken["do_sample"] = temperature > 0
        if not temperature:
            del taken["temperature"]
    return taken
