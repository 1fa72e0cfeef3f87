"""Times as logs write them: in front of a line, or as a member of a JSON object."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, Final

_DAY: Final = 86_400_000_000_000
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
# Names of members that hold when a line was written, the more certain first.
_NAMES: Final = (
    "timestamp", "@timestamp", "@t", "time", "ts", "t", "datetime", "date", "asctime", "created_at", "created",
    "eventtime", "receivetimestamp", "ingestiontime", "__realtime_timestamp", "_time", "at", "when",
)  # fmt: skip
_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_STAMP: Final = re.compile(
    rb"(?:(?P<date>\d{4}[-/]\d\d[-/]\d\d)[T ]|(?P<month>[A-Z][a-z]{2}) +(?P<day>\d{1,2}) )?"
    rb"(?<!\d)(?P<h>\d{1,2}):(?P<m>\d\d):(?P<s>\d\d)(?:[.,](?P<f>\d{1,9}))?(?!\d)(?: ?(?P<z>Z|[+-]\d\d:?\d\d)\b)?"
)
# Seconds or milliseconds since 1970, or seconds since the start, as `ts -s` and `dmesg` write them.
_NUMBER: Final = re.compile(rb"[\[(]?\s*(?P<n>1\d{9}(?:\d{3}|\.\d+)|\d{1,7}\.\d{3,9})[\])]?(?:\s|\||:|$)")
_LONGEST_PREFIX: Final = 200


class Moments:
    """Makes times of one log comparable: nanoseconds since the first that was given."""

    def __init__(self) -> None:
        self._first: int | None = None
        self._last = 0

    def since_first(self, moment: int | None) -> int | None:
        """A moment's distance; that of the last one where there is none, and never less. None before the first."""
        if moment is None:
            return None if self._first is None else self._last
        if self._first is None:
            self._first = moment
        t_ns = moment - self._first
        if t_ns < -_DAY // 2 and moment < _DAY:
            # Times without a date, past midnight.
            t_ns += _DAY
        self._last = max(self._last, t_ns)
        return self._last


def moment_in(prefix: bytes) -> int | None:
    """The time in what stands before an event in a line, in nanoseconds since 1970 or midnight; None where none does.

    One that only has whole seconds is none: nothing can be told from it.
    """
    prefix = prefix[:_LONGEST_PREFIX]
    for found in _STAMP.finditer(prefix):
        if found["f"]:
            return _stamp(found)
    if number := _NUMBER.match(prefix.lstrip()):
        return moment_of(float(number["n"])) if b"." in number["n"] else moment_of(int(number["n"]))
    return None


def moment_of(value: Any) -> int | None:
    """The time that a JSON value is, in nanoseconds since 1970 or another start; None where it is none."""
    if isinstance(value, str):
        if value.replace(".", "", 1).isdecimal() and value.isascii():
            return moment_of(float(value) if "." in value else int(value))
        found = _STAMP.match(value.encode())
        return _stamp(found) if found and found["f"] else None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1e20:
        return None
    if isinstance(value, float):
        # Milliseconds may have a fraction, too.
        return round(value * (1e9 if value < 1e11 else 1e6))
    for digits, scale in ((12, 1_000_000), (15, 1_000), (18, 1)):
        if 10**digits <= value < 10 ** (digits + 3):
            return value * scale
    return None


def time_key(values: Mapping[str, Any]) -> str | None:
    """The member that holds when a log's line was written, None where none does."""
    found = {name.lower(): name for name, value in values.items() if moment_of(value) is not None}
    return next((found[name] for name in _NAMES if name in found), None)


@lru_cache(maxsize=64)
def _day(date: bytes | None, month: bytes | None, day: bytes | None) -> timedelta:
    """How long after the epoch a day began. Lines of a log share theirs. Raises ValueError where there is none."""
    if date:
        return datetime.strptime(date.decode().replace("/", "-"), "%Y-%m-%d").replace(tzinfo=UTC) - _EPOCH
    if month and (name := month.decode().lower()) in _MONTHS:
        # Which year does not matter: what counts is how far two lines are apart.
        return datetime(1972, _MONTHS.index(name) + 1, int(day or b"0"), tzinfo=UTC) - _EPOCH
    return timedelta()


def _stamp(found: re.Match[bytes]) -> int | None:
    try:
        within = timedelta(hours=int(found["h"]), minutes=int(found["m"]), seconds=int(found["s"]))
        moment = _day(found["date"], found["month"], found["day"]) + within
        zone = (found["z"] or b"Z").decode().replace(":", "")
        if zone != "Z":
            shift = timedelta(hours=int(zone[1:3]), minutes=int(zone[3:5]))
            moment -= shift if zone[0] == "+" else -shift
    except ValueError:
        return None
    fraction = int((found["f"] or b"0").ljust(9, b"0"))
    return (moment.days * 86_400 + moment.seconds) * 1_000_000_000 + fraction
