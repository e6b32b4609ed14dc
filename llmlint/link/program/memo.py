"""What is found out once for a program, or for one of its files, and remembered with it, by whoever finds it out."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any, Generic, Protocol, TypeVar, cast

from llmlint.link.rests import Results

_Key = TypeVar("_Key", bound=Hashable)
_Value = TypeVar("_Value")


class Remembering(Protocol):
    """A program, or a file of it."""

    remembered: dict[object, Results[Any, Any]]


class Memo(Generic[_Key, _Value]):
    """One kind of result, a constant of the module that finds it: `_TEXTS: Memo[str, str | None] = Memo()`.

    `holds_anywhere`: a result is the same in every program, as its key has all that it rests on.
    """

    def __init__(self, *, holds_anywhere: bool = False) -> None:
        self.holds_anywhere = holds_anywhere

    def get(self, holder: Remembering, key: _Key, find: Callable[[], _Value]) -> _Value:
        """The result for a key, found now if it was not before."""
        known = cast("Results[_Key, _Value] | None", holder.remembered.get(self))
        if known is None:
            holder.remembered[self] = known = Results()
        return known.find(key, find)


def kept(remembered: dict[object, Results[Any, Any]]) -> dict[object, Results[Any, Any]]:
    """Those results that hold in another program too."""
    return {memo: results for memo, results in remembered.items() if isinstance(memo, Memo) and memo.holds_anywhere}
