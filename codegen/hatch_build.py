"""The build hook: a wheel gets its sync tree freshly generated and proven, never the committed copy.

Editable installs keep the committed copy, which is what editors and reviewers look at.
"""

import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CodegenHook(BuildHookInterface[Any]):
    """Runs for wheels only; see `[tool.hatch.build.targets.wheel.hooks.custom]` in pyproject.toml."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Generate into a temporary folder and have the builder take the sync tree from there."""
        if version == "editable":
            return
        sys.path.insert(0, self.root)
        try:
            from codegen.project import Project
            from codegen.run import build
            from codegen.table import TABLE

            generated = build(Project.at(Path(self.root), TABLE, only="src"), whole=False)
        finally:
            sys.path.remove(self.root)
        self._folder = tempfile.TemporaryDirectory(prefix="twofold-build-")
        for path, data in generated.items():
            target = Path(self._folder.name, path)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)
            build_data["force_include"][str(target)] = path.removeprefix("src/")

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Delete the temporary folder."""
        folder = getattr(self, "_folder", None)
        if folder is not None:
            folder.cleanup()
