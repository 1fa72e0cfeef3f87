"""What the fragments of a tool's input add up to. The reader of the JSON is the one behind the tool input pane."""

from bisect import bisect_right
from collections.abc import Collection
from itertools import pairwise
from typing import Any, Final, Literal, NamedTuple

from inspector.diagnostics.stream import Stream
from inspector.text.json_text import is_json, loads_exact
from inspector.timeline.message import Block, Buffer, decode
from inspector.timeline.partial_json import JsonScan, PartialMode, ToolInput, parse_beginning

Fault = Literal["truncated", "invalid", "headless", "trailing", "repeated"]

_ALL: Final = 1 << 62
# So many fragments are taken out, one at a time, to see whether the rest is whole.
_MOST_TRIED: Final = 20
_MOST_PARSED: Final = 64


class Input(NamedTuple):
    """What the fragments of a tool's input add up to: `fault` is None where they are whole JSON, which is `value`.

    truncated: a beginning of JSON · invalid: no JSON from the byte `offset` on, as `problem` says · headless: it does
    not begin as an object does · trailing: more stands behind a whole value, from `offset` on · repeated: fragments
    bring again what came before, at `offset` first.
    """

    text: bytes
    fault: Fault | None = None
    value: Any = None
    offset: int = 0
    problem: str = ""

    @property
    def partial(self) -> ToolInput:
        """What the SDK's parser makes of it."""
        return parse_beginning(self.text)


def tool_input(stream: Stream, block: Block) -> Input:
    """The input of a block as far as it came."""
    buffer = block.buffers.get("input_json_delta") or Buffer()
    # Several rules ask for the same block one after the other.
    if stream.memo is None or stream.memo[:2] != (block, len(buffer.text)):
        stream.memo = (block, len(buffer.text), _input(buffer))
    found: Input = stream.memo[2]
    return found


def fragment_at(buffer: Buffer, offset: int) -> tuple[int, int]:
    """The (number from 1, event) of the fragment that brought the byte at an offset, the last one for its end."""
    place = min(offset, len(buffer.text) - 1)
    at = bisect_right(buffer.ends, place)
    return at + 1, buffer.events[at]


def is_broken(text: bytes) -> bool:
    """Whether a text is neither JSON nor a beginning of it, or more follows: what TypeScript's SDK does not parse."""
    if not text.strip() or is_json(decode(text)):
        return False
    state = JsonScan().at(text, _ALL)
    return state is None or state.broken is not None


def refused_at(buffer: Buffer, mode: PartialMode, without: Collection[int] = ()) -> int | None:
    """The event at which the Python SDK gives a tool's input up, None where it does not.

    It parses what has come at each fragment, and raises where that is not even a beginning of JSON. `without`: events
    that it never sees. Of many fragments only the first ones and the last are tried, as each costs all before it.
    """
    text = b""
    last = len(buffer.events) - 1
    start = 0
    for at, (n, end) in enumerate(zip(buffer.events, buffer.ends, strict=True)):
        if n not in without:
            text += bytes(buffer.text[start:end])
            if text and (at < _MOST_PARSED or at == last) and parse_beginning(text, mode).problem is not None:
                return n
        start = end
    return None


def _input(buffer: Buffer) -> Input:
    text = bytes(buffer.text)
    if not text.strip():
        return Input(text, value={})
    try:
        return Input(text, value=loads_exact(text))
    except ValueError:
        pass
    state = JsonScan().at(text, _ALL)
    assert state
    repeated = _repeated(buffer, growing=state.broken is not None)
    if repeated is not None:
        return Input(text, "repeated", offset=repeated)
    start = len(text) - len(text.lstrip())
    if state.broken is not None and state.complete and not state.open:
        return Input(text, "trailing", offset=state.complete)
    if text[start : start + 1] != b"{":
        return Input(text, "headless", offset=start)
    if state.broken is not None:
        return Input(text, "invalid", offset=state.broken, problem=state.problem)
    return Input(text, "truncated", offset=len(text))


def _repeated(buffer: Buffer, growing: bool) -> int | None:
    """Where fragments first bring again what came before, None where they do not.

    One came twice, and without it the input is whole; or, where `growing` is possible, each holds all that came before.
    """
    starts = [0, *buffer.ends[:-1]]
    pieces = [bytes(buffer.text[start:end]) for start, end in zip(starts, buffer.ends, strict=True)]
    told = [(at, piece) for at, piece in enumerate(pieces) if piece]
    longer = len(told) > 1 and len(told[-1][1]) > len(told[0][1])
    if growing and longer and all(after.startswith(before) for (_, before), (_, after) in pairwise(told)):
        return starts[told[1][0]]
    twice = [at for at in range(1, len(pieces)) if pieces[at] == pieces[at - 1] and pieces[at]]
    for at in twice[:_MOST_TRIED]:
        # A whole value that comes again is another fault: more than one value.
        if not is_json(decode(pieces[at])) and is_json(decode(b"".join([*pieces[:at], *pieces[at + 1 :]]))):
            return starts[at]
    return None
