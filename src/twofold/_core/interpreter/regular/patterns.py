"""``re.Pattern`` and ``re.Match`` as generated code sees them."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from ...errors import ForbiddenOperation
from ..checkpoints import current_execution
from ..control import ProgramStopped
from .cost import pattern_cost
from .translate import translate

__all__ = ["Match", "Pattern"]

MAX_OUTPUT = 200_000_000  # characters that one substitution may make
_parser: Any = vars(re)["_parser"]
_REAL_MATCH = re.Match  # where `re` is also the name of an attribute


class _Kind(type):
    """``isinstance`` answers for what ``re`` itself makes, too."""

    real: type

    def __instancecheck__(cls, instance: Any) -> bool:
        return type.__instancecheck__(cls, instance) or isinstance(instance, cls.real)

    def __subclasscheck__(cls, subclass: type) -> bool:
        return type.__subclasscheck__(cls, subclass) or issubclass(subclass, cls.real)

    def __getitem__(cls, item: Any) -> Any:
        return cls.real[item]  # type: ignore[index]

    def __repr__(cls) -> str:
        return f"<class 're.{cls.__name__}'>"


class Pattern(metaclass=_Kind):
    """A compiled pattern: matched by ``re`` where that is certainly quick, else by ``regex``.

    Args:
        real: The same for ``re``, which also says what is wrong with a pattern.
    """

    __module__ = "re"
    __slots__ = ("__kind", "__other", "__quick_length", "__real", "__tree")
    real = re.Pattern

    def __init__(self, real: re.Pattern[Any]) -> None:
        self.__real = real
        self.__other: Any = None
        self.__tree = _parser.parse(real.pattern, real.flags & ~re.DEBUG)
        cost = pattern_cost(self.__tree, real.flags)
        self.__kind = type(real.pattern)
        self.__quick_length = -1 if cost is None else cost.quick_length

    pattern = property(lambda self: self.__real.pattern)
    flags = property(lambda self: self.__real.flags)
    groups = property(lambda self: self.__real.groups)
    groupindex = property(lambda self: self.__real.groupindex)

    def match(self, string: Any, pos: int = 0, endpos: int = sys.maxsize) -> Any:
        """Match at the beginning."""
        if self.__is_quick(string):
            return self.__real.match(string, pos, endpos)
        return self.__found("match", string, pos, endpos)

    def fullmatch(self, string: Any, pos: int = 0, endpos: int = sys.maxsize) -> Any:
        """Match the whole."""
        if self.__is_quick(string):
            return self.__real.fullmatch(string, pos, endpos)
        return self.__found("fullmatch", string, pos, endpos)

    def search(self, string: Any, pos: int = 0, endpos: int = sys.maxsize) -> Any:
        """Match anywhere."""
        if self.__is_quick(string):
            return self.__real.search(string, pos, endpos)
        return self.__found("search", string, pos, endpos)

    def finditer(self, string: Any, pos: int = 0, endpos: int = sys.maxsize) -> Iterator[Any]:
        """All matches, one after the other."""
        if self.__is_quick(string):
            return self.__real.finditer(string, pos, endpos)
        return iter(self.__all(string, pos, endpos))

    def findall(self, string: Any, pos: int = 0, endpos: int = sys.maxsize) -> list[Any]:
        """The texts of all matches, or of their groups."""
        if self.__is_quick(string):
            return self.__real.findall(string, pos, endpos)
        found = self.__all(string, pos, endpos)
        if not self.groups:
            return [match.group() for match in found]
        empty = string[:0]
        groups = [match.groups(empty) for match in found]
        return [each[0] for each in groups] if self.groups == 1 else groups

    def split(self, string: Any, maxsplit: int = 0) -> list[Any]:
        """The texts between the matches."""
        if self.__is_quick(string):
            return self.__real.split(string, maxsplit)
        pieces, end = [], 0
        for match in self.__some(string, maxsplit):
            pieces += [string[end : match.start()], *match.groups()]
            end = match.end()
        return [*pieces, string[end:]]

    def sub(self, repl: Any, string: Any, count: int = 0) -> Any:
        """The text with its matches replaced."""
        return self.subn(repl, string, count)[0]

    def subn(self, repl: Any, string: Any, count: int = 0) -> tuple[Any, int]:
        """The text with its matches replaced, and how many there were."""
        if not callable(repl):
            _check_growth(repl, string)
        if self.__is_quick(string):
            return self.__real.subn(repl, string, count)
        replacement = repl if callable(repl) else Template(repl, self.__real).expand
        pieces, end, done = [], 0, 0
        for match in self.__some(string, count):
            pieces += [string[end : match.start()], replacement(match)]
            end, done = match.end(), done + 1
        return string[:0].join([*(piece for piece in pieces if piece is not None), string[end:]]), done

    def scanner(self, *_: Any) -> Any:
        """Not offered."""
        raise ForbiddenOperation("Pattern.scanner() may not be used by this code. Use finditer().")

    def __repr__(self) -> str:
        return repr(self.__real)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Pattern) and self.__real == getattr(other, "_Pattern__real", other)

    def __hash__(self) -> int:
        return hash(self.__real)

    def __copy__(self) -> Pattern:
        return self

    def __deepcopy__(self, _: Any) -> Pattern:
        return self

    # -- who matches --------------------------------------------------------------------------------------

    def __is_quick(self, string: Any) -> bool:
        """Whether ``re`` is to match; it is too if it will complain about the argument."""
        if type(string) is self.__kind and len(string) <= self.__quick_length:
            return True
        if isinstance(string, str) is not isinstance(self.__real.pattern, str):
            return True
        try:
            length = len(string)
        except TypeError:
            return True
        if length <= self.__quick_length:
            return True
        if self.__real.flags & re.LOCALE:
            raise ForbiddenOperation("This pattern with re.LOCALE could take for ever and is refused.")
        return False

    def __for_regex(self) -> Any:
        """The pattern for ``regex``."""
        if self.__other is None:
            import regex

            real = self.__real
            text = isinstance(real.pattern, str)
            written = translate(self.__tree, real.flags, real.groupindex, text=text)
            flags = int(regex.VERSION0)
            for name in ("ASCII", "IGNORECASE", "MULTILINE", "DOTALL"):
                if real.flags & getattr(re, name):
                    flags |= int(getattr(regex, name))
            source: Any = written if text else written.encode("ascii")
            self.__other = regex.compile(source, flags)
        return self.__other

    def __found(self, method: str, string: Any, pos: int, endpos: int) -> Match | None:
        found = _in_time(getattr(self.__for_regex(), method), string, pos, endpos)
        return None if found is None else Match(found, self)

    def __all(self, string: Any, pos: int = 0, endpos: int = sys.maxsize) -> list[Match]:
        pattern = self.__for_regex()

        def collect(*arguments: Any, **limits: Any) -> list[Match]:
            return [Match(found, self) for found in pattern.finditer(*arguments, **limits)]

        return list(_in_time(collect, string, pos, endpos))

    def __some(self, string: Any, count: int) -> list[Match]:
        """All matches, or the first ``count``; as in ``re``, none of a negative number."""
        found = self.__all(string)
        return found[:count] if count > 0 else found


class Match(metaclass=_Kind):
    """A match that ``regex`` found.

    Args:
        found: What it found.
        pattern: What was searched for.
    """

    __module__ = "re"
    __slots__ = ("__found", "re")
    real = _REAL_MATCH

    def __init__(self, found: Any, pattern: Pattern) -> None:
        self.__found = found
        self.re = pattern

    string = property(lambda self: self.__found.string)
    pos = property(lambda self: self.__found.pos)
    endpos = property(lambda self: self.__found.endpos)
    regs = property(lambda self: self.__found.regs)

    @property
    def lastindex(self) -> int | None:
        """The group that was closed last."""
        found: int | None = self.__found.lastindex
        return found

    @property
    def lastgroup(self) -> str | None:
        """The name of the group that was closed last."""
        names = {number: name for name, number in self.re.groupindex.items()}
        return None if self.lastindex is None else names.get(self.lastindex)

    def group(self, *groups: Any) -> Any:
        """The text of groups."""
        return self.__found.group(*groups)

    def __getitem__(self, group: Any) -> Any:
        return self.__found.group(group)

    def groups(self, default: Any = None) -> tuple[Any, ...]:
        """The texts of all groups."""
        return tuple(self.__found.groups(default))

    def groupdict(self, default: Any = None) -> dict[str, Any]:
        """The texts of the groups that have names."""
        return dict(self.__found.groupdict(default))

    def start(self, group: Any = 0) -> int:
        """Where a group begins."""
        return int(self.__found.start(group))

    def end(self, group: Any = 0) -> int:
        """Where a group ends."""
        return int(self.__found.end(group))

    def span(self, group: Any = 0) -> tuple[int, int]:
        """Where a group begins and ends."""
        return self.start(group), self.end(group)

    def expand(self, template: Any) -> Any:
        """A template with the texts of the groups."""
        compiled: Any = re.compile(self.re.pattern, self.re.flags)
        return Template(template, compiled).expand(self)

    def __repr__(self) -> str:
        return f"<re.Match object; span={self.span()!r}, match={self.group()!r}>"

    def __copy__(self) -> Match:
        return self

    def __deepcopy__(self, _: Any) -> Match:
        return self


class Template:
    """The replacement of a substitution, parsed by ``re``.

    Args:
        text: The replacement.
        pattern: Whose groups it names.
    """

    def __init__(self, text: Any, pattern: re.Pattern[Any]) -> None:
        self._parts = list(_parts(_parser.parse_template(text, pattern)))
        self._empty = text[:0]

    def expand(self, match: Match) -> Any:
        """Fill in what was found."""
        return self._empty.join(
            (match.group(part) or self._empty) if isinstance(part, int) else part for part in self._parts
        )


def _parts(parsed: Any) -> Iterator[Any]:
    """The texts and the numbers of groups of a parsed template, in order."""
    if isinstance(parsed, list):  # Python 3.12 and later
        yield from parsed
        return
    groups, literals = parsed
    numbers = dict(groups)
    for index, literal in enumerate(literals):
        yield numbers[index] if literal is None else literal


def _check_growth(repl: Any, string: Any) -> None:
    """Refuse a substitution that could make a huge text."""
    if isinstance(repl, Sequence) and isinstance(string, Sequence):
        factor = len(repl) + (len(string) * repl.count("\\") if isinstance(repl, str) else 0)
        if (len(string) + 1) * factor > MAX_OUTPUT:
            raise ForbiddenOperation("This substitution: refused, because it would take too much memory.")


def _in_time(function: Callable[..., Any], string: Any, pos: int, endpos: int) -> Any:
    """Call a function of ``regex``, bounded by the time the program has left."""
    limits: Mapping[str, Any] = {}
    execution = current_execution.get()
    remaining = None if execution is None else execution.control.remaining
    if remaining is not None:
        limits = {"timeout": max(remaining, 0.001)}
    try:
        return function(string, pos, min(endpos, len(string)), **limits)
    except TimeoutError:
        if execution is None:
            raise
        control = execution.control
        if control.stopped is None:
            control.stop(control.timeout_error())
        raise ProgramStopped(control.stopped) from None
