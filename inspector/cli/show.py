"""`inspector show`: what a stream holds, as text or JSON."""

import sys
from contextlib import nullcontext
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from inspector.cli import completion, output
from inspector.cli.options import FieldOption, TimeOption, hints_of
from inspector.recording import UnwritableError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from inspector.formats import Hints
    from inspector.panes.content import Pane
    from inspector.timeline import Exchange, View

ORDER = 80
EXAMPLES = """Examples:

  inspector show reply.jsonl

  inspector show --at 40 reply.jsonl          the reply as of event 40

  inspector show --sdk reply.jsonl            beside each frame what the SDK yields

  inspector show --pane timeline reply.jsonl | grep ping

  inspector show --pane timing --pane findings reply.jsonl

  inspector show --pane event --at 40 reply.jsonl

  inspector show --format json *.jsonl | jq .metrics.ttft_ms

  inspector show --cost --format json *.jsonl | jq .cost.total

  inspector show --cache session/             what the prompt cache did, turn by turn

  curl -N ... | inspector show -
"""


def lists() -> str:
    """The panes, for the help."""
    from inspector.panes.registry import PRINTED

    width = max(map(len, PRINTED))
    lines = ["", "\b", "Panes:", *(f"  {name:{width}}  {pane.summary}" for name, pane in PRINTED.items())]
    return "\n".join(lines) + "\n"


def show(
    files: Annotated[
        list[str],
        typer.Argument(metavar="FILE", help="Recordings, folders of them, or anything that convert reads."),
    ],
    at: Annotated[
        int | None, typer.Option("--at", metavar="N", min=0, help="As if the recording ended after event N.")
    ] = None,
    sdk: Annotated[
        bool, typer.Option("--sdk", help="Also what the installed SDK yields at each frame, and where it raises.")
    ] = False,
    pane: Annotated[
        list[str],
        typer.Option(
            metavar="NAME",
            help="Instead, what this pane of the screen holds; may be given several times.",
            autocompletion=completion.panes,
        ),
    ] = [],  # noqa: B006
    cost: Annotated[bool, typer.Option("--cost", help="Also what it costs, by list prices or your own.")] = False,
    cache: Annotated[
        bool, typer.Option("--cache", help="Instead, what the prompt cache did in each turn, and why it missed.")
    ] = False,
    format: Annotated[Literal["text", "json"], typer.Option(help="text, or one JSON object a line.")] = "text",
    field: FieldOption = None,
    time: TimeOption = None,
) -> None:
    """Print what a stream holds.

    Its state, its figures, and the message as far as it came.
    """
    if pane and (sdk or cost or format == "json"):
        output.fail("--pane prints text, and of its own: leave --sdk, --cost and --format json out")
    if cache and (sdk or pane or cost or at is not None):
        output.fail("--cache looks at whole sessions: leave --sdk, --pane, --cost and --at out")
    panes = _panes(pane)
    printed = 0

    def show_one(exchange: "Exchange", named: bool) -> None:
        nonlocal printed
        view = _view(exchange, at)
        if format == "json":
            output.data(_json(view, sdk, cost))
        elif panes:
            output.texts(_pane_text(view, panes, named))
        else:
            output.texts(_text(view, sdk, cost, named, printed > 0))
        printed += 1

    hints = hints_of(field, time)
    whole = _show_cache(files, hints, format) if cache else _each(files, hints, show_one)
    if not whole:
        raise typer.Exit(2)


def _each(
    paths: list[str], hints: "Hints", work: "Callable[[Exchange, bool], None]", progress: output.Progress | None = None
) -> bool:
    """Gives `work` each exchange, read through, and whether it has to be named; whether all could be read.

    Without a `progress` of the caller's there is one while a file is opened: `work` may print.
    """
    from inspector.formats import open_exchanges
    from inspector.session.sources import files_of

    files = files_of(paths, output.note)
    whole = True
    for file in files:
        try:
            with nullcontext(progress) if progress else output.Progress() as shown:
                exchanges = open_exchanges(file, told=output.reading(shown, file), hints=hints)
            for exchange in exchanges:
                with exchange:
                    exchange.load()
                    for clause in exchange.notes:
                        output.note(f"{file}: {clause}")
                    work(exchange, len(files) > 1 or exchange.number is not None)
        except (BrokenPipeError, UnwritableError):
            raise
        except Exception as error:  # noqa: BLE001
            # Whatever one file does to us, the others are printed.
            sys.stdout.flush()
            output.note(output.trouble(file, error))
            whole = False
    return whole


def _show_cache(paths: list[str], hints: "Hints", format: str) -> bool:
    """What the prompt cache did in all of these; whether all could be read."""
    from inspector.panes.cache import cache_lines
    from inspector.panes.printing import painted, width
    from inspector.session.history import SessionHistory
    from inspector.text.json_text import dumps
    from inspector.text.sanitise import sanitise_json

    with SessionHistory() as history, output.Progress() as progress:
        whole = _each(paths, hints, lambda exchange, named: history.add(exchange), progress)
        turns = history.turns()
    if format == "json":
        for one in turns:
            output.data(sanitise_json(dumps(one.as_dict())) + b"\n")
    else:
        output.texts(painted(cache_lines(turns, width())))
    return whole


def _json(view: "View", sdk: bool, cost: bool) -> bytes:
    from inspector.text.json_text import dumps
    from inspector.text.sanitise import sanitise_json

    values = view.as_dict()
    if cost:
        from inspector.session.billing import cost_of_view

        found = cost_of_view(view)
        values = {**values, "cost": found and found.as_dict()}
    if sdk:
        from inspector.replay.sdk import sdk_report

        values = {**values, "sdk": sdk_report(view).as_dict()}
    return sanitise_json(dumps(values)) + b"\n"


def _text(view: "View", sdk: bool, cost: bool, named: bool, follows: bool) -> "Iterator[str]":
    from inspector.reports.exchange_text import text_of

    yield text_of(view, named, follows, cost)
    if sdk:
        from inspector.replay.sdk import sdk_report
        from inspector.replay.sdk_text import sdk_text

        yield sdk_text(view, sdk_report(view))


def _pane_text(view: "View", panes: "Sequence[Pane]", named: bool) -> "Iterator[str]":
    from inspector.panes.printing import heading, pane_text

    if named:
        yield heading(view.exchange)
    yield from pane_text(view, panes)


def _panes(names: list[str]) -> "list[Pane]":
    if not names:
        return []
    from inspector.panes.registry import PRINTED

    for name in names:
        if name not in PRINTED:
            output.fail(f"there is no pane {name!r}: --pane takes {', '.join(PRINTED)}")
    return [PRINTED[name] for name in names]


def _view(exchange: "Exchange", at: int | None) -> "View":
    from inspector.recording import InspectorError

    if at is None:
        return exchange.view()
    try:
        return exchange.at(at)
    except IndexError as error:
        raise InspectorError(f"{exchange.name}: {error} (--at)") from None
