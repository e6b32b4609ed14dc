"""What is found out once for a program, or for one of its files, and remembered with it, by whoever finds it out."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Generic, Protocol, TypeVar, cast

_Key = TypeVar("_Key", bound=Hashable)
_Value = TypeVar("_Value")


class Remembering(Protocol):
    """A program, or a file of it."""

    remembered: dict[object, dict[object, object]]


class Memo(Generic[_Key, _Value]):
    """One kind of result, a constant of the module that finds it: `_TEXTS: Memo[str, str | None] = Memo()`."""

    def get(self, holder: Remembering, key: _Key, find: Callable[[], _Value]) -> _Value:
        """The result for a key, found now if it was not before."""
        known = cast("dict[_Key, _Value]", holder.remembered.setdefault(self, {}))
        if key not in known:
            known[key] = find()
        return known[key]
