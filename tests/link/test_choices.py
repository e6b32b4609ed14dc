"""Which constants of a file are alternatives of one choice, and which tests exclude one of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from llmlint.link.calls.evaluator import evaluator_of
from llmlint.link.values import choices, guards

Link = Callable[..., Any]


def at(code: str, text: str) -> int:
    return code.index(f"'{text}'")


@pytest.mark.parametrize(
    ("code", "alternatives"),
    [
        ("x = 'a' if y else 'b'", True),
        ("x = ['a', 'b']", True),
        ("x = {'k': 'a', 'l': 'b'}", True),
        ("x = 'a' or 'b'", True),
        ("x = 'a' + 'b'", False),
        ("x = dict(k='a', l='b')", True),
        ("x = f('a', 'b')", False),
        ("if y:\n    x = 'a'\nelse:\n    x = 'b'", True),
        ("x = 'a'\ny = 'b'", False),
        ("def f():\n    if y:\n        return 'a'\n    return 'b'", True),
        ("def f():\n    return 'a'\ndef g():\n    return 'b'", False),
        ("class A:\n    x = 'a'\n    y = 'b'", True),
        ("class A:\n    x = 'a'\nclass B:\n    y = 'b'", False),
        ("class A:\n    def f(self):\n        self.x = 'a'\n    def g(self):\n        self.x = 'b'", True),
        ("class A:\n    def f(self):\n        self.x = 'a'\n        self.y = 'b'", False),
        ("def f(a):\n    a.x = 'a'\ndef g(a):\n    a.x = 'b'", False),
        ("def f(a):\n    a.x = 'a'\n    a.x = 'b'", True),
        ("def f(a):\n    x = 'a'\ndef g(a):\n    x = 'b'", False),
    ],
)
def test_alternatives(link: Link, code: str, alternatives: bool) -> None:
    module = link(code).module()
    assert choices.are_alternatives(module, at(code, "a"), at(code, "b")) is alternatives
    assert choices.are_alternatives(module, at(code, "b"), at(code, "a")) is alternatives


@pytest.mark.parametrize(
    ("code", "others"),
    [
        ("x = ['a', 'b', ['c']]", ["b", "c"]),
        ("x = [['a', 'b'], 'c']", ["b"]),
        ("x = f('a', 'b')", []),
        ("x = ['b', g('a')]", ["b"]),
        ("x = [('a', 1), ('b', 2)]", ["b"]),
        ("x = [(1, 'a'), ('b', 'c')]", ["c"]),
    ],
)
def test_others_of_a_list(link: Link, code: str, others: list[str]) -> None:
    assert choices.others_in_list(link(code).module(), at(code, "a")) == others


@pytest.mark.parametrize(
    ("code", "others"),
    [
        ("T = {'k': 'a', 'l': 'b'}\nf(T['l'])", ["b"]),
        ("T = {'k': 'a', 'l': 'b'}\nf(T['k'])", []),
        ("T = {'k': 'a', 'l': 'b'}\nf(T.get('l'))", ["b"]),
        ("T = {'k': 'a', 'l': 'b'}\nf(T[name])", ["b"]),
        ("T = {'k': 'a', 'l': 'b'}\nf(T.get(name))", ["b"]),
        ("T = {'k': 'a', 'l': 'b'}\nf(T.values())", ["b"]),
        ("T = {'k': 'a', 'l': 'b'}\nf(U[name])", []),
        ("T = {'m': {'k': 'a', 'l': 'b'}}\nf(T['m'][name])", ["b"]),
        ("class A:\n    X = 'a'\n    Y = 'b'\nf(A.Y)", ["b"]),
        ("class A:\n    X = 'a'\n    Y = 'b'\nf(A.X)", []),
        ("class A(Enum):\n    X = 'a'\n    Y = 'b'\nf(A(name))", ["b"]),
        ("class A(str, enum.Enum):\n    X = 'a'\n    Y = 'b'\nf(A[name])", ["b"]),
        ("class A(StrEnum):\n    X = 'a'\n    Y = 'b'\nfor a in A: f(a)", ["b"]),
        ("class A:\n    X = 'a'\n    Y = 'b'\nf(getattr(A, name))", ["b"]),
        ("class A:\n    X = 'a'\n    Y = 'b'\nf(vars(A))", ["b"]),
        ("class A:\n    X = 'a'\n    Y = 'b'\nf(A.__dict__[name])", ["b"]),
        ("class A(BaseSettings):\n    X: str = 'a'\n    Y: str = 'b'\nf(A())", []),
        ("class A:\n    X: str = 'a'\n    Y: str = 'b'\nf(A(\n    X=name))", []),
        ("class A:\n    X: str = 'a'\n    Y: str = 'b'\nf(A(**given))", []),
        ("x = ['a', 'b']\nf(x[0])", []),
        ("T = {'k': lambda: f('a'), 'l': lambda: f('b')}\nT[name]()", ["b"]),
        ("T = {'k': lambda: f('a'), 'l': lambda: f('b')}\nT['k']()", []),
        ("def one(): f('a')\ndef two(): f(g='b')\nT = {'k': one, 'l': two}\nT[name]()", ["b"]),
        ("def one(): f('a')\ndef two(): f('b')\nT = {'l': two}\nT[name]()\none()", []),
    ],
)
def test_others_in_use(link: Link, code: str, others: list[str]) -> None:
    assert list(choices.others_in_use(link(code).module(), code, at(code, "a"))) == others


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("p.add_argument('--x', default='a', choices=['a', 'b'])", ["a", "b"]),
        ("click.option('--x', default='a', type=click.Choice(['a', 'b']))", ["a", "b"]),
        ("p.add_argument('--x', default='a')", []),
    ],
)
def test_choices_of_an_option(link: Link, code: str, found: list[str]) -> None:
    assert choices.choices_of_option(link(code).module(), at(code, "a")) == found


def test_where_a_file_has_a_constant_of_another(link: Link) -> None:
    main = "import one\nfrom one import A\nf(A)\ng(one.A)\nh(one.B)"
    home = "A = 'a'\nclass M:\n    B = 'b'\ndef f():\n    C = 'c'"
    linked = link(main, one=home)
    module, other = linked.module(), linked.module("one.py")
    found = choices.offsets_of(module, other, at(home, "a"))
    assert sorted({main[: each + 1].count("\n") for each in found}) == [2, 3]
    assert choices.offsets_of(other, other, at(home, "a")) == [at(home, "a")]
    assert {main[: each + 1].count("\n") for each in choices.offsets_of(module, other, at(home, "b"))} == {4}
    assert choices.offsets_of(module, other, at(home, "c")) == []


EXCLUDED = {
    "the same test the other way": ("if k:\n    x = 'a'\nelse:\n    x = 'b'\nif k:\n    see(x)", {"b"}),
    "the same test, and its other branch": ("if k:\n    x = 'a'\nelse:\n    x = 'b'\nif k:\n    pass\nelse:\n    see(x)", {"a"}),
    "another test": ("if k:\n    x = 'a'\nelse:\n    x = 'b'\nif j:\n    see(x)", set()),
    "a test of another attribute": ("if k.i:\n    x = 'a'\nelse:\n    x = 'b'\nif k.j:\n    see(x)", set()),
    "a test of the same attribute": ("if k.i:\n    x = 'a'\nelse:\n    x = 'b'\nif k.i:\n    see(x)", {"b"}),
    "a conditional": ("x = 'a' if k else 'b'\nif k:\n    see(x)", {"b"}),
    "another string": ("if k == 'm':\n    x = 'a'\nelse:\n    x = 'b'\nif k == 'n':\n    see(x)", {"a"}),
    "other strings": ("if k in ('m', 'n'):\n    x = 'a'\nelse:\n    x = 'b'\nif k == 'o':\n    see(x)", {"a"}),
    "some of the strings": ("if k in ('m', 'n'):\n    x = 'a'\nelse:\n    x = 'b'\nif k == 'n':\n    see(x)", {"b"}),
    "the name is bound again": ("if k:\n    x = 'a'\nelse:\n    x = 'b'\nk = more()\nif k:\n    see(x)", set()),
    "an attribute is stored": ("if k.i:\n    x = 'a'\nelse:\n    x = 'b'\nk.i = more()\nif k.i:\n    see(x)", set()),
    "a call, which may return another thing": ("if k():\n    x = 'a'\nelse:\n    x = 'b'\nif k():\n    see(x)", set()),
    "a constant of another type": ("if k == 1:\n    x = 'a'\nelse:\n    x = 'b'\nif k == True:\n    see(x)", set()),
    "no test around": ("if k:\n    x = 'a'\nelse:\n    x = 'b'\nsee(x)", set()),
    "an exit ahead": (
        "for i in j:\n    if k:\n        x = 'a'\n    else:\n        x = 'b'\n    if k:\n        continue\n    see(x)",
        {"a"},
    ),
}


@pytest.mark.parametrize(("code", "excluded"), EXCLUDED.values(), ids=EXCLUDED)
def test_constants_that_tests_exclude(link: Link, code: str, excluded: set[str]) -> None:
    linked = link(code)
    [fact] = linked.calls("see")
    evaluator, place = evaluator_of(linked.program), linked.place(fact)
    assert {each for each in "ab" if guards.excludes_constant(evaluator, place, at(code, each))} == excluded
