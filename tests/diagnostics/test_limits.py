"""The rules at their limits: just below there is no finding, just above there is one (or a worse one)."""

import pytest

from inspector.diagnostics import Diagnosis, Finding, diagnose
from inspector.text.json_text import dumps
from inspector.timeline import Exchange
from tests.diagnostics.cases_endpoint import DONE, PIECES, probed
from tests.diagnostics.cases_timing import BIG, BLESSED, CHAT, LOCAL, LONG, OPEN, in_blocks
from tests.diagnostics.streams import (
    EVENT_STREAM,
    GOOD,
    PING,
    Reads,
    called,
    message,
    paced,
    recorded,
    spoken,
    thought,
    with_pause,
)  # fmt: skip
from tests.session.cases import OPEN as CUT
from tests.session.cases import diagnose_session, get, paused, turn
from tests.support import sse


def found(exchange: Exchange, code: str) -> list[Finding]:
    return [finding for finding in diagnose(exchange) if finding.code == code]


def severities(exchange: Exchange, code: str) -> list[str]:
    return [finding.severity for finding in found(exchange, code)]


def halves(body: bytes, at_ms: float, apart_ms: float, first: int) -> Reads:
    """The events of a body as reads, so many of them at one moment and the rest at another."""
    return [(at_ms + apart_ms * (place >= first), piece) for place, (_, piece) in enumerate(paced(body))]


def test_a_hundred_of_a_code_are_told() -> None:
    blocks = [spoken("x", index=index)[:-1] for index in range(103)]
    diagnosis = Diagnosis(recorded(message(*blocks)))
    diagnosis.update()
    assert sum(finding.code == "P08" for finding in diagnosis.findings) == 100
    assert diagnosis.left_out["P08"] == 3


# B: buffering


@pytest.mark.parametrize(
    ("count", "took_ms", "fires"),
    [(40, 130, True), (40, 135, False), (39, 120, False), (12, 11.9, True), (12, 12.1, False)],
)
def test_b01_faster_than_any_model_writes_so_many(count: int, took_ms: float, fires: bool) -> None:
    pieces = [piece for _, piece in paced(message(spoken(*["w "] * count), output_tokens=count))]
    reads = [(8200 + took_ms * (place > count), piece) for place, piece in enumerate(pieces)]
    assert bool(found(recorded(reads), "B01")) == fires


@pytest.mark.parametrize(("at_ms", "fires"), [(1010, True), (1000, True), (990, False)])
def test_b01_after_a_second(at_ms: float, fires: bool) -> None:
    assert bool(found(recorded([(at_ms, LONG)]), "B01")) == fires


@pytest.mark.parametrize(("count", "fires"), [(10, True), (9, False)])
def test_b01_needs_ten_deltas(count: int, fires: bool) -> None:
    assert bool(found(recorded([(8200, message(spoken(*["word "] * count)))]), "B01")) == fires


@pytest.mark.parametrize(("tokens", "fires"), [(61, True), (59, False)])
def test_b01_counts_tokens_that_are_billed(tokens: int, fires: bool) -> None:
    body = message(spoken(*["a longer word " * 2] * 20), output_tokens=tokens)
    assert bool(found(recorded([(8200, body[:900]), (8400, body[900:])]), "B01")) == fires


@pytest.mark.parametrize("text", ["w ", "a longer word "])
def test_b01_counts_no_tokens_that_cannot_be_in_what_came(text: str) -> None:
    """Those of thinking that is not shown."""
    body = message(spoken(*[text] * 20), output_tokens=5000)
    assert bool(found(recorded([(8200, body[:900]), (8500, body[900:])]), "B01")) == (len(text) > 2)


@pytest.mark.parametrize(("size", "fires"), [(512, True), (511, False), (4096, True), (5000, True), (65536, True)])
def test_b02_knows_blocks_of_any_size_from_512_bytes_on(size: int, fires: bool) -> None:
    body = message(spoken(*["x" * 3000] * max(3, size // 500)))
    lumps = found(recorded(in_blocks(body, size, 1200)), "B02")
    assert [f"reads of exactly {size:,} bytes" in lump.message for lump in lumps] == [True] * fires


@pytest.mark.parametrize(("every_ms", "fires"), [(51, True), (49, False)])
def test_b02_needs_pauses(every_ms: float, fires: bool) -> None:
    assert bool(found(recorded(in_blocks(BIG, 4096, every_ms)), "B02")) == fires


@pytest.mark.parametrize(("late_ms", "count", "fires"), [(510, 10, True), (490, 10, False), (510, 9, False)])
def test_b11_half_a_second_and_ten_deltas(late_ms: float, count: int, fires: bool) -> None:
    pieces = [piece for _, piece in paced(LONG)]
    reads = [
        (300, b"".join(pieces[:2])),
        (300 + late_ms, b"".join(pieces[2 : 2 + count])),
        *((2000 + at, piece) for at, piece in enumerate(pieces[2 + count :])),
    ]
    assert bool(found(recorded(reads), "B11")) == fires


@pytest.mark.parametrize(
    ("size", "every_ms", "lumps", "fires"),
    [(5, 151, 6, True), (4, 151, 6, False), (5, 149, 6, False), (5, 151, 3, True), (5, 151, 2, False)],
)
def test_b12_three_lumps_of_five_after_150_ms(size: int, every_ms: float, lumps: int, fires: bool) -> None:
    pieces = [piece for _, piece in paced(message(spoken(*["word "] * (size * lumps))))]
    text = pieces[2:-3]
    reads = [(300.0, b"".join(pieces[:2]))]
    reads += [(300 + every_ms * (at + 1), b"".join(text[size * at : size * at + size])) for at in range(lumps)]
    assert bool(found(recorded([*reads, (reads[-1][0], b"".join(pieces[-3:]))], end="complete"), "B12")) == fires


@pytest.mark.parametrize(("flowing", "fires"), [(4, True), (6, False)])
def test_b12_three_quarters_come_in_lumps(flowing: int, fires: bool) -> None:
    pieces = [piece for _, piece in paced(message(spoken(*["word "] * (15 + flowing))))]
    reads = [(300.0, b"".join(pieces[:2]))]
    reads += [(300 + 200.0 * (at + 1), b"".join(pieces[2 + 5 * at : 7 + 5 * at])) for at in range(3)]
    reads += [(1000.0 + 40 * at, piece) for at, piece in enumerate(pieces[17:])]
    assert bool(found(recorded(reads), "B12")) == fires


# B: timing


@pytest.mark.parametrize(("at_ms", "fires"), [(5010, True), (4990, False)])
def test_b03_after_5_s(at_ms: float, fires: bool) -> None:
    reads = [(at_ms if place > 1 else 300.0, piece) for place, (_, piece) in enumerate(paced(LONG))]
    assert bool(found(recorded(reads), "B03")) == fires


@pytest.mark.parametrize(("seconds", "wanted"), [(9.97, []), (10.1, ["warn"]), (59.9, ["warn"]), (60.1, ["error"])])
def test_b04_10_s_are_a_stall_and_60_s_a_long_one(seconds: float, wanted: list[str]) -> None:
    assert severities(recorded(with_pause(LONG, 30, seconds), url=LOCAL), "B04") == wanted
    at_end = recorded(OPEN, end="timeout", end_ms=paced(OPEN)[-1][0] + 1000 * seconds, url=LOCAL)
    assert severities(at_end, "B04") == wanted


def test_b04_exactly_at_the_limit_is_none() -> None:
    for seconds, wanted in ((10, []), (60, ["warn"])):
        reads = [(0.0, PING), (10.0, PING), (20.0, PING), (20.0 + 1000 * seconds, PING), (30 + 1000 * seconds, PING)]
        assert severities(recorded(reads, ttfb_ms=0, url=LOCAL), "B04") == wanted
        at_end = recorded(reads[:3], ttfb_ms=0, url=LOCAL, end="timeout", end_ms=20 + 1000 * seconds)
        assert severities(at_end, "B04") == wanted


@pytest.mark.parametrize(("seconds", "fires"), [(20.5, True), (20, False), (19.5, False)])
def test_b04_is_20_times_the_median(seconds: float, fires: bool) -> None:
    pieces = [piece for _, piece in paced(LONG)]
    reads = [(1000.0 * at + (1000 * (seconds - 1)) * (at >= 30), piece) for at, piece in enumerate(pieces)]
    assert bool(found(recorded(reads, ttfb_ms=0), "B04")) == fires


@pytest.mark.parametrize(
    ("limit", "hop"),
    [
        (30, "CloudFront"), (55, "Heroku"), (60, "nginx"), (100, "Cloudflare"), (120, "Cloudflare"), (125, "Cloudflare"),
        (230, "Azure"), (235, "Azure"), (240, "Azure"), (300, "undici"), (350, "AWS NLB"), (600, "the SDK"),
    ],
)  # fmt: skip
def test_b05_knows_idle_timeouts(limit: int, hop: str) -> None:
    (cut,) = found(recorded(OPEN, end="eof", end_ms=paced(OPEN)[-1][0] + 1000 * limit), "B05")
    assert f"the idle timeout of {hop}" in cut.message
    assert cut.message.endswith(f" is {limit} s")
    assert cut.severity == "error"


@pytest.mark.parametrize(("seconds", "fires"), [(350.49, True), (349.51, True), (350.51, False), (349.49, False)])
def test_b05_within_half_a_second(seconds: float, fires: bool) -> None:
    assert bool(found(recorded(OPEN, end="eof", end_ms=paced(OPEN)[-1][0] + 1000 * seconds), "B05")) == fires


@pytest.mark.parametrize("limit", [30, 60, 100, 120, 300, 600, 900])
@pytest.mark.parametrize(("off_ms", "fires"), [(0, True), (490, True), (-490, True), (510, False)])
def test_b05_knows_limits_of_the_whole(limit: int, off_ms: float, fires: bool) -> None:
    end_ms = 1000 * limit + off_ms
    last_ms = paced(OPEN)[-1][0]
    cuts = found(
        recorded([(at + end_ms - last_ms - 300, piece) for at, piece in paced(OPEN)], end="eof", end_ms=end_ms), "B05"
    )
    assert [cut.severity for cut in cuts] == ["info"] * fires
    assert all(cut.message.endswith(f"looks like a time limit of {limit} s in all") for cut in cuts)


@pytest.mark.parametrize(("seconds", "fires", "dead"), [(239, False, False), (241, True, False), (301, True, True)])
def test_b06_and_node_s_300_s(seconds: float, fires: bool, dead: bool) -> None:
    pauses = found(recorded(with_pause(LONG, 30, seconds)), "B06")
    assert [("would have died here" in pause.message) for pause in pauses] == [dead] * fires


@pytest.mark.parametrize(
    ("seconds", "count", "last_ms", "fires"),
    [(2.0, 5, 100, True), (1.95, 5, 100, False), (2.0, 4, 0, False), (2.0, 5, 99, True), (2.0, 5, 101, False)],
)
def test_b07_2_s_then_5_fragments_within_100_ms(seconds: float, count: int, last_ms: float, fires: bool) -> None:
    body = message(called("", *['{"a":', "1", ",", '"b":', "2", "}"][6 - count :]), stop_reason="tool_use")
    reads = paced(body)
    # message_start, content_block_start and the empty fragment; then the pause, and the others at once but for the last.
    held = 340 + 1000 * seconds
    times = [300.0, 320, 340, *[held] * (count - 1), held + last_ms, *[held + 500] * 3]
    assert len(times) == len(reads)
    late = [(at, piece) for at, (_, piece) in zip(times, reads, strict=True)]
    assert bool(found(recorded(late), "B07")) == fires


@pytest.mark.parametrize(("at_ms", "fires"), [(1290, False), (1300, False), (1310, True)])
def test_b08_a_second_late(at_ms: float, fires: bool) -> None:
    assert bool(found(recorded(GOOD, taken=[(at_ms, 1)]), "B08")) == fires


@pytest.mark.parametrize(("seconds", "fires"), [(24.9, False), (25.1, True)])
def test_b10_25_s_without_a_keepalive(seconds: float, fires: bool) -> None:
    assert bool(found(recorded(with_pause(LONG, 30, seconds), url=LOCAL), "B10")) == fires


# D


@pytest.mark.parametrize(("seconds", "fires"), [(14.9, False), (15.1, True)])
def test_d05_15_s_without_a_byte_to_the_browser(seconds: float, fires: bool) -> None:
    reads = [(300.0, b"data: a\n\n"), (320.0, b"data: b\n\n"), (320 + 1000 * seconds, b"data: c\n\n")]
    assert bool(found(recorded(reads, method="GET", url=CHAT, headers=BLESSED, end="eof"), "D05")) == fires


@pytest.mark.parametrize(("on_ms", "fires"), [(1990, False), (2010, True)])
def test_d06_2_s_for_nobody(on_ms: float, fires: bool) -> None:
    reads = paced(LONG, 300, 50)
    assert bool(found(recorded(reads, end="cancelled", taken=[(reads[-1][0] - on_ms, 1)]), "D06")) == fires


def growing(count: int, then: str | None = None) -> list[str]:
    pieces = ["ab" * (at + 1) for at in range(count)]
    return pieces if then is None else [*pieces, then]


@pytest.mark.parametrize(
    ("pieces", "fires"),
    [(growing(6), True), (growing(5), False), (growing(12, "other"), True), (growing(11, "other"), False)],
)
def test_d12_six_that_grow_among_the_first_twelve(pieces: list[str], fires: bool) -> None:
    assert bool(found(recorded(message(spoken(*pieces))), "D12")) == fires
    own = b"".join(b"data: " + dumps({"text": piece}) + b"\n\n" for piece in pieces)
    assert bool(found(recorded(own, method="GET", url=CHAT, headers=BLESSED, end="eof"), "D12")) == fires


# E, F, T, U, C


@pytest.mark.parametrize(("size", "told"), [(1 << 20, True), ((1 << 20) + 1, False)])
def test_e06_reads_bodies_up_to_1_mib(size: int, told: bool) -> None:
    error = dumps({"type": "error", "error": {"type": "odd_error", "message": "Strange"}})
    body = error + b" " * (size - len(error))
    (failed,) = found(recorded([(300, body)], status=500, headers=[("content-type", "application/json")]), "E06")
    assert ("Strange" in failed.message) == told


@pytest.mark.parametrize(("names", "kept"), [(49, 49), (50, 50), (51, 50)])
def test_f16_names_so_many(names: int, kept: int) -> None:
    body = b"".join(b'event: n%d\ndata: {"type":"ping"}\n\n' % at for at in range(names))
    assert len(found(recorded(body), "F16")) == kept


@pytest.mark.parametrize(
    ("size", "wanted"),
    [(64 << 10, []), ((64 << 10) + 1, ["info"]), (1 << 20, ["info"]), ((1 << 20) + 1, ["warn"])],
)
def test_f19_64_kib_and_1_mib(size: int, wanted: list[str]) -> None:
    event = sse({"type": "ping", "x": ""})
    event = event.replace(b'"x":""', b'"x":"' + b"a" * (size - len(event)) + b'"')
    if len(event) != size:
        event = event.replace(b'"aa', b'"' + b"a" * (2 + size - len(event)))
    assert len(event) == size
    assert severities(recorded([(300, event)]), "F19") == wanted


@pytest.mark.parametrize(("clear", "fires"), [(2047, True), (2048, False)])
def test_t07_looks_at_2_kib(clear: int, fires: bool) -> None:
    body = b"x" * clear + b"\xff" * 4096
    assert bool(found(recorded([(300, body)], headers=(*EVENT_STREAM, ("content-encoding", "br"))), "T07")) == fires


@pytest.mark.parametrize(("clock", "limit_s"), [("arrival", 2), ("pull", 10)])
@pytest.mark.parametrize(("more_ms", "fires"), [(-10, False), (0, False), (10, True)])
def test_t10_open_after_message_stop(clock: str, limit_s: float, more_ms: float, fires: bool) -> None:
    stopped_ms = paced(GOOD)[-1][0]
    late = found(recorded(GOOD, clock=clock, end_ms=stopped_ms + 1000 * limit_s + more_ms), "T10")
    assert bool(late) == fires


@pytest.mark.parametrize(("tokens", "fires"), [(500, True), (499, False)])
def test_u09_500_hidden_tokens(tokens: int, fires: bool) -> None:
    body = message(thought(), spoken(), output_tokens=900, output_tokens_details={"thinking_tokens": tokens})
    assert bool(found(recorded(body), "U09")) == fires


@pytest.mark.parametrize(("size", "fires"), [(1 << 18, True), ((1 << 18) + 1, False)])
def test_doubled_keys_are_looked_for_up_to_256_kib(size: int, fires: bool) -> None:
    head, end = '{"a":1,"a":2,"p":"', '"}'
    text = head + "x" * (size - len(head) - len(end)) + end
    messages = [finding.message for finding in diagnose(recorded(message(called("", text), stop_reason="tool_use")))]
    assert any(told.endswith("twice") for told in messages) == fires


# Several recordings


def codes(exchanges: list[Exchange]) -> set[str]:
    return {finding.code for _, finding in diagnose_session(exchanges)}


@pytest.mark.parametrize(("pause_s", "fires"), [(59, True), (60, True), (60.1, False)])
def test_u07_and_d03_within_60_s(pause_s: float, fires: bool) -> None:
    ended_s = paced(CUT)[-1][0] / 1000
    assert ("U07" in codes([turn(CUT, 0, "reset"), turn(GOOD, ended_s + pause_s)])) == fires
    assert ("D03" in codes([get(0), get(0.32 + pause_s)])) == fires


@pytest.mark.parametrize(("apart_s", "fires"), [(0.095, True), (-0.095, True), (0.105, False), (-0.105, False)])
def test_b09_within_100_ms(apart_s: float, fires: bool) -> None:
    assert ("B09" in codes([paused(1), paused(1 + apart_s)])) == fires
    assert ("B09" in codes([paused(1), paused(1, 3 + apart_s)])) == fires


@pytest.mark.parametrize(("count", "fires"), [(5, True), (4, False)])
def test_d07_five_streams_at_once(count: int, fires: bool) -> None:
    assert ("D07" in codes([get(at / 1000) for at in range(count)])) == fires


# Endpoints that were probed


@pytest.mark.parametrize(("at_once", "fires"), [(18, True), (17, False)])
def test_d15_nine_of_ten_in_a_lump(at_once: int, fires: bool) -> None:
    pieces = [*PIECES, *PIECES[:7], DONE]
    reads = [(2000 + at / 2 + 400 * (at >= at_once), piece) for at, piece in enumerate(pieces)]
    assert len(reads) == 20
    assert bool(found(probed(reads), "D15")) == fires


@pytest.mark.parametrize(("count", "fires"), [(5, True), (4, False)])
def test_d16_five_events_in_a_lump(count: int, fires: bool) -> None:
    reads = [(200.0 * at, b"".join(PIECES[:count])) for at in range(1, 6)]
    assert bool(found(probed(reads), "D16")) == fires
