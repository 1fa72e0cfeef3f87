"""Nothing that was planted is found again, wherever it stood and however it was spelled."""

import gzip
import json
import re
import sys
from itertools import count
from pathlib import Path
from typing import Any

import anthropic
import pytest

import inspector as product
from inspector.panes.printing import pane_text
from inspector.panes.request import PANE as REQUEST
from inspector.recording import Redactor, Writer
from inspector.recording.redaction import UnreadableBodyError, shown
from inspector.timeline import Exchange
from tests.capture.proxy.bare import Server, answering, fixed, proxied
from tests.capture.raw_server import RawServer, reply
from tests.cli.test_proxy import client_of, proxying
from tests.cli.test_replay_commands import inspector
from tests.recording.planted import Planted, careful, plain
from tests.support import finish, sse, start

MULTIPART = "multipart/form-data; boundary=kept-boundary"


def leaks(planted: Planted, *told: str | bytes) -> list[str]:
    """Which secrets are still there."""
    text = "\n".join(part if isinstance(part, str) else part.decode("utf-8", "replace") for part in told)
    return [secret for secret in planted.secrets if secret in text]


def files_of(folder: Path) -> list[bytes]:
    return [path.read_bytes() for path in folder.rglob("*") if path.is_file()]


def shape(value: Any) -> Any:
    """A JSON value without what its strings and numbers are."""
    if isinstance(value, dict):
        return {key: shape(inner) for key, inner in value.items()}
    return list(map(shape, value)) if isinstance(value, list) else None


@pytest.mark.parametrize("large", [False, True])
def test_json(large: bool) -> None:
    planted = Planted()
    body = planted.body()
    if large:
        # Longer than what is worked on at once, with strings longer than a slice.
        filling = plain([{"text": 'say "no" to\\n'} for _ in range(9000)])
        long = plain('é\\n"' * 30_000 + f"https://kept/?token={planted.secret()} {planted.key()}")
        body = f'{{"filling":{filling},"long":{long},"token":{long},"body":{body},"again":{filling}}}'
    assert len(planted.secrets) > 200
    clean = Redactor().body(body.encode())
    assert leaks(planted, clean) == []
    # What stands under a secret's name is a text then.
    assert json.loads(clean).keys() == json.loads(body).keys()
    for kept in (
        '{"user_id":"kept-user"}', '"signature":"kept-signature"', "The word token: kept. A password is kept, too.",
        '"description":"kept"', '"id":"toolu_kept"', "my key is [redacted], kept", '"kept_count":1',
    ):  # fmt: skip
        assert kept in clean.decode()
    assert Redactor().body(clean) == clean


@pytest.mark.parametrize("write", [plain, careful, json.dumps])
def test_only_the_secrets_change(write: Any) -> None:
    inner = write({"token": "Planted", "b": 'a\n"\\/é'})
    body = write({"a": inner, "b": [1.50, 'é/"&='], "api_key": "Planted", "c": {"d": inner}})
    clean = Redactor().body(body.encode()).decode()
    assert clean == body.replace("Planted", "[redacted]")


def test_forms_and_parts() -> None:
    planted = Planted()
    form = Redactor().body(planted.form().encode(), [("Content-Type", "application/x-www-form-urlencoded")])
    parts = Redactor().body(planted.parts("kept-boundary").encode(), [("content-type", MULTIPART)])
    unnamed = Redactor().body(f"kept=kept&password={planted.secret()}".encode())
    assert leaks(planted, form, parts, unnamed) == []
    assert b"kept=kept&" in form
    assert b"kept2=kept" in form
    assert parts.count(b"--kept-boundary\r\n") == planted.parts("kept-boundary").count("--kept-boundary\r\n")
    assert b'filename="kept.txt"\r\n\r\nkept\0[redacted]\r\n' in parts


def test_headers_and_urls() -> None:
    planted = Planted()
    clean = Redactor().headers(planted.headers().items())
    urls = [Redactor().url(url) for url in (planted.url(), planted.target(), f"kept?token={planted.secret()}")]
    assert leaks(planted, str(clean), *urls) == []
    assert ("X-Kept", "kept") in clean
    assert urls[0].startswith(
        "https://%5Bredacted%5D@kept.example/a;jsessionid=[redacted]?kept=kept&api_key=[redacted];token="
    )
    assert urls[0].endswith("#access_token=[redacted]&kept=kept")


def test_messages_of_errors() -> None:
    planted = Planted()
    told = (
        f"Illegal header value b'{planted.key()}\\n' in {planted.url()}; x-api-key: {planted.secret()}, "
        f"Authorization: Bearer {planted.secret()}; token={planted.secret()}; unexpected token: kept"
    )
    clean = Redactor().text(told.encode())
    assert leaks(planted, clean) == []
    assert clean.endswith(b"unexpected token: kept")


@pytest.mark.parametrize(
    ("body", "headers", "why"),
    [
        (b'{"token":"Planted', {}, "no whole JSON"),
        (b'{"a":' + b"[" * 100_000, {"content-type": "application/json"}, "no whole JSON"),
        (b"{'token': 'Planted'}", {}, "no whole JSON"),
        (b"token: Planted", {"content-type": "text/yaml"}, "names a secret"),
        (b"<password>Planted</password>", {"content-type": "application/xml"}, "names a secret"),
        (b"\x00\x01Planted", {}, "no text"),
        (b"\xff\xfePlanted", {"content-type": "application/octet-stream"}, "no text but application/octet-stream"),
        (b"Planted", {"content-type": MULTIPART}, "parts cannot be told"),
        (b'--kept-boundary\r\nContent-Disposition: form-data; name="a"\r\n\r\nPlanted', {"content-type": MULTIPART}, "cut"),
        (b"Planted", {"content-encoding": "gzip"}, "content coding"),
        (b"Planted", {"content-encoding": "secret-sauce"}, "content coding"),
        (gzip.compress(b'{"token":"Planted"}')[:-12], {"content-encoding": "gzip"}, "no whole JSON"),
        (plain([{"token": "Planted"}] * 6_000).encode(), {}, "more than 5,000 secrets"),
    ],
    ids=count(),
)  # fmt: skip
def test_what_cannot_be_read_is_refused(body: bytes, headers: dict[str, str], why: str) -> None:
    with pytest.raises(UnreadableBodyError, match=why):
        Redactor().body(body, headers.items())


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b'{"a":"\\ud800","n":NaN,"big":1e999,"c":"\xff"}', "application/json"),
        (b'"just a text"', "application/json"),
        (b'{"a":1}\n{"b":2}\n', "application/x-ndjson"),
        ("Some prose: naïve, but kept.\n".encode(), "text/plain"),
        (b"a=b&c=d", "application/x-www-form-urlencoded"),
        (b"", ""),
    ],
    ids=count(),
)
def test_what_can_be_read_stays(body: bytes, content_type: str) -> None:
    assert Redactor().body(body, [("content-type", content_type)]) == body


def test_a_coded_body_is_kept_without_its_coding() -> None:
    body = gzip.compress(b'{"token":"Planted","a":1}')
    assert Redactor().body(body, [("content-encoding", "gzip")]) == b'{"token":"[redacted]","a":1}'


def request(planted: Planted, body: str, content_type: str = "application/json") -> bytes:
    fields = {**planted.headers(), "Host": "127.0.0.1", "Content-Type": content_type}
    # Pages of other sites are refused.
    fields["X-Origin"] = fields.pop("Origin")
    fields["Content-Length"] = str(len(body.encode()))
    head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    return f"POST {planted.target()} HTTP/1.1\r\n{head}\r\n{body}".encode()


def test_through_the_proxy(tmp_path: Path) -> None:
    planted = Planted()
    answer = fixed(headers="".join(f"{name}: {value}\r\n" for name, value in planted.headers().items()).encode())
    requests = [
        request(planted, planted.body()),
        request(planted, planted.form(), "application/x-www-form-urlencoded"),
        request(planted, planted.parts("kept-boundary"), MULTIPART),
        request(planted, planted.body()[:-9]),
    ]
    left_out, told = [], []
    for sent in requests:
        with (
            Server(answering(answer)) as upstream,
            proxied(upstream.url, tmp_path) as proxy,
            proxy.client() as client,
        ):
            client.send(sent)
            assert client.head().startswith(b"HTTP/1.1 200")
            assert client.exactly(2) == b"ok"
            (*_, lines) = proxy.recorded()
        left_out.append(lines[1].get("body_left_out"))
        told += [*proxy.log, *proxy.notes]
    assert len(planted.secrets) > 400
    assert leaks(planted, *files_of(tmp_path), *told) == []
    assert left_out == [None, None, None, "it is no whole JSON text"]
    assert sum("a request body was passed on, but is not in" in line for line in told) == 1


ASK = """
import os, sys
from urllib.request import Request, urlopen
from urllib.error import HTTPError
from json import load
sent = load(open(sys.argv[1]))
request = Request(os.environ["ANTHROPIC_BASE_URL"] + sent["target"], sent["body"].encode(), sent["headers"])
try:
    urlopen(request).read()
except HTTPError:
    pass
"""


def test_through_the_commands(tmp_path: Path) -> None:
    planted = Planted()
    headers = {name: value for name, value in planted.headers().items() if name != "Origin"}
    sent = tmp_path / "sent.json"
    sent.write_text(json.dumps({"target": planted.target(), "headers": headers, "body": planted.body()}))
    with Server(answering(fixed(headers=f"Location: {planted.url()}\r\n".encode()))) as upstream:
        command = [sys.executable, "-c", ASK, sent]
        done = inspector("run", "--dir", tmp_path / "run", "--", *command, ANTHROPIC_BASE_URL=upstream.url)
        with proxying("--upstream", upstream.url, "--dir", tmp_path / "proxy") as (process, url):
            with client_of(url) as client:
                client.send(request(planted, planted.body()))
                client.head()
            process.terminate()
            _, told = process.communicate()
    # Nobody is there any more.
    gone = inspector("run", "--dir", tmp_path / "gone", "--", *command, ANTHROPIC_BASE_URL=upstream.url)
    assert len(list((tmp_path / "run").iterdir())) == len(list((tmp_path / "proxy").iterdir())) == 1
    files = [content for name in ("run", "proxy", "gone") for content in files_of(tmp_path / name)]
    assert leaks(planted, *files, done.stdout, done.stderr, told, gone.stdout, gone.stderr) == []


def test_through_the_tap(tmp_path: Path) -> None:
    planted = Planted()
    body = json.loads(planted.body())
    with (
        RawServer(reply(sse(start(), *finish()), **planted.headers())) as server,
        anthropic.Anthropic(api_key=planted.key(), base_url=server.url) as client,
    ):
        tapped = product.tap(client, tmp_path)
        with tapped.messages.create(
            model="kept", max_tokens=1, messages=[], stream=True, extra_body=body, extra_headers={"X-Note": planted.key()},
            extra_query={"token": planted.secret()},
        ) as stream:  # fmt: skip
            list(stream)
    (content,) = files_of(tmp_path)
    assert leaks(planted, content) == []
    assert re.search(rb'"model":"kept', content)


def test_whoever_reads_is_told(tmp_path: Path) -> None:
    writer = Writer.create(tmp_path / "a.jsonl", {"kind": "live"})
    writer.request("POST", "http://kept", [], b'{"token":"Planted')
    writer.end(1, "complete")
    writer.close()
    with Exchange((tmp_path / "a.jsonl").open("rb"), "a").load() as exchange:
        assert exchange.request_body is None
        assert exchange.request
        assert exchange.request["body_left_out"] == exchange.body_left_out == "it is no whole JSON text"
        assert exchange.notes == ["the request body is left out: it is no whole JSON text"]
        lines = pane_text(exchange.view(), [REQUEST])
        assert "the body is left out: it is no whole JSON text\n" in list(lines)


@pytest.mark.parametrize("pattern", [r"(a+)+b", r"(?<=x)a{5}b", r"(?i)(A|B){4,}"])
def test_patterns_of_the_users(pattern: str) -> None:
    redactor = Redactor([pattern])
    # With the first of them Python's own expressions would be at it for ever.
    unlike = b'{"c":"%b"}' % (b"a" * 5000)
    assert redactor.body(unlike) == (unlike if "A" not in pattern else b'{"c":"[redacted]"}')
    # The second one is left to them.
    assert b"[redacted]" in redactor.body(b'{"d":"xaaaaab"}')
    assert redactor.body(b'[%b{"d":"xaaaaab"}]' % (b'"c",' * 40_000)).count(b"[redacted]") == 1


def test_what_is_shown_has_no_secret_in_its_urls() -> None:
    planted = Planted()
    line = shown(f"{planted.url()} cannot be asked: {planted.key()} is wrong\ud800")
    assert leaks(planted, line.encode("utf-8", "replace")) == []
    assert line.endswith(" cannot be asked: [redacted] is wrong\ud800")
