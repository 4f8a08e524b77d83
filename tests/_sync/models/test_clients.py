# Generated from tests/_async/models/test_clients.py by `nox -s codegen`. Do not edit.
"""Clients: made late, pooled, closed, and used by very many at once."""

import pytest

from twofold import ChatMessage, MessageRole, OpenAIModel
from twofold._bridge import _sync as bridge
from twofold.testing import ChatServer, Reply

HELLO = [ChatMessage(role=MessageRole.USER, content="Hello")]


def make_model(server: ChatServer, **kwargs) -> OpenAIModel:
    return OpenAIModel("scripted", api_base=server.url, api_key="key", retry=False, **kwargs)


def test_many_requests_share_few_connections() -> None:
    with ChatServer(lambda request: Reply(f"{request.text} back")) as server:
        with make_model(server, max_connections=8) as model:

            def ask(number: int) -> str:
                reply = model.generate([{"role": "user", "content": str(number)}])
                return reply.text

            replies = bridge.map_concurrent(ask, range(120))
        assert replies == [f"{number} back" for number in range(120)]
        assert server.connections.opened <= 8
        assert len(server.requests) == 120
        server.wait_until(lambda server: server.connections.open == 0)


def test_many_streams_share_few_connections() -> None:
    with ChatServer(lambda request: Reply("one two three")) as server:
        with make_model(server, max_connections=4) as model:

            def ask(number: int) -> str:
                deltas = [delta for delta in model.generate_stream(HELLO)]
                return "".join(delta.content or "" for delta in deltas)

            replies = bridge.map_concurrent(ask, range(40))
        assert set(replies) == {"one two three"}
        assert server.connections.opened <= 4


def test_nothing_is_opened_before_the_first_request() -> None:
    with ChatServer() as server:
        with make_model(server):
            pass
    assert server.connections.opened == 0


def test_a_client_of_ones_own_is_used_and_not_closed() -> None:
    with ChatServer(lambda request: Reply("ok")) as server:
        lender = make_model(server)
        client = lender.create_client()
        borrower = OpenAIModel("scripted", client=client, retry=False)
        for _ in range(2):
            assert borrower.generate(HELLO).content == "ok"
            borrower.close()
        assert server.connections.opened == 1
        client.close()


def test_parameters_that_are_no_part_of_the_body() -> None:
    with ChatServer([Reply("ok")]) as server:
        with make_model(server, extra_headers={"x-team": "blue"}, extra_query={"v": "2"}) as model:
            model.generate(HELLO, timeout=30, extra_body={"top_k": 3})
    request = server.requests[0]
    assert (request.headers["x-team"], request.query["v"], request.body["top_k"]) == ("blue", "2", 3)
    assert not {"timeout", "extra_headers", "extra_query", "extra_body"} & set(request.body)


@pytest.mark.parametrize(
    ("model_id", "name"), [("gpt-5-mini", "max_completion_tokens"), ("gpt-4o", "max_tokens")]
)
def test_the_name_of_the_length_limit(model_id: str, name: str) -> None:
    with ChatServer([Reply("ok")]) as server:
        with OpenAIModel(model_id, api_base=server.url, api_key="key") as model:
            model.generate(HELLO, max_tokens=9)
    body = server.requests[0].body
    assert {key: body[key] for key in body if key.startswith("max_")} == {name: 9}
