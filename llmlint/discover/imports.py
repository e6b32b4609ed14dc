"""Which files of a project the imports of its files may lead to, told from bytes and paths: no file is parsed, and none on `sys.path` is known."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator

# What stands behind the word, and ahead of it on its line, also in the lines of a notebook, which are strings.
_BEHIND = rb"[ \t]+([^\r\n(]*(?:\([^)]*\))?)"
_AHEAD = rb"""[ \t]*(?:"[ \t]*)?(?:from[ \t]+(\.*[\w.]*)[ \t]+)?"""
_LONGEST_AHEAD = 300
_NAME = rb"[\w.]+"
_AGREEING = 2


def import_statements(data: bytes) -> frozenset[tuple[bytes, bytes]]:
    """What the imports in a file say: the module that names are imported from (none of `import …`), and what is imported."""
    # A plain search for the word takes a twentieth of the time of a pattern that is tried at the start of each line.
    ahead, behind = re.compile(_AHEAD), re.compile(_BEHIND)
    statements: set[tuple[bytes, bytes]] = set()
    at = data.find(b"import")
    while at >= 0:
        end = at + len(b"import")
        line = data.rfind(b"\n", max(0, at - _LONGEST_AHEAD), at) + 1
        origin = ahead.fullmatch(data, line, at) if line or at <= _LONGEST_AHEAD else None
        imported = behind.match(data, end) if origin is not None else None
        if origin is not None and imported is not None:
            statements.add((origin[1] or b"", imported[1]))
            end = imported.end()
        at = data.find(b"import", end)
    return frozenset(statements)


class Imports:
    """The files that those of a project import. `read` gives the bytes of one."""

    def __init__(self, paths: Iterable[str], read: Callable[[str], bytes]) -> None:
        self._read = read
        self._by_name: dict[str, list[tuple[tuple[str, ...], str]]] = {}
        for path in paths:
            if not path.endswith(".ipynb"):
                names = _names_of(path)
                self._by_name.setdefault(names[-1], []).append((names[-_AGREEING:], path))
        self._imported: dict[str, frozenset[str]] = {}

    def imported(self, path: str) -> frozenset[str]:
        """The files that a file may import: those whose last two names are the last two of what it imports, wherever they lie."""
        if path not in self._imported:
            modules = {module for statement in import_statements(self._read(path)) for module in _modules(path, *statement)}
            found = (each for module in modules for each in self._files_of(module))
            self._imported[path] = frozenset(found) - {path}
        return self._imported[path]

    def leads(self, path: str, targets: Collection[str], steps: int) -> bool:
        """Whether the imports of a file lead to one of some files in so many steps."""
        found = self.imported(path)
        return not found.isdisjoint(targets) or (steps > 1 and any(self.leads(each, targets, steps - 1) for each in found))

    def reached(self, paths: Iterable[str], steps: int) -> set[str]:
        """The files that the imports of some files lead to in so many steps."""
        ahead, found = set(paths), set[str]()
        for _ in range(steps):
            ahead = {each for path in ahead for each in self.imported(path)} - found
            found |= ahead
        return found

    def _files_of(self, module: tuple[str, ...]) -> Iterator[str]:
        for names, path in self._by_name.get(module[-1], ()):
            size = min(len(names), len(module), _AGREEING)
            if names[-size:] == module[-size:]:
                yield path


def _names_of(path: str) -> tuple[str, ...]:
    """The names of a file's module from the folder of the run on; those of a package for its `__init__.py`."""
    names = path.replace("\\", "/").rpartition(".")[0].split("/")
    return tuple(names[:-1] if names[-1] == "__init__" and len(names) > 1 else names)


def _modules(path: str, source: bytes, imported: bytes) -> Iterator[tuple[str, ...]]:
    """The modules that an import names, or may name: `from app import chains` is one of `app.chains` or of `chains` in `app/__init__.py`."""
    names = [tuple(found.decode("utf-8", "replace").split(".")) for found in re.findall(_NAME, imported)]
    if not source:
        yield from (name for name in names if all(name))
        return
    dotted = source.decode("utf-8", "replace")
    level = len(dotted) - len(dotted.lstrip("."))
    own = path.replace("\\", "/").split("/")
    package = (*(own[: max(len(own) - level, 0)] if level else ()), *filter(None, dotted.lstrip(".").split(".")))
    if package:
        yield package
    yield from ((*package, *name) for name in names if all(name))
