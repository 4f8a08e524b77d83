"""What every tool can do to be saved, loaded and shared: the part of ``Tool`` that does so.

These methods are plain functions in both APIs, because ``Tool`` is one class. Those that use the network have
awaitable counterparts in the packages of the two APIs: `load_tool`, `push_tool`, `load_space_tool`.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..tools.base import Tool

__all__ = ["SharedTool"]


class SharedTool:
    """The methods of ``Tool`` for saving, loading and sharing."""

    def to_dict(self: Any) -> dict[str, Any]:
        """Return the tool as JSON-able data: its name, its code, and what has to be installed to run it.

        The code is a module of its own: the imports, literal constants and functions of yours that the tool
        uses are part of it. A tool of twofold's own is written as its class and its arguments instead.
        Secrets are never part of either.

        Raises:
            ConfigurationError: The tool uses something that cannot be written down, such as an open
                connection in a variable around it. The message names it, and the line.

        Example:
            >>> from twofold import FinalAnswerTool
            >>> FinalAnswerTool().to_dict()
            {'name': 'final_answer', 'class': 'FinalAnswerTool', 'parameters': {}}
        """
        from .tool_data import tool_to_dict

        return tool_to_dict(self)

    @classmethod
    def from_dict(
        cls,
        tool_dict: Mapping[str, Any],
        trust_remote_code: bool = False,
        api: str = "twofold",
        **kwargs: Any,
    ) -> Tool:
        """Return the tool that ``to_dict`` made data of.

        Args:
            tool_dict: The data.
            trust_remote_code: Whether its code may be run; without code, it is not needed.
            api: Whose classes the tool gets: ``"twofold"`` or ``"twofold.aio"``.
            **kwargs: Arguments for the tool's class.

        Raises:
            ConfigurationError: It is no such data, or has code and is not trusted.
        """
        from .tool_loading import tool_from_data

        return tool_from_data(tool_dict, api, trust_remote_code, kwargs)

    @classmethod
    def from_code(cls, tool_code: str, api: str = "twofold", **kwargs: Any) -> Tool:
        """Run code that defines a tool, and return that tool. The code may do anything: know it first.

        Args:
            tool_code: A module with a ``Tool`` class or an ``@tool`` function; the last one counts.
            api: Whose classes the tool gets: ``"twofold"`` or ``"twofold.aio"``.
            **kwargs: Arguments for the tool's class.

        Raises:
            ConfigurationError: It is not Python, fails, or defines no tool.
        """
        from .tool_loading import tool_from_code

        return tool_from_code(tool_code, api, kwargs)

    def save(
        self: Any, output_dir: str | Path, tool_file_name: str = "tool", make_gradio_app: bool = True
    ) -> None:
        """Write the tool's code, ``requirements.txt`` and an ``app.py`` to try it out into a folder.

        Args:
            output_dir: The folder; made if it is not there.
            tool_file_name: What the file of the code is called, without ``.py``.
            make_gradio_app: Whether to write ``app.py``.

        Raises:
            ConfigurationError: The tool cannot be saved. Nothing is written then.
        """
        from .tool_files import save_tool

        save_tool(self, output_dir, tool_file_name, make_gradio_app)

    def push_to_hub(
        self: Any,
        repo_id: str,
        commit_message: str = "Upload tool",
        private: bool | None = None,
        token: bool | str | None = None,
        create_pr: bool = False,
    ) -> str:
        """Upload the tool as a Space to the Hugging Face Hub. Blocks; ``push_tool`` does the same.

        Args:
            repo_id: Where to, e.g. ``"me/my-tool"``.
            commit_message: The message of the commit.
            private: Whether a new repository is private; the organization's default if None.
            token: A token of the Hub that may write; the one you have logged in with if None.
            create_pr: Whether to propose the change instead of making it.

        Returns:
            The URL of the commit, or of the pull request.

        Raises:
            ConfigurationError: The tool cannot be saved.
            HubError: The Hub refused, or could not be reached.
        """
        from .tool_hub import push_tool

        return push_tool(self, repo_id, commit_message, private, token, create_pr)

    @classmethod
    def from_hub(
        cls,
        repo_id: str,
        token: str | None = None,
        trust_remote_code: bool = False,
        api: str = "twofold",
        **kwargs: Any,
    ) -> Tool:
        """Load a tool from a Space of the Hugging Face Hub, and run its code. Blocks; see ``load_tool``.

        Args:
            repo_id: The Space, e.g. ``"someone/their-tool"``.
            token: A token of the Hub, for private Spaces.
            trust_remote_code: Whether its code may be run here, with all that you may do. It has to be True.
            api: Whose classes the tool gets: ``"twofold"`` or ``"twofold.aio"``.
            **kwargs: ``revision``, ``cache_dir``, ``force_download`` and ``local_files_only`` are for the
                download; all else are arguments for the tool's class.

        Raises:
            ConfigurationError: It is not trusted, or is no tool.
            HubError: The Hub refused, or could not be reached.
        """
        from .tool_hub import tool_from_hub

        return tool_from_hub(repo_id, token, trust_remote_code, api, kwargs)

    @classmethod
    def from_space(
        cls,
        space_id: str,
        name: str,
        description: str = "",
        api_name: str | None = None,
        token: str | None = None,
    ) -> Tool:
        """Make a tool of a Space that runs on the Hub. Blocks; ``load_space_tool`` does the same.

        Nothing of the Space is run here: the tool calls its API.

        Args:
            space_id: The Space, e.g. ``"someone/their-space"``, or the URL of a Gradio app.
            name: The tool's name.
            description: What it does, for the model.
            api_name: Which of the app's endpoints; the first one if None.
            token: A token of the Hub, for private Spaces.

        Raises:
            ConfigurationError: The app has no such endpoint.
            HubError: The app could not be reached.
        """
        from .space import space_tool

        return space_tool(space_id, name, description, api_name, token)
