"""Bedrock's log of model invocations: requests, and all events of a stream in a list, without their times.

https://docs.aws.amazon.com/bedrock/latest/userguide/model-invocation-logging.html
"""

from collections.abc import Iterable, Iterator
from typing import Any, Final
from urllib.parse import quote

from inspector.formats.format import Format, Imported
from inspector.formats.interaction import Interaction, event_frame, text
from inspector.formats.json_exchanges import body_of, first_value, moment, object_of, values
from inspector.recording import UnreadableError
from inspector.text.json_text import dumps, loads_or

_SCHEMA: Final = "ModelInvocationLog"
_PATHS: Final = {
    "InvokeModel": "invoke",
    "InvokeModelWithResponseStream": "invoke-with-response-stream",
    "Converse": "converse",
    "ConverseStream": "converse-stream",
}


def recognise(head: bytes) -> bool:
    """Whether the first object is an entry of such a log, or a CloudWatch event around one."""
    return bool(_entry(first_value(head)))


def read(chunks: Iterable[bytes]) -> Iterator[Imported]:
    """An exchange for each entry."""
    found = None
    for value, wrong in values(chunks):
        listed = value.get("events")
        for one in listed if isinstance(listed, list) else [value]:
            if entry := _entry(object_of(one)):
                found = _interaction(entry)
                if wrong:
                    found.notes.append(wrong)
                yield found.imported("bedrock-log")
    if found is None:
        raise UnreadableError("the file holds no invocation of a model")


def _entry(value: dict[str, Any]) -> dict[str, Any]:
    if value.get("schemaType") == _SCHEMA or ({"modelId", "operation"} <= value.keys() and "input" in value):
        return value
    listed = value.get("events")
    if isinstance(listed, list) and listed:
        return _entry(object_of(listed[0]))
    # As CloudWatch exports it: the entry is the text of its event.
    message = value.get("message", value.get("@message"))
    inner = loads_or(message) if isinstance(message, str) and _SCHEMA in message else None
    return inner if isinstance(inner, dict) and inner.get("schemaType") == _SCHEMA else {}


def _interaction(entry: dict[str, Any]) -> Interaction:
    asked, answer = object_of(entry.get("input")), object_of(entry.get("output"))
    operation, model = text(entry.get("operation")), text(entry.get("modelId"))
    region = text(entry.get("region")) or "us-east-1"
    path = _PATHS.get(operation, "invoke")
    found = Interaction(
        method="POST",
        url=f"https://bedrock-runtime.{region}.amazonaws.com/model/{quote(model, safe='')}/{path}",
        request_body=body_of(asked.get("inputBodyJson")) or None,
        # That of the log's entry, which is written for the request.
        started_at=moment(entry.get("timestamp")),
    )
    body = answer.get("outputBodyJson")
    if operation.startswith("Converse"):
        found.no_stream = "absent"
        found.notes.append(
            f"{operation} answers in a notation of Amazon's own, which is not read: what is recorded of "
            "InvokeModelWithResponseStream has the API's events"
        )
    elif isinstance(body, list):
        found.is_log = True
        found.body = b"".join(_frame(event) for event in body)
    elif body is not None:
        found.coded = False
        found.status = 200
        found.response_headers = [("content-type", "application/json")]
        found.body = body_of(body)
    else:
        found.no_stream = "absent"
        where = text(answer.get("outputBodyS3Path"))
        found.notes.append(f"the log does not have the body{f', it is in {where}' if where else ''}")
    if isinstance(entry.get("errorCode"), str):
        found.notes.append(f"the call failed: {entry['errorCode']}")
    return found


def _frame(event: Any) -> bytes:
    kind = object_of(event).get("type")
    return event_frame(kind if isinstance(kind, str) else None, dumps(event))


FORMAT = Format(
    name="bedrock-log",
    summary="Amazon Bedrock's log of model invocations",
    order=36,
    recognise=recognise,
    read=read,
)
