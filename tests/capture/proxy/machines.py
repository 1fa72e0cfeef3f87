"""What the tests of the machine have in common."""

import re

from inspector.capture.proxy.commands import (
    Command,
)
from tests.capture.proxy.driver import Driver

LIMIT = 256 << 10


FORWARDED = b"GET /base/v1/models HTTP/1.1\r\nHost: upstream:99\r\nVia: 1.1 inspector-1\r\n\r\n"


def types(commands: list[Command]) -> list[type[Command]]:
    return [type(command) for command in commands]


def answered(driver: Driver) -> int:
    """The status of the last thing that the client got, which is an answer of the proxy's own."""
    *_, start = re.finditer(rb"HTTP/1\.1 (\d{3}) ", driver.to_client)
    assert b'\r\n\r\n{"type":"error",' in driver.to_client[start.start() :]
    assert b'"message":"inspector proxy: ' in driver.to_client[start.start() :]
    return int(start[1])
