"""The loopback: the address that servers of ours listen on, and the Host headers that they accept.

A name that was rebound to 127.0.0.1 reaches such a server from any web page; its Host header gives it away.
"""

import ipaddress
import re
import socket
from typing import Final

LOOPBACK: Final = "127.0.0.1"
HOSTS: Final = (LOOPBACK, "localhost", "[::1]")
HOSTS_IN_WORDS: Final = f"{', '.join(HOSTS[:-1])} or {HOSTS[-1]}"

_HOST = re.compile(r"(\[[^\]]*\]|[^:]*)(?::\d*)?")
_WILDCARDS: Final = ("0.0.0.0", "::")


def is_ours(host: str, address: str = LOOPBACK) -> bool:
    """Whether a Host header, with a port or without, names a server of ours that listens on this address."""
    match = _HOST.fullmatch(host.lower())
    name = match[1] if match else ""
    address = address.lower()
    if name in HOSTS or name.strip("[]") == address:
        return True
    # Whoever listens everywhere cannot list its names; but a rebound one is a name, never an address.
    return address in _WILDCARDS and (_is_address(name.strip("[]")) or name == socket.gethostname().lower())


def url_of(address: str, port: int) -> str:
    """The base URL of an HTTP server that listens there."""
    return f"http://[{address}]:{port}" if ":" in address else f"http://{address}:{port}"


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
