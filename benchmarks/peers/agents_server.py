"""A loopback server that plays the model for agents, in a process of its own: its time is not the agents'.

agents_server.py LATENCY
"""

import sys

from agents_script import STEPS, TOOL, count_results, first_number  # type: ignore[import-not-found, unused-ignore]

from twofold.testing import ChatRequest, ChatServer, Reply, ToolCalls


def play(request: ChatRequest) -> Reply:
    """Answer one request: which turn it is, its messages tell."""
    texts = [(message["role"], _text(message.get("content"))) for message in request.messages]
    number = first_number(next(text for role, text in texts if role == "user" and "from the number" in text))
    results = [text for role, text in texts if role == "tool"]
    # without native tool calls a result is a user's message, beside others
    for role, text in texts:
        if role == "user":
            results += text.split("Observation:")[1:]
    turn, value = count_results([result.partition("New task:")[0] for result in results], number)
    names = [tool["function"]["name"] for tool in request.tools]
    if not names:
        return Reply(_code(turn, value))
    if turn < STEPS - 1:
        return ToolCalls((TOOL, {"number": value}))
    return ToolCalls(("final_answer", {"answer": value})) if "final_answer" in names else Reply(str(value))


def _code(turn: int, value: int) -> str:
    code = f"final_answer({value})" if turn == STEPS - 1 else f"x = {TOOL}(number={value})\nprint(x)"
    return f"Thought: I go on.\n<code>\n{code}\n</code>"


def _text(content: object) -> str:
    if isinstance(content, list):
        return "\n".join(str(block.get("text", "")) for block in content if isinstance(block, dict))
    return content if isinstance(content, str) else ""


if __name__ == "__main__":
    with ChatServer(play, latency=float(sys.argv[1])) as server:
        print(server.url, flush=True)
        sys.stdin.read()
