"""Proof 4: the two public APIs have the same shape. What is compared is in `parity_probe.py`."""

from ..problems import Problem
from ..project import Project
from .probes import run_probes


def check_parity(project: Project) -> list[Problem]:
    """A problem for each difference between ``twofold`` and ``twofold.aio`` and between the modules of the same name in them."""
    table = project.table
    request = {
        "package": project.package,
        "tokens": table.all_tokens(),
        "dotted": {entry.old: entry.new for entry in table.dotted},
        "unwrapped": [entry.old for entry in table.unwrapped],
    }
    return run_probes(project, "parity", [request])
