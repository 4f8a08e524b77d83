"""The in-process LLM: one per file and settings in a process, shared by all models that ask for it.

Everything that knows xllamacpp is here. Calls block; the bridge makes them off the event loop.
"""

from __future__ import annotations

import atexit
import os
import secrets
import threading
import time
import weakref
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..errors import ConfigurationError, MissingExtraError, ModelError
from .replies import PROVIDER, error_from, failure

__all__ = ["Chat", "Engine", "EngineSettings", "LocalServer", "shared_engine"]

# Host memory for the prompts of conversations that are waiting for their turn; the library's default is 8 GB.
_PROMPT_CACHE_MB = 512
# A request can be stopped between two batches of its prompt; so many tokens take a slow machine seconds.
_BATCH_TOKENS = 256
_EXIT_SECONDS = 15.0


@dataclass(frozen=True, slots=True)
class EngineSettings:
    """What makes two engines the same: two models with equal settings share one.

    Args:
        path: The GGUF file.
        context_size: How many tokens a conversation may have, its reply included.
        threads: How many threads compute.
        parallel: How many requests are worked on at once; more wait their turn.
        gpu_layers: How many layers a GPU gets, where the installed build can use one; ``-1`` as many as fit.
    """

    path: Path
    context_size: int
    threads: int
    parallel: int = 1
    gpu_layers: int = -1


@dataclass(frozen=True, slots=True)
class LocalServer:
    """How an OpenAI client reaches the local model, on the loopback interface of this machine.

    Args:
        url: The base URL.
        api_key: The key that requests need. New for every process.
        model_id: The model's name there.
    """

    url: str
    api_key: str = field(repr=False)
    model_id: str


class Engine:
    """A loaded model. Lives as long as somebody refers to it; made by ``shared_engine``.

    Raises:
        MissingExtraError: xllamacpp is not installed.
        ModelError: The file could not be loaded.
    """

    def __init__(self, settings: EngineSettings) -> None:
        self.settings = settings
        self.name = settings.path.stem
        self._process = os.getpid()
        # The library listens on a free loopback port; without a key any page in a browser could use it.
        self._api_key = secrets.token_urlsafe(24)
        self._server = _load(settings, self.name, self._api_key)

    def chat(self, request: dict[str, Any], receive: Callable[[dict[str, Any]], bool]) -> None:
        """Carry out a streaming chat request; ``receive`` gets every chunk and returns true to stop."""
        self._server.handle_chat_completions(request, receive)

    @property
    def usable(self) -> bool:
        """Whether it was loaded by this process, and not by the one that this process was forked from."""
        return self._process == os.getpid()

    @property
    def server(self) -> LocalServer:
        """Where the engine can be reached by HTTP."""
        return LocalServer(f"{self._server.listening_address}/v1", self._api_key, self.name)


class Chat:
    """One request to an engine, from the start of ``run`` to its end. ``stop`` may come from any thread.

    Args:
        engine: Who is asked.
        request: The request, in the form of the chat-completions protocol.
        deliver: Gets every chunk of the reply, on the thread of ``run``.
        on_end: Called there when there will be no more.
    """

    def __init__(
        self,
        engine: Engine,
        request: dict[str, Any],
        deliver: Callable[[dict[str, Any]], object],
        on_end: Callable[[], object],
    ) -> None:
        self._engine = engine
        # Progress of the prompt is asked for because a request can be stopped only where it is heard from.
        options = {"stream": True, "stream_options": {"include_usage": True}, "return_progress": True}
        self._request = {**request, **options}
        self._deliver = deliver
        self._on_end = on_end
        self._stopped = False
        self._ended = threading.Event()
        self._error: BaseException | None = None

    def run(self) -> None:
        """Ask, and return when the reply has ended or was stopped. Raises nothing: see ``check``.

        It needs a thread of its own, on which nothing raises from outside: an error that leaves the library's
        callback is printed and forgotten, and a ``SystemExit`` there ends the whole process.
        """
        _running.add(self)
        try:
            if not self._stopped:
                self._engine.chat(self._request, self._receive)
        except (RuntimeError, ValueError, TypeError) as error:
            self._error = failure(error, self._engine.name)
        except BaseException as error:
            self._error = error
        finally:
            self._ended.set()
            self._on_end()

    def check(self) -> None:
        """Raise what went wrong, after the end.

        Raises:
            ModelError: The engine refused the request or failed.
        """
        if self._error is not None:
            raise self._error

    def stop(self) -> None:
        """Want no more of the reply. Generation ends with the token that is being made."""
        self._stopped = True

    def wait_ended(self, seconds: float) -> None:
        """Wait until ``run`` has left the engine, at most some seconds."""
        self._ended.wait(seconds)

    def _receive(self, chunk: dict[str, Any]) -> bool:
        try:
            if self._stopped:
                return True
            self._error = error_from(chunk, self._engine.name)
            if self._error is None:
                self._deliver(chunk)
        except BaseException as error:
            self._error = error
        return self._error is not None


_running: weakref.WeakSet[Chat] = weakref.WeakSet()
_engines: weakref.WeakValueDictionary[EngineSettings, Engine] = weakref.WeakValueDictionary()
_loading = threading.Lock()


def shared_engine(settings: EngineSettings) -> Engine:
    """Return the process's engine for these settings, loading it if nobody has one."""
    with _loading:
        engine = _engines.get(settings)
        if engine is None:
            engine = _engines[settings] = Engine(settings)
        return engine


def _load(settings: EngineSettings, name: str, api_key: str) -> Any:
    library = _import_library()
    params = library.CommonParams()
    params.model.path = str(settings.path)
    params.model_alias = name
    params.n_ctx = settings.context_size * settings.parallel  # the library divides it between the requests
    params.n_parallel = settings.parallel
    params.cpuparams.n_threads = settings.threads
    params.cpuparams_batch.n_threads = settings.threads
    params.n_gpu_layers = settings.gpu_layers
    params.no_extra_bufts = True  # repacked weights: 600 MB for a few per cent
    params.n_batch = _BATCH_TOKENS
    params.n_ubatch = _BATCH_TOKENS
    params.cache_ram_mib = _PROMPT_CACHE_MB
    params.warmup = False
    params.verbosity = 0
    params.ui = False
    params.port = 0
    params.api_keys = [api_key]
    params.cors_origins = "http://127.0.0.1"
    try:
        return library.Server(params)
    except Exception as error:
        raise ModelError(
            f"The model {str(settings.path)!r} could not be loaded ({error}). It may be damaged, of a kind "
            "that this version of xllamacpp does not know, or too big for the free memory.",
            provider=PROVIDER,
            model=name,
        ) from error


def _import_library() -> Any:
    # Its threads spin while they wait for each other, which on a busy machine costs most of the speed. The
    # setting is read when the library is loaded; a value of the user's own wins.
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    try:
        import xllamacpp
    except ImportError as error:
        raise MissingExtraError("LocalModel", "local", "xllamacpp") from error
    if not hasattr(xllamacpp, "Server"):
        raise ConfigurationError(
            f"xllamacpp {getattr(xllamacpp, '__version__', '?')} is too old for LocalModel. "
            "Update it with: python -m pip install -U xllamacpp"
        )
    return xllamacpp


@atexit.register
def _stop_all() -> None:
    # A thread that is inside the library when the interpreter ends takes the process down with an abort.
    chats = list(_running)
    for chat in chats:
        chat.stop()
    deadline = time.monotonic() + _EXIT_SECONDS
    for chat in chats:
        chat.wait_ended(max(0.0, deadline - time.monotonic()))


_orphans: list[Engine] = []


def _after_fork() -> None:
    # The child has the engine's memory but none of its threads: unloading it would wait for them for ever.
    global _loading
    _orphans.extend(_engines.values())
    _engines.clear()
    _running.clear()
    _loading = threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
