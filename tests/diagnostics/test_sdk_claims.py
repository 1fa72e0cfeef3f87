"""What findings say of the Python SDK, against the SDK itself: it reads the very bytes of the streams."""

import re

import pytest

from inspector.diagnostics import Finding, diagnose
from tests.diagnostics.cases import Case, cases
from tests.diagnostics.mutations import mutation, sdk
from tests.diagnostics.streams import recorded
from tests.support import needs_recent_sdk

pytestmark = needs_recent_sdk

RAISES = re.compile(
    r"JSONDecodeError|UnicodeDecodeError|IndexError|TypeError|AttributeError|ValueError|AssertionError|RuntimeError"
    r"|APIStatusError"
)
# These say what may come of it, or what a client's own settings do.
SETTINGS = ("B", "K", "T")
# C19 raises only for who asks the SDK for an output format; E06 and E11 have their own tests; T ends the connection.
JUDGED = [case for case in cases() if case.fires and case.code[0] in "PCFE" and case.code not in ("C19", "E06", "E11")]


def claimed(findings: list[Finding]) -> set[str]:
    judged = [finding for finding in findings if finding.code[0] not in SETTINGS or finding.code in ("T04", "T07")]
    return {match[0] for finding in judged for match in RAISES.finditer(finding.python)}


@pytest.mark.parametrize("case", JUDGED, ids=[f"{case.code}-{case.what}" for case in JUDGED])
def test_what_is_said_of_the_sdk_is_what_it_does(case: Case) -> None:
    exchange = case.make()
    if (exchange.index.end or {}).get("reason") == "timeout":
        pytest.skip("the bytes do not show a time limit")
    if not exchange.streams:
        pytest.skip("the SDK reads it as a stream here")
    judge(diagnose(exchange), sdk(exchange.body(), beta=False).raised)


@pytest.mark.parametrize("seed", range(20_000, 20_096))
def test_what_is_said_of_a_stream_in_which_one_thing_was_changed(seed: int) -> None:
    """A small part of what docs/sdk-behaviour.md has."""
    _, changed = mutation(seed)
    judge(diagnose(recorded(changed.body, end="eof")), sdk(changed.body).raised)


def judge(findings: list[Finding], raised: str) -> None:
    """That the SDK raises is said by one finding at least, and none says that it raises anything else."""
    assert claimed(findings) == ({raised} if raised else set())
