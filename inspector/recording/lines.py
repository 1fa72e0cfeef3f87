"""One line of a recording ⇄ the frame, tail, request or response that it holds."""

import re
from base64 import b64decode, b64encode
from collections.abc import Iterable, Mapping, Sequence
from io import BytesIO
from typing import Any, Final

import orjson

from inspector.sse import Decoder, Frame
from inspector.text.json_slices import takes_strictly
from inspector.text.json_text import dumps, loads_or, loads_strict_or, members

VERSION: Final = 2
"""The highest version that is read."""
FIRST_VERSION: Final = 1
"""The version of what has no `spill` line: any reader takes it."""
FIRST_LINE: Final = "first-line"
"""What `source.since` says where times count from the first line of a log, and not from the request."""

_CANONICAL = re.compile(rb"event: ([^\r\n]+)\ndata: ([^\s](?:[^\r\n]*[^\s])?)\n\n")
# JSON that needs no parser to be known for valid, once it is known to be UTF-8: what nearly every event of a stream is.
_PLAIN_DELTA = re.compile(
    rb'event: content_block_delta\ndata: (\{"type": ?"content_block_delta", ?"index": ?(?:0|[1-9]\d{0,8}), ?'
    rb'"delta": ?\{"type": ?"\w+", ?"\w+": ?"(?:[^"\\\x00-\x1f]++|\\["\\/bfnrt])*+"\} *\})\n\n'
)
_STAMPS = rb'(?:"t_ns":-?\d+,)?(?:"read":\d+,)?(?:"splits":[\[\],\d]+,)?(?:"spilled":\d+,)?'
_WRITTEN_EVENT = re.compile(rb'\{"kind":"event",' + _STAMPS + rb'"event":("(?:[^"\\]|\\.)*"),"data":(\S(?:.*\S)?)\}\s*')
# What stands before the frame itself in a line.
_ENVELOPE = re.compile(rb'\{"kind":"(?:event|frame)",' + _STAMPS + rb'"(?:event|raw|raw_b64)":')
_EVENT_LINE: Final = b'{"kind":"event"'
_DATA: Final = b'"data":'
# The bytes of a canonical frame beside its name and its data.
_FRAMING: Final = len(b"event: \ndata: \n\n")
_LONG: Final = 1 << 20
_DATA_LINE = re.compile(rb"(?:\xef\xbb\xbf)?data")
_SAMPLE: Final = 4 << 10
_BASE64_FRAMING: Final = len(b'"raw_b64":""') + 2
_STARTED: Final = re.compile(rb'"started_at": ?"([^"]+)"')

LONGEST_TIME: Final = 1 << 62
"""Every `t_ns` that counts is below it."""
HIGHEST_READ: Final = 1 << 31
"""Every `read` that counts is below it."""

Splits = Iterable[tuple[int, int | None]]


def frame_line(frame: Frame) -> bytes:
    """The `event` or `frame` line of a frame, with its LF."""
    stamp = _stamp(frame.t_ns, frame.read, frame.splits, frame.spilled)
    if frame.dispatched and not frame.spilled and (canonical := _CANONICAL.fullmatch(frame.raw)):
        name, data = canonical.groups()
        if (event := _json_string(name)) and _accepted(data):
            return b'{"kind":"event",%b"event":%b,"data":%b}\n' % (stamp, event, data)
    kind = b"event" if frame.dispatched else b"frame"
    line = b'{"kind":"%b",%b%b' % (kind, stamp, _raw(frame.raw))
    if frame.dispatched:
        line += b',"event":' + orjson.dumps(frame.event)
        # Inside JSON a line end can only be white space between tokens.
        data = frame.data.replace("\n", " ").encode()
        if not frame.spilled and _accepted(data):
            line += b',"data":' + data
    return line + b"}\n"


def delta_lines(raw: bytes, t_ns: int, read: int, start: int = 0) -> tuple[bytes, int]:
    """The `event` lines of the plain deltas that begin at a place of these bytes, and where the last of them ends.

    b"" and the place itself where none begins there.
    """
    delta = _PLAIN_DELTA.match(raw, start)
    if delta is None:
        return b"", start
    head = b'{"kind":"event","t_ns":%d,"read":%d,"event":"content_block_delta","data":' % (t_ns, read)
    end = delta.end()
    if end - start == len(raw):
        return (b"%b%b}\n" % (head, delta[1]), end) if raw.isascii() or _is_utf8(raw) else (b"", 0)
    deltas = []
    while delta:
        deltas.append(delta[1])
        end = delta.end()
        delta = _PLAIN_DELTA.match(raw, end)
    if not _is_utf8(raw[start:end]):
        return b"", start
    return b"%b%b}\n" % (head, (b"}\n" + head).join(deltas)), end


def tail_line(
    tail: bytes, t_ns: int | None = None, read: int | None = None, splits: Splits = (), spilled: int = 0
) -> bytes:
    """The `tail` line: the bytes after the last whole frame, but for those in the `spilled` last spill lines."""
    return b'{"kind":"tail",%b%b}\n' % (_stamp(t_ns, read, splits, spilled), _raw(tail))


def spill_line(piece: bytes, t_ns: int | None, read: int | None, splits: Splits = ()) -> bytes:
    """The `spill` line: bytes of an unfinished frame, as text or as base64, whichever seems to take less room.

    `splits`: where, in the frame, reads before the last of these bytes ended.
    """
    # Its beginning tells whether it is text: control characters take six bytes each.
    sample = orjson.dumps(piece[:_SAMPLE].decode("utf-8", "replace"))
    is_text = len(sample) <= len(piece[:_SAMPLE]) * 4 // 3 + _BASE64_FRAMING
    text = _raw(piece) if is_text else b'"raw_b64":"%b"' % b64encode(piece)
    return b'{"kind":"spill",%b%b}\n' % (_stamp(t_ns, read, splits), text)


def note_line(t_ns: int | None, text: str) -> bytes:
    """The `note` line: what whoever reads the recording must know of it."""
    return object_line("note", {"t_ns": t_ns, "text": text})


def object_line(kind: str, values: Mapping[str, Any]) -> bytes:
    """A line of any other kind; values that are None are left out."""
    return dumps({"kind": kind, **{key: value for key, value in values.items() if value is not None}}) + b"\n"


def request_line(
    method: str, url: str, headers: Iterable[tuple[str, str]], body: bytes | None, left_out: str | None = None
) -> bytes:
    """The `request` line: a JSON body spliced in as it is, another one as text or base64. None: no body is kept.

    `left_out` says why, where there was one.
    """
    return b"".join(request_parts(method, url, headers, body, left_out))


def request_parts(
    method: str, url: str, headers: Iterable[tuple[str, str]], body: bytes | None, left_out: str | None = None
) -> tuple[bytes, ...]:
    """What `request_line` is joined of: a body may be too large to be copied."""
    values = {
        "t_ns": 0, "method": method, "url": url, "headers": [list(header) for header in headers],
        "body_left_out": left_out,
    }  # fmt: skip
    line = object_line("request", values)
    if not body:
        return (line,)
    stripped = body.strip()
    takes = _accepted if len(stripped) < _LONG else takes_strictly
    if b"\n" not in stripped and b"\r" not in stripped and takes(stripped):
        return line[:-2], b',"body":', stripped, b"}\n"
    return line[:-2], b",", _raw(body, b"body_raw", b"body_b64"), b"}\n"


def read_values(lines: Sequence[bytes]) -> list[Any]:
    """What each line holds, None for one that is no JSON. Numbers beyond 64 bits come as floats."""
    try:
        return list(map(orjson.loads, lines))
    except orjson.JSONDecodeError:
        return list(map(loads_strict_or, lines))


def read_header(line: bytes) -> dict[str, Any] | None:
    """What a recording's first line says, None where it is the first line of something else."""
    values = loads_strict_or(line)
    return values if isinstance(values, dict) and values.get("kind") == "recording" else None


def started_at(beginning: bytes) -> str | None:
    """When a recording began, as its first bytes (512 do) say: an ISO time, or what somebody wrote in its place."""
    found = _STARTED.search(beginning)
    return found[1].decode("ascii", "replace") if found else None


def is_event(line: bytes) -> bool:
    """Whether a line of ours is an `event` line."""
    return line.startswith(_EVENT_LINE)


def is_message_stop(line: bytes) -> bool:
    """Whether a line of ours is the event that ends a message, by its name or by its type."""
    if b"message_stop" not in line or not is_event(line):
        return False
    values = orjson.loads(line)
    data = values.get("data")
    return values["event"] == "message_stop" or (isinstance(data, dict) and data.get("type") == "message_stop")


def event_data(line: bytes, values: dict[str, Any]) -> tuple[bytes, int] | None:
    """The wire's own bytes of the data in an `event` line whose frame is canonical, and the size of that frame.

    `values` is what `read_values` makes of the line. None: `read_frame` knows what the line holds.
    """
    at = line.find(_DATA) + len(_DATA)
    if at < len(_DATA) or "raw" in values or "raw_b64" in values or values["kind"] != "event":
        return None
    name = values.get("event")
    as_written = next(reversed(values)) == "data" and line.endswith(b"}\n")
    if not as_written or not isinstance(name, str) or line[at] in b" \t" or line[-3] in b" \t":
        return None
    data = line[at:-2]
    return data, _FRAMING + len(data) + (len(name) if name.isascii() else len(name.encode()))


def read_data(line: bytes, first: bool = False) -> Any:
    """The data of an `event` line as its value, for a glance: numbers beyond 64 bits come as floats.

    Text where they are no JSON. Raises ValueError where the line is damaged.
    """
    values = orjson.loads(line)
    data = values.get("data")
    if data is not None and "raw" not in values and "raw_b64" not in values:
        return data
    return data_of(read_frame(line, first))


def data_of(frame: Frame) -> Any:
    """The exact value of a frame's data, or the text itself where it is no JSON."""
    return loads_or(frame.data, frame.data)


def wire_start(text: bytes, at: int = 0) -> int:
    """Where, in an `event` or `frame` line that begins at a place of a text, the frame itself begins.

    What stands before it the recording has added. The line's own beginning where it is written in another way.
    """
    envelope = _ENVELOPE.match(text, at)
    return envelope.end() if envelope else at


class Spilled:
    """What consecutive spill lines hold: the beginning of a frame, or of a tail. Held once, however much it is."""

    def __init__(self, lines: Iterable[bytes] = ()) -> None:
        self.count = 0
        self._raw = BytesIO()
        self._splits: list[tuple[int, int | None]] = []
        self._last = Frame()
        for line in lines:
            self.add(line)

    def add(self, line: bytes) -> None:
        """A further spill line. Raises ValueError where it is damaged."""
        self._last = read_tail(line)
        self._raw.write(self._last.raw)
        self._last.raw = b""
        self._splits += self._last.splits
        self.count += 1

    def unfinished(self) -> Frame:
        """As a frame that nothing has followed yet: it counts as a tail."""
        last = self._last
        return Frame(
            dispatched=False, raw=self._raw.getvalue(), t_ns=last.t_ns, read=last.read, splits=tuple(self._splits)
        )

    def with_rest(self, raw: bytes) -> bytes:
        """The whole of it, now that the rest has come."""
        self._raw.write(raw)
        return self._raw.getvalue()

    def with_splits(self, frame: Frame) -> Frame:
        """The frame with the splits of its beginning, too."""
        frame.splits = (*self._splits, *frame.splits)
        return frame


def read_frame(line: bytes, first: bool = False, spilled: Spilled | None = None) -> Frame:
    """The frame in an `event` or `frame` line. `first`: it is the recording's first one, where a BOM is no data.

    `spilled` is what the spill lines hold whose bytes it begins with. Raises ValueError where the line is damaged.
    """
    written = None if spilled else _WRITTEN_EVENT.fullmatch(line)
    if written and _accepted(written[2]):
        data = written[2]
        name = orjson.loads(written[1])
        stamps = orjson.loads(line[: written.start(2)] + b"null}")
    else:
        stamps = orjson.loads(line)
        if not isinstance(stamps, dict):
            raise ValueError("not an object")
        if spilled or "raw" in stamps or "raw_b64" in stamps:
            raw = _unraw(stamps, "raw", "raw_b64")
            if spilled:
                return spilled.with_splits(_stamped(parse_raw(spilled.with_rest(raw), first), stamps))
            return _stamped(parse_raw(raw, first), stamps)
        name = stamps.get("event")
        spans = {key: (start, end) for depth, key, start, end in members(line) if depth == 1}
        if not isinstance(name, str) or b'"data"' not in spans:
            raise ValueError("neither raw bytes nor an event with data")
        data = line[slice(*spans[b'"data"'])]
    raw = b"event: %b\ndata: %b\n\n" % (name.encode(), data)
    return _stamped(Frame(name or "message", data.decode(), "", name, raw=raw), stamps)


def read_tail(line: bytes, spilled: Spilled | None = None) -> Frame:
    """What a `tail` line holds, behind what the spill lines before it hold, as a frame that never became whole.

    Of a `spill` line the same. Raises ValueError where the line is damaged.
    """
    values = orjson.loads(line)
    if not isinstance(values, dict):
        raise ValueError("not an object")
    raw = _unraw(values, "raw", "raw_b64")
    if spilled:
        return spilled.with_splits(_stamped(Frame(dispatched=False, raw=spilled.with_rest(raw)), values))
    return _stamped(Frame(dispatched=False, raw=raw), values)


def read_body(line: bytes) -> bytes | None:
    """The request body in a `request` line, None where none was kept."""
    values = orjson.loads(line)
    if "body_raw" in values or "body_b64" in values:
        return _unraw(values, "body_raw", "body_b64")
    for depth, key, start, end in members(line):
        if depth == 1 and key == b'"body"':
            return line[start:end]
    return None


def parse_raw(raw: bytes, first: bool = False) -> Frame:
    """What the standard reads in one frame's bytes, which may begin with the LF of a CR LF that a read split."""
    decoder = Decoder()
    if not first:
        decoder.feed(b"\n")
    frames = decoder.feed(raw) if len(raw) < _LONG or _may_have_data(raw) else []
    frame = frames[-1] if frames and not decoder.pending else Frame(dispatched=False)
    frame.raw = raw
    return frame


def _may_have_data(raw: bytes) -> bool:
    """Whether any line of a frame begins as one with data does; else nothing of a long one need be taken apart."""
    return _DATA_LINE.match(raw) is not None or b"\ndata" in raw or b"\rdata" in raw


def _stamp(t_ns: int | None, read: int | None, splits: Splits, spilled: int = 0) -> bytes:
    stamp = b""
    if t_ns is not None:
        stamp += b'"t_ns":%d,' % t_ns
    if read is not None:
        stamp += b'"read":%d,' % read
    if splits:
        stamp += b'"splits":%b,' % orjson.dumps([[offset, at] for offset, at in splits])
    if spilled:
        stamp += b'"spilled":%d,' % spilled
    return stamp


def _stamped(frame: Frame, stamps: Mapping[str, Any]) -> Frame:
    t_ns, read, splits = stamps.get("t_ns"), stamps.get("read"), stamps.get("splits")
    frame.t_ns = t_ns if isinstance(t_ns, int) else None
    frame.read = read if isinstance(read, int) else None
    if isinstance(splits, list):
        frame.splits = tuple((split[0], split[1]) for split in splits if isinstance(split, list) and len(split) == 2)
    else:
        frame.splits = ()
    return frame


def _raw(raw: bytes, text_key: bytes = b"raw", binary_key: bytes = b"raw_b64") -> bytes:
    if text := _json_string(raw):
        return b'"%b":%b' % (text_key, text)
    return b'"%b":"%b"' % (binary_key, b64encode(raw))


def _unraw(values: Mapping[str, Any], text_key: str, binary_key: str) -> bytes:
    if text_key in values:
        return str(values[text_key]).encode()
    return b64decode(values.get(binary_key, ""))


def _json_string(raw: bytes) -> bytes | None:
    try:
        return orjson.dumps(raw.decode())
    except UnicodeDecodeError:
        return None


def _is_utf8(raw: bytes) -> bool:
    try:
        raw.decode()
    except UnicodeDecodeError:
        return False
    return True


def _accepted(data: bytes) -> bool:
    try:
        orjson.loads(data)
    except orjson.JSONDecodeError:
        return False
    return True
