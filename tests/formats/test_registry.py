"""The formats are their files: each has a name, a place among those that are tried, endings of its own."""

import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

import inspector.formats
from inspector.formats import FORMATS, for_path, named
from inspector.formats.unwrapping import wrappers
from inspector.recording import UnreadableError
from inspector.recording.folders import shipped
from tests.support import LIMIT_S

FOLDER = Path(inspector.formats.__file__).parent


@pytest.mark.parametrize("name", FORMATS)
def test_a_format_is_the_file_of_its_name(name: str) -> None:
    found = FORMATS[name]
    assert found.name == name
    assert (FOLDER / f"{name.replace('-', '_')}.py").exists()
    assert found.summary
    assert "\n" not in found.summary
    assert found.read or found.write
    assert all(ending.startswith(".") and ending == ending.lower() for ending in found.endings)
    assert found.ending


def test_all_files_with_a_format_are_found() -> None:
    files = {path.stem.replace("_", "-") for path in FOLDER.glob("*.py") if "\nFORMAT = " in path.read_text()}
    assert set(FORMATS) == files
    assert len(FORMATS) == len(files)


def test_they_are_tried_in_an_order_that_is_theirs() -> None:
    orders = [found.order for found in FORMATS.values()]
    assert orders == sorted(set(orders))
    assert next(iter(FORMATS)) == "jsonl"


def test_no_ending_means_two_formats() -> None:
    counts = Counter(ending for found in FORMATS.values() for ending in found.endings)
    assert set(counts.values()) == {1}


def test_a_name_means_the_format_of_its_ending() -> None:
    for found in FORMATS.values():
        for ending in found.endings:
            assert for_path(f"a/b.c/reply{ending}") is found
            assert for_path(f"reply{ending.upper()}") is found
    assert for_path("reply") is for_path("-") is for_path("a.b/reply") is FORMATS["jsonl"]
    assert for_path("reply.unknown") is None


@pytest.mark.parametrize("name", ["nope", "", "documents", "registry", "format", "claude_code", "../sse", "os"])
def test_there_is_no_format_of_another_name(name: str) -> None:
    assert name not in FORMATS
    with pytest.raises(UnreadableError, match=r"there is no format .*: use one of jsonl, "):
        named(name)


def test_a_recording_of_ours_is_opened_without_any_other_format() -> None:
    code = (
        "import sys\nfrom inspector.formats import FORMATS, open_exchange\n"
        f"open_exchange({str(shipped()['plain-text'])!r})\nFORMATS['jsonl']\n"
        "print(*(name.rpartition('.')[2] for name in sys.modules if name.startswith('inspector.formats.')))"
    )
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=LIMIT_S, check=True
    ).stdout.split()
    assert set(loaded) & {name.replace("-", "_") for name in FORMATS} == {"jsonl"}


def test_the_page_for_users_has_every_format() -> None:
    page = (FOLDER.parents[1] / "docs" / "formats.md").read_text()
    rows = dict(re.findall(r"^\| `([a-z-]+)` \| .* \| (yes)? ?\|$", page, re.M))
    assert {name: bool(written) for name, written in rows.items()} == {
        name: found.write is not None for name, found in FORMATS.items()
    }


def test_whatever_is_around_a_stream_is_a_file_and_none_is_tried_at_the_same_place() -> None:
    files = {path.stem for path in (FOLDER / "unwrapping").glob("*.py") if "\nWRAPPER" in path.read_text()}
    assert len(wrappers()) == len(files)
    orders = [one.order for one in wrappers()]
    assert orders == sorted(set(orders))
    assert all(one.recognise(head) == "" for one in wrappers() for head in (b"", b"hello\n", b"\0", b"\xff" * 9))
