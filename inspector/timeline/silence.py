"""The longest time in which pings were all that came, kept so that any moment's figure costs next to nothing.

A ping is an arrival: the gaps between reads stay short while a reader waits for the next word.
"""

from array import array
from bisect import bisect_right

from inspector.timeline.index import NO_TIME, Index


class Silence:
    """Stretches with pings only, from the event before them to the event after; `advance()` takes in what has come."""

    def __init__(self, index: Index) -> None:
        self._index = index
        self._done = 0
        self._ended_with = array("I")
        self._longest = array("q")

    def advance(self) -> None:
        """Takes in the frames that have come since."""
        code, count = self._index.code, self._index.count
        pings = self._index.kinds.codes("ping")
        at = self._done
        while at < count:
            found = [place for ping in pings if (place := code.find(ping, at, count)) >= 0]
            if not found:
                at = count
                break
            first = after = min(found)
            while after < count and code[after] in pings:
                after += 1
            at = after
            if after == count:
                # It may go on.
                at = first
                break
            self._take(first, after)
        self._done = at

    def longest(self, n: int) -> tuple[int, int] | None:
        """As of event n: the longest in ns, and the event that ended it; None where there was none."""
        at = bisect_right(self._ended_with, n) - 1
        return (self._longest[at], self._ended_with[at]) if at >= 0 else None

    def _take(self, first: int, after: int) -> None:
        times = self._index.t_ns
        if not first or NO_TIME in (times[first - 1], times[after]):
            return
        lasted = times[after] - times[first - 1]
        if lasted > (self._longest[-1] if self._longest else 0):
            self._longest.append(lasted)
            self._ended_with.append(after + 1)
