"""Importers and exporters, one file for each format, a registry in front. See docs/adding-a-format.md."""

from inspector.formats.format import Format, Imported
from inspector.formats.opening import open_exchange, open_exchanges, open_live
from inspector.formats.registry import FORMATS, named, recognise

__all__ = ["FORMATS", "Format", "Imported", "named", "open_exchange", "open_exchanges", "open_live", "recognise"]
