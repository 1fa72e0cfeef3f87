"""The request and the head of the response, as they were recorded: redacted."""

from typing import Any

from inspector.panes.content import Content, Pane
from inspector.panes.drawing.json_lines import json_lines
from inspector.panes.drawing.lines import Line, wrap
from inspector.panes.model import StreamModel
from inspector.text.sanitise import sanitise

_FIRST = ("model", "system", "tools", "messages")


def request_content(stream: StreamModel, width: int, budget: int) -> Content:
    """What was asked, the body by its members, and the head of what was answered."""
    request = stream.exchange.request
    lines: list[Line] = []
    if request is None:
        lines.append([("the recording has no request", "dim")])
    else:
        target = f"{request.get('method') or ''} {request.get('url') or ''}"
        lines += [*wrap(sanitise(target), width, "strong"), *_headers(request.get("headers"), width)]
        if why := request.get("body_left_out"):
            lines += [[], *wrap(sanitise(f"the body is left out: {why}"), width, "dim")]
        else:
            lines += _body(request.get("body"), width, budget)
    response = stream.view.response
    if response:
        lines += [[], [("response ", "heading strong"), (sanitise(str(response.get("status"))), "strong")]]
        lines += _headers(response.get("headers"), width)
    return Content(lines)


def _headers(headers: Any, width: int) -> list[Line]:
    pairs = [pair for pair in headers or () if isinstance(pair, list) and len(pair) == 2]
    lines: list[Line] = []
    for name, value in pairs:
        first, *rest = wrap(sanitise(f"{name}: {value}"), width - 2, "faint")
        lines += [[("  ", ""), *first], *([("    ", ""), *line] for line in rest)]
    return lines


def _body(body: Any, width: int, budget: int) -> list[Line]:
    if body is None:
        return [[], [("no body was kept", "dim")]]
    if not isinstance(body, dict):
        return [[], *json_lines(body, width, budget)]
    lines: list[Line] = []
    for name in (*(key for key in _FIRST if key in body), *(key for key in body if key not in _FIRST)):
        value = body[name]
        if isinstance(value, (dict, list)):
            lines += [[], [(sanitise(name), "heading strong")], *json_lines(value, width, budget)]
        elif isinstance(value, str) and name == "system":
            lines += [[], [(name, "heading strong")], *wrap(sanitise(value, lines=True), width)[:budget]]
        else:
            lines += [[], [(sanitise(name), "heading strong"), ("  ", ""), *json_lines(value, width, 5)[0]]]
    return lines


PANE = Pane(
    name="request",
    summary="the request and the head of the response, redacted",
    order=100,
    draw=request_content,
    numbered=False,
    key="r",
)
