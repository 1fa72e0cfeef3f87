"""From what a server sends to the reads that a client sees."""

from dataclasses import dataclass
from random import Random

NS_IN_MS = 1_000_000
# Frames that were sent closer together than this often share a read.
TOGETHER_MS = 4.0


@dataclass(slots=True)
class Sending:
    """One frame on its way. `cuts`: offsets in it at which a read must end."""

    at_ms: float
    raw: bytes
    cuts: tuple[int, ...] = ()


def reads(sendings: list[Sending], rng: Random) -> tuple[list[bytes], list[int]]:
    """Chunks and their arrival times in ns: some hold several frames, some end in the middle of one."""
    chunks: list[tuple[bytes, float]] = []
    held = b""
    for number, sending in enumerate(sendings):
        following = sendings[number + 1] if number + 1 < len(sendings) else None
        gap = following.at_ms - sending.at_ms if following else 1e9
        if sending.cuts:
            for start, end in zip((0, *sending.cuts), (*sending.cuts, len(sending.raw)), strict=True):
                chunks.append((held + sending.raw[start:end], sending.at_ms + start / 20))
                held = b""
        elif rng.random() < (0.7 if gap < TOGETHER_MS else 0.1 if gap < 80 else 0):
            held += sending.raw
        elif rng.random() < 0.06:
            cut = 1 + int(rng.random() * (len(sending.raw) - 1))
            chunks.append((held + sending.raw[:cut], sending.at_ms))
            chunks.append((sending.raw[cut:], sending.at_ms + 1 + rng.random() * 8))
            held = b""
        else:
            chunks.append((held + sending.raw, sending.at_ms))
            held = b""
    return _in_order(chunks, rng)


def one_read(sendings: list[Sending]) -> tuple[list[bytes], list[int]]:
    """What a buffering proxy makes of it: everything at once, when the last frame has been sent."""
    return [b"".join(sending.raw for sending in sendings)], [int(sendings[-1].at_ms * NS_IN_MS)]


def _in_order(chunks: list[tuple[bytes, float]], rng: Random) -> tuple[list[bytes], list[int]]:
    times: list[int] = []
    for _, at_ms in chunks:
        earliest = times[-1] + 50_000 + int(rng.random() * 100_000) if times else 0
        times.append(max(earliest, int(at_ms * NS_IN_MS)))
    return [chunk for chunk, _ in chunks], times
