"""An HTTP exchange out of a container (HAR, cassette, flow file), as the lines of a recording."""

import math
import re
from base64 import b64decode
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from inspector.formats.body import body_lines, decoded, pieces
from inspector.formats.format import Imported
from inspector.recording import EndReason, Redactor, header_line
from inspector.recording.lines import is_event, is_message_stop, object_line, request_line
from inspector.recording.redaction import UnreadableBodyError

Headers = list[tuple[str, str]]

_LONE = re.compile("[\ud800-\udfff]")
_BASE64 = re.compile("[A-Za-z0-9+/]*")


@dataclass(slots=True)
class Interaction:
    """What a container says of one exchange; times are nanoseconds since the request was sent, None where unknown.

    `status` None: no response came. `coded`: the body may still have its content coding. `end`, where the container
    knows it, has the reason (None: the body ended cleanly), and what went wrong.
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
    started_at: datetime | None = None
    end: "End | None" = None
    notes: list[str] = field(default_factory=list)

    def imported(self, format: str) -> Imported:
        """The exchange as a recording's lines, secrets taken out."""
        return Imported(self._lines(format), self.notes)

    def _lines(self, format: str) -> Iterator[bytes]:
        clean = Redactor()
        yield header_line({"kind": "import", "format": format}, self.started_at)
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
        reads = decoded(pieces(self.body), encoding, self.notes)
        return body_lines(reads, self.notes, header(self.response_headers, "content-type"))


@dataclass(frozen=True, slots=True)
class End:
    """How a body ended. `reason` None: cleanly."""

    t_ns: int | None
    reason: EndReason | None = None
    message: str = ""


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
