"""Output tokens as they came. The API reports their number at the start and the end only; between, it is estimated."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from itertools import accumulate
from typing import Any, Final

from inspector.timeline.index import Index

_MOST: Final = 10**12


def content_sizes(index: Index, places: Sequence[int]) -> list[int]:
    """How many bytes of content the deltas had brought as of each of these events, which rise."""
    if not places:
        return []
    brought = [0] * len(places)
    last = places[-1]
    for message in index.messages:
        if message.start_n > last:
            break
        for block in message.blocks:
            if block.start_n > last:
                break
            for buffer in block.buffers.values():
                if not buffer.events:
                    continue
                before = 0
                for at in range(bisect_left(places, buffer.events[0]), len(places)):
                    size = buffer.end_at(places[at])
                    brought[at] += size - before
                    before = size
                    if places[at] >= buffer.events[-1]:
                        break
    return list(accumulate(brought))


def reported(index: Index, n: int) -> list[tuple[int, int]]:
    """The (event, number of output tokens of the stream so far) that had been reported as of event n, in order."""
    found: list[tuple[int, int]] = []
    before = 0
    for message in index.messages:
        if message.start_n > n:
            break
        tokens = 0
        for at, value in ((message.start_n, message.start), *message.updates):
            if at <= n and (told := _told(value)) is not None:
                tokens = max(tokens, told)
                found.append((at, before + tokens))
        before += tokens
    return found


def estimated(index: Index, places: Sequence[int]) -> list[float] | None:
    """How many output tokens had come as of each of these events, which rise; as of the last of them.

    Between two reports they are spread as the bytes of content are; behind the last one, at the rate until there. None
    where no message_delta has reported any: what a message_start reports is not the number of anything that follows.
    """
    reports = reported(index, places[-1]) if places else []
    starts = {message.start_n for message in index.messages}
    if all(at in starts for at, _ in reports):
        return None
    known = [(0, 0), *reports]
    sizes = content_sizes(index, [at for at, _ in known])
    rate = known[-1][1] / sizes[-1] if sizes[-1] else 0.0
    curve = []
    for n, size in zip(places, content_sizes(index, places), strict=True):
        at = bisect_right(known, n, key=lambda report: report[0]) - 1
        tokens = float(known[at][1])
        more = size - sizes[at]
        if at + 1 < len(known):
            whole = sizes[at + 1] - sizes[at]
            tokens += (known[at + 1][1] - known[at][1]) * more / whole if whole else 0.0
        else:
            tokens += more * rate
        curve.append(tokens)
    return curve


def _told(value: dict[str, Any]) -> int | None:
    usage = value.get("usage")
    tokens = usage.get("output_tokens") if isinstance(usage, dict) else None
    return tokens if type(tokens) is int and 0 <= tokens < _MOST else None
