"""A person approves what the agent does, on a web page.

Start it with ``python approval_page.py`` (needs ``fastapi`` and ``uvicorn``): the page opens in the browser. Give
the agent a task such as "Invite anna@example.org and ben@example.org to lunch", and agree to its e-mails or
refuse them. (They are not sent: this is an example.)

The model is the local one, or OpenAI's (or that of the server at OPENAI_BASE_URL) when OPENAI_API_KEY is set.
The port is 8000, or PORT. A run that waits for a person costs some ten KiB in the async API. In the sync API it
holds one of the server's threads, of which there are 40: beyond that, use the async one.
"""

import asyncio
import itertools
import os
import threading
import webbrowser
from typing import Any

import uvicorn
from fastapi import BackgroundTasks, FastAPI, HTTPException
from fastapi.responses import HTMLResponse
from pydantic import BaseModel

from twofold.aio import AgentError, AgentRun, LocalModel, OpenAIModel, Tool, ToolCallingAgent, tool

PORT = int(os.environ.get("PORT", "8000"))
PAGE = """<!doctype html><title>Approvals</title>
<form onsubmit="post('/tasks', {task: task.value}); task.value = ''; return false">
<input id=task size=60 autofocus placeholder="Invite anna@example.org to lunch"> <button>Begin</button></form>
<h2>Waiting for you</h2><ul id=calls></ul><h2>Tasks</h2><ul id=tasks></ul>
<script>
function post(path, data) {
  const headers = {"Content-Type": "application/json"};
  return fetch(path, {method: "POST", headers, body: JSON.stringify(data)}).then(show);
}
function item(text, ...buttons) {
  const line = document.createElement("li");
  line.append(text, ...buttons);
  return line;
}
function button(label, number, approved) {
  const made = document.createElement("button");
  made.textContent = label;
  made.onclick = () => post("/calls/" + number, {approved});
  return made;
}
function show() {
  return fetch("/state").then(answer => answer.json()).then(state => {
    calls.replaceChildren(...Object.entries(state.calls).map(
      ([number, text]) => item(text, button("Approve", number, true), button("Refuse", number, false))));
    tasks.replaceChildren(...Object.entries(state.tasks).map(([task, what]) => item(task + ": " + what)));
  });
}
setInterval(show, 1000);
</script>"""

if "OPENAI_API_KEY" in os.environ:
    model = OpenAIModel(os.environ.get("OPENAI_MODEL", "gpt-4o-mini"))
else:
    model = LocalModel()


class Call:
    """A tool call that waits for somebody's decision."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.decided = asyncio.Event()
        self.approved = False


numbers = itertools.count(1)
waiting: dict[int, Call] = {}
tasks: dict[str, str] = {}


@tool(requires_approval=True)
def send_mail(to: str, text: str) -> str:
    """Sends an e-mail.

    Args:
        to: The address.
        text: What to write.
    """
    return f"The mail to {to} is sent."


async def ask_a_person(asked: Tool, arguments: dict[str, Any], run: AgentRun) -> bool | str:
    """Show a call on the page, and wait for what somebody decides."""
    number = next(numbers)
    call = waiting[number] = Call(f"{asked.name} {arguments}")
    try:
        await call.decided.wait()
    finally:
        del waiting[number]
    return True if call.approved else "The user does not want this."


agent = ToolCallingAgent(tools=[send_mail], model=model, approver=ask_a_person)
app = FastAPI(title="Approvals")


class NewTask(BaseModel):
    """What the agent is to do."""

    task: str


class Decision(BaseModel):
    """Whether a call may be made."""

    approved: bool


@app.get("/")
def page() -> HTMLResponse:
    """Return the page, which asks for the rest by itself."""
    return HTMLResponse(PAGE)


@app.get("/state")
async def state() -> dict[str, Any]:
    """Return what waits for a decision, and what has become of the tasks."""
    calls = {number: call.text for number, call in list(waiting.items())}
    return {"calls": calls, "tasks": dict(tasks)}


@app.post("/tasks")
async def begin(new: NewTask, background: BackgroundTasks) -> None:
    """Begin with a task; nobody waits for it."""
    tasks[new.task] = "under way"
    background.add_task(work_on, new.task)


async def work_on(task: str) -> None:
    """Work on a task, and note what came of it."""
    try:
        tasks[task] = str(await agent.run(task))
    except AgentError as error:
        tasks[task] = f"failed: {error}"


@app.post("/calls/{number}")
async def decide(number: int, decision: Decision) -> None:
    """Approve a call, or refuse it."""
    call = waiting.get(number)
    if call is None:
        raise HTTPException(404, "This call does not wait any more.")
    call.approved = decision.approved
    call.decided.set()


if __name__ == "__main__":
    threading.Timer(1.0, webbrowser.open, [f"http://localhost:{PORT}"]).start()
    uvicorn.run(app, port=PORT)
