"""Renderables for rich consoles of any encoding: what a console cannot show is replaced, never an error."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .safe_text import printable

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderableType, RenderResult

__all__ = ["Printed"]


class Printed:
    """Anything that rich can render, made fit for the console that it is printed on.

    Control characters are spelled out, and characters that the console's encoding lacks (a Windows console,
    a pipe in the C locale, half of a surrogate pair) become question marks.

    Args:
        renderable: What to print.
    """

    def __init__(self, renderable: RenderableType) -> None:
        self.renderable = renderable

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        from rich.segment import Segment

        for segment in console.render(self.renderable, options):
            if segment.control or (segment.text.isascii() and segment.text.isprintable()):
                yield segment
            else:
                yield Segment(_fit(printable(segment.text), console.encoding), segment.style)


def _fit(text: str, encoding: str) -> str:
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return "".join(_fit_character(character, encoding) for character in text)
    return text


def _fit_character(character: str, encoding: str) -> str:
    from rich.cells import cell_len

    try:
        character.encode(encoding)
    except UnicodeEncodeError:
        return "?" * cell_len(character)  # as wide as it was, so that frames stay straight
    return character
