"""Where else a program names a model: tables and tests that look the name up, and comments that say which model it is."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterator

from llmlint.callsite import Request
from llmlint.catalog import Model
from llmlint.findings import Edit
from llmlint.link.program.memo import Memo
from llmlint.link.program.program import Program
from llmlint.request_data import ModelValue
from llmlint.source import Span

_MOST_FILES = 40
_MOST_NAMED = 3
# From how many characters on a file is searched and not parsed.
_LARGE = 1_000_000
_FAMILY = re.compile(
    r"claude-(?P<family>[a-z]+)-(?P<major>\d+)(?:-(?P<minor>\d+))?|claude-(?P<first>\d)(?:-(?P<second>\d))?-(?P<last>[a-z]+)"
)
# Words of a comment that another model may make wrong.
_PRAISE = re.compile(
    r"\b(?:latest|newest|current|best|most capable|smartest|cheap\w*|expensive|fast\w*|slow\w*)\b", re.IGNORECASE
)

_GROUPS: Memo[tuple[str, str], dict[str, list[tuple[dict[str, int], bool]]] | None] = Memo()


def lookups(call: Request, value: ModelValue, new: str) -> list[str]:
    """The places where the program looks for the old name and not for the new one: keys of tables, lists of choices, comparisons."""
    program = call.program
    found = []
    word = value.spelling.encode()
    # A string in the source, as far as its quotes, and as JSON has it in a notebook: most files that hold the word need no tree.
    quoted = (b'"' + word + b'"', b"'" + word + b"'", b'"' + word + b'\\"')
    for path in program.files_with(word, call.place.module)[:_MOST_FILES]:
        if not path.endswith((".py", ".ipynb", ".pyi")) or not program.holds_any(path, quoted) or program.module(path) is None:
            continue
        own_line = program.source(path).location(value.at.start).line if path == value.at.path else 0
        found += [f"{path}:{line}" for line in _lines_looking_for(program, path, value.spelling, new, own_line)]
    more = [f"and {len(found) - _MOST_NAMED} more"] if len(found) > _MOST_NAMED else []
    return found[:_MOST_NAMED] + more


def _lines_looking_for(program: Program, path: str, old: str, new: str, own_line: int) -> Iterator[int]:
    text = program.source(path).text
    groups = _GROUPS.get(program, (path, text), lambda: _groups(text))
    if groups is None:
        forms = re.compile(rf"""(["']){re.escape(old)}\1\s*:|[=!]=\s*(["']){re.escape(old)}\2""")
        yield from (text.count("\n", 0, match.start()) + 1 for match in forms.finditer(text))
        return
    for names, is_alone in groups.get(old, ()):
        if new not in names and not (names[old] == own_line and is_alone):
            yield names[old]


def _groups(text: str) -> dict[str, list[tuple[dict[str, int], bool]]] | None:
    """By each name that looks like one of a model: the names among which it is looked for with their lines, and whether it is alone in a list.
    None for what is not understood."""
    if len(text) > _LARGE:
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    groups: dict[str, list[tuple[dict[str, int], bool]]] = {}
    for node in ast.walk(tree):
        for names in _looked_up_in(node):
            lines: dict[str, int] = {}
            for name in names:
                if isinstance(name, ast.Constant) and isinstance(name.value, str):
                    lines.setdefault(name.value, name.lineno)
            for value in lines:
                groups.setdefault(value, []).append((lines, isinstance(node, ast.List) and len(names) == 1))
    return groups


def _looked_up_in(node: ast.AST) -> Iterator[list[ast.expr]]:
    """The names among which something is looked for in a part of a program."""
    if isinstance(node, ast.Dict):
        yield [key for key in node.keys if key is not None]
    elif isinstance(node, (ast.List, ast.Tuple, ast.Set)):
        if all(isinstance(each, ast.Constant) and isinstance(each.value, str) for each in node.elts):
            yield node.elts
    elif isinstance(node, ast.Compare):
        yield from ([each] for each in (node.left, *node.comparators))
    elif isinstance(node, ast.MatchValue):
        yield [node.value]


def labels(call: Request, value: ModelValue, old: Model, new: Model) -> Iterator[tuple[Edit | None, str]]:
    """What is said of the model in a comment beside its name: an edit where that is the model's own name, and what to say of it."""
    source = call.program.source(value.at.path)
    text = source.text
    end = re.compile(r"[\r\n]|$").search(text, value.at.end)
    comment = re.compile(r"#[^\r\n]*$").search(text, value.at.end, end.start() if end else len(text))
    if (
        comment is None
        or text[value.at.end : comment.start()].count('"') % 2
        or text[value.at.end : comment.start()].count("'") % 2
    ):
        return
    for old_name, new_name in zip(_names(old, value.spelling), _names(new, new.id), strict=True):
        found = (
            re.compile(rf"(?<![\w.-]){re.escape(old_name)}(?![\w-]|\.\d)").search(text, comment.start(), comment.end())
            if old_name
            else None
        )
        if found is not None:
            edit = Edit(Span(value.at.path, *found.span()), new_name)
            yield edit, f"with its name in the comment of line {source.location(found.start()).line}"
            return
    if _PRAISE.search(comment.group()) or re.search(r"\b(?:claude|opus|sonnet|haiku|gpt)\b", comment.group(), re.IGNORECASE):
        yield None, f"whose comment in line {source.location(comment.start()).line} may have to change"


def _names(model: Model, spelling: str) -> tuple[str, ...]:
    """How a model is called by people, in several forms, in one order for all models."""
    match = _FAMILY.match(model.id)
    if match is None:
        name = re.sub(r"^gpt-", "GPT-", model.id)
        return (spelling, model.id, name, name.replace("-", " "), "")
    family = (match["family"] or match["last"]).capitalize()
    major, minor = (match["major"], match["minor"]) if match["family"] else (match["first"], match["second"])
    number = major if minor in (None, "0") else f"{major}.{minor}"
    return (spelling, f"Claude {family} {number}", f"Claude {number} {family}", f"{family} {number}", f"{number} {family}")
