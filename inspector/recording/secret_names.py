"""What the name of a secret is: the one rule, for headers, parameters, fields of forms and members of JSON."""

import re
from functools import lru_cache
from typing import Final
from urllib.parse import unquote_plus

_SECRETS: Final = frozenset({
    "authorization", "auth", "bearer", "key", "keys", "token", "secret", "secrets", "password", "passwords", "passwd",
    "passphrase", "passcode", "pwd", "cookie", "cookies", "session", "jwt", "csrf", "xsrf", "signature", "sig",
    "credential", "credentials",
})  # fmt: skip
# Words that are written in one: clientsecret, accesstoken, privatekey, sessionid.
_JOINED = re.compile(
    r"\w*(?:token|secret|password|passwd|cookie|credentials?)|sess(?:ion)?id|phpsessid|jsessionid"
    r"|(?:api|access|account|auth|client|encryption|license|master|private|secret|service|session|shared|signing|storage"
    r"|subscription)keys?"
)
# What is counted, said or found about a secret: token_count, key_name, session_url.
_ABOUT: Final = frozenset({
    "type", "count", "limit", "name", "mode", "url", "uri", "endpoint", "length", "size", "budget", "usage",
})  # fmt: skip
# In front they only say what kind of thing follows: key_points, session_title. Unless that says it is the secret.
_ADJECTIVES: Final = frozenset({"key", "keys", "session"})
_ITSELF: Final = frozenset({"id", "ids", "value", "values", "data", "text", "string", "header", "material", "pem"})
_HARMLESS: Final = frozenset({
    "idempotency_key", "cache_key", "prompt_cache_key", "surrogate_key", "partition_key", "primary_key", "foreign_key",
    "sort_key", "public_key", "x_claude_code_session_id",
})  # fmt: skip
# A thinking block is refused without its own, and it opens nothing.
_PROTOCOL_MEMBERS: Final = frozenset({"signature"})
# What presigns a URL, and what a login hands out once, are secrets there only.
_PARAMETER = re.compile(r"x-amz-.*|x-goog-.*|code|code_verifier|(?:client_|saml_?)?assertion|samlresponse|ticket", re.I)
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
# No name without one of these is a secret's. In lower case.
_HINT = re.compile("auth|bearer|key|token|secret|pass|pwd|cookie|sess|jwt|csrf|xsrf|sig|cred")
# Names that are numbered are one name.
_DIGITS: Final = bytes.maketrans(b"123456789", b"000000000")


@lru_cache(1 << 12)
def is_secret_name(name: str) -> bool:
    """Whether what stands under this name is a secret: a header, a field of a form, a member of a JSON object.

    Names are read word by word, in any case, with dashes, underscores or in camelCase. `max_tokens` counts something
    and is none.
    """
    if not _HINT.search(name.lower()):
        return False
    words = [word.lower() for word in _WORD.findall(name)]
    secrets = [word for word in words if word in _SECRETS or _JOINED.fullmatch(word)]
    if not secrets or words[-1] in _ABOUT or "_".join(words) in _HARMLESS:
        return False
    if len(secrets) == 1 and words[0] in _ADJECTIVES:
        return all(word in _ITSELF or word.isdigit() for word in words[1:])
    return True


def is_secret_member(name: bytes) -> bool:
    """Whether what stands under this name in a JSON object is a secret, by the name's bytes, without escapes."""
    return _is_secret_member(name.translate(_DIGITS))


def is_secret_parameter(name: bytes) -> bool:
    """Whether the value of this query parameter is a secret. The name may be percent-encoded."""
    return _is_secret_parameter(name if b"%" in name else name.translate(_DIGITS))


@lru_cache(1 << 12)
def _is_secret_member(name: bytes) -> bool:
    text = name.decode("utf-8", "replace")
    return text not in _PROTOCOL_MEMBERS and is_secret_name(text)


@lru_cache(1 << 12)
def _is_secret_parameter(name: bytes) -> bool:
    plain = unquote_plus(name.decode("utf-8", "replace"))
    return is_secret_name(plain) or _PARAMETER.fullmatch(plain) is not None
