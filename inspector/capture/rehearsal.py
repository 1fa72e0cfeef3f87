"""A stream before the one that counts.

At the first event that it ever sees the SDK builds what it checks events with, and at the first request its HTTP
client imports what it needs to connect. That takes 30 to 90 ms, in which nobody reads: what arrives meanwhile would be
recorded as late as that. So the SDK gets a small stream of ours first, over a real connection to this process.
"""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, Final

from inspector.sse import Frame, encode
from inspector.text.json_text import dumps

PATIENCE_S: Final = 5.0
REQUEST: Final[dict[str, Any]] = {
    "model": "rehearsal", "max_tokens": 1, "messages": [{"role": "user", "content": "x"}], "stream": True,
}  # fmt: skip
_MESSAGE: Final[dict[str, Any]] = {
    "id": "msg_rehearsal", "type": "message", "role": "assistant", "model": "rehearsal", "content": [],
    "stop_reason": None, "stop_sequence": None, "usage": {"input_tokens": 1, "output_tokens": 1},
}  # fmt: skip
_EVENTS: Final[tuple[dict[str, Any], ...]] = (
    {"type": "message_start", "message": _MESSAGE},
    {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
    {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "x"}},
    {"type": "content_block_stop", "index": 0},
    {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 1}},
    {"type": "message_stop"},
)  # fmt: skip
_HEAD: Final = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"


@contextmanager
def rehearsal() -> Iterator[str]:
    """Answers one request with a small stream, whatever it asks; the value is the base URL. Raises OSError."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(PATIENCE_S)
        thread = threading.Thread(target=_answer, args=(listener,), name="inspector rehearsal", daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


def _answer(listener: socket.socket) -> None:
    body = b"".join(encode(Frame(event=event["type"], data=dumps(event).decode())) for event in _EVENTS)
    with suppress(OSError):
        connection, _ = listener.accept()
        with connection:
            connection.settimeout(PATIENCE_S)
            received = b""
            # Read to its end: a connection that is closed with something unread is reset.
            while not received.endswith(b"}") and (more := connection.recv(1 << 16)):
                received += more
            connection.sendall(_HEAD + body)
