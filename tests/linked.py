"""Small programs, and what the linker says about them: for the tests of `link` and `providers`."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from llmlint.callsite import Request
from llmlint.link.calls.evaluator import Evaluator, evaluator_of
from llmlint.link.names.index import ModuleIndex
from llmlint.link.program.program import Program
from llmlint.link.values.place import Place
from llmlint.link.values.values import (
    Class,
    External,
    Function,
    Items,
    Known,
    Literal,
    Object,
    Package,
    Record,
    Text,
    Unknown,
    Value,
)
from llmlint.providers import find_call_sites
from llmlint.request_data import Segment
from llmlint.scan import expressions as ex
from llmlint.scan.facts import CallFact
from llmlint.scan.outline import outline
from llmlint.scan.scan import scan
from llmlint.source import Source, Span


@dataclass(frozen=True)
class At:
    """A call with loops around it."""

    module: ModuleIndex
    expression: ex.Expr
    order: int
    block: int
    scope: int
    sent: Sequence[ex.Expr]
    aside: Sequence[ex.Expr] = ()
    functions: frozenset[str] = frozenset({"ask"})


def show(value: Value) -> object:
    """A value in a form that tests can write down: strings with `<stability>` for holes, lists and dicts of lists of values."""
    if isinstance(value, Text):
        return "".join(part.text if isinstance(part, Known) else f"<{part.stability.name.lower()}>" for part in value.parts)
    if isinstance(value, Literal):
        return value.value
    if isinstance(value, Record):
        entries: dict[str, object] = {key: show_all(entry.values) for key, entry in value.entries.items()}
        return entries | ({"...": True} if value.is_open else {}) | ({"escaped": True} if value.has_escaped else {})
    if isinstance(value, Items):
        rest = ["..."] if value.is_open else []
        return [*(show_all(each) for each in value.items), *rest, *(["escaped"] if value.has_escaped else [])]
    if isinstance(value, Function):
        return f"def {value.module.scopes[value.scope].name}"
    if isinstance(value, Class):
        return f"class {value.module.scopes[value.scope].name}"
    if isinstance(value, Object):
        of = value.of if isinstance(value.of, str) else value.of.module.scopes[value.of.scope].name
        return f"{of}()"
    if isinstance(value, Package):
        return f"module {value.module.path}"
    if isinstance(value, External):
        return f"external {value.name}"
    assert isinstance(value, Unknown)
    return f"<{value.stability.name.lower()}>"


def show_all(values: Sequence[Value]) -> object:
    """The only value, or the set of them."""
    return show(values[0]) if len(values) == 1 else {repr(show(value)) for value in values}


def show_models(site: Request) -> str:
    return "|".join(sorted(model.spelling + ("" if model.is_only else "?") for model in site.models)) or "?"


def show_prompt(site: Request) -> str:
    """The segments of a prompt, with what is not known of them as `<stability>`, and `!` behind one with a cache breakpoint."""
    return ", ".join(show_segment(segment) for segment in site.prompt.segments)


def show_segment(segment: Segment) -> str:
    who = segment.role if segment.kind == "message" else segment.kind
    text = segment.text + "".join(f"<{gap.stability.name.lower()}>{gap.text}" for gap in segment.gaps)
    return f"{who}={text}" + ("!" if segment.has_breakpoint else "")


@dataclass
class Linked:
    """A linked program; questions are about `main.py` unless they say otherwise."""

    program: Program
    paths: list[str]

    @property
    def sites(self) -> list[Request]:
        """The requests of all calls, by call and call path."""
        return [request for path in self.paths for site in find_call_sites(self.program, path) for request in site.requests]

    @property
    def site(self) -> Request:
        """The only call: the request of which most is known."""
        [site] = [site for path in self.paths for site in find_call_sites(self.program, path)]
        return site.richest

    @property
    def models(self) -> list[str]:
        """The models of all requests, sorted."""
        return sorted({model.spelling for site in self.sites for model in site.models})

    def seen(self, path: str = "main.py") -> list[Value]:
        """What the argument of the call `see(…)` can be."""
        module = self.program.module(path)
        assert module is not None
        evaluator = Evaluator(self.program)
        [fact] = [fact for fact in module.facts.calls if ex.dotted_name(fact.call.func) == "see"]
        place = evaluator.place(module, fact.scope, fact.block, fact.order)
        return list(evaluator.evaluate(fact.call.args[0].value, place))

    @property
    def asked(self) -> list[str]:
        """The requests of all calls as `model: prompt`, sorted."""
        return sorted({f"{show_models(site)}: {show_prompt(site)}" for site in self.sites})

    def module(self, path: str = "main.py") -> ModuleIndex:
        module = self.program.module(path)
        assert module is not None
        return module

    def calls(self, name: str, path: str = "main.py") -> list[CallFact]:
        """The calls of a function, in order."""
        return [fact for fact in self.module(path).facts.calls if ex.dotted_name(fact.call.func) == name]

    def place(self, fact: CallFact, path: str = "main.py") -> Place:
        return evaluator_of(self.program).place(self.module(path), fact.scope, fact.block, fact.order)

    def scope(self, name: str, path: str = "main.py") -> int:
        """The only function or class of a name."""
        [scope] = [scope.id for scope in self.module(path).scopes if scope.name == name]
        return scope

    def code(self, span: Span) -> str:
        return self.program.source(span.path).text[span.start : span.end]

    def line(self, span: Span) -> str:
        """`path:line` of a span, without the path for `main.py`."""
        line = self.program.source(span.path).location(span.start).line
        return str(line) if span.path == "main.py" else f"{span.path}:{line}"


Link = Callable[..., Linked]


@pytest.fixture
def link(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Link:
    """Links a program: the code of `main.py`, and that of other files by path."""
    return linker(tmp_path, monkeypatch, scan)


@pytest.fixture
def link_outlines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Link:
    """The same with facts that grow, as a run has them: what is in a function is only read once somebody asks for it."""
    return linker(tmp_path, monkeypatch, outline)


def linker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, read: Callable[[str, str], object]) -> Link:
    def load(path: str) -> tuple[Source, object] | None:
        text = Path(path).read_text(encoding="utf-8")
        return Source(path, text), read(text, path)

    def linked(main: str = "", **others: str) -> Linked:
        monkeypatch.chdir(tmp_path)
        # `p__b` is p/b.py, and `p____init__` is p/__init__.py.
        names = {name: name.replace("__init__", "\0").replace("__", "/").replace("\0", "__init__") for name in others}
        files = {"main.py": main, **{f"{names[name]}.py": code for name, code in others.items()}}
        for path, code in files.items():
            Path(path).parent.mkdir(parents=True, exist_ok=True)
            Path(path).write_text(textwrap.dedent(code), encoding="utf-8")
        program = Program(".", load, list(files))  # type: ignore[arg-type]
        return Linked(program, sorted(files))

    return linked


@pytest.fixture
def values_of(link: Link) -> Callable[..., object]:
    """What the argument of `see(…)` in `main.py` can be, in the form of `show_all`."""

    def values(main: str, **others: str) -> object:
        return show_all(link(main, **others).seen())

    return values
