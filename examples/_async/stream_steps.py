"""Show what an agent does while it does it: its reply as it arrives, its code, and what came of it."""

import asyncio

from twofold.aio import ActionStep, ChatMessageStreamDelta, CodeAgent, FinalAnswerStep, LocalModel


async def main() -> None:
    agent = CodeAgent(tools=[], model=LocalModel(), stream_outputs=True)
    async for event in agent.stream("How many prime numbers are there below 1000?"):
        if isinstance(event, ChatMessageStreamDelta):
            print(event.content or "", end="", flush=True)
        elif isinstance(event, ActionStep):
            print(f"\n[step {event.step_number}] {event.error or event.observations}")
        elif isinstance(event, FinalAnswerStep):
            print(f"Answer: {event.output}")


if __name__ == "__main__":
    asyncio.run(main())
