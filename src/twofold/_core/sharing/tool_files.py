"""A tool as a folder: its code, what it needs, and a small web page for trying it out."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import ConfigurationError
from .secret_scan import check_no_secrets
from .tool_code import tool_code

if TYPE_CHECKING:
    from ..tools.base import Tool

__all__ = ["TOOL_FILE", "requirements_text", "save_tool", "write_files"]

TOOL_FILE = "tool"

_APP = '''\
"""A page for trying the tool out."""

from pathlib import Path

from twofold import Tool, launch_gradio_demo

code = Path(__file__).with_name("{file}.py").read_text(encoding="utf-8")
launch_gradio_demo(Tool.from_code(code))
'''


def save_tool(
    tool: Tool, output_dir: str | Path, tool_file_name: str = TOOL_FILE, make_gradio_app: bool = True
) -> None:
    """Write a tool's code, ``requirements.txt`` and, if asked for, ``app.py`` into a folder.

    Raises:
        ConfigurationError: The tool cannot be saved; nothing is written then.
    """
    if not tool_file_name.isidentifier():
        raise ConfigurationError(
            f"tool_file_name must be the name of a Python module without '.py', not {tool_file_name!r}."
        )
    saved = tool_code(tool)
    files = {f"{tool_file_name}.py": saved.code}
    requirements = set(saved.requirements)
    if make_gradio_app:
        files["app.py"] = _APP.format(file=tool_file_name)
        requirements = {*requirements - {"twofold"}, "twofold[ui]"}
    files["requirements.txt"] = requirements_text(sorted(requirements))
    write_files(Path(output_dir), files)


def requirements_text(requirements: Sequence[str]) -> str:
    return "".join(f"{name}\n" for name in requirements)


def write_files(folder: Path, files: dict[str, str], known_secrets: Sequence[str] = ()) -> None:
    """Write texts into a folder, all of them or, if one holds a secret, none.

    Raises:
        ConfigurationError: One holds a secret, or the folder cannot be written to.
    """
    for name, text in files.items():
        check_no_secrets(text, str(folder / name), known_secrets)
    try:
        for name, text in files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise ConfigurationError(f"The folder {str(folder)!r} cannot be written to: {error}.") from error
