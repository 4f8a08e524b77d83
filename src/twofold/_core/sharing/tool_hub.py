"""Tools on the Hugging Face Hub. These functions block."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .hub import fetch_file, push_folder, split_options
from .tool_files import TOOL_FILE, save_tool
from .tool_loading import require_trust, tool_from_code

if TYPE_CHECKING:
    from ..tools.base import Tool

__all__ = ["push_tool", "tool_from_hub"]


def push_tool(
    tool: Tool,
    repo_id: str,
    commit_message: str = "Upload tool",
    private: bool | None = None,
    token: bool | str | None = None,
    create_pr: bool = False,
) -> str:
    """Upload a tool as a Space; see ``Tool.push_to_hub``."""
    with tempfile.TemporaryDirectory() as folder:
        save_tool(tool, folder)
        return push_folder(
            Path(folder),
            repo_id,
            tags=["tool", "twofold"],
            commit_message=commit_message,
            private=private,
            token=token,
            create_pr=create_pr,
        )


def tool_from_hub(
    repo_id: str, token: str | None, trusted: bool, api: str, arguments: dict[str, Any]
) -> Tool:
    """Load a tool from a Space; see ``Tool.from_hub``."""
    require_trust(trusted, f"The Space {repo_id!r}", f"{TOOL_FILE}.py")
    options, arguments = split_options(arguments)
    return tool_from_code(fetch_file(repo_id, f"{TOOL_FILE}.py", token, options), api, arguments)
