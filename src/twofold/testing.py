"""What you need to test your agents without a real LLM.

``ScriptedModel`` answers from a script; ``ChatServer`` speaks the chat-completions protocol on loopback.
"""

from ._core.testing import (
    ChatRequest,
    ChatScript,
    ChatServer,
    Clock,
    ConnectionCounts,
    Drop,
    Failure,
    Gate,
    Malformation,
    Malformed,
    Reply,
    Script,
    ScriptedCall,
    ScriptExhausted,
    ScriptItem,
    Stall,
    Timer,
    ToolCalls,
    count_tokens,
    rate_limit_headers,
)
from ._sync.testing.scripted_model import ScriptedModel, ScriptedReply, ScriptedRequest

__all__ = [
    "ChatRequest",
    "ChatScript",
    "ChatServer",
    "Clock",
    "ConnectionCounts",
    "Drop",
    "Failure",
    "Gate",
    "Malformation",
    "Malformed",
    "Reply",
    "Script",
    "ScriptExhausted",
    "ScriptItem",
    "ScriptedCall",
    "ScriptedModel",
    "ScriptedReply",
    "ScriptedRequest",
    "Stall",
    "Timer",
    "ToolCalls",
    "count_tokens",
    "rate_limit_headers",
]
