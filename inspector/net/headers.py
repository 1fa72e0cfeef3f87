"""Which header fields are only for the next hop, and which are left out when a recorded response is sent again."""

from collections.abc import Iterable
from typing import Final

# RFC 9110, section 7.6.1. Keep-Alive and Proxy-Connection are of old; what speaks for this hop's proxy is not for the
# next one. Transfer-Encoding and Trailer are missing: whoever passes the framing on as it came needs them.
HOP_BY_HOP: Final = frozenset(
    {"connection", "keep-alive", "proxy-connection", "proxy-authenticate", "proxy-authorization", "te", "upgrade"}
)
# What described the body as it was framed and coded when it came: a recording holds it decoded.
_OF_THE_BODY: Final = frozenset(
    {"content-encoding", "content-length", "trailer", "transfer-encoding", "proxy-authentication-info"}
)


def replayable(headers: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """The fields of a recorded response, in their order, that may stand in front of its decoded body."""
    pairs = list(headers)
    named = {
        name.strip().lower() for field, value in pairs if field.lower() == "connection" for name in value.split(",")
    }
    left_out = HOP_BY_HOP | _OF_THE_BODY | named
    return [(name, value) for name, value in pairs if name.lower() not in left_out]
