"""One line of a recording ⇄ the frame, tail, request or response that it holds. Format version 1."""

import re
from base64 import b64decode, b64encode
from collections.abc import Iterable, Mapping
from typing import Any, Final

import orjson

from inspector.sse import Decoder, Frame
from inspector.text.json_text import dumps, members

VERSION: Final = 1

_CANONICAL = re.compile(rb"event: ([^\r\n]+)\ndata: ([^\s](?:[^\r\n]*[^\s])?)\n\n")
# JSON that needs no parser to be known for valid, once it is known to be UTF-8: what nearly every event of a stream is.
_PLAIN_DELTA = re.compile(
    rb'event: content_block_delta\ndata: (\{"type": ?"content_block_delta", ?"index": ?(?:0|[1-9]\d{0,8}), ?'
    rb'"delta": ?\{"type": ?"\w+", ?"\w+": ?"(?:[^"\\\x00-\x1f]++|\\["\\/bfnrt])*+"\} *\})\n\n'
)
_WRITTEN_EVENT = re.compile(
    rb'\{"kind":"event",(?:"t_ns":-?\d+,)?(?:"read":\d+,)?(?:"splits":[\[\],\d]+,)?'
    rb'"event":("(?:[^"\\]|\\.)*"),"data":(\S(?:.*\S)?)\}\s*'
)

Splits = Iterable[tuple[int, int | None]]


def frame_line(frame: Frame) -> bytes:
    """The `event` or `frame` line of a frame, with its LF."""
    stamp = _stamp(frame.t_ns, frame.read, frame.splits)
    if frame.dispatched and (canonical := _CANONICAL.fullmatch(frame.raw)):
        name, data = canonical.groups()
        if (event := _json_string(name)) and _accepted(data):
            return b'{"kind":"event",%b"event":%b,"data":%b}\n' % (stamp, event, data)
    kind = b"event" if frame.dispatched else b"frame"
    line = b'{"kind":"%b",%b%b' % (kind, stamp, _raw(frame.raw))
    if frame.dispatched:
        line += b',"event":' + orjson.dumps(frame.event)
        # Inside JSON a line end can only be white space between tokens.
        data = frame.data.replace("\n", " ").encode()
        if _accepted(data):
            line += b',"data":' + data
    return line + b"}\n"


def delta_line(raw: bytes, t_ns: int, read: int) -> bytes | None:
    """The `event` line of bytes that are exactly one plain delta; None where they are anything else."""
    delta = _PLAIN_DELTA.fullmatch(raw)
    if delta is None or not (raw.isascii() or _is_utf8(raw)):
        return None
    return b'{"kind":"event","t_ns":%d,"read":%d,"event":"content_block_delta","data":%b}\n' % (t_ns, read, delta[1])


def tail_line(tail: bytes, t_ns: int | None = None, read: int | None = None, splits: Splits = ()) -> bytes:
    """The `tail` line: the bytes after the last whole frame."""
    return b'{"kind":"tail",%b%b}\n' % (_stamp(t_ns, read, splits), _raw(tail))


def object_line(kind: str, values: Mapping[str, Any]) -> bytes:
    """A line of any other kind; values that are None are left out."""
    return dumps({"kind": kind, **{key: value for key, value in values.items() if value is not None}}) + b"\n"


def request_line(method: str, url: str, headers: Iterable[tuple[str, str]], body: bytes | None) -> bytes:
    """The `request` line: a JSON body spliced in as it is, another one as text or base64. None: no body is kept."""
    values = {"t_ns": 0, "method": method, "url": url, "headers": [list(header) for header in headers]}
    line = object_line("request", values)
    if not body:
        return line
    stripped = body.strip()
    if b"\n" not in stripped and b"\r" not in stripped and _accepted(stripped):
        return b'%b,"body":%b}\n' % (line[:-2], stripped)
    return b"%b,%b}\n" % (line[:-2], _raw(body, b"body_raw", b"body_b64"))


def read_frame(line: bytes, first: bool = False) -> Frame:
    """The frame in an `event` or `frame` line. `first`: it is the recording's first one, where a BOM is no data.

    Raises ValueError where the line is damaged.
    """
    written = _WRITTEN_EVENT.fullmatch(line)
    if written and _accepted(written[2]):
        data = written[2]
        name = orjson.loads(written[1])
        stamps = orjson.loads(line[: written.start(2)] + b"null}")
    else:
        stamps = orjson.loads(line)
        if not isinstance(stamps, dict):
            raise ValueError("not an object")
        if "raw" in stamps or "raw_b64" in stamps:
            return _stamped(parse_raw(_unraw(stamps, "raw", "raw_b64"), first), stamps)
        name = stamps.get("event")
        spans = {key: (start, end) for depth, key, start, end in members(line) if depth == 1}
        if not isinstance(name, str) or b'"data"' not in spans:
            raise ValueError("neither raw bytes nor an event with data")
        data = line[slice(*spans[b'"data"'])]
    raw = b"event: %b\ndata: %b\n\n" % (name.encode(), data)
    return _stamped(Frame(name or "message", data.decode(), "", name, raw=raw), stamps)


def read_tail(line: bytes) -> Frame:
    """What a `tail` line holds, as a frame that never became whole."""
    values = orjson.loads(line)
    return _stamped(Frame(dispatched=False, raw=_unraw(values, "raw", "raw_b64")), values)


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
    frames = decoder.feed(raw)
    frame = frames[-1] if frames and not decoder.pending else Frame(dispatched=False)
    frame.raw = raw
    return frame


def _stamp(t_ns: int | None, read: int | None, splits: Splits) -> bytes:
    stamp = b""
    if t_ns is not None:
        stamp += b'"t_ns":%d,' % t_ns
    if read is not None:
        stamp += b'"read":%d,' % read
    if splits:
        stamp += b'"splits":%b,' % orjson.dumps([[offset, at] for offset, at in splits])
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
