"""The rows of a timeline: what is said of each frame on one line."""

from typing import Any, Final, NamedTuple

from inspector.protocol import DELTAS, EVENTS, Tone
from inspector.protocol.errors import error_of, upstream_error
from inspector.recording.lines import read_data
from inspector.text.json_text import dumps
from inspector.text.sanitise import sanitise, sanitise_start
from inspector.timeline.assembler import NO_BLOCK, NOT_DISPATCHED, EventType
from inspector.timeline.exchange import Exchange
from inspector.timeline.index import NO_TIME

# A row shows a line of text: reading all of a 5 MB event for it would make a screen of them slow.
_READ: Final = 1 << 15
_SUMMARY: Final = 400


class Row(NamedTuple):
    """Frame `n` on one line. `label` names its type, `tone` groups types, `summary` says what it brings.

    `t_ns` and `gap_ns` (to the frame before) are None where the source has no times, `block` where it has no index.
    All text is harmless to a terminal.
    """

    n: int
    t_ns: int | None
    gap_ns: int | None
    label: str
    tone: Tone
    block: int | None
    summary: str


def row(exchange: Exchange, n: int) -> Row:
    """The row of frame n (from 1)."""
    index = exchange.index
    t_ns, gap_ns = time_of(exchange, n), gap_before(exchange, n)
    code, block = index.code[n - 1], index.block[n - 1]
    kind = index.event_types[code]
    data = None
    if code == NOT_DISPATCHED:
        label, tone, summary = _undispatched(exchange, n)
    else:
        label, tone = label_of(kind), tone_of(kind)
        whole, data = _data(exchange, n)
        summary = _summary(kind, data) if whole else f"{index.size[n - 1]:,} bytes"
    return Row(n, t_ns, gap_ns, label, tone, None if block == NO_BLOCK else block, sanitise(summary[:_SUMMARY]))


def time_of(exchange: Exchange, n: int) -> int | None:
    """When frame n arrived, ns since the request was sent."""
    t_ns = exchange.index.t_ns[n - 1]
    return None if t_ns == NO_TIME else t_ns


def gap_before(exchange: Exchange, n: int) -> int | None:
    """How long after the frame before it frame n arrived, ns; the first one has no gap."""
    times = exchange.index.t_ns
    if n < 2 or times[n - 1] == NO_TIME or times[n - 2] == NO_TIME:
        return None
    return times[n - 1] - times[n - 2]


def label_of(kind: EventType) -> str:
    """What a kind of event is called in a row; an unknown one by its own name."""
    if kind.event == "content_block_delta":
        delta = DELTAS.get(kind.part)
        return delta.label if delta else sanitise_start(kind.part)
    event = EVENTS.get(kind.event)
    return event.label if event else sanitise_start(kind.event) or "(no type)"


def tone_of(kind: EventType) -> Tone:
    """The group of a kind of event, which a screen may give a colour."""
    if kind.event == "content_block_delta":
        delta = DELTAS.get(kind.part)
        role = delta.role if delta else "unknown"
        return "block" if role == "other" else role
    event = EVENTS.get(kind.event)
    return event.tone if event else "unknown"


def _data(exchange: Exchange, n: int) -> tuple[bool, Any]:
    """Whether the frame is small enough to be read for a row, and its data."""
    if exchange.index.size[n - 1] > _READ:
        return False, None
    return True, read_data(exchange.line(n), first=n == 1)


def _undispatched(exchange: Exchange, n: int) -> tuple[str, Tone, str]:
    size = exchange.index.size[n - 1]
    if size > _READ:
        return "no event", "quiet", f"{size:,} bytes"
    frame = exchange.frame(n)
    if frame.comments:
        return "comment", "quiet", " ".join(frame.comments)
    if frame.retry is not None:
        return "retry", "quiet", f"{frame.retry:,} ms"
    text = frame.raw.decode("utf-8", "replace").strip()
    return ("no event", "quiet", text) if text else ("blank line", "quiet", "")


def _summary(kind: EventType, data: Any) -> str:
    if not isinstance(data, dict):
        return data if isinstance(data, str) else _json(data)
    if kind.event == "content_block_delta":
        return _delta(data.get("delta"))
    if kind.event == "content_block_start":
        return _block(data.get("content_block"))
    if kind.event in ("content_block_stop", "ping", "message_stop"):
        extra = {key: value for key, value in data.items() if key not in ("type", "index")}
        return _json(extra) if extra else ""
    if kind.event == "message_start":
        return _message(data.get("message"))
    if kind.event == "message_delta":
        return _update(data)
    if kind.event == "error" and (words := _error(data)):
        return words
    return _json({key: value for key, value in data.items() if key != "type"})


def _error(data: dict[str, Any]) -> str:
    """Its type and message, and the message of the upstream's error that it holds."""
    error, inner = error_of(data), upstream_error(data)
    messages = [error.message, inner.message if inner else None]
    if messages[0] == messages[1]:
        messages.pop()
    return ": ".join(_word(value) for value in (error.type, *messages) if value is not None)


def _delta(delta: Any) -> str:
    if not isinstance(delta, dict):
        return _json(delta)
    values = [value for key, value in delta.items() if key != "type"]
    return _json(values[0]) if len(values) == 1 else _json({k: v for k, v in delta.items() if k != "type"})


def _block(block: Any) -> str:
    if not isinstance(block, dict):
        return _json(block)
    words = [block.get(key) for key in ("type", "name", "id", "tool_use_id")]
    return " ".join(_word(word) for word in words if word)


def _word(value: Any) -> str:
    return value if isinstance(value, str) else _json(value)


def _message(message: Any) -> str:
    if not isinstance(message, dict):
        return _json(message)
    return " ".join(_word(message[key]) for key in ("model", "id") if message.get(key))


def _update(data: dict[str, Any]) -> str:
    delta, usage = data.get("delta"), data.get("usage")
    reason = delta.get("stop_reason") if isinstance(delta, dict) else None
    words = [_word(reason)] if reason else []
    tokens = usage.get("output_tokens") if isinstance(usage, dict) else None
    if tokens is not None:
        words.append(f"out {_word(tokens)}")
    return " · ".join(words) or _json(data)


def _json(value: Any) -> str:
    """Short JSON, as people read it: text beyond ASCII as it is."""
    return dumps(value).decode("utf-8", "replace")
