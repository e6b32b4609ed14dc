"""All expressions of one function, part by part."""

from __future__ import annotations

from collections.abc import Iterator

from llmlint.link.names.index import ModuleIndex
from llmlint.scan import expressions as ex


def nodes_of(module: ModuleIndex, scope: int) -> Iterator[ex.Expr]:
    """All parts of the expressions of a function, each once."""
    seen: set[ex.Expr] = set()
    pending = list(_expressions_of(module, scope))
    while pending:
        node = pending.pop()
        if node not in seen:
            seen.add(node)
            yield node
            pending += node.children()


def _expressions_of(module: ModuleIndex, scope: int) -> Iterator[ex.Expr]:
    """The outermost expressions of a scope, and some that lie in them."""
    yield from (binding.value for binding in module.bindings_by_scope.get(scope) if binding.value is not None)
    yield from (store.value for store in module.stores_by_scope.get(scope) if store.value is not None)
    yield from (leave.value for leave in module.exits_by_scope.get(scope) if leave.value is not None)
    yield from (fact.call for fact in module.calls_by_scope.get(scope))
    yield from (block.head for block in module.blocks_of(scope) if block.head is not None)
