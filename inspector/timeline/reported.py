"""What a stream says of itself beside its content: model, tokens, why it stopped."""

from array import array
from bisect import bisect_right
from typing import Any, Final

INPUT_TOKENS: Final = ("input_tokens", "cache_read_input_tokens", "cache_creation_input_tokens")
_MOST: Final = 10**12


class Changes:
    """The values that something had one after the other, each with the event that brought it."""

    __slots__ = ("events", "values")

    def __init__(self) -> None:
        self.events = array("I")
        self.values: list[Any] = []

    def add(self, n: int, value: Any) -> None:
        """Event n says so; events come in order."""
        self.values.append(value)
        self.events.append(n)

    def count_at(self, n: int) -> int:
        """How many had come with event n."""
        return bisect_right(self.events, n)

    def at(self, n: int) -> Any:
        """The value as of event n, None where there was none yet."""
        count = self.count_at(n)
        return self.values[count - 1] if count else None


class Reported:
    """What a stream says of itself beside its content, kept by event so that any moment's costs next to nothing.

    `usage` holds the fields of INPUT_TOKENS, `output_tokens` and `stop_reason` what message_deltas say. `tokens` is the
    number of output tokens of the whole stream so far, over all its messages, at each event that reports a plausible
    one, and `first_update` the first message_delta that did. `model` is the (event, value) of the first that is named.
    """

    def __init__(self) -> None:
        self.model: tuple[int, Any] | None = None
        self.usage = {key: Changes() for key in INPUT_TOKENS}
        self.output_tokens = Changes()
        self.stop_reason = Changes()
        self.tokens = Changes()
        self.first_update: int | None = None
        self._before = 0
        self._tokens = 0

    def model_at(self, n: int) -> str | None:
        """The model as of event n, None where no text has named it yet."""
        named = self.model[1] if self.model and self.model[0] <= n else None
        return named if isinstance(named, str) else None

    def start(self, n: int, message: dict[str, Any], new: bool) -> None:
        """A message_start; not `new` where it belongs to a message that content has begun already."""
        if new:
            self._before += self._tokens
            self._tokens = 0
        if self.model is None and message.get("model"):
            self.model = n, message["model"]
        self._usage(n, message.get("usage"))

    def update(self, n: int, update: dict[str, Any]) -> None:
        """A message_delta."""
        usage, delta = update.get("usage"), update.get("delta")
        if self._usage(n, usage) and self.first_update is None:
            self.first_update = n
        if isinstance(usage, dict) and isinstance(usage.get("output_tokens"), int):
            self.output_tokens.add(n, usage["output_tokens"])
        if isinstance(delta, dict) and isinstance(delta.get("stop_reason"), str):
            self.stop_reason.add(n, delta["stop_reason"])

    def _usage(self, n: int, usage: Any) -> bool:
        """Takes what is told of tokens; whether a plausible number of output tokens is."""
        if not isinstance(usage, dict):
            return False
        for key, changes in self.usage.items():
            if (value := usage.get(key)) is not None:
                changes.add(n, value)
        tokens = usage.get("output_tokens")
        if type(tokens) is not int or not 0 <= tokens < _MOST:
            return False
        self._tokens = max(self._tokens, tokens)
        self.tokens.add(n, self._before + self._tokens)
        return True
