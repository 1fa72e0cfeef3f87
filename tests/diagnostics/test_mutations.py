"""Valid streams have no finding, one thing changed in them has one: by rates, against the real SDK."""

from random import Random

import pytest

from inspector.diagnostics import diagnose
from tests.diagnostics.mutations import judged, sdk
from tests.diagnostics.streams import recorded
from tests.diagnostics.valid import Valid
from tests.support import exchange_of_body, needs_recent_sdk, sse
from tests.timeline.test_against_sdk import plain, sdk_message

pytestmark = [pytest.mark.slow, needs_recent_sdk]
TRIED = 400
# The answer is cut at the limit that the request set: the warning is what it is for.
ARGUED_FOR = {"C16"}


@pytest.mark.parametrize("seed", range(60))
def test_a_valid_stream_has_no_error_and_no_warning(seed: int) -> None:
    found = diagnose(recorded(sse(*Valid(Random(seed)).events)))
    assert [one for one in found if one.severity != "info" and one.code not in ARGUED_FOR] == []


@pytest.mark.parametrize("seed", range(12))
def test_the_message_is_the_sdks_after_every_prefix(seed: int) -> None:
    events = Valid(Random(1000 + seed)).events
    for count in range(1, len(events) + 1):
        body = sse(*events[:count])
        ours = plain(exchange_of_body([body]).view().message)
        assert ours == plain(sdk_message(body)), f"as of event {count}"


def test_what_hurts_is_found_where_it_is() -> None:
    hurts = [one for one in map(judged, range(TRIED)) if one.hurts]
    assert len(hurts) > TRIED / 2
    missed = [(one.mutation.kind, one.mutation.what, one.raised) for one in hurts if not one.found]
    far = [(one.mutation.kind, one.mutation.what, one.findings) for one in hurts if not one.near]
    assert len(missed) <= 0.03 * len(hurts), missed
    assert len(far) <= 0.05 * len(hurts), far


def test_the_sdk_raises_at_some_and_is_silent_at_others() -> None:
    """Else the rates above would say nothing."""
    outcomes = [sdk(one.mutation.body).raised for one in map(judged, range(64))]
    assert "" in outcomes
    assert {"JSONDecodeError", "IndexError"} & set(outcomes)
