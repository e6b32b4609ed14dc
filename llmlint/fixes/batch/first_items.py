"""Loops that end at an item of their own choice, by `break` ahead of the call: the statements up to there become a generator of the items.

`for at, row in enumerate(rows): if at >= limit: break; …` needs no answer for it. Where a test may rest on what comes of a call, there is none.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import libcst as cst

from llmlint.findings import Edit
from llmlint.fixes.batch.calls import loop_of
from llmlint.fixes.batch.flow import bound_by, bound_in, declared_by, is_label, own_nodes, reads_in
from llmlint.fixes.batch.layout import indented
from llmlint.fixes.edits.tree import Tree, bound_names, holds, tail_of, walk
from llmlint.link.names.effects import CHANGES

_TARGETS = (cst.AssignTarget, cst.AnnAssign, cst.AugAssign)
_OTHER = (cst.Await, cst.NamedExpr, cst.Lambda, cst.BaseComp)


@dataclass(frozen=True, slots=True)
class FirstItems:
    """`statements` are those that become a generator, with `counters` that only they use."""

    tree: Tree
    loop: cst.For
    statements: tuple[cst.BaseStatement, ...]
    counters: frozenset[str]

    def holds(self, node: cst.CSTNode) -> bool:
        return any(holds(self.tree, each, self.tree.offsets.of(node)) for each in self.statements)

    def edits(self) -> Iterator[Edit]:
        """Takes the statements out of the body."""
        start, end = self._lines()
        text = self.tree.source.text
        while not text[end : self.tree.next_line(end)].strip():
            end = self.tree.next_line(end)
        yield self.tree.edit(start, end, "")

    def generator(self, name: str, declarations: Sequence[str]) -> str:
        """The function that gives the items."""
        tree, loop = self.tree, self.loop
        start, step = tree.offsets.of(loop)[0], tree.style.step
        indent = tree.indent_at(start)
        first, last = self._lines()
        outer, inner = tree.indent_at(tree.offsets.of(self.statements[0])[0]), indent + step * 2
        lines = [f"{indent}def {name}():", *(f"{indent}{step}{each}" for each in declarations)]
        head = tree.source.text.index(":", tree.offsets.of(loop.iter)[1]) + 1
        lines.append(indented(tree, tree.line_start(start), head, indent, indent + step))
        lines.append(indented(tree, first, last, outer, inner).rstrip())
        return "\n".join([*lines, f"{inner}yield {tree.code(loop.target)}"])

    def _lines(self) -> tuple[int, int]:
        tree = self.tree
        start = tree.line_start(tree.offsets.of(self.statements[0])[0])
        return tree.with_comments(start), tree.next_line(tree.offsets.of(self.statements[-1])[1])


def first_items(tree: Tree, loop: cst.For, nodes: Sequence[cst.CSTNode]) -> FirstItems | None:
    """The statements at the start of a loop that may end it, where they need nothing of what the rest does."""
    breaks = [each for each in nodes if isinstance(each, cst.Break) and loop_of(tree, each) is loop]
    body = loop.body.body
    if not breaks or loop.asynchronous is not None:
        return None
    tried = body[0].body if isinstance(body[0], cst.Try) else None
    is_tried = tried is not None and all(holds(tree, tried, tree.offsets.of(each)) for each in breaks)
    body = tried.body if tried is not None and is_tried else body
    count = max(at for at, each in enumerate(body) if any(holds(tree, each, tree.offsets.of(other)) for other in breaks)) + 1
    statements = tuple(each for each in body[:count] if isinstance(each, cst.BaseStatement))
    if len(statements) < count or len(body) == count or not all(_only_ends(tree, each, loop) for each in statements):
        return None
    found = FirstItems(tree, loop, statements, frozenset(bound_in(statements)))
    if any(not _is_own_counter(found, each) for each in found.counters):
        return None
    inside = {id(each) for statement in statements for each in own_nodes(statement)}
    later = [each for each in nodes if id(each) not in inside]
    tests = [each.test for statement in statements for each in own_nodes(statement) if isinstance(each, cst.If)]
    # What fails in a test is handled by the `try` around it.
    if is_tried and any(isinstance(each, (cst.Attribute, cst.Subscript, cst.Call)) for test in tests for each in walk(test)):
        return None
    return found if all(_is_settled(tree, loop, each, later, found.counters) for each in tests) else None


def _only_ends(tree: Tree, node: cst.CSTNode, loop: cst.For) -> bool:
    """Whether a statement only ends the loop or the iteration, counts, or prints, in branches."""
    if isinstance(node, cst.If):
        blocks = [node.body, *([node.orelse] if node.orelse is not None else [])]
        return all(_only_ends(tree, each, loop) for each in blocks)
    if isinstance(node, (cst.Else, cst.IndentedBlock)):
        return all(_only_ends(tree, each, loop) for each in (node.body.body if isinstance(node, cst.Else) else node.body))
    if not isinstance(node, (cst.SimpleStatementLine, cst.SimpleStatementSuite)):
        return False
    for small in node.body:
        is_count = (
            isinstance(small, cst.AugAssign) and isinstance(small.value, cst.Integer) and isinstance(small.target, cst.Name)
        )
        is_print = isinstance(small, cst.Expr) and isinstance(small.value, cst.Call) and tail_of(small.value.func) == "print"
        if not (is_count or is_print or isinstance(small, (cst.Break, cst.Continue, cst.Pass))):
            return False
    return True


def _is_own_counter(items: FirstItems, name: str) -> bool:
    """Whether only the statements use a counter, and what sets it to a number ahead of the loop."""
    tree, loop = items.tree, items.loop
    scope = tree.scope_of(loop)
    code = scope.body if isinstance(scope, cst.FunctionDef) else scope
    starts = [each for each in own_nodes(code) if name in bound_by(each) and not items.holds(each)] if code is not None else []
    are_numbers = all(
        isinstance(each, cst.AssignTarget)
        and isinstance(statement := tree.parents[each], cst.Assign)
        and isinstance(statement.value, cst.Integer)
        and tree.offsets.of(statement)[1] <= tree.offsets.of(loop)[0]
        for each in starts
    )
    return bool(starts) and are_numbers and all(items.holds(each) for each in reads_in(tree, code) if each.value == name)


def _is_settled(
    tree: Tree, loop: cst.For, test: cst.BaseExpression, later: Sequence[cst.CSTNode], counters: frozenset[str]
) -> bool:
    """Whether the result of a test depends on the items and on what the loop does not change."""
    nodes = list(walk(test))
    if any(isinstance(each, _OTHER) or (isinstance(each, cst.Call) and tail_of(each.func) != "len") for each in nodes):
        return False
    own = {name.value for name in bound_names(loop.target)} | counters
    bound, changed = bound_in(loop.body.body), _changed(later)
    declared = declared_by(tree.nodes)
    stored = {
        each.target.attr.value for each in tree.nodes if isinstance(each, _TARGETS) and isinstance(each.target, cst.Attribute)
    }
    for each in nodes:
        if isinstance(each, cst.Attribute) and each.attr.value in stored:
            return False
        if isinstance(each, cst.Name) and not is_label(tree, each) and each.value not in own:
            parent = tree.parents[each]
            is_called = isinstance(parent, cst.Call) and parent.func is each  # `len`
            if not is_called and each.value in bound | changed | declared:
                return False
    return True


def _changed(nodes: Sequence[cst.CSTNode]) -> set[str]:
    """The names of objects that some code changes in place, or passes to a method that may."""
    found: set[str] = set()
    for each in nodes:
        target: cst.CSTNode | None = None
        if isinstance(each, (*_TARGETS, cst.Del)):
            target = each.target
        elif isinstance(each, cst.Call) and isinstance(each.func, cst.Attribute) and each.func.attr.value in CHANGES:
            target = each.func.value
        while isinstance(target, (cst.Attribute, cst.Subscript)):
            target = target.value
        found |= {target.value} if isinstance(target, cst.Name) else set()
    return found
