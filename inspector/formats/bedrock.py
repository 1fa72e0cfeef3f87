"""Bedrock's event stream: binary messages, each with an event as base64 in JSON.

The framing is https://smithy.io/2.0/aws/amazon-eventstream.html; what the messages mean is read as
anthropic/lib/bedrock/_stream_decoder.py does.
"""

import struct
from base64 import b64decode, b64encode
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Final, NamedTuple
from zlib import crc32

import orjson

from inspector.formats.documents import event_line
from inspector.formats.format import Clock, Format, Imported, Read, clock_members
from inspector.recording import header_line
from inspector.recording.lines import tail_line
from inspector.text.json_text import dumps, loads_or
from inspector.timeline import Exchange

MEDIA_TYPE: Final = "application/vnd.amazon.eventstream"
PRELUDE: Final = 12
_SMALLEST: Final = PRELUDE + 4
# Value types and the size of their values; 6 and 7 (bytes and text) begin with their own length.
_SIZES: Final = {0: 0, 1: 0, 2: 1, 3: 2, 4: 4, 5: 8, 8: 8, 9: 16}


class BedrockMessage(NamedTuple):
    """A message: the headers that are text, and the payload. `whole`: its checksum is right."""

    headers: dict[str, str]
    payload: bytes
    whole: bool


class MessageDecoder:
    """Decodes messages that arrive in arbitrary pieces. `error` says why it could not go on; `rest` is what is left."""

    def __init__(self) -> None:
        self.rest = bytearray()
        self.error = ""

    def feed(self, chunk: bytes) -> Iterator[BedrockMessage]:
        """Every message that is now whole."""
        self.rest += chunk
        while len(self.rest) >= PRELUDE and not self.error:
            if not recognise(self.rest):
                self.error = "the checksum of a message's head is wrong"
                return
            size, headers_size = struct.unpack_from(">II", self.rest)
            if len(self.rest) < size:
                return
            message = bytes(self.rest[:size])
            del self.rest[:size]
            end = PRELUDE + headers_size
            whole = crc32(message[:-4]) == int.from_bytes(message[-4:], "big")
            yield BedrockMessage(_headers(message[PRELUDE:end]), message[end:-4], whole)


def recognise(head: bytes | bytearray) -> bool:
    """Whether a message begins here: its lengths are possible and their checksum is right."""
    if len(head) < PRELUDE:
        return False
    size, headers_size, checksum = struct.unpack_from(">III", head)
    return bool(size >= _SMALLEST + headers_size and crc32(head[:8]) == checksum)


class EventLines:
    """The lines of the events in a stream of messages that arrives in arbitrary pieces. `notes` gets what is odd."""

    def __init__(self, notes: list[str]) -> None:
        self._notes = notes
        self._decoder = MessageDecoder()
        self._number = 0
        self._last: tuple[int | None, int | None] = None, None

    def feed(self, read: int | None, t_ns: int | None, chunk: bytes) -> Iterator[bytes]:
        """A line for each message that is now whole, of this read and time (ns), None where these are not known."""
        self._last = t_ns, read
        for message in self._decoder.feed(chunk):
            self._number += 1
            if message.whole:
                name, data = _event(message, self._number, self._notes)
                yield event_line(name, data, t_ns, read)
            else:
                self._notes.append(
                    f"message {self._number} of the Bedrock stream is damaged (its checksum is wrong): left out"
                )

    def close(self) -> Iterator[bytes]:
        """The tail, with the bytes that are no whole message."""
        if self._decoder.rest:
            why = self._decoder.error or "the stream is cut inside it"
            self._notes.append(f"message {self._number + 1} of the Bedrock stream cannot be read: {why}")
            yield tail_line(bytes(self._decoder.rest), *self._last)


def lines(reads: Iterable[Read], notes: list[str]) -> Iterator[bytes]:
    """The recording's line for each message, and a tail with the bytes that are no whole message."""
    events = EventLines(notes)
    for number, (chunk, t_ns) in enumerate(reads, 1):
        yield from events.feed(None if t_ns is None else number, t_ns, chunk)
    yield from events.close()


def write(exchange: Exchange) -> Iterator[bytes]:
    """The binary stream as it was captured; of any other exchange, a message for each event."""
    if exchange.wire:
        yield from exchange.wire()
        return
    for frame in exchange.frames():
        if frame.dispatched:
            yield _message(dumps({"bytes": b64encode(frame.data.encode("utf-8", "surrogatepass")).decode()}))


def _message(payload: bytes) -> bytes:
    head = struct.pack(">II", _SMALLEST + len(_CHUNK_HEADERS) + len(payload), len(_CHUNK_HEADERS))
    message = head + struct.pack(">I", crc32(head)) + _CHUNK_HEADERS + payload
    return message + struct.pack(">I", crc32(message))


def _header(name: bytes, value: bytes) -> bytes:
    return b"%c%b\x07%b%b" % (len(name), name, struct.pack(">H", len(value)), value)


_CHUNK_HEADERS: Final = (
    _header(b":event-type", b"chunk")
    + _header(b":content-type", b"application/json")
    + _header(b":message-type", b"event")
)


def _event(message: BedrockMessage, number: int, notes: list[str]) -> tuple[str | None, bytes]:
    """The event's name, None where it has none, and its data."""
    kind = message.headers.get(":message-type")
    if kind in ("exception", "error"):
        return "error", dumps({"type": "error", "error": _error(message)})
    name = message.headers.get(":event-type")
    if name != "chunk":
        return name, message.payload
    try:
        data = b64decode(orjson.loads(message.payload)["bytes"], validate=True)
    except (ValueError, KeyError, TypeError) as error:
        notes.append(f"message {number} of the Bedrock stream holds no chunk that can be read: {error}")
        return None, message.payload
    value = loads_or(data)
    if not isinstance(value, dict):
        return "completion", data
    event = value.get("type")
    if isinstance(event, str):
        return event, data
    return ("completion" if "completion" in value else None), data


def _error(message: BedrockMessage) -> dict[str, str]:
    headers = message.headers
    body = loads_or(message.payload)
    said = body.get("message", body.get("BedrockMessage")) if isinstance(body, dict) else None
    return {
        "type": headers.get(":exception-type") or headers.get(":error-code") or "error",
        "message": said if isinstance(said, str) else headers.get(":error-message", ""),
    }


def _headers(block: bytes) -> dict[str, str]:
    """The headers whose value is text, as far as the block can be read."""
    headers: dict[str, str] = {}
    at = 0
    while at < len(block):
        end = at + 1 + block[at]
        name, kind = block[at + 1 : end], block[end : end + 1]
        at = end + 1
        if kind in (b"\x06", b"\x07"):
            size = int.from_bytes(block[at : at + 2], "big")
            value = block[at + 2 : at + 2 + size]
            at += 2 + size
            if kind == b"\x07":
                headers[name.decode("utf-8", "replace")] = value.decode("utf-8", "replace")
        elif kind and kind[0] in _SIZES:
            at += _SIZES[kind[0]]
        else:
            break
    return headers


def read(chunks: Iterable[bytes]) -> Iterator[Imported]:
    """The one exchange, without times."""
    yield _imported(((chunk, None) for chunk in chunks), {})


def live(reads: Iterable[Read], clock: Clock) -> Imported:
    """The exchange that comes through a pipe, with the times when its bytes came."""
    return _imported(reads, clock_members(clock))


def _imported(reads: Iterable[Read], source: dict[str, str]) -> Imported:
    notes: list[str] = []
    start = header_line({"kind": "import", "format": "bedrock", **source})
    return Imported(chain([start], lines(reads, notes)), notes)


FORMAT = Format(
    name="bedrock",
    summary="the binary event stream of Amazon Bedrock",
    order=10,
    endings=(".bin",),
    recognise=recognise,
    read=read,
    write=write,
    live=live,
)
