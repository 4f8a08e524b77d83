"""What models share between the APIs, between event loops and between threads."""

import asyncio
import threading

from twofold import OpenAIModel as SyncOpenAIModel
from twofold import RateLimiter as SyncRateLimiter
from twofold.aio import OpenAIModel, RateLimiter
from twofold.testing import ChatServer, Reply

HELLO = [{"role": "user", "content": "Hello"}]


def test_one_model_on_one_event_loop_after_another() -> None:
    with ChatServer(lambda request: Reply("ok")) as server:
        model = OpenAIModel("scripted", api_base=server.url, api_key="key", retry=False)

        async def ask() -> str:
            return (await model.generate(HELLO)).text

        assert [asyncio.run(ask()) for _ in range(3)] == ["ok"] * 3
        server.wait_until(lambda server: server.connections.open == 0)


def test_one_model_on_several_event_loops_at_once() -> None:
    with ChatServer(lambda request: Reply("ok")) as server:
        model = OpenAIModel("scripted", api_base=server.url, api_key="key", retry=False)
        replies: list[str] = []

        async def ask() -> None:
            replies.append((await model.generate(HELLO)).text)

        threads = [threading.Thread(target=lambda: asyncio.run(ask())) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert replies == ["ok"] * 4


def test_a_limiter_serves_both_apis_and_several_loops() -> None:
    for limiter in (RateLimiter(max_concurrency=2), SyncRateLimiter(max_concurrency=2)):
        with ChatServer(lambda request: Reply("ok")) as server:
            settings = {"api_base": server.url, "api_key": "key", "rate_limiter": limiter, "retry": False}
            plain = SyncOpenAIModel("scripted", **settings)
            model = OpenAIModel("scripted", **settings)

            async def ask(model: OpenAIModel = model) -> None:
                await asyncio.gather(*(model.generate(HELLO) for _ in range(5)))

            targets = [lambda: asyncio.run(ask())] * 2 + [lambda: plain.generate(HELLO)] * 5
            threads = [threading.Thread(target=target) for target in targets]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            plain.close()
        assert len(server.requests) == 15
        assert (limiter.active, limiter.waiting) == (0, 0)


def test_a_thousand_requests_at_once() -> None:
    with ChatServer(lambda request: Reply("ok", latency=0.05)) as server:
        model = OpenAIModel("scripted", api_base=server.url, api_key="key", retry=False, max_connections=100)

        async def ask() -> list[str]:
            async with model:
                replies = await asyncio.gather(*(model.generate(HELLO) for _ in range(1_000)))
            return [reply.text for reply in replies]

        assert asyncio.run(ask()) == ["ok"] * 1_000
        assert server.connections.max_open <= 100
