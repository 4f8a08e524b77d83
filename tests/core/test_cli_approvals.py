"""Runs that a command carries out, as whoever sits at the terminal sees them."""

import io

import pytest
from rich.console import Console

from twofold import AgentLogger, CodeAgent, LogLevel, OpenAIModel, RetryPolicy
from twofold._cli.approvals import Attendant
from twofold.testing import ChatServer, Failure, Reply, ScriptedModel


@pytest.mark.parametrize("shares_logger", [False, True])
def test_a_retry_of_a_managed_agent_is_shown_once(shares_logger: bool) -> None:
    shown = io.StringIO()
    logger = AgentLogger(LogLevel.INFO, console=Console(file=shown, width=200))
    own = logger if shares_logger else None
    policy = RetryPolicy(initial_wait=0.001, jitter=0.0)
    with ChatServer([Failure(503), Reply("<code>\nfinal_answer(7)\n</code>")]) as server:
        with OpenAIModel("m", api_base=server.url, api_key="k", retry=policy) as model:
            lower = CodeAgent(tools=[], model=model, name="lower", description="Works.", logger=own)
            calls = ScriptedModel(["<code>\nfinal_answer(lower('x'))\n</code>"])
            upper = CodeAgent(
                tools=[], model=calls, name="upper", description="Has it done.", managed_agents=[lower]
            )
            asks = ScriptedModel(["<code>\nfinal_answer(upper('x'))\n</code>"])
            agent = CodeAgent(tools=[], model=asks, managed_agents=[upper], logger=logger)
            assert "7" in str(Attendant().result_of(agent, "Go").output)
    assert shown.getvalue().count("could not be asked") == 1
    assert ("lower: The model could not be asked" in shown.getvalue()) is not shares_logger
