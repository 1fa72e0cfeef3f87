"""Which exchanges belong together: sessions of which it is known, in whatever order they are read."""

from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.session.prompt import digest_of, segments_of
from inspector.session.sources import moment
from inspector.session.threads import Threads, Turn
from inspector.session.turn_facts import TurnFacts, request_facts, with_answer
from tests.session.agents import Session, calls, load, results, said, typical


def placed(session: Session, seed: int | None = None) -> dict[str, Turn[str]]:
    """The turns of a session, read in their order, or in another one."""
    threads: Threads[str] = Threads()
    names = list(session.names)
    if seed is not None:
        Random(seed).shuffle(names)
    for name in names:
        threads.add(name, facts(session, name))
        if seed is not None and seed % 2:
            # Asked for in between: what was placed then may have to move.
            threads.turns()
    return {turn.key: turn for turn in threads.turns()}


def facts(session: Session, name: str) -> TurnFacts:
    with load(session.folder, name) as exchange:
        header = exchange.index.header or {}
        segments = segments_of((exchange.request or {}).get("body"))
        return with_answer(request_facts(exchange, moment(header["started_at"]) or 0, segments), exchange.view())


def shape(turns: dict[str, Turn[str]]) -> dict[str, tuple[str, str, int, str, str | None]]:
    """kind, label, number, relation, and under which turn the thread stands."""
    return {
        name: (turn.thread.kind, turn.thread.label, turn.number, turn.relation, turn.thread.parent)
        for name, turn in turns.items()
    }


@pytest.mark.parametrize("seed", [None, 0, 1, 2, 3])
def test_an_agent_with_subagents(tmp_path: Path, seed: int | None) -> None:
    turns = placed(typical(tmp_path), seed)
    assert shape(turns) == {
        "0001.jsonl": ("main", "1", 1, "first", None),
        "0000.jsonl": ("side", "1.1", 1, "first", "0001.jsonl"),
        "0002.jsonl": ("subagent", "1.2", 1, "first", "0001.jsonl"),
        "0004.jsonl": ("subagent", "1.2", 2, "next", "0001.jsonl"),
        "0003.jsonl": ("subagent", "1.3", 1, "first", "0001.jsonl"),
        "0005.jsonl": ("main", "1", 2, "next", None),
        "0006.jsonl": ("main", "1", 3, "retry", None),
        "0007.jsonl": ("main", "1", 4, "next", None),
    }
    # As a list shows them: under the turn what it began.
    assert list(turns) == [f"000{n}.jsonl" for n in (1, 0, 2, 4, 3, 5, 6, 7)]
    assert turns["0007.jsonl"].previous == "0006.jsonl"


def test_same_questions_side_by_side_are_threads_of_their_own(tmp_path: Path) -> None:
    session = Session(tmp_path)
    for at in range(3):
        session.agent().turn("Write a haiku.", said("Snow"), at_s=at / 10)
    assert [(turn.thread.label, turn.number) for turn in placed(session).values()] == [("1", 1), ("2", 1), ("3", 1)]


def test_the_same_question_again_is_no_retry_of_a_whole_answer(tmp_path: Path) -> None:
    session = Session(tmp_path)
    for at in (0, 100):
        session.agent().turn("Write a haiku.", said("Snow"), at_s=at)
    assert {turn.relation for turn in placed(session).values()} == {"first"}


def test_the_conversation_is_what_went_on(tmp_path: Path) -> None:
    """A suggestion that was asked for in between does not take the thread."""
    session = Session(tmp_path)
    main = session.agent()
    main.turn("Hello, who are you?", said("A model."))
    aside = session.agent(messages=list(main.messages))
    suggestion = aside.turn("What may I ask next?", said("How old are you?"))
    main.turn("How old are you?", said("Young."))
    main.turn("How young?", said("Very."))
    turns = placed(session)
    assert (turns[suggestion].thread.kind, turns[suggestion].thread.parent) == ("branch", session.names[0])
    assert [turn.number for name, turn in turns.items() if name != suggestion] == [1, 2, 3]


def test_a_client_that_rewrites_what_was_said(tmp_path: Path) -> None:
    """The results of its calls, or the last reply, still tell what a request follows on."""
    session = Session(tmp_path)
    main = session.agent()
    call = calls({"path": "a.py"})
    main.turn("Please read the file for me.", call)
    main.messages[0]["content"] = "Please read the file for me. <system-reminder>late</system-reminder>"
    main.turn(results(call, "x = 1"), said("It sets x."))
    main.messages[2] = {"role": "user", "content": "(left out)"}
    main.turn("Go on.", said("That is all."))
    assert [(turn.thread.label, turn.number) for turn in placed(session).values()] == [("1", 1), ("1", 2), ("1", 3)]


def test_what_a_client_says_of_its_agents(tmp_path: Path) -> None:
    session = Session(tmp_path)
    for agent, words in (("a", "one"), ("b", "two"), ("a", "three")):
        headers = [("x-claude-code-session-id", "s"), ("x-claude-code-agent-id", agent)]
        session.agent(headers=headers).turn(words, said(words.upper()))
    assert [(turn.thread.label, turn.number) for turn in placed(session).values()] == [("1", 1), ("1", 2), ("2", 1)]


def test_a_reply_that_is_known_later_moves_what_follows(tmp_path: Path) -> None:
    """As when the list of a session is read from its latest recording on, or a stream still runs."""
    session = Session(tmp_path)
    main = session.agent()
    one, two = main.turn("Hello, who are you?", said("A model.")), main.turn("Why?", said("So."))
    threads: Threads[str] = Threads()
    threads.add(two, facts(session, two))
    assert [turn.number for turn in threads.turns()] == [1]
    threads.add(one, facts(session, one))
    assert [(turn.key, turn.number) for turn in threads.turns()] == [(one, 1), (two, 2)]
    assert not threads.changed
    threads.keep({two})
    assert [(turn.key, turn.number) for turn in threads.turns()] == [(two, 1)]


def nested(depth: int) -> Threads[int]:
    """Each turn begins a subagent, which begins one."""
    threads: Threads[int] = Threads()
    for n in range(depth):
        mine, before = digest_of(n), digest_of(n - 1)
        call = (f"call{n}", (mine,))
        threads.add(n, TurnFacts(n, n + 0.5, chain=(mine,), openings=(before,) if n else (), calls=(call,), whole=True))
    return threads


def test_agents_in_agents_however_deep() -> None:
    turns = nested(3_000).turns()
    assert [turn.thread.depth for turn in turns] == list(range(3_000))
    assert [turn.thread.label.count(".") for turn in turns[:4]] == [0, 1, 2, 3]
    labels = {turn.thread.label for turn in turns}
    assert len(labels) == 3_000
    assert max(map(len, labels)) < 20


@given(st.data())
def test_every_exchange_has_one_place_in_any_order(data: st.DataObject) -> None:
    """Facts that nobody would make: each key is there once, threads count from 1, and the order of adding is nothing."""
    few = st.sampled_from([b"a", b"b", b"c", b"d"])
    made = st.builds(
        TurnFacts,
        started=st.integers(0, 6),
        ended=st.integers(0, 8),
        chain=st.lists(few, max_size=3).map(tuple),
        said=st.lists(st.tuples(st.integers(-1, 4), few), max_size=3).map(tuple),
        answered=st.lists(st.sampled_from(["x", "y"]), max_size=2).map(tuple),
        openings=st.lists(few, max_size=2).map(tuple),
        setup=few,
        reply=few,
        calls=st.lists(st.tuples(st.sampled_from(["x", "y"]), st.lists(few, max_size=2).map(tuple)), max_size=2).map(
            tuple
        ),
        whole=st.booleans(),
        session=st.sampled_from(["", "s"]),
        agent=st.sampled_from(["", "m"]),
        has_tools=st.booleans(),
        repeated=st.booleans(),
    )
    everything: list[TurnFacts] = data.draw(st.lists(made, max_size=8))
    # Numbers are given in the order of adding where two began together: that order is kept.
    order = sorted(range(len(everything)), key=lambda n: everything[n].started)
    threads: Threads[int] = Threads()
    for n in order:
        threads.add(n, everything[n])
    turns = threads.turns()
    assert sorted(turn.key for turn in turns) == sorted(order)
    for thread in threads.threads:
        assert [turn.number for turn in thread.turns] == list(range(1, len(thread.turns) + 1))
        assert thread.turns[0].relation == "first"
        started = [everything[turn.key].started for turn in thread.turns]
        assert started == sorted(started)
    again: Threads[int] = Threads()
    for n in order:
        again.add(n, everything[n])
        again.turns()
        if everything[n].chain:
            again.add(n, everything[n])
    assert _described(again.turns()) == _described(turns)


def _described(turns: list[Turn[int]]) -> list[tuple[Any, ...]]:
    return [(turn.key, turn.thread.label, turn.number, turn.relation, turn.thread.kind) for turn in turns]
