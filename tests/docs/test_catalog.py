"""What is said of the catalogue: its age, models that end soon, and what is missing."""

from __future__ import annotations

import datetime
import json

from llmlint.catalog import Catalog
from llmlint.docs.catalog import age_in_words, catalog_json, catalog_text, facts_page, missing

CATALOG = Catalog.bundled()
NEXT_DAY = CATALOG.date + datetime.timedelta(days=1)


def test_its_age_is_told_and_after_some_weeks_that_others_may_be_newer() -> None:
    assert age_in_words(CATALOG, CATALOG.date) == f"Prices of {CATALOG.date}, 0 days old."
    assert age_in_words(CATALOG, NEXT_DAY) == f"Prices of {CATALOG.date}, 1 day old."
    assert "newer release" in age_in_words(CATALOG, CATALOG.date + datetime.timedelta(days=90))


def test_models_that_end_soon_are_named_with_their_successors() -> None:
    text = catalog_text(CATALOG, datetime.date(2026, 11, 26))
    assert "claude-opus-4-5 ends on 2027-01-22; successor: claude-opus-5-5\n" in text
    assert "gemini-2.5-pro ends on 2026-12-01; successor: gemini-3.8-flash\n" in text
    ends = json.loads(catalog_json(CATALOG, datetime.date(2026, 11, 26)))["ends"]
    assert {"model": "claude-opus-4-5", "date": "2027-01-22", "successor": "claude-opus-5-5"} in ends


def test_only_models_that_are_served_can_lack_something() -> None:
    found = missing(CATALOG)
    assert "gpt-6.2-sol" in found["price of a cache read"]
    assert not any("claude-2" in model for models in found.values() for model in models)


def test_the_page_has_each_sdk_and_each_served_model() -> None:
    page = facts_page(CATALOG)
    assert "| langchain | " in page
    assert "| claude-haiku-5-5 | small | 0.1 | 0.5 | 0.01 | 512 |  |  |\n" in page
    assert "| gemini-1.5-pro |" not in page
