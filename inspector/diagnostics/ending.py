"""What was lost where a stream ends too early, in words that several rules share."""

from typing import Final

from inspector.diagnostics.stream import Stream, block_name
from inspector.sse import Decoder, Frame
from inspector.text.wording import counted, quoted
from inspector.timeline.message import Block, decode
from inspector.timeline.snapshot import tool_input_text

_SHOWN = 40


def last_words(stream: Stream) -> str:
    """Where the stream stood when nothing more came: the last event, what was open, what is left over."""
    if not stream.index.count:
        return "nothing had come"
    kind = stream.index.event_types[stream.index.code[stream.index.count - 1]]
    words = [f"the last event is {stream.index.count} ({kind.part or kind.event or 'no event'})"]
    words += [_open(block) for block in stream.grammar.open]
    if stream.index.tail:
        half = ", the last of them half a character" if ends_in_character(stream) else ""
        words.append(f"{counted(len(stream.index.tail), 'byte')} of an unfinished event follow{half}")
    return "; ".join(words)


PYTHON_IN_CHARACTER: Final = "UnicodeDecodeError at the end of the body, which is no anthropic.APIError."
"""What the Python SDK does where a body that ended cleanly leaves bytes that are no UTF-8: it decodes them too."""


def ends_in_character(stream: Stream) -> bool:
    """Whether the unfinished event at the end is cut within a character, or holds other bytes that are no UTF-8.

    Not where the connection broke: that is what a client hears of first.
    """
    if stream.reason not in ("complete", "eof", ""):
        return False
    try:
        stream.index.tail.decode()
    except UnicodeDecodeError:
        return True
    return False


def _open(block: Block) -> str:
    if block.type == "tool_use":
        text = decode(tool_input_text(block, 1 << 62))
        return f"{block_name(block)} is open with {quoted(text, _SHOWN)} so far: do not run it"
    size = sum(len(buffer.text) for buffer in block.buffers.values())
    return f"{block_name(block)} is open with {counted(size, 'byte')} so far"


def unterminated_stop(stream: Stream) -> bool:
    """Whether an import that does not say how it ended has a message_stop without its blank line: it counts."""
    if not stream.is_import or stream.index.end is not None:
        return False
    frame = pending(stream)
    return frame is not None and frame.name == "message_stop"


def pending(stream: Stream) -> Frame | None:
    """The event that the tail would have been with its blank line, None where it would be none."""
    if not stream.index.tail:
        return None
    decoder = Decoder()
    # Not the first bytes of the stream, unless nothing came before: then a BOM is no data.
    if stream.index.count:
        decoder.feed(b"\n")
    frames = decoder.feed(stream.index.tail + b"\n\n")
    return next((frame for frame in frames if frame.dispatched), None)
