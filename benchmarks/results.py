"""``RESULTS.md``: one section for each benchmark, replaced in place. What they say is for ``report.py``."""

from __future__ import annotations

import os
import re
from pathlib import Path

__all__ = ["RESULTS", "ResultsError", "replace_section", "write_section"]

RESULTS = Path(__file__).resolve().parent / "RESULTS.md"

_INTRODUCTION = """# Benchmark results

Written by `python -m benchmarks NAME`; each run replaces the section of its benchmark and leaves the others.
Figures are from one run on one machine, in which all that is compared took turns; no test asserts them.
"""


class ResultsError(Exception):
    """The file of results is not what this module has written, so it is left as it is."""


def write_section(path: Path, name: str, section: str) -> None:
    """Put the section of the benchmark ``name`` into the file, or into a new one.

    Raises:
        ResultsError: The file's markers are broken, or it could not be written.
    """
    try:
        document = path.read_text(encoding="utf-8") if path.exists() else _INTRODUCTION
        changed = replace_section(document, name, section)
        draft = path.with_name(f".{path.name}.{os.getpid()}")
        try:
            draft.write_text(changed, encoding="utf-8", newline="\n")
            draft.replace(path)
        finally:
            draft.unlink(missing_ok=True)
    except OSError as error:
        raise ResultsError(f"{path.name} could not be written: {error.strerror}") from error


def replace_section(document: str, name: str, section: str) -> str:
    """Return the document with the section of ``name`` replaced, or added at the end; the rest is untouched.

    Raises:
        ResultsError: The section's markers are not one pair in order.
    """
    begin, end = f"<!-- begin {name} -->", f"<!-- end {name} -->"
    block = f"{begin}\n\n{section.strip()}\n\n{end}"
    markers = re.findall(f"{re.escape(begin)}|{re.escape(end)}", document)
    if not markers:
        return f"{document.rstrip()}\n\n{block}\n"
    if markers != [begin, end]:
        raise ResultsError(
            f"The markers of the section {name!r} are broken: there should be one {begin!r}, then one "
            f"{end!r}. Mend or delete them, and run the benchmark again."
        )
    before, _, rest = document.partition(begin)
    _, _, after = rest.partition(end)
    return f"{before}{block}{after}"
