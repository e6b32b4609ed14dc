"""What each result of a run rests on: which functions of which files were looked into for it, and what was asked of the program.

A result that is remembered is a node of a graph. Whoever uses it rests on it, and through it on what had been looked at when it was found. The
graph is only recorded where a later run may take results over (`recorded`).
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, Generic, TypeVar

Leaf = tuple[Any, ...]
"""Something that was looked at: a kind, the path of its file or None, and what else says what it is: strings and numbers."""

_Key = TypeVar("_Key", bound=Hashable)
_Value = TypeVar("_Value")

_NOTHING = 0


class Rests:
    """The graph of one program. Nodes are numbers; those that a node uses have lower ones."""

    def __init__(self) -> None:
        self._nodes: list[tuple[int, ...]] = [()]
        self._leaves: dict[Leaf, int] = {}
        self._current: set[int] = set()
        self._around: list[set[int]] = []
        self._roots: list[tuple[str, int]] = []

    def leaf(self, leaf: Leaf) -> int:
        """The node of something that is looked at."""
        node = self._leaves.get(leaf)
        if node is None:
            node = self._leaves[leaf] = len(self._nodes)
            self._nodes.append(())
        return node

    def note(self, leaf: Leaf) -> None:
        """Note that what is being found rests on something that was looked at."""
        self._current.add(self.leaf(leaf))

    def use(self, node: int) -> None:
        """Note that what is being found rests on a result."""
        self._current.add(node)

    def begin(self) -> None:
        """Begin to find a result."""
        self._around.append(self._current)
        self._current = set()

    def end(self) -> int:
        """Its node, once it is found; what is being found around it rests on it."""
        used = self._current
        self._current = self._around.pop()
        if not used:
            return _NOTHING
        if len(used) == 1:
            [node] = used
        else:
            node = len(self._nodes)
            self._nodes.append(tuple(used))
        self._current.add(node)
        return node

    def end_root(self, name: str) -> None:
        """End all that was begun: it was found for a root, such as a file with calls."""
        while len(self._around) > 1:  # What was given up on the way.
            self.end()
        self._roots.append((name, self.end()))

    def of_roots(self) -> dict[Leaf, frozenset[str]]:
        """The roots whose results rest on each leaf."""
        masks = [0] * len(self._nodes)
        for number, (_, node) in enumerate(self._roots):
            masks[node] |= 1 << number
        for node in range(len(masks) - 1, 0, -1):
            mask = masks[node]
            if mask:
                for used in self._nodes[node]:
                    masks[used] |= mask
        named: dict[int, frozenset[str]] = {0: frozenset()}
        for mask in masks:
            if mask not in named:
                named[mask] = frozenset(name for number, (name, _) in enumerate(self._roots) if mask >> number & 1)
        return {leaf: named[masks[node]] for leaf, node in self._leaves.items() if masks[node]}


recording: Rests | None = None
"""The graph that is being recorded, if one is."""


@contextmanager
def recorded(rests: Rests | None, root: str) -> Iterator[None]:
    """Record, in the graph if there is one, what results rest on that are found for a root."""
    global recording
    recording = rests
    if rests is not None:
        rests.begin()
    try:
        yield
    finally:
        recording = None
        if rests is not None:
            rests.end_root(root)


class Results(dict[_Key, _Value], Generic[_Key, _Value]):
    """Results by key, with their nodes where these are recorded."""

    __slots__ = ("nodes",)

    def __init__(self) -> None:
        super().__init__()
        self.nodes: dict[_Key, int] = {}

    def find(self, key: _Key, find: Callable[[], _Value]) -> _Value:
        """The result for a key, found now if it was not before."""
        try:
            known = self[key]
        except KeyError:
            pass
        else:
            if recording is not None:
                recording.use(self.nodes.get(key, _NOTHING))
            return known
        # Outside the handler, where an error of `find` would have this one as its context.
        if recording is None:
            self[key] = found = find()
            return found
        recording.begin()
        try:
            self[key] = found = find()
        finally:
            self.nodes[key] = recording.end()
        return found


class found_once(Generic[_Value]):
    """A cached property that may be asked for by several roots."""

    def __init__(self, find: Callable[[Any], _Value]) -> None:
        self._find = find
        self.__doc__ = find.__doc__

    def __set_name__(self, owner: type[Any], name: str) -> None:
        self._name = name

    def __get__(self, instance: Any, owner: type[Any] | None = None) -> _Value:
        attributes: dict[str, Any] = instance.__dict__
        known: Results[str, _Value] | None = attributes.get("_found_once")
        if known is None and recording is not None:
            attributes["_found_once"] = known = Results()
        if known is not None:
            return known.find(self._name, partial(self._find, instance))
        # From now on, nobody asks this.
        attributes[self._name] = found = self._find(instance)
        return found
