"""``AmazonBedrockModel``: boto3 against a loopback server that speaks Bedrock's protocol."""

import base64
import json
import struct
import threading
import zlib
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from twofold._bridge import _async as bridge
from twofold.aio import (
    AmazonBedrockModel,
    AmazonBedrockServerModel,
    ChatMessage,
    ChatMessageToolCall,
    ChatMessageToolCallFunction,
    ConfigurationError,
    ContentFiltered,
    ContextLengthExceeded,
    MessageRole,
    ModelAuthenticationError,
    ModelError,
    ProviderUnavailable,
    RateLimited,
    RetryPolicy,
    agglomerate_stream_deltas,
    tool,
)

pytest.importorskip("boto3")
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

HELLO = [ChatMessage(role=MessageRole.USER, content="Hello")]
TEXT = {
    "output": {
        "message": {
            "role": "assistant",
            "content": [
                {"reasoningContent": {"reasoningText": {"text": "hm"}}},
                {"text": "one two"},
                {"toolUse": {"toolUseId": "call-1", "name": "ping", "input": {"host": "a"}}},
            ],
        }
    },
    "stopReason": "tool_use",
    "usage": {"inputTokens": 7, "outputTokens": 5, "totalTokens": 12},
}
EVENTS = [
    ("messageStart", {"role": "assistant"}),
    ("contentBlockDelta", {"contentBlockIndex": 0, "delta": {"reasoningContent": {"text": "hm"}}}),
    ("contentBlockDelta", {"contentBlockIndex": 1, "delta": {"text": "one "}}),
    ("contentBlockDelta", {"contentBlockIndex": 1, "delta": {"text": "two"}}),
    (
        "contentBlockStart",
        {"contentBlockIndex": 2, "start": {"toolUse": {"toolUseId": "call-1", "name": "ping"}}},
    ),
    ("contentBlockDelta", {"contentBlockIndex": 2, "delta": {"toolUse": {"input": '{"host": '}}}),
    ("contentBlockDelta", {"contentBlockIndex": 2, "delta": {"toolUse": {"input": '"a"}'}}}),
    ("contentBlockStop", {"contentBlockIndex": 2}),
    ("messageStop", {"stopReason": "tool_use"}),
    ("metadata", {"usage": {"inputTokens": 7, "outputTokens": 5, "totalTokens": 12}}),
]


def event_bytes(kind: str, data: dict) -> bytes:
    """Return an event as the format vnd.amazon.eventstream has it."""
    payload = json.dumps(data).encode()
    headers = b""
    for name, value in (
        (":message-type", "event"),
        (":event-type", kind),
        (":content-type", "application/json"),
    ):
        headers += (
            bytes([len(name)]) + name.encode() + b"\x07" + struct.pack(">H", len(value)) + value.encode()
        )
    prelude = struct.pack(">II", len(headers) + len(payload) + 16, len(headers))
    message = prelude + struct.pack(">I", zlib.crc32(prelude)) + headers + payload
    return message + struct.pack(">I", zlib.crc32(message))


class Bedrock:
    """Answers from a script: a reply, a list of events, or a pair of status and name for an error."""

    def __init__(self, *script: object) -> None:
        self.script = list(script)
        self.requests: list[dict] = []
        bedrock = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = int(self.headers["content-length"])
                body = json.loads(self.rfile.read(length))
                bedrock.requests.append({"path": self.path, **body})
                self._answer(bedrock.script.pop(0))

            def _answer(self, item: object) -> None:
                if isinstance(item, list):
                    self._send(
                        200,
                        b"".join(event_bytes(*event) for event in item),
                        "application/vnd.amazon.eventstream",
                    )
                elif isinstance(item, tuple):
                    status, name = item
                    data = json.dumps({"message": f"This is {name}."}).encode()
                    self._send(status, data, "application/json", ("x-amzn-errortype", name))
                else:
                    self._send(200, json.dumps(item).encode(), "application/json")

            def _send(self, status: int, data: bytes, kind: str, *more: tuple[str, str]) -> None:
                self.send_response(status)
                for name, value in (("content-type", kind), ("content-length", str(len(data))), *more):
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *args: object) -> None:
                pass

        class Server(ThreadingHTTPServer):
            request_queue_size = 100

        self._server = Server(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    def __enter__(self) -> "Bedrock":
        self._thread.start()
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def model(self, **kwargs) -> AmazonBedrockModel:
        client_kwargs = {
            "endpoint_url": f"http://127.0.0.1:{self._server.server_port}",
            "region_name": "us-east-1",
            "aws_access_key_id": "id",
            "aws_secret_access_key": "the-secret-key",
        }
        return AmazonBedrockModel("some.model", client_kwargs=client_kwargs, **{"retry": False, **kwargs})


@tool
def ping(host: str) -> str:
    """Sends a ping.

    Args:
        host: Where to.
    """
    return host


async def test_plain_and_streamed() -> None:
    with Bedrock(TEXT, EVENTS) as bedrock:
        async with bedrock.model(temperature=0.5) as model:
            arguments = {"stop_sequences": ["END"], "tools_to_call_from": [ping], "max_tokens": 9}
            plain = await model.generate(HELLO, **arguments)
            deltas = [delta async for delta in model.generate_stream(HELLO, **arguments)]
    assert len(deltas) > 4
    for message in (plain, agglomerate_stream_deltas(deltas)):
        assert (message.content, message.reasoning) == ("one two", "hm")
        assert (message.token_usage.input_tokens, message.token_usage.output_tokens) == (7, 5)
        [call] = message.tool_calls
        assert (call.id, call.function.name, json.loads(call.function.arguments)) == (
            "call-1",
            "ping",
            {"host": "a"},
        )
    for request, path in zip(bedrock.requests, ("converse", "converse-stream"), strict=True):
        assert request["path"] == f"/model/some.model/{path}"
        assert request["messages"] == [{"role": "user", "content": [{"text": "Hello"}]}]
        assert request["inferenceConfig"] == {"stopSequences": ["END"], "maxTokens": 9, "temperature": 0.5}
        assert request["toolConfig"]["tools"][0]["toolSpec"]["name"] == "ping"
        assert request["toolConfig"]["toolChoice"] == {"any": {}}


async def test_system_prompts_images_and_the_history_of_tool_calls() -> None:
    image_module = pytest.importorskip("PIL.Image")
    image = {"type": "image", "image": image_module.new("RGB", (2, 2), "red")}
    call = ChatMessageToolCall(ChatMessageToolCallFunction("ping", {"host": "a"}), id="call-1")
    messages = [
        ChatMessage(role=MessageRole.SYSTEM, content="Be brief."),
        ChatMessage(role=MessageRole.USER, content=[{"type": "text", "text": "Look"}, image]),
        ChatMessage(role=MessageRole.ASSISTANT, tool_calls=[call]),
        ChatMessage(role=MessageRole.TOOL_RESPONSE, content="pong", tool_call_id="call-1"),
    ]
    with Bedrock(TEXT) as bedrock:
        async with bedrock.model() as model:
            await model.generate(messages)
    request = bedrock.requests[0]
    assert request["system"] == [{"text": "Be brief."}]
    asked, called, answered = request["messages"]
    assert asked["content"][1]["image"]["format"] == "png"
    assert base64.b64decode(asked["content"][1]["image"]["source"]["bytes"]).startswith(b"\x89PNG")
    use = {"toolUseId": "call-1", "name": "ping", "input": {"host": "a"}}
    assert called == {"role": "assistant", "content": [{"toolUse": use}]}
    result = {"toolUseId": "call-1", "content": [{"text": "pong"}]}
    assert answered == {"role": "user", "content": [{"toolResult": result}]}


async def test_structured_output() -> None:
    schema = {"type": "object", "properties": {"x": {"type": "string"}}}
    with Bedrock(TEXT) as bedrock:
        async with bedrock.model() as model:
            wanted = {"type": "json_schema", "json_schema": {"name": "answer", "schema": schema}}
            await model.generate(HELLO, response_format=wanted)
            with pytest.raises(ConfigurationError, match="json_schema"):
                await model.generate(HELLO, response_format={"type": "json_object"})
    structure = bedrock.requests[0]["outputConfig"]["textFormat"]["structure"]["jsonSchema"]
    assert (structure["name"], json.loads(structure["schema"])) == ("answer", schema)


@pytest.mark.parametrize(
    ("status", "name", "kind"),
    [
        (429, "ThrottlingException", RateLimited),
        (403, "AccessDeniedException", ModelAuthenticationError),
        (503, "ServiceUnavailableException", ProviderUnavailable),
        (500, "InternalServerException", ProviderUnavailable),
    ],
)
async def test_errors(status: int, name: str, kind: type[ModelError]) -> None:
    with Bedrock((status, name), (status, name)) as bedrock:
        async with bedrock.model() as model:
            with pytest.raises(kind, match=f"This is {name}") as caught:
                await model.generate(HELLO)
            with pytest.raises(kind):
                async for _ in model.generate_stream(HELLO):
                    pass
    assert (caught.value.provider, caught.value.status) == ("Amazon Bedrock", status)


async def test_a_context_that_is_too_long_and_a_filter() -> None:
    filtered = {**TEXT, "stopReason": "guardrail_intervened"}
    with Bedrock((400, "ValidationException"), filtered) as bedrock:
        bedrock.script[0] = (400, "ValidationException")
        async with bedrock.model() as model:
            with pytest.raises(ModelError) as caught:
                await model.generate(HELLO)
            with pytest.raises(ContentFiltered):
                await model.generate(HELLO)
    assert not isinstance(caught.value, ContextLengthExceeded)


async def test_retries_are_made_once_and_not_by_the_sdk_too() -> None:
    policy = RetryPolicy(attempts=3, initial_wait=0, jitter=0)
    storm = [(429, "ThrottlingException"), (500, "InternalServerException")] * 3
    with Bedrock(*storm, (503, "ServiceUnavailableException"), TEXT) as bedrock:
        async with bedrock.model(retry=policy) as model:
            with pytest.raises(ModelError):
                await model.generate(HELLO)
            assert len(bedrock.requests) == 3
            with pytest.raises(ModelError):
                async for _ in model.generate_stream(HELLO):
                    pass
            assert len(bedrock.requests) == 6
            assert (await model.generate(HELLO)).content == "one two"
    assert len(bedrock.requests) == 8


async def test_a_stream_that_breaks_off() -> None:
    with Bedrock(EVENTS[:4]) as bedrock:
        async with bedrock.model() as model:
            seen = []
            with pytest.raises(ModelError, match="in the middle"):
                async for delta in model.generate_stream(HELLO):
                    seen.append(delta.content)  # noqa: PERF401 (what came before the error counts)
    assert "one " in seen


async def test_many_at_once() -> None:
    with Bedrock(*[TEXT] * 20) as bedrock:
        async with bedrock.model() as model:
            replies = await bridge.map_concurrent(lambda _: model.generate(HELLO), range(20))
    assert [reply.content for reply in replies] == ["one two"] * 20


async def test_without_a_region_it_says_what_to_do(monkeypatch: pytest.MonkeyPatch, tmp_path) -> None:
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    with pytest.raises(ConfigurationError, match="region_name"):
        await AmazonBedrockModel("some.model").generate(HELLO)


def test_its_other_name() -> None:
    assert AmazonBedrockServerModel is AmazonBedrockModel
