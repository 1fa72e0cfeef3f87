"""What the installed SDK yields for a recording: found out by a child process, as importing the SDK takes seconds."""

import subprocess
import sys
from threading import Thread
from typing import Any

import orjson


class SdkRun:
    """One run of `inspector show --sdk`; `report` is there when it has ended well, `problem` says why it has not."""

    def __init__(self, path: str, number: int | None) -> None:
        self.report: dict[str, Any] | None = None
        self.problem = ""
        self._number = number
        self._process = subprocess.Popen(
            [sys.executable, "-m", "inspector", "show", "--sdk", "--format", "json", path],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        self._reader = Thread(target=self._read, name="SDK view", daemon=True)
        self._reader.start()

    @property
    def running(self) -> bool:
        """Whether it has neither ended nor failed."""
        return self.report is None and not self.problem

    def stop(self) -> None:
        """Ends it if it still runs."""
        if self._process.poll() is None:
            self._process.kill()
        self._reader.join(1)

    def _read(self) -> None:
        output, errors = self._process.communicate()
        lines = errors.decode("utf-8", "replace").strip().splitlines()
        try:
            self.report = orjson.loads(output.splitlines()[(self._number or 1) - 1])["sdk"]
        except (IndexError, KeyError, orjson.JSONDecodeError):
            self.problem = lines[-1] if lines else "the child process gave no report"
