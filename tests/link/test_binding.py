"""Which parameter takes which argument."""

from __future__ import annotations

import ast
from typing import Any

import pytest

from linked import Link, show
from llmlint.link.calls.evaluator import Evaluator
from llmlint.link.names.index import ModuleIndex
from llmlint.link.values.binding import as_called, bind, parameter_of
from llmlint.link.values.values import Function
from llmlint.scan import expressions as ex

PAIRS = [
    # The function, the arguments of a call, and the parameters that take them.
    ("(a, b)", "1, 2", "a b"),
    ("(a, b)", "b=1, a=2", "b a"),
    ("(a, b)", "1, c=2", "a ?"),
    ("(a)", "1, 2", "a ?"),
    ("(a, *rest)", "1, 2, 3", "a *rest *rest"),
    ("(a, **others)", "1, c=2, a=3", "a **others a"),
    ("(a, *, b)", "1, b=2", "a b"),
    ("(a, *, b)", "1, 2", "a ?"),
    ("(a, /, b)", "1, b=2", "a b"),
    ("(a, /, b)", "a=1, b=2", "? b"),
    ("(a, /, **others)", "1, a=2", "a **others"),
    ("(a, b, c)", "*x, c=2", "? c"),
    ("(a, b, c)", "1, *x, 2, c=3", "a ? ? c"),
    ("(a, *rest)", "1, *x", "a ?"),
    ("(a, b, c)", "1, *(2, 3)", "a b c"),
    ("(a, *rest)", "*(1, 2)", "a *rest"),
    ("(a, b)", "*(), 1", "a"),
    ("(a, b)", "1, **x", "a ?"),
    ("()", "1, b=2", "? ?"),
]


def shown(found: list[Any]) -> str:
    names = []
    for _, parameter, _ in found:
        stars = parameter.kind if parameter is not None and parameter.kind in ("*", "**") else ""
        names.append(f"{stars}{parameter.name}" if parameter is not None else "?")
    return " ".join(names)


def length(argument: ex.Argument) -> int | None:
    return len(argument.value.items) if isinstance(argument.value, ex.Sequence) else None


def the_call(module: ModuleIndex) -> Any:
    """The call in the last line."""
    return max(module.facts.calls, key=lambda fact: (fact.call.start, fact.call.end))


def main_of(link: Link, code: str) -> tuple[Evaluator, ModuleIndex]:
    program = link(code).program
    module = program.module("main.py")
    assert module is not None
    return Evaluator(program), module


@pytest.mark.parametrize(("parameters", "arguments", "expected"), PAIRS)
def test_an_argument_goes_to_the_parameter_that_python_passes_it_to(
    link: Link, parameters: str, arguments: str, expected: str
) -> None:
    code = f"def f{parameters}: ...\nf({arguments})\n"
    ast.parse(code)
    _, module = main_of(link, code)
    [scope] = [scope.id for scope in module.scopes if scope.name == "f"]
    assert shown(list(bind(Function(module, scope), the_call(module).call.args, length))) == expected


DESK = """
from functools import partial
class Desk:
    def ask(self, question, history=()): ...
    @staticmethod
    def plain(question, history=()): ...
    @classmethod
    def of(cls, question): ...
    def __new__(cls, question): ...
class Sub(Desk):
    def again(self, q):
        super().ask(q)
desk = Desk()
"""

CALLS = [
    ("desk.ask('q')", "ask", "question"),
    ("desk.ask('q', [])", "ask", "question history"),
    ("Desk().ask(question='q')", "ask", "question"),
    ("Desk.ask(desk, 'q')", "ask", "self question"),
    ("Desk.ask(Desk(), 'q')", "ask", "self question"),
    ("Desk.ask(self=desk, question='q')", "ask", "self question"),
    ("Desk.plain('q', [])", "plain", "question history"),
    ("desk.plain('q')", "plain", "question"),
    ("Desk.of('q')", "of", "question"),
    ("desk.of('q')", "of", "question"),
    ("Sub().ask('q')", "ask", "question"),
    ("Sub.ask(Sub(), 'q')", "ask", "self question"),
    ("unseen.ask('q')", "ask", "question"),
]


@pytest.mark.parametrize(("call", "name", "expected"), CALLS)
def test_a_receiver_takes_the_first_parameter_unless_it_is_passed_as_an_argument(
    link: Link, call: str, name: str, expected: str
) -> None:
    evaluator, module = main_of(link, f"{DESK}{call}\n")
    [scope] = [scope.id for scope in module.scopes if scope.name == name]
    facts = [fact for fact in module.facts.calls if isinstance(fact.call.func, ex.Attribute) and fact.call.func.attr == name]
    fact = max(facts, key=lambda fact: fact.call.start)
    place = evaluator.place(module, fact.scope, fact.block, fact.order)
    function = as_called(evaluator, fact.call.func, place, Function(module, scope))
    assert shown(list(bind(function, fact.call.args))) == expected
    assert [parameter_of(function, fact.call, index) for index in range(len(fact.call.args))] == expected.split()


SEEN = [
    # What `see` is called with in a function, and the call of that function.
    ("def f(a, b):\n    see(b)", "f(1, 'x')", "x"),
    ("def f(a, *, b):\n    see(b)", "f(1, b='x')", "x"),
    ("def f(a, *rest):\n    see(rest)", "f(1, 'x', 'y')", ["x", "y"]),
    ("def f(*rest):\n    see(rest)", "f(*unseen)", ["..."]),
    ("def f(a, b):\n    see(b)", "f(*unseen, b='x')", "x"),
    ("def f(a, b):\n    see(b)", "f(*(1, 'x'))", "x"),
    ("def f(a, /, **others):\n    see(others)", "f(1, a='x')", {"a": "x"}),
    ("class Desk:\n    def f(self, b):\n        see(b)", "Desk.f(Desk(), 'x')", "x"),
    ("class Desk:\n    def f(self, b):\n        see(b)", "Desk().f('x')", "x"),
    ("class Desk:\n    @classmethod\n    def f(cls, b):\n        see(b)", "Desk.f('x')", "x"),
    ("class Desk:\n    @staticmethod\n    def f(b):\n        see(b)", "Desk.f('x')", "x"),
]


@pytest.mark.parametrize(("function", "call", "expected"), SEEN)
def test_a_parameter_is_what_a_call_passes(link: Link, function: str, call: str, expected: object) -> None:
    seen = [show(value) for value in link(f"{function}\n{call}\n").seen()]
    # Other programs may call it too.
    assert [value for value in seen if value != "<varying>"] == [expected]
