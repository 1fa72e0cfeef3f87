"""The message pane: what the user would see of the reply, as of the moment."""

from collections.abc import Iterator, Sequence
from functools import partial
from itertools import chain, pairwise
from typing import Final

from inspector.panes.blocks import citations, heading, is_open, other_section, text_section
from inspector.panes.content import Content, Pane, Section, joined, left_out
from inspector.panes.drawing.json_lines import json_lines
from inspector.panes.drawing.lines import Line, Piece, wrap
from inspector.panes.drawing.markdown import MarkdownSplits, markdown_lines
from inspector.panes.model import StreamModel
from inspector.panes.tool_input import scanned, state_lines, value_lines
from inspector.text.sanitise import sanitise, sanitise_start
from inspector.timeline import View
from inspector.timeline.message import Block, Buffer, Message, role_of, text_delta_of
from inspector.timeline.snapshot import tool_input_text
from inspector.timeline.text_window import (
    BlockText,
    all_blocks_at,
    block_at_event,
    blocks_at,
    decoded,
    messages_at,
    text_window,
)

# So many bytes for each line while the cursor moves: the parser takes its time.
_MOVING: Final = 10


def markdown_section(stream: StreamModel, block: Block, delta_type: str, width: int, budget: int, role: str) -> Content:
    """A block with its text as of the stream's moment, what its event brought marked."""
    part = _Part(stream, block, delta_type, width, role)
    limit = budget * (width if stream.resting else _MOVING)
    first, last = part.end_of(limit) if stream.at_end else part.beginning_of(limit)
    lines = part.lines(first, last)
    marked = stream.at_end and part.text.new < last
    if marked:
        start = max(first, part.splits.before(part.text.new))
        changed = part.lines(start, last)
        lines[len(lines) - len(changed) :] = _marked(changed, part.lines(start, part.text.new))
    if is_open(block, stream.n) and last == part.text.total:
        lines[-1:] = [[*(lines[-1] if lines else []), ("▌", "accent")]]
    head: list[Line] = [[*heading(block, stream.n, role), ("  Markdown, v: plain text", "dim")]]
    if first:
        head.append([(left_out(first) + " before this", "dim")])
    lines = head + lines
    return Content(lines, below=left_out(part.text.total - last), focus=len(lines) - 1 if marked else None)


class _Part:
    """Stretches of a block's text as lines; what is known of where they can be cut is kept in the stream."""

    def __init__(self, stream: StreamModel, block: Block, delta_type: str, width: int, role: str) -> None:
        self.text = BlockText(block, delta_type, stream.n)
        self.splits = stream.splits.setdefault(block, MarkdownSplits())
        self._width, self._role = width, role
        if self.splits.looked < self.text.total:
            self.splits.extend(self.text.part(self.splits.looked, self.text.total))

    def beginning_of(self, limit: int) -> tuple[int, int]:
        """About so many bytes from the start on."""
        total = self.text.total
        return 0, total if total <= limit else self.splits.before(limit) or limit

    def end_of(self, limit: int) -> tuple[int, int]:
        """About so many bytes up to the end: whole parts, unless that would be less than half of them."""
        total = self.text.total
        if total <= limit:
            return 0, total
        first = total - limit
        following = self.splits.between(first - 1, total - limit // 2)
        if following:
            return following[0], total
        line_end = self.text.part(first, total).find(b"\n") + 1
        return self.text.whole_character(first + line_end), total

    def lines(self, first: int, last: int) -> list[Line]:
        """The text between two places."""
        parts: list[Sequence[Line]] = []
        for start, stop in pairwise([first, *self.splits.between(first, last), max(first, last)]):
            shown = markdown_lines(decoded(self._opening(start) + self.text.part(start, stop)), self._width, self._role)
            parts += [[[]], shown] if parts and shown else [shown]
        return list(chain.from_iterable(parts))

    def _opening(self, start: int) -> bytes:
        """What a stretch has to begin with if it starts within a block of code."""
        part = self.splits.before(start + 1)
        fence = self.splits.fence(part)
        return fence + b"\n" if fence and part < start else b""


def _marked(lines: list[Line], old: list[Line]) -> list[Line]:
    """The lines with whatever differs from the old ones, and all behind it, marked as new."""
    pairs = enumerate(zip(lines, old, strict=False))
    same = next((at for at, (line, was) in pairs if line != was), min(len(lines), len(old)))
    left = _common(lines[same], old[same]) if same < min(len(lines), len(old)) else 0
    marked = lines[:same]
    for line in lines[same:]:
        found: Line = []
        for text, role in line:
            found += [piece for piece in ((text[:left], role), (text[left:], f"{role} new")) if piece[0]]
            left = max(0, left - len(text))
        marked.append(found)
        left = 0
    return marked


def _common(line: Line, old: Line) -> int:
    """How many characters two lines have in common, looks included, before they differ."""
    pairs = enumerate(zip(_characters(line), _characters(old), strict=False))
    shorter = min(sum(len(text) for text, _ in line), sum(len(text) for text, _ in old))
    return next((at for at, (mine, other) in pairs if mine != other), shorter)


def _characters(line: Line) -> Iterator[Piece]:
    return ((character, role) for text, role in line for character in text)


_BODY = 1 << 15
_SMALL_INPUT = 1 << 13


def message_content(stream: StreamModel, width: int, budget: int) -> Content:
    """The messages as of the moment, a section for each block."""
    content = joined(_Messages(stream, width), budget, stream.at_end, "blocks")
    if stream.follow and stream.whole:
        content.focus = None
    return content


class _Messages:
    """The sections of the pane: each message's heading, where there are several, and its blocks; at last the ending."""

    def __init__(self, stream: StreamModel, width: int) -> None:
        index = stream.exchange.index
        self._session, self._width, self._view = stream, width, stream.view
        self._messages = index.messages
        self._count = messages_at(index, stream.n)
        self._blocks = all_blocks_at(index, stream.n)

    def __len__(self) -> int:
        return self._blocks + (self._count if self._count > 1 else 0) + 1 + (not self._count)

    def __iter__(self) -> Iterator[Section]:
        for at in range(self._count):
            yield from self._message(at)
        yield from self._around()

    def __reversed__(self) -> Iterator[Section]:
        yield from reversed(self._around())
        for at in range(self._count - 1, -1, -1):
            yield from reversed(self._message(at))

    def _message(self, at: int) -> list[Section]:
        message = self._messages[at]
        blocks = message.blocks[: blocks_at(message, self._session.n)]
        turn: list[Section] = [partial(_turn, message, at + 1)] if self._count > 1 else []
        return turn + [partial(_block, self._session, block, self._width) for block in blocks]

    def _around(self) -> list[Section]:
        """What stands where there is no message, and how it ended."""
        last = self._messages[self._count - 1] if self._count else None
        nothing: list[Section] = [] if last else [partial(_no_message, self._view, self._width)]
        return [*nothing, partial(_ending, self._view, last, self._width)]


def _turn(message: Message, number: int, budget: int) -> Content:
    return Content(
        [[(f"message {number}  ", "message strong"), (sanitise_start(str(message.start.get("id", ""))), "dim")]]
    )


def _block(stream: StreamModel, block: Block, width: int, budget: int) -> Content:
    n, role = stream.n, role_of(block)
    if role == "text":
        if stream.markdown:
            content = markdown_section(stream, block, text_delta_of(block), width, budget, "text")
        else:
            content = text_section(block, text_delta_of(block), n, width, budget, stream.at_end, "text")
            content.lines[0].append(("  plain text, v: Markdown", "dim"))
        content.lines += citations(block, n, width)
        return content
    if role == "thinking":
        return Content([[*heading(block, n, "thinking"), (_thought(block, n), "dim")]], focus=_focus(stream, block))
    mode = stream.exchange.partial_mode
    if role == "tool":
        text = tool_input_text(block, n)
        if len(text) > _SMALL_INPUT:
            lines: list[Line] = [[(f"input: {len(text):,} bytes, see 3 tool input", "dim")]]
        else:
            lines = _input(stream, block, text, width, min(budget, 60))
        if not text and not is_open(block, n) and block.start.get("input") is not None:
            lines = json_lines(block.start["input"], width, 60)
        elif not text and is_open(block, n):
            lines = [[("▌", "accent")]]
        return Content([heading(block, n, "tool"), *lines], focus=_focus(stream, block, len(lines)))
    return other_section(block, n, width, budget, mode)


def _input(stream: StreamModel, block: Block, text: bytes, width: int, budget: int) -> list[Line]:
    if not text or (state := scanned(stream, block, text, budget)) is None:
        return []
    lines = value_lines(text, state, width, budget)
    if state.broken is None:
        return lines
    return lines + state_lines(block.input_text or Buffer(), state, is_open(block, stream.n), width)


def _focus(stream: StreamModel, block: Block, line: int = 0) -> int | None:
    active = stream.cursor is not None and block_at_event(stream.exchange.index, stream.n) is block
    return line if active else None


def _thought(block: Block, n: int) -> str:
    found = text_window(block, text_delta_of(block), n, 0, at_end=True)
    return f"  {found.total:,} bytes of thinking" if found.total else ""


def _ending(view: View, message: Message | None, width: int, budget: int) -> Content:
    lines: list[Line] = []
    if error := view.error:
        where = f" (event {error['event']})" if error["event"] else ""
        text = f"✗ {error['type'] or 'error'}: {error['message'] or 'no message'}{where}"
        lines += wrap(sanitise(text[: 16 * width]), width, "error strong")[:12]
    for _, update in [entry for entry in message.updates if entry[0] <= view.n] if message else ():
        delta = update.get("delta")
        reason = delta.get("stop_reason") if isinstance(delta, dict) else None
        if reason:
            lines.append([(f"■ {sanitise_start(str(reason))}", "message strong")])
    if view.whole and view.status == "truncated":
        lines += wrap("✂ the stream ended here, without a message_stop", width, "warning strong")
    if view.whole and view.status == "cancelled":
        lines += wrap("✂ cancelled: our side left first", width, "warning strong")
    return Content(lines)


def _no_message(view: View, width: int, budget: int) -> Content:
    if value := view.reply:
        return Content([[("the reply", "strong")], *json_lines(value, width, budget)])
    if view.status in ("not-a-stream", "reply") or (view.n and view.status == "error"):
        exchange = view.exchange
        body = bytearray()
        for n in range(1, view.n + 1):
            body += exchange.frame(n).raw
            if len(body) > _BODY:
                break
        if view.whole and len(body) <= _BODY:
            body += exchange.index.tail
        text = sanitise(body[:_BODY].decode("utf-8", "replace"), lines=True)
        lines = wrap(text, width)[:budget]
        head = "the body is no event stream" if view.status == "not-a-stream" else "the body"
        if not body and view.status == "reply":
            return Content([[("answered without a body", "dim")]])
        return Content([[(head, "strong")], *lines], below="… more" if len(body) > _BODY else "")
    return Content([[("nothing has come yet", "dim")]] if not view.n else [[("no message yet", "dim")]])


PANE = Pane(
    name="message",
    summary="what the user of the application would see",
    order=30,
    draw=message_content,
)
