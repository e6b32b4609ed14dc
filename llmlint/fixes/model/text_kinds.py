"""The texts of a file that name a model, by what they are: comments, docstrings, shown texts, paths, keys, and names of what is bound."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from heapq import heappop, heappush
from typing import Literal, NamedTuple, TypeAlias

from llmlint.catalog import Catalog, Model
from llmlint.fixes.model.forms import Mention, mentions, without_mentions
from llmlint.fixes.model.mentions import last_name, parsed
from llmlint.fixes.model.sharing import quoted_models
from llmlint.link.repeats.terminal import PRINTS
from llmlint.source import Source, Span, line_starts

# What shows a text to a person.
_SHOWS = PRINTS | {
    *("debug", "info", "warning", "warn", "error", "exception", "critical", "log", "write", "title", "header", "subheader"),
    *("caption", "success", "markdown", "text", "status", "spinner", "ArgumentParser", "add_argument", "Panel", "rule"),
}
_SHOWN_AS = frozenset({"help", "description", "title", "label", "caption", "placeholder", "desc", "epilog"})
# What makes a name out of a word: a path, a key of an answer.
_MAKES_PATH = frozenset({"join", "open", "Path", "makedirs", "mkdir", "to_csv", "to_json", "to_excel", "glob", "exists"})
_NAMES_RESULT = re.compile(r"file|path|dir|folder|out|prefix|suffix|column|label|tag|(?:^|_)name$", re.IGNORECASE)
# Words of a text that says more of a model than which one it is, and other models.
_BRANDS = r"\b(?:gpt|claude|gemini|opus|sonnet|haiku|llama|mistral|deepseek|grok|qwen)\b"
_JUDGES = re.compile(
    r"\d{2}|\d+k\b|[$%]|://|\b(?:than|vs|versus|compar\w*|unlike|instead|better|worse|fast\w*|slow\w*|cheap\w*|expensive|costs?|pric\w*|best|most|only"
    r"|was|were|used to|previous\w*|tested|evaluat\w*|because|since|requires?|support\w*|limit\w*|context|window|deprecat\w*|retire\w*|refus\w*"
    r"|bugs?|issues?|fall-?back|alternative|or|not|no|can'?t|never|must|paper|results?|cut-?off|releas\w*|smart\w*|capable|powerful|old\w*|strong\w*|weak\w*|accura\w*|quality|reliab\w*|worth|frontier|flagship|premium|tiers?|excel\w*"
    r"|advanced|superior|ideal|great\w*|critical|difficult|intelligen\w*|larg\w*|bigger|biggest|small\w*|nuance\w*)\b"
    rf"|{_BRANDS}",
    re.IGNORECASE,
)
# What says anywhere in a docstring or comment that it is about several models: one of them would be renamed, and not the other.
_OF_SEVERAL = re.compile(rf"{_BRANDS}|\b(?:vs|versus|compar\w*)\b", re.IGNORECASE)
# Functions for which a model's name is not that of a call: it says whose tokens or prices count.
_COUNTS = re.compile(r"token|encod|count|cost|price|chunk|truncat|split|trim|budget|estimat", re.IGNORECASE)
# Words of a paragraph that tells what was, and of one about another file.
_HISTORY = re.compile(
    r"\b(?:changes?|changed|changelog|history|migrat\w*|switch\w*|upgrad\w*|replac\w*|added|removed|moved|todo)\b|\w\.py\b",
    re.IGNORECASE,
)
_BLANK = re.compile(r"\n[ \t]*#?[ \t]*(?=\n)")
# Characters of a paragraph that are looked at, ahead of a name and behind it.
_LONG = 5_000
_OF_TODAY = re.compile(r"\b(?:latest|newest|current)\b", re.IGNORECASE)
# A number ahead of a step.
_STEP = re.compile(r"^\W*(?:step\s+)?\d{1,2}[.):]\s", re.IGNORECASE)
_STRINGS = frozenset({tokenize.STRING, getattr(tokenize, "FSTRING_MIDDLE", tokenize.STRING)})
_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


class Range(NamedTuple):
    """A statement. `header` is the line with its `def` or `class`."""

    start: int
    end: int
    is_function: bool = False
    header: tuple[int, int] = (0, 0)

    def holds(self, at: int) -> bool:
        return self.start <= at < self.end


TextKind: TypeAlias = Literal["text", "name", "count", "key", "item", "label", "other"]


class Text(NamedTuple):
    """A mention of a model. `kind`: `text` (a comment, a docstring, a shown text), `name` (a string that is a model's name), `count` (one by which
    tokens or costs are counted), `key` (a path, a key, the name of a function or class), `item` (the key of an item, a member of an enumeration),
    `label` (another whole string, or the name of a variable), `other`. `is_plain`: it only says which model it is. `block`: comment lines."""

    mention: Mention
    kind: TextKind
    line: int
    word: str
    is_plain: bool
    block: tuple[int, int]


@dataclass(frozen=True)
class Texts:
    """What a file says of a model, but for the strings that are its name, of which only the places are known; with the ranges of its functions and
    classes, outermost first, and of its statements."""

    texts: tuple[Text, ...] = ()
    names: tuple[int, ...] = ()
    definitions: tuple[Range, ...] = ()
    statements: tuple[Range, ...] = ()

    def function_at(self, at: int) -> Range | None:
        return self._functions.at(at)

    def statement_at(self, at: int) -> Range | None:
        return self._statements.at(at)

    @cached_property
    def _functions(self) -> _Ranges:
        return _Ranges([each for each in self.definitions if each.is_function])

    @cached_property
    def _statements(self) -> _Ranges:
        return _Ranges(self.statements)

    @cached_property
    def _names_outside(self) -> list[int]:
        """The names that are in no function or class."""
        around = _Ranges(self.definitions)
        return [at for at in self.names if around.at(at) is None]

    def is_header_around(self, at: int, inner: int) -> bool:
        """Whether a place is in the first line of a function or class around another place."""
        return any(each.holds(inner) and each.header[0] <= at < each.header[1] for each in self.definitions)

    def function_of(self, text: Text) -> Range | None:
        """The function of a text; a comment above a function is about it."""
        first, behind = text.block
        return self.function_at(text.mention.start) or (self.function_at(behind) if first < behind else None)

    def is_with(self, text: Text, own: list[int]) -> bool:
        """Whether a text and one of some places are in one function."""
        function = self.function_of(text)
        return function is not None and any(function.holds(at) for at in own)

    def is_beside(self, function: Range | None, at: int) -> bool:
        """Whether a place is in a function; for None, whether it is in none."""
        return function.holds(at) if function is not None else not any(each.holds(at) for each in self.definitions)

    def has_names(self, but: list[Span]) -> bool:
        """Whether a name is outside some spans."""
        return any(not _is_in(at, but) for at in self.names)

    def has_names_beside(self, function: Range | None, but: list[Span]) -> bool:
        """The same of the names in a function; for None, of those that are in none."""
        if function is None:
            return any(not _is_in(at, but) for at in self._names_outside)
        first, last = bisect_left(self.names, function.start), bisect_left(self.names, function.end)
        return any(not _is_in(self.names[index], but) for index in range(first, last))


class _Ranges:
    """Ranges, of which the last one that holds a place is looked up. The text is cut at their ends into pieces that one range each has."""

    def __init__(self, ranges: Sequence[Range]) -> None:
        self._cuts = sorted({at for each in ranges for at in (each.start, each.end)})
        self._last: list[Range | None] = []
        coming = sorted(range(len(ranges)), key=lambda number: ranges[number].start, reverse=True)
        begun: list[int] = []
        for cut in self._cuts:
            while coming and ranges[coming[-1]].start == cut:
                heappush(begun, -coming.pop())
            while begun and ranges[-begun[0]].end <= cut:
                heappop(begun)
            self._last.append(ranges[-begun[0]] if begun else None)

    def at(self, at: int) -> Range | None:
        piece = bisect_right(self._cuts, at) - 1
        return self._last[piece] if piece >= 0 else None


def _is_in(at: int, spans: list[Span]) -> bool:
    return any(each.start <= at < each.end for each in spans)


def texts_of(source: Source, old: Model, new: Model, spelling: str, new_spelling: str) -> Texts:
    text = source.text
    found = list(mentions(text, old, new, spelling, new_spelling))
    quoted = [reference.model for reference, _ in quoted_models(text)]
    others = {model.id for model in quoted if model.id != old.id and model.vendor == old.vendor}
    # Whose name `GPT-4` is where a file has several models of that line is not certain.
    found = sorted(each._replace(new=None) if each.is_loose and others else each for each in found)
    tree = parsed(text) if found else None
    if tree is None:
        return Texts()
    starts = line_starts(text)
    is_ascii = text.isascii()

    def offset(line: int, column: int) -> int:
        first = starts[line - 1]
        return first + (column if is_ascii else len(text[first : first + column].encode()[:column].decode(errors="ignore")))

    definitions, statements = list[Range](), list[Range]()
    for node in ast.walk(tree):
        if isinstance(node, ast.stmt):
            first = min([node.lineno, *(each.lineno for each in getattr(node, "decorator_list", ()))])
            span = offset(first, 0), offset(node.end_lineno or first, node.end_col_offset or 0)
            if isinstance(node, _DEFINITIONS):
                header = starts[node.lineno - 1], offset(node.lineno + 1, 0) if node.lineno < len(starts) else len(text)
                definitions.append(Range(*span, not isinstance(node, ast.ClassDef), header))
            elif not hasattr(node, "body"):
                statements.append(Range(*span))
    kinds = list(_kinds(source, tree, offset, found, old, new))
    names = tuple(sorted(each.mention.start for each in kinds if each.kind == "name"))
    return Texts(tuple(each for each in kinds if each.kind != "name"), names, tuple(definitions), tuple(statements))


def _kinds(
    source: Source, tree: ast.Module, offset: Callable[[int, int], int], found: list[Mention], old: Model, new: Model
) -> Iterator[Text]:
    """The mentions by the tokens in which they stand."""
    text = source.text
    starts, length = line_starts(text), len(text)
    tokens = []
    try:
        for token in tokenize.generate_tokens(io.StringIO(text, newline=None).readline):
            if token.type in _STRINGS or token.type in (tokenize.COMMENT, tokenize.NAME):
                tokens.append((_at(starts, length, token.start), _at(starts, length, token.end), token.type))
    except (tokenize.TokenError, SyntaxError):
        return
    begins = [start for start, _, _ in tokens]
    chains = _chains(tree, offset, [each.start for each in found])
    run = (0, 0)
    for mention in found:
        index = bisect_right(begins, mention.start) - 1
        if index < 0 or tokens[index][1] < mention.end:
            continue
        start, end, kind = tokens[index]
        line = source.location(mention.start).line
        if kind == tokenize.COMMENT:
            block = run = run if run[0] <= start < run[1] else _block(text, start)
            if not _is_code(text[start:end]):
                is_plain = _is_plain(text, found, mention, block, old, new)
                yield Text(mention, "text", line, text[start:end], is_plain, block)
            continue
        chain = chains[mention.start]
        block = (mention.start, mention.start)
        if kind == tokenize.NAME:
            word = text[start:end]
            if (bound := _bound(chain, word)) is not None:
                yield Text(mention, bound, line, word, False, block)
        elif chain:
            kind_of_string, word = _kind_of_string(chain, text[mention.start : mention.end])
            is_plain = kind_of_string == "text" and _is_plain(text, found, mention, (start, end), old, new)
            yield Text(mention, kind_of_string, line, word, is_plain, block)


def _at(starts: Sequence[int], end: int, place: tuple[int, int]) -> int:
    return starts[place[0] - 1] + place[1] if place[0] <= len(starts) else end


def _chains(tree: ast.Module, offset: Callable[[int, int], int], places: list[int]) -> dict[int, list[ast.AST]]:
    """The nodes around each of some places, in order, from outside; what stands in an f-string is left out."""
    chains: dict[int, list[ast.AST]] = {at: [tree] for at in places}
    pending: list[tuple[ast.AST, list[int]]] = [(tree, sorted(chains))]
    while pending:
        node, inside = pending.pop()
        left = set(inside)
        for child in ast.iter_child_nodes(node) if not isinstance(node, ast.JoinedStr) else ():
            spans = _spans(child, offset)
            held = [at for first, last in spans for at in inside[bisect_left(inside, first) : bisect_left(inside, last)]]
            held = sorted(left.intersection(held))
            left.difference_update(held)
            if held:
                pending.append((child, held))
            for at in held:
                chains[at].append(child)
    return chains


def _spans(node: ast.AST, offset: Callable[[int, int], int]) -> list[tuple[int, int]]:
    """Where a node is; of parameters, where each of them is."""
    if isinstance(node, ast.arguments):
        return [span for child in ast.iter_child_nodes(node) for span in _spans(child, offset)]
    line, last = getattr(node, "lineno", None), getattr(node, "end_lineno", None)
    if line is None or last is None:
        return []
    first = min([line, *(each.lineno for each in getattr(node, "decorator_list", ()))])
    column = node.col_offset if first == line else 0  # type: ignore[attr-defined]
    return [(offset(first, column), offset(last, node.end_col_offset))]  # type: ignore[attr-defined]


def _bound(chain: list[ast.AST], word: str) -> Literal["key", "label"] | None:
    """What a name is where it is bound: the `key` by which a function or a class is known, or a `label`; None elsewhere."""
    node = chain[-1]
    if isinstance(node, _DEFINITIONS) and node.name == word:
        return "key"
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
        return "label"
    if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store) and node.attr == word:
        return "label"
    return None


def _kind_of_string(chain: list[ast.AST], name: str) -> tuple[TextKind, str]:
    """The kind of a string, and what it says."""
    node, outer = chain[-1], chain[-2]
    parts = node.values if isinstance(node, ast.JoinedStr) else [node]
    word = "…".join(each.value for each in parts if isinstance(each, ast.Constant) and isinstance(each.value, str))
    if name not in word:
        return "other", word
    if isinstance(outer, ast.Expr):
        return "text", word
    if Catalog.bundled().find(word) is not None:
        call = next((each for each in reversed(chain) if isinstance(each, (ast.Call, *_DEFINITIONS))), None)
        by = last_name(call.func) if isinstance(call, ast.Call) else call.name if isinstance(call, _DEFINITIONS) else ""
        is_of_call = isinstance(call, ast.Call) or isinstance(outer, ast.arguments)
        return "count" if is_of_call and _COUNTS.search(by) else "name", word
    is_whole = word == name
    around = chain[-2]
    for around in reversed(chain[:-1]):
        is_inside = isinstance(around, (ast.JoinedStr, ast.BinOp, ast.keyword, ast.FormattedValue, ast.IfExp))
        is_formatted = isinstance(around, ast.Attribute) or (isinstance(around, ast.Call) and last_name(around.func) == "format")
        if isinstance(around, ast.keyword) and around.arg in _SHOWN_AS and not is_whole:
            return "text", word
        if not is_inside and not is_formatted:
            break
    if not is_whole and " " in word:
        is_shown = isinstance(around, ast.Call) and (
            last_name(around.func) in _SHOWS or isinstance(_parent(chain, around), ast.Raise)
        )
        return ("text" if is_shown else "other"), word
    if not is_whole:
        return "key", word
    if isinstance(around, ast.Call) and last_name(around.func) in _MAKES_PATH:
        return "key", word
    if _is_label_of_answers(chain):
        return "item", word
    if isinstance(around, ast.Assign) and any(_NAMES_RESULT.search(ast.unparse(target)) for target in around.targets):
        return "key", word
    return "label", word


def _is_label_of_answers(chain: list[ast.AST]) -> bool:
    """Whether a string is what answers may be kept by: the key of an item, or a member of an enumeration."""
    node, outer = chain[-1], chain[-2]
    is_key = isinstance(outer, ast.Dict) and node in outer.keys
    owner = chain[-3] if isinstance(outer, ast.Assign) else None
    is_member = isinstance(owner, ast.ClassDef) and any("Enum" in last_name(each) for each in owner.bases)
    return is_key or is_member or (isinstance(outer, ast.Subscript) and isinstance(outer.ctx, ast.Store))


def _parent(chain: list[ast.AST], node: ast.AST) -> ast.AST:
    return chain[chain.index(node) - 1]


def _is_code(comment: str) -> bool:
    """Whether a comment is code that is left out."""
    said = comment.lstrip("#! \t").rstrip(" \t,")
    if not re.search(r"[=(\[{:]", said):
        return False
    if re.match(r"""["'][^"']*["']\s*:""", said):
        return True
    try:
        body = ast.parse(said).body
    except (SyntaxError, ValueError):
        return False
    return not all(isinstance(each, ast.AnnAssign) and each.value is None for each in body)


def _block(text: str, start: int) -> tuple[int, int]:
    """A run of lines that are comments, from the start of the first one to that of the line behind; the comment alone where it follows code."""
    first = text.rfind("\n", 0, start) + 1
    if text[first:start].strip():
        end = text.find("\n", start)
        return start, len(text) if end < 0 else end
    while (above := re.search(r"(?:^|\n)([ \t]*#[^\n]*\n)$", text[max(first - 1000, 0) : first])) is not None:
        first -= len(above[1])
    last = first
    while (line := re.compile(r"[ \t]*#[^\n]*(?:\n|$)").match(text, last)) is not None and line.end() > last:
        last = line.end()
    return first, last


def _lines_around(text: str, mention: Mention, start: int, end: int) -> tuple[int, int]:
    """The lines of a text in which a sentence about a model may stand."""
    first = max(text.rfind("\n", start, mention.start) + 1, start)
    last = text.find("\n", mention.end, end)
    last = text.find("\n", last + 1, end) if last >= 0 else last
    return first, end if last < 0 else last


def _paragraph(text: str, mention: Mention, start: int, end: int) -> str:
    """The paragraph of a text in which a model is named."""
    ahead = _BLANK.split(text[max(start, mention.start - _LONG) : mention.start])
    behind = _BLANK.split(text[mention.end : min(end, mention.end + _LONG)], maxsplit=1)
    return f"{ahead[-1]} {behind[0]}"


def _is_plain(text: str, found: list[Mention], mention: Mention, within: tuple[int, int], old: Model, new: Model) -> bool:
    """Whether a text says of a model only which one it is."""
    if _HISTORY.search(_paragraph(text, mention, *within)):
        return False
    around = max(within[0], mention.start - _LONG), min(within[1], mention.end + _LONG)
    if _OF_SEVERAL.search(without_mentions(text, found, *around, old, new)):
        return False
    said = without_mentions(text, found, *_lines_around(text, mention, *within), old, new)
    if _JUDGES.search(_STEP.sub("", said.lstrip())):
        return False
    catalog = Catalog.bundled()
    is_current = new.tier is not None and new.tier == old.tier and catalog.current(new.vendor, new.tier).id == new.id
    return is_current or _OF_TODAY.search(said) is None
