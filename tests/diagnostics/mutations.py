"""One thing changed in a valid stream: what the SDK then does, and whether a finding says so.

`python -m tests.diagnostics.mutations N` tries N of them and prints the table of docs/mutated-streams.md.
"""

import json
import sys
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from copy import deepcopy
from random import Random
from typing import Any, NamedTuple

import anthropic

from inspector.diagnostics import Finding, diagnose
from inspector.net.http_library import sdk_http
from tests.diagnostics.streams import Event, recorded
from tests.diagnostics.valid import Valid
from tests.support import sse

Frames = list[bytes]


class Mutation(NamedTuple):
    """What was done to which event (from 1), and the body that came of it."""

    kind: str
    n: int
    what: str
    body: bytes


def _invisible(event: Event) -> bool:
    """Whether nobody can miss the event, or tell that it came twice: a piece of prose, a ping."""
    kind = event.get("delta", {}).get("type") if event["type"] == "content_block_delta" else event["type"]
    return kind in ("ping", "text_delta", "thinking_delta", "citations_delta")


def _pick(random: Random, events: list[Event]) -> int:
    visible = [at for at, event in enumerate(events) if not _invisible(event)]
    return random.choice(visible)


def _drop(random: Random, events: list[Event]) -> tuple[int, str, Frames]:
    at = _pick(random, events)
    return at, _name(events[at]), [sse(event) for place, event in enumerate(events) if place != at]


def _twice(random: Random, events: list[Event]) -> tuple[int, str, Frames]:
    at = _pick(random, events)
    return (
        at + 1,
        _name(events[at]),
        [sse(event) for place, event in enumerate(events) for _ in range(1 + (place == at))],
    )


def _swapped(random: Random, events: list[Event]) -> tuple[int, str, Frames]:
    pairs = [at for at in range(len(events) - 1) if "ping" not in (events[at]["type"], events[at + 1]["type"])]
    at = random.choice([at for at in pairs if not (_invisible(events[at]) and _invisible(events[at + 1]))])
    frames = [sse(event) for event in events]
    frames[at], frames[at + 1] = frames[at + 1], frames[at]
    return at, f"{_name(events[at])} and {_name(events[at + 1])}", frames


def _cut(random: Random, events: list[Event]) -> tuple[int, str, Frames]:
    at = random.randrange(1, len(events))
    return at - 1, f"before {_name(events[at])}", [sse(event) for event in events[:at]]


def _joined(random: Random, events: list[Event]) -> tuple[int, str, Frames]:
    at = random.randrange(len(events) - 1)
    frames = [sse(event) for event in events]
    frames[at : at + 2] = [frames[at][:-1] + frames[at + 1]]
    return at, f"{_name(events[at])} with {_name(events[at + 1])}", frames


def _damaged(random: Random, events: list[Event]) -> tuple[int, str, Frames]:
    at = random.randrange(len(events))
    frames = [sse(event) for event in events]
    place = random.randrange(frames[at].index(b"data: ") + 8, len(frames[at]) - 2)
    frames[at] = frames[at][:place] + b"\n\n"
    return at, _name(events[at]), frames


def _renamed(random: Random, events: list[Event]) -> tuple[int, str, Frames]:
    at = random.randrange(len(events))
    name = random.choice(["", "ping", "message", "error", "content_block_delta", "shiny"])
    frames = [sse(event) for event in events]
    line = f"event: {name}\n".encode() if name else b""
    frames[at] = line + frames[at][frames[at].index(b"data: ") :]
    return at, f"{_name(events[at])} as {name or 'nothing'}", frames


_ODD: tuple[Any, ...] = (None, True, -1, 7, 1.5, "", "x", "0", [], [1], {}, {"a": 1})


def _field(random: Random, events: list[Event]) -> tuple[int, str, Frames]:
    changed = deepcopy(events)
    at = random.choice([at for at, event in enumerate(changed) if event["type"] != "ping"])
    places = [place for place in _places(changed[at]) if _counts(place)]
    *path, key = random.choice(places)
    holder: Any = changed[at]
    for step in path:
        holder = holder[step]
    if random.random() < 0.35 and isinstance(holder, dict):
        del holder[key]
        what = "gone"
    else:
        holder[key] = random.choice([odd for odd in _ODD if not (key in _WORDS and isinstance(odd, str))])
        what = json.dumps(holder[key])
    name = ".".join(str(step) for step in (*path, key))
    frames = [sse(event) for event in events]
    frames[at] = f"event: {events[at]['type']}\ndata: {json.dumps(changed[at])}\n\n".encode()
    return at, f"{_name(events[at])}: {name} {what}", frames


# What stands there may be any text.
_WORDS = ("text", "thinking", "partial_json", "signature", "data", "id", "tool_use_id", "name", "stop_sequence")


def _places(value: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if at:
        yield at
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _places(inner, (*at, key))


def _counts(place: tuple[Any, ...]) -> bool:
    """Whether a rule could know the right value: not the words themselves, nor what is inside results and citations."""
    return not {"citation", "content"} & set(place[:-1]) and place[-1] not in ("model", "server_name")


MUTATIONS: dict[str, Callable[[Random, list[Event]], tuple[int, str, Frames]]] = {
    "an event is gone": _drop,
    "an event comes twice": _twice,
    "two events are swapped": _swapped,
    "the stream is cut": _cut,
    "two frames run together": _joined,
    "JSON is cut short": _damaged,
    "an event has another name": _renamed,
    "a field is gone or odd": _field,
}


def _name(event: Event) -> str:
    part = event.get("delta", {}).get("type") or event.get("content_block", {}).get("type") or ""
    return f"{event['type']} {part}".strip()


class Outcome(NamedTuple):
    """What the SDK made of a body: what it raised, "" for nothing, else the message."""

    raised: str
    message: Any


def sdk(body: bytes, beta: bool = True) -> Outcome:
    """What client.beta.messages.stream(), or that without beta, and get_final_message() come to."""
    transport = sdk_http.MockTransport(
        lambda _: sdk_http.Response(200, content=body, headers={"content-type": "text/event-stream"})
    )
    client = anthropic.Anthropic(api_key="none", max_retries=0, http_client=sdk_http.Client(transport=transport))
    try:
        messages: Any = client.beta.messages if beta else client.messages
        with warnings.catch_warnings(), messages.stream(model="m", max_tokens=9, messages=[]) as stream:
            warnings.simplefilter("ignore")
            for _ in stream:
                pass
            return Outcome("", stream.get_final_message().to_dict(mode="json", warnings=False))
    except Exception as error:  # noqa: BLE001
        return Outcome(type(error).__name__, None)


def mutation(seed: int) -> tuple[list[Event], Mutation]:
    """A valid stream, and one thing changed in it."""
    random = Random(seed)
    events = Valid(random).events
    kind = list(MUTATIONS)[seed % len(MUTATIONS)]
    at, what, frames = MUTATIONS[kind](random, events)
    return events, Mutation(kind, at + 1, what, b"".join(frames))


class Judged(NamedTuple):
    """`hurts`: the SDK raises, or its message is another one. `found` by an error or a warning, `near` the event."""

    mutation: Mutation
    raised: str
    hurts: bool
    found: bool
    near: bool
    findings: list[Finding]


def judged(seed: int) -> Judged:
    """One mutation, tried on the SDK and on the rules."""
    events, changed = mutation(seed)
    before, after = sdk(sse(*events)), sdk(changed.body)
    # An unknown type may be new, so P15 is an info; it says all the same that this is not the protocol's.
    findings = [
        one for one in diagnose(recorded(changed.body, end="eof")) if one.severity != "info" or one.code == "P15"
    ]
    near = any(finding.event is None or abs(finding.event - changed.n) <= 1 for finding in findings)
    return Judged(changed, after.raised, after != before, bool(findings), near, findings)


_INTRODUCTION = """# One thing changed in a valid stream

<!-- Made by `python -m tests.diagnostics.mutations {count}`: change the script, not this file. -->

{count:,} streams over the grammar of the Messages API, in each of which one thing was changed. Counted are those at which
`client.beta.messages.stream()` of anthropic-python {version} raises, or ends with another message: how many of them have
an error or a warning (or P15), and how many have it at the event that was changed or beside it. Not among them: pieces of
prose that are gone or in another order, and words, which nobody can know.

What is missed are fragments of tool input that are gone or swapped and leave other JSON that is whole.
"""


def main(count: int) -> None:
    tried, hurt, found, near = Counter[str](), Counter[str](), Counter[str](), Counter[str]()
    for seed in range(count):
        one = judged(seed)
        kind = one.mutation.kind
        tried[kind] += 1
        hurt[kind] += one.hurts
        found[kind] += one.hurts and one.found
        near[kind] += one.hurts and one.near
        if one.hurts and not one.near:
            sys.stderr.write(
                f"{seed} {kind}, event {one.mutation.n}: {one.mutation.what}: {one.raised or 'another message'}; "
                f"{', '.join(f'{each.code}@{each.event}' for each in one.findings) or 'nothing found'}\n"
            )
    print(_INTRODUCTION.format(count=count, version=anthropic.__version__))
    print("| One thing is changed | tried | raise or differ | found | within one event |")
    print("|---|---|---|---|---|")
    for kind in tried:
        print(
            f"| {kind} | {tried[kind]} | {hurt[kind]} | {found[kind] / max(1, hurt[kind]):.1%} | {near[kind] / max(1, hurt[kind]):.1%} |"
        )
    total = sum(hurt.values())
    print(f"| all | {count} | {total} | {sum(found.values()) / total:.1%} | {sum(near.values()) / total:.1%} |")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 400)
