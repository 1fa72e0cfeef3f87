"""w: what the installed SDK yields, event by event, from a real run of it."""

import pytest

from tests.streams import FIRST_TEXT, HALF_INPUT, STREAM, Record
from tests.support import block, finish, start
from tests.tui.conftest import app_on, pane_text, settled, until


@pytest.mark.slow
async def test_w_shows_what_the_sdk_yields_and_goes_back(record: Record) -> None:
    async with app_on(record()).run_test(size=(120, 36)) as pilot:
        screen = await settled(pilot)
        await pilot.press("w")
        await pilot.pause()
        assert screen.query_one("PaneView.-shown").id == "SDK"
        await until(pilot, lambda: "anthropic-python" in pane_text(screen))
        await pilot.press("colon", *str(FIRST_TEXT), "enter")
        await pilot.pause()
        here = [line for line in pane_text(screen).splitlines() if line.lstrip().startswith("▶")]
        assert [line.split()[1:3] for line in here][:2] == [
            [str(FIRST_TEXT), "content_block_delta"],
            [str(FIRST_TEXT), "text"],
        ]
        assert f" {FIRST_TEXT + 1} " not in pane_text(screen)
        await pilot.press("w")
        await pilot.pause()
        assert screen.query_one("PaneView.-shown").id == "message"
        await pilot.press("w", "tab")
        await pilot.pause()
        assert screen.query_one("PaneView.-shown").id == "message"


async def test_an_event_at_which_the_sdk_yields_nothing(record: Record) -> None:
    stream = [start(), {"type": "ping"}, *block(0, type="text", text=""), *finish()]
    async with app_on(record(stream)).run_test(size=(120, 36)) as pilot:
        screen = await settled(pilot)
        await pilot.press("w", "colon", "2", "enter")
        await until(pilot, lambda: "anthropic-python" in pane_text(screen))
        assert "nothing is yielded at this event" in pane_text(screen)


async def test_where_the_sdk_raises(record: Record) -> None:
    stream = [*STREAM[:HALF_INPUT], {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}]
    async with app_on(record(stream)).run_test(size=(120, 36)) as pilot:
        screen = await settled(pilot)
        await pilot.press("w", "G")
        await until(pilot, lambda: f"at event {HALF_INPUT + 1}: " in pane_text(screen))
        assert "✗ raises" in pane_text(screen)
        await pilot.press("k")
        await pilot.pause()
        assert "✗ raises" not in pane_text(screen)
