"""Connections to elsewhere, through the proxy that the environment names.

HTTPS_PROXY, HTTP_PROXY and ALL_PROXY name one, NO_PROXY the hosts that are reached directly.
"""

import asyncio
import base64
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, Self, TypeVar, cast
from urllib.parse import unquote, urlsplit
from urllib.request import getproxies, proxy_bypass

from inspector.net.loopback import is_ours

P = TypeVar("P", bound=asyncio.Protocol)

_HAPPY_EYEBALLS_S: Final = 0.25
_LARGEST_HEAD: Final = 64 << 10
_PORTS: Final = {"http": 80, "https": 443}


class TunnelError(OSError):
    """The proxy on the way made no tunnel; the message says which and why, without its password."""


@dataclass(frozen=True)
class OutgoingProxy:
    """A proxy that makes tunnels (CONNECT, RFC 9110, section 9.3.6). `variable`: where the user named it."""

    variable: str
    host: str
    port: int
    tls: bool
    credentials: str = field(default="", repr=False)

    @classmethod
    def parse(cls, url: str, variable: str) -> Self:
        """Raises ValueError where it names no HTTP proxy."""
        parts = urlsplit(url if "://" in url else f"http://{url}")
        port = parts.port or _PORTS.get(parts.scheme, 0)
        if parts.scheme not in _PORTS or not parts.hostname:
            raise ValueError(f"{variable} names no HTTP proxy")
        user, _, password = parts.netloc.rpartition("@")[0].partition(":")
        credentials = f"{unquote(user)}:{unquote(password)}" if user or password else ""
        return cls(variable, parts.hostname, port, parts.scheme == "https", credentials)

    @property
    def name(self) -> str:
        """For messages."""
        return f"the proxy {self.host}:{self.port} of {self.variable}"

    def asking(self, host: str, port: int) -> bytes:
        """The request for a tunnel."""
        authority = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        lines = [f"CONNECT {authority} HTTP/1.1", f"Host: {authority}"]
        if self.credentials:
            lines.append(f"Proxy-Authorization: Basic {base64.b64encode(self.credentials.encode()).decode()}")
        return "\r\n".join([*lines, "", ""]).encode()


def environment_proxy(scheme: str, host: str) -> OutgoingProxy | None:
    """The proxy through which the environment has this host reached; None: directly. Raises ValueError."""
    proxies = getproxies()
    name = next((name for name in (scheme, "all") if proxies.get(name)), None)
    if name is None or is_ours(f"[{host}]" if ":" in host else host) or proxy_bypass(host):
        return None
    return OutgoingProxy.parse(proxies[name], f"{name.upper()}_PROXY")


def usable_proxy(scheme: str, host: str) -> OutgoingProxy | None:
    """As `environment_proxy`; None also where that is of a kind that cannot be used."""
    try:
        return environment_proxy(scheme, host)
    except ValueError:
        return None


async def connect(
    protocol: Callable[[], P], host: str, port: int, tls: ssl.SSLContext | None, proxy: OutgoingProxy | None
) -> P:
    """A new connection, of which the protocol is told. Raises OSError (of ssl and socket also) and ValueError."""
    loop = asyncio.get_running_loop()
    if proxy is None:
        _, made = await loop.create_connection(
            protocol,
            host,
            port,
            ssl=tls,
            server_hostname=host if tls else None,
            happy_eyeballs_delay=_HAPPY_EYEBALLS_S,
        )
        return made
    try:
        _, asking = await loop.create_connection(
            lambda: _Asking(proxy.asking(host, port), proxy.name),
            proxy.host,
            proxy.port,
            ssl=proxy.tls or None,
            happy_eyeballs_delay=_HAPPY_EYEBALLS_S,
        )
    except OSError as error:
        why = error.strerror or str(error)
        raise TunnelError(f"{proxy.name} cannot be reached ({why.lower()})") from error
    transport: asyncio.Transport = asking.transport
    try:
        await asking.answered
        if tls:
            transport = cast(asyncio.Transport, await loop.start_tls(transport, asking, tls, server_hostname=host))
    except BaseException:
        transport.abort()
        raise
    made = protocol()
    transport.set_protocol(made)
    transport.resume_reading()
    made.connection_made(transport)
    if asking.early:
        made.data_received(asking.early)
    return made


class _Asking(asyncio.Protocol):
    """Asks for a tunnel. `early`: what came behind the answer, of whoever is at the tunnel's end."""

    def __init__(self, request: bytes, name: str) -> None:
        self.answered: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.early = b""
        self._request = request
        self._name = name
        self._answer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self.transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        if self.answered.done():
            self.early += data
            return
        self._answer += data
        head, end, self.early = self._answer.partition(b"\r\n\r\n")
        if not end and len(head) <= _LARGEST_HEAD:
            return
        status = head.split(b"\r\n", 1)[0].split(b" ", 2)[1:2]
        if end and status and status[0].startswith(b"2"):
            # Whatever comes next is for somebody else.
            self.transport.pause_reading()
            self.answered.set_result(None)
        else:
            said = status[0].decode("ascii", "replace") if status else "something else than HTTP"
            self.answered.set_exception(TunnelError(f"{self._name} answers {said}"))

    def connection_lost(self, error: Exception | None) -> None:
        if not self.answered.done():
            self.answered.set_exception(TunnelError(f"{self._name} closed the connection without an answer"))
