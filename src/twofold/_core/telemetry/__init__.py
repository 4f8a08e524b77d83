"""Traces and metrics by OpenTelemetry's conventions for generative AI, off until ``instrument`` is called.

``spans`` has the operations that agents go through, ``settings`` what is switched on, ``attributes`` what is told of
each operation, ``costs`` what tokens cost. Only the API of OpenTelemetry is needed, and it is imported by
``instrument``.
"""

from .costs import ModelPrice
from .settings import instrument, known_cost, uninstrument
from .spans import RunTrace, begin_model_call, begin_planning, begin_step, begin_tool, begin_tool_in_code

__all__ = [
    "ModelPrice",
    "RunTrace",
    "begin_model_call",
    "begin_planning",
    "begin_step",
    "begin_tool",
    "begin_tool_in_code",
    "instrument",
    "known_cost",
    "uninstrument",
]
