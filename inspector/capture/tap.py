"""`inspector.tap`: records what an SDK client of the application streams."""

import logging
import threading
from inspect import iscoroutinefunction
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from weakref import WeakKeyDictionary

from inspector.capture.capture import Capture
from inspector.capture.recorder import RETRY_COUNT, attempt_of
from inspector.capture.safe_recorder import BATCH_NS
from inspector.capture.tee import attach
from inspector.recording import Writer
from inspector.recording.folders import new_recording

if TYPE_CHECKING:
    import httpx2

_Client = TypeVar("_Client")
_log = logging.getLogger("inspector")
_tapped: "WeakKeyDictionary[httpx2.Client | httpx2.AsyncClient, set[Path]]" = WeakKeyDictionary()


def tap(client: _Client, folder: str | Path) -> _Client:
    """Records every exchange of an SDK client into a folder, one file each, and returns the same client.

    For `Anthropic`, `AsyncAnthropic`, their Bedrock and Vertex kin, and whatever is copied from them with
    `with_options`. Below the SDK, on the response's byte stream: the application sees what it would have seen. Whatever
    goes wrong in here, its streams go on, and one warning is logged (logger `inspector`).
    """
    tapped = _Tap(Path(folder).absolute())
    try:
        http: Any = getattr(client, "_client", client)
        folders = _tapped.setdefault(http, set())
        if tapped.folder not in folders:
            attach(http, tapped.begin, iscoroutinefunction(getattr(client, "request", None)))
            folders.add(tapped.folder)
    except Exception as error:  # noqa: BLE001 the application must go on
        tapped.lost(error)
    return client


class _Tap:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._warned = False
        self._warning = threading.Lock()

    def begin(self, request: "httpx2.Request") -> Capture | None:
        """A capture for the exchange that this request begins. Where a token is the reply, none."""
        if request.url.path.endswith("/oauth/token"):
            return None
        try:
            attempt = attempt_of(request.headers.get(RETRY_COUNT, ""))
            path = new_recording(self.folder)
            writer = Writer.create(path, {"kind": "tap", "clock": "pull", "attempt": attempt})
        except Exception as error:  # noqa: BLE001
            self.lost(error)
            return None
        return Capture(writer, self.lost, batch_ns=BATCH_NS)

    def lost(self, error: Exception) -> None:
        """Logs a warning, once for a tap."""
        with self._warning:
            if self._warned:
                return
            self._warned = True
        _log.warning("nothing more of this is recorded in %s, the application goes on: %r", self.folder, error)
