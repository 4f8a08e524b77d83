"""Print the installed versions of the named packages, as a JSON object."""

import json
import sys
from importlib.metadata import PackageNotFoundError, version


def main() -> None:
    """Look up each name; one that is not installed is left out."""
    found: dict[str, str] = {}
    for name in sys.argv[1:]:
        try:
            found[name] = version(name)
        except PackageNotFoundError:  # a requirement whose marker does not apply here
            continue
    print(json.dumps(found))


if __name__ == "__main__":
    main()
