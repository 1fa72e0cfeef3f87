"""Messages as of an event: what the stream left out, and what its last events change."""

from tests.support import block, exchange_of_body, finish, sse, start, text


def test_content_without_a_message_start_is_an_assistant_s() -> None:
    exchange = exchange_of_body([sse(*block(0, text("a"), type="text", text=""))])
    assert exchange.view().message == {
        "type": "message",
        "role": "assistant",
        "content": [{"type": "text", "text": "a"}],
    }


def test_only_a_fallback_says_who_served() -> None:
    for kind, served_by in (("fallback", "other"), ("shiny", "first")):
        opened = {"type": kind, "to": {"model": "other"}}
        events = [start(model="first"), {"type": "content_block_start", "index": 0, "content_block": opened}]
        message = exchange_of_body([sse(*events)]).view().message
        assert message
        assert message["model"] == served_by


def test_a_message_delta_sets_what_it_leaves_out() -> None:
    first = start(stop_reason="x", stop_sequence="y", stop_details="z")
    events = [first, {"type": "message_delta", "delta": {}, "usage": {}}]
    exchange = exchange_of_body([sse(event) for event in events])
    fields = ("stop_reason", "stop_sequence", "stop_details")
    for n, wanted in ((1, ["x", "y", "z"]), (2, [None, None, None])):
        message = exchange.at(n).message
        assert message
        assert [message.get(field, "absent") for field in fields] == wanted


def test_a_tool_without_input_is_whole_with_its_stop() -> None:
    events = [start(), *block(0, type="tool_use", id="t", name="n", input={}), *finish("tool_use")]
    exchange = exchange_of_body([sse(event) for event in events])
    shown = [(exchange.at(n).message or {})["content"][0] for n in (2, 3)]
    assert [content.get("input_json") for content in shown] == ["", None]


def test_an_error_by_its_name_alone_is_one() -> None:
    exchange = exchange_of_body(
        [b'event: error\ndata: {"type":"x"}\n\n', b"event: error\r\ndata: oops\n\n", b"data: []\n\n"]
    )
    assert [n for n, _ in exchange.index.assembler.errors] == [1, 2]
    assert exchange.view().status == "error"


def test_types_beyond_what_a_byte_counts_share_one() -> None:
    exchange = exchange_of_body([sse(*({"type": f"t{number}"} for number in range(300)))])
    types = exchange.index.event_types
    assert [types[exchange.index.code[n]].event for n in (0, 253, 254, 255, 299)] == ["t0", "t253", "…", "…", "…"]


def test_many_deltas_of_a_read_belong_to_its_first() -> None:
    deltas = block(0, *(text("a") for _ in range(40)), type="text", text="")
    first, *rest = (sse(event) for event in (start(), *deltas))
    exchange = exchange_of_body([first + rest[0] + rest[1], b"".join(rest[2:22]), b"".join(rest[22:])])
    assert list(exchange.index.arrivals.brought) == [1, 4, 24]
