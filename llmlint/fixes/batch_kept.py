"""A list of futures or coroutines that is filled first and read in order afterwards: it becomes a list of requests."""

from __future__ import annotations

from dataclasses import dataclass

import libcst as cst

from llmlint.findings import Edit
from llmlint.fixes.batch_ask import Ask
from llmlint.fixes.batch_layout import assignment, comprehension, render
from llmlint.fixes.batch_tree import Tree, dotted


@dataclass(frozen=True, slots=True)
class KeptList:
    """A list of futures or coroutines: where it is made, by a comprehension or by `append` in a loop, and where it is read."""

    name: str
    made: cst.SimpleStatementLine
    found: cst.ListComp | None
    append: cst.SimpleStatementLine | None
    first: cst.Name | None
    uses: tuple[cst.Name, ...]

    def edits(self, tree: Tree, ask: Ask, requests: str, indent: str) -> list[Edit]:
        """Makes it a list of requests. `indent` is what its statement gets."""
        if self.found is not None:
            inner = tree.offsets.of(self.found.elt)[1]
            clauses = [" ".join(tree.source.text[inner : tree.offsets.of(self.found)[1]].strip().removesuffix("]").split())]
            text = assignment(requests, comprehension(ask.request, clauses), tree, indent)
            start, end = tree.offsets.of(self.made)
            return [tree.edit(tree.line_start(start), end, text)]
        assert self.append is not None
        assert self.first is not None
        start, end = tree.offsets.of(self.append)
        inner_indent = tree.indent_at(start)
        code = comprehension(ask.request, [], "()")
        text = f"{requests}.append" + render(code, inner_indent, tree.style.step, tree.width, len(requests) + 7)
        return [tree.edit(*tree.offsets.of(self.first), requests), tree.edit(start, end, text)]


def kept_list(tree: Tree, ask: Ask, element: cst.BaseExpression) -> KeptList | None:
    """The list that an element is kept in, if all of it is plain to see."""
    parent = tree.parents[element]
    statement = tree.statement_of(element)
    if statement is None:
        return None
    small = statement.body[0]
    if isinstance(parent, cst.ListComp) and parent.elt is element and isinstance(small, cst.Assign) and small.value is parent:
        name = dotted(small.targets[0].target)
        uses = uses_of(tree, element, name)
        if len(small.targets) != 1 or len(uses) < 2 or tree.has_comment(parent):
            return None
        return KeptList(name or "", statement, parent, None, None, tuple(uses[1:]))
    call = tree.parents.get(parent)
    if (
        not isinstance(parent, cst.Arg)
        or not isinstance(call, cst.Call)
        or not isinstance(small, cst.Expr)
        or small.value is not call
    ):
        return None
    if not isinstance(call.func, cst.Attribute) or call.func.attr.value != "append" or not isinstance(call.func.value, cst.Name):
        return None
    uses = uses_of(tree, element, call.func.value.value)
    target = tree.parents[uses[0]] if uses else None
    assign = tree.parents.get(target) if target is not None else None
    made = tree.statement_of(uses[0]) if uses else None
    if len(uses) < 3 or uses[1] is not call.func.value or made is None:
        return None
    is_empty = isinstance(assign, cst.Assign) and len(assign.targets) == 1 and isinstance(assign.value, cst.List)
    if not is_empty or not isinstance(assign, cst.Assign) or not isinstance(assign.value, cst.List) or assign.value.elements:
        return None
    return KeptList(uses[0].value, made, None, statement, uses[0], tuple(uses[2:]))


def uses_of(tree: Tree, node: cst.CSTNode, name: str | None) -> list[cst.Name]:
    return [each for each in tree.names(tree.scope_of(node)) if each.value == name]
