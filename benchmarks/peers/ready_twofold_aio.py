"""A first agent with one tool, in twofold's async API."""

from twofold.aio import CodeAgent, tool
from twofold.aio.testing import ScriptedModel


@tool
def get_price(item: str) -> float:
    """Look up what one piece of an item costs.

    Args:
        item: The item's name.
    """
    return {"apple": 0.5, "melon": 3.25}[item]


agent = CodeAgent(tools=[get_price], model=ScriptedModel([]))
