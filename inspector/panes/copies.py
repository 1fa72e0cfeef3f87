"""What can be copied: an event, a block's text, the message, the request as a curl command."""

import json
import shlex
from typing import Any, Final

from inspector.panes.content import Pane
from inspector.panes.drawing.lines import Line
from inspector.panes.model import StreamModel
from inspector.recording.lines import data_of
from inspector.recording.redaction import REDACTED, is_secret_name
from inspector.text.json_text import dumps
from inspector.text.sanitise import sanitise
from inspector.timeline.message import decode, role_of, text_delta_of
from inspector.timeline.snapshot import tool_input_text
from inspector.timeline.text_window import BlockText, block_at_event

# Set by curl itself, or no longer true.
_LEFT_OUT: Final = frozenset(
    {"host", "content-length", "content-encoding", "accept-encoding", "connection", "transfer-encoding"}
)


def event_json(stream: StreamModel) -> str | None:
    """The data of the event that the event pane shows, None where there is none."""
    return _pretty(data_of(stream.exchange.frame(stream.event_n))) if stream.event_n else None


def event_bytes(stream: StreamModel) -> str | None:
    """That frame as it came."""
    return stream.exchange.frame(stream.event_n).raw.decode("utf-8", "replace") if stream.event_n else None


def block_text(stream: StreamModel) -> str | None:
    """The text (or the tool input) of the block at the cursor, as far as it had come then.

    Where the cursor is at no block's event, that of the last block which had started.
    """
    index = stream.exchange.index
    block = block_at_event(index, stream.n)
    if block is None:
        blocks = [block for message in index.messages for block in message.blocks if block.start_n <= stream.n]
        if not blocks:
            return None
        block = blocks[-1]
    if role_of(block) == "tool":
        return decode(tool_input_text(block, stream.n))
    text = BlockText(block, text_delta_of(block), stream.n)
    return decode(text.part(0, text.total)) or None


def message_json(stream: StreamModel) -> str | None:
    """The message as of the cursor."""
    message = stream.view.message
    return None if message is None else _pretty(message)


def curl(stream: StreamModel) -> str | None:
    """A command that repeats the request, its key taken from the environment; None where no request was recorded."""
    request = stream.exchange.request
    if not request or not request.get("url"):
        return None
    lines = [f"curl -N -X {shlex.quote(str(request.get('method') or 'POST'))} {shlex.quote(str(request['url']))}"]
    lines.append('-H "x-api-key: $ANTHROPIC_API_KEY"')
    for pair in request.get("headers") or ():
        if isinstance(pair, list) and len(pair) == 2:
            name, value = str(pair[0]), str(pair[1])
            lower = name.lower()
            secret = is_secret_name(name) or REDACTED in value
            if lower not in _LEFT_OUT and not secret and not lower.startswith("x-stainless"):
                lines.append(f"-H {shlex.quote(f'{name}: {value}')}")
    body = request.get("body")
    if body is not None:
        text = body if isinstance(body, str) else dumps(body).decode()
        lines.append(f"--data-raw {shlex.quote(text)}")
    return " \\\n  ".join(lines)


def _pretty(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)


def _printed(stream: StreamModel, width: int) -> list[Line]:
    # In one piece: a line's end may stand inside an argument.
    return [[(sanitise(curl(stream) or "the recording has no request", lines=True), "")]]


PANE = Pane(
    name="curl",
    summary="a command that repeats the request",
    order=110,
    printed=_printed,
    numbered=False,
)
