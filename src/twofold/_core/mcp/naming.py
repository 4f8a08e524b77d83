"""Names: from what MCP servers call their tools to what generated code can call.

MCP allows names such as ``get-weather`` or ``files/read``; a code agent needs Python identifiers, and an agent
needs names that no two of its tools share.
"""

from __future__ import annotations

import builtins
import itertools
import keyword
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Literal

from ..errors import ConfigurationError

__all__ = ["NamePrefix", "identifier", "server_names", "tool_names", "unique"]

NamePrefix = Literal["clash", "always", "never"]

# The agent's own, and what generated code relies on: a server must not be able to take their place.
_RESERVED = frozenset({"final_answer", *(name for name in dir(builtins) if name.isidentifier())})


def identifier(name: str, *, prefix: str = "tool") -> str:
    """Return the Python identifier that is closest to a name.

    Args:
        name: Any text.
        prefix: What to put before a name that cannot stand alone: an empty one, or one that begins with a digit.
    """
    text = re.sub(r"\W", "_", unicodedata.normalize("NFKC", name), flags=re.UNICODE)
    if not text.strip("_"):
        return f"{prefix}{text}" if text else prefix
    if not text[0].isidentifier():
        text = f"{prefix}_{text}"
    if keyword.iskeyword(text):
        text = f"{text}_"
    return text if text.isidentifier() else prefix


def unique(wanted: str, taken: Callable[[str], bool]) -> str:
    """Return a name, with a number behind it if it is taken."""
    names = itertools.chain([wanted], (f"{wanted}_{number}" for number in itertools.count(2)))
    return next(name for name in names if not taken(name))


def server_names(names: Iterable[str]) -> list[str]:
    """Return names for servers that are unique among them and can be put before the names of tools."""
    found: list[str] = []
    for name in names:
        found.append(unique(identifier(name, prefix="server"), found.__contains__))
    return found


def tool_names(
    servers: Sequence[tuple[str, Sequence[str]]], prefix: NamePrefix = "clash"
) -> dict[tuple[int, str], str]:
    """Return the names under which agents get the tools of several servers.

    A name is first made an identifier; within one server, exact names win over adapted ones. With ``clash``,
    a name that several servers have is prefixed with the server's name at all of them, so that the order of
    the servers does not matter and no server can take the place of another one's tool. A name that an agent
    or Python itself has (``final_answer``, ``print``) is prefixed in any case.

    Args:
        servers: For each server its unique name, and the names of its tools.
        prefix: When to put the server's name before that of a tool.

    Returns:
        The names, by the position of the server and what it calls the tool.

    Raises:
        ConfigurationError: Two servers have tools of one name, and ``prefix`` is ``never``.
    """
    own = [_within_server(names) for _, names in servers]
    counts = Counter(name for names in own for name in names.values())
    result: dict[tuple[int, str], str] = {}
    used: set[str] = set()
    for index, (server, _) in enumerate(servers):
        for original, name in own[index].items():
            clashes = counts[name] > 1
            if clashes and prefix == "never":
                raise ConfigurationError(
                    f"Several MCP servers have a tool {name!r}; use name_prefix='clash' or 'always', or name "
                    f"the tools to take with 'tools' in the description of each server."
                )
            if clashes or prefix == "always" or name in _RESERVED:
                name = f"{server}_{name}"
            result[index, original] = name = unique(name, used.__contains__)
            used.add(name)
    return result


def _within_server(names: Sequence[str]) -> dict[str, str]:
    """Return an identifier for each name; those that are identifiers keep theirs."""
    result = {name: name for name in names if identifier(name) == name}
    for name in names:
        if name not in result:
            result[name] = unique(identifier(name), set(result.values()).__contains__)
    return {name: result[name] for name in dict.fromkeys(names)}
