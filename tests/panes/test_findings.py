from inspector.diagnostics import Finding, Severity
from inspector.panes.findings import findings_content
from inspector.panes.model import StreamModel
from inspector.recording import header_line
from tests.panes.panes import said, session_on
from tests.support import exchange_of_lines, finish, start


def finding(severity: Severity, event: int | None) -> Finding:
    return Finding("X01", f"about {event}", severity, event, None, "message", "fix", "", "")


def heads(findings: list[Finding], cursor: int | None = None, budget: int = 400) -> tuple[list[str], str | None]:
    """The first line of each finding, and the one that is to be in sight."""
    stream = session_on([start(), *finish()])
    stream.cursor = cursor
    stream.found(findings)
    content = findings_content(stream, 60, budget)
    lines = said(content)
    return [line for line in lines if "X01" in line], None if content.focus is None else lines[content.focus]


FINDINGS = [
    finding("info", 2), finding("warn", 3), finding("error", 9), finding("info", 10), finding("error", 4),
    finding("warn", 12), finding("error", None), finding("info", None),
]  # fmt: skip


def test_the_worst_come_first_and_each_kind_by_event() -> None:
    shown, focus = heads(FINDINGS)
    assert shown == [
        "✗ X01 error  event 4", "✗ X01 error  event 9", "✗ X01 error", "▲ X01 warn  event 3", "▲ X01 warn  event 12",
        "· X01 info  event 2", "· X01 info  event 10", "· X01 info",
    ]  # fmt: skip
    assert focus is None


def test_the_nearest_one_up_to_the_cursor_is_in_sight() -> None:
    assert [heads(FINDINGS, cursor)[1] for cursor in (1, 2, 3, 8, 10, 11, 99)] == [
        None, "· X01 info  event 2", "▲ X01 warn  event 3", "✗ X01 error  event 4", "· X01 info  event 10",
        "· X01 info  event 10", "▲ X01 warn  event 12",
    ]  # fmt: skip
    both = [finding("info", 5), finding("error", 5)]
    assert heads(both, 5)[1] == "✗ X01 error  event 5"


def test_more_findings_than_lines() -> None:
    many = [finding("warn", at) for at in range(1, 1001)]
    shown, focus = heads(many)
    assert len(shown) < 110
    assert shown[0] == "▲ X01 warn  event 1"
    shown, focus = heads(many, 700)
    assert focus == "▲ X01 warn  event 700"
    assert len(shown) < 160
    stream = session_on([start(), *finish()], cursor=700)
    stream.found(many)
    content = findings_content(stream, 60, 400)
    assert content.above == "… 649 before"
    assert content.below.endswith("more")


def test_a_rule_that_could_not_be_applied_is_named_with_and_without_findings() -> None:
    stream = session_on([start(), *finish()])
    for findings, first in (([], "● no findings"), (FINDINGS, "✗ X01 error  event 4")):
        stream.found(findings, ["rule P01 cannot be applied to it any further: KeyError: '\x1b'"])
        lines = said(findings_content(stream, 60, 400))
        assert lines[0] == first
        assert lines[-2:] == ["! rule P01 cannot be applied to it any further: KeyError: ", "'␛'"]


def test_what_the_sdk_does_is_said_by_the_client_that_asked() -> None:
    raises = Finding("X01", "name", "error", 1, None, "message", "fix", "It raises.", "It throws.")
    silent = Finding("X02", "name", "warn", 2, None, "message", "fix", "Nothing.", "As in Python.")
    for header, wanted in (
        (b"", "Python's SDK: It raises."),
        (b'["x-stainless-lang","js"]', "TypeScript's SDK: It throws."),
    ):
        request = b'{"kind":"request","t_ns":0,"method":"POST","url":"/v1/messages","headers":[%b]}\n' % header
        stream = StreamModel(exchange_of_lines([header_line({"kind": "synthetic"}), request]))
        stream.found([raises, silent])
        assert [line for line in said(findings_content(stream, 60, 400)) if "SDK" in line] == [wanted]
