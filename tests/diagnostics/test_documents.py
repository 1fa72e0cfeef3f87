from pathlib import Path

from inspector.diagnostics import RULES, rule
from inspector.reports.rules_document import document
from tests.diagnostics.evidence import evidence

DOCS = Path(__file__).parents[2] / "docs"


def test_the_page_of_rules_is_what_the_code_says() -> None:
    assert (DOCS / "rules.md").read_text(encoding="utf-8") == document()


def test_the_evidence_is_up_to_date_and_everything_came_out_as_it_must() -> None:
    page = evidence()
    assert (DOCS / "rules-evidence.md").read_text(encoding="utf-8") == page
    assert "✗" not in page
    assert all(f"| {code} |" in page for code in RULES)


def test_rules_are_found_by_their_code_in_any_case() -> None:
    assert rule(" p01 ") is RULES["P01"]
    assert rule("P999") is None
