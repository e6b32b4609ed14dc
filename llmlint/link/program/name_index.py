"""Which files may use a name: one look at each file's bytes, instead of one for each name that is asked for."""

from __future__ import annotations

import os
import re
from bisect import insort
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from typing import NamedTuple
from zlib import crc32

from llmlint.performance.contains import contains_of

# A name behind a dot that is called, passed on, or given another name.
_BEHIND_DOT = re.compile(rb"\.([\w\x80-\xff]+)(?:[(,)\]\n]|\s+(?:[(,)\]\n]|as\s))")
# The same for a name that is looked up by a string: `getattr(service, "plan")(…)`.
_LOOKED_UP = re.compile(rb"getattr\([^\n\"']{1,80}[\"']([\w\x80-\xff]+)[\"']\s*\)")
# A pattern that begins with letters is found ten times as fast as one that begins with a class or a word's edge.
_IMPORT_FROM = re.compile(rb"from[ \t\\]+(?:\r?\n[ \t]*)?([\w\x80-\xff.]+)[\s\\]+import")
# Either a list in parentheses, or the line.
_IMPORT = re.compile(rb"import(?:\s*\(((?:[^)#]+|#[^\n]*)*)|((?:[^\n\\]+|\\\r?\n?)*))")
_PACKAGES = frozenset(b"." * level for level in range(1, 20))
_IMPORT_ALL = re.compile(rb"import\s*\*")
# Its name and its bases. `@dataclass` ends in the same word.
_CLASS = re.compile(rb"class\s+(?!class\b)([\w\x80-\xff]+)\s*(?:\[[^\]\n]*\]\s*)?(?:\(([^:]*))?")
_OF_SELF = (b"self", b"cls", b"super()")
# All bytes that stand in no name, as spaces: to split at them takes a third of the time that a pattern for words takes.
_SPACES = bytes(byte if byte >= 0x80 or chr(byte).isalnum() or byte == ord("_") else ord(" ") for byte in range(256))


def _words(text: bytes) -> list[bytes]:
    return text.translate(_SPACES).split()


def _renamed(words: Sequence[bytes]) -> dict[bytes, bytes]:
    """What the words of imports give another name: `base` of `import base as alias`, by alias."""
    found: dict[bytes, bytes] = {}
    at = 0
    for _ in range(words.count(b"as")):
        at = words.index(b"as", at) + 1
        if 1 < at < len(words):
            found[words[at]] = words[at - 2]
    return found


def _is_in_word(data: bytes, at: int) -> bool:
    return 0 <= at < len(data) and _SPACES[data[at]] != ord(" ")


def is_of_self_alone(method: bytes, data: bytes) -> bool:
    """Whether a file calls a method of its own on `self`, `cls` or `super()`, and none of the same name on anything else."""
    if not contains_of(data)(data, b"def " + method + b"(") or (b"getattr(" in data and method in _LOOKED_UP.findall(data)):
        return False
    word = b"." + method
    at = data.find(word)
    while at >= 0:
        end = at + len(word)
        if not _is_in_word(data, end):
            receiver = next((each for each in _OF_SELF if data.endswith(each, 0, at)), None)
            if receiver is None or _is_in_word(data, at - len(receiver) - 1):
                return False
        at = data.find(word, end)
    return True


def _closure(name: bytes, edges: Mapping[bytes, Set[bytes]]) -> set[bytes]:
    """A name, and all that it leads to."""
    found = {name}
    pending = [name]
    while pending:
        more = edges.get(pending.pop(), frozenset()) - found
        found |= more
        pending += more
    return found


class _WordsOfFile(NamedTuple):
    """What one file mentions: names behind dots, the words of its imports (in order where one of them gives another name), and whether it
    imports from its package, or all names of a module."""

    behind_dot: frozenset[bytes]
    imported: frozenset[bytes]
    renaming: Sequence[bytes]
    is_from_package: bool
    imports_all: bool

    @classmethod
    def of(cls, data: bytes) -> _WordsOfFile:
        origins = _IMPORT_FROM.findall(data)
        statements = b"\n".join([*origins, *map(b"".join, _IMPORT.findall(data))])
        imported = _words(statements)
        return cls(
            frozenset([*_BEHIND_DOT.findall(data), *(_LOOKED_UP.findall(data) if b"getattr(" in data else ())]),
            frozenset(imported),
            imported if b" as " in statements else [],
            not _PACKAGES.isdisjoint(origins),
            b"*" in statements and _IMPORT_ALL.search(data) is not None,
        )


class Mentions:
    """An index over the bytes of some files; what it gives is in their order."""

    def __init__(self, paths: Sequence[str], read: Callable[[str], bytes]) -> None:
        self._paths = paths
        self._read = read
        self._behind_dot: dict[bytes, list[int]] = defaultdict(list)
        # By the words of import statements.
        self._imports: dict[bytes, list[int]] = defaultdict(list)
        # By the words among the bases of classes.
        self._deriving: dict[bytes, list[int]] = defaultdict(list)
        # Classes by name: where they are, the words among their bases, and the classes that have the name among theirs.
        self._classes: dict[bytes, list[int]] = defaultdict(list)
        self._bases: dict[bytes, set[bytes]] = defaultdict(set)
        self._derived: dict[bytes, set[bytes]] = defaultdict(set)
        self._kin: dict[str, frozenset[int]] = {}
        self._from_package: list[int] = []
        self._all: list[int] = []
        self._sources: dict[tuple[str, ...], set[int]] = {}
        # By file, what changes with its classes and their bases.
        self.classes: dict[str, int] = {}
        for number, path in enumerate(paths):
            data = read(path)
            words = _WordsOfFile.of(data)
            for name in words.behind_dot:
                self._behind_dot[name].append(number)
            for name in words.imported:
                self._imports[name].append(number)
            self._add_classes(number, data, words.renaming)
            if words.is_from_package:
                self._from_package.append(number)
            if words.imports_all:
                self._all.append(number)

    def change(self, path: str, before: bytes, after: bytes, read: Callable[[str], bytes]) -> bool:
        """Take a change of one file into the index, where its classes are the same as before; `read` gives the files from now on. False where
        the index has to be made anew."""
        old, new = _WordsOfFile.of(before), _WordsOfFile.of(after)
        if (_CLASS.findall(before), old.renaming) != (_CLASS.findall(after), new.renaming):
            return False
        self._read = read
        number = self._paths.index(path)
        for lists, words, others in (
            (self._behind_dot, old.behind_dot, new.behind_dot),
            (self._imports, old.imported, new.imported),
        ):
            for name in words - others:
                lists[name].remove(number)
            for name in others - words:
                insort(lists[name], number)
        for numbers, was, is_now in (
            (self._from_package, old.is_from_package, new.is_from_package),
            (self._all, old.imports_all, new.imports_all),
        ):
            if was and not is_now:
                numbers.remove(number)
            elif is_now and not was:
                insort(numbers, number)
        self._sources.clear()
        return True

    def _add_classes(self, number: int, data: bytes, imported: Sequence[bytes]) -> None:
        """Take the classes of a file into the index. `imported` are the words of its imports, if one of them gives a name."""
        renamed = _renamed(imported)
        words: set[bytes] = set()
        sum_of_classes = 0
        for name, text in _CLASS.findall(data):
            self._classes[name].append(number)
            sum_of_classes = crc32(name, sum_of_classes)
            if not text:
                continue
            bases = set(_words(text))
            bases.update(renamed[alias] for alias in bases & renamed.keys())
            sum_of_classes = crc32(b" ".join(sorted(bases)), sum_of_classes)
            words |= bases
            self._bases[name] |= bases
            for base in bases:
                self._derived[base].add(name)
        for name in words:
            self._deriving[name].append(number)
        if sum_of_classes:
            self.classes[self._paths[number]] = sum_of_classes

    def using_method(self, name: str, owner: str) -> Iterator[str]:
        """The files that use a name behind a dot, by which they may mean a method of a class.

        A file that only ever calls a method of its own can mean it where one of its classes is a base of that class, or derives from it; both
        are told by their names.
        """
        method = name.encode()
        for number in self._behind_dot.get(method, ()):
            if number in self._files_of_kin(owner) or not is_of_self_alone(method, self._read(self._paths[number])):
                yield self._paths[number]

    def has_behind_dot(self, name: str) -> bool:
        """Whether a name is used behind a dot anywhere."""
        return name.encode() in self._behind_dot

    def deriving(self, name: str) -> list[str]:
        """The files with a class that has a base of this name, or of one that they import it under."""
        return [self._paths[number] for number in self._deriving.get(name.encode(), ())]

    def files_related_to(self, owner: str) -> list[str]:
        """The files that hold a class, what it derives from, and what derives from it."""
        return [self._paths[number] for number in sorted(self._files_of_kin(owner))]

    def _files_of_kin(self, owner: str) -> frozenset[int]:
        if owner not in self._kin:
            names = _closure(owner.encode(), self._bases) | _closure(owner.encode(), self._derived)
            self._kin[owner] = frozenset(number for name in names for number in self._classes.get(name, ()))
        return self._kin[owner]

    def defining_apart(self, method: str, owner: str) -> str | None:
        """The first file without a class that has a base of the program in common with one, and that defines a function of this name."""
        above = (name for name in _closure(owner.encode(), self._bases) if name in self._classes)
        names = {name for each in above for name in _closure(each, self._derived)}
        related = {number for name in names for number in self._classes.get(name, ())}
        word = b"def " + method.encode() + b"("
        others = (path for number, path in enumerate(self._paths) if number not in related)
        return next((path for path in others if contains_of(data := self._read(path))(data, word)), None)

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
