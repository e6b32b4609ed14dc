"""What results rest on is known for each file with calls, also where one uses what was found for another."""

from __future__ import annotations

import pytest

from llmlint.link import rests
from llmlint.link.rests import Rests, Results, found_once, recorded


def test_who_uses_a_result_rests_on_what_it_was_found_by() -> None:
    graph, results = Rests(), Results[str, int]()

    def find() -> int:
        graph.note(("function", "a.py", 1))
        graph.note(("function", "a.py", 2))
        return results.find("inner", lambda: (graph.note(("file", "b.py")), 1)[1])

    for root in ("one", "two"):
        with recorded(graph, root):
            assert results.find("outer", find) == 1
    with recorded(graph, "three"):
        assert results.find("inner", find) == 1
    assert graph.of_roots() == {
        ("function", "a.py", 1): {"one", "two"},
        ("function", "a.py", 2): {"one", "two"},
        ("file", "b.py"): {"one", "two", "three"},
    }
    assert rests.recording is None


def test_what_was_looked_at_counts_where_nothing_was_found() -> None:
    graph, results = Rests(), Results[str, int]()

    def fail() -> int:
        graph.begin()  # Its end is not reached.
        graph.note(("file", "a.py"))
        raise ValueError("no")

    for root in ("one", "two"):
        with pytest.raises(ValueError, match="no"), recorded(graph, root):
            results.find("key", fail)
    with recorded(graph, "three"):
        pass
    assert graph.of_roots() == {("file", "a.py"): {"one", "two"}}


def test_properties_that_are_found_once() -> None:
    graph = Rests()

    class Thing:
        @found_once
        def size(self) -> list[int]:
            if rests.recording is not None:
                rests.recording.note(("file", "a.py"))
            return []

    thing = Thing()
    for root in ("one", "two"):
        with recorded(graph, root):
            found = thing.size
    assert thing.size is found
    assert graph.of_roots() == {("file", "a.py"): {"one", "two"}}
    other = Thing()
    assert other.size is other.size
