"""What the shell completes: names out of the registries, each imported only when it is asked for.

A function for each kind of name, for Typer's `autocompletion`: it takes what has been typed, and gives the values that
may follow with a few words on each. Typer keeps those that begin as typed.
"""

import re
from collections.abc import Iterator
from typing import Final

Completions = Iterator[tuple[str, str]]

# Where a fault's form stops being what one types: a placeholder, an example, an option.
_PLACEHOLDER: Final = re.compile(r"[A-Z\d\[]")


def commands(incomplete: str) -> Completions:
    """The commands."""
    from inspector.cli import app

    yield from (
        (name, (getattr(module, name.replace("-", "_")).__doc__ or "").partition("\n")[0])
        for name, module in app.commands().items()
    )


def explained(incomplete: str) -> Completions:
    """The parts of the event model, then the rules' codes."""
    from inspector.diagnostics import RULES
    from inspector.protocol import GROUPS

    for info in GROUPS.values():
        yield from ((entry.name, entry.summary) for entry in info.entries.values())
    for code, rule in RULES.items():
        # Any case will do.
        yield code.lower() if incomplete[:1].islower() else code, rule.name


def codes(incomplete: str) -> Completions:
    """Rules' codes; behind a comma the next one."""
    from inspector.diagnostics import RULES

    before = incomplete[: incomplete.rfind(",") + 1]
    yield from ((before + code, rule.name) for code, rule in RULES.items())


def faults(incomplete: str) -> Completions:
    """The faults of `serve`, as far as they are the same for everybody."""
    from inspector.replay.faults import FAULTS

    yield from ((_PLACEHOLDER.split(fault.form, maxsplit=1)[0], fault.summary) for fault in FAULTS.values())


def readable_formats(incomplete: str) -> Completions:
    """The formats that can be read."""
    from inspector.formats import FORMATS

    yield from ((name, found.summary) for name, found in FORMATS.items() if found.read)


def writable_formats(incomplete: str) -> Completions:
    """The formats that can be written."""
    from inspector.formats import FORMATS

    yield from ((name, found.summary) for name, found in FORMATS.items() if found.write)


def panes(incomplete: str) -> Completions:
    """The panes that can be printed."""
    from inspector.panes.registry import PRINTED

    yield from ((name, pane.summary) for name, pane in PRINTED.items())


def shipped_recordings(incomplete: str) -> Completions:
    """The recordings that come with the inspector."""
    from inspector.recording.folders import shipped

    yield from ((name, "") for name in shipped())


def speeds(incomplete: str) -> Completions:
    """What `--speed` takes by name, and a few of its numbers."""
    yield "max", "without any pause"
    yield from ((factor, f"{factor} times as fast") for factor in ("0.5", "1", "2", "10"))
