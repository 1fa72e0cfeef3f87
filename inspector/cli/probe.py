"""`inspector probe`: how an endpoint of any kind delivers its events, and what a hop does to them."""

import signal
import sys
import tempfile
from contextlib import ExitStack
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, NamedTuple

import typer

from inspector.cli.output import data as write
from inspector.cli.output import fail, note
from inspector.recording import UnwritableError, reserve
from inspector.text.json_text import loads_exact
from inspector.text.paint import Paint, use_color
from inspector.text.sanitise import sanitise
from inspector.text.wording import counted, reason, seconds

if TYPE_CHECKING:
    from inspector.reports.probed import Probed
    from inspector.timeline import Exchange

ORDER = 120
EXAMPLES = """Examples:

  inspector probe "http://127.0.0.1:8767/chat?message=hi"

  inspector probe https://app.example/api/chat --data '{"message":"hi"}' --header "authorization: Bearer …"

  inspector probe http://localhost:3000/events --limit 30 --record events.jsonl

  inspector probe --quiet http://127.0.0.1:8000/chat https://app.example/chat     what does the proxy between do?

The status is 1 where the verdict names an error.
"""

_LONGEST = 160


class _Ask(NamedTuple):
    """What is asked at each place, and how much of it is printed."""

    data: str | None
    headers: list[tuple[str, str]]
    limit_s: float | None
    quiet: bool


def probe(
    url: Annotated[str, typer.Argument(metavar="A", help="An endpoint that streams server-sent events.")],
    other: Annotated[
        str | None,
        typer.Argument(
            metavar="B",
            help="The same endpoint behind a proxy, a cache, a gateway: what that hop does is said.",
            show_default=False,
        ),
    ] = None,
    data: Annotated[str | None, typer.Option(metavar="JSON", help="Send it with POST instead of GET.")] = None,
    header: Annotated[list[str], typer.Option(metavar="H", help='"name: value"; may be given several times.')] = [],  # noqa: B006
    limit: Annotated[
        float | None, typer.Option(metavar="S", min=0.001, help="Leave after so many seconds.  [default: at its end]")
    ] = None,
    record: Annotated[
        Path | None, typer.Option("--record", metavar="FILE", help="Keep the recording; of A and B a folder for both.")
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Only the verdict, not what arrives.")] = False,
    format: Annotated[
        Literal["text", "json"], typer.Option(help="json: one object with figures and findings, and nothing else.")
    ] = "text",
) -> None:
    """Subscribe to any SSE endpoint and judge its delivery.

    Shows what arrives and when, and says what the way to the browser does to it. Of two places it asks one after the
    other, and names what the hop between holds back, adds, drops, reorders or changes.
    """
    headers = [_pair(line) for line in header]
    urls = [url] if other is None else [url, other]
    for one in urls:
        if not one.lower().startswith(("http://", "https://")):
            fail(f"{one} is no URL that can be probed: it must begin with http:// or https://")
    if data is not None:
        try:
            loads_exact(data.encode())
        except ValueError as error:
            fail(f"--data is no JSON: {error}")
    with tempfile.TemporaryDirectory() as folder:
        paths = _paths(record, Path(folder), len(urls))
        ask = _Ask(data, headers, limit, quiet or format == "json")
        raise typer.Exit(_run(list(zip(urls, paths, strict=True)), ask, format))


def _paths(record: Path | None, folder: Path, count: int) -> list[Path]:
    """A file for each recording. Raises UnwritableError."""
    if count == 1:
        paths = [record or folder / "probe.jsonl"]
    else:
        if record:
            try:
                record.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise UnwritableError(f"{record}: cannot be made: {reason(error)}") from None
        paths = [(record or folder) / name for name in ("a.jsonl", "b.jsonl")]
    if record:
        for path in paths:
            reserve(path)
    return paths


def _run(asked: list[tuple[str, Path]], ask: _Ask, format: str) -> int:
    from inspector.diagnostics.hop import Place, hop_between
    from inspector.reports.probed import as_json, verdict

    stopped: list[int] = []

    def stop(number: int, frame: Any) -> None:
        stopped.append(number)
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, stop)
    places: list[Probed] = []
    with ExitStack() as opened:
        try:
            for (url, path), letter in zip(asked, "AB" if len(asked) > 1 else [""], strict=True):
                place = _place(url, path, letter, ask, stopped)
                if place is None:
                    break
                opened.callback(place.exchange.close)
                places.append(place)
                if stopped:
                    break
        finally:
            signal.signal(signal.SIGTERM, before)
        hop = None
        if len(places) == 2 and not stopped:
            hop = hop_between(*(Place(place.exchange, place.result.findings) for place in places))
        if places:
            # Of two of which one is missing, the one is judged alone.
            sys.stdout.flush()
            write(as_json(places, hop) if format == "json" else verdict(places, hop).encode())
    for clause in (clause for place in places for clause in place.result.notes):
        note(clause)
    if stopped:
        return 128 + stopped[0]
    found = [finding.severity for place in places for finding in place.result.findings]
    return int("error" in found or any(one.severity == "error" for one in (hop.differences if hop else ())))


def _place(url: str, path: Path, letter: str, ask: _Ask, stopped: list[int]) -> "Probed | None":
    """Asks at one place; None where it was stopped before anything came."""
    import asyncio

    from inspector.diagnostics.selection import Selection
    from inspector.recording.redaction import shown
    from inspector.reports.probed import Probed
    from inspector.reports.results import result_of
    from inspector.timeline import Exchange
    from inspector.web.probe import ProbeRequest, ending, probe

    show = _Show()
    if letter and not ask.quiet:
        print(f"{letter}  {sanitise(shown(url))}")
    on_read = _nothing if ask.quiet else show.read
    try:
        exchange = asyncio.run(probe(ProbeRequest(url, ask.data, ask.headers, ask.limit_s), path, on_read))
    except KeyboardInterrupt:
        stopped.append(signal.SIGINT)
        if not path.exists() or not path.stat().st_size:
            return None
        exchange = Exchange(path.open("rb"), shown(url)).load()
    result = result_of(exchange, Selection(), excerpts=False)
    result.findings.sort(key=attrgetter("weight"))
    if not ask.quiet:
        show.end(exchange, ending(exchange))
    return Probed(letter, exchange, result, ending(exchange))


def _nothing(exchange: "Exchange") -> None:
    """Where nobody wants to see what comes."""


class _Show:
    """Prints what has come: the head, then each read with its events."""

    def __init__(self) -> None:
        self._paint = Paint(use_color())
        self._has_head = False
        self._shown = 0
        self._read = 0
        self._last_ns = 0

    def read(self, exchange: "Exchange") -> None:
        """Called whenever something has come."""
        index = exchange.index
        if not self._has_head and index.response:
            self._has_head = True
            self._head(index.response)
        for n in range(self._shown + 1, index.count + 1):
            if index.read[n - 1] != self._read:
                self._new_read(index.read[n - 1], index.t_ns[n - 1])
            frame = exchange.frame(n)
            if frame.dispatched:
                name, words = frame.event, frame.data
            else:
                name, words = "·", frame.raw.decode("utf-8", "replace").rstrip("\r\n")
            line = f"{sanitise(name):<14} {sanitise(words[: 4 * _LONGEST])}"
            print(f"             {line if len(line) <= _LONGEST else line[: _LONGEST - 1] + '…'}", flush=True)
        self._shown = index.count

    def end(self, exchange: "Exchange", how: str) -> None:
        """The last line before the verdict."""
        self.read(exchange)
        index = exchange.index
        if index.tail:
            tail = sanitise(index.tail[:_LONGEST].decode("utf-8", "replace"))
            print(f"             {self._paint('unfinished:', 'dim')} {tail}")
        t_ns = (index.end or {}).get("t_ns") or 0
        events = index.dispatched_at(index.count)
        reads = len(index.arrivals.t_ns)
        print(
            f"{seconds(t_ns):>9} s  {self._paint('end', 'bold')}  {sanitise(how)}: "
            f"{counted(events, 'event')} in {counted(reads, 'read')}\n"
        )

    def _head(self, response: dict[str, Any]) -> None:
        t_ns = response.get("t_ns") or 0
        print(f"{seconds(t_ns):>9} s  {self._paint('HTTP ' + str(response.get('status')), 'bold')}")
        for name, value in response.get("headers") or ():
            print(f"             {self._paint(sanitise(str(name)) + ':', 'dim')} {sanitise(str(value))}")
        self._last_ns = t_ns

    def _new_read(self, read: int, t_ns: int) -> None:
        gap = f"+{seconds(t_ns - self._last_ns)} s"
        print(f"{seconds(t_ns):>9} s  {self._paint(f'read {read}', 'bold')}  {self._paint(gap, 'dim')}")
        self._read, self._last_ns = read, t_ns


def _pair(line: str) -> tuple[str, str]:
    name, colon, value = line.partition(":")
    if not colon or not name.strip() or not line.isprintable():
        fail(f"--header {line!r} is no header: write it as 'name: value'")
    return name.strip(), value.strip()
