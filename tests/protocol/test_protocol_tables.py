"""The tables themselves: complete texts, examples that are what they claim, references that lead somewhere."""

import json
import subprocess
import sys
from typing import Any

import pytest

from inspector import protocol
from inspector.protocol import (
    BLOCKS,
    DELTAS,
    ERRORS,
    EVENT_GRAMMAR,
    EVENTS,
    GROUPS,
    STOP_REASONS,
    TOOL_INPUT_BLOCKS,
    USAGE,
    BlockEntry,
    DeltaEntry,
    Entry,
    EventEntry,
    deltas_for,
    lookup_all,
)

ENTRIES = [entry for info in GROUPS.values() for entry in info.entries.values()]


def entry_id(entry: Entry) -> str:
    return f"{entry.group}:{entry.name}"


@pytest.mark.parametrize("entry", ENTRIES, ids=entry_id)
def test_summary_is_one_short_line(entry: Entry) -> None:
    assert entry.summary
    assert entry.summary.isprintable()
    assert len(entry.summary) <= 80
    assert not entry.summary.endswith(".")


@pytest.mark.parametrize("entry", ENTRIES, ids=entry_id)
def test_explanation_is_one_to_three_paragraphs(entry: Entry) -> None:
    paragraphs = entry.explanation.split("\n\n")
    assert 1 <= len(paragraphs) <= 3
    for paragraph in paragraphs:
        assert paragraph
        assert paragraph == " ".join(paragraph.split())
        assert paragraph.endswith((".", "!", "?"))
        assert len(paragraph) < 900


@pytest.mark.parametrize("entry", ENTRIES, ids=entry_id)
def test_texts_are_plain(entry: Entry) -> None:
    for text in (entry.summary, entry.explanation, entry.python, entry.typescript, *sum(entry.fields, ())):
        assert "`" not in text
        assert "**" not in text
        assert text == text.strip()
    assert entry.python
    assert all(name and meaning for name, meaning in entry.fields)


@pytest.mark.parametrize("entry", ENTRIES, ids=entry_id)
def test_example_is_what_it_stands_for(entry: Entry) -> None:
    assert "\n" not in entry.example
    data: Any = json.loads(entry.example)
    if entry.group == "event":
        assert data["type"] == entry.name
    elif entry.group == "block":
        assert data["type"] == "content_block_start"
        assert isinstance(data["index"], int)
        assert data["content_block"]["type"] == entry.name
    elif entry.group == "delta":
        assert data["type"] == "content_block_delta"
        assert isinstance(data["index"], int)
        assert data["delta"]["type"] == entry.name
    elif entry.group == "stop_reason":
        assert data["type"] == "message_delta"
        assert data["delta"]["stop_reason"] == entry.name
        assert isinstance(data["usage"]["output_tokens"], int)
    elif entry.group == "usage":
        assert entry.name in {*data, *data["usage"], "cost", "cache"}
    else:
        assert data["type"] == "error"
        assert data["error"]["type"] == entry.name
        assert data["error"]["message"]


@pytest.mark.parametrize("entry", [*BLOCKS.values(), *DELTAS.values()], ids=entry_id)
def test_every_field_of_the_example_is_explained(entry: Entry) -> None:
    data = json.loads(entry.example)
    body = data["content_block" if entry.group == "block" else "delta"]
    explained = {name.replace("[]", "").partition(".")[0] for name, _ in entry.fields}
    assert set(body) - {"type"} <= explained


@pytest.mark.parametrize("entry", ENTRIES, ids=entry_id)
def test_see_leads_to_other_entries(entry: Entry) -> None:
    assert entry.see
    assert len(set(entry.see)) == len(entry.see)
    for name in entry.see:
        target = next(iter(lookup_all(name)), None)
        assert target is not None, name
        assert target is not entry
        assert name in (target.name, f"{target.group}:{target.name}")


def test_each_group_holds_its_own_entries_by_name() -> None:
    assert [info.entries for info in GROUPS.values()] == [EVENTS, BLOCKS, DELTAS, STOP_REASONS, ERRORS, USAGE]
    for group, info in GROUPS.items():
        assert info.heading
        assert len(info.summary) <= 80
        for name, entry in info.entries.items():
            assert entry.name == name
            assert entry.group == group


def test_order_teaches() -> None:
    assert list(EVENTS) == [
        "message_start",
        "content_block_start",
        "content_block_delta",
        "content_block_stop",
        "message_delta",
        "message_stop",
        "ping",
        "error",
    ]
    assert list(BLOCKS)[:2] == ["text", "thinking"]
    assert next(iter(DELTAS)) == "text_delta"
    assert next(iter(STOP_REASONS)) == "end_turn"
    for info in GROUPS.values():
        beta = [entry.beta for entry in info.entries.values()]
        assert beta == sorted(beta), "what is beta comes last"


def test_each_group_has_its_kind_of_entry_and_only_errors_have_a_status() -> None:
    kinds = {"event": EventEntry, "block": BlockEntry, "delta": DeltaEntry}
    for entry in ENTRIES:
        assert type(entry) is kinds.get(entry.group, Entry)
        assert (entry.status is not None) == (entry.group == "error")


def test_deltas_fit_known_blocks() -> None:
    for name, delta in DELTAS.items():
        assert delta.blocks
        assert set(delta.blocks) <= set(BLOCKS)
        assert all(name in deltas_for(block) for block in delta.blocks)
    assert deltas_for("thinking") == ("thinking_delta", "signature_delta")


@pytest.mark.parametrize("delta", DELTAS.values(), ids=entry_id)
def test_a_delta_says_what_it_brings(delta: DeltaEntry) -> None:
    example = json.loads(delta.example)["delta"]
    brought = example[delta.field]
    assert set(delta.also) <= set(example)
    if delta.brings in ("text", "json"):
        assert isinstance(brought, str)
    for name in delta.blocks:
        start = json.loads(BLOCKS[name].example)["content_block"]
        if delta.brings == "text":
            assert start[delta.into] == ""
        elif delta.brings == "json":
            assert start[delta.into] == {}
        else:
            assert delta.into in {field for field, _ in BLOCKS[name].fields}
        assert not delta.also or set(delta.also) <= set(start)
    assert delta.label
    assert delta.label == delta.label.lower()
    assert delta.implied_block.items() <= {"input": {}, "type": delta.blocks[0]}.items()


def test_every_block_with_text_has_one_delta_type_that_brings_it() -> None:
    for name, block in BLOCKS.items():
        text = [delta for delta in map(DELTAS.__getitem__, deltas_for(name)) if delta.brings == "text"]
        assert len(text) <= 1
        assert all(delta.role == block.role for delta in text)


@pytest.mark.parametrize("block", BLOCKS.values(), ids=entry_id)
def test_a_block_starts_with_the_fields_that_it_must_have(block: BlockEntry) -> None:
    start = json.loads(block.example)["content_block"]
    assert all(start[field] is not None for field in block.required)


@pytest.mark.parametrize("event", EVENTS.values(), ids=entry_id)
def test_an_event_has_the_fields_that_it_must_have(event: EventEntry) -> None:
    assert event.label
    assert event.lacking(json.loads(event.example)) == []
    paths = [path for path, _ in event.required]
    assert event.lacking({}) == event.lacking(None) == paths
    for path in paths:
        *outer, last = path.split(".")
        for wrong in (None, "", 1.5):
            data = json.loads(event.example)
            inner = data
            for key in outer:
                inner = inner[key]
            inner[last] = wrong
            assert path in event.lacking(data)


def test_a_beta_delta_fills_only_beta_blocks() -> None:
    for delta in DELTAS.values():
        assert delta.beta == all(BLOCKS[block].beta for block in delta.blocks)


def test_blocks_that_arrive_whole() -> None:
    whole = {name for name in BLOCKS if not deltas_for(name)}
    assert whole == {
        "redacted_thinking",
        "container_upload",
        "fallback",
        "mcp_tool_listing",
        *(name for name in BLOCKS if name.endswith("_tool_result")),
    }


def test_tool_input_blocks_are_those_that_take_json() -> None:
    assert set(DELTAS["input_json_delta"].blocks) == TOOL_INPUT_BLOCKS
    for name in TOOL_INPUT_BLOCKS:
        assert json.loads(BLOCKS[name].example)["content_block"]["input"] == {}


def test_citation_kinds_and_usage_fields_are_covered() -> None:
    citations = {name for name, _ in DELTAS["citations_delta"].fields if name.endswith("_location")}
    assert len(citations) == 5
    start = {name for name, _ in EVENTS["message_start"].fields}
    assert "message.usage.cache_creation" in start
    assert "message.usage.output_tokens" in start
    assert "placeholder" in EVENTS["message_start"].explanation
    assert "cumulative" in EVENTS["message_delta"].explanation


def test_grammar_names_known_events_and_fits_a_terminal() -> None:
    assert max(map(len, EVENT_GRAMMAR.splitlines())) <= 80
    for name in EVENTS:
        assert name in EVENT_GRAMMAR


def test_everything_exported_exists() -> None:
    for name in protocol.__all__:
        assert hasattr(protocol, name)


def test_import_is_cheap() -> None:
    code = "import sys; before = set(sys.modules); import inspector.protocol; print(*set(sys.modules) - before)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    heavy = {"anthropic", "textual", "orjson", "json", "difflib", "httpx2", "pydantic", "asyncio", "socket", "textwrap"}
    assert not heavy & set(loaded)
    own = {name for name in loaded if name.startswith("inspector.")}
    assert all(name.startswith(("inspector.protocol", "inspector.version")) for name in own)
    standard = set(loaded) - own - {"inspector"}
    assert standard <= sys.stdlib_module_names | {name for name in loaded if "." in name}
