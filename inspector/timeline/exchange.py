"""One recorded exchange, and all that can be said of it as of any event."""

from collections.abc import Callable, Iterator
from copy import copy
from dataclasses import replace
from typing import Any, Final, Literal, Self

from inspector.protocol import error_type_for_status
from inspector.protocol.endpoints import Asked, Operation
from inspector.protocol.errors import error_of
from inspector.recording import File, LineReader
from inspector.recording.lines import Spilled, frame_line, read_body, read_frame
from inspector.recording.lock import is_held
from inspector.sse import Decoder, Frame
from inspector.text.json_text import is_json, loads_exact, loads_or
from inspector.timeline.asked import EVENT_STREAMS, asked_of, came_as_stream, header_values, media_type_of
from inspector.timeline.index import Index
from inspector.timeline.metrics import InputTokens, Meter, Metrics
from inspector.timeline.partial_json import PartialMode, partial_mode
from inspector.timeline.snapshot import message_at

Status = Literal["error", "complete", "reply", "not-a-stream", "cancelled", "in-progress", "truncated"]
_LINE: Final = 64 << 10
# Nobody reads a longer body as one JSON value; while it grows, that would be done again and again.
_LARGEST_REPLY: Final = 32 << 20


class View:
    """An exchange as of a moment: after frame `n`, or with its end (`whole`). All of it is derived."""

    def __init__(self, exchange: "Exchange", n: int, whole: bool) -> None:
        self.exchange = exchange
        self.n = n
        self.whole = whole
        self._index = exchange.index

    @property
    def status(self) -> Status:
        """How the exchange stands; the first that fits, in the order of `Status`.

        "reply": what asked for no stream of the API's, and was answered.
        """
        index = self._index
        if self._refused or any(at <= self.n for at, _ in index.assembler.errors) or self._error_alone:
            return "error"
        if self._stopped:
            return "complete"
        if self._answered or (self.exchange.kept == "message" and not index.dispatched_at(self.n)):
            return "reply"
        if not index.dispatched_at(self.n) and (self.n or self._tail) and self.exchange.streams:
            return "not-a-stream"
        end = index.end if self.whole else None
        if end and end.get("reason") == "cancelled":
            return "cancelled"
        if end is None and (self.exchange.arriving or not self.exchange.is_import):
            return "in-progress"
        return "truncated"

    @property
    def http_status(self) -> int | None:
        """The status of the HTTP response, None where none came."""
        status = self._index.response.get("status") if self._index.response else None
        return status if isinstance(status, int) else None

    @property
    def end(self) -> dict[str, Any] | None:
        """The recording's end as of this moment: its reason, and the error if there was one."""
        return self._index.end if self.whole else None

    @property
    def request(self) -> dict[str, Any] | None:
        """As `Exchange.request`."""
        return self.exchange.request

    @property
    def response(self) -> dict[str, Any] | None:
        """status and headers of the HTTP response."""
        response = self._index.response
        return {"status": response.get("status"), "headers": response.get("headers")} if response else None

    @property
    def messages(self) -> list[dict[str, Any]]:
        """Every message of the stream, as far as it came. A JSON reply that is a message counts."""
        mode = self.exchange.partial_mode
        found = [message_at(message, self.n, mode) for message in self._index.messages if message.start_n <= self.n]
        if not found and (reply := self._json_reply()) and reply.get("type") == "message":
            return [reply]
        return found

    @property
    def reply(self) -> dict[str, Any] | None:
        """The JSON object that answered what asked for no stream, None where it is none."""
        return self._json_reply() if self.status == "reply" else None

    @property
    def reply_alone(self) -> bool:
        """Whether it is the body of a message or an error, of which nothing says what was asked for."""
        return self._error_alone is not None or (self.exchange.kept == "message" and not self._index.messages)

    @property
    def message(self) -> dict[str, Any] | None:
        """What the API would have returned unstreamed, as far as it came; the first one where there are several."""
        messages = self.messages
        return messages[0] if messages else None

    @property
    def error(self) -> dict[str, Any] | None:
        """type, message, event: of the first error event, else of the HTTP error, else of how the body ended."""
        for n, data in self._index.assembler.errors:
            if n <= self.n:
                return {**error_of(data)._asdict(), "event": n}
        if self._refused and (http := self.http_status):
            found = error_of(self._json_reply())
            return {"type": found.type or error_type_for_status(http), "message": found.message, "event": None}
        if alone := self._error_alone:
            return {**error_of(alone)._asdict(), "event": None}
        reported = self.end.get("error") if self.end else None
        return {**error_of({"error": reported})._asdict(), "event": None} if reported else None

    @property
    def metrics(self) -> Metrics:
        """The figures of the exchange; a JSON reply tells its tokens too."""
        meter = self.exchange.meter
        meter.advance()
        metrics = meter.at(self.n, self.whole)
        usage = (self._json_reply() or {}).get("usage") if not metrics.events else None
        if not isinstance(usage, dict):
            return metrics
        tokens = usage.get("output_tokens")
        return replace(
            metrics,
            output_tokens=tokens if isinstance(tokens, int) else None,
            input_tokens=InputTokens.of(usage),
        )

    def as_dict(self) -> dict[str, Any]:
        """The object that `show --format json` prints."""
        exchange = self.exchange
        messages = self.messages
        return {
            "file": exchange.name,
            **({} if exchange.number is None else {"exchange": exchange.number}),
            "status": self.status,
            "request": self.request,
            "response": self.response,
            "message": messages[0] if messages else None,
            **({"messages": messages} if len(messages) > 1 else {}),
            "error": self.error,
            "metrics": self.metrics.as_dict(),
        }

    @property
    def _tail(self) -> bytes:
        return self._index.tail if self.whole else b""

    @property
    def _stopped(self) -> bool:
        if any(at <= self.n for at in self._index.assembler.stops[:1]):
            return True
        # Files saved by hand often lack the last blank line.
        if not self._tail or not self.exchange.is_import or self.end is not None:
            return False
        # A body without any blank line is one frame too: its name is that of its last event, its data are no JSON.
        frames = Decoder().feed(self._tail + b"\n\n")
        return any(_is_stop(frame) for frame in frames)

    @property
    def _refused(self) -> bool:
        """Whether the HTTP status is an error. To the question whether somebody is there, a refusal is an answer."""
        http = self.http_status
        return http is not None and http >= 400 and (http >= 500 or not self.exchange.is_health_check)

    @property
    def _answered(self) -> bool:
        """Whether the whole of an answer came to what asked for no stream of the API's."""
        asked, index = self.exchange.asked, self._index
        if asked is None or self.http_status is None or index.messages:
            return False
        if asked.operation is Operation.OTHER:
            # A stream of somebody's own has an end of its own.
            asked_for_it = not asked.stream or index.dispatched_at(self.n) > 0
        else:
            asked_for_it = not self.exchange.streams
        if self.end is None:
            return asked_for_it and self.whole and self.exchange.is_import and not self.exchange.arriving
        return asked_for_it and self.end.get("reason") in ("complete", "eof")

    @property
    def _error_alone(self) -> dict[str, Any] | None:
        """The body where it is the API's error, and nothing says with which status it came; else None."""
        if self.http_status is not None or not self._tail or not (reply := self._json_reply()):
            return None
        # A gateway's may have no type outside.
        return reply if reply.get("type", "error") == "error" and isinstance(reply.get("error"), dict) else None

    def _json_reply(self) -> dict[str, Any] | None:
        """The body where it is one JSON object and no event stream."""
        if self._index.dispatched_at(self.n):
            return None
        return self.exchange.json_body(self.n, len(self._tail))


def _is_stop(frame: Frame) -> bool:
    value = loads_or(frame.data)
    named = frame.name or (value.get("type") if isinstance(value, dict) else None)
    return named == "message_stop" and is_json(frame.data)


class Exchange:
    """One recorded HTTP exchange: a file, which may still be growing, and the index over it.

    `name` is what the user calls it; `number` its place in a container that holds several (from 1), else None.
    `part` is where in the file it stands, None: up to its end. `temporary`: the file is a copy that nobody else has.
    `meter` has its figures. Of a temporary one that is made while it is read, `fill` takes in what has come; `wire`
    gives the body as it came, where what is shown was made of it.
    """

    def __init__(
        self, file: File, name: str, number: int | None = None, part: tuple[int, int | None] = (0, None)
    ) -> None:
        self.name = name
        self.number = number
        self.reader = LineReader(file, *part)
        self.index = Index()
        self.meter = Meter(self.index)
        self.import_notes: list[str] = []
        self.temporary = False
        self.still_arriving: Callable[[], bool] = bool
        self.fill: Callable[[], None] | None = None
        self.wire: Callable[[], Iterator[bytes]] | None = None
        self._caught_up = False
        self._request: dict[str, Any] | None = None
        self._asked: Asked | None = None
        self._parsed: tuple[tuple[int, int], dict[str, Any] | None] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def load(self) -> Self:
        """Indexes everything that the file holds now."""
        while self.load_block():
            pass
        return self

    def load_block(self) -> bool:
        """Indexes some further lines; False where there are none yet."""
        if self.fill:
            self.fill()
        block = self.reader.next_block()
        if block is None:
            self._caught_up = True
            return False
        self.index.extend(block)
        return True

    def again(self) -> Self:
        """The same exchange, not indexed yet; it has to be closed on its own."""
        other = copy(self)
        other.reader = self.reader.again()
        other.index = Index()
        other.meter = Meter(other.index)
        other._caught_up = False
        other._request = other._asked = None
        other._parsed = None
        return other

    def close(self) -> None:
        """Closes the file."""
        self.reader.close()

    @property
    def arriving(self) -> bool:
        """Whether somebody is still appending: what comes through a pipe, or a recorder that holds the file."""
        return self.still_arriving() or self.being_written

    @property
    def being_written(self) -> bool:
        """Whether the recorder of this file still runs."""
        return self.index.end is None and is_held(self.reader.file.fileno())

    @property
    def progress(self) -> float:
        """How much of the file as it is now has been indexed, 0 to 1."""
        return self.reader.progress

    @property
    def is_import(self) -> bool:
        """Whether the source is another format, which does not say how its stream ended."""
        source = (self.index.header or {}).get("source")
        return isinstance(source, dict) and source.get("kind") == "import"

    @property
    def kept(self) -> str:
        """What its source has kept of the body where that is not what was on the wire.

        "events": its events; "message": only the message that was made of them; "nothing". "" where it is all there.
        """
        source = (self.index.header or {}).get("source")
        kept = source.get("kept") if isinstance(source, dict) else None
        return kept if isinstance(kept, str) else ""

    @property
    def notes(self) -> list[str]:
        """What is odd about the file, one clause each; of its end only once it has been read to there."""
        notes = self.import_notes + self.index.notes.texts()
        if why := self.body_left_out:
            notes = [*notes, f"the request body is left out: {why}"]
        if self._caught_up and self.index.end is None and not self.is_import and not self.still_arriving():
            if self.being_written:
                return [*notes, "the recording is still being written"]
            if self.reader.unfinished().strip():
                notes.append("the last line is cut")
            notes.append("the recording has no end: it was cut, or is still being written")
        return notes

    @property
    def request(self) -> dict[str, Any] | None:
        """method, url, headers, body; None where the recording has none. A body that is no JSON stands as text.

        `body_left_out` where that is said.
        """
        line = self.index.request_line
        if line is None:
            return None
        if self._request is None:
            values = loads_exact(line)
            self._request = {key: values.get(key) for key in ("method", "url", "headers")}
            self._request["body"] = values.get("body")
            if "body_raw" in values or "body_b64" in values:
                # No JSON in one line, and perhaps JSON nonetheless.
                body = read_body(line) or b""
                self._request["body"] = loads_or(body, body.decode("utf-8", "replace"))
            if why := self.body_left_out:
                self._request["body_left_out"] = why
        return self._request

    @property
    def asked(self) -> Asked | None:
        """What the request asked for, None where the recording has no request."""
        if self._asked is None:
            self._asked = asked_of(self.index)
        return self._asked

    @property
    def is_health_check(self) -> bool:
        """Whether it only asked if somebody is there."""
        return self.asked is not None and self.asked.operation is Operation.HEALTH_CHECK

    @property
    def streams(self) -> bool:
        """Whether an event stream was asked for, as far as that is known, or came."""
        # The request may be large: it is looked at last.
        return self.media_type in EVENT_STREAMS or self.asked is None or came_as_stream(self.index, self.asked)

    @property
    def asked_otherwise(self) -> str:
        """Method and path of what is no stream of the API's, "" for one."""
        asked = self.asked
        if asked is None or (self.streams and asked.operation is not Operation.OTHER):
            return ""
        return str(asked)

    @property
    def media_type(self) -> str:
        """The response's content type without its parameters, in lower case; "" where it was not sent."""
        return media_type_of(self.index)

    @property
    def body_left_out(self) -> str | None:
        """Why the request body is not in the recording though there was one, None where nothing says that."""
        line = self.index.request_line
        if line is None or b'"body_left_out"' not in line:
            return None
        why = loads_exact(line).get("body_left_out")
        return why if isinstance(why, str) else None

    @property
    def request_body(self) -> bytes | None:
        """The request body's bytes as they were recorded, None where none was kept."""
        return read_body(self.index.request_line) if self.index.request_line else None

    def header(self, name: str) -> str:
        """A request header's value, "" where it was not sent."""
        return next(header_values((self.request or {}).get("headers"), name), "")

    @property
    def by_typescript(self) -> bool:
        """Whether it was TypeScript's SDK that asked."""
        return self.header("x-stainless-lang") == "js"

    @property
    def partial_mode(self) -> PartialMode:
        """How the SDK would parse unfinished tool input in this exchange."""
        return partial_mode(self.header("anthropic-beta"))

    def line(self, n: int) -> bytes:
        """The recording's line of frame n; of one that was spilled, the line that it would have otherwise."""
        return frame_line(self.frame(n)) if n in self.index.spills else self._line(n)

    def frame(self, n: int) -> Frame:
        """Frame n (from 1) with its exact bytes, also those that were spilled."""
        spills = self.index.spills.get(n)
        spilled = Spilled(self.reader.line(start, end) for start, end in spills) if spills else None
        return read_frame(self._line(n), n == 1, spilled)

    def _line(self, n: int) -> bytes:
        index = self.index
        start = index.offset[n - 1]
        end = index.offset[n] if n < index.count else self.reader.position
        # Between two frames there may be lines of other kinds, also many.
        size = _LINE
        while b"\n" not in (line := self.reader.line(start, min(end, start + size))) and start + size < end:
            size *= 4
        return line.partition(b"\n")[0] + b"\n"

    def frames(self) -> Iterator[Frame]:
        """All frames that are indexed, in order."""
        return map(self.frame, range(1, self.index.count + 1))

    def body(self) -> bytes:
        """The response body, every byte of it."""
        return b"".join(frame.raw for frame in self.frames()) + self.index.tail

    def json_body(self, n: int, tail: int) -> dict[str, Any] | None:
        """The first n frames and so many bytes of the tail where they are one JSON object. Parsed once.

        None also where they are so large that they are a download.
        """
        if sum(self.index.size[:n]) + tail > _LARGEST_REPLY:
            return None
        if self._parsed is None or self._parsed[0] != (n, tail):
            frames = b"".join(self.frame(at).raw for at in range(1, n + 1))
            value = loads_or(frames + self.index.tail[:tail])
            self._parsed = (n, tail), value if isinstance(value, dict) else None
        return self._parsed[1]

    def view(self) -> View:
        """The whole exchange, as far as it is indexed."""
        return View(self, self.index.count, whole=True)

    def at(self, n: int) -> View:
        """The exchange as if the recording ended after frame n; 0 is before the first. Raises IndexError."""
        if not 0 <= n <= self.index.count:
            raise IndexError(f"there is no event {n}: the recording has {self.index.count}")
        return View(self, n, whole=False)
