"""The files of a run, and how a module's name leads to another of them."""

from __future__ import annotations

import os.path
from collections.abc import Callable, Sequence

from llmlint.link.index import ModuleIndex
from llmlint.scan.facts import ModuleFacts
from llmlint.source import Source

Load = Callable[[str], "tuple[Source, ModuleFacts] | None"]

# Packages whose names mean the SDK even where a file of the project carries the same name.
_NEVER_LOCAL = frozenset({"anthropic", "openai", "litellm"})


class Program:
    """Modules by path. A file that was not given is read when an import leads to it, and only below `root`."""

    def __init__(self, root: str = ".", load: Load | None = None, files: Sequence[str] = ()) -> None:
        self.root = os.path.abspath(root)
        self.files = sorted(files)
        self._load = load
        self._data: dict[str, bytes] = {}
        self._modules: dict[str, ModuleIndex | None] = {}
        self._sources: dict[str, Source] = {}
        self._paths: dict[str, str] = {}
        self._imports: dict[tuple[str, str, int], ModuleIndex | None] = {}
        self.cache: dict[object, object] = {}

    def add(self, source: Source, facts: ModuleFacts) -> ModuleIndex:
        module = ModuleIndex(facts)
        self._modules[source.path] = module
        self._sources[source.path] = source
        self._paths[os.path.abspath(source.path)] = source.path
        return module

    def module(self, path: str) -> ModuleIndex | None:
        """The module at a path as the user would name it; read now if it was not given. None where it cannot be read."""
        if path not in self._modules:
            loaded = self._load(path) if self._load else None
            self._modules[path] = self.add(*loaded) if loaded else None
        return self._modules[path]

    def source(self, path: str) -> Source:
        return self._sources[path]

    @property
    def modules(self) -> list[ModuleIndex]:
        return [module for module in self._modules.values() if module is not None]

    def modules_naming(self, name: str, home: ModuleIndex, *, is_method: bool) -> list[ModuleIndex]:
        """The other files of the program that may use a name defined in `home`, by path: they hold the name, of a method behind a dot,
        of anything else together with the name of its module or package, from which it must be imported."""
        needle = b"." + name.encode() if is_method else name.encode()
        folder, _, file = home.path.rpartition("/")
        origins = [part.encode() for part in (file.rpartition(".")[0], os.path.basename(folder or self.root)) if part]
        found = []
        for path in self.files:
            if path == home.path:
                continue
            data = self._bytes(path)
            if needle in data and (is_method or any(origin in data for origin in origins)):
                module = self.module(path)
                if module is not None:
                    found.append(module)
        return found

    def _bytes(self, path: str) -> bytes:
        if path not in self._data:
            try:
                with open(path, "rb") as file:
                    self._data[path] = file.read()
            except OSError:
                self._data[path] = b""
        return self._data[path]

    def find_import(self, importer: ModuleIndex, name: str, level: int) -> ModuleIndex | None:
        """The module of the program that `import name` (or `from .name import …`, with `level` dots) in a file leads to."""
        key = (importer.path, name, level)
        if key not in self._imports:
            self._imports[key] = self._search_import(importer, name, level)
        return self._imports[key]

    def _search_import(self, importer: ModuleIndex, name: str, level: int) -> ModuleIndex | None:
        folder = os.path.dirname(os.path.abspath(importer.path))
        parts = [part for part in name.split(".") if part]
        if level:
            for _ in range(level - 1):
                folder = os.path.dirname(folder)
            return self._module_below(folder, parts)
        if not parts or parts[0] in _NEVER_LOCAL:
            return None
        while True:
            found = self._module_below(folder, parts) or self._module_below(os.path.join(folder, "src"), parts)
            if found is not None and found is not importer:
                return found
            parent = os.path.dirname(folder)
            if folder == self.root or parent == folder or not folder.startswith(self.root):
                return None
            folder = parent

    def _module_below(self, folder: str, parts: list[str]) -> ModuleIndex | None:
        stem = os.path.join(folder, *parts)
        for candidate in (stem + ".py", os.path.join(stem, "__init__.py")):
            known = self._paths.get(candidate)
            if known is not None:
                return self._modules[known]
            if self._load is not None and candidate.startswith(self.root) and os.path.isfile(candidate):
                return self.module(os.path.relpath(candidate).replace(os.sep, "/"))
        return None
