"""What the package says of itself: its version, and the versions that it needs."""

import re
import tomllib
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

import inspector
from inspector.version import __version__

ROOT = Path(__file__).parent.parent
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
# name, lower bound, what else: an upper bound, a marker
BOUNDS = [
    match.groups()
    for match in (re.fullmatch(r"([\w.-]+)>=([\w.]+)(.*)", it) for it in PROJECT["dependencies"])
    if match
]


def test_the_version_is_the_same_everywhere() -> None:
    assert inspector.__version__ == __version__ == version("claude-stream-inspector")


def test_every_dependency_has_a_lower_bound() -> None:
    assert len(BOUNDS) == len(PROJECT["dependencies"])


def test_the_lowest_versions_are_the_lower_bounds() -> None:
    lowest = [
        f"{name}=={bound}{';' + marker if (marker := rest.partition(';')[2]) else ''}" for name, bound, rest in BOUNDS
    ]
    assert (ROOT / "constraints-lowest.txt").read_text().splitlines() == lowest


@pytest.mark.parametrize("name", ["anthropic", "httpx2", "textual", "uvicorn"])
def test_what_is_overridden_in_private_has_an_upper_bound(name: str) -> None:
    (rest,) = (rest for dependency, _, rest in BOUNDS if dependency == name)
    assert rest.startswith(",<")


def test_the_pinned_versions_are_within_the_bounds() -> None:
    pins = dict(line.split("==") for line in (ROOT / "constraints.txt").read_text().lower().splitlines())
    for name, bound, _ in BOUNDS:
        assert _numbers(pins[name]) >= _numbers(bound), name


def _numbers(version: str) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", version)]
