"""Tries the tests: changes one thing in the code at a time and sees whether a test fails. See docs/mutation.md.

python -m tools.mutation AREA [--sample N] [--seed S]
"""

import argparse
import ast
import difflib
import os
import random
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import chdir, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from types import ModuleType
from typing import Any, Final

ROOT: Final = Path(__file__).parents[1]
WANTED: Final = 0.85
# By so much a threshold is made larger or smaller: a test has to know it to within this.
_SHARE: Final = 0.1
# Bytes of memory for each process.
_LARGEST: Final = 4 << 30
# Exit codes of mutmut's workers; whatever else it says is that a test failed, or never came to an end.
_SURVIVED: Final = (0, 5, 33)
# A mutant needs no small example of what fails, and the rest is fast enough to be tried hundreds of times.
_PROFILE: Final = """
from hypothesis import Phase

settings.register_profile(
    "mutation", settings.get_profile("patient"), phases=(Phase.explicit, Phase.generate), max_examples=40, database=None
)
settings.load_profile("mutation")
"""
# A codec's name means the same in capitals.
_CODEC: Final = re.compile(r"\"(utf-8|latin-1|ascii)\"", re.IGNORECASE)


@dataclass(frozen=True)
class Area:
    """The files whose code is changed (patterns below the root), and the tests that mirror them."""

    files: tuple[str, ...]
    tests: tuple[str, ...]


AREAS: Final = {
    "sse": Area(("inspector/sse/*.py",), ("tests/sse",)),
    "recording": Area(("inspector/recording/*.py",), ("tests/recording",)),
    "timeline": Area(("inspector/timeline/*.py",), ("tests/timeline",)),
    "proxy": Area(
        (
            "inspector/capture/proxy/machine.py",
            "inspector/capture/proxy/round_trip.py",
            "inspector/capture/proxy/body_framing.py",
            "inspector/capture/proxy/http_head.py",
        ),
        tuple(f"tests/capture/proxy/test_{name}.py" for name in ("machine", "body_framing", "http_head")),
    ),
}
# What mutmut leaves alone: the numbers at a module's top.
THRESHOLDS: Final = Area(
    ("inspector/diagnostics/*.py", "inspector/diagnostics/rules/*.py", "inspector/session/rules.py"),
    # The limits first: most mutants go no further.
    (
        "tests/diagnostics/test_limits.py",
        "tests/session/test_rules.py",
        "tests/diagnostics/test_rules.py",
        "tests/diagnostics/test_diagnosis.py",
    ),
)


@dataclass(frozen=True)
class Outcome:
    """What became of the mutants: how many there are, how many were tried, and the changes that no test noticed."""

    total: int
    tried: int
    survivors: list[str]

    @property
    def share(self) -> float:
        """How many of those tried were caught, 0 to 1."""
        return 1 - len(self.survivors) / max(1, self.tried)


def main(arguments: Sequence[str] | None = None) -> int:
    """0 where enough mutants were caught, 1 where not, 2 where nothing could be tried."""
    parser = argparse.ArgumentParser(prog="python -m tools.mutation", description=__doc__)
    parser.add_argument("area", choices=[*AREAS, "thresholds"])
    parser.add_argument("--sample", type=int, default=0, metavar="N", help="try N mutants only; 0: all of them")
    parser.add_argument("--seed", type=int, default=1, metavar="S", help="which ones")
    parser.add_argument("--jobs", type=int, default=2, metavar="J", help="so many at a time")
    options = parser.parse_args(arguments)
    if options.area == "thresholds":
        outcome = try_thresholds(options.sample, options.seed, options.jobs)
    else:
        with TemporaryDirectory(prefix="mutation-") as folder:
            copy_checkout(Path(folder))
            outcome = try_functions(Path(folder), AREAS[options.area], options.sample, options.seed, options.jobs)
    for survivor in outcome.survivors:
        print(survivor)
    caught = outcome.tried - len(outcome.survivors)
    print(f"{options.area}: {caught} of {outcome.tried} caught ({outcome.share:.1%}), {outcome.total} in all")
    return 0 if outcome.share >= WANTED else 1


def copy_checkout(to: Path) -> None:
    """Copies what git knows of, as it is now."""
    names = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True).stdout
    for name in filter(None, os.fsdecode(names).split("\0")):
        if (source := ROOT / name).is_file():
            (to / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, to / name)
    with (to / "tests/conftest.py").open("a", encoding="utf-8") as conftest:
        conftest.write(_PROFILE)


def files_of(scratch: Path, area: Area) -> list[str]:
    """The area's files, relative to the copy."""
    return sorted(
        str(path.relative_to(scratch)) for pattern in area.files for path in scratch.glob(pattern) if path.is_file()
    )


def drawn(things: Sequence[Any], sample: int, seed: int) -> list[Any]:
    """A sample of them in their order, all of them where it is 0 or more than there are."""
    if not 0 < sample < len(things):
        return list(things)
    return [things[at] for at in sorted(random.Random(seed).sample(range(len(things)), sample))]


# What functions do, by mutmut


def try_functions(scratch: Path, area: Area, sample: int, seed: int, jobs: int) -> Outcome:
    """Changes what the functions of an area do; only the tests that run a function are tried against its mutants."""
    files = files_of(scratch, area)
    (scratch / "setup.cfg").write_text(_settings(files, area.tests), encoding="utf-8")
    with chdir(scratch):
        # It takes its settings from here, and leaves its results here.
        try:
            data, mutations, names = map(
                import_module, ("mutmut.mutation.data", "mutmut.mutation.file_mutation", "mutmut.utils.format_utils")
            )
        except ImportError:
            raise SystemExit("mutmut is not installed: pip install 'mutmut>=3.8'") from None
        mutants = {
            names.get_mutant_name(Path(file), name): diff
            for file in files
            for name, diff in _diffs(file, mutations.mutate_file_contents(file, Path(file).read_text(encoding="utf-8")))
        }
        chosen = drawn(list(mutants), sample, seed)
        command = [str(Path(sys.executable).with_name("mutmut")), "run", "--max-children", str(jobs), *chosen]
        if subprocess.run(command, stdout=sys.stderr, preexec_fn=_bounded).returncode:
            raise SystemExit(2)
        codes: dict[str, int | None] = {}
        for file in files:
            results = data.SourceFileMutationData(path=Path(file))
            results.load()
            codes |= results.exit_code_by_key
        return Outcome(len(mutants), len(chosen), [mutants[name] for name in chosen if codes[name] in _SURVIVED])


def _bounded() -> None:
    """Some mutants never stop collecting: they run out of memory before the machine does."""
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (_LARGEST, _LARGEST))


def _diffs(file: str, mutated: Any) -> Iterator[tuple[str, str]]:
    """The name of each mutant in a file, and what it changes; those that change nothing are left out."""
    lines, spans = mutated.code.splitlines(), mutated.line_span_by_function_name
    for name in mutated.mutant_names:
        function = name.partition("__mutmut_")[0]
        # x_function or xǁClassǁmethod
        shown = function[1:].removeprefix("_").strip("ǁ").replace("ǁ", ".")
        before, after = (
            [line.replace(whole, shown) for line in lines[spans[whole].start - 1 : spans[whole].end]]
            for whole in (f"{function}__mutmut_orig", name)
        )
        if [_CODEC.sub("", line) for line in before] != [_CODEC.sub("", line) for line in after]:
            changed = [line for line in difflib.ndiff(before, after) if line[0] in "+-"]
            yield name, "\n".join([f"{file}: {shown}", *changed])


def _settings(files: Sequence[str], tests: Sequence[str]) -> str:
    plain = ["-o", "addopts=", "-p", "no:cacheprovider", "-q", "-m", "not slow", "--hypothesis-seed=0"]
    values: dict[str, Sequence[str]] = {
        "source_paths": ["inspector"],
        "only_mutate": files,
        "also_copy": ["recordings", "README.md", "CHANGELOG.md", "docs", "tools", "examples"],
        "pytest_add_cli_args": plain,
        "pytest_add_cli_args_test_selection": tests,
        # After (seconds of the tests + constant) × multiplier a mutant has gone into an endless loop.
        "timeout_constant": ["3"],
        "timeout_multiplier": ["5"],
    }
    entries = (f"{name} =" + "".join(f"\n    {value}" for value in some) for name, some in values.items())
    return "\n".join(["[mutmut]", *entries, ""])


# Thresholds


@dataclass(frozen=True)
class Threshold:
    """A number in the value of a module's constant: where it stands in the file (bytes), and what it is.

    `statement` is the constant's own place.
    """

    file: str
    name: str
    start: int
    end: int
    value: float
    statement: tuple[int, int]


def try_thresholds(sample: int, seed: int, jobs: int) -> Outcome:
    """Makes each number at the top of a rules' module once larger and once smaller."""
    mutants = [
        (threshold, changed)
        for file in files_of(ROOT, THRESHOLDS)
        for threshold in thresholds_of(file, (ROOT / file).read_bytes())
        for changed in changes(threshold.value)
    ]
    chosen = drawn(mutants, sample, seed)
    # What the tests import is imported once, for all the processes that are forked from this one.
    if _tests("--collect-only") or _in_child(_tests):
        raise SystemExit("the tests fail before anything is changed")
    survivors: list[str] = []
    with ThreadPoolExecutor(jobs) as pool:
        for survivor in pool.map(lambda mutant: _try_threshold(*mutant), chosen):
            survivors += survivor
    return Outcome(len(mutants), len(chosen), survivors)


def _try_threshold(threshold: Threshold, changed: float) -> list[str]:
    """What was changed, where no test fails of it."""
    module = _module(threshold.file)
    source = (ROOT / threshold.file).read_bytes()
    start, end = threshold.statement
    statement = source[start : threshold.start] + repr(changed).encode() + source[threshold.end : end]

    def tests_of_mutant() -> int:
        before = getattr(module, threshold.name)
        exec(statement.decode(), vars(module))
        # Others hold it by its name.
        for other in [module for name, module in sys.modules.items() if name.startswith("inspector.")]:
            if getattr(other, threshold.name, None) is before:
                setattr(other, threshold.name, getattr(module, threshold.name))
        return _tests()

    caught = _in_child(tests_of_mutant)
    print("caught  " if caught else "SURVIVED", threshold.file, threshold.name, changed, file=sys.stderr, flush=True)
    return [] if caught else [f"{threshold.file}: {threshold.name}: {threshold.value!r} -> {changed!r}"]


def _module(file: str) -> ModuleType:
    return import_module(file.removesuffix("/__init__.py").removesuffix(".py").replace("/", "."))


def _in_child(call: Callable[[], int]) -> int:
    """The exit code of a child process that only calls this."""
    if child := os.fork():
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    code = 1
    try:
        code = call()
    finally:
        os._exit(code)


def _tests(*more: str) -> int:
    import pytest

    arguments = ["-x", "-q", "-o", "addopts=", "-p", "no:cacheprovider", *more, *THRESHOLDS.tests]
    with open(os.devnull, "w") as nowhere, redirect_stdout(nowhere), redirect_stderr(nowhere):
        return int(pytest.main(arguments))


def thresholds_of(file: str, source: bytes) -> Iterator[Threshold]:
    """The numbers in the constants (marked `Final`) of a module; a calculation is one number, a tuple holds several."""
    lines = source.splitlines(keepends=True)
    starts = [sum(map(len, lines[:at])) for at in range(len(lines) + 1)]
    # A calculation may name other constants, also of other modules.
    known = dict(vars(_module(file)))
    for statement in ast.parse(source).body:
        match statement:
            case ast.AnnAssign(target=ast.Name(name), annotation=annotation, value=ast.expr() as value):
                if not ast.unparse(annotation).startswith("Final"):
                    continue
            case _:
                continue
        for node in _numbers(value):
            number = eval(compile(ast.Expression(node), file, "eval"), known)
            if isinstance(number, int | float) and not isinstance(number, bool):
                yield Threshold(file, name, *_place(starts, node), number, _place(starts, statement))


def _place(starts: Sequence[int], node: ast.expr | ast.stmt) -> tuple[int, int]:
    end_line, end_column = node.end_lineno or node.lineno, node.end_col_offset or 0
    return starts[node.lineno - 1] + node.col_offset, starts[end_line - 1] + end_column


def _numbers(value: ast.expr) -> Iterator[ast.expr]:
    """The outermost calculations with numbers in an expression."""
    match value:
        case ast.Constant(int() | float()) | ast.BinOp() | ast.UnaryOp():
            yield value
        case ast.Tuple(entries) | ast.List(entries) | ast.Set(entries):
            for entry in entries:
                yield from _numbers(entry)
        case ast.Dict(values=entries):
            for entry in entries:
                yield from _numbers(entry)


def changes(value: float) -> tuple[float, float]:
    """A larger and a smaller value: by a tenth, at least by one where it is a whole number."""
    if isinstance(value, float):
        return value * (1 + _SHARE), value * (1 - _SHARE)
    step = max(1, int(abs(value) * _SHARE))
    return value + step, value - step


if __name__ == "__main__":
    sys.exit(main())
