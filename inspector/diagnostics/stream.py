"""What the rules know about an exchange: its source, request and response, and where its grammar stands."""

from bisect import bisect_right
from collections.abc import Hashable
from functools import cached_property
from operator import sub
from typing import Any, Final, NamedTuple
from urllib.parse import urlsplit

from inspector.protocol import EVENTS
from inspector.sse import Frame
from inspector.text.wording import clip
from inspector.timeline import Exchange
from inspector.timeline.index import NO_TIME
from inspector.timeline.message import Block, Message


class StructuralEvent(NamedTuple):
    """Event n with its type and the number of its block (NO_BLOCK where it has none)."""

    n: int
    event: str
    block: int


class Grammar:
    """Where the protocol's grammar stands before an event: `open` blocks by the order in which they began.

    `first_n` is the first event of all, `late_n` the first after message_stop; `start_n`, `updated_n` and `stop_n` are
    the current message's message_start, last message_delta and message_stop, None where there is none; `started` are
    the indexes that were used in it, `expected` is the next one that is due.
    """

    def __init__(self) -> None:
        self.first_n: int | None = None
        self.start_n: int | None = None
        self.stop_n: int | None = None
        self.updated_n: int | None = None
        self.open: list[Block] = []
        self.started: set[int] = set()
        self.expected = 0
        self.late_n: int | None = None

    @property
    def watches_deltas(self) -> bool:
        """Whether a content delta would be out of place now: before everything, or the first one after the end."""
        return self.first_n is None or (self.stop_n is not None and self.late_n is None)

    def take(self, step: StructuralEvent, block: Block | None) -> None:
        """Makes the event count; `block` is the one that a content_block_start began."""
        if self.first_n is None and step.event in EVENTS and step.event != "error":
            self.first_n = step.n
        if step.event == "message_start":
            self._start(step.n)
        elif step.event == "content_block_start":
            self.started.add(step.block)
            self.expected = step.block + 1
            if block:
                self.open.append(block)
        elif step.event == "content_block_stop":
            for at in range(len(self.open) - 1, -1, -1):
                if self.open[at].index == step.block:
                    del self.open[at]
                    break
        elif step.event == "message_delta":
            self.updated_n = step.n
        elif step.event == "message_stop" and self.stop_n is None:
            self.stop_n = step.n
            self.open = []
        if self.stop_n is not None and step.n > self.stop_n:
            self.late_n = step.n

    def _start(self, n: int) -> None:
        self.start_n, self.stop_n, self.late_n = n, None, None
        self.updated_n, self.expected = None, 0
        self.open, self.started = [], set()


# What these hold was taken from the events by somebody else's code: not every event need be there.
_EVENT_LOGS: Final = ("events", "wrapped", "claude-code")
_ANTHROPIC: Final = "api.anthropic.com"
SHORTEST_PAUSE_NS: Final = 2_000_000_000


class Raw(NamedTuple):
    """Frame n, which is no plain event, with its bytes. `data` is None where the frame's data is no JSON."""

    n: int
    frame: Frame
    data: Any


class Pause(NamedTuple):
    """A time without a single byte: `gap_ns` from `start_ns` until the read that brought frame n (or began it)."""

    n: int
    start_ns: int
    gap_ns: int


class Stream:
    """One exchange as the rules see it. Everything is derived from the exchange.

    `grammar` stands before the event that is looked at. `pauses` are the times without a byte from SHORTEST_PAUSE_NS
    on, `sized` how many events' sizes were looked at, `fatal` what the Python SDK does in the cases of the errors found
    so far, by code, and `memo` the tool input that was parsed last.
    """

    def __init__(self, exchange: Exchange) -> None:
        self.exchange = exchange
        self.index = exchange.index
        self.grammar = Grammar()
        self.ended = False
        self.pauses: list[Pause] = []
        self.fatal: dict[str, str] = {}
        self.sized = 0
        self._timed = 0
        self._noted: dict[Hashable, tuple[int, int]] = {}
        self.memo: tuple[Block, int, Any] | None = None

    def note(self, what: Hashable, n: int) -> tuple[int, int]:
        """Counts one more case of something that comes often: the event of the first case, and how many there were."""
        first, count = self._noted.get(what, (n, 0))
        self._noted[what] = first, count + 1
        return first, count + 1

    def find_pauses(self) -> None:
        """Takes in the reads that have come since."""
        arrivals = self.index.arrivals
        times = arrivals.t_ns[max(0, self._timed - 1) :]
        done = max(0, self._timed - 1)
        gaps = list(map(sub, times[1:], times))
        if gaps and max(gaps) >= SHORTEST_PAUSE_NS:
            for at, gap in enumerate(gaps):
                if gap >= SHORTEST_PAUSE_NS:
                    self.pauses.append(Pause(arrivals.brought[done + at + 1], times[at], gap))
        self._timed = len(arrivals.t_ns)

    # Where it comes from

    @cached_property
    def source(self) -> dict[str, Any]:
        source = (self.index.header or {}).get("source")
        return source if isinstance(source, dict) else {}

    @property
    def is_import(self) -> bool:
        return self.exchange.is_import

    @property
    def is_log(self) -> bool:
        """Whether it holds what some program kept of the events, not what was on the wire."""
        return self.is_import and self.source.get("format") in _EVENT_LOGS

    @property
    def pulled(self) -> bool:
        """Whether the consumer's own pace is in the times."""
        return self.source.get("clock") == "pull"

    # The request

    @cached_property
    def request(self) -> dict[str, Any]:
        return self.exchange.request or {}

    @cached_property
    def body(self) -> dict[str, Any]:
        """The request's body, {} where it is unknown or no object."""
        body = self.request.get("body")
        return body if isinstance(body, dict) else {}

    @property
    def asks_for_stream(self) -> bool | None:
        """None where the request's body is not known."""
        return self.body.get("stream") is True if self.body else None

    @cached_property
    def host(self) -> str:
        try:
            return urlsplit(str(self.request.get("url") or "")).hostname or ""
        except ValueError:
            return ""

    @cached_property
    def path(self) -> str:
        try:
            return urlsplit(str(self.request.get("url") or "")).path
        except ValueError:
            return ""

    @property
    def is_anthropic(self) -> bool:
        """Whether the request went straight to Anthropic's own API."""
        return self.host == _ANTHROPIC

    @property
    def is_downstream(self) -> bool:
        """Whether this is somebody's own stream to a browser, not the Messages API."""
        if not self.request.get("url"):
            return False
        ours = self.path.endswith(("/messages", "-stream", ":streamRawPredict", "/complete"))
        return str(self.request.get("method")).upper() != "POST" or not ours

    @property
    def sdk(self) -> str:
        """ "python" or "js" where an Anthropic SDK made the request, else ""."""
        return self.exchange.header("x-stainless-lang")

    # The response

    @property
    def status(self) -> int | None:
        status = (self.index.response or {}).get("status")
        return status if isinstance(status, int) else None

    @property
    def is_ok(self) -> bool:
        return self.status is None or 200 <= self.status < 300

    def response_header(self, name: str) -> str:
        """The values of a response header, "" where it was not sent."""
        headers = (self.index.response or {}).get("headers") or ()
        pairs = [pair for pair in headers if isinstance(pair, list) and len(pair) == 2]
        return ", ".join(str(value) for key, value in pairs if str(key).lower() == name)

    @property
    def media_type(self) -> str:
        return self.response_header("content-type").partition(";")[0].strip().lower()

    @property
    def coding(self) -> str:
        """The response's content-encoding, "" where the bytes came plain."""
        coding = self.response_header("content-encoding").strip().lower()
        return "" if coding == "identity" else coding

    # The events

    @property
    def is_messages(self) -> bool:
        """Whether any event of the Messages API came, by its type."""
        return any(
            kind.event in EVENTS and kind.event not in ("ping", "error") for kind in self.index.event_types.known
        )

    @property
    def message(self) -> Message | None:
        """The last message that began."""
        return self.index.messages[-1] if self.index.messages else None

    def message_at(self, n: int) -> Message | None:
        """The message that event n belongs to."""
        at = bisect_right(self.index.messages, n, key=lambda message: message.start_n)
        return self.index.messages[at - 1] if at else None

    @property
    def stopped(self) -> bool:
        """Whether every message that began has its message_stop."""
        return self.message is not None and self.message.stop_n is not None

    @property
    def failed(self) -> bool:
        """Whether an error event came."""
        return bool(self.index.assembler.errors)

    @property
    def last(self) -> int | None:
        """The number of the last frame."""
        return self.index.count or None

    @property
    def reason(self) -> str:
        """How the recording ended; "" where it does not say."""
        return str((self.index.end or {}).get("reason") or "")

    @property
    def failure(self) -> tuple[str, str]:
        """(type, message) of what ended the connection, each "" where unknown."""
        error = (self.index.end or {}).get("error")
        values = error if isinstance(error, dict) else {}
        return str(values.get("type") or ""), str(values.get("message") or "")

    # Times

    def t_ns(self, n: int | None) -> int | None:
        """When frame n arrived, None where that is not known."""
        if n is None or not 0 < n <= self.index.count:
            return None
        t_ns = self.index.t_ns[n - 1]
        return None if t_ns == NO_TIME else t_ns

    @property
    def end_ns(self) -> int | None:
        t_ns = (self.index.end or {}).get("t_ns")
        return t_ns if isinstance(t_ns, int) else None

    @property
    def ttfb_ns(self) -> int | None:
        t_ns = (self.index.response or {}).get("t_ns")
        return t_ns if isinstance(t_ns, int) else None


def stop_reason(message: Message) -> str | None:
    """Why the message stopped, None where that has not come."""
    for _, update in reversed(message.updates):
        delta = update.get("delta")
        if isinstance(delta, dict) and isinstance(delta.get("stop_reason"), str):
            return str(delta["stop_reason"])
    return None


def usage_of(values: dict[str, Any]) -> dict[str, Any]:
    """The `usage` of a message or of a message_delta, {} where it has none."""
    usage = values.get("usage")
    return usage if isinstance(usage, dict) else {}


def is_claude(message: Message) -> bool:
    """Whether the message says that it comes from a Claude model, which signs its thinking."""
    return "claude" in str(message.start.get("model") or "").lower()


def block_name(block: Block) -> str:
    """ "block 1 (tool_use get_weather)"."""
    name = block.start.get("name")
    kind = block.type + (f" {clip(name, 40)}" if isinstance(name, str) and name else "")
    return f"block {block.index} ({kind})"
