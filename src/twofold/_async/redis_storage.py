"""``RedisStorage``: the state of a rate limiter in Redis, where several processes share it."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import Any, ClassVar, Self

from .._bridge import _async as bridge
from .._core.errors import ConfigurationError, MissingExtraError, RateLimiterUnavailable
from .._core.limits.redis_pacing import ENTER, FINISH, LEAVE, Answer, keys_of
from .._core.models.saving import KeepsArguments, parameters_to_dict
from .._core.secrets import url_without_secrets

__all__ = ["RedisStorage"]

_CONNECTIONS = 16


class RedisStorage(KeepsArguments):
    """Where the rate limiters of several processes keep one limit together.

    All limiters with the same server and name are one: give them the same limits. Their time is that of the
    server. Needs Redis 5 or newer, or a server that speaks its protocol and runs Lua scripts.

    Args:
        url: The server, e.g. ``"redis://:password@127.0.0.1:6379/0"``; ``rediss://`` for TLS.
        name: What the limit is called, for instance after the provider's account.
        lease_seconds: After so many seconds a request under way counts as lost with its process, and no longer
            against ``max_concurrency``: more than the longest request takes.
        client_kwargs: Further arguments of the connections of redis-py, e.g. ``{"socket_timeout": 2}``.

    Raises:
        ConfigurationError: An argument is not what it has to be.

    Example:
        >>> from twofold.aio import RateLimiter, RedisStorage
        >>> limiter = RateLimiter(requests_per_minute=500, storage=RedisStorage(name="openai"))
    """

    api_module: ClassVar[str] = bridge.API_MODULE
    """The module whose limiters can use this storage."""

    saved_as: ClassVar[str] = "RedisStorage"
    """What kind of thing it is where it is part of a saved model."""

    def __init__(
        self,
        url: str = "redis://127.0.0.1:6379/0",
        name: str = "default",
        *,
        lease_seconds: float = 600.0,
        client_kwargs: dict[str, Any] | None = None,
    ) -> None:
        if not isinstance(url, str) or "://" not in url:
            raise ConfigurationError(
                f"url must be that of a Redis server, such as redis://host; got {url!r}."
            )
        if not isinstance(name, str) or not name or "{" in name or "}" in name:
            raise ConfigurationError(f"name must be a text without braces; got {name!r}.")
        if (
            isinstance(lease_seconds, bool)
            or not isinstance(lease_seconds, (int, float))
            or lease_seconds <= 0
        ):
            raise ConfigurationError(f"lease_seconds must be a positive number; got {lease_seconds!r}.")
        self.url = url
        self.name = name
        self.lease_seconds = float(lease_seconds)
        self._client_kwargs = dict(client_kwargs or {})
        self._keys = keys_of(name)
        self._clients = bridge.ClientPool(self.create_client)

    def create_client(self) -> Any:
        """Return a new client of redis-py.

        Raises:
            MissingExtraError: redis-py is not installed.
            ConfigurationError: The URL is none of a Redis server.
        """
        try:
            library: Any = importlib.import_module("redis.asyncio")
        except ImportError as error:
            raise MissingExtraError("RedisStorage", "redis", "redis") from error
        settings = {
            "max_connections": _CONNECTIONS,
            "timeout": 30,  # for one of the connections
            "socket_connect_timeout": 5,
            "socket_timeout": 10,
            **self._client_kwargs,
        }
        try:
            pool = library.BlockingConnectionPool.from_url(self.url, **settings)
            # an unknown argument would only fail at a request
            pool.connection_class(**pool.connection_kwargs)
        except (TypeError, ValueError) as error:
            raise ConfigurationError(f"redis-py cannot connect as asked: {error}") from error
        return library.Redis.from_pool(pool)

    async def enter(self, arguments: list[str]) -> Answer:
        """Take a place in the queue, and go if it is one's turn. The arguments are those of ``SharedLimits``.

        Raises:
            RateLimiterUnavailable: Redis cannot be reached, or refuses.
        """
        return await self._run(ENTER, arguments)

    async def leave(self, arguments: list[str]) -> None:
        """Give up a place in the queue; raises what ``enter`` does."""
        await self._run(LEAVE, arguments)

    async def finish(self, arguments: list[str]) -> None:
        """Note that a request is over; raises what ``enter`` does."""
        await self._run(FINISH, arguments)

    async def aclose(self) -> None:
        """Close the connections. The next request opens new ones."""
        await self._clients.aclose()

    def to_dict(self) -> dict[str, Any]:
        """Return the parameters as JSON-able data, without a password."""
        return parameters_to_dict(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Return a storage with the parameters that ``to_dict`` made data of."""
        return cls(**data)

    async def _run(self, script: str, arguments: list[str]) -> Answer:
        client = self._clients.get()
        try:
            return Answer.of(await client.register_script(script)(self._keys, arguments))
        except (importlib.import_module("redis").RedisError, OSError) as error:
            raise self._unavailable(error) from error

    def _unavailable(self, error: Exception) -> RateLimiterUnavailable:
        exceptions: Any = importlib.import_module("redis.exceptions")
        passing = (exceptions.ConnectionError, exceptions.TimeoutError, exceptions.ReadOnlyError, OSError)
        refused = (exceptions.AuthenticationError, exceptions.AuthorizationError)
        return RateLimiterUnavailable(
            f"The rate limiter keeps its state in Redis at {url_without_secrets(self.url)}, which cannot be used: "
            f"{error} Is the server running, and is the URL right? Without storage=, a RateLimiter needs none.",
            provider="Redis",
            retryable=isinstance(error, passing) and not isinstance(error, refused),
        )
