"""Recordings with spill lines, read in every way in which a recording is read: as if no frame had been spilled."""

import re
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.capture.recorder import Recorder
from inspector.formats import FORMATS
from inspector.recording import LineReader, Writer
from inspector.recording.lines import VERSION
from inspector.replay.recorded import reads
from inspector.timeline import Exchange
from inspector.timeline.pattern import Finder
from inspector.timeline.search import frames_with
from tests.support import block, bodies, chunkings, cut, finish, input_json, sse, start, text

BODY = sse(start(), *block(0, text("Grüße, "), text("Welt"), type="text", text=""), *finish())


def recorded(
    path: Path, chunks: Sequence[bytes], spills: Sequence[bool] = (), kind: str = "text/event-stream", end: bool = True
) -> Exchange:
    """A recording of these reads, read k at 1,000 * k ns; after which of them what is held is spilled, comes in turn."""
    recorder = Recorder(Writer.create(path, {"kind": "live"}))
    recorder.request("POST", "http://h/v1/messages", [], b'{"stream":true}')
    recorder.response(0, 200, [("content-type", kind)])
    for number, chunk in enumerate(chunks):
        recorder.reads([chunk], [1000 * number])
        if spills and spills[number % len(spills)]:
            recorder.spill(1000 * number)
    if end:
        recorder.end(1000 * len(chunks))
    else:
        recorder.close()
    return Exchange(path.open("rb"), path.name).load()


def kinds(path: Path) -> list[bytes]:
    return re.findall(rb'^\{"kind":"(\w+)"', path.read_bytes(), re.M)


@given(chunkings(bodies()), st.lists(st.booleans(), min_size=1, max_size=6))
def test_a_recording_is_the_same_spilled_or_not(chunks: list[bytes], spills: list[bool]) -> None:
    with (
        TemporaryDirectory() as folder,
        recorded(Path(folder, "a"), chunks, spills) as one,
        recorded(Path(folder, "b"), chunks) as other,
    ):
        assert one.notes == other.notes == []
        assert one.body() == other.body() == b"".join(chunks)
        assert list(one.frames()) == list(other.frames())
        assert one.index.unfinished == other.index.unfinished
        for column in ("size", "t_ns", "read", "code", "block"):
            assert getattr(one.index, column) == getattr(other.index, column), column
        assert one.index.arrivals.t_ns == other.index.arrivals.t_ns
        assert list(reads(one)) == list(reads(other))
        ours, theirs = one.view().as_dict(), other.view().as_dict()
        assert {**ours, "file": ""} == {**theirs, "file": ""}
        for n in range(one.index.count + 1):
            assert one.at(n).message == other.at(n).message
        for n in range(1, one.index.count + 1):
            assert one.line(n) == other.line(n)


@given(chunkings(bodies()), st.lists(st.booleans(), min_size=1, max_size=6))
def test_what_was_spilled_counts_as_tail_while_the_recording_grows(chunks: list[bytes], spills: list[bool]) -> None:
    with TemporaryDirectory() as folder, recorded(Path(folder, "a"), chunks, spills) as whole:
        content = Path(folder, "a").read_bytes().splitlines(keepends=True)
        growing = Path(folder, "growing")
        growing.touch()
        with growing.open("ab", buffering=0) as file, Exchange(growing.open("rb"), "growing") as exchange:
            for line in content:
                file.write(line)
                before = exchange.load().body()
                assert b"".join(chunks).startswith(before)
            assert exchange.body() == whole.body()
            assert exchange.index.arrivals.t_ns == whole.index.arrivals.t_ns


@given(chunkings(bodies()), st.lists(st.booleans(), min_size=1, max_size=6))
def test_every_format_is_the_same(chunks: list[bytes], spills: list[bool]) -> None:
    with (
        TemporaryDirectory() as folder,
        recorded(Path(folder, "a"), chunks, spills) as one,
        recorded(Path(folder, "b"), chunks) as other,
    ):
        for name, found in FORMATS.items():
            if found.write and name != "jsonl":
                assert b"".join(found.write(one)) == b"".join(found.write(other)), name
        assert (write := FORMATS["jsonl"].write)
        assert b"".join(write(one)) == Path(folder, "a").read_bytes()


def test_a_message_whose_events_were_spilled(tmp_path: Path) -> None:
    chunks = cut(BODY, range(0, len(BODY), 7))
    with recorded(tmp_path / "a.jsonl", chunks, [True]) as exchange:
        assert b"spill" in kinds(tmp_path / "a.jsonl")
        view = exchange.view()
        assert view.status == "complete"
        assert view.message
        assert view.message["content"] == [{"type": "text", "text": "Grüße, Welt"}]
        assert exchange.index.arrivals.count_at(exchange.index.count) == len(chunks)
        # A character is never torn apart.
        assert b"raw_b64" not in (tmp_path / "a.jsonl").read_bytes()
        assert f'"version":{VERSION}'.encode() in (tmp_path / "a.jsonl").read_bytes()


@pytest.mark.parametrize("word", ["Grüße", "content_block_start", "text_delta", "Welt", "welt"])
def test_text_in_spilled_frames_is_found(tmp_path: Path, word: str) -> None:
    flags = re.IGNORECASE if word.islower() else re.NOFLAG
    finder = Finder(re.compile(word.encode(), flags))
    found = []
    for name, spills in (("a", [True]), ("b", [False])):
        with recorded(tmp_path / name, cut(BODY, range(0, len(BODY), 5)), spills) as exchange:
            count = exchange.index.count
            found.append(sorted(frames_with(finder, exchange, 0, count)))
            each = [n for at in range(count) for n in frames_with(finder, exchange, at, at + 1)]
            assert each == found[-1]
    assert found[0] == found[1]
    assert found[0]


def test_a_recording_that_was_killed_holds_what_was_spilled(tmp_path: Path) -> None:
    with recorded(tmp_path / "a.jsonl", [b"data: 1\n\nda", b"ta: 2", b"\n"], [False, True], end=False) as exchange:
        assert exchange.body() == b"data: 1\n\ndata: 2"
        assert exchange.index.unfinished
        assert (exchange.index.unfinished.t_ns, exchange.index.unfinished.read) == (1000, 2)
        assert exchange.index.unfinished.splits == ((2, 0),)
        assert exchange.notes == ["the recording has no end: it was cut, or is still being written"]


def test_a_long_frame_is_spilled_as_it_comes_and_read_whole(tmp_path: Path) -> None:
    rows = b"".join(b'{"custom_id":"%d","result":{"type":"succeeded"}}\n' % n for n in range(40_000))
    chunks = cut(rows, range(0, len(rows), 60_000))
    with recorded(tmp_path / "a.jsonl", chunks, kind="application/x-jsonl") as exchange:
        spills = kinds(tmp_path / "a.jsonl").count(b"spill")
        assert len(rows) // (256 << 10) - 1 <= spills <= len(rows) // (256 << 10)
        assert exchange.body() == rows
        assert exchange.index.count == 0
        assert exchange.index.arrivals.count_at(1) == len(chunks)
        assert exchange.view().status == "not-a-stream"


def test_a_long_event_is_read_whole_whatever_was_spilled(tmp_path: Path) -> None:
    piece = '{"a":"' + "é" * 400_000 + '"}'
    body = sse(start(), *block(0, input_json(piece), type="tool_use", id="t", name="n", input={}), *finish())
    with recorded(tmp_path / "a.jsonl", cut(body, range(0, len(body), 50_001))) as exchange:
        assert exchange.index.spills.keys() == {3}
        assert exchange.body() == body
        message = exchange.view().message
        assert message
        assert message["content"][0]["input"] == {"a": "é" * 400_000}
        assert exchange.view().status == "complete"


@pytest.mark.parametrize("damage", [b'"spilled":1', b'"spilled":9', b'"spilled":"x"', b'"spilled":-1', b""])
def test_a_number_of_spill_lines_that_is_wrong_is_noted(tmp_path: Path, damage: bytes) -> None:
    recorded(tmp_path / "a.jsonl", [b"data: ", b"1", b"\n\n", b": c\n\n"], [True]).close()
    content = (tmp_path / "a.jsonl").read_bytes()
    assert b'"spilled":2,' in content
    (tmp_path / "a.jsonl").write_bytes(content.replace(b'"spilled":2,', damage + b"," if damage else b""))
    with Exchange((tmp_path / "a.jsonl").open("rb"), "a").load() as exchange:
        assert any("damaged" in note for note in exchange.notes)
        assert exchange.frame(exchange.index.count).raw == b": c\n\n"


def test_lines_are_found_between_many_spill_lines(tmp_path: Path) -> None:
    long = b": " + b"x" * 600_000 + b"\n\n"
    body = b"data: 1\n\n" + long + b"data: 2\n\n" + b"y" * 600_000
    with recorded(tmp_path / "a.jsonl", cut(body, range(0, len(body), 30_000))) as exchange:
        assert [frame.raw for frame in exchange.frames()] == [b"data: 1\n\n", long, b"data: 2\n\n"]
        assert exchange.index.tail == b"y" * 600_000
        finder = Finder(re.compile(b"xx"))
        assert frames_with(finder, exchange, 0, 3) == [2]
        assert frames_with(finder, exchange, 0, 1) == frames_with(finder, exchange, 2, 3) == []
        reader = LineReader(exchange.reader.file)
        assert reader.next_block()
