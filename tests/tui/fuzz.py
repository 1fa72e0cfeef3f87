"""What a terminal may send, and in what state it is left: for tests, and for tools/fuzz_screen.py."""

import random
import re
from collections.abc import Iterator

KEYS = [
    *"jkgGJKtTbBdDeEmM'\"fFnNSwyrszZxXviXoqhl[]<>:/?+-=123456789 ", "\t", "\r", "\x1b", "\x10", "\x06", "\x02", "\x7f",
    "\x1b[A", "\x1b[B", "\x1b[C", "\x1b[D", "\x1b[5~", "\x1b[6~", "\x1b[H", "\x1b[F", "\x1b[Z", "\x1b[1;2A", "\x1b[1;2B",
    "\x1bOP", "\x1b[15~", "\x1b[3~", "\x01", "\x05", "\x0b", "\x15", "\x17", "é", "日", "\u0301", "👩\u200d👧",
]  # fmt: skip
TYPED = [
    "ping",
    "block:1",
    "(a+)+$",
    "city",
    "120\r",
    "b2\r",
    "50%\r",
    "+500ms\r",
    "text:(x+x+)+y\r",
    "[",
    "\\",
    "~/\t",
]
RUSHED = [
    "yccc",
    "s2",
    "22",
    "\x10\x1b[5~",
    "\x10\x1b[6~\r",
    "\x1b\x1b\x1b",
    "??",
    "?q",
    "rrr",
    "y\r\r",
    "\x10\x10\x1b",
    "/a\r/\x1b",
]
ODD = [
    b"\xe9", b"\xff\xfe", b"\xc3", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\x00", b"\x1b[", b"\x1b[<", b"\x1b]", b"\x1bP", b"\x1b[?",
    b"\x1b[99999999u", b"\x1b[55296u", b"\x1b[1:2;3u", b"\x1b[97;5:3u", b"\x1b[48;0;0;0;0t", b"\x1b[48;99999;99999;1;1t",
    b"\x1b[?2048;1$y", b"\x1b[?2026;2$y", b"\x1b[I", b"\x1b[O", b"\x1b[999;999R", b"\x1b[<0;9999;9999M", b"\x1b[<0;0;0M",
    b"\x1b[<64;-5;-5M", b"\x1b[<35;1;1M", b"\x1b[M\xff\xff\xff", b"\x1b[" + b"9" * 60 + b"u", b"\x1b[200~never closed",
    b"\x1b[200~\x1b[201~", b"\x1b[200~two\r\nlines\x1b[201~", b"\x1b[201~", b"\x1b[27;5;106~", b"\x9b31m",
]  # fmt: skip
SIZES = [(120, 36), (80, 24), (40, 10), (20, 5), (1, 1), (3, 2), (200, 60), (99, 24), (100, 24), (120, 4), (300, 100)]


def inputs(seed: int, keys: int, *, quits: bool = False, odd: bool = True) -> Iterator[bytes | tuple[int, int]]:
    """What is typed at once, and sizes that the terminal gets in between; about so many keys, the same for a seed.

    Without `quits` nothing ends the application on purpose.
    """
    chance = random.Random(seed)
    sent = 0
    while sent < keys:
        kind = chance.random()
        if kind < 0.01:
            yield chance.choice(SIZES)
            continue
        if kind < 0.70:
            typed = [chance.choice(KEYS) for _ in range(chance.choice((1, 1, 2, 5, 30)))]
            piece, size = "".join(key for key in typed if quits or key != "q").encode(), len(typed)
        elif kind < 0.82:
            word = chance.choice(":/fo") + chance.choice(TYPED)
            piece, size = word.encode(), len(word)
        elif kind < 0.88:
            word = chance.choice(RUSHED)
            piece, size = word.encode(), len(word)
        elif kind < 0.95:
            piece, size = b"".join(_mouse(chance) for _ in range(chance.choice((1, 3, 8)))), 3
        elif kind < 0.9505:
            piece, size = b"\x1b[200~" + b"huge paste " * 50_000 + b"\x1b[201~", 1
        elif odd:
            piece, size = chance.choice(ODD), 1
        else:
            continue
        if chance.random() < 0.03:
            piece = piece[: chance.randrange(len(piece) + 1)]
        sent += size
        if piece:
            yield piece


def _mouse(chance: random.Random) -> bytes:
    x, y = chance.randrange(1, 125), chance.randrange(1, 40)
    button = chance.choice((0, 0, 0, 2, 32, 35, 64, 65, 4, 16))
    press = b"\x1b[<%d;%d;%dM" % (button, x, y)
    if button == 0 and chance.random() < 0.7:
        to = chance.randrange(1, 125), chance.randrange(1, 40)
        drag = b"\x1b[<32;%d;%dM" % to if chance.random() < 0.6 else b""
        return press + drag + b"\x1b[<0;%d;%dm" % (to if drag else (x, y))
    return press


_MODE = re.compile(rb"\x1b\[\?([0-9;]+)([hl])")
_WANTED = {
    b"1049": False,
    b"25": True,
    b"1000": False,
    b"1002": False,
    b"1003": False,
    b"1006": False,
    b"1004": False,
    b"2004": False,
}
_NAMES = {
    b"1049": "the alternate screen", b"25": "the cursor", b"1000": "the mouse", b"1002": "the mouse's drags", b"1003": "the mouse's moves",
    b"1006": "the mouse's SGR reports", b"1004": "focus reports", b"2004": "bracketed paste",
}  # fmt: skip


def left_over(painted: bytes) -> list[str]:
    """What of a terminal's modes is not as it was before all that was painted."""
    modes: dict[bytes, bool] = {}
    for numbers, sign in _MODE.findall(painted):
        for number in numbers.split(b";"):
            modes[number] = sign == b"h"
    wrong = [_NAMES[mode] for mode, wanted in _WANTED.items() if mode in modes and modes[mode] != wanted]
    if painted.count(b"\x1b[>1u") > painted.count(b"\x1b[<u"):
        wrong.append("the keyboard protocol")
    return wrong
