"""Text → Python's own syntax tree, unless it is nested too deeply to be worked with."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterator, Sequence

from llmlint.source import line_starts

# How deep a tree may be. libcst's native parser, which knows no limit, takes about 4,000 levels on a stack of 8 MB; reading takes
# two to five Python frames a level, and so does pickling the facts.
_DEEPEST_TREE = 1000
# How deep patterns of `case` may be, a mapping counted twice: libcst's parser takes twice as long with each level, and 4 times with each
# mapping (libcst 1.9.0).
_DEEPEST_PATTERN = 16
_DEEPEST_BRACKETS = 100
_CASE = re.compile(r"[\r\n\f][ \t]+case\b")


class ScanError(Exception):
    """The file cannot be read as Python; the text is one line, with the place where there is one."""


class NewerSyntax(Exception):
    """The Python that llmlint runs on refuses the text; the message says why. A parser that knows newer syntax may take it."""


def parse(text: str) -> ast.Module:
    """The syntax tree of a file's text. Raises `ScanError` and `NewerSyntax`.

    Python's parser knows its limits; libcst's overflows the stack on what is nested thousands deep, which ends the process. So
    nothing that is refused here with a `ScanError` may be given to libcst.
    """
    try:
        with warnings.catch_warnings():
            # The code's own invalid escapes are not this tool's business.
            warnings.simplefilter("ignore")
            tree = ast.parse(text)
    except (MemoryError, RecursionError):
        raise ScanError("nested too deeply to be read") from None
    except SyntaxError as error:
        if "too many" in str(error.msg) or _bracket_depth(text) > _DEEPEST_BRACKETS:
            raise ScanError("nested too deeply to be read") from None
        raise NewerSyntax(f"syntax error at line {error.lineno or 1}: {error.msg}") from None
    except ValueError as error:
        raise ScanError(f"not Python source: {error}") from None
    if (len(text) > _DEEPEST_TREE or "case" in text) and _is_too_deep(tree, text):
        raise ScanError("nested too deeply to be read")
    return tree


def _is_too_deep(tree: ast.AST, text: str) -> bool:
    has_patterns = "case" in text and "match" in text and _CASE.search(text) is not None
    kinds = (ast.expr,) if has_patterns else (ast.expr, ast.stmt)
    for depth, level in enumerate(levels(tree, kinds, [*line_starts(text), len(text)])):
        if depth > _DEEPEST_TREE or any(type(node) is ast.match_case and _is_deep_pattern(node.pattern) for node in level):
            return True
    return False


def levels(tree: ast.AST, left_out: tuple[type[ast.AST], ...] = (), starts: Sequence[int] = ()) -> Iterator[list[ast.AST]]:
    """The nodes of a tree by their depth, without operators and the like. In a third of the time that `ast.walk` takes.

    What lies in an expression or statement of the kinds `left_out` is left out, if that is so short that it cannot be too deep: what is
    written in few characters is at most as deep as that. `starts` says where lines start, and ends with the length of the text.
    """
    fields = _CHILDREN
    level: list[ast.AST] = [tree]
    while level:
        yield level
        found: list[ast.AST | None] = []
        for node in level:
            if left_out and isinstance(node, left_out):
                first, last = node.lineno, node.end_lineno  # type: ignore[attr-defined]
                if starts[last] - starts[first - 1] < _DEEPEST_TREE or (
                    first == last and node.end_col_offset - node.col_offset < _DEEPEST_TREE  # type: ignore[attr-defined]
                ):
                    continue
            for field in fields[type(node)]:
                value = getattr(node, field)
                if type(value) is list:
                    found += value
                else:
                    found.append(value)
        # What is left out is None; so is the key of `**` in a dictionary display.
        level = [node for node in found if node is not None]


_OPERATORS = (ast.expr_context, ast.operator, ast.unaryop, ast.boolop, ast.cmpop)
_LEAVES = (*_OPERATORS, ast.Constant, ast.Name, ast.alias, ast.Global, ast.Nonlocal, ast.MatchSingleton)
_WITHOUT_NODES = frozenset(
    {
        *("ctx", "op", "ops", "attr", "id", "arg", "name", "rest", "kwd_attrs", "module", "level", "is_async", "simple"),
        *("conversion", "type_comment", "type_ignores", "kind", "tag", "str", "lineno", "asname"),
    }
)
_CHILDREN: dict[type[ast.AST], tuple[str, ...]] = {
    kind: () if issubclass(kind, _LEAVES) else tuple(field for field in kind._fields if field not in _WITHOUT_NODES)
    for kind in vars(ast).values()
    if isinstance(kind, type) and issubclass(kind, ast.AST)
}


def _is_deep_pattern(pattern: ast.pattern) -> bool:
    pending: list[tuple[ast.AST, int]] = [(pattern, 0)]
    while pending:
        node, depth = pending.pop()
        depth += 2 if isinstance(node, ast.MatchMapping) else 1
        if depth > _DEEPEST_PATTERN:
            return True
        pending.extend((child, depth) for child in ast.iter_child_nodes(node) if isinstance(child, ast.pattern))
    return False


def _bracket_depth(text: str) -> int:
    depth = deepest = 0
    for character in text:
        if character in "([{":
            depth += 1
            deepest = max(deepest, depth)
        elif character in ")]}":
            depth -= 1
    return deepest
