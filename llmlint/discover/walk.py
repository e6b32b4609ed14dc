"""Which files a run looks at: the given paths and what lies below them, less what is excluded or ignored."""

from __future__ import annotations

import os
import stat
import sys
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from llmlint.config.globs import GlobSet
from llmlint.config.settings import CONFIG_NAMES, ConfigError, Settings, SettingsResolver
from llmlint.discover.ignorefiles import IGNORE_NAMES, Chain, chain_above, slashed
from llmlint.discover.roots import is_declared_root
from llmlint.files.regular import Enclosure
from llmlint.findings import FileError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

SUFFIXES = (".py", ".pyi", ".ipynb")

LEADS_OUT = "a link that leads out of the folder that is linted; name the file itself"

_CONFIG_NAMES = frozenset(CONFIG_NAMES)

REPOSITORY = ".git"
MARKS = frozenset(
    {REPOSITORY, "pyproject.toml", "setup.cfg", "setup.py", "requirements.txt", "Pipfile", "environment.yml", *CONFIG_NAMES}
)
"""What lies in the root of a project. Where it is a pyproject.toml, what that says decides."""


def discover(paths: Iterable[str], settings: SettingsResolver) -> Iterator[str | FileError]:
    """The files to lint, and what went wrong on the way to them, sorted by path; each file once, however often it is given.

    A path is relative to the working directory with `/` where it lies below it, else as it was given; it can be opened as it is,
    for the working directory of `settings` has to be that of the process. Folders are searched for Python files and notebooks.
    A file that is named itself is taken whatever its suffix, and even where it is excluded, unless `force-exclude` is set.
    Links to files are followed where they stay below the root of the run, links to folders only where they are named too. What is
    named and leads out of the root by a link is an error; a link out of it that lies in a folder is passed over. A folder whose
    configuration file is wrong is an error, and not searched.
    """
    return iter(sorted(search(paths, settings).found.values(), key=_shown))


def is_left_out(path: str, settings: SettingsResolver) -> bool:
    """Whether an absolute path is excluded, and that holds for named files too. Raises ConfigError."""
    own = settings.for_file(path)
    return own.force_exclude and _Walk(settings, (), None, None, True).is_excluded(path, own)


class Search(NamedTuple):
    """What a search gives: `found` by absolute path, and the absolute paths of the files that it found from each folder, or beside each file.

    `searched` are the folders that were given. `marked` are the folders with names in them that say something of projects. `is_cut`: there
    was more than was asked for.
    """

    found: dict[str, str | FileError]
    by_start: dict[str, list[str]]
    searched: frozenset[str]
    marked: dict[str, frozenset[str]]
    is_cut: bool


def search(
    paths: Iterable[str],
    settings: SettingsResolver,
    *,
    root: Callable[[str], str | None] | None = None,
    most: tuple[int, int] | None = None,
    is_deep: bool = True,
) -> Search:
    """The same as `discover`, with where everything was found.

    `root` tells below which folder links are followed from a given one; where it is None, that is one for all paths. `most`: how many files and
    entries of folders are looked at before the search is given up. `is_deep`: whether folders inside the given ones are searched too.
    """
    paths = tuple(paths)
    walk = _Walk(settings, paths, root, most, is_deep)
    # Sorted, so that the name under which a file is shown does not depend on the order of the paths.
    for path in sorted(set(paths)):
        walk.add(path)
    return Search(walk.found, walk.by_start, frozenset(walk.searched), walk.marked, walk.is_cut)


def root_of(paths: Sequence[str], cwd: str) -> str:
    """The working directory where all paths lie below it, else the deepest folder that holds them all."""
    absolute = [os.path.normpath(os.path.join(cwd, path)) for path in paths]
    if all(os.path.join(path, "").startswith(os.path.join(cwd, "")) for path in absolute):
        return cwd
    try:
        return os.path.commonpath([path if os.path.isdir(path) else os.path.dirname(path) for path in absolute])
    except ValueError:
        return cwd


def _shown(found: str | FileError) -> str:
    return found if isinstance(found, str) else found.path


class _Folder(NamedTuple):
    """A folder to search. `absolute` and `shown` end in a slash; `shown` is empty for the working directory."""

    absolute: str
    shown: str
    settings: Settings
    ignores: Chain


class _Walk:
    """One search. `found` maps absolute paths to what is there."""

    def __init__(
        self,
        resolver: SettingsResolver,
        paths: Sequence[str],
        root: Callable[[str], str | None] | None,
        most: tuple[int, int] | None,
        is_deep: bool,
    ) -> None:
        self.found: dict[str, str | FileError] = {}
        self.by_start: dict[str, list[str]] = {}
        self.searched: set[str] = set()
        self.marked: dict[str, frozenset[str]] = {}
        self.is_cut = False
        self._resolver = resolver
        self._root = root
        self._most_files, self._most_entries = most or (sys.maxsize, sys.maxsize)
        self._entries = 0
        self._is_deep = is_deep
        self._below_cwd = slashed(resolver.cwd)
        self._globs: dict[int, GlobSet] = {}
        self._enclosures: dict[str, Enclosure] = {}
        self._common = root_of([self._absolute(path) for path in paths], resolver.cwd)
        self._enclosure = self._enclosure_of(self._common)

    def add(self, path: str) -> None:
        """Take a path that was named: a file as it is, a folder with what lies in it."""
        absolute = self._absolute(path)
        shown = self._name(absolute, path)
        try:
            is_folder = stat.S_ISDIR(os.stat(path).st_mode)
            settings = self._resolver.for_directory(absolute if is_folder else os.path.dirname(absolute))
        except (OSError, ValueError) as error:
            self._fail(absolute, shown, error)
        except ConfigError as error:
            self._fail_config(error)
        else:
            if settings.force_exclude and self.is_excluded(absolute, settings):
                return
            start = slashed(absolute if is_folder else os.path.dirname(absolute))[:-1]
            root = self._root(start or "/") if self._root is not None else None
            self._enclosure = self._enclosure_of(root or self._common)
            if not self._enclosure.holds(absolute):
                self.found[slashed(absolute)[:-1]] = FileError(shown, LEADS_OUT)
                return
            before = len(self.found)
            if not is_folder:
                self.found[slashed(absolute)[:-1]] = shown
                self.by_start.setdefault(start, []).append(slashed(absolute)[:-1])
                return
            self.searched.add(start)
            ignores = chain_above(absolute) if settings.respect_gitignore else Chain()
            pending = [_Folder(slashed(absolute), "" if shown == "." else slashed(shown), settings, ignores)]
            while pending and not self.is_cut:
                self._search(pending.pop(), pending)
            self.by_start.setdefault(start, []).extend(islice(self.found, before, None))

    def _enclosure_of(self, root: str) -> Enclosure:
        if root not in self._enclosures:
            self._enclosures[root] = Enclosure(root)
        return self._enclosures[root]

    def _search(self, folder: _Folder, pending: list[_Folder]) -> None:
        """Take the files of one folder, and put its folders on the list. The loop runs for every entry of a tree."""
        absolute, shown, settings, ignores = folder
        try:
            with os.scandir(shown or ".") as entries:
                listing = {entry.name: entry for entry in entries}
        except OSError as error:
            self._fail(absolute[:-1], shown[:-1] or ".", error)
            return
        self._entries += len(listing)
        if self._entries > self._most_entries or len(self.found) > self._most_files:
            self.is_cut = True
            return
        if not MARKS.isdisjoint(listing):
            marks = MARKS.intersection(listing)
            is_root = not _CONFIG_NAMES.isdisjoint(marks) and is_declared_root(absolute)
            # Such a folder is to its project what a repository in it is.
            self.marked[absolute[:-1]] = marks | {REPOSITORY} if is_root else marks
        if settings.respect_gitignore and not IGNORE_NAMES.isdisjoint(listing):
            ignores = ignores.entering(absolute, listing)
        if not _CONFIG_NAMES.isdisjoint(listing):
            try:
                settings = self._resolver.for_directory(os.path.normpath(absolute))
            except ConfigError as error:
                self._fail_config(error)
                return
        globs = self._glob_set(settings)
        excluded = globs.names
        has_rules = globs.has_wildcards or bool(ignores)
        for name, entry in listing.items():
            if name in excluded:
                continue
            try:
                is_folder = entry.is_dir(follow_symlinks=False)
                if not is_folder and not (
                    name.endswith(SUFFIXES) and (entry.is_file(follow_symlinks=False) or self._is_linked_file(entry, absolute))
                ):
                    continue
            except OSError as error:
                self._fail(absolute + name, shown + name, error)
                continue
            if has_rules and (globs.matches_wildcard(absolute, name) or ignores.ignores(absolute, name, is_folder)):
                continue
            if is_folder and not self._is_deep:
                continue
            if is_folder:
                inner = f"{absolute}{name}/"
                pending.append(_Folder(inner, self._name_below(inner, shown, name), settings, ignores))
            else:
                self.found[absolute + name] = shown + name

    def _is_linked_file(self, entry: os.DirEntry[str], folder: str) -> bool:
        """Whether an entry that is no file itself links to one below the root. Raises OSError for a link that leads nowhere, or to itself."""
        return (
            entry.is_symlink()
            and stat.S_ISREG(entry.stat().st_mode)
            and self._enclosure.holds(os.path.normpath(folder + entry.name))
        )

    def _absolute(self, path: str) -> str:
        joined = os.path.join(self._resolver.cwd, path)
        if ".." not in joined:
            return os.path.normpath(joined)
        # `link/..` is the parent of what the link leads to: only the file system can tell.
        parent, name = os.path.split(joined.rstrip(os.sep))
        return os.path.realpath(joined) if name == ".." else os.path.join(os.path.realpath(parent), name)

    def _name(self, absolute: str, given: str) -> str:
        """How a path is shown."""
        path = slashed(absolute)
        if path == self._below_cwd:
            return "."
        if path.startswith(self._below_cwd):
            return path[len(self._below_cwd) : -1]
        return path[:-1] if os.path.isabs(given) else os.path.relpath(absolute, self._resolver.cwd).replace(os.sep, "/")

    def _name_below(self, absolute: str, shown: str, name: str) -> str:
        """How a folder in one that is shown so is shown: one on the way to the working directory as linking names it, `../` and not
        `../../name/`."""
        if absolute == self._below_cwd:
            return ""
        if shown.startswith("../") and self._below_cwd.startswith(absolute):
            return shown.removeprefix("../")
        return f"{shown}{name}/"

    def _fail(self, absolute: str, shown: str, error: OSError | ValueError) -> None:
        self.found[absolute] = FileError(shown, reason(error))

    def _fail_config(self, error: ConfigError) -> None:
        for number, each in enumerate(error.errors):
            self.found[f"{os.path.join(self._resolver.cwd, error.path)}\0{number}"] = each

    def is_excluded(self, absolute: str, settings: Settings) -> bool:
        """Whether a path, or a folder that it lies in, is excluded, as far up as the settings reach."""
        globs = self._glob_set(settings)
        while absolute != settings.root:
            parent, name = os.path.split(absolute)
            if not name:
                return False
            if globs.matches(slashed(parent), name):
                return True
            absolute = parent
        return False

    def _glob_set(self, settings: Settings) -> GlobSet:
        # By identity: the resolver hands out one object for all folders that share settings, and hashing it each time is slow.
        globs = self._globs.get(id(settings))
        if globs is None:
            globs = self._globs[id(settings)] = GlobSet(settings.exclude)
        return globs


def reason(error: OSError | ValueError) -> str:
    """Why a path cannot be read, in a few words of lower case."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror[:1].lower() + error.strerror[1:]
    return str(error) or type(error).__name__
