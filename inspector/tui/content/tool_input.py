"""The tool input pane: the tree as far as it parses, and the raw fragments."""

from functools import partial

from inspector.timeline.message import Block
from inspector.timeline.passages import blocks_of, passage
from inspector.timeline.snapshot import tool_input_text
from inspector.tui.content.blocks import heading, input_lines, is_open
from inspector.tui.content.content import Content, joined, left_out, text_lines
from inspector.tui.draw.json_lines import json_lines
from inspector.tui.model import Session

_TREE = 300


def tool_input_content(session: Session, width: int, budget: int) -> Content:
    blocks = blocks_of(session.exchange.index, session.n, "tool")
    if not blocks:
        return Content([[("no tool is called in this stream" if session.whole else "no tool is called yet", "dim")]])
    sections = [partial(_section, session, block, width) for block in blocks]
    return joined(sections, budget, session.at_end, "tools")


def _section(session: Session, block: Block, width: int, budget: int) -> Content:
    n = session.n
    text = tool_input_text(block, n)
    lines = [heading(block, n, "tool")]
    if text:
        lines += input_lines(text, width, min(budget, _TREE), parse_all=session.resting)
    elif block.start.get("input"):
        lines += json_lines(block.start["input"], width, min(budget, _TREE))
    else:
        lines.append([("no input yet ▌" if is_open(block, n) else "{}  no input was sent", "dim")])
    content = Content(lines)
    if text:
        found = passage(block, "input_json_delta", n, max(400, min(budget, 60) * width), at_end=True)
        count = sum(1 for at in block.buffers["input_json_delta"].events if at <= n) if len(text) < 1 << 16 else 0
        fragments = f" in {count:,} fragments" if count else ""
        lines.append([])
        lines.append([(f"raw  {len(text):,} bytes{fragments}", "dim")])
        if found.before:
            lines.append([(left_out(found.before) + " before this", "dim")])
        lines += text_lines(found, width, "faint", caret=is_open(block, n))
        if found.new < len(found.text):
            content.focus = len(lines) - 1
    return content
