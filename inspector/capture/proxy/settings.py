"""What a proxy is told: whom to ask and with which trust, what to decrypt, where to record, what to listen on."""

import base64
import os
import secrets
import ssl
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Self
from urllib.parse import urlsplit

from inspector.capture.proxy.certificates import CertificateAuthority
from inspector.net.loopback import LOOPBACK, is_ours
from inspector.net.outgoing import OutgoingProxy, usable_proxy
from inspector.protocol.endpoints import API_HOST, api_target, is_messages_host
from inspector.recording import InspectorError, Redactor

_PORTS: Final = {"http": 80, "https": 443}


@dataclass(frozen=True)
class UpstreamAddress:
    """`authority` is what Host says; `path` precedes that of each request, "" where the URL has none.

    `verbatim`: whoever asks takes this for the address itself, and no path is mended.
    """

    scheme: str
    host: str
    port: int
    authority: str
    path: str
    verbatim: bool = False

    @classmethod
    def parse(cls, url: str) -> Self:
        """Raises InspectorError where it is no http(s) URL, or says more than where to go."""
        try:
            parts = urlsplit(url)
            port = parts.port or _PORTS.get(parts.scheme, 0)
            host = (parts.hostname or "").encode("idna").decode()
        except ValueError:
            raise InspectorError(_no_url(url)) from None
        if parts.scheme not in _PORTS or not host or any(sign <= " " or sign == "\x7f" for sign in url):
            raise InspectorError(_no_url(url))
        if "@" in parts.netloc or parts.query or parts.fragment:
            raise InspectorError(
                "the upstream must be an address and a path: leave out user, password, query and fragment"
            )
        literal = f"[{host}]" if ":" in host else host
        authority = literal if port == _PORTS[parts.scheme] else f"{literal}:{port}"
        return cls(parts.scheme, host, port, authority, parts.path.rstrip("/"))

    @property
    def origin(self) -> str:
        """The URL without a path."""
        return f"{self.scheme}://{self.authority}"

    @property
    def url(self) -> str:
        """What precedes the target of each request."""
        return self.origin + self.path

    def target(self, asked: bytes) -> bytes:
        """The target of the request there, for what a client asked for here."""
        if asked == b"*" or self.verbatim:
            return asked
        base = self.path.encode().decode("latin-1")
        return api_target(asked.decode("latin-1"), base).encode("latin-1")

    def is_at(self, address: str, port: int) -> bool:
        """Whether this is a server of ours that listens there."""
        return self.port == port and (self.host == address or is_ours(self.authority))


@dataclass(frozen=True)
class Interception:
    """What makes a proxy one for HTTPS_PROXY, too: it decrypts what goes to the API, and tunnels all else unseen.

    `hosts`: whom else to decrypt, with their ports. `instead`: who answers what the API's own host is asked; None:
    that host. `password`: what clients must say, so that nobody else has the use of it. `ports`: the proxy's own.
    """

    authority: CertificateAuthority
    hosts: frozenset[tuple[str, int]] = frozenset()
    instead: UpstreamAddress | None = None
    password: str = field(default_factory=lambda: secrets.token_urlsafe(16), repr=False)
    ports: frozenset[int] = frozenset()

    USER = "inspector"

    def upstream(self, host: str, port: int) -> UpstreamAddress | None:
        """Who answers what a client asks this host; None where that is not to be seen."""
        if self.instead and (host, port) == (API_HOST, 443):
            return self.instead
        if (host, port) not in self.hosts and not (port == 443 and is_messages_host(host)):
            return None
        literal = f"[{host}]" if ":" in host else host
        return UpstreamAddress("https", host, port, literal if port == 443 else f"{literal}:{port}", "", verbatim=True)

    def admits(self, authorization: bytes) -> bool:
        """Whether this value of Proxy-Authorization has the password."""
        scheme, _, credentials = authorization.strip().partition(b" ")
        expected = base64.b64encode(f"{self.USER}:{self.password}".encode())
        return scheme.lower() == b"basic" and secrets.compare_digest(credentials.strip(), expected)


@dataclass(frozen=True)
class ProxySettings:
    """`address`: what to listen on; `origins`: of pages elsewhere that may use it; `hop`: what it calls itself in Via.

    `platforms`: further upstreams, each of which gets a base URL of its own, by name. `route`: the proxy through which
    a scheme's host is reached. `interception`: see there; `authority`: of a connection that was decrypted, what it was
    to be with; None: requests come to the proxy itself.

    `head_s`: how long the head of a request may take; `connect_s`, `response_s`: an upstream to connect, and from the
    end of a request to the head of its response. `most`: how many connections are served at once, where the limit of
    open files allows them.
    """

    upstream: UpstreamAddress
    folder: Path
    redactor: Redactor = field(default_factory=Redactor)
    bodies: bool = True
    address: str = LOOPBACK
    port: int = 0
    origins: frozenset[str] = frozenset()
    platforms: Mapping[str, UpstreamAddress] = field(default_factory=dict)
    route: Callable[[str, str], OutgoingProxy | None] = usable_proxy
    interception: Interception | None = None
    authority: str | None = None
    hop: str = field(default_factory=lambda: f"inspector-{secrets.token_hex(4)}")
    most: int = 10_000
    head_s: float = 30.0
    connect_s: float = 30.0
    response_s: float = 1200.0


def client_trust() -> ssl.SSLContext:
    """The trust of the system, as the SDK has it; of SSL_CERT_FILE or SSL_CERT_DIR where the user set one."""
    context = _context()
    context.set_alpn_protocols(["http/1.1"])
    return context


def _context() -> ssl.SSLContext:
    if not (os.environ.get("SSL_CERT_FILE") or os.environ.get("SSL_CERT_DIR")):
        with suppress(ImportError):
            import truststore

            return truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    return ssl.create_default_context()


def _no_url(url: str) -> str:
    return f"the upstream {url!r} is no URL: give one such as https://api.anthropic.com"
