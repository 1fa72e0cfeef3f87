"""Request bodies of every kind, without their secrets; those in which none could be found are refused."""

import re
from codecs import getincrementaldecoder
from collections.abc import Iterable, Iterator
from typing import Final, NoReturn

from inspector.recording.content_coding import ContentDecoder
from inspector.recording.json_secrets import JsonSecrets
from inspector.recording.secret_names import is_secret_name
from inspector.recording.secret_values import (
    REDACTED,
    Span,
    api_key_spans,
    names_secret,
    parameter_spans,
    replaced,
    value_spans,
)
from inspector.text.json_slices import SLICE

_FORM: Final = "application/x-www-form-urlencoded"
_JSON = re.compile(r"(?:application|text)/(?:[\w.-]+\+)?json", re.I)
_JSON_LINES = re.compile(r"(?:application|text)/(?:x-)?(?:ndjson|jsonl|json-?lines)", re.I)
_LARGEST_DECODED: Final = 64 << 20
_OVERLAP: Final = 256

_SPACE = re.compile(rb"\s*+")
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")
_FORM_LIKE = re.compile(rb"[\w.%+*\[\]-]{1,128}+=\S*+\s*+\Z")
_PARAMETER = re.compile(r';\s*([\w*-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*+)"|([^\s;"]*+))')
_PART_HEAD = re.compile(rb"(?:[^\r\n]*+\r?\n)*?\r?\n")


class UnreadableBodyError(ValueError):
    """Why no secrets can be found in a request body: a clause with its own subject."""


def without_secrets(body: bytes, headers: Iterable[tuple[str, str]] = ()) -> bytes:
    """A request body without secrets, every other byte as it was, and without a content coding.

    By its headers and what it looks like, it is JSON, a form, a form in several parts, or text. Raises
    UnreadableBodyError where it is nothing of these, or only the beginning of it.
    """
    values = {name.lower(): value for name, value in headers}
    if coding := values.get("content-encoding", ""):
        body = _decoded(body, coding)
    content_type = values.get("content-type", "")
    kind = content_type.partition(";")[0].strip().lower()
    if kind.startswith("multipart/"):
        return replaced(body, _parts(body, _parameters(content_type).get("boundary", "")))
    if _JSON_LINES.fullmatch(kind):
        return b"\n".join(_json(line) if line.strip() else line for line in body.split(b"\n"))
    space = _SPACE.match(body, 0, SLICE)
    # Many a client sends JSON and says that it is a form.
    if _JSON.fullmatch(kind) or body.startswith((b"{", b"["), space.end() if space else 0):
        return _json(body)
    if kind == _FORM:
        return replaced(body, _fields(body))
    return _text(body, kind)


def _decoded(body: bytes, coding: str) -> bytes:
    decoder = ContentDecoder(coding)
    pieces: list[bytes] = []
    size = 0
    for at in range(0, len(body), SLICE):
        pieces.append(decoder.feed(body[at : at + SLICE]))
        size += len(pieces[-1])
        if decoder.error:
            _refuse(f"its content coding cannot be undone ({decoder.error})")
        if size > _LARGEST_DECODED:
            _refuse(f"it is above {_LARGEST_DECODED >> 20} MB without its content coding")
    return b"".join(pieces)


def _json(body: bytes) -> bytes:
    try:
        return JsonSecrets(body).redacted()
    except ValueError as error:
        raise UnreadableBodyError(str(error)) from None


def _fields(body: bytes) -> Iterator[Span]:
    yield from parameter_spans(body, 0, len(body), form=True)
    yield from value_spans(body, 0, len(body))


def _parts(body: bytes, boundary: str) -> Iterator[Span]:
    """Of a body in several parts: secret fields, and secrets in the others. Files stay, but for the API's keys."""
    delimiter = b"--" + boundary.encode("utf-8", "replace")
    at = 0 if body.startswith(delimiter) else body.find(b"\n" + delimiter) + 1
    if not boundary or not body.startswith(delimiter, at):
        _refuse("its parts cannot be told from one another")
    while not body.startswith(b"--", at + len(delimiter)):
        start = body.find(b"\n", at) + 1
        at = body.find(b"\n" + delimiter, start - 1) + 1
        if not start or not at:
            _refuse("it is cut inside a part")
        end = at - (2 if body.startswith(b"\r\n", at - 2) else 1)
        head = _PART_HEAD.match(body, start, min(start + SLICE, at))
        if head is None:
            _refuse("a part of it has no head")
        yield from _part(body, head, max(head.end(), min(end, at)))


def _part(body: bytes, head: re.Match[bytes], end: int) -> Iterator[Span]:
    headers = [
        (name.strip(), value.strip())
        for name, colon, value in (line.partition(":") for line in head[0].decode("utf-8", "replace").splitlines())
        if colon
    ]
    values = {name.lower(): value for name, value in headers}
    disposition = _parameters(values.get("content-disposition", ""))
    start = head.end()
    if "filename" in disposition or "filename*" in disposition:
        yield from api_key_spans(body, start, end)
    elif start < end and is_secret_name(disposition.get("name", "")):
        yield start, end, REDACTED.encode()
    elif start < end:
        part = body[start:end]
        if (clean := without_secrets(part, headers)) != part:
            yield start, end, clean


def _parameters(value: str) -> dict[str, str]:
    """Of a header like Content-Type, by their names in lower case."""
    return {name.lower(): quoted or plain for name, quoted, plain in _PARAMETER.findall(value)}


def _text(body: bytes, kind: str) -> bytes:
    if len(body) < SLICE and _FORM_LIKE.match(body):
        return replaced(body, _fields(body))
    decoder = getincrementaldecoder("utf-8")()
    try:
        for at in range(0, len(body), SLICE):
            decoder.decode(body[at : at + SLICE], at + SLICE >= len(body))
            if _CONTROL.search(body, at, at + SLICE):
                raise ValueError
    except ValueError:
        _refuse(f"it is no text but {kind}" if kind else "it is no text")
    if any(names_secret(body[max(at - _OVERLAP, 0) : at + SLICE]) for at in range(0, len(body), SLICE)):
        _refuse("it is text that names a secret")
    return replaced(body, value_spans(body, 0, len(body)))


def _refuse(why: str) -> NoReturn:
    raise UnreadableBodyError(why)
