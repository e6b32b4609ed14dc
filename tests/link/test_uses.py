"""Where functions of a program are used: called, passed on, and called in the stead of what was made of them."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from typing import Any

import pytest

from llmlint.link.calls import awaiting, runners
from llmlint.link.calls.evaluator import evaluator_of
from llmlint.link.calls.uses import Use

Link = Callable[..., Any]


def uses(linked: Any, name: str = "f") -> list[Use]:
    return list(evaluator_of(linked.program).callers.uses(linked.module(), linked.scope(name)))


def shown(linked: Any, found: list[Use]) -> list[str]:
    """The code, with `?` where only a name says so, and what the function is given."""
    lines = []
    for use in found:
        source = linked.program.source(use.module.path)
        code = source.text[use.fact.call.start : use.fact.call.end]
        given = ", ".join(
            (argument.star or (f"{argument.keyword}=" if argument.keyword else ""))
            + source.text[argument.value.start : argument.value.end]
            for argument in use.given
        )
        where = "" if use.module.path == "main.py" else f"{use.module.path} "
        lines.append(f"{where}{code}{'' if use.is_certain else ' ?'} <- {given}")
    return lines


USES: dict[str, tuple[str, list[str]]] = {
    "a call": ("def f(x): pass\nf(1)", ["f(1) <- 1"]),
    "none": ("def f(x): pass\ng(1)", []),
    "two calls": ("def f(x): pass\nf(1)\nf(2)", ["f(1) <- 1", "f(2) <- 2"]),
    "another name": ("def f(x): pass\ng = f\ng(1)", ["g(1) <- 1"]),
    "another function of that name": ("def f(x): pass\ndef g(f): f(1)", []),
    "passed": ("def f(x): pass\nrun(f, 1)", ["run(f, 1) <- 1"]),
    "passed by keyword": ("def f(x): pass\nrun(1, function=f)", ["run(1, function=f) <- "]),
    "a thread": ("def f(x): pass\nThread(target=f, args=(1,), kwargs=k)", ["Thread(target=f, args=(1,), kwargs=k) <- 1, **k"]),
    "a thread with a list": ("def f(x): pass\nThread(target=f, args=a)", ["Thread(target=f, args=a) <- *a"]),
    "a pool": (
        "def f(x): pass\npool.apply_async(f, (1, 2), {'a': 3})",
        ["pool.apply_async(f, (1, 2), {'a': 3}) <- 1, 2, **{'a': 3}"],
    ),
    "a pool by keyword": (
        "def f(x): pass\npool.apply_async(f, args=(1,), kwds=k)",
        ["pool.apply_async(f, args=(1,), kwds=k) <- 1, **k"],
    ),
    "a partial by name": ("def f(x): pass\ng = partial(f, 1)\ng(2)", ["g(2) <- 1, 2"]),
    "a partial in an attribute": ("def f(x): pass\na.g = partial(f, 1)\na.g(2)", ["a.g(2) <- 1, 2"]),
    "a partial that is mapped": ("def f(x): pass\nmap(partial(f, 1), xs)", ["map(partial(f, 1), xs) <- 1, xs"]),
    "a partial that is passed": ("def f(x): pass\ng = partial(f, 1)\nrun(g, 2)", ["run(g, 2) <- 1, 2"]),
    "a partial that is nowhere used": ("def f(x): pass\nkeep(partial(f, 1))", ["partial(f, 1) <- 1"]),
    "a table": ("def f(x): pass\nT = {'a': f}\nT['a'](1)", ["T['a'](1) <- 1"]),
    "a list of tuples": ("def f(x): pass\nT = [('a', f)]\nfor name, g in T: g(1)", ["g(1) <- 1"]),
    "the items of a table": ("def f(x): pass\nT = {'a': f}\nfor name, g in T.items(): g(1)", ["g(1) <- 1"]),
    "got from a table": ("def f(x): pass\nT = {'a': f}\ng = T.get('a')\ng(1)", ["g(1) <- 1"]),
    "got from another table": ("def f(x): pass\nT = {'a': f}\ng = U.get('a')\ng(1)", []),
    "a remote function": ("def f(x): pass\nf.remote(1)", ["f.remote(1) <- 1"]),
    "a delayed function": ("def f(x): pass\nf.delay(1)", ["f.delay(1) <- 1"]),
    "another method of a function": ("def f(x): pass\nf.describe(1)", []),
    "a method": ("class A:\n    def f(self, x): pass\nA().f(1)", ["A().f(1) <- 1"]),
    "a method of self": ("class A:\n    def f(self, x): pass\n    def g(self): self.f(1)", ["self.f(1) <- 1"]),
    "a method by its name": ("class A:\n    def do_f(self, x): pass\ndef g(a): a.do_f(1)", ["a.do_f(1) ? <- 1"]),
    "a method of what a library made": (
        "import boto3\nclass A:\n    def do_f(self, x): pass\nc = boto3.client('b')\nc.do_f(1)",
        [],
    ),
    "a method of what a library made of a class": (
        "import inject\nclass A:\n    def do_f(self, x): pass\na = inject.instance(A)\na.do_f(1)",
        ["a.do_f(1) ? <- 1"],
    ),
    "a method by a name of one word": ("class A:\n    def work(self, x): pass\ndef g(a): a.work(1)", []),
    "a method of what is called like the class": (
        "class DeskBase:\n    def work(self, x): pass\nclass A(DeskBase):\n    def work(self, x): pass\ndef g(my_base, rest): my_base.work(1)",
        [],
    ),
    "a method of what is called like the last word of the class": (
        "class PaperDesk:\n    def work(self, x): pass\ndef g(other_desk): other_desk.work(1)",
        ["other_desk.work(1) ? <- 1"],
    ),
    "a method of what is called like it that takes other arguments": (
        "class PaperDesk:\n    def work(self, x): pass\ndef g(desk): desk.work()",
        [],
    ),
    "a method of a table of classes": (
        "class A:\n    def f(self, x): pass\nclass B:\n    def f(self, x): pass\nT = {'a': A, 'b': B}\ndef g(name): T[name]().f(1)",
        ["T[name]().f(1) <- 1"],
    ),
    "a method of an open table of classes": (
        "class A:\n    def f(self, x): pass\nT = {'a': A, 'b': 1}\ndef g(name): T[name]().f(1)",
        [],
    ),
    "a method of a registered class": (
        "def add(c):\n    T[c.__name__] = c\n    return c\nT = {}\n@add\nclass A:\n    def f(self, x): pass\ndef g(name): T[name]().f(1)",
        ["T[name]().f(1) <- 1"],
    ),
    "a method of a class that something else decorates": (
        "def add(c):\n    T[c.__name__] = c\n    return c\nT = {}\n@dataclass\nclass A:\n    def f(self, x): pass\ndef g(name): T[name]().f(1)",
        [],
    ),
    "a method of what a function is annotated to return": (
        "class A:\n    def f(self, x): pass\ndef make() -> 'A': return plugins.load()\ndef g(): make().f(1)",
        ["make().f(1) ? <- 1"],
    ),
    "a method of another class": (
        "class A:\n    def do_f(self, x): pass\nclass B:\n    def do_f(self, x): pass\nB().do_f(1)",
        [],
    ),
    "a construction": ("class A:\n    def __init__(self, x): pass\nA(1)", ["A(1) <- 1"]),
    "a construction of a subclass": ("class A:\n    def __init__(self, x): pass\nclass B(A): pass\nB(1)", ["B(1) <- 1"]),
    "a construction of a subclass with its own": (
        "class A:\n    def __init__(self, x): pass\nclass B(A):\n    def __init__(self): super().__init__(1)\nB()",
        ["super().__init__(1) <- 1"],
    ),
    "a construction by its class": (
        "class A:\n    def __init__(self, x): pass\n    @classmethod\n    def make(cls): return cls(1)",
        ["cls(1) <- 1"],
    ),
    "a post-construction": ("@dataclass\nclass A:\n    def __post_init__(self): pass\nA(1)", ["A(1) <- 1"]),
    "a call of an object": ("class A:\n    def __call__(self, x): pass\na = A()\na(1)", ["a(1) <- 1"]),
    "a call of an object on the spot": ("class A:\n    def __call__(self, x): pass\nA()(1)", ["A()(1) <- 1"]),
    "an object that is passed": ("class A:\n    def __call__(self, x): pass\nrun(A(), 1)", ["run(A(), 1) <- 1"]),
    "a lambda that is passed": ("run(lambda x: 1, 2)", ["run(lambda x: 1, 2) <- 2"]),
    "a lambda by name": ("g = lambda x: 1\ng(2)\nrun(g, 3)", ["g(2) <- 2", "run(g, 3) <- 3"]),
    "a lambda of a method's name": ("g = lambda x: 1\na.g(2)", []),
    "a nested function": ("def o():\n    def f(x): pass\n    f(1)", ["f(1) <- 1"]),
    "a closure": ("def o():\n    def f(x): pass\n    return f\ng = o()\ng(1)", ["g(1) <- 1"]),
    "a closure on the spot": ("def o():\n    def f(x): pass\n    return f\no()(1)", ["o()(1) <- 1"]),
    "a closure that is not returned": ("def o():\n    def f(x): pass\n    return 1\ng = o()\ng(1)", []),
}
NAMES = ("__init__", "__post_init__", "__call__", "do_f", "work", "f")


@pytest.mark.parametrize(("code", "expected"), USES.values(), ids=USES)
def test_uses(link: Link, code: str, expected: list[str]) -> None:
    linked = link(code)
    functions = linked.module().scopes
    [scope, *_] = next(found for name in NAMES if (found := [s.id for s in functions if s.name == name or s.kind == "lambda"]))
    assert shown(linked, list(evaluator_of(linked.program).callers.uses(linked.module(), scope))) == expected


def test_a_call_of_a_base_class_is_a_use_of_the_override(link: Link) -> None:
    code = "class A:\n    def g(self): self.f(1)\n    def f(self, x): pass\nclass B(A):\n    def f(self, x): pass\nB().g()"
    linked = link(code)
    *_, scope = (scope.id for scope in linked.module().scopes if scope.name == "f")
    assert shown(linked, list(evaluator_of(linked.program).callers.uses(linked.module(), scope))) == ["self.f(1) <- 1"]


def test_uses_in_other_files(link: Link) -> None:
    linked = link(
        "def f(x): pass", one="from main import f\nf(1)", two="from main import f as g\ng(2)", three="import main\nmain.f(3)"
    )
    assert shown(linked, uses(linked)) == ["one.py f(1) <- 1", "three.py main.f(3) <- 3", "two.py g(2) <- 2"]


def test_certain_uses_come_first(link: Link) -> None:
    linked = link("class A:\n    def do_f(self, x): pass\ndef g(a): a.do_f(1)\nA().do_f(2)")
    assert shown(linked, uses(linked, "do_f")) == ["A().do_f(2) <- 2", "a.do_f(1) ? <- 1"]


def test_uses_of_an_argument(link: Link) -> None:
    linked = link(
        "def f(x): pass\ndef each(function, xs):\n    for x in xs:\n        function(x)\n    run(function, 1)\n    other(x)\neach(f, [1])"
    )
    [use] = uses(linked)
    found = list(evaluator_of(linked.program).callers.uses_of_argument(use))
    assert shown(linked, [inner for inner, _ in found]) == ["function(x) <- x", "run(function, 1) <- 1"]
    assert {receiving.module.scopes[receiving.scope].name for _, receiving in found} == {"each"}


# Runners


@pytest.mark.parametrize(
    ("code", "maps", "kind", "concurrent"),
    [
        ("map(f, xs)", True, "map", False),
        ("map(f)", False, "map", False),
        ("filter(f, xs)", True, "map", False),
        ("map(xs, f)", False, None, ["self.f(1) <- 1"]),
        ("pool.map(f, xs)", True, "executor", True),
        ("pool.imap(f, xs)", True, "pool", True),
        ("pool.starmap(f, xs)", True, "pool", True),
        ("itertools.starmap(f, xs)", True, "map", False),
        ("starmap(f, xs)", True, "map", False),
        ("process_map(f, xs)", True, "pool", True),
        ("frame.apply(f)", True, "map", False),
        ("frame.progress_apply(f)", True, "map", False),
        ("apply(f)", True, "map", False),
        ("pool.submit(f, x)", False, None, None),
    ],
)
def test_what_maps_a_function(link: Link, code: str, maps: bool, kind: str | None, concurrent: bool | None) -> None:
    call = link(f"def f(x): pass\n{code}").module().facts.calls[-1].call
    index = next(i for i, argument in enumerate(call.args) if getattr(argument.value, "id", "") == "f")
    assert runners.maps(call, index) is maps
    if kind is not None:
        assert runners.kind_of_map(call) == (kind, concurrent)


RUN_BY = {
    "asyncio.gather(f(1))": "gather",
    "asyncio.gather(asyncio.create_task(f(1)))": "task-group",
    "asyncio.gather(asyncio.wait_for(f(1), 9))": "gather",
    "asyncio.gather(show(f(1)))": None,
    "show(f(1))": None,
    "f(1)": None,
    "ts = []\nts.append(f(1))\nasyncio.gather(*ts)": "gather",
    "ts = set()\nts.add(f(1))\nasyncio.as_completed(ts)": "as_completed",
    "ts = []\nts.append(f(1))\nlog(ts)": None,
    "ts = []\nts.append(f(1))\nasyncio.gather(*us)": None,
    "asyncio.gather(list(f(1)))": "gather",
    "asyncio.gather(*[f(x) for x in xs])": "gather",
    "ts = [f(x) for x in xs]\nasyncio.gather(*ts)": "gather",
    "asyncio.gather(*ts)\nts = [f(x) for x in xs]": None,
    "ts = [f(x) for x in xs]\nlog(ts)": None,
    "log([f(x) for x in xs])": None,
    "asyncio.wait([f(x) for x in xs])": "gather",
    "asyncio.gather(*[limited(f(x)) for x in xs])": "gather",
    "ts = [limited(f(x)) for x in xs]\nasyncio.gather(*ts)": "gather",
    "asyncio.gather(*[g(x) for x in xs])\n[f(x) for x in xs]": None,
    "ts = {x: f(x) for x in xs}\nasyncio.gather(*ts.values())": "gather",
    "for x in xs:\n    t = f(x)\n    ts.append(t)\nasyncio.gather(*ts)": "gather",
    "for x in xs:\n    t = f(x)\n    u = t\n    ts += [u]\ngather_with_limit(9, *ts)": "gather",
    "for x in xs:\n    t = f(x)\n    ts.append((x, t))\nawait asyncio.wait([t for x, t in ts])": "gather",
    "for x in xs:\n    ts[x] = f(x)\nawait asyncio.gather(*ts.values())": "gather",
    "for x in xs:\n    t = f(x)\n    ts[x] = t\nawait asyncio.gather(*ts.values())": "gather",
    "for x in xs:\n    t = asyncio.create_task(f(x))\n    ts.append(t)\nfor t in ts:\n    await t": "task-group",
    "for x in xs:\n    ts.append(f(x))\n    if full(ts):\n        await asyncio.gather(*ts)\n        ts = []": "gather",
    "for x in xs:\n    ts = []\n    ts.append(f(x))\n    await asyncio.gather(*ts)": None,
    "for x in xs:\n    r = await asyncio.to_thread(lambda: f(x))": None,
    "for x in xs:\n    await asyncio.create_task(f(x))": None,
    "for x in xs:\n    t = asyncio.create_task(f(x))\n    rs.append(await t)": None,
    "for x in xs:\n    t = asyncio.create_task(f(x))\n    r = await t": None,
    "for x in xs:\n    t = pool.apply_async(f(x))\n    print(t.get())": None,
    "for x in xs:\n    await asyncio.gather(f(x))": None,
    "for x in xs:\n    await send(asyncio.create_task(f(x)))": None,
    "[await asyncio.create_task(f(x)) for x in xs]": None,
    "for x in xs:\n    await asyncio.gather(*[f(y) for y in ys])": "gather",
}


@pytest.mark.parametrize(("code", "runner"), RUN_BY.items(), ids=map(repr, RUN_BY))
def test_what_runs_a_call_side_by_side(link: Link, code: str, runner: str | None) -> None:
    linked = link(f"async def main():\n{textwrap.indent(code, '    ')}")
    [fact] = linked.calls("f")
    module = linked.module()
    loop = next(iter(module.loops(fact.block)), None)
    assert awaiting.runner_of(module, fact.call, loop) == runner


@pytest.mark.parametrize(
    ("code", "is_awaited"),
    [
        ("await asyncio.to_thread(f, 1)", True),
        ("r = await asyncio.to_thread(f, 1)", True),
        ("t = asyncio.to_thread(f, 1)\nr = await t", True),
        ("r = pool.submit(f, 1).result()", True),
        ("t = pool.submit(f, 1)\nr = t.result()", True),
        ("for x in xs:\n    await loop.run_in_executor(None, f, x)", True),
        ("for x in xs:\n    await asyncio.wait_for(asyncio.to_thread(f, x), 5)", True),
        ("pool.submit(f, 1)", False),
        ("t = pool.submit(f, 1)\nts.append(t)", False),
        ("for x in xs:\n    ts.append(asyncio.to_thread(f, x))\nawait asyncio.gather(*ts)", False),
        ("await asyncio.gather(*[asyncio.to_thread(f, x) for x in xs])", False),
        ("ts = [pool.submit(f, x) for x in xs]\nrs = [t.result() for t in ts]", False),
    ],
)
def test_what_is_waited_for_at_once(link: Link, code: str, is_awaited: bool) -> None:
    linked = link(f"async def main():\n{textwrap.indent(code, '    ')}")
    module = linked.module()
    [(fact, _)] = module.handed_by_tail.get("f")
    assert awaiting.is_awaited_at_once(module, fact.call) is is_awaited


@pytest.mark.parametrize(
    ("code", "runs"),
    [
        ("pool.submit(f, 1)", True),
        ("asyncio.to_thread(f, 1)", True),
        ("partial(f, 1)", True),
        ("retry(f)", True),
        ("show(f)", False),
    ],
)
def test_what_runs_a_function(link: Link, code: str, runs: bool) -> None:
    assert runners.runs(link(code).module().facts.calls[0].call) is runs
