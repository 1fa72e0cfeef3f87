"""Whether a recording is still being written: whoever writes it holds an advisory lock, which ends with its process.

The lock stands in no file: a recording is the same with it and without it. Where there are no such locks (Windows,
some network file systems) nothing counts as being written.
"""

from contextlib import suppress


def hold(fd: int) -> None:
    """Holds the lock for as long as the file is open. Never raises: a recording goes on without it."""
    with suppress(ImportError, OSError):
        import fcntl

        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)


def is_held(fd: int) -> bool:
    """Whether somebody else has the file open and writes it."""
    with suppress(ImportError, OSError):
        import fcntl

        try:
            fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        fcntl.flock(fd, fcntl.LOCK_UN)
    return False
