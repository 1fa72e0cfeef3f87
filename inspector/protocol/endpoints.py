"""The paths of the API, and the two ways in which clients come to them."""

import re
from typing import Final

MESSAGES: Final = "/v1/messages"
COUNT_TOKENS: Final = "/v1/messages/count_tokens"
MODELS: Final = "/v1/models"

_RESOURCES: Final = ("complete", "files", "messages", "models", "organizations", "skills")
_OF_THE_API = re.compile(rf"(?:/v1)*(/(?:{'|'.join(_RESOURCES)})(?:[/?].*)?)", re.DOTALL)
_VERSIONS = re.compile(r"(?:/v1)+$")


def api_target(target: str, base: str = "") -> str:
    """The path and query of a request whose client was given a base URL with the path `base`, and asks for `target`.

    Some clients add `/v1` to their base URL, others want it to end in that: whichever it was, one `/v1` stands before
    the API's resource. A target that is none of the API's follows the base as it is.
    """
    match = _OF_THE_API.fullmatch(target)
    return f"{_VERSIONS.sub('', base)}/v1{match[1]}" if match else base + target
