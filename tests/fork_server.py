"""A process that has imported what our programs import, and becomes one of them whenever it is asked to.

Run as `python -m tests.fork_server DESCRIPTOR`, by `tests.programs`. A program that it becomes is a process of its own with
its own streams, signals and exit status; only the start, most of what a command costs, has been paid already.
"""

import gc
import io
import json
import os
import runpy
import signal
import socket
import sys
import threading
from importlib import import_module
from pkgutil import iter_modules
from typing import Any


def import_all() -> None:
    """What takes long, and what is imported only when it is used."""
    import anthropic

    from inspector import cli

    for module in iter_modules(cli.__path__, f"{cli.__name__}."):
        import_module(module.name)
    for name in (
        "inspector.capture.live",
        "inspector.capture.proxy.server",
        "inspector.replay.server",
        "inspector.web.app",
        "inspector.web.server",
    ):
        import_module(name)
    for client in (anthropic.Anthropic(api_key="none"), anthropic.AsyncAnthropic(api_key="none")):
        assert client.messages
        assert client.beta.messages
    gc.collect()
    gc.freeze()


def next_program(orders: socket.socket) -> dict[str, Any]:
    """Waits for orders for ever; returns, in a new process, with what that one is to be."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    while head := socket.recv_fds(orders, 8, 4):
        size, descriptors = head[0], head[1]
        if not size:
            sys.exit()
        order = json.loads(_exactly(orders, int.from_bytes(size, "big")))
        if not os.fork():
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            pid = os.fork()
            if not pid:
                orders.close()
                return {**order, "descriptors": descriptors}
            # It waits for the program on behalf of who has ordered it, whose child that is not.
            os.write(descriptors[3], pid.to_bytes(8, "big"))
            os.write(descriptors[3], os.waitpid(pid, 0)[1].to_bytes(8, "big"))
            os._exit(0)
        for descriptor in descriptors:
            os.close(descriptor)
    raise AssertionError


def _exactly(stream: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        data += stream.recv(size - len(data))
    return data


def become(program: dict[str, Any]) -> None:
    """Makes this process look as if it had just been started like that."""
    if program["start_new_session"]:
        os.setsid()
    for at, descriptor in enumerate(program["descriptors"][:3]):
        os.dup2(descriptor, at)
    os.closerange(3, 256)
    os.chdir(program["cwd"])
    os.environ.clear()
    os.environ.update(program["env"])
    sys.stdin = sys.__stdin__ = _stream(0, "r", "strict")
    sys.stdout = sys.__stdout__ = _stream(1, "w", "strict")
    sys.stderr = sys.__stderr__ = _stream(2, "w", "backslashreplace")


def _stream(descriptor: int, mode: str, errors: str) -> io.TextIOWrapper:
    line_by_line = mode == "w" and (descriptor == 2 or os.isatty(descriptor))
    return open(descriptor, mode, buffering=1 if line_by_line else -1, encoding="utf-8", errors=errors, closefd=False)  # type: ignore[return-value]


def main() -> None:
    orders = socket.socket(fileno=int(sys.argv[1]))
    import_all()
    assert threading.active_count() == 1, "a process with threads cannot be forked"
    program = next_program(orders)
    become(program)
    first, *arguments = program["arguments"]
    if first == "-m":
        sys.argv = arguments
        runpy.run_module(arguments[0], run_name="__main__", alter_sys=True)
    elif first == "-c":
        sys.argv = ["-c", *arguments[1:]]
        exec(compile(arguments[0], "<string>", "exec"), {"__name__": "__main__"})
    else:
        sys.argv = [first, *arguments]
        sys.path[0] = os.path.dirname(os.path.abspath(first))
        runpy.run_path(first, run_name="__main__")


if __name__ == "__main__":
    main()
