"""Look-ups over facts, made when they are first asked for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from typing import Generic, Protocol, TypeVar

_Key = TypeVar("_Key")
_Entry = TypeVar("_Entry")


class Table(Generic[_Key, _Entry]):
    """A look-up over the facts of one file, made when first asked for. `prepare` sees to it that what is asked for is among the facts."""

    __slots__ = ("_build", "_entries", "_prepare")

    def __init__(self, build: Callable[[], Mapping[_Key, _Entry]], prepare: Callable[[_Key], object] | None = None) -> None:
        self._build = build
        self._prepare = prepare
        self._entries: Mapping[_Key, _Entry] | None = None

    def get(self, key: _Key, default: _Entry | tuple[()] = ()) -> _Entry | tuple[()]:
        if self._prepare is not None:
            self._prepare(key)
        if self._entries is None:
            self._entries = self._build()
        return self._entries.get(key, default)

    def __contains__(self, key: _Key) -> bool:
        return bool(self.get(key))

    def forget(self) -> None:
        self._entries = None


class _Ordered(Protocol):
    @property
    def order(self) -> int: ...


_Fact = TypeVar("_Fact", bound=_Ordered)
_Grouped = TypeVar("_Grouped")
_Name = TypeVar("_Name", bound=Hashable)


def in_order(facts: Sequence[_Fact]) -> list[_Fact]:
    """Facts in the order of the source: those that have grown are in the order of the questions."""
    return sorted(facts, key=lambda fact: fact.order)


def grouped(facts: Iterable[_Grouped], key: Callable[[_Grouped], _Name]) -> dict[_Name, list[_Grouped]]:
    return collected((key(fact), fact) for fact in facts)


def collected(pairs: Iterable[tuple[_Name, _Grouped]]) -> dict[_Name, list[_Grouped]]:
    table: dict[_Name, list[_Grouped]] = defaultdict(list)
    for key, value in pairs:
        table[key].append(value)
    return table
