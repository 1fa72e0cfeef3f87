"""What the chat endpoint sends to a browser: named events whose data is one JSON object.

text {text} · thinking {text} · tool {id, name} · tool_input {id, json} · tool_result {id, content, is_error} ·
upstream {request, n, t_ms, read, event, data} · error {type, message, partial} · done {stop_reason, usage}

`error` and `done` are last; whoever reads with EventSource must close it at either, or it connects again.
"""

from typing import Any, Final

import orjson

KEEP_ALIVE: Final = b": keep-alive\n\n"

# Raw inside JSON they are legal, but clients that split lines as `str.splitlines` does cut the data there.
_SEPARATORS: Final = ((b"\xe2\x80\xa8", b"\\u2028"), (b"\xe2\x80\xa9", b"\\u2029"), (b"\xc2\x85", b"\\u0085"))


def event(name: str, values: dict[str, Any]) -> bytes:
    """One event. Newlines in the values survive, as JSON escapes them."""
    return b"event: %b\ndata: %b\n\n" % (name.encode(), one_line(orjson.dumps(values)))


def one_line(json: bytes) -> bytes:
    """JSON on one line, for every reader's idea of a line."""
    for raw, escaped in _SEPARATORS:
        if raw in json:
            json = json.replace(raw, escaped)
    return json


def opening(turn: str) -> bytes:
    """First bytes of a stream: its id. A browser that connects again sends it back as Last-Event-ID."""
    return f"id: {turn}\n\n".encode()
