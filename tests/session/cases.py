"""The rules that look at several recordings, and folders in which they must and must not fire."""

from collections.abc import Callable, Iterable
from typing import NamedTuple

from inspector.diagnostics import Finding
from inspector.session.rules import SessionRules
from inspector.timeline import Exchange
from tests.diagnostics.streams import GOOD, message, recorded, spoken, with_pause
from tests.support import sse, start


def diagnose_session(exchanges: Iterable[Exchange]) -> list[tuple[Exchange, Finding]]:
    """What several loaded exchanges show together, each finding with the exchange that it is about."""
    kept = list(exchanges)
    session = SessionRules()
    for exchange in kept:
        session.add(exchange)
    return [(kept[place], finding) for place, finding in session.findings()]


class SessionCase(NamedTuple):
    """Recordings, and the rule that must (or must not) find something in them together."""

    code: str
    what: str
    make: Callable[[], list[Exchange]]
    fires: bool

    def findings(self) -> list[Finding]:
        return [finding for _, finding in diagnose_session(self.make())]


OPEN = sse(start(), *spoken("Hello")[:2])
LONG = message(spoken(*["word "] * 40))
ASKED = {"messages": [{"role": "user", "content": "Go on."}]}
STREAM = (("content-type", "text/event-stream"),)


def turn(body: bytes, at_s: float, end: str = "complete", name: str = "a.jsonl", **more: object) -> Exchange:
    return recorded(body, started_s=at_s, end=end, name=name, request={**ASKED, **more})


def get(at_s: float, last: bytes = b"data: bye\n\n", url: str = "http://localhost/chat?q=1") -> Exchange:
    body = b"data: hi\n\n" + last
    return recorded(body, started_s=at_s, method="GET", url=url, headers=STREAM, end="eof")


def paused(at_s: float, seconds: float = 3) -> Exchange:
    reads = with_pause(LONG, 5, seconds)
    late = [(at + 4000 * (place >= 20), piece) for place, (at, piece) in enumerate(reads)]
    return recorded(late, started_s=at_s, sent_headers=[("user-agent", "app")])


SESSIONS = [
    SessionCase("U07", "the same request 2 s after a cut", lambda: [turn(OPEN, 0, "reset"), turn(GOOD, 2)], True),
    SessionCase("U07", "the same request 5 minutes after a cut", lambda: [turn(OPEN, 0, "reset"), turn(GOOD, 300)], False),
    SessionCase("U07", "another request after a cut", lambda: [turn(OPEN, 0, "reset"), turn(GOOD, 2, top_k=1)], False),
    SessionCase("U07", "the same request after a whole answer", lambda: [turn(GOOD, 0), turn(GOOD, 2)], False),
    SessionCase("U07", "a retry before anything had come", lambda: [turn(b"", 0, "reset"), turn(GOOD, 2)], False),
    SessionCase("D03", "the same GET 3 s after the end", lambda: [get(0), get(3)], True),
    SessionCase("D03", "the end was said", lambda: [get(0, b"event: done\ndata: x\n\n"), get(3)], False),
    SessionCase("D03", "another GET", lambda: [get(0), get(3, url="http://localhost/chat?q=2")], False),
    SessionCase("D07", "six streams at once", lambda: [get(at / 1000) for at in range(6)], True),
    SessionCase("D07", "six streams, one after the other", lambda: [get(at * 100) for at in range(6)], False),
    SessionCase("B09", "two pauses at the same time", lambda: [paused(0), paused(0.05)], True),
    SessionCase("B09", "pauses at different times", lambda: [paused(0), paused(1)], False),
]  # fmt: skip
