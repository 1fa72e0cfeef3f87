"""The pure part of recording: what happens in one HTTP exchange, as the lines of a recording."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from inspector.protocol.errors import error_of
from inspector.recording import EndReason, Writer
from inspector.recording.content_coding import LARGEST_PIECE, ContentDecoder
from inspector.recording.lines import delta_lines, frame_line, note_line, spill_line
from inspector.sse import Decoder, Frame
from inspector.text.json_text import loads_or

EVENT_STREAM: Final = "text/event-stream"
# The header in which the SDK counts its retries.
RETRY_COUNT: Final = "x-stainless-retry-count"
LONGEST_HELD: Final = 256 << 10
"""So many bytes of an unfinished frame are held at most, before they are spilled."""
# What a line costs, or a piece that brings none, as bytes of a line; so many of them are a millisecond or two.
_LINE_WORK: Final = 1 << 10
_PIECE_WORK: Final = 128 << 10
_MOST_WORK: Final = 256 << 10

Error = tuple[str, str]
Headers = Iterable[tuple[str, str]]


class Recorder:
    """One HTTP exchange, from what happens on the connection to the lines of a recording. No network, no clock.

    Call `request`, `response`, `reads` as often as bytes come, and `end`. Times are nanoseconds since the request was
    sent. Whatever is whole is written before a call returns, and what is not once it is long; OSError where the disk
    refuses. `held_since_ns`: when the oldest of what is not written came, None where there is nothing of the kind.
    """

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self._decoder = Decoder()
        self._content = ContentDecoder()
        self._is_stream = False
        self._stopped = False
        self._taken = 0
        self._error_event: Error | None = None
        self._told = False
        self.held_since_ns: int | None = None

    def request(self, method: str, url: str, headers: Headers, body: bytes | None, left_out: str | None = None) -> None:
        """The request, with the whole body; None or empty: it has none, or `left_out` says why it is not here."""
        self._writer.request(method, url, headers, body, left_out)

    def response(self, t_ns: int, status: int, headers: Headers) -> None:
        """The head of the response."""
        headers = list(headers)
        values = {name.lower(): value for name, value in headers}
        self._content = ContentDecoder(values.get("content-encoding", ""))
        self._is_stream = values.get("content-type", "").partition(";")[0].strip().lower() == EVENT_STREAM
        self._writer.response(t_ns, status, headers)

    def reads(self, chunks: Sequence[bytes], times: Sequence[int]) -> None:
        """Network reads in order, after transfer- and before content-decoding, each with when it came.

        A read is numbered when it brings bytes of the decoded body.
        """
        for _ in self.reading(chunks, times):
            pass

    def reading(self, chunks: Sequence[bytes], times: Sequence[int]) -> Iterator[None]:
        """`reads` with a pause after each millisecond of work or two. To be taken to the end."""
        decoder, is_identity = self._decoder, self._content.is_identity
        read, at_frame_start = decoder.reads, decoder.at_frame_start
        lines: list[bytes] = []
        work = 0
        for chunk, t_ns in zip(chunks, times, strict=True):
            # No frame is made of most events: at thousands a second the objects would cost more than the rest.
            line, end = delta_lines(chunk, t_ns, read + 1) if at_frame_start and is_identity else (b"", 0)
            if end and end == len(chunk):
                read = decoder.skip()
                self._is_stream = True
                lines.append(line)
                work += _LINE_WORK + end
            else:
                for line in self._lines(chunk, t_ns):
                    lines.append(line)
                    work += _LINE_WORK + len(line) if line else _PIECE_WORK
                    if work >= _MOST_WORK:
                        self._writer.write(b"".join(lines))
                        lines, work = [], 0
                        yield
                read, at_frame_start = decoder.reads, decoder.at_frame_start
            if work >= _MOST_WORK:
                self._writer.write(b"".join(lines))
                lines, work = [], 0
                yield
        self._writer.write(b"".join(lines))

    def spill(self, until_ns: int) -> None:
        """Writes what is held of an unfinished frame, if the oldest of it came until this time."""
        if self.held_since_ns is not None and self.held_since_ns <= until_ns:
            self._writer.write(self._spilled())

    def taken(self, t_ns: int) -> None:
        """Whoever reads through us has taken every read so far."""
        if self._decoder.reads > self._taken:
            self._taken = self._decoder.reads
            self._writer.sent(t_ns, self._taken)

    def end(self, t_ns: int, reason: EndReason | None = None, error: Error | None = None) -> None:
        """How it ended; `reason` None: the body ended cleanly. `error` is (type, message).

        Where our side left because of what had come (an error event, data that cannot be decoded), that is the reason.
        """
        if reason is None:
            reason = "eof" if self._is_stream and not self._stopped else "complete"
        elif reason == "error" and self._error_event:
            error = self._error_event
        elif reason == "cancelled" and (cause := self._error_event or self._undecodable()):
            reason, error = "error", cause
        if splits := self._decoder.splits:
            # The last read inside the tail is the one that its line names.
            *earlier, (_, last_ns) = splits
            decoder = self._decoder
            self._writer.tail(decoder.close(), last_ns, decoder.reads, earlier, decoder.spilled)
        self._writer.end(t_ns, reason, error)
        self._writer.close()

    def close(self) -> None:
        """Leaves the recording without an end."""
        self._writer.close()

    def _lines(self, chunk: bytes, t_ns: int) -> Iterator[bytes]:
        """The lines of what is whole with this read; b"" where work was done without bringing one."""
        content, counted = self._content, False
        plain = content.is_identity and len(chunk) <= LARGEST_PIECE
        for piece in (chunk,) if plain else content.pieces(chunk):
            yield from self._piece_lines(piece, t_ns, counted)
            counted = counted or bool(piece)
        if content.error and not self._told:
            self._told = True
            what = "what follows of the body" if content.decoded else "the body"
            yield note_line(t_ns, f"{what} is kept as it came: {content.error}")

    def _piece_lines(self, piece: bytes, t_ns: int, counted: bool) -> Iterator[bytes]:
        """Those of a part of a read, which may have been counted with another part."""
        decoder = self._decoder
        at, size = 0, len(piece)
        while at < size:
            if decoder.at_frame_start:
                lines, end = delta_lines(piece, t_ns, decoder.reads + (not counted), at)
                if end > at:
                    if not counted:
                        decoder.skip()
                    self._is_stream = counted = True
                    at = end
                    yield lines
                    continue
            # Up to where the next run of them may begin.
            end = piece.find(b"\n\n", at) + 2
            part = piece[at:end] if end > 1 else piece[at:]
            at += len(part)
            for frame in decoder.frames(part, t_ns, counted):
                self.held_since_ns = None
                yield frame_line(frame)
                if frame.dispatched:
                    self._note(frame)
            counted = True
        if decoder.pending >= LONGEST_HELD:
            yield self._spilled()
        if not decoder.pending:
            self.held_since_ns = None
        elif self.held_since_ns is None:
            self.held_since_ns = t_ns
        yield b""

    def _spilled(self) -> bytes:
        """The line of what is held of the unfinished frame; b"" where that is not even a character."""
        self.held_since_ns = None
        decoder = self._decoder
        _, last_ns = decoder.splits[-1]
        piece, splits = decoder.spill()
        return spill_line(piece, last_ns, decoder.reads, splits) if piece else b""

    def _note(self, frame: Frame) -> None:
        """Remembers what decides how the exchange ends."""
        self._is_stream = True
        if frame.name is not None and frame.name not in ("message_stop", "error"):
            return
        if frame.name == "message_stop" or ('"message_stop"' in frame.data and _type_of(frame.data) == "message_stop"):
            self._stopped = True
        elif frame.name == "error" and self._error_event is None:
            self._error_event = _error_of(frame.data)

    def _undecodable(self) -> Error | None:
        return ("content-encoding", self._content.error) if self._content.error else None


def attempt_of(retry_count: str) -> int:
    """Which attempt a request is, from 1, by the value of its RETRY_COUNT header, "" where it has none."""
    counted = retry_count.isascii() and retry_count.isdigit() and len(retry_count) < 9
    return int(retry_count) + 1 if counted else 1


def _type_of(data: str) -> object:
    value = loads_or(data.encode())
    return value.get("type") if isinstance(value, dict) else None


def _error_of(data: str) -> Error:
    """(type, message) of an error event's data, which may be anything."""
    error = error_of(loads_or(data.encode()))
    return error.type or "error", data if error.message is None else str(error.message)
