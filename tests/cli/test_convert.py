"""`inspector convert` and `show` on files that hold several exchanges."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from inspector.formats import FORMATS
from tests import programs
from tests.formats.containers import cassette, chunk, event_stream, flows, har
from tests.support import LIMIT_S, block, finish, sse, start, text

EVENTS = [start(), *block(0, text("Hello"), type="text", text=""), *finish()]
STREAM = sse(*EVENTS)
OTHER = sse(start(id="msg_2"), *finish())


def _run(folder: Path, *args: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2]), "NO_COLOR": "1"}
    command = [sys.executable, "-m", "inspector", *args]
    return programs.run(
        command, input=stdin, capture_output=True, cwd=folder, env=environment, timeout=LIMIT_S, check=False
    )


def test_a_folder_gets_a_recording_an_exchange(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(har(STREAM, OTHER))
    result = _run(tmp_path, "convert", "x", "session/")
    assert (result.returncode, result.stderr) == (0, b"inspector: session/: 2 exchanges written\n")
    assert sorted(path.name for path in (tmp_path / "session").iterdir()) == ["0001.jsonl", "0002.jsonl"]
    assert (tmp_path / "session" / "0002.jsonl").stat().st_mode & 0o777 == 0o600
    shown = _run(tmp_path, "show", "--format", "json", "session/0002.jsonl")
    assert json.loads(shown.stdout)["message"]["id"] == "msg_2"
    assert _run(tmp_path, "convert", "x", "session", "--to", "sse").returncode == 0
    assert (tmp_path / "session" / "0001.sse").read_bytes() == STREAM


def test_one_exchange_of_several(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(cassette(STREAM, OTHER))
    assert _run(tmp_path, "convert", "x", "two.sse", "--exchange", "2").stderr == b""
    assert (tmp_path / "two.sse").read_bytes() == OTHER
    first = _run(tmp_path, "convert", "x", "-", "--to", "sse")
    assert first.stdout == STREAM
    assert b"holds 2 exchanges, only the first one is converted" in first.stderr
    missing = _run(tmp_path, "convert", "x", "-", "--exchange", "3")
    assert (missing.returncode, missing.stdout) == (2, b"")
    assert missing.stderr == b"inspector: x: there is no exchange 3, it holds 2 exchanges (--exchange)\n"


@pytest.mark.parametrize("content", [har(STREAM, OTHER), cassette(STREAM, OTHER), flows(STREAM, OTHER)])
def test_show_numbers_the_exchanges_also_from_a_pipe(tmp_path: Path, content: bytes) -> None:
    result = _run(tmp_path, "show", "--format", "json", "-", stdin=content)
    shown = [json.loads(line) for line in result.stdout.splitlines()]
    assert [(value["exchange"], value["status"]) for value in shown] == [(1, "complete"), (2, "complete")]
    assert [value["message"]["id"] for value in shown] == ["msg_1", "msg_2"]


def test_a_container_with_one_exchange_has_no_number(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(event_stream(*EVENTS))
    shown = json.loads(_run(tmp_path, "show", "--format", "json", "x").stdout)
    assert "exchange" not in shown
    assert shown["message"]["content"] == [{"type": "text", "text": "Hello"}]


def test_damage_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "cut.har").write_bytes(har(STREAM)[:12])
    (tmp_path / "cut.bin").write_bytes(event_stream(*EVENTS) + chunk(start())[:50])
    refused = _run(tmp_path, "show", "cut.har")
    assert refused.returncode == 2
    assert refused.stderr.startswith(
        b"inspector: cut.har: the HAR file holds no entries: the JSON is cut or damaged at"
    )
    assert refused.stderr.count(b"\n") == 1
    noted = _run(tmp_path, "show", "cut.bin")
    assert noted.returncode == 0
    assert noted.stderr.count(b"\n") == 1
    assert b"the stream is cut inside it" in noted.stderr


@pytest.mark.parametrize("target", ["x.json", "reply.tar.gz", "a.b/reply.unknown", "reply.jsonl2"])
def test_an_ending_that_no_format_has_is_refused(tmp_path: Path, target: str) -> None:
    (tmp_path / "x").write_bytes(STREAM)
    (tmp_path / "a.b").mkdir()
    refused = _run(tmp_path, "convert", "x", target)
    assert (refused.returncode, refused.stdout) == (2, b"")
    assert refused.stderr.startswith(f"inspector: {target}: no format has the ending ".encode())
    assert b"use .jsonl, .bin, .events, .sse, or say which with --to" in refused.stderr
    assert refused.stderr.count(b"\n") == 1
    assert not (tmp_path / target).exists()
    assert _run(tmp_path, "convert", "x", target, "--to", "sse").returncode == 0
    assert (tmp_path / target).read_bytes() == STREAM


def test_a_format_that_is_only_read_is_not_written(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(STREAM)
    for arguments in (["x", "y.har"], ["x", "y.YAML"], ["x", "y", "--to", "vcr"]):
        refused = _run(tmp_path, "convert", *arguments)
        assert refused.returncode == 2
        assert b"can only be read: --to takes jsonl, bedrock, events, sse" in refused.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["x"]


def test_a_name_without_an_ending_and_a_folder_get_recordings(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(STREAM)
    (tmp_path / "of.today").mkdir()
    assert _run(tmp_path, "convert", "x", "reply").returncode == 0
    assert (tmp_path / "reply").read_bytes().startswith(b'{"kind":"recording"')
    assert _run(tmp_path, "convert", "x", "of.today").returncode == 0
    assert [path.name for path in (tmp_path / "of.today").iterdir()] == ["0001.jsonl"]
    assert _run(tmp_path, "convert", "x", "-").stdout.startswith(b'{"kind":"recording"')
    assert _run(tmp_path, "convert", "x", "events/", "--to", "events").returncode == 0
    assert [path.name for path in (tmp_path / "events").iterdir()] == ["0001.events"]


def test_the_help_lists_every_format(tmp_path: Path) -> None:
    shown = _run(tmp_path, "convert", "--help").stdout.decode()
    for name, found in FORMATS.items():
        assert f"  {name} " in shown
        assert found.summary in shown
