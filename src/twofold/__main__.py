"""``python -m twofold`` is the command ``twofold``."""

from .cli import main

main()
