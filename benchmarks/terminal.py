"""A program in a real pseudo-terminal: what it paints, when, and what it costs."""

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from pathlib import Path
from statistics import median, quantiles
from typing import Self

ESCAPE = re.compile(rb"\x1b\[[0-9;:?<>=]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[()][0-9A-B]|\x1b[=>78cM]")
INSPECTOR = [sys.executable, "-m", "inspector"]


def figures(seconds: list[float]) -> str:
    """Median, 99th percentile (of a hundred and more) and longest, in ms."""
    p99 = f"p99 {quantiles(seconds, n=100)[98] * 1e3:.0f} ms, " if len(seconds) >= 100 else ""
    return f"median {median(seconds) * 1e3:.0f} ms, {p99}longest {max(seconds) * 1e3:.0f} ms"


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

    def read(self, limit: float) -> bytes:
        """What is painted next, as it came; empty where nothing is within `limit` seconds, or where it has ended."""
        if not select.select([self.master], [], [], max(0.0, limit))[0]:
            return b""
        try:
            return os.read(self.master, 1 << 16)
        except OSError:
            return b""

    def wait_for(self, wanted: bytes, limit: float = 60.0) -> float:
        """Seconds until the painted text holds `wanted`, from now. Raises TimeoutError."""
        start = time.perf_counter()
        painted = b""
        while piece := self.read(start + limit - time.perf_counter()):
            painted += piece
            if wanted in ESCAPE.sub(b"", painted):
                return time.perf_counter() - start
        raise TimeoutError(f"{wanted!r} was not painted within {limit} s; last: {ESCAPE.sub(b'', painted)[-300:]!r}")

    def wait_for_each(self, *wanted: re.Pattern[bytes], limit: float = 60.0) -> list[float]:
        """Seconds until each of these has been painted, from now. Raises TimeoutError."""
        start = time.perf_counter()
        painted = b""
        moments: dict[re.Pattern[bytes], float] = {}
        while piece := self.read(start + limit - time.perf_counter()):
            painted += piece
            text = ESCAPE.sub(b"", painted)
            for pattern in wanted:
                if pattern not in moments and pattern.search(text):
                    moments[pattern] = time.perf_counter() - start
            if len(moments) == len(wanted):
                return [moments[pattern] for pattern in wanted]
        missing = [pattern.pattern for pattern in wanted if pattern not in moments]
        raise TimeoutError(f"{missing} was not painted within {limit} s; last: {ESCAPE.sub(b'', painted)[-300:]!r}")

    def idle(self, seconds: float = 0.5) -> None:
        """Returns once the process has done next to nothing for so long (Linux)."""
        while True:
            before = self.cpu()
            self.settle(seconds)
            time.sleep(seconds)
            if self.cpu() - before < seconds / 5:
                return

    def settle(self, quiet: float = 0.12, limit: float = 20.0) -> float:
        """Seconds from now to the last thing painted before nothing is for `quiet` seconds; 0 where nothing is."""
        start = time.perf_counter()
        last = 0.0
        while self.read(quiet) and last < limit:
            last = time.perf_counter() - start
        return last

    def press(self, keys: bytes, quiet: float = 0.12) -> float:
        """Seconds until all that these keys change has been painted."""
        self.type(keys)
        return self.settle(quiet)

    def memory(self) -> int:
        """Peak resident bytes of the process so far (Linux)."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        found = re.search(r"VmHWM:\s+(\d+) kB", status)
        return int(found[1]) * 1024 if found else 0

    def cpu(self) -> float:
        """Seconds of CPU that the process has taken (Linux)."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
