"""The prompts that ship, and those that users bring."""

from __future__ import annotations

import copy
import re
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import Environment, meta

from twofold._core.agents.final_answer import FinalAnswerTool
from twofold._core.errors import ConfigurationError
from twofold._core.prompts import (
    EMPTY_PROMPT_TEMPLATES,
    PromptTemplates,
    load_prompt_templates,
    populate_template,
    validate_prompt_templates,
)

SETS = ["code_agent", "structured_code_agent", "code_agent_small"]


@dataclass
class FakeTool:
    name: str
    description: str = "Finds things."
    inputs: dict[str, Any] = field(
        default_factory=lambda: {"query": {"type": "string", "description": "what"}}
    )

    @property
    def signature(self) -> str:
        return f"{self.name}(query: str) -> str"

    def to_code_prompt(self) -> str:
        return f'def {self.name}(query: str) -> str:\n    """{self.description}"""'


VARIABLES: dict[str, dict[str, Any]] = {
    "system_prompt": {
        "tools": {"search": FakeTool("search"), "final_answer": FakeTool("final_answer", "Ends the task.")},
        "managed_agents": {},
        "authorized_imports": "math, re",
        "custom_instructions": "",
        "code_block_opening_tag": "<<open>>",
        "code_block_closing_tag": "<<close>>",
    },
    "planning": {
        "tools": {"search": FakeTool("search")},
        "managed_agents": {},
        "task": "Count the trees.",
        "remaining_steps": 17,
    },
    "managed_agent": {"name": "scout", "task": "Count the trees.", "final_answer": "Nine."},
    "final_answer": {"task": "Count the trees."},
}


def parts_of(templates: PromptTemplates) -> list[tuple[str, str, dict[str, Any]]]:
    """Return every template with its name and the variables that it may use."""
    parts = [("system_prompt", templates["system_prompt"], VARIABLES["system_prompt"])]
    for group in ("planning", "managed_agent", "final_answer"):
        for name, template in dict(templates[group]).items():  # type: ignore[literal-required]
            parts.append((f"{group}.{name}", template, VARIABLES[group]))
    examples = templates.get("examples", ())
    return parts + [
        (f"example of {turn['role']}", turn["content"], VARIABLES["system_prompt"]) for turn in examples
    ]


ALL_PARTS = [
    pytest.param(template, variables, id=f"{name}:{part}")
    for name in SETS
    for part, template, variables in parts_of(load_prompt_templates(name))
]


# The sets that ship


@pytest.mark.parametrize("name", SETS)
def test_a_shipped_set_has_every_part(name: str) -> None:
    templates = load_prompt_templates(name)
    assert validate_prompt_templates(templates) is templates
    assert set(templates) - {"examples"} == set(EMPTY_PROMPT_TEMPLATES)
    assert all(template.strip() for _, template, _ in parts_of(templates))


@pytest.mark.parametrize(("template", "variables"), ALL_PARTS)
def test_a_shipped_template_renders(template: str, variables: dict[str, Any]) -> None:
    text = populate_template(template, variables)
    assert text.strip()
    assert not re.search(r"\{\{|\{%|%\}", text)


@pytest.mark.parametrize(("template", "variables"), ALL_PARTS)
def test_a_shipped_template_uses_only_what_agents_give(template: str, variables: dict[str, Any]) -> None:
    used = meta.find_undeclared_variables(Environment().parse(template))
    assert used <= set(variables)


@pytest.mark.parametrize("name", SETS)
def test_a_system_prompt_tells_all_that_it_is_told(name: str) -> None:
    template = load_prompt_templates(name)["system_prompt"]
    variables = {
        **VARIABLES["system_prompt"],
        "custom_instructions": "Answer in French.",
        "managed_agents": {"scout": FakeTool("scout", "Looks around.")},
    }
    text = populate_template(template, variables)
    for expected in (
        "search(query: str) -> str",
        "final_answer(",
        "math, re",
        "Answer in French.",
        "scout(task: str, additional_args: dict | None = None)",
        "Looks around.",
    ):
        assert expected in text
    plain = populate_template(template, VARIABLES["system_prompt"])
    assert "scout" not in plain
    assert "French" not in plain


@pytest.mark.parametrize("name", ["code_agent", "code_agent_small"])
def test_code_blocks_are_asked_for_with_the_agents_own_tags(name: str) -> None:
    templates = load_prompt_templates(name)
    text = "\n".join(populate_template(template, variables) for _, template, variables in parts_of(templates))
    assert "<<open>>" in text
    assert "<<close>>" in text
    assert "<code>" not in text


@pytest.mark.parametrize("name", SETS)
def test_an_update_of_the_plan_says_how_many_steps_are_left(name: str) -> None:
    planning = load_prompt_templates(name)["planning"]
    text = populate_template(planning["update_plan_post_messages"], VARIABLES["planning"])
    assert "17" in text
    assert "Count the trees." in populate_template(planning["initial_plan"], VARIABLES["planning"])


def test_examples_of_the_small_set_alternate() -> None:
    roles = [turn["role"] for turn in load_prompt_templates("code_agent_small")["examples"]]
    assert roles == ["user", "assistant"] * (len(roles) // 2)
    assert roles


def test_changing_a_loaded_set_changes_no_other() -> None:
    mine = load_prompt_templates("code_agent")
    mine["planning"]["initial_plan"] = "mine"
    assert load_prompt_templates("code_agent")["planning"]["initial_plan"] != "mine"


@pytest.mark.parametrize("name", ["nonsense", "../prompts/code_agent", "", "__init__"])
def test_an_unknown_set_names_those_that_ship(name: str) -> None:
    with pytest.raises(ConfigurationError, match="code_agent, code_agent_small, structured_code_agent"):
        load_prompt_templates(name)


# Rendering


def test_a_missing_variable_is_named() -> None:
    with pytest.raises(ConfigurationError, match=r"'nmae' is undefined.*Its variables are: name, task"):
        populate_template("Hello {{ nmae }}", {"task": "", "name": "you"})


@pytest.mark.parametrize(
    "template", ["{{ name", "{% if %}", "{{ name.nothing }}", "{% for x in nothing %}{% endfor %}"]
)
def test_a_broken_template_is_a_mistake_of_the_program(template: str) -> None:
    with pytest.raises(ConfigurationError, match="could not be rendered"):
        populate_template(template, {"name": "you"})


@given(st.text().filter(lambda text: "\r" not in text))
def test_what_is_put_in_is_neither_interpreted_nor_escaped(task: str) -> None:
    assert populate_template("[{{ task }}]", {"task": task}) == f"[{task}]"
    assert populate_template("{{ task }}", {"task": "{{ secret }} & <b>"}) == "{{ secret }} & <b>"


# Users' own


def changed(path: str, value: Any) -> dict[str, Any]:
    templates: dict[str, Any] = copy.deepcopy(dict(EMPTY_PROMPT_TEMPLATES))
    *groups, last = path.split(".")
    target = templates
    for group in groups:
        target = target[group]
    if value is None:
        del target[last]
    else:
        target[last] = value
    return templates


def test_the_empty_set_is_complete() -> None:
    validate_prompt_templates(changed("system_prompt", "x"))


@pytest.mark.parametrize(
    "path",
    [
        "system_prompt",
        "planning",
        "planning.initial_plan",
        "planning.update_plan_pre_messages",
        "planning.update_plan_post_messages",
        "managed_agent.task",
        "managed_agent.report",
        "final_answer.pre_messages",
        "final_answer.post_messages",
    ],
)
def test_a_missing_part_is_named(path: str) -> None:
    with pytest.raises(ConfigurationError, match=rf"lacks: {re.escape(path)}\."):
        validate_prompt_templates(changed(path, None))


def test_all_missing_parts_are_named_at_once() -> None:
    templates = changed("planning.initial_plan", None)
    del templates["final_answer"]
    with pytest.raises(ConfigurationError, match=r"planning\.initial_plan, final_answer\."):
        validate_prompt_templates(templates)


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("system_prompt", ["x"], "system_prompt must be a text, not list"),
        ("planning", "initial_plan", "planning must be a mapping, not str"),
        ("managed_agent.task", 3, r"managed_agent\.task must be a text, not int"),
        ("examples", "hello", "examples must be a list of turns"),
        ("examples", [{"role": "robot", "content": "x"}], "user and assistant"),
        ("examples", [{"role": "user"}], "content"),
    ],
)
def test_a_part_of_the_wrong_kind_is_named(path: str, value: Any, message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        validate_prompt_templates(changed(path, value))


@pytest.mark.parametrize("templates", [None, "prompt", ["prompt"]])
def test_templates_are_a_mapping(templates: Any) -> None:
    with pytest.raises(ConfigurationError, match=f"not {type(templates).__name__}"):
        validate_prompt_templates(templates)


@pytest.mark.parametrize(
    "template",
    [
        "{{ tool.from_code('1 / 0') }}",
        "{{ tool['from_code']('1 / 0') }}",
        "{{ tool | attr('save') | string }}{{ (tool | attr('save'))('/tmp') }}",
        "{{ [tool] | map(attribute='forward') | first }}{{ ([tool] | map(attribute='forward') | first)(1) }}",
        "{{ tool(1) }}",
        "{{ ''.__class__.__mro__ }}",
        "{{ words.append('x') }}",
    ],
)
def test_templates_can_read_and_not_act(template: str) -> None:
    words = ["a"]
    with pytest.raises(ConfigurationError, match="could not be rendered"):
        populate_template(template, {"tool": FinalAnswerTool(), "words": words})
    assert words == ["a"]


def test_templates_can_call_what_describes() -> None:
    template = "{% macro loud(text) %}{{ text.upper() }}{% endmacro %}{% for tool in tools.values() %}{{ loop.index }}"
    template += (
        " {{ loud(tool.name) }} {{ tool.to_code_prompt() }} {{ tool.to_tool_calling_prompt() }}{% endfor %}"
    )
    text = populate_template(template, {"tools": {"final_answer": FinalAnswerTool()}})
    assert "1 FINAL_ANSWER def final_answer(" in text
