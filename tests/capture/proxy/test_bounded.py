"""Bodies that are large, hostile or slow: what passes is not held up, and what is recorded is bounded."""

import gzip
from base64 import b64decode
from pathlib import Path
from typing import Any

import pytest

from tests.capture.proxy.bare import GET, STREAM_HEAD, Server, Wire, fixed, kinds, proxied, wait_for
from tests.support import sse

ROWS = b"".join(b'{"custom_id":"%d","result":{"type":"succeeded"}}\n' % n for n in range(120_000))


def body_of(lines: list[dict[str, Any]]) -> bytes:
    """As the small reader in docs/recording-format.md reads it."""
    return b"".join(
        line["raw"].encode() if "raw" in line else b64decode(line["raw_b64"])
        for line in lines
        if "raw" in line or "raw_b64" in line
    )


@pytest.mark.parametrize(
    "body", [ROWS, b"x" * (8 << 20), bytes(4 << 20), b"\n" * 20_000], ids=["rows", "line", "zeros", "blank"]
)
def test_a_large_body_is_recorded_whole(tmp_path: Path, body: bytes) -> None:
    def serve(wire: Wire, number: int) -> None:
        wire.request()
        wire.send(fixed(body))

    with Server(serve) as upstream, proxied(upstream.url, tmp_path) as proxy, proxy.client() as client:
        for _ in range(2):
            client.send(GET)
            assert client.exactly(len(fixed(body))) == fixed(body)
        first, second = proxy.recorded(2)
    assert body_of(first) == body_of(second) == body
    assert first[-1]["reason"] == "complete"
    assert proxy.notes == []


def test_an_unfinished_frame_is_on_the_disk_while_nothing_follows(tmp_path: Path) -> None:
    def serve(wire: Wire, number: int) -> None:
        wire.request()
        wire.send(STREAM_HEAD + b"9\r\ndata: unf\r\n")
        (path,) = tmp_path.iterdir()
        wait_for(path, b'"raw":"data: unf"')
        wire.send(b"9\r\ninished\n\n\r\n0\r\n\r\n")

    with Server(serve) as upstream, proxied(upstream.url, tmp_path) as proxy, proxy.client() as client:
        client.send(GET)
        client.until(b"0\r\n\r\n")
        (lines,) = proxy.recorded()
    (spill,) = [line for line in lines if line["kind"] == "spill"]
    (event,) = [line for line in lines if line["kind"] == "event"]
    assert (spill["read"], event["read"], event["spilled"], event["splits"][0][0]) == (1, 2, 1, len("data: unf"))
    assert body_of(lines) == b"data: unfinished\n\n"


def test_a_stream_passes_while_a_hostile_body_is_recorded(tmp_path: Path) -> None:
    ping = sse({"type": "ping"})
    packed = gzip.compress(bytes(256 << 20))

    def serve(wire: Wire, number: int) -> None:
        if b"/bomb" in wire.head():
            wire.send(fixed(packed, headers=b"Content-Encoding: gzip\r\n"))
            return
        wire.send(STREAM_HEAD)
        for _ in range(20):
            wire.send(b"%x\r\n%b\r\n" % (len(ping), ping))
            # The next one only comes once this one has passed.
            wire.exactly(1)

    with (
        Server(serve) as upstream,
        proxied(upstream.url, tmp_path) as proxy,
        proxy.client() as stream,
        proxy.client() as client,
    ):
        # It never sends all of this.
        stream.send(b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 21\r\n\r\n")
        stream.head()
        client.send(GET.replace(b"/v1/models", b"/bomb"))
        for _ in range(20):
            stream.until(ping + b"\r\n")
            stream.send(b"x")
        client.head()
        assert client.exactly(len(packed)) == packed
        stream.reset()
        recordings = proxy.recorded(2)
    (lines,) = [lines for lines in recordings if lines[1]["url"].endswith("/bomb")]
    (note,) = [line["text"] for line in lines if line["kind"] == "note"]
    assert note.endswith("kept as it came: the body grows to more than 100 times its size")
    body = body_of(lines)
    assert len(body) < 24 << 20
    assert packed.endswith(body.lstrip(b"\0")[-1000:])
    assert kinds(lines)[-1] == "end"
