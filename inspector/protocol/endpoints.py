"""The paths of the API, the two ways in which clients come to them, and the hosts that have it."""

import re
from typing import Final

MESSAGES: Final = "/v1/messages"
COUNT_TOKENS: Final = "/v1/messages/count_tokens"
MODELS: Final = "/v1/models"
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
