"""The Python side: recordings as plain values, and as typed ones."""

import os
import weakref
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from inspector.diagnostics import Finding, diagnose
from inspector.formats import open_exchange, open_exchanges
from inspector.recording.lines import data_of
from inspector.session.sources import find
from inspector.sse import Frame
from inspector.timeline import Exchange, Metrics, Status, View


@dataclass(frozen=True, slots=True)
class Event:
    """One event that the standard dispatches to a listener.

    `n` is its number, from 1; frames that are not dispatched (comments, say) count too. `t_ns` is when the network read
    that completed it arrived, in nanoseconds since the request was sent, and `read` the number of that read, from 1;
    both None where the source has no times. `event` is the name, `data` the parsed JSON; the text where it is none.
    """

    n: int
    t_ns: int | None
    read: int | None
    event: str
    data: Any

    def as_dict(self) -> dict[str, Any]:
        """The same as a plain dict, as `Recording.events` has it."""
        return {"n": self.n, "t_ns": self.t_ns, "read": self.read, "event": self.event, "data": self.data}


class Recording:
    """One recorded exchange, whole or as of an event.

    `events`, `message`, `metrics` and `diagnostics` are plain dicts, lists, strings and numbers, as the command line
    prints them; `iter_events()`, `frames()`, `figures` and `findings` give the same as typed values. The file stays
    open until `close()`, the end of a `with`, or until nobody holds the recording any more.
    """

    def __init__(self, view: View, whole: "Recording | None" = None) -> None:
        self._view = view
        self._whole = whole or self

    def __repr__(self) -> str:
        return f"<Recording {self.name!r}: {self.status}, {self.figures.events} events>"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Lets go of the file; what was not asked for until then cannot be had any more. Closing twice is fine."""
        self._exchange.close()

    @property
    def name(self) -> str:
        """The path that was opened; of a file with several exchanges the number of this one behind a #."""
        number = self._exchange.number
        return self._exchange.name if number is None else f"{self._exchange.name}#{number}"

    @cached_property
    def events(self) -> list[dict[str, Any]]:
        """The dispatched events as plain dicts: n, t_ns, read, event, data; see `Event`."""
        return [event.as_dict() for event in self.iter_events()]

    def iter_events(self) -> Iterator[Event]:
        """The dispatched events in order, each made when it is asked for: for recordings that are too large to hold."""
        for n, frame in enumerate(self.frames(), 1):
            if frame.dispatched:
                yield Event(n, frame.t_ns, frame.read, frame.event, data_of(frame))

    def frames(self) -> Iterator[Frame]:
        """Every frame in order, also those that no listener sees; `raw` has its bytes as they came."""
        return (self._exchange.frame(n) for n in range(1, self._view.n + 1))

    @property
    def message(self) -> dict[str, Any] | None:
        """What the API would have returned unstreamed, as far as it came; None where there is none."""
        return self._view.message

    @property
    def messages(self) -> list[dict[str, Any]]:
        """All messages, where a body holds several."""
        return self._view.messages

    @property
    def status(self) -> Status:
        """How the exchange stands: complete, error, truncated and so on; see `Status`."""
        return self._view.status

    @property
    def error(self) -> dict[str, Any] | None:
        """type, message, and event (the number of the error event, None where it was none); None without an error."""
        return self._view.error

    @property
    def request(self) -> dict[str, Any] | None:
        """method, url, headers (pairs, secrets taken out), body; None where the source has no request."""
        return self._view.request

    @property
    def response(self) -> dict[str, Any] | None:
        """status, headers (pairs)."""
        return self._view.response

    @property
    def metrics(self) -> dict[str, Any]:
        """`figures` as a plain dict, as `inspector show --format json` prints it."""
        return self.figures.as_dict()

    @cached_property
    def figures(self) -> Metrics:
        """Latency and throughput; what needs times is None where the source has none."""
        return self._view.metrics

    @property
    def notes(self) -> list[str]:
        """What is odd about the file: cut lines, a missing end."""
        return self._exchange.notes

    @property
    def diagnostics(self) -> list[dict[str, Any]]:
        """`findings` as plain dicts: code, name, severity, event, t_ms, message, fix."""
        return [finding.as_dict() for finding in self.findings]

    @property
    def findings(self) -> list[Finding]:
        """What is wrong, or worth knowing, in the order of the events; found out once.

        Of a recording as of an event: those about the events so far.
        """
        found = self._whole._found
        return list(found) if self._view.whole else [one for one in found if one.event and one.event <= self._view.n]

    def at(self, n: int) -> "Recording":
        """The recording as if it ended after event n; 0 is before the first. Raises IndexError."""
        return Recording(self._exchange.at(n), self._whole)

    @cached_property
    def _found(self) -> list[Finding]:
        return diagnose(self._exchange)

    @property
    def _exchange(self) -> Exchange:
        return self._view.exchange


class Session:
    """The recordings in a folder, the one that began first in front; each is opened when it is its turn.

        for recording in inspector.Session("session/"):
            print(recording.name, recording.status, recording.metrics["ttft_ms"])

    Raises UnreadableError where there is no such folder, or nothing in it that can be read.
    """

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        self.folder = Path(folder)
        self._sources = sorted(find([os.fspath(folder)]), key=lambda source: (source.started or 0, source.path))

    def __len__(self) -> int:
        return len(self._sources)

    def __iter__(self) -> Iterator[Recording]:
        for source in self._sources:
            yield _recording(source.another().load())


def open_recording(path: str | os.PathLike[str]) -> Recording:
    """Opens a recording, or any file that `inspector convert` reads; of several exchanges in it the first.

    Raises InspectorError.
    """
    return _recording(open_exchange(os.fspath(path)))


def open_all(path: str | os.PathLike[str]) -> list[Recording]:
    """Every exchange of a file: a HAR file or a cassette holds many, a recording of our own one.

    Raises InspectorError.
    """
    return [_recording(exchange.load()) for exchange in open_exchanges(os.fspath(path))]


def _recording(exchange: Exchange) -> Recording:
    weakref.finalize(exchange, exchange.reader.close)
    return Recording(exchange.view())
