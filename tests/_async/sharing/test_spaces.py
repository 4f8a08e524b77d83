"""Tools of Gradio apps that run elsewhere: real apps on loopback. And collections of the Hub's Spaces."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from twofold.aio import (
    CodeAgent,
    ConfigurationError,
    HubError,
    SpaceTool,
    Tool,
    ToolCollection,
    load_space_tool,
)
from twofold.aio.testing import ScriptedModel

# Gradio leaves event loops open, so its server is a process of its own
APP = """
import gradio

def text_length(text: str, times: int = 2) -> str:
    return f"{len(text) * times} letters"

def shout(text: str) -> tuple[str, str]:
    return text.upper(), "second"

with gradio.Blocks() as app:
    text = gradio.Textbox(label="A text")
    times = gradio.Number(label="How often", value=2, precision=0)
    result = gradio.Textbox()
    other = gradio.Textbox()
    gradio.Button().click(text_length, [text, times], result, api_name="length")
    gradio.Button().click(shout, [text], [result, other], api_name="shout")
"""
DEMO = """
from twofold import tool
from twofold._core.sharing.gradio_demo import gradio_demo

@tool
async def add(a: int, b: int) -> int:
    '''Add two numbers.

    Args:
        a: One.
        b: The other.
    '''
    return a + b

app = gradio_demo(add)
"""
SERVE = """
app.launch(server_name="127.0.0.1", server_port=PORT, prevent_thread_lock=True, quiet=True, share=False)
print("ready", flush=True)
input()
"""


@contextmanager
def serve(program: str) -> Iterator[str]:
    """Serve the app of a program on a free port while the block runs."""
    pytest.importorskip("gradio", reason="gradio is not installed")
    pytest.importorskip("gradio_client", reason="gradio_client is not installed")
    port = free_port()
    command = [sys.executable, "-c", program + SERVE.replace("PORT", str(port))]
    env = {**os.environ, "GRADIO_ANALYTICS_ENABLED": "False", "HF_HUB_OFFLINE": "1"}
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, env=env, **pipes) as process:
        try:
            assert process.stdout is not None
            if not any(line == "ready\n" for line in process.stdout):
                pytest.fail("the app has not started")
            yield f"http://127.0.0.1:{port}"
        finally:
            process.kill()


@pytest.fixture(scope="module")
def app_url() -> Iterator[str]:
    with serve(APP) as url:
        yield url


def free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])


async def test_an_endpoint_becomes_a_tool(app_url: str) -> None:
    length = await load_space_tool(app_url, "count", "Counts letters.", api_name="/length")
    assert length.inputs["text"]["type"] == "string"
    assert "A text" in length.inputs["text"]["description"]
    assert length.inputs["times"]["nullable"] is True
    model = ScriptedModel(["<code>final_answer(count(text='abc', times=3) + count('abc'))</code>"])
    assert await CodeAgent(tools=[length], model=model).run("Count.") == "9 letters6 letters"


async def test_the_first_of_several_results_counts(app_url: str) -> None:
    loud = Tool.from_space(app_url, "loud", api_name="shout")
    assert loud(text="abc") == "ABC"


async def test_it_is_saved_without_asking_the_app_again(app_url: str) -> None:
    length = await load_space_tool(app_url, "count", "Counts letters.", token="hf_" + "x" * 20)
    saved = length.to_dict()
    assert saved["class"] == "SpaceTool"
    assert "token" not in saved["parameters"]
    again = Tool.from_dict(saved)
    assert isinstance(again, SpaceTool)
    assert again.inputs == length.inputs
    assert again(text="ab") == "4 letters"


async def test_what_is_not_there_is_told(app_url: str) -> None:
    with pytest.raises(ConfigurationError, match="no endpoint 'nothing'; it has: /length, /shout"):
        await load_space_tool(app_url, "x", api_name="nothing")
    with pytest.raises(HubError, match="cannot be reached"):
        await load_space_tool(f"http://127.0.0.1:{free_port()}", "x")


async def test_a_tool_can_be_tried_out_on_a_page() -> None:
    with serve(DEMO) as url:
        remote = await load_space_tool(url, "remote_add", api_name="add")
        assert remote(a=2, b=3) == 5


# Collections


async def test_a_collection_is_all_its_tools(hub: Any) -> None:
    code = (
        "from twofold import tool\n\n@tool\ndef {0}(a: int) -> int:\n"
        '    """Do {0}.\n\n    Args:\n        a: A number.\n    """\n    return a\n'
    )
    hub.add_space("me/one", {"tool.py": code.format("one")})
    hub.add_space("me/two", {"tool.py": code.format("two")})
    hub.collections["me/tools-1"] = [("space", "me/two"), ("model", "me/model"), ("space", "me/one")]
    tools = await ToolCollection.from_hub("me/tools-1", trust_remote_code=True)
    assert [one.name for one in tools] == ["two", "one"]


async def test_a_collection_needs_trust_and_has_to_be_there(hub: Any) -> None:
    with pytest.raises(ConfigurationError, match="trust_remote_code"):
        await ToolCollection.from_hub("me/tools-1")
    assert hub.requests == []
    with pytest.raises(HubError, match="The collection 'me/nothing-1': there is none"):
        await ToolCollection.from_hub("me/nothing-1", trust_remote_code=True)
