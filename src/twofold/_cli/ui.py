"""``twofold ui``: talk with an agent in the browser."""

from __future__ import annotations

import argparse

from .._core.errors import ConfigurationError
from .agent_options import MODELS_HELP, add_agent_options, make_agent, make_model
from .exit_codes import EXIT_OK
from .terminal import make_console

__all__ = ["run"]


def run(arguments: list[str]) -> int:
    """Carry out ``twofold ui`` and return the exit code."""
    options = _parser().parse_args(arguments)
    from .._sync.ui.gradio_ui import GradioUI

    with (
        make_model(options.model, options.api_base, quiet=False) as model,
        make_agent(options, model, stream_outputs=True) as agent,
        GradioUI(agent, file_upload_folder=options.uploads, title=options.title) as ui,
    ):
        settings = {"share": options.share, "inbrowser": options.open, "auth": _auth(options.auth)}
        ui.launch(server_name=options.host, server_port=options.port, prevent_thread_lock=True, **settings)
        make_console().print(f"The UI is at {ui.url} - Ctrl-C ends it.")
        try:
            ui.wait_closed()
        except KeyboardInterrupt:
            pass  # that is how it is ended
    return EXIT_OK


def _auth(text: str | None) -> tuple[str, str] | None:
    if text is None:
        return None
    name, colon, password = text.partition(":")
    if not (name and colon and password):
        raise ConfigurationError("--auth is NAME:PASSWORD.")
    return name, password


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="twofold ui",
        description="Talk with an agent in the browser. Everybody who opens the page has an own conversation.",
        epilog=MODELS_HELP,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_agent_options(parser)
    parser.add_argument("--title", metavar="TEXT", default="twofold", help="the title of the page")
    parser.add_argument(
        "--uploads", metavar="DIR", help="let users upload files, and keep them in DIR meanwhile"
    )
    parser.add_argument(
        "--host", default="127.0.0.1", metavar="ADDRESS", help="where to listen (default: this machine only)"
    )
    parser.add_argument(
        "--port", type=int, metavar="N", help="the port (default: the first free one from 7860)"
    )
    parser.add_argument("--auth", metavar="NAME:PASSWORD", help="what users have to log in with")
    parser.add_argument("--share", action="store_true", help="make it public through gradio's servers")
    parser.add_argument("--open", action="store_true", help="open the page in the browser")
    return parser
