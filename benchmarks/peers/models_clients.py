"""Ask a chat-completions server through one client, and print what a request or a chunk cost.

    models_clients.py CLIENT URL REQUESTS CONCURRENCY plain|stream

Each client is asked for the same completion. CPU is that of this process, which only makes requests.
"""

# pyright: reportMissingImports=false, reportArgumentType=false, reportCallIssue=false, reportAttributeAccessIssue=false, reportGeneralTypeIssues=false
# mypy: ignore-errors
# (type checkers run where the peers are not installed)

import asyncio
import json
import sys
import threading
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager

MESSAGES = [{"role": "user", "content": "hello " * 50}]
BODY = {"model": "scripted", "messages": MESSAGES, "temperature": 0}

Ask = Callable[[bool], Awaitable[int]]


@asynccontextmanager
async def twofold_aio(url, most):
    from twofold.aio import OpenAIModel

    async with OpenAIModel(
        "scripted", api_base=url, api_key="k", temperature=0, max_connections=most
    ) as model:

        async def ask(stream):
            if stream:
                return sum([1 async for _ in model.generate_stream(MESSAGES)])
            return len((await model.generate(MESSAGES)).text)

        yield ask


@asynccontextmanager
async def openai_sdk(url, most, http_client=None):
    import openai

    options = {"base_url": url, "api_key": "k", "max_retries": 0, "http_client": http_client}
    async with openai.AsyncOpenAI(**options) as client:

        async def ask(stream):
            if stream:
                chunks = await client.chat.completions.create(**BODY, stream=True)
                return sum([1 async for _ in chunks])
            return len((await client.chat.completions.create(**BODY)).choices[0].message.content)

        yield ask


def openai_aiohttp(url, most):
    import openai

    return openai_sdk(url, most, openai.DefaultAioHttpClient())


@asynccontextmanager
async def litellm(url, most):
    import litellm as sdk

    async def ask(stream):
        options = {**BODY, "model": "openai/scripted", "api_base": url, "api_key": "k", "stream": stream}
        reply = await sdk.acompletion(**options)
        if stream:
            return sum([1 async for _ in reply])
        return len(reply.choices[0].message.content)

    yield ask


@asynccontextmanager
async def aiohttp(url, most):
    import aiohttp as library

    async with library.ClientSession(connector=library.TCPConnector(limit=most)) as session:

        async def ask(stream):
            body = {**BODY, "stream": stream}
            async with session.post(f"{url}/chat/completions", json=body) as response:
                if stream:
                    lines = [line async for line in response.content if line.startswith(b"data: {")]
                    return len([json.loads(line[6:]) for line in lines])
                return len(json.loads(await response.read())["choices"][0]["message"]["content"])

        yield ask


@contextmanager
def twofold(url, most):
    from twofold import OpenAIModel

    with OpenAIModel("scripted", api_base=url, api_key="k", temperature=0, max_connections=most) as model:

        def ask(stream):
            if stream:
                return sum(1 for _ in model.generate_stream(MESSAGES))
            return len(model.generate(MESSAGES).text)

        yield ask


CLIENTS = {
    "twofold.aio": twofold_aio,
    "openai": openai_sdk,
    "openai-aiohttp": openai_aiohttp,
    "litellm": litellm,
    "aiohttp": aiohttp,
}
THREADED = {"twofold": twofold}


async def measure(name, url, requests, concurrency, stream):
    async with CLIENTS[name](url, concurrency) as ask:
        turns = asyncio.Semaphore(concurrency)

        async def one():
            async with turns:
                return await ask(stream)

        await asyncio.gather(*(one() for _ in range(min(concurrency, 20))))
        return await timed(lambda: asyncio.gather(*(one() for _ in range(requests)), return_exceptions=True))


async def timed(work):
    cpu, wall = time.process_time(), time.perf_counter()
    replies = await work()
    return result(replies, time.process_time() - cpu, time.perf_counter() - wall)


def measure_threads(name, url, requests, concurrency, stream):
    with THREADED[name](url, concurrency) as ask, ThreadPoolExecutor(concurrency) as pool:
        list(pool.map(ask, [stream] * min(concurrency, 20)))
        cpu, wall = time.process_time(), time.perf_counter()
        replies = list(pool.map(lambda _: attempt(ask, stream), range(requests)))
        return result(replies, time.process_time() - cpu, time.perf_counter() - wall)


def attempt(ask, stream):
    try:
        return ask(stream)
    except Exception as error:
        return error


def result(replies, cpu, wall):
    good = [reply for reply in replies if isinstance(reply, int)]
    return {
        "cpu": cpu,
        "wall": wall,
        "answered": len(good),
        "failed": len(replies) - len(good),
        "units": sum(good),
    }


def main(name, url, requests, concurrency, kind):
    arguments = (name, url, int(requests), int(concurrency), kind == "stream")
    threading.stack_size(256 * 1024)
    figures = measure_threads(*arguments) if name in THREADED else asyncio.run(measure(*arguments))
    print(json.dumps(figures))


if __name__ == "__main__":
    main(*sys.argv[1:])
