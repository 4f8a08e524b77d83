"""The names of the two packages: which there are, and where they come from."""

from __future__ import annotations

import ast
import importlib
import importlib.util
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

import twofold
import twofold.aio

PACKAGES = [twofold, twofold.aio]


def _declared(package: ModuleType) -> dict[str, str]:
    """Return the names that type checkers see, each with the module it comes from."""
    tree = ast.parse(Path(package.__file__ or "").read_text(encoding="utf-8"))
    block = next(node for node in tree.body if isinstance(node, ast.If))
    imports = [node for node in block.body if isinstance(node, ast.ImportFrom)]
    return {
        alias.name: importlib.util.resolve_name("." * node.level + (node.module or ""), package.__name__)
        for node in imports
        for alias in node.names
    }


@pytest.mark.parametrize("package", PACKAGES)
def test_what_type_checkers_see_is_what_there_is(package: ModuleType) -> None:
    declared = _declared(package)
    assert sorted(declared) == sorted(package.__all__)
    for name, module in declared.items():
        assert getattr(package, name) is getattr(importlib.import_module(module), name), name


@pytest.mark.parametrize("package", PACKAGES)
def test_names_are_listed_before_they_are_imported(package: ModuleType) -> None:
    code = f"import {package.__name__} as p; print(len(set(p.__all__) - set(dir(p))), 'CodeAgent' in vars(p))"
    output = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert output.split() == ["0", "False"]


def test_both_packages_have_the_same_names() -> None:
    assert sorted(twofold.__all__) == sorted(twofold.aio.__all__)


@pytest.mark.parametrize("package", PACKAGES)
def test_a_name_that_is_not_there_is_an_attribute_error(package: ModuleType) -> None:
    with pytest.raises(AttributeError, match=rf"module '{package.__name__}' has no attribute 'CodeAgnet'"):
        package.CodeAgnet
    with pytest.raises(ImportError, match="CodeAgnet"):
        exec(f"from {package.__name__} import CodeAgnet")


def test_the_async_api_does_not_import_the_sync_one() -> None:
    code = (
        "import sys, twofold.aio as aio; aio.CodeAgent; "
        "print([name for name in sys.modules if name.startswith('twofold._sync')])"
    )
    output = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert output.strip() == "[]"
