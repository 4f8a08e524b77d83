# Generated from src/twofold/_async/ui/app.py by `nox -s codegen`. Do not edit.
"""The web UI as a gradio app: its layout, and what happens when something is clicked. Imports gradio."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import gradio as gr  # pyright: ignore[reportMissingImports]
from gradio.themes import Default as DefaultTheme  # pyright: ignore[reportMissingImports]

from ..._bridge import _sync as bridge
from ..._core.errors import ConfigurationError
from ..._core.ui.look import CSS, FONTS, MONOSPACE_FONTS
from ..._core.ui.markup import plain
from ..._core.ui.transcript import decision_in
from .conversation import Conversation

if TYPE_CHECKING:
    from .gradio_ui import GradioUI

__all__ = ["App"]

_HOUR = 3600
_SPARE_THREADS = 8


class App:
    """The gradio app of one ``GradioUI``, and the conversations of its users by browser session.

    Args:
        ui: Whose app it is.
    """

    def __init__(self, ui: GradioUI) -> None:
        self._ui = ui
        self._conversations: dict[str, Conversation] = {}
        self.url: str | None = None
        self.blocks = self._layout()

    def serve(self, *, server_port: int | None, **kwargs: Any) -> None:
        """Serve the app on threads of its own, and return.

        Raises:
            ConfigurationError: It cannot be served.
        """
        ui = self._ui
        settings: dict[str, Any] = {
            "theme": DefaultTheme(font=FONTS, font_mono=MONOSPACE_FONTS),
            "css": CSS,
            "footer_links": [],
            "run_history": False,
            "enable_monitoring": False,
            "mcp_server": False,
            "max_file_size": ui.upload_rules.max_file_size,
            # in threads, a run holds one while it goes on; stopping it needs another one
            "max_threads": ui.max_concurrent_runs + _SPARE_THREADS,
            "quiet": True,
            **kwargs,
        }
        port = _free_port(settings["server_name"]) if server_port == 0 else server_port
        try:
            _, self.url, _ = self.blocks.launch(server_port=port, prevent_thread_lock=True, **settings)
        except Exception as error:  # whatever gradio raises: a port that is taken, a proxy in between, ...
            raise ConfigurationError(f"The UI cannot be served: {error}") from error

    def close(self) -> None:
        """Stop serving, and end all conversations."""
        conversations, self._conversations = self._conversations, {}
        for conversation in conversations.values():
            conversation.close()
        bridge.call_blocking(self.blocks.close, verbose=False)

    # Layout -------------------------------------------------------------------------------------------

    def _layout(self) -> Any:
        ui = self._ui
        blocks = gr.Blocks(
            title=ui.title, analytics_enabled=False, fill_height=True, delete_cache=(_HOUR, 24 * _HOUR)
        )
        with blocks:
            with gr.Row(equal_height=True):
                gr.HTML(f"<h2>{plain(ui.title, 'title')}</h2>", scale=1)
                new = gr.Button("New chat", size="md", scale=0, min_width=120, elem_id="tf-new")
            chat = gr.Chatbot(
                show_label=False,
                container=False,
                scale=1,
                elem_id="tf-chat",
                placeholder=plain(ui.description or "What is to be done?", "placeholder"),
                buttons=[],
                feedback_options=None,
                latex_delimiters=[],
                group_consecutive_messages=True,
            )
            entry = self._entry()
            self._wire(new, chat, entry)
            blocks.unload(self._leave)
        return blocks

    def _wire(self, new: Any, chat: Any, entry: Any) -> None:
        """Say what happens when something is clicked."""
        calls: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
        entry.submit(
            self._submit,
            [entry],
            [chat, entry],
            concurrency_limit=self._ui.max_concurrent_runs,
            concurrency_id="tf-runs",
            **calls,
        )
        entry.stop(self._stop, None, None, queue=False, **calls)
        chat.option_select(self._decide, None, None, queue=False, **calls)
        for begun_anew in (new.click, chat.clear):
            begun_anew(self._begin_anew, None, [chat, entry], queue=False, **calls)

    def _entry(self) -> Any:
        ui = self._ui
        takes_files = ui.file_upload_folder is not None and bool(ui.upload_rules.file_types)
        return gr.MultimodalTextbox(
            show_label=False,
            container=False,
            placeholder="Message",
            elem_id="tf-entry",
            autofocus=True,
            sources=["upload"] if takes_files else [],
            file_types=list(ui.upload_rules.file_types) if takes_files else None,
            file_count="multiple",
            max_plain_text_length=100_000,
        )

    # What happens -------------------------------------------------------------------------------------

    def _submit(self, message: dict[str, Any], request: gr.Request) -> Iterator[Any]:
        """Give the agent what was typed, and show what comes of it."""
        task, files = str(message.get("text") or "").strip(), list(message.get("files") or ())
        if not task and not files:
            yield gr.skip(), gr.skip()
            return
        conversation = self._conversation(request)
        if conversation.transcript.is_busy:
            gr.Warning("The agent is at work: stop it first, or wait.")
            yield gr.skip(), gr.skip()
            return
        working = gr.MultimodalTextbox(value=None, submit_btn=False, stop_btn=True)
        messages: list[dict[str, Any]] = []
        for messages in conversation.send(task, files):
            yield messages, working
            working = gr.skip()
        yield messages, gr.MultimodalTextbox(submit_btn=True, stop_btn=False)

    def _stop(self, request: gr.Request) -> None:
        self._conversation(request).stop()

    def _decide(self, chosen: gr.SelectData, request: gr.Request) -> None:
        """Approve or deny a call, which can only be one that this conversation asks about."""
        id_, is_approved = decision_in(str(chosen.value))
        self._conversation(request).approvals.decide(id_, is_approved)

    def _begin_anew(self, request: gr.Request) -> tuple[Any, Any]:
        self._leave(request)
        return [], gr.MultimodalTextbox(value=None, submit_btn=True, stop_btn=False)

    def _leave(self, request: gr.Request) -> None:
        """End the conversation of a browser session: it was closed, or begins anew."""
        conversation = self._conversations.pop(_session(request), None)
        if conversation is not None:
            conversation.close()

    def _conversation(self, request: gr.Request) -> Conversation:
        ui, session = self._ui, _session(request)
        conversation = self._conversations.get(session)
        if conversation is None:
            conversation = Conversation(
                ui.agent, ui.file_upload_folder, ui.upload_rules, forgets=ui.reset_agent_memory
            )
            self._conversations[session] = conversation
        return conversation


def _free_port(address: str) -> int:
    # gradio takes no 0: it looks for a port itself, in a range that has to begin somewhere
    with socket.create_server((address, 0)) as server:
        port: int = server.getsockname()[1]
        return port


def _session(request: gr.Request) -> str:
    return str(request.session_hash)
