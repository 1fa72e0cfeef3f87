"""A session that is read through, and what is printed of its cache."""

import json
import subprocess
import sys
from pathlib import Path

from inspector.panes.cache import cache_lines
from inspector.panes.drawing.lines import width_of
from inspector.session.history import SessionHistory, read_history
from inspector.session.sources import find
from tests import programs
from tests.session.agents import typical, with_cache
from tests.support import LIMIT_S


def show(*args: object) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "inspector", "show", "--cache", *map(str, args)]
    return programs.run(command, capture_output=True, text=True, timeout=LIMIT_S)


def history(folder: Path) -> SessionHistory:
    return read_history(find([str(folder)]), lambda path, error: None)


def test_what_the_cache_did(tmp_path: Path) -> None:
    with_cache(tmp_path)
    turns = history(tmp_path).turns()
    assert [one.step.verdict for one in turns] == ["first", "read", "changed", "expired"]
    assert [one.missed_tokens for one in turns] == [None, None, 561, 589]
    assert turns[1].same_size == turns[0].size


def test_thread_after_thread(tmp_path: Path) -> None:
    typical(tmp_path)
    labels = [one.turn.thread.label for one in history(tmp_path).turns()]
    assert labels == ["1"] * 4 + ["1.1", "1.2", "1.2", "1.3"]


def test_every_line_fits(tmp_path: Path) -> None:
    with_cache(tmp_path)
    turns = history(tmp_path).turns()
    for width in (60, 80, 120):
        assert all(width_of(line) <= width for line in list(cache_lines(turns, width))[1:])
    text = "\n".join("".join(piece for piece, _ in line) for line in cache_lines(turns, 120))
    for part in ("thread 1  claude-test", "▲ missed: changed", "'It is 10:00' → 'It is 10:01'", "lives 300 s", "× "):
        assert part.strip() in text


def test_show_prints_it(tmp_path: Path) -> None:
    with_cache(tmp_path)
    shown = show(tmp_path)
    assert (shown.returncode, shown.stderr) == (0, "")
    assert "● read" in shown.stdout
    objects = [json.loads(line) for line in show("--format", "json", tmp_path).stdout.splitlines()]
    assert [one["verdict"] for one in objects] == ["first", "read", "changed", "expired"]
    assert objects[2]["change"]["place"] == "system[0]"
    assert show("--sdk", tmp_path).returncode == 2


def test_what_cannot_be_read_takes_nothing_with_it(tmp_path: Path) -> None:
    session = with_cache(tmp_path)
    (tmp_path / session.names[1]).write_bytes(b"\0")
    shown = show(tmp_path)
    assert shown.returncode == 2
    assert len(shown.stderr.splitlines()) == 1
    assert shown.stdout.count("claude") == 1
    assert "And a ping?" in shown.stdout


def test_nothing_to_show(tmp_path: Path) -> None:
    (tmp_path / "a.sse").write_text("event: ping\ndata: {}\n\n")
    assert "no request with messages" in show(tmp_path / "a.sse").stdout
