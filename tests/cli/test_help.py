"""Help in all its forms: `-h`, `help`, the manual page, and what shells complete."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from inspector.cli.app import commands
from tests import programs
from tests.support import LIMIT_S

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "man" / "inspector.1"


def run(*arguments: str, **more: str) -> "subprocess.CompletedProcess[str]":
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "80", **more}
    return programs.run(
        [sys.executable, "-m", "inspector", *arguments], capture_output=True, text=True, env=environment,
        timeout=LIMIT_S, check=False,
    )  # fmt: skip


def test_help_is_the_option_help() -> None:
    for arguments in ([], ["check"]):
        done = run("help", *arguments)
        assert (done.returncode, done.stdout) == (0, run(*arguments, "--help").stdout)
    assert (
        run("help", "chck").stderr
        == "inspector: there is no command 'chck': did you mean check? (see 'inspector help --help')\n"
    )
    assert run("-V").stdout == run("--version").stdout


def test_help_names_the_values_that_options_take() -> None:
    assert "--list-faults" in run("serve", "--help").stdout
    assert re.search(r"drop@N +ends the body", run("serve", "--help").stdout)
    assert re.search(r"T +Transport and HTTP", run("check", "--help").stdout)
    assert "inspector explain" in run("check", "--help").stdout


def test_the_manual_page_is_up_to_date() -> None:
    page = run("help", "--man").stdout
    assert page == PAGE.read_text(), "inspector help --man > man/inspector.1"
    for name in commands():
        assert f'.SS "inspector {name.replace("-", chr(92) + "-")} ' in page


@pytest.mark.skipif(shutil.which("man") is None, reason="man is not installed")
def test_man_takes_the_page_as_it_is() -> None:
    done = subprocess.run(
        ["man", "--warnings", "-l", str(PAGE)], capture_output=True, text=True, timeout=LIMIT_S, check=False,
        env={**os.environ, "MANWIDTH": "80", "MANPAGER": "cat", "LC_ALL": "C.UTF-8"},
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    plain = re.sub(r"\x1b\[[\d;]*m|.\x08", "", done.stdout)
    assert "inspector check --select P,C01 --ignore P15 *.jsonl" in plain


@pytest.mark.skipif(shutil.which("bash") is None, reason="bash is not installed")
@pytest.mark.parametrize(
    ("words", "offered"),
    [
        (["chec"], "check"), (["help", "che"], "check"), (["explain", "overl"], "overloaded_error"),
        (["serve", "--fault", "sta"], "stall@"), (["check", "--select", "P01,C0"], "P01,C01"), (["demo", "tool-u"], "tool-use"),
        (["convert", "--from", ""], "har"), (["show", "--pane", "ti"], "timing"),
    ],
)  # fmt: skip
def test_bash_completes(words: list[str], offered: str, tmp_path: Path) -> None:
    command = tmp_path / "inspector"
    command.write_text(f'#!/bin/sh\nexec {sys.executable} -m inspector "$@"\n')
    command.chmod(0o755)
    quoted = " ".join(f"'{word}'" for word in ["inspector", *words])
    script = (
        f"source <(_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION=1 inspector --show-completion bash)\n"
        f"COMP_WORDS=({quoted}); COMP_CWORD={len(words)}\n_inspector_completion inspector\nprintf '%s\\n' \"${{COMPREPLY[@]}}\""
    )
    environment = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        ["bash", "-c", script], capture_output=True, text=True, env=environment, timeout=LIMIT_S, check=False
    )
    assert done.stderr == ""
    assert offered in done.stdout.split("\n")


def test_zsh_and_fish_are_given_what_they_ask_for() -> None:
    line = {"_TYPER_COMPLETE_ARGS": "inspector explain content_block_d"}
    zsh = run(**line, _INSPECTOR_COMPLETE="complete_zsh").stdout
    assert '"content_block_delta":"' in zsh
    fish = run(**line, _INSPECTOR_COMPLETE="complete_fish", _TYPER_COMPLETE_FISH_ACTION="get-args").stdout
    assert fish.startswith("content_block_delta\t")
