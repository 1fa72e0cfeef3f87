"""docs/rules.md, made from the rules: python -m inspector.reports.rules_document > docs/rules.md"""

import sys
from collections.abc import Iterator
from typing import Final

from inspector.diagnostics import FAMILIES, RULES, Rule
from inspector.diagnostics.finding import SCOPES

_INTRODUCTION: Final = """# The rules of `inspector check`

<!-- Made by `python -m inspector.reports.rules_document`: change the rules, not this file. -->

`inspector check FILE` looks at a recording with all of them; `--select` and `--ignore` take codes or their beginnings.
`inspector explain CODE` says the same as this page. [rules-evidence.md](rules-evidence.md) lists the streams that
each rule is tried on, [adding-a-rule.md](adding-a-rule.md) says how to write one.

An **error** means that output is wrong or lost, or that a client will raise; a **warn** is a likely problem; an
**info** is worth knowing and often legitimate. The severity in the table is the usual one; where it differs, the text
says so."""


def document() -> str:
    """The whole page, in Markdown."""
    return "\n".join([_INTRODUCTION, "", *_tables(), *_sections()]) + "\n"


def _tables() -> Iterator[str]:
    for letter, heading in FAMILIES.items():
        rules = [rule for rule in RULES.values() if rule.code[0] == letter]
        yield from (f"## {letter}: {heading}", "", "| Code | Name | Severity | Looks at |", "|---|---|---|---|")
        for rule in rules:
            link = f"[{rule.code}](#{rule.code.lower()})"
            yield f"| {link} | {_text(rule.name)} | {rule.severity} | {SCOPES[rule.scope].looks_at} |"
        yield ""


def _sections() -> Iterator[str]:
    yield "## Each rule"
    for rule in RULES.values():
        yield from _section(rule)


def _section(rule: Rule) -> Iterator[str]:
    yield from ("", f"### {rule.code}", "", f"**{_text(rule.name)}** · {rule.severity}", "", _text(rule.what))
    if scope := SCOPES[rule.scope].sentence:
        yield from ("", f"*{scope}*")
    yield from (
        "",
        f"Why it is bad: {_text(rule.why)}",
        "",
        "```text",
        rule.example,
        "```",
        "",
        f"Fix: {_text(rule.fix)}",
    )
    yield from ("", f"- Python: {_text(rule.python)}", f"- TypeScript: {_text(rule.typescript)}")
    if rule.sources:
        yield f"- Sources: {_text('; '.join(map(str, rule.sources)))}"


def _text(text: str) -> str:
    """Plain text so that Markdown shows it as it is."""
    for character in "\\`*_<[|":
        text = text.replace(character, f"\\{character}")
    return text


if __name__ == "__main__":
    sys.stdout.write(document())
