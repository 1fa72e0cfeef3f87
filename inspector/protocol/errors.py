"""The error types, of an HTTP error response and of an error event alike."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from inspector.protocol import source
from inspector.protocol.entry import Entry, error_event, prose, table

_BODY = (
    ("error.type", "this value"),
    ("error.message", "for people; do not match on it"),
    ("error.details.error_code", "stable name of the cause, if there is one"),
    ("request_id", "id for a support case; also the request-id header"),
)
_IN_STREAM = "As an error event in a stream: plain APIStatusError with status_code 200 and this .type, not retried."
_RETRIED = "The SDK retries the status before it raises (max_retries, 2 by default)."


def _python(exception: str, more: str, in_stream: bool = True) -> str:
    return f"As an HTTP status: anthropic.{exception}. {more}{f' {_IN_STREAM}' if in_stream else ''}"


ERRORS: Mapping[str, Entry] = table(
    Entry(
        name="invalid_request_error",
        group="error",
        summary="400: the request is malformed or breaks a rule",
        explanation=prose(
            """
            Something in the body is wrong, and the message says what and where, often with a path such as
            messages.3.content.0. Frequent causes: a tool_use without its tool_result, a thinking block without a valid
            signature, a parameter that the model does not support, more input than the context window holds, and also a
            spend limit that you have set yourself.

            The same request fails again, so do not retry it; fix it. Statuses in the 400s that have no type of their
            own use this one.
            """
        ),
        example=error_event("invalid_request_error", "messages.1: tool_use without a tool_result"),
        fields=_BODY,
        python=_python(
            "BadRequestError", "Not retried. An error_code selects a subclass, such as ToolNameConflictError."
        ),
        see=("request_too_large", "signature_delta", "error"),
        status=400,
    ),
    Entry(
        name="authentication_error",
        group="error",
        summary="401: the API key is missing, wrong or revoked",
        explanation=prose(
            """
            Check which key is sent, and how. anthropic-python from 2.0 on sends it as Authorization: Bearer and no
            longer as x-api-key, which gateways that look for the latter answer with a 401. In a browser a 401 may also
            mean that the organisation does not allow requests from there.
            """
        ),
        example=error_event("authentication_error", "invalid bearer token"),
        fields=_BODY,
        python=_python("AuthenticationError", "Not retried."),
        see=("permission_error", "billing_error", "error"),
        status=401,
    ),
    Entry(
        name="billing_error",
        group="error",
        summary="402: a problem with payment",
        explanation=prose(
            """
            The account cannot be charged as it stands. Nothing in the request helps; somebody has to look at the
            billing page of the console.
            """
        ),
        example=error_event("billing_error", "Your payment method was declined."),
        fields=_BODY,
        python=_python("PaymentRequiredError", "Not retried."),
        see=("rate_limit_error", "permission_error"),
        status=402,
    ),
    Entry(
        name="permission_error",
        group="error",
        summary="403: the key is valid but may not do this",
        explanation=prose(
            """
            The key is known and lacks the right: a model that the organisation has no access to, a workspace of
            somebody else, a feature that an administrator has switched off.
            """
        ),
        example=error_event("permission_error", "Your API key may not use the requested model."),
        fields=_BODY,
        python=_python("PermissionDeniedError", "Not retried."),
        see=("authentication_error", "not_found_error"),
        status=403,
    ),
    Entry(
        name="not_found_error",
        group="error",
        summary="404: no such model, file or path",
        explanation=prose(
            """
            Most often a misspelt or retired model; the message then reads model: and the name. With a gateway it is
            frequently the base URL: the SDK appends /v1/messages to it, so a base that already ends in /v1 doubles it.
            """
        ),
        example=error_event("not_found_error", "model: claude-sonet-4-6"),
        fields=_BODY,
        python=_python("NotFoundError", "Not retried."),
        see=("permission_error", "invalid_request_error"),
        status=404,
    ),
    Entry(
        name="conflict_error",
        group="error",
        summary="409: the request contradicts the present state of a resource",
        explanation=prose(
            """
            Something was changed by somebody else meanwhile, or a name that must be unique is taken. Read the state
            again and decide anew. Requests to /v1/messages hardly ever meet it.
            """
        ),
        example=error_event("conflict_error", "The resource was modified concurrently."),
        fields=_BODY,
        python=_python("ConflictError", _RETRIED),
        see=("memory_precondition_failed_error", "memory_path_conflict_error"),
        status=409,
    ),
    Entry(
        name="request_too_large",
        group="error",
        summary="413: the request body has too many bytes",
        explanation=prose(
            """
            The limit is in bytes (32 MB for messages), not in tokens; images and PDFs in base64 are what reaches it.
            Upload them with the Files API and refer to them by id. The edge in front of the API gives this answer, and
            a gateway of your own may have a lower limit and answer 413 with a body of another shape.
            """
        ),
        example=error_event("request_too_large", "Request exceeds the maximum size"),
        fields=_BODY,
        python=_python("ContentTooLargeError", "Not retried. The SDK's ErrorType does not list this type."),
        see=("invalid_request_error", "model_context_window_exceeded"),
        status=413,
    ),
    Entry(
        name="rate_limit_error",
        group="error",
        summary="429: too many requests or tokens in too short a time",
        explanation=prose(
            """
            The headers tell more than the body: retry-after says how long to wait, and anthropic-ratelimit-… which of
            the limits (requests, input tokens, output tokens) is used up and when it is full again. Wait that long; do
            not hammer.

            Some cases do not pass by waiting: with error_code enforced_spend_limit_reached or
            contract_spend_limit_reached the budget is used up, and without retry-after there is nothing to wait for.
            ramp_limit_exceeded says that usage grew too fast.
            """
        ),
        example=error_event(
            "rate_limit_error", "This would exceed your rate limit", '{"error_code":"ramp_limit_exceeded"}'
        ),
        fields=(*_BODY, ("retry-after", "header: seconds to wait")),
        python=_python("RateLimitError", f"{_RETRIED} It honours retry-after."),
        see=("overloaded_error", "billing_error", "error"),
        status=429,
    ),
    Entry(
        name="api_error",
        group="error",
        summary="500: something broke inside the API",
        explanation=prose(
            """
            Not your fault and usually brief. Retry with growing pauses; if it stays, report it with the request_id. It
            can also come as an error event in mid-stream, when the text so far is worth nothing: start again from the
            request.
            """
        ),
        example=error_event("api_error", "Internal server error"),
        fields=_BODY,
        python=_python("InternalServerError", f"{_RETRIED} 501 and 503 have subclasses of their own."),
        see=("overloaded_error", "timeout_error", "error"),
        status=500,
    ),
    Entry(
        name="timeout_error",
        group="error",
        summary="504: the request took too long on the API's side",
        explanation=prose(
            """
            The API gave up. Long generations should be streamed, so that there is traffic all the time; very long ones
            that nobody waits for belong into a batch.

            Do not mix it up with timeouts of your own: those of the client, where nothing arrived in time, and those of
            a proxy, which cuts a stream that is silent for, say, 60 seconds without any error event.
            """
        ),
        example=error_event("timeout_error", "The request timed out"),
        fields=_BODY,
        python=_python(
            "GatewayTimeoutError",
            f"{_RETRIED} The client's own timeout: APITimeoutError before the headers, httpx2.ReadTimeout after.",
        ),
        typescript="The client's own timeout ends with the headers; Node cuts a stalled body after 300 s.",
        see=("api_error", "ping", "message_stop"),
        status=504,
    ),
    Entry(
        name="overloaded_error",
        group="error",
        summary="529: the API has more to do than it can at the moment",
        explanation=prose(
            """
            Load from all customers together, not your own limit; that would be rate_limit_error. Retry with growing,
            random pauses, or switch to another model.

            In a stream it typically comes as an event, after the response has begun with 200. Then no status of 529 is
            seen anywhere, and code that checks statuses does not retry.
            """
        ),
        example=error_event("overloaded_error", "Overloaded"),
        fields=_BODY,
        python=_python("OverloadedError", _RETRIED),
        typescript="OverloadedError as a status; as an event, APIError with status undefined.",
        see=("error", "rate_limit_error", "api_error"),
        status=529,
    ),
    Entry(
        name="memory_precondition_failed_error",
        group="error",
        summary="409: a memory has changed since you read it (memory store API)",
        explanation=prose(
            """
            An update of a memory named the content_sha256 it expects, or a delete did, and the memory has another one
            by now. Nothing was changed. Read it again, merge, and retry with the new hash. Message streams do not carry
            it.
            """
        ),
        example=error_event("memory_precondition_failed_error", "content_sha256 does not match"),
        fields=_BODY,
        python=_python("ConflictError", _RETRIED, in_stream=False),
        beta=True,
        see=("memory_path_conflict_error", "conflict_error"),
        status=409,
    ),
    Entry(
        name="memory_path_conflict_error",
        group="error",
        summary="409: another memory already has this path (memory store API)",
        explanation=prose(
            """
            Creating or renaming a memory never overwrites another. Update the one that is there, or choose another
            path. Message streams do not carry it.
            """
        ),
        example=error_event("memory_path_conflict_error", "path is already in use"),
        fields=(
            *_BODY,
            ("error.conflicting_memory_id", "the memory that is in the way"),
            ("error.conflicting_path", "its path"),
        ),
        python=_python("ConflictError", _RETRIED, in_stream=False),
        beta=True,
        see=("memory_precondition_failed_error", "conflict_error"),
        status=409,
    ),
    sources=(source.SDK_TYPES,),
)

HTTP_STATUS: Mapping[str, int] = {name: entry.status for name, entry in ERRORS.items() if entry.status is not None}
"""Error type -> the HTTP status that it has outside a stream."""

_TYPE_OF_STATUS = {status: name for name, status in reversed(tuple(HTTP_STATUS.items()))}

EXCEPTIONS: Mapping[str, str] = {
    "BadRequestError": "invalid_request_error",
    "AuthenticationError": "authentication_error",
    "PaymentRequiredError": "billing_error",
    "PermissionDeniedError": "permission_error",
    "NotFoundError": "not_found_error",
    "ConflictError": "conflict_error",
    "ContentTooLargeError": "request_too_large",
    "RequestTooLargeError": "request_too_large",
    "RateLimitError": "rate_limit_error",
    "InternalServerError": "api_error",
    "HTTPNotImplementedError": "api_error",
    "ServiceUnavailableError": "api_error",
    "GatewayTimeoutError": "timeout_error",
    "DeadlineExceededError": "timeout_error",
    "OverloadedError": "overloaded_error",
    "RequestTimeoutError": "invalid_request_error",
    "PreconditionFailedError": "invalid_request_error",
    "UnprocessableEntityError": "invalid_request_error",
    "RequestHeaderFieldsTooLargeError": "invalid_request_error",
    "ClientClosedRequestError": "invalid_request_error",
}
"""Exception class that anthropic-python raises for an HTTP status -> the error type of that status."""


def error_type_for_status(status: int) -> str:
    """The error type of an error response with this HTTP status.

    A status that has no type of its own is an invalid_request_error below 500 and an api_error from there on.
    """
    return _TYPE_OF_STATUS.get(status) or ("invalid_request_error" if status < 500 else "api_error")


class ErrorObject(NamedTuple):
    """What stands under `error`, None for what does not. `message` is text where the server keeps to the protocol."""

    type: str | None = None
    message: Any = None


def error_of(data: Any) -> ErrorObject:
    """The error of a parsed error body or error event, whatever that holds. A bare string is a message.

    Where it has no message of its own, it is the one that an upstream's error within it has.
    """
    error = data.get("error") if isinstance(data, dict) else None
    if isinstance(error, str):
        return ErrorObject(message=error)
    values = error if isinstance(error, dict) else {}
    kind, message = values.get("type"), values.get("message")
    if message is None and (inner := upstream_error(data)):
        message = inner.message
    return ErrorObject(kind if isinstance(kind, str) else None, message)


def upstream_error(data: Any) -> ErrorObject | None:
    """The innermost error within an error, which the first server in a row of gateways sent; None where there is none.

    It stands in an object under any name, or as JSON within a message.
    """
    found: ErrorObject | None = None
    values = data.get("error") if isinstance(data, dict) else None
    for _ in range(_DEEPEST):
        values = _within(values) if isinstance(values, dict) else None
        if values is None:
            return found
        kind, message = values.get("type"), values.get("message")
        if message is not None:
            found = ErrorObject(kind if isinstance(kind, str) else None, message)
    return found


_DEEPEST = 8


def _within(error: dict[str, Any]) -> dict[str, Any] | None:
    """The error that another one holds."""
    # `explain` and completion read these tables without ever parsing JSON.
    from inspector.text.json_text import loads_or

    message = error.get("message")
    quoted = message[message.find("{") :] if isinstance(message, str) and "{" in message else ""
    for value in (*error.values(), loads_or(quoted[: quoted.rfind("}") + 1])):
        if isinstance(value, dict):
            inner = value.get("error", value)
            if isinstance(inner, dict) and ("message" in inner or any(isinstance(one, dict) for one in inner.values())):
                return inner
    return None
