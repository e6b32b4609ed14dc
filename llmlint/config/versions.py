"""Version specifiers as PEP 440 has them, as far as releases need them: `required-version = ">=0.2, <1"`."""

from __future__ import annotations

import re
from collections.abc import Callable

_CLAUSE = re.compile(r"\s*(==|!=|>=|<=|~=|>|<|)\s*(\d+(?:\.\d+)*)(\.\*)?\s*")

_Numbers = tuple[int, ...]
_COMPARED: dict[str, Callable[[_Numbers, _Numbers], bool]] = {
    "": lambda own, other: own == other,
    "==": lambda own, other: own == other,
    "!=": lambda own, other: own != other,
    ">=": lambda own, other: own >= other,
    "<=": lambda own, other: own <= other,
    ">": lambda own, other: own > other,
    "<": lambda own, other: own < other,
}


def is_specifier(text: str) -> bool:
    """Whether a text holds version specifiers, with commas between, or one version."""
    return all(_clause(part) is not None for part in text.split(","))


def fits(version: str, specifier: str) -> bool:
    """Whether a version satisfies all specifiers of a text."""
    return all(_fits(_numbers(version), part) for part in specifier.split(","))


def _clause(text: str) -> re.Match[str] | None:
    found = _CLAUSE.fullmatch(text)
    if found is None or (found[3] and found[1] not in ("==", "!=")) or (found[1] == "~=" and "." not in found[2]):
        return None
    return found


def _fits(own: _Numbers, text: str) -> bool:
    clause = _clause(text)
    if clause is None:
        return False
    operator, other = clause[1], _numbers(clause[2])
    if clause[3]:
        is_same = own[: len(other)] == other
        return is_same if operator == "==" else not is_same
    if operator == "~=":
        return _padded(own, other) >= _padded(other, own) and own[: len(other) - 1] == other[:-1]
    return _COMPARED[operator](_padded(own, other), _padded(other, own))


def _numbers(version: str) -> _Numbers:
    """The release of a version; what follows it (`rc1`, `.dev2`) does not count."""
    found = re.match(r"\d+(?:\.\d+)*", version)
    return tuple(map(int, found[0].split("."))) if found else ()


def _padded(own: _Numbers, other: _Numbers) -> _Numbers:
    return own + (0,) * (len(other) - len(own))
