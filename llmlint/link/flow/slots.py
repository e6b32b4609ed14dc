"""Containers of which each round of a loop reads and writes its own place: `rows[i]["answer"] = ask(rows[i]["question"])` carries nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from llmlint.scan import expressions as ex
from llmlint.scan.facts import Binding, Block, Store

_Shape = tuple[object, ...]


class Slots:
    """The places that a `for` loop writes by its own item, by container. `written` are the stores that hold an answer."""

    def __init__(self, loop: Block, bindings: Iterable[Binding], written: Iterable[tuple[str, Store]]) -> None:
        self._items = _items_of(loop, bindings)
        self._own: dict[str, frozenset[_Shape]] = {}
        shared: set[str] = set()
        for key, store in written:
            place = self._place(store.target)
            if not place or self._own.setdefault(key, place) != place:
                shared.add(key)
        for key in shared:
            self._own.pop(key, None)

    def is_own(self, key: str, chain: ex.Expr) -> bool:
        """Whether a chain of attributes and items of the container `key` leads to the place of the round at hand."""
        return key in self._own and self._place(chain) == self._own[key]

    def _place(self, chain: ex.Expr) -> frozenset[_Shape]:
        """What of the loop's item a chain is indexed by; empty where the index is made in any other way."""
        while isinstance(chain, (ex.Attribute, ex.Subscript)):
            if isinstance(chain, ex.Subscript):
                parts = chain.index.items if isinstance(chain.index, ex.Sequence) else (chain.index,)
                shapes = frozenset(_shape(part) for part in parts if not isinstance(part, ex.Constant))
                if shapes:
                    return shapes if all(shape and shape[0] in self._items for shape in shapes) else frozenset()
            chain = chain.value
        return frozenset()


def _items_of(loop: Block, bindings: Iterable[Binding]) -> frozenset[str]:
    """The names of a `for` loop's item, and those that are bound to a part of it."""
    if loop.kind != "for" or loop.target is None:
        return frozenset()
    names = {node.id for node in ex.walk(loop.target) if isinstance(node, ex.Name)}
    others: dict[str, list[ex.Expr | None]] = {}
    for binding in bindings:
        others.setdefault(binding.name, []).append(binding.value if binding.kind == "assign" else None)
    for name, values in others.items():
        if all(value is not None and _shape(value)[:1] and _shape(value)[0] in names for value in values):
            names.add(name)
    return frozenset(names)


def _shape(expression: ex.Expr) -> _Shape:
    """A name with its attributes and constant items, from left to right; empty for anything else."""
    return tuple(reversed(list(_steps(expression))))


def _steps(expression: ex.Expr) -> Iterator[object]:
    steps: list[object] = []
    while isinstance(expression, (ex.Attribute, ex.Subscript)):
        if isinstance(expression, ex.Attribute):
            steps.append(expression.attr)
        elif isinstance(expression.index, ex.Constant):
            steps.append((expression.index.value,))
        else:
            return
        expression = expression.value
    if isinstance(expression, ex.Name):
        yield from steps
        yield expression.id
