"""What can be taken along: copies of every kind, and the stream in other formats."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from inspector.formats import open_exchange
from inspector.tui.screens.exports import export_formats
from inspector.tui.screens.menu import MenuScreen
from tests.streams import FIRST_TEXT, HALF_INPUT, PING, STREAM, Record
from tests.tui.conftest import app_on, notices, settled, shown, until


@pytest.mark.parametrize(
    ("n", "copies"),
    [
        (
            FIRST_TEXT,
            {
                "e": json.dumps(STREAM[FIRST_TEXT - 1], indent=2),
                "r": 'event: content_block_delta\ndata: {"type":"content_block_delta","index":1,"delta":{"type":"text_delta","text":"Hello "}}\n\n',
                "t": "Hello ",
            },
        ),
        (FIRST_TEXT + 1, {"t": "Hello wide 日本 "}),
        (4, {"t": "let me see"}),
        (HALF_INPUT, {"t": '{"city":"Par'}),
        (
            PING,
            {
                "e": '{\n  "type": "ping"\n}',
                "r": 'event: ping\ndata: {"type":"ping"}\n\n',
                "t": "Hello wide 日本 world",
            },
        ),
        (1, {"t": None}),
    ],
)
async def test_copies_are_as_of_the_cursor(record: Record, n: int, copies: dict[str, str | None]) -> None:
    async with app_on(record()).run_test(size=(120, 36), notifications=True) as pilot:
        await settled(pilot)
        await pilot.press("colon", *str(n), "enter")
        for key, wanted in copies.items():
            pilot.app.copy_to_clipboard("nothing yet")
            await pilot.press("y")
            await pilot.pause()
            assert isinstance(pilot.app.screen, MenuScreen)
            await pilot.press(key)
            await pilot.pause()
            await until(pilot, lambda: bool(notices(pilot.app)))
            said = notices(pilot.app)[-1]
            assert pilot.app.clipboard == (wanted or "nothing yet")
            assert said.startswith("copied" if wanted else "there is nothing to copy")
            if wanted:
                assert f"{len(wanted):,} characters" in said


async def test_the_message_and_the_request_are_copied(record: Record) -> None:
    path = record()
    async with app_on(path).run_test(size=(120, 36)) as pilot:
        await settled(pilot)
        await pilot.press("y", "m")
        await pilot.pause()
        with open_exchange(str(path)) as exchange:
            assert json.loads(pilot.app.clipboard) == exchange.view().message
            await pilot.press("colon", *str(FIRST_TEXT), "enter", "y", "m")
            await pilot.pause()
            assert json.loads(pilot.app.clipboard) == exchange.at(FIRST_TEXT).message
        await pilot.press("y", "c")
        await pilot.pause()
        command = pilot.app.clipboard
        assert command.startswith("curl -N -X POST https://api.anthropic.com/v1/messages")
        assert command.endswith("""'{"model":"claude-test","messages":[{"role":"user","content":"Weather?"}]}'""")


async def test_a_copy_is_chosen_by_arrows_or_not_at_all(record: Record) -> None:
    async with app_on(record()).run_test(size=(120, 36)) as pilot:
        screen = await settled(pilot)
        await pilot.press("colon", *str(FIRST_TEXT), "enter", "y", "escape")
        await pilot.pause()
        assert pilot.app.screen is screen
        assert pilot.app.clipboard == ""
        await pilot.press("y")
        await pilot.pause()
        await pilot.press("down", "j", "k", "j", "enter")
        await pilot.pause()
        assert pilot.app.clipboard == "Hello "


async def test_the_stream_is_saved_in_every_format_once(
    record: Record, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = record()
    folder = tmp_path / "saved"
    folder.mkdir()
    monkeypatch.chdir(folder)
    formats = [name for name, _ in export_formats()]
    assert len(formats) > 2

    def said(text: str) -> Callable[[], bool]:
        return lambda: notices(pilot.app)[-1:] == [text]

    async with app_on(path).run_test(size=(120, 36), notifications=True) as pilot:
        screen = await settled(pilot)
        for number, name in enumerate(formats, 1):
            await pilot.press("s")
            await pilot.pause()
            assert isinstance(pilot.app.screen, MenuScreen)
            assert f"{number}  {name}: " in shown(pilot.app.screen, "#menu")
            await pilot.press(str(number))
            await until(pilot, said(f"saved as {folder / f'stream.{name}'}"))
            assert pilot.app.screen is screen
        await pilot.press("s", "1")
        await until(pilot, said(f"saved as {folder / f'stream-2.{formats[0]}'}"))
        await pilot.press("s", "escape")
        await pilot.pause()
    assert {file.name for file in folder.iterdir()} == {f"stream.{name}" for name in formats} | {
        f"stream-2.{formats[0]}"
    }
    with open_exchange(str(path)) as original:
        for file in folder.iterdir():
            assert file.stat().st_mode & 0o077 == 0
            with open_exchange(str(file)) as saved:
                assert saved.view().message == original.view().message


async def test_what_cannot_be_written_is_said(record: Record, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = record()
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    async with app_on(path).run_test(size=(120, 36), notifications=True) as pilot:
        await settled(pilot)
        await pilot.press("s", "1")
        await until(pilot, lambda: bool(notices(pilot.app)))
        assert "cannot be written: no such file or directory" in notices(pilot.app)[-1]
