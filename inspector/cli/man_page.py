"""The manual page, made from the help: inspector help --man > man/inspector.1"""

import re
from collections.abc import Iterator
from typing import Any, Final

from inspector.version import __version__

_BEHIND: Final = r"""
.SH EXIT STATUS
.TP
.B 0
Done.
.TP
.B 1
The work found something wrong: a finding that is an error, a stream that failed.
.TP
.B 2
The command line is wrong, a key is missing, or something cannot be read or written.
.TP
.B 130
It was interrupted.
.PP
.B inspector run
passes on the status of the command that it runs.
.SH ENVIRONMENT
.TP
.B ANTHROPIC_BASE_URL
Whom to ask, where no option says so.
.TP
.BR ANTHROPIC_API_KEY ", " ANTHROPIC_AUTH_TOKEN
The key for requests of its own. What is recorded never holds it.
.TP
.B NO_COLOR
No colours. Nothing is said by colour alone.
.TP
.B XDG_STATE_HOME
Below it are the recordings for which no place is named.
.SH SEE ALSO
.BR curl (1),
.BR jq (1)
"""


def page(group: Any) -> str:
    """The page, in roff, of the parser's group with all its commands."""
    context = group.context_class(group, info_name="inspector", **group.context_settings)
    return "\n".join([*_front(group, context), *_commands(group, context)]) + _BEHIND


def _front(group: Any, context: Any) -> Iterator[str]:
    yield f'.TH INSPECTOR 1 "" "inspector {__version__}" "User Commands"'
    # No hyphenation, no stretched lines: names and examples stand as they are typed.
    yield from (".nh", ".ad l", ".SH NAME", rf"inspector \- {_text(group.help).rstrip('.')}", ".SH SYNOPSIS")
    for arguments in ("", r"COMMAND \fR[\fIOPTION\fR]... [\fIARGUMENT\fR]...", r"help \fR[\fICOMMAND\fR]"):
        yield from (rf"\fBinspector\fR \fI{arguments}\fR" if arguments else r"\fBinspector\fR", ".br")
    yield from (".SH DESCRIPTION", "Without a command it shows the library and recent recordings, in a terminal.")
    yield from (r"A first look: \fBinspector demo\fR\. It needs no key and no network.", ".SH OPTIONS")
    yield from _parameters(group, context)


def _commands(group: Any, context: Any) -> Iterator[str]:
    yield ".SH COMMANDS"
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        inside = command.context_class(command, info_name=name, parent=context)
        usage = " ".join(["[OPTION]...", *(_argument(one) for one in command.params if _is_argument(one))])
        yield from (rf'.SS "inspector {name} {_text(usage)}"', *_paragraphs(command.help))
        yield from _parameters(command, inside)
        yield from _examples(command.epilog)


def _parameters(command: Any, context: Any) -> Iterator[str]:
    for parameter in command.get_params(context):
        if record := parameter.get_help_record(context):
            names, meaning = record
            if _is_argument(parameter):
                names, meaning = _argument(parameter), parameter.help
            yield from (".TP", rf"\fB{_text(names)}\fR", _text(meaning))


def _is_argument(parameter: Any) -> bool:
    return bool(parameter.param_type_name == "argument")


def _argument(parameter: Any) -> str:
    """As a usage has it: [FILE]..."""
    name = (parameter.metavar or parameter.name).strip("[].")
    return (name if parameter.required else f"[{name}]") + ("..." if parameter.nargs == -1 else "")


def _paragraphs(text: str | None) -> Iterator[str]:
    for paragraph in (text or "").split("\n\n"):
        yield from (_text(" ".join(paragraph.split())), ".PP")


def _examples(text: str | None) -> Iterator[str]:
    """The end of a command's help, line by line; what is indented there stands as it is typed."""
    yield from (".PP", ".nf")
    lines = [line.rstrip() for line in (text or "").replace("\b", "").strip("\n").split("\n")]
    for line, following in zip(lines, [*lines[1:], ""], strict=True):
        # A blank line between two examples says nothing here.
        if line or not following.startswith(" "):
            yield _text(line)
    yield ".fi"


def _text(text: str) -> str:
    """Escaped for roff: backslashes, hyphens that are typed, and a line that would begin with a command."""
    text = text.replace("\\", r"\e").replace("-", r"\-").replace('"', r"\(dq").replace("…", "...")
    return re.sub(r"^(?=[.'])", r"\\&", text, flags=re.M)
