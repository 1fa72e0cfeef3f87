"""What is kept of an exchange to find out which others it belongs to."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from inspector.session.prompt import Segment, answered_calls, chain_of, digest_of, essence_of, texts_of
from inspector.timeline import Exchange, View

_LONG: Final = 24
"""From so many characters on the same text in a tool call and in a prompt is no accident."""
_MOST_OPENINGS: Final = 16
_SESSION: Final = "x-claude-code-session-id"
_AGENT: Final = "x-claude-code-agent-id"
_RETRY: Final = "x-stainless-retry-count"


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
