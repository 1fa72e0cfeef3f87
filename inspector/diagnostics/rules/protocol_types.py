"""P: types that are unknown, or beta."""

from collections.abc import Iterator
from typing import Final

from inspector.diagnostics.finding import Problem, define
from inspector.diagnostics.rules.errors import error_words, said
from inspector.diagnostics.stream import Stream, stop_reason
from inspector.protocol import BLOCKS, CITATIONS, DELTAS, EVENTS, STOP_REASONS
from inspector.protocol.source import SDK_TYPES, STREAMING
from inspector.text.json_text import loads_or
from inspector.text.wording import quoted
from inspector.timeline.assembler import EventType
from inspector.timeline.message import Block, Message

# OpenAI's and Gemini's finish reasons, in lower case, and what is meant by them here.
_FOREIGN: Final = {
    "stop": "end_turn", "length": "max_tokens", "tool_calls": "tool_use", "function_call": "tool_use",
    "content_filter": "refusal", "safety": "refusal", "eos": "end_turn",
}  # fmt: skip
_MOST_UNTYPED: Final = 20
_PASSED_ON: Final = "No exception: it is passed on as it is."

P15 = define(
    "P15", "Unknown type or stop reason", "info",
    what="""
        A type of an event, block, delta or citation, or a stop reason, that this version of the inspector does not
        know. The API may add some at any time. Another API's word for a stop reason is an error.
        """,
    why="""
        A match or switch without a default branch breaks, and a validator that allows known types only rejects the
        stream.
        """,
    example='event: shiny_new / data: {"type":"shiny_new"}',
    fix="""
        Give every match and switch over types a default that passes over what it does not know, and keep the SDK up to
        date.
        """,
    python="""
        Yields an object of class RawMessageStartEvent whose .type is the real name, so isinstance misfires; with
        _strict_response_validation it raises.
        """,
    typescript="Yields the object as it came.",
    sources=(STREAMING, SDK_TYPES),
)  # fmt: skip


@P15.on("progress")
def _unknown_type(stream: Stream) -> Iterator[Problem]:
    if not stream.is_messages:
        return
    for code, kind in enumerate(stream.index.event_types.known):
        what = _unknown(kind)
        n = stream.index.code.find(code) + 1 if what else 0
        if n and (kind.event in EVENTS or not stream.is_untyped(n)):
            yield Problem(f"{what} is not known", n)


@P15.on("message")
def _unknown_stop_reason(stream: Stream, message: Message) -> Iterator[Problem]:
    reason = stop_reason(message)
    if not reason or reason in STOP_REASONS:
        return
    n = message.updates[-1][0]
    if meant := _FOREIGN.get(reason.lower()):
        yield Problem(
            f"the stop reason {quoted(reason)} is another API's word; here it is called {meant}",
            n,
            "error",
            fix="In the gateway: map the upstream's finish reason to one of this API's stop reasons.",
            python="No exception: the word is passed on, and code that compares with tool_use or end_turn misses it.",
            typescript="As in Python.",
        )
    else:
        yield Problem(f"the stop reason {quoted(reason)} is not known", n, python=_PASSED_ON, typescript=_PASSED_ON)


@P15.on("block")
def _unknown_citation(stream: Stream, block: Block) -> Iterator[Problem]:
    for n, citation in block.citations:
        kind = citation.get("type") if isinstance(citation, dict) else None
        if isinstance(kind, str) and kind not in CITATIONS:
            yield Problem(f"the citation type {quoted(kind)} is not known", n, python=_PASSED_ON, typescript=_PASSED_ON)
            return


def _unknown(kind: EventType) -> str:
    """What of a kind of event is unknown, "" where nothing is."""
    if kind.event == "content_block_start":
        return "" if kind.part in (*BLOCKS, "?") else f"the block type {quoted(kind.part)}"
    if kind.event == "content_block_delta":
        return "" if kind.part in (*DELTAS, "", "?") else f"the delta type {quoted(kind.part)}"
    if kind.event in (*EVENTS, "", "…") or kind.event.startswith("response."):
        return ""
    return f"the event type {quoted(kind.event)}"


P20 = define(
    "P20", "Event without a type", "error",
    what="The SSE name is that of an event of the protocol, but the data has no type, or one that is no text.",
    why="SDKs build the event by the type in its data; they take this one for none that they know, and lose it.",
    example='event: content_block_stop / data: {"index":0}',
    fix="Send the type in the data too, the same as the name of the event.",
    python="No exception: the event is handed out without a type, and what it brings is left out of the message.",
    typescript="Nothing, silently: a switch over event.type passes over it.",
    scope="messages",
    sources=(SDK_TYPES,),
)  # fmt: skip


@P20.on("progress")
def _untyped(stream: Stream) -> Iterator[Problem]:
    index = stream.index
    numbers = index.assembler.untyped
    for n in numbers[:_MOST_UNTYPED]:
        name = index.event_types[index.code[n - 1]].event if n <= index.count else ""
        if name not in EVENTS or name in ("ping", "error"):
            continue
        data = loads_or(stream.exchange.frame(n).data)
        if isinstance(data, dict):
            told = data.get("type")
            what = "no type" if told is None else f"the type {quoted(told)}, which is no text"
            kind, message = error_words(data)
            error = (
                f", and holds an error: {(kind + said(message, data)).removeprefix(': ')}" if kind or message else ""
            )
            yield Problem(f"the data of {name} has {what}{error}", n, follows="lost")


P17 = define(
    "P17", "Beta item in a request that is not beta", "info",
    what="""
        A beta block, delta or stop reason answers a request without an anthropic-beta header, or one that the SDK's
        non-beta messages.stream() made.
        """,
    why="client.messages.stream() does not collect beta items: the text of a compaction, for one, is lost.",
    example="A compaction block while the request has x-stainless-stream-helper: messages and no ?beta=true.",
    fix="Use client.beta.messages, and name the betas that you rely on in betas=[…].",
    python="""
        client.messages.stream() yields the raw events but leaves the item's content empty;
        client.beta.messages.stream() collects it.
        """,
    typescript="As in Python: client.beta.messages.stream() is needed.",
    sources=(SDK_TYPES,),
)  # fmt: skip


@P17.on("event type")
def _beta_type(stream: Stream, code: int) -> Iterator[Problem]:
    kind = stream.index.event_types[code]
    n = stream.index.code.find(code) + 1
    known = {"content_block_start": BLOCKS, "content_block_delta": DELTAS}.get(kind.event, {})
    entry = known.get(kind.part)
    if n and entry and entry.beta and (how := _not_beta(stream)):
        yield Problem(f"{kind.part} is beta, but {how}", n)


@P17.on("message")
def _beta_stop_reason(stream: Stream, message: Message) -> Iterator[Problem]:
    entry = STOP_REASONS.get(stop_reason(message) or "")
    if entry and entry.beta and (how := _not_beta(stream)):
        yield Problem(f"the stop reason {entry.name} is beta, but {how}", message.updates[-1][0])


def _not_beta(stream: Stream) -> str:
    if "beta=true" in str(stream.request.get("url")):
        return ""
    # Cassettes and HAR files often lack the headers of the API, all of them.
    if stream.exchange.header("anthropic-version") and not stream.exchange.header("anthropic-beta"):
        return "the request has no anthropic-beta header"
    if stream.exchange.header("x-stainless-stream-helper") == "messages":
        return "client.messages.stream() made the request, which does not collect it"
    return ""
