"""A type that the API adds is an entry of the protocol's tables: everything else looks it up there."""

from typing import Any, cast

import pytest

from inspector.diagnostics.engine import diagnose
from inspector.panes.copies import block_text
from inspector.panes.message import message_content
from inspector.protocol import BLOCKS, DELTAS, BlockEntry, DeltaEntry, deltas_for, fits
from inspector.protocol.entry import block_delta, block_start
from inspector.timeline.rows import row
from tests.panes.panes import said, session_on
from tests.support import block, exchange_of_body, finish, sse, start

_TEXTS: dict[str, Any] = {"summary": "A poem", "explanation": "A poem.", "fields": (), "python": "Nothing."}
_POEM = BlockEntry(
    name="poem", role="text", required=("lines",), example=block_start('{"type":"poem","lines":""}'), **_TEXTS
)
_POEM_DELTA = DeltaEntry(
    name="poem_delta",
    label="verse",
    role="text",
    brings="text",
    field="verse",
    into="lines",
    derived="poem",
    blocks=("poem",),
    example=block_delta('{"type":"poem_delta","verse":"O"}'),
    **_TEXTS,
)
_RHYME_DELTA = DeltaEntry(
    name="rhyme_delta",
    label="rhyme",
    role="other",
    brings="item",
    field="rhyme",
    into="rhymes",
    derived="rhyme",
    blocks=("poem",),
    example=block_delta('{"type":"rhyme_delta","rhyme":"rose"}'),
    **_TEXTS,
)
_SEAL_DELTA = DeltaEntry(
    name="seal_delta",
    label="seal",
    role="other",
    brings="value",
    field="wax",
    into="seal",
    also=("colour",),
    derived="seal",
    blocks=("poem",),
    example=block_delta('{"type":"seal_delta","wax":"x"}'),
    **_TEXTS,
)


@pytest.fixture(autouse=True)
def entries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(cast(dict[str, BlockEntry], BLOCKS), "poem", _POEM)
    for entry in (_POEM_DELTA, _RHYME_DELTA, _SEAL_DELTA):
        monkeypatch.setitem(cast(dict[str, DeltaEntry], DELTAS), entry.name, entry)


def verse(piece: str) -> dict[str, Any]:
    return {"type": "poem_delta", "verse": piece}


_WHOLE = [
    start(),
    *block(
        0,
        *map(verse, ("a rose ", "is a ") * 20),
        {"type": "rhyme_delta", "rhyme": "nose"},
        {"type": "rhyme_delta", "rhyme": "hose"},
        {"type": "seal_delta", "wax": "red", "by": "me"},
        type="poem",
        lines="O ",
    ),
    *finish(),
]


def test_the_tables_know_what_fits() -> None:
    assert deltas_for("poem") == ("poem_delta", "rhyme_delta", "seal_delta")
    assert fits("poem_delta", "poem")
    assert not fits("poem_delta", "text")
    assert not fits("text_delta", "poem")


def test_the_timeline_names_it() -> None:
    exchange = exchange_of_body([sse(event) for event in _WHOLE])
    assert row(exchange, 3)[3:] == ("verse", "text", 0, '"a rose "')
    assert row(exchange, 43)[3:] == ("rhyme", "block", 0, '"nose"')


def test_the_message_is_made_of_it() -> None:
    exchange = exchange_of_body([sse(event) for event in _WHOLE])
    message = exchange.view().message
    assert message
    assert message["content"] == [
        {
            "type": "poem", "lines": "O " + "a rose is a " * 20, "rhymes": ["nose", "hose"],
            "seal": "red", "by": "me", "colour": None,
        }
    ]  # fmt: skip
    before = exchange.at(43).message
    assert before
    assert before["content"][0]["rhymes"] == ["nose"]
    assert "seal" not in before["content"][0]


def test_a_delta_alone_implies_its_block() -> None:
    events = [start(), {"type": "content_block_delta", "index": 0, "delta": verse("O")}, *finish()]
    message = exchange_of_body([sse(event) for event in events]).view().message
    assert message
    assert message["content"] == [{"type": "poem", "lines": "O"}]


def test_the_rules_know_what_it_must_have() -> None:
    events = [
        start(),
        *block(0, {"type": "poem_delta"}, type="poem"),
        *block(1, verse("O"), type="text", text=""),
        *finish(),
    ]
    found = [
        (finding.code, finding.message) for finding in diagnose(exchange_of_body([sse(event) for event in events]))
    ]
    assert ("P12", "block 0 (poem) starts without lines") in found
    assert any(code == "P16" and "1 poem_delta without its field" in message for code, message in found)
    assert any(code == "P07" and "poem_delta, 1 character dropped" in message for code, message in found)
    assert "P15" not in [code for code, _ in found]


def test_a_start_that_holds_its_text_already_is_told() -> None:
    found = [
        (finding.code, finding.message) for finding in diagnose(exchange_of_body([sse(event) for event in _WHOLE]))
    ]
    assert ("P13", 'block 0 (poem) starts with content: "O "') in found


def test_the_panes_show_its_text() -> None:
    stream = session_on(_WHOLE, cursor=4)
    assert block_text(stream) == "O a rose is a "
    assert any("O a rose is a" in line for line in said(message_content(stream, 80, 100)))
