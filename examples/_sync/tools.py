# Generated from examples/_async/tools.py by `nox -s codegen`. Do not edit.
"""Give an agent tools. They may be plain functions or ``async def``: its code calls both alike.

Start it with ``python tools.py``. The model is the local one, or OpenAI's (or that of the server at
OPENAI_BASE_URL) when OPENAI_API_KEY is set.
"""

import os

from twofold import CodeAgent, LocalModel, OpenAIModel, tool

STOCK = {"apples": 12, "pears": 0, "plums": 7}


@tool
def in_stock(fruit: str) -> int:
    """Looks up how many pieces of a fruit are in stock.

    Args:
        fruit: The fruit's name in the plural, e.g. "apples".
    """
    return STOCK.get(fruit, 0)


def main() -> None:
    if "OPENAI_API_KEY" in os.environ:
        model = OpenAIModel(os.environ.get("OPENAI_MODEL", "gpt-4o-mini"))
    else:
        model = LocalModel()
    agent = CodeAgent(tools=[in_stock], model=model)
    result = agent.run("Which of apples, pears and plums are sold out?", return_full_result=True)
    print(result.output)
    print(
        f"{len(result.steps) - 1} steps, {result.token_usage.total_tokens} tokens, {result.timing.duration:.0f} s"
    )


if __name__ == "__main__":
    main()
