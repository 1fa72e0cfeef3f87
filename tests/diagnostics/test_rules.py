"""Every rule against the streams in which it must fire, and those in which it must not."""

import pytest

from inspector.diagnostics import RULES, Diagnosis, Rule, diagnose
from tests.diagnostics.cases import Case, cases
from tests.diagnostics.streams import GOOD, recorded

CASES = cases()


@pytest.mark.parametrize("case", CASES, ids=[f"{case.code}-{case.what}" for case in CASES])
def test_a_rule_fires_where_it_must_and_only_there(case: Case) -> None:
    diagnosis = Diagnosis(case.make())
    diagnosis.update(whole=True)
    found = {finding.severity for finding in diagnosis.findings if finding.code == case.code}
    assert diagnosis.notes == []
    assert bool(found) == case.fires
    assert case.severity is None or case.severity in found


@pytest.mark.parametrize("code", [code for code, rule in RULES.items() if rule.checks])
def test_every_rule_has_streams_of_both_kinds(code: str) -> None:
    assert {case.fires for case in CASES if case.code == code} == {True, False}


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_a_rule_looks_at_streams_or_says_that_it_does_not(rule: Rule) -> None:
    assert bool(rule.checks) == (rule.scope in ("exchange", "stream", "messages", "endpoint"))
    assert all((rule.name, rule.what, rule.why, rule.example, rule.fix, rule.python, rule.typescript))


def test_a_whole_stream_has_no_finding() -> None:
    assert diagnose(recorded(GOOD)) == []
