"""What a list says of each stream, read beside the screen."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread
from typing import Any, Final

from inspector.recording import InspectorError
from inspector.timeline import Exchange
from inspector.tui.draw.bars import duration
from inspector.tui.draw.lines import Line, Piece, fill
from inspector.tui.model import SEVERITY_SIGNS, Session
from inspector.tui.sources import Source
from inspector.tui.widgets.status import SIGNS, state_of
from inspector.visible import visible

# A larger file is not read through for one line of a list.
_READ_THROUGH: Final = 1 << 25


@dataclass(frozen=True, slots=True)
class Summary:
    """One stream in a line; `worst` is the worst finding, `note` what its recording says of itself."""

    state: Piece
    worst: Piece = ("", "")
    started: str = ""
    model: str = ""
    tokens: str = ""
    ttft: str = ""
    duration: str = ""
    events: str = ""
    note: str = ""

    def line(self, name: str, width: int, name_width: int) -> Line:
        """The columns that fit, the name first."""
        pieces: Line = [(fill(self.state[0], 16), self.state[1]), (fill(name, name_width) + "  ", "strong")]
        left = width - 18 - name_width
        for text, room, role in (
            (self.worst[0], 10, self.worst[1]),
            (self.model, 18, "faint"),
            (self.tokens, 14, ""),
            (self.ttft, 8, ""),
            (self.duration, 9, ""),
            (self.started, 13, "faint"),
            (self.events, 16, "faint"),
        ):
            if left >= room:
                pieces.append((fill(text, room - 1) + " ", role))
                left -= room
        return pieces


HEADINGS: Final = Summary(
    ("state", "dim"), ("findings", "dim"), "started", "model", "tokens in/out", "TTFT", "duration", "events"
)


def summarise(source: Source) -> Summary:
    """The summary of one stream, which is opened and closed for it."""
    try:
        exchange = source.another()
    except InspectorError as error:
        return Summary(("✗ unreadable", "error"), note=visible(str(error)))
    with exchange:
        session = Session(exchange)
        read_through = exchange.reader.size() <= _READ_THROUGH
        while session.load_block() and read_through:
            pass
        found = session.figures()
        state = state_of(session) if read_through else ("  large", "faint")
        header: dict[str, Any] = exchange.index.header or {}
        about = header.get("source")
        note = about.get("note") if isinstance(about, dict) else None
        tokens = f"{_number(found.input_tokens)}/{_number(found.output_tokens)}"
        return Summary(
            state=state,
            worst=_worst(exchange) if read_through else ("", ""),
            started=visible(str(header.get("started_at") or "")[5:16].replace("T", " ")),
            model=visible(found.model or _requested_model(exchange.request)),
            tokens=tokens if found.input_tokens is not None or found.output_tokens is not None else "",
            ttft=duration(found.ttft_ns),
            duration=duration(_lasted(session)) if session.count else "",
            events=f"{session.count:,} events" if read_through else f"{exchange.reader.size() >> 20:,} MB",
            note=visible(note) if isinstance(note, str) else "",
        )


class Summariser(Thread):
    """Summarises streams one after the other. `found` fills; a file that changed since is read again."""

    def __init__(self, sources: Iterable[Source]) -> None:
        super().__init__(name="summaries", daemon=True)
        self._sources = list(sources)
        self._stop_asked = Event()
        self._read: dict[tuple[str, int | None], tuple[int, int]] = {}
        self.found: dict[tuple[str, int | None], Summary] = {}

    def run(self) -> None:
        while not self._stop_asked.is_set():
            for source in list(self._sources):
                if self._stop_asked.is_set():
                    return
                self._look_at(source)
            self._stop_asked.wait(0.5)

    def watch(self, sources: Iterable[Source]) -> None:
        """Other streams are in the list."""
        self._sources = list(sources)

    def stop(self) -> None:
        self._stop_asked.set()
        if self.is_alive():
            self.join(1)

    def _look_at(self, source: Source) -> None:
        key = source.path, source.number
        try:
            stamp = (source.copy.reader.size(), 0) if source.copy else _stamp(Path(source.path))
        except OSError:
            return
        if self._read.get(key) != stamp and stamp[0]:
            self._read[key] = stamp
            self.found[key] = summarise(source)


def _stamp(path: Path) -> tuple[int, int]:
    status = path.stat()
    return status.st_size, status.st_mtime_ns


def _lasted(session: Session) -> int | None:
    end = (session.exchange.index.end or {}).get("t_ns")
    return end if isinstance(end, int) else session.last_t_ns or None


def _number(value: int | None) -> str:
    return "–" if value is None else f"{value:,}"


def _worst(exchange: Exchange) -> Piece:
    """The worst finding's sign and code, and how many more there are; what is only worth knowing does not count."""
    from inspector.diagnostics import diagnose

    found = [finding for finding in diagnose(exchange) if finding.severity != "info"]
    if not found:
        return "", ""
    worst = next((finding for finding in found if finding.severity == "error"), found[0])
    sign, role = SEVERITY_SIGNS[worst.severity]
    return f"{sign} {worst.code}" + (f" +{len(found) - 1}" if len(found) > 1 else ""), role


def _requested_model(request: dict[str, Any] | None) -> str:
    body = (request or {}).get("body")
    model = body.get("model") if isinstance(body, dict) else None
    return model if isinstance(model, str) else ""


UNREAD: Final = Summary(SIGNS["waiting"])
