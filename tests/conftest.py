"""What tests of every kind may use: a real Redis server, which ends with the test; programs that serve MCP, started
in a moment; what telemetry was told."""

import gc
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

# The same examples in every run: a rare one must not fail whoever comes by. `nox -s slow` tries more of them.
settings.register_profile(
    "quick",
    max_examples=50,
    derandomize=True,
    database=None,
    deadline=None,
    print_blob=False,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile("thorough", parent=settings.get_profile("quick"), max_examples=300)
settings.load_profile("quick")


def pytest_collection_finish() -> None:
    """Leave what stays to the end out of garbage collections: many tests call for one, and watch what it finds."""
    gc.collect()
    gc.freeze()


@dataclass(frozen=True)
class RedisServer:
    """A running server, and how to end it before its time."""

    url: str
    process: subprocess.Popen[str]

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(timeout=30)


@contextmanager
def run_redis(program: str, folder: Path) -> Iterator[RedisServer]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [program, "--bind", "127.0.0.1", "--port", str(port), "--save", "", "--dir", str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            if not any("Ready to accept connections" in line for line in process.stdout):
                pytest.fail(f"{program} ended at once")
            yield RedisServer(f"redis://127.0.0.1:{port}/0", process)
        finally:
            process.terminate()
            process.communicate(timeout=30)


def redis_program() -> str:
    program = shutil.which("redis-server")
    if program is None:
        pytest.skip("redis-server is not installed (Debian and Ubuntu: apt-get install redis-server)")
    pytest.importorskip("redis", reason="redis-py is not installed: python -m pip install 'twofold[redis]'")
    return program


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server that all tests share: each takes a name of its own."""
    with run_redis(redis_program(), tmp_path_factory.mktemp("redis")) as server:
        yield server.url


@pytest.fixture
def start_redis(tmp_path: Path) -> Iterator[Callable[[], RedisServer]]:
    """Starts a server that a test has for itself, and may end."""
    with ExitStack() as running:
        yield lambda: running.enter_context(run_redis(redis_program(), tmp_path))


MCP_SERVERS = Path(__file__).with_name("mcp_servers")


@pytest.fixture(scope="session")
def launch_mcp() -> Iterator[Callable[..., list[str]]]:
    """Returns the command of a program that serves MCP: ``sample.py``, another file, or ``"twofold"``.

    It is a process of its own, as if it had been started by Python; but what takes a second to import, it has
    imported already.
    """
    with tempfile.TemporaryDirectory() as folder:
        address = f"{folder}/nursery"
        command = [sys.executable, str(MCP_SERVERS / "nursery.py"), address]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as nursery:
            assert nursery.stdout is not None
            assert nursery.stdin is not None
            if nursery.stdout.readline() != "ready\n":
                pytest.fail("the process that starts programs which serve MCP has ended at once")
            start = [sys.executable, "-IS", str(MCP_SERVERS / "launch.py"), address]
            yield lambda program, *arguments: [*start, str(program), *arguments]
            nursery.stdin.close()
            nursery.wait(timeout=30)


class Seen:
    """What an agent has told OpenTelemetry."""

    def __init__(self) -> None:
        from opentelemetry.sdk.metrics import MeterProvider
        from opentelemetry.sdk.metrics.export import InMemoryMetricReader
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import SimpleSpanProcessor
        from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

        self._exporter = InMemorySpanExporter()
        self._reader = InMemoryMetricReader()
        self.providers: dict[str, Any] = {
            "tracer_provider": TracerProvider(shutdown_on_exit=False),
            "meter_provider": MeterProvider([self._reader], shutdown_on_exit=False),
        }
        self.providers["tracer_provider"].add_span_processor(SimpleSpanProcessor(self._exporter))
        self.tracer = self.providers["tracer_provider"].get_tracer("test")

    @property
    def everything(self) -> list[Any]:
        """All spans that have ended, as they began."""
        return sorted(self._exporter.get_finished_spans(), key=lambda span: span.start_time)

    def spans(self, start: str) -> list[Any]:
        """The spans whose names begin so."""
        return [span for span in self.everything if span.name.startswith(start)]

    def span(self, start: str) -> Any:
        """The one span whose name begins so."""
        (found,) = self.spans(start)
        return found

    def trees(self) -> list[str]:
        """Each trace as its spans' names, one a line, those below indented."""
        ended = {span.context.span_id: span for span in self.everything}
        below: dict[int | None, list[Any]] = {}
        for span in ended.values():
            above = ended.get(span.parent.span_id) if span.parent is not None else None
            assert above is None or above.context.trace_id == span.context.trace_id
            below.setdefault(above and above.context.span_id, []).append(span)

        def lines(span: Any, indent: str) -> Iterator[str]:
            yield indent + span.name
            for child in below.get(span.context.span_id, []):
                yield from lines(child, indent + "  ")

        return ["\n".join(lines(root, "")) for root in below.get(None, [])]

    def text(self) -> str:
        """All that was told, as text."""
        return "\n".join([span.to_json() for span in self.everything] + [str(self.metrics())])

    def metrics(self) -> dict[str, list[Any]]:
        """The data points of each metric."""
        data = self._reader.get_metrics_data()
        found = data.resource_metrics[0].scope_metrics if data is not None else []
        return {metric.name: list(metric.data.data_points) for scope in found for metric in scope.metrics}


@pytest.fixture
def seen() -> Iterator[Seen]:
    """Telemetry that is on while the test runs."""
    pytest.importorskip("opentelemetry.sdk", reason="pip install opentelemetry-sdk")
    from twofold import instrument, uninstrument

    found = Seen()
    instrument(**found.providers)
    yield found
    uninstrument()
