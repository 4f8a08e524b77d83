"""Import a module in a fresh interpreter and print, as JSON, how long it took and what came along.

Arguments: the module, and optionally a module of this folder that goes on to a first working object.
"""

import os
import sys
import time

# What else this script needs is imported at the end, so that nothing is there before its time.


def main() -> None:
    """Measure in the order in which a user's program would do it."""
    module, *ready = sys.argv[1:]
    before = set(sys.modules)
    start, start_cpu = time.perf_counter(), time.process_time()
    __import__(module)
    import_seconds, cpu_seconds = time.perf_counter() - start, time.process_time() - start_cpu
    pulled_in = set(sys.modules) - before
    ready_seconds = None
    if ready:
        sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
        __import__(ready[0])
        ready_seconds = time.perf_counter() - start
    _report(import_seconds, cpu_seconds, ready_seconds, pulled_in)


def _report(
    import_seconds: float, cpu_seconds: float, ready_seconds: float | None, pulled_in: set[str]
) -> None:
    import json

    print(
        json.dumps(
            {
                "import_seconds": import_seconds,
                "cpu_seconds": cpu_seconds,
                "ready_seconds": ready_seconds,
                "modules": len(pulled_in),
                "packages": sorted({name.partition(".")[0] for name in pulled_in}),
            }
        )
    )


if __name__ == "__main__":
    main()
