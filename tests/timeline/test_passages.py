from hypothesis import given
from hypothesis import strategies as st

from inspector.timeline.message import role_of
from inspector.timeline.text_window import (
    all_blocks_at,
    blocks_at,
    blocks_of,
    message_at_event,
    messages_at,
    place_of_block,
    text_window,
)
from tests.support import block, exchange_of_body, sse, start, text
from tests.timeline.streams import STREAMS, Event, all_blocks, exchange_of


@given(STREAMS)
def test_what_had_started_as_of_every_event(events: list[Event]) -> None:
    exchange = exchange_of(events)
    index = exchange.index
    blocks = all_blocks(exchange)
    assert index.blocks == blocks
    assert [place_of_block(index, found) for found in blocks] == list(range(len(blocks)))
    for n in range(index.count + 1):
        messages = [message for message in index.messages if message.start_n <= n]
        assert messages_at(index, n) == len(messages)
        assert message_at_event(index, n) is (messages[-1] if messages else None)
        assert all_blocks_at(index, n) == len([found for found in blocks if found.start_n <= n])
        for message in messages:
            assert blocks_at(message, n) == len([found for found in message.blocks if found.start_n <= n])
        for role in ("text", "thinking", "tool", "other"):
            wanted = [found for found in blocks if found.start_n <= n and role_of(found) == role]
            assert blocks_of(index, n, role) == wanted


@given(STREAMS)
def test_roles_are_the_same_while_a_stream_grows(events: list[Event]) -> None:
    growing = exchange_of(events[: len(events) // 2]).index
    before = {role: blocks_of(growing, growing.count, role) for role in ("text", "thinking", "tool", "other")}
    # What follows goes through the same assembler, as a file that is read on does.
    for n, event in enumerate(events[len(events) // 2 :], growing.count + 1):
        growing.assembler.take(n, event["type"], event)
    for role, blocks in before.items():
        now = blocks_of(growing, 1000, role)
        assert now == [found for found in growing.blocks if role_of(found) == role]
        # An earlier block of an unknown type may have turned out to be of this role since.
        still = [found for found in blocks if role_of(found) == role]
        assert [found for found in now if found in still] == still


def test_a_window_smaller_than_a_character_shows_nothing_of_it() -> None:
    exchange = exchange_of_body([sse(start(), *block(0, text("aé"), type="text", text="", stop=False))])
    for limit, shown in ((1, ""), (2, "é"), (3, "aé")):
        assert text_window(exchange.index.blocks[0], "text_delta", 3, limit, at_end=True).text == shown


@given(
    st.lists(st.text("aé日👩\n", max_size=5), max_size=8),
    st.text("aé日", max_size=6),
    st.integers(0, 40),
    st.booleans(),
    st.data(),
)
def test_a_passage_is_a_stretch_of_the_text(
    pieces: list[str], opening: str, limit: int, at_end: bool, data: st.DataObject
) -> None:
    exchange = exchange_of_body([sse(start(), *block(0, *map(text, pieces), type="text", text=opening, stop=False))])
    n = data.draw(st.integers(2, exchange.index.count))
    whole = (opening + "".join(pieces[: n - 2])).encode()
    brought = pieces[n - 3].encode() if n > 2 else b""
    shown = text_window(exchange.index.blocks[0], "text_delta", n, limit, at_end)
    assert shown.total == len(whole)
    assert shown.after == (0 if at_end else max(0, len(whole) - limit))
    stretch = whole[shown.before : len(whole) - shown.after]
    assert len(stretch) <= limit
    # Only at its end a character may be cut, and its beginning is then a sign.
    assert shown.text == stretch.decode("utf-8", "replace") or (not at_end and shown.text.endswith("\ufffd"))
    if at_end:
        assert len(stretch) > min(limit, len(whole)) - 4
        assert shown.text[shown.new :].encode() == stretch[max(0, len(stretch) - len(brought)) :]
