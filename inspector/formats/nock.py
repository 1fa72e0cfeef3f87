"""What nock records in Node: a list of calls and their answers. https://github.com/nock/nock#recording"""

import re
from collections.abc import Iterable, Iterator
from typing import Any, Final

from inspector.formats.format import Format, Imported
from inspector.formats.interaction import Interaction, base64_bytes, text
from inspector.formats.json_exchanges import body_of, first_value, object_of, pairs_of, values
from inspector.recording import UnreadableError

# Hexadecimal texts are these too, and come first.
_BASE64: Final = re.compile("[A-Za-z0-9+/]{8,}={0,2}")
_FIELD: Final = re.compile("(?:event|data|id|retry)?:")


def recognise(head: bytes) -> bool:
    """Whether the first object names a scope, a method and a path."""
    first = first_value(head)
    return {"scope", "method", "path"} <= first.keys() and isinstance(first.get("scope"), str)


def read(chunks: Iterable[bytes]) -> Iterator[Imported]:
    """An exchange for each call."""
    found = None
    for value, wrong in values(chunks):
        found = _interaction(value)
        if wrong:
            found.notes.append(wrong)
        yield found.imported("nock")
    if found is None:
        raise UnreadableError("the recording of nock holds no call")


def _interaction(call: dict[str, Any]) -> Interaction:
    scope = text(call.get("scope")).removesuffix(":443" if text(call.get("scope")).startswith("https") else ":80")
    found = Interaction(
        method=text(call.get("method")),
        url=scope + text(call.get("path")),
        request_headers=pairs_of(call.get("reqheaders")),
        request_body=body_of(call.get("body")) or None,
    )
    status = call.get("status", 200)
    found.status = status if isinstance(status, int) else None
    found.response_headers = pairs_of(call.get("rawHeaders", call.get("headers")))
    answer = call.get("response")
    # The pieces of a compressed body are a list of hexadecimal texts, and so is a body that is no text.
    listed = answer if isinstance(answer, list) and answer and all(isinstance(one, str) for one in answer) else None
    if listed and all(_is_hex(one) for one in listed):
        found.body = b"".join(map(bytes.fromhex, listed))
    elif listed and all(_BASE64.fullmatch(one) for one in listed):
        found.body = b"".join(base64_bytes(one, "the response body", found.notes) for one in listed)
    elif listed and any(_FIELD.match(one) for one in listed):
        found.coded = False
        found.body = "".join(map(text, listed)).encode()
    elif isinstance(kept := object_of(answer).get("data"), list) and object_of(answer).get("type") == "Buffer":
        # What JSON.stringify makes of a Buffer.
        found.body = bytes(byte for byte in kept if isinstance(byte, int) and 0 <= byte < 256)
    elif call.get("responseIsBinary") is True and isinstance(answer, str) and _is_hex(answer):
        found.body = bytes.fromhex(answer)
    else:
        found.coded = False
        found.body = body_of(answer)
    return found


def _is_hex(value: Any) -> bool:
    if not isinstance(value, str) or not value:
        return False
    try:
        bytes.fromhex(value)
    except ValueError:
        return False
    return True


FORMAT = Format(
    name="nock",
    summary="what nock records in Node, as JSON",
    order=46,
    recognise=recognise,
    read=read,
)
