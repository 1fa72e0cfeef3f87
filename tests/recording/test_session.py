import re
import stat
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path

import pytest

from inspector.recording import UnreadableError, UnwritableError, Writer
from inspector.recording.folders import (
    attempt_path,
    home,
    library_folder,
    new_recording,
    new_session,
    sessions,
    shipped,
    shipped_path,
)
from tests.support import RECORDINGS


@pytest.fixture(autouse=True)
def _state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


def test_a_session_is_a_new_private_folder() -> None:
    first, second = new_session("live"), new_session("live")
    assert first != second
    assert first.parent == home()
    assert stat.S_IMODE(first.stat().st_mode) == 0o700


def test_sessions_are_listed_newest_first_and_only_with_recordings() -> None:
    assert sessions() == []
    made = [new_session(label) for label in ("a", "b", "c")]
    for folder in made[:2]:
        Writer.create(folder / "x.jsonl", {"kind": "live"}).close()
    assert sessions() == sorted(made[:2], reverse=True)


def test_every_recording_in_a_folder_has_a_name_of_its_own(tmp_path: Path) -> None:
    folder = tmp_path / "session"
    with ThreadPoolExecutor(8) as pool:
        paths = list(pool.map(lambda _: new_recording(folder), range(200)))
    assert len(set(paths)) == 200
    assert {stat.S_IMODE(path.stat().st_mode) for path in paths} == {0o600}
    assert all(path.suffix == ".jsonl" for path in paths)


def test_a_state_directory_that_cannot_be_made_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a file")
    with pytest.raises(UnwritableError, match="cannot be written"):
        new_session("live")


def test_the_folders_say_when_and_what_for(tmp_path: Path) -> None:
    before = datetime.now().replace(microsecond=0)
    folders = [new_session("live") for _ in range(4)]
    stamps = [datetime.strptime(folder.name[:15], "%Y%m%d-%H%M%S") for folder in folders]
    assert all(before <= stamp <= datetime.now() for stamp in stamps)
    # Within a second the later ones get a number.
    assert all(re.fullmatch(r"\d{8}-\d{6}-live(-[2-4])?", folder.name) for folder in folders)
    assert folders[0].name.endswith("-live")
    assert home() == tmp_path / "state" / "inspector" / "sessions"
    assert stat.S_IMODE(home().stat().st_mode) == 0o700


def test_the_names_of_recordings_sort_by_time(tmp_path: Path) -> None:
    before = datetime.now()
    path = new_recording(tmp_path / "deep" / "session")
    assert re.fullmatch(r"\d{8}-\d{6}-\d{6}-[0-9a-f]{6}\.jsonl", path.name)
    assert before <= datetime.strptime(path.name[:22], "%Y%m%d-%H%M%S-%f") <= datetime.now()
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert new_recording(path.parent).parent == path.parent


def test_what_is_no_session_is_not_listed() -> None:
    folder = new_session("a")
    (folder / "notes.txt").write_text("no recording")
    (home() / "file.jsonl").write_text("no folder")
    assert sessions() == []
    Writer.create(folder / "x.jsonl", {"kind": "live"}).close()
    assert sessions() == [folder]


def test_later_attempts_have_their_number_in_the_name() -> None:
    assert attempt_path(Path("d/a.jsonl"), 1) == Path("d/a.jsonl")
    assert attempt_path(Path("d/a.jsonl"), 2) == Path("d/a-2.jsonl")


def test_a_session_that_cannot_be_made_says_why(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a file")
    with pytest.raises(UnwritableError) as refused:
        new_session("live")
    assert str(refused.value) == f"{home()}: cannot be written: not a directory"


def test_shipped_recordings_go_by_their_names() -> None:
    names = list(shipped())
    assert names == [path.stem for path in RECORDINGS]
    assert shipped_path("tool-use") == library_folder() / "tool-use.jsonl"
    with pytest.raises(UnreadableError) as unknown:
        shipped_path("tool-usee")
    assert str(unknown.value) == (
        f"no shipped recording is called 'tool-usee': did you mean tool-use? There are {', '.join(names)}"
    )
    with pytest.raises(UnreadableError) as unknown:
        shipped_path("zzzzzz")
    assert str(unknown.value) == f"no shipped recording is called 'zzzzzz': There are {', '.join(names)}"
