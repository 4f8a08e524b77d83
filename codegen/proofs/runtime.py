"""Proof 5: what the sync API does when it runs. The scenarios are in `runtime_probe.py`."""

from ..problems import Problem
from ..project import Project
from .probes import run_probes

SCENARIOS = ("without_asyncio", "under_a_running_loop", "without_the_async_package")


def check_runtime(project: Project) -> list[Problem]:
    """A problem for each scenario in which a sync agent does not answer, or brings along what it must not."""
    requests = [{"package": project.package, "scenario": scenario} for scenario in SCENARIOS]
    return run_probes(project, "runtime", requests)
