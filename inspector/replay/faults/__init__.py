"""Faults on purpose: each changes the steps of a response. One small file for each family.

To add one: write its change in the file of its family, and its Kind into that file's KINDS.
"""

from inspector.replay.faults.faults import Faults
from inspector.replay.faults.registry import KINDS, parse

__all__ = ["KINDS", "Faults", "parse"]
