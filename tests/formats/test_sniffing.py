"""A stream is found in whatever is around it, and is the same one."""

import gzip
import shutil
import subprocess
from contextlib import suppress
from pathlib import Path
from pprint import pformat
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.diagnostics import diagnose
from inspector.formats import Hints, named, open_exchange, open_exchanges
from inspector.recording import UnreadableError
from inspector.recording.folders import shipped
from inspector.sse import Decoder
from inspector.text.json_text import dumps, loads_exact
from inspector.timeline import Exchange
from tests.diagnostics.valid import Valid
from tests.formats.containers import exchanges_of
from tests.formats.wrappings import ALL, EVENTS_ALONE, LINES, PACKED, curl_verbose, stamp
from tests.support import block, finish, sse, start, text

EVENTS = [start(), {"type": "ping"}, *block(0, text("Grüße — it's "), text('"so"\n`x` 😀\u2028'), type="text", text=""),
          *finish()]  # fmt: skip
BODY = sse(*EVENTS)


def _opened(content: bytes) -> Exchange:
    (exchange,) = exchanges_of(content)
    return exchange


def _events(exchange: Exchange) -> list[object]:
    return [loads_exact(frame.data.encode("utf-8", "surrogatepass")) for frame in exchange.frames() if frame.dispatched]


@pytest.mark.parametrize("kind", PACKED | LINES)
def test_the_body_is_the_same_whatever_was_around_it(kind: str) -> None:
    exchange = _opened(ALL[kind](EVENTS))
    assert exchange.body() == BODY
    assert exchange.view().status == "complete"


@pytest.mark.parametrize("kind", EVENTS_ALONE)
def test_the_events_are_the_same_whatever_was_around_them(kind: str) -> None:
    exchange = _opened(ALL[kind](EVENTS))
    assert _events(exchange) == EVENTS
    assert exchange.view().status == "complete"


@given(st.integers(0, 1 << 30), st.sampled_from(sorted(ALL)))
def test_any_stream_comes_out_of_any_wrapping(seed: int, kind: str) -> None:
    events = Valid(Random(seed)).events
    assert _events(_opened(ALL[kind](events))) == events


def test_a_string_that_pprint_breaks_is_one() -> None:
    events = [start(), *block(0, text("word 'and' word " * 20), type="text", text=""), *finish()]
    for width in (20, 80):
        assert _events(_opened("\n".join(pformat(event, width=width) for event in events).encode())) == events


@pytest.mark.parametrize("kind", ALL)
def test_what_was_taken_off_is_said_in_one_clause(kind: str) -> None:
    # These are formats of their own, or shown as they are.
    silent = {"zip", "curl -v", "curl --trace", "curl -i --raw"}
    notes = _opened(ALL[kind](EVENTS)).notes
    assert (not any(": read as " in note for note in notes)) == (kind in silent)


@pytest.mark.parametrize(
    "kind",
    [
        "kubectl",
        "docker",
        "a JSON log",
        "data in lines",
        "logfmt",
        "CSV",
        "more behind each",
        "JSON texts in a log",
        "Python's bytes in a log",
        "times and events in pairs",
    ],
)
def test_times_of_a_log_are_those_of_its_events_counted_from_the_first(kind: str) -> None:
    view = _opened(ALL[kind](EVENTS)).view()
    index = view.exchange.index
    times = list(index.t_ns[: index.count])
    # From its first line, which may be that of the event's name.
    assert times[0] in (0, 50_000_000)
    assert times == sorted(times)
    assert 0.2 < times[-1] / 1e9 < 2
    source = index.header and index.header["source"]
    # The contract knows two clocks; a program that writes a log takes the events at its own pace.
    assert source
    assert source["clock"] == "pull"
    assert source["since"] == "first-line"
    # When the request was sent, the log does not say.
    assert view.metrics.ttft_ms is view.metrics.first_event_ms is view.metrics.reads is None
    assert view.metrics.max_gap_ms


def test_an_object_over_several_lines_has_the_time_in_front_of_it() -> None:
    log = "".join(f"{stamp(n)} INFO got {pformat(event, width=20)}\n" for n, event in enumerate(EVENTS)).encode()
    index = _opened(log).view().exchange.index
    assert list(index.t_ns[: index.count]) == [50_000_000 * n for n in range(len(EVENTS))]


def test_times_of_whole_seconds_tell_nothing() -> None:
    log = "".join(f"2026-05-01T10:00:00Z data: {dumps(event).decode()}\n" for event in EVENTS).encode()
    assert _opened(log).view().metrics.duration_ms is None


def test_the_members_of_a_log_can_be_named(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    path.write_bytes(b"".join(
        dumps({"a": {"when": stamp(n), "got": event}, "previous": {"type": "message_start"}}) + b"\n"
        for n, event in enumerate(EVENTS)
    ))  # fmt: skip
    (found,) = open_exchanges(str(path), hints=Hints("a.got", "a.when"))
    with found:
        assert _events(found.load()) == EVENTS
        assert found.index.t_ns[1] == 50_000_000
    with pytest.raises(UnreadableError, match="nothing in it has a member b"):
        open_exchanges(str(path), hints=Hints("b"))


def test_what_is_cut_is_read_as_far_as_it_goes() -> None:
    for kind in ("gzip", "xz", "an array, pretty", "docker", "Python's dicts", "chunked"):
        content = ALL[kind](EVENTS * 40)
        exchange = _opened(content[: len(content) * 3 // 4])
        assert exchange.index.count > 1, kind
        assert exchange.notes, kind


@pytest.mark.parametrize("value", [[], {}, None, 1, "x", [[]], {"type": []}], ids=repr)
def test_members_of_odd_types_are_no_accident(value: object) -> None:
    for key in (
        "type",
        "event",
        "data",
        "log",
        "request",
        "response",
        "scope",
        "events",
        "time",
        "message",
        "mappings",
    ):
        for line in (
            {key: value},
            {"type": "message_start", key: value},
            [{key: value}],
            {"turn": 1, "request": {key: value}},
        ):
            with suppress(UnreadableError):
                exchanges_of(dumps(line) + b"\n")


@given(st.sampled_from(sorted(ALL)), st.data())
def test_damage_anywhere_is_no_accident(kind: str, data: st.DataObject) -> None:
    content = bytearray(ALL[kind](EVENTS))
    at = data.draw(st.integers(0, len(content) - 1))
    content[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
    with suppress(UnreadableError):
        exchanges_of(bytes(content))


def test_a_small_file_that_stands_for_a_large_one_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("inspector.formats.sniffing.UNPACKED_FREE", 1 << 20)
    monkeypatch.setattr("inspector.formats.archive.UNPACKED_FREE", 1 << 20)
    long = [EVENTS[0], *[{"type": "ping"}] * 60_000]
    for kind in ("gzip", "zstd", "xz", "bzip2", "zip"):
        with pytest.raises(UnreadableError, match=r"it unpacks to more than"):
            exchanges_of(ALL[kind](long))


def test_one_thing_in_the_other_has_an_end() -> None:
    content = BODY
    for _ in range(7):
        content = gzip.compress(content)
    with pytest.raises(UnreadableError, match="more than 6 times"):
        exchanges_of(content)


def test_a_format_that_is_named_is_taken_inside_what_is_packed(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(PACKED["UTF-16 in gzip in xz"](EVENTS))
    (exchange,) = open_exchanges(str(path), named("sse"))
    with exchange:
        assert exchange.load().body() == BODY


def test_a_recording_of_ours_may_be_packed(tmp_path: Path) -> None:
    path = shipped()["plain-text"]
    (tmp_path / "a.jsonl.gz").write_bytes(gzip.compress(path.read_bytes()))
    with open_exchange(str(path)) as one, open_exchange(str(tmp_path / "a.jsonl.gz")) as other:
        assert one.view().as_dict() | {"file": ""} == other.view().as_dict() | {"file": ""}


def test_how_curl_failed_is_how_the_body_ended() -> None:
    head, _, _ = curl_verbose(EVENTS).partition(b"event: content_block_stop")
    said = b"* transfer closed with outstanding read data remaining\ncurl: (18) transfer closed with outstanding read data\n"
    view = _opened(head + said).view()
    assert view.end
    assert view.end["reason"] == "reset"
    assert view.error
    assert view.error["message"] == "transfer closed with outstanding read data"
    assert [finding.code for finding in diagnose(view.exchange) if finding.severity == "error"] == ["T01"]


def test_a_json_body_among_what_curl_says_is_the_body() -> None:
    head, _, _ = curl_verbose(EVENTS).replace(b"200 OK", b"529 ").partition(b"event: ")
    error = {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded today"}}
    exchange = _opened(head + dumps(error) + b"\n* Connection #0 left intact\n")
    assert exchange.body().strip() == dumps(error)
    assert exchange.notes == []


def test_what_curl_says_without_the_body_is_no_empty_body() -> None:
    head, _, _ = curl_verbose(EVENTS).partition(b"event: ")
    exchange = _opened(b"* ALPN: curl offers h2\n" + head)
    assert diagnose(exchange) == []
    assert any("2>&1" in note for note in exchange.notes)
    assert exchange.request
    assert exchange.request["url"] == "https://localhost/v1/messages"


@pytest.mark.parametrize("kind", ["in lists of a list's objects", "without a model"])
def test_what_no_wrapper_takes_apart_is_refused_and_not_read_in_part(kind: str) -> None:
    content = {
        "in lists of a list's objects": dumps(
            {"data": [{"values": [["1", dumps(event).decode()] for event in EVENTS]}]}
        ),
        "without a model": repr({"type": "message", "id": "a", "role": "assistant", "content": []}).encode(),
    }
    with pytest.raises(UnreadableError, match=r"of no format that is known|this is a list of messages"):
        exchanges_of(content[kind] + b"\n")
    assert _events(_opened(dumps([[[event] for event in EVENTS]]))) == EVENTS


def test_a_time_in_brackets_is_no_list() -> None:
    lines = (f'[2026-05-01 10:00:00.{n:03}] sse {{"event":{dumps(event).decode()}}} ' for n, event in enumerate(EVENTS))
    exchange = _opened("\n".join(lines).encode())
    assert _events(exchange) == EVENTS
    assert exchange.notes[0] == "lines with times in front: read as events"


def test_the_message_that_the_sdk_made_of_printed_events_is_none_of_them() -> None:
    printed = "".join(f"{event!r}\n" for event in EVENTS)
    exchange = _opened(f"{printed}{_opened(printed.encode()).view().message!r}\n".encode())
    assert _events(exchange) == EVENTS


def test_of_what_console_log_left_out_nothing_is_found() -> None:
    printed = "".join(
        "{ type: 'message_start', message: { id: 'm', type: 'message', role: 'assistant', model: 'm', content: [],\n"
        "  stop_reason: null, stop_sequence: null, usage: [Object] } }\n"
        if event["type"] == "message_start"
        else f"{event!r}\n"
        for event in EVENTS
    )
    exchange = _opened(printed.encode())
    assert [finding.code for finding in diagnose(exchange) if finding.severity != "info"] == []
    assert any("console.log left parts out" in note for note in exchange.notes)


def test_curl_says_what_was_asked_and_answered_and_no_secret() -> None:
    view = _opened(curl_verbose(EVENTS)).view()
    assert view.request
    assert (view.request["method"], view.request["url"]) == ("POST", "http://localhost/v1/messages")
    assert view.response == {"status": 200, "headers": [["content-type", "text/event-stream"]]}
    assert "sk-ant-secret" not in str(view.request)


def test_an_ascii_trace_says_that_it_has_lost_something() -> None:
    body = sse(*EVENTS)
    lines = ["10:00:00.100000 => Send header, 1 bytes (0x1)", "0000: POST /v1/messages HTTP/1.1", "001c: "]
    lines += ["10:00:00.200000 <= Recv header, 17 bytes (0x11)", "0000: HTTP/1.1 200 OK"]
    lines += [f"10:00:00.300000 <= Recv data, {len(body)} bytes (0x1)"]
    ascii_only = "".join(chr(byte) if 32 <= byte < 127 else "." for byte in body)
    lines += [f"{at:04x}: {ascii_only[at : at + 64]}" for at in range(0, len(ascii_only), 64)]
    exchange = _opened("\n".join([*lines, ""]).encode())
    assert [event["type"] for event in _events(exchange)] == [event["type"] for event in EVENTS]  # type: ignore[index]
    assert any("--trace keeps them" in note for note in exchange.notes)
    assert exchange.view().metrics.first_event_ms == 200


NODE = shutil.which("node")


@pytest.mark.skipif(NODE is None, reason="there is no node")
def test_what_node_prints_is_read(tmp_path: Path) -> None:
    script = "for (const one of JSON.parse(require('fs').readFileSync(0))) console.log(one)"
    printed = subprocess.run([str(NODE), "-e", script], input=dumps(EVENTS), capture_output=True, check=True).stdout
    exchange = _opened(printed)
    assert _events(exchange) == EVENTS
    deep = dumps([{**EVENTS[0], "message": {"content": [], "usage": {"a": {"b": {"c": 1}}}}}, *EVENTS[1:]])
    printed = subprocess.run([str(NODE), "-e", script], input=deep, capture_output=True, check=True).stdout
    assert any("left parts out" in note for note in _opened(printed).notes)


def test_what_the_sdk_prints_is_read() -> None:
    lines = (
        "RawMessageStartEvent(message=Message(id='msg_1', container=None, content=[], model='m', role='assistant', "
        "stop_reason=None, stop_sequence=None, type='message', usage=Usage(cache_creation=None, input_tokens=3, "
        "output_tokens=1)), type='message_start')\n"
        "RawContentBlockStartEvent(content_block=TextBlock(citations=None, text='', type='text'), index=0, "
        "type='content_block_start')\n"
        "RawContentBlockDeltaEvent(delta=TextDelta(text=\"it's\\n😀\\x7f\", type='text_delta'), index=0, "
        "type='content_block_delta')\n"
        "TextEvent(type='text', text='it', snapshot='it')\n"
        "ParsedContentBlockStopEvent(index=0, type='content_block_stop', content_block=ParsedTextBlock(citations=None, "
        "text='it', type='text'))\n"
        "RawMessageDeltaEvent(delta=Delta(container=None, stop_reason='end_turn', stop_sequence=None), "
        "type='message_delta', usage=MessageDeltaUsage(input_tokens=None, output_tokens=12))\n"
        "ParsedMessageStopEvent(type='message_stop', message=ParsedMessage(id='msg_1', content=[]))\n"
    )
    exchange = _opened(lines.encode())
    view = exchange.view()
    assert view.status == "complete"
    assert view.message is not None
    assert view.message["content"] == [{"text": "it's\n😀\x7f", "type": "text"}]
    assert view.message["usage"] == {"input_tokens": 3, "output_tokens": 12}
    assert view.message["stop_sequence"] is None
    assert "container" not in view.message
    assert any("came not from the wire" in note for note in exchange.notes)


def test_it_is_looked_for_in_linear_time() -> None:
    """What could be one again and again, and never is: a quadratic search takes minutes here."""
    for piece in (
        b"{",
        b"[",
        b"{'type': ",
        b'{"type":',
        b"Raw(",
        b"'data: ",
        b"b'",
        b'"',
        b"> ",
        b"event: ",
        b"{a:",
        b"\\",
    ):
        for end in (b"", b"\n"):
            with suppress(UnreadableError):
                exchanges_of((piece + end) * (1 << 16))


def test_frames_stay_frames() -> None:
    """Comments, names that do not fit, two lines of data: a prefix is taken off, and nothing put in order."""
    body = b": hi\n\nevent: odd\ndata: 1\ndata: 2\n\nid: 4\nretry: 5\ndata: {}\n\n" + BODY
    content = b"".join(b"svc-1 | " + line + b"\n" for line in body.split(b"\n")[:-1])
    exchange = _opened(content)
    assert exchange.body() == body
    assert [frame.raw for frame in exchange.frames()] == [frame.raw for frame in Decoder().feed(body)]
