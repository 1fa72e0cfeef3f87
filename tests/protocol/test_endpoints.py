"""What a request asks for, by its method, path, body and headers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.protocol.endpoints import MAY_STREAM, Operation, api_target, asked_for, operation_of

GATEWAYS = ("", "/anthropic", "/v1", "/a/b/v1")


@pytest.mark.parametrize("gateway", GATEWAYS)
@pytest.mark.parametrize(
    ("method", "path", "operation"),
    [
        ("POST", "/v1/messages", Operation.MESSAGES),
        ("post", "/v1/messages/", Operation.MESSAGES),
        ("GET", "/v1/messages", Operation.OTHER),
        ("POST", "/v1/complete", Operation.COMPLETIONS),
        ("POST", "/v1/messages/count_tokens", Operation.COUNT_TOKENS),
        ("GET", "/v1/messages/batches", Operation.BATCHES),
        ("POST", "/v1/messages/batches/msgbatch_1/cancel", Operation.BATCHES),
        ("GET", "/v1/messages/batches/msgbatch_1/results", Operation.BATCH_RESULTS),
        ("GET", "/v1/models", Operation.MODELS),
        ("HEAD", "/v1/models/claude-test", Operation.MODELS),
        ("POST", "/v1/files", Operation.FILES),
        ("GET", "/v1/files/file_1/content", Operation.FILES),
        ("HEAD", "/", Operation.HEALTH_CHECK),
        ("HEAD", "", Operation.HEALTH_CHECK),
        ("GET", "/api/hello", Operation.HEALTH_CHECK),
        ("HEAD", "/v1/messages", Operation.HEALTH_CHECK),
        ("GET", "/", Operation.OTHER),
        ("GET", "/chat", Operation.OTHER),
        ("POST", "/v1/messages2", Operation.OTHER),
        ("POST", "/model/anthropic.claude-test-v1:0/invoke", Operation.MESSAGES),
        ("POST", "/model/anthropic.claude-test-v1:0/converse-stream", Operation.MESSAGES),
        ("POST", "/v1/projects/p/publishers/anthropic/models/claude-test:streamRawPredict", Operation.MESSAGES),
        ("POST", "/v1/projects/p/publishers/anthropic/models/count-tokens:rawPredict", Operation.COUNT_TOKENS),
    ],
)
def test_what_a_request_is_for(gateway: str, method: str, path: str, operation: Operation) -> None:
    assert operation_of(method, gateway + path) is operation
    asked = asked_for(method, f"https://host{gateway}{path}?beta=true", {})
    assert (asked.operation, str(asked)) == (operation, f"{method} {gateway + path or '/'}")


@pytest.mark.parametrize(
    ("path", "body", "stream"),
    [
        ("/v1/messages", {"stream": True}, True),
        ("/v1/messages", {"stream": False}, False),
        ("/v1/messages", {}, False),
        ("/v1/messages", "no JSON", False),
        ("/v1/messages", None, None),
        ("/v1/messages/count_tokens", {"stream": True}, False),
        ("/model/m/invoke", None, False),
        ("/model/m/invoke-with-response-stream", {}, True),
        ("/p/models/m:streamRawPredict", None, True),
        ("/p/models/m:rawPredict", {"stream": True}, True),
        ("/api/chat", {"stream": True}, True),
        ("/api/chat", None, False),
    ],
)
def test_whether_a_stream_is_asked_for(path: str, body: object, stream: bool | None) -> None:
    assert asked_for("POST", f"http://host{path}", body).stream is stream


def test_an_event_source_asks_for_a_stream_by_a_header() -> None:
    assert asked_for("GET", "http://host/chat", None, "text/event-stream").stream is True
    assert asked_for("POST", "http://host/mcp", {}, "application/json, text/event-stream").stream is False


@given(st.text(), st.text(), st.sampled_from([None, {}, {"stream": True}, [], 7]), st.text())
def test_any_request_asks_for_something(method: str, url: str, body: object, accept: str) -> None:
    asked = asked_for(method, url, body, accept)
    assert asked.stream is False or asked.operation in MAY_STREAM


@pytest.mark.parametrize("target", ["/v1/messages?beta=true", "/v1/v1/messages?beta=true", "/messages?beta=true"])
def test_both_kinds_of_base_urls_lead_to_the_same_place(target: str) -> None:
    assert api_target(target, "/gateway/v1") == "/gateway/v1/messages?beta=true"
    assert api_target("/other", "/gateway/v1") == "/gateway/v1/other"
