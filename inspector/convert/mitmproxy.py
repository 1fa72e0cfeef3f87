import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any, Final

from inspector.convert import tnetstring
from inspector.convert.format import Format, Imported
from inspector.convert.interaction import End, Headers, Interaction, header, nanoseconds, text
from inspector.recording import EndReason, UnreadableError

_HEAD = re.compile(rb"\d{1,12}:\d{1,3}:[a-z_]{2,20}[;,]")
# For a flow that is cut: what its members are.
_TYPES: Final = {"": "}", "request": "}", "response": "}", "headers": "]", "content": ","}
_DEFAULT_PORTS: Final = {"http": 80, "https": 443}


def recognise(head: bytes) -> bool:
    return _HEAD.match(head) is not None


def read(chunks: Iterable[bytes]) -> Iterator[Imported]:
    found: Interaction | None = None
    others = 0
    damage = ""
    for number, (data, whole) in enumerate(tnetstring.split(chunks), 1):
        try:
            flow = tnetstring.parse(data, None if whole else _TYPES)
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


FORMAT = Format("mitmproxy", "flow files, as `mitmdump -w` writes them", recognise, read)
