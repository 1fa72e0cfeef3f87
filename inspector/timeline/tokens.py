"""Output tokens as they came. The API reports their number at the start and the end only; between, it is estimated."""

from bisect import bisect_right
from collections.abc import Sequence

from inspector.timeline.index import Index


def content_sizes(index: Index, places: Sequence[int]) -> list[int]:
    """How many bytes of content the deltas had brought as of each of these events."""
    deltas, sizes = index.assembler.content_deltas, index.assembler.content_bytes
    counts = (bisect_right(deltas, n) for n in places)
    return [sizes[count - 1] if count else 0 for count in counts]


def reported(index: Index, n: int) -> list[tuple[int, int]]:
    """The (event, number of output tokens of the stream so far) that had been reported as of event n, in order."""
    tokens = index.told.tokens
    count = tokens.count_at(n)
    return list(zip(tokens.events[:count], tokens.values[:count], strict=True))


def estimated(index: Index, places: Sequence[int]) -> list[float] | None:
    """How many output tokens had come as of each of these events, which rise; as of the last of them.

    Between two reports they are spread as the bytes of content are; behind the last one, at the rate until there. None
    where no message_delta has reported any: what a message_start reports is not the number of anything that follows.
    """
    told = index.told
    if not places or told.first_update is None or told.first_update > places[-1]:
        return None
    events, totals = told.tokens.events, told.tokens.values
    reports = told.tokens.count_at(places[-1])
    whole = _size(index, events[reports - 1])
    rate = totals[reports - 1] / whole if whole else 0.0
    curve = []
    for n, size in zip(places, content_sizes(index, places), strict=True):
        at = told.tokens.count_at(n)
        before, begun = (totals[at - 1], _size(index, events[at - 1])) if at else (0, 0)
        tokens = float(before)
        if at < reports:
            brought = _size(index, events[at]) - begun
            tokens += (totals[at] - before) * (size - begun) / brought if brought else 0.0
        else:
            tokens += (size - begun) * rate
        curve.append(tokens)
    return curve


def _size(index: Index, n: int) -> int:
    return content_sizes(index, [n])[0]
