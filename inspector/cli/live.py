"""`inspector live`: a request of the user's, through the real SDK, recorded, and printed or shown."""

import os
import signal
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, Final, NoReturn

import typer

from inspector.capture.live_request import KEYS, MODEL, LiveRequest, call_of
from inspector.cli.output import fail
from inspector.recording import reserve
from inspector.recording.folders import attempt_path, new_session

ORDER = 30
EXAMPLES = """Examples:

  inspector live "Why is the sky blue?"

  inspector live --thinking adaptive -m claude-opus-4-8 "Is 4,294,967,297 prime?"

  inspector live --thinking 2000 -m claude-haiku-4-5 "Is 4,294,967,297 prime?"

  inspector live --request request.json --record reply.jsonl --no-tui

  inspector live --base-url http://127.0.0.1:8080 "hi" | tee reply.txt
"""

_NO_KEY: Final = (
    "no API key: set ANTHROPIC_API_KEY (or ANTHROPIC_AUTH_TOKEN) and try again; `inspector demo` needs no key"
)

# Newer models leave the thinking's text out where nobody asks for it, and the screen is there to show it.
_ADAPTIVE: Final = {"type": "adaptive", "display": "summarized"}
# Thinking counts as output, and nobody knows how much of it there will be.
_ROOM: Final = 16_000


def _budget(text: str | None) -> int | None:
    if text is None:
        return None
    if not text.isascii() or not text.isdigit() or not int(text):
        fail(f"--thinking {text!r} is neither a number of tokens from 1 up nor adaptive")
    return int(text)


def _check_thinking(model: str, adaptive: bool) -> None:
    """Ends the command where a model is known not to take that form: the API would answer 400."""
    from inspector.protocol.models import thinking_of

    takes = thinking_of(model)
    if takes and not (takes.adaptive if adaptive else takes.budget):
        other = "--thinking adaptive" if takes.adaptive else "--thinking N" if takes.budget else "no --thinking"
        what = "adaptive thinking" if adaptive else "a number of tokens"
        fail(f"{model} does not take {what}: give it {other}")


def live(
    prompt: Annotated[str | None, typer.Argument(metavar="PROMPT", help="What to ask; - is stdin.")] = None,
    model: Annotated[str | None, typer.Option("--model", "-m", help=f"The model.  [default: {MODEL}]")] = None,
    max_tokens: Annotated[int | None, typer.Option("--max-tokens", metavar="N", min=1, help="Most output.")] = None,
    system: Annotated[str | None, typer.Option("--system", metavar="TEXT", help="The system prompt.")] = None,
    thinking: Annotated[
        str | None,
        typer.Option(
            "--thinking",
            metavar="N|adaptive",
            help="Think first: with N tokens at most (models up to 4.6), or as it sees fit (from 4.6 on).",
        ),
    ] = None,
    request: Annotated[
        str | None,
        typer.Option(
            "--request", metavar="FILE", help="JSON with any fields of a request; PROMPT and options override."
        ),
    ] = None,
    base_url: Annotated[
        str | None,
        typer.Option("--base-url", metavar="URL", help="Whom to ask.  [default: ANTHROPIC_BASE_URL, the API]"),
    ] = None,
    record: Annotated[
        Path | None, typer.Option("--record", metavar="FILE", help="Where to record.  [default: a new session folder]")
    ] = None,
    timeout: Annotated[
        float | None, typer.Option("--timeout", metavar="S", min=0.001, help="Longest silence.  [default: 600]")
    ] = None,
    use_async: Annotated[bool, typer.Option("--async/--sync", help="Which of the SDK's clients sends it.")] = True,
    no_tui: Annotated[bool, typer.Option("--no-tui", help="Print the reply instead of showing the screen.")] = False,
) -> None:
    """Send a request and watch its stream arrive.

    It goes through the real SDK, and the stream is recorded.
    """
    adaptive = thinking == "adaptive"
    call = call_of(
        prompt, request, model=model, max_tokens=max_tokens, system=system,
        thinking=None if adaptive else _budget(thinking), base_url=base_url, timeout_s=timeout,
    )  # fmt: skip
    if thinking:
        _check_thinking(str(call.body.get("model")), adaptive)
    if adaptive:
        call.body["thinking"] = dict(_ADAPTIVE)
        if max_tokens is None and request is None:
            call.body["max_tokens"] = _ROOM
    if not any(os.environ.get(key) for key in KEYS):
        fail(_NO_KEY)
    path = record or new_session("live") / "live.jsonl"
    reserve(path)
    if no_tui or not (sys.stdout.isatty() and sys.stdin.isatty()):
        print_stream(call, path, use_async)
    else:
        _show(call, path, use_async)


def print_stream(call: LiveRequest, path: Path, use_async: bool) -> NoReturn:
    """Sends the call, records its stream, and prints the reply as it comes. Exits with 1 where the stream failed."""
    from inspector.capture.sdk_errors import explained
    from inspector.cli.live_output import StreamOutput, summary, unfinished

    # The SDK takes seconds to import: whoever breaks off meanwhile has started nothing.
    with _interruptible() as terminated:
        import asyncio
        import gc

        from inspector.capture.live import Live

        # A full collection that looks through the whole SDK in mid-stream would delay the reads.
        gc.freeze()
        output = StreamOutput(gone=_interrupt)
        stream = Live(
            call,
            path_of=lambda number: attempt_path(path, number),
            on_event=output.event,
            on_attempt=lambda number, before: output.line(f"{before}: attempt {number} follows"),
            lost=output.lost,
        )
        code = 0
        trouble: str | None = None
        try:
            if use_async:
                asyncio.run(stream.run_async())
            else:
                stream.run()
        except (KeyboardInterrupt, asyncio.CancelledError):
            code = 128 + (signal.SIGTERM if terminated else signal.SIGINT)
        except Exception as error:  # noqa: BLE001 whatever ends a stream is one line for the user
            code = 1
            trouble = explained(error)
        if output.broken:
            raise output.broken
        if not code and (trouble := unfinished(stream.path)):
            code = 1
        output.line(summary(stream.path))
        if trouble:
            output.line(trouble)
        output.close()
    raise typer.Exit(code)


def _show(call: LiveRequest, path: Path, use_async: bool) -> NoReturn:
    """The screen in this process, the stream and its recording in another one."""
    from inspector.text.json_text import dumps
    from inspector.tui import run

    body: dict[str, Any] = {**call.body, "betas": list(call.betas)}
    with tempfile.NamedTemporaryFile(suffix=".json") as request:
        request.write(dumps(body))
        request.flush()
        recorder = [sys.executable, "-m", "inspector", "live", "--no-tui", "--record", str(path)]
        recorder += ["--request", request.name, "--async" if use_async else "--sync"]
        if call.base_url:
            recorder += ["--base-url", call.base_url]
        if call.timeout_s:
            recorder += ["--timeout", str(call.timeout_s)]
        code = run([str(path)], follow=True, recorder=recorder)
    raise typer.Exit(code)


def _interrupt() -> None:
    """Wakes the main thread from whatever it waits for."""
    signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGTERM)


@contextmanager
def _interruptible() -> Iterator[list[int]]:
    """SIGTERM does what Ctrl-C does; the list is not empty once it came."""
    terminated: list[int] = []

    def terminate(number: int, frame: Any) -> None:
        terminated.append(number)
        interrupt = signal.getsignal(signal.SIGINT)
        if not callable(interrupt):
            raise KeyboardInterrupt
        interrupt(signal.SIGINT, frame)

    before = signal.signal(signal.SIGTERM, terminate)
    try:
        yield terminated
    finally:
        signal.signal(signal.SIGTERM, before)
