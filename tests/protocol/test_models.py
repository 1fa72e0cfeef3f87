"""The form of thinking that a model takes, by its name."""

import pytest

from inspector.protocol.models import Thinking, thinking_of


@pytest.mark.parametrize(
    ("model", "takes"),
    [
        ("claude-opus-4-8", Thinking(False, True)),
        ("claude-sonnet-5", Thinking(False, True)),
        ("anthropic.claude-fable-5-1", Thinking(False, True)),
        ("us.anthropic.claude-opus-4-6-v1:0", Thinking(True, True)),
        ("claude-haiku-4-5-20251001", Thinking(True, False)),
        ("claude-sonnet-4-20250514", Thinking(True, False)),
        ("claude-3-7-sonnet-20250219", Thinking(True, False)),
        ("claude-3-5-haiku-latest", Thinking(False, False)),
        ("claude-mythos-preview", None),
        ("gpt-5", None),
        ("", None),
    ],
)
def test_by_version(model: str, takes: Thinking | None) -> None:
    assert thinking_of(model) == takes
