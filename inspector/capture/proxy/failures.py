"""Why a request got no answer of the upstream, and what the client and the recording are told of it."""

import errno
import os
import re
import socket
import ssl
from dataclasses import dataclass
from typing import Final

from inspector.capture.proxy.http_head import RequestHead, joined
from inspector.capture.proxy.settings import Interception, ProxySettings
from inspector.net.loopback import is_ours, why_refused
from inspector.net.outgoing import TunnelError
from inspector.protocol import error_type_for_status
from inspector.recording import EndReason
from inspector.text.json_text import dumps

_REASONS: Final = {
    400: b"Bad Request",
    403: b"Forbidden",
    407: b"Proxy Authentication Required",
    408: b"Request Timeout",
    421: b"Misdirected Request",
    431: b"Request Header Fields Too Large",
    501: b"Not Implemented",
    502: b"Bad Gateway",
    503: b"Service Unavailable",
    504: b"Gateway Timeout",
    508: b"Loop Detected",
}


@dataclass(frozen=True)
class Failure:
    """`status`: of the answer to the client, if it has none yet. `kind`, `told`: for the recording and the message."""

    reason: EndReason
    status: int
    kind: str
    told: str

    @property
    def error(self) -> tuple[str, str]:
        """(type, message), as a recording's end has them."""
        return self.kind, self.told


def connecting(error: BaseException, seconds: float) -> Failure:
    """The connection could not be made."""
    error = _common(error)
    kind = type(error).__name__
    if isinstance(error, TunnelError):
        return Failure("error", 502, kind, str(error))
    if isinstance(error, TimeoutError):
        return Failure("timeout", 504, "ConnectTimeout", f"no connection within {seconds:g} s")
    if isinstance(error, socket.gaierror):
        return Failure("error", 502, kind, f"its name cannot be resolved ({_os_message(error)})")
    if isinstance(error, ssl.SSLCertVerificationError):
        return Failure("error", 502, kind, f"its certificate is not trusted ({error.verify_message})")
    if isinstance(error, ssl.SSLError):
        return Failure("error", 502, kind, f"it does not speak TLS as it should ({error.reason or error})")
    if isinstance(error, ConnectionRefusedError):
        return Failure("error", 502, kind, "it refused the connection: is it running?")
    if isinstance(error, OSError) and error.errno in (errno.EMFILE, errno.ENFILE):
        return Failure("error", 503, kind, "it cannot be asked, as too many files are open here: try again")
    return Failure("error", 502, kind, f"it cannot be reached ({_os_message(error)})")


def lost(error: BaseException | None, answering: bool) -> Failure:
    """The connection ended before the response was whole; `answering`: its head had come."""
    if error is None or isinstance(error, ssl.SSLEOFError):
        told = (
            "the connection was closed before the response was complete"
            if answering
            else "it closed without a response"
        )
        return Failure("reset", 502, "IncompleteRead", told)
    if isinstance(error, TimeoutError):
        return Failure("timeout", 504, "TimeoutError", f"the connection timed out ({_os_message(error)})")
    return Failure("reset", 502, type(error).__name__, f"the connection was lost ({_os_message(error)})")


def silent(seconds: float) -> Failure:
    """The head of the response did not come in time."""
    return Failure("timeout", 504, "ResponseTimeout", f"the head of its response was not there after {seconds:g} s")


def garbled(why: str) -> Failure:
    """What came is no response."""
    return Failure("error", 502, "ProtocolError", f"it did not send an HTTP/1.1 response: {why}")


def refusal(head: RequestHead, settings: ProxySettings) -> tuple[int, str] | None:
    """Why a request to a proxy with these settings is not passed on: a status and a message."""
    if head.method == b"CONNECT":
        told = "it makes no tunnels: set ANTHROPIC_BASE_URL to it, not HTTPS_PROXY, or see `inspector run --tls`"
        return 501, told
    if b"websocket" in head.tokens(b"upgrade"):
        return 501, "it does not pass on WebSockets"
    if not head.target.startswith(b"/") and head.target != b"*":
        return 400, "the request target must be a path"
    if head.has_passed(settings.hop):
        return 508, f"the request has come through it before: {settings.upstream.origin} leads back to it"
    hosts = head.values(b"host")
    if len(hosts) > 1 or (head.minor and not hosts):
        return 400, "the request must have one Host"
    if settings.authority is not None:
        # Who speaks through a tunnel of ours has said the password: no page of anybody does.
        named = {value.decode("latin-1").lower().removesuffix(":443") for value in hosts}
        return None if named <= {settings.authority} else (421, f"this connection is to {settings.authority}")

    def values(name: str) -> list[str]:
        named = [head.authority] if name == "host" and head.authority is not None else []
        return [value.decode("latin-1") for value in [*head.values(name.encode()), *named]]

    if why := why_refused(values, settings.address, settings.origins):
        return 403, f"{why}: see {'--allow-remote' if 'Host' in why else '--allow-origin'}"
    return None


def tunnel_refusal(head: RequestHead, interception: Interception) -> tuple[int, str] | None:
    """Why the tunnel that CONNECT asks for is not made: a status and a message. Raises HeadError.

    Where it leads is no reason, but for ourselves: whoever has the password could go there without us.
    """
    host, port = head.tunnel()
    if not any(map(interception.admits, head.values(b"proxy-authorization"))):
        return 407, "it is for one command only, whose HTTPS_PROXY has the password"
    if port in interception.ports and is_ours(f"[{host}]" if ":" in host else host):
        return 508, "the tunnel would lead back to it"
    return None


def handshake(host: str, error: BaseException) -> str:
    """A line for the user: a client has asked for a tunnel to a host of the API, and then did not speak TLS with us."""
    told = getattr(error, "reason", None) or str(error)
    if "UNKNOWN_CA" in told or "CERTIFICATE" in told:
        return (
            f"a client does not trust the certificate for {host}: it may pin another one, or ignore SSL_CERT_FILE and "
            "NODE_EXTRA_CA_CERTS (see docs/clients.md)"
        )
    if "CALLBACK_FAILED" in told:
        return f"a client asks for a tunnel to {host}, and for another host at its end: it gets none"
    if isinstance(error, ssl.SSLError):
        return f"a client asks for a tunnel to {host}, and speaks no TLS there that could be read ({told})"
    return f"a client asks for a tunnel to {host}, and leaves before TLS is set up: does it trust the certificate?"


def error_response(
    status: int, message: str, *, keep: bool = False, bodiless: bool = False, origin: bytes | None = None
) -> bytes:
    """An answer of the proxy's own, with its author's name in it.

    `keep`: the connection goes on; `bodiless`: it answers a HEAD request, and is a head alone; `origin`: of a page
    that may read it.
    """
    error = {"type": error_type_for_status(status), "message": f"inspector proxy: {message}"}
    body = dumps({"type": "error", "error": error})
    lines = [b"Content-Type: application/json", b"Content-Length: %d" % len(body)]
    if origin is not None:
        lines += [b"Access-Control-Allow-Origin: " + origin, b"Vary: Origin"]
    if status == 407:
        lines.append(b'Proxy-Authenticate: Basic realm="inspector"')
    if not keep:
        lines.append(b"Connection: close")
    return joined(b"HTTP/1.1 %d %b" % (status, _REASONS[status]), lines) + (b"" if bodiless else body)


def readable_by(head: RequestHead, settings: ProxySettings) -> bytes | None:
    """The origin of the page that sent a request, if it is one that may use the proxy."""
    origins = head.values(b"origin")
    allowed = len(origins) == 1 and origins[0].decode("latin-1").lower() in settings.origins
    return origins[0] if allowed else None


def _common(error: BaseException) -> BaseException:
    """asyncio tells of several addresses in one text: the error itself, if all failed in the same way."""
    codes = set(re.findall(r"\[Errno (\d+)\]", str(error)))
    if type(error) is OSError and error.errno is None and len(codes) == 1:
        code = int(codes.pop())
        return OSError(code, os.strerror(code))
    return error


def _os_message(error: BaseException) -> str:
    return str(getattr(error, "strerror", None) or error or type(error).__name__)
