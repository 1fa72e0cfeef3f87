"""An HTTP exchange out of a container (HAR, cassette, flow file), as the lines of a recording."""

import math
import re
from base64 import b64decode
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

from inspector.formats.body import body_lines, decoded, pieces
from inspector.formats.documents import event_line
from inspector.formats.format import Imported, Read
from inspector.recording import EndReason, Redactor, header_line
from inspector.recording.lines import is_event, is_message_stop, object_line, read_frame, request_line
from inspector.recording.redaction import UnreadableBodyError

Headers = list[tuple[str, str]]

_LONE = re.compile("[\ud800-\udfff]")
_BASE64 = re.compile("[A-Za-z0-9+/]*")


@dataclass(slots=True)
class Interaction:
    """What a container says of one exchange; times are nanoseconds since the request was sent, None where unknown.

    `status` None: no response came. `coded`: the body may still have its content coding. `end`, where the container
    knows it, has the reason (None: the body ended cleanly), and what went wrong. `pieces`, if there are any, are the
    body instead of `body`, with the times when they came. `is_log`: the body was made of events that were kept; what it
    was on the wire is not known. `no_stream`: the file does not have the body ("absent"), or only the message that was
    made of it ("assembled").
    """

    method: str = ""
    url: str = ""
    request_headers: Headers = field(default_factory=list)
    request_body: bytes | None = None
    status: int | None = None
    response_headers: Headers = field(default_factory=list)
    response_ns: int | None = None
    body: bytes = b""
    coded: bool = True
    pieces: list[Read] = field(default_factory=list)
    is_log: bool = False
    no_stream: Literal["", "absent", "assembled"] = ""
    started_at: datetime | None = None
    end: "End | None" = None
    notes: list[str] = field(default_factory=list)

    def imported(self, format: str) -> Imported:
        """The exchange as a recording's lines, secrets taken out."""
        return Imported(self._lines(format), self.notes)

    def ended(self, moment: datetime, lasted_ns: int) -> None:
        """Takes in when the body ended, and how long after the request that was."""
        self.started_at = moment - timedelta(microseconds=lasted_ns / 1000)
        if self.status is not None and self.body:
            self.end = End(lasted_ns)

    def _lines(self, format: str) -> Iterator[bytes]:
        clean = Redactor()
        source = {"kind": "import", "format": format}
        if any(t_ns is not None for _, t_ns in self.pieces):
            source["clock"] = "arrival"
        if self.is_log:
            source["kept"] = "events"
        elif self.no_stream:
            source["kept"] = "message" if self.no_stream == "assembled" else "nothing"
        yield header_line(source, self.started_at)
        if self.url or self.method:
            body, why = None, None
            try:
                body = clean.body(self.request_body, self.request_headers) if self.request_body else None
            except UnreadableBodyError as unreadable:
                why = str(unreadable)
            yield request_line(self.method, clean.url(self.url), clean.headers(self.request_headers), body, why)
        if self.status is not None:
            headers = [list(header) for header in clean.headers(self.response_headers)]
            yield object_line("response", {"t_ns": self.response_ns, "status": self.status, "headers": headers})
        is_stream = header(self.response_headers, "content-type").startswith("text/event-stream")
        stopped = False
        for line in self._body():
            is_stream = is_stream or is_event(line)
            stopped = stopped or is_message_stop(line)
            yield line
        if self.end:
            reason, error = self.end.reason, self.end.message
            if reason is None:
                reason = "complete" if stopped or not is_stream else "eof"
            said = clean.text(error.encode()).decode() if error else None
            detail = {"type": format, "message": said} if said else None
            yield object_line("end", {"t_ns": self.end.t_ns, "reason": reason, "error": detail})

    def _body(self) -> Iterator[bytes]:
        encoding = header(self.response_headers, "content-encoding") if self.coded else ""
        reads = decoded(self.pieces or pieces(self.body), encoding, self.notes)
        return body_lines(reads, self.notes, header(self.response_headers, "content-type"), numbered=False)


@dataclass(frozen=True, slots=True)
class End:
    """How a body ended. `reason` None: cleanly."""

    t_ns: int | None
    reason: EndReason | None = None
    message: str = ""


def event_frame(name: str | None, data: bytes) -> bytes:
    """The canonical frame of an event of which only the name and the data are known."""
    return read_frame(event_line(name or None, data)).raw


def header(headers: Headers, name: str) -> str:
    """The value of the header with this lower-case name, "" where there is none."""
    return next((value for key, value in headers if key.lower() == name), "")


def text(value: Any) -> str:
    """A single value as text that is valid Unicode; "" for anything else."""
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return _LONE.sub("\ufffd", str(value)) if isinstance(value, str | int | float) else ""


def nanoseconds(seconds: Any) -> int | None:
    """A time that a container gives, None where it is none or cannot be one."""
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not math.isfinite(seconds):
        return None
    return round(seconds * 1e9) if 0 <= seconds < 1e9 else None


def base64_bytes(value: str, what: str, notes: list[str]) -> bytes:
    """What a Base64 text holds, up to where it is damaged."""
    compact = "".join(value.split()).rstrip("=")
    found = _BASE64.match(compact)
    good = found[0] if found else ""
    good = good[: len(good) - (len(good) % 4 == 1)]
    if len(good) < len(compact):
        notes.append(f"{what}: its Base64 is damaged after {len(good):,} characters")
    return b64decode(good + "=" * (-len(good) % 4))
