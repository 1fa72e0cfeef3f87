"""What the chat remembers, in memory only."""

from collections import OrderedDict
from typing import Any, Final

_MOST: Final = 200
_MOST_TURNS: Final = 50

Message = dict[str, Any]


class Conversations:
    """What was said before, by an id that the page chooses: the newest 200, with the last 50 turns of each.

    Only turns that ended well are kept; the model never sees half a reply as its own.
    """

    def __init__(self) -> None:
        self._turns: OrderedDict[str, list[list[Message]]] = OrderedDict()

    def history(self, conversation: str | None) -> list[Message]:
        """The messages of a conversation so far; none of one that is not known."""
        turns = self._turns.get(conversation or "", [])
        return [message for turn in turns for message in turn]

    def add(self, conversation: str | None, turn: list[Message]) -> None:
        """Keeps a turn that ended well."""
        if not conversation:
            return
        turns = self._turns.setdefault(conversation, [])
        turns.append(turn)
        del turns[:-_MOST_TURNS]
        self._turns.move_to_end(conversation)
        while len(self._turns) > _MOST:
            self._turns.popitem(last=False)
