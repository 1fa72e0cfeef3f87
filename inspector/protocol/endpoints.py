"""The endpoints of the API: their hosts and paths, what a request asks for, and how clients come to them."""

import re
from enum import Enum
from typing import Any, Final, NamedTuple
from urllib.parse import urlsplit

MESSAGES: Final = "/v1/messages"
COUNT_TOKENS: Final = "/v1/messages/count_tokens"
MODELS: Final = "/v1/models"
HELLO: Final = "/api/hello"
API_HOST: Final = "api.anthropic.com"

_RESOURCES: Final = ("complete", "files", "messages", "models", "organizations", "skills")
_OF_THE_API = re.compile(rf"(?:/v1)*(/(?:{'|'.join(_RESOURCES)})(?:[/?].*)?)", re.DOTALL)
_VERSIONS = re.compile(r"(?:/v1)+$")
# Those of the SDK's clients: its own, AWS's, Google's and Azure's.
_HOSTS = re.compile(
    r"api\.anthropic\.com"
    r"|bedrock-runtime(?:-fips)?\.[a-z0-9-]+\.amazonaws\.com"
    r"|(?:bedrock-mantle|aws-external-anthropic)\.[a-z0-9-]+\.api\.aws"
    r"|(?:[a-z0-9-]+-)?aiplatform\.googleapis\.com|aiplatform\.[a-z]+\.rep\.googleapis\.com|claude\.googleapis\.com"
    r"|[a-z0-9-]+\.services\.ai\.azure\.com"
)


class Operation(Enum):
    """What a request is for.

    COMPLETIONS is the API of old, HEALTH_CHECK the question whether somebody is there, and OTHER what is none of the
    API's: mostly a server of somebody's own.
    """

    MESSAGES = "messages"
    COMPLETIONS = "completions"
    COUNT_TOKENS = "count tokens"
    MODELS = "models"
    FILES = "files"
    BATCHES = "batches"
    BATCH_RESULTS = "batch results"
    HEALTH_CHECK = "health check"
    OTHER = "other"


MAY_STREAM: Final = frozenset({Operation.MESSAGES, Operation.COMPLETIONS, Operation.OTHER})
"""What can be answered by an event stream."""

# Whatever stands before these, a gateway put there; Bedrock and Vertex have names of their own for them.
_OPERATIONS: Final = tuple(
    (re.compile(rf"(?:{path})/?", re.DOTALL), operation)
    for path, operation in (
        (r".*/messages/count_tokens|.*/count-tokens(?::rawPredict)?", Operation.COUNT_TOKENS),
        (r".*/messages/batches/[^/]+/results", Operation.BATCH_RESULTS),
        (r".*/messages/batches(?:/.+)?", Operation.BATCHES),
        (r".*/messages|.*:(?:streamR|r)awPredict", Operation.MESSAGES),
        (r".*/model/[^/]+/(?:invoke|converse)(?:-with-response-stream|-stream)?|.*-stream", Operation.MESSAGES),
        (r".*/complete", Operation.COMPLETIONS),
        (r".*/v1/models(?:/[^/]+)?", Operation.MODELS),
        (r".*/v1/files(?:/[^/]+){0,2}", Operation.FILES),
    )
)
_POSTED: Final = frozenset({Operation.MESSAGES, Operation.COMPLETIONS, Operation.COUNT_TOKENS})
# Here the path says whether it is to be a stream, elsewhere the body does.
_PATH_OF_A_STREAM = re.compile(r".*(?::streamRawPredict|-stream)/?", re.DOTALL)
_PATH_OF_A_REPLY = re.compile(r".*(?::rawPredict|/model/[^/]+/(?:invoke|converse))/?", re.DOTALL)


def operation_of(method: str, path: str) -> Operation:
    """What a request is for, by its method and its path without the query. Never raises."""
    method = method.upper()
    found = next((operation for pattern, operation in _OPERATIONS if pattern.fullmatch(path)), Operation.OTHER)
    if found in _POSTED and method != "POST":
        found = Operation.OTHER
    asks_who_is_there = method == "HEAD" or (method == "GET" and path.endswith(HELLO))
    return Operation.HEALTH_CHECK if found is Operation.OTHER and asks_who_is_there else found


class Asked(NamedTuple):
    """What a request asked for; `stream`: whether that was an event stream, None where nothing says.

    As a text it is its method and its path, as they came.
    """

    method: str
    path: str
    operation: Operation
    stream: bool | None

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


def asked_for(method: str, url: str, body: Any, accept: str = "") -> Asked:
    """What a request asked for. `body` is its JSON, None where that is not known; `accept` the header. Never raises."""
    try:
        path = urlsplit(url).path
    except ValueError:
        path = ""
    operation = operation_of(method, path)
    return Asked(method, path or "/", operation, _asks_for_stream(operation, path, body, accept))


def _asks_for_stream(operation: Operation, path: str, body: Any, accept: str) -> bool | None:
    told = isinstance(body, dict) and body.get("stream") is True
    if operation not in MAY_STREAM:
        return False
    if operation is Operation.OTHER:
        # A page's EventSource asks by this header, and for nothing else.
        return told or accept.strip().lower() == "text/event-stream"
    if told or _PATH_OF_A_STREAM.fullmatch(path):
        return True
    return None if body is None and not _PATH_OF_A_REPLY.fullmatch(path) else False


def api_target(target: str, base: str = "") -> str:
    """The path and query of a request whose client was given a base URL with the path `base`, and asks for `target`.

    Some clients add `/v1` to their base URL, others want it to end in that: whichever it was, one `/v1` stands before
    the API's resource. A target that is none of the API's follows the base as it is.
    """
    match = _OF_THE_API.fullmatch(target)
    return f"{_VERSIONS.sub('', base)}/v1{match[1]}" if match else base + target


def is_messages_host(host: str) -> bool:
    """Whether the Messages API is at this host, whoever runs it."""
    return _HOSTS.fullmatch(host) is not None


def is_login(target: str) -> bool:
    """Whether a login is asked for there, of the SDK or of Claude Code: what is answered are tokens."""
    return "/oauth/" in target.partition("?")[0]
