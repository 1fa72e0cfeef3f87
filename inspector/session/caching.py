"""What the prompt cache did: how far a request repeats what was cached, and why it missed, as far as that is known."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any, Final, Literal

from inspector.protocol.caching import INVALIDATIONS, LIFETIMES_S, LOOKBACK, MOST_BREAKPOINTS, minimum_of
from inspector.session.prompt import Segment, digest_of, values_of
from inspector.text.json_text import dumps
from inspector.text.wording import duration
from inspector.timeline.metrics import InputTokens

_DIGEST: Final = 16
_CONTEXT: Final = 24
_CLIP: Final = 60
_WINDOW: Final = 200
# Bytes are not tokens: a share of the one is about that of the other.
_TOLERANCE: Final = 0.2
# What of a request changes the cache although it is no part of the prompt.
_PARAMETERS: Final[dict[str, Callable[[Mapping[str, Any]], Any]]] = {
    "tool_choice": lambda body: body.get("tool_choice"),
    "thinking": lambda body: body.get("thinking"),
    "speed": lambda body: body.get("speed"),
    "effort": lambda body: config.get("effort") if isinstance(config := body.get("output_config"), Mapping) else None,
}
# Such blocks in a row count as one where the API looks back.
_IN_A_ROW: Final = ("tool_use", "tool_result")

Verdict = Literal[
    "off", "first", "read", "changed", "expired", "too far", "too early", "too short", "unexplained", "unknown"
]
"""What became of the cache in a request.

off: nothing asks for it. first: there was nothing to be read yet. read: as much as could be. changed, expired, too far
(further before the mark than the API looks back), too early (the entry was still being written), too short (for this
model to cache it): missed because of that, and usage says so too. unexplained: usage and what was sent do not agree.
unknown: no usage came.
"""


@dataclass(frozen=True, slots=True)
class Change:
    """The first piece of a prompt that is not that of the request before: where, what is different, before and after.

    `before` and `after` are excerpts, "" where there is nothing.
    """

    place: str
    label: str
    what: str
    before: str = ""
    after: str = ""


@dataclass(frozen=True, slots=True)
class CachedRequest:
    """One request, and what its usage says. `began` and `ready` (its first content) are seconds since 1970.

    `parameters` are digests of what else in the request the cache depends on. `body` gives the request's body, None
    where that cannot be had any more.
    """

    segments: Sequence[Segment]
    model: str
    began: float
    ready: float
    tokens: InputTokens | None
    parameters: Mapping[str, bytes]
    body: Callable[[], Any]


def parameters_of(body: Any) -> dict[str, bytes]:
    """Digests of the parameters that are no part of the prompt, and on which its cache depends."""
    asked = body if isinstance(body, Mapping) else {}
    return {name: digest_of(value_of(asked)) for name, value_of in _PARAMETERS.items()}


@dataclass(frozen=True, slots=True)
class CacheStep:
    """One request of a thread.

    `same` pieces are those of the request before (0 for a thread's first). `change` is what differs there, None where
    the request only adds something. `hit` is how many pieces the cache could give, by what is known; `wanted` how many
    the request before had marked. `why` says it in a clause. `idle_s`: since the request before began.
    """

    same: int
    change: Change | None
    hit: int
    wanted: int
    verdict: Verdict
    why: str
    idle_s: float | None


@dataclass(slots=True)
class _Entry:
    ready: float
    used: float
    lifetime_s: float


class CacheXRay:
    """Follows the cache through a session. Tell it of each request in the order in which they began.

    The cache belongs to whoever pays: what one thread wrote another may read.
    """

    def __init__(self) -> None:
        self._entries: dict[bytes, _Entry] = {}

    def step(self, request: CachedRequest, before: CachedRequest | None) -> CacheStep:
        """What the cache did in a request; `before` is the request that it goes on from."""
        segments = request.segments
        earlier = before.segments if before else ()
        same = _same(earlier, segments)
        change = _change(before, request, same) if before and same < len(earlier) else None
        prefixes = _prefixes(request.model, segments)
        marks = [at for at, segment in enumerate(segments) if segment.mark][-MOST_BREAKPOINTS:]
        found = self._look(request, prefixes, marks)
        wanted = max((at for at, one in enumerate(earlier) if one.mark), default=-1) + 1
        verdict, why = _judge(request, before, found, change, wanted)
        self._keep(request, prefixes, marks, found)
        idle_s = request.began - before.began if before else None
        return CacheStep(same, change, found.hit, wanted, verdict, why, idle_s)

    def _look(self, request: CachedRequest, prefixes: Sequence[bytes], marks: Sequence[int]) -> "_Found":
        """As the API does: from each mark backwards, the longest prefix that was written."""
        found = _Found()
        positions = _positions(request.segments)
        for mark in marks:
            for at in range(mark, -1, -1):
                entry = self._entries.get(prefixes[at])
                if entry is None:
                    continue
                if positions[mark] - positions[at] >= LOOKBACK:
                    found.too_far = max(found.too_far, at + 1)
                elif request.began < entry.ready:
                    found.too_early = max(found.too_early, at + 1)
                elif request.began - entry.used > entry.lifetime_s:
                    if at + 1 > found.expired:
                        found.expired = at + 1
                        found.idle_s = request.began - entry.used
                        found.lifetime_s = entry.lifetime_s
                else:
                    found.hit = max(found.hit, at + 1)
                    break
        return found

    def _keep(self, request: CachedRequest, prefixes: Sequence[bytes], marks: Sequence[int], found: "_Found") -> None:
        """What there is to be read from now on: what usage says was written, and what was read, which lives on."""
        tokens = request.tokens
        if tokens is None or not (tokens.cache_read or tokens.cache_creation):
            return
        if found.hit and tokens.cache_read:
            entry = self._entries[prefixes[found.hit - 1]]
            entry.used = max(entry.used, request.began)
        for mark in marks:
            lifetime_s = LIFETIMES_S.get(request.segments[mark].mark)
            if lifetime_s is None:
                continue
            known = self._entries.get(prefixes[mark])
            ready = min(known.ready, request.ready) if known else request.ready
            self._entries[prefixes[mark]] = _Entry(ready, request.began, lifetime_s)


@dataclass(slots=True)
class _Found:
    """How many pieces the cache has for a request, and how many it would have if that were all that counts."""

    hit: int = 0
    expired: int = 0
    too_far: int = 0
    too_early: int = 0
    idle_s: float = 0
    lifetime_s: float = 0


def _judge(
    request: CachedRequest, before: CachedRequest | None, found: _Found, change: Change | None, wanted: int
) -> tuple[Verdict, str]:
    """What usage says, explained by what was sent, where the two agree."""
    tokens = request.tokens
    if tokens is None:
        return "unknown", "no usage came"
    if not any(segment.mark for segment in request.segments):
        if tokens.cache_read or tokens.cache_creation:
            return "unexplained", "no cache_control in the request, and yet the cache was used"
        return "off", "no cache_control in the request"
    if found.hit and not tokens.cache_read:
        return "unexplained", _not_read(request, before)
    if tokens.cache_read > (_share(request.segments, found.hit) + _TOLERANCE) * tokens.total:
        return "read", "more than what these requests wrote"
    if found.too_early > found.hit:
        return "too early", "it was asked for while another request was still writing it"
    if found.expired > found.hit:
        idle, lifetime = duration(int(found.idle_s * 1e9)), duration(int(found.lifetime_s * 1e9))
        return "expired", f"the entry was last used {idle} before, and lives {lifetime}"
    if found.too_far > found.hit:
        return "too far", f"the next mark is {LOOKBACK} blocks or more behind what was written"
    if before and before.model != request.model and not found.hit:
        return "changed", f"another model: {before.model}, then {request.model}"
    if change and found.hit < wanted:
        excerpt = f": {change.before!r} → {change.after!r}" if change.before or change.after else ""
        return "changed", f"{change.place} ({change.label}) {change.what}{excerpt}"
    if found.hit:
        return "read", ""
    if not tokens.cache_creation:
        least = minimum_of(request.model)
        if least and tokens.total < least:
            return "too short", f"this model caches nothing that is shorter than {least:,} tokens"
        return "unexplained", "nothing was read or written: why, the recording does not tell"
    return "first", "nothing of it was cached yet"


def _positions(segments: Sequence[Segment]) -> list[int]:
    """The place of each piece as the API counts when it looks back."""
    found: list[int] = []
    before = ""
    for segment in segments:
        kind = segment.label.rpartition(" ")[2]
        joined = kind == before and kind in _IN_A_ROW
        found.append(found[-1] if joined else len(found) and found[-1] + 1)
        before = kind
    return found


def _share(segments: Sequence[Segment], count: int) -> float:
    """How much of a prompt its first pieces are, 0 to 1."""
    return sum(one.size for one in segments[:count]) / max(1, sum(one.size for one in segments))


def _same(earlier: Sequence[Segment], now: Sequence[Segment]) -> int:
    """How many pieces both begin with."""
    for at, (one, other) in enumerate(zip(earlier, now, strict=False)):
        if one.digest != other.digest or one.level != other.level:
            return at
    return min(len(earlier), len(now))


def _prefixes(model: str, segments: Sequence[Segment]) -> list[bytes]:
    """A digest of the prompt up to and with each piece."""
    hashed = hashlib.blake2b(model.encode("utf-8", "surrogatepass"), digest_size=_DIGEST)
    found = []
    for segment in segments:
        hashed.update(segment.level.encode())
        hashed.update(segment.digest)
        found.append(hashed.digest())
    return found


def _not_read(request: CachedRequest, before: CachedRequest | None) -> str:
    """Why something that should be in the cache was not read, where a parameter changed that matters."""
    for name in _PARAMETERS if before else ():
        if before and before.parameters[name] != request.parameters[name]:
            change = INVALIDATIONS[name]
            return f"{change.what} since the turn before, which misses the cache from the {change.level} on"
    return "what is marked is the same, and young enough: why nothing was read, the recording does not tell"


def _change(before: CachedRequest, request: CachedRequest, at: int) -> Change:
    earlier, now = before.segments, request.segments
    old = earlier[at]
    if at >= len(now) or now[at].level != old.level:
        return Change(old.place, old.label, "is not there any more")
    new = now[at]
    if old.level == "tools":
        if sorted(one.digest for one in _tools(earlier)) == sorted(one.digest for one in _tools(now)):
            return Change(new.place, new.label, "stands in another order")
        if old.label != new.label:
            return Change(new.place, new.label, f"stands where {old.label} was")
    values = values_of(before.body()), values_of(request.body())
    if any(at >= len(one) for one in values):
        return Change(new.place, new.label, "is another one")
    what, one, other = _difference(values[0][at], values[1][at])
    return Change(new.place, new.label, what, one, other)


def _tools(segments: Sequence[Segment]) -> list[Segment]:
    return [one for one in segments if one.level == "tools"]


def _difference(one: Any, other: Any) -> tuple[str, str, str]:
    """What is different, and the words around it in both."""
    path, before, after = _first_difference(one, other)
    where = f" in {path}" if path else ""
    if isinstance(before, str) and isinstance(after, str):
        return f"has another text{where}", *_excerpts(before, after)
    if isinstance(before, Mapping) and isinstance(after, Mapping) and dict(before) == dict(after):
        return f"has its members in another order{where}", "", ""
    if before == after:
        return f"has a number in another form{where}", _clip(dumps(before)), _clip(dumps(after))
    return f"is another one{where}", _clip(dumps(before)), _clip(dumps(after))


def _first_difference(one: Any, other: Any, path: str = "") -> tuple[str, Any, Any]:
    while True:
        if isinstance(one, Mapping) and isinstance(other, Mapping):
            keys = [key for key in one if key in other and dumps(one[key]) != dumps(other[key])]
            if not keys or list(one) != list(other):
                return path, one, other
            path, one, other = f"{path}.{keys[0]}".lstrip("."), one[keys[0]], other[keys[0]]
        elif isinstance(one, list) and isinstance(other, list):
            at = next(
                (at for at, pair in enumerate(zip(one, other, strict=False)) if dumps(pair[0]) != dumps(pair[1])), -1
            )
            if at < 0:
                return path, one, other
            path, one, other = f"{path}[{at}]", one[at], other[at]
        else:
            return path, one, other


def _excerpts(before: str, after: str) -> tuple[str, str]:
    """The first place where two texts differ, with a little around it."""
    start = next((at for at, pair in enumerate(zip(before, after, strict=False)) if pair[0] != pair[1]), None)
    if start is None:
        start = min(len(before), len(after))
    window = before[start : start + _WINDOW], after[start : start + _WINDOW]
    codes = SequenceMatcher(None, *window, autojunk=False).get_opcodes()
    ends = next(((old, new) for tag, _, old, _, new in codes if tag != "equal"), (0, 0))
    begin = max(0, start - _CONTEXT)
    return (
        ("…" if begin else "") + _clip(before[begin : start + ends[0]].encode("utf-8", "replace")),
        ("…" if begin else "") + _clip(after[begin : start + ends[1]].encode("utf-8", "replace")),
    )


def _clip(text: bytes) -> str:
    shown = text[: 4 * _CLIP].decode("utf-8", "replace")
    return shown[:_CLIP] + "…" if len(shown) > _CLIP else shown
