"""Our own recordings of Bedrock calls: the body is binary, and shown as the events in it, also while it grows."""

import os
import tempfile
from collections.abc import Iterator
from threading import Lock
from typing import BinaryIO, cast

from inspector.formats.bedrock import MEDIA_TYPE, EventLines
from inspector.recording import LineReader
from inspector.recording.body_reads import BodyReads
from inspector.recording.lines import is_message_stop, object_line
from inspector.recording.lock import is_held
from inspector.text.json_text import loads_strict_or
from inspector.timeline import Exchange
from inspector.timeline.asked import header_values


def as_events(exchange: Exchange) -> Exchange | None:
    """The exchange with its events in the place of the binary body, each with the time of the read that completed it.

    None where it is no Bedrock call, as far as is known. Else it takes the file over.
    """
    while exchange.index.response is None and exchange.load_block():
        pass
    headers = (exchange.index.response or {}).get("headers")
    if next(header_values(headers, "content-type"), "").partition(";")[0].strip().lower() != MEDIA_TYPE:
        return None
    made = _Made(exchange.reader.again())
    exchange.close()
    found = Exchange(made, exchange.name)
    found.temporary = True
    found.import_notes = made.notes
    found.fill, found.still_arriving, found.wire = made.fill, made.goes_on, made.wire
    return found


class _Made:
    """A temporary recording of what a recording, which may be growing, means: a `File` made while it is read."""

    def __init__(self, reader: LineReader) -> None:
        self.notes: list[str] = []
        self._file = cast(BinaryIO, tempfile.TemporaryFile("w+b", buffering=0))  # noqa: SIM115
        self._reader = reader
        self._lock = Lock()
        self._reads = BodyReads()
        self._events = EventLines(self.notes)
        self._stopped = self._ended = False

    def fileno(self) -> int:
        """See `File`."""
        return self._file.fileno()

    def close(self) -> None:
        """See `File`. Whoever reads the temporary recording elsewhere has what is in it."""
        with self._lock:
            self._ended = True
            self._reader.close()
            self._file.close()

    def goes_on(self) -> bool:
        """Whether more may come."""
        return not self._ended and is_held(self._reader.file.fileno())

    def fill(self) -> None:
        """Takes in what has come. In any thread."""
        with self._lock:
            # Asked first: what was written before it was over is then there.
            goes_on = self.goes_on()
            while not self._ended and (block := self._reader.next_block()):
                self._write(line for given in block.lines for line in self._lines(given))
            if not self._ended and not goes_on:
                self._ended = True
                self._write(self._events.close())

    def wire(self) -> Iterator[bytes]:
        """The binary body as it came."""
        reader, reads = LineReader(self._reader.file), BodyReads()
        while block := reader.next_block():
            for line in block.lines:
                yield from (read.content for read in reads.feed(line))

    def _write(self, lines: Iterator[bytes]) -> None:
        view = memoryview(b"".join(lines))
        while view:
            view = view[os.write(self.fileno(), view) :]

    def _lines(self, line: bytes) -> Iterator[bytes]:
        values = loads_strict_or(line)
        kind = values.get("kind") if isinstance(values, dict) else None
        if kind == "recording":
            source = values.get("source")
            source = {**(source if isinstance(source, dict) else {}), "kind": "import", "format": "bedrock"}
            yield object_line("recording", {**values, "version": 1, "source": source})
        elif kind in ("event", "frame", "spill", "tail"):
            for read in self._reads.feed(line):
                for event in self._events.feed(*read):
                    self._stopped = self._stopped or is_message_stop(event)
                    yield event
        elif kind == "end":
            self._ended = True
            yield from self._events.close()
            reason = values.get("reason")
            if reason in ("complete", "eof"):
                values["reason"] = "complete" if self._stopped else "eof"
            yield object_line("end", values)
        else:
            yield line
