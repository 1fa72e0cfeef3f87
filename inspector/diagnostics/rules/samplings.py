"""U: messages that several samplings made, and thinking that nobody sees."""

from collections.abc import Iterator
from typing import Any, Final

from inspector.diagnostics.finding import Problem, define
from inspector.diagnostics.rules.content import text_of
from inspector.diagnostics.stream import Stream, usage_of
from inspector.protocol.models import SOURCES, thinking_of
from inspector.protocol.source import ADVISOR, COMPACTION, FALLBACK, SDK_TYPES
from inspector.text.wording import counted, listed, quoted
from inspector.timeline.message import Message

_MUCH_HIDDEN: Final = 500
# What is on the bill beside the top-level usage, which is that of the attempt that made the message.
_BESIDE: Final = {"compaction": "compaction", "advisor_message": "advice"}
_SERVED: Final = "fallback_message"
_MOST: Final = 8

U08 = define(
    "U08", "More than one sampling in one message", "info",
    what="""
        usage.iterations lists several samplings, a compaction, advice of another model or a fallback, or a fallback
        block says that another model went on.
        """,
    why="""
        Compaction, advice and what a model wrote before it declined are billed beside the top-level usage, each at its
        own model's prices. An attempt that was declined before any output is not billed at all.
        """,
    example='iterations [{"type":"compaction",…},{"type":"message",…}]',
    fix="""
        For the bill add up the entries of usage.iterations that have output, each at the prices of the model that it
        names; show the user the model that answered.
        """,
    sources=(FALLBACK, COMPACTION, ADVISOR, SDK_TYPES),
)  # fmt: skip


@U08.on("message")
def _another_model(stream: Stream, message: Message) -> Iterator[Problem]:
    for block in message.blocks:
        served = block.start.get("to") if block.type == "fallback" else None
        if isinstance(served, dict):
            yield Problem(
                f"the answer comes from {quoted(served.get('model'))}, not from {quoted(message.start.get('model'))}",
                block.start_n,
            )


@U08.on("message")
def _iterations(stream: Stream, message: Message) -> Iterator[Problem]:
    n, entries = _entries(message)
    if len(entries) < 2 and not any(_kind(one) in (*_BESIDE, _SERVED) for one in entries):
        return
    kinds = [_kind(one) for one in entries]
    parts = [
        f"{counted(kinds.count(kind), name, name)} with {_tokens(entries, kind)} beside the top-level usage"
        for kind, name in _BESIDE.items()
        if kind in kinds
    ]
    if _SERVED in kinds:
        served = next(one.get("model") for one in entries if _kind(one) == _SERVED)
        # The model that answered samples several times with server tools.
        declined = [one for one in entries if _kind(one) == "message" and one.get("model") != served]
        wrote = [one for one in declined if _count(one, "output_tokens")]
        parts += [f"{quoted(served)} answered"] if served else ["a fallback answered"]
        if wrote:
            parts.append(f"{_attempts(wrote)} with {_tokens(wrote)}, billed at the prices of its own model")
        if len(wrote) < len(declined):
            free = [one for one in declined if not _count(one, "output_tokens")]
            parts.append(f"{_attempts(free)} before any output, which is not billed")
    elif kinds.count("message") > 1:
        parts.append(f"{counted(kinds.count('message'), 'sampling')} of one model, which the top-level usage adds up")
    if unknown := sorted({kind for kind in kinds if kind not in (*_BESIDE, _SERVED, "message")}):
        parts.append(f"entries of the unknown type {listed(quoted(kind) for kind in unknown[:_MOST])}")
    yield Problem(f"usage.iterations has {counted(len(entries), 'entry', 'entries')}: {'; '.join(parts)}", n)


def _entries(message: Message) -> tuple[int, list[dict[str, Any]]]:
    """The last message_delta whose usage lists iterations, and these; (0, []) where none does."""
    for n, update in reversed(message.updates):
        found = usage_of(update).get("iterations")
        if isinstance(found, list):
            return n, [one for one in found if isinstance(one, dict)]
    return 0, []


def _kind(entry: dict[str, Any]) -> str:
    return str(entry.get("type"))


def _count(entry: dict[str, Any], key: str) -> int:
    value = entry.get(key)
    return value if isinstance(value, int) and value > 0 else 0


def _tokens(entries: list[dict[str, Any]], kind: str = "") -> str:
    chosen = [one for one in entries if not kind or _kind(one) == kind]
    told = [sum(_count(one, key) for one in chosen) for key in ("input_tokens", "output_tokens")]
    return f"{told[0]:,} tokens in and {told[1]:,} out"


def _attempts(entries: list[dict[str, Any]]) -> str:
    models = sorted({str(one["model"]) for one in entries if one.get("model")})
    named = f" ({listed(map(quoted, models[:_MOST]))})" if models else ""
    return f"{counted(len(entries), 'attempt was', 'attempts were')} declined{named}"


U09 = define(
    "U09", "Thinking is billed, but hardly visible", "info",
    what="usage counts at least twice as many thinking tokens as the thinking text that came can have.",
    why="Thinking is billed in full while its text is a summary or left out, so the count looks wrong.",
    example="thinking_tokens 2,000 with 200 characters of thinking text.",
    fix="""
        Nothing is wrong. If it costs too much: a lower output_config.effort; thinking.budget_tokens with models that
        still take one (3.7 to 4.6).
        """,
    sources=(*SOURCES, SDK_TYPES),
)  # fmt: skip
_EFFORT: Final = "Nothing is wrong. If it costs too much: a lower output_config.effort; this model takes no budget."
_BUDGET: Final = "Nothing is wrong. If it costs too much: a lower thinking.budget_tokens."


@U09.on("message")
def _hidden_thinking(stream: Stream, message: Message) -> Iterator[Problem]:
    n, usage = next(((n, usage) for n, update in reversed(message.updates) if (usage := usage_of(update))), (0, {}))
    details = usage.get("output_tokens_details")
    tokens = _count(details, "thinking_tokens") if isinstance(details, dict) else 0
    visible = sum(len(text_of(block, "thinking_delta")) for block in message.blocks if block.type == "thinking")
    if tokens >= _MUCH_HIDDEN and tokens > visible // 2:
        takes = thinking_of(str(message.start.get("model") or ""))
        fix = None if takes is None or takes.budget == takes.adaptive else _BUDGET if takes.budget else _EFFORT
        what = f"{tokens:,} thinking tokens are billed, {visible:,} characters of thinking came"
        yield Problem(what, n, fix=fix)
