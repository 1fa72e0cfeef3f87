"""`inspector probe`: how an endpoint of any kind delivers its events."""

import signal
import tempfile
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from inspector.cli.output import fail, note
from inspector.recording import reserve
from inspector.text.json_text import loads_exact
from inspector.text.paint import Paint, use_color
from inspector.text.sanitise import sanitise
from inspector.text.wording import counted, seconds

if TYPE_CHECKING:
    from inspector.timeline import Exchange

ORDER = 120
EXAMPLES = """Examples:

  inspector probe "http://127.0.0.1:8767/chat?message=hi"

  inspector probe https://app.example/api/chat --data '{"message":"hi"}' --header "authorization: Bearer …"

  inspector probe http://localhost:3000/events --limit 30 --record events.jsonl

The status is 1 where the verdict names an error.
"""

_LONGEST = 160


def probe(
    url: Annotated[str, typer.Argument(metavar="URL", help="An endpoint that streams server-sent events.")],
    data: Annotated[str | None, typer.Option(metavar="JSON", help="Send it with POST instead of GET.")] = None,
    header: Annotated[list[str], typer.Option(metavar="H", help='"name: value"; may be given several times.')] = [],  # noqa: B006
    limit: Annotated[
        float | None, typer.Option(metavar="S", min=0.001, help="Leave after so many seconds.  [default: at its end]")
    ] = None,
    record: Annotated[Path | None, typer.Option("--record", metavar="FILE", help="Keep the recording.")] = None,
) -> None:
    """Subscribe to any SSE endpoint and judge its delivery.

    Shows what arrives and when, and says what the way to the browser does to it.
    """
    headers = [_pair(line) for line in header]
    if not url.lower().startswith(("http://", "https://")):
        fail(f"{url} is no URL that can be probed: it must begin with http:// or https://")
    if data is not None:
        try:
            loads_exact(data.encode())
        except ValueError as error:
            fail(f"--data is no JSON: {error}")
    if record:
        reserve(record)
    with tempfile.TemporaryDirectory() as folder:
        raise typer.Exit(_run(url, data, headers, limit, record or Path(folder) / "probe.jsonl"))


def _run(url: str, data: str | None, headers: list[tuple[str, str]], limit: float | None, path: Path) -> int:
    import asyncio

    from inspector.diagnostics.selection import Selection
    from inspector.recording.redaction import shown
    from inspector.reports.findings import DEFAULT, report
    from inspector.reports.results import Run, result_of
    from inspector.timeline import Exchange
    from inspector.web.probe import ProbeRequest, ending, probe

    show = _Show()
    stopped: list[int] = []

    def stop(number: int, frame: Any) -> None:
        stopped.append(number)
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, stop)
    try:
        exchange = asyncio.run(probe(ProbeRequest(url, data, headers, limit), path, show.read))
    except KeyboardInterrupt:
        stopped.append(signal.SIGINT)
        if not path.exists() or not path.stat().st_size:
            return 128 + stopped[0]
        exchange = Exchange(path.open("rb"), shown(url)).load()
    finally:
        signal.signal(signal.SIGTERM, before)
    with exchange:
        result = result_of(exchange, Selection(), excerpts=False)
        show.end(exchange, ending(exchange))
    result.findings.sort(key=attrgetter("weight"))
    print(report(DEFAULT).write([result], Run()), end="")
    for clause in result.notes:
        note(clause)
    if stopped:
        return 128 + stopped[0]
    return int(any(finding.severity == "error" for finding in result.findings))


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
