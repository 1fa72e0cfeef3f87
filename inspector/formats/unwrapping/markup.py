"""A stream in a saved web page or a mail: its quotes are written as HTML has them, with tags between."""

import html
import re
from collections.abc import Iterator
from typing import Final

from inspector.formats.format import Read
from inspector.formats.pieces import SURE_TYPE, text_pieces
from inspector.formats.unwrapping.wrapper import Wrapper

_QUOTE: Final = rb"(?:&quot;|&#0*34;|&#[xX]22;)"
_SURE: Final = re.compile(b"%btype%b *: *%b%b%b" % (_QUOTE, _QUOTE, _QUOTE, SURE_TYPE, _QUOTE))
_TAG: Final = re.compile(r"</?[A-Za-z!][^<>]{0,1000}>")


def recognise(head: bytes) -> str:
    """Whether an event stands there whose quotes are entities."""
    return "text of a web page" if b"&" in head and _SURE.search(head) else ""


def unwrap(reads: Iterator[Read], notes: list[str]) -> Iterator[Read]:
    """The text without tags and entities, line by line."""
    for line, t_ns in text_pieces(reads):
        text = _TAG.sub("", line.decode("utf-8", "replace"))
        # A line of nothing but tags is none of the text.
        if text.strip() or not line.strip():
            yield html.unescape(text).encode("utf-8", "replace") + b"\n", t_ns


WRAPPER: Final = Wrapper(order=46, recognise=recognise, unwrap=unwrap)
