"""Builds the files that others write around a body: what the importers are tested against."""

import base64
import gzip
import json
import struct
import tempfile
import weakref
import zlib
from typing import Any

import yaml

from inspector.formats import jsonl as native
from inspector.formats import open_exchanges
from inspector.text.json_text import dumps
from inspector.timeline import Exchange

URL = "https://api.anthropic.com/v1/messages?beta=true&api_key=sk-ant-in-the-url"
SECRETS = ("sk-ant-in-the-url", "sk-ant-in-a-header", "sk-ant-in-the-body", "a-bearer-token", "a-cookie")
REQUEST_HEADERS = [
    ("x-api-key", "sk-ant-in-a-header"),
    ("authorization", "Bearer a-bearer-token"),
    ("content-type", "application/json"),
]
REQUEST_BODY = (
    b'{"model":"claude-test","stream":true,"messages":[{"role":"user","content":"it is sk-ant-in-the-body"}]}'
)
RESPONSE_HEADERS = [("content-type", "text/event-stream; charset=utf-8"), ("set-cookie", "sid=a-cookie")]
STARTED = 1_790_000_000.25

Headers = list[tuple[str, str]]


def har(*bodies: bytes, encoded: bool = True, headers: Headers = RESPONSE_HEADERS, **content: Any) -> bytes:
    """As browsers export it; the bodies as Base64, or as text."""
    return dumps({"log": {"version": "1.2", "entries": [_entry(body, encoded, headers, content) for body in bodies]}})


def _entry(body: bytes, encoded: bool, headers: Headers, content: dict[str, Any]) -> dict[str, Any]:
    kept = {"text": base64.b64encode(body).decode(), "encoding": "base64"} if encoded else {"text": body.decode()}
    return {
        "startedDateTime": "2026-09-21T15:33:20.250+02:00",
        "request": {
            "method": "POST",
            "url": URL,
            "headers": [{"name": name, "value": value} for name, value in REQUEST_HEADERS],
            "postData": {"mimeType": "application/json", "text": REQUEST_BODY.decode()},
        },
        "response": {
            "status": 200,
            "headers": [{"name": name, "value": value} for name, value in headers],
            "content": {**kept, **content},
        },
        "timings": {"blocked": 1.5, "dns": -1, "connect": 20, "ssl": 15, "send": 0.5, "wait": 300, "receive": 5000},
    }


def cassette(*bodies: bytes, text: bool = False, headers: Headers = RESPONSE_HEADERS) -> bytes:
    """As vcrpy writes it: a body that is no UTF-8 as `!!binary`; `text`: as a string."""
    return yaml.safe_dump(
        {"interactions": [_interaction(body, text, headers) for body in bodies], "version": 1}
    ).encode()


def _interaction(body: bytes, text: bool, headers: Headers) -> dict[str, Any]:
    return {
        "request": {
            "method": "POST",
            "uri": URL,
            "headers": {name: [value] for name, value in REQUEST_HEADERS},
            "body": REQUEST_BODY.decode(),
        },
        "response": {
            "status": {"code": 200, "message": "OK"},
            "headers": {name: [value] for name, value in headers},
            "body": {"string": body.decode() if text else body},
        },
    }


def json_cassette(*bodies: bytes) -> bytes:
    """As vcrpy's JSON serializer writes it."""
    interactions = [_interaction(body, True, RESPONSE_HEADERS) for body in bodies]
    return json.dumps({"version": 1, "interactions": interactions}, indent=4).encode() + b"\n"


def event_stream(*events: dict[str, Any]) -> bytes:
    """As Bedrock sends it."""
    return b"".join(map(chunk, events))


def chunk(event: Any) -> bytes:
    payload = {"bytes": base64.b64encode(event if isinstance(event, bytes) else dumps(event)).decode(), "p": "abcdef"}
    return message(dumps(payload), {":event-type": "chunk", ":message-type": "event"})


def message(payload: bytes, headers: dict[str, str]) -> bytes:
    """One message of the binary framing, with headers of every type."""
    block = b"\4skip" + b"\4" + b"\0\0\0\7" + b"\4yes?" + b"\0" + b"\4uuid" + b"\x09" + bytes(16)
    for name, value in headers.items():
        block += bytes([len(name)]) + name.encode() + b"\7" + struct.pack(">H", len(value.encode())) + value.encode()
    prelude = struct.pack(">II", 16 + len(block) + len(payload), len(block))
    head = prelude + struct.pack(">I", zlib.crc32(prelude)) + block + payload
    return head + struct.pack(">I", zlib.crc32(head))


def flows(*bodies: bytes | None, headers: Headers = RESPONSE_HEADERS, **flow: Any) -> bytes:
    """As `mitmdump -w` writes it."""
    return b"".join(tnetstring({**_flow(body, headers), **flow}) for body in bodies)


def _flow(body: bytes | None, headers: Headers) -> dict[str, Any]:
    return {
        "version": 21,
        "type": "http",
        "id": "ab",
        "error": None,
        "client_conn": {"peername": ["127.0.0.1", 5], "tls": True},
        "request": {
            "host": "api.anthropic.com",
            "port": 443,
            "method": b"POST",
            "scheme": b"https",
            "authority": b"",
            "path": URL.removeprefix("https://api.anthropic.com").encode(),
            "headers": [[name.encode(), value.encode()] for name, value in REQUEST_HEADERS],
            "content": REQUEST_BODY,
            "timestamp_start": STARTED,
            "timestamp_end": STARTED + 0.001,
        },
        "response": {
            "status_code": 200,
            "reason": b"OK",
            "headers": [[name.encode(), value.encode()] for name, value in headers],
            "content": body,
            "timestamp_start": STARTED + 0.5,
            "timestamp_end": STARTED + 2,
        },
    }


def tnetstring(value: Any) -> bytes:
    if isinstance(value, dict):
        return _netstring(b"".join(tnetstring(key) + tnetstring(member) for key, member in value.items()), b"}")
    if isinstance(value, list):
        return _netstring(b"".join(map(tnetstring, value)), b"]")
    if isinstance(value, bool):
        return _netstring(b"true" if value else b"false", b"!")
    if value is None:
        return _netstring(b"", b"~")
    if isinstance(value, bytes):
        return _netstring(value, b",")
    letter = {str: b";", int: b"#", float: b"^"}[type(value)]
    return _netstring(str(value).encode(), letter)


def _netstring(data: bytes, letter: bytes) -> bytes:
    return b"%d:%b%b" % (len(data), data, letter)


def gzipped(headers: Headers = RESPONSE_HEADERS) -> Headers:
    return [*headers, ("Content-Encoding", "gzip")]


def curl_i(body: bytes, headers: Headers = RESPONSE_HEADERS) -> bytes:
    """As `curl -i -L` prints it: a redirect's head first."""
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers)
    return (
        f"HTTP/1.1 308 Permanent Redirect\r\nlocation: /v1/messages\r\n\r\nHTTP/2 200 \r\n{lines}\r\n".encode() + body
    )


def gzip_bytes(body: bytes) -> bytes:
    return gzip.compress(body, mtime=0)


def exchanges_of(content: bytes) -> list[Exchange]:
    """What a file with this content opens as, indexed."""
    with tempfile.NamedTemporaryFile() as file:
        file.write(content)
        file.flush()
        exchanges = [exchange.load() for exchange in open_exchanges(file.name)]
    for exchange in exchanges:
        weakref.finalize(exchange, exchange.reader.close)
    return exchanges


def bodies_of(content: bytes) -> list[bytes]:
    return [exchange.body() for exchange in exchanges_of(content)]


def recording_of(exchange: Exchange) -> list[dict[str, Any]]:
    """The recording's lines."""
    return [json.loads(line) for line in b"".join(native.write(exchange)).splitlines()]
