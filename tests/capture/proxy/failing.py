"""What the tests of failures have in common."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import orjson

from tests.capture.proxy.bare import (
    Wire,
)


def answer_of(wire: Wire) -> tuple[int, dict[str, Any]]:
    """The status and the body of a whole answer with a Content-Length."""
    text = wire.request()
    head, _, body = text.partition(b"\r\n\r\n")
    return int(head.split()[1]), orjson.loads(body)


@contextmanager
def closed_port() -> Iterator[str]:
    """The address of a port that nobody listens on while the context lasts."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{bound.getsockname()[1]}"
