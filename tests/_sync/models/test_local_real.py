# Generated from tests/_async/models/test_local_real.py by `nox -s codegen`. Do not edit.
"""``LocalModel`` with real weights, where they are in the cache: nothing is fetched here."""

import pytest

from twofold import LocalModel, ModelError
from twofold._core.weights import list_models

SMALLEST = min((status for status in list_models() if status.present), key=lambda s: s.size, default=None)

pytestmark = [
    pytest.mark.slow,
    pytest.mark.local_model,
    pytest.mark.skipif(SMALLEST is None, reason="no weights in the cache"),
]


@pytest.fixture
def model():
    pytest.importorskip("xllamacpp")
    with LocalModel(SMALLEST.name, context_size=512, max_tokens=40) as model:
        yield model


def test_it_answers_in_the_form_of_a_code_agent(model):
    reply = model.generate(
        [{"role": "user", "content": "Write Python that prints 1 + 1."}],
        ["</code>"],
        **model.code_block_parameters("<code>", "</code>"),
    )
    assert reply.text.startswith("Thought: ")
    assert "<code>\n" in reply.text
    assert "</code>" not in reply.text
    assert reply.token_usage.output_tokens <= 40


def test_it_streams_stops_and_goes_on(model):
    stream = model.generate_stream([{"role": "user", "content": "Count from 1 to 100."}])
    for delta in stream:
        assert delta.content
        break
    stream.close()
    assert model.generate([{"role": "user", "content": "Say yes."}], max_tokens=2).text


def test_a_conversation_that_is_too_long(model):
    with pytest.raises(ModelError, match=r"1,\d\d\d tokens.*holds 512"):
        model.generate([{"role": "user", "content": "hello " * 1200}])
