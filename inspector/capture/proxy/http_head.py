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
_TUNNEL = re.compile(rb"(\[[0-9A-Fa-f:.]+\]|[^:@/\[\]]+):(\d{1,5})")
_STATUS = re.compile(rb"HTTP/1\.([01]) ([1-9]\d\d)(?: ([^\x00-\x08\x0a-\x1f\x7f]*))?")
_FIELD = re.compile(rb"(" + _TOKEN + rb"):[ \t]*([^\x00-\x08\x0a-\x1f\x7f]*?)[ \t]*")


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
        # Only these two are whitespace here: what else `strip` takes off, the next hop might not.
        return [token for element in elements if (token := element.strip(b" \t"))]

    @property
    def content_length(self) -> int | None:
        """What all Content-Length fields agree on; None where there is none. Raises HeadError."""
        elements = [element.strip(b" \t") for value in self.values(b"content-length") for element in value.split(b",")]
        if not elements:
            return None
        length = elements[0]
        if len(set(elements)) > 1 or not length.isdigit() or len(length) > 18:
            raise HeadError("its Content-Length is malformed")
        return int(length)

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
        return cls.parse_start(start, [parse_field(line) for line in lines])

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

    def tunnel(self) -> tuple[str, int]:
        """The host, in lower case, and the port that CONNECT asks for. Raises HeadError."""
        match = _TUNNEL.fullmatch(self.target)
        if not match or not match[1].isascii() or not 0 < int(match[2]) < 1 << 16:
            raise HeadError("CONNECT must ask for host:port")
        return match[1].decode("ascii").lower().strip("[]").rstrip("."), int(match[2])

    def has_passed(self, hop: str) -> bool:
        """Whether Via names this hop."""
        return any(hop.encode() in element.split() for element in self.tokens(b"via"))

    def for_upstream(self, host: str, target: bytes, hop: str) -> bytes:
        """The head with another Host and target, with this hop in Via, and without what is only for this hop."""
        lines = [_renamed(field, host) if field.name == b"host" else field.line for field in self.end_to_end()]
        if not self.values(b"host"):
            lines.insert(0, b"Host: " + host.encode())
        lines.append(b"Via: 1.%d %b" % (self.minor, hop.encode()))
        if b"trailers" in self.tokens(b"te"):
            lines += [b"TE: trailers", b"Connection: TE"]
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
        return cls(int(match[1]), [parse_field(line) for line in lines], int(match[2]), match[3] or b"")

    def for_client(self, own: bytes = b"", chunks: bool = True) -> bytes:
        """The head without what is only for this hop, and with a line of our own; not `chunks`: the body has none."""
        coded = bool(self.values(b"transfer-encoding"))
        length_seen = False
        lines = []
        for field in self.end_to_end():
            if field.name == b"content-length":
                # One that is said twice, or in a list, is said once: RFC 9112, section 6.3.
                if not coded and not length_seen:
                    lines.append(
                        field.line if field.value.isdigit() else b"Content-Length: %d" % (self.content_length or 0)
                    )
                length_seen = True
            elif chunks or field.name != b"transfer-encoding":
                lines.append(field.line)
        return joined(b"HTTP/1.1 %d %b" % (self.status, self.reason), [*lines, own] if own else lines)


def head_end(buffer: bytes | bytearray, start: int = 0) -> int | None:
    """Where the head that stands in this buffer ends, blank line included; `start`: where an earlier search ended."""
    match = _END.search(buffer, max(0, start - 2))
    return match.end() if match else None


def joined(start: bytes, lines: list[bytes]) -> bytes:
    """A head as it is sent."""
    return b"\r\n".join([start, *lines, b"", b""])


def parse_field(line: bytes) -> HeaderField:
    """A line of a head, or of trailers, without its end. Raises HeadError."""
    match = _FIELD.fullmatch(line)
    if not match:
        raise HeadError("one of its header lines is malformed")
    return HeaderField(match[1].lower(), match[2], line)


def _renamed(field: HeaderField, value: str) -> bytes:
    return field.line.partition(b":")[0] + b": " + value.encode()
