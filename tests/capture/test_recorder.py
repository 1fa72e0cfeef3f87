import gzip
import json
import zlib
from collections.abc import Iterable, Sequence
from itertools import accumulate, pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.capture.recorder import Recorder, attempt_of
from inspector.recording import EndReason, Writer
from inspector.recording.lines import frame_line
from inspector.timeline import Exchange
from tests.support import block, bodies, chunkings, cut, finish, frames_of, input_json, sse, start, text

STREAM = "text/event-stream; charset=utf-8"
ERROR = sse({"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}})
WHOLE = sse(start(), *finish())


def record(
    path: Path,
    chunks: Sequence[bytes],
    content_type: str = STREAM,
    encoding: str = "",
    reason: EndReason | None = None,
    error: tuple[str, str] | None = None,
    at_once: bool = False,
) -> Exchange:
    """A recording of these reads, read k (from 0) at 1,000 * k ns."""
    recorder = Recorder(Writer.create(path, {"kind": "live"}))
    recorder.request("POST", "http://h/v1/messages", [], b'{"stream":true}')
    recorder.response(0, 200, [("Content-Type", content_type), ("Content-Encoding", encoding)])
    times = [1000 * number for number in range(len(chunks))]
    if at_once:
        recorder.reads(chunks, times)
    else:
        for chunk, t_ns in zip(chunks, times, strict=True):
            recorder.reads([chunk], [t_ns])
    recorder.end(1000 * len(chunks), reason, error)
    return Exchange(path.open("rb"), path.name).load()


def reads_inside(exchange: Exchange) -> list[tuple[int, int]]:
    """(offset in the body, t_ns) at which each read ended, from the lines of frames and tail."""
    ends: dict[int, int] = {}
    at = 0
    for line in lines_of(exchange):
        if line["kind"] in ("event", "frame", "tail"):
            for offset, t_ns in line.get("splits", []):
                ends[at + offset] = t_ns
            size = exchange.index.size[line["n"] - 1] if "n" in line else len(exchange.index.tail)
            at += size
            ends[at] = line["t_ns"]
    return sorted(ends.items())


def lines_of(exchange: Exchange) -> Iterable[dict[str, Any]]:
    n = 0
    exchange.reader.file.seek(0)
    for written in exchange.reader.file.read().split(b"\n")[:-1]:
        line: dict[str, Any] = json.loads(written)
        if line["kind"] in ("event", "frame"):
            n += 1
            line["n"] = n
        yield line


@given(chunkings(bodies()), st.booleans())
def test_a_recording_holds_every_byte_and_when_it_came(chunks: list[bytes], at_once: bool) -> None:
    with TemporaryDirectory() as folder, record(Path(folder, "a.jsonl"), chunks, at_once=at_once) as exchange:
        assert exchange.body() == b"".join(chunks)
        filled = [(number, chunk) for number, chunk in enumerate(chunks) if chunk]
        ends = accumulate(len(chunk) for _, chunk in filled)
        came = dict(zip(ends, [1000 * number for number, _ in filled], strict=True))
        # Where a frame ends inside a read it says when that read came; every read's own end must be told.
        told = dict(reads_inside(exchange))
        assert came.items() <= told.items()
        assert set(told.values()) <= set(came.values())
        numbers = [line["read"] for line in lines_of(exchange) if "read" in line]
        assert numbers == sorted(numbers)
        assert numbers[-1:] == ([len(filled)] if filled else [])
        for line in lines_of(exchange):
            if "read" in line:
                assert line["t_ns"] == 1000 * filled[line["read"] - 1][0]


_DELTAS = [
    sse(*block(0, text("a"), text("é\n"), input_json('{"a"'), stop=False)[1:]),
    b": c\n\n",
    b"\r\n",
    b"\xef\xbb\xbf",
]


@given(chunkings(st.lists(st.sampled_from(_DELTAS), max_size=8).map(b"".join)), st.booleans())
def test_a_line_is_the_same_whether_a_frame_was_made_of_it_or_not(chunks: list[bytes], at_once: bool) -> None:
    with TemporaryDirectory() as folder:
        record(Path(folder, "a.jsonl"), chunks, at_once=at_once).close()
        written = Path(folder, "a.jsonl").read_bytes().splitlines(keepends=True)
    frames, _ = frames_of(chunks)
    read_of = {at: number for number, at in enumerate((at for at, chunk in enumerate(chunks) if chunk), 1)}
    assert [line for line in written if line.startswith((b'{"kind":"event"', b'{"kind":"frame"'))] == [
        frame_line(frame) for frame in frames
    ]
    assert all(frame.t_ns is not None and frame.read == read_of[frame.t_ns // 1000] for frame in frames)


@given(bodies(), st.sampled_from(["gzip", "deflate", "bare deflate", "deflate, gzip"]), st.data())
def test_compressed_bodies_are_recorded_decoded(body: bytes, coding: str, data: st.DataObject) -> None:
    packed = {
        "gzip": gzip.compress(body),
        "deflate": zlib.compress(body),
        "bare deflate": zlib.compress(body)[2:-4],
        "deflate, gzip": gzip.compress(zlib.compress(body)),
    }[coding]
    chunks = cut(packed, data.draw(st.lists(st.integers(0, len(packed)), max_size=8)))
    encoding = coding.removeprefix("bare ")
    with TemporaryDirectory() as folder, record(Path(folder, "a.jsonl"), chunks, encoding=encoding) as exchange:
        assert exchange.body() == body


def test_flushed_compressed_frames_are_told_as_they_come(tmp_path: Path) -> None:
    packer = zlib.compressobj(wbits=31)
    frames = [sse(start()), *(sse(event) for event in finish())]
    chunks = [packer.compress(frame) + packer.flush(zlib.Z_SYNC_FLUSH) for frame in frames]
    exchange = record(tmp_path / "a.jsonl", [*chunks, packer.flush()], encoding="gzip")
    assert list(exchange.index.t_ns) == [0, 1000, 2000]
    assert list(exchange.index.read) == [1, 2, 3]
    exchange.close()


@pytest.mark.parametrize(
    ("encoding", "chunks"),
    [
        ("x-unknown", [b"abc", b"def"]),
        ("gzip, x-unknown", [gzip.compress(b"abc")]),
        ("gzip", [b"no gzip at all"]),
        ("gzip", [b"no ", b"gzip"]),
    ],
)
def test_what_cannot_be_decoded_is_kept_as_it_came(tmp_path: Path, encoding: str, chunks: list[bytes]) -> None:
    with record(tmp_path / "a.jsonl", chunks, encoding=encoding, reason="cancelled") as exchange:
        assert exchange.body() == b"".join(chunks)
        end = exchange.view().end
    assert end
    assert end["reason"] == "error"
    assert end["error"]["type"] == "content-encoding"


def test_damage_in_the_middle_keeps_what_was_decoded(tmp_path: Path) -> None:
    packer = zlib.compressobj(wbits=31)
    good = packer.compress(b": good\n\n") + packer.flush(zlib.Z_SYNC_FLUSH)
    with record(tmp_path / "a.jsonl", [good, b"\xff\xff\xff", b"more"], encoding="gzip") as exchange:
        assert exchange.body() == b": good\n\n" + b"\xff\xff\xffmore"


@pytest.mark.parametrize(
    ("body", "content_type", "reason", "error", "expected"),
    [
        (WHOLE, STREAM, None, None, ("complete", None)),
        (sse(start()), STREAM, None, None, ("eof", None)),
        (b"", STREAM, None, None, ("eof", None)),
        (b'data: {"type":"message_stop"}\n\n', STREAM, None, None, ("complete", None)),
        (b'data: {"type":"x","of":"message_stop"}\n\n', STREAM, None, None, ("eof", None)),
        (b"event: message_stop\ndata: {}\n", STREAM, None, None, ("eof", None)),
        (b'{"type":"message"}', "application/json", None, None, ("complete", None)),
        (b"<html>", "text/html", None, None, ("complete", None)),
        (b"", "application/json", None, None, ("complete", None)),
        (sse(start()), "application/json", None, None, ("eof", None)),
        (WHOLE, STREAM, "reset", ("httpx2.ReadError", "x"), ("reset", ("httpx2.ReadError", "x"))),
        (WHOLE, STREAM, "cancelled", None, ("cancelled", None)),
        (ERROR, STREAM, None, None, ("eof", None)),
        (ERROR, STREAM, "cancelled", None, ("error", ("overloaded_error", "Overloaded"))),
        (ERROR, STREAM, "error", ("anthropic.APIError", "x"), ("error", ("overloaded_error", "Overloaded"))),
        (b"event: error\ndata: oh\n\n", STREAM, "cancelled", None, ("error", ("error", "oh"))),
        (b'event: error\ndata: {"error":7}\n\n', STREAM, "cancelled", None, ("error", ("error", '{"error":7}'))),
        (ERROR, STREAM, "timeout", ("httpx2.ReadTimeout", ""), ("timeout", ("httpx2.ReadTimeout", ""))),
    ],
)
def test_the_end_says_what_happened(
    tmp_path: Path,
    body: bytes,
    content_type: str,
    reason: EndReason | None,
    error: tuple[str, str] | None,
    expected: tuple[str, tuple[str, str] | None],
) -> None:
    with record(tmp_path / "a.jsonl", [body], content_type, reason=reason, error=error) as exchange:
        end = exchange.view().end
    assert end
    told = end.get("error")
    assert (end["reason"], (told["type"], told["message"]) if told else None) == expected


def test_the_tail_names_its_last_read_and_where_earlier_ones_ended(tmp_path: Path) -> None:
    record(tmp_path / "a.jsonl", [b": a\n\nev", b"ent", b": x"]).close()
    tail = json.loads((tmp_path / "a.jsonl").read_bytes().splitlines()[-2])
    assert tail == {"kind": "tail", "t_ns": 2000, "read": 3, "splits": [[2, 0], [5, 1000]], "raw": "event: x"}


@given(st.lists(st.integers(0, len(WHOLE)), max_size=20))
def test_frames_are_on_disk_as_soon_as_they_are_whole(places: list[int]) -> None:
    pieces = cut(WHOLE, places)
    with TemporaryDirectory() as folder:
        path = Path(folder, "a.jsonl")
        recorder = Recorder(Writer.create(path, {"kind": "live"}))
        ends = [0, *accumulate(map(len, pieces))]
        for (_, end), piece in zip(pairwise(ends), pieces, strict=True):
            recorder.reads([piece], [end])
            whole = WHOLE[: WHOLE.rfind(b"\n\n", 0, end) + 2] if b"\n\n" in WHOLE[:end] else b""
            with Exchange(path.open("rb"), "a").load() as exchange:
                assert exchange.body() == whole
        recorder.end(0)


@pytest.mark.parametrize(
    ("retry_count", "attempt"), [("", 1), ("0", 1), ("2", 3), ("-1", 1), ("x", 1), ("²", 1), ("9" * 9, 1)]
)
def test_the_sdk_says_which_attempt_it_is(retry_count: str, attempt: int) -> None:
    assert attempt_of(retry_count) == attempt
