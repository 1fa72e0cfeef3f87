"""The thinking pane: what the model thought, as of the moment, and whether it is signed."""

from functools import partial

from inspector.panes.blocks import is_open, text_section
from inspector.panes.content import BlockSections, Content, Pane, joined
from inspector.panes.drawing.lines import Line
from inspector.panes.model import StreamModel
from inspector.timeline.message import Block, text_delta_of
from inspector.timeline.text_window import blocks_of


def thinking_content(stream: StreamModel, width: int, budget: int) -> Content:
    """A section for each block of thinking that had begun."""
    blocks = blocks_of(stream.exchange.index, stream.n, "thinking")
    if not blocks:
        return Content([[("no thinking in this stream" if stream.over else "no thinking yet", "dim")]])
    return joined(BlockSections(blocks, partial(_section, stream, width)), budget, stream.at_end, "blocks")


def _section(stream: StreamModel, width: int, block: Block, budget: int) -> Content:
    n = stream.n
    content = text_section(block, text_delta_of(block), n, width, budget, stream.at_end, "thinking")
    content.lines.append(_signature(block, n))
    return content


def _signature(block: Block, n: int) -> Line:
    if isinstance(data := block.start.get("data"), str):
        return [(f"◆ redacted: {len(data):,} characters, encrypted", "dim")]
    signed = [(at, fields["signature"]) for at, fields in block.assigned if at <= n and "signature" in fields]
    at, signature = signed[-1] if signed else (block.start_n, block.start.get("signature"))
    if signature:
        return [(f"◆ signature: {len(str(signature)):,} characters, came with event {at}", "good")]
    return [("◇ signature: " + ("not yet" if is_open(block, n) else "none came"), "warning")]


PANE = Pane(
    name="thinking",
    summary="what the model thought, and whether its signature has come",
    order=40,
    draw=thinking_content,
)
