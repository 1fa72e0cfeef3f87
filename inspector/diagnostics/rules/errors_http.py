"""E: errors by their HTTP status, and what is said about when to ask again."""

from collections.abc import Iterator
from typing import Any, Final

from inspector.diagnostics.finding import Problem, Severity, define
from inspector.diagnostics.rules.errors import error_words, said
from inspector.diagnostics.stream import Stream
from inspector.protocol import ERRORS, error_type_for_status
from inspector.protocol.retry_after import LONGEST_S, date_of, retry_after
from inspector.protocol.source import SDK_CODE, SDK_RETRIES
from inspector.text.json_text import loads_or
from inspector.text.wording import clip, counted, duration, quoted

_LARGEST_ERROR_BODY: Final = 1 << 20

E06 = define(
    "E06", "HTTP error instead of an answer", "error",
    what="""
        The response has a status of 400 or more; or a file holds an error body alone, whose status nobody knows. Where
        a request only asks whether somebody is there (HEAD), anything below 500 says so, and is an info.
        """,
    why="There is no answer. Some of these errors go away by themselves, others never do.",
    example='529 with {"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}',
    fix="""
        Retry 408, 409, 429 and 5xx, after retry-after if it says so; mend the request for the others. Report the
        request-id with it.
        """,
    python="""
        Raises the class of the status (BadRequestError, RateLimitError, OverloadedError, …); 408, 409, 429 and 5xx are
        retried first, max_retries times.
        """,
    typescript="Throws the class of the status; retried as in Python.",
    scope="exchange",
    sources=(SDK_RETRIES,),
)  # fmt: skip


@E06.on("end")
def _http_error(stream: Stream) -> Iterator[Problem]:
    status = stream.status
    if (lone := stream.lone_error) is not None:
        yield _saved_alone(stream, lone)
        return
    if status is None or status < 400:
        return
    data = _small_body(stream)
    kind, message = error_words(data)
    words = [f"HTTP {status} {kind or error_type_for_status(status)}{said(message, data)}"]
    for name in ("request-id", "retry-after", "x-should-retry", "anthropic-ratelimit-requests-reset"):
        if value := stream.response_header(name):
            told = _told(value, _now(stream)) if name == "retry-after" else ""
            words.append(f", {name} {clip(value, 40)}{told}")
    fix = None
    severity: Severity | None = None
    if stream.exchange.is_health_check and status < 500:
        severity, fix = "info", "Nothing: the server is there, and that is all that was asked."
    elif "enforced_spend_limit_reached" in repr(data):
        fix = (
            "The spend limit of the workspace or organisation is reached: raise it in the console. A retry is useless."
        )
    elif status == 401 and "CORS" in message:
        fix = "The organisation does not allow requests from browsers: call the API from your server."
    yield Problem("".join(words), None, severity, fix=fix, t_ns=stream.ttfb_ns)


def _saved_alone(stream: Stream, data: dict[str, Any]) -> Problem:
    kind, message = error_words(data)
    entry = ERRORS.get(kind)
    status = f"; as a response its status is {entry.status}" if entry and entry.status else ""
    what = f"an error body that was saved alone{status}: {kind or 'an error without a type'}{said(message, data)}"
    return Problem(what, stream.last, python=entry.python if entry else None)


def _small_body(stream: Stream) -> Any:
    if sum(stream.index.size) + len(stream.index.tail) > _LARGEST_ERROR_BODY:
        return None
    return loads_or(stream.exchange.body())


E07 = define(
    "E07", "This is a retry", "info",
    what="""
        The request says that attempts before it failed (x-stainless-retry-count), or it was recorded as a later
        attempt.
        """,
    why="What the user waited for is the sum of all attempts and the pauses between them.",
    example="x-stainless-retry-count: 2",
    fix="Look at the earlier attempts for the cause. Only failures before the headers are retried by the SDK.",
    python="Retries up to max_retries (2) times, 0.5 s to 8 s apart or as retry-after says.",
    typescript="As in Python.",
    scope="exchange",
    sources=(SDK_CODE,),
)  # fmt: skip


@E07.on("end")
def _retried(stream: Stream) -> Iterator[Problem]:
    count = stream.exchange.header("x-stainless-retry-count")
    attempt = stream.source.get("attempt")
    retries = int(count) if count.isdecimal() and len(count) < 9 else 0
    if isinstance(attempt, int) and not isinstance(attempt, bool):
        retries = max(retries, attempt - 1)
    if retries:
        yield Problem(f"attempt {retries + 1:,}: {counted(retries, 'attempt')} before it failed")


E11 = define(
    "E11", "retry-after that is not followed", "warn",
    what="""
        A response that the SDKs retry has a retry-after that is neither whole seconds nor a date of HTTP. A date that
        is over, and a wait of more than a minute, are infos.
        """,
    why="""
        Who ignores it asks again within a second, and gets the next refusal; who takes it for something else, or for
        what it says, may wait for hours without a word.
        """,
    example="retry-after: 30s",
    fix="Servers: send whole seconds, or a date as HTTP has it: Thu, 26 Nov 2026 08:00:00 GMT.",
    python="Waits for what float() or the e-mail package makes of it, else 0.5 s to 8 s.",
    typescript="Waits for what parseFloat() or Date.parse() makes of it, else 0.5 s to 8 s.",
    scope="exchange",
    sources=(SDK_RETRIES,),
)  # fmt: skip
_OWN_PAUSE: Final = "takes a pause of its own, 0.5 s to 8 s"
_LONG_S: Final = 60


@E11.on("end")
def _not_followed(stream: Stream) -> Iterator[Problem]:
    value = stream.response_header("retry-after")
    if not value or not _is_retried(stream) or retry_after(stream.response_header("retry-after-ms"), None).python_s:
        return
    now = _now(stream)
    said = retry_after(value, now)
    severity: Severity | None = "info"
    if said.kind == "nonsense":
        if said.python_s == said.typescript_s is not None:
            # A fraction of a second is no HTTP, but is taken.
            return
        what, severity = f"retry-after {quoted(value, 40)} is neither whole seconds nor a date of HTTP", None
    elif said.told_s is None:
        return
    elif said.kind == "date" and said.told_s <= 0:
        what = f"the date of retry-after was over by {duration(-said.told_s * 1e9)} when it came"
    elif said.told_s > _LONG_S:
        what = f"retry-after asks for {_long(said.told_s)}"
        severity = "warn" if said.told_s > LONGEST_S else "info"
    else:
        return
    python, typescript = (
        f"Waits for {_long(wait)} before it asks again." if wait else f"Ignores it: it {_OWN_PAUSE}."
        for wait in (said.python_s, said.typescript_s)
    )
    fix = (
        "Nothing, if you can wait: else lower max_retries, and retry by yourself." if said.kind != "nonsense" else None
    )
    yield Problem(what, None, severity, fix, python, typescript, stream.ttfb_ns)


def _is_retried(stream: Stream) -> bool:
    """Whether the SDKs ask again after such a response, as long as max_retries allows."""
    if stream.status is None or stream.status < 400:
        return False
    told = stream.response_header("x-should-retry")
    return told == "true" or (told != "false" and (stream.status in (408, 409, 429) or stream.status >= 500))


def _now(stream: Stream) -> float | None:
    """When the response came, in seconds since 1970: by our clock, in what others recorded by the server's."""
    if stream.is_import:
        return date_of(stream.response_header("date"))
    began = stream.began_s
    return None if began is None or stream.ttfb_ns is None else began + stream.ttfb_ns / 1e9


def _told(value: str, now: float | None) -> str:
    """How long a date of retry-after asks to wait, "" for anything else."""
    said = retry_after(value, now)
    if said.kind != "date" or said.told_s is None:
        return ""
    return f" (in {_long(said.told_s)})" if said.told_s > 0 else f" (over by {duration(-said.told_s * 1e9)})"


def _long(wait_s: float) -> str:
    """A wait in the unit that people think in."""
    if wait_s < 2 * 60:
        return duration(wait_s * 1e9)
    size, unit = next(
        ((size, unit) for size, unit in ((86400, "day"), (3600, "hour")) if wait_s >= 2 * size), (60, "minute")
    )
    return counted(round(wait_s / size), unit)
