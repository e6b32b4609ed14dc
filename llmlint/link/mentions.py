"""Which files may use a name: one look at each file's bytes, instead of one for each name that is asked for."""

from __future__ import annotations

import os
import re
from collections import defaultdict
from collections.abc import Callable, Sequence, Set

# A name behind a dot that is called, handed over, or given another name.
_BEHIND_DOT = re.compile(rb"\.([\w\x80-\xff]+)(?:[(,)\]\n]|\s+(?:[(,)\]\n]|as\s))")
# A pattern that begins with letters is found ten times as fast as one that begins with a class or a word's edge.
_IMPORT_FROM = re.compile(rb"from[ \t\\]+(?:\r?\n[ \t]*)?([\w\x80-\xff.]+)[\s\\]+import")
# Either a list in parentheses, or the line.
_IMPORT = re.compile(rb"import(?:\s*\(((?:[^)#]+|#[^\n]*)*)|((?:[^\n\\]+|\\\r?\n?)*))")
_IMPORT_ALL = re.compile(rb"import\s*\*")
_CLASS_BASES = re.compile(rb"class\s+[\w\x80-\xff]+\s*(?:\[[^\]\n]*\]\s*)?\(([^:]*)")
# All bytes that stand in no name, as spaces: to split at them takes a third of the time that a pattern for words takes.
_SPACES = bytes(byte if byte >= 0x80 or chr(byte).isalnum() or byte == ord("_") else ord(" ") for byte in range(256))


def _words(text: bytes) -> list[bytes]:
    return text.translate(_SPACES).split()


def _renamed(words: Sequence[bytes], aliases: Set[bytes]) -> set[bytes]:
    """The names that an import gives one of some aliases: `base` of `import base as alias`."""
    return {words[at - 1] for at in range(1, len(words) - 1) if words[at] == b"as" and words[at + 1] in aliases}


class Mentions:
    """An index over the bytes of some files; what it gives is in their order."""

    def __init__(self, paths: Sequence[str], read: Callable[[str], bytes]) -> None:
        self._paths = paths
        self._behind_dot: dict[bytes, list[int]] = defaultdict(list)
        # By the words of import statements.
        self._imports: dict[bytes, list[int]] = defaultdict(list)
        # By the words among the bases of classes.
        self._bases: dict[bytes, list[int]] = defaultdict(list)
        self._from_package: list[int] = []
        self._all: list[int] = []
        self._sources: dict[tuple[str, ...], set[int]] = {}
        for number, path in enumerate(paths):
            data = read(path)
            for name in set(_BEHIND_DOT.findall(data)):
                self._behind_dot[name].append(number)
            origins = _IMPORT_FROM.findall(data)
            statements = b"\n".join([*origins, *map(b"".join, _IMPORT.findall(data))])
            imported = _words(statements)
            for name in set(imported):
                self._imports[name].append(number)
            bases = set(_words(b"\n".join(_CLASS_BASES.findall(data))))
            if bases and b" as " in statements:
                bases |= _renamed(imported, bases)
            for name in bases:
                self._bases[name].append(number)
            if any(not origin.strip(b".") for origin in origins):
                self._from_package.append(number)
            if b"*" in statements and _IMPORT_ALL.search(data):
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
        users = set(self._all).union(*(table.get(key, ()) for table in (self._imports, self._behind_dot)))
        return [self._paths[number] for number in sorted(users & self._importing_from(tuple(origins)))]

    def _importing_from(self, origins: tuple[str, ...]) -> set[int]:
        if origins not in self._sources:
            found = (self._imports.get(os.fsencode(origin), ()) for origin in origins)
            self._sources[origins] = set(self._from_package).union(*found)
        return self._sources[origins]
