"""Text → facts, for one file."""

from __future__ import annotations

import ast
import gc
import sys
import warnings

from llmlint.scan.facts import ModuleFacts

_DEEPEST_BRACKETS = 100
# How deep a tree may be. libcst's native parser, which knows no limit, takes about 4,000 levels on a stack of 8 MB; its printing takes
# two to five Python frames a level, and so does pickling the facts.
_DEEPEST_TREE = 1000
_PYTHON_FRAMES = 6000
# How deep patterns of `case` may be, a mapping counted twice: libcst's parser takes twice as long with each level, and 4 times with each
# mapping (libcst 1.9.0).
_DEEPEST_PATTERN = 16


class ScanError(Exception):
    """The file cannot be read as Python; the text is one line, with the place where there is one."""


def scan(text: str, path: str) -> ModuleFacts:
    """Parse one file's text with libcst and collect its facts. Raises `ScanError`."""
    fault = _refuse_what_would_overflow(text)
    # libcst's parser is native and its import is not cheap: files that the prefilter drops never pay for it.
    import libcst

    from llmlint.scan.positions import offsets_of
    from llmlint.scan.visitor import FactsVisitor

    was_enabled = gc.isenabled()
    # A tree is many small objects and no cycles: collecting while it grows costs a quarter of the time and frees nothing.
    gc.disable()
    # Not only for here: deep facts are deep to pickle and to evaluate, too.
    sys.setrecursionlimit(max(sys.getrecursionlimit(), _PYTHON_FRAMES))
    try:
        module = libcst.parse_module(text)
        with warnings.catch_warnings():
            # The code's own invalid escapes are not this tool's business.
            warnings.simplefilter("ignore")
            return FactsVisitor(module, path, offsets_of(module), len(text)).facts()
    except libcst.ParserSyntaxError as error:
        # Python says more plainly what is wrong than a grammar does.
        raise ScanError(fault or f"syntax error at line {error.raw_line}: {_first_line(error.message)}") from None
    except RecursionError:
        raise ScanError("nested too deeply to be read") from None
    finally:
        if was_enabled:
            gc.enable()


def _refuse_what_would_overflow(text: str) -> str | None:
    """Python's own parser knows its limits; libcst's overflows the stack on what is nested thousands deep, which ends the process.

    Returns what Python has against the text, if anything.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(text)
        if _is_too_deep(tree):
            raise ScanError("nested too deeply to be read")
    except (MemoryError, RecursionError):
        raise ScanError("nested too deeply to be read") from None
    except SyntaxError as error:
        if "too many" in str(error.msg) or _bracket_depth(text) > _DEEPEST_BRACKETS:
            raise ScanError("nested too deeply to be read") from None
        # Else libcst decides: it knows newer syntax than the Python that llmlint happens to run on.
        return f"syntax error at line {error.lineno or 1}: {error.msg}"
    except ValueError as error:
        raise ScanError(f"not Python source: {error}") from None
    return None


def _is_too_deep(tree: ast.AST) -> bool:
    level, depth = [tree], 0
    while level:
        if depth > _DEEPEST_TREE or any(isinstance(node, ast.match_case) and _is_deep_pattern(node.pattern) for node in level):
            return True
        level = [child for node in level for child in ast.iter_child_nodes(node)]
        depth += 1
    return False


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


def _first_line(message: str) -> str:
    return message.strip().splitlines()[-1].strip() if message.strip() else "cannot be parsed"
