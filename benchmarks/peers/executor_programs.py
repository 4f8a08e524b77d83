"""The programs that all executors run: what agents write, one kind of work each.

Every program ends with the expression ``result``, begins with ``n = …`` and imports nothing that an executor
refuses by default, numpy apart. Each has two sizes: the full one, and a small one, on which an interpreter
that walks the syntax tree takes less than a second or so.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["PROGRAMS", "Program"]


@dataclass(frozen=True)
class Program:
    """A program.

    Args:
        name: What the table calls it.
        body: Its code, after the line that sets ``n``.
        full: The full size.
        small: The small one.
    """

    name: str
    body: str
    full: int
    small: int

    def source(self, size: str) -> str:
        """Return the code for the size ``"full"`` or ``"small"``."""
        return f"n = {self.full if size == 'full' else self.small}\n{self.body.strip()}\nresult\n"


_LOOPS = """
result = 0
longest = 0
for start in range(1, n):
    value = start
    steps = 0
    while value > 1:
        if value % 2 == 0:
            value = value // 2
        else:
            value = 3 * value + 1
        steps += 1
    if steps > longest:
        longest = steps
        result = start
"""

_ARITHMETIC = """
def evaluate(a, b, c, x):
    return a * x * x + b * x + c

def escape(real, imaginary, limit):
    x = y = 0.0
    for step in range(limit):
        if x * x + y * y > 4.0:
            return step
        x, y = x * x - y * y + real, 2 * x * y + imaginary
    return limit

result = 0
for row in range(n):
    for column in range(n):
        result += escape(column * 3.0 / n - 2.0, row * 2.0 / n - 1.0, 20)
        result += evaluate(1, 2, 3, row % 7)
"""

_FUNCTIONS = """
def clamp(value, low=0, high=100):
    if value < low:
        return low
    return high if value > high else value

def adder(step):
    def add(value):
        return value + step
    return add

add_three = adder(3)
double = lambda value: value + value
result = 0
for i in range(n):
    result = result + clamp(add_three(double(i)) - 50, high=1000)
"""

_RECURSION = """
def fibonacci(k):
    if k < 2:
        return k
    return fibonacci(k - 1) + fibonacci(k - 2)

def depth(tree):
    if not tree:
        return 0
    return 1 + max([depth(child) for child in tree])

def grow(k):
    return [grow(k - 1), grow(k - 1)] if k else []

result = (fibonacci(n), depth(grow(n // 2)))
"""

_STRINGS = """
text = "The quick brown fox jumps over the lazy dog, and the dog does not mind. "
parts = []
for i in range(n):
    words = text.strip().lower().split(" ")
    line = "-".join([word.strip(",.") for word in words if len(word) > 3])
    if line.startswith("quick") and "fox" not in words[0]:
        parts.append(f"{i:04d}: {line.upper()[:20]} {len(line)}")
    text = text[1:] + text[0]
result = (len(parts), parts[-1], "\\n".join(parts).count("QUICK"))
"""

_DICTS = """
words = "red green blue red yellow green red black white blue red green".split()
counts = {}
places = {}
for i in range(n):
    word = words[i % 12]
    counts[word] = counts.get(word, 0) + 1
    if word not in places:
        places[word] = []
    places[word].append(i)
totals = {}
for word, where in places.items():
    totals[word] = sum(where) + counts[word]
result = sorted(totals.items())
"""

_LISTS = """
size = n
left = [[(i + j) % 10 for j in range(size)] for i in range(size)]
right = [[(i - j) % 10 for j in range(size)] for i in range(size)]
product = []
for i in range(size):
    row = []
    for j in range(size):
        cell = 0
        for k in range(size):
            cell += left[i][k] * right[k][j]
        row.append(cell)
    product.append(row)
result = sum([sum(row) for row in product])
"""

_METHODS = """
class Account:
    def __init__(self, owner, balance):
        self.owner = owner
        self.balance = balance
        self.history = []

    def deposit(self, amount):
        self.balance = self.balance + amount
        self.record(amount)

    def withdraw(self, amount):
        if not self.covers(amount):
            return False
        self.balance = self.balance - amount
        self.record(-amount)
        return True

    def covers(self, amount):
        return amount <= self.balance

    def record(self, amount):
        if len(self.history) < 100:
            self.history.append(amount)

accounts = [Account(str(i), 100) for i in range(10)]
for i in range(n):
    account = accounts[i % 10]
    if i % 3:
        account.deposit(i % 50)
    else:
        account.withdraw(i % 90)
result = [account.balance for account in accounts]
"""

_OPERATORS = """
class Shape:
    def area(self):
        return 0

    def describe(self):
        return self.area() + 1

class Vector(Shape):
    count = 0

    def __init__(self, x, y):
        super().__init__()
        self.x = x
        self.y = y

    def __add__(self, other):
        return Vector(self.x + other.x, self.y + other.y)

    def __eq__(self, other):
        return self.x == other.x and self.y == other.y

    def __len__(self):
        return 2

    @property
    def norm(self):
        return abs(self.x) + abs(self.y)

    def area(self):
        self.count += 1
        return self.norm + super().area()

total = Vector(0, 0)
result = 0
for i in range(n):
    step = Vector(i % 3, i % 5)
    total = total + step
    result += step.describe() + len(step)
    if total == step:
        result += 1
result = (result, total.norm)
"""

_ATTRIBUTES = """
class Record:
    def __init__(self, **fields):
        self.position = fields["position"]
        self.speed = fields["speed"]
        self.inner = fields["inner"]

def advance(particles):
    for particle in particles:
        inner = particle.inner
        particle.position = particle.position + particle.speed
        if particle.position > particle.inner.limit:
            particle.speed = -particle.speed
            inner.bounces += 1
        elif particle.position < -inner.limit:
            particle.speed = -particle.speed
            inner.bounces += 1
        particle.inner.total += particle.position

class Inner:
    def __init__(self, limit):
        self.limit = limit
        self.bounces = 0
        self.total = 0

particles = [Record(position=i, speed=i % 4 + 1, inner=Inner(20 + i)) for i in range(20)]
for step in range(n):
    advance(particles)
result = [(particle.inner.bounces, particle.inner.total, particle.position) for particle in particles]
"""

_COMPREHENSIONS = """
result = 0
for turn in range(n):
    squares = [i * i for i in range(40) if i % 3]
    pairs = {(i, j) for i in range(8) for j in range(i)}
    index = {value: position for position, value in enumerate(squares)}
    flat = [value for row in [squares[k:k + 5] for k in range(0, 20, 5)] for value in row]
    result += len(pairs) + len(index) + sum(flat) + sum(value % 7 for value in squares)
    result += any(value < 0 for value in flat)
"""

_GENERATORS = """
def numbers(limit):
    i = 0
    while i < limit:
        yield i
        i += 1

def odd(values):
    for value in values:
        if value % 2:
            yield value

def running_total(values):
    total = 0
    for value in values:
        total += value
        yield total

def both(values):
    yield from running_total(odd(values))

result = 0
for value in both(numbers(n)):
    result = (result + value) % 1000003
result = (result, sum(i + 1 for i in odd(numbers(n))))
"""

_SORTING = """
def quicksort(items):
    if len(items) < 2:
        return items
    pivot = items[len(items) // 2]
    smaller = [item for item in items if item < pivot]
    equal = [item for item in items if item == pivot]
    larger = [item for item in items if item > pivot]
    return quicksort(smaller) + equal + quicksort(larger)

people = [{"name": "p" + str(i * 7919 % n), "age": i * 31 % 90, "score": i * 17 % 1000} for i in range(n)]
by_age = sorted(people, key=lambda person: (person["age"], person["name"]))
by_score = sorted(people, key=lambda person: person["score"], reverse=True)
ages = [person["age"] for person in people]
ages.sort()
values = quicksort([person["score"] for person in people])
best = max(people, key=lambda person: person["score"])
result = (by_age[0]["name"], by_score[0]["score"], ages[len(ages) // 2], values[:3], best["score"])
"""

_EXCEPTIONS = """
def parse(text):
    try:
        return int(text)
    except ValueError as error:
        if "x" in str(error):
            raise KeyError(text)
        return 0
    finally:
        seen.append(1)

seen = []
texts = ["1", "2", "three", "4", "x5", "6", "", "8"]
good = bad = 0
for i in range(n):
    try:
        good += parse(texts[i % 8])
        good += 6 // (i % 4)
    except KeyError:
        bad += 1
    except ZeroDivisionError:
        bad += 2
result = (good, bad, len(seen))
"""

_STANDARD_LIBRARY = """
import itertools
import math
import re
from collections import Counter, defaultdict

pattern = re.compile("[a-z]+")
groups = defaultdict(list)
result = 0
for i in range(n):
    length = math.sqrt(i * 2.0) + math.floor(i / 3)
    groups[i % 5].append(round(length))
    found = pattern.findall("abc 123 def 456 ghi")
    counted = Counter(found)
    result += len(found) + counted["abc"] + math.gcd(i, 12)
result += sum(a * b for a, b in itertools.combinations(range(20), 2))
result = (result, sum(groups[3]))
"""

_NUMPY = """
import numpy as np

matrix = np.arange(100.0).reshape(10, 10) / 100
vector = np.ones(10)
total = 0.0
for i in range(n):
    vector = np.dot(matrix, vector)
    vector = vector / np.linalg.norm(vector)
    shifted = np.where(vector > vector.mean(), vector, -vector)
    total += float(np.sum(shifted * shifted)) + vector.shape[0] + matrix[i % 10][0]
result = round(total, 6)
"""


def _script(groups: int) -> str:
    """Return a long script of short statements, as they come from a model that thinks in small steps."""
    lines = ["prices = [3, 1, 2]", "names = {}", "text = ''"]
    for k in range(groups):
        lines += [
            f"price_{k} = {k % 17} + 2",
            f"tax_{k} = price_{k} * 3 // 10",
            f"total_{k} = price_{k} + tax_{k}",
            f"prices.append(total_{k})",
            f"names['item {k}'] = total_{k}",
            f"if total_{k} > 12:",
            f"    text = 'item {k} is dear'",
            f"label_{k} = f'{{names[\"item {k}\"]}} and {{len(prices)}}'",
            f"best_{k} = max(prices[-3:])",
        ]
    return "\n".join([*lines, "result = (sum(prices), text, len(names))"])


PROGRAMS = (
    Program("loops", _LOOPS, 1500, 130),
    Program("arithmetic", _ARITHMETIC, 70, 16),
    Program("function calls", _FUNCTIONS, 40000, 2000),
    Program("recursion", _RECURSION, 24, 17),
    Program("strings", _STRINGS, 4000, 250),
    Program("dicts", _DICTS, 40000, 3000),
    Program("nested lists", _LISTS, 40, 16),
    Program("classes, methods", _METHODS, 60000, 2000),
    Program("inheritance, operators", _OPERATORS, 8000, 400),
    Program("attributes", _ATTRIBUTES, 4000, 130),
    Program("comprehensions", _COMPREHENSIONS, 1000, 50),
    Program("generators", _GENERATORS, 60000, 3000),
    Program("sorting", _SORTING, 6000, 400),
    Program("exceptions", _EXCEPTIONS, 20000, 1000),
    Program("standard library", _STANDARD_LIBRARY, 5000, 300),
    Program("numpy calls", _NUMPY, 1500, 100),
    Program("long script", _script(100), 0, 0),
)
