"""``python -m benchmarks NAME`` runs one benchmark and writes its section of ``RESULTS.md``."""

import sys

from .cli import main

if __name__ == "__main__":
    sys.exit(main())
