# Generated from src/twofold/_async/ui/gradio_ui.py by `nox -s codegen`. Do not edit.
"""``GradioUI``: a web UI for an agent. gradio is imported when the UI is made, not before."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from ..._bridge import _sync as bridge
from ..._core.errors import ConfigurationError, MissingExtraError
from ..._core.ui.uploads import UploadRules
from ..agents.base import MultiStepAgent

if TYPE_CHECKING:
    from .app import App

__all__ = ["GradioUI"]

_MEGABYTE = 1024 * 1024


class GradioUI:
    """A web UI in which any number of users talk with one agent, each in an own conversation.

    Steps are shown while they go on: thoughts, code, prints, results, images, errors. A user can stop the own
    run, and begin a new chat. Closing the tab ends the conversation and deletes its files. Tools that require
    approval wait until the user whose conversation it is has approved or denied the call, unless the agent has
    an approver of its own.

    Args:
        agent: The agent. With ``stream_outputs=True`` its replies are shown while they arrive.
        file_upload_folder: Where uploaded files are kept, in a folder for each conversation; without it
            nothing can be uploaded. The agent is sent images as such, and has the paths of all files in the
            variable ``uploaded_files``.
        reset_agent_memory: Whether the agent forgets what was said before each new task.
        title: The title of the page; by default the agent's name.
        description: Text that is shown before the first message; by default the agent's description.
        allowed_file_types: The endings of files that can be uploaded; images and common documents if None.
        max_file_size: How many bytes a file may have.
        max_concurrent_runs: How many runs may be under way at once; further ones wait for their turn.

    Raises:
        ConfigurationError: An argument is not what it has to be.

    Example:
        >>> from twofold import CodeAgent, GradioUI, LocalModel
        >>> agent = CodeAgent(tools=[], model=LocalModel(), stream_outputs=True)
        >>> GradioUI(agent, file_upload_folder="uploads").launch()  # doctest: +SKIP
    """

    def __init__(
        self,
        agent: MultiStepAgent[Any],
        file_upload_folder: str | Path | None = None,
        reset_agent_memory: bool = False,
        *,
        title: str | None = None,
        description: str | None = None,
        allowed_file_types: Sequence[str] | None = None,
        max_file_size: int = 20 * _MEGABYTE,
        max_concurrent_runs: int = 32,
    ) -> None:
        if not isinstance(agent, MultiStepAgent):
            raise ConfigurationError(
                f"GradioUI needs an agent of {bridge.API_MODULE}, not {type(agent).__module__}."
                f"{type(agent).__name__}."
            )
        if max_concurrent_runs < 1:
            raise ConfigurationError(f"max_concurrent_runs is at least 1; got {max_concurrent_runs!r}.")
        self.agent = agent
        self.file_upload_folder = None if file_upload_folder is None else Path(file_upload_folder).absolute()
        self.reset_agent_memory = reset_agent_memory
        self.title = title or (agent.name or type(agent).__name__).replace("_", " ")
        self.description = description if description is not None else agent.description
        self.upload_rules = UploadRules.of(allowed_file_types, max_file_size)
        self.max_concurrent_runs = max_concurrent_runs
        self._app: App | None = None
        self._closed = bridge.Event()

    def create_app(self) -> Any:
        """Return the UI as ``gradio.Blocks``, to be launched or mounted by other means.

        Raises:
            MissingExtraError: gradio is not installed.
        """
        return self._make_app().blocks

    @property
    def url(self) -> str | None:
        """The address of the UI while it is served by ``launch``."""
        return None if self._app is None else self._app.url

    def launch(
        self,
        share: bool = False,
        *,
        server_name: str = "127.0.0.1",
        server_port: int | None = None,
        prevent_thread_lock: bool = False,
        **kwargs: Any,
    ) -> None:
        """Serve the UI until the program is interrupted, or ``close`` is called.

        Args:
            share: Whether to make it public through gradio's servers.
            server_name: The address to listen at; ``"0.0.0.0"`` for the whole network. Whoever reaches it
                can have the agent work: pass ``auth`` then.
            server_port: The port; the first free one from 7860 if None, any free one if 0.
            prevent_thread_lock: Whether to return as soon as it is served; ``close`` ends that.
            **kwargs: More arguments of gradio's ``launch``, e.g. ``auth`` or ``inbrowser``.

        Raises:
            MissingExtraError: gradio is not installed.
            ConfigurationError: It cannot be served, e.g. because the port is taken; or it is already.
        """
        if self._app is not None:
            raise ConfigurationError(f"This UI is served already, at {self.url}.")
        app = self._app = self._make_app()
        self._closed = bridge.Event()
        try:
            bridge.call_blocking(
                app.serve, share=share, server_name=server_name, server_port=server_port, **kwargs
            )
            if not prevent_thread_lock:
                self.wait_closed()
        except BaseException:
            bridge.shield(self.close)
            raise

    def wait_closed(self) -> None:
        """Wait until somebody calls ``close``."""
        self._closed.wait()

    def close(self) -> None:
        """Stop serving: runs that are under way are stopped, files of conversations are deleted."""
        app, self._app = self._app, None
        self._closed.set()
        if app is not None:
            app.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        error_type: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _make_app(self) -> App:
        try:
            importlib.import_module("gradio")
        except ImportError as error:
            raise MissingExtraError("GradioUI", "ui", "gradio") from error
        from .app import App

        return App(self)
