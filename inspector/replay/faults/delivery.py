"""The same bytes come otherwise: later, together, in pieces, compressed."""

import zlib
from collections.abc import Iterator
from typing import Final

from inspector.replay.emission import Emission, Ending, ResponseHead
from inspector.replay.faults.edits import delayed_from
from inspector.replay.faults.fault import Change, Fault, FaultSpec, duration_ns, offset_after, plain
from inspector.timeline import Exchange

_GZIP: Final = 31
_LARGEST_READ: Final = 1 << 20


def _stall(spec: FaultSpec, exchange: Exchange) -> Change:
    plain(spec, event=True, options=1)
    if not spec.options:
        raise spec.wrong("it needs a duration, as in stall@20:5s")
    pause = duration_ns(spec, spec.options[0])
    offset = offset_after(spec, exchange)
    return lambda emissions: delayed_from(emissions, offset, pause)


def _burst(spec: FaultSpec, exchange: Exchange) -> Change:
    plain(spec)
    return _at_once


def _at_once(emissions: Iterator[Emission]) -> Iterator[Emission]:
    held: list[bytes] = []
    for due, what in emissions:
        if isinstance(what, bytes):
            held.append(what)
            continue
        if isinstance(what, Ending) and held:
            yield due, b"".join(held)
        yield due, what


def _rechunk(spec: FaultSpec, exchange: Exchange) -> Change:
    plain(spec, value=True)
    size = int(spec.value) if spec.value and spec.value.isdecimal() and len(spec.value) < 9 else 0
    if not 1 <= size <= _LARGEST_READ:
        raise spec.wrong(f"it needs a number of bytes, 1 to {_LARGEST_READ}")
    return lambda emissions: _rechunked(emissions, size)


def _rechunked(emissions: Iterator[Emission], size: int) -> Iterator[Emission]:
    for due, what in emissions:
        if isinstance(what, bytes):
            for at in range(0, len(what), size):
                yield due, what[at : at + size]
        else:
            yield due, what


def _gzip(spec: FaultSpec, exchange: Exchange) -> Change:
    plain(spec, options=1)
    if spec.options not in ((), ("noflush",)):
        raise spec.wrong("it is gzip or gzip:noflush")
    return lambda emissions: _gzipped(emissions, flush=not spec.options)


def _gzipped(emissions: Iterator[Emission], flush: bool) -> Iterator[Emission]:
    compressor = zlib.compressobj(wbits=_GZIP)
    for due, what in emissions:
        if isinstance(what, ResponseHead):
            kept = tuple(header for header in what.headers if header[0] != "content-length")
            yield due, ResponseHead(what.status, (*kept, ("content-encoding", "gzip")))
            continue
        if isinstance(what, bytes):
            packed = compressor.compress(what) + (compressor.flush(zlib.Z_SYNC_FLUSH) if flush else b"")
        else:
            packed = compressor.flush() if what is Ending.CLEAN else b""
        if packed:
            yield due, packed
        if isinstance(what, Ending):
            yield due, what


STALL = Fault(
    "stall",
    "stall@N:5s",
    "sends nothing for that long after event N",
    "waits, or raises httpx2.ReadTimeout after its read timeout",
    ("B04",),
    _stall,
    at_event=True,
)
FAULTS = (
    Fault(
        "gzip",
        "gzip[:noflush]",
        "compresses the body, flushing after each read, or only at the end",
        "gives the same events, without the flush all of them at the end",
        ("T06", "B01"),
        _gzip,
        streams_only=False,
    ),
    Fault(
        "burst",
        "burst",
        "holds the whole body until its end",
        "gives the same events, all at once",
        ("B01",),
        _burst,
        streams_only=False,
    ),
    Fault(
        "rechunk",
        "rechunk=BYTES",
        "cuts the body into reads of that size, through lines and characters",
        "gives the same events; code that parses each chunk by itself breaks",
        ("F10",),
        _rechunk,
        streams_only=False,
    ),
)
