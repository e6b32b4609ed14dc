"""Patterns that are searched in whole files: a long line that almost matches takes time in proportion to its length."""

from __future__ import annotations

import re
import time

import pytest

from llmlint.audit.formats import cur
from llmlint.catalog import tokens
from llmlint.fixes.batch import module as batch_module
from llmlint.fixes.model import answer_place, answer_reads
from llmlint.fixes.prompt import reorder
from llmlint.link.program import import_names
from llmlint.suppressions.comments import find_suppressions

LENGTH = 100_000  # Each took minutes at this length when it grew with the square.
SEARCHED = {
    "a word that nothing is read of": (answer_place._BY_PLACE, "A" * LENGTH),
    "a word that is no answer": (answer_reads._OF_DICT, "f" * LENGTH),
    "blanks behind `from`": (batch_module._IMPORTS, "from" + "\t" * LENGTH),
    "dots behind `from`": (batch_module._IMPORTS, "from " + "." * LENGTH),
    "blanks behind `from`, of a program": (import_names._IMPORT_LINE, b"from" + b"\t" * LENGTH),
    "dots behind `from`, of a program": (import_names._IMPORT_LINE, b"from " + b"." * LENGTH),
    "a tag that is not closed": (reorder._TAG, "<" + "a" * LENGTH),
    "empty lines of no YAML": (tokens._YAML_KEY, "\n" * LENGTH),
    "digits without a unit": (cur._UNIT, "0" * LENGTH),
}


@pytest.mark.parametrize("kind", SEARCHED)
def test_a_search_is_linear(kind: str) -> None:
    pattern: re.Pattern[str] | re.Pattern[bytes]
    pattern, text = SEARCHED[kind]  # type: ignore[assignment]
    start = time.process_time()
    assert pattern.search(text) is None  # type: ignore[arg-type]
    assert time.process_time() - start < 2


def test_reads_are_found_wherever_the_name_begins() -> None:
    found = [
        (each["name"], each["read"])
        for each in answer_place._BY_PLACE.finditer("x=a.content[0].text;f(b).content[-1];c[0].content[1].text")
    ]
    assert found == [("a", ".content[0].text"), ("b", ".content[-1]"), ("", ".content[1].text")]


@pytest.mark.parametrize(
    "comment", ["#" * LENGTH + " noqua llmlint", "# " + "xnoqa" * (LENGTH // 5), "# " + "llmlint:" * (LENGTH // 8)]
)
def test_a_long_comment_is_read_once(comment: str) -> None:
    start = time.process_time()
    assert [each for each in find_suppressions(f"x = 1  {comment}\n") if each.problem is None] == []
    assert time.process_time() - start < 2
