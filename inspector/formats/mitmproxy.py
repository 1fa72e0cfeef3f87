"""mitmproxy's flow files: typed netstrings, LENGTH:BYTES and a letter for the type.

Its dialect: `,` bytes, `;` text, `#` integer, `^` float, `!` boolean, `~` null, `]` list, `}` dictionary.
"""

import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, Final

from inspector.formats.budget import MB, in_mb
from inspector.formats.format import Format, Imported
from inspector.formats.interaction import End, Headers, Interaction, header, nanoseconds, text
from inspector.recording import EndReason, UnreadableError

_LENGTH = re.compile(rb"(\d{1,12}):")
_LONGEST_LENGTH: Final = 13
_DEEPEST: Final = 50
_LARGEST: Final = 256 * MB


def split_tnetstrings(chunks: Iterable[bytes]) -> Iterator[tuple[bytes, bool]]:
    """The values of a file that stand one after the other, each with its length before it; False: it is not whole.

    Raises UnreadableError at one that is too long to be held.
    """
    held = bytearray()
    wanted = 0
    for chunk in chunks:
        held += chunk
        if len(held) > _LARGEST + len(chunk):
            raise UnreadableError(f"a flow of more than {in_mb(_LARGEST)} is not read, and one says that it is larger")
        while len(held) > wanted and (found := _LENGTH.match(held)):
            wanted = found.end() + int(found[1]) + 1
            if len(held) < wanted:
                break
            yield bytes(held[:wanted]), True
            del held[:wanted]
            wanted = 0
    if held:
        yield bytes(held), False


def parse_tnetstring(data: bytes, types: dict[str, str] | None = None) -> Any:
    """The value that stands at the head of the data. Raises ValueError where it is damaged.

    `types`, for a value that is cut: the type letter of the members that have these names, "" is the value itself.
    What is cut is then as long as the data are.
    """
    value, _ = _pop(data, 0, len(data), types, "", _DEEPEST)
    return value


def _pop(data: bytes, at: int, end: int, types: dict[str, str] | None, name: str, depth: int) -> tuple[Any, int]:
    found = _LENGTH.match(data, at, min(end, at + _LONGEST_LENGTH))
    if not found:
        raise ValueError(f"there is no length at byte {at:,}")
    start = found.end()
    stop = start + int(found[1])
    kind = data[stop : stop + 1].decode("latin-1") if stop < end else ""
    if not kind:
        if types is None:
            raise ValueError(f"the value at byte {at:,} is longer than what holds it")
        stop, kind = end, types.get(name, ",")
    if kind not in "]}":
        return _scalar(kind, data[start:stop]), stop + 1
    if not depth:
        raise ValueError("it is nested too deeply")
    items: list[Any] = []
    members: dict[str, Any] = {}
    at = start
    # What cannot be read at the end of a value that is cut is what was cut off.
    with suppress(*(() if types is None else (ValueError,))):
        while at < stop:
            if kind == "}":
                key, at = _pop(data, at, stop, types, "", depth - 1)
                key = key.decode("utf-8", "replace") if isinstance(key, bytes) else str(key)
                members[key], at = _pop(data, at, stop, types, key, depth - 1)
            else:
                item, at = _pop(data, at, stop, types, name, depth - 1)
                items.append(item)
    return (members if kind == "}" else items), stop + 1


def _scalar(kind: str, data: bytes) -> Any:
    if kind == ",":
        return data
    if kind == ";":
        return data.decode("utf-8", "replace")
    if kind == "#":
        return int(data) if len(data) < 20 else 0
    if kind == "^":
        return float(data)
    if kind == "!":
        return data == b"true"
    if kind == "~":
        return None
    raise ValueError(f"there is no type {kind!r}")


_HEAD = re.compile(rb"\d{1,12}:\d{1,3}:[a-z_]{2,20}[;,]")
# For a flow that is cut: what its members are.
_TYPES: Final = {"": "}", "request": "}", "response": "}", "headers": "]", "content": ","}
_DEFAULT_PORTS: Final = {"http": 80, "https": 443}


def recognise(head: bytes) -> bool:
    """Whether a netstring of a dictionary begins here, with a key of a flow."""
    return _HEAD.match(head) is not None


def read(chunks: Iterable[bytes]) -> Iterator[Imported]:
    """An exchange for each HTTP flow. Raises UnreadableError where there is none."""
    found: Interaction | None = None
    others = 0
    damage = ""
    for number, (data, whole) in enumerate(split_tnetstrings(chunks), 1):
        try:
            flow = parse_tnetstring(data, None if whole else _TYPES)
        except ValueError as error:
            damage = damage or f"flow {number} cannot be read: {error}"
            continue
        if not isinstance(flow, dict) or not isinstance(flow.get("request"), dict):
            if whole:
                others += 1
            else:
                damage = damage or f"the file is cut in flow {number}"
            continue
        found = _interaction(flow)
        if not whole:
            found.notes.append(f"the file is cut or damaged in flow {number}: nothing after that place is shown")
        yield found.imported("mitmproxy")
    left_out = f"{others} flows of other protocols than HTTP left out" if others else ""
    if found is None:
        raise UnreadableError(f"the flow file holds no HTTP flow: {damage or left_out or 'it is empty'}")
    found.notes += filter(None, (damage, left_out))


def _interaction(flow: dict[str, Any]) -> Interaction:
    request, response, error = flow["request"], _object(flow.get("response")), _object(flow.get("error"))
    sent = request.get("timestamp_start")
    found = Interaction(
        method=text(request.get("method")),
        url=_url(request),
        request_headers=_headers(request),
        request_body=_content(request),
        started_at=_moment(sent),
    )
    if response:
        status = response.get("status_code", response.get("code"))
        found.status = status if isinstance(status, int) else None
        found.response_headers = _headers(response)
        found.response_ns = _since(sent, response.get("timestamp_start"))
        content = _content(response)
        found.body = content or b""
        if content is None:
            found.notes.append("mitmproxy kept no body of this response (it was streamed through, or cut off)")
    else:
        found.notes.append("the flow has no response")
    if error:
        message = text(error.get("msg"))
        found.end = End(_since(sent, error.get("timestamp")), _reason(message), message)
    elif found.body and (t_ns := _since(sent, response.get("timestamp_end"))) is not None:
        found.end = End(t_ns)
    return found


def _url(request: dict[str, Any]) -> str:
    scheme, host, port = text(request.get("scheme")), text(request.get("host")), request.get("port")
    path = text(request.get("path"))
    if not host:
        host, port = text(request.get("authority")) or header(_headers(request), "host"), None
    if not host:
        return path
    host = f"[{host}]" if ":" in host and port is not None else host
    return f"{scheme}://{host}{'' if port in (None, _DEFAULT_PORTS.get(scheme)) else f':{port}'}{path}"


def _headers(message: dict[str, Any]) -> Headers:
    listed = message.get("headers")
    pairs = [pair for pair in listed if isinstance(pair, list) and len(pair) == 2] if isinstance(listed, list) else []
    return [(text(name), text(value)) for name, value in pairs]


def _content(message: dict[str, Any]) -> bytes | None:
    content = message.get("content")
    return content if isinstance(content, bytes) else None


def _since(start: Any, moment: Any) -> int | None:
    if isinstance(start, int | float) and isinstance(moment, int | float):
        return nanoseconds(moment - start)
    return None


def _moment(timestamp: Any) -> datetime | None:
    try:
        return datetime.fromtimestamp(timestamp, UTC)
    except (TypeError, ValueError, OverflowError, OSError):
        return None


def _reason(message: str) -> EndReason:
    """What mitmproxy's words for a failed connection mean."""
    words = message.lower()
    if "client" in words and ("disconnect" in words or "closed" in words):
        return "cancelled"
    if "timed out" in words or "timeout" in words:
        return "timeout"
    return "reset" if re.search("disconnect|closed|reset|incomplete", words) else "error"


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


FORMAT = Format(
    name="mitmproxy",
    summary="flow files, as `mitmdump -w` writes them",
    order=20,
    endings=(".mitm", ".flow"),
    recognise=recognise,
    read=read,
)
