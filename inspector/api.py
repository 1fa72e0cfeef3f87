"""The Python side: a recording as plain values."""

import os
import weakref
from functools import cached_property
from typing import Any

from inspector.diagnostics import diagnose
from inspector.formats import open_exchange
from inspector.text.json_text import loads_or
from inspector.timeline import Exchange, Status, View


class Recording:
    """One recorded exchange, whole or as of an event. Everything is a plain dict, list, str or number."""

    def __init__(self, view: View) -> None:
        self._view = view

    def __repr__(self) -> str:
        return f"<Recording {self._exchange.name!r}: {self.status}, {len(self.events)} events>"

    @cached_property
    def events(self) -> list[dict[str, Any]]:
        """The dispatched events: `n` (its number, counting frames that are not dispatched), `t_ns`, `read`, `event`
        (the name), `data` (parsed; the text where it is no JSON). `t_ns` and `read` are None where the source has none.
        """
        frames = ((n, self._exchange.frame(n)) for n in range(1, self._view.n + 1))
        return [
            {"n": n, "t_ns": frame.t_ns, "read": frame.read, "event": frame.event, "data": _parsed(frame.data)}
            for n, frame in frames
            if frame.dispatched
        ]

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
        """complete, error, cancelled, truncated, in-progress or not-a-stream."""
        return self._view.status

    @property
    def error(self) -> dict[str, Any] | None:
        """type, message, event."""
        return self._view.error

    @property
    def request(self) -> dict[str, Any] | None:
        """method, url, headers, body."""
        return self._view.request

    @property
    def response(self) -> dict[str, Any] | None:
        """status, headers."""
        return self._view.response

    @property
    def metrics(self) -> dict[str, Any]:
        """Latency and throughput; see `inspector.timeline.Metrics`."""
        return self._view.metrics.as_dict()

    @property
    def notes(self) -> list[str]:
        """What is odd about the file: cut lines, a missing end."""
        return self._exchange.notes

    @property
    def diagnostics(self) -> list[dict[str, Any]]:
        """What is wrong, or worth knowing: code, name, severity, event, t_ms, message, fix.

        As of an event: what of it is about the events so far.
        """
        findings = [finding.as_dict() for finding in diagnose(self._exchange)]
        return findings if self._view.whole else [f for f in findings if f["event"] and f["event"] <= self._view.n]

    def at(self, n: int) -> "Recording":
        """The recording as if it ended after event n; 0 is before the first. Raises IndexError."""
        return Recording(self._exchange.at(n))

    @property
    def _exchange(self) -> Exchange:
        return self._view.exchange


def open_recording(path: str | os.PathLike[str]) -> Recording:
    """Opens a recording, or any file that `inspector convert` reads. Raises InspectorError.

    The file is closed when the last Recording of it is gone.
    """
    exchange = open_exchange(os.fspath(path))
    weakref.finalize(exchange, exchange.reader.close)
    return Recording(exchange.view())


def _parsed(data: str) -> Any:
    return loads_or(data, data)
