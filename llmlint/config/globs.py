"""Path patterns of the settings (`exclude`, `per-file-ignores`), read as ruff reads them.

A pattern without a slash is compared with the last part of a path; any pattern is also compared with the whole path, relative to
the folder of the file that it was written in. `*` and `?` cross slashes. A pattern with a slash at its end names a folder and
all that is below it.
"""

from __future__ import annotations

import os
import re
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

_SPECIAL = re.compile(r"[*?\[{\\]")


class PathGlob(NamedTuple):
    """One pattern, and the absolute folder that it is relative to."""

    pattern: str
    base: str

    def matches(self, path: str) -> bool:
        """Whether the pattern names `path` (absolute, normalised)."""
        name, whole = _compiled(self.pattern, self.base)
        path = path.replace(os.sep, "/")
        return (name is not None and name.fullmatch(path.rpartition("/")[2]) is not None) or whole.fullmatch(path) is not None


class GlobSet:
    """Patterns taken together, so that a walk pays one set look-up for each name where no pattern has wildcards or slashes."""

    __slots__ = ("_name", "_whole", "names")

    def __init__(self, globs: Iterable[PathGlob]) -> None:
        names: set[str] = set()
        name_parts: list[str] = []
        whole_parts: list[str] = []
        for glob in globs:
            if "/" not in glob.pattern and not _SPECIAL.search(glob.pattern):
                names.add(glob.pattern)
                continue
            name, whole = _compiled(glob.pattern, glob.base)
            whole_parts.append(whole.pattern)
            if name is not None:
                name_parts.append(name.pattern)
        self.names = frozenset(names)
        self._name = re.compile("|".join(name_parts), re.DOTALL) if name_parts else None
        self._whole = re.compile("|".join(whole_parts), re.DOTALL) if whole_parts else None

    @property
    def has_wildcards(self) -> bool:
        """Whether `matches_wildcard` can be true at all."""
        return self._whole is not None

    def matches_wildcard(self, parent: str, name: str) -> bool:
        """Whether a pattern with wildcards or slashes matches `parent + name`; `parent` is absolute and ends in a slash."""
        if self._name is not None and self._name.fullmatch(name):
            return True
        return self._whole is not None and self._whole.fullmatch(parent + name) is not None

    def matches(self, parent: str, name: str) -> bool:
        return name in self.names or self.matches_wildcard(parent, name)


def check_glob(pattern: str) -> None:
    """Raise ValueError with one line where a pattern cannot be read."""
    _compiled(pattern, "/")


@lru_cache(maxsize=1024)
def _compiled(pattern: str, base: str) -> tuple[re.Pattern[str] | None, re.Pattern[str]]:
    """Regular expressions for the last part of a path (None where the pattern has a slash), and for the whole path."""
    is_folder = pattern.endswith("/")
    core = pattern.rstrip("/")
    if not core:
        raise ValueError("an empty pattern")
    try:
        if "/" not in core:
            part = _translate(core)
            if not is_folder:
                return re.compile(part, re.DOTALL), re.compile(_below(base) + part, re.DOTALL)
            return re.compile(part, re.DOTALL), re.compile(_below(base) + "(?:.*/)?" + part + "(?:/.*)?", re.DOTALL)
        core, base = _normalised(core, base)
        whole = _below(base) + _translate(core) + ("(?:/.*)?" if is_folder else "")
        return None, re.compile(whole, re.DOTALL)
    except re.error as error:
        raise ValueError(f"not a valid pattern ({error})") from None


def _below(base: str) -> str:
    return re.escape(base.replace(os.sep, "/").rstrip("/")) + "/"


def _normalised(pattern: str, base: str) -> tuple[str, str]:
    """Take `./` and `../` off the front of a pattern; an absolute one starts at the root."""
    if os.path.isabs(pattern):
        drive, rest = os.path.splitdrive(pattern)
        return rest.replace(os.sep, "/").lstrip("/"), drive + "/"
    while True:
        if pattern.startswith("./"):
            pattern = pattern[2:]
        elif pattern.startswith("../"):
            pattern, base = pattern[3:], os.path.dirname(base)
        else:
            return pattern, base


def _translate(pattern: str) -> str:
    """A glob as a regular expression: `*`, `**/`, `?`, `[a-z]`, `[!a]`, `{a,b}`, and a backslash before a literal character."""
    out: list[str] = []
    depth = 0
    at = 0
    while at < len(pattern):
        char = pattern[at]
        if pattern.startswith("**/", at) and (at == 0 or pattern[at - 1] == "/"):
            out.append("(?:.*/)?")
            at += 3
            continue
        if char == "*":
            out.append(".*")
        elif char == "?":
            out.append(".")
        elif char == "[":
            end = pattern.find("]", at + (3 if pattern[at + 1 : at + 2] in ("!", "^") else 2))
            if end < 0:
                raise ValueError("a `[` without its `]`")
            inner = pattern[at + 1 : end].replace("\\", "\\\\")
            out.append(f"[^{_set(inner[1:])}]" if inner[0] in "!^" else f"[{_set(inner)}]")
            at = end
        elif char == "{":
            depth += 1
            out.append("(?:")
        elif char == "}" and depth:
            depth -= 1
            out.append(")")
        elif char == "," and depth:
            out.append("|")
        elif char == "\\" and os.sep != "\\" and at + 1 < len(pattern):
            at += 1
            out.append(re.escape(pattern[at]))
        else:
            out.append(re.escape(char))
        at += 1
    if depth:
        raise ValueError("a `{` without its `}`")
    return "".join(out)


def _set(inner: str) -> str:
    """The inside of a character set, where `[`, `^` and doubled operators are plain characters."""
    return re.sub(r"([\[\]^&~|])", r"\\\1", inner)
