"""Which exchanges of a session belong together: turns of one conversation, retries, branches, subagents, side calls."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Container, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, Generic, Literal, TypeVar

from inspector.session.prompt import Segment, answered_calls, chain_of, digest_of, essence_of, texts_of
from inspector.timeline import Exchange, View

Relation = Literal["first", "next", "retry"]
"""How a turn belongs to the one before it: the first of its thread, what follows on a reply, the same once more."""

Kind = Literal["main", "branch", "subagent", "side"]
"""What a thread is: a conversation, another continuation of one, one that a tool call began, a call beside one."""

_LONG: Final = 24
"""From so many characters on the same text in a tool call and in a prompt is no accident."""
_RETRIED_S: Final = 600.0
_MOST_OPENINGS: Final = 16
_SESSION: Final = "x-claude-code-session-id"
_AGENT: Final = "x-claude-code-agent-id"
_RETRY: Final = "x-stainless-retry-count"

K = TypeVar("K", bound=Hashable)


@dataclass(frozen=True, slots=True)
class TurnFacts:
    """What is kept of an exchange to find its place: digests and ids, nothing of the text.

    `started` and `ended` are seconds since 1970. `chain` has a digest for each message of the request, of all up to it;
    `said` the assistant's messages among them: (number, essence). `answered`: the ids of the calls whose results the
    request brings. `openings`: the texts of the first user message. `setup`: model, tools and system prompt. `reply`,
    `calls` (id, digests of the long texts in its input) and `whole` are of what was answered. `session` and `agent` are
    what the client says of itself; `repeated` that it says it tries again.
    """

    started: float
    ended: float
    chain: tuple[bytes, ...] = ()
    said: tuple[tuple[int, bytes], ...] = ()
    answered: tuple[str, ...] = ()
    openings: tuple[bytes, ...] = ()
    setup: bytes = b""
    reply: bytes = b""
    calls: tuple[tuple[str, tuple[bytes, ...]], ...] = ()
    whole: bool = False
    session: str = ""
    agent: str = ""
    has_tools: bool = False
    repeated: bool = False


def request_facts(exchange: Exchange, started: float, segments: Sequence[Segment]) -> TurnFacts:
    """The facts of an exchange's request, which do not change while it is answered; `segments` are its pieces."""
    body = (exchange.request or {}).get("body")
    asked: Mapping[str, Any] = body if isinstance(body, dict) else {}
    messages = asked.get("messages")
    messages = messages if isinstance(messages, list) else []
    return TurnFacts(
        started=started,
        ended=started,
        chain=tuple(chain_of(segments)),
        said=tuple(
            (at, essence_of(one.get("content")))
            for at, one in enumerate(messages)
            if isinstance(one, dict) and one.get("role") == "assistant"
        ),
        answered=answered_calls(asked),
        openings=tuple(_openings(messages)),
        setup=digest_of([str(asked.get("model")), [one.digest.hex() for one in segments if one.message < 0]]),
        session=exchange.header(_SESSION) or _user_of(asked),
        agent=exchange.header(_AGENT),
        has_tools=bool(asked.get("tools")),
        repeated=exchange.header(_RETRY) not in ("", "0"),
    )


def with_answer(facts: TurnFacts, view: View) -> TurnFacts:
    """The facts with those of the answer, as far as that has come."""
    content = (view.message or {}).get("content")
    return replace(
        facts,
        ended=facts.started + (view.metrics.duration_ms or 0) / 1000,
        reply=essence_of(content),
        calls=tuple(_calls(content)),
        whole=view.status in ("complete", "reply"),
    )


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

    `label` is its number, behind that of the thread that it belongs to: "2", "2.1". `parent` is the turn under which it
    stands, None for one on its own; `call` the id of the tool call that began a subagent.
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

    `threads` has those that stand on their own and, behind each, those that belong to it; `order` all exchanges as a
    list shows them: turn after turn, and under a turn what it began.
    """

    def __init__(self) -> None:
        self._facts: dict[K, TurnFacts] = {}
        self._placed: list[tuple[float, int, K]] = []
        self._numbers: dict[K, int] = {}
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
        number = self._numbers.setdefault(key, len(self._numbers))
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
                del self._facts[key]
            self._is_stale = True
            self._turns = None

    @property
    def changed(self) -> bool:
        """Whether anything has been added since the threads were last asked for."""
        return self._turns is None

    def turn(self, key: K) -> Turn[K] | None:
        """The place of an exchange; None where it is not known."""
        return self._built().get(key)

    def turns(self) -> list[Turn[K]]:
        """All turns, as a list shows them."""
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
                counts[label] += 1
                thread.label = f"{label}.{counts[label]}" if label else str(counts[label])
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


def _openings(messages: Sequence[Any]) -> Iterator[bytes]:
    first = next((one for one in messages if isinstance(one, dict) and one.get("role") == "user"), None)
    for number, text in enumerate(texts_of(first.get("content")) if first else ()):
        if number >= _MOST_OPENINGS:
            return
        if len(text) >= _LONG:
            yield digest_of(text)


def _calls(content: Any) -> Iterator[tuple[str, tuple[bytes, ...]]]:
    """The calls of a reply, with the texts that may be the prompt of a subagent."""
    for block in content if isinstance(content, list) else ():
        if isinstance(block, dict) and block.get("type") == "tool_use" and isinstance(block.get("id"), str):
            given = block.get("input")
            texts = given.values() if isinstance(given, dict) else ()
            long = (text.strip() for text in texts if isinstance(text, str))
            yield block["id"], tuple(digest_of(text) for text in long if len(text) >= _LONG)


def _user_of(body: Mapping[str, Any]) -> str:
    metadata = body.get("metadata")
    user = metadata.get("user_id") if isinstance(metadata, dict) else None
    return user if isinstance(user, str) else ""
