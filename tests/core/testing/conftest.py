"""The official clients behind one face, so that one test body covers them all."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from openai import AsyncAzureOpenAI, AsyncOpenAI, DefaultAioHttpClient, OpenAI

MESSAGES = [{"role": "user", "content": "Hello there"}]


class Client:
    """One client of the openai SDK; everything is awaited, whatever its colour."""

    def __init__(self, sdk: Any) -> None:
        self.sdk = sdk

    async def call(self, method: Callable[..., Any], **arguments: Any) -> Any:
        if isinstance(self.sdk, OpenAI):
            return await asyncio.to_thread(method, **arguments)
        return await method(**arguments)

    async def create(self, **arguments: Any) -> Any:
        return await self.call(
            self.sdk.chat.completions.create, **{"model": "m", "messages": MESSAGES, **arguments}
        )

    async def chunks(self, **arguments: Any) -> AsyncIterator[Any]:
        stream = await self.create(stream=True, **arguments)
        if isinstance(self.sdk, OpenAI):
            with stream:
                while (chunk := await asyncio.to_thread(next, stream, None)) is not None:
                    yield chunk
        else:
            async with stream:
                async for chunk in stream:
                    yield chunk

    async def chunks_until_error(
        self, error: type[Exception], **arguments: Any
    ) -> tuple[list[Any], Exception]:
        """Return the chunks that arrived before the stream broke, and how it broke."""
        chunks = []
        try:
            async for chunk in self.chunks(**arguments):
                chunks.append(chunk)  # noqa: PERF401 (those before the error are wanted)
        except error as caught:
            return chunks, caught
        raise AssertionError(f"the stream ended without {error.__name__}")

    async def models(self) -> list[str]:
        if isinstance(self.sdk, OpenAI):
            return [model.id for model in await asyncio.to_thread(self.sdk.models.list)]
        return [model.id async for model in self.sdk.models.list()]

    async def aclose(self) -> None:
        if isinstance(self.sdk, OpenAI):
            self.sdk.close()
        else:
            await self.sdk.close()


@pytest.fixture(params=["sync", "async", "aiohttp"])
async def connect(request: pytest.FixtureRequest) -> AsyncIterator[Callable[..., Client]]:
    """Make clients of a server; each test runs with each kind. They are closed when the test is over."""
    clients: list[Client] = []

    def make(server: Any, **options: Any) -> Client:
        usual = {"base_url": server.url, "api_key": "secret-key", "max_retries": 0, "timeout": 10}
        options = {**usual, **options}
        if request.param == "sync":
            sdk: Any = OpenAI(**options)
        elif request.param == "async":
            sdk = AsyncOpenAI(**options)
        else:
            sdk = AsyncOpenAI(**options, http_client=DefaultAioHttpClient())
        clients.append(Client(sdk))
        return clients[-1]

    yield make
    for client in clients:
        await client.aclose()


@pytest.fixture
async def connect_azure() -> AsyncIterator[Callable[..., Client]]:
    """Make Azure clients of a server."""
    clients: list[Client] = []

    def make(server: Any, **options: Any) -> Client:
        sdk = AsyncAzureOpenAI(
            **{
                "azure_endpoint": server.origin,
                "api_key": "azure-key",
                "api_version": "2024-10-21",
                "max_retries": 0,
                **options,
            }
        )
        clients.append(Client(sdk))
        return clients[-1]

    yield make
    for client in clients:
        await client.aclose()
