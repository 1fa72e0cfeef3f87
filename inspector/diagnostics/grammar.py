"""Where the protocol's grammar stands."""

from typing import NamedTuple

from inspector.protocol import EVENTS
from inspector.timeline.message import Block


class Step(NamedTuple):
    """Event n with its type and the number of its block (NO_BLOCK where it has none)."""

    n: int
    event: str
    block: int


class Grammar:
    """Where the protocol's grammar stands before an event: `open` blocks by the order in which they began.

    `first_n` is the first event of all, `late_n` the first after message_stop; `start_n`, `updated_n` and `stop_n` are
    the current message's message_start, last message_delta and message_stop, None where there is none; `started` are
    the indexes that were used in it, `expected` is the next one that is due.
    """

    def __init__(self) -> None:
        self.first_n: int | None = None
        self.start_n: int | None = None
        self.stop_n: int | None = None
        self.updated_n: int | None = None
        self.open: list[Block] = []
        self.started: set[int] = set()
        self.expected = 0
        self.late_n: int | None = None

    @property
    def watches_deltas(self) -> bool:
        """Whether a content delta would be out of place now: before everything, or the first one after the end."""
        return self.first_n is None or (self.stop_n is not None and self.late_n is None)

    def take(self, step: Step, block: Block | None) -> None:
        """Makes the event count; `block` is the one that a content_block_start began."""
        if self.first_n is None and step.event in EVENTS and step.event != "error":
            self.first_n = step.n
        if step.event == "message_start":
            self._start(step.n)
        elif step.event == "content_block_start":
            self.started.add(step.block)
            self.expected = step.block + 1
            if block:
                self.open.append(block)
        elif step.event == "content_block_stop":
            for at in range(len(self.open) - 1, -1, -1):
                if self.open[at].index == step.block:
                    del self.open[at]
                    break
        elif step.event == "message_delta":
            self.updated_n = step.n
        elif step.event == "message_stop" and self.stop_n is None:
            self.stop_n = step.n
            self.open = []
        if self.stop_n is not None and step.n > self.stop_n:
            self.late_n = step.n

    def _start(self, n: int) -> None:
        self.start_n, self.stop_n, self.late_n = n, None, None
        self.updated_n, self.expected = None, 0
        self.open, self.started = [], set()
