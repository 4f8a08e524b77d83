"""Run code agents of three steps against a server, all at once, and print what it cost.

models_agents.py URL AGENTS shared|each
"""

# pyright: reportMissingImports=false
# mypy: ignore-errors
# (type checkers run where the peers are not installed)

import asyncio
import json
import logging
import sys
import time

from twofold.aio import CodeAgent, OpenAIModel


async def measure(url, count, shared):
    async with OpenAIModel("scripted-agent", api_base=url, api_key="k") as model:

        def make():
            return CodeAgent(tools=[], model=model, verbosity_level=0)

        await asyncio.gather(*(make().run("Count to three") for _ in range(20)))
        agent = make()
        agents = [agent if shared else make() for _ in range(count)]
        cpu, wall = time.process_time(), time.perf_counter()
        answers = await asyncio.gather(
            *(each.run("Count to three") for each in agents), return_exceptions=True
        )
        return {
            "cpu": time.process_time() - cpu,
            "wall": time.perf_counter() - wall,
            "answered": sum(answer == 3 for answer in answers),
            "failed": sum(answer != 3 for answer in answers),
        }


def main(url, count, kind):
    logging.disable()
    print(json.dumps(asyncio.run(measure(url, int(count), kind == "shared"))))


if __name__ == "__main__":
    main(*sys.argv[1:])
