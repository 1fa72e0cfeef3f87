"""Which frames a timeline shows: those of some types, of some blocks, with some text."""

import shlex
from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import compress
from typing import Final

from inspector.timeline.assembler import EventType
from inspector.timeline.exchange import Exchange
from inspector.timeline.pattern import Finder, TooSlowError, pattern_of
from inspector.timeline.rows import label_of, row
from inspector.timeline.search import chunk_end, frames_with

_CHUNK: Final = 1 << 14
_NEGATED: Final = ("!", "-")


@dataclass(frozen=True, slots=True)
class Wanted:
    """A filter as it was typed: types and blocks (any of them), texts (all of them), and what is excluded.

    `guessed` are the words that fit no type and so are looked for as text.
    """

    types: tuple[str, ...] = ()
    not_types: tuple[str, ...] = ()
    blocks: tuple[int, ...] = ()
    texts: tuple[str, ...] = ()
    not_texts: tuple[str, ...] = ()
    not_blocks: tuple[int, ...] = ()
    guessed: tuple[str, ...] = ()

    @classmethod
    def parse(cls, text: str, kinds: Iterable[EventType] = ()) -> "Wanted":
        """`ping` (a type, in whole or in part), `block:1`, `"some text"` or `text:word`; `!` before one excludes it.

        A word that fits no type that the stream holds is taken as text.
        """
        names = [f"{label_of(kind)} {kind.event} {kind.part}".lower() for kind in kinds] + [
            "comment blank retry no event"
        ]
        types: list[str] = []
        not_types: list[str] = []
        texts: list[str] = []
        not_texts: list[str] = []
        blocks: list[int] = []
        not_blocks: list[int] = []
        guessed: list[str] = []
        for word in _words(text):
            negated = len(word) > 1 and word.startswith(_NEGATED)
            bare = word[1:] if negated else word
            key, colon, value = bare.partition(":")
            if colon and key == "block" and value.isdecimal():
                (not_blocks if negated else blocks).append(int(value))
            elif colon and key == "text":
                (not_texts if negated else texts).append(value)
            elif colon and key == "type":
                (not_types if negated else types).append(value.lower())
            elif any(bare.lower() in name for name in names):
                (not_types if negated else types).append(bare.lower())
            else:
                (not_texts if negated else texts).append(bare)
                guessed.append(bare)
        return cls(
            tuple(types), tuple(not_types), tuple(blocks), tuple(texts), tuple(not_texts), tuple(not_blocks),
            tuple(guessed),
        )  # fmt: skip


class Filter:
    """The frames of an exchange that are wanted, found a chunk at a time; `numbers` grows in order.

    `given_up`: a text takes too long to look for; what has been found until then stays.
    """

    def __init__(self, exchange: Exchange, wanted: Wanted) -> None:
        self.numbers = array("I")
        self.done = 0
        self.given_up = False
        self._exchange = exchange
        self.wanted = wanted
        self._texts = [Finder(pattern) for text in wanted.texts if (pattern := pattern_of(text))]
        self._not_texts = [Finder(pattern) for text in wanted.not_texts if (pattern := pattern_of(text))]
        self._by_code: dict[int, bool] = {}

    @property
    def quick(self) -> bool:
        """Whether a step takes milliseconds, whatever stands in the frames."""
        return all(finder.plain for finder in (*self._texts, *self._not_texts))

    def step(self) -> bool:
        """Looks at some further frames; False where there are none yet."""
        try:
            return not self.given_up and self._step()
        except TooSlowError:
            self.given_up = True
            return False

    def _step(self) -> bool:
        index = self._exchange.index
        start = self.done
        end = min(index.count, start + _CHUNK)
        if end <= start:
            return False
        if self._texts or self._not_texts:
            end = chunk_end(self._exchange, start, end)
        numbers: Sequence[int] = range(start + 1, end + 1)
        codes = index.code[start:end]
        if self.wanted.types or self.wanted.not_types:
            # A frame that is no event is told from another one by its row.
            mask = [
                self._code_wanted(code) if code else self._frame_wanted(n)
                for n, code in zip(numbers, codes, strict=True)
            ]
            numbers = list(compress(numbers, mask))
        if self.wanted.blocks:
            numbers = [n for n in numbers if index.block[n - 1] in self.wanted.blocks]
        if self.wanted.not_blocks:
            numbers = [n for n in numbers if index.block[n - 1] not in self.wanted.not_blocks]
        for finders, held in ((self._texts, True), (self._not_texts, False)):
            for finder in finders:
                # Where no frame is left there is nothing to read.
                holding = set(frames_with(finder, self._exchange, start, end)) if numbers else set()
                numbers = [n for n in numbers if (n in holding) is held]
        self.numbers.extend(numbers)
        self.done = end
        return True

    def _code_wanted(self, code: int) -> bool:
        wanted = self._by_code.get(code)
        if wanted is None:
            kind = self._exchange.index.event_types[code]
            wanted = self._by_code[code] = self._named(f"{label_of(kind)} {kind.event} {kind.part}")
        return wanted

    def _frame_wanted(self, n: int) -> bool:
        return self._named(row(self._exchange, n).label)

    def _named(self, name: str) -> bool:
        name = name.lower()
        types, not_types = self.wanted.types, self.wanted.not_types
        return (not types or any(word in name for word in types)) and not any(word in name for word in not_types)


def _words(text: str) -> list[str]:
    try:
        return shlex.split(text)
    except ValueError:
        return text.split()
