"""Tells what a file is, and takes off whatever is around the stream in it: packing, encoding, log lines, notation."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain

from inspector.formats.budget import MOST_LAYERS, UNPACKED_FREE, UNPACKED_RATIO, in_mb
from inspector.formats.format import LARGEST_HEAD, NO_HINTS, Clock, Format, Hints, Imported, Read
from inspector.formats.jsonl import FORMAT as NATIVE
from inspector.formats.registry import recognised, unknown
from inspector.formats.unwrapping import Wrapper, wrappers
from inspector.recording import UnreadableError


@dataclass(slots=True)
class Sniffed:
    """A stream without what was around it.

    `head` is its beginning, which `reads` gives once more. `said` are clauses on what was taken off, from the outside
    in, `notes` on what was odd in doing so, which is known at the end. `timed`: the reads' times stand in the file.
    """

    format: Format
    head: bytes
    reads: Iterator[Read]
    said: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    timed: bool = False

    def comment(self) -> str:
        """What the user should know of how the file was read, "" where it was read as it is."""
        return f"{', '.join(self.said)}: read as {self.format.name}" if self.said else ""


def sniff(reads: Iterator[Read], given: Format | None = None, hints: Hints = NO_HINTS) -> Sniffed:
    """What begins here; of what arrives slowly no more is waited for than it takes to tell. Raises UnreadableError.

    `given` is the format that the user named: only what hides its text is taken off then. `hints` say where in a log
    its events stand.
    """
    said: list[str] = []
    notes: list[str] = []
    outside = _Counted(reads)
    inside: Iterator[Read] = outside
    timed = False
    hinted = hints != NO_HINTS
    while True:
        head, inside, found = _head(inside, given, hinted)
        if hinted and not (isinstance(found, Wrapper) and found.binary):
            found = _for_hints(hints)
            hinted = False
        if isinstance(found, Format):
            return Sniffed(found, head, inside, said, notes, timed)
        clause = found.recognise(head)
        if said[-2:] == [clause, clause] and not found.binary:
            # It is around nothing: what it takes off is there again.
            raise _unknown(head)
        if len(said) == MOST_LAYERS:
            raise UnreadableError(f"packed or wrapped more than {MOST_LAYERS} times: that is not read")
        said.append(clause)
        timed = timed or found.timed(head)
        inside = _bounded(found.unwrap(inside, notes), outside)


def imported_of(found: Sniffed, clock: Clock | None) -> Callable[[Iterator[Read]], Iterator[Imported]]:
    """The format's importer, with what was taken off as notes of its first and last exchange.

    `clock`: what the times of the reads mean, None where they have none.
    """
    live, read = found.format.live, found.format.read

    def importer(reads: Iterator[Read]) -> Iterator[Imported]:
        if live and clock:
            found_there: Iterable[Imported] = [live(reads, clock)]
        elif read:
            found_there = read(chunk for chunk, _ in reads)
        else:
            raise UnreadableError(f"the format {found.format.name} can only be written")
        imported = None
        for imported in found_there:
            if found.said and not noted:
                noted.append(found.comment())
                imported.notes[:0] = noted
            yield imported
        if imported:
            imported.notes += found.notes

    noted: list[str] = []
    return importer


def _head(
    reads: Iterator[Read], given: Format | None, any_text: bool
) -> tuple[bytes, Iterator[Read], Format | Wrapper]:
    """The beginning, all reads, and what begins there; with `any_text` something that may stand for any text."""
    held: list[Read] = []
    head = b""
    found: Format | Wrapper | None = None
    tried_at = 0
    for read in reads:
        held.append(read)
        head += read[0]
        if len(head) >= LARGEST_HEAD:
            break
        # What comes in many small pieces and is not known yet is not looked at again for each of them.
        if len(head) > tried_at:
            tried_at = len(head) + len(head) // 16
            if found := _told(head, given, whole=False):
                break
    head = head[:LARGEST_HEAD]
    found = found or _told(head, given, whole=True)
    if found is None and any_text and head:
        found = NATIVE
    if found is None:
        raise _unknown(head)
    return head, chain(held, reads), found


def _told(head: bytes, given: Format | None, whole: bool) -> Format | Wrapper | None:
    """What begins here, None where that cannot be told yet; `whole`: no more comes to tell it by."""
    has_line = whole or b"\n" in head
    if given:
        hidden = None if given.recognise(head) else _wrapper(head, binary=True)
        return hidden or (given if has_line else None)
    if not has_line:
        return _wrapper(head, binary=True)
    if NATIVE.recognise(head):
        return NATIVE
    if _refusal(head):
        # Nothing to tell it by may come later: a stream among what a transcript says.
        return None
    return recognised(head) or _wrapper(head, binary=False)


def _for_hints(hints: Hints) -> Wrapper:
    from inspector.formats.unwrapping.records import wrapper_for

    return wrapper_for(hints)


def _refusal(head: bytes) -> str:
    # Opening a recording needs none of what others write.
    from inspector.formats.strangers import refusal

    return refusal(head)


def _unknown(head: bytes) -> UnreadableError:
    from inspector.formats.nameable import name_of

    said = _refusal(head) or name_of(head)
    return UnreadableError(f"this is {said}") if said else unknown(head)


def _wrapper(head: bytes, binary: bool) -> Wrapper | None:
    # What is around text is text.
    binary = binary or b"\0" in head
    return next((one for one in wrappers() if (one.binary or not binary) and one.recognise(head)), None)


class _Counted(Iterator[Read]):
    """The reads of a file; `size` is how many bytes they had so far."""

    def __init__(self, reads: Iterator[Read]) -> None:
        self._reads = reads
        self.size = 0

    def __next__(self) -> Read:
        read = next(self._reads)
        self.size += len(read[0])
        return read


def _bounded(reads: Iterator[Read], outside: _Counted) -> Iterator[Read]:
    """The reads, as long as they are not out of all proportion to those of the file. Raises UnreadableError."""
    size = 0
    for read in reads:
        size += len(read[0])
        if size > UNPACKED_FREE and size > UNPACKED_RATIO * outside.size:
            limit = f"{in_mb(UNPACKED_FREE)} and {UNPACKED_RATIO} times its size"
            raise UnreadableError(f"it unpacks to more than {limit}: that is not read")
        yield read
