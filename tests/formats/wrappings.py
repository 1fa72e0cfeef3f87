"""What people put around a stream: for each kind a function that does so, and what is told of it."""

import bz2
import gzip
import html
import io
import json
import lzma
import pprint
import sys
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any

from inspector.text.json_text import dumps
from tests.support import sse

Events = list[dict[str, Any]]
_zstd = import_module("compression.zstd" if sys.version_info >= (3, 14) else "backports.zstd")
DAY = "2026-05-01T10:00:"


def _of_body(wrap: Callable[[bytes], bytes]) -> Callable[[Events], bytes]:
    return lambda events: wrap(sse(*events))


def _lines(wrap: Callable[[int, str], str], blank: bool = True) -> Callable[[Events], bytes]:
    """Each line of the body in something; `blank`: blank ones, too."""

    def made(events: Events) -> bytes:
        lines = sse(*events).decode().split("\n")[:-1]
        return "".join(wrap(n, line) + "\n" for n, line in enumerate(lines) if line or blank).encode()

    return made


def _each(wrap: Callable[[int, dict[str, Any]], str]) -> Callable[[Events], bytes]:
    """Each event in something."""
    return lambda events: "".join(wrap(n, event) + "\n" for n, event in enumerate(events)).encode()


def stamp(n: int) -> str:
    """The time of line n: 50 ms after the one before."""
    return f"{DAY}{n // 20:02}.{n % 20 * 50:03}Z"


def _json(event: Any) -> str:
    return dumps(event).decode()


def _trace(body: bytes) -> Iterator[str]:
    """As `curl --trace` writes a read's bytes."""
    yield f"<= Recv data, {len(body)} bytes (0x{len(body):x})"
    for at in range(0, len(body), 16):
        piece = body[at : at + 16]
        text = "".join(chr(byte) if 32 <= byte < 127 else "." for byte in piece)
        yield f"{at:04x}: {piece.hex(' '):<47} {text}"


def curl_trace(events: Events) -> bytes:
    head = b"HTTP/1.1 200 OK\r\n", b"content-type: text/event-stream\r\n", b"\r\n"
    lines = [
        "=> Send header, 30 bytes (0x1e)",
        "0000: 50 4f 53 54 20 2f 76 31 2f 6d 65 73 73 61 67 65 POST /v1/message",
    ]
    lines.append("0010: 73 20 48 54 54 50 2f 31 2e 31 0d 0a 0d 0a       s HTTP/1.1....")
    for part in head:
        lines += [line.replace("data", "header", 1) for line in _trace(part)]
    for event in events:
        lines += _trace(sse(event))
    return "\n".join([*lines, "== Info: Connection #0 to host localhost left intact", ""]).encode()


def curl_verbose(events: Events) -> bytes:
    head = (
        "*   Trying 127.0.0.1:80...\n> POST /v1/messages HTTP/1.1\n> Host: localhost\n> x-api-key: sk-ant-secret\n> \n"
    )
    answer = "< HTTP/1.1 200 OK\n< content-type: text/event-stream\n< \n{ [240 bytes data]\n"
    return (head + answer).encode() + sse(*events) + b"* Connection #0 to host localhost left intact\n"


def _chunked(body: bytes) -> bytes:
    pieces = [body[at : at + 100] for at in range(0, len(body), 100)]
    return b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"


def _zipped(body: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("__MACOSX/._a.sse", b"\0\5\x16\7")
        archive.writestr("session/a.sse", body)
    return file.getvalue()


def _tarred(body: bytes) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        member = tarfile.TarInfo("session/a.sse")
        member.size = len(body)
        archive.addfile(member, io.BytesIO(body))
    return gzip.compress(file.getvalue())


def _csv(events: Events) -> bytes:
    rows = (f'{stamp(n)},app,"{_json(event).replace(chr(34), chr(34) * 2)}"' for n, event in enumerate(events))
    return "\n".join(["@timestamp,logStream,message", *rows, ""]).encode()


PACKED: dict[str, Callable[[Events], bytes]] = {
    "gzip": _of_body(gzip.compress),
    "gzip in two members": _of_body(lambda body: gzip.compress(body[:70]) + gzip.compress(body[70:])),
    "zstd": _of_body(_zstd.compress),
    "xz": _of_body(lzma.compress),
    "bzip2": _of_body(bz2.compress),
    "zip": _of_body(_zipped),
    "tar.gz": _of_body(_tarred),
    "UTF-16 with a mark": _of_body(lambda body: body.decode().encode("utf-16")),
    "UTF-16 BE without": _of_body(lambda body: body.decode().encode("utf-16-be")),
    "UTF-32": _of_body(lambda body: body.decode().encode("utf-32")),
    "UTF-16 in gzip in xz": _of_body(lambda body: lzma.compress(gzip.compress(body.decode().encode("utf-16")))),
    "chunked": _of_body(_chunked),
    "curl -i --raw": _of_body(lambda body: b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n" + _chunked(body)),
    "curl -v": curl_verbose,
    "curl --trace": curl_trace,
}
"""Around the very bytes of the body."""

LINES: dict[str, Callable[[Events], bytes]] = {
    "a fence": _of_body(lambda body: b"Here it is:\n\n```\n" + body + b"```\n\nWhat is wrong?\n"),
    "behind text": _of_body(lambda body: b"$ curl -N https://example\n\n" + body),
    "behind a progress meter": _of_body(
        lambda body: (
            b"  % Total    % Received % Xferd  Average Speed   Time\n                 Dload  Upload   Total\n\r"
            b"  0     0    0     0    0     0      0      0 --:--:-- --:--:-- --:--:--     0" + body
        )
    ),
    "quoted": _lines(lambda n, line: f"> {line}".rstrip()),
    "indented": _lines(lambda n, line: f"    {line}".rstrip()),
    "compose": _lines(lambda n, line: f"\x1b[36mchat-1  |\x1b[0m {line}"),
    "kubectl": _lines(lambda n, line: f"{stamp(n)} stdout F {line}"),
    "times, without blank lines": _lines(lambda n, line: f"[{stamp(n)}] DEBUG {line}", blank=False),
    "docker": _lines(lambda n, line: _json({"log": line + "\n", "stream": "stdout", "time": stamp(n)})),
    "pieces of the body in a log": _each(
        lambda n, event: _json({"ts": 1777629600.5 + n, "chunk": sse(event).decode()})
    ),
    "lines of the body in a log": _lines(lambda n, line: _json({"level": 20, "msg": line})),
    "lines in a JSON list": _of_body(lambda body: json.dumps(body.decode().split("\n")[:-1], indent=1).encode()),
    "JSON texts": _lines(lambda n, line: json.dumps(line)),
    "lines in a list in an object": _of_body(
        lambda body: dumps({"status": 200, "lines": body.decode().split("\n")[:-1]})
    ),
    "a JSON text": _of_body(lambda body: json.dumps(body.decode()).encode()),
    "in a member": _of_body(lambda body: json.dumps({"status": 200, "body": body.decode()}, indent=2).encode()),
    "Python's bytes": _each(lambda n, event: repr(sse(event))),
    "Python's lines": _lines(lambda n, line: repr(line)),
    "Python's bytes in a log": _each(lambda n, event: f"{stamp(n)} DEBUG chunk {sse(event)!r}"),
    "texts in a log": _each(lambda n, event: f"{stamp(n)} chunk: {json.dumps(sse(event).decode())}"),
    "a web page": _of_body(lambda body: f"<pre>\n{html.escape(body.decode())}</pre></body>\n".encode()),
}
"""Around the lines of the body, of which all can be made again."""

EVENTS_ALONE: dict[str, Callable[[Events], bytes]] = {
    "an array": lambda events: dumps(events),
    "an array, pretty": lambda events: json.dumps(events, indent=2).encode(),
    "a list in an object": lambda events: json.dumps({"model": "m", "data": {"events": events}}, indent=2).encode(),
    "objects, pretty": _each(lambda n, event: json.dumps(event, indent=2, ensure_ascii=False)),
    "objects without line ends": lambda events: b"".join(map(dumps, events)),
    "name and data": lambda events: dumps([{"event": event["type"], "data": event} for event in events]),
    "type and data": lambda events: dumps([{"type": event["type"], "data": event} for event in events]),
    "type and data in lines": _each(lambda n, event: _json({"type": event["type"], "data": event})),
    "times and events in pairs": lambda events: dumps([[n / 20, event] for n, event in enumerate(events)]),
    "pairs in an object": lambda events: dumps({"took": 2, "log": [[n / 20, event] for n, event in enumerate(events)]}),
    "events by number": lambda events: dumps({str(n): event for n, event in enumerate(events)}),
    "more behind each": _each(lambda n, event: f'{stamp(n)} event={_json(event)} extra={{"n":{n}}}'),
    "JSON texts in a log": _each(lambda n, event: f"{stamp(n)} chunk: {json.dumps(_json(event))}"),
    "JSON texts, printed": _each(lambda n, event: f"[\n  {_json(event)!r}\n]"),
    "colours": _each(lambda n, event: f"\x1b[2m{stamp(n)}\x1b[0m \x1b[32mDEBUG\x1b[0m {_json(event)}"),
    "a label and a dict": _each(lambda n, event: f"event: {event!r}"),
    "TypeScript's ServerSentEvent": _each(
        lambda n, event: (
            f"event {{\n  event: '{event['type']}',\n  data: {_json(event)!r},\n"
            f"  raw: [ 'event: {event['type']}', {'data: ' + _json(event)!r} ]\n}}"
        )
    ),
    "CSV with semicolons": lambda events: (
        _csv(events)
        .replace(b",app,", b";app;")
        .replace(b"@timestamp,logStream,message", b"@timestamp;logStream;message")
    ),
    "name and text": lambda events: dumps([{"event": event["type"], "data": _json(event)} for event in events]),
    "a JSON log": _each(lambda n, event: _json({"time": stamp(n), "level": "info", "msg": "sse", "event": event})),
    "a JSON log, nested": _each(lambda n, event: _json({"timestamp": stamp(n), "jsonPayload": {"raw": _json(event)}})),
    "among other objects": _each(
        lambda n, event: _json({"ts": 1777629600.5, "msg": "tick"}) + "\n" + _json({"ts": 1777629600.6, "ev": event})
    ),
    "data in lines": _each(lambda n, event: f"{stamp(n)} INFO  sse: data: {_json(event)}"),
    "JSON in lines": _each(lambda n, event: f"May  1 10:00:{n % 60:02}.250 host app[7]: got {_json(event)}"),
    "logfmt": _each(lambda n, event: f"ts={stamp(n)} level=debug event={json.dumps(_json(event))} n={n}"),
    "Chrome's EventStream tab": _each(lambda n, event: f"\t{event['type']}\t{_json(event)}\t10:00:{n % 60:02}.{n:03}"),
    "CSV": _csv,
    "CloudWatch": lambda events: dumps(
        {
            "events": [
                {"timestamp": 1777629600400 + n, "message": f"INFO {_json(event)}"} for n, event in enumerate(events)
            ]
        }
    ),
    "journald": _each(
        lambda n, event: _json({"__REALTIME_TIMESTAMP": str(1777629600400000 + n), "MESSAGE": _json(event)})
    ),
    "an array behind a mark": lambda events: b"\xef\xbb\xbf" + dumps(events),
    "pprint": _each(lambda n, event: pprint.pformat(event)),
    "boto3": _each(lambda n, event: repr({"chunk": {"bytes": dumps(event)}})),
    "Python's dicts": _each(lambda n, event: repr(event)),
    "Python's dicts in a log": _each(lambda n, event: f"2026-05-01 10:00:{n % 60:02},123 INFO app {event!r}"),
    "objects of httpx-sse": _each(
        lambda n, event: f"ServerSentEvent(event='{event['type']}', data={_json(event)!r}, id='', retry=None)"
    ),
}
"""Around the events, of which the frames are made anew."""

ALL = PACKED | LINES | EVENTS_ALONE
