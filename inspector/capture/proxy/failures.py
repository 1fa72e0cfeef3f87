"""What can go wrong with an upstream, and what the client and the recording are told of it."""

import os
import re
import socket
import ssl
from dataclasses import dataclass

from inspector.protocol import error_type_for_status
from inspector.recording import EndReason
from inspector.text.json_text import dumps


@dataclass(frozen=True)
class Failure:
    """`status`: of the answer to the client, if it has none yet. `kind`, `told`: for the recording and the message."""

    reason: EndReason
    status: int
    kind: str
    told: str

    @property
    def error(self) -> tuple[str, str]:
        return self.kind, self.told


def connecting(error: BaseException, seconds: float) -> Failure:
    """The connection could not be made."""
    error = _common(error)
    kind = type(error).__name__
    if isinstance(error, TimeoutError):
        return Failure("timeout", 504, "ConnectTimeout", f"no connection within {seconds:g} s")
    if isinstance(error, socket.gaierror):
        return Failure("error", 502, kind, f"its name cannot be resolved ({_os_message(error)})")
    if isinstance(error, ssl.SSLCertVerificationError):
        return Failure("error", 502, kind, f"its certificate is not trusted ({error.verify_message})")
    if isinstance(error, ssl.SSLError):
        return Failure("error", 502, kind, f"it does not speak TLS as it should ({error.reason or error})")
    if isinstance(error, ConnectionRefusedError):
        return Failure("error", 502, kind, "it refused the connection")
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
    return Failure("timeout", 504, "ResponseTimeout", f"the head of its response was not there after {seconds:g} s")


def garbled(why: str) -> Failure:
    return Failure("error", 502, "ProtocolError", f"it did not send an HTTP/1.1 response: {why}")


def error_body(status: int, message: str) -> bytes:
    """An error of the proxy's own, in the shape of the API's and with its author's name in it."""
    error = {"type": error_type_for_status(status), "message": f"inspector proxy: {message}"}
    return dumps({"type": "error", "error": error})


def _common(error: BaseException) -> BaseException:
    """asyncio tells of several addresses in one text: the error itself, if all failed in the same way."""
    codes = set(re.findall(r"\[Errno (\d+)\]", str(error)))
    if type(error) is OSError and error.errno is None and len(codes) == 1:
        code = int(codes.pop())
        return OSError(code, os.strerror(code))
    return error


def _os_message(error: BaseException) -> str:
    return str(getattr(error, "strerror", None) or error or type(error).__name__)
