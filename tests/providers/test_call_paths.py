"""Which requests a call makes, one for each of its call paths: models and prompts that belong together stay together."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from llmlint.providers import find_call_sites

Link = Callable[..., Any]

HEAD = """
import anthropic
client = anthropic.Anthropic()
def ask(model, system, text="t"):
    return client.messages.create(model=model, max_tokens=9, system=system, messages=[{"role": "user", "content": text}])
"""
PATHS: dict[str, tuple[str, list[str]]] = {
    "nobody calls it": ("", ["?: system=<varying>, user=<varying>"]),
    "one caller": ("ask('m', 's')", ["m: system=s, user=t"]),
    "two callers": ("ask('m', 's')\nask('n', 'r', 'u')", ["m: system=s, user=t", "n: system=r, user=u"]),
    "by keywords": ("ask(system='s', model='m', text='u')", ["m: system=s, user=u"]),
    "by a dict": ("given = {'system': 's', 'model': 'm'}\nask(**given)", ["m: system=s, user=t"]),
    "by a list": ("given = ['m', 's', 'u']\nask(*given)", ["m: system=s, user=u"]),
    "the same twice": ("ask('m', 's')\nask('m', 's')", ["m: system=s, user=t"]),
    "two levels": (
        "def up(model):\n    return ask(model, 's ' + model)\nup('m')\nup('n')",
        ["m: system=s m, user=t", "n: system=s n, user=t"],
    ),
    "two levels, and straight": (
        "def up(model):\n    return ask(model, 's')\nup('m')\nask('n', 'r')",
        ["m: system=s, user=t", "n: system=r, user=t"],
    ),
    "two ways up": (
        "def one(x):\n    return ask('m', x)\ndef two(x):\n    return ask('n', x)\none('s')\ntwo('r')",
        ["m: system=s, user=t", "n: system=r, user=t"],
    ),
    "nine callers": (
        "".join(f"ask('m{number}', 's{number}')\n" for number in range(9)),
        [f"m{number}: system=s{number}, user=t" for number in range(9)],
    ),
    "a caller that nobody calls": ("def up(model):\n    ask(model, 's')", ["?: system=s, user=t"]),
    "a call of a function by another name": ("question = ask\nquestion('m', 's')", ["m: system=s, user=t"]),
    "recursion": (
        "def again(model, left):\n    if unknown:\n        return again(model, left - 1)\n    return ask(model, 's')\nagain('m', 3)",
        ["m: system=s, user=t"],
    ),
    "two functions that call each other": (
        "def one(model):\n    return two(model)\ndef two(model):\n    one(model)\n    return ask(model, 's')\none('m')",
        ["m: system=s, user=t"],
    ),
    "branches by an argument": (
        "def up(kind):\n    if kind == 'a':\n        ask('m', 's')\n    else:\n        ask('n', 'r')\nup('a')",
        ["m: system=s, user=t"],
    ),
    "no branch by any argument": (
        "def up(kind):\n    if kind == 'b':\n        ask('m', 's')\nup('a')",
        ["?: system=<varying>, user=<varying>"],
    ),
    "a value chosen by an argument": (
        "def up(kind):\n    if kind == 'a':\n        model = 'm'\n    else:\n        model = 'n'\n    ask(model, kind)\nup('a')\nup('b')",
        ["m: system=a, user=t", "n: system=b, user=t"],
    ),
    "an early return by an argument": (
        "def up(kind):\n    if kind == 'a':\n        return None\n    return ask('m', kind)\nup('a')\nup('b')",
        ["m: system=b, user=t"],
    ),
    "a function that is passed": (
        "def each(function, model):\n    return function(model, 's')\neach(ask, 'm')",
        ["m: system=s, user=t"],
    ),
    "a function that is passed over two levels": (
        "def inner(function, model):\n    return function(model, 's')\ndef outer(function):\n    return inner(function, 'm')\nouter(ask)",
        ["m: system=s, user=t"],
    ),
    "a function that is passed to somebody else": (
        "from elsewhere import later\nlater(ask, 'm')",
        ["?: system=<varying>, user=<varying>"],
    ),
    "a function that is run with arguments": (
        "pool.submit(ask, 'm', 's')\npool.submit(ask, 'n', 'r')",
        ["m: system=s, user=t", "n: system=r, user=t"],
    ),
    "a thread": (
        "import threading\nthreading.Thread(target=ask, args=('m', 's'), kwargs={'text': 'u'}).start()",
        ["m: system=s, user=u"],
    ),
    "a pool's tuple": ("pool.apply_async(ask, ('m', 's'))", ["m: system=s, user=t"]),
    "a mapped function": ("list(map(ask, models))", ["?: system=<varying>, user=t"]),
    "a mapped function with two lists": ("list(pool.map(ask, models, systems))", ["?: system=<varying>, user=t"]),
    "a mapped lambda": ("list(map(lambda x: ask('m', 's', x), xs))", ["m: system=s, user=<varying>"]),
    "a partial": (
        "from functools import partial\nquick = partial(ask, 'm', system='s')\nquick(text='u')",
        ["m: system=s, user=u"],
    ),
    "a mapped partial": (
        "from functools import partial\nlist(map(partial(ask, 'm', 's'), xs))",
        ["m: system=s, user=<varying>"],
    ),
    "a table": ("TABLE = {'a': ask}\nTABLE[kind]('m', 's')", ["m: system=s, user=t"]),
    "a lambda": ("quick = lambda text: ask('m', 's', text)\nquick('u')", ["m: system=s, user=u"]),
    "a nested function": (
        "def outer(model):\n    def inner(text):\n        return ask(model, 's', text)\n    return inner('u')\nouter('m')\nouter('n')",
        ["m: system=s, user=u", "n: system=s, user=u"],
    ),
    "a method": (
        "class Clerk:\n    def work(self, text):\n        return ask(self.model, 's', text)\n    model = 'm'\nClerk().work('u')",
        ["m: system=s, user=u"],
    ),
    "two objects of one class": (
        "class Clerk:\n    def __init__(self, model, system):\n        self.model, self.system = model, system\n"
        "    def work(self):\n        return ask(self.model, self.system)\n"
        "a, b = Clerk('m', 's'), Clerk('n', 'r')\na.work()\nb.work()",
        ["m: system=s, user=t", "n: system=r, user=t"],
    ),
    "two objects whose method is called out of sight": (
        "class Clerk:\n    def __init__(self, model, system):\n        self.model = model\n        self.system = system\n"
        "    def work(self):\n        return ask(self.model, self.system)\n"
        "use(Clerk('m', 's'), Clerk('n', 'r'))",
        ["m: system=s, user=t", "n: system=r, user=t"],
    ),
    "two classes with one base": (
        "class Base:\n    def work(self):\n        return ask(self.model, 's')\nclass One(Base):\n    model = 'm'\n"
        "class Two(Base):\n    model = 'n'\nOne().work()\nTwo().work()",
        ["m: system=s, user=t", "n: system=s, user=t"],
    ),
    "a base that calls the method of a subclass": (
        "class Base:\n    def run(self):\n        return self.work('m')\nclass One(Base):\n    def work(self, model):\n"
        "        return ask(model, 's')\nOne().run()",
        ["m: system=s, user=t"],
    ),
    "an object that is called": (
        "class Clerk:\n    def __init__(self, model):\n        self.model = model\n    def __call__(self, text):\n"
        "        return ask(self.model, 's', text)\nclerk = Clerk('m')\nclerk('u')",
        ["m: system=s, user=u"],
    ),
    "a class method": (
        "class Clerk:\n    @classmethod\n    def work(cls, model):\n        return ask(model, 's')\nClerk.work('m')",
        ["m: system=s, user=t"],
    ),
    "a static method": (
        "class Clerk:\n    @staticmethod\n    def work(model):\n        return ask(model, 's')\nClerk.work('m')\nClerk().work('n')",
        ["m: system=s, user=t", "n: system=s, user=t"],
    ),
    "a method that a constructor is passed": (
        "class Runner:\n    def __init__(self, function):\n        self.function = function\n    def run(self):\n"
        "        return self.function('m', 's')\nRunner(ask).run()",
        ["m: system=s, user=t"],
    ),
    "one of two functions that a constructor is passed": (
        "class Runner:\n    def __init__(self, function, other):\n        self.other = other\n        self.function = function\n"
        "    def run(self):\n        self.other('n', 'r')\n        return self.function('m', 's')\nRunner(ask, print).run()",
        ["m: system=s, user=t"],
    ),
    "a mapped function with a default": (
        "def up(model, system='s'):\n    return ask(model, system)\nlist(map(up, models))",
        ["?: system=s, user=t"],
    ),
    "a mapped function with two lists and a default": (
        "def up(model, system='s'):\n    return ask(model, system)\nlist(map(up, models, systems))",
        ["?: system=<varying>, user=t"],
    ),
    "a property": (
        "class Clerk:\n    @property\n    def system(self):\n        return 's'\n    def work(self):\n        ask('m', self.system)\nClerk().work()",
        ["m: system=s, user=t"],
    ),
    "a dict made of an argument": (
        "def up(model):\n    given = {'model': model, 'system': 's'}\n    return ask(**given)\nup('m')\nup('n')",
        ["m: system=s, user=t", "n: system=s, user=t"],
    ),
    "a dict in a dict": (
        "def up(model):\n    given = {'a': {'model': model}}\n    return ask(given['a']['model'], 's')\nup('m')\nup('n')",
        ["m: system=s, user=t", "n: system=s, user=t"],
    ),
    "a dict that is changed": (
        "def up(model):\n    given = {}\n    given['model'] = model\n    return ask(system='s', **given)\nup('m')\nup('n')",
        ["m: system=s, user=t", "n: system=s, user=t"],
    ),
    "a dict that a function returns": (
        "def up(model):\n    def given():\n        return {'model': model}\n    return ask(system='s', **given())\nup('m')\nup('n')",
        ["m: system=s, user=t", "n: system=s, user=t"],
    ),
    "an object made of an argument": (
        "class Options:\n    def __init__(self, model):\n        self.model = model\ndef up(model):\n"
        "    return ask(Options(model).model, 's')\nup('m')\nup('n')",
        ["m: system=s, user=t", "n: system=s, user=t"],
    ),
    "a dataclass made of an argument": (
        "from dataclasses import dataclass\n@dataclass\nclass Options:\n    model: str\ndef up(model):\n"
        "    options = Options(model=model)\n    return ask(options.model, 's')\nup('m')\nup('n')",
        ["m: system=s, user=t", "n: system=s, user=t"],
    ),
    "a handler": (
        "@app.post('/')\ndef handle(text):\n    return ask('m', 's', text)",
        ["m: system=s, user=<varying>"],
    ),
}


@pytest.mark.parametrize(("code", "asked"), PATHS.values(), ids=PATHS)
def test_requests_by_call_path(link: Link, code: str, asked: list[str]) -> None:
    assert link(HEAD + code).asked == asked


def test_calls_from_other_files(link: Link) -> None:
    linked = link(
        HEAD,
        one="from main import ask\nask('m', 's')",
        two="import main\nmain.ask('n', 'r')",
        p__three="import main as x\nx.ask('o', 'q')",
    )
    assert linked.asked == ["m: system=s, user=t", "n: system=r, user=t", "o: system=q, user=t"]


def test_calls_through_a_package_that_exports_it_by_another_name(link: Link) -> None:
    linked = link("from p import question\nquestion('m', 's')", p__api=HEAD, p____init__="from p.api import ask as question")
    assert linked.asked == ["m: system=s, user=t"]


def test_what_a_test_passes_does_not_count(link: Link) -> None:
    linked = link(HEAD + "ask('m', 's')", tests__test_main="from main import ask\ndef test_it():\n    ask('n', 'r')")
    assert linked.asked == ["m: system=s, user=t"]
    linked = link(HEAD, tests__test_main="from main import ask\ndef test_it():\n    ask('n', 'r')")
    assert linked.asked == ["?: system=<varying>, user=<varying>"]


def test_a_helper_of_tests_has_the_callers_of_tests(link: Link) -> None:
    linked = link("", tests__helpers=HEAD, tests__test_main="from tests.helpers import ask\ndef test_it():\n    ask('m', 's')")
    assert linked.asked == ["m: system=s, user=t"]
    assert all(site.is_in_test for site in linked.sites)


def site_of(linked: Any) -> Any:
    [site] = [site for path in linked.paths for site in find_call_sites(linked.program, path)]
    return site


@pytest.mark.parametrize(
    ("code", "complete"),
    [
        ("ask('m', 's')", True),
        ("def up():\n    ask('m', 's')", True),
        ("@app.post('/')\ndef handle(text):\n    return ask('m', 's', text)", True),
        ("".join(f"ask('m{number}', 's')\n" for number in range(24)), True),
        ("".join(f"ask('m{number}', 's')\n" for number in range(25)), False),
        ("def f0():\n    ask('m', 's')\n" + "".join(f"def f{n}():\n    f{n - 1}()\n" for n in range(1, 7)) + "f6()", True),
        ("def f0():\n    ask('m', 's')\n" + "".join(f"def f{n}():\n    f{n - 1}()\n" for n in range(1, 9)) + "f8()", False),
        ("map(ask, models)", True),
    ],
)
def test_bounds_make_paths_incomplete(link: Link, code: str, complete: bool) -> None:
    site = site_of(link(HEAD + code))
    assert site.requests
    assert site.is_complete is complete


@pytest.mark.parametrize(
    ("code", "once"),
    [
        ("ask('m', 's')", False),
        ("client.messages.create(model='m', max_tokens=9, messages=[])", True),
        ("for x in xs:\n    client.messages.create(model='m', max_tokens=9, messages=[])", False),
        ("def f():\n    client.messages.create(model='m', max_tokens=9, messages=[])\nf()", True),
        ("def f():\n    client.messages.create(model='m', max_tokens=9, messages=[])\nfor x in xs:\n    f()", False),
        ("def f():\n    client.messages.create(model='m', max_tokens=9, messages=[])\nmap(f, xs)", False),
        ("def f():\n    client.messages.create(model='m', max_tokens=9, messages=[])\nlater(f)", False),
        ("def f():\n    client.messages.create(model='m', max_tokens=9, messages=[])", False),
        ("def f():\n    client.messages.create(model='m', max_tokens=9, messages=[])\ndef g():\n    f()\ng()", True),
        ("def f(x):\n    client.messages.create(model='m', max_tokens=9, messages=[x])\nf(1)", False),
    ],
)
def test_requests_that_are_sent_once(link: Link, code: str, once: bool) -> None:
    head = HEAD if "ask" in code else "import anthropic\nclient = anthropic.Anthropic()\n"
    [request] = site_of(link(head + code)).requests
    assert request.runs_once is once


def test_requests_know_their_siblings_and_steps(link: Link) -> None:
    linked = link(HEAD + "def up(model):\n    return ask(model, 's')\nup('m')\nask('n', 'r')")
    site = site_of(linked)
    assert all(request.siblings() == site.requests for request in site.requests)
    assert [model.spelling for model in site.models] == ["n", "m"]
    steps = {request.models[0].spelling: [linked.code(step.span) for step in request.steps] for request in site.requests}
    assert steps == {"m": ["ask(model, 's')", "up('m')"], "n": ["ask('n', 'r')"]}


def test_the_richest_request_stands_for_all(link: Link) -> None:
    site = site_of(link(HEAD + "ask('m', 's')\nask('n', 'a longer one')\nask('o', 'x')"))
    assert [model.spelling for model in site.richest.models] == ["n"]
