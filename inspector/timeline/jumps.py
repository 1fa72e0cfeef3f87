"""Places in a timeline that somebody wants to go to."""

import re
from bisect import bisect_left, bisect_right
from operator import attrgetter
from typing import Final

from inspector.timeline.exchange import Exchange

_TIME: Final = re.compile(r"([+-]?)(\d+(?:\.\d+)?)\s*(ms|s|m)")
_START: Final = attrgetter("start_n")
_UNITS: Final = {"ms": 1e6, "s": 1e9, "m": 60e9}


def place_of(exchange: Exchange, text: str, n: int) -> int | None:
    """The frame that a text names, seen from frame n: `120`, `+10`, `50%`, `3.2s`, `+500ms`, `b2`. None: no such."""
    text = text.strip().lower().replace(",", "")
    count = exchange.index.count
    if not count:
        return None
    if found := _TIME.fullmatch(text):
        sign, number, unit = found.groups()
        return _at_time(exchange, sign, float(number) * _UNITS[unit], n)
    if re.fullmatch(r"[+-]\d+", text):
        return min(max(1, n + int(text)), count)
    if text.isdecimal():
        return int(text) if 1 <= int(text) <= count else None
    if found := re.fullmatch(r"(\d+(?:\.\d+)?)%", text):
        return min(max(1, round(count * float(found[1]) / 100)), count)
    if found := re.fullmatch(r"b(?:lock)?\s*(\d+)", text):
        wanted = int(found[1])
        return next((block.start_n for block in exchange.index.blocks if block.index == wanted), None)
    return None


def same_kind(exchange: Exchange, n: int, backward: bool = False) -> int | None:
    """The next frame after (before) frame n of the same kind, None where there is none."""
    codes = exchange.index.code
    code = codes[n - 1]
    at = codes.rfind(code, 0, n - 1) if backward else codes.find(code, n, exchange.index.count)
    return at + 1 if at >= 0 else None


def next_block(exchange: Exchange, n: int, backward: bool = False) -> int | None:
    """Where the next block after (the last one before) frame n starts."""
    blocks = exchange.index.blocks
    at = bisect_left(blocks, n, key=_START) - 1 if backward else bisect_right(blocks, n, key=_START)
    return blocks[at].start_n if 0 <= at < len(blocks) else None


def _at_time(exchange: Exchange, sign: str, ns: float, n: int) -> int | None:
    index = exchange.index
    times = index.t_ns
    if times[index.count - 1] < 0:
        return None
    wanted = round(ns) if not sign else times[n - 1] + round(ns if sign == "+" else -ns)
    # The last frame that had come by then.
    return max(1, bisect_right(times, wanted, 0, index.count))
