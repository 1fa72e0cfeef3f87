"""Streams of every shape: several messages, blocks that are left open or used again, events of no known type."""

from typing import Any

from hypothesis import strategies as st

from inspector.timeline import Exchange
from inspector.timeline.message import Block
from tests.support import exchange_of_body, input_json, sse, start, text

Event = dict[str, Any]
WORDS = st.sampled_from(["", "a", "ab", "Ab ", "wörd", "日本", '"q"', "\n", "x" * 300])
_INDEXES = st.integers(0, 3)
_TOKENS = st.sampled_from([None, 0, 1, 7, 7, 90, "odd", True])
_USAGE = st.dictionaries(
    st.sampled_from(["input_tokens", "cache_read_input_tokens", "cache_creation_input_tokens", "output_tokens"]),
    _TOKENS,
    max_size=4,
)
_TYPES = st.sampled_from(["text", "thinking", "tool_use", "redacted_thinking", "shiny", "web_search_tool_result"])
_DELTAS = st.one_of(
    WORDS.map(text),
    WORDS.map(input_json),
    WORDS.map(lambda word: {"type": "thinking_delta", "thinking": word}),
    WORDS.map(lambda word: {"type": "signature_delta", "signature": word}),
)


def _event(**values: Any) -> st.SearchStrategy[Event]:
    return st.fixed_dictionaries(
        {key: value if isinstance(value, st.SearchStrategy) else st.just(value) for key, value in values.items()}
    )


EVENTS = st.one_of(
    st.builds(lambda usage, model: start(usage=usage, model=model), _USAGE, st.sampled_from(["m1", "m2", None, 5])),
    st.builds(lambda index, kind: {"type": "content_block_start", "index": index, "content_block": {"type": kind}}, _INDEXES, _TYPES),
    _event(type="content_block_delta", index=_INDEXES, delta=_DELTAS),
    _event(type="content_block_delta", index=_INDEXES, delta=_DELTAS),
    _event(type="content_block_delta", index=_INDEXES, delta=_DELTAS),
    _event(type="content_block_stop", index=_INDEXES),
    _event(type="message_delta", delta=st.fixed_dictionaries({"stop_reason": st.sampled_from(["end_turn", "tool_use", None, 3])}), usage=_USAGE),
    _event(type=st.sampled_from(["message_stop", "ping", "shiny"])),
)  # fmt: skip
STREAMS = st.lists(EVENTS, max_size=25)


def exchange_of(events: list[Event]) -> Exchange:
    """Each event in a read of its own, 1 µs apart; a comment after every seventh."""
    chunks = [sse(event) + (b": comment\n\n" if at % 7 == 6 else b"") for at, event in enumerate(events)]
    return exchange_of_body(chunks)


def all_blocks(exchange: Exchange) -> list[Block]:
    """The blocks of all messages."""
    return [block for message in exchange.index.messages for block in message.blocks]
