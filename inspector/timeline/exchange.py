import json
from collections.abc import Callable, Iterator
from copy import copy
from typing import Any, Self

from inspector.recording import File, LineReader
from inspector.recording.json_text import loads_exact
from inspector.recording.lines import read_body, read_frame
from inspector.recording.lock import is_held
from inspector.sse import Frame
from inspector.timeline.index import Index
from inspector.timeline.partial_json import PartialMode, partial_mode
from inspector.timeline.view import View


class Exchange:
    """One recorded HTTP exchange: a file, which may still be growing, and the index over it.

    `name` is what the user calls it; `number` its place in a container that holds several (from 1), else None.
    `part` is where in the file it stands, None: up to its end. `temporary`: the file is a copy that nobody else has.
    """

    def __init__(
        self, file: File, name: str, number: int | None = None, part: tuple[int, int | None] = (0, None)
    ) -> None:
        self.name = name
        self.number = number
        self.reader = LineReader(file, *part)
        self.index = Index()
        self.import_notes: list[str] = []
        self.temporary = False
        self.still_arriving: Callable[[], bool] = bool
        self._caught_up = False
        self._request: dict[str, Any] | None = None

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
        other._caught_up = False
        other._request = None
        return other

    def close(self) -> None:
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
    def notes(self) -> list[str]:
        """What is odd about the file, one clause each; of its end only once it has been read to there."""
        notes = self.import_notes + self.index.notes.texts()
        if self._caught_up and self.index.end is None and not self.is_import and not self.still_arriving():
            if self.being_written:
                return [*notes, "the recording is still being written"]
            if self.reader.unfinished().strip():
                notes.append("the last line is cut")
            notes.append("the recording has no end: it was cut, or is still being written")
        return notes

    @property
    def request(self) -> dict[str, Any] | None:
        """method, url, headers, body; None where the recording has none. A body that is no JSON stands as text."""
        line = self.index.request_line
        if line is None:
            return None
        if self._request is None:
            values = json.loads(line)
            self._request = {key: values.get(key) for key in ("method", "url", "headers")}
            self._request["body"] = _body(line)
        return self._request

    @property
    def request_body(self) -> bytes | None:
        """The request body's bytes as they were recorded, None where none was kept."""
        return read_body(self.index.request_line) if self.index.request_line else None

    def header(self, name: str) -> str:
        """A request header's value, "" where it was not sent."""
        for pair in (self.request or {}).get("headers") or ():
            if isinstance(pair, list) and len(pair) == 2 and str(pair[0]).lower() == name:
                return str(pair[1])
        return ""

    @property
    def partial_mode(self) -> PartialMode:
        """How the SDK would parse unfinished tool input in this exchange."""
        return partial_mode(self.header("anthropic-beta"))

    def line(self, n: int) -> bytes:
        """The recording's line of frame n."""
        index = self.index
        start = index.offset[n - 1]
        end = index.offset[n] if n < index.count else self.reader.position
        # Between two frames there may be lines of other kinds.
        return self.reader.line(start, end).partition(b"\n")[0] + b"\n"

    def frame(self, n: int) -> Frame:
        """Frame n (from 1) with its exact bytes."""
        return read_frame(self.line(n), first=n == 1)

    def frames(self) -> Iterator[Frame]:
        """All frames that are indexed, in order."""
        return map(self.frame, range(1, self.index.count + 1))

    def body(self) -> bytes:
        """The response body, every byte of it."""
        return b"".join(frame.raw for frame in self.frames()) + self.index.tail

    def view(self) -> View:
        """The whole exchange, as far as it is indexed."""
        return View(self, self.index.count, whole=True)

    def at(self, n: int) -> View:
        """The exchange as if the recording ended after frame n; 0 is before the first. Raises IndexError."""
        if not 0 <= n <= self.index.count:
            raise IndexError(f"there is no event {n}: the recording has {self.index.count}")
        return View(self, n, whole=False)


def _body(line: bytes) -> Any:
    body = read_body(line)
    if body is None:
        return None
    try:
        return loads_exact(body)
    except ValueError:
        return body.decode("utf-8", "replace")
