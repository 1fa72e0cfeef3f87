"""Where the body of an HTTP/1.1 message ends, and which of its bytes are content. RFC 9112, sections 6 and 7."""

import re
from typing import Final, Protocol

from inspector.capture.proxy.http_head import HeadError, MessageHead, RequestHead, UpstreamResponseHead

_LONGEST_LINE: Final = 64 << 10
_SIZE = re.compile(rb"([0-9A-Fa-f]{1,15})[ \t]*(?:;.*)?")
_BODILESS: Final = (204, 304)


class FramingError(ValueError):
    """The chunks are malformed; the message says why. `content`: what was still well-formed."""

    content = b""


class BodyFraming(Protocol):
    """`done`: the message is whole. `endless`: only the end of the connection ends it."""

    done: bool
    endless: bool

    def feed(self, data: bytes) -> tuple[int, bytes]:
        """How many of these bytes belong to the message, and the content among them. Raises FramingError."""
        ...


class Length:
    """As many bytes as Content-Length says."""

    endless = False

    def __init__(self, length: int) -> None:
        self._left = length
        self.done = length == 0

    def feed(self, data: bytes) -> tuple[int, bytes]:
        """See `BodyFraming`."""
        content = data if len(data) <= self._left else data[: self._left]
        self._left -= len(content)
        self.done = self._left == 0
        return len(content), content


class UntilClose:
    """Everything until the sender closes the connection."""

    endless = True
    done = False

    def feed(self, data: bytes) -> tuple[int, bytes]:
        """See `BodyFraming`."""
        return len(data), data


class Chunked:
    """Chunks with their extensions, the last chunk, and trailers."""

    endless = False

    def __init__(self) -> None:
        self.done = False
        self._left = 0
        self._line = b""
        self._take = self._size

    def feed(self, data: bytes) -> tuple[int, bytes]:
        """See `BodyFraming`."""
        pieces: list[bytes] = []
        try:
            count = self._feed(data, pieces)
        except FramingError as error:
            error.content = b"".join(pieces)
            raise
        return count, pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def _feed(self, data: bytes, pieces: list[bytes]) -> int:
        at, size = 0, len(data)
        while at < size and not self.done:
            if self._left:
                pieces.append(data[at : at + self._left])
                at += len(pieces[-1])
                self._left -= len(pieces[-1])
                continue
            end = data.find(b"\n", at)
            line = self._line + data[at : end if end >= 0 else size]
            if len(line) > _LONGEST_LINE:
                raise FramingError("a line between the chunks does not end")
            if end < 0:
                self._line = line
                return size
            self._line = b""
            at = end + 1
            self._take(line[:-1] if line.endswith(b"\r") else line)
        return at

    def _size(self, line: bytes) -> None:
        match = _SIZE.fullmatch(line)
        if not match:
            raise FramingError("a chunk does not begin with its size")
        self._left = int(match[1], 16)
        self._take = self._after_chunk if self._left else self._trailer

    def _after_chunk(self, line: bytes) -> None:
        if line:
            raise FramingError("a chunk is longer than its size")
        self._take = self._size

    def _trailer(self, line: bytes) -> None:
        self.done = not line


def request_framing(head: RequestHead) -> BodyFraming:
    """Raises HeadError where it cannot be told for sure where the request ends."""
    if codings := head.tokens(b"transfer-encoding"):
        if codings != [b"chunked"] or head.values(b"content-length") or head.minor == 0:
            raise HeadError("where its body ends is ambiguous")
        return Chunked()
    return Length(_content_length(head) or 0)


def response_framing(head: UpstreamResponseHead, method: bytes) -> BodyFraming:
    """Raises HeadError where Content-Length is malformed."""
    if method == b"HEAD" or head.status < 200 or head.status in _BODILESS:
        return Length(0)
    if codings := head.tokens(b"transfer-encoding"):
        return Chunked() if codings[-1] == b"chunked" else UntilClose()
    length = _content_length(head)
    return UntilClose() if length is None else Length(length)


def _content_length(head: MessageHead) -> int | None:
    lengths = set(head.tokens(b"content-length"))
    if not lengths:
        return None
    length = lengths.pop()
    if lengths or not length.isdigit() or len(length) > 18:
        raise HeadError("its Content-Length is malformed")
    return int(length)
