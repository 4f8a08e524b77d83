"""Error messages that a model can act on: the line, the place in it, and what the name may have meant.

Only text is made here, from exceptions and the sources of the snippets; nothing is raised.
"""

from __future__ import annotations

import builtins
import re
from collections.abc import Iterable, Iterator, Mapping
from types import CodeType, TracebackType
from typing import Any

__all__ = ["Frame", "SourceMap", "caret_lines", "describe", "last_line", "suggestion"]

MAX_FRAMES = 6
MAX_SNIPPETS = 256
MAX_LINE = 200


class SourceMap:
    """The sources of a session's snippets, for showing lines of them. Keeps the most recent ones."""

    __slots__ = ("_count", "_sources")

    def __init__(self) -> None:
        self._sources: dict[str, str] = {}
        self._count = 0

    def add(self, source: str) -> str:
        """Keep a snippet and return the file name it is compiled under."""
        self._count += 1
        filename = f"<step {self._count}>"
        self._sources[filename] = source
        if len(self._sources) > MAX_SNIPPETS:
            del self._sources[next(iter(self._sources))]
        return filename

    def __contains__(self, filename: str) -> bool:
        return filename in self._sources

    def line(self, filename: str, number: int) -> str | None:
        """A line of a snippet, numbered from 1."""
        lines = self._sources.get(filename, "").splitlines()
        return lines[number - 1] if 0 < number <= len(lines) else None


class Frame:
    """One generated frame of a traceback: where it was when the error passed through it."""

    __slots__ = ("column", "end_column", "end_line", "filename", "function", "line")

    def __init__(self, code: CodeType, instruction: int, line: int) -> None:
        self.filename = code.co_filename
        self.function = code.co_name
        positions = None
        for index, found in enumerate(code.co_positions()):
            if index == instruction // 2:
                positions = found
                break
        self.line = line
        self.end_line, self.column, self.end_column = (
            (None, None, None) if positions is None else positions[1:]
        )


def generated_frames(traceback: TracebackType | None, sources: SourceMap) -> list[Frame]:
    """The frames of a traceback that belong to generated code, outermost first, cut in the middle."""
    entries: list[tuple[CodeType, int, int]] = []
    while traceback is not None:
        code = traceback.tb_frame.f_code
        if code.co_filename in sources:
            entries.append((code, traceback.tb_lasti, traceback.tb_lineno or 0))
        traceback = traceback.tb_next
    if len(entries) > MAX_FRAMES:
        entries = entries[: MAX_FRAMES // 2] + entries[-(MAX_FRAMES // 2) :]
    return [Frame(*entry) for entry in entries]


def last_line(error: BaseException, sources: SourceMap) -> int | None:
    """The line of generated code that an error came from."""
    frames = generated_frames(error.__traceback__, sources)
    return frames[-1].line if frames else None


def caret_lines(label: str, line: str, column: int | None, end_column: int | None) -> str:
    """A source line after its label, with carets under the part between two byte offsets."""
    stripped = line.lstrip()
    shown = f"{label}{stripped[:MAX_LINE]}"
    if column is None or end_column is None:
        return shown
    encoded = line.encode()
    start = len(encoded[:column].decode(errors="replace")) - (len(line) - len(stripped))
    width = len(encoded[column:end_column].decode(errors="replace"))
    if start < 0 or start >= MAX_LINE or width <= 0:
        return shown
    return f"{shown}\n{' ' * (len(label) + start)}{'^' * min(width, MAX_LINE - start)}"


def _places(error: BaseException, sources: SourceMap, current: str) -> Iterator[str]:
    """The lines that show where an error came from."""
    previous: tuple[str, int] | None = None
    for frame in generated_frames(error.__traceback__, sources):
        if previous == (frame.filename, frame.line):
            continue
        previous = (frame.filename, frame.line)
        where = "" if frame.function == "<module>" else f"in {frame.function}, "
        step = "" if frame.filename == current else f" of {frame.filename.strip('<>')}"
        label = f"  {where}line {frame.line}{step}: "
        text = sources.line(frame.filename, frame.line)
        if text is None:
            continue
        end = frame.end_column if frame.end_line == frame.line else len(text.rstrip().encode())
        yield caret_lines(label, text, frame.column, end)


def describe(
    error: BaseException,
    sources: SourceMap,
    current: str,
    namespace: Mapping[str, Any],
    known: Mapping[str, Any],
) -> str:
    """The whole message for an error that generated code raised.

    Args:
        error: What it raised.
        sources: The session's snippets.
        current: The file name of the snippet that was running.
        namespace: The session's variables, for suggestions.
        known: The tools, by name.
    """
    try:
        text = str(error)
    except Exception as failure:  # the code's own __str__
        text = f"<its text could not be made: {type(failure).__name__}>"
    headline = type(error).__name__ + (f": {text}" if text else "")
    hint = suggestion(error, namespace, known)
    for note in getattr(error, "__notes__", ()):
        headline += f"\n{note}"
    return "\n".join([headline + hint, *_places(error, sources, current)])


def suggestion(error: BaseException, namespace: Mapping[str, Any], known: Mapping[str, Any]) -> str:
    """`` Did you mean …?`` for an unknown name, attribute or keyword argument, or nothing."""
    match: str | None = None
    if isinstance(error, NameError) and isinstance(error.name, str):
        local = _locals_where_raised(error)
        match = closest(error.name, [*local, *namespace, *known, *dir(builtins)])
    elif isinstance(error, AttributeError) and isinstance(error.name, str) and error.obj is not None:
        try:
            match = closest(error.name, [name for name in dir(error.obj) if not name.startswith("_")])
        except Exception:  # the code's own __dir__
            match = None
    elif type(error) is TypeError:
        match = _keyword_suggestion(str(error), {**known, **namespace})
    elif type(error) is KeyError:
        return ""
    return f". Did you mean: {match!r}?" if match else ""


def _locals_where_raised(error: BaseException) -> list[str]:
    traceback = error.__traceback__
    if traceback is None:
        return []
    while traceback.tb_next is not None:
        traceback = traceback.tb_next
    return [name for name in traceback.tb_frame.f_code.co_varnames if not name.startswith("<")]


_UNEXPECTED_KEYWORD = re.compile(r"^(?:.*\.)?(\w+)\(\) got an unexpected keyword argument '(\w+)'")


def _keyword_suggestion(text: str, namespace: Mapping[str, Any]) -> str | None:
    found = _UNEXPECTED_KEYWORD.match(text)
    if found is None or "Did you mean" in text:
        return None
    function = namespace.get(found[1])
    names = parameter_names(function)
    return closest(found[2], names)


def parameter_names(function: object) -> list[str]:
    """The names of a callable's parameters, none where they are unknown."""
    import inspect

    if not callable(function):
        return []
    try:
        return list(inspect.signature(function).parameters)
    except (TypeError, ValueError):
        return []


def closest(wrong: str, candidates: Iterable[str]) -> str | None:
    """The candidate that looks most like a wrong name, if any does."""
    import difflib

    pool = {name for name in candidates if name != wrong and not name.startswith("<")}
    found = difflib.get_close_matches(wrong, pool, n=1, cutoff=0.7)
    return found[0] if found else None
