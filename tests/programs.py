"""Python programs as processes of their own, started at a tenth of the cost: forked from one that has imported everything.

`run` and `Popen` take what subprocess's take. What a test says of the start itself, of imports or of memory needs a
process that was really started: subprocess's.
"""

import atexit
import json
import os
import socket
import subprocess
import sys
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any

INSPECTOR = (sys.executable, "-m", "inspector")
_ROOT = Path(__file__).parents[1]
_one_order = Lock()


@cache
def _server() -> socket.socket:
    ours, its = socket.socketpair()
    with its:
        command = [sys.executable, "-m", "tests.fork_server", str(its.fileno())]
        process = subprocess.Popen(command, cwd=_ROOT, stdin=subprocess.DEVNULL, pass_fds=[its.fileno()])

    def stop() -> None:
        ours.close()
        process.wait()

    atexit.register(stop)
    return ours


class Popen(subprocess.Popen[Any]):
    """A Python program: `[sys.executable, "-m" | "-c" | script, ...]`."""

    def _execute_child(self, args: Any, *more: Any) -> None:
        _, _, _, _, cwd, env, _, _, _, *pipes, _, _, _, _, _, start_new_session, _ = more
        assert args[0] == sys.executable
        order = {
            "arguments": [os.fspath(argument) for argument in args[1:]],
            "env": {
                os.fsdecode(name): os.fsdecode(value) for name, value in (os.environ if env is None else env).items()
            },
            "cwd": os.fspath(cwd or os.getcwd()),
            "start_new_session": start_new_session,
        }
        data = json.dumps(order).encode()
        child_ends = [pipes[0], pipes[3], pipes[5]]
        streams = [at if end == -1 else end for at, end in enumerate(child_ends)]
        self._status, theirs = socket.socketpair()
        with theirs, _one_order:
            socket.send_fds(_server(), [len(data).to_bytes(8, "big")], [*streams, theirs.fileno()])
            _server().sendall(data)
        self.pid = int.from_bytes(self._status.recv(8), "big")
        self._child_created = True
        self._close_pipe_fds(*pipes)

    def _try_wait(self, flags: int) -> tuple[int, int]:
        if self.returncode is not None:
            return self.pid, self.returncode
        self._status.setblocking(flags != os.WNOHANG)
        try:
            status = self._status.recv(8)
        except BlockingIOError:
            return 0, 0
        self._status.close()
        return self.pid, int.from_bytes(status, "big")

    def _internal_poll(self, *_: Any, **__: Any) -> int | None:
        if self.returncode is None:
            with self._waitpid_lock:
                pid, status = self._try_wait(os.WNOHANG)
                if pid:
                    self._handle_exitstatus(status)
        return self.returncode


def run(
    command: Any,
    *,
    input: Any = None,
    capture_output: bool = False,
    timeout: float | None = None,
    check: bool = False,
    **more: Any,
) -> "subprocess.CompletedProcess[Any]":
    """As subprocess.run."""
    if capture_output:
        more |= {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    if input is not None:
        more["stdin"] = subprocess.PIPE
    with Popen(command, **more) as process:
        try:
            out, err = process.communicate(input, timeout)
        except BaseException:
            process.kill()
            raise
    done = subprocess.CompletedProcess(command, process.returncode, out, err)
    if check:
        done.check_returncode()
    return done
