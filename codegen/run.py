"""The order of a run: lint the sources, generate, prove; then compare with the tree or write to it."""

from .compare import differences, write
from .generate import generate
from .imports import check_imports
from .lint import lint, unused_entries
from .problems import CodegenError, Problem
from .project import Project
from .proofs.parity import check_parity
from .proofs.residue import check_residue
from .proofs.runtime import check_runtime
from .proofs.translation import check_translation


def build(project: Project, *, whole: bool = True) -> dict[str, bytes]:
    """The generated files as {path: bytes}, with all proofs made that need no import of the package.

    Args:
        project: What to generate for; it is not written to.
        whole: Whether all trees are there. If not (a wheel is built from `src` alone) an entry that is used nowhere
            is no finding, since the tree that uses it may be absent.

    Raises:
        CodegenError: A source is refused, or a proof failed.
    """
    sources = project.sources()
    problems = check_imports(project)
    refused = lint(project, sources)
    if refused:
        raise CodegenError([*refused, *problems])
    try:
        generated = generate(project, sources)
    except CodegenError as error:
        raise CodegenError([*problems, *_first_findings(project, problems, error.problems)]) from None
    problems += _first_findings(project, problems, check_translation(project, sources, generated))
    residue = _first_findings(project, problems, check_residue(project, sources, generated))
    if whole:
        problems += [*residue, *unused_entries(project, sources)]
    else:
        problems += [problem for problem in residue if problem.path in generated]
    if problems:
        raise CodegenError(problems)
    return generated


def _first_findings(project: Project, known: list[Problem], found: list[Problem]) -> list[Problem]:
    """What was found in files of which nothing is known yet: an import of asyncio is residue too, but said once."""
    blamed = {problem.path for problem in known}
    blamed |= {
        tree.target_of(path) for tree in project.trees for path in blamed if path.startswith(tree.source)
    }
    return [problem for problem in found if problem.path not in blamed]


def check(project: Project) -> list[Problem]:
    """Everything that is wrong with the tree as it is, all proofs included. Writes nothing to it."""
    try:
        generated = build(project)
    except CodegenError as error:
        return error.problems
    return differences(project, generated) or prove_package(project)


def update(project: Project) -> list[str]:
    """Bring the generated trees up to date.

    Returns:
        The paths that were written or deleted.

    Raises:
        CodegenError: A source is refused or a proof failed; nothing was written.
    """
    return write(project, build(project))


def prove_package(project: Project) -> list[Problem]:
    """The proofs that import the package as it stands in the tree: parity and runtime."""
    if not (project.root / "src" / project.package / "__init__.py").is_file():
        return []
    return sorted({*check_parity(project), *check_runtime(project)})
