"""A web server with one agent for all requests: answers as JSON, or step by step as server-sent events.

Start it with ``python fastapi_server.py`` (needs ``fastapi`` and ``uvicorn``), then::

    curl -X POST localhost:8000/answer -H "Content-Type: application/json" -d '{"task": "What is 6 * 7?"}'
    curl -N "localhost:8000/stream?task=What+is+6+*+7%3F"

The model is the local one, or OpenAI's (or that of the server at OPENAI_BASE_URL) when OPENAI_API_KEY is set.
The port is 8000, or PORT.
"""

import json
import os
from collections.abc import AsyncIterator

import uvicorn
from fastapi import FastAPI, HTTPException
from fastapi.responses import StreamingResponse
from pydantic import BaseModel

from twofold.aio import (
    ActionStep,
    AgentError,
    ChatMessageStreamDelta,
    CodeAgent,
    FinalAnswerStep,
    LocalModel,
    OpenAIModel,
    PrintOutput,
    StreamEvent,
    UsageLimits,
)

if "OPENAI_API_KEY" in os.environ:
    model = OpenAIModel(os.environ.get("OPENAI_MODEL", "gpt-4o-mini"))
else:
    model = LocalModel()

# an agent is a description: every request is a run of its own, so all of them share this one
agent = CodeAgent(
    tools=[],
    model=model,
    stream_outputs=True,
    usage_limits=UsageLimits(requests=10, seconds=300),
)
app = FastAPI(title="One agent for all requests")


class Question(BaseModel):
    """What a client asks."""

    task: str


@app.post("/answer")
async def answer(question: Question) -> dict[str, object]:
    """Answer a question."""
    try:
        result = await agent.run(question.task, return_full_result=True)
    except AgentError as error:
        raise HTTPException(502, str(error)) from error
    return {"answer": result.output, "steps": len(result.steps) - 1, "usage": result.usage.dict()}


@app.get("/stream")
async def stream(task: str) -> StreamingResponse:
    """Answer a question, and send what happens meanwhile.

    If the client goes away the run stops: at once in the async API, in the sync API when the next thing happens.
    """
    return StreamingResponse(server_sent_events(task), media_type="text/event-stream")


async def server_sent_events(task: str) -> AsyncIterator[str]:
    """Yield what happens as server-sent events."""
    try:
        async for event in agent.stream(task):
            if (message := describe(event)) is not None:
                yield message
    except AgentError as error:
        yield sent("failed", {"message": str(error)})


def describe(event: StreamEvent) -> str | None:
    """Return an event of the run as an event for the client; None for what it need not know."""
    if isinstance(event, ChatMessageStreamDelta) and event.content:
        return sent("text", {"text": event.content})
    if isinstance(event, PrintOutput):
        return sent("print", {"text": event.text})
    if isinstance(event, ActionStep):
        return sent("step", {"number": event.step_number, "error": str(event.error) if event.error else None})
    if isinstance(event, FinalAnswerStep):
        return sent("answer", {"answer": str(event.output)})
    return None


def sent(kind: str, data: object) -> str:
    """Return one server-sent event."""
    return f"event: {kind}\ndata: {json.dumps(data)}\n\n"


if __name__ == "__main__":
    uvicorn.run(app, port=int(os.environ.get("PORT", "8000")))
