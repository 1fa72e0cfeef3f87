"""A terminal that goes away ends the program, whatever it is doing."""

import os
import pty
import subprocess
import sys
from pathlib import Path
from select import select
from threading import Thread
from typing import Any, cast

import pytest
from textual.drivers._writer_thread import WriterThread

from inspector.recording.folders import shipped
from inspector.tui.driver import DroppingFile
from tests.support import LIMIT_S

_ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("keys", [b"", b">>>>>>>>> "], ids=["idle", "playing"])
@pytest.mark.parametrize("seamless", [True, False])
def test_it_ends_with_its_terminal(keys: bytes, seamless: bool) -> None:
    path = shipped()["plain-text"]
    master, slave = pty.openpty()
    # No controlling terminal, so nobody sends a SIGHUP.
    command = [sys.executable, "-m", "inspector", "open", *([] if seamless else ["--follow"]), str(path)]
    environment = {**os.environ, "TERM": "xterm-256color", "PYTHONPATH": str(_ROOT), "COLUMNS": "120", "LINES": "36"}
    process = subprocess.Popen(
        command, stdin=slave, stdout=slave, stderr=slave, env=environment, start_new_session=True
    )
    os.close(slave)
    try:
        painted = b""
        while b"complete" not in painted:
            assert select([master], [], [], LIMIT_S)[0]
            painted += os.read(master, 1 << 16)
        os.write(master, keys)
        os.close(master)
        assert process.wait(LIMIT_S) in (0, 1)
    finally:
        process.kill()
        process.wait()


def test_what_a_dead_terminal_does_not_take_is_dropped() -> None:
    master, slave = pty.openpty()
    with open(slave, "w") as file:
        writer = WriterThread(cast(Any, DroppingFile(file)))
        writer.start()
        os.close(master)

        def write() -> None:
            # More than the queue holds: if nobody takes them, this never ends.
            for _ in range(200):
                writer.write("painted")
            writer.stop()

        writing = Thread(target=write, daemon=True)
        writing.start()
        writing.join(LIMIT_S)
        assert not writing.is_alive()
        try:
            file.close()
        except OSError:
            pass
