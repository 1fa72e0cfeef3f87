"""The entry point: as little as possible before the command that was asked for runs."""

import gc
import sys
from collections.abc import Sequence


def main() -> None:
    """The `inspector` command."""
    # A command allocates much, from its imports on, and frees it when it ends: fewer collections are an eighth of the
    # time that a large file takes.
    gc.set_threshold(100_000)
    from inspector.cli.output import guarded

    path = _only_path(sys.argv[1:])
    if path is None:
        from inspector.cli.app import run

        guarded(run)
    else:
        from inspector import tui

        guarded(lambda: tui.run([path]))


def _only_path(arguments: Sequence[str]) -> str | None:
    """The PATH of a plain `open PATH` in a terminal: its first rows need no command line parser, which would take as
    long to import as all the rest that they need."""
    plain = len(arguments) == 2 and arguments[0] == "open" and not arguments[1].startswith("-")
    return arguments[1] if plain and sys.stdin.isatty() and sys.stdout.isatty() else None


if __name__ == "__main__":
    main()
