"""What a live request asks, apart from who sends it: importing this imports no SDK."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class LiveRequest:
    """What to ask, and of whom. `body` holds any fields of a Messages request, `timeout_s` is for each read."""

    body: dict[str, Any]
    betas: tuple[str, ...] = ()
    base_url: str | None = None
    timeout_s: float | None = None
