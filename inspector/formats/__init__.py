"""Importers and exporters, one file for each format, a registry in front. See docs/adding-a-format.md."""

from inspector.formats.format import Format, Hints, Imported
from inspector.formats.opening import open_exchange, open_exchanges, open_live, why_unreadable
from inspector.formats.registry import FORMATS, for_path, named, recognise

__all__ = [
    "FORMATS",
    "Format",
    "Hints",
    "Imported",
    "for_path",
    "named",
    "open_exchange",
    "open_exchanges",
    "open_live",
    "recognise",
    "why_unreadable",
]
