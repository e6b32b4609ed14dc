"""Imports that generated code needs, or no longer needs."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator
from itertools import takewhile

import libcst as cst

from llmlint.findings import Edit
from llmlint.fixes.batch.layout import Group, Raw, render
from llmlint.fixes.edits.by_hand import ByHand
from llmlint.fixes.edits.tree import Tree, dotted, kept_in_tree, walk

_CHANGES_PATH = re.compile(r"\bsys\.path\b(?!\s*(?:\)|==|:))|\baddsitedir\b|\b(?:os|osp)\.chdir\b")


def import_from(tree: Tree, module: str, names: Iterable[str], user: int) -> Edit | None:
    """Makes the file import names of a module for code at the offset `user`; None where the file means something else by one of them."""
    wanted = set(names)
    bound = {name: node for name, node in tree.module_bindings if name in wanted}
    there = next((node for node in _imports(tree, user) if _module_of(node) == module), None)
    missing = sorted(name for name in wanted if bound.get(name) is not there or there is None)
    if any(name in bound and _module_of(bound[name]) != module for name in missing):
        return None
    if there is not None and isinstance(there, cst.ImportFrom) and not isinstance(there.names, cst.ImportStar):
        if not missing:
            return tree.edit(user, user, "")
        known = [tree.code(each.name) for each in there.names]
        if there.lpar is not None or any(each.asname is not None for each in there.names):
            return None
        return tree.edit(*tree.offsets.of(there), _statement(tree, module, sorted({*known, *missing})))
    at, above, below = _place(tree, user, module)
    return tree.edit(at, at, f"{above}{_statement(tree, module, missing)}\n{below}")


def import_of_asyncio(tree: Tree) -> Edit | None:
    """Makes a file import `asyncio`, among the modules that it imports first; None where it begins with none, or has another thing of that name."""
    plain = [
        each
        for each in takewhile(lambda each: _is_import(each) or _is_docstring(each), tree.module.body)
        if isinstance(each, cst.SimpleStatementLine) and isinstance(each.body[0], cst.Import)
    ]
    if not plain or "asyncio" in tree.module_bindings_of or tree.source.cells:
        return None
    behind = next((each for each in plain if _module_of(each.body[0]) > "asyncio"), plain[0])
    at = tree.offsets.of(behind)[0]
    gap = "" if _module_of(behind.body[0]).partition(".")[0] in sys.stdlib_module_names else "\n"
    return tree.edit(at, at, f"import asyncio\n{gap}")


def _names_bound(node: cst.Import | cst.ImportFrom) -> set[str]:
    if isinstance(node.names, cst.ImportStar):
        return set()
    return {(each.evaluated_alias or each.evaluated_name).split(".")[0] for each in node.names}


def _statement(tree: Tree, module: str, names: list[str]) -> str:
    opening = f"from {module} import "
    line = opening + ", ".join(names)
    if len(line) <= tree.width:
        return line
    return opening + render(
        Group("(", tuple(("", Raw(name)) for name in names), ")"), "", tree.style.step, tree.width, len(opening)
    )


def _imports(tree: Tree, user: int) -> Iterator[cst.Import | cst.ImportFrom]:
    """The imports at the top level of the file, or of the notebook's cell."""
    for statement in _statements(tree, user):
        if isinstance(statement, cst.SimpleStatementLine):
            yield from (each for each in statement.body if isinstance(each, (cst.Import, cst.ImportFrom)))


def _statements(tree: Tree, user: int) -> list[cst.BaseStatement]:
    """The statements of the file, or of the notebook cell, that an offset lies in."""
    cell = tree.source.cell_at(user)
    statements = [each for each in tree.module.body if isinstance(each, cst.BaseStatement)]
    return [each for each in statements if cell is None or cell.start <= tree.offsets.of(each)[0] < cell.end]


def _place(tree: Tree, user: int, module: str) -> tuple[int, str, str]:
    """Where a new import of a module goes: behind those that the file begins with, or among the last of them where they are sorted. With the
    empty lines above and below that it needs. Where the file changes the path that modules are looked up in, it goes behind that."""
    statements = _statements(tree, user)
    first, last = _imports_from(tree, statements, module, user)
    if last is None:
        cell = tree.source.cell_at(user)
        start = cell.start if cell is not None else 0
        while tree.source.text.startswith("#", start):
            start = tree.next_line(start)
        return start, "\n" if start and cell is None else "", "\n"
    end = tree.next_line(tree.offsets.of(last)[1])
    ahead = "" if tree.source.text[:end].endswith("\n") else "\n"
    is_own_group = not _is_import(last) or _is_elsewhere(last)
    among = _place_among(tree, statements[first : statements.index(last) + 1], module) if not is_own_group else None
    if among is not None:
        return among, "", ""
    return end, ahead + ("\n" if is_own_group else ""), ""


def behind_imports(tree: Tree, module: str, user: int) -> int | None:
    """Where a statement goes that uses what is imported from a module, and the import at the offset `user`; None where that comes later."""
    last = _imports_from(tree, _statements(tree, user), module, user)[1]
    end = tree.next_line(tree.offsets.of(last)[1]) if last is not None else 0
    return end if end > user else None


def _imports_from(
    tree: Tree, statements: list[cst.BaseStatement], module: str, user: int
) -> tuple[int, cst.BaseStatement | None]:
    """The first and the last of the imports that a module may be imported beside: those that the file begins with, or, where it changes the
    path first, those behind that, from the first of the same package on."""
    head = list(takewhile(lambda each: _is_import(each) or _is_docstring(each), statements))
    if module.startswith(".") or not _may_change_path(tree, tree.module):
        return 0, head[-1] if head else None
    ahead = takewhile(lambda each: not _runs(tree, each, user), statements)
    changes = [index for index, each in enumerate(ahead) if _changes_path(tree, each)]
    top = module.partition(".")[0]
    first = next((index for index, each in enumerate(statements) if _is_import(each) and top in _roots_of(each)), None)
    if first is not None and first < len(head):
        return 0, head[-1]  # The package is found without it.
    if not changes:
        if first is not None and any(_changes_path(tree, each) for each in statements[:first]):
            raise ByHand("the client is made ahead of the path in which the file finds the modules of its project")
        return 0, head[-1] if head else None
    behind_changes = changes[-1] + 1
    if first is None or not all(map(_only_defines, statements[behind_changes:first])):
        first = behind_changes  # What stands in between may need the names.
    first = max(behind_changes, first)
    behind = list(takewhile(_is_import, statements[first:]))
    return first, behind[-1] if behind else statements[first - 1]


def _runs(tree: Tree, statement: cst.BaseStatement, user: int) -> bool:
    """Whether a statement of the file runs code at an offset: a function does so later. Or it is what the file does when it is run."""
    start, end = tree.offsets.of(statement)
    is_main = isinstance(statement, cst.If) and "__name__" in tree.code(statement.test)
    return is_main or (start <= user < end and not isinstance(statement, (cst.FunctionDef, cst.ClassDef)))


@kept_in_tree
def _may_change_path(tree: Tree, module: cst.Module) -> bool:
    return _CHANGES_PATH.search(tree.source.text) is not None


def _changes_path(tree: Tree, statement: cst.BaseStatement) -> bool:
    return not isinstance(statement, (cst.FunctionDef, cst.ClassDef)) and _CHANGES_PATH.search(tree.code(statement)) is not None


def _only_defines(statement: cst.BaseStatement) -> bool:
    """Whether a statement runs none of the file's functions: an import, a definition, a constant."""
    return isinstance(statement, (cst.FunctionDef, cst.ClassDef)) or not any(
        isinstance(each, cst.Call) for each in walk(statement)
    )


def _roots_of(statement: cst.BaseStatement) -> set[str]:
    """The top-level packages that a line imports from."""
    found: set[str] = set()
    for each in statement.body if isinstance(statement, cst.SimpleStatementLine) else ():
        if isinstance(each, cst.ImportFrom):
            found.add(_module_of(each).partition(".")[0])
        elif isinstance(each, cst.Import):
            found |= {(dotted(alias.name) or "").partition(".")[0] for alias in each.names}
    return found


def _place_among(tree: Tree, statements: list[cst.BaseStatement], module: str) -> int | None:
    """Where an import goes among the last `from` imports, which stand in sorted lines without empty ones between; None where it is behind."""
    group: list[tuple[str, int]] = []
    below: int | None = None
    for statement in reversed(statements):
        each = statement.body[0] if isinstance(statement, cst.SimpleStatementLine) and len(statement.body) == 1 else None
        start, end = tree.offsets.of(statement)
        if not isinstance(each, cst.ImportFrom) or (below is not None and tree.next_line(end) != below):
            break
        below = tree.line_start(start)
        group.append(("." * len(each.relative) + (dotted(each.module) or "" if each.module is not None else ""), below))
    group.reverse()
    names = [name.lower() for name, _ in group]
    dots = {len(name) - len(name.lstrip(".")) for name in (*names, module)}
    if names != sorted(names) or len(dots) > 1:
        return None
    return next((start for name, start in group if name.lower() > module.lower()), None)


def _is_import(statement: cst.CSTNode) -> bool:
    return isinstance(statement, cst.SimpleStatementLine) and all(
        isinstance(each, (cst.Import, cst.ImportFrom)) for each in statement.body
    )


def _is_docstring(statement: cst.CSTNode) -> bool:
    return (
        isinstance(statement, cst.SimpleStatementLine)
        and len(statement.body) == 1
        and isinstance(statement.body[0], cst.Expr)
        and isinstance(statement.body[0].value, (cst.SimpleString, cst.ConcatenatedString))
    )


def _is_elsewhere(statement: cst.BaseStatement) -> bool:
    """Whether what is imported is part of Python, or comes with a name that packages are installed under."""
    each = statement.body[0] if isinstance(statement, cst.SimpleStatementLine) else statement
    if isinstance(each, cst.ImportFrom) and (each.relative or each.module is None):
        return False
    root = _module_of(each).split(".")[0]
    return root in sys.stdlib_module_names or root in _WELL_KNOWN


_WELL_KNOWN = frozenset(
    {"anthropic", "openai", "dotenv", "tqdm", "numpy", "pandas", "requests", "httpx", "tenacity", "pydantic", "yaml", "rich"}
)


def _module_of(node: cst.CSTNode) -> str:
    if isinstance(node, cst.ImportFrom) and node.module is not None and not node.relative:
        return dotted(node.module) or ""
    return dotted(node.names[0].name) or "" if isinstance(node, cst.Import) else ""


def without_import(tree: Tree, func: cst.BaseExpression) -> Iterator[Edit]:
    """Takes away the import of a name that is used nowhere else."""
    root = (dotted(func) or "").split(".")[0]
    function = tree.function_of(func)
    own: list[cst.CSTNode] = (
        []
        if function is None
        else [each for each in walk(function) if isinstance(each, (cst.Import, cst.ImportFrom)) and root in _names_bound(each)]
    )
    imports: list[cst.CSTNode] = own or tree.module_bindings_of.get(root, [])
    uses = [
        each
        for each in tree.names(function if own and function is not None else tree.module)
        if each.value == root and tree.enclosing(each, cst.Import, cst.ImportFrom) is None
    ]
    if len(imports) != 1 or len(uses) != 1 or not isinstance(imports[0], (cst.Import, cst.ImportFrom)):
        return
    node = imports[0]
    statement = tree.statement_of(node)
    if statement is None or tree.has_comment(statement) or isinstance(node.names, cst.ImportStar):
        return
    block = tree.parents[statement]
    if own and (not isinstance(block, cst.IndentedBlock) or len(block.body) == 1 or tree.function_of(node) is not function):
        return
    if len(node.names) == 1:
        start, end = tree.line_start(tree.offsets.of(statement)[0]), tree.next_line(tree.offsets.of(statement)[1])
        while (
            own
            and isinstance(block, cst.IndentedBlock)
            and block.body[0] is statement
            and not tree.source.text[end : tree.line_end(end)].strip()
        ):
            end = tree.next_line(end)
        text = tree.source.text
        if not own and not text[end : tree.line_end(end)].strip() and (not start or text[:start].endswith(("\n\n", "\n\r\n"))):
            end = tree.next_line(end)  # It had empty lines on both sides.
        yield tree.edit(start, end, "")
        return
    if isinstance(node, cst.ImportFrom):
        spans = [tree.offsets.of(alias.name) for alias in node.names]
        for index, alias in enumerate(node.names):
            if alias.asname is None and alias.evaluated_name == root:
                if index + 1 < len(spans):
                    yield tree.edit(spans[index][0], spans[index + 1][0], "")
                else:
                    yield tree.edit(spans[index - 1][1], spans[index][1], "")
