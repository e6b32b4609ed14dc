"""Which values a name has behind tests of another name that was chosen with it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

Values = Callable[..., object]

BOTH = {"'a'", "'b'"}
PICK = """
def pick(name):
    if name == 'x':
        return client, 'a', 'one'
    return client, 'b', 'two'
def f(name):
    client, model, kind = pick(name)
"""
TABLE = """
MODELS = {'one': 'a', 'two': 'b'}
def f():
    kind = 'one' if unknown else 'two'
    model = MODELS[kind]
"""
GET = TABLE.replace("MODELS[kind]", "MODELS.get(kind, 'c')")
NESTED = """
MODELS = {'one': {'name': 'a'}, 'two': {'name': 'b'}}
def f():
    kind = 'one' if unknown else 'two'
    chosen = MODELS[kind]
    model = chosen['name']
"""
READ = {
    "an item of the same tuple": (PICK, "if kind == 'one':", "a"),
    "the other tuple": (PICK, "if kind != 'one':", "b"),
    "a value that no tuple has": (PICK, "if kind == 'three':", BOTH),
    "an item that is not known": (PICK.replace("'one'", "unknown"), "if kind == 'two':", BOTH),
    "a test of another name": (PICK, "if name == 'one':", BOTH),
    "a name that is bound anew": (PICK + "    kind = unknown\n", "if kind == 'one':", BOTH),
    "no test": (PICK, "if True:", BOTH),
    "a table": (TABLE, "if kind == 'two':", "b"),
    "a table that is looked up by a name bound anew": (TABLE + "    kind = unknown\n", "if kind == 'two':", BOTH),
    "a table with a default": (GET, "if kind == 'two':", "b"),
    "what a name stands for that was found in a table": (NESTED, "if kind == 'two':", "b"),
    "what was found in a table, by a key bound anew": (NESTED + "    kind = unknown\n", "if kind == 'two':", BOTH),
    "a key that the table does not have": (TABLE, "if kind == 'four':", BOTH),
}


@pytest.mark.parametrize(("head", "test", "values"), READ.values(), ids=READ)
def test_a_name_behind_a_test_of_another(values_of: Values, head: str, test: str, values: object) -> None:
    assert values_of(f"{head}    {test}\n        see(model)\n") == values
