"""The type that a final answer must have: how it is told to the model, how an answer is held against it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..errors import AgentError, ConfigurationError
from ..tools.schema import JsonSchema

if TYPE_CHECKING:
    from pydantic import ValidationError

__all__ = ["AnswerType"]

_MAX_PROBLEMS = 10


class AnswerType:
    """What ``output_type=`` of an agent asks for. Made once per agent; holds nothing of a run.

    Args:
        hint: A pydantic model, a dataclass, ``list[int]``, ``Literal["yes", "no"]``, or any other type hint.

    Raises:
        ConfigurationError: It is nothing that values can be checked against.
    """

    def __init__(self, hint: Any) -> None:
        from ..tools.hints import adapter_of, hint_text, schemas_of

        if isinstance(hint, str | bytes | int | float | list | tuple | dict | set):
            raise ConfigurationError(f"output_type must be a type, such as list[int]; got {hint!r}.")
        self.hint = hint
        self.text = hint_text(hint)
        self._adapter = adapter_of(hint)
        self.schema: JsonSchema = schemas_of({"answer": self._adapter})["answer"]

    @classmethod
    def of(cls, hint: Any) -> AnswerType | None:
        """Return the type that ``output_type=`` means; None where any answer will do."""
        return None if hint is None or hint is Any else cls(hint)

    def validate(self, answer: Any) -> Any:
        """Return an answer in the form that was asked for: models and dataclasses are built from dicts.

        Text that does not fit as it is may be JSON that does.

        Raises:
            AgentError: It does not fit. The message tells the model what is wrong and what is wanted.
        """
        from pydantic import ValidationError

        try:
            return self._adapter.validate_python(answer)
        except ValidationError as error:
            misfit = error
        if isinstance(answer, str):
            try:
                return self._adapter.validate_json(_without_fence(answer))
            except ValidationError as error:
                # about JSON that is none there is nothing to say: nobody has asked for text
                if not any(problem["type"] == "json_invalid" for problem in error.errors(include_url=False)):
                    misfit = error
        raise AgentError(
            f"The final answer was refused: it does not fit {self.describe()}\n{_explain(misfit)}"
        )

    def describe(self) -> str:
        """Say what is asked for, for prompts and errors."""
        import json

        if not self.schema:
            return f"the type {self.text}."
        return f"the type {self.text}. JSON schema: {json.dumps(self.schema, ensure_ascii=False)}"


def _without_fence(text: str) -> str:
    text = text.strip()
    if text.startswith("```") and text.endswith("```") and "\n" in text:
        return text[text.index("\n") : -3].strip()
    return text


def _explain(error: ValidationError) -> str:
    problems = error.errors(include_url=False, include_context=False, include_input=False)
    lines = []
    for problem in problems[:_MAX_PROBLEMS]:
        place = ".".join(str(part) for part in problem["loc"])
        lines.append(f"- {place}: {problem['msg']}" if place else f"- {problem['msg']}")
    if len(problems) > _MAX_PROBLEMS:
        lines.append(f"- and {len(problems) - _MAX_PROBLEMS} more")
    return "\n".join(lines)
