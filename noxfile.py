"""Everything that CI runs, by name. ``nox`` runs it all; ``nox -s NAME`` one part; ``nox -l`` lists them."""

import os
import shutil
import subprocess
from pathlib import Path

import nox

nox.options.default_venv_backend = "venv"
nox.options.reuse_existing_virtualenvs = True
nox.options.error_on_missing_interpreters = False
nox.options.sessions = [
    "codegen",
    "lint",
    "types",
    "tests",
    "models",
    "mcp",
    "langchain",
    "redis",
    "ui",
    "slow",
    "docs",
    "package",
    "answer",
]

PYTHONS = ["3.11", "3.12", "3.13"]
SMALL_MODEL = "qwen2.5-coder-0.5b"
FIBONACCI_TASK = "What is the 20th Fibonacci number? Compute it."


def _let_pyenv_answer() -> None:
    """Make pyenv's ``python3.12`` and the like run, whichever version is the global one."""
    if shutil.which("pyenv") is None or "PYENV_VERSION" in os.environ:
        return
    listed = subprocess.run(["pyenv", "versions", "--bare"], capture_output=True, text=True, check=False)
    versions = [line.strip() for line in listed.stdout.splitlines()]
    usable = [version for version in versions if version.startswith(tuple(f"{p}." for p in PYTHONS))]
    if usable:
        os.environ["PYENV_VERSION"] = ":".join(usable)


_let_pyenv_answer()


def _install(session: nox.Session, *extras: str) -> None:
    session.install("-e", f".[{','.join(extras)}]" if extras else ".", silent=True)


@nox.session
def codegen(session: nox.Session) -> None:
    """Write the sync trees and prove them; with ``-- --check`` only prove."""
    _install(session, "dev")
    # CI must never mend what it is to prove
    check = ["--check"] if os.environ.get("CI") and not session.posargs else []
    session.run("python", "-m", "codegen", *(session.posargs or check))


@nox.session
def lint(session: nox.Session) -> None:
    """Ruff: rules and format."""
    session.install("ruff==0.17.6", silent=True)
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")


@nox.session
def types(session: nox.Session) -> None:
    """Mypy (strict) and pyright."""
    _install(session, "dev", "local", "huggingface")
    session.run("mypy")
    session.run("pyright")


@nox.session(python=PYTHONS)
def tests(session: nox.Session) -> None:
    """The test suite, both APIs. litellm holds openai at 2.x here; ``models`` has the newer line.

    Documentation and examples run on the oldest Python alone.
    """
    _install(session, "dev", "litellm", "huggingface", "bedrock")
    wanted = "not slow and not redis"
    if session.python != PYTHONS[0]:
        wanted += " and not one_python"
    session.run("pytest", "-m", wanted, *session.posargs)


@nox.session
@nox.parametrize(
    "openai,huggingface_hub",
    [("openai[aiohttp]>=3", "huggingface_hub>=2"), ("openai[aiohttp]<3", "huggingface_hub==0.34.*")],
    ids=["newest", "oldest"],
)
def models(session: nox.Session, openai: str, huggingface_hub: str) -> None:
    """The models with both major lines of the openai and huggingface_hub packages."""
    _install(session, "dev")
    session.install(openai, huggingface_hub, silent=True)
    session.run("pytest", "-q", "-m", "not slow", "tests/_async/models", "tests/_sync/models")


@nox.session
def mcp(session: nox.Session) -> None:
    """MCP with the oldest version of its SDK that we say we can do with; the usual sessions have the newest."""
    _install(session, "dev")
    session.install("mcp==2.0.0", silent=True)
    session.run(
        "pytest",
        *(f"tests/{api}/mcp" for api in ("_async", "_sync")),
        *(f"tests/mixed/test_mcp_{what}.py" for what in ("clients", "serve")),
        *session.posargs,
    )


@nox.session
def slow(session: nox.Session) -> None:
    """The slow tests: leaks over a thousand runs, storms of faults, a real model asked through its own server."""
    _install(session, "dev", "local", "litellm")
    session.run("twofold", "model", "pull", SMALL_MODEL, silent=True)
    session.run("pytest", "-m", "slow", *session.posargs)
    if not session.posargs:
        more = "hypothesis and not slow and not redis"
        session.run("pytest", "-q", "-m", more, "--hypothesis-profile=thorough")


@nox.session
def redis(session: nox.Session) -> None:
    """Limits that processes share through Redis, against its real server."""
    if not _has_program(session, "redis-server"):
        session.skip("redis-server is not installed, and could not be: apt-get install redis-server")
    _install(session, "dev", "redis")
    session.run("pytest", "-m", "redis", *session.posargs)


def _has_program(session: nox.Session, name: str) -> bool:
    """Return whether a program is there; CI installs Debian's package of that name, other machines are left alone."""
    if shutil.which(name) is None and os.environ.get("CI") and shutil.which("apt-get"):
        as_root = [] if os.geteuid() == 0 else ["sudo", "-n"]
        command = [*as_root, "apt-get", "install", "-y", "--no-install-recommends", name]
        for words in ([*as_root, "apt-get", "update", "-q"], command):
            session.run(*words, external=True, silent=True, success_codes=range(256))
    return shutil.which(name) is not None


@nox.session
def ui(session: nox.Session) -> None:
    """What needs Chromium, without a window, or gradio: the web UI, the browser of agents, tools that are Spaces."""
    if not _has_program(session, "chromium"):
        session.skip("Chromium is not installed, and could not be: apt-get install chromium")
    _install(session, "dev", "ui", "browser")
    # gradio leaves its event loop and sockets to the garbage collector
    spaces = [f"tests/{api}/sharing/test_spaces.py" for api in ("_async", "_sync")]
    session.run("pytest", "-W", "default", "tests/ui", *session.posargs)
    # playwright leaves an event loop running, beside which pytest-asyncio cannot work
    session.run("pytest", "-W", "default", *spaces)
    session.run("pytest", *(f"tests/{api}/tools/test_browser.py" for api in ("_async", "_sync")))


@nox.session
def transformers(session: nox.Session) -> None:
    """Models in process, and tools made of them, on tiny models; installs torch, so not among the usual sessions."""
    _install(session, "dev", "transformers")
    session.run(
        "pytest",
        "tests/_async/models/test_transformers.py",
        "tests/_sync/models/test_transformers.py",
        "tests/_async/tools/test_pipeline.py",
        "tests/_sync/tools/test_pipeline.py",
        "tests/core/test_agent_types.py",  # tensors
    )


@nox.session
def langchain(session: nox.Session) -> None:
    """Tools of LangChain as tools of twofold, with the real library."""
    _install(session, "dev", "langchain")
    session.run("pytest", "tests/mixed/test_langchain_tools.py")


@nox.session
def docs(session: nox.Session) -> None:
    """The documentation, into site/; with ``-- serve`` shown while you write. Its code is run by ``tests``."""
    _install(session, "docs")
    session.run("mkdocs", *(session.posargs or ["build", "--strict"]))


@nox.session
def package(session: nox.Session) -> None:
    """Build sdist and wheel (the wheel from the sdist), and use the wheel in a clean environment."""
    session.install("build", silent=True)
    dist = Path(session.create_tmp()).resolve() / "dist"
    session.run("python", "-m", "build", "--outdir", str(dist), silent=True)
    wheel = max(dist.glob("*.whl"), key=lambda path: path.stat().st_mtime)
    session.install("--force-reinstall", str(wheel), silent=True)
    session.chdir(session.create_tmp())
    session.run("python", "-c", "from twofold import CodeAgent; from twofold.aio import CodeAgent")
    session.run("twofold", "--version")


@nox.session
def answer(session: nox.Session) -> None:
    """One real answer by the local model, through the command that the README shows."""
    _install(session, "local")
    output = session.run("twofold", FIBONACCI_TASK, silent=True, stderr=None)
    session.log(f"the local model answers: {str(output).strip()}")
    if str(output).strip().splitlines()[-1:] != ["6765"]:
        session.error(f"expected 6765, got: {output}")


@nox.session
def bench(session: nox.Session) -> None:
    """Benchmarks: ``nox -s bench -- import`` or ``-- local``."""
    _install(session, "local", "openai")
    session.run("python", "-m", "benchmarks", *session.posargs)
