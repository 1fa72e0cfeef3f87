"""The unit of an event stream: what stands up to a blank line."""

from dataclasses import dataclass


@dataclass(slots=True)
class Frame:
    """The bytes up to and with the terminator of a blank line, and what the standard reads in them.

    `event` and `data` are what a listener gets: `event` is "message" where the frame has no name, `data` is its data
    lines joined by LF. `id` is the last event id as of this frame. `name` is the name on the wire, None where there is
    no `event` field. `dispatched` is False for a frame without a `data` field: a comment, an id or retry alone, a lone
    blank line. `retry` is in milliseconds.

    `raw` holds the exact bytes, `t_ns` when the read that completed the frame arrived (nanoseconds, on the clock of
    whoever feeds the decoder) and `read` the number of that read, from 1. `splits` are the (offset in `raw`, t_ns)
    at which earlier reads ended inside the frame.

    `spilled` is how many pieces of the frame `Decoder.spill` had handed over before it was whole: `raw` is what follows
    them, and the offsets in `splits`, which leave out those handed over too, count from the frame's beginning.
    """

    event: str = "message"
    data: str = ""
    id: str = ""
    name: str | None = None
    dispatched: bool = True
    retry: int | None = None
    comments: tuple[str, ...] = ()
    raw: bytes = b""
    t_ns: int | None = None
    read: int | None = None
    splits: tuple[tuple[int, int | None], ...] = ()
    spilled: int = 0
