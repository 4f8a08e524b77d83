"""What ``import twofold`` pulls in: no provider's SDK, and nothing heavy that can wait until it is needed."""

import json
import subprocess
import sys

import pytest

PROVIDER_SDKS = {
    *("openai", "litellm", "huggingface_hub", "boto3", "botocore", "anthropic", "mcp"),
    *("transformers", "torch", "xllamacpp", "httpx", "httpx2", "aiohttp"),
}
HEAVY = {"numpy", "pandas", "PIL", "jinja2", "yaml", "griffe", "rich", "tenacity", "gradio"}
EVENT_LOOPS = {"asyncio", "anyio", "greenlet"}


def modules_after(statement: str) -> set[str]:
    script = f"import sys, json\n{statement}\nprint(json.dumps(sorted(name.partition('.')[0] for name in sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-I", "-c", script], capture_output=True, text=True, timeout=60, check=True
    )
    return set(json.loads(done.stdout))


@pytest.mark.parametrize("module", ["twofold", "twofold.aio"])
def test_importing_pulls_in_no_sdk_and_nothing_heavy(module: str) -> None:
    loaded = modules_after(f"import {module}")
    assert not loaded & (PROVIDER_SDKS | HEAVY)


def test_the_sync_api_pulls_in_no_event_loop() -> None:
    assert not modules_after("import twofold, twofold.testing") & EVENT_LOOPS


def test_a_model_is_made_without_its_sdk() -> None:
    assert not modules_after("import twofold; twofold.OpenAIModel('m')") & PROVIDER_SDKS
