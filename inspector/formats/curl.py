"""What curl says of an exchange: `curl -v 2>&1`, `--trace` and `--trace-ascii`, with `--trace-time` or without."""

import re
from collections.abc import Iterable, Iterator
from typing import Final

from inspector.formats.budget import LARGEST_DOCUMENT, whole
from inspector.formats.chunked import dechunked, is_chunked
from inspector.formats.format import Format, Imported, Read
from inspector.formats.interaction import End, Headers, Interaction, header, text
from inspector.formats.moments import moment_in
from inspector.recording import EndReason, UnreadableError

# `--trace-time` and `--trace-ids`: when, and on which connection.
_TIME: Final = rb"(?P<time>\d\d:\d\d:\d\d\.\d{6} )?(?:\[[\dx-]+\] )?"
_VERBOSE: Final = re.compile(_TIME + rb"(?P<mark>[*<>]|[{}](?= \[\d+ bytes data\])) ?(?P<text>.*)")
_SECTION: Final = re.compile(_TIME + rb"(?P<way>==|=>|<=) (?P<what>Info|Send|Recv)[: ](?P<kind>\w*)")
_DUMPED: Final = re.compile(rb"([0-9a-f]{4,8}): ?(.*)")
_HEX: Final = re.compile(rb"(?:[0-9a-f]{2} ){1,16}")
_REQUEST: Final = re.compile(rb"([A-Z]+) (\S+)(?: HTTP/[\d.]+)?\s*")
_STATUS: Final = re.compile(rb"HTTP/[\d.]+ (\d{3})")
# The meter stands at the beginning of a line, and what came first may be behind it.
_METER: Final = re.compile(rb"\s*(?:% Total.*|Dload +Upload.*|(?:[\d.kMGT]+\s+){8}(?:[\d:-]+\s+){3}\d+[kMGT]?)")
_SECURE: Final = re.compile(rb"^" + _TIME + rb"(?:\*|== Info:) *(?:SSL connection|ALPN|TLSv)", re.M)
# What curl says at the end where the body did not: https://curl.se/libcurl/c/libcurl-errors.html
_FAILED: Final = re.compile(rb"curl: \((?P<code>\d+)\) (?P<said>.*)")
_REASONS: Final[dict[int, EndReason]] = {18: "reset", 28: "timeout", 52: "reset", 55: "reset", 56: "reset", 92: "reset"}
# `--trace-ascii` has a dot for what cannot be printed, so also for a line's end.
_DOTTED: Final = re.compile(rb"(?P<a>event: \w+)\.(?=data: )|\.\.(?=event: \w+\.data: |data: \{|: |\Z)")


def recognise(head: bytes) -> bool:
    """Whether a request or a response's head stands there in one of its notations."""
    return bool(
        re.search(rb"^" + _TIME + rb"(?:> [A-Z]+ \S+ HTTP/|< HTTP/[\d.]+ \d{3})", head, re.M)
        or re.search(rb"^" + _TIME + rb"(?:=> Send|<= Recv) (?:SSL )?(?:header|data), \d+ bytes", head, re.M)
    )


def read(chunks: Iterable[bytes]) -> Iterator[Imported]:
    """An exchange for each request."""
    content = whole(chunks, LARGEST_DOCUMENT, "what curl wrote")
    is_trace = re.search(rb"^" + _TIME + rb"(?:=>|<=) ", content, re.M) is not None
    parts = _traced(content) if is_trace else _verbose(content)
    found = None
    is_secure = _SECURE.search(content) is not None
    for found in parts:
        if is_secure:
            found.url = re.sub("^http://", "https://", found.url)
        if (
            not is_trace
            and found.status
            and not any(piece.strip() for piece, _ in found.pieces)
            and header(found.response_headers, "content-length") != "0"
        ):
            found.no_stream = "absent"
            found.notes.append("curl wrote the body to standard output, which is not in the file: use `curl -v … 2>&1`")
        yield found.imported("curl")
    if found is None:
        raise UnreadableError("what curl wrote holds no exchange")


class _Exchange:
    """One exchange while its parts come. Times are absolute, in nanoseconds."""

    def __init__(self) -> None:
        self.sent_head: list[bytes] = []
        self.sent: list[bytes] = []
        self.head: list[bytes] = []
        self.body: list[Read] = []
        self.sent_ns: int | None = None
        self.came_ns: int | None = None
        self.has_response = False
        self.failed: re.Match[bytes] | None = None

    def interaction(self, dotted: bool) -> Interaction:
        found = Interaction()
        request = _REQUEST.match(self.sent_head[0]) if self.sent_head else None
        found.request_headers = _headers(self.sent_head[1:])
        if request:
            host = header(found.request_headers, "host") or header(found.request_headers, ":authority")
            found.method, found.url = text(request[1]), f"http://{host}{text(request[2])}" if host else text(request[2])
        found.request_body = b"".join(self.sent) or None
        status = _STATUS.match(self.head[0]) if self.head else None
        if status:
            found.status = int(status[1])
            found.response_headers = _headers(self.head[1:])
            found.response_ns = self._since(self.came_ns)
        else:
            found.notes.append("there is no response")
        pieces: Iterable[Read] = ((piece, self._since(t_ns)) for piece, t_ns in self.body)
        if (
            header(found.response_headers, "transfer-encoding") == "chunked"
            and self.body
            and is_chunked(self.body[0][0])
        ):
            pieces = dechunked(list(pieces), found.notes)
        found.pieces = [(_undotted(piece) if dotted else piece, t_ns) for piece, t_ns in pieces]
        if dotted and found.pieces:
            found.is_log = True
            found.notes.append("--trace-ascii has a dot for each byte that is no ASCII: --trace keeps them")
        found.coded = not dotted
        if self.failed:
            reason = _REASONS.get(int(self.failed["code"]), "error")
            found.end = End(None, reason, text(self.failed["said"].strip()))
        return found

    def _since(self, t_ns: int | None) -> int | None:
        if t_ns is None or self.sent_ns is None:
            return None
        return (t_ns - self.sent_ns) % 86_400_000_000_000


def _verbose(content: bytes) -> Iterator[Interaction]:
    now = _Exchange()
    came: int | None = None
    lines = content.split(b"\n")
    for number, line in enumerate(lines):
        bare = line.rsplit(b"\r", 1)[-1] if b"\r" in line[:-1] else line
        if meter := _METER.match(bare):
            line = bare = bare[meter.end() :]
            if not line.strip():
                continue
        if failed := _FAILED.match(bare):
            now.failed = failed
            continue
        found = _VERBOSE.match(bare.removesuffix(b"\r"))
        if not found:
            if now.has_response:
                # It announces the first bytes of a body only, so no time says when a line came.
                now.body.append((line + b"\n" if number < len(lines) - 1 else line, None))
            continue
        mark, said = found["mark"], found["text"]
        came = moment_in(found["time"]) if found["time"] else None
        if mark == b">":
            if now.has_response and said.strip():
                yield now.interaction(dotted=False)
                now = _Exchange()
            if said.strip():
                now.sent_head.append(said)
            now.sent_ns = came if now.sent_ns is None else now.sent_ns
        elif mark == b"<":
            if _STATUS.match(said):
                # The last one counts: those before it are provisional.
                now.head, now.has_response = [], True
            if said.strip():
                now.head.append(said)
            now.came_ns = came
    if now.sent_head or now.has_response:
        yield now.interaction(dotted=False)


def _traced(content: bytes) -> Iterator[Interaction]:
    now = _Exchange()
    dotted = False
    where = ""
    came: int | None = None
    held: list[tuple[int, bytes]] = []

    def done() -> bool:
        """Takes in the section that has ended; whether a new exchange began with it."""
        nonlocal now
        data = _joined(held, dotted)
        held.clear()
        if not data:
            return False
        if where == "Send header":
            now.sent_head += data.splitlines()
            now.sent_ns = came if now.sent_ns is None else now.sent_ns
        elif where == "Send data":
            now.sent.append(data)
        elif where == "Recv header":
            if _STATUS.match(data):
                now.head, now.has_response = [], True
            now.head += [line for line in data.splitlines() if line.strip()]
            now.came_ns = came
        elif where == "Recv data":
            now.body.append((data, came))
        return False

    for line in content.split(b"\n"):
        if found := _SECTION.match(line):
            done()
            where = f"{found['what'].decode()} {found['kind'].decode()}"
            came = moment_in(found["time"]) if found["time"] else None
            if where == "Send header" and now.has_response:
                yield now.interaction(dotted)
                now = _Exchange()
        elif (dump := _DUMPED.match(line.removesuffix(b"\r"))) and not where.startswith("Info"):
            if bits := _hex(dump[2]):
                held.append((int(dump[1], 16), bits))
            else:
                dotted = True
                held.append((int(dump[1], 16), dump[2]))
    done()
    if now.sent_head or now.has_response:
        yield now.interaction(dotted)


def _hex(text: bytes) -> bytes | None:
    """The bytes of a line of `--trace`, None where it is none: sixteen of them, and the same as text."""
    found = _HEX.match(text)
    if not found or len(text) < 48:
        return None
    count = len(found[0]) // 3
    return bytes.fromhex(found[0].decode()) if len(text) <= 48 + count + 1 else None


def _joined(parts: list[tuple[int, bytes]], dotted: bool) -> bytes:
    """The lines of a dump. In that of text a line's end is where the next one begins two bytes later."""
    out = bytearray()
    start = parts[0][0] if parts else 0
    for offset, part in parts:
        missing = offset - start - len(out)
        if dotted and missing > 0:
            out += b"\r\n" * (missing // 2) + b"." * (missing % 2)
        out += part
    return bytes(out)


def _undotted(piece: bytes) -> bytes:
    return _DOTTED.sub(lambda found: found["a"] + b"\n" if found["a"] else b"\n\n", piece)


def _headers(lines: list[bytes]) -> Headers:
    split = (line.rstrip(b"\r").partition(b": ") for line in lines)
    return [(text(name), text(value)) for name, colon, value in split if colon and not name.startswith(b":")]


FORMAT = Format(
    name="curl",
    summary="what `curl -v 2>&1`, `--trace` or `--trace-ascii` wrote",
    order=75,
    recognise=recognise,
    read=read,
)
