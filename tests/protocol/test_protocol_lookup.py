"""Finding an entry by what people type, and what fits what."""

import pytest

from inspector.protocol import (
    BLOCKS,
    DELTAS,
    ERRORS,
    EVENTS,
    GROUPS,
    HTTP_STATUS,
    STOP_REASONS,
    USAGE,
    Entry,
    error_type_for_status,
    fits,
    lookup,
    lookup_all,
    suggest,
)


def test_every_entry_is_found_by_its_qualified_name() -> None:
    for group, info in GROUPS.items():
        for name, entry in info.entries.items():
            assert lookup(f"{group}:{name}") is entry
            assert entry in lookup_all(name)


@pytest.mark.parametrize(
    ("typed", "entry"),
    [
        ("content_block_delta", EVENTS["content_block_delta"]),
        ("content-block-delta", EVENTS["content_block_delta"]),
        (" Content_Block_Delta ", EVENTS["content_block_delta"]),
        ("TextDelta", DELTAS["text_delta"]),
        ("end turn", STOP_REASONS["end_turn"]),
        ("tool_use", BLOCKS["tool_use"]),
        ("stop_reason:tool_use", STOP_REASONS["tool_use"]),
        ("stop-reason: Tool-Use", STOP_REASONS["tool_use"]),
        ("compaction", BLOCKS["compaction"]),
        ("error", EVENTS["error"]),
        ("usage:server_tool_use", USAGE["server_tool_use"]),
        ("OverloadedError", ERRORS["overloaded_error"]),
        ("overloadederror", ERRORS["overloaded_error"]),
        ("BadRequestError", ERRORS["invalid_request_error"]),
        ("PermissionDeniedError", ERRORS["permission_error"]),
        ("GatewayTimeoutError", ERRORS["timeout_error"]),
        ("APIStatusError", EVENTS["error"]),
        ("529", ERRORS["overloaded_error"]),
        ("HTTP 529", ERRORS["overloaded_error"]),
        ("409", ERRORS["conflict_error"]),
        ("413", ERRORS["request_too_large"]),
        ("418", ERRORS["invalid_request_error"]),
        ("503", ERRORS["api_error"]),
    ],
)
def test_lookup_accepts(typed: str, entry: Entry) -> None:
    assert lookup(typed) is entry


@pytest.mark.parametrize(
    "typed", ["", " ", "_", ":", "200", "399", "600", "5290", "52", "²29", "４２９", "nothing_delta", "delta:"]
)
def test_lookup_refuses(typed: str) -> None:
    assert lookup(typed) is None
    assert lookup_all(typed) == ()


def test_a_field_of_usage_is_no_type() -> None:
    """An event that somebody calls "usage" is not explained as one of the API's."""
    for name in USAGE.keys() - BLOCKS.keys():
        assert lookup(name) is None
        assert lookup_all(name.replace("_", "-").title()) == (USAGE[name],)


def test_names_in_two_groups() -> None:
    assert lookup_all("tool_use") == (BLOCKS["tool_use"], STOP_REASONS["tool_use"])
    assert lookup_all("compaction") == (BLOCKS["compaction"], STOP_REASONS["compaction"])
    assert lookup_all("server_tool_use") == (BLOCKS["server_tool_use"], USAGE["server_tool_use"])
    assert lookup_all("text_delta") == (DELTAS["text_delta"],)


@pytest.mark.parametrize(
    ("typo", "name"),
    [
        ("text_dleta", "text_delta"),
        ("thinking-dlta", "thinking_delta"),
        ("overloaded", "overloaded_error"),
        ("OverloadedErorr", "overloaded_error"),
        ("mesage_start", "message_start"),
        ("stop_reason:tool_us", "tool_use"),
        ("advisor", "advisor_tool_result"),
        ("citation", "citations_delta"),
        ("max_token", "max_tokens"),
    ],
)
def test_suggest_finds_what_was_meant(typo: str, name: str) -> None:
    assert lookup(typo) is None
    found = suggest(typo)
    assert name in found
    assert len(found) <= 5
    assert len(set(found)) == len(found)


def test_suggest_puts_the_closest_first() -> None:
    assert suggest("text_dleta")[0] == "text_delta"


@pytest.mark.parametrize("text", ["", "  ", "zzzzqqqq", "x"])
def test_suggest_has_nothing_for_nonsense(text: str) -> None:
    assert suggest(text) == []


def test_fits() -> None:
    assert fits("text_delta", "text") is True
    assert fits("citations_delta", "text") is True
    assert fits("signature_delta", "thinking") is True
    assert fits("input_json_delta", "mcp_tool_use") is True
    assert fits("compaction_delta", "compaction") is True
    assert fits("text_delta", "tool_use") is False
    assert fits("thinking_delta", "redacted_thinking") is False
    assert fits("input_json_delta", "web_search_tool_result") is False


@pytest.mark.parametrize(("delta", "block"), [("shiny_delta", "text"), ("text_delta", "shiny"), ("", "")])
def test_what_is_unknown_is_never_wrong(delta: str, block: str) -> None:
    assert fits(delta, block) is None


def test_status_and_error_type() -> None:
    assert list(HTTP_STATUS) == list(ERRORS)
    assert HTTP_STATUS["overloaded_error"] == 529
    for name, status in HTTP_STATUS.items():
        if not name.startswith("memory_"):
            assert error_type_for_status(status) == name
    assert error_type_for_status(409) == "conflict_error"


@pytest.mark.parametrize(
    ("status", "name"),
    [
        (408, "invalid_request_error"),
        (422, "invalid_request_error"),
        (502, "api_error"),
        (503, "api_error"),
        (599, "api_error"),
    ],
)
def test_a_status_without_a_type_of_its_own(status: int, name: str) -> None:
    assert error_type_for_status(status) == name
