import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from inspector.recording import Writer
from inspector.session.sources import find
from inspector.sse import Decoder
from inspector.tui.app import InspectorApp
from inspector.tui.screens.stream import StreamScreen
from inspector.tui.settings import Options
from tests.support import block, finish, input_json, sse, start, text

MS = 1_000_000
STREAM = [
    start(model="claude-test"),
    *block(0, {"type": "thinking_delta", "thinking": "let me see"}, {"type": "signature_delta", "signature": "sig"},
           type="thinking", thinking="", signature=""),
    *block(1, text("Hello "), text("wide 日本 "), text("world"), type="text", text=""),
    {"type": "ping"},
    *block(2, input_json(""), input_json('{"city":"Par'), input_json('is"}'),
           type="tool_use", id="toolu_1", name="get_weather", input={}),
    *finish("tool_use"),
]  # fmt: skip
REQUEST = b'{"model":"claude-test","messages":[{"role":"user","content":"Weather?"}]}'
# Where in STREAM things stand.
FIRST_TEXT, PING, HALF_INPUT = 7, 11, 14


@pytest.fixture(autouse=True)
def own_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test sees or changes what the user's own screen keeps."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    # What a picture shows of it is the same in each run.
    monkeypatch.setenv("HOME", str(tmp_path))


Record = Callable[..., Path]


@pytest.fixture
def record(tmp_path: Path) -> Record:
    """Writes a recording: each event in a read of its own, `step` nanoseconds apart, or the gaps given."""

    def write(
        events: Iterable[dict[str, Any]] = STREAM,
        name: str = "stream.jsonl",
        step: int = 20 * MS,
        gaps: dict[int, int] | None = None,
        body: bytes | None = None,
        request: bytes = REQUEST,
        end: str | None = "complete",
        note: str = "",
    ) -> Path:
        path = tmp_path / name
        writer = Writer.create(path, {"kind": "synthetic", **({"note": note} if note else {})})
        headers = [("content-type", "application/json"), ("x-api-key", "sk-ant-secret")]
        writer.request("POST", "https://api.anthropic.com/v1/messages", headers, request)
        writer.response(300 * MS, 200, [("content-type", "text/event-stream")])
        decoder = Decoder()
        t_ns = 400 * MS
        chunks = [body] if body is not None else [sse(event) for event in events]
        for n, chunk in enumerate(chunks, 1):
            t_ns += (gaps or {}).get(n, step)
            writer.frames(decoder.feed(chunk, t_ns))
        writer.tail(decoder.close(), t_ns, decoder.reads)
        if end:
            writer.end(t_ns, end)  # type: ignore[arg-type]
        writer.close()
        return path

    return write


def app_on(*paths: Path, **options: Any) -> InspectorApp:
    """The application on some recordings."""
    folders = tuple(str(path) for path in paths if path.is_dir())
    return InspectorApp(find([str(path) for path in paths]), Options(folders=folders, **options))


async def until(pilot: Pilot[Any], met: Callable[[], bool]) -> None:
    """Lets the application run until a condition is met, which it must be within some hundred turns."""
    for _ in range(500):
        if met():
            return
        await pilot.pause(0.01)
    raise AssertionError("the screen never came to what was waited for")


async def settled(pilot: Pilot[Any]) -> StreamScreen:
    """The stream's screen, once everything that a file holds has been indexed and judged."""
    await pilot.pause()
    screen = pilot.app.screen
    assert isinstance(screen, StreamScreen)
    await until(pilot, lambda: not screen.session.loading and screen.session.diagnosed is not None)
    await until(pilot, lambda: screen.seen == screen.session.version)
    await pilot.pause()
    return screen


def shown(screen: Any, selector: str) -> str:
    """What a widget that draws by lines shows, as text."""
    widget = screen.query_one(selector)
    return "\n".join(widget.render_line(y).text.rstrip() for y in range(widget.content_size.height))


def pane_text(screen: StreamScreen) -> str:
    """What the pane that is in sight shows."""
    return shown(screen, "Pane.-shown")


@pytest.fixture
def no_color(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("NO_COLOR", "1")
    yield
    os.environ.pop("NO_COLOR", None)
