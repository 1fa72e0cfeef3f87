import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.diagnostics import SEVERITIES, Diagnosis, Finding, diagnose
from inspector.diagnostics.engine import MOST_OF_A_CODE
from inspector.formats import open_exchanges
from inspector.timeline import Exchange
from tests.diagnostics.streams import ERROR, GOOD, PING, called, delta, message, paced, recorded, spoken, text
from tests.support import SHARED, bodies, exchange_of_body, exchange_of_lines, needs_shared, sse, start

MANIFEST = SHARED / "corpus" / "MANIFEST.tsv"


def manifest() -> list[dict[str, str]]:
    if not MANIFEST.exists():
        return []
    with MANIFEST.open(encoding="utf-8") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def found_in(path: Path) -> list[Finding]:
    findings = []
    for exchange in open_exchanges(str(path)):
        with exchange:
            findings += diagnose(exchange.load())
    return findings


def growing(whole: Exchange, cuts: list[int], path: Path) -> list[Finding]:
    """What is found when the recording's file grows by these amounts, one update at each."""
    size = whole.reader.size()
    content = whole.reader.line(0, size)
    with path.open("wb") as file, Exchange(path.open("rb"), path.name) as exchange:
        diagnosis = Diagnosis(exchange)
        done = 0
        for cut in [*sorted(min(cut, size) for cut in cuts), size]:
            file.write(content[done:cut])
            file.flush()
            done = max(done, cut)
            diagnosis.update()
            exchange.load()
            diagnosis.update()
        diagnosis.update(whole=True)
        return diagnosis.findings


BODIES = st.one_of(
    st.lists(
        st.sampled_from(
            [
                sse(start()), sse(*spoken("Hi")), sse(*spoken("x", index=1)), sse(*called('{"a":')), GOOD, ERROR,
                sse(delta(0, **text("late"))), b": c\n\n", b"data: [DONE]\n\n", b"lost\n\n", b"id: 1\n\n",
                b"event: x\r\ndata: {}\r\n\r\n", b"event: y\ndata: {\n\r\n", b'event: ping\ndata: {"type":"ping"}\n\n',
            ]
        ),
        max_size=8,
    ).map(b"".join),
    bodies(),
)  # fmt: skip


@given(body=BODIES, cuts=st.lists(st.integers(0, 4000), max_size=4), end=st.sampled_from(["eof", "reset", "complete"]))
def test_a_growing_recording_gives_the_same_findings_as_a_whole_one(
    body: bytes, cuts: list[int], end: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    whole = recorded([(300 + at, body[at : at + 37]) for at in range(0, len(body), 37)], end=end)
    path = tmp_path_factory.mktemp("growing") / "a.jsonl"
    assert growing(whole, cuts, path) == diagnose(whole)


@given(chunks=st.lists(bodies(), max_size=5), source=st.sampled_from(["live", "import"]))
def test_whatever_comes_is_judged_in_order_and_names_events_that_exist(chunks: list[bytes], source: str) -> None:
    exchange = exchange_of_body(chunks, source)
    events = [finding.event for finding in diagnose(exchange)]
    numbered = [event for event in events if event is not None]
    assert events == [*sorted(numbered), *[None] * (len(events) - len(numbered))]
    assert all(1 <= event <= exchange.index.count for event in numbered)


def test_findings_of_a_live_stream_come_while_it_runs() -> None:
    exchange = recorded(sse(start(), *called('{"x": Dave}')), end=None)
    new = Diagnosis(exchange).update()
    assert [finding.code for finding in new] == ["C02"]


def test_an_update_without_anything_new_finds_nothing_new() -> None:
    diagnosis = Diagnosis(recorded(sse(*spoken()), end="eof"))
    assert diagnosis.update()
    assert diagnosis.update() == []


def test_a_count_grows_in_place() -> None:
    body = b"".join(b"data: %b\n\n" % line for line in (b'{"type":"message_start"}', b'{"type":"message_stop"}'))
    (finding,) = [finding for finding in diagnose(recorded(body, end="eof")) if finding.code == "F01"]
    assert finding.event == 1
    assert finding.message.startswith("2 events")


def test_one_mistake_made_at_every_event_is_not_reported_for_ever() -> None:
    blocks = [spoken("x", index=index)[:-1] for index in range(MOST_OF_A_CODE + 50)]
    diagnosis = Diagnosis(recorded(message(*blocks)))
    diagnosis.update()
    assert sum(finding.code == "P08" for finding in diagnosis.findings) == MOST_OF_A_CODE
    assert diagnosis.left_out["P08"] == 50


def test_what_a_live_stream_leaves_out_is_counted_once() -> None:
    # A stall before each of the last events, which two rules name anew each time that they look.
    pauses = MOST_OF_A_CODE + 20
    stalls = list(paced(PING * 2000))
    stalls += [(stalls[-1][0] + 300_000 * at, PING) for at in range(1, pauses + 1)]
    exchange = recorded(stalls, end=None)
    diagnosis = Diagnosis(exchange)
    whole = exchange.index.count
    for count in (whole - 30, whole - 10, whole):
        exchange.index.count = count
        diagnosis.update()
    assert diagnosis.left_out == {"B04": 20, "B06": 20}


def test_a_probed_endpoint_may_turn_out_to_be_the_messages_api(tmp_path: Path) -> None:
    whole = recorded(b"event: hello\ndata:\n\n" + GOOD, source={"probe": True}, end=None)
    lines = whole.reader.line(0, whole.reader.size()).splitlines(keepends=True)
    path = tmp_path / "a.jsonl"
    path.write_bytes(b"".join(lines[:4]))
    with Exchange(path.open("rb"), path.name) as exchange, path.open("ab") as file:
        diagnosis = Diagnosis(exchange.load())
        assert diagnosis.update() == []
        file.write(b"".join(lines[4:]))
        file.flush()
        exchange.load()
        assert [finding.code for finding in diagnosis.update()] == ["F17"]


def test_what_is_said_of_a_probed_endpoint_has_its_figures() -> None:
    body = [b"event: text\ndata: %d\n\n" % number for number in range(12)]
    nginx = (("content-type", "text/event-stream"), ("server", "nginx/1.22"))
    late = [(2000.0, b": hi\n\n" + b"".join(body[:6])), (2011.0, b"".join(body[6:]))]
    exchange = recorded(
        late,
        kind="live",
        source={"probe": True},
        method="GET",
        url="http://h/chat",
        headers=nginx,
        ttfb_ms=1990,
        end="eof",
    )
    said = {finding.code: finding for finding in diagnose(exchange)}
    assert said["D15"].message == (
        "nothing came for 2.00 s, then 12 events within 11 ms; nginx answered: its proxy_buffering is on by default"
    )
    assert (said["D15"].event, said["D15"].t_ms) == (2, 2000.0)
    assert "EventSource connects again" in said["D17"].message
    page = recorded(b"<html>", source={"probe": True}, method="GET", url="http://h/chat", headers=(), end="eof")
    (nothing,) = [finding for finding in diagnose(page) if finding.code == "D14"]
    assert nothing.message == "not one event came, and the content type is missing"


def test_times_are_those_of_the_events() -> None:
    (finding,) = diagnose(recorded(sse(start(), {"type": "shiny"}), end=None))
    assert (finding.code, finding.event, finding.t_ms) == ("P15", 2, 320.0)


def test_a_damaged_line_does_not_shift_the_events() -> None:
    whole = recorded(message({"type": "shiny"}, spoken()))
    lines = whole.reader.line(0, whole.reader.size()).splitlines(keepends=True)
    exchange = exchange_of_lines([*lines[:3], b"{damaged\n", *lines[3:]])
    assert [(finding.code, finding.event) for finding in diagnose(exchange)] == [("P15", 2)]


@needs_shared
def test_a_stream_recorded_from_the_real_api_never_gets_an_error() -> None:
    real = [row["path"] for row in manifest() if row["provenance"] in ("recorded", "recorded-redacted")]
    wrong = {(path, f.code) for path in real for f in found_in(MANIFEST.parent / path) if f.severity == "error"}
    assert len(real) > 200
    assert wrong == set()


# What the corpus says about its files, and the rule that has to say it too.
TOLD = {
    "input:invalid_json": "C01",
    "shape:message_id_empty": "P11",
    "state:block_left_open": "P08",
    "state:blocks_interleaved": "P09",
    "state:first_index_not_0": "P05",
    "state:input_json_delta_in_web_search_tool_result": "P07",
    "state:second_message_start": "P03",
    "thinking:no_signature": "C09",
    "usage:start_input_tokens_0": "U03",
    "wire:[DONE]_sentinel": "F02",
    "wire:last_event_not_dispatched": "F14",
    "wire:unknown_field": "F05",
}


@needs_shared
def test_what_the_corpus_says_of_its_files_is_found_in_them() -> None:
    missed = [
        (row["path"], what)
        for row in manifest()
        for what in (word.partition("=")[0] for word in (row["anomalies"] or "").split())
        if what in TOLD and TOLD[what] not in {finding.code for finding in found_in(MANIFEST.parent / row["path"])}
    ]
    assert missed == []


def test_a_missing_last_blank_line_in_a_saved_file_is_a_warning(tmp_path: Path) -> None:
    saved = tmp_path / "saved.sse"
    saved.write_bytes(GOOD[:-1])
    assert {finding.code: finding.severity for finding in found_in(saved)} == {"F14": "warn"}


def test_severities_are_those_of_the_contract() -> None:
    assert SEVERITIES == ("error", "warn", "info")
