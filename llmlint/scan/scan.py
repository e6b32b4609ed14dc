"""Text → facts, for one file.

Facts are made from Python's own syntax tree: its parser takes a tenth of the time of libcst's, whose tree keeps every space (0.12 s
and 1.3 s for a MB of source). libcst reads what the Python that llmlint runs on refuses but a newer one may take, and is imported
for that only; both ways give equal facts.
"""

from __future__ import annotations

import ast
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from llmlint.performance.gc_pause import without_collection
from llmlint.scan.facts import ModuleFacts
from llmlint.scan.parse import LONG, NewerSyntax, ScanError, parse

__all__ = ["ScanError", "scan", "scan_if", "scan_with_libcst"]

_PYTHON_FRAMES = 6000
# Whether Python functions that call each other use up the stack of the process.
_CALLS_TAKE_STACK = sys.version_info < (3, 11)


def scan(text: str, path: str) -> ModuleFacts:
    """Parse one file's text and collect its facts. Raises `ScanError`."""
    facts = scan_if(lambda tree: True, text, path)
    assert facts is not None
    return facts


def scan_if(wanted: Callable[[ast.Module], bool], text: str, path: str) -> ModuleFacts | None:
    """The same where a look at the syntax tree says that the facts are wanted, or where there is no tree; else None."""
    from llmlint.scan.ast_places import UnclearPlace
    from llmlint.scan.ast_visitor import AstVisitor
    from llmlint.scan.large_stack import is_stack_small, on_large_stack
    from llmlint.scan.strings import UnclearLiteral

    with working_conditions():
        try:
            tree = parse(text)
            if not wanted(tree):
                return None
            if _CALLS_TAKE_STACK and len(text) > LONG and is_stack_small():
                return on_large_stack(lambda: AstVisitor(tree, path, text).facts())
            return AstVisitor(tree, path, text).facts()
        except NewerSyntax as error:
            fault = str(error)
        except (UnclearPlace, UnclearLiteral):
            fault = ""
        return scan_with_libcst(text, path, fault)


def scan_with_libcst(text: str, path: str, fault: str = "") -> ModuleFacts:
    """The same by libcst. `fault` is what Python has against the text."""
    import libcst

    from llmlint.scan.cst_visitor import CstVisitor
    from llmlint.scan.large_stack import on_large_stack
    from llmlint.scan.libcst_parse import plainer, shallow
    from llmlint.scan.positions import offsets_of

    def facts(text: str) -> ModuleFacts:
        module = libcst.parse_module(text)
        return CstVisitor(module, path, offsets_of(module, text), len(text)).facts()

    with working_conditions():
        text = shallow(text)
        try:
            return on_large_stack(lambda: facts(text))
        except libcst.ParserSyntaxError as error:
            other = plainer(text)
            if other != text:
                with suppress(libcst.ParserSyntaxError):
                    return on_large_stack(lambda: facts(other))
            # Python says more plainly what is wrong than a grammar does.
            raise ScanError(fault or f"syntax error at line {error.raw_line}: {_first_line(error.message)}") from None
        except libcst.CSTValidationError as error:
            # libcst's grammar knows names of a newer Unicode, which its nodes refuse on an older Python.
            raise ScanError(fault or f"syntax error: {_first_line(str(error))}") from None


@contextmanager
def working_conditions() -> Iterator[None]:
    """What parsing and lowering need of Python. Nesting that is too deep for it raises `ScanError`."""
    # Not only for here: deep facts are deep to pickle and to evaluate, too.
    sys.setrecursionlimit(max(sys.getrecursionlimit(), _PYTHON_FRAMES))
    try:
        with without_collection(), warnings.catch_warnings():
            # The code's own invalid escapes are not this tool's business.
            warnings.simplefilter("ignore")
            yield
    except RecursionError:
        raise ScanError("nested too deeply to be read") from None


def _first_line(message: str) -> str:
    return message.strip().splitlines()[-1].strip() if message.strip() else "cannot be parsed"
