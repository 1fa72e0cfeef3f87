from array import array
from bisect import bisect_right
from operator import lt
from typing import Any


class Arrivals:
    """When each network read came (`t_ns`), and the first frame that it completed or went into (`brought`).

    `split` are the frames inside which a read ended.
    """

    def __init__(self) -> None:
        self.t_ns = array("q")
        self.brought = array("I")
        self.split = array("I")
        self.numbered = False
        self._last = 0

    def add(self, line: dict[str, Any], n: int) -> None:
        """Takes the reads of frame n (or of the tail after frame n - 1) from its line's `t_ns`, `read` and `splits`."""
        t_ns, read, splits = line.get("t_ns"), line.get("read"), line.get("splits")
        if not isinstance(t_ns, int):
            return
        if isinstance(read, int):
            self.numbered = True
        elif self.t_ns and self.t_ns[-1] == t_ns:
            return
        else:
            read = self._last + 1
        if read <= self._last:
            return
        if isinstance(splits, list) and splits:
            self.split.append(n)
            for number, split in enumerate(splits, read - len(splits)):
                came = split[1] if isinstance(split, list) and len(split) == 2 else None
                if number > self._last and isinstance(came, int):
                    self.t_ns.append(came)
                    self.brought.append(n)
        self.t_ns.append(t_ns)
        self.brought.append(n)
        self._last = read

    def extend(self, n: int, t_ns: "array[int]", read: "array[int]") -> None:
        """`add` for consecutive frames from n on, each in one read."""
        self.numbered = True
        if read[0] > self._last and all(map(lt, read, read[1:])):
            self.t_ns.extend(t_ns)
            self.brought.extend(range(n, n + len(read)))
            self._last = read[-1]
            return
        for at, (came, number) in enumerate(zip(t_ns, read, strict=True), n):
            if number > self._last:
                self.t_ns.append(came)
                self.brought.append(at)
                self._last = number

    def count_at(self, n: int) -> int:
        """How many reads had come when frame n was whole."""
        return bisect_right(self.brought, n)
