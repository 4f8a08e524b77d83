"""What models were sent, kept once."""

from __future__ import annotations

import copy
import pickle
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twofold._core.agents.history import MessageHistory, MessageView
from twofold._core.messages import ChatMessage, MessageRole


def message(text: str) -> ChatMessage:
    return ChatMessage(MessageRole.USER, [{"type": "text", "text": text}])


texts = st.lists(st.sampled_from("abc"), max_size=6)


@given(st.lists(texts, max_size=8))
def test_views_stay_what_they_were_whatever_comes_later(conversations: list[list[str]]) -> None:
    history = MessageHistory()
    views = [history.view(map(message, words)) for words in conversations]
    for words, view in zip(conversations, views, strict=True):
        assert view == [message(word) for word in words]
        assert len(view) == len(words)


@given(st.lists(texts, min_size=1, max_size=5), st.data())
def test_changing_the_given_messages_later_changes_no_view(
    conversations: list[list[str]], data: st.DataObject
) -> None:
    history = MessageHistory()
    kept: list[ChatMessage] = []
    views = []
    for words in conversations:
        kept.extend(map(message, words))
        views.append((history.view(kept), [entry.text for entry in kept]))
        if kept:
            victim = data.draw(st.sampled_from(kept))
            assert isinstance(victim.content, list)
            victim.content[0]["text"] += "!"
            victim.content.append({"type": "text", "text": "?"})
    for view, expected in views:
        assert [entry.text for entry in view] == expected


def objects_of(views: list[MessageView]) -> tuple[int, int]:
    """Return how many messages and how many list cells the views hold between them."""
    lists = {id(view._messages): view._messages for view in views}
    messages = {id(entry) for held in lists.values() for entry in held}
    return len(messages), sum(len(held) for held in lists.values())


def test_200_growing_steps_take_linear_storage() -> None:
    history = MessageHistory()
    # every step builds the conversation anew, as a memory does
    views = [
        history.view([message(f"message {number}") for number in range(3 * step + 2)]) for step in range(200)
    ]
    assert objects_of(views) == (3 * 199 + 2, 3 * 199 + 2)
    assert sum(sys.getsizeof(view) for view in views) < 200 * 100
    assert [len(view) for view in views] == [3 * step + 2 for step in range(200)]


def test_messages_are_shared_even_when_every_step_edits_an_old_one() -> None:
    # like a callback that drops the image of the step before the last
    history = MessageHistory()
    views = []
    for step in range(200):
        names = [f"{number}" + (" with image" if number >= step - 1 else "") for number in range(step + 1)]
        views.append(history.view([message(name) for name in names]))
    messages, _ = objects_of(views)
    assert messages <= 3 * 200


def test_a_shorter_conversation_does_not_begin_a_new_list() -> None:
    history = MessageHistory()
    long = history.view(map(message, "abc"))
    short = history.view(map(message, "ab"))
    again = history.view(map(message, "abcd"))
    assert objects_of([long, short, again]) == (4, 4)


def test_a_view_is_a_sequence() -> None:
    view = MessageHistory().view(map(message, "abc"))
    assert [entry.text for entry in view] == ["a", "b", "c"]
    assert (view[0].text, view[-1].text, view[2].text) == ("a", "c", "c")
    assert [entry.text for entry in view[1:]] == ["b", "c"]
    assert [entry.text for entry in view[::-1]] == ["c", "b", "a"]
    assert message("b") in view
    assert view != [message("a")]
    assert view != 3
    for index in (3, -4):
        with pytest.raises(IndexError):
            view[index]


def test_a_view_does_not_show_what_came_after_it() -> None:
    history = MessageHistory()
    first = history.view(map(message, "a"))
    history.view(map(message, "ab"))
    assert [entry.text for entry in first] == ["a"]
    with pytest.raises(IndexError):
        first[1]


def test_views_can_be_copied_and_pickled() -> None:
    view = MessageHistory().view(map(message, "abc"))
    assert copy.deepcopy(view) == view
    assert pickle.loads(pickle.dumps(view)) == view
