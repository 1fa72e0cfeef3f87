"""The texts that `inspector explain` prints."""

import re
import textwrap
from collections.abc import Iterator
from typing import Final

from inspector import protocol
from inspector.diagnostics import RULES, Rule
from inspector.diagnostics.finding import SCOPES
from inspector.protocol.source import Source
from inspector.text.paint import Paint

_WIDTH: Final = 88
# A value with the key before it and the punctuation behind it, so that a line begins with neither; anything else.
_STRING: Final = r'"(?:[^"\\]|\\.)*"'
_JSON_TOKEN: Final = re.compile(
    rf'(?:{_STRING}\s*:\s*)?(?:{_STRING}|[^\s"{{}}\[\],:]+|[{{\[])[}}\],:]*\s*|[}}\],:]+\s*|\s+|"', re.S
)
# A word with the space behind it, an escape sequence: what a long string is broken between.
_STRING_PIECE: Final = re.compile(r"\\u[0-9a-fA-F]{4}|\\.|[^\s\\]{1,40}\s*|\s+|\\", re.S)


def everything(paint: Paint) -> Iterator[str]:
    """All names with their summaries, by group."""
    yield paint("The grammar of a stream", "bold")
    yield from textwrap.indent(protocol.EVENT_GRAMMAR.strip("\n"), "  ").splitlines()
    for group in protocol.GROUPS.values():
        yield ""
        yield f"{paint(group.heading, 'bold')}  {paint(group.summary, 'dim')}"
        for entry in group.entries.values():
            beta = " (beta)" if entry.beta else ""
            yield f"  {paint(entry.name.ljust(39), 'cyan')} {entry.summary}{beta}"
    yield ""
    yield f"{paint('Rules', 'bold')}  {paint('What `inspector check` looks for', 'dim')}"
    for rule in RULES.values():
        yield f"  {paint(rule.code, 'cyan')} {rule.severity:5} {rule.name}"


def entry_lines(entry: protocol.Entry, paint: Paint) -> Iterator[str]:
    """All that is known of one name."""
    facts = [entry.group.replace("_", " ")]
    facts += ["beta"] if entry.beta else []
    facts += [f"HTTP {entry.status}"] if entry.status else []
    yield f"{paint(entry.name, 'bold', 'cyan')}  {paint(', '.join(facts), 'dim')}"
    yield entry.summary
    for paragraph in entry.explanation.split("\n\n"):
        yield ""
        yield from textwrap.wrap(" ".join(paragraph.split()), _WIDTH)
    if entry.fields:
        yield from _heading("Fields", paint)
        for field, meaning in entry.fields:
            yield from _hanging(field, meaning, paint)
    if must_have := _must_have(entry):
        yield from _heading("Must have", paint)
        yield from textwrap.wrap(", ".join(must_have), _WIDTH, initial_indent="  ", subsequent_indent="  ")
    if goes_with := _goes_with(entry):
        yield from _heading("Goes with", paint)
        yield "  " + ", ".join(goes_with)
    yield from _heading("On the wire", paint)
    yield from (f"  {line}" for line in wrapped_json(entry.example, _WIDTH - 2))
    for language, text in (("In Python", entry.python), ("In TypeScript", entry.typescript)):
        if text:
            yield from _heading(language, paint)
            yield from textwrap.wrap(text, _WIDTH, initial_indent="  ", subsequent_indent="  ")
    yield from _sources(entry.sources, paint)
    if entry.see:
        yield ""
        yield paint("See also: ", "dim") + ", ".join(entry.see)
    yield ""


def wrapped_json(text: str, width: int) -> Iterator[str]:
    """JSON on lines of at most so many characters, broken between its tokens, and in a string only where it is longer
    than a line: between two words of it there, never inside an escape sequence."""
    line = ""
    for token in _JSON_TOKEN.findall(text):
        pieces = [token] if len(token) <= width else _STRING_PIECE.findall(token)
        for piece in pieces:
            if line and len(line) + len(piece.rstrip()) > width:
                yield line.rstrip()
                line = ""
            line += piece if line else piece.lstrip()
    if line.strip():
        yield line.rstrip()


def _must_have(entry: protocol.Entry) -> tuple[str, ...]:
    """The fields without which it is damaged."""
    if isinstance(entry, protocol.EventEntry):
        return tuple(path for path, _ in entry.required)
    return entry.required if isinstance(entry, protocol.BlockEntry | protocol.DeltaEntry) else ()


def _goes_with(entry: protocol.Entry) -> tuple[str, ...]:
    """The blocks that a delta fits, the deltas that fill a block."""
    if isinstance(entry, protocol.DeltaEntry):
        return entry.blocks
    return protocol.deltas_for(entry.name) if entry.group == "block" else ()


def rule_lines(rule: Rule, paint: Paint) -> Iterator[str]:
    """All that is known of one rule."""
    yield f"{paint(f'{rule.code} {rule.name}', 'bold', 'cyan')}  {paint(f'rule, {rule.severity}', 'dim')}"
    yield from textwrap.wrap(rule.what, _WIDTH)
    if sentence := SCOPES[rule.scope].sentence:
        yield sentence
    sections = {
        "Why that is bad": rule.why,
        "Example": rule.example,
        "What to do": rule.fix,
        "In Python": rule.python,
        "In TypeScript": rule.typescript,
    }
    for heading, text in sections.items():
        yield from _heading(heading, paint)
        yield from textwrap.wrap(text, _WIDTH, initial_indent="  ", subsequent_indent="  ")
    yield from _sources(rule.sources, paint)
    yield ""


def _sources(sources: tuple[Source, ...], paint: Paint) -> Iterator[str]:
    """Where what is said of the API comes from, nothing where that is not noted."""
    if sources:
        yield from _heading("Sources", paint)
        for source in sources:
            yield from textwrap.wrap(str(source), _WIDTH, initial_indent="  ", subsequent_indent="    ")


def _heading(text: str, paint: Paint) -> Iterator[str]:
    yield ""
    yield paint(text, "bold")


def _hanging(name: str, meaning: str, paint: Paint) -> Iterator[str]:
    first, *rest = textwrap.wrap(meaning, _WIDTH - 32) or [""]
    label = paint(name.ljust(30), "cyan")
    yield f"  {label} {first}"
    for line in rest:
        yield " " * 33 + line
