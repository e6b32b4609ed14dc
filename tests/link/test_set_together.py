"""Which values an attribute has behind tests of other attributes of the same object."""

from __future__ import annotations

from collections.abc import Callable

import pytest

Values = Callable[..., object]

BOTH = {"'a'", "'b'"}
CONSTRUCTOR = """
class A:
    def __init__(self, kind):
        self.kind = kind
        if kind == 'one':
            self.model = 'a'
        else:
            self.model = 'b'
"""
BESIDE = """
class A:
    def __init__(self):
        if pick():
            self.model, self.x = 'a', 1
            self.kind = 'one'
        else:
            self.model = 'b'
            self.kind = 'two'
"""
FLAGS = BESIDE.replace("self.kind = 'one'", "self.chats = True").replace("self.kind = 'two'", "self.chats = False")
ASKED = "    def f(self):\n        if {test}:\n            see(self.model)\n"
READ = {
    "a test of what the branch was chosen by": (CONSTRUCTOR, "self.kind == 'one'", "a"),
    "the other way round": (CONSTRUCTOR, "self.kind != 'one'", "b"),
    "another string": (CONSTRUCTOR, "self.kind == 'two'", "b"),
    "one of several strings": (CONSTRUCTOR, "self.kind in ('two', 'three')", "b"),
    "strings of both branches": (CONSTRUCTOR, "self.kind in ('one', 'three')", BOTH),
    "another attribute": (CONSTRUCTOR, "self.size == 'one'", BOTH),
    "text that is made lower": (CONSTRUCTOR.replace("= kind", "= kind.lower()"), "self.kind == 'one'", "a"),
    "a test of the attribute itself": (CONSTRUCTOR.replace("if kind", "if self.kind"), "self.kind == 'two'", "b"),
    "an attribute that another method sets alone": (
        f"{CONSTRUCTOR}    def use(self, kind):\n        self.kind = kind\n",
        "self.kind == 'one'",
        BOTH,
    ),
    "values that are set together": (
        BESIDE.replace("self.model, self.x = 'a', 1", "self.model = 'a'"),
        "self.kind == 'one'",
        "a",
    ),
    "values that are set together, the other": (BESIDE, "self.kind == 'two'", "b"),
    "values that are set together, and one alone": (
        f"{BESIDE}    def use(self, kind):\n        self.kind = kind\n",
        "self.kind == 'two'",
        BOTH,
    ),
    "a flag": (FLAGS, "self.chats", "a"),
    "a flag that is off": (FLAGS, "not self.chats", "b"),
    "a flag that another method sets": (f"{FLAGS}    def use(self, chats):\n        self.chats = chats\n", "self.chats", BOTH),
    "a flag that may be either": (FLAGS.replace("False", "maybe()"), "not self.chats", "b"),
    "a value that neither branch sets": (BESIDE, "self.kind == 'three'", BOTH),
}


@pytest.mark.parametrize(("head", "test", "values"), READ.values(), ids=READ)
def test_an_attribute_behind_a_test_of_another(values_of: Values, head: str, test: str, values: object) -> None:
    assert values_of(head + ASKED.format(test=test)) == values


def test_the_test_may_stand_in_the_method_that_calls(values_of: Values) -> None:
    methods = "    def g(self):\n        if self.kind == 'one':\n            return self.f()\n    def f(self):\n        return self.model\n"
    assert values_of(f"{CONSTRUCTOR}{methods}see(A(unknown).g())") == "a"


TABLE = """
class A:
    kinds = {'one': {'model': 'a'}, 'two': {'model': 'b', 'url': 'u'}}
    def __init__(self):
        kind = 'one' if unknown else 'two'
        self.kind = kind
        self.model = self.kinds[kind]['model']
"""
LOCAL = TABLE.replace("self.model = self.kinds[kind]['model']", "chosen = self.kinds[kind]\n        self.model = chosen['model']")
BY_KEY = {
    "the item of a table": (TABLE, "self.kind == 'one'", "a"),
    "the other item": (TABLE, "self.kind != 'one'", "b"),
    "a table that is looked up by the attribute": (TABLE.replace("[kind]", "[self.kind]"), "self.kind == 'two'", "b"),
    "what was found under a local name": (LOCAL, "self.kind == 'two'", "b"),
    "a key that the table does not have": (TABLE, "self.kind == 'three'", BOTH),
    "a test of another attribute": (TABLE, "self.size == 'one'", BOTH),
    "a key that is bound anew": (
        TABLE.replace("self.model =", "kind = 'two' if kind == 'one' else 'one'\n        self.model ="),
        "self.kind == 'one'",
        BOTH,
    ),
    "an attribute that another method sets alone": (
        f"{TABLE}    def use(self, kind):\n        self.kind = kind\n",
        "self.kind == 'one'",
        BOTH,
    ),
    "an attribute that is made of the key": (TABLE.replace("= kind\n", "= kind + unknown\n"), "self.kind == 'one'", BOTH),
}


@pytest.mark.parametrize(("head", "test", "values"), BY_KEY.values(), ids=BY_KEY)
def test_an_attribute_from_a_table_behind_a_test_of_its_key(values_of: Values, head: str, test: str, values: object) -> None:
    assert values_of(head + ASKED.format(test=test)) == values


OBJECTS = """
from typing import NamedTuple
class D(NamedTuple):
    kind: str
    model: str
x = D('one', 'a') if first else D('two', 'b')
"""


@pytest.mark.parametrize(
    ("code", "values"),
    [
        ("if x.kind == 'one':\n    see(x.model)", "a"),
        ("if x.kind == 'one':\n    pass\nelse:\n    see(x.model)", "b"),
        ("if x.kind == 'one':\n    x = D('two', 'b') if first else D('one', 'a')\n    see(x.model)", BOTH),
        ("if x.kind == unknown:\n    see(x.model)", BOTH),
        ("if y.kind == 'one':\n    see(x.model)", BOTH),
    ],
)
def test_objects_by_a_test_of_another_attribute(values_of: Values, code: str, values: object) -> None:
    assert values_of(f"{OBJECTS}{code}") == values
