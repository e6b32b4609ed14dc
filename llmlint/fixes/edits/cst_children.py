"""What the nodes of libcst's trees hold, without visiting them: libcst makes a new node for each one that it visits."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, TypeVar

import libcst as cst

_MOST_KEPT = 100_000

# Of white space alone, nothing is asked: that is half of a tree.
_LEFT_OUT = (cst.SimpleWhitespace, cst.Newline)

_Result = TypeVar("_Result")
_Node = TypeVar("_Node", bound=cst.CSTNode)


def kept_by_node(most: int) -> Callable[[Callable[[_Node], _Result]], Callable[[_Node], _Result]]:
    """Remember what a function finds for nodes, by their identity, for at most `most` of them: to hash a node is a call of Python code.

    The half that was asked for last is not forgotten when there is no room, so that a tree at work stays.
    """

    def decorated(find: Callable[[_Node], _Result]) -> Callable[[_Node], _Result]:
        known: dict[int, tuple[_Node, _Result]] = {}
        before: dict[int, tuple[_Node, _Result]] = {}

        def get(node: _Node) -> _Result:
            nonlocal known, before
            entry = known.get(id(node))
            if entry is None:
                entry = before.get(id(node)) or (node, find(node))
                if len(known) >= most // 2:
                    known, before = {}, known
                known[id(node)] = entry
            return entry[1]

        return get

    return decorated


@lru_cache(maxsize=256)
def classes_of(*kinds: type[cst.CSTNode]) -> frozenset[type[cst.CSTNode]]:
    """All classes of nodes of some kinds: to look up the class of a node takes a tenth of `isinstance`, as these classes are abstract ones."""
    return frozenset(each for each in vars(cst).values() if isinstance(each, type) and issubclass(each, kinds))


@kept_by_node(_MOST_KEPT)
def children_of(node: cst.CSTNode) -> tuple[cst.CSTNode, ...]:
    """What a node holds but white space, in source order."""
    kind = type(node)
    fields = _fields.get(kind)
    if fields is None:
        fields = _fields[kind] = _fields_of(node)
    visited, others = fields
    found: list[cst.CSTNode] = []
    for name in visited:
        found += _nodes_in(getattr(node, name))
    if others and any(_nodes_in(getattr(node, name)) for name in others):
        found = list(
            node.children
        )  # Of nodes such as the holes of f-strings, libcst visits some fields only where they hold something.
    return tuple(each for each in found if type(each) not in _LEFT_OUT)


_fields: dict[type[cst.CSTNode], tuple[Sequence[str], Sequence[str]]] = {}


def _nodes_in(value: Any) -> Sequence[cst.CSTNode]:
    if isinstance(value, (tuple, list)):
        return value
    return (value,) if hasattr(value, "visit") else ()  # `isinstance` takes five times as long: nodes are of abstract classes.


def _fields_of(node: cst.CSTNode) -> tuple[Sequence[str], Sequence[str]]:
    """The fields that libcst visits of a node, in source order, and the others: mostly they are the same for all nodes of a class."""
    visitor = _Fields()
    node._visit_and_replace_children(visitor)
    return visitor.names, [field.name for field in dataclasses.fields(node) if field.name not in visitor.names]


class _Fields(cst.CSTVisitor):
    """Notes which fields of a node are visited."""

    def __init__(self) -> None:
        self.names: list[str] = []

    def on_visit_attribute(self, node: cst.CSTNode, attribute: str) -> None:
        self.names.append(attribute)

    def on_leave_attribute(self, original_node: cst.CSTNode, attribute: str) -> None:
        pass

    def on_visit(self, node: cst.CSTNode) -> bool:
        return False
