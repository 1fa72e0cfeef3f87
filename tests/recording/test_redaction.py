import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.recording import Redactor, json_secrets
from inspector.recording.redaction import is_secret_name
from inspector.text import json_slices
from inspector.text.json_text import members

KEY = "sk-ant-api03-AbC_-123"


@pytest.mark.parametrize(
    ("name", "value", "kept"),
    [
        ("Authorization", f"Bearer {KEY}", "Bearer [redacted]"),
        ("authorization", "Basic dXNlcg==", "[redacted]"),
        ("X-Api-Key", KEY, "[redacted]"),
        ("proxy-authorization", "Bearer x", "Bearer [redacted]"),
        ("Cookie", "a=b", "[redacted]"),
        ("set-cookie", "a=b", "[redacted]"),
        ("x-amz-security-token", "abc", "[redacted]"),
        ("anthropic-version", "2026-10-21", "2026-10-21"),
        ("anthropic-ratelimit-tokens-limit", "100", "100"),
        ("x-debug", f"key {KEY}!", "key [redacted]!"),
    ],
)
def test_headers(name: str, value: str, kept: str) -> None:
    assert Redactor().headers([(name, value)]) == [(name, kept)]


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("https://h/v1/messages?beta=true", "https://h/v1/messages?beta=true"),
        ("https://h/v1?api_key=abc&x=1", "https://h/v1?api_key=[redacted]&x=1"),
        ("https://h/v1?key=abc&X-Amz-Signature=def", "https://h/v1?key=[redacted]&X-Amz-Signature=[redacted]"),
        ("https://user:pass@h:8080/v1", "https://%5Bredacted%5D@h:8080/v1"),
        (f"https://h/{KEY}", "https://h/[redacted]"),
    ],
)
def test_urls(url: str, kept: str) -> None:
    assert Redactor().url(url) == kept


@pytest.mark.parametrize(
    ("body", "kept"),
    [
        (f'{{"a":"{KEY}"}}', '{"a":"[redacted]"}'),
        ('["?token=a"]', '["?token=[redacted]"]'),
        ('{"authorization_token": "t\\"x", "b":1}', '{"authorization_token": "[redacted]", "b":1}'),
        ('{"x":[{"api_key":["a",{"b":"c"}]}],"y":2}', '{"x":[{"api_key":"[redacted]"}],"y":2}'),
        ('{"client_secret":{"api_key":"a"},"z":0}', '{"client_secret":"[redacted]","z":0}'),
        ('{"text":"say \\"api_key\\": no"}', '{"text":"say \\"api_key\\": no"}'),
        ('{"n":1.50,  "big":123456789012345678901234567890}', '{"n":1.50,  "big":123456789012345678901234567890}'),
    ],
)
def test_bodies_lose_their_secrets_and_nothing_else(body: str, kept: str) -> None:
    assert Redactor().body(body.encode()).decode() == kept


def test_further_patterns() -> None:
    redactor = Redactor([r"acct_\d+"])
    assert redactor.body(b'{"user":"acct_17"}') == b'{"user":"[redacted]"}'
    assert redactor.headers([("x-user", "acct_17")]) == [("x-user", "[redacted]")]
    assert redactor.url("http://h/acct_17") == "http://h/[redacted]"


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=12,
)


@given(st.dictionaries(st.text(max_size=4), _JSON, min_size=1, max_size=4), st.sampled_from([None, 1]))
def test_members_are_where_they_say(value: dict[str, object], indent: int | None) -> None:
    text = json.dumps(value, indent=indent).encode()
    found = {json.loads(key): json.loads(text[start:end]) for depth, key, start, end in members(text) if depth == 1}
    assert found == value


# No secret has such a name.
_PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text('ab{"é', max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("ab é", max_size=4), inner, max_size=3),
    max_leaves=12,
)


@given(st.dictionaries(st.sampled_from(["api_key", "a_secret", "model"]), _PLAIN, min_size=1), st.booleans())
def test_what_stands_under_a_secret_name_is_gone(value: dict[str, object], nested: bool) -> None:
    body = json.loads(Redactor().body(json.dumps({"x": [value]} if nested else value).encode()))
    clean = body["x"][0] if nested else body
    assert clean == {
        key: inner if key == "model" or inner is None or (inner in (True, False, "") and type(inner) in (bool, str))
        else "[redacted]"
        for key, inner in value.items()
    }  # fmt: skip


_NAMES = st.sampled_from(["token", "a", "max_tokens", "apiKey", "properties", "key", "b", "value", "name", "signature"])
_STRINGS = st.text(max_size=8) | st.sampled_from([
    "https://u:p@h/?token=x&a=b", "?token=y", "/x?key=y", "a=b&secret=c", "Bearer abcdefgh", KEY, "prose: token", '{"token":"t"}', '{"a":',
])  # fmt: skip
_NAMED = st.recursive(
    st.none() | st.booleans() | st.integers() | _STRINGS,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(_NAMES, inner, max_size=4)
        | st.dictionaries(_NAMES, inner, max_size=3).map(json.dumps)
    ),
    max_leaves=20,
)


@given(st.dictionaries(_NAMES, _NAMED) | st.lists(_NAMED), st.sampled_from([None, 1]), st.booleans())
def test_neither_twice_nor_in_other_slices_anything_more_is_found(
    value: object, indent: int | None, escaped: bool
) -> None:
    body = json.dumps(value, indent=indent, ensure_ascii=escaped).encode()
    clean = Redactor().body(body)
    with pytest.MonkeyPatch.context() as patch:
        for name in ("SLICE", "LARGEST_PIECE"):
            patch.setattr(json_slices, name, 64)
            patch.setattr(json_secrets, name, 64)
        assert Redactor().body(body) == clean
        assert Redactor().body(clean) == clean
    assert same_shape(value, json.loads(clean))
    assert KEY.encode() not in clean


def same_shape(value: object, clean: object) -> bool:
    """Whether both have the same members, but for what has become a text."""
    if isinstance(value, dict) and isinstance(clean, dict):
        return value.keys() == clean.keys() and all(same_shape(value[key], clean[key]) for key in value)
    if isinstance(value, list) and isinstance(clean, list):
        return len(value) == len(clean) and all(map(same_shape, value, clean))
    return isinstance(clean, str) or value == clean


_PLAIN = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(alphabet='ab "\\/é{[:,', max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(alphabet="abé", max_size=4), inner, max_size=4),
    max_leaves=20,
)


@given(_PLAIN, st.sampled_from([None, 1]), st.booleans())
def test_without_secrets_nothing_changes(value: object, indent: int | None, escaped: bool) -> None:
    body = json.dumps(value, indent=indent, ensure_ascii=escaped).encode()
    assert Redactor().body(body, [("content-type", "application/json")]) == body


@pytest.mark.parametrize(
    "name",
    [
        "Authorization", "proxy-authorization", "x-api-key", "X-Goog-Api-Key", "apikey", "APIKey", "openaiApiKey", "key",
        "cookie", "Set-Cookie", "x-csrf-token", "authToken", "AWS_SECRET_ACCESS_KEY", "client_secret", "password",
        "dbPassword", "passwd", "jwt", "mcp-session-id", "X-Amz-Signature", "sig", "credentials", "api_keys", "key1",
        "fallback_credit_token", "OAuthToken", "clientsecret", "accesstoken", "sessionId", "session", "api_key_id", "PHPSESSID",
        "csrf-token", "bearer", "pwd", "keys2", "AWS_ACCESS_KEY_ID", "webhook.secret",
    ],
)  # fmt: skip
def test_names_of_secrets(name: str) -> None:
    assert is_secret_name(name)
    assert Redactor().headers([(name, "v")]) == [(name, "[redacted]")]
    assert Redactor().url(f"https://h/?a=1&{name}=v") == f"https://h/?a=1&{name}=[redacted]"
    assert json.loads(Redactor().body(json.dumps({"a": [{name: "v"}]}).encode())) == {"a": [{name: "[redacted]"}]}


@pytest.mark.parametrize(
    "name",
    [
        "max_tokens", "budget_tokens", "maxTokens", "anthropic-ratelimit-tokens-limit", "idempotency-key", "cache_key",
        "promptCacheKey", "x-claude-code-session-id", "keyboard", "keywords", "author", "tokenizer", "token_count",
        "token_type", "www-authenticate", "key_points", "keyFindings", "session_title", "assignature", "monkey", "", "日本", "-",
    ],
)  # fmt: skip
def test_names_that_only_look_like_it(name: str) -> None:
    assert not is_secret_name(name)
    assert Redactor().headers([(name, "v")]) == [(name, "v")]
    assert Redactor().body(json.dumps({name: "v"}).encode()) == json.dumps({name: "v"}).encode()


def test_a_url_has_secrets_of_its_own() -> None:
    assert Redactor().url("https://h/?code=a&X-Amz-Date=b") == "https://h/?code=[redacted]&X-Amz-Date=[redacted]"
    assert Redactor().body(b'{"code":"print(1)"}') == b'{"code":"print(1)"}'


def test_a_body_keeps_what_the_protocol_needs() -> None:
    body = (
        b'{"messages":[{"role":"assistant","content":[{"type":"thinking","thinking":"","signature":"abc"}]}],'
        b'"tools":[{"name":"login","input_schema":{"type":"object","properties":{"password":{"type":"string"},'
        b'"options":{"type":"object","properties":{"token":{"type":"string"}}}},"required":["password"]}}]}'
    )
    assert Redactor().body(body) == body
    deeper = b'{"properties":{"a":{"default":{"token":{"b":"t"}}}}}'
    assert Redactor().body(deeper) == deeper.replace(b'{"b":"t"}', b'"[redacted]"')
    call = b'{"properties":{"password":{"type":"string"},"secret":"t"},"input":{"password":"p","nested":{"token":"t"}}}'
    assert Redactor().body(call) == call.replace(b'"p"', b'"[redacted]"').replace(b'"t"', b'"[redacted]"')


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("https://[::1/v1?api_key=abc", "https://[::1/v1?api_key=[redacted]"),
        ("https://user:pass@[::1/v1?x=1", "https://%5Bredacted%5D@[::1/v1?x=1"),
        (f"https://[x/{KEY}", "https://[x/[redacted]"),
        ("https://[x/\ud800?x", "https://[x/??x"),
        ("https://h/?api_key&x=1#part", "https://h/?api_key&x=1#part"),
        ("https://h/?a%5Fkey=1&b=2&b=3", "https://h/?a%5Fkey=[redacted]&b=2&b=3"),
        ("https://h/?my+token=1&code=2&q=a=b", "https://h/?my+token=[redacted]&code=[redacted]&q=a=b"),
        ("https://h/?token=a=b", "https://h/?token=[redacted]"),
        ("https://a@b@h/", "https://%5Bredacted%5D@h/"),
        ("https://h/?keys=1&monkey=2", "https://h/?keys=[redacted]&monkey=2"),
        ("https://h/\udcff", "https://h/\ufffd"),
        ("https://h/?", "https://h/?"),
    ],
)
def test_urls_of_every_kind(url: str, kept: str) -> None:
    assert Redactor().url(url) == kept


@pytest.mark.parametrize(
    ("name", "value", "kept"),
    [
        ("PROXY-Authorization", "bearer x", "bearer [redacted]"),
        ("authorization", "Token Bearer x", "[redacted]"),
        ("x-token", "Bearer x", "[redacted]"),
        ("x-tokens", "Bearer x", "Bearer x"),
        ("x-odd", "\udcff", "\ufffd"),
    ],
)
def test_headers_of_every_kind(name: str, value: str, kept: str) -> None:
    assert Redactor().headers([("a", "b"), (name, value)]) == [("a", "b"), (name, kept)]


def test_a_body_with_several_secrets_keeps_what_is_between() -> None:
    body = f'{{"api_key":1,"x":"{KEY}","a_secret":[2],"y":3}}'.encode()
    assert Redactor().body(body) == b'{"api_key":"[redacted]","x":"[redacted]","a_secret":"[redacted]","y":3}'
    assert Redactor().body(b'{"API_KEY":1}') == b'{"API_KEY":"[redacted]"}'
    assert Redactor().body(b'{"x":["a_secret"]}') == b'{"x":["a_secret"]}'


def test_members_of_what_is_cut_take_no_time() -> None:
    # Were it quadratic, this would take an hour.
    text = b'{"a":1,"b":"' + b'\\"' * 1_000_000
    assert list(members(text)) == [(1, b'"a"', 5, 6), (1, b'"b"', 11, len(text))]
