"""Imports that generated code needs, or no longer needs, in the order in which the file has them."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence

import libcst as cst

from llmlint.findings import Edit
from llmlint.fixes.batch_effects import local_names
from llmlint.fixes.batch_tree import Tree, dotted, imported_names, walk


def first_offset(tree: Tree, user: cst.CSTNode) -> int:
    """The start of the module, behind comments such as a licence or an encoding; or of the notebook cell that a node stands in."""
    cell = tree.source.cell_at(tree.offsets.of(user)[0])
    if cell is not None:
        return cell.start
    start = 0
    while tree.source.text.startswith("#", start):
        start = tree.next_line(start)
    return start


def is_import_line(statement: cst.CSTNode) -> bool:
    return isinstance(statement, cst.SimpleStatementLine) and all(
        isinstance(each, (cst.Import, cst.ImportFrom)) for each in statement.body
    )


def import_edits(tree: Tree, modules: Iterable[str], place: cst.CSTNode, user: cst.CSTNode) -> Iterator[Edit]:
    """One line each, among the imports of the standard library where those stand, in the order of the alphabet."""
    lines = [each for each in tree.module.body if is_import_line(each) and isinstance(each, cst.SimpleStatementLine)]
    first = first_offset(tree, user)
    end = tree.offsets.of(place)[1] if place is not tree.module else first
    head = [
        (line, statement)
        for line in lines
        for statement in line.body[:1]
        if isinstance(statement, (cst.Import, cst.ImportFrom)) and first <= tree.offsets.of(line)[0] < end
        if _root(statement) != "__future__"
    ]
    standard = [pair for pair in head if _root(pair[1]) in sys.stdlib_module_names]
    grouped: dict[int, list[str]] = {}
    for module in sorted(modules):
        grouped.setdefault(_import_offset(tree, module, standard or head, place, first), []).append(module)
    for offset, names in grouped.items():
        text = "".join(f"import {name}\n" for name in names)
        if not standard:
            is_first = head or place is tree.module
            text = f"{text}\n" if is_first else f"\n{text}"
            if not head and place is tree.module and offset > 0 and not tree.source.cells:
                text = f"\n{text}"
        yield tree.edit(offset, offset, text)


def _import_offset(
    tree: Tree,
    module: str,
    lines: list[tuple[cst.SimpleStatementLine, cst.Import | cst.ImportFrom]],
    place: cst.CSTNode,
    first: int,
) -> int:
    if not lines:
        return first if place is tree.module else tree.next_line(tree.offsets.of(place)[1])
    if _root(lines[0][1]) in sys.stdlib_module_names:
        plain = [(line, each) for line, each in lines if isinstance(each, cst.Import)]
        for line, each in plain:
            if next(imported_names(each), "") > module:
                return tree.line_start(tree.offsets.of(line)[0])
        if plain:
            return tree.next_line(tree.offsets.of(plain[-1][0])[1])
    return tree.line_start(tree.offsets.of(lines[0][0])[0])


def _root(statement: cst.Import | cst.ImportFrom) -> str:
    if isinstance(statement, cst.Import):
        return statement.names[0].evaluated_name.split(".")[0]
    if statement.relative or statement.module is None:
        return "."
    return next((each.value for each in walk(statement.module) if isinstance(each, cst.Name)), "")


def without_import(tree: Tree, func: cst.BaseExpression) -> Iterator[Edit]:
    """Takes away the import of a name that is used nowhere else."""
    root = (dotted(func) or "").split(".")[0]
    imports = [node for name, node in tree.module_bindings if name == root]
    uses = [
        each
        for each in tree.names(tree.module)
        if each.value == root and tree.enclosing(each, cst.Import, cst.ImportFrom) is None
    ]
    if len(imports) != 1 or len(uses) != 1 or not isinstance(imports[0], (cst.Import, cst.ImportFrom)):
        return
    node = imports[0]
    statement = tree.statement_of(node)
    if statement is None or tree.has_comment(statement) or isinstance(node.names, cst.ImportStar):
        return
    if len(node.names) == 1:
        start = tree.line_start(tree.offsets.of(statement)[0])
        yield tree.edit(start, tree.next_line(tree.offsets.of(statement)[1]), "")
        return
    if isinstance(node, cst.ImportFrom):
        spans = [tree.offsets.of(alias.name) for alias in node.names]
        for index, alias in enumerate(node.names):
            if alias.asname is None and alias.evaluated_name == root:
                if index + 1 < len(spans):
                    yield tree.edit(spans[index][0], spans[index + 1][0], "")
                else:
                    yield tree.edit(spans[index - 1][1], spans[index][1], "")


def replace_import(tree: Tree, name: str, wanted: Sequence[str], user: cst.CSTNode) -> list[Edit] | None:
    """`from module import name` → the same with `wanted` too, and without `name` if nothing else uses that. None where it is not so plain.

    `user` is a node of the code that is to use the names.
    """
    found = [node for each, node in tree.module_bindings if each == name]
    node = found[0] if len(found) == 1 else None
    if not isinstance(node, cst.ImportFrom) or isinstance(node.names, cst.ImportStar) or tree.has_comment(node):
        return None
    if any(_is_used(tree, each, user) for each in wanted):
        return None
    uses = [each for each in tree.names(tree.module) if each.value == name and tree.enclosing(each, cst.ImportFrom) is None]
    start, end = tree.offsets.of(node.names[0].name)[0], _end_of(tree, node.names[-1])
    names = {tree.source.text[tree.offsets.of(each.name)[0] : _end_of(tree, each)]: None for each in node.names}
    is_sorted = list(names) == sorted(names, key=str.lower)
    if len(uses) < 2:
        names.pop(name, None)
    names |= dict.fromkeys(wanted)
    joined = sorted(names, key=str.lower) if is_sorted else list(names)
    if "\n" in tree.source.text[start:end]:
        indent = tree.indent_at(start)
        text = f",\n{indent}".join(joined)
    else:
        text = ", ".join(joined)
    return [tree.edit(start, end, text)]


def _is_used(tree: Tree, name: str, user: cst.CSTNode) -> bool:
    """Whether a name means something at module level, or in the functions around a node; what others call their own does not count."""
    around = set(tree.ancestors(user))
    for each in tree.names(tree.module):
        if each.value == name:
            functions = (parent for parent in tree.ancestors(each) if isinstance(parent, cst.FunctionDef))
            if not any(name in local_names(function) and function not in around for function in functions):
                return True
    return False


def _end_of(tree: Tree, alias: cst.ImportAlias) -> int:
    return tree.offsets.of(alias.asname.name if alias.asname is not None else alias.name)[1]
