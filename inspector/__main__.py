"""The entry point: as little as possible before the command that was asked for runs."""

import gc
import os
import signal
import sys


def _leave(*_: object) -> None:
    os._exit(130)


# Before anything else is imported: an import that Ctrl-C breaks off ends with a traceback, or swallows it.
if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
    signal.signal(signal.SIGINT, _leave)


def main() -> None:
    """The `inspector` command."""
    _open_standard_streams()
    # A command allocates much, from its imports on, and frees it when it ends: fewer collections are an eighth of the
    # time that a large file takes.
    gc.set_threshold(100_000)
    from inspector.cli.output import guarded, interruptible

    path = _only_path(sys.argv[1:])
    if path is None:
        from inspector.cli.app import run

        guarded(run)
    else:
        from inspector import tui

        interruptible()
        guarded(lambda: tui.run([path]))


def _open_standard_streams() -> None:
    """Those that are closed go nowhere; otherwise the first files that are opened would stand in for them."""
    for descriptor in range(3):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDWR)
    sys.stdin = sys.stdin or open(os.devnull, encoding="utf-8")  # noqa: SIM115
    sys.stdout = sys.stdout or open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
    sys.stderr = sys.stderr or open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115


def _only_path(arguments: list[str]) -> str | None:
    """The PATH of a plain `open PATH` in a terminal: its first rows need no command line parser, which would take as
    long to import as all the rest that they need."""
    plain = len(arguments) == 2 and arguments[0] == "open" and not arguments[1].startswith("-")
    return arguments[1] if plain and sys.stdin.isatty() and sys.stdout.isatty() else None


if __name__ == "__main__":
    main()
