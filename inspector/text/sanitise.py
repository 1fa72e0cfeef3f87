"""Text from the wire, made harmless: what a terminal would obey is shown instead."""

import re
from functools import cache

# DEL, C1; line and paragraph separators; bidirectional controls; interlinear and tag characters; lone surrogates.
_BEYOND_C0 = (
    "\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e007f"
)
# What nobody sees, and what may carry a message all the same: JSON can say it without changing the value. Text keeps
# joiners and selectors, which emoji are made of. https://www.unicode.org/reports/tr36/
_UNSEEN = (
    "\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200d\u2060-\u2065\u3164\ufe00-\ufe0f\uffa0"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0080-\U000e0fff"
)
_BRIEF = 500
_OBEYED = f"\x00-\x1f{_BEYOND_C0}"
_ONE_LINE = re.compile(f"[{_OBEYED}]")
_SEVERAL_LINES = re.compile(f"(?!\n)[{_OBEYED}]")
# C0 stands in JSON only as white space between its tokens.
_IN_JSON = re.compile(f"[{_BEYOND_C0}{_UNSEEN}]")


def sanitise(text: str, lines: bool = False) -> str:
    """The text with every control character as a visible one: U+2400 pictures for ASCII, else its code point.

    `lines`: LF stays a line end, and a tab becomes four spaces; otherwise both are pictures too.
    """
    if lines:
        return _SEVERAL_LINES.sub(_picture_or_tab, text)
    return _ONE_LINE.sub(_picture, text)


def sanitise_json(json: bytes) -> bytes:
    """The JSON with the same value, in which every character that is obeyed or not seen is an escape: `\\u202e`."""
    if json.isascii() and b"\x7f" not in json:
        return json
    text = json.decode("utf-8", "surrogatepass")
    return _IN_JSON.sub(_escape, text).encode() if _IN_JSON.search(text) else json


def sanitise_start(text: str) -> str:
    """The beginning of a text that stands on one line, made harmless; an ellipsis says where there was more.

    A name may be a megabyte: making all of it harmless to show a line of it would slow every key.
    """
    return sanitise(text) if len(text) <= _BRIEF else sanitise(text[:_BRIEF]) + "…"


def _picture(match: re.Match[str]) -> str:
    code = ord(match[0])
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "␡"
    return f"<{code:02X}>" if code < 0x100 else f"<U+{code:04X}>"


def _escape(match: re.Match[str]) -> str:
    return _escaped(match[0])


@cache
def _escaped(character: str) -> str:
    units = character.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at : at + 2].hex()}" for at in range(0, len(units), 2))


def _picture_or_tab(match: re.Match[str]) -> str:
    return "    " if match[0] == "\t" else _picture(match)
