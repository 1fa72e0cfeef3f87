"""What was lost where a stream ends too early, in words that several rules share."""

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
        words.append(f"{counted(len(stream.index.tail), 'byte')} of an unfinished event follow")
    return "; ".join(words)


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
