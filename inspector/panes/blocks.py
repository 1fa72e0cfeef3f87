"""The sections that panes make of content blocks."""

from typing import Any

from inspector.panes.content import Content, left_out, text_lines
from inspector.panes.drawing.json_lines import json_lines
from inspector.panes.drawing.lines import Line, wrap
from inspector.text.sanitise import sanitise, sanitise_start
from inspector.timeline.message import Block
from inspector.timeline.partial_json import PartialMode
from inspector.timeline.snapshot import block_at
from inspector.timeline.text_window import text_window


def is_open(block: Block, n: int) -> bool:
    """Whether a block was still being written at event n."""
    return block.stop_n is None or block.stop_n > n


def heading(block: Block, n: int, role: str) -> Line:
    """The block's type, index and name, and whether it is still open."""
    words = [sanitise(str(block.start[key])[:80]) for key in ("name", "id", "tool_use_id") if block.start.get(key)]
    line: Line = [(f"{sanitise_start(block.type)} {sanitise_start(str(block.index))}", f"{role} strong")]
    if words:
        line.append(("  " + words[0], "strong" if "name" in block.start else "dim"))
        line += [("  " + word, "dim") for word in words[1:]]
    if is_open(block, n):
        line.append(("  open", "dim"))
    return line


def text_section(block: Block, delta_type: str, n: int, width: int, budget: int, at_end: bool, role: str) -> Content:
    """A block with its text as of event n."""
    found = text_window(block, delta_type, n, budget * width, at_end)
    if not at_end:
        found = found._replace(new=len(found.text))
    lines = [heading(block, n, role)]
    if found.before:
        lines.append([(left_out(found.before) + " before this", "dim")])
    if found.text or is_open(block, n):
        lines += text_lines(found, width, role, caret=is_open(block, n) and not found.after)
    content = Content(lines, above="", below=left_out(found.after))
    if found.new < len(found.text):
        content.focus = len(lines) - 1
    return content


def citations(block: Block, n: int, width: int) -> list[Line]:
    """One line for each citation that had come."""
    lines: list[Line] = []
    for number, (_, citation) in enumerate([entry for entry in block.citations if entry[0] <= n], 1):
        values: dict[str, Any] = citation if isinstance(citation, dict) else {}
        title = values.get("title") or values.get("document_title") or values.get("url") or values.get("type") or "?"
        text = f"[{number}] {title}: “{values.get('cited_text', '')}”"
        lines += wrap(sanitise(text[:400]), width, "dim")[:3]
    return lines


def other_section(block: Block, n: int, width: int, budget: int, mode: PartialMode) -> Content:
    """A block of any other type: what it says, as JSON."""
    value = block_at(block, n, mode)
    value = {key: part for key, part in value.items() if key not in ("type", "id", "tool_use_id", "name")}
    return Content([heading(block, n, "block"), *(json_lines(value, width, min(budget, 200)) if value else [])])
