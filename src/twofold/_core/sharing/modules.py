"""Which modules are whose: the standard library's, an installed distribution's, or the user's own."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterable, Mapping
from functools import lru_cache

__all__ = ["distribution_of", "is_local", "is_standard", "requirements_of", "with_extra"]

_OWN = "twofold"


def is_standard(module: str) -> bool:
    """Say whether a module belongs to Python itself."""
    return module.partition(".")[0] in sys.stdlib_module_names


def distribution_of(module: str) -> str | None:
    """Return the name of the distribution that brings a module, e.g. ``"pillow"`` for ``"PIL.Image"``."""
    root = module.partition(".")[0]
    if root == _OWN:
        return _OWN
    names = _distributions().get(root)
    return names[0] if names else None


def is_local(module: str) -> bool:
    """Say whether a module is the user's own: there, but of no distribution that could be installed."""
    root = module.partition(".")[0]
    if root == "__main__":
        return True
    if is_standard(root) or distribution_of(root) is not None:
        return False
    return root in sys.modules or _is_found(root)


def requirements_of(modules: Iterable[str]) -> list[str]:
    """Return what has to be installed to import modules; those that nobody knows stand for themselves."""
    roots = {module.partition(".")[0] for module in modules if not is_standard(module)}
    return sorted({distribution_of(root) or root for root in roots} | {_OWN})


def with_extra(requirements: Iterable[str], *extras: str) -> list[str]:
    """Return requirements with further extras of twofold: one line for it, with all of them."""
    wanted = set(extras)
    others = set()
    for requirement in requirements:
        name, _, rest = requirement.partition("[")
        if name == _OWN:
            wanted.update(extra for extra in rest.rstrip("]").split(",") if extra)
        else:
            others.add(requirement)
    return sorted({*others, f"{_OWN}[{','.join(sorted(wanted))}]" if wanted else _OWN})


def _is_found(root: str) -> bool:
    try:
        return importlib.util.find_spec(root) is not None
    except (ImportError, ValueError):
        return False


@lru_cache(maxsize=1)
def _distributions() -> Mapping[str, list[str]]:
    from importlib.metadata import packages_distributions  # reads what is said of every package: costly

    return packages_distributions()
