"""Names that an item sets ahead of its call and reads behind it, when others have set them: it keeps what they are for it under a name of its own.

Up to their calls items run one after another, in the order of the loop. What they set there, each can keep as if they still took turns: a counter,
the heading above some rows.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import libcst as cst

from llmlint.findings import Edit
from llmlint.fixes.batch.flow import bound_by, own_nodes, reads_in
from llmlint.fixes.edits.tree import Tree, holds, tail_of
from llmlint.link.names.effects import CHANGES

_TARGETS = (cst.AssignTarget, cst.AnnAssign, cst.AugAssign)
_OF_TEXT = frozenset(
    {"str", "int", "float", "len", "strip", "lstrip", "rstrip", "lower", "upper", "title", "replace", "format", "join", "get"}
)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """`name` is kept as `own` at the start of a line, and `reads` are those behind."""

    name: str
    own: str
    at: int
    indent: str
    reads: tuple[cst.Name, ...]


class Snapshots:
    """The names that the items of a loop keep ahead of its first call."""

    def __init__(self, tree: Tree, loop: cst.For, calls: Sequence[tuple[int, int]]) -> None:
        self._tree, self._loop, self._calls = tree, loop, calls
        self._found: dict[str, Snapshot | None] = {}

    def keeps(self, name: str) -> bool:
        """Whether an item can keep what a name is for it: not if it is set behind the call as well, or in a way that is not followed."""
        if self._calls and name not in self._found:
            self._found[name] = self._snapshot(name)
        return self._found.get(name) is not None

    @property
    def names(self) -> set[str]:
        return {name for name, found in self._found.items() if found is not None}

    def edits(self, left_out: Sequence[cst.CSTNode]) -> Iterator[Edit]:
        """`own_count = count` ahead of the call, and `own_count` behind it; not in statements that are left out."""
        for each in filter(None, self._found.values()):
            yield self._tree.edit(each.at, each.at, f"{each.indent}{each.own} = {each.name}\n")
            for at in map(self._tree.offsets.of, each.reads):
                if not any(holds(self._tree, other, at) for other in left_out):
                    yield self._tree.edit(*at, each.own)

    def _snapshot(self, name: str) -> Snapshot | None:
        tree, loop = self._tree, self._loop
        scope = tree.scope_of(loop)
        code = scope.body if isinstance(scope, cst.FunctionDef) else scope
        binding = [each for each in own_nodes(loop.body) if name in bound_by(each)]
        reads = [each for each in reads_in(tree, code) if each.value == name]
        within = [each for each in reads if holds(tree, loop.body, tree.offsets.of(each))]
        start = tree.offsets.of(loop)[0]
        if not _is_plain(tree, code, start, name, binding) or any(_is_changed(tree, each) for each in within):
            return None
        if any(tree.scope_of(each) is not scope for each in reads):
            return None
        last = max((tree.offsets.of(_statement(tree, each))[1] for each in binding), default=0)
        found = _place(tree, loop, min(self._calls), last, binding)
        own = tree.fresh(loop, [f"own_{name}", f"this_{name}"])
        if found is None or own is None:
            return None
        at, indent, end = found
        behind = tuple(each for each in within if tree.offsets.of(each)[0] >= at)
        return Snapshot(name, own, at, indent, behind) if all(tree.offsets.of(each)[0] < end for each in behind) else None


def _is_plain(tree: Tree, code: cst.CSTNode, loop_start: int, name: str, binding: list[cst.CSTNode]) -> bool:
    """Whether a loop assigns a name by statements alone, and what nobody changes in place: texts and numbers."""
    if not all(isinstance(each, _TARGETS) and isinstance(each.target, cst.Name) for each in binding):
        return False
    adds = any(isinstance(each, cst.AugAssign) for each in binding)
    begins = False
    for each in own_nodes(code):
        if name in bound_by(each):
            value = _value(tree, each)
            begins |= isinstance(value, (cst.BaseNumber, cst.BaseString)) and _starts_before(tree, each, loop_start)
            if adds and not (isinstance(each, cst.AugAssign) or isinstance(value, (cst.BaseNumber, cst.BaseString))):
                return False  # `found += [row]` changes a list in place.
            if any(each is other for other in binding) and not (isinstance(each, cst.AugAssign) or _is_of_text(value)):
                return False
    return begins or not adds  # A parameter or a name of the code around may be such a list, too.


def _starts_before(tree: Tree, node: cst.CSTNode, offset: int) -> bool:
    """Whether a statement other than `+=` stands ahead of an offset."""
    return not isinstance(node, cst.AugAssign) and tree.offsets.of(_statement(tree, node))[0] < offset


def _value(tree: Tree, node: cst.CSTNode) -> cst.BaseExpression | None:
    statement = tree.parents[node] if isinstance(node, cst.AssignTarget) else node
    return statement.value if isinstance(statement, (cst.Assign, cst.AnnAssign, cst.AugAssign)) else None


def _is_of_text(value: cst.BaseExpression | None) -> bool:
    """Whether a value is a text, a number or a part of the item, as far as its form says so."""
    if isinstance(value, cst.Call):
        return tail_of(value.func) in _OF_TEXT
    if isinstance(value, cst.BinaryOperation):
        return _is_of_text(value.left) and _is_of_text(value.right)
    return isinstance(value, (cst.BaseNumber, cst.BaseString, cst.Subscript, cst.Attribute, cst.Name))


def _is_changed(tree: Tree, read: cst.Name) -> bool:
    """Whether an object is changed in place by a name: `row["a"] = 1`, `row.tags.append(1)`."""
    node: cst.CSTNode = read
    while isinstance(parent := tree.parents[node], (cst.Attribute, cst.Subscript)) and parent.value is node:
        node = parent
    if isinstance(parent, cst.Call):
        return isinstance(node, cst.Attribute) and node.attr.value in CHANGES
    return node is not read and isinstance(parent, (*_TARGETS, cst.Del))


def _place(
    tree: Tree, loop: cst.For, call: tuple[int, int], last: int, binding: list[cst.CSTNode]
) -> tuple[int, str, int] | None:
    """The start of the line ahead of which an item can keep a name, its indentation, and up to where what is read behind it is sure to be kept."""
    block: cst.BaseSuite = loop.body
    end = tree.offsets.of(loop)[1]
    while isinstance(block, cst.IndentedBlock):
        statement = next((each for each in block.body if holds(tree, each, call)), None)
        if statement is None:
            return None
        start = tree.offsets.of(statement)[0]
        if last <= start:
            return tree.with_comments(tree.line_start(start)), tree.indent_at(start), end
        if isinstance(statement, cst.Try):
            following = _behind_first(tree, statement.body, last, binding)
            if following is not None:
                start = tree.offsets.of(following)[0]
                return tree.with_comments(tree.line_start(start)), tree.indent_at(start), end
        inner = next((each for each in _blocks(statement) if holds(tree, each, call)), None)
        if inner is None:
            return None
        block = inner
        end = tree.offsets.of(inner)[1]
    return None


def _blocks(statement: cst.CSTNode) -> Iterator[cst.BaseSuite]:
    if isinstance(statement, (cst.If, cst.With, cst.Try)):
        yield statement.body
    if isinstance(statement, cst.If) and statement.orelse is not None:
        yield from (statement.orelse.body,) if isinstance(statement.orelse, cst.Else) else _blocks(statement.orelse)


def _behind_first(tree: Tree, block: cst.BaseSuite, last: int, binding: list[cst.CSTNode]) -> cst.CSTNode | None:
    """The statement behind those that start a `try` block, where these only count up, which does not fail: handlers can read what is kept."""
    for at, each in enumerate(block.body[:-1]):
        if not any(
            isinstance(node, cst.AugAssign) and isinstance(node.value, cst.Integer) and holds(tree, each, tree.offsets.of(node))
            for node in binding
        ):
            return None
        if tree.offsets.of(each)[1] >= last:
            return block.body[at + 1]
    return None


def _statement(tree: Tree, node: cst.CSTNode) -> cst.CSTNode:
    return tree.enclosing(node, cst.SimpleStatementLine) or node
