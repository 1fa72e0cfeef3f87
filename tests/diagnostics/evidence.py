"""docs/rules-evidence.md: python -m tests.diagnostics.evidence > docs/rules-evidence.md"""

import sys
from collections.abc import Iterator

from inspector.diagnostics import RULES, diagnose
from tests.diagnostics.cases import Case, cases
from tests.session.cases import SESSIONS, SessionCase

INTRODUCTION = """# What the rules were tried on

<!-- Made by `python -m tests.diagnostics.evidence`: change tests/diagnostics/cases_*.py, not this file. -->

For each rule the streams in which it must fire and those in which it must not, and what came out. The streams are made
by the tests, from which this table is taken. Besides these, the tests check that no whole stream that was recorded from
the real API gets an error.

| Rule | Stream | Must | Came out | |
|---|---|---|---|---|"""


def evidence() -> str:
    """The whole page, in Markdown."""
    return "\n".join([INTRODUCTION, *_rows()]) + "\n"


def _rows() -> Iterator[str]:
    for code, rule in RULES.items():
        for case in cases():
            if case.code == code:
                yield _row(code, case.what, case.fires, outcome(case), case.severity)
        for session in SESSIONS:
            if session.code == code:
                yield _row(code, session.what, session.fires, session_outcome(session), None)
        if rule.scope in ("explained", "limits"):
            yield f"| {code} | – | – | {'only explained' if rule.scope == 'explained' else 'only where it is set'} | |"


def outcome(case: Case) -> str:
    """What a rule found in its stream: the severities, or "nothing"."""
    found = [finding.severity for finding in diagnose(case.make()) if finding.code == case.code]
    return ", ".join(dict.fromkeys(found)) or "nothing"


def session_outcome(case: SessionCase) -> str:
    found = [finding.severity for finding in case.findings() if finding.code == case.code]
    return ", ".join(dict.fromkeys(found)) or "nothing"


def _row(code: str, what: str, fires: bool, came: str, severity: str | None) -> str:
    right = (came != "nothing") == fires and (severity is None or severity in came)
    must = severity or ("fire" if fires else "not fire")
    return f"| {code} | {what.replace('|', chr(92) + '|')} | {must} | {came} | {'✓' if right else '✗'} |"


if __name__ == "__main__":
    sys.stdout.write(evidence())
