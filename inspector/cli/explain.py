"""`inspector explain`: a part of the event model, or a rule."""

from typing import Annotated

import typer

from inspector.cli import completion, output
from inspector.text.paint import Paint, use_color

ORDER = 100
EXAMPLES = """Examples:

  inspector explain                       everything that can be explained

  inspector explain content_block_delta

  inspector explain overloaded_error      also: OverloadedError, 529

  inspector explain usage                 also: cache, cost, cache_read_input_tokens

  inspector explain P01                   a rule of `inspector check`
"""


def explain(
    name: Annotated[
        str | None,
        typer.Argument(
            metavar="NAME",
            help="An event, block, delta, stop reason, error type, usage field or rule code; without one, all of them.",
            autocompletion=completion.explained,
        ),
    ] = None,
) -> None:
    """Explain a part of the event model.

    What it is, when it comes, and what the SDK does with it.
    """
    from inspector import protocol
    from inspector.diagnostics import rule
    from inspector.reports.explanation import entry_lines, everything, rule_lines

    paint = Paint(use_color())
    if name is None:
        lines = everything(paint)
    elif entries := protocol.lookup_all(name):
        lines = (line for entry in entries for line in entry_lines(entry, paint))
    elif found := rule(name):
        lines = rule_lines(found, paint)
    else:
        near = protocol.suggest(name)
        hint = f"did you mean {', '.join(near)}?" if near else "`inspector explain` lists what there is"
        output.fail(f"nothing is known of {name!r}: {hint}")
    output.data("".join(f"{line}\n" for line in lines).encode())
