"""What a hop between two places does, by what only the place behind it shows."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.diagnostics import diagnose
from inspector.diagnostics.hop import Difference, Hop, Place, hop_between
from inspector.timeline import Exchange
from tests.diagnostics.cases_endpoint import BLESSED, DONE, PIECES, WHOLE, probed
from tests.diagnostics.streams import Reads, paced

NGINX = (BLESSED[0], BLESSED[1], ("server", "nginx/1.22.1"))
FLOWS = paced(WHOLE, 100, 60)
"""13 events in 0.72 s."""


def place(exchange: Exchange) -> Place:
    return Place(exchange, diagnose(exchange))


def between(a: bytes | Reads = FLOWS, b: bytes | Reads = FLOWS, **behind: Any) -> Hop:
    return hop_between(place(probed(a)), place(probed(b, **{"headers": NGINX} | behind)))


def only(hop: Hop, kind: str) -> Difference:
    (found,) = [one for one in hop.differences if one.kind == kind and one.severity != "info"]
    return found


def test_a_hop_that_passes_everything_on_does_nothing() -> None:
    hop = between(headers=BLESSED)
    assert hop == Hop("", [], True)


def test_nginx_that_obeys_is_named_and_passes() -> None:
    hop = between()
    assert (hop.name, hop.passes) == ("nginx/1.22.1 (by its server header)", True)
    (headers,) = hop.differences
    assert (headers.kind, headers.severity) == ("headers", "info")
    assert 'adds server: "nginx/1.22.1"; drops x-accel-buffering; nginx obeys' in headers.message


@pytest.mark.parametrize(
    ("b", "severity"),
    [
        # Held for less than a rule about one recording could call late; for longer; in lumps.
        ([(830, WHOLE)], "error"),
        ([(2000, WHOLE)], "error"),
        ([(830, b"".join(PIECES)), (835, DONE)], "error"),
    ],
)
def test_what_flows_at_a_and_comes_at_once_at_b_is_held_between(b: Reads, severity: str) -> None:
    hop = between(b=b, ttfb_ms=b[0][0])
    assert hop.passes is False
    found = only(hop, "delivery")
    assert found.severity == severity
    assert "the hop holds the answer back: A flows (13 events in 13 reads over 720 ms)" in found.message
    assert "proxy_buffering off" in found.fix


def test_lumps_are_held_between() -> None:
    flows = paced(b"".join(PIECES * 5), 100, 60)
    lumps = [(600.0 * at, b"".join(PIECES)) for at in range(1, 6)]
    assert "the hop holds the answer back" in only(between(flows, lumps), "delivery").message
    # Too few in each for the rules about one recording.
    few = [(360.0 * at, b"".join(PIECES[:4])) for at in range(1, 16)]
    assert (
        "the hop collects: 60 events came in 60 reads at A"
        in only(between(paced(b"".join(PIECES[:4] * 15)), few), "delivery").message
    )


def test_what_only_came_together_on_the_way_is_not_held() -> None:
    two = [(at, first + second) for (at, second), first in zip(FLOWS[1::2], PIECES[::2], strict=False)]
    assert between(b=[*two, (FLOWS[-1][0], DONE)]).passes is True


def test_an_application_that_is_held_back_itself_is_not_the_hops_fault() -> None:
    hop = between([(2000, WHOLE)], [(2000, WHOLE)])
    assert hop.passes is None
    assert only(hop, "delivery").message.startswith("A is held back itself (D15: ")
    assert only(hop, "delivery").message.endswith("B shows the same")


EVENTS = [
    (PIECES[:4] + PIECES[5:], "error", "drops 1 event: the first is"),
    ([*PIECES[:3], b"event: ping\ndata: {}\n\n", *PIECES[3:]], "warn", 'adds 1 event: the first is "ping {}"'),
    ([PIECES[1], PIECES[0], *PIECES[2:]], "error", "changes the order of events: event 1 is"),
    ([*PIECES[:11], PIECES[11].replace(b"11", b"eleven")], "error", "changes 1 event: the first is"),
    ([piece.replace(b"event: text", b"event: message") for piece in PIECES], "error", "renames events: event 1 is"),
    ([piece.replace(b"event: text\n", b"") for piece in PIECES], "error", "renames events: event 1 is"),
]


@pytest.mark.parametrize(("pieces", "severity", "says"), EVENTS)
def test_events_that_the_hop_changed_are_named(pieces: list[bytes], severity: str, says: str) -> None:
    found = only(between(b=paced(b"".join([*pieces, DONE]), 100, 60)), "events")
    assert (found.severity, f"the hop {says}" in found.message) == (severity, True), found.message


def test_pieces_of_plain_text_are_joined() -> None:
    whole = [b"data: %d\n\n" % number for number in range(8)]
    joined = [b"data: 01\n\n", *whole[2:]]
    found = only(between(paced(b"".join(whole)), paced(b"".join(joined))), "events")
    assert "cuts events apart or joins them: the same text comes in 8 events at A, in 7 events at B" in found.message


def test_another_answer_is_not_compared() -> None:
    """A model says something else each time; ids are other at every answer of anybody."""
    other = [b'event: text\ndata: {"text": "other %d"}\n\n' % number for number in range(12)]
    hop = between(b=paced(b"".join([*other, DONE]), 100, 60))
    assert {one.severity for one in hop.differences} == {"info"}
    assert any("say other things" in one.message for one in hop.differences)
    said = [b'data: {"id":"%d","text":"a"}\n\n' % at for at in range(2)]
    assert between(said[0], said[1], headers=BLESSED).differences == []


def test_comments_line_ends_and_headers() -> None:
    keepalive = paced(b": hi\n\n" + WHOLE, 100, 60)
    assert "drops comments: 1 comment at A" in only(between(keepalive), "events").message
    crlf = between(b=paced(WHOLE.replace(b"\n", b"\r\n"), 100, 60))
    assert any(one.message == "the hop changes line ends from LF to CR LF" for one in crlf.differences)
    plain = between(headers=(("content-type", "text/plain"), BLESSED[1]))
    assert "content type from text/event-stream to text/plain" in only(plain, "headers").message
    cached = between(headers=(BLESSED[0], ("cache-control", "no-cache")))
    assert "takes no-transform out of cache-control" in only(cached, "headers").message


def test_a_hop_that_cuts_or_refuses() -> None:
    cut = between(b=FLOWS[:5], end="reset", error=("RemoteProtocolError", "incomplete chunked read"), end_ms=60_000)
    assert "the hop cuts: A ends by itself, B breaks off after 60.0 s" in only(cut, "end").message
    assert not [one for one in cut.differences if one.kind == "events"]
    (refused,) = between(b=b"<html>", status=502).differences
    assert refused.message == "A answers 200, B 502"


@given(st.lists(st.sampled_from(PIECES), max_size=12), st.permutations(PIECES), st.integers(50, 3000))
def test_any_two_answers_can_be_compared(a: list[bytes], b: list[bytes], first_ms: int) -> None:
    hop = between(paced(b"".join(a)), paced(b"".join(b), first_ms, 1))
    assert hop.passes in (True, False, None)
    assert a != b or not [one for one in hop.differences if one.kind == "events"]
