"""Loops over the steps of a program: each iteration does the step that its item names, `if step == "collect": … elif step == "sum up": …`."""

from __future__ import annotations

from llmlint.link.names.index import ModuleIndex
from llmlint.scan import expressions as ex
from llmlint.scan.facts import Block


def is_step_of_list(module: ModuleIndex, loop: Block, block: int) -> bool:
    """Whether a place in a loop is reached by those of its items alone that are equal to some text. Where what is sent there has nothing of the
    item, the item only says which step comes next."""
    if loop.target is None:
        return False
    items = ex.names_in(loop.target)
    for here in module.block_path(block):
        if here.first <= loop.first:
            break
        branches = module.branches[here.group] if here.kind in ("if", "else", "case") else ()
        if any(branch.head is not None and _compares(branch.head, items) for branch in branches):
            return True
    return False


def _compares(test: ex.Expr, items: set[str]) -> bool:
    """Whether a test compares an item, or a part of it, with a text."""
    for node in ex.walk(test):
        if isinstance(node, ex.Operation) and node.operator in ("==", "is", "in") and len(node.operands) == 2:
            texts = [each for each in node.operands if _is_text(each)]
            named = [each for each in node.operands if isinstance(each, (ex.Name, ex.Attribute, ex.Subscript))]
            if texts and any(ex.root_name(each) in items for each in named):
                return True
    return False


def _is_text(expression: ex.Expr) -> bool:
    items = expression.items if isinstance(expression, ex.Sequence) else (expression,)
    return all(isinstance(each, ex.Constant) and isinstance(each.value, str) for each in items)
