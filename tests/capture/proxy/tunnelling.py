"""What the tests of tunnels have in common."""

import ssl
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from inspector.capture.proxy.certificates import CertificateAuthority
from inspector.capture.proxy.settings import Interception, UpstreamAddress
from tests.capture.proxy.bare import (
    POST,
    Running,
    Wire,
    proxied,
)

API = "api.anthropic.com"


ASK = POST.replace(b"Host: 127.0.0.1", b"Host: api.anthropic.com")


PASSWORD = "open sesame"


AUTHORITY = CertificateAuthority()


def connect(target: str, password: str | None = PASSWORD) -> bytes:
    lines = [f"CONNECT {target} HTTP/1.1", f"Host: {target}"]
    if password is not None:
        lines.append("Proxy-Authorization: Basic " + b64encode(f"inspector:{password}".encode()).decode())
    return "\r\n".join([*lines, "", ""]).encode()


def interception(**settings: Any) -> Interception:
    return replace(Interception(AUTHORITY, password=PASSWORD), **settings)


def status(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1])


# What a client sees


def trusting(*, cafile: bool = True) -> ssl.SSLContext:
    context = ssl.create_default_context(cadata=AUTHORITY.pem.decode() if cafile else None)
    context.set_alpn_protocols(["h2", "http/1.1"])
    return context


@contextmanager
def intercepting(upstream: str, folder: Path, **settings: Any) -> Iterator[Running]:
    with proxied(
        upstream, folder, interception=interception(instead=UpstreamAddress.parse(upstream), **settings)
    ) as it:
        yield it


@contextmanager
def secure(proxy: Running, host: str = API, *, trust: ssl.SSLContext | None = None, names: str = "") -> Iterator[Wire]:
    """A client that speaks TLS through a tunnel."""
    with proxy.client() as client:
        client.send(connect(f"{host}:443"))
        assert client.head() == b"HTTP/1.1 200 Connection established\r\n\r\n"
        with (trust or trusting()).wrap_socket(client.socket, server_hostname=names or host) as secured:
            yield Wire(secured)
