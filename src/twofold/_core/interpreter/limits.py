"""Bounds on what one expression can make: numbers, texts, ranges and endless iterators.

A C function that holds the interpreter lock cannot be stopped. So results that would take it long are
refused before they are made, and sources that would keep a C consumer busy (``sum(range(10**10))``,
``list(itertools.count())``) are Python generators with checkpoints.
"""

from __future__ import annotations

import itertools
import math
from array import array
from collections import Counter, UserList, UserString, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from ..errors import ForbiddenOperation

__all__ = ["LongRange", "Limits"]

MAX_ITEMS = 100_000_000  # of a repeated sequence
MAX_BITS = 20_000_000  # of an integer
MAX_WIDTH = 50_000_000  # of padded or replaced text
FREE_ITEMS = 1_000_000  # what a C consumer gets through in some milliseconds
MEMORY_CHECK_ITEMS = 1 << 20
MAX_GROWTH_BYTES = 2 << 30


def too_big(what: str) -> ForbiddenOperation:
    """The refusal of a result that would be too big."""
    return ForbiddenOperation(f"{what}: refused, because it would take too much memory or time.")


def _resident_bytes() -> int:
    """How much memory the process uses, 0 where that is not known."""
    try:
        with open("/proc/self/statm", "rb") as file:
            return int(file.read().split()[1]) * 4096
    except (OSError, ValueError, IndexError):
        return 0


_REPEATABLE = (str, bytes, bytearray, list, tuple, array, deque, UserList, UserString)
_CONCATENATED = (list, tuple, array, deque, UserList)


def multiply(left: Any, right: Any) -> Any:
    """``left * right``, bounded."""
    if type(left) is int and type(right) is int:  # by far the most frequent, and quickly answered
        if left.bit_length() + right.bit_length() > 2 * MAX_BITS:
            raise too_big("This product")
    elif type(left) is not float and type(right) is not float:
        check_multiply(left, right)
    return left * right


def check_multiply(left: Any, right: Any) -> None:
    """Refuse a product that would be too big."""
    if isinstance(right, int):
        if isinstance(left, _REPEATABLE):
            if right > 0 and len(left) * right > MAX_ITEMS:
                raise too_big(f"Repeating {type(left).__name__} of length {len(left)} {right:.3g} times")
            return
        if isinstance(left, int) and left.bit_length() + right.bit_length() > 2 * MAX_BITS:
            raise too_big("This product")
    elif isinstance(left, int) and isinstance(right, _REPEATABLE):
        check_multiply(right, left)


def check_power(base: Any, exponent: Any, modulus: Any = None) -> None:
    """Refuse a power that would be too big."""
    if modulus is not None or not isinstance(exponent, int) or exponent <= 0:
        if isinstance(exponent, int) and exponent < 0 and not isinstance(base, int | float | complex):
            check_power(base, -exponent)
        return
    if isinstance(base, int):
        bits = base.bit_length() if base not in (0, 1, -1) else 0
    elif hasattr(base, "numerator") and hasattr(base, "denominator"):
        bits = max(int(base.numerator).bit_length(), int(base.denominator).bit_length())
    else:
        return
    if bits * exponent > MAX_BITS and not (bits == 2 and abs(base) == 2 and exponent <= MAX_BITS):
        raise too_big("This power")


def power(base: Any, exponent: Any, modulus: Any = None) -> Any:
    """``base ** exponent``, bounded."""
    check_power(base, exponent, modulus)
    return pow(base, exponent) if modulus is None else pow(base, exponent, modulus)


def check_shift(left: Any, right: Any) -> None:
    """Refuse a shift whose result would be too big."""
    if isinstance(left, int) and isinstance(right, int) and left and left.bit_length() + right > MAX_BITS:
        raise too_big("This shift")


def shift(left: Any, right: Any) -> Any:
    """``left << right``, bounded."""
    check_shift(left, right)
    return left << right


def check_modulo(left: Any, right: Any) -> None:
    """Refuse ``%`` formatting to a huge width."""
    if not isinstance(left, str | bytes | bytearray):
        return
    text = left if isinstance(left, str) else bytes(left).decode("latin-1")
    if _digits_too_many(text):
        raise too_big("Formatting to this width")
    if "*" in text:
        for value in right if isinstance(right, tuple) else (right,):
            if isinstance(value, int) and abs(value) > MAX_WIDTH:
                raise too_big("Formatting to this width")


def modulo(left: Any, right: Any) -> Any:
    """``left % right``, bounded."""
    check_modulo(left, right)
    return left % right


def augment(symbol: str, left: Any, right: Any) -> Any:
    """What ``x.y *= z`` and the like assign."""
    checked(symbol, left, right)
    if symbol == "*":
        left *= right
    elif symbol == "**":
        left **= right
    else:
        left <<= right
    return left


def checked(symbol: str, left: Any, right: Any) -> Any:
    """The right operand of an augmented assignment, if the result will not be too big."""
    if symbol == "*":
        check_multiply(left, right)
    elif symbol == "**":
        check_power(left, right)
    else:
        check_shift(left, right)
    return right


def spec_part(value: Any) -> Any:
    """A computed part of a format specification, if it is no huge width."""
    if (isinstance(value, int) and abs(value) > MAX_WIDTH) or (
        isinstance(value, str) and _digits_too_many(value)
    ):
        raise too_big("Formatting to this width")
    return value


def _digits_too_many(text: str) -> bool:
    run = 0
    for character in text:
        run = run + 1 if character.isdigit() else 0
        if run > 7:
            return True
    return False


def formatted(value: Any, format_spec: Any = "", /) -> str:
    """``format``, bounded."""
    return format(value, spec_part(format_spec) if isinstance(format_spec, str) else format_spec)


def check_translation(text: str, table: Any) -> None:
    """Refuse ``str.translate`` where long texts in the table would make the result too big."""
    if isinstance(table, dict):
        if len(table) <= len(text):
            found = dict.items(table)
        else:
            keys = {ord(character) for character in text}
            found = {key: dict.get(table, key) for key in keys}.items()
    elif isinstance(table, list | tuple):
        found = dict(enumerate(table)).items()
    else:
        return
    lengths = {
        key: len(value)
        for key, value in found
        if type(key) is int and isinstance(value, str) and len(value) > 1
    }
    if lengths and len(text) * max(lengths.values()) > MAX_WIDTH:
        counts = Counter(text)
        if (
            sum(counts[chr(key)] * length for key, length in lengths.items() if 0 <= key <= 0x10FFFF)
            > MAX_WIDTH
        ):
            raise too_big("This translation")


def check_width(value: Any) -> None:
    """Refuse a huge width, size or count."""
    if isinstance(value, int) and value > MAX_WIDTH:
        raise too_big(f"A size of {value:.3g}")


def _joined(items: Iterable[Any], start: list[Any]) -> Any:
    """``sum`` of lists, without copying at each what there is so far."""
    total: Any = start
    ours = False
    for item in items:
        if ours and type(item) is list:
            total += item
        else:
            ours = type(total) is type(item) is list  # else somebody's ``__radd__`` may have made the sum
            total = total + item
    return total


class LongRange(Sequence[int]):
    """A range too long for C code to run through unattended: the same, with a checkpoint in its iterator.

    Args:
        real: The range.
        checkpointed: Makes an iterator stoppable.
    """

    __slots__ = ("_checkpointed", "_real")

    def __init__(self, real: range, checkpointed: Callable[[Iterable[int]], Iterator[int]]) -> None:
        self._real = real
        self._checkpointed = checkpointed

    start = property(lambda self: self._real.start)
    stop = property(lambda self: self._real.stop)
    step = property(lambda self: self._real.step)

    def __iter__(self) -> Iterator[int]:
        return self._checkpointed(self._real)

    def __reversed__(self) -> Iterator[int]:
        return self._checkpointed(reversed(self._real))

    def __len__(self) -> int:
        return len(self._real)

    def __bool__(self) -> bool:
        return bool(self._real)

    def __getitem__(self, index: Any) -> Any:
        found = self._real[index]
        return LongRange(found, self._checkpointed) if isinstance(found, range) else found

    def __contains__(self, value: object) -> bool:
        return value in self._real if type(value) in (int, bool) else any(value == item for item in self)

    def index(self, value: Any, *_: Any) -> int:
        return self._real.index(value)

    def count(self, value: Any) -> int:
        return 1 if value in self else 0

    def __eq__(self, other: object) -> bool:
        return self._real == (other._real if isinstance(other, LongRange) else other)

    def __hash__(self) -> int:
        return hash(self._real)

    def __repr__(self) -> str:
        return repr(self._real)


class Limits:
    """The bounded sources of one session: they need its checkpoint.

    Args:
        flags: The session's private builtins, with its flag.
        go: The flag's name there.
        checkpoint: What to call when the flag is down.
    """

    __slots__ = ("_checkpoint", "_flags", "_go")

    def __init__(self, flags: dict[str, Any], go: str, checkpoint: Callable[[], object]) -> None:
        self._flags = flags
        self._go = go
        self._checkpoint = checkpoint

    def checkpointed(self, source: Iterable[Any]) -> Iterator[Any]:
        """Pass items on, with a checkpoint at each and a look at the memory now and then."""
        flags, go, checkpoint = self._flags, self._go, self._checkpoint
        before = 0
        iterator = iter(source)
        while True:
            taken = 0
            for item in itertools.islice(iterator, MEMORY_CHECK_ITEMS):
                taken += 1
                yield item
                if not flags[go]:
                    checkpoint()
            if taken < MEMORY_CHECK_ITEMS:
                return
            used = _resident_bytes()
            before = before or used
            if used - before > MAX_GROWTH_BYTES:
                raise too_big("Collecting this many items")

    def range(self, *arguments: Any) -> range | LongRange:
        """``range`` as generated code calls it outside the head of a loop."""
        real = range(*arguments)
        try:
            short = len(real) <= FREE_ITEMS
        except OverflowError:
            short = False
        return real if short else LongRange(real, self.checkpointed)

    def iter(self, *arguments: Any) -> Iterator[Any]:
        """``iter``; with a sentinel it may be endless."""
        found = iter(*arguments)
        return self.checkpointed(found) if len(arguments) == 2 else found

    def sum(self, *arguments: Any, **keywords: Any) -> Any:
        """``sum`` with a start: of collections it copies what it has at each item, so with a checkpoint there."""
        if (len(arguments) == 2 and not keywords) or (len(arguments) == 1 and keywords.keys() == {"start"}):
            items = arguments[0]
            start = arguments[1] if len(arguments) == 2 else keywords["start"]
            if type(start) is list:
                return _joined(self.checkpointed(iter(items)), start)
            if isinstance(start, _CONCATENATED):
                return sum(self.checkpointed(iter(items)), start)
        return sum(*arguments, **keywords)

    def sized_call(self, kind: Callable[..., Any], *arguments: Any, **keywords: Any) -> Any:
        """``bytes(n)`` and ``bytearray(n)``."""
        for value in arguments[:1]:
            check_width(value)
        return kind(*arguments, **keywords)

    def itertools(self) -> dict[str, Any]:
        """What stands in for the endless and the huge iterators of ``itertools``."""
        checkpointed = self.checkpointed

        def count(start: Any = 0, step: Any = 1) -> Iterator[Any]:
            return checkpointed(itertools.count(start, step))

        def cycle(iterable: Iterable[Any], /) -> Iterator[Any]:
            return checkpointed(itertools.cycle(iterable))

        def repeat(object: Any, times: Any = None) -> Iterator[Any]:
            if times is None:
                return checkpointed(itertools.repeat(object))
            found = itertools.repeat(object, times)
            return found if times <= FREE_ITEMS else checkpointed(found)

        def sized(
            make: Callable[..., Iterator[Any]], size: Callable[..., float]
        ) -> Callable[..., Iterator[Any]]:
            def iterator(*arguments: Any, **keywords: Any) -> Iterator[Any]:
                pools = [tuple(value) if isinstance(value, Iterable) else value for value in arguments]
                found = make(*pools, **keywords)
                try:
                    few = size(*pools, **keywords) <= FREE_ITEMS
                except (TypeError, ValueError, OverflowError):
                    few = False
                return found if few else checkpointed(found)

            return iterator

        def permutations_size(pool: Sequence[Any], r: int | None = None) -> float:
            return math.perm(len(pool), r)

        def combinations_size(pool: Sequence[Any], r: int) -> float:
            return math.comb(len(pool), r)

        def replacement_size(pool: Sequence[Any], r: int) -> float:
            return math.comb(len(pool) + r - 1, r)

        def product_size(*pools: Sequence[Any], repeat: int = 1) -> float:
            return math.prod(float(len(pool)) for pool in pools) ** repeat

        return {
            "count": count,
            "cycle": cycle,
            "repeat": repeat,
            "permutations": sized(itertools.permutations, permutations_size),
            "combinations": sized(itertools.combinations, combinations_size),
            "combinations_with_replacement": sized(itertools.combinations_with_replacement, replacement_size),
            "product": sized(itertools.product, product_size),
        }

    def math(self) -> dict[str, Any]:
        """Functions of ``math`` whose results can be huge."""
        checkpointed = self.checkpointed

        def prod(iterable: Iterable[Any], /, *, start: Any = 1) -> Any:
            return math.prod(checkpointed(iterable), start=start)

        def factorial(x: Any, /) -> int:
            if isinstance(x, int) and x > 200_000:
                raise too_big("This factorial")
            return math.factorial(x)

        def comb(n: Any, k: Any, /) -> int:
            if isinstance(n, int) and isinstance(k, int) and min(k, n - k) * n.bit_length() > MAX_BITS:
                raise too_big("This binomial coefficient")
            return math.comb(n, k)

        def perm(n: Any, k: Any = None, /) -> int:
            if isinstance(n, int) and (n if k is None else k) * n.bit_length() > MAX_BITS:
                raise too_big("This number of permutations")
            return math.perm(n, k)

        return {"factorial": factorial, "comb": comb, "perm": perm, "prod": prod}

    @staticmethod
    def random(real: Any) -> dict[str, Any]:
        """Functions of ``random`` that make as much as they are asked for."""

        def choices(
            population: Any, weights: Any = None, *, cum_weights: Any = None, k: int = 1
        ) -> list[Any]:
            check_width(k)
            return list(real.choices(population, weights, cum_weights=cum_weights, k=k))

        def randbytes(n: int) -> bytes:
            check_width(n)
            return bytes(real.randbytes(n))

        def getrandbits(k: int, /) -> int:
            if isinstance(k, int) and k > MAX_BITS:
                raise too_big("A random number of this size")
            return int(real.getrandbits(k))

        return {"choices": choices, "randbytes": randbytes, "getrandbits": getrandbits}
