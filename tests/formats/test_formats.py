from collections.abc import Iterable, Iterator
from pathlib import Path
from random import Random

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.formats import FORMATS, open_exchange, open_exchanges, recognise
from inspector.formats.registry import named
from inspector.recording import UnreadableError
from tests.diagnostics.valid import Valid
from tests.formats.containers import exchanges_of
from tests.support import CORPUS, SHARED, block, bodies, exchange_of_body, finish, sse, start, text

EVENTS = [start(), {"type": "ping"}, *block(0, text("Grüße\u2028"), type="text", text=""), *finish()]


def _read(name: str, content: bytes, step: int = 1 << 16) -> list[bytes]:
    """The bodies of all exchanges that a format's importer finds."""
    reader = named(name).read
    assert reader is not None
    chunks: Iterator[bytes] = (content[at : at + step] for at in range(0, len(content), step))
    return [exchange_body(imported.lines) for imported in reader(chunks)]


def exchange_body(lines: Iterable[bytes]) -> bytes:
    from tests.support import exchange_of_lines

    return exchange_of_lines(lines).body()


_SHAPES = {
    "sse": sse(*EVENTS),
    "events": b"".join(orjson.dumps(event) + b"\n" for event in EVENTS),
    "wrapped": b"".join(
        orjson.dumps({"LastEventID": "", "Type": event["type"], "Data": orjson.dumps(event).decode()}) + b"\n"
        for event in EVENTS
    ),
    "claude-code": b'{"type":"system","subtype":"init","session_id":"s"}\n'
    + b"".join(b'{"type":"stream_event","event":%b,"session_id":"s"}\n' % orjson.dumps(event) for event in EVENTS),
}


@pytest.mark.parametrize("name", _SHAPES)
@pytest.mark.parametrize("step", [1, 7, 1 << 16])
def test_every_shape_gives_the_same_stream(name: str, step: int) -> None:
    assert recognise(_SHAPES[name]).name == name
    assert _read(name, _SHAPES[name], step) == [sse(*EVENTS)]


@pytest.mark.parametrize("name", ["events", "wrapped", "claude-code"])
def test_white_space_blank_lines_and_a_missing_last_line_end_do_not_matter(name: str) -> None:
    content = b"\n" + _SHAPES[name].replace(b"\n", b"\r\n\r\n").rstrip()
    assert _read(name, content) == [sse(*EVENTS)]


def test_an_event_keeps_the_bytes_of_its_json() -> None:
    odd = b'{"type" : "ping",  "n": 123456789012345678901234567890 }'
    assert _read("events", odd) == [b"event: ping\ndata: " + odd + b"\n\n"]
    assert _read("claude-code", b'{"type":"stream_event","event":' + odd + b"}") == [
        b"event: ping\ndata: " + odd + b"\n\n"
    ]


def test_lines_that_are_no_json_are_kept() -> None:
    assert _read("events", b'{"type":"ping"}\noops\n') == [b'event: ping\ndata: {"type":"ping"}\n\ndata: oops\n\n']
    assert _read("wrapped", b'{"Type":"ping","Data":"{}"}\noops\n') == [b"event: ping\ndata: {}\n\ndata: oops\n\n"]


def test_claude_code_calls_are_exchanges_of_their_own() -> None:
    def line(event: dict[str, object], agent: str | None) -> bytes:
        return orjson.dumps({"type": "stream_event", "event": event, "parent_tool_use_id": agent}) + b"\n"

    one, two, three = start(id="msg_1"), start(id="msg_2"), start(id="msg_3")
    stop = {"type": "message_stop"}
    content = line(one, None) + line(two, "toolu_1") + line(stop, "toolu_1") + line(stop, None) + line(three, None)
    assert _read("claude-code", content) == [sse(one, stop), sse(two, stop), sse(three)]


@given(bodies())
def test_sse_text_round_trips(body: bytes) -> None:
    exchange = exchange_of_body([body])
    write = FORMATS["sse"].write
    assert write is not None
    assert b"".join(write(exchange)) == body
    assert _read("sse", body, 5) == [body]


@given(st.integers(0, 1 << 30), st.sampled_from([name for name, format in FORMATS.items() if format.write]))
def test_whatever_can_be_written_is_told_and_read_as_the_same(seed: int, name: str) -> None:
    events = Valid(Random(seed)).events
    before = exchange_of_body([sse(*events)])
    write = FORMATS[name].write
    assert write is not None
    content = b"".join(write(before))
    assert recognise(content).name == name
    (after,) = exchanges_of(content)
    assert after.view().message == before.view().message
    assert [frame.data for frame in after.frames()] == [frame.data for frame in before.frames()]
    assert after.body() == before.body()


def test_our_own_format_round_trips_with_unknown_lines(tmp_path: Path) -> None:
    lines = [
        b'{"kind":"recording","version":1,"x":1}\n',
        b'{"kind":"shiny"}\n',
        b'{"kind":"event","event":"e","data":1}\n',
        b'{"kind":"e',
    ]
    (tmp_path / "a").write_bytes(b"".join(lines))
    write = FORMATS["jsonl"].write
    assert write is not None
    with open_exchange(str(tmp_path / "a")) as exchange:
        assert b"".join(write(exchange)) == b"".join(lines)


def test_imports_have_no_times(tmp_path: Path) -> None:
    path = tmp_path / "saved"
    path.write_bytes(_SHAPES["sse"])
    with open_exchange(str(path)) as exchange:
        assert {exchange.frame(n).read for n in range(1, exchange.index.count + 1)} == {None}
        assert exchange.view().metrics.duration_ms is None
        assert exchange.view().status == "complete"


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: str(path.relative_to(SHARED / "corpus")))
def test_the_corpus_is_recognised_by_content(path: Path) -> None:
    expected = {"chunks": "events", "wrapped": "wrapped", "claude-code": "claude-code"}
    found = recognise(path.read_bytes()[: 1 << 16]).name
    assert found == ("sse" if path.suffix == ".sse" else expected[path.name.split(".")[-2]])


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "the file is empty"),
        (b"\0\1\2", "binary data"),
        (b"\x89PNG\r\n", "this is an image"),
        (b"hello\n", "of no format that is known"),
        (b"a" * 100_000, "of no format that is known"),
        (b'{"kind":"recording","version":3}\n', "a recording of version 3"),
        (b'{"kind":"recording"}\n', "does not say its version"),
        (b'{"a":1}\n', "of no format that is known"),
    ],
)
def test_what_is_no_stream_is_refused_in_one_line(tmp_path: Path, content: bytes, says: str) -> None:
    path = tmp_path / "x"
    path.write_bytes(content)
    with pytest.raises(UnreadableError, match=says) as caught:
        open_exchanges(str(path))
    assert "\n" not in str(caught.value)


def test_files_that_cannot_be_opened(tmp_path: Path) -> None:
    with pytest.raises(UnreadableError, match="no such file"):
        open_exchanges(str(tmp_path / "absent"))
    with pytest.raises(UnreadableError, match="is a directory"):
        open_exchanges(str(tmp_path))


def test_a_recording_that_grows_is_read_in_place(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(b'{"kind":"recording","version":1}\n')
    (exchange,) = open_exchanges(str(path))
    with exchange, path.open("ab") as sink:
        assert exchange.load().index.count == 0
        sink.write(b'{"kind":"event","event":"e","data":1}\n')
        sink.flush()
        assert exchange.load().index.count == 1


def test_a_bom_and_leading_blank_lines_are_still_an_event_stream() -> None:
    for head in (b"\xef\xbb\xbfevent: x\n", b"\n\ndata: 1\n", b": hi\n", b"data\n", b"retry: 1\n"):
        assert recognise(head).name == "sse"


def test_every_format_says_what_it_is() -> None:
    assert all(found.summary and found.read and found.name == name for name, found in FORMATS.items())
