"""Stand-ins for models and providers, for tests. What is a model of one colour lives with that colour."""

from .chat_format import ChatRequest, count_tokens
from .chat_handler import ChatScript
from .chat_server import ChatServer
from .faults import FaultKind, Faults
from .records import ConnectionCounts
from .replies import (
    Drop,
    Failure,
    Malformation,
    Malformed,
    Reply,
    ScriptedCall,
    ScriptItem,
    Stall,
    ToolCalls,
    rate_limit_headers,
)
from .script import Script, ScriptExhausted
from .timing import Clock, Gate, Timer
from .virtual_clock import VirtualClock

__all__ = [
    "ChatRequest",
    "ChatScript",
    "ChatServer",
    "Clock",
    "ConnectionCounts",
    "Drop",
    "Failure",
    "FaultKind",
    "Faults",
    "Gate",
    "Malformation",
    "Malformed",
    "Reply",
    "Script",
    "ScriptExhausted",
    "ScriptItem",
    "ScriptedCall",
    "Stall",
    "Timer",
    "ToolCalls",
    "VirtualClock",
    "count_tokens",
    "rate_limit_headers",
]
