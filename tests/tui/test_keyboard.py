"""Whatever a terminal sends is read, and what cannot be read is passed over."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual import events
from textual.message import Message

from inspector.tui.driver import Keyboard
from tests.support import chunkings
from tests.tui.fuzz import ODD


def told(*reads: bytes) -> list[str]:
    """What the messages of these reads say: keys by their names, a paste by its text in quotes."""
    keyboard = Keyboard()
    return [said(message) for read in reads for message in keyboard.messages(read)]


def said(message: Message) -> str:
    if isinstance(message, events.Key):
        return message.key
    return repr(message.text) if isinstance(message, events.Paste) else type(message).__name__


@pytest.mark.parametrize(
    ("reads", "wanted"),
    [
        ([b"\xe9", b"j"], ["replacement_character", "j"]),
        (["日é".encode()[:4], "日é".encode()[4:]], ["日", "é"]),
        ([b"\x1b[1:2;3u", b"j"], ["j"]),
        ([b"\x1b[55296u", b"j"], ["j"]),
        ([b"\x1b[99999999uj"], []),
        ([b"\x1b[48;0;0;0;0t", b"\x1b[48;24;80;0;0t", b"j"], ["Resize", "j"]),
        ([b"\x1b[<0;9999;9999Mj"], ["j"]),
        ([b"\x1b[200~a\x1b[Ab\x1b[201~j"], ["'a\\x1b[Ab'", "j"]),
        ([b"\x1b[20", b"0~ab\x1b", b"[201~j"], ["'ab'", "j"]),
        ([b"\x1b[200~\x1b[201~" * 300], ["''"] * 300),
        ([b"\x1b[2~\x1b[20~", b""], ["insert", "f9"]),
    ],
)
def test_what_makes_no_sense_takes_nothing_else_along(reads: list[bytes], wanted: list[str]) -> None:
    assert told(*reads) == wanted


def test_a_paste_whose_end_got_lost_ends_when_nothing_comes_and_at_ctrl_c() -> None:
    assert told(b"\x1b[200~abc", *[b""] * 9) == []
    assert told(b"\x1b[200~abc", *[b""] * 10, b"j") == ["'abc'", "j"]
    assert told(b"\x1b[200~abc", b"d\x03") == ["'abcd'", "ctrl+c"]


@given(chunkings(st.lists(st.one_of(st.sampled_from(ODD), st.binary(max_size=9))).map(b"".join)))
def test_whatever_comes_the_next_key_is_read(reads: list[bytes]) -> None:
    # What is not whole yet is given up when nothing comes for a moment: ctrl+c ends a paste, and two letters the rest.
    assert told(*reads, b"\x03", b"\x1b[A" * 12 + b"jjjj" * 12)[-4:] == ["j"] * 4
