"""What a bound leaves out is unknown and not absent, and is not remembered as if it were all."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from llmlint.link.calls.call_paths import paths_of
from llmlint.link.calls.evaluator import Evaluator
from llmlint.link.program.package_groups import PackageGroups
from llmlint.link.values.names import Names
from llmlint.link.values.place import Place
from llmlint.link.values.progress import Memory, Progress
from llmlint.link.values.values import Entry, Literal, Text, Value
from llmlint.scan.expressions import Name
from llmlint.scan.facts import Binding
from llmlint.source import Span

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


def test_callers_of_callers_are_each_asked_once(link: Link) -> None:
    """What a bound cut would be found anew for each function: what its callers pass, and theirs."""
    helpers = "\n".join(f"def f{number}(a):\n    see(a)\n    f{number + 1}(a)" for number in range(24))
    linked = link(f"{helpers}\ndef f24(a):\n    see(a)\nf0('x')")
    evaluator = Evaluator(linked.program)
    steps = []
    for fact in reversed(linked.calls("see")):
        before = evaluator.total_steps
        values = evaluator.evaluate(fact.call.args[0].value, linked.place(fact))
        assert [value.value for value in values if isinstance(value, Text)] == ["x"]
        steps.append(evaluator.total_steps - before)
    assert steps[0] > 24
    assert sum(steps[1:]) <= 4 * len(steps)


def test_sums_of_thousands_of_lines_are_bounded(values_of: Callable[..., object]) -> None:
    found = values_of("x = 'a'\n" + "x += 'b'\n" * 5000 + "see(x)")
    assert isinstance(found, str)
    assert found.startswith("<varying>")
    assert values_of("x = 'a'\n" + "x += 'b'\n" * 300 + "see(x)") == "a" + "b" * 300


def test_dicts_with_thousands_of_stores_are_not_followed_to_the_end(values_of: Callable[..., object]) -> None:
    def stores(count: int) -> str:
        return "d = {}\n" + "".join(f"d['k{number}'] = 'v{number}'\n" for number in range(count)) + "see(d['k0'])"

    assert values_of(stores(4000)) == "v0"
    assert values_of(stores(4200)) == {"'v0'", "'<unknown>'"}


def test_sums_under_many_conditions_are_each_looked_into_once(
    values_of: Callable[..., object], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each of the statements may add to what each of the earlier ones has left: without memory, each doubles the work."""
    looked_into: list[Binding] = []
    find = Names._augmented

    def counted(self: Names, binding: Binding, there: Place, name: Name) -> tuple[Value, ...]:
        looked_into.append(binding)
        return find(self, binding, there, name)

    monkeypatch.setattr(Names, "_augmented", counted)
    conditions = "".join(f"    if a.c{number}: x += '{number}'\n" for number in range(12))
    assert len(values_of(f"def f(a):\n    x = 'a'\n{conditions}    see(x)")) == 8  # type: ignore[arg-type]
    assert len(looked_into) == 12


CALLED_FROM_AFAR = """
    def ask(prompt):
        see(prompt)
    def f1(prompt): ask(prompt)
    def f2(prompt): f1(prompt)
    def f3(prompt): f2(prompt)
    def f4(prompt): f3(prompt)
    def f5(prompt): f4(prompt)
    f5("from afar")
"""


@pytest.mark.parametrize(("is_project", "hops"), [(True, 6), (False, 4)])
def test_callers_are_followed_less_far_where_packages_lie_side_by_side(
    link: Link, monkeypatch: pytest.MonkeyPatch, is_project: bool, hops: int
) -> None:
    monkeypatch.setattr(PackageGroups, "is_project", property(lambda self: is_project))
    linked = link(CALLED_FROM_AFAR)
    [path] = paths_of(linked.program).of(linked.module(), linked.scope("ask"))
    assert len(path.hops) == hops
    assert path.is_complete is is_project


@pytest.mark.parametrize(("is_project", "paths"), [(True, 20), (False, 8)])
def test_fewer_call_paths_are_followed_where_packages_lie_side_by_side(
    link: Link, monkeypatch: pytest.MonkeyPatch, is_project: bool, paths: int
) -> None:
    monkeypatch.setattr(PackageGroups, "is_project", property(lambda self: is_project))
    linked = link("def ask(prompt): see(prompt)\n" + "ask('x')\n" * 20)
    found = paths_of(linked.program).of(linked.module(), linked.scope("ask"))
    assert len(found) == paths
    assert all(path.is_complete is is_project for path in found)


def test_an_item_of_a_dict_is_not_kept_as_a_circle_or_a_bound_left_it() -> None:
    at = Span("main.py", 0, 1)
    found = [(Literal(1, at),), (Literal(1, at), Literal(2, at))]
    entry = Entry(lambda: found.pop(0), True, at)
    assert [len(entry.values), len(entry.values)] == [1, 2]


def test_a_result_that_a_bound_has_cut_lasts_until_the_outermost_work_ends() -> None:
    progress = Progress()
    memory: Memory[str] = progress.memory()
    outer, inner = progress.start("outer"), progress.start("inner")
    assert outer is not None
    assert inner is not None
    progress.cut()
    memory.keep("inner", "cut", progress.finish("inner", inner))
    assert memory.get("inner") == "cut"
    assert progress.finish("outer", outer)
    assert memory.get("inner") is None


def test_what_one_call_returns_is_not_what_another_does(values_of: Callable[..., object]) -> None:
    assert values_of("def f(x): return x\nsee(f('a') + f('b'))") == "ab"


IN_A_LOOP = "def all{0}(rows):\n    for row in rows:\n        ask(row)\n"
OF_A_CALLER = "def one{0}(text):\n    ask(text)\ndef all{0}(rows):\n    for row in rows:\n        one{0}(row)\n"


def loops_above_ask(link: Link, callers: str) -> tuple[int, bool]:
    """How many loops call paths of `ask` run through, and whether the paths are said to be all."""
    linked = link("def ask(prompt): see(prompt)\n" + callers)
    found = paths_of(linked.program).of(linked.module(), linked.scope("ask"))
    module = linked.module()
    loops = {loop.start for path in found for hop in path.hops for loop in module.loops(hop.use.fact.block)}
    return len(loops), all(path.is_complete for path in found)


PLAIN = "".join(f"def one{number}(text): ask(text)\n" for number in range(40))


@pytest.mark.parametrize("are_last", [True, False])
def test_calls_in_loops_are_followed_first(link: Link, are_last: bool) -> None:
    loops = "".join(IN_A_LOOP.format(number) for number in range(3))
    assert loops_above_ask(link, PLAIN + loops if are_last else loops + PLAIN) == (3, False)


@pytest.mark.parametrize(("loops", "followed"), [(40, 40), (80, 48)])
def test_more_calls_are_followed_where_all_are_in_loops(link: Link, loops: int, followed: int) -> None:
    callers = "".join(IN_A_LOOP.format(number) for number in range(loops))
    assert loops_above_ask(link, callers) == (followed, loops == followed)


def test_callers_in_a_loop_are_followed_past_the_bound(link: Link) -> None:
    """Of each caller, a path to one loop: there are as many paths as without."""
    others = "".join(f"def two{number}(text):\n    one{number}(text)\n    one{number}(text + '!')\n" for number in range(20))
    assert loops_above_ask(link, "".join(OF_A_CALLER.format(number) for number in range(20)) + others)[0] == 20


@pytest.mark.parametrize(
    ("others", "values"),
    [("A()", {"'a'", "'b'"}), ("A() if unknown else B()", {"'a'", "'b'"}), ("unknown", "<varying>"), ("'text'", "<varying>")],
)
def test_a_long_list_of_instances_still_has_their_classes(values_of: Callable[..., object], others: str, values: object) -> None:
    classes = "class A:\n    def f(self):\n        return 'a'\nclass B:\n    def f(self):\n        return 'b'\n"
    items = ["A()"] * 12 + [others, "B()"]
    numbered = ", ".join(f"{each}" for each in items)
    assert values_of(f"{classes}for each in [{numbered}]:\n    see(each.f())\n") == values
