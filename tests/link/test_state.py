"""What a function keeps from one call to the next, and what its requests are made from. `ask(…)` is the request, in the function `f`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from llmlint.link.flow.state import (
    State,
    is_shared_default,
    kept_state,
    read_from_outside,
    read_keys,
    relevant_parameters,
)
from llmlint.link.names.keys import key_of, keys_in

Link = Callable[..., Any]

KEYS: dict[str, tuple[str, set[str]]] = {
    "a name": ("ask(a)", {"a"}),
    "names in an expression": ("ask(f'{a}' + b.c + d[e])", {"a", "b", "d", "e"}),
    "an attribute of self": ("ask(self.a.b)", {"self.a"}),
    "what a name is bound to": ("a = b + c\nask(a)", {"a", "b", "c"}),
    "what it is bound to later": ("ask(a)\na = b", {"a"}),
    "by several steps": ("a = b\nc = a\nask(c)", {"a", "b", "c"}),
    "what is added": ("a = []\na.append(b)\nask(a)", {"a", "b"}),
    "what is updated": ("a = {}\na.update(b)\nask(a)", {"a", "b"}),
    "what is asked": ("a = {}\na.get(b)\nask(a)", {"a"}),
    "what is added later": ("a = []\nask(a)\na.append(b)", {"a"}),
    "what is stored": ("a = {}\na['x'] = b\nask(a)", {"a", "b"}),
    "what is stored later": ("a = {}\nask(a)\na['x'] = b", {"a"}),
    "the item of a loop": ("for a in b:\n    ask(a)", {"a", "b"}),
    "a comprehension": ("ask([a for a in b])", {"b"}),
    "a lambda": ("ask(lambda: a)", {"a"}),
    "nothing": ("ask('q')", set()),
}


def request(code: str) -> str:
    lines = code.replace("\n", "\n    ")
    return f"def f(self, p):\n    {lines}"


def found(linked: Any) -> tuple[Any, Any, list[Any]]:
    [fact] = linked.calls("ask")
    return linked.module(), fact, [argument.value for argument in fact.call.args]


@pytest.mark.parametrize(("code", "keys"), KEYS.values(), ids=KEYS)
def test_what_a_request_is_made_from(link: Link, code: str, keys: set[str]) -> None:
    module, fact, sent = found(link(request(code)))
    assert read_keys(module, fact.scope, sent, fact.order) == keys


def test_what_a_loop_goes_over_can_be_left_out(link: Link) -> None:
    module, fact, sent = found(link(request("for a in b:\n    c = a\n    ask(c)")))
    assert read_keys(module, fact.scope, sent, fact.order, of_items=False) == {"a", "c"}
    module, fact, sent = found(link(request("for a in b:\n    pass\nask(a)")))
    assert read_keys(module, fact.scope, sent, fact.order, of_items=False) == {"a", "b"}


def test_what_a_method_of_the_object_reads(link: Link) -> None:
    code = (
        "class A:\n    def text(self):\n        x = self.b\n        return self.a + x\n    def f(self):\n        ask(self.text())"
    )
    module, fact, sent = found(link(code))
    assert read_keys(module, fact.scope, sent, fact.order) >= {"self.text", "self.a", "self.b"}


def test_parameters_that_reach_a_request(link: Link) -> None:
    module, fact, sent = found(link("def f(a, b, c):\n    d = a\n    ask(d + b)"))
    assert relevant_parameters(module, fact.scope, sent, fact.order) == {"a", "b"}


STATES: dict[str, tuple[str, State]] = {
    "nothing": ("def f(p):\n    ask(p)", State()),
    "in the module": ("h = []\nh.append(1)\nask(h)", State()),
    "an attribute that grows": (
        "class A:\n    def f(self, p):\n        self.h.append(p)\n        ask(self.h)",
        State(frozenset({"self.h"})),
    ),
    "an attribute that another method grows": (
        "class A:\n    def g(self, p):\n        self.h.append(p)\n    def f(self):\n        ask(self.h)",
        State(frozenset({"self.h"})),
    ),
    "an attribute of another class": (
        "class B:\n    def g(self, p):\n        self.h.append(p)\nclass A:\n    def f(self):\n        ask(self.h)",
        State(),
    ),
    "an attribute that is added up": (
        "class A:\n    def f(self, p):\n        self.h += p\n        ask(self.h)",
        State(frozenset({"self.h"})),
    ),
    "an attribute made from itself": (
        "class A:\n    def f(self, p):\n        self.h = [*self.h, p]\n        ask(self.h)",
        State(frozenset({"self.h"})),
    ),
    "an attribute made from itself by its constructor": (
        "class A:\n    def __init__(self):\n        self.h = self.h or []\n    def f(self):\n        ask(self.h)",
        State(),
    ),
    "an attribute that is sorted": ("class A:\n    def f(self, p):\n        self.h.sort()\n        ask(self.h)", State()),
    "an attribute that grows and is not sent": (
        "class A:\n    def f(self, p):\n        self.h.append(p)\n        ask(p)",
        State(),
    ),
    "an attribute that holds the answer": (
        "class A:\n    def f(self, p):\n        self.h = ask(self.h)",
        State(frozenset({"self.h"})),
    ),
    "an attribute that holds what is made of the answer": (
        "class A:\n    def f(self, p):\n        a = ask(self.h)\n        b = a.text\n        self.h = b",
        State(frozenset({"self.h"})),
    ),
    "an attribute that holds something else": ("class A:\n    def f(self, p):\n        self.h = p\n        ask(self.h)", State()),
    "an attribute whose items hold answers": (
        "class A:\n    def f(self, p):\n        self.h[p] = ask(list(self.h.values()))",
        State(frozenset({"self.h"})),
    ),
    "an attribute of which one item is sent": (
        "class A:\n    def f(self, p):\n        self.h[p] = ask(self.h[p], len(self.h))",
        State(),
    ),
    "an attribute that another method fills": (
        "class A:\n    def g(self, q):\n        self.h.update(q)\n    def f(self, p):\n        self.g(ask(str(self.h)))",
        State(frozenset({"self.h"})),
    ),
    "an attribute that another method reads": (
        "class A:\n    def g(self):\n        return str(self.h)\n    def f(self, p):\n        self.h[p] = ask(self.g())",
        State(frozenset({"self.h"})),
    ),
    "a dict that a parameter has, and another of it that is sent": ("def f(h, p):\n    h.a[p] = ask(h.b.items())", State()),
    "a dict of the module": ("h = {}\ndef f(p):\n    h[p] = ask(h.items())", State(frozenset(), True)),
    "a dict of the module that a function reads": (
        "h = {}\ndef g():\n    return h.items()\ndef f(p):\n    h[p] = ask(g())",
        State(frozenset(), True),
    ),
    "a dict of the module that counts answers": (
        "h = {}\ndef f(p):\n    a = ask(h.keys())\n    h[a] += 1",
        State(frozenset(), True),
    ),
    "a global name that holds the answer": ("h = ''\ndef f(p):\n    global h\n    h = ask(h, p)", State(frozenset(), True)),
    "a global name that holds something else": ("h = ''\ndef f(p):\n    global h\n    h = p\n    ask(h, p)", State()),
    "an attribute whose one item holds the answer": (
        "class A:\n    def f(self, p):\n        self.h['x'] = ask(self.h)",
        State(frozenset({"self.h"})),
    ),
    "a parameter that grows": ("def f(h, p):\n    h.append(p)\n    ask(h)", State(frozenset({"h"}))),
    "a parameter that is bound anew": ("def f(h, p):\n    h = []\n    h.append(p)\n    ask(h)", State()),
    "a parameter that holds the answer": ("def f(h):\n    h['x'] = ask(h)", State(frozenset({"h"}))),
    "a parameter that does not grow": ("def f(h):\n    ask(h)", State()),
    "a list of the module that grows": ("h = []\ndef f(p):\n    h.append(p)\n    ask(h)", State(frozenset(), True)),
    "a list of the module that does not": ("h = []\ndef f(p):\n    ask(h)", State()),
    "a name of the module": ("h = 1\ndef f(p):\n    h.append(p)\n    ask(h)", State()),
    "a list of its own": ("h = []\ndef f(p):\n    h = []\n    h.append(p)\n    ask(h)", State()),
    "a memory by a function": (
        "memory = Memory()\ndef recall():\n    return memory.search('x')\ndef f(p):\n    memory.store(p)\n    ask(recall())",
        State(frozenset(), True),
    ),
    "a memory that nobody adds to": (
        "memory = Memory()\ndef recall():\n    return memory.search('x')\ndef f(p):\n    ask(recall())",
        State(),
    ),
}


@pytest.mark.parametrize(("code", "state"), STATES.values(), ids=STATES)
def test_what_a_function_keeps(link: Link, code: str, state: State) -> None:
    module, fact, sent = found(link(code))
    assert kept_state(module, fact.scope, fact.order, sent, fact.call) == state


def test_answers_count_only_for_the_request_itself(link: Link) -> None:
    module, fact, sent = found(link("class A:\n    def f(self, p):\n        a = ask(self.h)\n        self.h = a"))
    assert kept_state(module, fact.scope, fact.order, sent) == State()


@pytest.mark.parametrize(
    ("default", "given", "shared"),
    [
        ("[]", [], True),
        ("{}", [], True),
        ("list()", [], True),
        ("None", [], False),
        ("[]", ["h"], False),
        ("[]", [None], False),
        ("[]", ["p"], True),
    ],
)
def test_shared_defaults(link: Link, default: str, given: list[str | None], shared: bool) -> None:
    linked = link(f"def f(p, h={default}):\n    ask(h)")
    module, fact, sent = found(linked)
    assert is_shared_default(module, fact.scope, "h", [(name, sent[0]) for name in given]) is shared
    assert not is_shared_default(module, fact.scope, "other", [])


@pytest.mark.parametrize(
    ("code", "read"),
    [
        ("class A:\n    def f(self):\n        ask(self.a)\n    def g(self):\n        self.f()", ["self.a"]),
        ("class A:\n    def f(self):\n        ask(self.a)\ndef g(a):\n    a.f()", []),
        ("def g():\n    a = 1\n    def f():\n        ask(a)\n    f()", ["a"]),
        ("def f(a):\n    ask(a)\ndef g():\n    f(1)", []),
        ("a = 1\ndef f():\n    ask(a)\nf()", ["a"]),
        ("a = 1\ndef f():\n    ask(a)\ndef g():\n    f()", []),
    ],
)
def test_what_is_read_without_being_given(link: Link, code: str, read: list[str]) -> None:
    linked = link(code)
    module, fact, sent = found(linked)
    [use] = [
        each
        for each in module.facts.calls
        if each.call.func is not fact.call.func and getattr(each.call.func, "attr", getattr(each.call.func, "id", "")) == "f"
    ]
    keys = [key_of(each) for each in read_from_outside(module, fact.scope, sent, fact.order, use)]
    assert keys == read


@pytest.mark.parametrize(
    ("code", "key"),
    [
        ("a", "a"),
        ("a.b", "a"),
        ("a[0].b", "a"),
        ("self.a.b", "self.a"),
        ("cls.a[0]", "cls.a"),
        ("self", "self"),
        ("f().a", None),
        ("1", None),
    ],
)
def test_what_state_is_called(link: Link, code: str, key: str | None) -> None:
    _, _, [expression] = found(link(f"ask({code})"))
    assert key_of(expression) == key


@pytest.mark.parametrize(
    ("code", "keys"),
    [
        ("a + b", {"a", "b"}),
        ("f(a)", {"f", "a"}),
        ("a.f(b)", {"a", "b"}),
        ("a[b[c]]", {"a", "b", "c"}),
        ("[x + a for x in b]", {"a", "b"}),
        ("{x: y for x, y in b}", {"b"}),
        ("[x for y in b for x in y]", {"b"}),
        ("x + [x for x in b][0]", {"x", "b"}),
        ("lambda: a + self.b", {"a", "self.b"}),
        ("f'{a} {self.b.c}'", {"a", "self.b"}),
        ("{'a': b}", {"b"}),
    ],
)
def test_the_state_that_an_expression_reads(link: Link, code: str, keys: set[str]) -> None:
    module, _, [expression] = found(link(f"ask({code})"))
    assert keys_in(module, expression) == keys
