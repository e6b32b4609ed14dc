"""Lists and dicts as text."""

from __future__ import annotations

from collections.abc import Callable

import pytest

Values = Callable[..., object]


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("X = ['a', 1, None]\nsee(json.dumps(X))", '["a", 1, null]'),
        ("X = {'a': ['b', True]}\nsee(json.dumps(X))", '{"a": ["b", true]}'),
        ("X = {'b': 1, 'a': 'é'}\nsee(json.dumps(X, sort_keys=True, ensure_ascii=False))", '{"a": "é", "b": 1}'),
        ("X = ['a']\nsee(json.dumps(X, indent=1))", '[\n "a"\n]'),
        ("see(json.dumps(['a', 'b']))", '["a", "b"]'),
        ("X = ['a', 'b']\nsee(f'{X}!')", "['a', 'b']!"),
        ("X = ('a', 'b')\nsee(f'{X}!')", "('a', 'b')!"),
        ("X = {'a': 1}\nsee(str(X))", "{'a': 1}"),
        ("X = {'a': 1}\nsee('{}'.format(list(X)))", "['a']"),
        ("X = ['a']\nsee('{x}'.format(x=X))", "['a']"),
        ("def f():\n    x = ['a']\n    x.append('b')\n    see(f'{x}')", "['a', 'b']"),
    ],
)
def test_known_lists_and_dicts(values_of: Values, code: str, text: str) -> None:
    assert values_of(f"import json\n{code}") == text


@pytest.mark.parametrize(
    "code",
    [
        "X = ['a']\ndef f(y):\n    X.append(y)\ndef g():\n    see(f'{X}')",
        "X = ['a']\ndef f(y):\n    X[0] = y\ndef g():\n    see(f'{X}')",
        "X = ['a']\ndef f(y):\n    global X\n    X += y\ndef g():\n    see(f'{X}')",
        "class A:\n    X = []\n    def f(self, y):\n        self.X.append(y)\n    def g(self):\n        see(f'{self.X}')",
        "class A:\n    def __init__(self):\n        self.x = ['a']\n    def g(self):\n        see(f'{self.x}')",
        "X = {'a', 'b'}\nsee(f'{X}')",
        "X = ['a']\nsee(json.dumps(X, cls=Encoder))",
        "X = ['a', given()]\nsee(json.dumps(X))",
        "X = [given() for _ in range(9)]\nsee(json.dumps(X))",
        # What a function is passed is data of that call, often of an example.
        "def f(x):\n    see(json.dumps(x))\nf({'a': 1})",
        "def f(x):\n    see(json.dumps(x))\ndef g():\n    x = {'a': 1}\n    f(x)\ng()",
        "def f(x):\n    see(f'{x}')\nif __name__ == '__main__':\n    example = {'a': 1}\n    f(example)",
    ],
)
def test_what_is_not_constant_is_not_written(values_of: Values, code: str) -> None:
    assert "<" in str(values_of(f"import json\n{code}"))
