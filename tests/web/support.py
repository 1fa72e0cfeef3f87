"""A chat in front of an upstream whose every step the test decides."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import httpx2
import orjson
import pytest

from inspector.recording.folders import shipped
from inspector.replay.answers import load
from inspector.sse import Decoder
from inspector.timeline import Exchange
from inspector.web.app import create_app
from inspector.web.server import Connection, serve_in_thread
from inspector.web.sources import Api
from tests.capture.raw_server import RawServer, Step
from tests.support import LIMIT_S, block, exchange_of_lines, finish, sse, start, text

KEY = "sk-ant-api03-the-key-of-the-user"


class Sent(NamedTuple):
    """An event of the chat."""

    name: str
    values: dict[str, Any]


class Chat(NamedTuple):
    url: str
    upstream: RawServer
    folder: Path

    def ask(self, message: str = "hi", **asked: Any) -> list[Sent]:
        """Everything that one message gets."""
        with httpx2.stream("POST", f"{self.url}/chat", json={"message": message, **asked}, timeout=LIMIT_S) as response:
            return events(response.read())

    def recordings(self) -> list[Exchange]:
        return [exchange_of_lines([path.read_bytes()]) for path in sorted(self.folder.glob("*.jsonl"))]


@contextmanager
def chat(
    monkeypatch: pytest.MonkeyPatch,
    folder: Path,
    *scripts: list[Step],
    connection: type[Connection] = Connection,
    key: str = KEY,
    **options: Any,
) -> Iterator[Chat]:
    """A chat whose k-th request upstream is answered by script k."""
    monkeypatch.setenv("ANTHROPIC_API_KEY", key)
    with RawServer(*scripts) as upstream:
        app = create_app(Api("claude-test", upstream.url), folder, **options)
        with serve_in_thread(app, connection=connection) as url:
            yield Chat(url, upstream, folder)


@contextmanager
def loaded(*names: str) -> Iterator[list[Exchange]]:
    """Shipped recordings."""
    exchanges = load(str(shipped()[name]) for name in names)
    try:
        yield exchanges
    finally:
        for exchange in exchanges:
            exchange.close()


def events(body: bytes) -> list[Sent]:
    """The dispatched events of a body."""
    decoder = Decoder()
    frames = decoder.feed(body, 0)
    assert not decoder.close()
    return [Sent(frame.event, orjson.loads(frame.data)) for frame in frames if frame.dispatched]


def until(response: httpx2.Response, name: str) -> Iterator[Sent]:
    """The events as they arrive, up to the first one with this name."""
    decoder = Decoder()
    for piece in response.iter_bytes():
        for frame in decoder.feed(piece, 0):
            if frame.dispatched:
                yield Sent(frame.event, orjson.loads(frame.data))
                if frame.event == name:
                    return


def text_of(sent: list[Sent]) -> str:
    return "".join(one.values["text"] for one in sent if one.name == "text")


def text_events(*pieces: str) -> list[bytes]:
    """The frames of a reply of text, as the API sends them."""
    return [sse(event) for event in [start(), *block(0, *map(text, pieces), type="text", text=""), *finish()]]
