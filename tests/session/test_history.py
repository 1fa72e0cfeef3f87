"""A session that is read through, and what is printed of its cache."""

import json
import subprocess
import sys
import tarfile
from pathlib import Path

from inspector.panes.cache import cache_lines
from inspector.panes.drawing.lines import width_of
from inspector.session.history import CachedTurn, SessionHistory
from tests import programs
from tests.session.agents import Session, asked, cached_system, load, said, typical, usage, with_cache
from tests.support import LIMIT_S


def show(*args: object) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "inspector", "show", "--cache", *map(str, args)]
    return programs.run(command, capture_output=True, text=True, timeout=LIMIT_S)


def turns_of(session: Session) -> list[CachedTurn]:
    with SessionHistory() as history:
        for name in session.names:
            with load(session.folder, name) as exchange:
                exchange.name = str(session.folder / name)
                history.add(exchange)
        return history.turns()


def test_what_the_cache_did(tmp_path: Path) -> None:
    turns = turns_of(with_cache(tmp_path))
    assert [one.step.verdict for one in turns] == ["first", "read", "changed", "expired"]
    assert [one.missed_tokens for one in turns] == [None, None, 561, 589]
    assert turns[1].same_size == turns[0].size


def test_thread_after_thread(tmp_path: Path) -> None:
    labels = [one.turn.thread.label for one in turns_of(typical(tmp_path))]
    assert labels == ["1"] * 4 + ["1.1", "1.2", "1.2", "1.3"]


def test_a_branch_goes_on_from_where_it_left(tmp_path: Path) -> None:
    session = Session(tmp_path)
    main = session.agent(system=cached_system(), tools=())
    main.turn(asked("Hello, who are you?"), said("A model."), usage=usage(0, 500))
    aside = session.agent(system=cached_system("Other words. " * 100), tools=(), messages=list(main.messages))
    aside.turn(asked("What may I ask next?"), said("How old are you?"), usage=usage(0, 500))
    for words in ("How old are you?", "How young?"):
        main.turn(asked(words), said("Young."), usage=usage(500, 20))
    branch = turns_of(session)[-1]
    assert (branch.turn.thread.kind, branch.step.verdict) == ("branch", "changed")
    assert branch.step.why.startswith("system[0]")


def test_every_line_fits(tmp_path: Path) -> None:
    turns = turns_of(with_cache(tmp_path))
    for width in (60, 80, 120):
        assert all(width_of(line) <= width for line in cache_lines(turns, width))
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


def test_a_missing_file_takes_nothing_with_it(tmp_path: Path) -> None:
    with_cache(tmp_path)
    shown = show(tmp_path / "nowhere.jsonl", tmp_path)
    assert shown.returncode == 2
    assert "no such file" in shown.stderr
    assert shown.stdout.count("claude") == 1


def test_what_is_imported_is_compared_too(tmp_path: Path) -> None:
    """Its recordings are copies that only this process has."""
    session = with_cache(tmp_path)
    packed = tmp_path / "session.tar"
    with tarfile.open(packed, "w") as archive:
        for name in session.names:
            archive.add(tmp_path / name, name)
    assert "'It is 10:00' → 'It is 10:01'" in show(packed).stdout


def test_nothing_to_show(tmp_path: Path) -> None:
    (tmp_path / "a.sse").write_text("event: ping\ndata: {}\n\n")
    assert "no request with messages" in show(tmp_path / "a.sse").stdout
