"""What the rules know about an exchange: its source, request and response, its events and their times."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Hashable
from datetime import datetime
from functools import cached_property
from operator import sub
from typing import Any, Final, NamedTuple
from urllib.parse import urlsplit

from inspector.diagnostics.finding import Finding
from inspector.diagnostics.grammar import Grammar
from inspector.protocol import EVENTS
from inspector.protocol.endpoints import Operation
from inspector.sse import Frame
from inspector.text.json_text import loads_or
from inspector.text.wording import clip
from inspector.timeline import Exchange
from inspector.timeline.asked import header_values
from inspector.timeline.assembler import NOT_DISPATCHED
from inspector.timeline.index import NO_TIME
from inspector.timeline.message import Block, Message

# What these hold was taken from the events by somebody else's code: not every event need be there.
_EVENT_LOGS: Final = ("events", "wrapped", "claude-code")
_ANTHROPIC: Final = "api.anthropic.com"
_DONE: Final = frozenset(
    {"done", "end", "close", "complete", "completed", "finish", "finished", "stop", "error", "message_stop"}
)
# No message_stop of so few bytes holds more than its type.
_BARE_STOP: Final = 80
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
    on, `sized` how many events' sizes were looked at, `found` gives what was found so far, and `memo` is the tool input
    that was parsed last.
    """

    def __init__(self, exchange: Exchange, found: Callable[[], list[Finding]] = list) -> None:
        self.exchange = exchange
        self.index = exchange.index
        self.grammar = Grammar()
        self.ended = False
        self.pauses: list[Pause] = []
        self.found = found
        self.sized = 0
        self._streamed = False
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

    @property
    def source(self) -> dict[str, Any]:
        """What the recording says of its source, {} where it says nothing."""
        source = (self.index.header or {}).get("source")
        return source if isinstance(source, dict) else {}

    @property
    def is_import(self) -> bool:
        """Whether it was made of another format, which does not say how its stream ended."""
        return self.exchange.is_import

    @property
    def is_log(self) -> bool:
        """Whether it holds what some program kept of the events, not what was on the wire."""
        return self.is_import and (self.source.get("format") in _EVENT_LOGS or self.exchange.kept == "events")

    @property
    def is_probe(self) -> bool:
        """Whether `inspector probe` recorded it: a look at somebody's own endpoint."""
        return self.source.get("probe") is True

    @property
    def pulled(self) -> bool:
        """Whether the consumer's own pace is in the times."""
        return self.source.get("clock") == "pull"

    # The request

    @cached_property
    def request(self) -> dict[str, Any]:
        """method, url, headers, body; {} where the source has no request."""
        return self.exchange.request or {}

    @cached_property
    def body(self) -> dict[str, Any]:
        """The request's body, {} where it is unknown or no object."""
        body = self.request.get("body")
        return body if isinstance(body, dict) else {}

    @property
    def operation(self) -> Operation | None:
        """What the request is for, None where there is no request."""
        return self.exchange.asked.operation if self.exchange.asked else None

    @property
    def asks_for_stream(self) -> bool | None:
        """None where nothing says."""
        return self.exchange.asked.stream if self.exchange.asked else None

    @property
    def is_streamed(self) -> bool:
        """Whether the rules for streams are for it: an event stream was asked for, as far as is known, or came."""
        self._streamed = self._streamed or self.is_probe or self.exchange.streams
        return self._streamed

    @cached_property
    def host(self) -> str:
        """Whom the request went to, "" where that is not known."""
        try:
            return urlsplit(str(self.request.get("url") or "")).hostname or ""
        except ValueError:
            return ""

    @property
    def is_anthropic(self) -> bool:
        """Whether the request went straight to Anthropic's own API."""
        return self.host == _ANTHROPIC

    @property
    def is_downstream(self) -> bool:
        """Whether this is somebody's own stream to a browser, not the Messages API."""
        return self.operation is Operation.OTHER and not self.is_anthropic

    @property
    def sdk(self) -> str:
        """ "python" or "js" where an Anthropic SDK made the request, else ""."""
        return self.exchange.header("x-stainless-lang")

    # The response

    @property
    def status(self) -> int | None:
        """The HTTP status, None where there is no response."""
        status = (self.index.response or {}).get("status")
        return status if isinstance(status, int) else None

    @property
    def is_ok(self) -> bool:
        """Whether nothing speaks against a success: the status is one, or not known."""
        return self.status is None or 200 <= self.status < 300

    def response_header(self, name: str) -> str:
        """The values of a response header, "" where it was not sent."""
        return ", ".join(header_values((self.index.response or {}).get("headers"), name))

    @property
    def media_type(self) -> str:
        """The content type without its parameters, in lower case; "" where it was not sent."""
        return self.exchange.media_type

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
    def is_endpoint(self) -> bool:
        """Whether it is an endpoint that was probed and so far sends events of its own, not the Messages API's."""
        return self.is_probe and not self.is_messages

    @property
    def dispatched(self) -> list[int]:
        """The numbers of the events, without the frames that are none."""
        return [n for n, code in enumerate(self.index.code, 1) if code != NOT_DISPATCHED]

    @property
    def says_done(self) -> bool:
        """Whether an event tells a page that the stream is over: by its type, or as OpenAI's API does."""
        if any(kind.event.lower() in _DONE for kind in self.index.event_types.known):
            return True
        last = next((n for n in range(self.index.count, 0, -1) if self.index.code[n - 1] != NOT_DISPATCHED), None)
        return last is not None and self.exchange.frame(last).data.strip() == "[DONE]"

    @property
    def lone_error(self) -> dict[str, Any] | None:
        """The error that is all that a file holds: a body that was saved without its status. None for anything else."""
        index = self.index
        if not self.is_import or index.response is not None or index.end is not None:
            return None
        if self.is_log and index.count == 1 and index.assembler.errors:
            data: Any = index.assembler.errors[0][1]
        elif not index.dispatched_at(index.count):
            data = self.exchange.json_body(index.count, len(index.tail))
        else:
            return None
        return data if isinstance(data, dict) and isinstance(data.get("error"), dict) else None

    @property
    def message(self) -> Message | None:
        """The last message that began."""
        return self.index.messages[-1] if self.index.messages else None

    def message_at(self, n: int) -> Message | None:
        """The message that event n belongs to."""
        at = bisect_right(self.index.messages, n, key=lambda message: message.start_n)
        return self.index.messages[at - 1] if at else None

    def is_untyped(self, n: int) -> bool:
        """Whether event n has a name, but no type in its data: SDKs hand it out and make nothing of it."""
        untyped = self.index.assembler.untyped
        at = bisect_left(untyped, n)
        return at < len(untyped) and untyped[at] == n

    def whole(self, block: Block) -> Block:
        """The block with everything that came for it, also after its end."""
        message = self.message_at(block.start_n)
        return next((one for one in (message.blocks if message else ()) if one.start is block.start), block)

    def grew_later(self, block: Block) -> bool:
        """Whether text came for a block, as of its own end, after that."""
        had = {kind: len(buffer.text) for kind, buffer in block.buffers.items()}
        return any(len(buffer.text) > had.get(kind, 0) for kind, buffer in self.whole(block).buffers.items())

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
        """When the recording ended, in ns since the request was sent; None where it does not say."""
        t_ns = (self.index.end or {}).get("t_ns")
        return t_ns if isinstance(t_ns, int) else None

    @property
    def began_s(self) -> float | None:
        """When the recording began, in seconds since 1970; None where it does not say."""
        try:
            return datetime.fromisoformat(str((self.index.header or {}).get("started_at"))).timestamp()
        except (ValueError, OverflowError):
            return None

    @property
    def ttfb_ns(self) -> int | None:
        """When the response's headers came, in ns since the request was sent; None where that is not known."""
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


def late_usage(stream: Stream, message: Message) -> dict[str, Any]:
    """The usage in a message_stop, which has none in the protocol; {} where there is none."""
    if message.stop_n is None or stream.index.size[message.stop_n - 1] <= _BARE_STOP:
        return {}
    data = loads_or(stream.exchange.frame(message.stop_n).data)
    return usage_of(data) if isinstance(data, dict) else {}


def is_claude(message: Message) -> bool:
    """Whether the message says that it comes from a Claude model, which signs its thinking."""
    return "claude" in str(message.start.get("model") or "").lower()


def block_name(block: Block) -> str:
    """ "block 1 (tool_use get_weather)"."""
    name = block.start.get("name")
    kind = block.type + (f" {clip(name, 40)}" if isinstance(name, str) and name else "")
    return f"block {block.index} ({kind})"
