import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from inspector.convert import json_document, yaml_document
from inspector.convert.format import Format, Imported
from inspector.convert.interaction import Headers, Interaction, base64_bytes, text
from inspector.convert.yaml_document import Binary
from inspector.recording import UnreadableError
from inspector.recording.json_text import dumps

_JSON = re.compile(rb'(?:\xef\xbb\xbf)?\s*\{\s*(?:"version"\s*:\s*\d+\s*,\s*)?"(?:http_)?interactions"\s*:')
_YAML = re.compile(
    rb"(?:\xef\xbb\xbf)?(?:(?:#|%|---|version:|recorded_with:)[^\n]*\n|[ \t\r]*\n)*(?:http_)?interactions:"
)
# A file can name one value many times: what it holds may be written out at so much more than its own size.
_ALIASES: Final = 1 << 20


def recognise(head: bytes) -> bool:
    return (_JSON.match(head) or _YAML.match(head)) is not None


def read(chunks: Iterable[bytes]) -> Iterator[Imported]:
    content = b"".join(chunks)
    parse = json_document.parse if _JSON.match(content) else yaml_document.parse
    cassette, wrong = parse(content)
    most = len(content) + _ALIASES
    del content
    cassette = _object(cassette)
    # The second name is that of Ruby's VCR.
    interactions = cassette.get("interactions", cassette.get("http_interactions"))
    if not isinstance(interactions, list) or not interactions:
        raise UnreadableError(f"the cassette holds no interactions{f': {wrong}' if wrong else ''}")
    for number, interaction in enumerate(interactions, 1):
        found = _interaction(_object(interaction), most)
        if wrong and number == len(interactions):
            found.notes.append(wrong)
        yield found.imported("vcr")


def _interaction(interaction: dict[str, Any], most: int) -> Interaction:
    request = _object(interaction.get("request"))
    found = Interaction(
        method=text(request.get("method")).upper(),
        url=text(request.get("uri") or request.get("url")),
        request_headers=_headers(request.get("headers"), []),
    )
    found.request_body, _ = _body(request, "the request body", most, found.notes)
    response = _object(interaction.get("response"))
    found.response_headers = _headers(response.get("headers"), found.notes)
    found.status = _status(response)
    body, found.coded = _body(response, "the response body", most, found.notes)
    found.body = body or b""
    if not response:
        found.notes.append("the interaction has no response")
    return found


def _body(message: dict[str, Any], what: str, most: int, notes: list[str]) -> tuple[bytes | None, bool]:
    """The body, None where there is none, and whether it may have its content coding still."""
    body = message.get("body", message.get("content"))
    if isinstance(body, dict):
        if isinstance(encoded := body.get("base64_string"), str):
            return base64_bytes(encoded, what, notes), True
        body = body.get("string", body.get("text"))
    if isinstance(body, Binary):
        return base64_bytes(body, what, notes), True
    if isinstance(body, str):
        return text(body).encode(), False
    if body is None:
        body = message.get("parsed_body")
    if body is None:
        return None, False
    try:
        return dumps(_plain(body, [most], notes)), False
    except ValueError:
        notes.append(f"{what} is left out: its aliases stand for more than can be written out")
        return None, False


def _plain(value: Any, left: list[int], notes: list[str]) -> Any:
    """The value as JSON knows it. Raises ValueError where it is larger than what is left."""
    left[0] -= len(value) + 1 if isinstance(value, str) else 1
    if left[0] < 0:
        raise ValueError
    if isinstance(value, dict):
        return {key: _plain(member, left, notes) for key, member in value.items()}
    if isinstance(value, list):
        return [_plain(item, left, notes) for item in value]
    return text(base64_bytes(value, "a binary value", notes)) if isinstance(value, Binary) else value


def _headers(listed: Any, notes: list[str]) -> Headers:
    """From names with a value or a list of them, or from a list of pairs."""
    if isinstance(listed, Mapping):
        pairs = [(name, value) for name, values in listed.items() for value in _listed(values)]
    else:
        pairs = [(pair[0], pair[1]) for pair in _listed(listed) if isinstance(pair, list) and len(pair) == 2]
    return [(_text(name, notes), _text(value, notes)) for name, value in pairs]


def _text(value: Any, notes: list[str]) -> str:
    return text(base64_bytes(value, "a header", notes) if isinstance(value, Binary) else value)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _status(response: dict[str, Any]) -> int | None:
    status = response.get("status")
    for code in (_object(status).get("code"), response.get("code"), response.get("status_code"), status):
        if found := re.match(r"[1-9]\d\d\b", text(code)):
            return int(found[0])
    return None


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


FORMAT = Format("vcr", "cassettes of vcrpy and its relatives, as YAML or JSON", recognise, read)
