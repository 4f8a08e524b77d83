"""Programs in smolagents' LocalPythonExecutor."""

# mypy: ignore-errors
# pyright: reportMissingImports=false
# (type checkers run where smolagents is not installed)

from executor_timing import main
from smolagents import LocalPythonExecutor

# its own limit on one execution would end a slow program
executor = LocalPythonExecutor(["numpy", "numpy.*"], timeout_seconds=120)
executor.send_tools({})


def run_executor(source):
    """Text in, result out."""
    return lambda: executor(source).output


if __name__ == "__main__":
    main({"smolagents": run_executor})
