"""What a bound leaves out is unknown and not absent, and is not remembered as if it were all."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from llmlint.link.calls.evaluator import Evaluator
from llmlint.link.values.values import Text

if TYPE_CHECKING:
    from linked import Link


def test_more_values_than_are_kept_end_in_an_unknown_one(values_of: Callable[..., object]) -> None:
    calls = [f"f('{letter}')\n" for letter in "abcdefghi"]
    assert values_of("def f(a): see(a)\n" + "".join(calls[:7])) == {*(repr(letter) for letter in "abcdefg"), "'<varying>'"}
    assert values_of("def f(a): see(a)\n" + "".join(calls)) == {*(repr(letter) for letter in "abcdefg"), "'<varying>'"}
    assert values_of("x = a\n" + "".join(f"if {name}: x = '{name}'\n" for name in "abcdefghi") + "see(x)") == {
        *(repr(letter) for letter in "cdefghi"),
        "'<varying>'",
    }


def test_what_is_cut_on_the_way_is_found_in_full_later(link: Link) -> None:
    """`a` asks for `b`, which asks for `a`; what `b` is then does not lack what `a` adds."""
    program = """
        def a(n):
            return b(n) if n else 'x'
        def b(n):
            return a(n) if n else 'y'
        first = a()
        see(b())
    """
    linked = link(program)
    alone = {value.value for value in linked.seen() if isinstance(value, Text)}
    module = linked.program.module("main.py")
    assert module is not None
    evaluator = Evaluator(linked.program)
    first, second = (fact for fact in module.facts.calls if fact.scope == 0 and fact.call.args == ())
    for fact in (first, second):
        values = evaluator.evaluate(fact.call, evaluator.place(module, fact.scope, fact.block, fact.order))
    assert {value.value for value in values if isinstance(value, Text)} == alone


def test_sums_of_thousands_of_lines_are_bounded(values_of: Callable[..., object]) -> None:
    found = values_of("x = 'a'\n" + "x += 'b'\n" * 5000 + "see(x)")
    assert isinstance(found, str)
    assert found.startswith("<varying>")
    assert values_of("x = 'a'\n" + "x += 'b'\n" * 300 + "see(x)") == "a" + "b" * 300
