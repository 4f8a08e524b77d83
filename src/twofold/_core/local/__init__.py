"""The in-process LLM behind ``LocalModel``: loading it, asking it, reading what it says. Blocking code."""

from __future__ import annotations

__all__: list[str] = []
