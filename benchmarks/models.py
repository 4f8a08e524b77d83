"""``models``: what a request costs, and how rate limiters keep their rate, beside the peers."""

from __future__ import annotations

import argparse
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from .environments import (
    PEERS,
    SMOLAGENTS,
    Environment,
    EnvironmentFailed,
    Interpreter,
    prepare,
    twofold_source,
)
from .frame import Benchmark, BenchmarkError, progress
from .report import Column, Report, Table

__all__ = ["MODELS"]

LITELLM = Environment("litellm", ("litellm==1.106.2",))
OPENAI_AIOHTTP = Environment("openai-aiohttp", ("openai[aiohttp]==3.54.0",))
LIMITERS = Environment("limiters", ("aiolimiter==1.3.0", "langchain-core==1.7.2"))

_CONCURRENCY = (1, 100, 1_000)
_REQUESTS = {1: 200, 100: 1_000, 1_000: 2_000}
_PER_MINUTE, _WAITERS = 6_000, 1_000


@dataclass(frozen=True)
class Client:
    """One way of asking a server.

    Args:
        title: What the table calls it.
        name: What the script calls it.
        environment: Where it is installed.
        most: The highest concurrency that it is asked with.
    """

    title: str
    name: str
    environment: Environment
    most: int = 1_000


def _clients() -> list[Client]:
    own = twofold_source("openai")
    return [
        Client("twofold.aio OpenAIModel", "twofold.aio", own),
        Client("twofold OpenAIModel, threads", "twofold", own),
        Client("openai SDK, default transport", "openai", OPENAI_AIOHTTP),
        Client("openai SDK, aiohttp transport", "openai-aiohttp", OPENAI_AIOHTTP),
        Client("litellm", "litellm", LITELLM, most=100),
        Client("bare aiohttp", "aiohttp", OPENAI_AIOHTTP),
    ]


def run(arguments: argparse.Namespace) -> Report:
    """Measure requests, streams and limiters."""
    try:
        interpreters = {client.name: prepare(client.environment) for client in _clients()}
        with _server(interpreters["twofold.aio"]) as url:
            requests = _measure_requests(interpreters, url, arguments.quick)
            streams = _measure_streams(interpreters, url, arguments.quick)
            agents = _measure_agents(interpreters["twofold.aio"], url, arguments.quick)
        limiters = _measure_limiters(arguments.quick)
    except EnvironmentFailed as error:
        raise BenchmarkError(str(error)) from error
    versions: dict[str, str] = {}
    for interpreter in interpreters.values():
        versions |= interpreter.versions()
    wanted = ("openai", "litellm", "aiohttp")
    return Report(
        title="models: asking a provider",
        description=(
            "One chat completion of 50 words from a loopback server in another process, which answers with bytes "
            "made beforehand; CPU is that of the process that asks. Clients are fresh, warmed up with 20 requests."
        ),
        tables=[requests, streams, agents, limiters],
        versions={name: version for name, version in versions.items() if name in wanted},
        notes=["Failed requests, mostly time-outs of a starved event loop, are in brackets."],
        quick=arguments.quick,
    )


@contextmanager
def _server(interpreter: Interpreter) -> Iterator[str]:
    process = subprocess.Popen(
        [str(interpreter.python), "-P", str(PEERS / "models_server.py")],
        env=dict(interpreter.variables),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        url = process.stdout.readline().strip() if process.stdout is not None else ""
        if not url:
            raise BenchmarkError("The benchmark's server did not start.")
        yield url
    finally:
        if process.stdin is not None:
            process.stdin.close()
        process.wait(timeout=30)


def _measure_requests(interpreters: dict[str, Interpreter], url: str, quick: bool) -> Table:
    rows = []
    for client in _clients():
        cells = [client.title]
        for concurrency in _CONCURRENCY:
            if concurrency > client.most:
                cells += ["-", "-"]
                continue
            count = _REQUESTS[concurrency] // (5 if quick else 1)
            figures = _ask(interpreters, client, url, max(count, concurrency), concurrency, "plain")
            failed = f" ({figures['failed']} failed)" if figures["failed"] else ""
            cells += [_each(figures["cpu"], figures) + failed, _each(figures["wall"], figures)]
        rows.append(cells)
    columns = [Column("client", text=True)]
    for concurrency in _CONCURRENCY:
        columns += [Column(f"CPU at {concurrency:,}"), Column(f"wall at {concurrency:,}")]
    return Table(columns, rows, "One request, in ms, at 1, 100 and 1,000 requests at once")


def _measure_streams(interpreters: dict[str, Interpreter], url: str, quick: bool) -> Table:
    rows = []
    for client in _clients():
        figures = _ask(interpreters, client, url, 40 if quick else 200, 20, "stream")
        chunks = figures["units"] or 1
        rows.append([client.title, f"{figures['cpu'] / chunks * 1e6:.0f}", _each(figures["cpu"], figures)])
    columns = [Column("client", text=True), Column("CPU per chunk (µs)"), Column("CPU per request (ms)")]
    return Table(columns, rows, "Streams of 50 words, 20 at once")


def _measure_agents(interpreter: Interpreter, url: str, quick: bool) -> Table:
    count = 200 if quick else 1_000
    rows = []
    for kind, title in (("shared", "one CodeAgent for all"), ("each", "a CodeAgent for each")):
        progress(f"{title}: {count} runs at once")
        figures = interpreter.measure("models_agents.py", url, str(count), kind, timeout=600)
        failed = f" ({figures['failed']} failed)" if figures["failed"] else ""
        cells = [f"{figures['wall']:.2f}{failed}", f"{figures['cpu']:.2f}", _each(figures["cpu"], figures)]
        rows.append([title, *cells])
    columns = [Column("agents", text=True), Column("wall (s)"), Column("CPU (s)"), Column("CPU per run (ms)")]
    return Table(columns, rows, f"{count:,} runs of three steps at once, three requests each")


def _ask(
    interpreters: dict[str, Interpreter], client: Client, url: str, count: int, concurrency: int, kind: str
) -> dict[str, Any]:
    progress(f"{client.title}: {count} requests, {concurrency} at once, {kind}")
    words = (client.name, url, str(count), str(concurrency), kind)
    figures: dict[str, Any] = interpreters[client.name].measure("models_clients.py", *words, timeout=600)
    return figures


def _each(seconds: float, figures: dict[str, Any]) -> str:
    return f"{seconds / max(1, figures['answered']) * 1e3:.2f}"


def _measure_limiters(quick: bool) -> Table:
    subjects = [
        ("twofold RateLimiter", "twofold", twofold_source()),
        ("aiolimiter", "aiolimiter", LIMITERS),
        ("langchain InMemoryRateLimiter", "langchain", LIMITERS),
        ("smolagents RateLimiter, in threads", "smolagents", SMOLAGENTS),
    ]
    waiters = _WAITERS // (5 if quick else 1)
    rows = []
    for title, name, environment in subjects:
        progress(f"{title}: {waiters} waiters")
        figures = prepare(environment).measure(
            "models_limiters.py", name, str(_PER_MINUTE), str(waiters), timeout=300
        )
        throughput = waiters / figures["wall"] * 60
        rows.append(
            [
                title,
                f"{throughput / _PER_MINUTE:.1%}",
                str(figures["at_once"]),
                str(figures["most_in_a_second"]),
                f"{figures['cpu'] / waiters * 1e6:.0f}",
            ]
        )
    columns = [
        Column("limiter", text=True),
        Column("throughput / rate"),
        Column("in the first 50 ms"),
        Column("most within 1 s"),
        Column("CPU per waiter (µs)"),
    ]
    limit = f"{waiters:,} waiters at once, {_PER_MINUTE:,} requests per minute allowed (100 per second)"
    return Table(columns, rows, limit)


MODELS = Benchmark("models", "what a request to a provider costs, and how rate limiters keep their rate", run)
