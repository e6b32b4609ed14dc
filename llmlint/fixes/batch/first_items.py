"""Loops that end at an item of their own choice, by `break` ahead of the call: the statements up to there become a generator of the items.

`for at, row in enumerate(rows): if at >= limit: break; …` needs no answer for it. No fix where a test may depend on the result of a
call.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import libcst as cst

from llmlint.findings import Edit
from llmlint.fixes.batch.calls import loop_of
from llmlint.fixes.batch.flow import bindings_in, bound_by, bound_in, declared_by, is_label, local_names, own_nodes, reads_in
from llmlint.fixes.batch.layout import indented
from llmlint.fixes.edits.tree import Tree, bound_names, holds, root_of, tail_of, walk
from llmlint.link.names.effects import CHANGES

_TARGETS = (cst.AssignTarget, cst.AnnAssign, cst.AugAssign)
# What holds no object that stands in it; calls are looked at themselves.
_NEW_OBJECTS = (cst.Call, cst.FormattedString, cst.BinaryOperation, cst.Comparison)
_EMPTY = ("list", "dict", "set", "deque", "Counter", "defaultdict", "OrderedDict")
# Methods of texts that a test looks at an item by.
_OF_TEXT = frozenset({"strip", "lstrip", "rstrip", "startswith", "endswith", "isspace", "isdigit", "lower", "upper"})
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
    moved = [each for statement in statements for each in own_nodes(statement)]
    inside = {id(each) for each in moved}
    later = [each for each in nodes if id(each) not in inside]
    # What ends the loop, and what is printed.
    tests = [each.test if isinstance(each, cst.If) else each.value for each in moved if isinstance(each, (cst.If, cst.Expr))]
    # What fails in a test is handled by the `try` around it.
    parts = [each for test in tests for each in walk(test)]
    if is_tried and any(isinstance(each, (cst.Attribute, cst.Subscript)) or _calls(each, "len") for each in parts):
        return None
    own = {name.value for name in bound_names(loop.target)} | found.counters
    changed = bound_in(loop.body.body) | _given(later) | _changed(later) | _filled_elsewhere(tree) | declared_by(tree.nodes)
    return found if all(_is_settled(tree, each, own, changed - own) for each in tests) else None


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
        is_print = isinstance(small, cst.Expr) and _calls(small.value, "print")
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


def _is_settled(tree: Tree, test: cst.BaseExpression, own: set[str], changed: set[str]) -> bool:
    """Whether what a test gives, or what is printed, depends on nothing but the items (`own`) and names that the loop does not change."""
    nodes = list(walk(test))
    calls = [each for each in nodes if isinstance(each, cst.Call) and not _calls(each, "len", "print")]
    if any(isinstance(each, _OTHER) for each in nodes) or not all(_looks_at_text(each, own) for each in calls):
        return False
    stored = {
        each.target.attr.value for each in tree.nodes if isinstance(each, _TARGETS) and isinstance(each.target, cst.Attribute)
    }
    # An object that is no item may be changed by anybody who knows it, also in another file.
    for each in nodes:
        if isinstance(each, (cst.Attribute, cst.Subscript)) and root_of(each) not in own and not _is_option(tree, each):
            return False
        if isinstance(each, cst.Attribute) and each.attr.value in stored:
            return False
    return not any(
        isinstance(each, cst.Name)
        and each.value in changed
        and not is_label(tree, each)
        and not _calls(tree.parents[each], each.value)  # `len`
        for each in nodes
    )


def _looks_at_text(call: cst.Call, own: set[str]) -> bool:
    """`line.strip()` of an item"""
    return isinstance(call.func, cst.Attribute) and call.func.attr.value in _OF_TEXT and root_of(call.func) in own


def _is_option(tree: Tree, node: cst.CSTNode) -> bool:
    """Whether a node is `args.limit` with `args = parser.parse_args()`, of the function at hand or the module."""
    if not isinstance(node, cst.Attribute) or not isinstance(node.value, cst.Name):
        return False
    function = tree.function_of(node)
    is_local = function is not None and node.value.value in local_names(function)
    bindings = bindings_in(tree, function if is_local and function is not None else tree.module).get(node.value.value, [])
    statements = [tree.parents[each] if isinstance(each, cst.AssignTarget) else None for each in bindings]
    values = [each.value if isinstance(each, cst.Assign) else None for each in statements]
    return bool(values) and all(isinstance(each, cst.Call) and tail_of(each.func) == "parse_args" for each in values)


def _calls(node: cst.CSTNode, *names: str) -> bool:
    """Whether a node calls a function by one of some names."""
    return isinstance(node, cst.Call) and isinstance(node.func, cst.Name) and node.func.value in names


def _changed(nodes: Iterable[cst.CSTNode]) -> set[str]:
    """The names of objects that some code changes in place, or calls a method of that does."""
    found: set[str] = set()
    for each in nodes:
        if isinstance(each, (*_TARGETS, cst.Del)):
            found.add(root_of(each.target))
        elif isinstance(each, cst.Call) and isinstance(each.func, cst.Attribute) and each.func.attr.value in CHANGES:
            found.add(root_of(each.func))
    return found - {""}


def _given(nodes: Iterable[cst.CSTNode]) -> set[str]:
    """The names of objects that some code passes to a call, calls a method of, or gives another name: they may be changed there."""
    found: set[str] = set()
    pending: list[cst.CSTNode] = []
    for each in nodes:
        if isinstance(each, cst.Call) and not _calls(each, "len", "print"):
            pending += [argument.value for argument in each.args]
            pending += [each.func.value] if isinstance(each.func, cst.Attribute) else []
        elif isinstance(each, (cst.Assign, cst.AnnAssign, cst.NamedExpr)) and each.value is not None:
            pending.append(each.value)
        elif isinstance(each, cst.For):
            pending.append(each.iter)
    while pending:
        each = pending.pop()
        if isinstance(each, cst.Name):
            found.add(each.value)
        elif not isinstance(each, _NEW_OBJECTS):
            pending += each.children
    return found


def _filled_elsewhere(tree: Tree) -> set[str]:
    """The names of lists and the like that functions of the file change for the code around them, or that begin empty.

    Also those of which a method that changes them has a name of its own, as in `add = results.append`.
    """
    found: set[str] = set()
    for each in tree.nodes:
        if isinstance(each, (cst.FunctionDef, cst.Lambda)):
            found |= _changed(own_nodes(each.body)) - local_names(each)
        elif isinstance(each, cst.Assign) and (
            (isinstance(each.value, (cst.List, cst.Dict)) and not each.value.elements) or _calls(each.value, *_EMPTY)
        ):
            found |= {name.value for target in each.targets for name in bound_names(target.target)}
        elif isinstance(each, cst.Attribute) and each.attr.value in CHANGES and isinstance(each.value, cst.Name):
            parent = tree.parents[each]
            found |= {each.value.value} if not isinstance(parent, (cst.Call, cst.Attribute)) else set()
    return found
