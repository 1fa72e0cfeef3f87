import pytest

from inspector.timeline.rows import Row, row
from tests.support import block, exchange_of_body, finish, input_json, sse, start, text


def rows_of(*bodies: bytes) -> list[Row]:
    exchange = exchange_of_body(bodies)
    return [row(exchange, n) for n in range(1, exchange.index.count + 1)]


def test_each_kind_says_what_it_brings() -> None:
    found = rows_of(
        sse(start(model="claude-x")),
        sse(*block(0, text("Hi\nthere"), type="text", text="")),
        sse(*block(1, input_json('{"a":'), type="tool_use", id="toolu_1", name="look")),
        sse({"type": "ping"}, {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}),
        sse(*finish("end_turn", 12)),
        b": keep-alive\n\nretry: 5\n\n\n",
    )
    assert [(r.label, r.block, r.summary) for r in found] == [
        ("message_start", None, "claude-x msg_1"),
        ("block start", 0, "text"),
        ("text delta", 0, '"Hi\\nthere"'),
        ("block stop", 0, ""),
        ("block start", 1, "tool_use look toolu_1"),
        ("input json", 1, '"{\\"a\\":"'),
        ("block stop", 1, ""),
        ("ping", None, ""),
        ("error", None, "overloaded_error: Overloaded"),
        ("message_delta", None, "end_turn · out 12"),
        ("message_stop", None, ""),
        ("comment", None, "keep-alive"),
        ("retry", None, "5 ms"),
        ("blank line", None, ""),
    ]


def test_what_is_unknown_is_called_by_its_own_name() -> None:
    found = rows_of(sse({"type": "from_the_future", "x": 1}, *block(0, {"type": "new_delta", "y": [2]}, type="new")))
    assert [(r.label, r.tone) for r in found] == [
        ("from_the_future", "unknown"),
        ("block start", "block"),
        ("new_delta", "unknown"),
        ("block stop", "block"),
    ]
    assert found[0].summary == '{"x":1}'


@pytest.mark.parametrize(
    ("error", "summary"),
    [
        ({"type": "request_fail", "upstream_error": {"error": {"message": "no"}}}, "request_fail: no"),
        ({"type": "api_error", "message": "bad", "metadata": {"error": {"message": "no"}}}, "api_error: bad: no"),
        ({"type": "api_error", "message": {"code": None}}, 'api_error: {"code":null}'),
        ("no", "no"),
        ({"code": None}, '{"error":{"code":null}}'),
        (None, '{"error":null}'),
    ],
)
def test_an_error_is_told_with_its_upstream_s(error: object, summary: str) -> None:
    (found,) = rows_of(sse({"type": "error", "error": error}))
    assert found.summary == summary


def test_values_of_other_types_are_json() -> None:
    found = rows_of(
        sse(start(model=[True], id={"a": None}), *block(0, type="tool_use", id=[None], name=True)),
        sse(*finish({"a": "b"}, [None])),
    )
    assert [r.summary for r in found] == [
        '[true] {"a":null}', "tool_use true [null]", "", '{"a":"b"} · out [null]', "",
    ]  # fmt: skip


@pytest.mark.parametrize("evil", ["\x1b]8;;http://x\x07", "\u202e", "\x9b31m", "\x00"])
def test_nothing_reaches_a_terminal(evil: str) -> None:
    found = rows_of(sse(start(model=evil), *block(0, text(evil), type=evil), {"type": evil}))
    assert not any(character in r.label + r.summary for r in found for character in evil if not character.isprintable())


def test_times_and_gaps() -> None:
    found = rows_of(sse(start()), sse({"type": "ping"}, {"type": "ping"}))
    assert [(r.t_ns, r.gap_ns) for r in found] == [(0, None), (1000, 1000), (1000, 0)]


def test_a_huge_event_is_not_read_for_its_row() -> None:
    found = rows_of(sse(*block(0, text("x" * 100_000), type="text")))
    assert found[1].summary.endswith(" bytes")
    assert found[1].block == 0
