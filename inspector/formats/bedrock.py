"""Bedrock's event stream: binary messages, each with an event as base64 in JSON.

The framing is https://smithy.io/2.0/aws/amazon-eventstream.html; what the messages mean is read as
anthropic/lib/bedrock/_stream_decoder.py does.
"""

import struct
from base64 import b64decode
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Final, NamedTuple
from zlib import crc32

import orjson

from inspector.formats.documents import event_line
from inspector.formats.format import Format, Imported, Read
from inspector.recording import header_line
from inspector.recording.lines import tail_line
from inspector.text.json_text import dumps, loads_or

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


def lines(reads: Iterable[Read], notes: list[str]) -> Iterator[bytes]:
    """The recording's line for each message, and a tail with the bytes that are no whole message."""
    decoder = MessageDecoder()
    number = read = 0
    came: int | None = None
    for read, (chunk, t_ns) in enumerate(reads, 1):
        came = t_ns
        for message in decoder.feed(chunk):
            number += 1
            if not message.whole:
                notes.append(f"message {number} of the Bedrock stream is damaged (its checksum is wrong): left out")
                continue
            name, data = _event(message, number, notes)
            yield event_line(name, data, t_ns, None if t_ns is None else read)
    if decoder.rest:
        why = decoder.error or "the stream is cut inside it"
        notes.append(f"message {number + 1} of the Bedrock stream cannot be read: {why}")
        yield tail_line(bytes(decoder.rest), came, None if came is None else read)


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


def live(reads: Iterable[Read]) -> Imported:
    """The exchange that comes through a pipe, with the times when its bytes came."""
    return _imported(reads, {"clock": "arrival"})


def _imported(reads: Iterable[Read], source: dict[str, str]) -> Imported:
    notes: list[str] = []
    start = header_line({"kind": "import", "format": "bedrock", **source})
    return Imported(chain([start], lines(reads, notes)), notes)


FORMAT = Format(
    name="bedrock",
    summary="the binary event stream of Amazon Bedrock",
    order=10,
    recognise=recognise,
    read=read,
    live=live,
)
