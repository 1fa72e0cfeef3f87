from typing import TYPE_CHECKING, Any, Literal

from inspector.protocol import error_type_for_status
from inspector.recording.json_text import loads_exact
from inspector.sse import Decoder
from inspector.timeline.metrics import Metrics, measure
from inspector.timeline.snapshot import message_at

if TYPE_CHECKING:
    from inspector.timeline.exchange import Exchange

Status = Literal["error", "complete", "not-a-stream", "cancelled", "in-progress", "truncated"]


class View:
    """An exchange as of a moment: after frame `n`, or with its end (`whole`). All of it is derived."""

    def __init__(self, exchange: "Exchange", n: int, whole: bool) -> None:
        self.exchange = exchange
        self.n = n
        self.whole = whole
        self._index = exchange.index

    @property
    def status(self) -> Status:
        """How the exchange stands; the first that fits, in the order of `Status`."""
        index = self._index
        http = self.http_status
        if (http is not None and http >= 400) or any(at <= self.n for at, _ in index.assembler.errors):
            return "error"
        if self._stopped:
            return "complete"
        if not index.dispatched_at(self.n) and (self.n or self._tail):
            return "not-a-stream"
        end = index.end if self.whole else None
        if end and end.get("reason") == "cancelled":
            return "cancelled"
        if end is None and (self.exchange.arriving or not self.exchange.is_import):
            return "in-progress"
        return "truncated"

    @property
    def http_status(self) -> int | None:
        status = self._index.response.get("status") if self._index.response else None
        return status if isinstance(status, int) else None

    @property
    def end(self) -> dict[str, Any] | None:
        """The recording's end as of this moment: its reason, and the error if there was one."""
        return self._index.end if self.whole else None

    @property
    def request(self) -> dict[str, Any] | None:
        return self.exchange.request

    @property
    def response(self) -> dict[str, Any] | None:
        """status and headers of the HTTP response."""
        response = self._index.response
        return {"status": response.get("status"), "headers": response.get("headers")} if response else None

    @property
    def messages(self) -> list[dict[str, Any]]:
        """Every message of the stream, as far as it came. A JSON reply that is a message counts."""
        mode = self.exchange.partial_mode
        found = [message_at(message, self.n, mode) for message in self._index.messages if message.start_n <= self.n]
        if not found and (reply := self._json_reply()) and reply.get("type") == "message":
            return [reply]
        return found

    @property
    def message(self) -> dict[str, Any] | None:
        """What the API would have returned unstreamed, as far as it came; the first one where there are several."""
        messages = self.messages
        return messages[0] if messages else None

    @property
    def error(self) -> dict[str, Any] | None:
        """type, message, event: of the first error event, else of the HTTP error, else of how the body ended."""
        for n, data in self._index.assembler.errors:
            if n <= self.n:
                return {**_error_of(data), "event": n}
        http = self.http_status
        if http is not None and http >= 400:
            found = _error_of(self._json_reply())
            return {"type": found["type"] or error_type_for_status(http), "message": found["message"], "event": None}
        reported = self.end.get("error") if self.end else None
        return {**_error_of({"error": reported}), "event": None} if reported else None

    @property
    def metrics(self) -> Metrics:
        return measure(self._index, self.n, self.whole)

    def as_dict(self) -> dict[str, Any]:
        """The object that `show --format json` prints."""
        exchange = self.exchange
        messages = self.messages
        return {
            "file": exchange.name,
            **({} if exchange.number is None else {"exchange": exchange.number}),
            "status": self.status,
            "request": self.request,
            "response": self.response,
            "message": messages[0] if messages else None,
            **({"messages": messages} if len(messages) > 1 else {}),
            "error": self.error,
            "metrics": self.metrics.as_dict(),
        }

    @property
    def _tail(self) -> bytes:
        return self._index.tail if self.whole else b""

    @property
    def _stopped(self) -> bool:
        if any(at <= self.n for at in self._index.assembler.stops[:1]):
            return True
        # Files saved by hand often lack the last blank line.
        if not self._tail or not self.exchange.is_import or self.end is not None:
            return False
        # A body without any blank line is one frame too: its name is that of its last event, its data are no JSON.
        frames = Decoder().feed(self._tail + b"\n\n")
        return any(frame.name == "message_stop" and _is_json(frame.data) for frame in frames)

    def _json_reply(self) -> dict[str, Any] | None:
        """The body where it is one JSON object and no event stream."""
        if self._index.dispatched_at(self.n):
            return None
        frames = (self.exchange.frame(n).raw for n in range(1, self.n + 1))
        try:
            value = loads_exact(b"".join(frames) + self._tail)
        except ValueError:
            return None
        return value if isinstance(value, dict) else None


def _is_json(text: str) -> bool:
    try:
        loads_exact(text.encode())
    except ValueError:
        return False
    return True


def _error_of(data: Any) -> dict[str, Any]:
    error = data.get("error") if isinstance(data, dict) else None
    values = error if isinstance(error, dict) else {}
    kind, message = values.get("type"), values.get("message")
    if message is None and not values and data is not None:
        message = error if isinstance(error, str) else None
    return {"type": kind if isinstance(kind, str) else None, "message": message}
