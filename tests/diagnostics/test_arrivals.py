"""Buffering is told from slowness: by rates over streams as they come about, and the hop only where something shows it."""

from random import Random

import pytest

from inspector.diagnostics import diagnose
from tests.diagnostics.arrivals import FLOWING, HELD, LOCAL, Written, found
from tests.diagnostics.streams import EVENT_STREAM, Reads, recorded

STREAMS = 40


@pytest.mark.slow
@pytest.mark.parametrize("name", HELD)
def test_what_is_held_back_is_found(name: str) -> None:
    assert sum(bool(found(HELD[name], seed)) for seed in range(STREAMS)) >= 0.95 * STREAMS


@pytest.mark.slow
def test_what_flows_is_left_alone() -> None:
    wrong = {
        (name, seed): codes for name in FLOWING for seed in range(STREAMS) if (codes := found(FLOWING[name], seed))
    }
    assert len(wrong) <= 0.01 * STREAMS * len(FLOWING), wrong


def written() -> Written:
    return Written(Random(1), 60, 1200, 200)


def all_held(reads: int) -> Reads:
    """All of it at the end, in so many reads."""
    text = written()
    size = -(-len(text.events) // reads)
    pieces = [b"".join(text.events[start : start + size]) for start in range(0, len(text.events), size)]
    return [(text.times[-1] + at / 10, piece) for at, piece in enumerate(pieces)]


def said(reads: Reads, ttfb_ms: float, **headers: str) -> str:
    sent = [*EVENT_STREAM, *((name.replace("_", "-"), value) for name, value in headers.items())]
    exchange = recorded(reads, url=LOCAL, headers=sent, ttfb_ms=ttfb_ms, end_ms=reads[-1][0] + 1)
    (finding,) = [finding for finding in diagnose(exchange) if finding.code == "B01"]
    return finding.message


def test_a_hop_is_named_where_the_headers_came_with_the_body_in_few_reads() -> None:
    reads = all_held(4)
    assert "nginx answered" in said(reads, reads[0][0], server="nginx/1.24")
    assert "Next.js answered" in said(reads, reads[0][0], x_powered_by="Next.js")
    assert "compressed (gzip)" in said(reads, reads[0][0], content_encoding="gzip")


def test_a_hop_is_not_named_for_what_it_passed_on() -> None:
    """An application that lets go of many events, each flushed; headers that were there long before; nginx told not to."""
    many, few = all_held(200), all_held(4)
    assert "nginx" not in said(many, many[0][0], server="nginx/1.24")
    assert "compressed" not in said(many, many[0][0], content_encoding="gzip")
    assert "nginx" not in said(few, 300, server="nginx/1.24")
    assert "nginx" not in said(few, few[0][0], server="nginx/1.24", x_accel_buffering="no")
    assert "answered" not in said(few, few[0][0])


def test_who_writes_each_event_by_itself_is_told_so() -> None:
    many = all_held(200)
    assert "each written by itself" in said(many, 300)
    assert "each written by itself" not in said(all_held(4), 300)


def test_the_leg_that_shows_it_is_named() -> None:
    """Our proxy has the times of its upstream leg: whatever held it back is before the proxy."""
    assert "so it came from localhost, before the proxy" in said(all_held(4), 300)
    live = recorded(all_held(4), kind="live", url=LOCAL, end_ms=99_999)
    assert not [finding for finding in diagnose(live) if "proxy that recorded" in finding.message]


def test_a_compressed_stream_that_flows_is_no_warning() -> None:
    text = written()
    flowing = list(zip(text.times, text.events, strict=True))
    by_four = [(text.times[at + 3], b"".join(text.events[at : at + 4])) for at in range(0, len(text.events) - 3, 4)]
    for reads, severity in ((flowing, "info"), (by_four, "info"), (all_held(4), "warn")):
        exchange = recorded(reads, url=LOCAL, headers=[*EVENT_STREAM, ("content-encoding", "gzip")])
        assert [finding.severity for finding in diagnose(exchange) if finding.code == "T06"] == [severity]


@pytest.mark.parametrize(
    ("seconds", "cut"), [(60.4, "error"), (60.6, None), (59.6, "error"), (58.9, None), (301, None)]
)
def test_an_idle_timeout_is_named_within_half_a_second(seconds: float, cut: str | None) -> None:
    text = written()
    reads = list(zip(text.times, text.events, strict=True))[:40]
    exchange = recorded(reads, url=LOCAL, end="eof", end_ms=reads[-1][0] + 1000 * seconds)
    assert next((finding.severity for finding in diagnose(exchange) if finding.code == "B05"), None) == cut
