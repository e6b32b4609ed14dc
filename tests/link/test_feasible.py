"""What tests evaluate to, and which places the arguments of a call path can reach."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from llmlint.link.calls.evaluator import evaluator_of
from llmlint.link.values.feasible import is_feasible, truth

Link = Callable[..., Any]

HEAD = """
class A: pass
class B(A): pass
class C: pass
def some(x: A, c: A = None): pass
b, both = B(), [A, C]
names, table, nothing = ["x", "y"], {"x": 1}, None
word, empty, head, config = "word", "", f"word {unknown}", settings.word
choice = "x" if flag else "y"
"""
TRUTHS: dict[str, bool | None] = {
    "True": True,
    "0": False,
    "None": False,
    "word": True,
    "empty": False,
    "head": True,
    "f'{unknown}'": None,
    "unknown": None,
    "some": True,
    "A": True,
    "names": True,
    "[]": None,
    "table": True,
    "{}": None,
    "not word": False,
    "not unknown": None,
    "word and names": True,
    "word and unknown": None,
    "empty and unknown": False,
    "word or unknown": True,
    "empty or unknown": None,
    "empty or nothing": False,
    "word == 'word'": True,
    "word == 'x'": False,
    "word != 'x'": True,
    "word != 'word'": False,
    "word is 'word'": True,
    "word is not 'word'": False,
    "word < 'x'": None,
    "'a' < word < 'z'": None,
    "word == unknown": None,
    "head == 'x'": False,
    "head == 'word 1'": None,
    "head == 'word'": None,
    "1 == 1": True,
    "1 == 2": False,
    "1 == 'x'": False,
    "A == A": True,
    "A is C": False,
    "b is None": False,
    "names is None": False,
    "nothing is None": True,
    "nothing is not None": False,
    "names == table": None,
    "config == 'x'": None,
    "__name__ == '__main__'": None,
    "choice == 'x'": None,
    "choice == 'z'": False,
    "choice != 'z'": True,
    "'x' in names": True,
    "'z' in names": False,
    "'z' not in names": True,
    "'x' not in names": False,
    "'z' in [*names, *unknown]": None,
    "'z' in ['x', unknown]": None,
    "'x' in ['x', unknown]": True,
    "'x' in table": True,
    "'z' in table": False,
    "'z' in {**unknown}": None,
    "'or' in word": True,
    "'z' in word": False,
    "'z' in head": None,
    "choice in names": True,
    "choice in ['x']": None,
    "unknown in names": None,
    "1 in [1]": None,
    "'x' in unknown": None,
    "isinstance(b, A)": True,
    "isinstance(b, B)": True,
    "isinstance(b, C)": False,
    "isinstance(b, (C, A))": True,
    "isinstance(b, both)": True,
    "isinstance(b, unknown)": None,
    "isinstance(unknown, A)": None,
    "isinstance(word, A)": None,
    "word.startswith('wo')": True,
    "word.startswith('x')": False,
    "word.startswith(('x', 'w'))": True,
    "word.endswith('rd')": True,
    "word.endswith('w')": False,
    "word.startswith(unknown)": None,
    "head.startswith('wo')": True,
    "head.startswith('x')": None,
    "head.endswith('word ')": None,
    "b.startswith('x')": None,
    "unknown()": None,
}


@pytest.mark.parametrize(("test", "expected"), TRUTHS.items(), ids=TRUTHS)
def test_what_a_test_evaluates_to(link: Link, test: str, expected: bool | None) -> None:
    linked = link(f"{HEAD}\nsee({test})")
    [fact] = linked.calls("see")
    assert truth(evaluator_of(linked.program), fact.call.args[0].value, linked.place(fact)) is expected


def test_an_attribute_that_starts_as_none_or_false_may_be_set_by_anybody(link: Link) -> None:
    linked = link("""
class A:
    name, is_on, word = None, False, "word"
    def f(self):
        see(self.name)
        see(self.is_on)
        see(self.name is None)
        see(self.name == "x")
        see(self.word)
    """)
    evaluator = evaluator_of(linked.program)
    found = [truth(evaluator, fact.call.args[0].value, linked.place(fact)) for fact in linked.calls("see")]
    assert found == [None, None, None, None, True]


FEASIBLE = {
    "a branch that is taken": ("if kind == 'a':\n    see()", True),
    "a branch that is not taken": ("if kind == 'b':\n    see()", False),
    "a branch that may be taken": ("if other:\n    see()", True),
    "the branch behind one that is taken": ("if kind == 'a':\n    pass\nelse:\n    see()", False),
    "the branch behind one that is not taken": ("if kind == 'b':\n    pass\nelse:\n    see()", True),
    "the branch behind one that may be taken": ("if other:\n    pass\nelif kind == 'a':\n    see()", True),
    "a branch that is not taken behind one that may be": ("if other:\n    pass\nelif kind == 'b':\n    see()", False),
    "the third branch": ("if kind == 'b':\n    pass\nelif kind == 'a':\n    pass\nelse:\n    see()", False),
    "a branch in a branch": ("if kind == 'a':\n    if kind == 'b':\n        see()", False),
    "behind a return": ("def f(kind):\n    if kind == 'a':\n        return\n    see()\nf('a')", None),
    "behind an exit that is taken": ("def f():\n    if kind == 'a':\n        return\n    see()", False),
    "behind an error that is raised": ("def f():\n    if kind == 'a':\n        raise ValueError\n    see()", False),
    "behind an exit that is not taken": ("def f():\n    if kind == 'b':\n        return\n    see()", True),
    "ahead of an exit that is taken": ("def f():\n    see()\n    if kind == 'a':\n        return", True),
    "inside the branch that leaves": ("def f():\n    if kind == 'a':\n        see()\n        return", True),
    "behind the second branch that leaves": (
        "def f():\n    if other:\n        pass\n    elif kind == 'a':\n        return\n    see()",
        True,
    ),
    "behind an exit in a branch": ("def f():\n    if other:\n        if kind == 'a':\n            return\n    see()", True),
    "behind an exit from a loop's iteration": (
        "def f():\n    for x in xs:\n        if kind == 'a':\n            return\n        see()",
        True,
    ),
    "behind a break": ("for x in xs:\n    if kind == 'a':\n        break\nsee()", True),
    "in a loop in a branch": ("if kind == 'b':\n    for x in xs:\n        see()", False),
}


@pytest.mark.parametrize(("code", "feasible"), FEASIBLE.values(), ids=FEASIBLE)
def test_places_that_can_be_reached(link: Link, code: str, feasible: bool | None) -> None:
    linked = link(f"kind = 'a'\n{code}")
    [fact] = linked.calls("see")
    # Without its frame, nobody knows what a function is passed.
    assert is_feasible(evaluator_of(linked.program), linked.place(fact)) is (feasible is not False)


SEEN = {
    "the branch that is taken": (
        "def f(kind):\n    x = 'z'\n    if kind == 'a':\n        x = 'a'\n    return x\nsee(f('a'))",
        "a",
    ),
    "the branch that is not": ("def f(kind):\n    x = 'z'\n    if kind == 'a':\n        x = 'a'\n    return x\nsee(f('b'))", "z"),
    "a branch that may be": (
        "def f(kind):\n    x = 'z'\n    if kind == 'a':\n        x = 'a'\n    return x\nsee(f(unknown))",
        {"'a'", "'z'"},
    ),
    "one of three": (
        "def f(kind):\n    if kind == 'a':\n        x = 'a'\n    elif kind == 'b':\n        x = 'b'\n"
        "    else:\n        x = 'c'\n    return x\nsee(f('b'))",
        "b",
    ),
    "the last binding that has run": (
        "def f(kind):\n    if kind == 'a':\n        x = 'a'\n    if kind != 'b':\n        x = 'b'\n    return x\nsee(f('a'))",
        "b",
    ),
}


@pytest.mark.parametrize(("code", "seen"), SEEN.values(), ids=SEEN)
def test_bindings_that_have_run(values_of: Callable[..., object], code: str, seen: object) -> None:
    assert values_of(code) == seen
