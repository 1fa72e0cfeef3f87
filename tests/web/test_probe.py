"""What the probe makes of endpoints that do it wrong."""

import asyncio
import json
from collections.abc import Sequence
from itertools import accumulate
from pathlib import Path

import pytest

from inspector.capture.recorder import Recorder
from inspector.diagnostics import diagnose
from inspector.recording import InspectorError, Writer
from inspector.timeline import Exchange
from inspector.web.probe import Asked, ending, probe
from tests.capture.raw_server import Do, RawServer, Step, chunk, head, reply
from tests.support import LIMIT_S

GOOD = {"cache_control": "no-cache, no-transform", "x_accel_buffering": "no"}
DONE = b"event: done\ndata: {}\n\n"


def text(piece: str) -> bytes:
    return b"event: text\ndata: %b\n\n" % json.dumps({"text": piece}).encode()


def codes(script: Sequence[Step], folder: Path, data: str | None = None, path: str = "/chat") -> dict[str, str]:
    """Code to severity."""
    with (
        RawServer(script) as server,
        asyncio.run(probe(Asked(server.url + path, data), folder / "p.jsonl", lambda exchange: None)) as exchange,
    ):
        return {finding.code: finding.severity for finding in diagnose(exchange)}


@pytest.mark.parametrize(
    ("script", "found"),
    [
        (reply(text("a"), text("b"), DONE, **GOOD), {}),
        (reply(text("a"), DONE), {"D04": "warn"}),
        (reply(text("a"), **GOOD), {"D17": "error"}),
        (reply(text("a"), DONE, content_type="text/plain", **GOOD), {"T05": "warn"}),
        (reply(b"event: text\ndata: Hello\n- item\n\n", DONE, **GOOD), {"F05": "error"}),
        (reply(b"event: text\ndata: data: {}\n\n", DONE, **GOOD), {"F04": "error"}),
        ([head(**GOOD), chunk(text("a"))], {"T01": "error"}),
        ([head(**GOOD), chunk(text("a")), Do.RESET], {"T02": "error"}),
        (reply(b"<html>", content_type="text/html"), {"D14": "error"}),
        (reply(b"", **GOOD), {"T04": "error"}),
        (reply(b"nope", status=404, content_type="text/plain"), {"E06": "error"}),
    ],
)
def test_the_verdict_on_a_get(script: list[Step], found: dict[str, str], tmp_path: Path) -> None:
    assert codes(script, tmp_path) == found


def test_a_post_is_sent_as_fetch_does_and_need_not_fear_a_reconnect(tmp_path: Path) -> None:
    with RawServer(reply(text("a"), **GOOD)) as server:
        asked = Asked(server.url, '{"message":"hi"}', [("X-Mine", "1"), ("Accept", "*/*")])
        with asyncio.run(probe(asked, tmp_path / "p.jsonl", lambda exchange: None)) as exchange:
            assert [(finding.code, finding.severity) for finding in diagnose(exchange)] == [("D17", "warn")]
        [request] = server.requests
    line, *headers = request.decode().lower().partition("\r\n\r\n")[0].split("\r\n")
    assert line == "post / http/1.1"
    assert {"content-type: application/json", "x-mine: 1", "accept: */*"} <= set(headers)
    assert server.bodies == [b'{"message":"hi"}']


def test_a_messages_stream_is_judged_by_the_rules_for_those(tmp_path: Path) -> None:
    from tests.web.support import text_events

    assert codes(reply(*text_events("hi")), tmp_path, "{}", "/v1/messages") == {}


def exchange_of(
    folder: Path, reads: Sequence[bytes], times_ms: Sequence[float], *headers: tuple[str, str], head_ms: float = 0
) -> Exchange:
    """What a probe would have recorded of these reads. nginx, which holds the head back, takes x-accel-buffering out."""
    path = folder / "p.jsonl"
    path.unlink(missing_ok=True)
    recorder = Recorder(Writer.create(path, {"kind": "live", "clock": "arrival", "probe": True}))
    recorder.request("GET", "http://h/chat", [], None)
    given = [(name.replace("_", "-"), value) for name, value in GOOD.items()]
    if head_ms:
        given = [pair for pair in given if pair[0] != "x-accel-buffering"]
    recorder.response(round(head_ms * 1e6), 200, [("content-type", "text/event-stream"), *given, *headers])
    for read, t_ms in zip(reads, times_ms, strict=True):
        recorder.reads([read], [round(t_ms * 1e6)])
    recorder.end(round(times_ms[-1] * 1e6))
    return Exchange(path.open("rb"), "p").load()


TWELVE = [text(str(number)) for number in range(12)]


@pytest.mark.parametrize(
    ("reads", "times_ms", "found"),
    [
        # All at once, late; in one read, or in a burst of reads.
        ([b"".join([*TWELVE, DONE])], [2000], ["D15"]),
        ([*TWELVE, DONE], [2000 + number for number in range(13)], ["D15"]),
        # The last block of a buffer comes at the end.
        ([b"".join(TWELVE), DONE], [2000, 2200], ["D15"]),
        # A fast server, and a slow start.
        ([b"".join([*TWELVE, DONE])], [300], []),
        ([*TWELVE, DONE], [2000 + 60 * number for number in range(13)], []),
        # Lumps.
        ([b"".join(TWELVE)] * 4 + [DONE], [500, 1000, 1500, 2000, 2001], ["D16"]),
        ([b"".join(TWELVE[:3])] * 4 + [DONE], [500, 1000, 1500, 2000, 2001], []),
    ],
)
def test_buffering_is_told_from_a_fast_server_and_a_slow_start(
    reads: list[bytes], times_ms: list[float], found: list[str], tmp_path: Path
) -> None:
    with exchange_of(tmp_path, reads, times_ms) as exchange:
        assert [finding.code for finding in diagnose(exchange)] == found


@pytest.mark.parametrize(
    ("header", "named"),
    [
        (("server", "nginx/1.22.1"), "nginx"),
        (("server", "cloudflare"), "cloudflare"),
        (("x-powered-by", "Next.js"), "Next.js"),
        (("x-cache", "MISS"), "cache"),
    ],
)
def test_the_hop_is_named_by_its_headers(header: tuple[str, str], named: str, tmp_path: Path) -> None:
    with exchange_of(tmp_path, [b"".join([*TWELVE, DONE])], [2000], header, head_ms=1990) as exchange:
        assert named in next(finding.message for finding in diagnose(exchange) if finding.code == "D15")


def test_silence_is_a_finding(tmp_path: Path) -> None:
    times = list(accumulate([500.0, 40, 40, 31_000, 40]))
    with exchange_of(tmp_path, [text("a"), text("b"), text("c"), text("d"), DONE], times) as exchange:
        assert {"D05", "B10"} <= {finding.code for finding in diagnose(exchange)}


def test_a_redirect_is_followed_and_the_last_answer_counts(tmp_path: Path) -> None:
    with RawServer(reply(text("a"), DONE, **GOOD)) as target:
        away = [b"HTTP/1.1 307 Away\r\nlocation: %b/b\r\ncontent-length: 0\r\n\r\n" % target.url.encode()]
        with (
            RawServer(away) as server,
            asyncio.run(probe(Asked(server.url), tmp_path / "p.jsonl", lambda exchange: None)) as exchange,
        ):
            assert exchange.request
            assert exchange.request["url"] == f"{target.url}/b"
            assert exchange.body() == text("a") + DONE


def test_the_limit_ends_what_does_not_end(tmp_path: Path) -> None:
    with RawServer([head(**GOOD), chunk(text("a")), Do.HOLD]) as server:
        asked = Asked(server.url, limit_s=2)
        with asyncio.run(probe(asked, tmp_path / "p.jsonl", lambda exchange: None)) as exchange:
            assert ending(exchange) == "the probe left"
            assert diagnose(exchange) == []
        assert server.client_left.wait(LIMIT_S)


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/", "http://[::1", "http://"])
def test_who_cannot_be_asked_is_one_line(url: str, tmp_path: Path) -> None:
    with pytest.raises(InspectorError) as error:
        asyncio.run(probe(Asked(url), tmp_path / "p.jsonl", lambda exchange: None))
    assert "\n" not in str(error.value)
