"""Facts that grow say the same as those of a whole scan, and no more than they are asked for."""

from __future__ import annotations

import pickle
import re
import sysconfig
from bisect import bisect_left
from pathlib import Path
from typing import Any

import pytest

from llmlint.discover.load import load
from llmlint.link.names.tables import with_attribute, with_member, with_name_given, with_tail, with_tails_handed
from llmlint.scan import outline as outlines
from llmlint.scan.facts import Facts, Mention, ModuleFacts
from llmlint.scan.outline import Outline, outline, outline_if
from llmlint.scan.scan import scan
from llmlint.scan.skeleton import skeleton

ROOT = Path(__file__).parents[2]
FILES = sorted([*(ROOT / "llmlint").rglob("*.py"), *(ROOT / "fixtures").rglob("*.py"), *(ROOT / "tests").rglob("*.py")])

# Lambdas and comprehensions know what they open by its number.
_NUMBERS = re.compile(r"\b(?:scope_id|block)=\d+")
KINDS = ("bindings", "stores", "calls", "references", "exits", "star_imports", "rows")


def _without_numbers(facts: Facts) -> dict[str, Any]:
    """Facts in the order of the source, with the place of a scope or block instead of its number."""
    scopes = {each.id: (each.kind, each.name, each.start, each.end, each.header_end, each.is_generator) for each in facts.scopes}
    blocks = {each.id: (each.kind, each.start, each.end, each.header_end) for each in facts.blocks}

    def shown(fact: Any) -> dict[str, Any]:
        values: dict[str, Any] = {
            name: _NUMBERS.sub("", repr(getattr(fact, name)))
            for name in type(fact).__slots__
            if name not in ("order", "scope", "block", "scope_id")
        }
        values |= {"scope": scopes[fact.scope], "block": blocks[fact.block] if hasattr(fact, "block") else None}
        if getattr(fact, "scope_id", None) is not None:
            values["scope_id"] = scopes[fact.scope_id]
        return values

    found = {kind: [shown(each) for each in sorted(getattr(facts, kind), key=lambda fact: fact.order)] for kind in KINDS}
    return {**found, "scopes": sorted(scopes.values()), "blocks": sorted(blocks.values())}


def _grown(facts: Facts | None) -> ModuleFacts | Outline:
    if isinstance(facts, Outline):
        for scope in range(len(facts.scopes)):
            facts.lower_scope(scope)
        assert not any(facts.lower_scope(scope) for scope in range(len(facts.scopes)))
    assert isinstance(facts, (ModuleFacts, Outline))
    return facts


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_what_has_grown_is_what_a_whole_scan_gives(path: Path) -> None:
    text = load(path.read_bytes(), "a.py").text
    assert _without_numbers(_grown(outline(text, "a.py"))) == _without_numbers(scan(text, "a.py"))


ODD = {
    "one line": "def f(x): return g(x)\n",
    "behind a semicolon": "a = 1; b = 2\nif a: \n  def f(): g()\n",
    "in branches": "if a:\n    def f():\n        g()\nelse:\n    def f():\n        h()\ntry:\n  def k(): pass\nfinally:\n  k()\n",
    "decorated": "@a(1)\n@b\nasync def f(x=lambda y: y):\n    'doc'\n    return [z for z in await x]\n",
    "tabs and strings over lines": "class A:\n\tdef f(self):\n\t\tx = '''a\nb\n'''\n\t\treturn f'{x}' f\"{self.y!r:>{x}}\"\n",
    "no ASCII": "class A:\n    def f(self):\n        return 'ä😀', g('€', self.é)\n    def h(self): return f'😀{self.x}ß{1}'\n",
    "nested": "def f():\n    def g():\n        yield 1\n    class B:\n        def h(self): return self\n    return g, B\n",
    "global": "x = 0\ndef f():\n    global x\n    x = 1\ndef g():\n    x = 2\n",
    "carriage returns": "class A:\r\n    def f(self):\r\n        a = (1,\r\n  2)\r\n        return a\r\n",
    "line joins": "def f(): \\\n  return (\n1\n)\ndef \\\n g(): pass\n",
    "a comment at the margin": "def f():\n    a = 1\n# here\n    return a\n",
    "a string that looks like code": (
        'A = """\ndef f():\n    return 1\n"""\nB = "def g():\\\n  return 2"\n# def k():\n#    "\ndef h():\n    return 3\n'
    ),
    "a string that reaches to the margin": (
        'def f():\n    return """a\nb\ndef g(): pass\n"""\ndef h():\n    "doc"\n    return """\nx\n""" + """y\nz"""\n'
    ),
    "a bracket that reaches to the margin": "class A:\n    def f(self):\n        return g(\n1,\n)\n    def h(self): pass\n",
    "headers": (
        "def f(a=')', b={'x': 1}, # ):\n  *, c: 'd:e' = lambda: 1) -> {1: 2}[1]: # here\n    return a\n"
        "class A:\n    def g(\n        self,\n    ) -> int:\n        return 1\n    x = 2\n"
    ),
    "a comment or semicolon at the end": (
        "def f():\n    a = 1 # two\ndef g():\n    b = 1;\ndef h():\n    pass\n    # end\n\n\nx = f\ndef k():\n    a = '#'\ny = k\n"
    ),
    "a wide header": (
        "class Ä:\n    def ö(self, ü='😀'): # ß\n        return ü\n    é = ö('€')\nif Ä:\n  def f(x='€'):\n    return x\nelse: y = 'ä'\n"
    ),
    "no line end": "def f():\n    return 1",
    "a name that only sounds global": "def f(global_step):\n    return global_step\nclass A:\n    def g(self):\n        x = 1\nz = 2\n",
    "only a comment inside": "def f():\n    # nothing\n    '''doc'''\n\n\n# outside\nx = 1\n",
    "star and nonlocal": "from a import *\ndef f():\n    x = 1\n    def g():\n        nonlocal x\n        x = 2\n    return g\n",
}


@pytest.mark.parametrize("text", ODD.values(), ids=ODD)
def test_odd_code_grows_the_same(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = _without_numbers(scan(text, "a.py"))
    assert _without_numbers(_grown(outline(text, "a.py"))) == expected
    # As a file with a call, with the trees of its functions; sent from another process; and as a large one.
    with_trees = outline_if(lambda tree: True, text, "a.py")
    sent = pickle.loads(pickle.dumps(with_trees))
    assert _without_numbers(_grown(with_trees)) == expected
    assert _without_numbers(_grown(sent)) == expected
    monkeypatch.setattr(outlines, "_MOST_KEPT", 0)
    assert _without_numbers(_grown(outline_if(lambda tree: True, text, "a.py"))) == expected


SOURCE = """\
import os
from a import ask, tell

def first(x):
    return ask(x)

def second(x):
    # ask is only spoken of
    asked = tell(x, ask)
    self.ask = asked

class Third:
    def third(self):
        other = ask
        return self.ask

    def fourth(self):
        self.ask.append(1)
"""


@pytest.mark.parametrize(
    ("how", "expected"),
    [
        (Mention.CALLED, {"first"}),
        (Mention.HANDED, {"second"}),
        (Mention.NAMED, {"third"}),
        (Mention.STORED, {"second"}),
        (Mention.MEMBER, {"third"}),
        (Mention.HELD, {"fourth"}),
        (Mention.ANY, {"first", "second", "third", "fourth"}),
    ],
)
def test_only_functions_that_mention_a_name_in_the_way_asked_for_are_looked_into(how: Mention, expected: set[str]) -> None:
    facts = outline(SOURCE, "a.py")
    assert isinstance(facts, Outline)
    assert {each.name for each in facts.scopes} == {"", "first", "second", "Third", "third", "fourth"}
    assert not facts.calls
    assert facts.lower_mentions("ask", how)
    inside = [each.scope for kind in ("calls", "bindings", "stores", "exits") for each in getattr(facts, kind)]
    assert {facts.scopes[scope].name for scope in inside if facts.scopes[scope].kind == "function"} == expected
    assert not facts.lower_mentions("ask", how)


ODD_MENTIONS = {
    "a member that is called in brackets": ("def f():\n    (x.ask\n    )(1)\n", Mention.CALLED),
    "a member on a line of its own": ("def f():\n    (x\n     .ask(1))\n", Mention.MEMBER),
    "a target among others": ("def f():\n    a, self.ask, b = g()\n", Mention.STORED),
    "targets over several lines": ("def f():\n    (\n        (self.ask, a),\n        (b, c),\n    ) = g()\n", Mention.STORED),
    "a target of a with": ("def f():\n    with g() as self.ask, h() as b:\n        pass\n", Mention.STORED),
    "a target of a loop": ("def f():\n    for a, self.ask in g():\n        pass\n", Mention.STORED),
    "a target with a type": ("def f():\n    self.ask: int = 1\n", Mention.STORED),
    "an import with comments": (
        "def f():\n    from a import (  # import it late (sic)\n        b,  # c\n        ask,\n    )\n",
        Mention.NAMED,
    ),
    "an import over several lines": ("def f():\n    from a import b, \\\n        ask\n", Mention.NAMED),
    "a member of which an item is changed": ("def f():\n    self.ask[0].append(1)\n", Mention.HELD),
    "a member that is used on the next line": ("def f():\n    (self.ask  # ### why\n     .append(1))\n", Mention.HELD),
    "another name in brackets": ("def f():\n    tell = (\n        ask\n    )\n", Mention.NAMED),
    "another name for a member": ("def f():\n    tell = rows[0].ask\n", Mention.NAMED),
}


@pytest.mark.parametrize(("text", "how"), ODD_MENTIONS.values(), ids=ODD_MENTIONS)
def test_odd_mentions_are_seen(text: str, how: Mention) -> None:
    facts = outline(text, "a.py")
    assert isinstance(facts, Outline)
    assert facts.lower_mentions("ask", how)


def test_no_fact_is_missed_by_the_name_that_it_is_asked_for() -> None:
    """Over the standard library: whatever a function does with a name, its text mentions the name in that way."""
    asked = 0
    for path in sorted(Path(sysconfig.get_paths()["stdlib"]).glob("[a-m]*.py")):
        text = path.read_text(encoding="utf-8")
        whole, growing = scan(text, path.name), outline(text, path.name)
        pairs = [
            *((fact, Mention.CALLED, name) for fact in whole.calls for name, _ in with_tail(fact)),
            *((fact, Mention.HANDED, name) for fact in whole.calls for name, _ in with_tails_handed(fact)),
            *((fact, Mention.HELD, name) for fact in whole.calls for name, _ in with_member(fact)),
            *((fact, Mention.STORED, name) for fact in whole.stores for name, _ in with_attribute(fact)),
            *((fact, Mention.NAMED, name) for fact in whole.bindings for name, _ in with_name_given(fact)),
        ]
        if not isinstance(growing, Outline):
            continue
        places = {(name, how): list(growing.mentions(name, how)) for _, how, name in pairs}
        for fact, how, name in pairs:
            scope = whole.scopes[fact.scope]
            if scope.kind == "function":
                found = places[name, how]
                assert bisect_left(found, scope.start) < bisect_left(found, scope.end), (path.name, how, name, fact)
                asked += 1
    assert asked > 10_000


def test_what_functions_do_is_not_parsed_before_it_is_asked_for() -> None:
    shortened = skeleton(SOURCE)
    assert shortened is not None
    assert [line for line in shortened.text.split("\n") if line] == [
        *(
            "import os",
            "from a import ask, tell",
            "def first(x): 0",
            "def second(x): 0",
            "class Third:",
            "    def third(self): 0",
            "    def fourth(self): 0",
        ),
    ]
    assert shortened.text.count("\n") == SOURCE.count("\n")
    ends = [SOURCE[: cut.end].rpartition("\n")[2].strip() for cut in shortened.cuts.values()]
    assert ends == ["return ask(x)", "self.ask = asked", "return self.ask", "self.ask.append(1)"]
