"""Which exchanges of a session belong together: turns of one conversation, retries, branches, subagents, side calls."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Container, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Final, Generic, Literal, TypeVar

from inspector.session.turn_facts import TurnFacts

Relation = Literal["first", "next", "retry"]
"""How a turn belongs to the one before it: the first of its thread, what follows on a reply, the same once more."""

Kind = Literal["main", "branch", "subagent", "side"]
"""What a thread is: a conversation, another continuation of one, one that a tool call began, a call beside one."""

# After longer than that the same request is somebody who starts over.
_RETRIED_S: Final = 600.0
# Deeper than agents go: below, the label of a thread would only repeat those above it.
_DEEPEST_LABEL: Final = 8

K = TypeVar("K", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Turn(Generic[K]):
    """One exchange in its thread: `number` from 1, the `previous` turn and how it follows on that."""

    key: K
    thread: "Thread[K]"
    number: int
    relation: Relation
    previous: K | None


@dataclass(slots=True)
class Thread(Generic[K]):
    """Turns of one conversation, in their order.

    `label` is its number, behind that of the thread that it belongs to: "2", "2.1"; "…1" far below. `parent` is the
    turn under which it stands, None for one on its own; `call` the id of the tool call that began a subagent.
    """

    kind: Kind
    label: str = ""
    depth: int = 0
    parent: K | None = None
    call: str = ""
    turns: list[Turn[K]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Link(Generic[K]):
    parent: K | None
    relation: Relation = "first"
    call: str = ""


class Threads(Generic[K]):
    """The threads of a session. Tell it of each exchange, in any order, and again when one has changed.

    `threads` has those that stand on their own and, behind each, those that belong to it.
    """

    def __init__(self) -> None:
        self._facts: dict[K, TurnFacts] = {}
        self._placed: list[tuple[float, int, K]] = []
        self._numbers: dict[K, int] = {}
        self._counter = count()
        self._links: dict[K, _Link[K]] = {}
        self._index = _Index[K]()
        self._is_stale = False
        self._turns: dict[K, Turn[K]] | None = None
        self.threads: list[Thread[K]] = []

    def add(self, key: K, facts: TurnFacts) -> None:
        """An exchange, or what is known of it now."""
        known = self._facts.get(key)
        if known == facts:
            return
        self._facts[key] = facts
        self._turns = None
        number = self._numbers.setdefault(key, next(self._counter))
        place = (facts.started, number, key)
        if known is None and not self._is_stale and (not self._placed or place[:2] > self._placed[-1][:2]):
            self._placed.append(place)
            self._link(key, facts)
        else:
            # What comes late may be what others follow on.
            self._is_stale = True

    def keep(self, keys: Container[K]) -> None:
        """Forgets all exchanges but these."""
        if gone := [key for key in self._facts if key not in keys]:
            for key in gone:
                del self._facts[key], self._numbers[key]
            self._is_stale = True
            self._turns = None

    @property
    def changed(self) -> bool:
        """Whether anything has been added since the threads were last asked for."""
        return self._turns is None

    def turns(self) -> list[Turn[K]]:
        """All turns, as a list shows them: turn after turn, and under a turn what it began."""
        return list(self._built().values())

    def _link(self, key: K, facts: TurnFacts) -> None:
        self._links[key] = self._index.find(facts, self._facts)
        self._index.add(key, facts)

    def _built(self) -> dict[K, Turn[K]]:
        if self._is_stale:
            self._placed = sorted(
                ((facts.started, self._numbers[key], key) for key, facts in self._facts.items()),
                key=lambda place: place[:2],
            )
            self._index = _Index()
            self._links = {}
            for _, _, key in self._placed:
                self._link(key, self._facts[key])
            self._is_stale = False
            self._turns = None
        if self._turns is None:
            self._turns = self._build([key for _, _, key in self._placed])
        return self._turns

    def _build(self, keys: Sequence[K]) -> dict[K, Turn[K]]:
        """The threads that the links make."""
        following: defaultdict[K, list[K]] = defaultdict(list)
        size = dict.fromkeys(keys, 1)
        for key in reversed(keys):
            link = self._links[key]
            if link.parent is not None and not link.call:
                size[link.parent] += size[key]
                following[link.parent].append(key)
        # Of several that follow on one reply the conversation is what went on longest.
        heirs = {parent: max(reversed(children), key=size.__getitem__) for parent, children in following.items()}
        turns: dict[K, Turn[K]] = {}
        threads: list[Thread[K]] = []
        for key in keys:
            link = self._links[key]
            parent = turns[link.parent] if link.parent is not None else None
            if parent and not link.call and heirs[parent.key] == key:
                thread, relation = parent.thread, link.relation
            else:
                kind: Kind = "subagent" if link.call else "branch" if parent else "main"
                thread, relation = Thread(kind, parent=link.parent, call=link.call), "first"
                threads.append(thread)
            turn = Turn(key, thread, len(thread.turns) + 1, relation, link.parent if relation != "first" else None)
            thread.turns.append(turn)
            turns[key] = turn
        self._find_side_calls(threads)
        self.threads = []
        return {turn.key: turn for turn in self._listed(threads)}

    def _find_side_calls(self, threads: Iterable[Thread[K]]) -> None:
        """A single call without tools, in a session that has a conversation: a title, a summary."""
        conversations: defaultdict[str, list[Turn[K]]] = defaultdict(list)
        single: list[Thread[K]] = []
        for thread in threads:
            facts = self._facts[thread.turns[0].key]
            if thread.kind != "main" or not facts.session:
                continue
            if len(thread.turns) > 1 or facts.has_tools:
                conversations[facts.session] += thread.turns
            else:
                single.append(thread)
        for turns in conversations.values():
            turns.sort(key=self._started)
        for thread in single:
            facts = self._facts[thread.turns[0].key]
            if others := conversations.get(facts.session):
                thread.kind = "side"
                thread.parent = _last_before(others, facts.started, self._started).key

    def _started(self, turn: Turn[K]) -> float:
        return self._facts[turn.key].started

    def _listed(self, threads: Iterable[Thread[K]]) -> Iterator[Turn[K]]:
        """Every turn, below it the threads that it began. Labels and depths are given here."""
        under: defaultdict[K | None, list[Thread[K]]] = defaultdict(list)
        for thread in threads:
            under[thread.parent].append(thread)
        counts: defaultdict[str, int] = defaultdict(int)
        waiting: list[tuple[Thread[K], Iterator[Turn[K]]]] = []

        def enter(began: Sequence[Thread[K]], label: str, depth: int) -> None:
            for thread in began:
                if depth < _DEEPEST_LABEL:
                    counts[label] += 1
                    thread.label = f"{label}.{counts[label]}" if label else str(counts[label])
                else:
                    counts["…"] += 1
                    thread.label = f"…{counts['…']}"
                thread.depth = depth
            # The first one is read first.
            waiting.extend((thread, iter(thread.turns)) for thread in reversed(began))

        enter(under[None], "", 0)
        while waiting:
            thread, turns = waiting[-1]
            if (turn := next(turns, None)) is None:
                waiting.pop()
                continue
            if turn.number == 1:
                self.threads.append(thread)
            yield turn
            enter(under.get(turn.key, ()), thread.label, thread.depth + 1)


class _Index(Generic[K]):
    """What earlier exchanges can be found by."""

    def __init__(self) -> None:
        self._by_chain: defaultdict[bytes, list[K]] = defaultdict(list)
        self._by_reply: defaultdict[bytes, list[K]] = defaultdict(list)
        self._by_call: dict[str, K] = {}
        self._by_text: dict[bytes, tuple[K, str]] = {}
        self._by_agent: dict[tuple[str, str], K] = {}

    def add(self, key: K, facts: TurnFacts) -> None:
        if facts.chain:
            self._by_chain[facts.chain[-1]].append(key)
        if facts.reply:
            self._by_reply[facts.reply].append(key)
        for call, texts in facts.calls:
            self._by_call[call] = key
            self._by_text.update(dict.fromkeys(texts, (key, call)))
        if facts.agent:
            self._by_agent[facts.session, facts.agent] = key

    def find(self, facts: TurnFacts, known: Mapping[K, TurnFacts]) -> _Link[K]:
        """What an exchange that began later than all that were added follows on."""
        if (again := self._tried_before(facts, known)) is not None:
            return _Link(again, "retry")
        if (before := self._before(facts, known)) is not None:
            return _Link(before, "next")
        for opening in facts.openings:
            if opening in self._by_text:
                caller, call = self._by_text[opening]
                return _Link(caller, call=call)
        if facts.agent and (last := self._by_agent.get((facts.session, facts.agent))) is not None:
            return _Link(last, "next")
        return _Link(None)

    def _tried_before(self, facts: TurnFacts, known: Mapping[K, TurnFacts]) -> K | None:
        for key in reversed(self._by_chain.get(facts.chain[-1], ()) if facts.chain else ()):
            one = known[key]
            # Those that run side by side are no retries of each other; nor is what is asked again after an answer.
            if one.setup == facts.setup and one.ended <= facts.started:
                soon = facts.started - one.ended <= _RETRIED_S
                return key if soon and (facts.repeated or not one.whole) else None
        return None

    def _before(self, facts: TurnFacts, known: Mapping[K, TurnFacts]) -> K | None:
        """The exchange whose messages and reply the request repeats, or at least whose calls it answers."""
        said = [(at, essence) for at, essence in facts.said if 0 < at <= len(facts.chain)]
        for level, (at, essence) in enumerate(reversed(said)):
            if not essence:
                continue
            for key in reversed(self._by_chain.get(facts.chain[at - 1], ())):
                if known[key].reply == essence:
                    return key
            # A client that has changed what was said before still answers the last calls, and repeats the last reply.
            if not level:
                answered = self._by_calls(facts)
                repeated = self._by_last_reply(essence, facts, known) if answered is None else answered
                if repeated is not None:
                    return repeated
        for at, _ in reversed(said):
            for key in reversed(self._by_chain.get(facts.chain[at - 1], ())):
                if known[key].ended <= facts.started:
                    return key
        return self._by_calls(facts)

    def _by_calls(self, facts: TurnFacts) -> K | None:
        return next((self._by_call[call] for call in facts.answered if call in self._by_call), None)

    def _by_last_reply(self, essence: bytes, facts: TurnFacts, known: Mapping[K, TurnFacts]) -> K | None:
        for key in reversed(self._by_reply.get(essence, ())):
            one = known[key]
            if one.ended <= facts.started and one.setup == facts.setup and set(one.openings) & set(facts.openings):
                return key
        return None


def _last_before(turns: Sequence[Turn[K]], moment: float, started: Callable[[Turn[K]], float]) -> Turn[K]:
    return turns[max(0, bisect_right(turns, moment, key=started) - 1)]
