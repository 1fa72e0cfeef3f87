"""Folders: every file that can be read, nested too; the rest is named."""

import gzip
import json
import os
import shutil
from pathlib import Path

import pytest

from inspector.recording import UnreadableError
from inspector.recording.folders import shipped
from inspector.session.folders import stamp
from inspector.session.sources import files_of, find
from tests.formats.containers import har
from tests.support import block, finish, sse, start, text

BODY = sse(start(), *block(0, text("hi"), type="text", text=""), *finish())
TRANSCRIPT = json.dumps({"sessionId": "s", "parentUuid": None, "type": "user", "cwd": "/", "message": {}}) + "\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "deep" / "er").mkdir(parents=True)
    (tmp_path / ".hidden").mkdir()
    (tmp_path / "parts" / "ab").mkdir(parents=True)
    shutil.copy(shipped()["plain-text"], tmp_path / "ours.jsonl")
    (tmp_path / "deep" / "saved.txt").write_bytes(BODY)
    (tmp_path / "deep" / "er" / "two.har").write_bytes(har(BODY, BODY))
    (tmp_path / "deep" / "er" / "packed.sse.gz").write_bytes(gzip.compress(BODY))
    for name in ("notes.md", "test_streams.py", ".hidden/a.sse", "parts/ab/abcd", ".saved.sse"):
        (tmp_path / name).write_bytes(b"nothing" if name == "notes.md" else BODY)
    (tmp_path / "transcript.jsonl").write_text(TRANSCRIPT)
    return tmp_path


FILES = ["deep/er/packed.sse.gz", "deep/er/two.har", "deep/saved.txt", "ours.jsonl"]


def test_all_commands_get_the_same_files_and_what_was_left_out_is_said_in_a_line(folder: Path) -> None:
    told: list[str] = []
    assert files_of([str(folder)], told.append) == [str(folder / name) for name in FILES]
    found = find([str(folder)], told.append)
    assert sorted({source.path for source in found}) == [str(folder / name) for name in FILES]
    assert sorted(source.number or 0 for source in found if source.path.endswith(".har")) == [1, 2]
    assert told[0] == told[1]
    assert told[0].startswith(
        f"{folder}: left out: notes.md (of no format that is known), test_streams.py (source code)"
    )
    assert "transcript.jsonl (this is a transcript of Claude Code" in told[0]
    assert "hidden" not in told[0]
    assert "parts" not in told[0]
    for source in found:
        with source.open() as exchange:
            assert exchange.load().view().status == "complete"


def test_a_file_that_changes_is_read_again(folder: Path) -> None:
    saved = folder / "deep" / "saved.txt"
    before = stamp(str(folder))
    find([str(folder)])
    saved.write_bytes(BODY + BODY)
    (folder / "deep" / "more.sse").write_bytes(BODY)
    os.utime(folder / "deep", ns=(before + 10**9, before + 10**9))
    assert stamp(str(folder)) > before
    (source,) = [source for source in find([str(folder)]) if source.path == str(saved)]
    with source.open() as exchange:
        assert len(exchange.load().view().messages) == 2


def test_a_recording_that_only_lies_there_may_be_empty_or_damaged(tmp_path: Path) -> None:
    (tmp_path / "empty.jsonl").write_bytes(b"")
    (tmp_path / "damaged.jsonl").write_bytes(b"\0\1")
    assert sorted(Path(source.path).name for source in find([str(tmp_path)])) == ["damaged.jsonl", "empty.jsonl"]


def test_a_folder_without_a_stream_says_so(tmp_path: Path) -> None:
    (tmp_path / "notes.md").write_text("nothing")
    told: list[str] = []
    with pytest.raises(UnreadableError, match="holds no recording"):
        find([str(tmp_path)], told.append)
    assert told == [f"{tmp_path}: left out: notes.md (of no format that is known)"]
    assert files_of([str(tmp_path)], told.append) == [str(tmp_path)]
