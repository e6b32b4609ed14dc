"""Whether an expression is surely unknown, which is found with less work than all of its values."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from linked import Linked
from llmlint.link.calls.evaluator import Evaluator
from llmlint.link.values.unsettled import Unsettled
from llmlint.link.values.values import Function, Unknown
from llmlint.scan import expressions as ex

Link = Callable[..., Linked]

# What `f` returns is asked about for the call `f(…)` ahead of it.
UNSETTLED = {
    "an argument out of sight": ("def f(a):\n    return a\nf(lib.get())", True),
    "an argument that is known": ("def f(a):\n    return a\nf('x')", False),
    "an argument that a test tells": ("import lib\nk = lib.k\nif k == 'x':\n    f(k)\ndef f(a):\n    return a", False),
    "a default that is known": ("def f(a='x'):\n    return a\nf()", False),
    "an argument without a default that is not passed": ("def f(a):\n    return a\nf()", True),
    "an argument taken from items by name": ("def g(**rest):\n    return f(rest['a'])\ndef f(a):\n    return a\ng(a='x')", False),
    "a local name": ("def f():\n    a = lib.get()\n    return a\nf()", True),
    "a local name that is bound anew": ("def f():\n    a = lib.get()\n    a = 'x'\n    return a\nf()", False),
    "a name bound in a branch that is taken": (
        "def f(k):\n    a = lib.get()\n    if k == 'x':\n        a = 'y'\n    return a\nf('x')",
        False,
    ),
    "a name bound in a branch that may be taken": (
        "def f(k):\n    a = lib.get()\n    if k == 'x':\n        a = 'y'\n    return a\nf(lib.k)",
        True,
    ),
    "a return that is not reached": ("def f(k):\n    if k:\n        return lib.get()\n    return 'x'\nf(False)", False),
    "a return of another function": (
        "def g(k):\n    return lib.get() if k else lib.put()\ndef f(k):\n    return g(k)\nf(1)",
        True,
    ),
    "one of two alternatives": ("def f(k):\n    return lib.get() if k else 'x'\nf(False)", False),
    "a dict that is filled": ("def f():\n    a = lib.get()\n    a.update({'x': 1})\n    return a\nf()", False),
    "a name that a loop adds to": (
        "def f():\n    a = 'x'\n    for b in lib.get():\n        a = a + 'y'\n    return a\nf()",
        False,
    ),
    "a method of something unknown": ("def f(a):\n    return a.b.c()\nf(lib.get())", True),
    "a function that returns nothing": ("def g():\n    pass\ndef f():\n    return g()\nf()", True),
    "the first of two": ("def f(a):\n    return a or 'x'\nf(lib.get())", True),
}


@pytest.mark.parametrize(("code", "expected"), UNSETTLED.values(), ids=UNSETTLED)
def test_what_is_surely_unknown(link: Link, code: str, expected: bool) -> None:
    linked = link(code)
    [fact] = [each for each in linked.module().facts.calls if ex.dotted_name(each.call.func) == "f"]
    function = next(scope for scope in linked.module().scopes if scope.name == "f")
    evaluator = Evaluator(linked.program)
    inside = evaluator.enter(Function(linked.module(), function.id), fact.call, linked.place(fact))
    assert inside is not None
    returns = [each for each in linked.module().exits_by_scope.get(function.id) if each.value is not None]
    found = []
    for leave in returns:
        assert leave.value is not None
        there = inside.at(leave.scope, leave.block, leave.order)
        is_unsettled = Unsettled(evaluator).of(leave.value, there)
        found.append(is_unsettled)
        if is_unsettled:
            assert any(isinstance(each, Unknown) for each in evaluator.evaluate(leave.value, there))
    if len(returns) == 1:
        assert found == [expected]
    assert evaluator.returns_unsettled(Function(linked.module(), function.id), fact.call, linked.place(fact)) is expected


def test_other_values_of_what_a_test_asks_about_are_not_looked_for(link: Link) -> None:
    """Evaluation would go through all branches of all helpers."""
    helpers = "\n".join(
        f"def h{number}(k):\n    if k.a:\n        return lib.get()\n"
        + "".join(f"    if k.b{i}:\n        return h{number + 1}(k.c{i})\n" for i in range(6))
        + "    return 'x'"
        for number in range(5)
    )
    calls = "\n".join(f"see(f(lib.k{number}))" for number in range(40))
    linked = link(f"{helpers}\ndef h5(k):\n    return k\ndef f(k):\n    return 'a' if h0(k) else 'b'\n{calls}")
    evaluator = Evaluator(linked.program)
    steps = []
    for fact in linked.calls("see"):
        before = evaluator.total_steps
        assert len(evaluator.evaluate(fact.call.args[0].value, linked.place(fact))) == 2
        steps.append(evaluator.total_steps - before)
    assert max(steps[20:]) < steps[0] / 2
