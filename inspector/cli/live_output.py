"""What `inspector live --no-tui` prints: the text on stdout as it comes, everything else on stderr."""

import os
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from queue import SimpleQueue
from typing import Any, Final

from inspector.formats import open_exchange
from inspector.protocol import DELTAS
from inspector.recording import InspectorError
from inspector.reports.exchange_text import tokens_text
from inspector.text.paint import Paint, use_color
from inspector.text.sanitise import sanitise

_STDOUT: Final = 1
_STDERR: Final = 2
# How long the end waits for a reader that has stopped reading.
_PATIENCE_S: Final = 0.5


class StreamOutput:
    """Prints a stream's events from a thread of its own, so that whoever reads slowly delays no network read.

    `gone` is called, in that thread, when nobody reads stdout any more; `broken` is the error then.
    """

    def __init__(self, gone: Callable[[], None] = lambda: None) -> None:
        self.broken: OSError | None = None
        self._gone = gone
        self._paint = Paint(use_color(_STDERR))
        self._queue: SimpleQueue[tuple[int, str] | None] = SimpleQueue()
        self._at_line_start = {_STDOUT: True, _STDERR: True}
        self._tools: dict[Any, tuple[str, list[str]]] = {}
        self._lost = False
        self._encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
        self._thread = threading.Thread(target=self._run, name="inspector-output", daemon=True)
        self._thread.start()

    def event(self, event: Any) -> None:
        """One raw event of the SDK. Raises BrokenPipeError once nobody reads stdout any more."""
        if self.broken:
            raise self.broken
        kind = getattr(event, "type", None)
        index = getattr(event, "index", None)
        if kind == "content_block_start":
            block = getattr(event, "content_block", None)
            if str(getattr(block, "type", "")).endswith("tool_use"):
                label = f"{getattr(block, 'type', '')} {getattr(block, 'name', '')} {getattr(block, 'id', '')}"
                self._tools[index] = label, []
        elif kind == "content_block_delta":
            self._delta(index, getattr(event, "delta", None))
        elif kind == "content_block_stop":
            if tool := self._tools.pop(index, None):
                label, pieces = tool
                self.line(f"{label} {''.join(pieces)}")
            elif not self._at_line_start[_STDERR]:
                self._put(_STDERR, "\n")

    def line(self, text: str) -> None:
        """A line of ours on stderr."""
        if not self._at_line_start[_STDERR]:
            self._put(_STDERR, "\n")
        if sys.stdout.isatty() and not self._at_line_start[_STDOUT]:
            self._put(_STDOUT, "\n")
        self._put(_STDERR, f"inspector: {sanitise(text)}\n")

    def lost(self, error: Exception) -> None:
        """Nothing more is recorded. Said once."""
        if not self._lost:
            self._lost = True
            self.line(f"the recording stops here, the stream goes on: {error}")

    def close(self) -> None:
        """Ends the text with a line end and waits until it is printed, but not for ever."""
        for stream in (_STDOUT, _STDERR):
            if not self._at_line_start[stream]:
                self._put(stream, "\n")
        self._queue.put(None)
        self._thread.join(_PATIENCE_S)

    def _delta(self, index: Any, delta: Any) -> None:
        entry = DELTAS.get(str(getattr(delta, "type", None)))
        piece = getattr(delta, entry.field, None) if entry else None
        if entry is None or not isinstance(piece, str):
            return
        if entry.brings == "json" and index in self._tools:
            self._tools[index][1].append(piece)
        elif entry.brings == "text" and entry.role == "text":
            self._put(_STDOUT, sanitise(piece, lines=True))
        elif entry.brings == "text":
            self._put(_STDERR, sanitise(piece, lines=True), "dim")

    def _put(self, stream: int, text: str, *roles: str) -> None:
        if text:
            self._at_line_start[stream] = text.endswith("\n")
            self._queue.put((stream, self._paint(text, *roles)))

    def _run(self) -> None:
        while item := self._queue.get():
            stream, text = item
            data = memoryview(text.encode(self._encoding, "replace"))
            try:
                # Not through sys.stdout: a thread that hangs in there at the end would take the process with it.
                while data:
                    data = data[os.write(stream, data) :]
            except OSError as error:
                if stream == _STDOUT and not self.broken:
                    self.broken = error
                    self._gone()


def unfinished(path: Path) -> str | None:
    """What is wrong with a stream that ended without an exception, None where it is whole."""
    try:
        with open_exchange(str(path)) as exchange:
            status = exchange.view().status
    except InspectorError:
        return None
    if status == "truncated":
        return "the body ended without message_stop, and the SDK raises nothing: the reply is cut"
    if status == "not-a-stream":
        return "the reply is no event stream, and the SDK raises nothing: `inspector show` has it"
    return None


def summary(path: Path) -> str:
    """Status, tokens, times, and where the recording is."""
    try:
        with open_exchange(str(path)) as exchange:
            view = exchange.view()
    except InspectorError:
        return f"no recording in {path}"
    metrics = view.metrics
    parts = [
        view.status,
        str((view.message or {}).get("stop_reason") or ""),
        tokens_text(metrics.input_tokens, metrics.output_tokens),
        "" if metrics.ttft_ms is None else f"TTFT {metrics.ttft_ms:,.0f} ms",
        "" if metrics.duration_ms is None else f"{metrics.duration_ms / 1000:,.2f} s",
        f"recorded in {path}",
    ]
    return " · ".join(part for part in parts if part)
