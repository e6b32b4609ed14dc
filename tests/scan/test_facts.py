"""What one file's facts say: names, scopes, blocks, exits, in the order of the source, as plain data."""

from __future__ import annotations

import ast
import pickle
import subprocess
import sys
import textwrap
import warnings

import pytest

from llmlint.scan import expressions as ex
from llmlint.scan.facts import Binding, ModuleFacts
from llmlint.scan.scan import ScanError, scan


def facts_of(code: str) -> ModuleFacts:
    return scan(textwrap.dedent(code), "a.py")


def bindings_of(facts: ModuleFacts, name: str) -> list[Binding]:
    return [binding for binding in facts.bindings if binding.name == name]


PROGRAM = """
from __future__ import annotations
import os.path, anthropic as sdk
from .prompts import SYSTEM as TEXT, other
from common import *

class Client(Base, metaclass=Meta):
    model: str = "claude-haiku-5-5"

    def __init__(self, key, /, *names, retries=3, **options):
        self.key, self.log = key, []

    async def ask(self, text):
        async with self.pool as slot:
            for attempt in range(self.retries):
                try:
                    return await slot.messages.create(text)
                except OSError as error:
                    self.log.append(error)
                    continue
                finally:
                    attempt += 1
            else:
                raise TimeoutError(text)
"""


def test_the_same_text_gives_the_same_facts() -> None:
    assert repr(facts_of(PROGRAM)) == repr(facts_of(PROGRAM))


def test_facts_can_be_pickled_and_keep_which_expression_is_which() -> None:
    facts = facts_of(PROGRAM)
    copy = pickle.loads(pickle.dumps(facts))
    assert repr(copy) == repr(facts)
    leave = next(leave for leave in copy.exits if leave.kind == "return")
    assert isinstance(leave.value, ex.Await)
    assert any(fact.call is leave.value.value for fact in copy.calls), "the call in the return and that of the list are one"


def test_facts_hold_no_syntax_tree() -> None:
    """They are loaded where libcst is not imported, such as from a cache."""
    program = (
        "import pickle, sys\n"
        "facts = pickle.loads(sys.stdin.buffer.read())\n"
        "assert facts.path == 'a.py' and facts.calls\n"
        "assert 'libcst' not in sys.modules\n"
    )
    data = pickle.dumps(facts_of(PROGRAM))
    assert subprocess.run([sys.executable, "-c", program], input=data, check=False).returncode == 0


def test_imports() -> None:
    facts = facts_of(PROGRAM)
    imports = {b.name: (b.module, b.member, b.level) for b in facts.bindings if b.kind == "import"}
    assert imports == {
        "annotations": ("__future__", "annotations", 0),
        "os": ("os", None, 0),
        "sdk": ("anthropic", None, 0),
        "TEXT": ("prompts", "SYSTEM", 1),
        "other": ("prompts", "other", 1),
    }
    assert [(star.module, star.level) for star in facts.star_imports] == [("common", 0)]


def test_scopes_and_parameters() -> None:
    module, client, init, ask = facts_of(PROGRAM).scopes
    assert (module.kind, module.parent) == ("module", None)
    assert (client.kind, client.name, client.parent) == ("class", "Client", module.id)
    assert [base.id for base in client.bases if isinstance(base, ex.Name)] == ["Base"]
    assert [(p.name, p.kind) for p in init.parameters] == [
        ("self", "positional-only"),
        ("key", "positional-only"),
        ("names", "*"),
        ("retries", "keyword"),
        ("options", "**"),
    ]
    assert [p.default.value for p in init.parameters if isinstance(p.default, ex.Constant)] == [3]
    assert (ask.kind, ask.is_async, ask.is_generator, ask.parent) == ("function", True, False, client.id)


def test_blocks_form_a_tree_and_share_a_group_with_their_alternatives() -> None:
    facts = facts_of(
        """
        if a: b
        elif c: d
        else: e
        try: f
        except A: g
        except B: h
        else: i
        finally: j
        match k:
            case 1: l
            case _: m
        """
    )
    kinds = [block.kind for block in facts.blocks]
    assert kinds == ["scope", "if", "if", "else", "try", "except", "except", "try-else", "finally", "case", "case"]
    groups = [block.group for block in facts.blocks]
    assert groups[1] == groups[2] == groups[3]
    assert groups[5] == groups[6] != groups[4]
    assert groups[9] == groups[10]
    assert len({groups[1], groups[4], groups[5], groups[7], groups[8], groups[9]}) == 6
    assert {block.parent for block in facts.blocks[1:]} == {0}


def test_a_target_that_unpacks_says_which_part_each_name_takes() -> None:
    facts = facts_of("a, (b, *c), d.e = value\nfor i, (j, k) in pairs: pass\n")
    assert {b.name: b.path for b in facts.bindings} == {
        "a": (0,),
        "b": (1, 0),
        "c": (1, 1, -1),
        "i": (0,),
        "j": (1, 0),
        "k": (1, 1),
    }
    assert [store.path for store in facts.stores] == [(2,)]
    assert {b.kind for b in bindings_of(facts, "j")} == {"for"}


@pytest.mark.parametrize(
    ("code", "name", "kind"),
    [
        ("x = 1", "x", "assign"),
        ("x: int", "x", "assign"),
        ("x += 1", "x", "augment"),
        ("for x in y: pass", "x", "for"),
        ("[x for x in y]", "x", "for"),
        ("with y as x: pass", "x", "with"),
        ("try: pass\nexcept E as x: pass", "x", "except"),
        ("import x", "x", "import"),
        ("def x(): pass", "x", "def"),
        ("class x: pass", "x", "class"),
        ("(x := 1)", "x", "walrus"),
        ("del x", "x", "delete"),
        ("global x", "x", "global"),
        ("def f():\n    nonlocal x", "x", "global"),
        ("match y:\n    case A(b=x): pass", "x", "except"),
        ("match y:\n    case [*x]: pass", "x", "except"),
        ("match y:\n    case {**x}: pass", "x", "except"),
        ("match y:\n    case x: pass", "x", "except"),
    ],
)
def test_every_way_to_bind_a_name_is_a_binding(code: str, name: str, kind: str) -> None:
    assert [binding.kind for binding in bindings_of(facts_of(code), name)] == [kind]


def test_dotted_names_in_patterns_bind_nothing() -> None:
    facts = facts_of("match y:\n    case Color.RED | 1 | None: pass\n    case Point(x=0): pass\n")
    assert facts.bindings == ()


def test_stores_to_attributes_and_items() -> None:
    facts = facts_of("self.a = 1\nparams['b'] = 2\nself.c.d += 3\nself.e: int = 4\n")
    found = [(type(store.target).__name__, store.operator, store.annotation is not None) for store in facts.stores]
    assert found == [
        ("Attribute", "", False),
        ("Subscript", "", False),
        ("Attribute", "+", False),
        ("Attribute", "", True),
    ]


def test_exits_lie_in_their_blocks() -> None:
    facts = facts_of(PROGRAM)
    found = [(leave.kind, facts.blocks[leave.block].kind) for leave in facts.exits]
    assert found == [("return", "try"), ("continue", "except"), ("raise", "loop-else")]


def test_a_statement_that_ends_the_program_is_an_exit() -> None:
    facts = facts_of("if not key:\n    sys.exit(1)\nkey or quit()\nlast = exit\nself.exit()\nos._exit(2)\n")
    assert [(leave.kind, facts.blocks[leave.block].kind) for leave in facts.exits] == [("end", "if"), ("end", "scope")]


def test_a_lambda_is_a_scope_that_returns_its_body() -> None:
    facts = facts_of("f = lambda x, y=1: g(x)")
    [leave] = facts.exits
    assert (leave.kind, facts.scopes[leave.scope].kind) == ("return", "lambda")
    assert [p.name for p in facts.scopes[leave.scope].parameters] == ["x", "y"]


def test_a_comprehension_is_a_block_around_what_it_repeats() -> None:
    facts = facts_of("found = [f(x) for x in g() if h(x)]")
    inside = {ex.dotted_name(fact.call.func): facts.blocks[fact.block].kind for fact in facts.calls}
    assert inside == {"g": "scope", "h": "comprehension", "f": "comprehension"}


def test_the_iterable_of_a_loop_lies_outside_of_it_and_the_test_of_a_while_inside() -> None:
    facts = facts_of("for x in a(): b()\nwhile c(): d()\n")
    inside = {ex.dotted_name(fact.call.func): facts.blocks[fact.block].kind for fact in facts.calls}
    assert inside == {"a": "scope", "b": "for", "c": "while", "d": "while"}


def test_what_is_read_but_not_called_is_a_reference() -> None:
    facts = facts_of("run(client.messages.create, client.x)\nclient.messages.create()\nask = client.beta.messages.create\n")
    assert [ex.dotted_name(reference.attribute) for reference in facts.references] == [
        "client.messages.create",
        "client.beta.messages.create",
    ]


def test_generators_are_known() -> None:
    facts = facts_of("def f():\n    yield 1\ndef g():\n    yield from f()\ndef h():\n    return (i for i in f())\n")
    assert [(scope.name, scope.is_generator) for scope in facts.scopes[1:]] == [("f", True), ("g", True), ("h", False)]


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("x = 'a' 'b'", "ab"),
        ("x = 'a' r'\\b' '''c\n'''", "a\\bc\n"),
        ("x = '\\x41\\N{BULLET}\\u00e9'", "A•é"),
        ("x = 'a\\\nb'", "ab"),
        ("x = f'no hole {{}}'", "no hole {}"),
        ("x = f'a' 'b'", "ab"),
        ("x = u'a'", "a"),
        ("x = b'a' b'b'", b"ab"),
        ("x = -3", -3),
        ("x = '\\d'", "\\d"),
    ],
)
def test_constants_have_the_value_that_python_gives_them(code: str, expected: object) -> None:
    [binding] = facts_of(code).bindings
    assert isinstance(binding.value, ex.Constant)
    assert binding.value.value == expected


def test_escapes_that_python_warns_about_are_no_business_of_the_user() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        [binding] = facts_of("x = '\\d' 'a'").bindings
    assert isinstance(binding.value, ex.Constant)
    assert binding.value.value == "\\da"


def test_the_pieces_of_an_f_string_are_in_order() -> None:
    [binding] = facts_of("x = 'a' f'b{c}{{d}}\\n{e!r}' 'f'").bindings
    assert isinstance(binding.value, ex.FormattedString)
    pieces = [part.value if isinstance(part, ex.Constant) else part.is_plain for part in binding.value.parts]
    assert "".join(str(piece) for piece in pieces) == "abTrue{d}\nFalsef"


REFUSED = {
    "round brackets": "x = " + "(" * 3000 + "1" + ")" * 3000,
    "square brackets": "x = " + "[" * 3000 + "]" * 3000,
    "brackets never closed": "x = " + "(" * 3000,
    "powers": "x = " + "a ** " * 5000 + "b",
    "lambdas": "x = " + "lambda: " * 4000 + "a",
    "comparisons in brackets": "x = " + "(a < " * 300 + "b" + ")" * 300,
    "branches": "if a: pass\n" + "elif b: pass\n" * 8000,
}


@pytest.mark.parametrize("code", REFUSED.values(), ids=REFUSED.keys())
def test_what_python_itself_takes_for_too_deep_is_refused_in_one_line(code: str) -> None:
    with pytest.raises(ScanError) as caught:
        scan(code + "\n", "a.py")
    assert str(caught.value) == "nested too deeply to be read"


NESTED = {
    "attributes": "x = a" + ".b" * 8000,
    "calls": "x = a" + ".b()" * 4000,
    "items": "x = a" + "[0]" * 6000,
    "sums": "x = " + "a + " * 5000 + "b",
    "conditions": "x = " + "1 if a else " * 2500 + "2",
    "negations": "x = " + "not " * 2500 + "a",
    "signs": "x = " + "-" * 2500 + "a",
    "lambdas": "x = " + "lambda: " * 2500 + "a",
    "powers": "x = " + "a ** " * 2500 + "b",
    "a hole of an f-string": "x = f'{" + "not " * 2500 + "a}'",
    "branches": "if a: pass\n" + "elif b: pass\n" * 2500,
    "dots": "import a" + ".b" * 8000,
    "operands": "x = " + " or ".join("a" * 8000),
    "operands in brackets": "x = [(" + " or ".join("a" * 8000) + "\n), b]",
    "literals": "x = (" + "\n".join(["'a'"] * 8000) + ")",
    "round brackets": "x = " + "(" * 180 + "1" + ")" * 180,
    "list patterns": "match a:\n    case " + "[" * 60 + "b" + "]" * 60 + ": pass",
    "mapping patterns": "match a:\n    case " + "{1: " * 30 + "b" + "}" * 30 + " if (c): pass",
    "class patterns": "match a:\n    case " + "A(x=" * 40 + "b" + ")" * 40 + ": pass",
}
NEWER = [((3, 12), "type A = int\n"), ((3, 14), 't"{x}"\n')]
"""The newest syntax that this libcst reads and the running Python may not, oldest Python first."""


# Python 3.12 bounds depth in C, whatever the recursion limit is: it parses fewer levels, and pickles few. Workers that cannot pickle a result leave
# the file to the first process.
IS_BOUNDED_IN_C = sys.version_info[:2] == (3, 12)


def is_read_by_python(code: str) -> bool:
    try:
        ast.parse(code)
    except (RecursionError, MemoryError):
        return False
    return True


def assert_survives_pickling(facts: ModuleFacts) -> None:
    try:
        pickled = pickle.dumps(facts)
    except RecursionError:
        assert IS_BOUNDED_IN_C
        return
    assert pickle.loads(pickled).path == "a.py"


@pytest.mark.parametrize("is_newer", [False, True])
@pytest.mark.parametrize("code", NESTED.values(), ids=NESTED.keys())
def test_what_is_nested_deeply_is_unknown_and_the_rest_is_read(code: str, is_newer: bool) -> None:
    newer = next((code for version, code in NEWER if sys.version_info < version), "") if is_newer else ""
    if IS_BOUNDED_IN_C and ((newer and code == NESTED["branches"]) or not (newer or is_read_by_python(code))):
        with pytest.raises(ScanError, match="nested too deeply to be read"):
            scan(f"{newer}first = 1\n{code}\nlast(2)\n", "a.py")
        return
    facts = scan(f"{newer}first = 1\n{code}\nlast(2)\n", "a.py")
    assert next(each.name for each in facts.bindings if each.name in ("first", "x")) == "first"
    assert isinstance(facts.calls[-1].call.func, ex.Name)
    assert facts.calls[-1].call.func.id == "last"
    start = facts.calls[-1].call.start
    assert f"{newer}first = 1\n{code}\nlast(2)\n"[start:] == "last(2)\n"
    assert_survives_pickling(facts)


@pytest.mark.skipif(sys.version_info >= (3, 14), reason="this Python reads everything that libcst does")
@pytest.mark.parametrize("code", ["(x): int = 1", "class A:\n    (x.y): int = 1", "if a:\n\\\n    x = 1", "if a:\n\x0c    x = 1"])
def test_what_libcst_does_not_take_is_read_beside_newer_syntax(code: str) -> None:
    newer = next(code for version, code in NEWER if sys.version_info < version)
    facts = scan(f"{newer}{code}\nlast(2)\n", "a.py")
    assert facts.bindings or facts.stores
    assert facts.calls[-1].call.start == len(newer + code) + 1


@pytest.mark.skipif(sys.platform == "win32", reason="the size of a stack is that of the program file")
@pytest.mark.parametrize(
    "code", ["'x = a' + '.b' * 17_000", "'x = ' + ' or '.join('a' * 17_000)", "'x = ' + 'lambda: ' * 2_500 + 'a'"]
)
@pytest.mark.parametrize("newer", ["", "type A = int\n"])
def test_a_small_stack_is_enough(code: str, newer: str) -> None:
    if IS_BOUNDED_IN_C and "17_000" in code and ".b" in code:
        pytest.skip("this Python does not parse that many attributes")
    program = (
        "import resource, sys\n"
        "resource.setrlimit(resource.RLIMIT_STACK, (1 << 20, resource.getrlimit(resource.RLIMIT_STACK)[1]))\n"
        "from llmlint.fixes.apply import check_fixed\n"
        "from llmlint.scan.scan import scan\n"
        f"code = {newer!r} + {code} + '\\n'\n"
        "scan(code, 'a.py')\n"
        "check_fixed(code, code + 'y = 1\\n')\n"
    )
    outcome = subprocess.run([sys.executable, "-c", program], check=False, capture_output=True, text=True)
    assert (outcome.returncode, outcome.stderr) == (0, "")


def test_deep_nesting_never_ends_the_process_whatever_python_may_recurse() -> None:
    """Linking raises Python's own limit, on which its parser depends; libcst's parser would then overflow the stack."""
    program = (
        "import sys\n"
        "from llmlint.scan.parse import ScanError\n"
        "from llmlint.scan.scan import scan\n"
        "sys.setrecursionlimit(50_000)\n"
        "for code in ('a' + '.b()' * 4000, 'a' + '.b' * 8000, 'a' + '[0]' * 6000):\n"
        "    try:\n"
        "        scan('x = ' + code, 'a.py')\n"
        "    except ScanError:\n"
        f"        assert {IS_BOUNDED_IN_C}\n"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


SOUND = {
    "a sum of three hundred": "x = " + " + ".join(["'a'"] * 300),
    "a prompt of a thousand strings": "x = (\n" + "    'a'\n" * 1000 + ")",
    "a chain of two hundred calls": "x = a" + ".b()" * 200,
    "five hundred branches": "if a: pass\n" + "elif b: pass\n" * 500,
    "sixty nested loops": "x = " + "[" * 60 + "1" + " for a in b]" * 60,
    "a long list": "x = [" + "'a', " * 5000 + "]",
    "a long comparison": "x = " + " < ".join(["a"] * 1000),
    "an assignment to many": "x = " + "y = " * 1000 + "1",
    "a nested pattern": "match a:\n    case {'b': {'c': [D(e={'f': g})]}}: pass",
}


@pytest.mark.parametrize("code", SOUND.values(), ids=SOUND.keys())
def test_what_is_long_but_sound_is_read_and_can_be_pickled(code: str) -> None:
    facts = scan(code + "\n", "a.py")
    assert facts.bindings or facts.blocks
    assert_survives_pickling(facts)


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("def f(:\n    pass\n", "line 1"),
        ("x = 1\ny = (\n", "line 2"),
        ("if a:\n\tb\n        c\n", "line 3"),
        ("x = '''abc", "line 1"),
        ("print 'a'\n", "line 1"),
        ("x = 1\n  y = 2\n", "line 2"),
        ("x = '\ud800'\n", "not Python source"),
    ],
)
def test_broken_code_is_refused_in_one_line_that_says_where(code: str, says: str) -> None:
    with pytest.raises(ScanError) as caught:
        scan(code, "a.py")
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("code", ["", "\n", "# only a comment", "\x0c\n", "'''a docstring'''\n", "pass"])
def test_files_that_say_nothing_have_facts_that_say_nothing(code: str) -> None:
    facts = scan(code, "a.py")
    assert (len(facts.scopes), facts.calls, facts.bindings) == (1, (), ())


def test_calls_that_are_waited_for() -> None:
    facts = facts_of("async def f():\n    await a(b())\n    c(await (d()))\n    (await e()).g()\n    await h\n")
    awaited = {ex.last_name(fact.call.func) for fact in facts.calls if fact.is_awaited}
    assert awaited == {"a", "d", "e"}
