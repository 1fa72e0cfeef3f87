"""What is kept from one time to the next."""

import os
from pathlib import Path

import pytest

from inspector.recording.folders import shipped
from inspector.tui.settings import Settings, load_settings, save_settings, settings_path


def test_a_file_is_kept_once_however_it_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "a.jsonl").touch()
    (tmp_path / "b.jsonl").touch()
    (tmp_path / "link.jsonl").symlink_to(tmp_path / "a.jsonl")
    monkeypatch.chdir(tmp_path / "sub")
    settings = Settings()
    for path in ("../a.jsonl", str(tmp_path / "a.jsonl"), "../b.jsonl", f"{tmp_path}/sub/../a.jsonl", "../link.jsonl"):
        settings.opened(path)
    assert settings.recent == [str(tmp_path.resolve() / "a.jsonl"), str(tmp_path.resolve() / "b.jsonl")]
    assert settings.folder == str(tmp_path.resolve())


def test_paths_that_an_earlier_version_kept_are_mended(tmp_path: Path) -> None:
    settings_path().parent.mkdir(parents=True)
    paths = [f"{tmp_path}/x/../a.jsonl", f"{tmp_path}/a.jsonl"]
    settings_path().write_text('{"recent": ["%s", "%s"]}' % tuple(paths))  # noqa: UP031
    assert load_settings().recent == [os.path.realpath(f"{tmp_path}/a.jsonl")]


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    settings = Settings()
    settings.opened(str(tmp_path))
    assert (settings.recent, settings.folder) == ([], str(tmp_path.resolve()))


def test_stdin_and_the_shipped_recordings_are_not_kept() -> None:
    settings = Settings()
    settings.opened("-")
    settings.opened(str(next(iter(shipped().values()))))
    assert settings == Settings()


def test_only_the_latest_are_kept(tmp_path: Path) -> None:
    settings = Settings()
    for number in range(40):
        settings.opened(str(tmp_path / f"{number}.jsonl"))
    assert [Path(path).stem for path in settings.recent] == [str(number) for number in range(39, 27, -1)]


def test_what_cannot_be_kept_is_no_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "file"))
    save_settings(Settings(theme="nord"))
    assert load_settings().theme == ""


@pytest.mark.parametrize("content", ["{", "[]", "7", "\0"])
def test_a_file_that_cannot_be_read_stays_as_it_is(content: str) -> None:
    settings_path().parent.mkdir(parents=True)
    settings_path().write_text(content)
    settings = load_settings()
    assert "nothing is kept" in settings.problem
    assert "\n" not in settings.problem
    save_settings(settings)
    assert settings_path().read_text() == content


def test_an_empty_file_is_no_problem() -> None:
    settings_path().parent.mkdir(parents=True)
    settings_path().touch()
    assert load_settings().problem == ""
    save_settings(Settings(theme="nord"))
    assert load_settings().theme == "nord"
