"""``LocalModel``: a language model in this very process, which needs no key, no server and no GPU."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, ClassVar

from ..._bridge import _async as bridge
from ..._bridge._threads import start_thread
from ..._core.errors import ConfigurationError
from ..._core.local.cpu import default_threads
from ..._core.local.default_model import DEFAULT_MODEL
from ..._core.local.grammar import code_block_grammar
from ..._core.local.replies import delta_from
from ..._core.local.tool_calls import describe_tools, read_tool_call, tool_call_format
from ..._core.messages import (
    ChatMessage,
    ChatMessageStreamDelta,
    ChatMessageToolCallStreamDelta,
    MessageRole,
    agglomerate_stream_deltas,
)
from .base import Model

if TYPE_CHECKING:
    from ..._core.local.engine import Engine, LocalServer
    from ..._core.weights import Progress, WeightsStore

__all__ = ["LocalModel"]


class LocalModel(Model):
    """A quantised model (GGUF) that runs in this process.

    Nothing is loaded before the first request, or ``load``. Models with equal settings share one engine,
    which is unloaded when the last of them is closed or gone. Requests beyond ``parallel`` wait.

    Args:
        model_id: A known name (``"qwen2.5-coder-1.5b"``, ``"qwen2.5-coder-0.5b"``), whose weights are fetched
            once and kept in twofold's cache, or the path of a GGUF file.
        context_size: How many tokens a conversation may have, the reply included.
        threads: How many threads compute; as many as suit the machine if None.
        max_tokens: How long a reply may be, where a request does not say.
        temperature: How far replies may stray from the likeliest; 0 always takes that.
        seed: Makes replies repeatable where the temperature is not 0.
        parallel: How many requests are worked on at once. Each has its own ``context_size`` in memory.
        gpu_layers: How many layers a GPU gets, with a build of xllamacpp that can use one; -1: all that fit.
        progress: Where a download is shown: None on stderr, False nowhere, or a ``Progress``.
        store: Where weights are kept and fetched from; twofold's cache if None.
        **kwargs: Parameters of every request, e.g. ``top_p=0.9`` or a ``grammar``.

    Raises:
        ConfigurationError: An argument is not what it has to be.

    Example:
        >>> from twofold.aio import LocalModel
        >>> model = LocalModel()
        >>> reply = await model.generate([{"role": "user", "content": "Hello"}])  # doctest: +SKIP
    """

    prompt_profile: ClassVar[str | None] = "small"

    def __init__(
        self,
        model_id: str | os.PathLike[str] = DEFAULT_MODEL,
        *,
        context_size: int = 8192,
        threads: int | None = None,
        max_tokens: int = 1024,
        temperature: float = 0.0,
        seed: int | None = None,
        parallel: int = 1,
        gpu_layers: int = -1,
        progress: Progress | bool | None = None,
        store: WeightsStore | None = None,
        **kwargs: Any,
    ) -> None:
        if not isinstance(model_id, (str, os.PathLike)) or not str(model_id).strip():
            raise ConfigurationError(
                f"model_id must be the name of a local model or the path of a GGUF file; got {model_id!r}."
            )
        for name, value in (
            ("context_size", context_size),
            ("max_tokens", max_tokens),
            ("parallel", parallel),
        ):
            _check_positive(name, value)
        if threads is not None:
            _check_positive("threads", threads)
        super().__init__(model_id=str(model_id), flatten_messages_as_text=True, **kwargs)
        self._weights = model_id
        self._context_size = context_size
        self._threads = threads
        self._parallel = parallel
        self._gpu_layers = gpu_layers
        self._defaults = {"max_tokens": max_tokens, "temperature": temperature, "seed": seed}
        self._progress = progress
        self._store = store
        self._engine: Engine | None = None

    async def load(self) -> None:
        """Fetch the weights if need be and load the model, so that the first request need not wait for it.

        Raises:
            WeightsError: The weights could not be found, fetched or verified.
            ModelError: They could not be loaded.
            MissingExtraError: The extra ``local`` is not installed.
        """
        await self._ready_engine()

    async def generate(
        self,
        messages: Sequence[ChatMessage | dict[str, Any]],
        stop_sequences: list[str] | None = None,
        response_format: dict[str, Any] | None = None,
        tools_to_call_from: Sequence[Any] | None = None,
        **kwargs: Any,
    ) -> ChatMessage:
        stream = self.generate_stream(messages, stop_sequences, response_format, tools_to_call_from, **kwargs)
        async with bridge.closing(stream):
            deltas = [delta async for delta in stream]
        return agglomerate_stream_deltas(deltas)

    async def generate_stream(
        self,
        messages: Sequence[ChatMessage | dict[str, Any]],
        stop_sequences: list[str] | None = None,
        response_format: dict[str, Any] | None = None,
        tools_to_call_from: Sequence[Any] | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[ChatMessageStreamDelta]:
        request = self._request(messages, stop_sequences, response_format, tools_to_call_from, kwargs)
        engine = await self._ready_engine()
        stream = self._ask(engine, request)
        async with bridge.closing(stream):
            if not tools_to_call_from:
                async for delta in stream:
                    yield delta
                return
            deltas = [delta async for delta in stream]
        yield _tool_call_delta(agglomerate_stream_deltas(deltas))

    @asynccontextmanager
    async def serve(self) -> AsyncIterator[LocalServer]:
        """Let OpenAI clients on this machine use the model while the block runs.

        Yields:
            The server's ``url``, the ``api_key`` it asks for, and the ``model_id`` it goes by.

        Example:
            >>> async with LocalModel().serve() as server:  # doctest: +SKIP
            ...     model = OpenAIModel(server.model_id, api_base=server.url, api_key=server.api_key)
        """
        engine = await self._ready_engine()
        yield engine.server

    def code_block_parameters(
        self, opening_tag: str, closing_tag: str, modules: Sequence[str] = ()
    ) -> dict[str, Any]:
        """Return request parameters that hold a reply to a code agent's form: a thought, a block of code.

        Args:
            opening_tag: What stands before the code.
            closing_tag: What stands after it.
            modules: What the code may import; empty for anything.
        """
        return {"grammar": code_block_grammar(opening_tag, closing_tag, modules)}

    async def aclose(self) -> None:
        self._engine = None

    async def _ready_engine(self) -> Engine:
        engine = self._engine
        if engine is None or not engine.usable:
            gone = bridge.Event()
            try:
                engine = await bridge.call_blocking(self._load, gone.is_set)
            finally:
                gone.set()
            self._engine = engine
        return engine

    def _load(self, stopped: Callable[[], bool]) -> Engine:
        from ..._core.local.engine import EngineSettings, shared_engine
        from ..._core.weights import WeightsStore

        store = self._store or WeightsStore()
        path = store.ensure(self._weights, progress=self._progress, stopped=stopped)
        threads = self._threads or default_threads()
        return shared_engine(
            EngineSettings(path, self._context_size, threads, self._parallel, self._gpu_layers)
        )

    async def _ask(self, engine: Engine, request: dict[str, Any]) -> AsyncIterator[ChatMessageStreamDelta]:
        from ..._core.local.engine import Chat

        channel: bridge.EventChannel[dict[str, Any]] = bridge.EventChannel()
        chat = Chat(engine, request, channel.put, channel.close)
        start_thread(chat.run, "twofold-local-model")
        try:
            async for chunk in channel:
                delta = delta_from(chunk)
                if delta is not None:
                    yield delta
        finally:
            chat.stop()
        chat.check()

    def _request(
        self,
        messages: Sequence[ChatMessage | dict[str, Any]],
        stop_sequences: list[str] | None,
        response_format: dict[str, Any] | None,
        tools: Sequence[Any] | None,
        kwargs: dict[str, Any],
    ) -> dict[str, Any]:
        tool_choice = kwargs.pop("tool_choice", "required")
        if tools:
            required = tool_choice == "required"
            response_format = tool_call_format(tools, required=required)
            messages = _with_instructions(messages, describe_tools(tools, required=required))
        request = self._prepare_completion_kwargs(
            messages, stop_sequences=stop_sequences, response_format=response_format, **kwargs
        )
        if "response_format" in request:  # the engine takes one or the other
            request.pop("grammar", None)
        defaults = {name: value for name, value in self._defaults.items() if value is not None}
        return {**defaults, **request}


def _check_positive(name: str, value: int) -> None:
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise ConfigurationError(f"{name} must be a whole number of at least 1; got {value!r}.")


def _with_instructions(
    messages: Sequence[ChatMessage | dict[str, Any]], instructions: str
) -> list[ChatMessage | dict[str, Any]]:
    """Put instructions at the end of the system prompt; ``_prepare_completion_kwargs`` joins the two."""
    added = ChatMessage(role=MessageRole.SYSTEM, content=instructions)
    first = messages[0] if messages else None
    role = first.role if isinstance(first, ChatMessage) else first.get("role") if first else None
    position = 1 if role == MessageRole.SYSTEM else 0
    return [*messages[:position], added, *messages[position:]]


def _tool_call_delta(message: ChatMessage) -> ChatMessageStreamDelta:
    """Return a whole reply as one delta, with the tool call that it asks for."""
    content, call = read_tool_call(message.text)
    delta = ChatMessageStreamDelta(content=content, token_usage=message.token_usage)
    if call is not None:
        delta.tool_calls = [ChatMessageToolCallStreamDelta(0, call.id, call.type, call.function)]
    return delta
