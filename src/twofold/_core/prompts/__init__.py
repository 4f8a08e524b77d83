"""Prompt templates: YAML files beside this module, rendered with jinja2, replaceable by the user."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypedDict, cast

from ..errors import ConfigurationError

if TYPE_CHECKING:
    from jinja2 import Template

__all__ = [
    "EMPTY_PROMPT_TEMPLATES",
    "FinalAnswerPromptTemplate",
    "ManagedAgentPromptTemplate",
    "PlanningPromptTemplate",
    "PromptTemplates",
    "load_prompt_templates",
    "populate_template",
    "validate_prompt_templates",
]


class PlanningPromptTemplate(TypedDict):
    """Prompts with which an agent plans.

    Attributes:
        initial_plan: Asks for the first plan.
        update_plan_pre_messages: Stands before the conversation when the plan is updated.
        update_plan_post_messages: Stands after it.
    """

    initial_plan: str
    update_plan_pre_messages: str
    update_plan_post_messages: str


class ManagedAgentPromptTemplate(TypedDict):
    """Prompts around the work of a managed agent.

    Attributes:
        task: Wraps the task that the manager gives.
        report: Wraps the answer that the manager gets.
    """

    task: str
    report: str


class FinalAnswerPromptTemplate(TypedDict):
    """Prompts that ask for an answer when the steps are used up.

    Attributes:
        pre_messages: Stands before the conversation.
        post_messages: Stands after it.
    """

    pre_messages: str
    post_messages: str


class _RequiredPromptTemplates(TypedDict):
    system_prompt: str
    planning: PlanningPromptTemplate
    managed_agent: ManagedAgentPromptTemplate
    final_answer: FinalAnswerPromptTemplate


class PromptTemplates(_RequiredPromptTemplates, total=False):
    """All prompts of an agent.

    Attributes:
        system_prompt: The system prompt.
        planning: How it plans.
        managed_agent: How it works for a manager.
        final_answer: How it answers when the steps are used up.
        examples: Chat turns (role and content) shown between system prompt and task. Optional: small
            models follow turns better than examples inside the system prompt.
    """

    examples: list[dict[str, str]]


EMPTY_PROMPT_TEMPLATES = PromptTemplates(
    system_prompt="",
    planning=PlanningPromptTemplate(
        initial_plan="", update_plan_pre_messages="", update_plan_post_messages=""
    ),
    managed_agent=ManagedAgentPromptTemplate(task="", report=""),
    final_answer=FinalAnswerPromptTemplate(pre_messages="", post_messages=""),
)


@lru_cache(maxsize=16)
def _read_templates(name: str) -> PromptTemplates:
    from importlib import resources

    import yaml

    files = {file.name: file for file in resources.files(__name__).iterdir()}
    file = files.get(f"{name}.yaml")
    if file is None:
        known = ", ".join(sorted(key.removesuffix(".yaml") for key in files if key.endswith(".yaml")))
        raise ConfigurationError(f"There are no prompt templates {name!r}; twofold ships: {known}.")
    text = file.read_text(encoding="utf-8")
    return cast(PromptTemplates, yaml.safe_load(text))


def load_prompt_templates(name: str) -> PromptTemplates:
    """Return a fresh copy of the templates that ship with twofold.

    Args:
        name: The name of the set: ``"code_agent"``, ``"structured_code_agent"``, ``"code_agent_small"``,
            ``"toolcalling_agent"``.

    Raises:
        ConfigurationError: There is no set of that name.
    """
    import copy

    return copy.deepcopy(_read_templates(name))


def validate_prompt_templates(templates: Any) -> PromptTemplates:
    """Check that the user's templates have every part that an agent needs.

    Raises:
        ConfigurationError: It is not a mapping, or a part is missing; the message names it.
    """
    if not isinstance(templates, Mapping):
        raise ConfigurationError(
            f"prompt_templates must be a mapping like PromptTemplates, not {type(templates).__name__}."
        )
    missing, wrong = _check_parts(templates, EMPTY_PROMPT_TEMPLATES)
    if missing:
        raise ConfigurationError(
            f"prompt_templates lacks: {', '.join(missing)}. Start from a full set with "
            'load_prompt_templates("code_agent") and change what you need.'
        )
    if wrong:
        raise ConfigurationError(f"In prompt_templates, {'; '.join(wrong)}.")
    _check_examples(templates.get("examples", ()))
    return cast(PromptTemplates, templates)


def _check_parts(
    templates: Mapping[str, Any], pattern: Mapping[str, Any], prefix: str = ""
) -> tuple[list[str], list[str]]:
    """Return the names of the parts that are missing, and what is wrong with those that are there."""
    missing, wrong = [], []
    for key, empty in pattern.items():
        name, value = prefix + key, templates.get(key)
        if isinstance(empty, Mapping) and isinstance(value, Mapping):
            deeper = _check_parts(value, empty, f"{name}.")
            missing += deeper[0]
            wrong += deeper[1]
        elif value is None:
            missing.append(name)
        elif not isinstance(value, type(empty)):
            kind = "text" if isinstance(empty, str) else "mapping"
            wrong.append(f"{name} must be a {kind}, not {type(value).__name__}")
    return missing, wrong


def _check_examples(examples: Any) -> None:
    roles = ("user", "assistant")
    well_formed = isinstance(examples, (list, tuple)) and all(
        isinstance(turn, Mapping) and turn.get("role") in roles and isinstance(turn.get("content"), str)
        for turn in examples
    )
    if not well_formed:
        raise ConfigurationError(
            "In prompt_templates, examples must be a list of turns such as "
            f'{{"role": "user", "content": "..."}}, with the roles {" and ".join(roles)}; got {examples!r}.'
        )


@lru_cache(maxsize=256)
def _compile(template: str) -> Template:
    # compiling takes about a millisecond, so a server that starts many runs does it once
    from .sandbox import make_environment

    return make_environment().from_string(template)


def populate_template(template: str, variables: Mapping[str, Any]) -> str:
    """Render a prompt template.

    Args:
        template: Text in jinja2's language. It can read the variables; of their methods it can call those of
            plain values and those that describe tools.
        variables: The values of its variables. One that is missing is an error, never an empty text.

    Raises:
        ConfigurationError: The template is not valid, or uses a variable that there is not.

    Example:
        >>> populate_template("Hello {{ name }}", {"name": "you"})
        'Hello you'
    """
    from jinja2 import TemplateError

    try:
        return _compile(template).render(**variables)
    except TemplateError as error:
        known = ", ".join(sorted(variables)) or "none"
        raise ConfigurationError(
            f"A prompt template could not be rendered: {error}. Its variables are: {known}."
        ) from error
