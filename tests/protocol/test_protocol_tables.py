"""The tables themselves: complete texts, examples that are what they claim, references that lead somewhere."""

import json
import subprocess
import sys
from typing import Any

import pytest

from inspector import protocol
from inspector.protocol import (
    BLOCKS,
    DELTA_TEXT_FIELD,
    DELTAS,
    ERRORS,
    EVENT_GRAMMAR,
    EVENTS,
    GROUPS,
    STOP_REASONS,
    TOOL_INPUT_BLOCKS,
    Entry,
    lookup,
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
        target = lookup(name)
        assert target is not None, name
        assert target is not entry
        assert name in (target.name, f"{target.group}:{target.name}")


def test_each_group_holds_its_own_entries_by_name() -> None:
    assert [info.entries for info in GROUPS.values()] == [EVENTS, BLOCKS, DELTAS, STOP_REASONS, ERRORS]
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


def test_only_blocks_have_deltas_only_deltas_have_blocks_only_errors_have_a_status() -> None:
    for entry in ENTRIES:
        assert not entry.deltas or entry.group == "block"
        assert bool(entry.blocks) == (entry.group == "delta")
        assert (entry.status is not None) == (entry.group == "error")


def test_blocks_and_deltas_agree() -> None:
    from_blocks = {(delta, block.name) for block in BLOCKS.values() for delta in block.deltas}
    from_deltas = {(delta.name, block) for delta in DELTAS.values() for block in delta.blocks}
    assert from_blocks == from_deltas
    assert {block for _, block in from_blocks} <= set(BLOCKS)
    assert {delta for delta, _ in from_blocks} == set(DELTAS)


def test_a_beta_delta_fills_only_beta_blocks() -> None:
    for delta in DELTAS.values():
        assert delta.beta == all(BLOCKS[block].beta for block in delta.blocks)


def test_blocks_that_arrive_whole() -> None:
    whole = {name for name, block in BLOCKS.items() if not block.deltas}
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


def test_delta_text_fields_are_in_the_examples() -> None:
    for name, field in DELTA_TEXT_FIELD.items():
        assert isinstance(json.loads(DELTAS[name].example)["delta"][field], str)
    assert set(DELTAS) - set(DELTA_TEXT_FIELD) == {"citations_delta", "compaction_delta"}


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
