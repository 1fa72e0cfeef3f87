"""The index over a recording, and everything as of any event: messages, partial tool input, latency, throughput."""

from inspector.timeline.exchange import Exchange, Status, View
from inspector.timeline.index import Index
from inspector.timeline.metrics import Metrics

__all__ = ["Exchange", "Index", "Metrics", "Status", "View"]
