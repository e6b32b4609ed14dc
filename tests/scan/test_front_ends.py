"""Python's own parser and libcst lead to equal facts, whatever the code looks like."""

from __future__ import annotations

import subprocess
import sys
import sysconfig
import unicodedata
from pathlib import Path

import libcst as cst
import pytest

import llmlint
from llmlint.scan.ast_visitor import AstVisitor
from llmlint.scan.parse import NewerSyntax, ScanError, parse
from llmlint.scan.scan import scan, scan_with_libcst
from llmlint.scan.strings import UnclearLiteral, pieces

ROOT = Path(__file__).parents[2]


def both(text: str, path: str = "a.py") -> tuple[str, str]:
    """What the facts of both say; expressions are compared by identity, so it is their representation that is equal."""
    return repr(AstVisitor(parse(text), path, text).facts()), repr(scan_with_libcst(text, path))


def prints_what_it_read(text: str) -> bool:
    """libcst 1.9.0 loses the space in `except (A) :`, and its offsets are too small from there on."""
    return "\f" in text or cst.parse_module(text).code == text


def assert_equal(text: str, path: str = "a.py") -> None:
    own, libcst = both(text, path)
    if own != libcst and prints_what_it_read(text):
        at = next(index for index, (left, right) in enumerate(zip(own, libcst, strict=False)) if left != right)
        pytest.fail(f"{path}\n  ast    … {own[at - 150 : at + 100]}\n  libcst … {libcst[at - 150 : at + 100]}")


ODD = {
    "parentheses of with": (
        "with (a): pass\nwith (a) as b: pass\nwith ((a)): pass\nwith (a).b: pass\nwith ((a).b): pass\nwith (a), (b): pass\n"
        "with (a, b): pass\nwith (a as b): pass\nwith (a as b, (c) as d,): pass\nwith (yield): pass\nwith (a,): pass\n"
        "with (x := f(a)): pass\nwith (lambda: a): pass\nwith (a for a in b): pass\nwith (\n # c (\n a # )\n): pass\n"
    ),
    "async": "async def f():\n  async \\\n  with (a): pass\n  async for x in (y): pass\n  async \\\n  def g(): pass\n",
    "generator as the only argument": (
        "f(a for a in b)\nf((a for a in b))\nf((a) for a in (b))\nf( (a) for a in b if (c) )\nf(((a) for a in b))\nf((a for a in b), c)\n"
        "f(\n # (\n a for a in b # )\n)\nf((a, b) for a in c)\n(f)(a for a in b)\nf (a)\nf ((a))\nf (\n(a)\n)\n"
    ),
    "bases": (
        "class A(B): pass\nclass A((B)): pass\nclass A(B,): pass\nclass A(*B): pass\nclass A(B, (C), m=(d)): pass\nclass A(B.c[d]): pass\n"
        "class A ( (B) ): pass\nclass A(m=(d)): pass\nclass A():pass\nclass A(f(B)): pass\n"
    ),
    "items": (
        "a[b,]\na[(b,)]\na[(b), c]\na[((b), c)]\na[(b, c), d]\na[()]\na[(b)]\na[b:(c)]\na[(b:=c)]\na[:, (b)]\na[(b), ]\n"
        "a[:]\na[(b):, c]\n"
    ),
    "methods looked up by a string": (
        "getattr(a, 'b')(c)\n(getattr(a.b, \"c\"))(d)\ngetattr(f(a), 'b').c(d)\ngetattr(a, 'b', None)(c)\ngetattr(a, 'b c')(d)\ngetattr(a, b)(c)\n"
        "getattr(*a, 'b')(c)\ngetattr(getattr(a, 'b'), 'c')(d)\nx = getattr(a, 'b')\ngetattr(a, f'b')(c)\ngetattr(a, 'b' 'c')(d)\n"
    ),
    "del": "del x\ndel (x)\ndel x, y\ndel (x, y)\ndel x,\ndel x # ,\ndel [x]\n",
    "semicolons": (
        "if a: pass; \nelse: pass;\nx = 1;\ntry: x;\nexcept: y;\nelse: z ;\nfinally: w;\nfor a in b: c;\nelse: d\nwhile a: b;\nelse: c\n"
        "match a,:\n  case b: c;\n  case (d): e;\n  case _: pass\nclass A: b; c \\\n ;\n"
    ),
    "match": (
        "match (a):\n    case A(b=(c) as d) if (x): pass\n    case {'a': [b, *_, c], **rest}: pass\n    case {**rest}: pass\n"
        "    case {'a': (b), # **c\n    ** rest, }: pass\n    case [*a]: pass\n    case (a | b.c) as \\\n  d: pass\n"
        "    case -1 | 1+2j | None | True | 'x' 'y': pass\n    case (a): pass\nmatch a, b:\n # case\n case c, *d: pass\n"
    ),
    "except": (
        "try: a\nexcept (A) as e: b\nexcept (A, B)as e: c\nexcept A.b[c] \\\n as é: d\nexcept(A): x\nexcept: # else\n  y\nelse: z\n"
        "try: a\nfinally: b\n"
    ),
    "global": "def f():\n global a, b\n global é\n def g():\n  nonlocal x, \\\n  y\n",
    "imports": (
        "import a . b as c, d.e\nfrom . import (a as b, # x\n c,)\nfrom .. a import b as é\nfrom a import *\nimport é.ñ\nimport a.b.c\n"
        "from ...import a\n"
    ),
    "f-strings": (
        "f''\nx=f'' 'a'\nx='a' 'b'\nx=b'a' b'b'\nx=f'{a}{{}}{b!r:>{w}.{p}}'\nx=f'{a=}{b = }{c=!r:x}'\nx=f'{a:}'\n"
        "x=f'{(a, b)}{ {1:2}[1] }{[x for x in y]}{a,b}'\nx=f'{lambda_}{(lambda x: 1)}'\nx=f'{a != b}{a==b}{a<=b}{a>b}'\n"
        "x=f'\\N{EN DASH}{a}\\{b}'\nx=rf'\\{a}\\N{b}'\nx=f'{a}' # c\ny=('a' # '\n f'{b}' r'\\d' 'c\\n')\n"
        "x=f'''\n{\n a\n}{\n(b,\nc)}\\\n{d}'''\nx=f\"{a['b']}\"\nx=f'{a:%Y-%m-%d}'\nx=f'ß{a}é{b.ç}' 'ö' f'{ü}'\n"
        "x=f\"{x if y else 'z'}{yield_}\"\nx=f'{x!s}' f\"{'a' f'{b}'}\"\nx=(f'{a}')\nx=((f'{a}' 'b'))\nx=f'{  a  }{ a.b }'\n"
        "x=f'{await_}{-1}{not a}'\nx = F'{a}' fR'\\d{b}' Rf'{c}'\nx=f'{f(*a, **b)}{x:{y}{z}}'\nx=f'{a[\"b\"]:{c[\"d\"]}}'\n"
        "x=f'''{a}\r\n{b}'''\nx=f'{None}{True}'\nx=f'''{\n'é' + a(é) \n}'''\n"
    ),
    "yield": (
        "def f():\n x = yield\n y = (yield)\n (yield a)\n z = yield a, b\n f((yield))\n f((yield a), (b))\n w = yield (a)\n await (x)\n"
        " return (yield from (a))\n f'{yield a}'\n"
    ),
    "lambdas": "x = lambda: (a)\ny = (lambda *, a=(b): c)\nz = lambda a, /, b=1, *c, d, e=2, **g: (yield)\n",
    "operators": (
        "x = (a or b) or c\nx = a or (b or c)\nx = (a) and (b) and (c) or (d)\nx = ((a) and b)\nx = (a and b and c)\nx = (a + (b)) + c\n"
        "x = ((a)+(b))\nx = a ** b ** c\nx = -1 ** 2\nx = not (a)\nx = (a) < (b) < c\nx=(a)if(b)else(c)\nx=[(a)for(b)in(c)if(d)]\n"
    ),
    "stars": (
        "x = *a, b\nx = (*a, b)\nf(*(a), **(b))\nf(* a, ** b)\nf(a, *b, c=d, *e, **g)\nfor x in *a, b: pass\n*a, b = c\n[*a] = c\n"
        "f(**a, b=c)\nx = {**a, 'b': c}\nx = {*a}\nprint(*a)\n"
    ),
    "decorators": (
        "@a\n# c\n@(b)\n@c(d)\ndef f(): pass\nclass A:\n  @p\n  # x\n  def m(self): pass\n  @(q)\n  class B: pass\n"
        "if x:\n  @a\n  def f(): pass\nelse:\n  @b\n  async def f(): pass\n"
    ),
    "nothing": "",
    "a comment": "# x",
    "carriage returns": "a\r(b)\r\nif c:\r  d(e)\relse:\r  f\r",
    "line ends in strings": "x = '''a\r\nb''' f'''{c}\r\n{d}'''\r\n",
    "form feeds": "\x0cx = (a)\n\x0c\x0cdef f():\n    pass\n\x0c\n",
    "parentheses and comments": (
        'foo("a (# b",\n    a)\nfoo( # (\n a # )\n)\nx = ( # "\n (a) # \'\n)\nx = ("#" "(" # )\n)\nfoo(\n\n  # (\n\n  (a)\n\n)\n'
    ),
    "elif and else if": (
        "if a: pass\nelse:\n  if b: pass\nif a: pass\nelif b: pass\nelif c:\n  pass\nelse: # elif\n  pass\n"
        "if a: pass\nelse: # x\n  # y\n  if elif_: pass\n  else: pass\n"
    ),
    "names that Python reads as others": (
        "ﬁ = 1\nx = ﬁ.ﬁ(ﬁ=ﬁ)\ndef ﬁ(ﬁ): pass\nclass ℌ(ℌ): pass\nfrom ﬁ import ﬁ as ﬁ\nimport ﬁ.b\n"
        "global_ = 'é' + (ß)\nf('é', (a), 'é', b)\n"
    ),
    "annotations": "x: (int)\nx.y: int = (1)\ndef f(a: (int) = (b), *c: d, **e: f) -> (g): pass\n",
    "line joins": "x = \\\n(a)\nif a \\\n : b\nclass \\\nA(B): pass\ndef \\\nf(): pass\nx = a.\\\nb\nf\\\n(a)\n",
    "walrus": "(x := a)\nf(x := a)\nf((x := a))\n[y := 1, y**2]\nif (n := (b)): pass\n",
    "parentheses": (
        "((a))\n(((a).b)(c))\nx = (((a)))\nx = (  (a\n)  )\n(a)(b)(c)\n((a)(b))\nreturn_ = (a,)\nx = ((a),)\nx = (a), (b)\n"
        "x = ((a), (b))\nx = ()\nx = (())\nf(())\nf((a, b))\nf(((a)))\n"
    ),
}


@pytest.mark.parametrize("text", ODD.values(), ids=ODD.keys())
def test_odd_code_is_read_alike(text: str) -> None:
    assert_equal(text)


SAMPLES = [*Path(llmlint.__file__).parent.rglob("*.py"), *(ROOT / "fixtures").rglob("*.py")]
LIBRARY = Path(sysconfig.get_path("stdlib"))
SAMPLES += [path for name in ("asyncio", "json", "email", "unittest") for path in (LIBRARY / name).glob("*.py")]
SAMPLES += [LIBRARY / f"{name}.py" for name in ("argparse", "dataclasses", "typing", "webbrowser")]


@pytest.mark.parametrize("part", range(8))
def test_real_code_is_read_alike(part: int) -> None:
    compared = 0
    for path in SAMPLES[part::8]:
        text = path.read_text(encoding="utf-8").removeprefix("\ufeff")
        try:
            parse(text)
        except (ScanError, NewerSyntax):
            continue
        assert_equal(text, str(path))
        compared += 1
    assert compared > 30


def test_names_are_those_that_python_compares() -> None:
    [binding] = scan("ﬁ = 1\n", "a.py").bindings
    assert (binding.name, binding.start, binding.end) == (unicodedata.normalize("NFKC", "ﬁ"), 0, 1)


def test_what_python_can_parse_needs_no_libcst() -> None:
    program = (
        "import sys\n"
        "from llmlint.scan.scan import scan\n"
        "facts = scan('x = f\"{a}\" if (b) else c(d)\\n', 'a.py')\n"
        "assert facts.calls and 'libcst' not in sys.modules\n"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="Python knows the syntax itself")
def test_newer_syntax_is_read_by_libcst() -> None:
    text = "def f[T](x: T) -> T: return g(x)\n"
    with pytest.raises(NewerSyntax):
        parse(text)
    assert [fact.call.func.id for fact in scan(text, "a.py").calls] == ["g"]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('f"{x["a"]}b{f"{\'c\'}"}"', ['x["a"]', "b", "f\"{'c'}\""]),
        ('f"{a # }\n}b"', ["a # }\n", "b"]),
        ("f'{'\\n'.join(a)}'", ["'\\n'.join(a)"]),
        ("f'{a:{b['c']}>3}d'", ["a", "d"]),
        ("f'''{a!r:{'}'}}'''", ["a"]),
    ],
)
def test_literals_of_newer_syntax_are_walked(text: str, expected: list[str]) -> None:
    """From Python 3.12 on, the expressions in f-strings may hold quotes, comments and backslashes."""
    [piece] = pieces(text, 0, len(text))
    assert piece.end == len(text)
    assert [part if isinstance(part, str) else text[part.start : part.end] for part in piece.parts or ()] == expected


@pytest.mark.parametrize("text", ["x", "'a", "f'{a", "f'{a!", "'a' b", "f'''{a}''"])
def test_what_is_no_literal_is_said_to_be_unclear(text: str) -> None:
    with pytest.raises(UnclearLiteral):
        list(pieces(text, 0, len(text)))


@pytest.mark.parametrize("name", ["\U00031350", "x = \U0002ebf0"])
def test_a_name_of_a_newer_unicode_is_a_syntax_error_where_python_takes_it_for_one(name: str) -> None:
    if all(each.isidentifier() for each in name.split(" = ")):
        pytest.skip("this Python knows the character")
    with pytest.raises(ScanError, match="line 1"):
        scan(name, "a.py")
