from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.recording.lines import frame_line
from inspector.sse import Decoder
from tests.support import block, exchange_of_body, exchange_of_lines, finish, input_json, sse, start, text

WHOLE = [
    start(),
    {"type": "ping"},
    *block(0, {"type": "thinking_delta", "thinking": "hm"}, {"type": "signature_delta", "signature": "s"}, type="thinking", thinking="", signature=""),
    *block(1, text("Hel"), text("lo"), type="text", text=""),
    *block(2, input_json(""), input_json('{"city":"Par'), input_json('is"}'), type="tool_use", id="t", name="n", input={}),
    *finish("tool_use"),
]  # fmt: skip
HEADER = b'{"kind":"recording","version":1,"source":{"kind":"live"}}\n'
ERROR = {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}


@given(st.integers(0, len(WHOLE)))
def test_as_of_event_n_is_the_recording_cut_after_it(n: int) -> None:
    whole = exchange_of_body([sse(*WHOLE)])
    cut = exchange_of_body([sse(*WHOLE[:n])], end=None)
    then, now = whole.at(n).as_dict(), cut.view().as_dict()
    # One read brought everything, so its number and time are those of the only read.
    assert {**then, "metrics": None} == {**now, "metrics": None}


def test_partial_tool_input() -> None:
    exchange = exchange_of_body([sse(*WHOLE)])
    seen = []
    for n in range(1, len(WHOLE) + 1):
        content = (exchange.at(n).message or {})["content"]
        if len(content) == 3:
            seen.append((content[2]["input"], content[2].get("input_json")))
    assert seen[:5] == [({}, ""), ({}, ""), ({}, '{"city":"Par'), ({"city": "Paris"}, None), ({"city": "Paris"}, None)]


def test_fine_grained_beta_keeps_the_unfinished_string() -> None:
    request = b'{"kind":"request","t_ns":0,"method":"POST","url":"u","headers":[["anthropic-beta","a, fine-grained-tool-streaming-2025-05-14"]]}\n'
    frames = Decoder().feed(sse(*WHOLE[:-4]))
    exchange = exchange_of_lines([HEADER, request, *map(frame_line, frames)])
    message = exchange.at(13).message
    assert message is not None
    assert message["content"][2]["input"] == {"city": "Par"}


def test_input_that_cannot_be_parsed_is_null_beside_its_text() -> None:
    message = (
        exchange_of_body([sse(start(), *block(0, input_json('{"kw": Dave}'), type="tool_use", input={}))])
        .view()
        .message
    )
    assert message is not None
    assert message["content"][0] == {"type": "tool_use", "input": None, "input_json": '{"kw": Dave}'}


@pytest.mark.parametrize(
    ("body", "end", "source", "status"),
    [
        (sse(*WHOLE), "complete", "live", "complete"),
        (sse(*WHOLE[:5]), "eof", "live", "truncated"),
        (sse(*WHOLE[:5]), "reset", "live", "truncated"),
        (sse(*WHOLE[:5]), "cancelled", "live", "cancelled"),
        (sse(*WHOLE), "cancelled", "live", "complete"),
        (sse(*WHOLE[:5]), None, "live", "in-progress"),
        (b"", None, "live", "in-progress"),
        (b"", "eof", "live", "truncated"),
        (sse(*WHOLE[:5]), None, "import", "truncated"),
        (sse(*WHOLE)[:-1], None, "import", "complete"),
        (sse(*WHOLE)[:-1], None, "live", "in-progress"),
        (sse(*WHOLE)[:-1], "eof", "live", "truncated"),
        (sse(*WHOLE).replace(b"\n\n", b"\n"), None, "import", "not-a-stream"),
        (sse(*WHOLE[:5], ERROR), "eof", "live", "error"),
        (b'{"type":"error"}', "complete", "live", "not-a-stream"),
        (b"<html>\n\n", "complete", "live", "not-a-stream"),
    ],
)
def test_status(body: bytes, end: str | None, source: str, status: str) -> None:
    assert exchange_of_body([body], source, end).view().status == status


def test_errors() -> None:
    view = exchange_of_body([sse(*WHOLE[:5], ERROR)], end="eof").view()
    assert view.error == {"type": "overloaded_error", "message": "Overloaded", "event": 6}
    assert view.exchange.at(5).error is None
    assert view.exchange.at(5).status == "in-progress"


def test_an_http_error_speaks_from_its_body() -> None:
    response = b'{"kind":"response","t_ns":5,"status":429,"headers":[]}\n'
    body = b'{"kind":"tail","raw":"{\\"type\\":\\"error\\",\\"error\\":{\\"type\\":\\"rate_limit_error\\",\\"message\\":\\"slow\\"}}"}\n'
    view = exchange_of_lines([HEADER, response, body]).view()
    assert (view.status, view.error) == ("error", {"type": "rate_limit_error", "message": "slow", "event": None})
    bare = exchange_of_lines([HEADER, response]).view()
    assert bare.error == {"type": "rate_limit_error", "message": None, "event": None}


def test_how_the_body_ended_is_an_error_too() -> None:
    end = b'{"kind":"end","t_ns":9,"reason":"reset","error":{"type":"httpx2.ReadError","message":"gone"}}\n'
    view = exchange_of_lines([HEADER, end]).view()
    assert view.error == {"type": "httpx2.ReadError", "message": "gone", "event": None}


def test_a_json_reply_is_the_message() -> None:
    view = exchange_of_body([b'{"type":"message","id":"msg_9","content":[]}']).view()
    assert (view.status, view.message) == ("not-a-stream", {"type": "message", "id": "msg_9", "content": []})


def _timed(*reads: tuple[int, list[dict[str, Any]]]) -> Any:
    decoder = Decoder()
    lines = [HEADER, b'{"kind":"response","t_ns":2000000,"status":200,"headers":[]}\n']
    for t_ms, events in reads:
        lines += map(frame_line, decoder.feed(sse(*events), t_ms * 1_000_000))
    return exchange_of_lines([*lines, b'{"kind":"end","t_ns":120000000,"reason":"complete"}\n'])


def test_metrics() -> None:
    exchange = _timed((10, WHOLE[:3]), (30, WHOLE[3:5]), (40, WHOLE[5:8]), (90, WHOLE[8:15]), (100, WHOLE[15:]))
    metrics = exchange.view().metrics.as_dict()
    assert metrics == {
        "events": len(WHOLE), "pings": 1, "reads": 5, "bytes": len(sse(*WHOLE)), "ttfb_ms": 2, "first_event_ms": 10,
        "ttft_ms": 30, "first_thinking_ms": 30, "first_text_ms": 40, "first_tool_ms": 90, "duration_ms": 120,
        "median_gap_ms": 15, "max_gap_ms": 50, "max_gap_at": 9, "output_tokens": 9,
        "output_tokens_per_s": 150,
    }  # fmt: skip
    early = exchange.at(5).metrics.as_dict()
    assert (early["reads"], early["duration_ms"], early["max_gap_at"], early["output_tokens"]) == (2, 30, 4, None)
    assert exchange.at(0).metrics.as_dict()["events"] == 0


def test_reads_that_split_a_frame_count_for_the_gaps() -> None:
    body = sse(*WHOLE[:2])
    decoder = Decoder()
    lines = [HEADER]
    for t_ms, piece in ((10, body[:7]), (60, body[7:20]), (65, body[20:])):
        lines += map(frame_line, decoder.feed(piece, t_ms * 1_000_000))
    metrics = exchange_of_lines(lines).view().metrics
    assert (metrics.reads, metrics.max_gap_ms, metrics.median_gap_ms, metrics.max_gap_at) == (3, 50, 27.5, 1)


def test_without_times_there_are_no_figures_of_time() -> None:
    frames = Decoder().feed(sse(*WHOLE))
    for frame in frames:
        frame.t_ns = frame.read = None
    metrics = exchange_of_lines([HEADER, *map(frame_line, frames)]).view().metrics.as_dict()
    known = {key for key, value in metrics.items() if value is not None}
    assert known == {"events", "pings", "bytes", "output_tokens"}


def test_beyond_the_end_is_an_error() -> None:
    with pytest.raises(IndexError, match="there is no event 99"):
        exchange_of_body([sse(*WHOLE)]).at(99)


def test_oddities_are_noted_and_the_rest_is_read() -> None:
    frames = [frame_line(frame) for frame in Decoder().feed(sse(*WHOLE))]
    lines = [
        HEADER,
        *frames[:4],
        b'{"kind":"eve\x00damaged\n',
        *frames[4:],
        b'{"kind":"shiny","x":1}\n',
        b'{"kind":"new"}\n',
        b'{"kind":"shiny","x":2}\n',
        b'{"kind":"event","ev',
    ]
    exchange = exchange_of_lines(lines)
    assert exchange.index.count == len(WHOLE)
    assert exchange.view().status == "complete"
    assert exchange.notes == [
        "1 damaged line left out (6)",
        "2 lines of unknown kind 'shiny' left out",
        "1 line of unknown kind 'new' left out",
        "the last line is cut",
        "the recording has no end: it was cut, or is still being written",
    ]


def test_the_index_follows_a_growing_file() -> None:
    exchange = exchange_of_lines([HEADER])
    lines = b"".join(frame_line(frame) for frame in Decoder().feed(sse(*WHOLE)))
    for at in range(0, len(lines), 100):
        exchange.reader.file.seek(0, 2)
        exchange.reader.file.write(lines[at : at + 100])
        exchange.reader.file.flush()
        exchange.load()
        assert exchange.index.count == lines[: at + 100].count(b"\n")
    assert exchange.body() == sse(*WHOLE)


def test_a_message_stop_alone_is_complete() -> None:
    assert exchange_of_body([sse({"type": "message_stop"})]).view().status == "complete"


def test_tool_input_and_text_that_grow_after_they_were_seen_whole() -> None:
    lines = [
        HEADER,
        *map(frame_line, Decoder().feed(sse(start(), *block(0, text("a"), type="text", text="", stop=False)))),
    ]
    exchange = exchange_of_lines(lines)
    assert (exchange.view().message or {})["content"][0]["text"] == "a"
    more = sse({"type": "content_block_delta", "index": 0, "delta": text("é")},
               *block(1, input_json("1"), input_json("2"), type="tool_use", input={}))  # fmt: skip
    exchange.reader.file.seek(0, 2)
    exchange.reader.file.write(b"".join(map(frame_line, Decoder().feed(more))))
    exchange.reader.file.flush()
    exchange.load()
    assert (exchange.at(4).message or {})["content"][0]["text"] == "aé"
    assert [(exchange.at(n).message or {})["content"][1]["input"] for n in (6, 7, 6, 7, 8)] == [1, 12, 1, 12, 12]
    assert (exchange.at(3).message or {})["content"][0]["text"] == "a"
