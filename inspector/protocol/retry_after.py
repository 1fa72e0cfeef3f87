"""What a retry-after header says, and how long the two SDKs wait for it before they ask again.

Tried on anthropic-python 2.12.0 (`_parse_retry_after_header`) and @anthropic-ai/sdk 1.14.0 (`retryRequest`) by
tests/protocol/test_retry_after.py and docs/sdk-behaviour.md. RFC 9110, 10.2.3: whole seconds, or a date of HTTP.
"""

import re
from email.utils import mktime_tz, parsedate_to_datetime, parsedate_tz
from typing import Final, Literal, NamedTuple

LONGEST_S: Final = 4_294_967.0
"""No longer does the Python SDK wait (2**32 ms)."""
_LONGEST_TIMER_S: Final = (2**31 - 1) / 1000
_SECONDS: Final = re.compile(r"[0-9]+")
# What parseFloat() reads of a text.
_LEADING_NUMBER: Final = re.compile(r"\s*([+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)")


class RetryAfter(NamedTuple):
    """A header's value: what `kind` of value it is, `told_s` how many seconds it asks for, None where nobody can say.

    `python_s` and `typescript_s` are what the SDKs wait, None where they take a pause of their own (0.5 s to 8 s).
    """

    kind: Literal["seconds", "date", "nonsense"]
    told_s: float | None
    python_s: float | None
    typescript_s: float | None


def retry_after(value: str, now: float | None) -> RetryAfter:
    """Reads the value of a header that came at `now` (seconds since 1970, None where unknown). Never raises."""
    date = date_of(value)
    left = date - now if date is not None and now is not None else None
    number = _number(value)
    python = number if number is not None else left
    leading = _LEADING_NUMBER.match(value)
    typescript = float(leading[1]) if leading else left
    if _SECONDS.fullmatch(value):
        kind: Literal["seconds", "date", "nonsense"] = "seconds"
    else:
        kind = "date" if date is not None and number is None and _is_standard(value) else "nonsense"
    return RetryAfter(
        kind,
        float(value) if kind == "seconds" else left if kind == "date" else None,
        min(python, LONGEST_S) if python is not None and python > 0 else None,
        typescript if typescript is not None and 0 < typescript <= _LONGEST_TIMER_S else None,
    )


def _number(value: str) -> float | None:
    try:
        return float(value)
    except ValueError:
        return None


def date_of(value: str) -> float | None:
    """A date as HTTP or e-mail has it, as Python reads it, in seconds since 1970; None where it is none."""
    try:
        parts = parsedate_tz(value)
        return None if parts is None else mktime_tz(parts)
    except (ValueError, OverflowError, IndexError, TypeError):
        return None


def _is_standard(value: str) -> bool:
    try:
        return value[:3].isalpha() and parsedate_to_datetime(value) is not None
    except (ValueError, OverflowError, IndexError, TypeError):
        return False
