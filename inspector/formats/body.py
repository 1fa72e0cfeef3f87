"""A response body on its way in: from pieces as a source has them to the lines of a recording."""

import re
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from typing import Final

from inspector.formats import bedrock
from inspector.formats.bedrock import PRELUDE
from inspector.formats.budget import BODY_RATIO, LARGEST_FRAME, SMALL_BODY, in_mb
from inspector.formats.format import Read
from inspector.recording import UnreadableError
from inspector.recording.content_coding import ContentDecoder
from inspector.recording.lines import frame_line, tail_line
from inspector.sse import Decoder

# What programs save is often decoded already, while the headers still name the coding.
_TEXT = re.compile(rb"(?:\xef\xbb\xbf)?\s*(?:event|data|id|retry|[:{\[<])")
_LONGEST_TEXT_HEAD: Final = 8
_PIECE: Final = 1 << 10
_CHECKSUM: Final = 8


def body_lines(
    reads: Iterable[Read], notes: list[str], content_type: str = "", numbered: bool = True
) -> Iterator[bytes]:
    """The lines of a body whose content coding is undone: an event stream, Bedrock's binary one, or anything else.

    `numbered` as for `sse_lines`.
    """
    head, reads = peek(reads, PRELUDE, lambda head: not head.startswith(b"\0"))
    if bedrock.recognise(head):
        yield from bedrock.lines(reads, notes)
        return
    if head and content_type.partition(";")[0].strip().lower() == bedrock.MEDIA_TYPE:
        notes.append("the body is no Bedrock event stream that can be read: it is shown as it came")
    yield from sse_lines(reads, numbered)


def sse_lines(reads: Iterable[Read], numbered: bool = True) -> Iterator[bytes]:
    """The lines of an event stream's frames; their reads and splits only where there are times.

    `numbered`: the reads are those of a network, and not lines of a log. Raises UnreadableError at a frame that is too
    long.
    """
    decoder = Decoder()
    unfinished = 0
    for chunk, t_ns in reads:
        unfinished += len(chunk)
        if unfinished > LARGEST_FRAME:
            limit = in_mb(LARGEST_FRAME)
            raise UnreadableError(f"an event, or a body without blank lines, of more than {limit} is not read")
        for frame in decoder.feed(chunk, t_ns):
            unfinished = 0
            if t_ns is None or not numbered:
                # How a file was read says nothing about how the stream arrived.
                frame.read, frame.splits = None, ()
            yield frame_line(frame)
    if tail := decoder.close():
        *earlier, (_, last_ns) = decoder.splits
        if last_ns is None:
            yield tail_line(tail)
        elif not numbered:
            yield tail_line(tail, last_ns)
        else:
            yield tail_line(tail, last_ns, decoder.reads, earlier)


def decoded(reads: Iterable[Read], content_encoding: str, notes: list[str]) -> Iterator[Read]:
    """The reads without their content coding; what is no longer coded, or cannot be decoded, as it is."""
    if not content_encoding.strip():
        yield from reads
        return
    head, reads = peek(reads, _LONGEST_TEXT_HEAD, lambda head: _TEXT.match(head) is not None)
    if _TEXT.match(head):
        yield from reads
        return
    decoder = ContentDecoder(content_encoding)
    coded = size = 0
    for chunk, t_ns in reads:
        piece = decoder.feed(chunk)
        coded += len(chunk)
        size += len(piece)
        if size > max(SMALL_BODY, BODY_RATIO * coded):
            end = in_mb(size - len(piece))
            notes.append(f"the body is cut after {end}: decoded, it is more than {BODY_RATIO} times its size")
            break
        yield piece, t_ns
    if decoder.error:
        notes.append(f"the body could not be decoded (content-encoding: {content_encoding}): {decoder.error}")


def pieces(body: bytes) -> Iterator[Read]:
    """A whole body, cut so that damage in one place, or a wrong checksum at the end, spoils little of it."""
    end = max(0, len(body) - _CHECKSUM)
    for at in range(0, end, _PIECE):
        yield body[at : min(at + _PIECE, end)], None
    yield body[end:], None


def peek(reads: Iterable[Read], size: int, enough: Callable[[bytes], bool]) -> tuple[bytes, Iterator[Read]]:
    """The first bytes, up to `size` of them or until `enough` says so, and all reads, those included."""
    reads = iter(reads)
    held: list[Read] = []
    head = b""
    for read in reads:
        held.append(read)
        head += read[0]
        if len(head) >= size or (head and enough(head)):
            break
    return head, chain(held, reads)
