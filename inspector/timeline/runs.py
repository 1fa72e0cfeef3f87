"""The short way through a long stream: runs of equal deltas, taken in by columns instead of one by one.

Nine of ten events are deltas of the same type for the same block, written by our own writer. A run of them is told by
counting a marker in its bytes, and taken apart by `map`, at a third of the cost of a loop. Whatever does not look like
that is left to the loop.
"""

from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any, Final

_SHORTEST: Final = 16
_EVENT: Final = "content_block_delta"
_KEYS: Final = ("kind", "t_ns", "read", "event", "data")
_FRAMING: Final = len("event: " + _EVENT + "\ndata: " + "\n\n")
# From the first byte of `"data":` to the data, and `}` with LF behind it.
_AROUND_DATA: Final = len('"data":') + len("}\n")

_data, _delta, _index, _type = map(itemgetter, ("data", "delta", "index", "type"))
_t_ns, _read, _event = map(itemgetter, ("t_ns", "read", "event"))


@dataclass(slots=True)
class Run:
    """Consecutive deltas for one block: the columns that the index keeps, and the pieces of text."""

    sizes: list[int]
    t_ns: "array[int]"
    read: "array[int]"
    pieces: list[str]


def marker(index: int, delta_type: str) -> bytes:
    """What every line of a run holds once: inside a JSON string its quotes would be escaped."""
    return b'"event":"%b","data":{"type":"%b","index":%d,"delta":{"type":"%b",' % (
        _EVENT.encode(), _EVENT.encode(), index, delta_type.encode(),
    )  # fmt: skip


def segments(lines: Sequence[bytes], wanted: bytes, joined: bytes, first: int = 0) -> Iterator[tuple[int, int, bool]]:
    """Cuts the lines, which `joined` holds, into (start, end, whether each has the marker), counted from `first`."""
    count = joined.count(wanted)
    size = len(lines)
    if count == 0 or count == size or size < _SHORTEST:
        yield first, first + size, count == size and size >= _SHORTEST
        return
    middle = size // 2
    yield from segments(lines[:middle], wanted, b"".join(lines[:middle]), first)
    yield from segments(lines[middle:], wanted, b"".join(lines[middle:]), first + middle)


def take_run(lines: Sequence[bytes], objects: Sequence[Any], index: int, delta_type: str, field: str) -> Run | None:
    """The columns of these lines, None where any of them is not just what the writer makes."""
    size = len(lines)
    try:
        data = list(map(_data, objects))
        deltas = list(map(_delta, data))
        pieces = list(map(itemgetter(field), deltas))
        run = Run(
            [len(line) - line.index(b'"data":') - _AROUND_DATA + _FRAMING for line in lines],
            array("q", map(_t_ns, objects)),
            array("I", map(_read, objects)),
            pieces,
        )
        as_written = (
            list(map(len, objects)).count(len(_KEYS)) == size
            and list(map(next, map(reversed, objects))).count("data") == size
            and list(map(_event, objects)).count(_EVENT) == size
            and list(map(_type, data)).count(_EVENT) == size
            and list(map(_index, data)).count(index) == size
            and list(map(_type, deltas)).count(delta_type) == size
            and set(map(type, pieces)) == {str}
            and all(line.endswith(b"}}\n") for line in lines)
            and min(run.t_ns) >= 0
            and min(run.read) > 0
        )
    except (KeyError, TypeError, ValueError, OverflowError):
        return None
    return run if as_written else None
