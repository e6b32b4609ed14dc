"""Where else a program names a model: tables and tests that look the name up, and comments that say which model it is."""

from __future__ import annotations

import ast
import re
import warnings
from bisect import bisect_left, bisect_right
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache, partial
from typing import NamedTuple

from llmlint.callsite import Request
from llmlint.findings import Edit
from llmlint.link.names.index import ModuleIndex
from llmlint.link.program.memo import Memo
from llmlint.link.program.program import Program
from llmlint.link.program.tests import is_test_file
from llmlint.request_data import ModelValue
from llmlint.source import Source, line_starts

_MOST_FILES = 40
_MOST_NAMED = 3
# From how many characters on a file is searched and not parsed.
_LARGE = 1_000_000
# Words of a comment that another model may make wrong.
_PRAISE = re.compile(
    r"\b(?:latest|newest|current|best|most capable|smartest|cheap\w*|expensive|fast\w*|slow\w*)\b", re.IGNORECASE
)

# Words of a comment that argues for a model.
_ARGUES = re.compile(
    r"\bstrongest\b|\bmost (?:accurate|reliable)\b|\b(?:best|highest|top) (?:quality|accuracy)\b|\baccuracy[- ]critical\b|\bcost difference\b"
    r"|\bworth (?:the|it|paying|every)\b|\binstead of an? (?:smaller|cheaper|weaker)\b|\bdespite the (?:cost|price)\b"
    r"|\b(?:weaker|cheaper|smaller|lesser) (?:models?|tiers?|ones?|classifiers?)\b[^.]*?\b(?:fail|miss|struggl|hallucinat|confus|garbl|lack|"
    r"not|too|cannot|drop|reject|worse|wrong|invent|ignor)"
    r"|\b(?:haiku|sonnet|mini|nano|flash|luna)\b[^.]*?\b(?:fail(?:s|ed)?|miss(?:es|ed)|struggle[sd]?|hallucinate[sd]?|not (?:good|accurate|reliable)"
    r"|too (?:weak|often|many)|worse|not enough)\b",
    re.IGNORECASE,
)
# Figures of a comment that another model does not have.
_MEASURED = re.compile(
    r"\d\s?%|\baccura\w+|\bF1\b|\b(?:precision|recall|latency)\b|[$€£]\s?\d|\d\s?(?:s|sec|seconds|ms) (?:per|an?) ", re.IGNORECASE
)
# What makes the value that a test compares an answer with, of what it gets: `snapshot({"model": "…"})`, `call(model="…")`.
_EXPECTED = frozenset({"dict", "list", "tuple", "set", "frozenset", "dumps", "snapshot", "call"})

_BRAND = re.compile(r"\b(?:claude|opus|sonnet|haiku|gpt)\b", re.IGNORECASE)
_OF_MODEL = re.compile(r"model|engine|deployment", re.IGNORECASE)
_CODE = (".py", ".ipynb", ".pyi")
_GATES: Memo[tuple[str, str], tuple[tuple[_Gate, ...], tuple[_Function, ...]]] = Memo()
_ASSERTED: Memo[tuple[str, str, str], list[int]] = Memo()
_LOOKED_FOR: Memo[tuple[str, str, str], list[int]] = Memo()
_GROUPS: Memo[tuple[str, str, str], list[tuple[dict[str, int], bool]] | None] = Memo()


def code_holding(program: Program, words: Sequence[bytes], home: ModuleIndex) -> list[str]:
    """Some files of code that hold one of some words, by path, the home first. Other files count for nothing, however many there are."""
    return [path for path in program.files_holding(words, home) if path.endswith(_CODE)][:_MOST_FILES]


def lookups(call: Request, value: ModelValue, new: str) -> list[str]:
    """The places where the program looks for the old name and not for the new one: keys of tables, lists of choices, comparisons."""
    program = call.program
    found = []
    word = value.spelling.encode()
    # A string in the source, as far as its quotes, and as JSON has it in a notebook: most files that hold the word need no tree.
    quoted = (b'"' + word + b'"', b"'" + word + b"'", b'"' + word + b'\\"')
    home = call.place.module
    paths = code_holding(program, (word,), home)
    for path in paths:
        program.note_text(path)
        is_quoted = program.holds_any(path, quoted)
        module = program.module(path) if path.endswith(".py") or (is_quoted and path.endswith((".ipynb", ".pyi"))) else None
        is_test = module is not None and is_test_file(program, module)
        if module is None or not (is_quoted or is_test):
            continue
        source = program.source(path)
        own_line = source.location(value.at.start).line if path == value.at.path else 0
        lines = list(_lines_looking_for(program, source, value.spelling, new, own_line)) if is_quoted else []
        if is_test:
            key = (path, source.text, value.spelling)
            lines += _ASSERTED.get(program, key, partial(_lines_asserting, source.text, value.spelling))
        found += [f"{path}:{line}" for line in dict.fromkeys(lines)]
    more = [f"and {len(found) - _MOST_NAMED} more"] if len(found) > _MOST_NAMED else []
    return found[:_MOST_NAMED] + more


def _lines_looking_for(program: Program, source: Source, old: str, new: str, own_line: int) -> Iterator[int]:
    text = source.text
    groups = _GROUPS.get(program, (source.path, text, old), lambda: _groups(text, old))
    if groups is None:
        yield from _LOOKED_FOR.get(program, (source.path, text, old), lambda: _lines_of_forms(text, old))
        return
    for names, is_alone in groups:
        if new not in names and not (names[old] == own_line and is_alone):
            yield names[old]


def _lines_of_forms(text: str, old: str) -> list[int]:
    """The lines on which a name looks like a key or one side of a comparison, of a text that is not parsed."""
    forms = re.compile(rf"""(["']){re.escape(old)}\1\s*:|[=!]=\s*(["']){re.escape(old)}\2""")
    starts = line_starts(text)
    return [bisect_right(starts, match.start()) for match in forms.finditer(text)]


def _groups(text: str, old: str) -> list[tuple[dict[str, int], bool]] | None:
    """The groups of names among which one is looked for, with their lines, and whether it is alone in a list. None for what is not understood."""
    tree = parsed(text)
    if tree is None:
        return None
    groups: list[tuple[dict[str, int], bool]] = []
    for node in around(tree, text, old):
        for names in _looked_up_in(node):
            lines: dict[str, int] = {}
            for name in names:
                if isinstance(name, ast.Constant) and isinstance(name.value, str):
                    lines.setdefault(name.value, name.lineno)
            if old in lines:
                groups.append((lines, isinstance(node, ast.List) and len(names) == 1))
    return groups


@lru_cache(maxsize=4)
def parsed(text: str) -> ast.Module | None:
    """The syntax tree of a file. Known for the last files: several names are looked for in a file one after the other."""
    if len(text) > _LARGE:
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def around(tree: ast.Module, text: str, word: str) -> Iterator[ast.AST]:
    """The nodes of a tree on whose lines a word stands, outside in, as `ast.walk` has them."""
    starts = line_starts(text)
    lines = [bisect_right(starts, match.start()) for match in re.finditer(re.escape(word), text)]
    pending = deque[ast.AST]([tree])
    while pending:
        node = pending.popleft()
        yield node
        for child in ast.iter_child_nodes(node):
            if isinstance(child, (ast.stmt, ast.expr)) and not isinstance(node, (ast.JoinedStr, ast.FormattedValue)):
                decorators = getattr(child, "decorator_list", None)
                first = decorators[0].lineno if decorators else child.lineno
                found = bisect_left(lines, first)
                if found == len(lines) or lines[found] > (child.end_lineno or first):
                    continue
            pending.append(child)


def _looked_up_in(node: ast.AST) -> Iterator[list[ast.expr]]:
    """The names among which something is looked for in a part of a program."""
    if isinstance(node, ast.Dict):
        yield [key for key in node.keys if key is not None]
    elif isinstance(node, (ast.List, ast.Tuple, ast.Set)):
        if all(isinstance(each, ast.Constant) and isinstance(each.value, str) for each in node.elts):
            yield node.elts
    elif isinstance(node, ast.Compare):
        yield from ([each] for side in (node.left, *node.comparators) for each in _parts(side))
    elif isinstance(node, ast.MatchValue):
        yield [node.value]
    elif isinstance(node, ast.Call) and last_name(node.func).lower().startswith("assert"):
        # `self.assertEqual(config.model, "name")`, `send.assert_called_with(model="name")`
        given = (*node.args, *(keyword.value for keyword in node.keywords))
        yield from ([each] for argument in given for each in _parts(argument))


def _parts(side: ast.expr) -> Iterator[ast.expr]:
    """The expressions that a value which is compared is made of: items of dicts and lists, arguments of a class. What a function is called with is
    no part of what it returns."""
    inner: Sequence[ast.expr] = ()
    if isinstance(side, ast.Dict):
        inner = side.values
    elif isinstance(side, (ast.List, ast.Tuple, ast.Set)):
        # Several names together are a group of their own.
        inner = () if all(isinstance(each, ast.Constant) for each in side.elts) else side.elts
    elif isinstance(side, ast.Call) and (last_name(side.func)[:1].isupper() or last_name(side.func) in _EXPECTED):
        inner = (*side.args, *(keyword.value for keyword in side.keywords))
    if not inner:
        yield side
    for each in inner:
        yield from _parts(each)


def _lines_asserting(text: str, old: str) -> list[int]:
    """The lines of a test with the name in what it compares with: in a longer text (`"model: name" in shown`), in what a compared name stands for
    (`expected = {"model": "name"}`), in the requests that a stand-in takes (`match_json={"model": "name"}`)."""
    tree = parsed(text)
    nodes = list(ast.walk(tree)) if tree is not None else []
    compared: list[ast.expr] = []
    for node in nodes:
        if isinstance(node, ast.Compare):
            compared += [each for side in (node.left, *node.comparators) for each in _parts(side)]
        elif isinstance(node, ast.Call):
            is_assertion = last_name(node.func).lower().startswith("assert")
            keywords = [each.value for each in node.keywords if is_assertion or each.arg == "match_json"]
            compared += [each for given in (*(node.args if is_assertion else ()), *keywords) for each in _parts(given)]
    names = {each.id for each in compared if isinstance(each, ast.Name)}
    for node in nodes:
        if isinstance(node, ast.Assign) and any(isinstance(each, ast.Name) and each.id in names for each in node.targets):
            compared += _parts(node.value)
    word = re.compile(rf"(?<![\w.-]){re.escape(old)}(?![\w-])")
    strings = [each for part in compared for each in (part.values if isinstance(part, ast.JoinedStr) else [part])]
    return sorted(
        {
            each.lineno
            for each in strings
            if isinstance(each, ast.Constant) and isinstance(each.value, str) and word.search(each.value)
        }
    )


def last_name(func: ast.expr) -> str:
    """`create` of `client.messages.create`, `ask` of `ask`; empty for other expressions."""
    return func.attr if isinstance(func, ast.Attribute) else func.id if isinstance(func, ast.Name) else ""


def gates(call: Request, value: ModelValue, new: str) -> list[str]:
    """The tests of a part of a model's name that come out otherwise for the new name, in the functions on the way to the call and in those that
    they call: `model.startswith("gpt-5")`."""
    program = call.program
    places: dict[str, list[int]] = {}
    for at in (call.span, *(step.span for step in call.steps), value.at):
        places.setdefault(at.path, []).append(at.start)
    found = []
    for path, starts in places.items():
        if not path.endswith((".py", ".pyi")) or program.module(path) is None:
            continue
        source = program.source(path)
        tests, functions = _GATES.get(program, (path, source.text), partial(_gates, source.text))
        if not tests:
            continue
        lines = {source.location(start).line for start in starts}
        entered = [each for each in functions if not lines.isdisjoint(range(each.first, each.last + 1))]
        called = {name for each in entered for name in each.called}
        found += [
            f"{path}:{test.line}"
            for test in tests
            if test.holds(value.spelling) is not test.holds(new)
            and (not (around := test.around(functions)) or any(each in entered or each.name in called for each in around))
        ]
    more = [f"and {len(found) - _MOST_NAMED} more"] if len(found) > _MOST_NAMED else []
    return found[:_MOST_NAMED] + more


class _Function(NamedTuple):
    """A function of a file, by its lines, and the names of what it calls."""

    name: str
    first: int
    last: int
    called: frozenset[str]


class _Gate(NamedTuple):
    """A test of a model's name: by its start, its end, or by what it holds. It holds for one of `words`."""

    how: str
    words: tuple[str, ...]
    line: int

    def holds(self, name: str) -> bool:
        if self.how == "in":
            return any(word in name for word in self.words)
        return name.startswith(self.words) if self.how == "startswith" else name.endswith(self.words)

    def around(self, functions: Sequence[_Function]) -> list[_Function]:
        return [each for each in functions if each.first <= self.line <= each.last]


def _gates(text: str) -> tuple[tuple[_Gate, ...], tuple[_Function, ...]]:
    tree = parsed(text)
    nodes = list(ast.walk(tree)) if tree is not None else []
    return tuple(filter(None, map(_gate, nodes))), tuple(
        _Function(
            node.name,
            node.lineno,
            node.end_lineno or node.lineno,
            frozenset(last_name(each.func) for each in ast.walk(node) if isinstance(each, ast.Call)),
        )
        for node in nodes
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
    )


def _gate(node: ast.AST) -> _Gate | None:
    """The test that a part of a program is, if it is one of a model's name."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in ("startswith", "endswith"):
        how, subject, words = node.func.attr, node.func.value, node.args[0] if node.args else None
    elif isinstance(node, ast.Compare) and len(node.ops) == 1 and isinstance(node.ops[0], (ast.In, ast.NotIn)):
        how, subject, words = "in", node.comparators[0], node.left
    else:
        return None
    each = words.elts if isinstance(words, ast.Tuple) else [words]
    strings = tuple(one.value for one in each if isinstance(one, ast.Constant) and isinstance(one.value, str))
    is_of_model = isinstance(subject, (ast.Name, ast.Attribute, ast.Call)) and _OF_MODEL.search(ast.unparse(subject)) is not None
    return _Gate(how, strings, node.lineno) if strings and len(strings) == len(each) and is_of_model else None


def comment_beside(call: Request, value: ModelValue, edits: Iterable[Edit]) -> int | None:
    """The line of a comment beside a model's name that may say something of it, and that no edit changes; None where there is none."""
    source = call.program.source(value.at.path)
    comment = _comment_behind(source.text, value)
    if comment is None or any(
        each.span.path == value.at.path and comment.start() <= each.span.start < comment.end() for each in edits
    ):
        return None
    says = _PRAISE.search(comment.group()) or _BRAND.search(comment.group())
    return source.location(comment.start()).line if says else None


def measured_beside(call: Request, value: ModelValue) -> int | None:
    """The line of a comment beside a model's name that tells what was measured with it: "96 % accuracy, about $0.01 a page"; else None."""
    source = call.program.source(value.at.path)
    comment = _comment_behind(source.text, value)
    return source.location(comment.start()).line if comment is not None and _MEASURED.search(comment.group()) else None


def is_argued_for(call: Request, value: ModelValue) -> bool:
    """Whether a comment beside a model's name, or right above its line, says why it is that one: "the strongest for charts, worth the cost"."""
    source = call.program.source(value.at.path)
    text = source.text
    comment = _comment_behind(text, value)
    said = [comment.group()] if comment is not None else []
    last = text.rfind("\n", 0, value.at.start) + 1
    while (first := text.rfind("\n", 0, max(last - 1, 0)) + 1) < last and text[first:last].lstrip().startswith("#"):
        said.insert(0, text[first:last].strip().lstrip("# "))
        last = first
    return _ARGUES.search(" ".join(said)) is not None


def _comment_behind(text: str, value: ModelValue) -> re.Match[str] | None:
    """The comment on the line of a model's name, behind it."""
    end = re.compile(r"[\r\n]|$").search(text, value.at.end)
    comment = re.compile(r"#[^\r\n]*$").search(text, value.at.end, end.start() if end else len(text))
    between = text[value.at.end : comment.start()] if comment is not None else ""
    return comment if between.count('"') % 2 == between.count("'") % 2 == 0 else None
