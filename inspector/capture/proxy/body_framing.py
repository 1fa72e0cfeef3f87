"""Where the body of an HTTP/1.1 message ends, and which of its bytes are content. RFC 9112, sections 6 and 7."""

import re
from typing import Final, Protocol

from inspector.capture.proxy.http_head import LARGEST_HEAD, HeadError, RequestHead, UpstreamResponseHead, parse_field

_LONGEST_LINE: Final = 64 << 10
_SIZE = re.compile(rb"([0-9A-Fa-f]{1,15})[ \t]*(?:;[^\x00-\x08\x0a-\x1f\x7f]*)?")
_CODING = re.compile(rb"[!#$%&'*+.^_`|~0-9a-z-]+(?:[ \t]*;[^\x00-\x08\x0a-\x1f\x7f]*)?")
# A trailer that said these would give the message another end, or another addressee.
_NOT_TRAILERS: Final = (b"content-length", b"host", b"transfer-encoding")
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
    """Chunks with their extensions, the last chunk, and trailers.

    As strict as RFC 9112: whoever reads leniently and passes on what it read lets the next hop find other messages.
    """

    endless = False

    def __init__(self) -> None:
        self.done = False
        self._left = 0
        self._line = b""
        self._trailers = 0
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
            if not line.endswith(b"\r"):
                raise FramingError("a line between the chunks does not end with CR LF")
            self._take(line[:-1])
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
        if not line:
            self.done = True
            return
        self._trailers += len(line)
        try:
            field = parse_field(line)
        except HeadError:
            raise FramingError("what follows the last chunk is no trailer") from None
        if field.name in _NOT_TRAILERS or self._trailers > LARGEST_HEAD:
            raise FramingError("what follows the last chunk may not stand there")


def request_framing(head: RequestHead) -> BodyFraming:
    """Raises HeadError where it cannot be told for sure where the request ends."""
    lengths = head.values(b"content-length")
    if head.values(b"transfer-encoding"):
        if head.tokens(b"transfer-encoding") != [b"chunked"] or lengths or head.minor == 0:
            raise HeadError("where its body ends is ambiguous")
        return Chunked()
    if len(lengths) > 1 or any(b"," in length for length in lengths):
        raise HeadError("it has more than one Content-Length")
    return Length(head.content_length or 0)


def response_framing(head: UpstreamResponseHead, method: bytes) -> BodyFraming:
    """Raises HeadError where Transfer-Encoding or Content-Length is malformed."""
    length = head.content_length
    codings = head.tokens(b"transfer-encoding")
    if not all(map(_CODING.fullmatch, codings)) or (head.values(b"transfer-encoding") and not codings):
        raise HeadError("its Transfer-Encoding is malformed")
    if b"chunked" in codings[:-1]:
        raise HeadError("its chunks are coded once more")
    if method == b"HEAD" or head.status < 200 or head.status in _BODILESS:
        return Length(0)
    if codings:
        return Chunked() if codings[-1] == b"chunked" else UntilClose()
    return UntilClose() if length is None else Length(length)
