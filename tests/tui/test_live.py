"""Recordings that are still being written, by a child process as the commands start one."""

import os
import re
import signal
import sys
from pathlib import Path

from inspector.recording import Writer
from inspector.sse import Decoder
from inspector.tui.app import InspectorApp
from inspector.tui.recorder_process import RecorderProcess
from inspector.tui.screens.stream import StreamScreen
from inspector.tui.screens.streams import StreamsScreen
from inspector.tui.screens.waiting import WaitingScreen
from inspector.tui.settings import Options
from tests.streams import MS, Record
from tests.support import block, finish, sse, start, text, wait_until
from tests.tui.conftest import app_on, pane_text, shown, until


class Growing:
    """A recording that a test appends to."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._writer = Writer.create(path, {"kind": "live"})
        self._decoder = Decoder()
        self._t_ns = 400 * MS

    def add(self, *events: dict[str, object]) -> None:
        for event in events:
            self._t_ns += 20 * MS
            self._writer.frames(self._decoder.feed(sse(event), self._t_ns))

    def end(self) -> None:
        self._writer.end(self._t_ns, "complete")
        self._writer.close()


async def test_the_list_follows_until_the_user_moves(tmp_path: Path) -> None:
    growing = Growing(tmp_path / "live.jsonl")
    growing.add(start(), *block(0, text("one "), type="text", text="", stop=False))
    async with app_on(growing.path, follow=True).run_test(size=(120, 36)) as pilot:
        await pilot.pause()
        screen = pilot.app.screen
        assert isinstance(screen, StreamScreen)
        assert "◉ live" in shown(screen, "#status")
        growing.add(*({"type": "content_block_delta", "index": 0, "delta": text(f"w{n} ")} for n in range(100)))
        await until(pilot, lambda: "w99" in pane_text(screen))
        assert "103" in shown(screen, "#timeline")
        await pilot.press("k", "k")
        moved_to = screen.stream.cursor
        growing.add({"type": "content_block_delta", "index": 0, "delta": text("later ")})
        await until(pilot, lambda: "1 new" in shown(screen, "#status"))
        assert screen.stream.cursor == moved_to
        assert "later" not in pane_text(screen)
        await pilot.press("escape")
        await until(pilot, lambda: "later" in pane_text(screen))
        assert "new" not in shown(screen, "#status")
        growing.add(*finish())
        growing.end()
        await until(pilot, lambda: "● complete" in shown(screen, "#status"))
        assert screen.stream.cursor is None


async def test_waiting_for_a_recorder(tmp_path: Path) -> None:
    path = tmp_path / "late.jsonl"
    recorder = RecorderProcess([sys.executable, "-c", "import time; time.sleep(600)"])
    app = InspectorApp([], Options(follow=True, waits_for=str(path)), recorder)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        assert isinstance(app.screen, WaitingScreen)
        assert "◌ waiting" in shown(app.screen, "#waiting")
        growing = Growing(path)
        growing.add(start())
        await until(pilot, lambda: isinstance(app.screen, StreamScreen) and bool(app.screen.query("#timeline")))
        await until(pilot, lambda: "message_start" in shown(app.screen, "#timeline"))
    assert recorder.stop() == 0
    # By its SIGINT, or where the machine is too busy for that within its patience, by force.
    assert recorder.status in (-signal.SIGINT, 1, -signal.SIGKILL)
    growing.end()


async def test_a_recorder_that_fails_says_why(tmp_path: Path) -> None:
    code = "import sys; print('inspector: no key: set ANTHROPIC_API_KEY', file=sys.stderr); sys.exit(2)"
    recorder = RecorderProcess([sys.executable, "-c", code])
    app = InspectorApp([], Options(follow=True, waits_for=str(tmp_path / "never.jsonl")), recorder)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "✗ failed" in shown(app.screen, "#waiting"))
        assert "no key: set ANTHROPIC_API_KEY" in shown(app.screen, "#waiting")
    assert recorder.stop() == 2


def test_a_recorder_that_does_not_end_is_ended() -> None:
    code = "import signal,sys,time; signal.signal(signal.SIGINT, signal.SIG_IGN); print('up', file=sys.stderr, flush=True); time.sleep(600)"
    recorder = RecorderProcess([sys.executable, "-c", code])
    wait_until(lambda: recorder.last_line or recorder.status is not None)
    assert recorder.stop() == 0
    assert recorder.status == -signal.SIGKILL


async def test_a_recorder_that_ends_without_an_end(tmp_path: Path) -> None:
    growing = Growing(tmp_path / "cut.jsonl")
    growing.add(start())
    recorder = RecorderProcess([sys.executable, "-c", "raise SystemExit(1)"])
    app = InspectorApp([], Options(follow=True, waits_for=str(growing.path)), recorder)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: isinstance(app.screen, StreamScreen) and bool(app.screen.query("#status")))
        await until(pilot, lambda: "◌ no end" in shown(app.screen, "#status"))
    assert recorder.stop() == 1


async def test_another_attempt_is_followed_and_all_are_listed(record: Record, tmp_path: Path) -> None:
    error = {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}
    first = record([start(), error], name="first.jsonl", end="error")
    second = record(name="second.jsonl")
    path = tmp_path / "live.jsonl"
    # Each attempt once the one before has been seen: the test says when by a line.
    code = (
        "import shutil, sys, time, pathlib\n"
        f"shutil.copyfile({str(first)!r}, {str(path)!r})\n"
        f"while not pathlib.Path({str(tmp_path / 'seen')!r}).exists(): time.sleep(0.01)\n"
        f"shutil.copyfile({str(second)!r}, {str(tmp_path / 'live-2.jsonl')!r})\n"
        f"while not pathlib.Path({str(tmp_path / 'seen again')!r}).exists(): time.sleep(0.01)\n"
    )
    stale = tmp_path / "live-3.jsonl"
    stale.write_bytes(second.read_bytes())
    os.utime(stale, (1, 1))
    recorder = RecorderProcess([sys.executable, "-c", code])
    app = InspectorApp([], Options(follow=True, waits_for=str(path)), recorder)
    try:
        async with app.run_test(size=(120, 36)) as pilot:
            await until(pilot, lambda: isinstance(app.screen, StreamScreen) and bool(app.screen.query("#status")))
            await until(pilot, lambda: "✗ error" in shown(app.screen, "#status"))
            (tmp_path / "seen").touch()
            await until(pilot, lambda: len(app.sources) == 2 and isinstance(app.screen, StreamScreen))
            await until(pilot, lambda: "● complete" in shown(app.screen, "#status"))
            assert "live-2.jsonl" in shown(app.screen, "#status")
            (tmp_path / "seen again").touch()
            await pilot.press("escape")
            await until(pilot, lambda: isinstance(app.screen, StreamsScreen))
            await until(pilot, lambda: "complete" in shown(app.screen, "#choices"))
            listed = shown(app.screen, "#choices")
            assert "✗ error" in listed
            assert "live-2" in listed
            assert "live-3" not in listed, "it is older than this call"
    finally:
        recorder.stop()


async def test_a_silence_is_counted_while_it_lasts(tmp_path: Path) -> None:
    growing = Growing(tmp_path / "stalled.jsonl")
    growing.add(start())
    async with app_on(growing.path, follow=True).run_test(size=(120, 36)) as pilot:
        screen = pilot.app.screen
        await until(pilot, lambda: bool(re.search(r"silent for \d+\.\d s", shown(screen, "#status"))))
        growing.add({"type": "ping"})
        await until(pilot, lambda: "2 events" in shown(screen, "#status"))

        def silent() -> bool:
            # Another one at each look: however long it is until the next, there is no silence of a second.
            growing.add({"type": "ping"})
            return "silent" in shown(screen, "#status")

        await until(pilot, lambda: not silent())
        growing.end()


async def test_a_command_that_fails_before_any_stream_shows_what_it_printed(tmp_path: Path) -> None:
    (tmp_path / "output.log").write_bytes(b"Traceback\nZeroDivisionError: \x1b[31mdivision by zero\n")
    recorder = RecorderProcess([sys.executable, "-c", "raise SystemExit(1)"])
    app = InspectorApp([], Options(follow=True, waits_for=str(tmp_path), folders=(str(tmp_path),)), recorder)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "✗ failed" in shown(app.screen, "#waiting"))
        said = shown(app.screen, "#waiting")
        assert "the command ended with status 1" in said
        assert "ZeroDivisionError: ␛[31mdivision by zero" in said
    assert recorder.stop() == 1
