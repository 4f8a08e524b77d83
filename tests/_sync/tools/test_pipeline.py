# Generated from tests/_async/tools/test_pipeline.py by `nox -s codegen`. Do not edit.
"""Tools of models of ``transformers``: the real library, with tiny models whose weights are random."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest

from twofold import (
    AgentAudio,
    AgentToolExecutionError,
    CodeAgent,
    ConfigurationError,
    PipelineTool,
    SpeechToTextTool,
    Tool,
    WeightsError,
)
from twofold._sync.tools.calling import call_tool
from twofold.testing import ScriptedModel

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")
np = pytest.importorskip("numpy")

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]

WORDS = ["<unk>", "<pad>", "what", "a", "day", "rain"]


def tokenizer_of(words: list[str]) -> Any:
    import tokenizers

    model = tokenizers.models.WordLevel({word: n for n, word in enumerate(words)}, unk_token="<unk>")
    core = tokenizers.Tokenizer(model)
    core.pre_tokenizer = tokenizers.pre_tokenizers.Whitespace()
    return transformers.PreTrainedTokenizerFast(tokenizer_object=core, unk_token="<unk>", pad_token="<pad>")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A model that says how a text sounds, and its tokenizer."""
    path = tmp_path_factory.mktemp("tiny-classifier")
    torch.manual_seed(0)
    config = transformers.BertConfig(
        vocab_size=len(WORDS),
        hidden_size=8,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=16,
        id2label={0: "glad", 1: "sad", 2: "calm"},
    )
    transformers.BertForSequenceClassification(config).save_pretrained(path)
    tokenizer_of(WORDS).save_pretrained(path)
    return str(path)


class Mood(PipelineTool):
    name = "mood"
    description = "Says how a text sounds."
    inputs = {"text": {"type": "string", "description": "The text."}}
    output_type = "string"
    model_class = "AutoModelForSequenceClassification"
    pre_processor_class = "AutoTokenizer"

    def encode(self, text: str) -> Any:
        return self.pre_processor(text, return_tensors="pt")

    def decode(self, outputs: Any) -> str:
        return str(self.model.config.id2label[int(outputs.logits.argmax())])


def expected(folder: str, text: str) -> str:
    model = transformers.BertForSequenceClassification.from_pretrained(folder)
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    return str(model.config.id2label[int(model(**tokenizer(text, return_tensors="pt")).logits.argmax())])


def test_it_encodes_asks_and_decodes(folder: str) -> None:
    mood = Mood(folder, device="cpu")
    assert mood.model == folder
    for text in ("what a day", "rain rain rain rain", "a"):
        assert call_tool(mood, (text,)) == expected(folder, text)
    assert mood(text="rain") == expected(folder, "rain")
    assert mood.model.device.type == "cpu"
    assert mood.post_processor is mood.pre_processor


def test_an_agent_uses_it(folder: str) -> None:
    model = ScriptedModel(["<code>\nfinal_answer([mood(text) for text in ('what a day', 'rain')])\n</code>"])
    agent = CodeAgent(tools=[Mood(folder, device="cpu")], model=model)
    wanted = [expected(folder, "what a day"), expected(folder, "rain")]
    assert agent.run("How do they sound?") == wanted


class Noting(Mood):
    """Notes on which threads it works, and whether two calls were at work together."""

    def setup(self) -> None:
        self.threads = set[int]()
        self.loads = getattr(self, "loads", 0) + 1
        self.busy = False
        self.overlapped = False
        super().setup()

    def forward(self, inputs: Any) -> Any:
        self.threads.add(threading.get_ident())
        self.overlapped |= self.busy
        self.busy = True
        assert not torch.is_grad_enabled()
        outputs = super().forward(inputs)
        self.busy = False
        return outputs


def test_many_calls_load_it_once_and_take_turns(folder: str) -> None:
    from twofold._bridge import _sync as bridge

    mood = Noting(folder, device="cpu")

    def ask(text: str) -> str:
        return str(mood(text))

    moods = bridge.map_concurrent(ask, ["what a day"] * 8, limit=8)
    assert moods == [expected(folder, "what a day")] * 8
    assert mood.loads == 1
    assert not mood.overlapped


def test_parts_that_are_there_already(folder: str) -> None:
    model = transformers.BertForSequenceClassification.from_pretrained(folder)
    with pytest.raises(ConfigurationError, match="pass its pre_processor too"):
        Mood(model)
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    mood = Mood(model, tokenizer, post_processor=str, device="cpu")
    assert mood("a day") == expected(folder, "a day")
    assert mood.model is model
    assert mood.post_processor is str


def test_what_is_not_overridden_is_the_processors_business(folder: str) -> None:
    class Plain(PipelineTool):
        name = "plain"
        description = "Returns the numbers that the model makes of a text."
        inputs = {"raw_inputs": {"type": "string", "description": "The text."}}
        output_type = "array"
        model_class = transformers.AutoModel

    plain = Plain(
        folder,
        pre_processor=lambda text: {"input_ids": torch.tensor([[2, 3]])},
        post_processor=lambda outputs: list(outputs.last_hidden_state.shape),
        device="cpu",
    )
    assert call_tool(plain, ("anything",)) == [1, 2, 8]


def test_what_goes_wrong_is_said(folder: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="Mood has no model: pass one, or set default_checkpoint"):
        Mood()
    with pytest.raises(WeightsError, match="AutoTokenizer could not be loaded from"):
        Mood(str(tmp_path))("a")

    class Wrong(Mood):
        model_class = "AutoModelForMindReading"

    mood = Wrong(folder)
    for _ in range(2):  # a failed setup is tried again
        with pytest.raises(AgentToolExecutionError, match="no class 'AutoModelForMindReading'"):
            call_tool(mood, ("a",))

    with pytest.raises(ConfigurationError, match="inputs describes 'words'"):

        class Mismatched(Mood):
            inputs = {"words": {"type": "string", "description": "The text."}}

        Mismatched(folder)


def test_it_is_saved_by_what_it_was_made_with(folder: str) -> None:
    mood = Mood(folder, device="cpu")
    mood("a day")
    saved = mood.to_dict()
    assert saved["name"] == "mood"
    again = Tool.from_dict(saved, trust_remote_code=True, api="twofold")
    assert isinstance(again, PipelineTool)
    assert again("a day") == expected(folder, "a day")
    with pytest.raises(ConfigurationError, match="looks like a secret"):
        Mood(folder, token="hf_" + "s" * 34).to_dict()


# Speech ---------------------------------------------------------------------------------------------------


def make_listener(path: Path) -> str:
    """Make a tiny Whisper that hears random words, the same ones every time."""
    letters = [chr(n) for n in range(ord("a"), ord("z") + 1)]
    vocabulary = {letter: n for n, letter in enumerate([*letters, "Ġ"])}
    (path / "merges.txt").write_text("#version: 0.2\n")
    tokenizer = transformers.WhisperTokenizerFast(
        vocab=vocabulary, merges=[], unk_token="<|endoftext|>", bos_token="<|endoftext|>"
    )
    special = [
        "<|endoftext|>",
        "<|startoftranscript|>",
        "<|en|>",
        "<|de|>",
        "<|translate|>",
        "<|transcribe|>",
    ]
    special += ["<|startoflm|>", "<|startofprev|>", "<|nospeech|>", "<|notimestamps|>"]
    tokenizer.add_special_tokens({"additional_special_tokens": special})
    tokenizer.add_tokens([f"<|{n * 0.02:.2f}|>" for n in range(101)])
    tokenizer.save_pretrained(path)
    extractor = transformers.WhisperFeatureExtractor(feature_size=80, chunk_length=2)
    extractor.save_pretrained(path)
    ids = {token: tokenizer.convert_tokens_to_ids(token) for token in special}
    config = transformers.WhisperConfig(
        vocab_size=len(tokenizer),
        d_model=16,
        encoder_layers=1,
        decoder_layers=1,
        encoder_attention_heads=2,
        decoder_attention_heads=2,
        encoder_ffn_dim=16,
        decoder_ffn_dim=16,
        max_source_positions=100,
        max_target_positions=40,
        pad_token_id=ids["<|endoftext|>"],
        bos_token_id=ids["<|endoftext|>"],
        eos_token_id=ids["<|endoftext|>"],
        decoder_start_token_id=ids["<|startoftranscript|>"],
        begin_suppress_tokens=None,
    )
    torch.manual_seed(1)
    model = transformers.WhisperForConditionalGeneration(config)
    model.generation_config = transformers.GenerationConfig(
        pad_token_id=ids["<|endoftext|>"],
        eos_token_id=ids["<|endoftext|>"],
        decoder_start_token_id=ids["<|startoftranscript|>"],
        no_timestamps_token_id=ids["<|notimestamps|>"],
        prev_sot_token_id=ids["<|startofprev|>"],
        is_multilingual=True,
        lang_to_id={"<|en|>": ids["<|en|>"], "<|de|>": ids["<|de|>"]},
        task_to_id={"translate": ids["<|translate|>"], "transcribe": ids["<|transcribe|>"]},
        max_initial_timestamp_index=50,
        max_length=24,
        return_timestamps=True,
    )
    model.save_pretrained(path)
    return str(path)


@pytest.fixture(scope="module")
def listener(tmp_path_factory: pytest.TempPathFactory) -> str:
    return make_listener(tmp_path_factory.mktemp("tiny-whisper"))


def test_a_whisper_in_process_listens(listener: str) -> None:
    hear = SpeechToTextTool(listener, language="en", device="cpu")
    noise = np.random.default_rng(0).normal(size=8000).astype("float32")
    sound = AgentAudio((8000, noise))
    first = call_tool(hear, (sound,))
    assert call_tool(hear, (sound,)) == first
    assert first
    assert set(first) <= set("abcdefghijklmnopqrstuvwxyz ")


def test_sounds_are_resampled_to_what_the_model_was_made_for() -> None:
    heard: list[Any] = []

    class Listener:
        feature_extractor = transformers.WhisperFeatureExtractor()

        def __call__(self, sound: dict[str, Any], **kwargs: Any) -> dict[str, str]:
            heard.append(sound)
            return {"text": "a tone"}

    tone = np.sin(2 * np.pi * 440 * np.arange(44_100) / 44_100).astype("float32")
    SpeechToTextTool(pipeline=Listener()).forward(AgentAudio((44_100, tone)))
    (sound,) = heard
    assert sound["sampling_rate"] == 16_000
    assert sound["raw"].shape == (16_000,)
    assert int(np.abs(np.fft.rfft(sound["raw"])).argmax()) == 440
