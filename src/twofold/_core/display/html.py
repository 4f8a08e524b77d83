"""Runs and steps as HTML, for notebooks. Everything in them is escaped: it may be the work of a model."""

from __future__ import annotations

import html
import json
from collections.abc import Iterable, Mapping
from typing import Any

from ..media.images import encode_image_base64, is_image
from ..parsing import truncate_content
from .safe_text import printable, text_of

__all__ = ["result_html", "step_html", "steps_html"]

_SHOWN = 10_000
_BOX = "border-left:3px solid {colour};padding:2px 10px;margin:6px 0"
_PRE = "white-space:pre-wrap;margin:4px 0;font-size:0.9em"
_ACCENT, _GOOD, _BAD, _QUIET = "#0891b2", "#16a34a", "#dc2626", "#9ca3af"
_OUTCOMES = {
    "success": ("answered", _GOOD),
    "max_steps_error": ("steps used up", _BAD),
    "failed": ("failed", _BAD),
    "interrupted": ("interrupted", _BAD),
    "running": ("not over", _QUIET),
}


def result_html(result: Any) -> str:
    """Return a run's result: the answer, how the run ended, its figures, and the steps folded away."""
    word, colour = _OUTCOMES.get(result.state, (str(result.state), _QUIET))
    figures = [word, _steps_text(result.steps), _tokens_text(result.token_usage.dict())]
    duration = result.timing.duration
    figures += [] if duration is None else [f"{duration:.1f} s"]
    return (
        f'<div style="{_BOX.format(colour=colour)}"><div>{value_html(result.output)}</div>'
        f"{_quiet(' · '.join(figures))}"
        f"<details><summary>Steps</summary>{steps_html(result.steps)}</details></div>"
    )


def steps_html(steps: Iterable[Mapping[str, Any]]) -> str:
    """Return steps, one below the other."""
    return "".join(step_html(step) for step in steps)


def step_html(step: Mapping[str, Any]) -> str:
    """Return one step.

    Args:
        step: What ``dict()`` of the step returns.
    """
    if "step_number" in step:
        return _action_html(step)
    if "plan" in step:
        return _box("Plan", _pre(step["plan"]), _ACCENT)
    if "task" in step:
        return _box("Task", _pre(step["task"]) + _images_html(step.get("task_images")), _ACCENT)
    if "system_prompt" in step:
        folded = f"<details><summary>System prompt</summary>{_pre(step['system_prompt'])}</details>"
        return _box("", folded, _QUIET)
    if "output" in step:
        return _box("Answer", value_html(step["output"]), _GOOD)
    return _box("", _pre(json.dumps(step, default=str)), _QUIET)


def _action_html(step: Mapping[str, Any]) -> str:
    parts = []
    if step.get("code_action"):
        parts.append(_pre(step["code_action"], "background:rgba(127,127,127,0.1);padding:6px"))
    elif step.get("tool_calls"):
        parts += [_pre(_call_text(call), "background:rgba(127,127,127,0.1)") for call in step["tool_calls"]]
    if step.get("observations"):
        parts.append(_pre(step["observations"]))
    parts.append(_images_html(step.get("observations_images")))
    if error := step.get("error"):
        parts.append(_pre(f"{error.get('type')}: {error.get('message')}", f"color:{_BAD}"))
    if step.get("is_final_answer"):
        parts.append(f"<div><b>Answer:</b> {value_html(step.get('action_output'))}</div>")
    figures = []
    if (timing := step.get("timing")) and timing.get("duration") is not None:
        figures.append(f"{timing['duration']:.1f} s")
    if usage := step.get("token_usage"):
        figures.append(_tokens_text(usage))
    parts.append(_quiet(" · ".join(figures)) if figures else "")
    return _box(f"Step {step['step_number']}", "".join(parts), _BAD if step.get("error") else _ACCENT)


def value_html(value: Any) -> str:
    """Return a value: images as such, anything else as its text."""
    if is_image(value):
        return _image_html(encode_image_base64(value))
    if isinstance(value, Mapping) and value.get("_type") == "image":
        return _image_html(str(value.get("base64", "")))
    return _pre(text_of(value))


def _call_text(call: Mapping[str, Any]) -> str:
    function = call.get("function", {})
    return f"{function.get('name')}({json.dumps(function.get('arguments'), ensure_ascii=False, default=str)})"


def _steps_text(steps: list[dict[str, Any]]) -> str:
    count = sum("step_number" in step for step in steps)
    return "1 step" if count == 1 else f"{count} steps"


def _tokens_text(usage: Mapping[str, Any]) -> str:
    return f"{usage['input_tokens']:,} tokens in, {usage['output_tokens']:,} out"


def _images_html(images: Iterable[Any] | None) -> str:
    return "".join(value_html(image) for image in images or ())


def _image_html(base64_text: str) -> str:
    source = f"data:image/png;base64,{base64_text}"
    return f'<img style="max-width:320px;display:block;margin:4px 0" src="{html.escape(source)}">'


def _box(title: str, content: str, colour: str) -> str:
    heading = f"<b>{html.escape(title)}</b>" if title else ""
    return f'<div style="{_BOX.format(colour=colour)}">{heading}{content}</div>'


def _pre(text: str, style: str = "") -> str:
    shown = html.escape(printable(truncate_content(text, _SHOWN)))
    return f'<pre style="{_PRE};{style}">{shown}</pre>'


def _quiet(text: str) -> str:
    return f'<div style="color:{_QUIET};font-size:0.85em">{html.escape(text)}</div>'
