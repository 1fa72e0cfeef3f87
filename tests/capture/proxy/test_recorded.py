"""What is in a recording, and what is not."""

import shutil
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from inspector.recording import Redactor
from tests.capture.proxy.bare import GET, POST, Server, Wire, answering, fixed, kinds, proxied, wait_for
from tests.capture.proxy.failing import answer_of

_KEY = "sk-ant-api03-Secret_1"


def test_no_secret_is_anywhere(tmp_path: Path) -> None:
    body = b'{"text":"my key is %b","api_key":"hidden-1","note":"customer-42"}' % _KEY.encode()
    request = (
        b"POST /v1/messages?api_key=hidden-2&x=%b HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Api-Key: hidden-3\r\nCookie: hidden-4\r\n"
        b"Authorization: Bearer hidden-5\r\nX-Note: customer-42\r\nContent-Length: %d\r\n\r\n%b"
        % (_KEY.encode(), len(body), body)
    )
    answer = fixed(headers=b"Set-Cookie: hidden-6\r\nX-Note: customer-42\r\n")
    redactor = Redactor(["customer-[0-9]+"])
    with (
        Server(answering(answer)) as upstream,
        proxied(upstream.url, tmp_path, redactor=redactor) as proxy,
        proxy.client() as client,
    ):
        client.send(request)
        assert client.exactly(len(answer)) == answer
        (lines,) = proxy.recorded()
    (path,) = tmp_path.iterdir()
    told = path.read_text() + "".join(proxy.log + proxy.notes)
    for secret in ("hidden", "customer", "Secret"):
        assert secret not in told
    assert lines[1]["url"].endswith("/v1/messages?api_key=[redacted]&x=[redacted]")
    assert ["Authorization", "Bearer [redacted]"] in lines[1]["headers"]
    assert lines[1]["body"]["note"] == "[redacted]"
    assert path.stat().st_mode & 0o777 == 0o600


def test_no_secret_is_in_what_is_told_of_a_failure(tmp_path: Path) -> None:
    def serve(wire: Wire, number: int) -> None:
        wire.request()

    with Server(serve) as upstream, proxied(upstream.url, tmp_path) as proxy, proxy.client() as client:
        client.send(GET.replace(b"/v1/models", b"/%b?key=hidden" % _KEY.encode()))
        _, body = answer_of(client)
        proxy.recorded()
    (path,) = tmp_path.iterdir()
    told = path.read_text() + "".join(proxy.log) + str(body)
    assert "Secret" not in told
    assert "hidden" not in told


def test_bodies_can_be_left_out(tmp_path: Path) -> None:
    with (
        Server(answering(fixed())) as upstream,
        proxied(upstream.url, tmp_path, bodies=False) as proxy,
        proxy.client() as client,
    ):
        client.send(POST)
        assert client.exactly(len(fixed())) == fixed()
        (lines,) = proxy.recorded()
    assert lines[1].keys() == {"kind", "t_ns", "method", "url", "headers"}
    assert "".join(line.get("raw", "") for line in lines) == "ok"


def test_each_attempt_is_an_exchange_of_its_own(tmp_path: Path) -> None:
    retried = POST.replace(b"Host", b"x-stainless-retry-count: 2\r\nHost")
    with (
        Server(answering(fixed(), fixed())) as upstream,
        proxied(upstream.url, tmp_path) as proxy,
        proxy.client() as client,
    ):
        for request in (POST, retried):
            client.send(request)
            client.exactly(len(fixed()))
        recordings = proxy.recorded(2)
        client.socket.close()
    sources = [lines[0]["source"] for lines in recordings]
    assert [(source["kind"], source["clock"], source["attempt"]) for source in sources] == [
        ("proxy", "arrival", 1),
        ("proxy", "arrival", 3),
    ]


def test_whole_frames_are_on_the_disk_while_the_stream_stalls(tmp_path: Path) -> None:
    event = b'event: ping\ndata: {"type":"ping"}\n\n'
    with (
        Server(answering(b"HTTP/1.1 200 OK\r\n\r\n" + event)) as upstream,
        proxied(upstream.url, tmp_path) as proxy,
        proxy.client() as client,
    ):
        client.send(POST)
        client.until(event)
        (path,) = tmp_path.iterdir()
        assert b'"event":"ping"' in wait_for(path, b'"kind":"sent"')


@contextmanager
def certificate(folder: Path) -> Iterator[Path]:
    """A key and a certificate for 127.0.0.1 in one file."""
    if not (openssl := shutil.which("openssl")):
        pytest.skip("openssl is not there")
    path = folder / "certificate.pem"
    command = [
        openssl,
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:prime256v1",
        "-nodes",
        "-keyout",
        "-",
    ]
    names = ["-subj", "/CN=test", "-addext", "subjectAltName=IP:127.0.0.1"]
    path.write_bytes(subprocess.run([*command, *names], check=True, capture_output=True).stdout)
    yield path


@pytest.mark.parametrize("trusted", [False, True])
def test_tls_is_checked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, trusted: bool) -> None:
    def serve(wire: Wire, number: int) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(path)
        try:
            with context.wrap_socket(wire.socket, server_side=True) as tls:
                Wire(tls).request()
                tls.sendall(fixed(b"{}"))
        except ssl.SSLError:
            assert not trusted

    with certificate(tmp_path) as path, Server(serve) as upstream:
        if trusted:
            monkeypatch.setenv("SSL_CERT_FILE", str(path))
        with proxied(upstream.url.replace("http:", "https:"), tmp_path / "s") as proxy, proxy.client() as client:
            client.send(POST)
            status, body = answer_of(client)
            (lines,) = proxy.recorded()
    if trusted:
        assert (status, kinds(lines)) == (200, ["recording", "request", "response", "sent", "tail", "end"])
        assert lines[1]["url"].startswith("https://127.0.0.1:")
    else:
        assert status == 502
        assert "its certificate is not trusted" in body["error"]["message"]
        assert lines[-1]["error"]["type"] == "SSLCertVerificationError"
