"""Both APIs in one process: what users get when they mix them, and what the two share."""

import asyncio

import pytest

import twofold
import twofold.aio
import twofold.aio.testing
import twofold.testing


@pytest.mark.parametrize(("agents", "models"), [(twofold, twofold.aio), (twofold.aio, twofold)])
def test_a_model_of_the_other_api_names_the_right_import(agents, models) -> None:
    model = models.OpenAIModel("gpt-4o-mini", api_key="none")
    with pytest.raises(twofold.ConfigurationError) as caught:
        agents.CodeAgent(tools=[], model=model)
    assert f"from {agents.__name__} import OpenAIModel" in str(caught.value)


def test_the_apis_have_the_same_names() -> None:
    assert twofold.__all__ == twofold.aio.__all__
    assert twofold.testing.__all__ == twofold.aio.testing.__all__


def test_what_does_not_wait_is_one_and_the_same() -> None:
    assert twofold.AgentError is twofold.aio.AgentError
    assert twofold.ChatMessage is twofold.aio.ChatMessage
    assert twofold.tool is twofold.aio.tool
    assert twofold.CodeAgent is not twofold.aio.CodeAgent


def test_one_tool_works_in_both() -> None:
    @twofold.tool
    async def shout(text: str) -> str:
        """Writes a text in capitals.

        Args:
            text: The text.
        """
        await asyncio.sleep(0)
        return text.upper()

    reply = "<code>final_answer(shout('hey'))</code>"
    model = twofold.testing.ScriptedModel([reply])
    assert twofold.CodeAgent(tools=[shout], model=model).run("Shout") == "HEY"
    aio_model = twofold.aio.testing.ScriptedModel([reply])
    agent = twofold.aio.CodeAgent(tools=[shout], model=aio_model)
    assert asyncio.run(agent.run("Shout")) == "HEY"


async def test_the_sync_api_works_under_a_running_loop() -> None:
    @twofold.tool
    async def whisper(text: str) -> str:
        """Writes a text in small letters.

        Args:
            text: The text.
        """
        await asyncio.sleep(0)
        return text.lower()

    model = twofold.testing.ScriptedModel(["<code>final_answer(whisper('HEY'))</code>"])
    assert twofold.CodeAgent(tools=[whisper], model=model).run("Whisper") == "hey"


def test_asyncio_run_twice_with_one_agent() -> None:
    model = twofold.aio.testing.ScriptedModel(["<code>x = 1\nfinal_answer(x)</code>"] * 2)
    agent = twofold.aio.CodeAgent(tools=[], model=model)
    assert [asyncio.run(agent.run("Go")) for _ in range(2)] == [1, 1]
