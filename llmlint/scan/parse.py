"""Text → Python's own syntax tree. What is nested too deeply in it to be worked with is cut off."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterator, Sequence

from llmlint.scan.large_stack import is_stack_small, on_large_stack
from llmlint.source import line_starts

# How deep a tree may be: reading takes two to five Python frames a level, and so does pickling the facts.
DEEPEST_TREE = 1000
# From how many characters on a tree may be too deep for a small stack before it is cut off.
LONG = 5000
# As many as Python's tokenizer takes.
_DEEPEST_BRACKETS = 199


class ScanError(Exception):
    """The file cannot be read as Python; the text is one line, with the place where there is one."""


class NewerSyntax(Exception):
    """The Python that llmlint runs on refuses the text; the message says why. A parser that knows newer syntax may take it."""


def parse(text: str) -> ast.Module:
    """The syntax tree of a file's text. Raises `ScanError` and `NewerSyntax`.

    Expressions and statements further down than `DEEPEST_TREE` levels are an ellipsis or `pass` in it.
    """
    try:
        with warnings.catch_warnings():
            # The code's own invalid escapes are not this tool's business.
            warnings.simplefilter("ignore")
            tree = on_large_stack(lambda: _tree(text)) if len(text) > LONG and is_stack_small() else _tree(text)
    except (MemoryError, RecursionError):
        raise ScanError("nested too deeply to be read") from None
    except SyntaxError as error:
        if "too many" in str(error.msg) or _bracket_depth(text) > _DEEPEST_BRACKETS:
            raise ScanError("nested too deeply to be read") from None
        raise NewerSyntax(f"syntax error at line {error.lineno or 1}: {error.msg}") from None
    except ValueError as error:
        raise ScanError(f"not Python source: {error}") from None
    return tree


def _tree(text: str) -> ast.Module:
    tree = ast.parse(text)
    if len(text) > DEEPEST_TREE:
        cut_off(tree, text)
    return tree


def cut_off(tree: ast.AST, text: str) -> None:
    """Put something flat in the place of all that is nested too deeply."""
    for depth, level in enumerate(levels(tree, (ast.expr, ast.stmt), [*line_starts(text), len(text)])):
        if depth > DEEPEST_TREE:
            for node in level:
                for field in _CHILDREN[type(node)]:
                    value = getattr(node, field)
                    setattr(node, field, [_flat(each) for each in value] if isinstance(value, list) else _flat(value))
                if isinstance(node, ast.If):
                    # An `elif` cannot be told from an `else:` with something flat in it.
                    node.orelse = []


def _flat(node: ast.AST | None) -> ast.AST | None:
    """What stands for a node and all below it. What is neither expression nor statement stays, and what is below that is cut off in turn."""
    if isinstance(node, ast.stmt):
        return ast.copy_location(ast.Pass(), node)
    if isinstance(node, ast.expr) and not isinstance(node, (ast.FormattedValue, ast.JoinedStr)) and _CHILDREN[type(node)]:
        return ast.copy_location(ast.Constant(...), node)
    return node


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
                if starts[last] - starts[first - 1] < DEEPEST_TREE or (
                    first == last and node.end_col_offset - node.col_offset < DEEPEST_TREE  # type: ignore[attr-defined]
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


def _bracket_depth(text: str) -> int:
    depth = deepest = 0
    for character in text:
        if character in "([{":
            depth += 1
            deepest = max(deepest, depth)
        elif character in ")]}":
            depth -= 1
    return deepest
