"""Give an agent tools. They may be plain functions or ``async def``: its code calls both alike."""

import asyncio

from twofold.aio import CodeAgent, LocalModel, tool

STOCK = {"apples": 12, "pears": 0, "plums": 7}


@tool
def in_stock(fruit: str) -> int:
    """Looks up how many pieces of a fruit are in stock.

    Args:
        fruit: The fruit's name in the plural, e.g. "apples".
    """
    return STOCK.get(fruit, 0)


async def main() -> None:
    agent = CodeAgent(tools=[in_stock], model=LocalModel())
    result = await agent.run("Which of apples, pears and plums are sold out?", return_full_result=True)
    print(result.output)
    print(
        f"{len(result.steps) - 1} steps, {result.token_usage.total_tokens} tokens, {result.timing.duration:.0f} s"
    )


if __name__ == "__main__":
    asyncio.run(main())
