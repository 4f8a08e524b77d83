"""A thousand runs of one agent at the same time, each a thread, below one limit that all of them share.

Start it with ``python thousand_threads.py``. Without OPENAI_API_KEY a stand-in for a provider is asked, on this
machine, which takes a second for each reply. With the key it is OpenAI's model (or that of the server at
OPENAI_BASE_URL): set RUNS to a number that you want to pay for.

In this folder and not beside its twin, because running many things at once is the one thing that the two APIs
do differently: ``thousand_tasks.py`` does the same in the async API, with one thread instead of a thousand.
"""

import contextlib
import os
import time
from concurrent.futures import ThreadPoolExecutor

from twofold import CodeAgent, OpenAIModel, RateLimiter
from twofold.testing import ChatServer, Reply

RUNS = int(os.environ.get("RUNS", "1000"))


def main() -> None:
    limiter = RateLimiter(requests_per_minute=30_000, max_concurrency=500, burst=100)
    with contextlib.ExitStack() as stack:
        server = None
        if "OPENAI_API_KEY" not in os.environ:
            server = stack.enter_context(ChatServer(stand_in, latency=1.0))
        with OpenAIModel(
            os.environ.get("OPENAI_MODEL", "gpt-4o-mini"),
            api_base=server.url if server else None,
            api_key="none" if server else None,
            rate_limiter=limiter,
        ) as model:
            agent = CodeAgent(tools=[], model=model)
            started = time.perf_counter()
            with ThreadPoolExecutor(max_workers=RUNS) as pool:
                runs = [pool.submit(agent.run, f"What is {n} times {n}?") for n in range(RUNS)]
            seconds = time.perf_counter() - started
    right = sum(int(run.result()) == n * n for n, run in enumerate(runs))
    print(f"{right} of {RUNS} answers are right, in {seconds:.1f} s")


def stand_in(request) -> Reply:
    """Answer as a model would."""
    number = request.text.partition("What is ")[2].partition(" ")[0]
    return Reply(f"Thought: I compute it.\n<code>\nfinal_answer({number} * {number})\n</code>")


if __name__ == "__main__":
    main()
