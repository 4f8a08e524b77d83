"""The tools of an agent as code for an interpreter elsewhere, where twofold need not be installed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from ..errors import ConfigurationError

if TYPE_CHECKING:
    from ..tools.base import Tool

__all__ = ["get_tools_definition_code"]

_ELSEWHERE = """\
def _define_tools(sources):
    import asyncio, concurrent.futures, inspect, sys, types

    def call(function):
        def run(*args, **kwargs):
            result = function(*args, **kwargs)
            if not inspect.iscoroutine(result):
                return result
            with concurrent.futures.ThreadPoolExecutor(1) as thread:
                return thread.submit(asyncio.run, result).result()
        return run

    class Tool:
        is_initialized = False

        def setup(self):
            self.is_initialized = True

        def __call__(self, *args, **kwargs):
            if not self.is_initialized:
                call(self.setup)()
                self.is_initialized = True
            return call(self.forward)(*args, **kwargs)

    def tool(function=None, /, **options):
        return tool if function is None else call(function)

    stand_in = types.ModuleType("twofold")
    stand_in.Tool, stand_in.tool = Tool, tool
    before = sys.modules.get("twofold")
    sys.modules["twofold"] = stand_in
    try:
        for name, (code, main) in sources.items():
            module = types.ModuleType("_tool_" + name)
            exec(compile(code, "<tool " + name + ">", "exec"), module.__dict__)
            made = module.__dict__[main]
            globals()[name] = made() if isinstance(made, type) else made
    finally:
        del sys.modules["twofold"]
        if before is not None:
            sys.modules["twofold"] = before


"""


def get_tools_definition_code(tools: Mapping[str, Tool]) -> str:
    """Return code that defines tools as functions, in an interpreter where twofold need not be installed.

    Args:
        tools: The tools by name. Those of twofold itself cannot be among them, except ``final_answer``,
            which is left out: whoever runs code provides it.

    Raises:
        ConfigurationError: A tool cannot be written as code.
    """
    from .tool_code import built_in, tool_code
    from .tool_loading import main_name

    sources = {}
    for name, tool in tools.items():
        if name == "final_answer":
            continue
        if built_in(tool) is not None:
            raise ConfigurationError(
                f"The tool {name!r} is a part of twofold and cannot be defined where that is not installed."
            )
        code = tool_code(tool).code
        sources[name] = (code, main_name(code))
    return f"{_ELSEWHERE}_define_tools({sources!r})\ndel _define_tools\n" if sources else ""
