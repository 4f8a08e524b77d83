# Generated from tests/_async/models/test_transformers.py by `nox -s codegen`. Do not edit.
"""``TransformersModel``: the real library with a tiny model whose weights are random."""

import json

import pytest

from twofold import (
    ChatMessage,
    ConfigurationError,
    MessageRole,
    ToolCallingAgent,
    TransformersModel,
    WeightsError,
    agglomerate_stream_deltas,
    tool,
)

pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]

HELLO = [ChatMessage(role=MessageRole.USER, content="Hello there")]
TEMPLATE = (
    "{% for tool in tools or [] %}{{ tool.function.name }} {% endfor %}"
    "{% for message in messages %}{{ message.role }} {{ message.content }} {% endfor %}assistant"
)


def make_model(path, tokens, decoder=None) -> str:
    """Make a model that says random tokens, the same ones every time."""
    import tokenizers
    import torch

    core = tokenizers.Tokenizer(
        tokenizers.models.WordLevel({token: n for n, token in enumerate(tokens)}, unk_token="<unk>")
    )
    core.pre_tokenizer = tokenizers.pre_tokenizers.Whitespace()
    core.decoder = decoder
    tokenizer = transformers.PreTrainedTokenizerFast(
        tokenizer_object=core, unk_token="<unk>", eos_token="<end>"
    )
    tokenizer.chat_template = TEMPLATE
    tokenizer.save_pretrained(path)
    torch.manual_seed(0)
    config = transformers.LlamaConfig(
        vocab_size=len(tokens),
        hidden_size=16,
        intermediate_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        num_key_value_heads=2,
        eos_token_id=1,
        pad_token_id=1,
    )
    transformers.LlamaForCausalLM(config).save_pretrained(path)
    return str(path)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    words = ["<unk>", "<end>", "user", "assistant", "system", "Hello", "there"]
    return make_model(tmp_path_factory.mktemp("tiny-model"), [*words, *(f"word{n}" for n in range(57))])


@pytest.fixture(scope="module")
def spelling_folder(tmp_path_factory):
    """A model whose tokens are single characters, so that it could spell JSON."""
    import tokenizers

    pytest.importorskip("xgrammar")
    characters = [chr(code) for code in range(33, 127)]
    path = tmp_path_factory.mktemp("spelling-model")
    return make_model(path, ["<unk>", "<end>", *characters], tokenizers.decoders.Fuse())


@pytest.fixture(scope="module")
def calling_folder(tmp_path_factory):
    """A model whose tokens are whole calls of a tool, so that whatever it says is one."""
    calls = [json.dumps({"name": "halve", "arguments": {"n": n}}) for n in range(2, 100, 2)]
    return make_model(tmp_path_factory.mktemp("calling-model"), ["<unk>", "<end>", "user", "halve", *calls])


def test_plain_and_streamed(folder) -> None:
    with TransformersModel(folder, max_new_tokens=12, do_sample=False) as model:
        plain = model.generate(HELLO)
        deltas = [delta for delta in model.generate_stream(HELLO)]
    assert plain.content
    assert len(deltas) > 3
    assert agglomerate_stream_deltas(deltas).content == plain.content
    assert plain.token_usage.input_tokens == 4
    assert 0 < plain.token_usage.output_tokens <= 12


def test_it_stops_at_a_stop_sequence_and_at_the_length(folder) -> None:
    with TransformersModel(folder, do_sample=False) as model:
        whole = model.generate(HELLO, max_tokens=10)
        stop = whole.content.split()[3]
        cut = model.generate(HELLO, stop_sequences=[stop], max_tokens=10)
    assert whole.token_usage.output_tokens <= 10
    assert cut.content == whole.content[: whole.content.index(stop)]
    assert cut.token_usage.output_tokens < whole.token_usage.output_tokens


def test_a_stream_that_is_given_up_frees_the_model(folder) -> None:
    with TransformersModel(folder, do_sample=False, max_new_tokens=400) as model:
        stream = model.generate_stream(HELLO)
        for _ in stream:
            break
        stream.close()
        assert model.generate(HELLO, max_tokens=2).token_usage.output_tokens <= 2


SCHEMA = {
    "type": "object",
    "properties": {"colour": {"enum": ["red", "blue"]}, "ok": {"type": "boolean"}},
    "required": ["colour", "ok"],
    "additionalProperties": False,
}


def test_a_reply_is_held_to_a_schema(spelling_folder) -> None:
    held = {"type": "json_schema", "json_schema": {"name": "answer", "schema": SCHEMA}}
    with TransformersModel(spelling_folder, do_sample=False, max_new_tokens=60) as model:
        free = model.generate(HELLO)
        reply = model.generate(HELLO, response_format=held)
        deltas = [delta for delta in model.generate_stream(HELLO, response_format=held)]
        again = model.generate(HELLO)
    with pytest.raises(ValueError):
        json.loads(free.content)
    answer = json.loads(reply.content)
    assert answer["colour"] in ("red", "blue")
    assert isinstance(answer["ok"], bool)
    assert agglomerate_stream_deltas(deltas).content == reply.content
    assert again.content == free.content


def test_tools_are_offered_and_called(calling_folder) -> None:
    @tool
    def halve(n: int) -> int:
        """Halves a number.

        Args:
            n: The number.
        """
        return n // 2

    with TransformersModel(calling_folder, do_sample=False, max_new_tokens=1) as model:
        plain = model.generate(HELLO)
        offered = model.generate(HELLO, tools_to_call_from=[halve, halve])
        agent = ToolCallingAgent(tools=[halve], model=model, max_steps=1)
        agent.run("Halve a number.")
    assert offered.token_usage.input_tokens == plain.token_usage.input_tokens + 2  # the template names each
    step = agent.memory.steps[1]
    assert [call.name for call in step.tool_calls] == ["halve"]
    assert step.observations == str(step.tool_calls[0].arguments["n"] // 2)


def test_a_schema_that_is_none(spelling_folder) -> None:
    held = {"type": "json_schema", "json_schema": {"name": "answer", "schema": {"type": "rocket"}}}
    with TransformersModel(spelling_folder) as model:
        with pytest.raises(ConfigurationError, match="No grammar can be made"):
            model.generate(HELLO, response_format=held)


def test_what_it_cannot_do_says_so(folder) -> None:
    with TransformersModel(folder) as model:
        with pytest.raises(ConfigurationError, match="response_format must be"):
            model.generate(HELLO, response_format={"type": "yaml"})
        image = {"type": "image", "image": pytest.importorskip("PIL.Image").new("RGB", (2, 2))}
        with pytest.raises(ConfigurationError, match="text only"):
            model.generate([ChatMessage(role=MessageRole.USER, content=[image])])


def test_a_folder_that_is_no_model(tmp_path) -> None:
    with pytest.raises(WeightsError, match="could not be loaded"):
        TransformersModel(str(tmp_path)).load()
