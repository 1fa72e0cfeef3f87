import json
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.recording import LineReader, UnwritableError, Writer
from inspector.timeline import Exchange
from tests.support import frames_of

BODY = b'event: ping\ndata: {"type":"ping"}\n\n: note\n\ndata: \xff\n\nevent: mess'


def _record(path: Path, body: bytes = BODY) -> None:
    writer = Writer.create(path, {"kind": "live", "clock": "arrival"})
    writer.request(
        "POST", "https://h/v1/messages?api_key=abc", [("authorization", "Bearer sk-ant-x")], b'{"a":"sk-ant-y"}'
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
    assert lines[0]["version"] == 1
    assert lines[0]["source"]["by"].startswith("inspector ")
    assert b"sk-ant" not in path.read_bytes()
    assert b"sid=1" not in path.read_bytes()
    assert b"abc" not in path.read_bytes()
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
