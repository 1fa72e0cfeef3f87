"""Every entry of the protocol and every rule has its source."""

import re
from datetime import date

from inspector.protocol.source import Source
from inspector.reports.sources import claimants, without_source


def test_every_entry_and_every_rule_has_a_source() -> None:
    assert without_source() == []


def test_claims_that_were_wrong_once_have_their_source() -> None:
    """Billing, versions, and which model takes what."""
    told = {one.name.split()[1]: one.sources for one in claimants()}
    for name in ("U08", "U09", "K06", "K07", "E11", "P01", "refusal"):
        assert told[name], name


def test_each_source_says_where_and_when() -> None:
    sources: set[Source] = {source for one in claimants() for source in one.sources}
    assert len(sources) > 8
    for source in sources:
        assert source.where
        assert date.fromisoformat(source.date) <= date.today()
        assert re.fullmatch(r".+ \(\w+, \d{4}-\d\d-\d\d\)", str(source))
