"""A command in the foreground of our terminal: it gets the terminal's signals as if we were not there."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

# What would end us, or what programs give a meaning of their own.
_PASSED_ON = [
    getattr(signal, name)
    for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGUSR1", "SIGUSR2")
    if hasattr(signal, name)
]
_CAN_BLOCK = hasattr(signal, "pthread_sigmask")


@contextmanager
def signals_kept() -> Iterator[None]:
    """Signals wait for `run`. Threads must be started in this context, or they would take them."""
    if not _CAN_BLOCK:
        yield
        return
    signal.pthread_sigmask(signal.SIG_BLOCK, {*_PASSED_ON, signal.SIGCHLD})
    try:
        yield
    finally:
        # What the terminal sent to the command and to us has been dealt with there.
        while pending := signal.sigpending() & set(_PASSED_ON):
            signal.sigwait(pending)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {*_PASSED_ON, signal.SIGCHLD})


def run(
    command: Sequence[str], environment: Mapping[str, str], output: Path | None = None, patience_s: float | None = None
) -> int:
    """The exit status of the command as a shell gives it: 128 + n where signal n ended it.

    Only within `signals_kept`. `output`: a file for stdout and stderr, with no input. `patience_s`: how long the
    command may live on after a signal that was passed on. Raises OSError where it cannot be started.
    """
    if not _CAN_BLOCK:
        return subprocess.call(command, env=environment)
    pid = os.posix_spawnp(command[0], list(command), environment, file_actions=_redirected(output), setsigmask=())
    timer: threading.Timer | None = None
    while True:
        number, both = _next_signal()
        if number == signal.SIGCHLD:
            done, status = os.waitpid(pid, os.WNOHANG)
            if done:
                break
        elif not both:
            with suppress(ProcessLookupError):
                os.kill(pid, number)
            if patience_s is not None and timer is None:
                timer = threading.Timer(patience_s, os.kill, (pid, signal.SIGKILL))
                timer.start()
    if timer:
        timer.cancel()
    code = os.waitstatus_to_exitcode(status)
    return code if code >= 0 else 128 - code


def _next_signal() -> tuple[int, bool]:
    """A signal, and whether the terminal sent it, and so to the command too."""
    awaited = {*_PASSED_ON, signal.SIGCHLD}
    if sys.platform == "linux":
        info = signal.sigwaitinfo(awaited)
        # Above 0: it comes from the kernel, not from a process. See sigaction(2).
        return info.si_signo, info.si_code > 0
    number = signal.sigwait(awaited)
    return number, number in (signal.SIGINT, signal.SIGQUIT) and _in_foreground()


def _in_foreground() -> bool:
    try:
        terminal = os.open("/dev/tty", os.O_RDONLY)
    except OSError:
        return False
    try:
        return os.tcgetpgrp(terminal) == os.getpgrp()
    finally:
        os.close(terminal)


def _redirected(output: Path | None) -> list[tuple[Any, ...]]:
    if output is None:
        return []
    return [
        (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
        (os.POSIX_SPAWN_OPEN, 1, str(output), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600),
        (os.POSIX_SPAWN_DUP2, 1, 2),
    ]
