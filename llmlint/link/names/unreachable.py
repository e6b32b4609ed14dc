"""Code that never runs: statements behind a `return`, `raise`, `continue`, `break` or `sys.exit()` of the same block, or behind an `if` all of
whose branches leave."""

from __future__ import annotations

from llmlint.link.names.effects import LEAVES
from llmlint.link.names.index import ModuleIndex, Point

_LEAVES_BLOCK = LEAVES | {"break", "continue"}


def is_unreachable(module: ModuleIndex, point: Point) -> bool:
    """Whether nothing gets to a point of a function from its start, or to the function's definition."""
    scope, block, order = point.scope, point.block, point.order
    while True:
        if any(_is_left(module, here.id, order) for here in module.block_path(block)):
            return True
        here = module.scopes[scope]
        if here.parent is None:
            return False
        scope, block, order = here.parent, module.blocks[here.block].parent or 0, here.order


def _is_left(module: ModuleIndex, block: int, order: int) -> bool:
    """Whether each run of a block leaves it ahead of some point of it. Cells of a notebook also run behind one that stops."""
    if not module.blocks[block].scope and module.path.endswith(".ipynb"):
        return False
    if any(leave.kind in _LEAVES_BLOCK and leave.order < order for leave in module.exits_by_block.get(block)):
        return True
    return any(_leave_all(module, group, order) for group in module.branches_in(block))


def _leave_all(module: ModuleIndex, group: int, order: int) -> bool:
    branches = module.branches[group]
    if branches[-1].kind != "else" or branches[-1].last >= order:
        return False
    return all(_is_left(module, branch.id, branch.last) for branch in branches)
