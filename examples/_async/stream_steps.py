"""Show what an agent does while it does it: its reply as it arrives, its code, and what came of it.

Start it with ``python stream_steps.py``. The model is the local one, or OpenAI's (or that of the server at
OPENAI_BASE_URL) when OPENAI_API_KEY is set.
"""

import asyncio
import os

from twofold.aio import (
    ActionStep,
    ChatMessageStreamDelta,
    CodeAgent,
    FinalAnswerStep,
    LocalModel,
    OpenAIModel,
)


async def main() -> None:
    if "OPENAI_API_KEY" in os.environ:
        model = OpenAIModel(os.environ.get("OPENAI_MODEL", "gpt-4o-mini"))
    else:
        model = LocalModel()
    agent = CodeAgent(tools=[], model=model, stream_outputs=True)
    async for event in agent.stream("How many prime numbers are there below 1000?"):
        if isinstance(event, ChatMessageStreamDelta):
            print(event.content or "", end="", flush=True)
        elif isinstance(event, ActionStep):
            print(f"\n[step {event.step_number}] {event.error or event.observations}")
        elif isinstance(event, FinalAnswerStep):
            print(f"Answer: {event.output}")


if __name__ == "__main__":
    asyncio.run(main())
