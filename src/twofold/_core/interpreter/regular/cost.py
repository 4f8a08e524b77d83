"""How long a pattern can take at worst, from its syntax tree: data for choosing who matches it.

The estimate is meant to be never too low. What is not understood counts as unbounded.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

__all__ = ["Cost", "pattern_cost"]

MAX_STEPS = 20_000_000  # about a quarter of a second for ``re``
MAX_TURNS = 8  # up to here a repetition is counted turn by turn
FEW = 64  # up to here a repetition counts as a constant factor
_NON_ASCII = (1 << 128, 1 << 129, 1 << 130, 1 << 131)  # digits, other word characters, spaces, the rest
_ALL = (1 << 132) - 1
_OPAQUE = _ALL
_WORD = re.compile(r"\w")
_SPACE = re.compile(r"\s")


class Unbounded(Exception):
    """Nothing is known about how long the pattern can take."""


@dataclass(frozen=True, slots=True)
class Cost:
    """At most ``factor * length ** exponent`` steps."""

    factor: float
    exponent: int

    def is_quick(self, length: int) -> bool:
        """Whether matching a text of this length is certainly quick."""
        return length <= self.quick_length

    @property
    def quick_length(self) -> int:
        """How long a text may be to be matched quickly; -1 if even an empty one may take long."""
        return int((MAX_STEPS / self.factor) ** (1 / self.exponent)) - 1


def pattern_cost(tree: Any, flags: int) -> Cost | None:
    """The cost of searching with a parsed pattern; None if it may be unbounded."""
    try:
        walk = _Walk(flags)
        walk.sequence(list(tree), 0)
    except Unbounded:
        return None
    return Cost(walk.factor, 1 + walk.exponent)


class _Walk:
    """One walk over a tree, from its end to its beginning: what follows a repetition decides its price."""

    def __init__(self, flags: int) -> None:
        self.factor = 1.0
        self.exponent = 0
        self._opaque = bool(flags & re.LOCALE)
        self._ignores_case = bool(flags & re.IGNORECASE)
        self._fallible = False  # whether something stands behind that can fail

    def sequence(self, items: list[Any], following: int) -> int:
        """Account for a sequence; return the characters that it can begin with (0: it can be empty)."""
        for position in range(len(items) - 1, -1, -1):
            following = self._item(items[position], following)
        return following

    def _item(self, item: Any, following: int) -> int:
        name, value = str(item[0]), item[1]
        if name in ("LITERAL", "NOT_LITERAL", "ANY", "IN"):
            self.factor += 1
            self._fallible = True
            return self._characters(item)
        if name == "AT":
            self._fallible = True
            return _OPAQUE  # what stands behind it may begin with anything
        if name == "SUBPATTERN":
            self._ignores_case = self._ignores_case or bool(value[1] & re.IGNORECASE)
            return self.sequence(list(value[3]), following)
        if name == "BRANCH":
            return self._branch(value[1], following)
        if name in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"):
            least, most, body = value
            return self._repeat(least, most, body, following)
        raise Unbounded

    def _branch(self, branches: list[Any], following: int) -> int:
        """Alternatives: each may be tried with all that stands behind it."""
        fallible = self._fallible
        begins, exponent, most = 0, self.exponent, self.exponent
        for branch in branches:
            self.exponent, self._fallible = exponent, fallible
            begins |= self.sequence(list(branch), following) or _OPAQUE
            most = max(most, self.exponent)
        self.exponent, self._fallible = most, True
        self.factor *= len(branches)
        return begins

    def _repeat(self, least: int, most: int, body: Any, following: int) -> int:
        items = list(body)
        if most <= MAX_TURNS:
            return self._few_turns(least, most, items, following)
        begins, width = self._plain_body(items)
        if most <= FEW:
            self.factor *= most + 1
        elif self._fallible:
            # Each length is tried once for every end; if what follows cannot begin inside the repetition,
            # only one of them gets further.
            ambiguous = bool(begins & following) or not following or width != 1
            self.exponent += 1 if ambiguous or not self.exponent else 0
        self.factor += width * (least + 1)
        self._fallible = self._fallible or least > 0
        return begins if least else (begins | following if following else _OPAQUE)

    def _few_turns(self, least: int, most: int, items: list[Any], following: int) -> int:
        """A repetition of a few turns, written out."""
        for turn in range(most, 0, -1):
            begins = self.sequence(items, following)
            if turn > least:
                self.factor *= 2
                begins = begins | following if following else _OPAQUE
            following = begins
        return following

    def _plain_body(self, items: list[Any]) -> tuple[int, int]:
        """What one turn of a repetition begins with, and how long it is; only one way to match it."""
        while len(items) == 1 and str(items[0][0]) == "SUBPATTERN" and not items[0][1][1]:
            items = list(items[0][1][3])
        if len(items) == 1 and str(items[0][0]) == "BRANCH":
            return self._plain_branches(items[0][1][1])
        if not items or not all(str(item[0]) in ("LITERAL", "NOT_LITERAL", "ANY", "IN") for item in items):
            raise Unbounded
        return self._characters(items[0]), len(items)

    def _plain_branches(self, branches: list[Any]) -> tuple[int, int]:
        begins, width = 0, 0
        for branch in branches:
            first, length = self._plain_body(list(branch))
            if first & begins:
                raise Unbounded
            begins, width = begins | first, width + length
        return begins, max(width, 2)

    # -- sets of characters ------------------------------------------------------------------------------

    def _characters(self, item: Any) -> int:
        if self._opaque:
            return _OPAQUE
        found = self._exactly(item)
        return _both_cases(found) if self._ignores_case else found

    def _exactly(self, item: Any) -> int:
        name, value = str(item[0]), item[1]
        if name == "LITERAL":
            return _bit(value)
        if name == "NOT_LITERAL":
            return _ALL & ~_bit(value) if value < 128 else _ALL
        if name == "ANY":
            return _ALL
        return self._set(value)

    def _set(self, parts: list[Any]) -> int:
        found, negated, whole = 0, False, True
        for part in parts:
            name, value = str(part[0]), part[1]
            if name == "NEGATE":
                negated = True
            elif name == "LITERAL":
                found |= _bit(value)
                whole = whole and value < 128
            elif name == "RANGE":
                low, high = value
                for code in range(low, min(high, 127) + 1):
                    found |= 1 << code
                if high > 127:
                    found |= sum(_NON_ASCII)
                    whole = False
            else:
                found |= _CATEGORIES[str(value)]
        if not negated:
            return found
        return _ALL & ~found if whole else (_ALL & ~found) | sum(_NON_ASCII)


def _bit(code: int) -> int:
    """The bit of a character, or of the class of characters it is in."""
    if code < 128:
        return 1 << code
    character = chr(code)
    if character.isspace():
        return _NON_ASCII[2]
    if character.isalnum():
        return _NON_ASCII[0] | _NON_ASCII[1]
    return _NON_ASCII[3]


def _both_cases(found: int) -> int:
    """A set with the letters that are equal to its own when case is ignored, and some more."""
    upper, lower = found & _UPPER, found & _LOWER
    result = found | upper << 32 | lower >> 32
    if upper or lower:
        result |= _NON_ASCII[1]
    if found & _NON_ASCII[1]:
        result |= _UPPER | _LOWER
    return result


_UPPER = sum(1 << code for code in range(65, 91))
_LOWER = _UPPER << 32


def _category_bits() -> dict[str, int]:
    ascii_word = sum(1 << code for code in range(128) if _WORD.match(chr(code)))
    ascii_space = sum(1 << code for code in range(128) if _SPACE.match(chr(code)))
    digit = sum(1 << code for code in range(48, 58)) | _NON_ASCII[0]
    word = ascii_word | _NON_ASCII[0] | _NON_ASCII[1]
    space = ascii_space | _NON_ASCII[2]
    # Which characters beyond ASCII are in them depends on the flags, so the complements hold all of these.
    beyond = sum(_NON_ASCII)
    return {
        "CATEGORY_DIGIT": digit,
        "CATEGORY_NOT_DIGIT": (_ALL & ~digit) | beyond,
        "CATEGORY_WORD": word,
        "CATEGORY_NOT_WORD": (_ALL & ~word) | _NON_ASCII[2] | _NON_ASCII[3],
        "CATEGORY_SPACE": space,
        "CATEGORY_NOT_SPACE": (_ALL & ~space) | _NON_ASCII[3],
    }


_CATEGORIES = _category_bits()
