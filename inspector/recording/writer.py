"""Appending to a recording, so that whoever is killed loses no line that was whole."""

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, Literal, Protocol, Self

from inspector.recording.errors import UnwritableError
from inspector.recording.lines import (
    FIRST_VERSION,
    VERSION,
    Splits,
    frame_line,
    object_line,
    request_parts,
    tail_line,
)
from inspector.recording.lock import hold
from inspector.recording.redaction import Redactor, UnreadableBodyError
from inspector.sse import Frame
from inspector.version import __version__

_LARGE_LINE: Final = 1 << 20

EndReason = Literal["complete", "eof", "reset", "timeout", "cancelled", "error"]
Headers = Iterable[tuple[str, str]]


def header_line(
    source: Mapping[str, Any],
    started_at: datetime | None = None,
    id: str | None = None,
    version: int = FIRST_VERSION,
) -> bytes:
    """The first line of a recording, by default with a fresh id and now. `source` must hold `kind`; `by` is added."""
    return object_line(
        "recording",
        {
            "version": version,
            "id": id or os.urandom(8).hex(),
            "started_at": _timestamp(started_at or datetime.now(UTC)),
            "source": {"kind": source["kind"], "by": f"inspector {__version__}", **source},
        },
    )


class Output(Protocol):
    """Where a recording's lines go."""

    def write(self, data: bytes) -> None:
        """Appends all of these bytes. Raises OSError."""
        ...

    def close(self) -> None:
        """Nothing more comes."""
        ...


class _Descriptor:
    """A file, written at once."""

    def __init__(self, fd: int) -> None:
        self._fd = fd

    def write(self, data: bytes) -> None:
        view = memoryview(data)
        while view:
            view = view[os.write(self._fd, view) :]

    def close(self) -> None:
        os.close(self._fd)


class Writer:
    """Appends one exchange to a recording, each call at once in the operating system's hands.

    Secrets are taken out here, so nothing that is written can hold one. Raises OSError where the disk refuses.
    `body_left_out` says why the request's body is not in it, None where it is, or was not to be.
    """

    def __init__(self, fd: int, redactor: Redactor | None = None, bodies: bool = True) -> None:
        self._fd = fd
        self._out: Output = _Descriptor(fd)
        self._redactor = redactor or Redactor()
        self._bodies = bodies
        self.body_left_out: str | None = None

    @classmethod
    def create(
        cls, path: Path, source: Mapping[str, Any], redactor: Redactor | None = None, bodies: bool = True
    ) -> Self:
        """A new recording (mode 0600) with its first line. Raises UnwritableError, also where the file has content."""
        fd = _open_empty(path)
        # Before there is anything to read: nobody else looks at the lock yet.
        hold(fd)
        writer = cls(fd, redactor, bodies)
        try:
            # Nobody knows yet whether a frame will have to be spilled.
            writer.write(header_line(source, version=VERSION))
        except OSError:
            writer.close()
            raise
        return writer

    def through(self, output: Callable[[int], Output]) -> None:
        """From now on the lines go to what this makes of the file's descriptor, which then is its own."""
        self._out = output(self._fd)

    def request(self, method: str, url: str, headers: Headers, body: bytes | None, left_out: str | None = None) -> None:
        """The moment when this is called is t_ns 0. `left_out`: why there is no body here, where there was one."""
        self.body_left_out = left_out
        clean = self._redactor
        headers = list(headers)
        kept = None
        if body and self._bodies:
            try:
                kept = clean.body(body, headers)
            except UnreadableBodyError as error:
                self.body_left_out = str(error)
        parts = request_parts(method, clean.url(url), clean.headers(headers), kept, self.body_left_out)
        if sum(map(len, parts)) < _LARGE_LINE:
            parts = (b"".join(parts),)
        for part in parts:
            self.write(part)

    def response(self, t_ns: int | None, status: int, headers: Headers) -> None:
        """The response's head. Times are nanoseconds since the request was sent, None where unknown."""
        values = {"t_ns": t_ns, "status": status, "headers": [list(h) for h in self._redactor.headers(headers)]}
        self.write(object_line("response", values))

    def frames(self, frames: Sequence[Frame]) -> None:
        """Further frames of the body, each with its own time and read."""
        if frames:
            self.write(b"".join(map(frame_line, frames)))

    def sent(self, t_ns: int | None, read: int) -> None:
        """Whoever reads through us had taken the reads up to this one (from 1)."""
        self.write(object_line("sent", {"t_ns": t_ns, "read": read}))

    def tail(
        self, tail: bytes, t_ns: int | None = None, read: int | None = None, splits: Splits = (), spilled: int = 0
    ) -> None:
        """The bytes after the last whole frame; nothing is written where there are none, also no spilled ones."""
        if tail or spilled:
            self.write(tail_line(tail, t_ns, read, splits, spilled))

    def end(self, t_ns: int | None, reason: EndReason, error: tuple[str, str] | None = None) -> None:
        """`error` is (type, message)."""
        detail = None
        if error:
            kind, message = error
            detail = {"type": kind, "message": self._redactor.text(message.encode("utf-8", "replace")).decode()}
        self.write(object_line("end", {"t_ns": t_ns, "reason": reason, "error": detail}))

    def write(self, lines: bytes) -> None:
        """Whole lines of `recording.lines`, from which secrets have been taken out."""
        self._out.write(lines)

    def close(self) -> None:
        """Closes the file; the recording has an end only if `end` was called."""
        self._out.close()


def reserve(path: Path) -> None:
    """Makes the empty file that a recording will fill: a name that does not do raises UnwritableError now."""
    os.close(_open_empty(path))


def _open_empty(path: Path) -> int:
    try:
        fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    except OSError as error:
        raise UnwritableError(f"{path}: cannot be written: {(error.strerror or str(error)).lower()}") from None
    if os.fstat(fd).st_size:
        os.close(fd)
        raise UnwritableError(f"{path}: exists already and is not empty: choose another name or remove it")
    return fd


def _timestamp(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
