"""Which files may use a name: one look at each file's bytes, instead of one for each name that is asked for."""

from __future__ import annotations

import os
import re
from collections import defaultdict
from collections.abc import Callable, Sequence

# A name behind a dot that is called, handed over, or given another name.
_BEHIND_DOT = re.compile(rb"\.([\w\x80-\xff]+)(?=\s*[(,)\]\n]|\s+as\s)")
# A pattern that begins with letters is found ten times as fast as one that begins with a class or a word's edge.
_IMPORT_FROM = re.compile(rb"from[ \t\\]+(?:\r?\n[ \t]*)?([\w\x80-\xff.]+)[\s\\]+import")
_IMPORT_LINE = re.compile(rb"import(?:[^\n\\]+|\\\r?\n?)*")
_IMPORT_LIST = re.compile(rb"import\s*\((?:[^)#]+|#[^\n]*)*")
_IMPORT_FROM_PACKAGE = re.compile(rb"from\s+\.+\s+import")
_IMPORT_ALL = re.compile(rb"import\s*\*")
_CLASS_BASES = re.compile(rb"class\s+[\w\x80-\xff]+\s*(?:\[[^\]\n]*\]\s*)?\(([^:]*)")
_RENAMED = re.compile(rb"([\w\x80-\xff]+)\s+as\s+([\w\x80-\xff]+)")
_WORD = re.compile(rb"[A-Za-z_\x80-\xff][\w\x80-\xff]*")


class Mentions:
    """An index over the bytes of some files; what it gives is in their order."""

    def __init__(self, paths: Sequence[str], read: Callable[[str], bytes]) -> None:
        self._paths = paths
        self._behind_dot: dict[bytes, list[int]] = defaultdict(list)
        # By the words of import statements; those in a list of several lines are the names that are imported.
        self._imports: dict[bytes, list[int]] = defaultdict(list)
        self._listed: dict[bytes, list[int]] = defaultdict(list)
        # By the words among the bases of classes.
        self._bases: dict[bytes, list[int]] = defaultdict(list)
        self._from_package: list[int] = []
        self._all: list[int] = []
        for number, path in enumerate(paths):
            data = read(path)
            for name in set(_BEHIND_DOT.findall(data)):
                self._behind_dot[name].append(number)
            lines, lists = (
                b"\n".join(_IMPORT_FROM.findall(data) + _IMPORT_LINE.findall(data)),
                b"\n".join(_IMPORT_LIST.findall(data)),
            )
            for name in set(_WORD.findall(lines)):
                self._imports[name].append(number)
            for name in set(_WORD.findall(lists)):
                self._listed[name].append(number)
            bases = set(_WORD.findall(b"\n".join(_CLASS_BASES.findall(data))))
            if bases:
                bases |= {name for each in (lines, lists) for name, alias in _RENAMED.findall(each) if alias in bases}
            for name in bases:
                self._bases[name].append(number)
            if _IMPORT_FROM_PACKAGE.search(data):
                self._from_package.append(number)
            if _IMPORT_ALL.search(data):
                self._all.append(number)

    def using_method(self, name: str) -> list[str]:
        """The files that use a name behind a dot."""
        return [self._paths[number] for number in self._behind_dot.get(name.encode(), ())]

    def deriving(self, name: str) -> list[str]:
        """The files with a class that has a base of this name, or of one that they import it under."""
        return [self._paths[number] for number in self._bases.get(name.encode(), ())]

    def importing(self, name: str, origins: Sequence[str]) -> list[str]:
        """The files that import from a module or package called as one of `origins`, or from their own package, and that either import
        a name, or everything, or use it behind a dot."""
        key = name.encode()
        sources = set(self._from_package).union(*(self._imports.get(os.fsencode(origin), ()) for origin in origins))
        users = set(self._all).union(*(table.get(key, ()) for table in (self._imports, self._listed, self._behind_dot)))
        return [self._paths[number] for number in sorted(sources & users)]
