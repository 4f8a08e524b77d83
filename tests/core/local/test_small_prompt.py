"""The prompts for small models: short, with examples as turns, and nothing that they would copy."""

from __future__ import annotations

from types import SimpleNamespace

from twofold import tool
from twofold._core.prompts import load_prompt_templates, populate_template, validate_prompt_templates


def a_tool(name):
    def function() -> str:
        """Do what it is there for."""
        return ""

    return tool(function, name=name)


def rendered(**changes):
    variables = {
        "tools": {name: a_tool(name) for name in ("final_answer", "search")},
        "managed_agents": {},
        "authorized_imports": "abc, math, numpy.*, types",
        "custom_instructions": "",
        "code_block_opening_tag": "<code>",
        "code_block_closing_tag": "</code>",
        **changes,
    }
    templates = validate_prompt_templates(load_prompt_templates("code_agent_small"))
    examples = [
        (turn["role"], populate_template(turn["content"], variables)) for turn in templates["examples"]
    ]
    return populate_template(templates["system_prompt"], variables), examples


def test_the_system_prompt():
    prompt, _ = rendered(custom_instructions="Answer in French.")
    assert "def search() -> str:" in prompt
    assert "def final_answer" not in prompt
    assert "can be imported: math, numpy.*." in prompt
    assert prompt.endswith("Answer in French.")
    assert "statistics.median" not in prompt  # in the way of a model that has tools
    assert len(prompt) < 1000


def test_without_tools_there_is_no_word_of_them():
    prompt, _ = rendered(tools={"final_answer": a_tool("final_answer")})
    assert "These functions" not in prompt
    assert "statistics.median" in prompt


def test_a_team_is_called_like_functions():
    helper = SimpleNamespace(name="helper", description="Looks things up.")
    prompt, _ = rendered(managed_agents={"helper": helper})
    assert "def helper(task: str" in prompt
    assert "Looks things up." in prompt


def test_the_examples_are_turns_with_the_users_tags():
    _, examples = rendered(code_block_opening_tag="```python", code_block_closing_tag="```")
    assert [role for role, _ in examples] == ["user", "assistant"] * 2
    for role, content in examples:
        assert ("```python\n" in content and content.endswith("```")) == (role == "assistant")
        assert content.startswith("New task:\n" if role == "user" else "Thought: ")


def test_only_an_agent_that_can_call_functions_is_shown_a_call():
    alone = {"final_answer": a_tool("final_answer")}
    helper = SimpleNamespace(name="helper", description="Looks things up.")
    announced = "These functions are there for you to call"
    assert announced not in rendered(tools=alone)[1][-2][1]
    for changes in ({}, {"tools": alone, "managed_agents": {"helper": helper}}):
        assert announced in rendered(**changes)[1][-2][1]
    assert "\n- search() -> str" in rendered()[1][-2][1]
    assert rendered(managed_agents={"helper": helper})[1][-2][1].endswith("\n- helper(task: str) -> str")


def test_numpy_is_said_to_be_missing_where_it_is():
    assert "There is no numpy." in rendered(authorized_imports="math")[0]
    assert "There is no numpy." not in rendered()[0]
    assert "There is no numpy." not in rendered(authorized_imports="any installed module")[0]
