"""The loopback: the address that servers of ours listen on, and which requests they accept.

Any web page can reach such a server from the user's browser. What gives it away: the Host header, where a name was
rebound to 127.0.0.1; Origin and Sec-Fetch-Site, where the page is that of another site.
"""

import ipaddress
import re
import socket
from collections.abc import Callable, Collection, Iterable
from typing import Final
from urllib.parse import urlsplit

LOOPBACK: Final = "127.0.0.1"
HOSTS: Final = (LOOPBACK, "localhost", "[::1]")
HOSTS_IN_WORDS: Final = f"{', '.join(HOSTS[:-1])} or {HOSTS[-1]}"

_OWN_SITES: Final = ("same-origin", "none")
_HOST = re.compile(r"(\[[^\]]*\]|[^:]*)(?::\d*)?")
_WILDCARDS: Final = ("0.0.0.0", "::")


def why_refused(
    values: Callable[[str], Iterable[str]], address: str = LOOPBACK, origins: Collection[str] = ()
) -> str | None:
    """Why a server of ours that listens on this address does not take a request; None where it does.

    `values` gives the values of all header fields with a name, which is in lower case. `origins`: of pages elsewhere
    that may use the server, as `origin_of` gives them.
    """
    hosts = [*values("host")]
    if not all(is_ours(host, address) for host in hosts):
        return f"the Host must be {HOSTS_IN_WORDS}"
    allowed = False
    for origin in values("origin"):
        if origin.lower() in origins:
            allowed = True
        elif not any(_is_page_of(host, origin) for host in hosts):
            return "pages of another origin may not use it"
    # Images, forms and the like of other sites need not send an Origin.
    if not allowed and any(site.lower() not in _OWN_SITES for site in values("sec-fetch-site")):
        return "pages of another site may not use it"
    return None


def origin_of(text: str) -> str:
    """An origin as browsers write it: `scheme://host`, with a port that is not the scheme's. Raises ValueError."""
    parts = urlsplit(text.strip().lower())
    try:
        port = parts.port
    except ValueError:
        port = -1
    beside = parts.path not in ("", "/") or "@" in parts.netloc or parts.query or parts.fragment
    if not parts.scheme or not parts.hostname or beside or port == -1:
        raise ValueError(f"{text!r} is no origin")
    is_usual = port == {"http": 80, "https": 443}.get(parts.scheme)
    return f"{parts.scheme}://{parts.netloc.removesuffix(f':{port}') if is_usual else parts.netloc}"


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


def _is_page_of(host: str, origin: str) -> bool:
    # Whatever the scheme: a reverse proxy in front of the server may speak TLS.
    try:
        return urlsplit(origin).netloc.lower() == host.lower()
    except ValueError:
        return False


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
