"""Which values the tests around a place let through: `see(x)` stands behind them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from llmlint.link.calls.evaluator import evaluator_of
from llmlint.link.values import guards

Link = Callable[..., Any]
Values = Callable[..., object]

GUARDS = {
    "x == 'a'": ["a"],
    "x != 'a'": ["bc", "C"],
    "'a' == x": ["a"],
    "x is 'a'": ["a"],
    "x is not 'a'": ["bc", "C"],
    "x == A": ["a"],
    "x in ('a', 'bc')": ["a", "bc"],
    "x in LIST": ["a", "bc"],
    "x not in LIST": ["C"],
    "x in TABLE": ["bc"],
    "x in TABLE.keys()": ["bc"],
    "x in SET": ["a"],
    "x in OPEN": ["C", "a", "bc"],
    "x in [A, unknown]": ["C", "a", "bc"],
    "x == ['a']": ["C", "a", "bc"],
    "'b' in x": ["bc"],
    "'b' not in x": ["C", "a"],
    "x in 'abc'": ["C", "a", "bc"],
    "x.startswith('b')": ["bc"],
    "x.startswith(('a', 'b'))": ["a", "bc"],
    "x.endswith('c')": ["bc"],
    "x.lower().endswith('c')": ["C", "bc"],
    "x.lower() == 'c'": ["C"],
    "x.strip() == 'a'": ["a"],
    "x.upper() == 'a'": ["C", "a", "bc"],
    "x.value == 'a'": ["a"],
    "not x == 'a'": ["C", "bc"],
    "not unknown": ["C", "a", "bc"],
    "x == 'a' or x == 'C'": ["C", "a"],
    "x == 'a' or unknown": ["C", "a", "bc"],
    "x != 'a' and x != 'C'": ["bc"],
    "x != 'a' and unknown": ["C", "bc"],
    "x < 'a'": ["C", "a", "bc"],
    "y == 'a'": ["C", "a", "bc"],
}
HEAD = """
A, LIST, TABLE, SET = 'a', ['a', 'bc'], {'bc': 1}, {'a', 'z'}
OPEN = ['a', *more]
x = 'a' if one else 'bc' if two else 'C'
"""


@pytest.mark.parametrize(("guard", "values"), GUARDS.items(), ids=GUARDS)
def test_values_behind_a_test(values_of: Values, guard: str, values: list[str]) -> None:
    found = values_of(f"{HEAD}if {guard}:\n    see(x)")
    assert found == (values[0] if len(values) == 1 else {repr(each) for each in values})
    rest = [each for each in ("C", "a", "bc") if each not in values] or ["C", "a", "bc"]
    if len(values) == 3:
        return
    found = values_of(f"{HEAD}if {guard}:\n    pass\nelse:\n    see(x)")
    if "unknown" not in guard:
        assert found == (rest[0] if len(rest) == 1 else {repr(each) for each in rest})


@pytest.mark.parametrize("guard", [*GUARDS, "x", "not x", "x is None", "x is not None and y", "len(x) > 3", "x()"])
def test_a_form_that_says_nothing_of_a_string_is_none_that_does(link: Link, guard: str) -> None:
    linked = link(f"{HEAD}see({guard})")
    [fact] = linked.calls("see")
    evaluator, place, test = evaluator_of(linked.program), linked.place(fact), fact.call.args[0].value
    found = {guards.holds(evaluator, test, "x", text, place) for text in ("a", "bc", "C")}
    assert guards.may_hold(test, "x") or found == {None}
    if len(GUARDS.get(guard, ())) in (1, 2):
        assert guards.may_hold(test, "x")
    if guard not in GUARDS or guard in ("y == 'a'", "not unknown"):
        assert not guards.may_hold(test, "x")


BRANCHES = {
    "behind another branch": ("if x == 'a':\n    pass\nelif x == 'bc':\n    pass\nelse:\n    see(x)", "C"),
    "ahead of a branch": ("see(x)\nif x == 'a':\n    pass", {"'C'", "'a'", "'bc'"}),
    "behind a branch that goes on": ("if x == 'a':\n    pass\nsee(x)", {"'C'", "'a'", "'bc'"}),
    "behind a branch that leaves": ("for i in rows:\n    if x == 'a':\n        continue\n    see(x)", {"'C'", "'bc'"}),
    "behind two branches that leave": (
        "for i in rows:\n    if x == 'a':\n        continue\n    elif x == 'C':\n        break\n    see(x)",
        "bc",
    ),
    "behind a branch that leaves behind one that goes on": (
        "for i in rows:\n    if x == 'a':\n        pass\n    elif x == 'C':\n        break\n    see(x)",
        {"'C'", "'a'", "'bc'"},
    ),
    "bound again between": ("if x == 'a':\n    x = 'a' if one else 'bc' if two else 'C'\n    see(x)", {"'C'", "'a'", "'bc'"}),
}


@pytest.mark.parametrize(("code", "values"), BRANCHES.values(), ids=BRANCHES)
def test_values_behind_branches(values_of: Values, code: str, values: object) -> None:
    assert values_of(f"{HEAD}{code}") == values


OBJECTS = {
    "isinstance(x, A)": "A() B()",
    "isinstance(x, B)": "B()",
    "isinstance(x, C)": "C()",
    "isinstance(x, (B, C))": "B() C()",
    "isinstance(x, Other)": "A() B() C()",
    "not isinstance(x, A)": "C()",
    "isinstance(y, A)": "A() B() C()",
    "isinstance(x)": "A() B() C()",
}


@pytest.mark.parametrize(("guard", "values"), OBJECTS.items(), ids=OBJECTS)
def test_objects_behind_a_test(values_of: Values, guard: str, values: str) -> None:
    head = "class A: pass\nclass B(A): pass\nclass C: pass\nx = A() if one else B() if two else C()\n"
    found = values_of(f"{head}if {guard}:\n    see(x)")
    assert {*values.split()} == ({each.strip("'") for each in found} if isinstance(found, set) else {found})


@pytest.mark.parametrize(
    ("code", "strings"),
    [
        ("if x == 'a':\n    see(x)", {"a"}),
        ("if x in ['a', 'b']:\n    see(x)", {"a", "b"}),
        ("if x == 'a':\n    pass\nelse:\n    see(x)", set()),
        ("if y == 'a':\n    see(x)", set()),
        ("if x == 'a':\n    if x.startswith('b'):\n        see(x)", {"a", "b"}),
        ("if x == 1:\n    see(x)", set()),
    ],
)
def test_strings_that_tests_compare_a_name_with(link: Link, code: str, strings: set[str]) -> None:
    linked = link(code)
    [fact] = linked.calls("see")
    assert guards.tested_strings(linked.module(), linked.place(fact).point, "x") == strings
