"""The short way through a long recording: runs of equal deltas, taken in by columns instead of one by one.

Nine of ten events are deltas of the same type for the same block, written by our own writer. A run of them is told by
counting a marker in its bytes, and taken apart by `map`, at a third of the cost of a loop. Whatever does not look like
that is left to the loop.
"""

from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any, Final

from inspector.recording.lines import HIGHEST_READ, LONGEST_TIME

_SHORTEST: Final = 16
_EVENT: Final = "content_block_delta"
_FRAMING: Final = len("event: " + _EVENT + "\ndata: " + "\n\n")
_BEFORE_DATA: Final = b',"event":"content_block_delta","data":'
_BEHIND_DATA: Final = b"}\n"

_columns = tuple(map(itemgetter, ("kind", "t_ns", "read", "event", "data")))
_delta, _index, _type = map(itemgetter, ("delta", "index", "type"))
_ending = itemgetter(slice(-3, None))


@dataclass(frozen=True, slots=True)
class DeltaRun:
    """Consecutive deltas for one block, as columns: each frame's size in bytes, time (ns), read, and piece of text."""

    sizes: list[int]
    t_ns: "array[int]"
    read: "array[int]"
    pieces: list[str]


def stretches(lines: Sequence[bytes], joined: bytes, index: int, delta_type: str) -> Iterator[tuple[int, int, bool]]:
    """Cuts lines, which `joined` holds, into (start, end, whether all of them may be such deltas)."""
    return _stretches(lines, _marker(index, delta_type), joined, 0)


def _marker(index: int, delta_type: str) -> bytes:
    """What every line of a run holds once: inside a JSON string its quotes would be escaped."""
    return b'"event":"%b","data":{"type":"%b","index":%d,"delta":{"type":"%b",' % (
        _EVENT.encode(), _EVENT.encode(), index, delta_type.encode(),
    )  # fmt: skip


def _stretches(lines: Sequence[bytes], marker: bytes, joined: bytes, first: int) -> Iterator[tuple[int, int, bool]]:
    count = joined.count(marker)
    size = len(lines)
    if count == 0 or count == size or size < _SHORTEST:
        yield first, first + size, count == size and size >= _SHORTEST
        return
    middle = size // 2
    yield from _stretches(lines[:middle], marker, b"".join(lines[:middle]), first)
    yield from _stretches(lines[middle:], marker, b"".join(lines[middle:]), first + middle)


def read_run(
    lines: Sequence[bytes], objects: Sequence[Any], index: int, delta_type: str, field: str
) -> DeltaRun | None:
    """The columns of lines and their values, None where any line is not just what the writer makes of such a delta.

    `field` is the delta's field that holds its text.
    """
    size = len(lines)
    try:
        kind, t_ns, read, event, data = (list(map(column, objects)) for column in _columns)
        deltas = list(map(_delta, data))
        pieces = list(map(itemgetter(field), deltas))
        uniform = (
            kind.count("event") == event.count(_EVENT) == list(map(_type, data)).count(_EVENT) == size
            and list(map(_index, data)).count(index) == list(map(_type, deltas)).count(delta_type) == size
            and set(map(len, objects)) == {len(_columns)}
            and set(map(type, t_ns)) == set(map(type, read)) == {int}
            and set(map(type, pieces)) == {str}
            and 0 <= t_ns[0] <= t_ns[-1] < LONGEST_TIME
            and 0 < read[0] <= read[-1] < HIGHEST_READ
            and sorted(t_ns) == t_ns
            and sorted(read) == read
        )
    except (KeyError, TypeError):
        return None
    if not uniform:
        return None
    # Where the data begin at the same place in all lines, all that stands before them is as long as in the first.
    head = len(b'{"kind":"event","t_ns":%d,"read":%d' % (t_ns[0], read[0]))
    before = itemgetter(slice(head, head + len(_BEFORE_DATA)))
    if set(map(before, lines)) != {_BEFORE_DATA} or set(map(_ending, lines)) != {b"}" + _BEHIND_DATA}:
        return None
    framing = _FRAMING - head - len(_BEFORE_DATA) - len(_BEHIND_DATA)
    return DeltaRun(list(map(framing.__add__, map(len, lines))), array("q", t_ns), array("I", read), pieces)
