"""A first agent with one tool, in smolagents."""

# mypy: ignore-errors
# pyright: reportMissingImports=false
# (type checkers run where smolagents is not installed)

from smolagents import CodeAgent, Model, tool


@tool
def get_price(item: str) -> float:
    """Look up what one piece of an item costs.

    Args:
        item: The item's name.
    """
    return {"apple": 0.5, "melon": 3.25}[item]


agent = CodeAgent(tools=[get_price], model=Model())
