"""The list of benchmarks. A new one is one more entry here."""

from .agents import AGENTS
from .concurrency import CONCURRENCY
from .executor import EXECUTOR
from .frame import Benchmark
from .import_time import IMPORT
from .local.benchmark import LOCAL
from .models import MODELS

__all__ = ["BENCHMARKS"]

BENCHMARKS: dict[str, Benchmark] = {
    benchmark.name: benchmark for benchmark in (IMPORT, LOCAL, EXECUTOR, MODELS, AGENTS, CONCURRENCY)
}
