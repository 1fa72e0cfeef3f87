"""A response behind the request that it answers, as text: what `tcpflow` or "Follow TCP Stream" saves."""

import re
from collections.abc import Iterator
from typing import Final

from inspector.formats.format import Read
from inspector.formats.unwrapping.wrapper import Wrapper

_REQUEST: Final = re.compile(rb"[A-Z]{3,7} \S+ HTTP/1\.[01]\r?\n")
_RESPONSE: Final = re.compile(rb"HTTP/1\.[01] \d{3}[^\r\n]*\r?\n(?=[A-Za-z-]+:)")
_LONGEST: Final = 1 << 10


def recognise(head: bytes) -> str:
    """Whether a request begins here."""
    return "the request in front left out" if _REQUEST.match(head) else ""


def unwrap(reads: Iterator[Read], notes: list[str]) -> Iterator[Read]:
    """The response, from its head on."""
    held = b""
    begun = False
    for chunk, t_ns in reads:
        if begun:
            yield chunk, t_ns
            continue
        held += chunk
        if found := _RESPONSE.search(held):
            begun = True
            yield held[found.start() :], t_ns
        else:
            held = held[-_LONGEST:]


WRAPPER: Final = Wrapper(order=40, recognise=recognise, unwrap=unwrap)
