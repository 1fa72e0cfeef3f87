"""What is said of retry-after, against the SDK's own wait."""

import time
from email.utils import formatdate

import anthropic
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.net.http_library import sdk_http
from inspector.protocol.retry_after import LONGEST_S, retry_after
from tests.support import needs_recent_sdk

# Whole numbers are dates so many seconds from now.
VALUES = (
    "5", "0", "-3", "1.5", "3600", "inf", "nan", "1e3", "soon", "30s", "5, 10", "", "PT30S", "2026-11-26T08:30:00Z",
    "1795680000", "0x10", "1_000", "Thu, 26 Foo 2026 08:00:00 GMT", "Thu, 99 Nov 2026 08:00:00 GMT", "26 Nov 2099",
    100_000, -42, "Thu, 26 Nov 2099 08:00:00 GMT",
)  # fmt: skip


@needs_recent_sdk
@pytest.mark.parametrize("given_value", VALUES)
def test_the_sdk_waits_as_long_as_is_said(given_value: str | int, monkeypatch: pytest.MonkeyPatch) -> None:
    value = given_value if isinstance(given_value, str) else formatdate(time.time() + given_value, usegmt=True)
    waits: list[float] = []
    monkeypatch.setattr("anthropic._base_client.time.sleep", waits.append)
    answer = sdk_http.Response(429, headers={"retry-after": value}, json={})
    transport = sdk_http.MockTransport(lambda _: answer)
    with (
        anthropic.Anthropic(api_key="none", max_retries=1, http_client=sdk_http.Client(transport=transport)) as client,
        pytest.raises(anthropic.RateLimitError),
    ):
        client.messages.create(model="claude-test", max_tokens=1, messages=[], stream=True)
    # Asked at the same moment: tests may have waited for each other since this file was read.
    said = retry_after(value, time.time()).python_s
    if said is None:
        assert waits[0] <= 8
    else:
        assert waits == [pytest.approx(said, abs=60)]


def test_what_the_other_sdk_does() -> None:
    """As @anthropic-ai/sdk 1.14.0 did; docs/sdk-behaviour.md is made of it."""
    date = formatdate(1_000_042, usegmt=True)
    waits = {"30s": 30, "5, 10": 5, "2026-11-26T08:30:00Z": 2026, "soon": None, "1795680000": None, date: 42}
    assert {value: retry_after(value, 1_000_000).typescript_s for value in waits} == waits


def test_what_kind_of_value_it_is() -> None:
    assert retry_after("12", None)[:2] == ("seconds", 12)
    assert retry_after("Thu, 26 Nov 2026 08:00:00 GMT", None)[:2] == ("date", None)
    assert retry_after("Sun, 06 Nov 1994 08:49:37 GMT", 784111776)[:2] == ("date", 1)
    assert retry_after("30s", 0)[:2] == ("nonsense", None)


@given(
    st.one_of(st.text(max_size=30), st.from_regex(r"\A\w{3}, \d+ \w{3} \d+ [\d:]+ \S*\Z")),
    st.none() | st.floats(0, 4e9),
)
def test_any_text_is_read(value: str, now: float | None) -> None:
    said = retry_after(value, now)
    assert said.python_s is None or 0 < said.python_s <= LONGEST_S
    assert said.typescript_s is None or said.typescript_s > 0
