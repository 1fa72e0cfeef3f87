"""Text from the wire, made harmless: what a terminal would obey is shown instead."""

import re

# C0, DEL, C1; line and paragraph separators; bidirectional controls; interlinear and tag characters; lone surrogates.
_OBEYED = (
    "\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u206f"
    "\ufeff\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e007f"
)
_BRIEF = 500
_ONE_LINE = re.compile(f"[{_OBEYED}]")
_SEVERAL_LINES = re.compile(f"(?!\n)[{_OBEYED}]")


def sanitise(text: str, lines: bool = False) -> str:
    """The text with every control character as a visible one: U+2400 pictures for ASCII, else its code point.

    `lines`: LF stays a line end, and a tab becomes four spaces; otherwise both are pictures too.
    """
    if lines:
        return _SEVERAL_LINES.sub(_picture_or_tab, text)
    return _ONE_LINE.sub(_picture, text)


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


def _picture_or_tab(match: re.Match[str]) -> str:
    return "    " if match[0] == "\t" else _picture(match)
