"""Every expression of the facts lies where its span says, however oddly it is written."""

from __future__ import annotations

import dataclasses
from ast import literal_eval
from collections.abc import Iterator
from pathlib import Path

import libcst as cst
import pytest

import llmlint
from llmlint.scan import expressions as ex
from llmlint.scan.facts import ModuleFacts
from llmlint.scan.scan import scan

# What libcst calls the code of each kind of expression. A negative number is a constant here and an operation there.
NODES: dict[type[ex.Expr], tuple[type[cst.CSTNode], ...]] = {
    ex.Name: (cst.Name,),
    ex.Attribute: (cst.Attribute,),
    ex.Subscript: (cst.Subscript,),
    ex.Call: (cst.Call,),
    ex.Operation: (cst.BinaryOperation, cst.BooleanOperation, cst.UnaryOperation, cst.Comparison),
    ex.Conditional: (cst.IfExp,),
    ex.Lambda: (cst.Lambda,),
    ex.Comprehension: (cst.ListComp, cst.SetComp, cst.DictComp, cst.GeneratorExp),
    ex.Await: (cst.Await,),
    ex.Walrus: (cst.NamedExpr,),
}

SNIPPETS = {
    "brackets around a value": "x = (\n    f(1)\n)\n",
    "brackets in brackets": "x = ((f((a)), (b)))\n",
    "brackets around a callee": "(f)(a)\n(a.b)(c)\n(lambda: a)(b)\n",
    "comments in brackets": "x = (  # one (\n    a  # two )\n    + b\n    # three\n)\n",
    "strings side by side": "x = ('a' \"b\" '''c\n''')\n",
    "strings side by side over lines": 'f(\n    "a "  # one\n    "b "\n    f"{c} d",\n)\n',
    "line joined by a backslash": "x = a + \\\n    b.c \\\n    .d(e)\nif a and \\\n   f(b): pass\n",
    "tabs": "if a:\n\tif b:\n\t\tx = f(\tc,\td )\n",
    "windows line ends": "x = f(\r\n    a,\r\n    '''b\r\nc''',\r\n)\r\ny = x.z\r\n",
    "old mac line ends": "x = f(a)\ry = x.z\r",
    "mixed line ends": "x = a\r\ny = b\nz = c\r\n",
    "form feed": "x = a\n\x0c\ny = f(b)\n",
    "form feeds ahead of code": "\x0cx = f(a)\n\x0c\x0cy = b\nif c:\n  \x0c  z = f(d)\n\x0c  f('''e\n\x0cg'''),\x0cw\n \x0c# h\ni = j\n",
    "no line end at the end": "x = f(a)",
    "several statements on a line": "x = a; y = f(b); z = x.y\n",
    "statement behind a colon": "if f(a): x = b; y = c\nclass A: x = f(a)\n",
    "decorators": "@a.b\n@c(d, e=f)\n# why\n@(g)\nasync def h(i=j): return k\n@l\nclass M(N, metaclass=o.p): pass\n",
    "walrus": "if (x := f(a)) and (y := x.b): z = [w := c, w]\n",
    "match": "match f(a):\n    case B(c=d) | [e, *g] if h(d): x = i\n    case {'k': m, **n}: y = m\n    case _: pass\n",
    "type parameters": "def f[T: int, *A, **P](x: T) -> list[T]: return g(x)\nclass C[T](D[T]): y: T = h(T)\ntype E[T] = list[T]\n",
    "exception groups": "try: f(a)\nexcept* (B, c.D) as e: g(e)\nelse: x = h\nfinally: i()\n",
    "lambda": "x = lambda a, *b, c=d, **e: f(a, c)\ny = sorted(z, key=lambda w: (w.b, -w.c))\n",
    "comprehensions": "x = [f(a) for a in b if a.c for d in a]\ny = {k: v for k, v in f(z)}\nw = {a async for a in b}\ng(a for a in b)\n",
    "comprehension in a comprehension": "x = [[f(a, b) for a in c] for b in (d for d in e)]\n",
    "f-strings": "x = f'a{b}c{d.e!r:>{f}}{{g}}{h=}'\ny = rf'\\d{a[\"b\"]}'\nz = f'''\n{\n    f(a)\n}\n'''\n",
    "f-string in an f-string": "x = f\"{f'{a}' + b}\"\n",
    "f-string with the same quotes inside": 'x = f"{a["b"]} {f("c")}"\n',
    "unicode": "größe = f('ß😀', ñ.ü)  # ✓\nx = größe['𝔘'] + 'e\u0301'\n",
    "characters that end lines elsewhere": "x = f('a\u2028b\x1cc', d)\ny = f(e)\n",
    "stars": "x = f(*a, b, *c.d, **e, g=h, **i)\ny = [*a, b]\nz = {**c, 'd': e}\n*p, q = r\n",
    "slices": "x = a[b:c, ::d][e]\ny = a[f(b)].c[-1]\n",
    "operators": "x = a < b <= c.d is not None\ny = not a or b and -c ** d\nz = a @ b % c // d\nw = a if b else c if d else e\n",
    "annotations": "x: list[a.B] = f(c)\ny: 'D | None'\ndef g(h: i = j, *, k: l.m) -> n[o]: return p\n",
    "assignments": "a = b = f(c)\nd, (e, *g) = h\ni.j = k[l] = m\nn += f(o)\np.q[r] -= s\n",
    "with": "with f(a) as b, c.d() as (e, g): h(b)\nwith (\n    i() as j,\n    k,\n): l(j)\n",
    "async": "async def f():\n    async with a.b() as c: await c.d(e)\n    async for g in h(i): yield await j(g)\n",
    "yield and del": "def f():\n    x = yield a.b\n    yield from c(x)\n    del x.d, e[g]\n    return (yield)\n",
    "loops": "for a, b in zip(c, d): e(a)\nelse: g(b)\nwhile (h := i()): j(h)\nelse: k()\n",
    "numbers and constants": "x = f(0x_ff, 1_000.5e-3, 2j, None, True, ..., b'\\x00', -1)\n",
}


def expressions_of(facts: ModuleFacts) -> Iterator[ex.Expr]:
    """Every expression that the facts hold, with all that they are made of."""
    pending: list[object] = [facts]
    seen: set[int] = set()
    while pending:
        value = pending.pop()
        if isinstance(value, tuple):
            pending.extend(value)
        elif dataclasses.is_dataclass(value) and id(value) not in seen:
            seen.add(id(value))
            if isinstance(value, ex.Expr):
                yield value
            pending.extend(getattr(value, field.name) for field in dataclasses.fields(value))


def check_span(text: str, node: ex.Expr) -> None:
    code = text[node.start : node.end]
    if isinstance(node, ex.Argument):
        start = f"{node.keyword}" if node.keyword else node.star
        assert code.startswith(start), f"{code!r} does not start with {start!r}"
        assert node.start <= node.value.start <= node.value.end == node.end
        return
    if isinstance(node, ex.Starred):
        assert code == text[node.value.start : node.value.end]
        return
    if isinstance(node, ex.FormattedValue):
        assert (node.start, node.end) == (node.value.start, node.value.end)
        return
    # In brackets, as an expression may go over several lines.
    parsed = cst.parse_expression(f"({code}\n)")
    if isinstance(node, ex.Name):
        assert isinstance(parsed, cst.Name)
        assert parsed.value == node.id
    elif isinstance(node, ex.Constant) and isinstance(parsed, (cst.SimpleString, cst.ConcatenatedString, cst.Integer, cst.Float)):
        assert literal_eval(f"({code}\n)") == node.value
    elif isinstance(node, ex.FormattedString):
        assert isinstance(parsed, (cst.FormattedString, cst.ConcatenatedString))
    elif isinstance(node, ex.Sequence):
        assert isinstance(parsed, (cst.List, cst.Tuple, cst.Set, cst.Subscript))
    elif isinstance(node, ex.Mapping):
        assert isinstance(parsed, (cst.Dict, cst.DictComp))
    elif type(node) in NODES:
        assert isinstance(parsed, NODES[type(node)]), f"{code!r} is no {type(node).__name__}"
    if isinstance(node, ex.Call):
        assert isinstance(parsed, cst.Call)
        assert len(parsed.args) == len(node.args)


def parts_of_strings(facts: ModuleFacts) -> set[int]:
    """The constants inside f-strings, which have the span of the whole string."""
    return {id(part) for node in expressions_of(facts) if isinstance(node, ex.FormattedString) for part in node.parts}


@pytest.mark.parametrize("text", SNIPPETS.values(), ids=SNIPPETS.keys())
def test_the_text_of_a_span_is_its_expression(text: str) -> None:
    facts = scan(text, "a.py")
    pieces = parts_of_strings(facts)
    nodes = [node for node in expressions_of(facts) if id(node) not in pieces or isinstance(node, ex.FormattedValue)]
    assert nodes
    for node in nodes:
        assert 0 <= node.start < node.end <= len(text)
        check_span(text, node)


@pytest.mark.parametrize("text", SNIPPETS.values(), ids=SNIPPETS.keys())
def test_every_call_and_name_of_the_text_is_among_the_facts(text: str) -> None:
    """What is in brackets, defaults, decorators, headers or holes of f-strings is not passed over."""

    class Counter(cst.CSTVisitor):
        calls = 0

        def visit_Call(self, node: cst.Call) -> None:
            self.calls += 1

    counter = Counter()
    cst.parse_module(text).visit(counter)
    assert len(scan(text, "a.py").calls) == counter.calls


@pytest.mark.parametrize("text", SNIPPETS.values(), ids=SNIPPETS.keys())
def test_scopes_blocks_and_names_lie_where_they_say(text: str) -> None:
    facts = scan(text, "a.py")
    for scope in facts.scopes:
        assert 0 <= scope.start <= scope.header_end <= scope.end <= len(text)
        for parameter in scope.parameters:
            assert text[parameter.start : parameter.end] == parameter.name
    for block in facts.blocks:
        assert 0 <= block.start <= block.header_end <= block.end <= len(text)
        assert block.first < block.last
        outer = facts.blocks[block.parent] if block.parent is not None else None
        assert outer is None or outer.first < block.first <= block.last <= outer.last
    for binding in facts.bindings:
        named = text[binding.start : binding.end]
        assert named == binding.name or (binding.kind == "import" and named in binding.name)
    orders = [
        fact.order for group in (facts.bindings, facts.stores, facts.calls, facts.references, facts.exits) for fact in group
    ]
    assert len(orders) == len(set(orders)), "two things happen at the same time"


def test_own_brackets_of_a_value_are_part_of_its_span() -> None:
    """A fix that replaces a value must not leave its brackets behind."""
    text = "f(system=(\n    'a'\n    'b'\n), model=('c'))\n"
    call = scan(text, "a.py").calls[0].call
    system, model = call.value("system"), call.value("model")
    assert isinstance(system, ex.Constant)
    assert isinstance(model, ex.Constant)
    assert (system.value, text[system.start : system.end]) == ("ab", "(\n    'a'\n    'b'\n)")
    assert (model.value, text[model.start : model.end]) == ("c", "('c')")


SOURCES = sorted((Path(llmlint.__file__).parent / "scan").glob("*.py"))


@pytest.mark.parametrize("path", SOURCES, ids=[path.name for path in SOURCES])
def test_spans_are_right_in_real_code(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    facts = scan(text, path.name)
    pieces = parts_of_strings(facts)
    for node in expressions_of(facts):
        if isinstance(node, (ex.Call, ex.Argument, ex.Name, ex.Constant)) and id(node) not in pieces:
            check_span(text, node)
