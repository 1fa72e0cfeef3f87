import os
import tempfile
from contextlib import ExitStack
from typing import BinaryIO, cast

from inspector.convert.format import Imported
from inspector.timeline import Exchange


class Arriving:
    """An exchange that comes through a pipe, written into a temporary recording while it comes.

    `pump` does that until the pipe ends, and closes what `source` holds. It raises nothing: what keeps it from going
    on becomes a note of the exchange.
    """

    def __init__(self, name: str, imported: Imported, source: ExitStack) -> None:
        # No buffer, and a descriptor of its own: whoever shows the exchange may close it at any time.
        file = cast(BinaryIO, tempfile.TemporaryFile("w+b", buffering=0))  # noqa: SIM115
        self.exchange = Exchange(file, name)
        self.exchange.import_notes = imported.notes
        self.exchange.temporary = True
        self.exchange.still_arriving = lambda: not self._arrived
        self._imported = imported
        self._source = source
        self._fd = os.dup(file.fileno())
        self._arrived = False

    def pump(self) -> None:
        try:
            with self._source:
                for line in self._imported.lines:
                    view = memoryview(line)
                    while view:
                        view = view[os.write(self._fd, view) :]
        except OSError as error:
            self._imported.notes.append(f"what follows could not be read or kept: {error.strerror or error}")
        finally:
            os.close(self._fd)
            self._arrived = True
