# Generated from src/twofold/_async/tools/python_interpreter.py by `nox -s codegen`. Do not edit.
"""``PythonInterpreterTool``: lets an agent that calls tools run Python code, on the interpreter of code agents."""

from __future__ import annotations

from collections.abc import Sequence

from ..._core.interpreter.imports import ImportRules
from ..._core.tools.tool import Tool
from ..executors.local import LocalPythonExecutor

__all__ = ["PythonInterpreterTool"]


class PythonInterpreterTool(Tool):
    """Runs Python code and tells what it printed and the value of its last expression.

    Each call starts afresh: no variables are left over from an earlier one, so that one tool can be shared by
    any number of runs.

    Args:
        authorized_imports: Modules that the code may import besides the default ones.
        timeout_seconds: How long one piece of code may run by itself, in seconds; None for no limit.
        max_print_outputs_length: How many characters of its prints are kept.

    Raises:
        ConfigurationError: An argument is not what it has to be, or a module is not installed.

    Example:
        >>> from twofold import PythonInterpreterTool
        >>> interpreter = PythonInterpreterTool()
        >>> interpreter("print('hello')\\n6 * 7")
        'Stdout:\\nhello\\n\\nOutput: 42'
    """

    name = "python_interpreter"
    description = "Runs Python code and returns what it printed and the value of its last expression."
    inputs = {"code": {"type": "string", "description": "The code."}}
    output_type = "string"

    def __init__(
        self,
        authorized_imports: Sequence[str] = (),
        timeout_seconds: float | None = 30.0,
        max_print_outputs_length: int | None = None,
    ) -> None:
        self.authorized_imports = list(authorized_imports)
        self._executor = LocalPythonExecutor(
            authorized_imports,
            max_print_outputs_length=max_print_outputs_length,
            timeout_seconds=timeout_seconds,
        )
        modules = ", ".join(ImportRules(self.authorized_imports).listed())
        self.inputs = {
            "code": {
                "type": "string",
                "description": (
                    "The code. Variables of an earlier call are gone, so it has to be complete. "
                    f"It may import: {modules}."
                ),
            }
        }
        super().__init__()

    def forward(self, code: str) -> str:
        """Run the code.

        Args:
            code: The code.

        Raises:
            InterpreterError: The code could not be run to its end.
        """
        session = self._executor.open({}, {})
        try:
            result = session.execute(code)
        finally:
            session.close()
        prints = f"Stdout:\n{result.logs}\n" if result.logs else ""
        return f"{prints}Output: {result.text or result.output}"
