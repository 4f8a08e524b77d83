"""Who may import whom, and who may import what waits: the architecture as rules over the source, checked for every module.

`_core` knows nobody, `_bridge` knows `_core`, the colours know both and not each other, the public modules know one colour each.
Only `_bridge` imports concurrency modules.
"""

import ast
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from .problems import CodegenError, Problem
from .project import ImportExemption, Project, Tree, walk

CONCURRENCY = {
    "asyncio", "anyio", "trio", "sniffio", "greenlet", "threading", "_thread", "concurrent", "queue", "multiprocessing",
}  # fmt: skip
EVENT_LOOPS = {"asyncio", "anyio", "trio", "sniffio", "greenlet"}

HARMLESS: Mapping[str, set[str]] = {
    "threading": {"Lock", "RLock", "local", "get_ident", "current_thread", "main_thread", "TIMEOUT_MAX"},
    "queue": {"Empty", "Full"},
}
"""What may be used outside `_bridge` by what stands once: it guards data that threads share, and speaks of errors.

It starts no thread and waits for none. The colours leave even that to `_core`.
"""

LAYERS: Mapping[str, tuple[str, ...]] = {
    "_core": ("_bridge", "_async", "_sync", "aio"),
    "_bridge": ("_async", "_sync", "aio"),
    "_async": ("_sync", "_bridge._sync", "aio"),
    "_sync": ("_async", "_bridge._async", "aio"),
    "aio": ("_sync", "_bridge._sync"),
    "": ("_async", "_bridge._async"),
}
"""For each part of the package what it may not import; the empty name stands for the public modules at the top."""

KNOWS_NO_PUBLIC_MODULE = ("_core", "_bridge", "_async", "_sync")


@dataclass(frozen=True)
class Import:
    """One imported module: its full name, what is taken out of it (None for `import x`), and where."""

    module: str
    name: str | None
    line: int

    def is_of(self, module: str) -> bool:
        """Whether this import reaches `module` or something inside it."""
        full = f"{self.module}.{self.name}" if self.name else self.module
        return self.module == module or full == module or full.startswith(module + ".")


def imports_of(tree: ast.AST, module: str, is_package: bool) -> Iterator[Import]:
    """All imports in a module, at any depth, with relative ones made absolute."""
    package = module.split(".") if is_package else module.split(".")[:-1]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (Import(alias.name, None, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            source = ".".join([*base, *(node.module or "").split(".")]).rstrip(".")
            yield from (Import(source, alias.name, node.lineno) for alias in node.names)


def check_imports(project: Project) -> list[Problem]:
    """All findings in the package and in the coloured tests and examples, and the exemptions that nothing needs."""
    problems: list[Problem] = []
    used: set[ImportExemption] = set()
    package = project.root / "src" / project.package
    for path in walk(package):
        if path.suffix == ".py":
            problems += _check_module(project, path, used)
    for tree in project.trees:
        if tree.kind != "src":
            problems += _check_outside(project, tree)
    for exemption in project.table.import_exemptions:
        if package.is_dir() and exemption not in used:
            message = f"the import exemption of `{exemption.module}` for {exemption.files} is needed nowhere; delete it"
            problems.append(Problem("codegen/table.py", 0, message))
    return problems


def _check_module(project: Project, path: Path, used: set[ImportExemption]) -> list[Problem]:
    name = path.relative_to(project.root).as_posix()
    tree = _parse(path, name)
    parts = path.relative_to(project.root / "src").with_suffix("").parts
    is_package = parts[-1] == "__init__"
    module = ".".join(parts[:-1] if is_package else parts)
    part = parts[1] if parts[1] in LAYERS else ""
    imports = list(imports_of(tree, module, is_package))
    findings = list(_wrong_direction(project.package, part, imports))
    if part != "_bridge":
        findings += _concurrency(part, tree, imports, _exempt(project, name, used))
    return [Problem(name, line, message) for line, message in findings]


def _parse(path: Path, name: str) -> ast.Module:
    try:
        return ast.parse(path.read_text(encoding="utf-8"), feature_version=(3, 11))
    except SyntaxError as error:
        raise CodegenError(
            [Problem(name, error.lineno or 0, f"not valid Python 3.11: {error.msg}")]
        ) from None


def _wrong_direction(package: str, part: str, imports: list[Import]) -> Iterator[tuple[int, str]]:
    label = f"`{part}`" if part else "a public module of the sync API"
    for found in imports:
        for forbidden in LAYERS[part]:
            if found.is_of(f"{package}.{forbidden}"):
                yield (
                    found.line,
                    f"{label} may not import `{package}.{forbidden}` (imports go API → colour → bridge → core)",
                )
        private = found.module.removeprefix(package + ".").startswith("_") or (found.name or "").startswith(
            "_"
        )
        if part in KNOWS_NO_PUBLIC_MODULE and found.module.split(".")[0] == package and not private:
            yield (
                found.line,
                f"{label} may not import the public `{found.module}`; import from where it is defined",
            )


def _exempt(project: Project, path: str, used: set[ImportExemption]) -> "_Exemptions":
    return _Exemptions([e for e in project.table.import_exemptions if fnmatchcase(path, e.files)], used)


class _Exemptions:
    """The exemptions that hold for one file; asking for one marks it as used."""

    def __init__(self, valid: list[ImportExemption], used: set[ImportExemption]) -> None:
        self._valid = valid
        self._used = used

    def cover(self, module: str) -> bool:
        matching = [e for e in self._valid if module == e.module or module.startswith(e.module + ".")]
        self._used.update(matching)
        return bool(matching)


def _concurrency(
    part: str, tree: ast.AST, imports: list[Import], exemptions: _Exemptions
) -> Iterator[tuple[int, str]]:
    harmless = {} if part in ("_async", "_sync") else HARMLESS
    remedy = "may only be imported in `_bridge`: what waits differently per colour lives there"
    for found in imports:
        allowed = (None, *harmless[found.module]) if found.module in harmless else ()
        if found.module.split(".")[0] not in CONCURRENCY or found.name in allowed:
            continue
        if not exemptions.cover(found.module):
            yield found.line, f"`{found.module}` {remedy}"
    for line, module, name in _uses(tree, harmless):
        if name not in harmless[module] and not exemptions.cover(module):
            only = ", ".join(sorted(harmless[module]))
            yield line, f"`{module}.{name}` outside `_bridge`; of {module} only these are harmless: {only}"


def _uses(tree: ast.AST, modules: Iterable[str]) -> Iterator[tuple[int, str, str]]:
    """Line, module and name of each use of something in one of `modules`, whatever the module is called here."""
    aliases = [alias for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names]
    called = {alias.asname or alias.name: alias.name for alias in aliases if alias.name in modules}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in called:
            yield node.lineno, called[node.value.id], node.attr


def _check_outside(project: Project, tree: Tree) -> Iterator[Problem]:
    """Coloured tests and examples use no event loop by name; examples may `import asyncio` to run their main()."""
    for path in walk(project.root / tree.source):
        name = path.relative_to(project.root).as_posix()
        if path.suffix != ".py":
            continue
        for found in imports_of(_parse(path, name), "outside", False):
            top = found.module.split(".")[0]
            if top in EVENT_LOOPS and not (
                tree.kind == "examples" and found == Import("asyncio", None, found.line)
            ):
                where = (
                    "tests/bridge or tests/mixed"
                    if tree.kind == "tests"
                    else "examples/ beside the two trees"
                )
                yield Problem(
                    name,
                    found.line,
                    f"`{found.module}` in a file of two colours; what needs it belongs in {where}",
                )
