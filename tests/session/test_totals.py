"""The sums of a session: exact, whatever was recorded, in any order and from any thread."""

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from inspector.diagnostics import diagnose
from inspector.formats import open_exchange
from inspector.session import totals as module
from inspector.session.billing import cost_of_view
from inspector.session.cost import Costs
from inspector.session.totals import SessionTotals
from inspector.timeline.metrics import InputTokens
from tests.replies import written
from tests.support import RECORDINGS, wait_until


def recordings(folder: Path) -> list[Path]:
    """Those that are shipped, and a session of what is mostly no stream."""
    return [*RECORDINGS, *sorted(written(folder).glob("*.jsonl"))]


def counted(paths: list[Path], patience_s: float = 1e9) -> SessionTotals:
    totals = SessionTotals()
    for path in paths:
        totals.began()
        totals.ended(path, lost=False)
    totals.close(patience_s)
    return totals


@pytest.mark.parametrize("large", [module._LARGE, 0])
def test_the_sums_are_those_of_the_exchanges(tmp_path: Path, large: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_LARGE", large)
    paths = recordings(tmp_path)
    states: Counter[str] = Counter()
    findings: Counter[str] = Counter()
    into, out, streams = InputTokens(0), 0, 0
    costs = Costs()
    for path in paths:
        with open_exchange(str(path)) as exchange:
            metrics = exchange.view().metrics
            states[exchange.view().status] += 1
            streams += exchange.streams
            into += metrics.input_tokens or InputTokens(0)
            out += metrics.output_tokens or 0
            if cost := cost_of_view(exchange.view()):
                costs.add(cost)
            findings.update(finding.severity for finding in diagnose(exchange))
    totals = counted(paths)
    assert (totals.states, totals.input, totals.output) == (states, into, out)
    assert (totals.costs.total.total, totals.costs.count) == (costs.total.total, costs.count)
    assert totals.costs.total.at_least
    assert (totals.streams, totals.others, totals.lost) == (streams, len(paths) - streams, 0)
    assert (totals.findings, totals.judged) == ((findings, len(paths)) if large else ({}, 0))


def test_all_is_counted_where_there_is_no_time_for_findings(tmp_path: Path) -> None:
    paths = recordings(tmp_path)
    totals = SessionTotals()
    # One is open until the end: nothing is judged.
    totals.began()
    for path in paths * 20:
        totals.began()
        totals.ended(path, lost=False)
    totals.ended(None, lost=True)
    totals.close(0)
    assert totals.count == len(paths) * 20 + 1
    assert totals.states.total() == len(paths) * 20
    assert totals.costs.count > len(paths)


def test_what_was_lost_is_counted_and_nothing_else_of_it(tmp_path: Path) -> None:
    totals = SessionTotals()
    for path, lost in ((RECORDINGS[0], True), (None, False), (tmp_path / "gone.jsonl", False)):
        totals.began()
        totals.ended(path, lost)
    totals.close(0)
    assert (totals.lost, totals.streams, totals.output, totals.states, totals.count) == (2, 0, 0, {"unreadable": 1}, 3)


def test_findings_come_while_nothing_is_under_way() -> None:
    totals = SessionTotals()
    totals.began()
    totals.ended(next(path for path in RECORDINGS if path.stem == "cut-clean"), lost=False)
    wait_until(lambda: totals.judged == 1)
    totals.close(0)
    assert totals.findings["error"] == 1


def test_many_threads_may_tell() -> None:
    totals, together = SessionTotals(), threading.Barrier(8)

    def tell(_: int) -> None:
        together.wait()
        for path in RECORDINGS:
            totals.began()
            totals.ended(path, lost=False)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(tell, range(8)))
    totals.close(0)
    assert totals.states.total() == 8 * len(RECORDINGS)
