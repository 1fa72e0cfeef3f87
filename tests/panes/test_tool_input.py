"""The tool input pane: the value as far as it has come, what is open, and where it broke."""

from typing import Any

import pytest

from inspector.panes.message import message_content
from inspector.panes.model import StreamModel
from inspector.panes.tool_input import tool_input_content
from tests.panes.panes import in_role, said, session_on
from tests.support import block, input_json, start

# Before the first fragment there are the message's start and the block's.
FIRST = 3


def session_of(*fragments: str, cursor: int | None = None, stop: bool = True) -> StreamModel:
    kept: dict[str, Any] = {"id": "toolu_1", "name": "get_weather", "input": {}}
    events = [start(), *block(0, *map(input_json, fragments), type="tool_use", stop=stop, **kept)]
    return session_on(events, cursor, end=None)


def test_what_is_open_and_from_where_on_nothing_is_whole() -> None:
    stream = session_of('{"city":"Paris","da', 'ys":[1,2', "3,4", "]}", cursor=FIRST + 2)
    content = tool_input_content(stream, 78, 400)
    lines = said(content)
    assert "◌ open: { [ a number" in lines
    assert '{"city":"Paris","da┊ys":[1,2┊3▸,4▌' in lines
    assert "┊ between fragments   ▸ not whole from here on" in lines[-2]
    assert "30 bytes in 3 fragments" in lines[-2]
    assert in_role(content, "new") == "3,4"
    assert content.focus == len(lines) - 1


@pytest.mark.parametrize(
    ("fragments", "raw", "where"),
    [
        (['{"a":1', "x}", "more"], '{"a":1┊✗x}┊more', "✗ byte 6: x cannot stand here: a number does not go on"),
        (['{"a":', "", 'NaN, "b":2}'], '{"a":┊✗NaN, "b":2}', "✗ byte 5: N cannot stand here: expected a value (fragment 3, event 5)"),
        (['{"é":1}', "}"], '{"é":1}┊✗}', "✗ byte 8: } cannot stand here"),
        (["]"], "✗]", "✗ byte 0: ] cannot stand here: expected a value (fragment 1, event 3)"),
        (['["a\x01"]'], '["a✗␁"]', "✗ byte 3: ␁ cannot stand here: a control character within a string"),
    ],
)  # fmt: skip
def test_where_it_broke_and_what_brought_it(fragments: list[str], raw: str, where: str) -> None:
    content = tool_input_content(session_of(*fragments), 110, 400)
    lines = said(content)
    assert raw in lines
    assert any(line.startswith(where) for line in lines)
    assert "✗ broken here" in lines[lines.index(raw) - 1]
    broken = raw.partition("✗")[2].replace("┊", "")
    assert in_role(content, "error").endswith("✗" + broken)
    assert [line for line in said(message_content(session_of(*fragments), 110, 400)) if line.startswith(where)]


def test_what_came_before_the_break_is_still_shown() -> None:
    lines = said(tool_input_content(session_of('{"city":"Paris","days":[1,2', " 3]}"), 78, 400))
    assert '  city: "Paris"' in lines
    assert "    2" in lines
    assert "    3" not in lines


def test_a_break_far_above_is_shown_too() -> None:
    lines = said(tool_input_content(session_of('{"a":1', "x}", "more" * 20_000), 60, 400))
    assert "from byte 0 on" in lines
    assert any(line.startswith('{"a":1┊✗x}┊more') for line in lines)
    assert any("bytes before this" in line for line in lines)
    assert len(lines) < 100


def test_an_input_that_ends_before_it_is_whole() -> None:
    assert "✗ it ends before it is whole; open: { a string" in said(tool_input_content(session_of('{"a":"b'), 78, 400))
    going_on = said(tool_input_content(session_of('{"a":"b', stop=False), 78, 400))
    assert "◌ open: { a string" in going_on


def test_a_whole_input() -> None:
    content = tool_input_content(session_of('{"a":', "1}"), 78, 400)
    lines = said(content)
    assert "● whole" in lines
    assert lines[-1] == '{"a":┊1}'
    assert not {"▸", "✗"} & set("".join(lines))


def test_what_no_parser_here_follows_is_not_called_broken() -> None:
    # The SDK's partial parser gives up below 200 brackets.
    lines = said(tool_input_content(session_of("[" * 500 + '{"a":' * 100), 78, 400))
    assert any("600 brackets, at last" in line for line in lines)
    assert not any("cannot stand here" in line for line in lines)
    assert lines[1:4] == ["[", "  [", "    ["]


def test_halves_of_a_surrogate_pair() -> None:
    lines = said(tool_input_content(session_of('{"a":"\ud83d', 'b"}'), 78, 400))
    assert '  a: "<U+D83D>b"' in lines
    assert lines[-1] == '{"a":"<U+D83D>┊b"}'


def test_a_large_input_is_parsed_at_rest_bit_by_bit() -> None:
    stream = session_of("[" + '{"name":"value","list":[1,2,3]},' * 20_000)
    stream.resting = False
    moving = said(tool_input_content(stream, 78, 400))
    assert "640,001 bytes: parsed when the cursor rests" in moving
    stream.resting = True
    versions = [stream.version]
    while any("are being looked through" in line for line in said(tool_input_content(stream, 78, 400))):
        versions.append(stream.version)
    # The screen draws again as long as what is known changes.
    assert len(versions) == len(set(versions)) > 2
    lines = said(tool_input_content(stream, 78, 400))
    assert stream.version == versions[-1]
    assert "✗ it ends before it is whole; open: [" in lines
    assert '    name: "value"' in lines
    assert len(lines) < 500


def test_tiny_fragments_in_a_large_input() -> None:
    stream = session_of('["', *"ab" * 20_000)
    lines = said(tool_input_content(stream, 78, 400))
    head = next(line for line in lines if line.startswith("raw"))
    assert "40,002 bytes in 40,001 fragments" in head
    assert len(lines) - lines.index(head) < 150
    assert lines[-1].endswith("a┊b┊a┊b")
