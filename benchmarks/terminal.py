"""A program in a real pseudo-terminal: what it paints, when, and what it costs."""

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import time
from pathlib import Path
from typing import Self

ESCAPE = re.compile(rb"\x1b\[[0-9;:?<>=]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[()][0-9A-B]|\x1b[=>78cM]")


class Terminal:
    """Runs a command at 120x36; use as a context manager. Times are seconds of the wall clock."""

    def __init__(self, command: list[str]) -> None:
        self.master, child = pty.openpty()
        fcntl.ioctl(child, termios.TIOCSWINSZ, struct.pack("HHHH", 36, 120, 0, 0))
        environment = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "120", "LINES": "36"}
        self.started = time.perf_counter()
        self.process = subprocess.Popen(
            command, stdin=child, stdout=child, stderr=child, close_fds=True, start_new_session=True, env=environment
        )
        os.close(child)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        os.close(self.master)

    def type(self, keys: bytes) -> None:
        os.write(self.master, keys)

    def wait_for(self, wanted: bytes, limit: float = 60.0) -> float:
        """Seconds until the painted text holds `wanted`, from now. Raises TimeoutError."""
        start = time.perf_counter()
        painted = b""
        while (left := start + limit - time.perf_counter()) > 0:
            if not select.select([self.master], [], [], left)[0]:
                break
            painted += os.read(self.master, 1 << 16)
            if wanted in ESCAPE.sub(b"", painted):
                return time.perf_counter() - start
        raise TimeoutError(f"{wanted!r} was not painted within {limit} s; last: {ESCAPE.sub(b'', painted)[-300:]!r}")

    def memory(self) -> int:
        """Peak resident bytes of the process so far (Linux)."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        found = re.search(r"VmHWM:\s+(\d+) kB", status)
        return int(found[1]) * 1024 if found else 0
