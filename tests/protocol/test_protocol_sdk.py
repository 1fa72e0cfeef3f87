"""The tables against the installed anthropic-python: a version that adds a type fails here."""

import json
import typing
from typing import Any

import anthropic
import pytest
from anthropic import types
from anthropic.lib.streaming import _beta_messages, _messages
from anthropic.types import beta, citations_delta, raw_content_block_start_event, shared
from anthropic.types.beta import beta_citations_delta, beta_raw_content_block_start_event

from inspector.protocol import (
    BLOCKS,
    DELTAS,
    ERRORS,
    EVENTS,
    EXCEPTIONS,
    HTTP_STATUS,
    STOP_REASONS,
    TOOL_INPUT_BLOCKS,
    USAGE,
    Entry,
)
from tests.support import needs_recent_sdk

pytestmark = needs_recent_sdk

NOT_IN_THE_UNION = {"ping", "error"}
NOT_IN_THE_LITERAL = {"request_too_large"}


def members(union: Any) -> dict[str, Any]:
    """The models of an annotated union by the value of their `type`."""
    found: dict[str, Any] = {}
    for model in typing.get_args(typing.get_args(union)[0]):
        for value in typing.get_args(model.model_fields["type"].annotation):
            found[value] = model
    assert found
    return found


def ga(table: typing.Mapping[str, Entry]) -> set[str]:
    return {name for name, entry in table.items() if not entry.beta}


def test_events() -> None:
    assert set(members(types.RawMessageStreamEvent)) == set(EVENTS) - NOT_IN_THE_UNION
    assert set(members(beta.BetaRawMessageStreamEvent)) == set(EVENTS) - NOT_IN_THE_UNION


def test_blocks() -> None:
    assert set(members(types.ContentBlock)) == ga(BLOCKS)
    assert set(members(raw_content_block_start_event.ContentBlock)) == ga(BLOCKS)
    assert set(members(beta.BetaContentBlock)) == set(BLOCKS)
    assert set(members(beta_raw_content_block_start_event.ContentBlock)) == set(BLOCKS)


def test_deltas() -> None:
    assert set(members(types.RawContentBlockDelta)) == ga(DELTAS)
    assert set(members(beta.BetaRawContentBlockDelta)) == set(DELTAS)


def test_stop_reasons() -> None:
    assert set(typing.get_args(types.StopReason)) == ga(STOP_REASONS)
    assert set(typing.get_args(beta.BetaStopReason)) == set(STOP_REASONS)


def test_error_types() -> None:
    assert set(typing.get_args(shared.ErrorType)) == set(ERRORS) - NOT_IN_THE_LITERAL


@pytest.mark.parametrize("union", [citations_delta.Citation, beta_citations_delta.Citation])
def test_citation_locations(union: Any) -> None:
    explained = {name: meaning for name, meaning in DELTAS["citations_delta"].fields if name.endswith("_location")}
    models = members(union)
    assert set(models) == set(explained)
    for name, model in models.items():
        told = f"{explained[name]} cited_text type document_title file_id"
        for field in model.model_fields:
            assert field in told, f"{name}.{field}"


@pytest.mark.parametrize(
    ("event", "model"), [("message_start", beta.BetaUsage), ("message_delta", beta.BetaMessageDeltaUsage)]
)
def test_usage_fields(event: str, model: Any) -> None:
    explained = {name.rpartition("usage.")[2] for name, _ in EVENTS[event].fields if "usage." in name}
    only_final = {"iterations", "fallback_credit"}
    assert set(model.model_fields) - only_final <= explained
    assert explained <= set(model.model_fields)


def test_server_tools_and_result_errors_are_listed() -> None:
    names = dict(BLOCKS["server_tool_use"].fields)["name"]
    annotation = beta.BetaServerToolUseBlock.model_fields["name"].annotation
    assert all(name in names for name in typing.get_args(annotation))


@pytest.mark.parametrize(
    "name", [name for name in BLOCKS if name.endswith("_tool_result") and name != "mcp_tool_result"]
)
def test_error_codes_of_results(name: str) -> None:
    told = set(dict(BLOCKS[name].fields)["content.error_code"].split(", "))
    alternatives = typing.get_args(members(beta.BetaContentBlock)[name].model_fields["content"].annotation)
    errors = [model for model in alternatives if "error_code" in getattr(model, "model_fields", {})]
    assert len(errors) == 1
    assert set(typing.get_args(errors[0].model_fields["error_code"].annotation)) == told


@pytest.mark.parametrize("entry", [*BLOCKS.values(), *DELTAS.values()], ids=lambda entry: str(entry.name))
def test_fields_are_those_of_the_model(entry: Entry) -> None:
    """Every field of the SDK's model is explained, and the example is valid by it."""
    union = beta.BetaContentBlock if entry.group == "block" else beta.BetaRawContentBlockDelta
    model = members(union)[entry.name]
    explained = {name.replace("[]", "").partition(".")[0] for name, _ in entry.fields}
    fields = {info.alias or name for name, info in model.model_fields.items()}
    assert fields - {"type"} <= explained
    model.model_validate(json.loads(entry.example)["content_block" if entry.group == "block" else "delta"])


@pytest.mark.parametrize("entry", [*EVENTS.values(), *STOP_REASONS.values()], ids=lambda entry: str(entry.name))
def test_event_examples_are_valid(entry: Entry) -> None:
    data = json.loads(entry.example)
    if data["type"] not in NOT_IN_THE_UNION:
        members(beta.BetaRawMessageStreamEvent)[data["type"]].model_validate(data)
        if not entry.beta:
            members(types.RawMessageStreamEvent)[data["type"]].model_validate(data)


def test_usage_has_the_fields_of_the_models() -> None:
    told = {name for name, entry in USAGE.items() if not entry.beta} - {"usage", "cost", "cache"}
    assert told == set(types.Usage.model_fields)
    assert set(beta.BetaUsage.model_fields) - told == {name for name, entry in USAGE.items() if entry.beta}
    assert {name for name, _ in USAGE["usage"].fields} == set(beta.BetaUsage.model_fields)
    for name, model in (("cache_creation", types.CacheCreation), ("server_tool_use", types.ServerToolUsage)):
        assert {field for field, _ in USAGE[name].fields} == set(model.model_fields)


def test_tool_input_blocks() -> None:
    tracked = (*_messages.TRACKS_TOOL_INPUT, *_beta_messages.TRACKS_TOOL_INPUT)
    names = {value for model in tracked for value in typing.get_args(model.model_fields["type"].annotation)}
    assert names == TOOL_INPUT_BLOCKS


def test_exceptions() -> None:
    from anthropic._error_classes import ERROR_CLASSES

    by_status = {status: cls.__name__ for (status, code), cls in ERROR_CLASSES.items() if code is None}
    assert set(by_status.values()) <= set(EXCEPTIONS)
    for error_type, status in HTTP_STATUS.items():
        name = by_status.get(status, "InternalServerError")
        assert f"anthropic.{name}." in ERRORS[error_type].python
        assert EXCEPTIONS[name] == error_type or error_type.startswith("memory_")
        assert hasattr(anthropic, name)
