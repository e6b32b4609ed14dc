"""Which of several assignments a use sees."""

from __future__ import annotations

from collections.abc import Callable

import pytest

CASES = {
    # One after another
    "the last one counts": ("x = 'a'\nx = 'b'\nsee(x)", "b"),
    "a later one does not": ("x = 'a'\nsee(x)\nx = 'b'", "a"),
    "a deleted name is not the other": ("x = 'a'\ndel x\nx = 'b'\nsee(x)", "b"),
    "from itself": ("x = 'a'\nx = x + 'b'\nsee(x)", "ab"),
    "through another name": ("x = 'a'\ny = x\nx = 'b'\nsee(y)", "a"),
    # Branches
    "one branch": ("x = 'a'\nif c: x = 'b'\nsee(x)", {"'a'", "'b'"}),
    "both branches": ("x = 'a'\nif c: x = 'b'\nelse: x = 'd'\nsee(x)", {"'b'", "'d'"}),
    "all branches of a chain": ("x = 'a'\nif c: x = 'b'\nelif d: x = 'e'\nelse: x = 'f'\nsee(x)", {"'b'", "'e'", "'f'"}),
    "a chain without an else": ("x = 'a'\nif c: x = 'b'\nelif d: x = 'e'\nsee(x)", {"'a'", "'b'", "'e'"}),
    "inside one branch": ("x = 'a'\nif c:\n    x = 'b'\n    see(x)", "b"),
    "not from the other branch": ("x = 'a'\nif c: x = 'b'\nelse: see(x)", "a"),
    "a branch that returns": ("def f():\n    x = 'a'\n    if c:\n        x = 'b'\n        return\n    see(x)", "a"),
    "a branch that raises": ("x = 'a'\nif c:\n    x = 'b'\n    raise E\nsee(x)", "a"),
    "a branch that returns, and its other": (
        "def f():\n    if c:\n        return\n    else:\n        x = 'b'\n    see(x)",
        "b",
    ),
    "nested branches": ("x = 'a'\nif c:\n    if d: x = 'b'\n    else: x = 'e'\nsee(x)", {"'a'", "'b'", "'e'"}),
    "match with a default": ("x = 'a'\nmatch c:\n    case 1: x = 'b'\n    case _: x = 'd'\nsee(x)", {"'a'", "'b'", "'d'"}),
    "conditional expression": ("x = 'a' if c else 'b'\nsee(x)", {"'a'", "'b'"}),
    # Loops
    "a loop may not run": ("x = 'a'\nfor y in z: x = 'b'\nsee(x)", {"'a'", "'b'"}),
    "seen in the next round": ("x = 'a'\nfor y in z:\n    see(x)\n    x = 'b'", {"'a'", "'b'"}),
    "bound anew in each round": ("for y in z:\n    x = 'a'\n    see(x)\n    x = 'b'", "a"),
    "bound anew by a loop further out": (
        "for w in v:\n    x = 'a'\n    for y in w:\n        see(x)\n        x = 'b'",
        {"'a'", "'b'"},
    ),
    "bound anew in each round of both loops": (
        "for w in v:\n    for y in w:\n        x = 'a'\n        see(x)\n        x = 'b'",
        "a",
    ),
    "while": ("x = 'a'\nwhile c:\n    x = 'b'\nsee(x)", {"'a'", "'b'"}),
    "a branch that goes on": ("for y in z:\n    x = 'a'\n    if y:\n        x = 'b'\n        continue\n    see(x)", "a"),
    "a branch that goes on, seen in the next iteration": (
        "x = 'a'\nfor y in z:\n    if y:\n        x = 'b'\n        continue\n    see(x)",
        {"'a'", "'b'"},
    ),
    "a branch that goes on, seen behind the loop": (
        "x = 'a'\nfor y in z:\n    if y:\n        x = 'b'\n        continue\nsee(x)",
        {"'a'", "'b'"},
    ),
    "a branch of an inner loop that goes on": (
        "for y in z:\n    x = 'a'\n    for w in y:\n        if w:\n            x = 'b'\n            continue\n    see(x)",
        {"'a'", "'b'"},
    ),
    "a branch that goes on and then leaves": (
        "def f():\n    x = 'a'\n    for y in z:\n        if y:\n            x = 'b'\n            return\n        see(x)",
        "a",
    ),
    "behind a loop that breaks": ("x = 'a'\nfor y in z:\n    if y:\n        x = 'b'\n        break\nsee(x)", {"'a'", "'b'"}),
    "a comprehension keeps its names": ("x = 'a'\n[x for x in y]\nsee(x)", "a"),
    # Exceptions
    "either the try or its handler": ("try: x = 'a'\nexcept E: x = 'b'\nsee(x)", {"'a'", "'b'"}),
    "a handler that leaves": ("def f():\n    try: x = 'a'\n    except E: return\n    see(x)", "a"),
    "inside the handler": ("x = 'a'\ntry: g()\nexcept E:\n    x = 'b'\n    see(x)", "b"),
    "finally": ("try: x = 'a'\nfinally: x = 'b'\nsee(x)", "b"),
    "an import that may fail": ("try:\n    from m import x\nexcept ImportError:\n    x = 'a'\nsee(x)", {"'a'", "'external m.x'"}),
    "with": ("x = 'a'\nwith c: x = 'b'\nsee(x)", "b"),
    # Scopes
    "a function sees what its module has in the end": ("x = 'a'\ndef f(): see(x)\nx = 'b'", "b"),
    "its own name hides the module's": ("x = 'a'\ndef f():\n    x = 'b'\n    see(x)", "b"),
    "a parameter hides the module's": ("x = 'a'\ndef f(x='b'): see(x)\nf()", {"'b'", "'<varying>'"}),
    "a global one is the module's": ("x = 'a'\ndef f():\n    global x\n    x = 'b'\ndef g(): see(x)", {"'a'", "'b'"}),
    "the function around": ("def f():\n    x = 'a'\n    def g(): see(x)\n    g()", "a"),
    "nonlocal": ("def f():\n    x = 'a'\n    def g():\n        nonlocal x\n        x = 'b'\n    g()\n    see(x)", {"'a'", "'b'"}),
    "a class body is not seen from its methods": ("x = 'a'\nclass A:\n    x = 'b'\n    def f(self): see(x)", "a"),
    "a class body sees itself": ("x = 'a'\nclass A:\n    x = 'b'\n    see(x)", "b"),
    "a default is the value at the definition": ("x = 'a'\ndef f(y=x): see(y)\nx = 'b'\nf()", {"'a'", "'<varying>'"}),
    "a parameter bound anew on one path": ("def f(x=None):\n    if x is None: x = 'a'\n    see(x)", {"'a'", "'<varying>'"}),
    "a parameter bound anew on all paths": ("def f(x):\n    x = 'a'\n    see(x)", "a"),
    # Augmented
    "added on one path": ("x = 'a'\nif c: x += 'b'\nsee(x)", {"'a'", "'ab'"}),
    "added on both paths": ("x = 'a'\nif c: x += 'b'\nelse: x += 'd'\nsee(x)", {"'ab'", "'ad'"}),
    "added in turn": ("x = 'a'\nif c: x += 'b'\nx += 'd'\nsee(x)", {"'ad'", "'abd'"}),
    "added in a loop around the use": ("x = 'a'\nfor y in z:\n    see(x)\n    x += 'b'", {"'a'", "'a<varying>'"}),
}


@pytest.mark.parametrize(("code", "expected"), CASES.values(), ids=CASES.keys())
def test_a_use_sees_the_assignments_that_reach_it(code: str, expected: object, values_of: Callable[..., object]) -> None:
    assert values_of(code) == expected


CONTAINERS = {
    "item": ("d = {'a': 1}\nd['b'] = 2\nsee(d)", {"a": 1, "b": 2}),
    "item replaced": ("d = {'a': 1}\nd['a'] = 2\nsee(d)", {"a": 2}),
    "item on one path": ("d = {'a': 1}\nif c: d['a'] = 2\nsee(d)", {"a": {"1", "2"}}),
    "item set after the use": ("d = {'a': 1}\nsee(d)\nd['a'] = 2", {"a": 1}),
    "update by keyword": ("d = {'a': 1}\nd.update(b=2)\nsee(d)", {"a": 1, "b": 2}),
    "update by a dict": ("d = {'a': 1}\nd.update({'b': 2})\nsee(d)", {"a": 1, "b": 2}),
    "update by something unknown": ("d = {'a': 1}\nd.update(e)\nsee(d)", {"a": 1, "...": True}),
    "setdefault": ("d = {'a': 1}\nd.setdefault('b', 2)\nd.setdefault('a', 3)\nsee(d)", {"a": 1, "b": 2}),
    "pop": ("d = {'a': 1, 'b': 2}\nd.pop('a')\nsee(d)", {"b": 2}),
    "dict()": ("see(dict(a=1, **{'b': 2}))", {"a": 1, "b": 2}),
    "dict of a dict": ("d = {'a': 1}\nsee(dict(d, b=2))", {"a": 1, "b": 2}),
    "splat": ("d = {'a': 1, 'b': 1}\nsee({'b': 0, **d, 'a': 2})", {"b": 1, "a": 2}),
    "splat of something unknown": ("see({'a': 1, **e})", {"a": 1, "...": True}),
    "merged": ("see({'a': 1} | {'b': 2})", {"a": 1, "b": 2}),
    "copied": ("d = {'a': 1}\ne = d.copy()\ne['b'] = 2\nsee(d)", {"a": 1}),
    "the copy": ("d = {'a': 1}\ne = d.copy()\ne['b'] = 2\nsee(e)", {"a": 1, "b": 2}),
    "deep copy": ("import copy\nd = {'a': 1}\nsee(copy.deepcopy(d))", {"a": 1}),
    "a key that is not known": ("d = {'a': 1}\nd[k] = 2\nsee(d)", {"a": 1, "...": True}),
    "handed to code out of sight": ("d = {'a': 1}\nchange(d)\nsee(d)", {"a": 1, "escaped": True}),
    "handed to a function that only looks": ("def look(d): print(d['a'])\nd = {'a': 1}\nlook(d)\nsee(d)", {"a": 1}),
    "handed to a function that changes it": (
        "def change(d): d['b'] = 2\nd = {'a': 1}\nchange(d)\nsee(d)",
        {"a": 1, "escaped": True},
    ),
    "list": ("see(['a', 1])", ["a", 1]),
    "append": ("l = ['a']\nl.append('b')\nsee(l)", ["a", "b"]),
    "append on one path": ("l = ['a']\nif c: l.append('b')\nsee(l)", ["a", "..."]),
    "append in a loop": ("l = ['a']\nfor x in y: l.append(x)\nsee(l)", ["a", "..."]),
    "extend": ("l = ['a']\nl.extend(['b', 'c'])\nsee(l)", ["a", "b", "c"]),
    "sum of lists": ("see(['a'] + ['b'])", ["a", "b"]),
    "sum with something unknown": ("see(['a'] + b)", ["a", "..."]),
    "starred": ("l = ['a']\nsee([*l, 'b'])", ["a", "b"]),
    "starred unknown": ("see(['a', *b, 'c'])", ["a", "..."]),
    "insert": ("l = ['a']\nl.insert(0, 'b')\nsee(l)", ["a", "escaped"]),
    "list added to": ("l = ['a']\nl += ['b']\nsee(l)", ["a", "b"]),
}


@pytest.mark.parametrize(("code", "expected"), CONTAINERS.values(), ids=CONTAINERS.keys())
def test_a_use_sees_what_happened_to_a_dict_or_list(code: str, expected: object, values_of: Callable[..., object]) -> None:
    assert values_of(code) == expected
