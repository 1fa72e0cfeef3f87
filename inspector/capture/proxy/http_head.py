"""The heads of HTTP/1.1 messages: parsed no further than a proxy must, each field kept as it stood on the wire.

RFC 9112, sections 2 to 5.
"""

import re
from dataclasses import dataclass
from typing import Final, NamedTuple, Self

from inspector.net.headers import HOP_BY_HOP

LARGEST_HEAD: Final = 128 << 10

_HOP_BY_HOP: Final = frozenset(name.encode() for name in HOP_BY_HOP)
# Whatever Connection may say of them: without these the next hop would read another message.
_ALWAYS_PASSED: Final = frozenset({b"content-length", b"host", b"transfer-encoding"})
_END = re.compile(rb"\n\r?\n")
_LINE_END = re.compile(rb"\r?\n")
_FOLD = re.compile(rb"\r?\n[ \t]+")
_TOKEN = rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_REQUEST = re.compile(rb"(" + _TOKEN + rb") ([\x21-\x7e\x80-\xff]+) HTTP/1\.([01])")
_ABSOLUTE = re.compile(rb"https?://([^/?#]*)", re.I)
_STATUS = re.compile(rb"HTTP/1\.([01]) ([1-9]\d\d)(?: ([^\x00-\x08\x0a-\x1f\x7f]*))?")
_FIELD = re.compile(rb"(" + _TOKEN + rb"):[ \t]*([^\x00\r\n]*?)[ \t]*")


class HeadError(ValueError):
    """What came is no head of an HTTP/1.x message; the message says why."""


class HeaderField(NamedTuple):
    """One header field: its name in lower case, its value, and its line on the wire."""

    name: bytes
    value: bytes
    line: bytes

    @property
    def pair(self) -> tuple[str, str]:
        """The name as it was written, and the value."""
        return self.line.partition(b":")[0].decode("ascii"), self.value.decode("utf-8", "surrogateescape")


@dataclass
class MessageHead:
    """What requests and responses share. `minor` is 1 for HTTP/1.1, 0 for HTTP/1.0."""

    minor: int
    fields: list[HeaderField]

    def values(self, name: bytes) -> list[bytes]:
        """The values of all fields with this name, which is in lower case."""
        return [field.value for field in self.fields if field.name == name]

    def tokens(self, name: bytes) -> list[bytes]:
        """The elements of a comma-separated field, in lower case."""
        elements = b",".join(self.values(name)).lower().split(b",")
        return [element.strip() for element in elements if element.strip()]

    @property
    def keeps_alive(self) -> bool:
        """Whether its sender wants the connection to go on."""
        words = self.tokens(b"connection")
        return b"close" not in words and (self.minor == 1 or b"keep-alive" in words)

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """Names as they were written and values, in their order."""
        return [field.pair for field in self.fields]

    def end_to_end(self) -> list[HeaderField]:
        """The fields that go further than to the next hop."""
        dropped = _HOP_BY_HOP.union(self.tokens(b"connection")) - _ALWAYS_PASSED
        return [field for field in self.fields if field.name not in dropped]


@dataclass
class RequestHead(MessageHead):
    """`target` has a path; `authority` is what an absolute one named before it."""

    method: bytes
    target: bytes
    authority: bytes | None = None

    @classmethod
    def parse(cls, text: bytes) -> Self:
        """A whole head, with or without its blank line. Raises HeadError."""
        start, *lines = _LINE_END.split(text.rstrip(b"\r\n"))
        return cls.parse_start(start, [_field(line) for line in lines])

    @classmethod
    def parse_start(cls, start: bytes, fields: list[HeaderField]) -> Self:
        """The request line alone says whether this is HTTP at all. Raises HeadError."""
        match = _REQUEST.fullmatch(start)
        if not match:
            raise HeadError("it does not begin with a request line of HTTP/1.1")
        method, target = match[1], match[2]
        authority = None
        if absolute := _ABSOLUTE.match(target):
            authority, target = absolute[1], target[absolute.end() :]
            target = target if target.startswith(b"/") else b"/" + target
        return cls(int(match[3]), fields, method, target, authority)

    def for_upstream(self, host: str, path: str) -> bytes:
        """The head with another Host, `path` in front of its own, and without what is only for this hop."""
        lines = [_renamed(field, host) if field.name == b"host" else field.line for field in self.end_to_end()]
        if not self.values(b"host"):
            lines.insert(0, b"Host: " + host.encode())
        if b"trailers" in self.tokens(b"te"):
            lines += [b"TE: trailers", b"Connection: TE"]
        target = self.target if self.target == b"*" else path.encode() + self.target
        return joined(b"%b %b HTTP/1.1" % (self.method, target), lines)


@dataclass
class UpstreamResponseHead(MessageHead):
    """`reason` is the phrase behind the status, whatever bytes it has."""

    status: int
    reason: bytes

    @classmethod
    def parse(cls, text: bytes) -> Self:
        """A whole head, with or without its blank line. Raises HeadError."""
        start, *lines = _LINE_END.split(_FOLD.sub(b" ", text.rstrip(b"\r\n")))
        match = _STATUS.fullmatch(start)
        if not match:
            raise HeadError("it does not begin with a status line of HTTP/1.1")
        return cls(int(match[1]), [_field(line) for line in lines], int(match[2]), match[3] or b"")

    def for_client(self, own: bytes = b"", chunks: bool = True) -> bytes:
        """The head without what is only for this hop, and with a line of our own; not `chunks`: the body has none."""
        dropped = b"content-length" if self.tokens(b"transfer-encoding") else b""
        if not chunks:
            dropped = b"transfer-encoding"
        lines = [field.line for field in self.end_to_end() if field.name != dropped]
        return joined(b"HTTP/1.1 %d %b" % (self.status, self.reason), [*lines, own] if own else lines)


def head_end(buffer: bytes | bytearray, start: int = 0) -> int | None:
    """Where the head that stands in this buffer ends, blank line included; `start`: where an earlier search ended."""
    match = _END.search(buffer, max(0, start - 2))
    return match.end() if match else None


def joined(start: bytes, lines: list[bytes]) -> bytes:
    """A head as it is sent."""
    return b"\r\n".join([start, *lines, b"", b""])


def _field(line: bytes) -> HeaderField:
    match = _FIELD.fullmatch(line)
    if not match:
        raise HeadError("one of its header lines is malformed")
    return HeaderField(match[1].lower(), match[2], line)


def _renamed(field: HeaderField, value: str) -> bytes:
    return field.line.partition(b":")[0] + b": " + value.encode()
