"""Which claims on the API have a source, and which have none: python -m inspector.reports.sources

Claims stand in the entries of the protocol, and in the rules about its order and shape, content, usage and errors; the
others are about framing, connections, hops and clients. What is said of the SDKs is held to them by
`python -m tools.sdk_behaviour`.
"""

from collections.abc import Iterator
from typing import Final, NamedTuple

from inspector.diagnostics import RULES
from inspector.protocol import GROUPS
from inspector.protocol.source import Source

_FAMILIES: Final = "PCUE"


class Claimant(NamedTuple):
    """Something that says how the API behaves: "rule U08" or "stop_reason refusal", and where it has it from."""

    name: str
    sources: tuple[Source, ...]


def claimants() -> Iterator[Claimant]:
    """All of them: the entries by group, then the rules by code."""
    for group in GROUPS.values():
        for entry in group.entries.values():
            yield Claimant(f"{entry.group} {entry.name}", entry.sources)
    for code, rule in RULES.items():
        if code[0] in _FAMILIES or rule.sources:
            yield Claimant(f"rule {code} {rule.name}", rule.sources)


def without_source() -> list[str]:
    """The names of those that have none."""
    return [one.name for one in claimants() if not one.sources]


def main() -> None:
    """Prints both lists, what has none first."""
    missing = without_source()
    print(f"without a source: {len(missing)}")
    for name in missing:
        print(f"  {name}")
    print("with a source")
    for one in claimants():
        if one.sources:
            print(f"  {one.name}: {'; '.join(map(str, one.sources))}")


if __name__ == "__main__":
    main()
