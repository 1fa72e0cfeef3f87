import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from inspector.recording import UnwritableError, Writer
from inspector.recording.folders import home, new_recording, new_session, sessions


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
