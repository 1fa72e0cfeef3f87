"""Limits that the user sets: each message is measured, and what cannot be measured is said."""

from inspector.diagnostics.limits import Limits, exceeded
from inspector.timeline import Exchange
from tests.diagnostics.streams import GOOD, imported, message, paced, recorded, spoken, with_pause
from tests.support import sse, start

MS = 1_000_000


def found(exchange: Exchange, **limits: float) -> list[tuple[str, int | None]]:
    findings, notes = exceeded(exchange, Limits(**limits))  # type: ignore[arg-type]
    assert notes == []
    assert {finding.severity for finding in findings} <= {"error"}
    return [(finding.code, finding.event) for finding in findings]


def test_a_limit_is_met_exactly_and_broken_just_beyond() -> None:
    # message_start at 300 ms, each event 20 ms after the one before: the first text is event 3.
    exchange = recorded(paced(GOOD))
    assert found(exchange, ttft_ns=340 * MS, gap_ns=20 * MS) == []
    assert found(exchange, ttft_ns=339 * MS) == [("L01", 3)]
    assert found(exchange, gap_ns=19 * MS) == [("L02", 2)]
    assert exchange.view().metrics.output_tokens_per_s is not None
    rate = exchange.view().metrics.output_tokens_per_s or 0
    assert found(exchange, tokens_per_s=rate - 0.01) == []
    assert found(exchange, tokens_per_s=rate + 0.01) == [("L03", None)]


def test_the_gap_is_that_before_the_event_which_it_names() -> None:
    exchange = recorded(with_pause(GOOD, 5, 3))
    findings, _ = exceeded(exchange, Limits(gap_ns=2_000 * MS))
    metrics = exchange.view().metrics
    assert metrics.max_gap_ms
    said = f"no byte came for {metrics.max_gap_ms / 1000:.2f} s before event {metrics.max_gap_at}, 2.00 s are allowed"
    assert [(finding.event, finding.message) for finding in findings] == [(metrics.max_gap_at, said)]


def test_each_message_of_a_body_is_measured_by_itself() -> None:
    events = GOOD.count(b"\n\n")
    reads = [*paced(GOOD), *paced(GOOD, first_ms=60_000, every_ms=700)]
    exchange = recorded(reads)
    findings, notes = exceeded(exchange, Limits(ttft_ns=400 * MS, gap_ns=500 * MS, tokens_per_s=10))
    # The minute between the two is no gap in either.
    assert [(finding.code, finding.event) for finding in findings] == [("L02", events + 2), ("L03", None)]
    assert all(finding.message.startswith("message 2: ") for finding in findings)
    assert [note.partition(" (")[0] for note in notes] == ["message 2: the time to the first token"]


def test_what_has_no_times_neither_passes_in_silence_nor_fails() -> None:
    findings, notes = exceeded(imported(GOOD), Limits(ttft_ns=1, gap_ns=1, tokens_per_s=10**6))
    assert findings == []
    (note,) = notes
    assert all(what in note for what in ("the time to the first token", "the gaps", "the tokens a second"))
    assert note.endswith("cannot be measured: the limit is not applied to it")


def test_what_brought_no_content_has_no_first_token() -> None:
    assert found(recorded(paced(sse(start()))), ttft_ns=1) == []
    assert found(recorded(paced(message(spoken("", "x")))), ttft_ns=359 * MS) == [("L01", 4)]
    assert exceeded(recorded(b"<html>", status=502), Limits(ttft_ns=1, gap_ns=1, tokens_per_s=1)) == ([], [])
