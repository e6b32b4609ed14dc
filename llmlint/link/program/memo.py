"""What is found out once for a program and remembered with it, by whoever finds it out."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import TYPE_CHECKING, Generic, TypeVar, cast

if TYPE_CHECKING:
    from llmlint.link.program.program import Program

_Key = TypeVar("_Key", bound=Hashable)
_Value = TypeVar("_Value")


class Memo(Generic[_Key, _Value]):
    """One kind of result, a constant of the module that finds it: `_TEXTS: Memo[str, str | None] = Memo()`."""

    def get(self, program: Program, key: _Key, find: Callable[[], _Value]) -> _Value:
        """The result for a key, found now if it was not before."""
        known = cast("dict[_Key, _Value]", program.remembered.setdefault(self, {}))
        if key not in known:
            known[key] = find()
        return known[key]
