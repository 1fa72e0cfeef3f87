"""Known findings: told again whatever the times and places are, and one more is new."""

import json
from pathlib import Path

import pytest

from inspector.diagnostics.selection import Selection
from inspector.recording import InspectorError
from inspector.reports.baseline import Baseline, write
from inspector.reports.results import Result, result_of
from tests.diagnostics.streams import message, paced, recorded, spoken
from tests.support import sse, start

CUT = sse(start(id="msg_01AAA"), *spoken("Hello", " there")[:-1])


def results(body: bytes = CUT, *, every_ms: float = 20, file: str = "a.jsonl") -> list[Result]:
    exchange = recorded(paced(body, every_ms=every_ms), end="eof", name=file)
    return [result_of(exchange, Selection(), excerpts=False)]


def known(tmp_path: Path, *written: Result) -> Baseline:
    path = tmp_path / "known.json"
    write(str(path), list(written))
    return Baseline.read(str(path))


def test_what_is_known_is_left_out_also_of_a_stream_that_was_recorded_again(tmp_path: Path) -> None:
    file = str(tmp_path / "a.jsonl")
    before = results(file=file)
    assert before[0].findings
    baseline = known(tmp_path, *before)
    again = sse(start(id="msg_01BBB"), *spoken("Hello", " there", ", you")[:-1])
    later = results(again, every_ms=33, file=file)
    count = len(later[0].findings)
    assert baseline.take_out(later) == count
    assert later[0].findings == []
    assert baseline.gone == 0


def test_one_more_of_a_kind_is_new_and_what_is_gone_is_said(tmp_path: Path) -> None:
    odd = message({"type": "shiny"}, spoken())
    twice = message({"type": "shiny"}, {"type": "shinier"}, spoken())
    baseline = known(tmp_path, *results(odd), *results(CUT, file="b.jsonl"))
    later = results(twice)
    baseline.take_out(later)
    assert ["shinier" in finding.message for finding in later[0].findings if finding.code == "P15"] == [True]
    assert baseline.gone == len(results(CUT, file="b.jsonl")[0].findings)


def test_another_file_or_exchange_is_not_known(tmp_path: Path) -> None:
    baseline = known(tmp_path, *results())
    other = results(file="b.jsonl")
    assert baseline.take_out(other) == 0
    numbered = results()
    numbered[0].exchange = 2
    assert baseline.take_out(numbered) == 0


def test_files_are_named_as_seen_from_the_baseline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "below").mkdir()
    write(str(tmp_path / "known.json"), results(file=str(tmp_path / "below" / "a.jsonl")))
    document = json.loads((tmp_path / "known.json").read_text())
    assert {one["file"] for one in document["findings"]} == {"below/a.jsonl"}
    monkeypatch.chdir(tmp_path / "below")
    assert Baseline.read("../known.json").take_out(results(file="a.jsonl"))


@pytest.mark.parametrize("content", [None, "", "[]", '{"version":2,"findings":[]}', '{"version":1}'])
def test_what_is_no_baseline_says_what_to_do(tmp_path: Path, content: str | None) -> None:
    path = tmp_path / "known.json"
    if content is not None:
        path.write_text(content)
    with pytest.raises(InspectorError, match="write it with --write-baseline"):
        Baseline.read(str(path))
