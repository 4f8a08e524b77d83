"""What the process's exit code says."""

from typing import Final

__all__ = ["EXIT_FAILED", "EXIT_INTERRUPTED", "EXIT_OK", "EXIT_OUT_OF_STEPS", "EXIT_USAGE"]

EXIT_OK: Final = 0
EXIT_FAILED: Final = 1
EXIT_USAGE: Final = 2
EXIT_OUT_OF_STEPS: Final = 3
EXIT_INTERRUPTED: Final = 130
