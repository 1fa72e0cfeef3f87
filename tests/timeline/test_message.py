"""Where the SDK loses data, what the wire said is shown."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from inspector.text.json_text import dumps
from inspector.timeline.message import Buffer, role_of, text_delta_of
from tests.support import block, exchange_of_body, finish, input_json, sse, start, text


def _message(*events: dict[str, Any]) -> dict[str, Any]:
    message = exchange_of_body([sse(*events)]).view().message
    assert message is not None
    return message


def test_blocks_that_open_out_of_order_are_told_apart_by_index() -> None:
    second, first = block(1, type="text", text="")[0], block(0, type="text", text="")[0]
    deltas = [
        {"type": "content_block_delta", "index": index, "delta": text(piece)} for index, piece in ((0, "a"), (1, "b"))
    ]
    assert [b["text"] for b in _message(start(), second, first, *deltas, *finish())["content"]] == ["a", "b"]


def test_an_index_that_is_used_again_means_the_newer_block() -> None:
    message = _message(
        start(),
        *block(0, text("a"), type="text", text=""),
        *block(0, input_json("{}"), type="tool_use", input={}),
        *finish(),
    )
    assert [b["type"] for b in message["content"]] == ["text", "tool_use"]
    assert message["content"][0]["text"] == "a"
    assert "text" not in message["content"][1]


def test_a_gap_in_the_indexes_loses_nothing() -> None:
    message = _message(start(), *block(0, text("a"), type="text", text=""), *block(2, text("b"), type="text", text=""))
    assert [b["text"] for b in message["content"]] == ["a", "b"]


def test_deltas_without_a_start_imply_a_block() -> None:
    message = _message(start(), {"type": "content_block_delta", "index": 0, "delta": text("a")},
                       {"type": "content_block_delta", "index": 0, "delta": text("b")})  # fmt: skip
    assert message["content"] == [{"type": "text", "text": "ab"}]


def test_content_without_a_message_start_implies_a_message() -> None:
    assert _message(*block(0, text("a"), type="text", text=""))["content"] == [{"type": "text", "text": "a"}]
    message = _message(*block(0, text("a"), type="text", text=""), start(), *finish())
    assert (message["id"], message["content"]) == ("msg_1", [{"type": "text", "text": "a"}])


def test_an_event_that_is_no_json_builds_nothing() -> None:
    body = sse(start(), *block(0, text("a"), type="text", text="", stop=False))
    body += b'event: content_block_delta\ndata: {"type":"content_block_del\n\n'
    message = exchange_of_body([body]).view().message
    assert message is not None
    assert message["content"] == [{"type": "text", "text": "a"}]


def test_unknown_and_misplaced_deltas_are_kept() -> None:
    shiny = {"type": "shiny_delta", "n": 123456789012345678901234567890}
    message = _message(start(), *block(0, shiny, input_json("{"), text("a"), type="text", text=""), *finish())
    assert message["content"] == [{"type": "text", "text": "a", "unapplied_deltas": [shiny, input_json("{")]}]


def test_big_integers_are_exact() -> None:
    big = 123456789012345678901234567890
    events = [start(usage={"input_tokens": big, "output_tokens": 1}),
              *block(0, input_json(f'{{"n":{big}}}'), type="tool_use", input={}), *finish()]  # fmt: skip
    body = b"".join(
        b"event: %b\ndata: %b\n\n" % (event["type"].encode(), json.dumps(event).encode()) for event in events
    )
    message = exchange_of_body([body]).view().message
    assert message is not None
    assert message["usage"]["input_tokens"] == big
    assert message["content"][0]["input"] == {"n": big}


def test_several_messages_in_one_body() -> None:
    view = exchange_of_body(
        [sse(start(), *finish(), start(id="msg_2"), *block(0, text("x"), type="text", text=""), *finish())]
    ).view()
    assert [message["id"] for message in view.messages] == ["msg_1", "msg_2"]
    assert view.as_dict()["message"]["id"] == "msg_1"
    assert len(view.as_dict()["messages"]) == 2


def test_lone_surrogates_come_through() -> None:
    body = sse(start(), *block(0, type="text", text="", stop=False))
    body += b'event: content_block_delta\ndata: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"\\ud83d"}}\n\n'
    message = exchange_of_body([body]).view().message
    assert message is not None
    assert message["content"][0]["text"] == "\ud83d"
    assert b"\\ud83d" in dumps(message)


def test_tool_input_nested_500_deep() -> None:
    deep = '{"a":' * 500 + "1" + "}" * 500
    view = exchange_of_body([sse(start(), *block(0, input_json(deep), type="tool_use", input={}), *finish())]).view()
    assert b'{"a":' * 500 in dumps(view.as_dict())


_TYPES = st.sampled_from(["message_start", "content_block_start", "content_block_delta", "content_block_stop",
                          "message_delta", "message_stop", "ping", "error", "shiny", None, 7])  # fmt: skip
_JUNK = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 3) | st.floats(allow_nan=False) | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(
            st.sampled_from(["type", "text", "index", "content", "usage", "partial_json", "input"]), inner, max_size=3
        )
    ),
    max_leaves=6,
)
_DELTA = st.fixed_dictionaries(
    {
        "type": st.sampled_from(
            ["text_delta", "input_json_delta", "thinking_delta", "signature_delta", "citations_delta", "x"]
        )
    },
    optional={"text": _JUNK, "partial_json": _JUNK, "thinking": _JUNK, "signature": _JUNK, "citation": _JUNK},
)
_HOSTILE = st.fixed_dictionaries(
    {"type": _TYPES},
    optional={
        "index": _JUNK,
        "delta": _DELTA | _JUNK,
        "content_block": _JUNK,
        "message": _JUNK,
        "usage": _JUNK,
        "error": _JUNK,
    },
)


@given(st.lists(_HOSTILE, max_size=12))
def test_no_event_is_fatal_and_every_moment_can_be_shown(events: list[dict[str, Any]]) -> None:
    body = b"".join(
        b"event: %b\ndata: %b\n\n" % (str(event["type"]).encode(), json.dumps(event).encode()) for event in events
    )
    exchange = exchange_of_body([body])
    assert exchange.index.count == len(events)
    for n in range(len(events) + 1):
        view = exchange.at(n)
        json.loads(dumps(view.as_dict()))
        assert view.metrics.events == n


def test_a_block_of_an_unknown_type_is_what_its_deltas_bring() -> None:
    thought = {"type": "thinking_delta", "thinking": "hm"}
    cases: list[tuple[list[dict[str, Any]], str, str]] = [
        ([], "other", "text_delta"),
        ([thought], "thinking", "thinking_delta"),
        ([thought, text("a")], "text", "text_delta"),
        ([text("a"), thought, input_json("{")], "tool", "text_delta"),
    ]
    for deltas, role, delta_type in cases:
        (found,) = exchange_of_body([sse(start(), *block(0, *deltas, type="shiny"))]).index.blocks
        assert role_of(found) == role
        assert text_delta_of(found) == delta_type
        assert (found.input_text is not None) is (role == "tool")


def test_what_a_delta_alone_implies() -> None:
    deltas = [text("a"), {"type": "thinking_delta", "thinking": "b"}, input_json(""), {"type": "shiny_delta"}, None]
    events = [{"type": "content_block_delta", "index": n, "delta": delta} for n, delta in enumerate(deltas)]
    blocks = exchange_of_body([sse(start(), *events)]).index.blocks
    assert [found.start for found in blocks] == [
        {"type": "text"}, {"type": "thinking"}, {"type": "tool_use", "input": {}}, {"type": "?"}, {"type": "?"},
    ]  # fmt: skip


def test_a_piece_is_what_one_event_brought() -> None:
    buffer = Buffer()
    for n, piece in ((3, "one"), (5, "zwei"), (6, "é")):
        buffer.append(n, piece)
    assert [buffer.piece(n) for n in range(2, 8)] == [(0, 0), (0, 3), (3, 3), (3, 7), (7, 9), (9, 9)]
