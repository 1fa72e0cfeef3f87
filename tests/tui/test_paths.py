"""Paths that are shown and typed."""

from pathlib import Path

import pytest

from inspector.tui.paths import completed, meant, paths_from, written


def test_the_home_folder_is_a_tilde(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert written(tmp_path) == "~"
    assert written(tmp_path / "a" / "b") == "~/a/b"
    assert written(f"{tmp_path}-other") == f"{tmp_path}-other"


@pytest.mark.parametrize(
    ("typed", "path"),
    [("/a/b", "/a/b"), ("~/a//b/c", "/b/c"), ("/a/~/b", "~/b"), ("a/b", "a/b"), ("//a", "/a"), ("", ""), ("/a//", "/")],
)
def test_a_path_that_is_put_behind_another_counts_alone(typed: str, path: str) -> None:
    assert meant(typed) == path


def test_what_a_path_may_go_on_with(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "session-one").mkdir()
    (tmp_path / "session-two.jsonl").touch()
    (tmp_path / ".hidden").touch()
    (tmp_path / "evil\x1b[31m").touch()
    base = f"{tmp_path}/"
    assert paths_from(base) == [f"{base}session-one/", f"{base}session-two.jsonl"]
    assert paths_from(f"{base}.h") == [f"{base}.hidden"]
    assert paths_from(f"{base}missing/x") == []
    assert paths_from("\0") == []
    monkeypatch.setenv("HOME", str(tmp_path))
    assert paths_from("~/session-o") == ["~/session-one/"]
    monkeypatch.chdir(tmp_path)
    assert paths_from("session-t") == ["session-two.jsonl"]


def test_tab_goes_as_far_as_all_do_and_then_to_the_first(tmp_path: Path) -> None:
    for name in ("session-one", "session-two"):
        (tmp_path / name).touch()
    assert completed(f"{tmp_path}/se") == f"{tmp_path}/session-"
    assert completed(f"{tmp_path}/session-") == f"{tmp_path}/session-one"
    assert completed(f"{tmp_path}/session-t") == f"{tmp_path}/session-two"
    assert completed(f"{tmp_path}/x") == f"{tmp_path}/x"
    assert completed(f"~/a/{tmp_path}/se") == f"{tmp_path}/session-"
