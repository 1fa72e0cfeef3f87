"""Server-sent events: bytes to frames and back, exactly as the WHATWG standard says.

Push-based ('sans I/O'): no network and no clock in here.
Source: https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

from inspector.sse.decoder import Decoder
from inspector.sse.encoder import encode
from inspector.sse.frame import Frame

__all__ = ["Decoder", "Frame", "encode"]
