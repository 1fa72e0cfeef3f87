import asyncio
import ipaddress
import re
import socket
import traceback
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from inspector.capture.proxy.client import Client
from inspector.capture.proxy.heads import RequestHead, ResponseHead
from inspector.capture.proxy.link import Link
from inspector.capture.proxy.record import LARGEST_BODY, Record
from inspector.capture.proxy.upstream import Upstream
from inspector.recording import EndReason, InspectorError, Redactor
from inspector.sockets import why_not_listening

LOOPBACK: Final = "127.0.0.1"
_HOST = re.compile(r"(\[[^\]]*\]|[^:]*)(?::\d*)?")
_OURS: Final = ("127.0.0.1", "localhost", "[::1]")
_WILDCARDS: Final = ("0.0.0.0", "::")
_HAPPY_EYEBALLS_S: Final = 0.25

Note = Callable[[str], None]


@dataclass(frozen=True)
class Settings:
    """`address`: what to listen on; `connect_s`, `response_s`: how long an upstream may take to connect, and from the
    end of a request to the head of its response.
    """

    upstream: Upstream
    folder: Path
    redactor: Redactor = field(default_factory=Redactor)
    bodies: bool = True
    address: str = LOOPBACK
    port: int = 0
    connect_s: float = 30.0
    response_s: float = 1200.0


class Proxy:
    """Passes requests on to the upstream, and records each exchange in the folder.

    `recorded`: the names of the recordings. `note` gets what the user must know, one line each; `log` one line for each
    exchange. Both are free of secrets, but not of what a terminal must not see.
    """

    def __init__(self, settings: Settings, note: Note, log: Note) -> None:
        self.settings = settings
        self.upstream = settings.upstream
        self.connect_s = settings.connect_s
        self.response_s = settings.response_s
        self.clients: set[Client] = set()
        self.recorded: list[str] = []
        self._note = _unheard(note)
        self._log = _unheard(log)
        self._tls = settings.upstream.tls()
        self._lost = False
        self._writing: set[asyncio.Future[None]] = set()

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[str]:
        """Serves as long as the context lasts; its value is the base URL. Raises InspectorError."""
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(self._on_mistake)
        address, port = self.settings.address, self.settings.port
        try:
            server = await loop.create_server(lambda: Client(self), address, port, backlog=1024)
        except OSError as error:
            raise InspectorError(why_not_listening(address, port, error)) from None
        try:
            literal = f"[{address}]" if ":" in address else address
            yield f"http://{literal}:{server.sockets[0].getsockname()[1]}"
        finally:
            server.close()
            for client in list(self.clients):
                client.abort()
            while self.clients:
                await asyncio.sleep(0)
            await asyncio.gather(*self._writing)

    async def connect(self) -> Link:
        """A new connection to the upstream. Raises OSError (of ssl and socket also)."""
        name = self.upstream.host if self._tls else None
        _, link = await asyncio.get_running_loop().create_connection(
            Link,
            self.upstream.host,
            self.upstream.port,
            ssl=self._tls,
            server_hostname=name,
            happy_eyeballs_delay=_HAPPY_EYEBALLS_S,
        )
        return link

    def refusal(self, head: RequestHead) -> tuple[int, str] | None:
        """Why a request is not passed on: a status and a message."""
        if head.method == b"CONNECT":
            return 501, "it is a reverse proxy and makes no tunnels: set ANTHROPIC_BASE_URL to it, not HTTPS_PROXY"
        if b"websocket" in head.tokens(b"upgrade"):
            return 501, "it does not pass on WebSockets"
        if not head.target.startswith(b"/") and head.target != b"*":
            return 400, "the request target must be a path"
        hosts = head.values(b"host")
        if len(hosts) > 1 or (head.minor and not hosts):
            return 400, "the request must have one Host"
        if head.authority is not None:
            hosts.append(head.authority)
        if not all(map(self._serves, hosts)):
            return 403, f"the Host must be {', '.join(_OURS[:-1])} or {_OURS[-1]}: see --allow-remote"
        return None

    def record(self, head: RequestHead) -> Record:
        """Begins the recording of an exchange."""
        settings = self.settings
        retries = b"".join(head.values(b"x-stainless-retry-count"))
        attempt = int(retries) + 1 if retries.isdigit() and len(retries) < 9 else 1
        record = Record(settings.folder, settings.redactor, settings.bodies, attempt, self._not_recorded)
        if record.path:
            self.recorded.append(record.path.name)
        authority = self.upstream.authority
        headers = [(name, authority if name.lower() == "host" else value) for name, value in head.pairs]
        record.request(head.method.decode(), self._url(head), headers)
        return record

    def ended(
        self,
        head: RequestHead,
        answer: ResponseHead | None,
        record: Record,
        reason: EndReason | None,
        error: tuple[str, str] | None,
    ) -> None:
        """An exchange is over; `reason` None: cleanly."""
        if writing := record.writing:
            self._writing.add(writing)
            writing.add_done_callback(lambda _: self.ended(head, answer, record, reason, error))
            writing.add_done_callback(self._writing.discard)
            return
        url = self.settings.redactor.url(self._url(head))
        parts = [f"{head.method.decode()} {url} -> {answer.status if answer else 'no response'}"]
        if reason:
            told = self.settings.redactor.text((error[1] if error else "").encode()).decode()
            parts.append(f"{reason} ({told})" if told else reason)
        parts.append(f"{record.end_ns / 1e9:.2f} s")
        self._log(", ".join(parts))
        if record.body_too_large:
            self._note(
                f"the request body is above {LARGEST_BODY >> 20} MB: it was passed on, but is not in {record.path}"
            )

    def _url(self, head: RequestHead) -> str:
        return self.upstream.url + head.target.decode("utf-8", "surrogateescape")

    def _serves(self, host: bytes) -> bool:
        match = _HOST.fullmatch(host.decode("latin-1").lower())
        name = match[1] if match else ""
        address = self.settings.address.lower()
        if name in _OURS or name.strip("[]") == address:
            return True
        # Whoever listens everywhere cannot list its names; but a rebound one is a name, never an address.
        return address in _WILDCARDS and (_is_address(name.strip("[]")) or name == socket.gethostname().lower())

    def _on_mistake(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """A mistake of ours ends one connection, and is one line without anything that passed."""
        error = context.get("exception")
        where = traceback.extract_tb(error.__traceback__)[-1] if error and error.__traceback__ else None
        place = f" in {where.name}, line {where.lineno}" if where else ""
        self._note(f"internal error: {type(error).__name__ if error else context['message']}{place}: please report it")

    def _not_recorded(self, error: Exception) -> None:
        if self._lost:
            return
        self._lost = True
        told = getattr(error, "strerror", None) or str(error) or type(error).__name__
        self._note(f"{self.settings.folder}: {told.lower()}: what comes is not recorded, the streams go on")


def _unheard(tell: Note) -> Note:
    """Whoever was told may be gone: that is no reason to stop."""

    def told(line: str) -> None:
        with suppress(OSError, ValueError):
            tell(line)

    return told


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
