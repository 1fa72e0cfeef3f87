"""What asyncio does not offer on a connection's socket."""

import asyncio
import errno
import select
import socket
import ssl
import struct
import sys
from typing import Final

_CHECK_S: Final = 0.001


def reset(transport: asyncio.BaseTransport) -> None:
    """Closes the connection with a TCP RST."""
    linger = struct.pack("hh" if sys.platform == "win32" else "ii", 1, 0)
    transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    if isinstance(transport, asyncio.WriteTransport):
        transport.abort()


async def until_sent(writer: asyncio.StreamWriter) -> None:
    """Waits until the peer's operating system has everything: a reset throws away what is still on its way."""
    await writer.drain()
    while unsent(writer.transport):
        await asyncio.sleep(_CHECK_S)


def unsent(transport: asyncio.BaseTransport) -> int:
    """How many bytes the peer's operating system does not have yet; only Linux tells, elsewhere 0."""
    if sys.platform != "linux":
        return 0
    from fcntl import ioctl
    from termios import TIOCOUTQ

    connection = transport.get_extra_info("socket")
    return int(struct.unpack("i", ioctl(connection.fileno(), TIOCOUTQ, b"\0" * 4))[0])


def readable(transport: asyncio.BaseTransport) -> bool:
    """Whether there is something to read: bytes, or the end. Only Unix tells, elsewhere False."""
    return bool(_polled(transport, "POLLIN"))


def has_left(transport: asyncio.BaseTransport) -> bool:
    """Whether the peer has closed the connection, also where nobody has read up to that. Only Linux tells for sure."""
    return bool(_polled(transport, "POLLRDHUP"))


def _polled(transport: asyncio.BaseTransport, *events: str) -> list[tuple[int, int]]:
    if not hasattr(select, "poll"):
        return []
    poll = select.poll()
    poll.register(transport.get_extra_info("socket").fileno(), sum(getattr(select, event, 0) for event in events))
    return poll.poll(0)


def listening(address: str, port: int, backlog: int = 1024) -> list[socket.socket]:
    """Sockets that listen on every address that this name has; port 0 is a free one. Raises OSError."""
    found = socket.getaddrinfo(address, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    listeners: list[socket.socket] = []
    try:
        for family, bound_to in dict.fromkeys((family, bound_to) for family, _, _, _, bound_to in found):
            if listeners and port == 0:
                break
            listeners.append(socket.create_server(bound_to[:2], family=family, backlog=backlog))
            listeners[-1].setblocking(False)
    except BaseException:
        for listener in listeners:
            listener.close()
        raise
    return listeners


def connections_possible(files: int, spare: int) -> int:
    """How many connections that take so many files each may be open, with some to spare for everything else."""
    try:
        import resource
    except ImportError:
        return 1 << 30
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return 1 << 30 if soft == resource.RLIM_INFINITY else max(2, (soft - spare) // files)


def why_not_listening(host: str, port: int, error: OSError) -> str:
    """One line for the user whose port cannot be had."""
    if error.errno == errno.EADDRINUSE:
        return f"port {port} is in use: choose another with --port, or 0 for a free one"
    if error.errno == errno.EACCES:
        return f"port {port} is not for everybody: choose one above 1023 with --port, or 0 for a free one"
    return f"cannot listen on {host} port {port}: {(error.strerror or str(error)).lower()}"


def why_not_connected(error: BaseException) -> str:
    """Why no connection could be made, and what to look at, as a clause; of the first cause that tells.

    HTTP libraries wrap what the system says in exceptions of their own, one in the other.
    """
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ConnectionRefusedError):
            return "connection refused: is it running?"
        if isinstance(cause, socket.gaierror):
            return "there is no such host: check the address"
        if isinstance(cause, ssl.SSLError):
            return f"TLS failed: {cause.reason or cause}"
        if isinstance(cause, OSError) and cause.errno in (errno.ENETUNREACH, errno.EHOSTUNREACH):
            return f"{(cause.strerror or str(cause)).lower()}: check the network"
        cause = cause.__cause__ or cause.__context__
    return f"{error}" or type(error).__name__
