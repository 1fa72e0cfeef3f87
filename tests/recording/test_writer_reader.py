import json
import os
import re
import stat
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from time import tzset

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.recording import LineBlock, LineReader, Redactor, UnwritableError, Writer, header_line, reserve
from inspector.recording import reader as reader_module
from inspector.recording.lines import frame_line
from inspector.timeline import Exchange
from inspector.version import __version__
from tests.support import frames_of

BODY = b'event: ping\ndata: {"type":"ping"}\n\n: note\n\ndata: \xff\n\nevent: mess'


def _record(path: Path, body: bytes = BODY) -> None:
    writer = Writer.create(path, {"kind": "live", "clock": "arrival"})
    writer.request(
        "POST", "https://h/v1/messages?api_key=wxyz", [("authorization", "Bearer sk-ant-x")], b'{"a":"sk-ant-y"}'
    )
    writer.response(10, 200, [("set-cookie", "sid=1"), ("request-id", "req_1")])
    frames, tail = frames_of([body])
    writer.frames(frames)
    writer.tail(tail, 20, 1)
    writer.end(30, "reset", ("httpx2.ReadError", "lost sk-ant-z"))
    writer.close()


def test_a_recording_holds_the_exchange_and_no_secret(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    _record(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    lines = [json.loads(line) for line in path.read_bytes().splitlines()]
    assert all(next(iter(line)) == "kind" for line in lines)
    assert [line["kind"] for line in lines] == [
        "recording",
        "request",
        "response",
        "event",
        "frame",
        "event",
        "tail",
        "end",
    ]
    assert lines[0]["version"] == 2
    assert lines[0]["source"]["by"].startswith("inspector ")
    assert b"sk-ant" not in path.read_bytes()
    assert b"sid=1" not in path.read_bytes()
    assert b"wxyz" not in path.read_bytes()
    with Exchange(path.open("rb"), "a").load() as exchange:
        assert exchange.body() == BODY
        assert exchange.view().end == {"kind": "end", "t_ns": 30, "reason": "reset",
                                       "error": {"type": "httpx2.ReadError", "message": "lost [redacted]"}}  # fmt: skip


def test_no_bodies(tmp_path: Path) -> None:
    writer = Writer.create(tmp_path / "a.jsonl", {"kind": "live"}, bodies=False)
    writer.request("POST", "https://h/", [], b'{"a":1}')
    writer.close()
    assert "body" not in json.loads((tmp_path / "a.jsonl").read_bytes().splitlines()[1])


def test_a_file_with_content_is_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text("precious")
    with pytest.raises(UnwritableError, match="exists already"):
        Writer.create(path, {"kind": "live"})
    assert path.read_text() == "precious"
    with pytest.raises(UnwritableError, match="no such file or directory"):
        Writer.create(tmp_path / "absent" / "a.jsonl", {"kind": "live"})


@given(st.lists(st.binary(max_size=9).map(lambda part: part.replace(b"\n", b"")), max_size=20), st.integers(1, 30))
def test_a_growing_file_gives_whole_lines_once_and_in_order(
    tmp_path_factory: pytest.TempPathFactory, parts: list[bytes], step: int
) -> None:
    whole = b"".join(part + b"\n" for part in parts) + b"unfinished"
    path = tmp_path_factory.mktemp("grow") / "a"
    seen: list[tuple[int, bytes]] = []
    with path.open("wb") as sink, path.open("rb") as source:
        reader = LineReader(source)
        for at in range(0, len(whole), step):
            sink.write(whole[at : at + step])
            sink.flush()
            while block := reader.next_block(8):
                seen += zip(block.starts, block.lines, strict=True)
        assert [line for _, line in seen] == [part + b"\n" for part in parts]
        assert all(whole[start : start + len(line)] == line for start, line in seen)
        assert reader.unfinished() == b"unfinished"


def test_what_the_system_takes_in_pieces_is_written_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.jsonl"
    writer = Writer.create(path, {"kind": "live"})
    taken: list[int] = []

    def short(fd: int, data: bytes, write: Callable[[int, bytes], int] = os.write) -> int:
        taken.append(write(fd, data[:7]))
        return taken[-1]

    frames, _ = frames_of([BODY])
    before = path.read_bytes()
    with monkeypatch.context() as patched:
        patched.setattr(os, "write", short)
        writer.frames(frames)
    writer.close()
    assert len(taken) > 3
    assert path.read_bytes() == before + b"".join(map(frame_line, frames))


@pytest.fixture
def _elsewhere(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A time zone that is not that of Greenwich."""
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    tzset()
    yield
    monkeypatch.undo()
    tzset()


@pytest.mark.usefixtures("_elsewhere")
def test_the_first_line_says_what_it_was_told() -> None:
    started = datetime(2026, 11, 25, 23, 5, 6, 78, tzinfo=timezone(timedelta(hours=1)))
    line = json.loads(header_line({"kind": "proxy", "attempt": 2}, started, "abc"))
    assert line == {
        "kind": "recording",
        "version": 1,
        "id": "abc",
        "started_at": "2026-11-25T22:05:06.000078Z",
        "source": {"kind": "proxy", "by": f"inspector {__version__}", "attempt": 2},
    }
    ids = {json.loads(header_line({"kind": "live"}))["id"] for _ in range(5)}
    assert len(ids) == 5
    assert all(re.fullmatch("[0-9a-f]{16}", one) for one in ids)
    before = datetime.now(UTC)
    (now,) = {json.loads(header_line({"kind": "live"}))["started_at"]}
    assert before <= datetime.fromisoformat(now) <= datetime.now(UTC)


def test_every_line_of_an_exchange(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    writer = Writer.create(path, {"kind": "live"}, Redactor(["hush"]))
    writer.request("GET", "http://h/hush", [("a", "hush")], None)
    writer.request("POST", "http://h/", [], b"")
    writer.response(5, 201, [("b", "hush"), ("set-cookie", "c")])
    writer.frames([])
    writer.sent(6, 3)
    writer.tail(b"")
    writer.tail(b"rest", 7, 4, [(1, 6)])
    writer.end(8, "error", ("E\ud800".encode("utf-8", "replace").decode(), "hush now"))
    writer.end(9, "complete")
    writer.close()
    assert [json.loads(line) for line in path.read_bytes().splitlines()[1:]] == [
        {"kind": "request", "t_ns": 0, "method": "GET", "url": "http://h/[redacted]", "headers": [["a", "[redacted]"]]},
        {"kind": "request", "t_ns": 0, "method": "POST", "url": "http://h/", "headers": []},
        {"kind": "response", "t_ns": 5, "status": 201, "headers": [["b", "[redacted]"], ["set-cookie", "[redacted]"]]},
        {"kind": "sent", "t_ns": 6, "read": 3},
        {"kind": "tail", "t_ns": 7, "read": 4, "splits": [[1, 6]], "raw": "rest"},
        {"kind": "end", "t_ns": 8, "reason": "error", "error": {"type": "E?", "message": "[redacted] now"}},
        {"kind": "end", "t_ns": 9, "reason": "complete"},
    ]
    with pytest.raises(OSError, match="Bad file descriptor"):
        writer.write(b"x")


def test_a_message_that_is_no_unicode_is_written(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    writer = Writer.create(path, {"kind": "live"})
    writer.end(1, "error", ("E", "lost \ud800"))
    writer.close()
    assert json.loads(path.read_bytes().splitlines()[-1])["error"]["message"] == "lost ?"


def test_a_name_is_reserved_once_and_filled(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    reserve(path)
    assert path.read_bytes() == b""
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    Writer.create(path, {"kind": "live"}).close()
    with pytest.raises(UnwritableError) as refused:
        reserve(path)
    assert str(refused.value) == f"{path}: exists already and is not empty: choose another name or remove it"
    with pytest.raises(UnwritableError) as refused:
        reserve(tmp_path / "absent" / "a")
    assert str(refused.value) == f"{tmp_path / 'absent' / 'a'}: cannot be written: no such file or directory"


def test_a_reader_of_a_part_of_a_file(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"before\none\ntwo\nthree\nafter\n")
    with path.open("rb") as file:
        reader = LineReader(file, 7, 20)
        assert (reader.size(), reader.progress, reader.position) == (13, 0, 7)
        block = reader.next_block(1)
        assert block == LineBlock([7], [b"one\n"])
        assert reader.progress == pytest.approx(4 / 13)
        again = reader.again()
        block = reader.next_block()
        assert block == LineBlock([11], [b"two\n"])
        assert reader.next_block() is None
        assert reader.unfinished() == b"three"
        assert reader.line(11, 99) == b"two\nthree"
        assert reader.line(15, 11) == b""
        assert again.position == 7
        assert again.next_block() == LineBlock([7, 11], [b"one\n", b"two\n"])
        again.close()
        assert again.file.closed  # type: ignore[attr-defined]
        assert not file.closed
        reader.close()
        assert file.closed
    with path.open("rb") as file:
        whole = LineReader(file)
        assert (whole.position, whole.size()) == (0, 27)
        # The line that does not end there is held back.
        assert whole.next_block(14) == LineBlock([0, 7], [b"before\n", b"one\n"])
        assert whole.next_block(4) == LineBlock([11], [b"two\n"])
        assert whole.next_block(2) == LineBlock([15], [b"three\n"])
        assert whole.line(21, 27) == b"after\n"
    with (tmp_path / "empty").open("w+b") as file:
        nothing = LineReader(file)
        assert (nothing.size(), nothing.progress, nothing.next_block(), nothing.unfinished()) == (0, 0, None, b"")


def test_lines_that_are_too_long(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader_module, "LONGEST_LINE", 100)
    monkeypatch.setattr(reader_module, "_STEP", 30)
    path = tmp_path / "a"
    request = b'{"kind":"request"'
    path.write_bytes(b"one\n" + request + b"x" * 233)
    with path.open("rb") as file:
        reader = LineReader(file)
        assert reader.next_block(10) == LineBlock([0], [b"one\n"])
        assert reader.next_block(10) is None
        assert reader.unfinished() == request + b"x" * 83
        with path.open("ab") as growing:
            growing.write(b"x\n" + b"y" * 99 + b"\n" + b"z" * 5)
        block = reader.next_block(10)
        assert block
        assert block.starts == [4]
        assert json.loads(block.lines[0]) == {
            "kind": "note", "text": "the request is left out: a line of 0 MB is too long to be read",
        }  # fmt: skip
        assert reader.next_block(10) == LineBlock([256], [b"y" * 99 + b"\n"])
        assert reader.next_block(10) is None
        assert reader.unfinished() == b"z" * 5
        with path.open("ab") as growing:
            growing.write(b"z" * 100)
        with pytest.raises(OSError, match="a line of more than 100 bytes is too long to be read"):
            reader.next_block(10)


def test_a_writer_over_a_descriptor_keeps_bodies(tmp_path: Path) -> None:
    path = tmp_path / "a"
    writer = Writer(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600))
    writer.request("POST", "http://h/", [], b'{"a":"sk-ant-x"}')
    writer.close()
    assert json.loads(path.read_bytes())["body"] == {"a": "[redacted]"}
