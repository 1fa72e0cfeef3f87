"""The version, at the bottom of everything: the package's metadata, recordings and reports take it from here."""

__version__ = "0.1.0"
