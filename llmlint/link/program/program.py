"""The files of a run, and how a module's name leads to another of them."""

from __future__ import annotations

import os.path
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import islice
from typing import Any

from llmlint.link.names.index import ModuleIndex
from llmlint.link.program.answers import Answers, Question
from llmlint.link.program.compared import compared_names
from llmlint.link.program.disk import Disk
from llmlint.link.program.import_names import import_names_in
from llmlint.link.program.looks import Look
from llmlint.link.program.memo import Memo, kept
from llmlint.link.program.name_index import Mentions
from llmlint.link.program.package_groups import PackageGroups
from llmlint.link.program.test_paths import is_test, may_be_test
from llmlint.link.rests import Rests, Results
from llmlint.performance.contains import contains_of
from llmlint.scan.facts import GrowingFacts, ModuleFacts
from llmlint.source import Source, Span

_ENDS_WORD = re.compile(rb"[\w\x80-\xff]")
_BEHIND_USE = re.compile(rb"\s*[(,)=\]\n]|\s+as\s")

Load = Callable[[str], "tuple[Source, ModuleFacts | GrowingFacts] | None"]

MOST_CALLING_FILES = 24
MOST_CALLING_FILES_OF_PACKAGE = 3
MOST_LINKED_BYTES = 200_000
_MOST_CACHED_BYTES = 8_000_000

_COMPARED: Memo[None, frozenset[str]] = Memo()
_IS_COMPARED: Memo[str, bool] = Memo()

# Packages whose names mean the SDK even where a file of the project carries the same name.
NEVER_LOCAL = frozenset({"anthropic", "openai", "litellm"})


class Program:
    """Modules by path. A file that was not given is read when an import leads to it, and only below `root`."""

    def __init__(
        self,
        root: str = ".",
        load: Load | None = None,
        files: Sequence[str] | PackageGroups = (),
        disk: Disk | None = None,
        *,
        records: bool = False,
    ) -> None:
        self.disk = disk or Disk()
        self.root = self.disk.absolute(root)
        self.package_groups = files if isinstance(files, PackageGroups) else PackageGroups(files, self.root, self.disk)
        self._load = load
        self.most_cached_bytes = _MOST_CACHED_BYTES
        self._data: dict[str, bytes] = {}
        self._data_size = 0
        self._mentions_by_group: dict[str, Mentions] = {}
        self._naming: Results[tuple[str, str, str | None], list[ModuleIndex]] = Results()
        self._deriving: Results[tuple[str, str, str], list[ModuleIndex]] = Results()
        self.answers = Answers()
        # What results rest on, if a later run may take them over.
        self.rests = Rests() if records and self.package_groups.is_project else None
        # Files that hold calls, whatever their size; each is loaded once somebody asks for it.
        self._expected: dict[str, Load] = {}
        self._modules: dict[str, ModuleIndex | None] = {}
        self._sources: dict[str, Source] = {}
        self._paths: dict[str, str] = {}
        self._imports: Results[tuple[str, str, int], ModuleIndex | None] = Results()
        # What files of a folder import from elsewhere, by folder and name.
        self._elsewhere: set[tuple[str, str]] = set()
        self._leads_to_file = False
        # What `Memo` remembers; nobody else uses it.
        self.remembered: dict[object, Results[Any, Any]] = {}

    def add(self, source: Source, facts: ModuleFacts | GrowingFacts) -> ModuleIndex:
        module = ModuleIndex(facts, self.rests)
        self._modules[source.path] = module
        self._sources[source.path] = source
        self._paths[self.disk.absolute(source.path)] = source.path
        return module

    def successor(self, changed: Mapping[str, bytes], load: Load) -> Program:
        """A program over the same files, of which some have `changed`: their bytes before. It keeps what is known of the other files by
        themselves, and takes it away from this program, which must not be used again. Its answers are those of this program
        (`changes.update_answers`)."""
        program = Program(self.root, load, self.package_groups, self.disk)
        program.most_cached_bytes = self.most_cached_bytes
        program.remembered = kept(self.remembered)
        program._data = {path: data for path, data in self._data.items() if path not in changed}
        program._data_size = sum(map(len, program._data.values()))
        for path, module in self._modules.items():
            if path not in changed and module is not None:
                module.remembered = {}
                program._modules[path] = module
                program._sources[path] = self._sources[path]
        program._paths = {absolute: path for absolute, path in self._paths.items() if path in program._modules}
        for group, mentions in self._mentions_by_group.items():
            files = [path for path in changed if self.package_groups.of(path) == group]
            if all(mentions.change(path, changed[path], program._bytes(path), program._bytes) for path in files):
                program._mentions_by_group[group] = mentions
        program.answers.known, program.answers.related = self.answers.known, self.answers.related
        program.answers.classes = self.answers.classes
        return program

    def expect(self, paths: Iterable[str], load: Load) -> None:
        """Files to be added by `load` once they are asked for."""
        for path in paths:
            self._expected[path] = load
            self._paths[self.disk.absolute(path)] = path

    def close(self) -> None:
        """Let go of everything: its parts hold each other, so that memory would be freed only by a search for cyclic garbage."""
        for module in self.modules:
            vars(module).clear()
        for known in (each for results in self.remembered.values() for each in results.values()):
            if hasattr(known, "__dict__"):
                vars(known).clear()
        vars(self).clear()

    def module(self, path: str) -> ModuleIndex | None:
        """The module at a path as the user would name it; read now if it was not given. None where it cannot be read."""
        if self.rests is not None:
            self.rests.note(("file", path))
        if path not in self._modules:
            self._modules[path] = None
            load = self._expected.get(path)
            if load is None and len(self._bytes(path)) >= MOST_LINKED_BYTES:
                return None
            load = load or self._load
            loaded = load(path) if load else None
            self._modules[path] = self.add(*loaded) if loaded else None
        return self._modules[path]

    def source(self, path: str) -> Source:
        """The whole text of a file; what is found rests on all of it, and on less by `code`, which is for a piece."""
        self.note_text(path)
        return self._sources[path]

    def note_text(self, path: str) -> None:
        """Note that what is being found rests on all of a file's text."""
        if self.rests is not None:
            self.rests.note(("text", path))

    def code(self, span: Span) -> str:
        """The source text of a span."""
        if self.rests is not None:
            module = self.module(span.path)
            if module is not None and module.rests is not None:
                module.rests.on_text(span.start, span.end)
        return self._sources[span.path].text[span.start : span.end]

    def note_looks(self) -> None:
        """Put down in the answers what has been looked at by now, and for which files with calls."""
        if self.rests is not None:
            for module in self.modules:
                self.answers.look(module.path, Look.of(module))
            self.answers.rest(self.rests.of_roots())

    def is_there(self, place: str) -> bool:
        """Whether a file, named absolutely, is there or is to be created by a fix."""
        return place in self._paths or self.disk.exists(place)

    @property
    def modules(self) -> list[ModuleIndex]:
        return [module for module in self._modules.values() if module is not None]

    def modules_naming(self, name: str, home: ModuleIndex, owner: str | None = None) -> list[ModuleIndex]:
        """The other files of the program that may use a name defined in `home`, by path: of a method of a class `owner`, those that hold it
        behind a dot; of anything else, those that hold it and import from its module or package."""
        key = (name, home.path, owner)
        others = (path for path in self._files_naming(name, home.path, owner) if self.may_name(path, home.path))
        return self._naming.find(key, lambda: self._modules_if_few(("naming", *key), others))

    def may_name(self, path: str, home: str, data: bytes | None = None) -> bool:
        """Whether a file is one of those that may use what another one defines: what tests do with production code says nothing about it.
        `data` is what the file holds now, where that is not what was read."""
        if path == home or may_be_test(self._below_root(home)):
            return path != home
        holds = partial(self.words_of, path) if data is None else partial(filter, data.__contains__)
        return not is_test(self._below_root(path), holds)

    def _below_root(self, path: str) -> str:
        """A path from the root on, wherever the working directory is."""
        return self.disk.absolute(path).replace(os.sep, "/").removeprefix(self.root.replace(os.sep, "/"))

    def mentions(self, words: Iterable[bytes], home: ModuleIndex) -> bool:
        """Whether a file of the program holds one of some words: the name of a setting, say, that holds for all files."""
        return self.mentions_each((words,), home)[0]

    def mentions_each(self, kinds: Iterable[Iterable[bytes]], home: ModuleIndex) -> list[bool]:
        """The same for several lists of words. The files are read once for all of them."""
        group, asked = self.package_groups.of(home.path), [tuple(words) for words in kinds]
        questions = {words: ("words", group, *map(bytes.decode, words)) for words in asked}
        first: dict[tuple[bytes, ...], str | None] = {
            words: None for words, question in questions.items() if question not in self.answers.known
        }
        for path in (home.path, *self.package_groups.members(group)) if first else ():
            has = self._search_of(path)
            first |= {words: path for words, found in first.items() if found is None and any(map(has, words))}
            if None not in first.values():
                break
        return [self.answers.get(questions[words], partial(first.__getitem__, words)) is not None for words in asked]

    def words_of(self, path: str, words: Iterable[bytes]) -> list[bytes]:
        """Those of some words that a file holds."""
        question = ("own words", path, *map(bytes.decode, words))
        held = self.answers.get(question, lambda: [*map(bytes.decode, filter(self._search_of(path), words))])
        return list(map(str.encode, held))

    def compares(self, module: ModuleIndex, name: str) -> bool:
        """Whether a line of a file compares a name, or looks for it in a list."""
        path = module.path

        def find() -> bool:
            return name in _COMPARED.get(module, None, lambda: compared_names(self._sources[path].text))

        return _IS_COMPARED.get(module, name, lambda: self.answers.get(("compares", path, name), find))

    def holds_any(self, path: str, words: Iterable[bytes]) -> bool:
        """Whether a file holds one of some words."""
        return any(map(self._search_of(path), words))

    def _search_of(self, path: str) -> Callable[[bytes], object]:
        """What says whether a file holds a word."""
        if path in self._expected and (path.endswith(".ipynb") or len(self._bytes(path)) >= MOST_LINKED_BYTES):
            self.module(path)  # Of a file with calls, all of the text counts.
        # What was read may be newer than the file: while fixes are tried, it is.
        data = self._sources[path].text.encode(errors="surrogatepass") if path in self._sources else self._bytes(path)
        return partial(contains_of(data), data)

    def first_matching(self, word: bytes, pattern: re.Pattern[bytes], home: str) -> str | None:
        """The first file, in the order of their paths, of those that belong with `home`, in which a pattern is found; it has `word` in it."""
        group = self.package_groups.of(home)

        def find() -> str | None:
            for path in sorted({home, *self.package_groups.members(group)}):
                data = self._bytes(path)
                if contains_of(data)(data, word) and pattern.search(data) is not None:
                    return path
            return None

        return self.answers.get(("matching", group, word.decode(), pattern.pattern.decode(), pattern.flags), find)

    def files_with(self, word: bytes, home: ModuleIndex) -> list[str]:
        """The files of the program that hold a word, by path, the home first, to be read: what is found for the home rests on their texts."""
        found = self.files_holding((word,), home)
        for path in found:
            self.note_text(path)
        return found

    def files_holding(self, words: Sequence[bytes], home: ModuleIndex) -> list[str]:
        """The files that hold one of some words, by path; the home first."""
        group = self.package_groups.of(home.path)

        def find() -> list[str]:
            # By path, whoever is the first to query: the result is kept for all.
            members = sorted({home.path, *self.package_groups.members(group)})
            return [path for path in members if self.holds_any(path, words)]

        found = self.answers.get(("word", group, *map(bytes.decode, words)), find)
        return [home.path, *(path for path in found if path != home.path)] if home.path in found else found

    def modules_with(self, word: bytes, home: ModuleIndex) -> list[ModuleIndex]:
        """The files that hold a word, by path, the home first; none where they are many."""
        found = self.files_holding((word,), home)[: MOST_CALLING_FILES + 1]
        return [module for module in map(self.module, found) if module is not None] if len(found) <= MOST_CALLING_FILES else []

    def _modules_if_few(self, question: Question, paths: Iterable[str]) -> list[ModuleIndex]:
        """Skip names that occur in more than N files: the search costs more than it finds. Installed packages, which lie side by side, get a
        lower N."""
        most = MOST_CALLING_FILES if self.package_groups.is_project else MOST_CALLING_FILES_OF_PACKAGE
        few = self.answers.get(question, lambda: list(islice(paths, most + 1)))
        found = few if len(few) <= most else []
        return [module for module in map(self.module, found) if module is not None]

    def import_names(self, path: str) -> frozenset[str]:
        """The names under which other files import a module: `llm`, `lib.llm`; `.` where they do by the dots of their package."""
        return frozenset(name for names in self.import_names_by_file(path).values() for name in names)

    def import_names_by_file(self, path: str) -> dict[str, list[str]]:
        """The same, by the files that do so."""
        return self.answers.get(("import names", path), lambda: self._find_import_names(path))

    def _find_import_names(self, path: str) -> dict[str, list[str]]:
        others = (other for other in self.package_groups.members(self.package_groups.of(path)) if other != path)
        found = ((other, self.import_names_in(other, self._bytes(other), path)) for other in others)
        return {other: sorted(names) for other, names in found if names}

    def import_names_in(self, other: str, data: bytes, path: str) -> set[str]:
        """The names under which one file, which holds `data`, imports a module."""
        return import_names_in(self.disk, other, data, path)

    def modules_deriving(self, name: str, home: ModuleIndex, member: str) -> list[ModuleIndex]:
        """The other files of the program, by path, with a class that may derive from one defined in `home`, and that mention a member."""
        key = (name, home.path, member)
        return self._deriving.find(key, lambda: self._modules_if_few(("deriving", *key), self._files_deriving(*key)))

    def _files_deriving(self, name: str, home: str, member: str) -> Iterator[str]:
        word = member.encode()
        yield from (path for path in self._mentions(home).deriving(name) if path != home and word in self._bytes(path))

    def is_of_related_classes(self, method: str, owner: str, home: ModuleIndex) -> bool:
        """Whether all functions of a name are methods of classes that have a base in common with a class `owner`, as far as their files tell."""
        question = ("related", self.package_groups.of(home.path), method, owner)
        return self.answers.get(question, lambda: self._mentions(home.path).defining_apart(method, owner)) is None

    def _files_naming(self, name: str, home: str, owner: str | None) -> Iterator[str]:
        mentions = self._mentions(home)
        if owner is not None:
            self.answers.related[owner] = mentions.files_related_to(owner)
            yield from mentions.using_method(name, owner)
            return
        word = name.encode()
        for path in mentions.importing(name, self.origins_of(home)):
            if is_used(word, self._bytes(path)):
                yield path

    def origins_of(self, path: str) -> tuple[str, str]:
        """The names of a module and of its package, as imports have them."""
        # Not as it is shown: the working directory may be the package.
        folder, file = os.path.split(self.disk.absolute(path))
        return file.rpartition(".")[0], os.path.basename(folder)

    def _mentions(self, path: str) -> Mentions:
        """What the files mention that may call one of a file's functions."""
        group = self.package_groups.of(path)
        if group not in self._mentions_by_group:
            self._mentions_by_group[group] = mentions = Mentions(self.package_groups.members(group), self._bytes)
            self.answers.classes |= mentions.classes
        return self._mentions_by_group[group]

    def _bytes(self, path: str) -> bytes:
        data = self._data.get(path)
        if data is None:
            data = self.disk.read(path, MOST_LINKED_BYTES) or b""
            if self._data_size < self.most_cached_bytes:
                self._data[path] = data
                self._data_size += len(data)
        return data

    def find_import(self, importer: ModuleIndex, name: str, level: int) -> ModuleIndex | None:
        """The module of the program that `import name` (or `from .name import …`, with `level` dots) in a file leads to."""
        return self._imports.find((importer.path, name, level), partial(self._search_import, importer, name, level))

    def _search_import(self, importer: ModuleIndex, name: str, level: int) -> ModuleIndex | None:
        # Most imports lead out of the program, and then for all files of a folder.
        beside = (importer.path.rpartition("/")[0], name)
        if not level and beside in self._elsewhere:
            return None
        folder = os.path.dirname(self.disk.absolute(importer.path))
        parts = [part for part in name.split(".") if part]
        if level:
            for _ in range(level - 1):
                folder = os.path.dirname(folder)
            return self._module_below(folder, parts)
        if not parts or parts[0] in NEVER_LOCAL:
            return None
        self._leads_to_file = False
        while True:
            found = self._module_below(folder, parts) or self._module_below(os.path.join(folder, "src"), parts)
            if found is not None and found is not importer:
                return found
            parent = os.path.dirname(folder)
            if folder == self.root and parts[0] == os.path.basename(folder):
                # The root is a package that its own files import by its name.
                return self._module_below(parent, parts)
            if folder == self.root or parent == folder or not folder.startswith(self.root):
                if not self._leads_to_file:
                    self._elsewhere.add(beside)
                return None
            folder = parent

    def _module_below(self, folder: str, parts: list[str]) -> ModuleIndex | None:
        stem = os.path.join(folder, *parts)
        for candidate in (stem + ".py", os.path.join(stem, "__init__.py")):
            known = self._paths.get(candidate)
            if known is None and self._load is not None and self.disk.is_file(candidate):
                known = self.disk.shown(candidate) if self.disk.is_inside(candidate, self.root) else None
            if known is not None:
                # Also where it cannot be read now.
                self._leads_to_file = True
                return self.module(known)
        return None


def is_used(name: bytes, data: bytes) -> bool:
    """Whether a name is called, passed on, or imported under another name."""
    at = data.find(name) if contains_of(data)(data, name) else -1
    while at >= 0:
        end = at + len(name)
        if not (at and _ENDS_WORD.match(data, at - 1)) and _BEHIND_USE.match(data, end):
            return True
        at = data.find(name, end)
    return False
