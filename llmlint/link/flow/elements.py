"""Names that stand for elements of a list or dict: `for row in rows`, `for i, row in enumerate(rows)`, `row = rows[i]`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from llmlint.link.names.keys import key_of
from llmlint.scan import expressions as ex
from llmlint.scan.facts import Binding, Block

if TYPE_CHECKING:
    from dataclasses import dataclass
else:
    from llmlint.performance.unfrozen import dataclass

# What yields the elements of its argument.
_ITERATES = frozenset({"list", "tuple", "reversed", "sorted", "tqdm", "track", "iter"})


@dataclass(frozen=True, slots=True)
class Element:
    """An element of a container. `index` is its index or key, or the loop's item where it is the element itself; None for any other index.
    `is_whole`: of the whole container, not of a slice."""

    container: str
    index: ex.Expr | None
    is_whole: bool = True


def elements_of(loop: Block, bindings: Iterable[Binding], inner: Iterable[Block]) -> dict[str, list[Element]]:
    """The elements that each name stands for in a loop. `bindings` and `inner`, which are `for` loops, are inside the loop. A name that stands
    for something else, too, has no single element."""
    found: dict[str, list[Element]] = {}
    if loop.kind == "for":
        _add_targets(found, loop, is_own=True)
    for block in inner:
        _add_targets(found, block, is_own=False)
    for binding in bindings:
        value = binding.value
        if binding.kind == "assign" and not binding.path and isinstance(value, ex.Subscript):
            container = key_of(value.value) if isinstance(value.value, (ex.Name, ex.Attribute)) else None
            if container is not None:
                found.setdefault(binding.name, []).append(Element(container, value.index))
        elif binding.kind != "for" and binding.name in found:
            found[binding.name].append(Element("", None, is_whole=False))
    return found


def _add_targets(found: dict[str, list[Element]], loop: Block, is_own: bool) -> None:
    for name, element in _targets_of(loop, is_own):
        found.setdefault(name, []).append(element)


def _targets_of(loop: Block, is_own: bool) -> Iterator[tuple[str, Element]]:
    head, target = loop.head, loop.target
    index: ex.Expr | None = target
    while isinstance(head, ex.Call):
        func, first = head.func, head.args[0].value if head.args else None
        tail = ex.last_name(func)
        is_pair = tail == "enumerate" or tail == "items"
        if is_pair:
            if not isinstance(target, ex.Sequence) or len(target.items) != 2:
                return
            index, target = target.items
        if isinstance(func, ex.Attribute) and tail in ("values", "items"):
            head = func.value
        elif first is not None and (tail == "enumerate" or tail in _ITERATES):
            head = first
        else:
            return
    is_whole = isinstance(head, (ex.Name, ex.Attribute))
    container = key_of(head) if head is not None and (is_whole or isinstance(head, ex.Subscript)) else None
    if container is not None and isinstance(target, ex.Name) and (is_whole or not is_own):
        yield target.id, Element(container, index if is_own else None, is_whole)
