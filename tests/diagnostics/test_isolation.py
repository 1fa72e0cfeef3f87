"""Whatever stands in a recording, the rules come through it: a failing one takes nothing with it."""

import json
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, note, settings
from hypothesis import strategies as st

from inspector.cli.check import check
from inspector.diagnostics import RULES, Diagnosis, diagnose
from inspector.diagnostics.finding import Problem
from inspector.diagnostics.grammar import StructuralEvent
from inspector.diagnostics.selection import Selection
from inspector.diagnostics.stream import Stream
from inspector.reports.findings import FORMATS, report
from inspector.reports.results import Run, result_of
from inspector.session.rules import SessionRules
from inspector.text.json_text import dumps, loads_exact
from inspector.timeline import Exchange
from tests.diagnostics.cases import cases
from tests.diagnostics.streams import GOOD, begin, close, message, recorded, spoken
from tests.support import exchange_of_lines, sse, start

RECORDINGS = Path(__file__).parents[2] / "recordings"
# Larger ones hold the same kinds of events, only more of them.
_LARGEST = 40_000


@cache
def originals() -> list[list[bytes]]:
    """The lines of the shipped recordings and of the streams that the rules are tried on."""
    shipped = [path.read_bytes() for path in sorted(RECORDINGS.glob("*.jsonl"))]
    tried = [exchange.reader.line(0, exchange.reader.size()) for exchange in (case.make() for case in cases())]
    return [content.splitlines(keepends=True) for content in shipped + tried if 0 < len(content) < _LARGEST]


def places(value: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where in a line's object something stands that may be something else; its kind may not."""
    if at and at != ("kind",):
        yield at
    if isinstance(value, dict | list):
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value[:3]):
            yield from places(inner, (*at, key))


ODD: st.SearchStrategy[Any] = st.one_of(
    st.sampled_from(
        [
            None, True, False, 0, -1, 1.5, 2**31, 2**32, 2**63, 2**64 - 1, -(2**63), 10**30, "", "x", "\ud800", "2",
            [], [[]], [{}], {}, {"a": 1}, {"type": []}, {"type": "text"}, [1, "x", None], float("nan"), "text",
            "tool_use", "thinking", "server_tool_use", "end_turn", "error", "message_stop", "content_block_delta",
        ]
    ),
    st.lists(st.lists(st.integers())),
    st.text(max_size=4),
)  # fmt: skip


@st.composite
def mutated(draw: st.DrawFn) -> Exchange:
    """A recording in which several fields hold something else than they should."""
    lines = list(draw(st.sampled_from(originals())))
    for number in draw(st.lists(st.integers(0, len(lines) - 1), min_size=1, max_size=8)):
        line = loads_exact(lines[number])
        at = draw(st.sampled_from([*places(line)] or [()]))
        holder = line
        for key in at[:-1]:
            holder = holder[key]
        if at and draw(st.integers(0, 9)):
            holder[at[-1]] = draw(ODD)
        elif at and isinstance(holder, dict):
            del holder[at[-1]]
        lines[number] = dumps(line) + b"\n"
        note(lines[number].decode())
    return exchange_of_lines(lines)


@settings(max_examples=200)
@given(mutated())
def test_no_rule_trusts_a_fields_type(exchange: Exchange) -> None:
    shown = result_of(exchange, Selection(), excerpts=True)
    assert shown.notes == []
    for name in FORMATS:
        report(name).write([shown], Run()).encode()


@settings(max_examples=100)
@given(mutated(), mutated())
def test_nor_does_a_rule_that_compares_recordings(one: Exchange, other: Exchange) -> None:
    session = SessionRules()
    assert [session.add(exchange) for exchange in (one, other, one)] == ["", "", ""]
    for _, finding in session.findings():
        assert dumps(finding.as_dict())


class Failing:
    """A rule whose first check finds something at each structural event and then fails; its second one does not."""

    def __init__(self) -> None:
        self.asked: list[int] = []
        self.rule = replace(RULES["C18"], checks=[])
        self.rule.on("structure", "progress")(self.fails)
        self.rule.on("end")(self.works)

    def fails(self, stream: Stream, *subject: StructuralEvent) -> Iterator[Problem]:
        self.asked.append(subject[0].n)
        yield Problem("found before it failed", subject[0].n)
        raise KeyError("\x1b[31m")

    def works(self, stream: Stream) -> Iterator[Problem]:
        yield Problem("found by the other check")


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> Failing:
    """C18 fails."""
    failing = Failing()
    monkeypatch.setitem(RULES, "C18", failing.rule)
    return failing


def test_a_check_that_fails_is_asked_no_more_and_the_others_go_on(failing: Failing) -> None:
    diagnosis = Diagnosis(recorded(message({"type": "shiny"}, spoken()), end="eof"))
    diagnosis.update()
    found = [(finding.code, finding.message) for finding in diagnosis.findings]
    assert failing.asked == [1]
    assert found[0] == ("C18", "found before it failed")
    assert found[-1] == ("C18", "found by the other check")
    assert "P15" in [code for code, _ in found]
    (note,) = diagnosis.notes
    assert note.startswith("rule C18 cannot be applied to it any further: KeyError: ")


def test_it_is_asked_again_about_the_next_exchange(failing: Failing) -> None:
    for _ in range(2):
        diagnose(recorded(GOOD))
    assert failing.asked == [1, 1]


def test_check_says_it_on_stderr_and_goes_on(
    failing: Failing, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    names = []
    for number in range(2):
        exchange = recorded(message({"type": "shiny"}, spoken()))
        path = tmp_path / f"{number}.jsonl"
        path.write_bytes(exchange.reader.line(0, exchange.reader.size()))
        names.append(str(path))
    check(names, "P15", None, "json")
    out, err = capfd.readouterr()
    assert [finding["file"] for finding in json.loads(out)] == names
    assert [line.partition(" cannot")[0] for line in err.splitlines()] == [
        f"inspector: {name}: rule C18" for name in names
    ]
    assert "\x1b" not in err


def test_what_fails_outside_of_the_rules_takes_nothing_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    exchange = recorded(message({"type": "shiny"}, spoken()), end=None)
    diagnosis = Diagnosis(exchange)
    assert [finding.code for finding in diagnosis.update()] == ["P15"]
    # Its file is gone.
    exchange.index.odd.append(1)
    exchange.index.count += 1
    exchange.close()
    for _ in range(3):
        assert diagnosis.update() == []
    assert [finding.code for finding in diagnosis.findings] == ["P15"]
    assert len(diagnosis.notes) == 1


@pytest.mark.parametrize(
    "events",
    [
        [{"type": "content_block_start", "index": 0, "content_block": {"type": "server_tool_use", "id": []}}],
        [{"type": "message_delta", "delta": {}, "usage": {"output_tokens": -1}}],
        [begin(0, type="web_search_tool_result", tool_use_id={}), close(0)],
    ],
)
def test_what_once_lost_all_findings(events: list[Any]) -> None:
    diagnosis = Diagnosis(recorded(sse(start(usage={}), *events), end="eof"))
    diagnosis.update()
    assert diagnosis.notes == []
    assert "P01" in [finding.code for finding in diagnosis.findings]
