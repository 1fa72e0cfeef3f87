"""The index over a recording, and everything as of any event: messages, partial tool input, latency, throughput."""

from inspector.timeline.exchange import Exchange
from inspector.timeline.index import Index
from inspector.timeline.metrics import Metrics
from inspector.timeline.view import Status, View

__all__ = ["Exchange", "Index", "Metrics", "Status", "View"]
