"""The screen: a view of recordings, live or finished. See docs/adding-a-pane.md."""

import os
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from inspector.session.sources import Source
    from inspector.tui.preview import Preview


def run(
    paths: Sequence[str],
    *,
    follow: bool = False,
    play: bool = False,
    speed: float | None = 1.0,
    idle_limit: float | None = None,
    recorder: Sequence[str] | None = None,
) -> int:
    """Shows recordings until the user quits; the exit status.

    `follow`: the files are still growing. `play`: start playing at the first event, at `speed` (None: as fast as it
    can be seen), gaps above `idle_limit` seconds shortened. `recorder`: a command that is started and writes paths[0],
    which need not exist yet; if it fails by itself its status is returned, else 0. Without paths: the library.
    Raises UnreadableError before the screen is taken over.
    """
    import sys

    from inspector.session.sources import find
    from inspector.text.sanitise import sanitise

    left_out: list[str] = []
    sources = [] if recorder else find(paths, left_out.append)
    for line in left_out:
        print(f"inspector: {sanitise(line)}", file=sys.stderr)
    if "-" in paths:
        # Stdin is read through a descriptor of its own; the keys come from the terminal.
        os.dup2(os.open(os.ttyname(sys.stdout.fileno()), os.O_RDONLY), 0)

    from inspector.tui.settings import Options, load_settings

    child = None
    if recorder:
        from inspector.tui.recorder_process import RecorderProcess

        child = RecorderProcess(recorder)
    waits_for = paths[0] if child else None
    folders = tuple(path for path in paths if path != "-" and os.path.isdir(path)) if len(paths) == 1 else ()
    options = Options(follow or child is not None, play, speed, idle_limit, waits_for, folders)
    settings = load_settings()
    status = 0
    try:
        with _preview(sources, settings.theme) if not folders else nullcontext() as preview:
            from inspector.tui.app import InspectorApp

            app = InspectorApp(sources, options, child, settings, seamless=preview is not None)
            try:
                app.run()
            # Whatever it is: the terminal is to be as it was before anything is said.
            except Exception as error:  # noqa: BLE001
                app.failure = app.failure or error
            finally:
                if preview:
                    preview.taken_over = app.shown
        status = app.return_code or 0
        if app.failure:
            status = 1
            report = app.crash_report(app.failure)
            what = f"the screen failed ({type(app.failure).__name__}), by a fault of the inspector"
            where = f": send {report}, it holds nothing of what was shown" if report else ""
            print(f"inspector: {what}{where}", file=sys.stderr)
        if status and child and child.status is None:
            print(
                "inspector: the screen failed, what it showed goes on and is recorded: Ctrl-C ends it", file=sys.stderr
            )
            child.wait()
    finally:
        if child:
            status = child.stop() or status
            if os.path.exists(paths[0]) and not status:
                print(f"inspector: recorded: inspector open {paths[0]}", file=sys.stderr)
            if status and child.last_line:
                print(f"inspector: {sanitise(child.last_line)}", file=sys.stderr)
    return status


def _preview(sources: "Sequence[Source]", theme: str) -> "AbstractContextManager[Preview | None]":
    """The first rows of a single stream, where the terminal can show them before the toolkit is there."""
    if len(sources) != 1 or os.name != "posix":
        return nullcontext()
    from inspector.tui.preview import Preview, possible

    return Preview(sources[0].open(), sources[0].name, theme or "inspector-dark") if possible() else nullcontext()
