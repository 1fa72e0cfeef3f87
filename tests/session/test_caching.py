"""What the prompt cache did, and why it missed: only where what was sent and usage agree."""

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.session.caching import CachedRequest, CacheStep, CacheXRay, parameters_of
from inspector.session.prompt import segments_of
from inspector.timeline.metrics import InputTokens
from tests.session.test_prompt import MESSAGES

MARK = {"cache_control": {"type": "ephemeral"}}
HOUR = {"cache_control": {"type": "ephemeral", "ttl": "1h"}}
WORDS = "word " * 200
BODY: dict[str, Any] = {
    "tools": [{"name": "read", "x": 1}, {"name": "write"}],
    "system": [{"type": "text", "text": f"It is 10:00. {WORDS}", **MARK}],
    "messages": [{"role": "user", "content": "Hi"}],
}
WRITTEN, READ = InputTokens(1000, 0, 980), InputTokens(1000, 980, 0)


def request(
    body: Mapping[str, Any] = BODY,
    began: float = 0,
    tokens: InputTokens | None = WRITTEN,
    model: str = "claude-test",
    ready: float | None = None,
) -> CachedRequest:
    return CachedRequest(
        segments=segments_of(body),
        model=model,
        began=began,
        ready=began + 1 if ready is None else ready,
        tokens=tokens,
        parameters=parameters_of(body),
        body=lambda: body,
    )


def second(first: CachedRequest, then: CachedRequest) -> CacheStep:
    """What became of the second of two requests."""
    xray = CacheXRay()
    xray.step(first, None)
    return xray.step(then, first)


def changed(**members: Any) -> dict[str, Any]:
    return {**BODY, **members}


@pytest.mark.parametrize(
    ("first", "then", "verdict", "why"),
    [
        (request(), request(began=10, tokens=READ), "read", ""),
        (request(), request(began=400), "expired", "the entry was last used 400 s before, and lives 300 s"),
        (request(), request(began=0.5), "too early", "it was asked for while another request was still writing it"),
        (request(), request(began=10, model="claude-two"), "changed", "another model: claude-test, then claude-two"),
        (
            request(),
            request(changed(system=[{"type": "text", "text": f"It is 10:01. {WORDS}", **MARK}]), 10),
            "changed",
            "system[0] (system) has another text in text: 'It is 10:00' → 'It is 10:01'",
        ),
        (
            request(),
            request(changed(tools=BODY["tools"][::-1]), 10),
            "changed",
            "tools[0] (tool write) stands in another order",
        ),
        (
            request(),
            request(changed(tools=[{"name": "read", "x": 1.0}, {"name": "write"}]), 10),
            "changed",
            "tools[0] (tool read) has a number in another form in x: '1' → '1.0'",
        ),
        (
            request(),
            request(changed(tools=[{"x": 1, "name": "read"}, {"name": "write"}]), 10),
            "changed",
            "tools[0] (tool read) has its members in another order",
        ),
        (
            request(),
            request(changed(tools=[{"name": "find"}, *BODY["tools"]]), 10),
            "changed",
            "tools[0] (tool find) stands where tool read was",
        ),
        (request(), request(changed(tools=[]), 10), "changed", "tools[0] (tool read) is not there any more"),
        (request(), request(began=10, tokens=None), "unknown", "no usage came"),
        (request(), request(changed(system=WORDS), 10, InputTokens(9)), "off", "no cache_control in the request"),
        (
            request(),
            request(changed(tool_choice={"type": "any"}), 10),
            "unexplained",
            "tool_choice was changed since the turn before, which misses the cache from the messages on",
        ),
        (
            request(),
            request(began=10),
            "unexplained",
            "what is marked is the same, and young enough: why nothing was read, the recording does not tell",
        ),
        (
            request(tokens=InputTokens(900), model="claude-haiku-4-5"),
            request(began=10, tokens=InputTokens(900), model="claude-haiku-4-5"),
            "too short",
            "this model caches nothing that is shorter than 4,096 tokens",
        ),
        (request(tokens=InputTokens(1000)), request(began=10), "first", "nothing of it was cached yet"),
    ],
)
def test_what_became_of_the_cache(first: CachedRequest, then: CachedRequest, verdict: str, why: str) -> None:
    step = second(first, then)
    assert (step.verdict, step.why) == (verdict, why)


def test_an_hour_lasts_an_hour_and_reading_makes_it_last_longer() -> None:
    body = changed(system=[{"type": "text", "text": WORDS, **HOUR}])
    xray = CacheXRay()
    first = request(body)
    xray.step(first, None)
    for began in (3000, 6000):
        assert xray.step(request(body, began, READ), first).verdict == "read"
    assert xray.step(request(body, 9700), first).verdict == "expired"


def test_another_thread_reads_what_one_wrote() -> None:
    xray = CacheXRay()
    xray.step(request(), None)
    other = request(changed(messages=[{"role": "user", "content": "Something else"}]), 10, READ)
    assert xray.step(other, None).verdict == "read"


def test_what_others_wrote_may_be_read() -> None:
    assert CacheXRay().step(request(tokens=READ), None).verdict == "read"


@pytest.mark.parametrize(("kind", "verdict"), [("text", "too far"), ("tool_result", "read")])
def test_the_api_looks_back_so_far_only(kind: str, verdict: str) -> None:
    """Results in a row are one position, so many of them are no way at all."""
    added = [{"type": kind, "text": str(n), "tool_use_id": str(n)} for n in range(30)]
    added[-1] |= MARK
    first = request(
        changed(system="x", messages=[{"role": "user", "content": [{"type": "text", "text": WORDS, **MARK}]}])
    )
    bare = [{"role": "user", "content": [{"type": "text", "text": WORDS}]}]
    body = changed(system="x", messages=[*bare, {"role": "user", "content": added}])
    step = second(first, request(body, 10, READ if verdict == "read" else WRITTEN))
    assert step.verdict == verdict


def test_a_change_behind_what_was_cached_misses_nothing() -> None:
    step = second(request(), request(changed(messages=[{"role": "user", "content": "Ho"}]), 10, READ))
    assert step.verdict == "read"
    assert step.change
    assert (step.change.before, step.change.after) == ("Hi", "Ho")


REQUESTS = st.builds(
    request,
    body=st.fixed_dictionaries(
        {}, optional={"tools": MESSAGES, "system": MESSAGES, "messages": MESSAGES, "speed": st.text()}
    ),
    began=st.floats(0, 1e5),
    tokens=st.none() | st.builds(InputTokens, *[st.integers(0, 10**6)] * 3),
    model=st.sampled_from(["claude-test", "claude-haiku-4-5", "", "\ud800"]),
)


@given(st.lists(REQUESTS, max_size=4))
def test_whatever_was_sent(requests: list[CachedRequest]) -> None:
    """Nothing is claimed to be the same that is not, and nothing missed that was read."""
    xray = CacheXRay()
    before: CachedRequest | None = None
    for one in sorted(requests, key=lambda one: one.began):
        step = xray.step(one, before)
        earlier = before.segments if before else ()
        assert [two.digest for two in earlier[: step.same]] == [two.digest for two in one.segments[: step.same]]
        assert not step.change or step.same < len(earlier)
        if one.tokens and one.tokens.cache_read > one.tokens.total:
            assert step.verdict not in ("changed", "expired", "too far", "too early", "too short")
        before = one
