"""The formats of `inspector check`, each made of results as they come from the rules."""

import json

import pytest

from inspector.diagnostics import RULES
from inspector.diagnostics.engine import MOST_OF_A_CODE
from inspector.diagnostics.selection import Selection
from inspector.reports.findings import DEFAULT, FORMATS, report
from inspector.reports.results import Result, Run, result_of
from tests.diagnostics.streams import message, recorded, spoken

MORE = 50


def crowded() -> Result:
    """A stream in which P08 finds more than anybody reads, and P09 as well."""
    blocks = [spoken("x", index=index)[:-1] for index in range(MOST_OF_A_CODE + MORE)]
    return result_of(recorded(message(*blocks)), Selection(("P08", "C18")), excerpts=False)


def failing() -> Result:
    """A stream to which a rule could not be applied."""
    return Result("a.jsonl", 2, [], notes=["rule P01 cannot be applied to it any further: KeyError: 'x'"])


def written(name: str, *results: Result) -> str:
    return report(name).write(list(results), Run())


def test_the_formats_of_the_contract_are_there_the_one_for_people_first() -> None:
    assert FORMATS[0] == DEFAULT == "text"
    assert {"text", "json", "github", "sarif", "junit"} <= set(FORMATS)


@pytest.mark.parametrize("name", FORMATS)
def test_a_format_says_what_was_left_out(name: str) -> None:
    result = crowded()
    assert result.left_out == {"P08": MORE}
    assert str(MORE) in written(name, result)


def test_json_says_it_in_the_last_finding_of_that_code_and_nowhere_else() -> None:
    found = json.loads(written("json", crowded()))
    marked = [place for place, finding in enumerate(found) if "left_out" in finding]
    assert marked == [max(place for place, finding in enumerate(found) if finding["code"] == "P08")]
    assert found[marked[0]]["left_out"] == MORE
    keys = ["file", "exchange", "code", "name", "severity", "event", "t_ms", "message", "fix"]
    assert all(list(finding)[: len(keys)] == keys for finding in found)
    assert {finding["code"] for finding in found} == {"P08", "C18"}


def test_github_has_an_annotation_of_its_own_for_it() -> None:
    *_, last = written("github", crowded()).splitlines()
    assert last == ("::warning file=test.jsonl,title=P08 left out::50 further findings of P08 are not listed")


def test_sarif_has_a_notification_for_it() -> None:
    (run,) = json.loads(written("sarif", crowded()))["runs"]
    (notification,) = run["invocations"][0]["toolExecutionNotifications"]
    assert notification["level"] == "note"
    assert notification["message"]["text"] == "50 further findings of P08 are not listed"
    assert list(RULES)[notification["associatedRule"]["index"]] == notification["associatedRule"]["id"] == "P08"
    assert notification["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "test.jsonl"


def test_nothing_is_said_where_nothing_was_left_out() -> None:
    result = result_of(recorded(message(spoken()[:-1])), Selection(("P08",)), excerpts=False)
    assert "left_out" not in written("json", result)
    assert len(written("github", result).splitlines()) == 1
    assert "toolExecutionNotifications" not in written("sarif", result)


def test_a_rule_that_could_not_be_applied_is_said_to_those_who_read_no_stderr() -> None:
    assert written("github", failing()).startswith("::warning file=a.jsonl,title=Not checked::stream 2: rule P01")
    (run,) = json.loads(written("sarif", failing()))["runs"]
    (notification,) = run["invocations"][0]["toolExecutionNotifications"]
    assert notification["level"] == "warning"
    assert notification["message"]["text"] == failing().notes[0]
    assert notification["properties"] == {"exchange": 2}
    assert json.loads(written("json", failing())) == []
