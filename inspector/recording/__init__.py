"""The recording format, version 1: one HTTP exchange as JSON Lines, byte-exact. See docs/recording-format.md."""

from inspector.recording.errors import InspectorError, UnreadableError, UnwritableError
from inspector.recording.reader import File, LineBlock, LineReader
from inspector.recording.redaction import Redactor
from inspector.recording.writer import EndReason, Writer, header_line, reserve

__all__ = [
    "EndReason",
    "File",
    "InspectorError",
    "LineBlock",
    "LineReader",
    "Redactor",
    "UnreadableError",
    "UnwritableError",
    "Writer",
    "header_line",
    "reserve",
]
