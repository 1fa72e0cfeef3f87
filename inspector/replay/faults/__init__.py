"""Faults on purpose: each changes the emissions of a response. One file for each family.

To add one: write its change in the file of its family, and its Fault into that file's FAULTS.
"""

from inspector.replay.faults.faults import Faults
from inspector.replay.faults.registry import FAULTS, parse

__all__ = ["FAULTS", "Faults", "parse"]
