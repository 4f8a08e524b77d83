"""The twelve tasks, with their answers. Small, of different kinds, each solvable in one step."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

__all__ = ["PRICES", "TASKS", "Task", "get_price"]

PRICES = {"apple": 0.5, "bread": 2.75, "melon": 3.25}


def get_price(item: str) -> float:
    """Look up what one piece of an item costs, in euros.

    Args:
        item: The item's name in the singular, e.g. "apple".
    """
    return PRICES[item.strip().lower()]


@dataclass(frozen=True, slots=True)
class Task:
    """One task.

    Args:
        name: What the table calls it.
        prompt: What the agent is told.
        expected: The answer.
        tolerance: By how much a number may be off.
        data: Variables that the agent gets with the task.
        tools: Functions that the agent gets as tools.
    """

    name: str
    prompt: str
    expected: Any
    tolerance: float = 0.0
    data: Mapping[str, Any] = field(default_factory=dict)
    tools: tuple[Callable[..., Any], ...] = ()


TASKS: tuple[Task, ...] = (
    Task("fibonacci", "What is the 30th Fibonacci number? F(1) = 1 and F(2) = 1. Compute it.", 832040),
    Task("primes", "What is the sum of all prime numbers below 200?", 4227),
    Task(
        "word count",
        "How many words of the text in the variable `text` begin with the letter 's'? Ignore case.",
        8,
        data={"text": "She sells sea shells by the shore and the shells she sells are bright"},
    ),
    Task("dates", "How many days are there from 2024-01-15 to 2024-12-25?", 345),
    Task(
        "sorting records",
        "Return the names of the people in the variable `people` as a list, the oldest first.",
        ["Grace", "Ada", "Linus", "Guido"],
        data={
            "people": [
                {"name": "Guido", "age": 21},
                {"name": "Ada", "age": 54},
                {"name": "Linus", "age": 33},
                {"name": "Grace", "age": 85},
            ]
        },
    ),
    Task("reversal", "Write the string 'interpreter' backwards.", "reterpretni"),
    Task("roman numerals", "Convert the number 1994 to a Roman numeral.", "MCMXCIV"),
    Task(
        "matrices",
        "Multiply the matrices [[1, 2], [3, 4]] and [[5, 6], [7, 8]]. "
        "Return the sum of all elements of the product.",
        134,
    ),
    Task(
        "using a tool",
        "What do 4 apples and 2 melons cost together? Look the prices up with the tool.",
        8.5,
        tolerance=0.001,
        tools=(get_price,),
    ),
    Task(
        "data",
        "The variable `temperatures` maps cities to lists of temperatures. "
        "Which city has the highest average temperature?",
        "Lima",
        data={"temperatures": {"Oslo": [3, 7, 5], "Lima": [19, 22, 25], "Rome": [30, 12, 15]}},
    ),
    Task(
        "recursion",
        "The variable `nested` is a list of numbers and of lists, nested to any depth. "
        "What is the sum of all numbers in it?",
        45,
        data={"nested": [1, [2, [3, 4], 5], [[6], [7, [8]]], 9]},
    ),
    Task(
        "statistics",
        "What is the population standard deviation of 4, 8, 15, 16, 23 and 42? Round it to two decimals.",
        12.32,
        tolerance=0.005,
    ),
)
