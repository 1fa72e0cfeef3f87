import pytest

from inspector.diagnostics import RULES
from inspector.session.rules import SessionRules
from tests.diagnostics.streams import GOOD
from tests.session.cases import OPEN as CUT
from tests.session.cases import SESSIONS, SessionCase, diagnose_session, get, turn


@pytest.mark.parametrize("case", SESSIONS, ids=[f"{case.code}-{case.what}" for case in SESSIONS])
def test_a_rule_about_several_recordings_fires_where_it_must_and_only_there(case: SessionCase) -> None:
    assert (case.code in {finding.code for finding in case.findings()}) == case.fires


def test_every_rule_about_several_recordings_has_cases_of_both_kinds() -> None:
    for code in (code for code, rule in RULES.items() if rule.scope == "session"):
        assert {case.fires for case in SESSIONS if case.code == code} == {True, False}


def test_a_finding_belongs_to_the_later_exchange_and_names_the_earlier_one() -> None:
    cut, again = turn(CUT, 0, "reset", "first.jsonl"), turn(GOOD, 2, name="second.jsonl")
    ((exchange, finding),) = diagnose_session([again, cut])
    assert exchange is again
    assert "first.jsonl" in finding.message


def test_an_exchange_that_can_no_longer_be_read_takes_nothing_with_it() -> None:
    session = SessionRules()
    gone = get(0)
    gone.close()
    assert session.add(gone).startswith("it cannot be compared with others: ")
    assert [session.add(get(at)) for at in (1, 4)] == ["", ""]
    assert [(place, finding.code) for place, finding in session.findings()] == [(2, "D03")]
