"""What findings say of the Python SDK, against the SDK itself: it reads the very bytes of the streams."""

import re
import warnings

import anthropic
import pytest

from inspector.diagnostics import Finding, diagnose
from inspector.net.http_library import sdk_http
from tests.diagnostics.cases import Case, cases
from tests.support import needs_recent_sdk

pytestmark = needs_recent_sdk

RAISES = re.compile(
    r"JSONDecodeError|UnicodeDecodeError|IndexError|TypeError|AttributeError|ValueError|AssertionError|RuntimeError"
    r"|APIStatusError"
)
# C19 raises only for who asks the SDK for an output format; E06 and E11 have their own tests; T ends the connection.
JUDGED = [case for case in cases() if case.fires and case.code[0] in "PCFE" and case.code not in ("C19", "E06", "E11")]


def raised_by_sdk(body: bytes) -> str:
    """The name of the exception that messages.stream() or get_final_message() raises, "" where there is none."""
    transport = sdk_http.MockTransport(
        lambda _: sdk_http.Response(200, content=body, headers={"content-type": "text/event-stream"})
    )
    client = anthropic.Anthropic(api_key="none", max_retries=0, http_client=sdk_http.Client(transport=transport))
    try:
        with (
            warnings.catch_warnings(),
            client.messages.stream(model="claude-test", max_tokens=9, messages=[]) as stream,
        ):
            # Pydantic's, of values of another type: here only exceptions count.
            warnings.simplefilter("ignore")
            for _ in stream:
                pass
            stream.get_final_message()
    except Exception as error:  # noqa: BLE001
        return type(error).__name__
    return ""


def claimed(findings: list[Finding]) -> set[str]:
    return {match[0] for finding in findings for match in RAISES.finditer(finding.python)}


@pytest.mark.parametrize("case", JUDGED, ids=[f"{case.code}-{case.what}" for case in JUDGED])
def test_what_is_said_of_the_sdk_is_what_it_does(case: Case) -> None:
    exchange = case.make()
    if (exchange.index.end or {}).get("reason") == "timeout":
        pytest.skip("the bytes do not show a time limit")
    if not exchange.streams:
        pytest.skip("the SDK reads it as a stream here")
    findings = diagnose(exchange)
    raised = raised_by_sdk(exchange.body())
    says = claimed([finding for finding in findings if finding.code == case.code])
    if says:
        assert raised in says
    if raised:
        assert raised in claimed(findings)
