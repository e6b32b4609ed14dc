"""Whether the first call may be the last though a loop stands around it: its response ends the loop, or is kept for later iterations."""

from __future__ import annotations

from llmlint.link.names.index import ModuleIndex, Point
from llmlint.link.names.keys import keys_in
from llmlint.scan import expressions as ex
from llmlint.scan.facts import Block, CallFact

# Decorators of functions that run once for equal arguments.
_REMEMBERS = frozenset({"cache", "lru_cache", "cached", "memoize", "memoized", "alru_cache", "cached_property", "cache_data"})


def may_stop(module: ModuleIndex, point: Point | CallFact) -> bool:
    """Whether a `while` loop around a place tests a flag that is bound behind it, or an `if` around it tests a name that is bound in its
    branch: `while not done`, `if intro is None`."""
    for block in module.block_path(point.block):
        if block.kind == "while" and block.head is not None and _binds(module, block, point, _names(module, block.head)):
            return True
        if block.kind == "if" and block.head is not None and _is_for_one_value(block.head):
            if _binds(module, block, point, _names(module, block.head)) and module.loops(block.parent or 0):
                return True
    return False


def is_remembered(module: ModuleIndex, point: Point | CallFact) -> bool:
    """Whether the function of a place, or an `if` around the place, keeps its result by its arguments: `@cache`, `if key not in answers`."""
    decorators = module.scopes[point.scope].decorators
    if any(ex.last_name(each.func if isinstance(each, ex.Call) else each) in _REMEMBERS for each in decorators):
        return True
    for block in module.block_path(point.block):
        if block.kind == "if" and block.head is not None and not _is_for_one_value(block.head):
            names = {key.split(".")[-1] for key in keys_in(module, block.head)}
            stores = (
                store.target
                for store in module.facts.stores
                if block.first <= store.order <= block.last and isinstance(store.target, ex.Subscript)
            )
            if any((ex.dotted_name(target.value) or "").split(".")[-1] in names for target in stores):
                return True
    return False


def _names(module: ModuleIndex, head: ex.Expr) -> set[str]:
    return {key.split(".")[0] for key in keys_in(module, head)}


def _is_for_one_value(head: ex.Expr) -> bool:
    """Whether a test is of a name, and not of a key in a container: `x is None`, `not x`."""
    return not any(isinstance(node, ex.Operation) and node.operator in ("in", "not in") for node in ex.walk(head))


def _binds(module: ModuleIndex, block: Block, point: Point | CallFact, names: set[str]) -> bool:
    """Whether a block binds one of some names anew, at a place or behind it; a counter that goes up does not count."""
    return any(
        binding.kind not in ("augment", "for") and binding.scope == point.scope and point.order <= binding.order <= block.last
        for name in sorted(names)
        for binding in module.bindings(point.scope, name)
    )
