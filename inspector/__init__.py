"""inspector: see what Claude's streaming API really sends."""

__version__ = "0.1.0"
