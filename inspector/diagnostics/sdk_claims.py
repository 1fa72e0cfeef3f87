"""What the findings say of the SDKs, made true for the very stream: nothing comes after the event that stops them."""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Final, NamedTuple

from inspector.diagnostics.finding import EXCEPTIONS, Finding, Problem
from inspector.diagnostics.sdk_reading import END, NEVER, SdkReading

# These say what stops the SDK in a stream; the others what it may come to.
_STOPPING: Final = "TFPCE"
# A finding of these about a later event is about what is not read any more.
_OF_AN_EVENT: Final = "FPC"
_THROWN: Final = re.compile(r"AnthropicError|APIError")
_IN_THE_END: Final = re.compile(r"finalMessage\(\) rejects|request ended without|when the input is asked for")


class _Claim(NamedTuple):
    """What is said of one SDK, and the event at which it raises, None where it does not."""

    text: str
    n: int | None


def settled(kept: Sequence[tuple[Finding, Problem]], reading: SdkReading) -> list[Finding]:
    """The findings with what the two SDKs do in this stream."""
    findings = [finding for finding, _ in kept]
    python = _after_the_first(findings, [_python(*pair, reading) for pair in kept], EXCEPTIONS, "raised")
    typescript = _after_the_first(findings, [_typescript(*pair, reading) for pair in kept], _THROWN, "thrown")
    told = zip(findings, python, typescript, strict=True)
    return [
        one if (one.python, one.typescript) == (first, second) else replace(one, python=first, typescript=second)
        for one, first, second in told
    ]


def _after_the_first(
    findings: Sequence[Finding], claims: Sequence[_Claim], names: re.Pattern[str], did: str
) -> list[str]:
    """The sentences, where one SDK raises at the first of the claims: what comes after that it never reads."""
    raising = [(_place(one, claim.n), one, claim) for one, claim in zip(findings, claims, strict=True) if claim.n]
    if not raising:
        return [claim.text for claim in claims]
    first, by, stops = min(raising, key=lambda each: each[0])
    words = f"It does not come to this: it has {did} at event {first[0]:,} before ({by.code})."
    if first[0] >= END:
        words = f"It does not come to this: it has {did} before ({by.code})."
    same = set(names.findall(stops.text))
    sentences = []
    for one, claim in zip(findings, claims, strict=True):
        unread = one.code[0] in _OF_AN_EVENT and one.event is not None and one.event > first[0]
        # At one event one exception comes first.
        later = claim.n is not None and (claim.n > first[0] or set(names.findall(claim.text)) != same)
        sentences.append(words if (unread or later) and one is not by else claim.text)
    return sentences


def _place(finding: Finding, n: int | None) -> tuple[int, int, str]:
    """Where in the reading it raises: bytes are decoded before their JSON, and that before the index in it."""
    return n or 0, _STOPPING.index(finding.code[0]), finding.code


def _python(finding: Finding, problem: Problem, reading: SdkReading) -> _Claim:
    if problem.follows not in (None, "unheard", "unplaced") and finding.event is not None:
        return _Claim(*reading.python(problem.follows, finding.event))
    if finding.code[0] not in _STOPPING or not (raised := EXCEPTIONS.search(finding.python)):
        return _Claim(finding.python, None)
    if problem.raises_n is not None:
        return _Claim(finding.python, problem.raises_n)
    if raised[0] == "AssertionError":
        return _Claim(finding.python, NEVER)
    at_end = raised[0].startswith("httpx2.") or "at the end of the body" in finding.python
    return _Claim(finding.python, END if at_end or finding.event is None else finding.event)


def _typescript(finding: Finding, problem: Problem, reading: SdkReading) -> _Claim:
    if problem.follows and finding.event is not None:
        return _Claim(*reading.typescript(problem.follows, finding.event))
    if finding.code[0] not in _STOPPING or not _THROWN.search(finding.typescript):
        return _Claim(finding.typescript, None)
    if problem.throws_n is not None:
        return _Claim(finding.typescript, problem.throws_n)
    in_the_end = finding.event is None or _IN_THE_END.search(finding.typescript)
    return _Claim(finding.typescript, NEVER if in_the_end else finding.event)
