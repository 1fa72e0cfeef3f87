"""The pieces of a prompt, whatever a request holds."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.session.prompt import answered_calls, chain_of, essence_of, name_of, segments_of, texts_of

MARK = {"cache_control": {"type": "ephemeral"}}
BODY = {
    "tools": [{"name": "read"}, {"name": "write", "cache_control": {"type": "ephemeral", "ttl": "1h"}}],
    "system": [{"type": "text", "text": "You help."}],
    "messages": [
        {"role": "user", "content": "Hi"},
        {"role": "assistant", "content": [{"type": "tool_use", "id": "t1", "name": "read", "input": {"n": 1}}]},
        {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t1", "content": "18 °C", **MARK}]},
    ],
}


def test_the_pieces_in_the_order_of_the_cache() -> None:
    found = segments_of(BODY)
    assert [(one.place, one.label, one.mark) for one in found] == [
        ("tools[0]", "tool read", ""),
        ("tools[1]", "tool write", "1h"),
        ("system[0]", "system", ""),
        ("messages[0]", "user text", ""),
        ("messages[1].content[0]", "assistant tool_use", ""),
        ("messages[2].content[0]", "user tool_result", "5m"),
    ]
    assert len(chain_of(found)) == 3


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Hi", [{"type": "text", "text": "Hi"}], True),
        ([{"type": "text", "text": "Hi", **MARK}], "Hi", True),
        ("Hi", "Hi ", False),
        ([{"type": "tool_use", "input": {"n": 1}}], [{"type": "tool_use", "input": {"n": 1.0}}], False),
        ([{"type": "tool_use", "input": {"a": 1, "b": 2}}], [{"type": "tool_use", "input": {"b": 2, "a": 1}}], False),
        (
            [{"type": "tool_result", "content": [{"type": "text", "text": "x", **MARK}]}],
            [{"type": "tool_result", "content": [{"type": "text", "text": "x"}]}],
            True,
        ),
    ],
)
def test_what_is_the_same_to_the_cache(one: Any, other: Any, same: bool) -> None:
    first, second = (segments_of({"messages": [{"role": "user", "content": content}]}) for content in (one, other))
    assert (first[0].digest == second[0].digest) is same
    assert (chain_of(first) == chain_of(second)) is same


def test_who_said_it_makes_a_difference() -> None:
    user, assistant = (segments_of({"messages": [{"role": role, "content": "x"}]}) for role in ("user", "assistant"))
    assert user[0].digest != assistant[0].digest


@pytest.mark.parametrize(
    ("content", "name"),
    [
        ("<system-reminder>Be brief.</system-reminder>\n Fix  the\nbug", "Fix the bug"),
        ([{"type": "text", "text": "<system-reminder>a</system-reminder>"}, {"type": "text", "text": "Go"}], "Go"),
        ("<system-reminder>never closed", "<system-reminder>never closed"),
        ([{"type": "image"}], "(image)"),
        ([{"type": "tool_result", "tool_use_id": "t1", "content": "18 °C"}], "← read: 18 °C"),
        ([{"type": "tool_result", "tool_use_id": "t1", "content": ""}], "← read"),
        ([{"type": "tool_result", "tool_use_id": "gone", "content": [{"type": "text", "text": "x"}]}], "← a tool: x"),
        ("x" * 5000, "x" * 200),
        (7, ""),
    ],
)
def test_a_turn_is_called_by_what_is_new(content: Any, name: str) -> None:
    assert name_of({"messages": [*BODY["messages"][:2], {"role": "user", "content": content}]}) == name


def test_what_a_reply_is_sent_back_as() -> None:
    """Thinking dropped, texts joined, white space changed, marks added: the same; other words or calls are not."""
    reply = [{"type": "thinking", "thinking": "hm"}, {"type": "text", "text": "One\n"}, {"type": "text", "text": "two"}]
    assert essence_of(reply) == essence_of([{"type": "text", "text": "One two", **MARK}]) == essence_of("One two")
    assert essence_of(reply) != essence_of("One three")
    call = {"type": "tool_use", "id": "t1", "name": "read", "input": {}}
    assert essence_of([*reply, call]) != essence_of(reply)
    assert essence_of([{"type": "thinking", "thinking": "hm"}]) == essence_of([]) == b""


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
MEMBERS = st.sampled_from(["type", "role", "content", "text", "tool_use_id", "id", "cache_control", "input", "name"])
BLOCKS = st.dictionaries(
    MEMBERS, VALUES | st.sampled_from(["text", "tool_use", "tool_result", "user", "assistant", "\ud800"]), max_size=5
)
MESSAGES = st.lists(
    VALUES | BLOCKS | st.builds(dict, role=VALUES | st.just("user"), content=st.lists(BLOCKS)), max_size=4
)


@given(st.fixed_dictionaries({}, optional={"tools": MESSAGES, "system": MESSAGES | st.text(), "messages": MESSAGES}))
def test_a_request_may_hold_anything(body: Any) -> None:
    segments = segments_of(body)
    assert len(chain_of(segments)) == len(body.get("messages", []))
    assert len(name_of(body)) <= 200
    assert all(isinstance(call, str) for call in answered_calls(body))
    for message in body.get("messages", []):
        content = message.get("content") if isinstance(message, dict) else message
        essence_of(content)
        list(texts_of(content))


@given(VALUES)
def test_what_is_no_request_has_no_pieces(body: Any) -> None:
    if not isinstance(body, dict):
        assert segments_of(body) == []
    assert isinstance(name_of(body), str)
