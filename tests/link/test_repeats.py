"""Workers, item counts, warm-up calls, what stays the same in a fan-out, and what a request knows of its place."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from llmlint.link.calls.evaluator import evaluator_of
from llmlint.link.program.tests import is_test_file
from llmlint.link.repeats import workers
from llmlint.link.repeats.item_count import known_items
from llmlint.link.repeats.loop_invariant import is_steady
from llmlint.link.repeats.read_ahead import read_ahead

Link = Callable[..., Any]

ITEMS: dict[str, tuple[str, int | None]] = {
    "a list": ("for x in ['a', 'b']:\n    see()", 2),
    "an empty list": ("for x in []:\n    see()", None),
    "a dict": ("for x in {'a': 1, 'b': 2}:\n    see()", 2),
    "the items of a dict": ("for x, y in {'a': 1, 'b': 2}.items():\n    see()", 2),
    "a list of one and of more": ("for x in ['a', *more]:\n    see()", None),
    "a list that others had": ("l = ['a', 'b']\nfill(l)\nfor x in l:\n    see()", None),
    "a sorted list": ("for x in sorted(['a', 'b']):\n    see()", 2),
    "a list with progress": ("for i, x in enumerate(tqdm(['a', 'b'], 9)):\n    see()", 2),
    "a list by something else": ("for x in chunks(['a', 'b']):\n    see()", None),
    "a range": ("for x in range(7):\n    see()", 7),
    "a range from one to another": ("for x in range(2, 7):\n    see()", 5),
    "a range that is empty": ("for x in range(7, 2):\n    see()", 0),
    "a range in steps": ("for x in range(0, 7, 2):\n    see()", None),
    "a range by a list": ("for x in range(*more):\n    see()", None),
    "a range by one of two": ("n = 3 if y else 5\nfor x in range(n):\n    see()", 5),
    "a range by what is not known": ("n = 3 if y else z\nfor x in range(n):\n    see()", None),
    "a zip": ("for x in zip(['a', 'b'], ['c'], more):\n    see()", 1),
    "a zip of what is not known": ("for x in zip(more, others):\n    see()", None),
    "the first ones": ("for x in more[:3]:\n    see()", 3),
    "the first ones from zero": ("for x in more[0:3]:\n    see()", 3),
    "some from the middle": ("for x in more[1:3]:\n    see()", 2),
    "the first ones by a name": ("few = more[:3]\nfor x in few:\n    see()", 3),
    "the first ones by a name, and others": ("few = more[:3]\nfew.append('a')\nfor x in few:\n    see()", None),
    "all but the last": ("for x in more[:-3]:\n    see()", None),
    "an enumeration": (
        "import enum\nclass E(enum.Enum):\n    A = 1\n    B = 2\n    def f(self): pass\nfor x in E:\n    see()",
        2,
    ),
    "an enumeration of numbers": ("from enum import IntEnum\nclass E(IntEnum):\n    A = 1\n    B = 2\nfor x in E:\n    see()", 2),
    "an enumeration of texts": ("from enum import StrEnum\nclass E(StrEnum):\n    A = 'a'\nfor x in E:\n    see()", 1),
    "another class": ("class E:\n    A = 1\nfor x in E:\n    see()", None),
    "a while loop": ("while x:\n    see()", None),
    "a comprehension": ("[see() for x in ['a', 'b']]", 2),
    "a default of an option": ("x = click.option('--x', default=['a', 'b'])\nfor y in x:\n    see()", None),
    "what is not known": ("for x in more:\n    see()", None),
}


@pytest.mark.parametrize(("code", "items"), ITEMS.values(), ids=ITEMS)
def test_how_many_items_a_loop_goes_over(link: Link, code: str, items: int | None) -> None:
    linked = link(code)
    [fact] = linked.calls("see")
    module = linked.module()
    assert known_items(evaluator_of(linked.program), module, fact.scope, next(iter(module.loops(fact.block)))) == items


WORKERS: dict[str, tuple[str, bool]] = {
    "taken without waiting": (
        "def f():\n    while True:\n        x = q.get_nowait()\n        if not x: break\n        see(x)",
        True,
    ),
    "popped until it is empty": (
        "def f():\n    while True:\n        if not q: return\n        x = q.popleft()\n        see(x)",
        True,
    ),
    "taken without an end": ("def f():\n    while True:\n        x = q.get_nowait()\n        see(x)", False),
    "filled by a loop": ("def f():\n    while True:\n        x = q.get()\n        see(x)\nfor y in ys: q.put(y)", True),
    "filled by a comprehension": (
        "def f():\n    while True:\n        x = q.get()\n        see(x)\n[q.put_nowait(y) for y in ys]",
        True,
    ),
    "filled by a while loop": ("def f():\n    while True:\n        x = q.get()\n        see(x)\nwhile ys: q.put(y)", False),
    "filled once": ("def f():\n    while True:\n        x = q.get()\n        see(x)\nq.put(y)", False),
    "another queue is filled": ("def f():\n    while True:\n        x = q.get()\n        see(x)\nfor y in ys: r.put(y)", False),
    "a setting": ("def f():\n    while True:\n        x = q.get('x')\n        see(x)\nfor y in ys: q.put(y)", False),
    "taken with a time limit": (
        "def f():\n    while True:\n        x = q.get(timeout=9)\n        see(x)\nfor y in ys: q.put(y)",
        True,
    ),
    "a queue of the object": (
        "class A:\n    def f(self):\n        while True:\n            x = self.q.get()\n            see(x)\n"
        "    def g(self):\n        for y in ys: self.q.put(y)",
        True,
    ),
    "a queue that is passed": (
        "def f(q):\n    while True:\n        x = q.get()\n        see(x)\nfor y in ys: r.put(y)\nThread(target=f, args=(r,))",
        True,
    ),
    "a queue that is passed and not filled": (
        "def f(q):\n    while True:\n        x = q.get()\n        see(x)\nr.put(y)\nThread(target=f, args=(r,))",
        False,
    ),
    "a sentinel": ("def f():\n    while True:\n        x = q.get()\n        see(x)\nfor y in ys: q.put(None)", False),
    "a function that fills it": (
        "def f():\n    while True:\n        x = q.get()\n        see(x)\ndef g(y):\n    q.put(y)\nfor y in ys: g(y)",
        True,
    ),
    "a function that fills it once": (
        "def f():\n    while True:\n        x = q.get()\n        see(x)\ndef g(y):\n    q.put(y)\ng(y)",
        False,
    ),
}


@pytest.mark.parametrize(("code", "worklist"), WORKERS.values(), ids=WORKERS)
def test_loops_that_work_off_a_queue(link: Link, code: str, worklist: bool) -> None:
    linked = link(code)
    [fact] = linked.calls("see")
    module = linked.module()
    loop = next(iter(module.loops(fact.block)))
    assert workers.is_worklist(evaluator_of(linked.program), module, fact.scope, loop) is worklist


@pytest.mark.parametrize(
    ("code", "runner"),
    [
        ("Thread(target=f)", "executor"),
        ("pool.submit(f)", "executor"),
        ("asyncio.gather(f())", "gather"),
        ("asyncio.create_task(f())", "task-group"),
        ("f()", None),
        ("run(f)", None),
        ("", None),
    ],
)
def test_what_runs_a_worker(link: Link, code: str, runner: str | None) -> None:
    linked = link(f"def f():\n    see()\n{code}")
    module = linked.module()
    evaluator = evaluator_of(linked.program)
    assert workers.runner_of(evaluator, module, linked.scope("f")) == runner
    assert workers.runner_of(evaluator, module, 0) is None


HEAD = """
import anthropic, asyncio
client = anthropic.AsyncAnthropic()
async def ask(x):
    return await client.messages.create(model="m", max_tokens=9, messages=[{"role": "user", "content": x}])
"""
WARMTH: dict[str, tuple[str, bool, bool]] = {
    "another request before": (
        "async def run(xs):\n    await client.messages.create(model='m', max_tokens=1, messages=[])\n"
        "    await asyncio.gather(*(ask(x) for x in xs))",
        False,
        True,
    ),
    "something else before": (
        "async def run(xs):\n    db.create(name='x')\n    await asyncio.gather(*(ask(x) for x in xs))",
        False,
        False,
    ),
    "a helper of something else before": (
        "def warm():\n    db.create(name='x')\nasync def run(xs):\n    warm()\n    await asyncio.gather(*(ask(x) for x in xs))",
        False,
        False,
    ),
    "a request in another function": (
        "async def other():\n    await ask('q')\nasync def run(xs):\n    await asyncio.gather(*(ask(x) for x in xs))",
        False,
        False,
    ),
    "a limiter around the call of the helper": (
        "limiter = Limiter()\nasync def one(x):\n    async with limiter:\n        return await ask(x)\n"
        "async def run(xs):\n    await asyncio.gather(*(one(x) for x in xs))",
        True,
        False,
    ),
    "a limiter of a package": (
        "from aiolimiter import AsyncLimiter\ngate = AsyncLimiter(9)\nasync def one(x):\n    async with gate:\n        return await ask(x)\n"
        "async def run(xs):\n    await asyncio.gather(*(one(x) for x in xs))",
        True,
        False,
    ),
    "a limiter around something else": (
        "limiter = Limiter()\nasync def one(x):\n    async with limiter:\n        pass\n    return await ask(x)\n"
        "async def run(xs):\n    await asyncio.gather(*(one(x) for x in xs))",
        False,
        False,
    ),
}


@pytest.mark.parametrize(("code", "is_bounded", "is_warmed"), WARMTH.values(), ids=WARMTH)
def test_what_a_fan_out_finds_in_the_cache(link: Link, code: str, is_bounded: bool, is_warmed: bool) -> None:
    found = [site.fan_out for site in link(HEAD + code).sites if site.fan_out is not None]
    assert [(fan_out.is_bounded, fan_out.is_warmed) for fan_out in found] == [(is_bounded, is_warmed)]


@pytest.mark.parametrize(
    ("code", "steady"),
    [
        ("t = load()\nfor x in xs:\n    ask(f'{t}')", True),
        ("for x in xs:\n    t = load()\n    ask(f'{t}')", False),
        ("for x in xs:\n    ask(f'{x}')", False),
        ("for x in xs:\n    ask(f'{load()}')", False),
        ("for x in xs:\n    ask(f'{t.name}')", True),
        ("for x in xs:\n    ask(f'{x.name}')", False),
    ],
)
def test_what_stays_the_same_in_a_fan_out(link: Link, code: str, steady: bool) -> None:
    head = "import anthropic\nclient = anthropic.Anthropic()\ndef run(xs, t):\n"
    body = code.replace(
        "ask(", "client.messages.create(model='m', max_tokens=9, messages=[{'role': 'user', 'content': x}], system="
    ).replace("\n", "\n    ")
    site = link(f"{head}    {body}").site
    segment = site.prompt.segments[0]
    assert segment.hole_at is not None
    assert is_steady(site.arguments, site.fan_out, segment.hole_at) is steady
    assert not is_steady(site.arguments, None, segment.hole_at)


def test_what_another_function_makes_is_not_known_to_stay_the_same(link: Link) -> None:
    code = """
        import anthropic
        client = anthropic.Anthropic()
        def ask(x, text):
            return client.messages.create(model="m", max_tokens=9, system=text, messages=[{"role": "user", "content": x}])
        def run(xs):
            for x in xs:
                print(ask(x, load()))
        """
    site = link(code).site
    assert site.fan_out is not None
    call_in_run = next(step.span for step in site.steps)
    assert not is_steady(site.arguments, site.fan_out, call_in_run)
    # The loop is not one of the function that makes the call.
    [_, text] = [segment.hole_at for segment in site.prompt.segments]
    assert not is_steady(site.arguments, site.fan_out, text)


AHEAD: dict[str, tuple[str, bool]] = {
    "read before a loop": ("def run(xs):\n    text = open('a').read()\n    for x in xs:\n        ask(text, x)", True),
    "read in the loop": ("def run(xs):\n    for x in xs:\n        text = open('a').read()\n        ask(text, x)", False),
    "without a loop": ("def run(x):\n    text = open('a').read()\n    ask(text, x)", False),
    "not read": ("def run(xs, text):\n    text = text.strip()\n    for x in xs:\n        ask(text, x)", False),
    "passed to the function with the loop": (
        "def run(text, xs):\n    for x in xs:\n        ask(text, x)\ndef main(xs):\n    t = open('a').read()\n    run(t, xs)",
        True,
    ),
    "passed to it by one that has another loop": (
        "def run(text, xs):\n    for x in xs:\n        ask(text, x)\n"
        "def main(xs, files):\n    for file in files:\n        t = open(file).read()\n        run(t, xs)",
        False,
    ),
}


@pytest.mark.parametrize(("code", "is_read_ahead"), AHEAD.values(), ids=AHEAD)
def test_what_is_read_once_for_all_requests_of_a_loop(link: Link, code: str, is_read_ahead: bool) -> None:
    head = "import anthropic\nclient = anthropic.Anthropic()\ndef ask(text, x):\n    return client.messages.create("
    site = link(f"{head}model='m', max_tokens=9, system=text, messages=[x])\n{code}").sites[0]
    segment = site.prompt.segments[0]
    assert segment.hole_at is not None
    found = read_ahead(evaluator_of(site.program), site.arguments, segment.hole_at)
    assert (found is not None and site.source(found) == "open('a').read()") is is_read_ahead


def test_what_a_request_knows_of_its_place(link: Link) -> None:
    code = (
        "import anthropic\nclient = anthropic.Anthropic()\nA = 'a'\ndef outer(p):\n    def inner(q, *rest, k=1):\n        for x in rest:\n"
        "            client.messages.create(model=q, max_tokens=None, messages=[], stream=True, **p)\n    inner(A)\nouter(unknown)"
    )
    site = link(code).site
    arguments = site.arguments
    assert arguments.functions == ("inner", "outer")
    assert arguments.is_in_loop
    assert (arguments.parameter("q") is not None, arguments.parameter("p")) == (True, None)
    assert (arguments.has("model"), arguments.has("max_tokens"), arguments.has("system")) == (True, False, False)
    assert (arguments.is_true("stream"), arguments.is_true("model")) == (True, False)
    assert [arguments.source(site.span).startswith("client."), len(arguments.splats), arguments.fields.is_open] == [True, 1, True]
    assert arguments.is_in_function(site.span)
    assert not arguments.is_in_function(site.models[0].at)
    assert arguments.opened().fields.is_open


FILES: dict[str, tuple[str, str, bool]] = {
    "a test": ("test_a.py", "def test_it(): pass", True),
    "a test class": ("a_test.py", "class TestIt: pass", True),
    "a test by its import": ("tests.py", "import pytest", True),
    "a script that is called a test": ("test_a.py", "def run(): pass", False),
    "a helper of tests": ("tests__helper.py", "def run(): pass", True),
    "a configuration of tests": ("conftest.py", "", True),
    "a split of a data set": ("test__load.py", "def load(): pass", False),
    "tests in a folder": ("testing__all.py", "def test_it(): pass", True),
    "a method that is called a test": ("test_a.py", "class A:\n    def test_it(self): pass", False),
    "code": ("a.py", "def test_it(): pass", False),
}


@pytest.mark.parametrize(("path", "code", "is_test"), FILES.values(), ids=FILES)
def test_what_a_test_file_is(link: Link, path: str, code: str, is_test: bool) -> None:
    linked = link("", **{path.removesuffix(".py"): code})
    module = linked.module(path.replace("__", "/"))
    assert is_test_file(linked.program, module) is is_test
