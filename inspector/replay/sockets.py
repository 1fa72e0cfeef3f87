"""What asyncio does not offer on a connection's socket."""

import asyncio
import socket
import struct
import sys
from typing import Final

_CHECK_S: Final = 0.001


async def until_sent(writer: asyncio.StreamWriter) -> None:
    """Waits until the peer's operating system has everything: a reset throws away what is still on its way.

    Only Linux tells; elsewhere what a slow client has not taken may be lost with the reset.
    """
    await writer.drain()
    while _unsent(writer.get_extra_info("socket")):
        await asyncio.sleep(_CHECK_S)


def reset(writer: asyncio.StreamWriter) -> None:
    """Closes the connection with a TCP RST."""
    linger = struct.pack("hh" if sys.platform == "win32" else "ii", 1, 0)
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    writer.transport.abort()


def _unsent(connection: socket.socket) -> int:
    if sys.platform != "linux":
        return 0
    from fcntl import ioctl
    from termios import TIOCOUTQ

    return int(struct.unpack("i", ioctl(connection.fileno(), TIOCOUTQ, b"\0" * 4))[0])
