"""The panes are their files: names, places and keys of their own, and each has something to say."""

from pathlib import Path

import pytest

import inspector.panes
from inspector.panes.content import Content, Pane
from inspector.panes.registry import CONTENTS, NAMES, PANES, PRINTED, SDK
from tests.panes.panes import said, session_on
from tests.support import block, finish, start, text

FOLDER = Path(inspector.panes.__file__).parent
EVENTS = [start(), *block(0, text("Hello"), type="text", text=""), *finish()]


def test_all_files_with_a_pane_are_found() -> None:
    files = [path for path in FOLDER.glob("*.py") if "\nPANE = " in path.read_text()]
    assert len(PANES) == len(files)


@pytest.mark.parametrize("pane", PANES, ids=lambda pane: pane.option)
def test_a_pane_says_what_it_is(pane: Pane) -> None:
    assert pane.summary
    assert "\n" not in pane.summary
    assert pane.draw or pane.printed
    assert pane.draw or not pane.numbered
    assert not (pane.key and pane.numbered)


def test_no_two_have_a_name_a_place_or_a_key_in_common() -> None:
    for values in ([pane.option for pane in PANES], [pane.order for pane in PANES]):
        assert len(set(values)) == len(values)
    keys = [pane.key for pane in PANES if pane.key]
    assert len(set(keys)) == len(keys)
    assert [pane.order for pane in PANES] == sorted(pane.order for pane in PANES)


def test_the_tabs_are_the_numbered_panes_and_the_sdk() -> None:
    assert [*(pane.name for pane in PANES if pane.numbered), SDK] == NAMES
    assert NAMES[:6] == ["message", "thinking", "tool input", "event", "timing", "findings"]
    assert len(NAMES) <= 10, "a number is one key"
    assert SDK.lower() not in PRINTED


@pytest.mark.parametrize("name", CONTENTS)
@pytest.mark.parametrize("cursor", [None, 3])
def test_every_tab_has_something_to_say(name: str, cursor: int | None) -> None:
    content = CONTENTS[name](session_on(EVENTS, cursor), 40, 20)
    assert isinstance(content, Content)
    assert any(said(content))


@pytest.mark.parametrize("name", PRINTED)
def test_every_pane_that_is_printed_has_lines(name: str) -> None:
    pane, stream = PRINTED[name], session_on(EVENTS)
    lines = list(pane.printed(stream, 60)) if pane.printed else pane.draw(stream, 60, 100).lines if pane.draw else []
    assert any(said(lines))
