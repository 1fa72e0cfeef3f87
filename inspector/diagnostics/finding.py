"""What a rule is and what it finds. A rule registers itself in RULES when it is made."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal, NamedTuple

from inspector.protocol.source import Source
from inspector.text.wording import counted

Severity = Literal["error", "warn", "info"]
SEVERITIES: Final[tuple[Severity, ...]] = ("error", "warn", "info")
"""The worst first."""


class Look(NamedTuple):
    """How a severity is shown: its sign, and what one finding of it is called."""

    sign: str
    noun: str


LOOKS: Final[Mapping[Severity, Look]] = {
    "error": Look("✗", "error"),
    "warn": Look("▲", "warning"),
    "info": Look("·", "note"),
}


def totals(counts: Mapping[Severity, int]) -> str:
    """ "1 error, 2 warnings": how many there are of each severity, "" where there are none."""
    return ", ".join(counted(counts[severity], LOOKS[severity].noun) for severity in SEVERITIES if counts.get(severity))


Moment = Literal["event type", "frame", "structure", "opened", "block", "message", "progress", "end"]
"""When a check runs, and what it gets beside the `Stream`.

event type: an `EventType` that was not seen before (its code) · frame: a frame that is no plain event (`Raw`) ·
structure: an event other than a content delta or a ping, before it counts (`StructuralEvent`) · opened: a content block
began (`Block`) · block: nothing more comes for it (`Block`) · message: the same (`Message`) · progress: something came
(nothing) · end: nothing more comes at all (nothing).
"""

Scope = Literal["exchange", "stream", "messages", "endpoint", "session", "limits", "explained"]
"""Where a rule looks."""


class ScopeWords(NamedTuple):
    """What a scope means: what its rules look at, and a sentence on it, "" for the usual one."""

    looks_at: str
    sentence: str


SCOPES: Final[Mapping[Scope, ScopeWords]] = {
    "exchange": ScopeWords("any exchange", "Also of what is no stream."),
    "stream": ScopeWords("one recording", ""),
    "messages": ScopeWords(
        "one recording", "Not applied where inspector probe recorded an endpoint that sends events of its own."
    ),
    "endpoint": ScopeWords("a probe's recording", "Applied only to what inspector probe recorded."),
    "session": ScopeWords("several recordings", "Needs several recordings that are checked together."),
    "limits": ScopeWords("one message", "Applied only where inspector check is given the limit."),
    "explained": ScopeWords("only explained", "Not detectable from recordings; explained here."),
}

Check = Callable[..., "Iterator[Problem]"]

EXCEPTIONS: Final = re.compile(
    r"httpx2\.\w+|json\.JSONDecodeError|UnicodeDecodeError|IndexError|TypeError|AttributeError|ValueError|AssertionError"
    r"|RuntimeError|APIStatusError"
)
"""What the sentences on the Python SDK name where it raises; all but the last are no anthropic.APIError."""

FAMILIES: Final = {
    "T": "Transport and HTTP",
    "F": "Framing of the event stream",
    "P": "Order and shape of the protocol's events",
    "C": "Content: what the deltas add up to",
    "B": "Timing and buffering",
    "U": "Usage and billing",
    "E": "Errors and ends",
    "K": "Client code and configuration",
    "D": "Downstream: from your server to the browser",
    "L": "Limits that you set",
}


# How a sentence begins that says no more than that.
_NOTHING: Final = ("Nothing", "As in Python", "It does not come to this", "See ")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong, or worth knowing, in one exchange.

    `event` is the number of the event it is about and `t_ms` when that arrived, in ms since the request was sent; both
    None where there is none. `python` and `typescript` say what the two SDKs make of it.
    """

    code: str
    name: str
    severity: Severity
    event: int | None
    t_ms: float | None
    message: str
    fix: str
    python: str
    typescript: str

    @property
    def weight(self) -> int:
        """0 for the worst severity, then 1, then 2: to sort by."""
        return SEVERITIES.index(self.severity)

    def sdk_sentence(self, typescript: bool) -> str:
        """What Python's SDK, or TypeScript's, makes of it; "" where that is nothing."""
        does = self.typescript if typescript else self.python
        return (
            "" if not does or does.startswith(_NOTHING) else f"{'TypeScript' if typescript else 'Python'}'s SDK: {does}"
        )

    def as_dict(self) -> dict[str, Any]:
        """The members that `check --format json` prints for it, in its order."""
        keys = ("code", "name", "severity", "event", "t_ms", "message", "fix")
        return {key: getattr(self, key) for key in keys}


@dataclass(frozen=True, slots=True)
class Problem:
    """What a check yields: the case's own words. What is None is as the rule says.

    A later one of the same rule at the same event replaces the earlier one, so figures may grow with a live stream.
    Where `python` says that the SDK raises, it does so at event `raises_n`, or at `event`; where an earlier one stops
    it, the finding says that instead; `throws_n` is the same for TypeScript's. `follows`: what comes of it depends on
    the rest of the stream, and is worked out in `inspector.diagnostics.sdk_reading`.
    """

    message: str
    event: int | None = None
    severity: Severity | None = None
    fix: str | None = None
    python: str | None = None
    typescript: str | None = None
    t_ns: int | None = None
    raises_n: int | None = None
    throws_n: int | None = None
    follows: Literal["lost", "misplaced", "late", "unheard", "unplaced"] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Rule:
    """A rule with its documentation, plain text without markup.

    `what` it looks for, `why` that is bad, an `example` of what it finds, how to `fix` it, and what anthropic-python
    and @anthropic-ai/sdk do in that case. `sources`: where what it says of the API comes from. Rules that look at one
    recording have checks; those of a session have theirs in `inspector.session.rules`.
    """

    code: str
    name: str
    severity: Severity
    what: str
    why: str
    example: str
    fix: str
    python: str
    typescript: str
    scope: Scope = "stream"
    sources: tuple[Source, ...] = ()
    checks: list[tuple[Moment, Check]] = field(default_factory=list)

    def on(self, *moments: Moment) -> Callable[[Check], Check]:
        """Makes the decorated generator a check of this rule."""

        def register(check: Check) -> Check:
            self.checks.extend((moment, check) for moment in moments)
            return check

        return register


RULES: dict[str, Rule] = {}


def define(
    code: str,
    name: str,
    severity: Severity,
    *,
    what: str,
    why: str,
    example: str,
    fix: str,
    python: str = "Nothing, silently.",
    typescript: str = "Nothing, silently.",
    scope: Scope = "stream",
    sources: tuple[Source, ...] = (),
) -> Rule:
    """Makes a rule and registers it. Raises ValueError where the code is taken."""
    if code in RULES:
        raise ValueError(f"there are two rules {code}")
    RULES[code] = Rule(
        code,
        name,
        severity,
        what=_one_line(what),
        why=_one_line(why),
        example=_one_line(example),
        fix=_one_line(fix),
        python=_one_line(python),
        typescript=_one_line(typescript),
        scope=scope,
        sources=sources,
    )
    return RULES[code]


def _one_line(text: str) -> str:
    return " ".join(text.split())
