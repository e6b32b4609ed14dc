"""Which project a file belongs to, and which of its files a run is asked about.

A project is found from where a file lies, and never from the working directory, so that a file has the same findings from wherever it is
linted. The nearest repository (`.git`), or folder whose configuration says `root = true`, decides; without one the topmost folder that
describes a project does, which makes the packages of a workspace one project. Findings are reported for the files that were named, but all
files of the project are known.

A file that lies in no project is linted with the files beside it. A home directory, the folder for temporary files and the folders above
them are no projects, whatever lies in them.
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, NamedTuple

from llmlint.config.settings import ConfigError
from llmlint.discover.roots import is_declared_root
from llmlint.discover.walk import MARKS, REPOSITORY, Search, discover, is_left_out, root_of, search
from llmlint.files.regular import read_start
from llmlint.findings import FileError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from llmlint.config.settings import SettingsResolver

MOST_FILES, MOST_ENTRIES = 20_000, 400_000
"""How many Python files, and how many entries of folders, are looked at beyond those that a run is asked about."""

_TABLE = re.compile(
    rb"^[ \t]*\[+[ \t]*(?:project|build-system|tool\.(?:llmlint|poetry|uv|pdm|hatch|flit|setuptools))\b", re.MULTILINE
)
_MOST_BESIDE = 1_000
_MOST_BYTES = 1_000_000


class Asked(NamedTuple):
    """The files of one project, and those of them that a run reports on.

    `root` is the absolute folder above which no import is followed. `found` are all files that are known, and what went wrong with those that
    were named. `own` are the files that were named or lie below folders that were; None where these are all. `is_absolute`: whether files
    outside of the working directory are shown with absolute paths. `is_project`: whether all of the project is known. `is_marked`: whether
    it is a project, and not just some files. `note` says what was left out.
    """

    root: str
    found: Sequence[str | FileError]
    own: frozenset[str] | None = None
    is_absolute: bool = False
    is_project: bool = True
    is_marked: bool = True
    note: str | None = None


class Projects:
    """Finds the project of a folder, and remembers it."""

    def __init__(self) -> None:
        self._barred = frozenset(_barred())
        # The root of the project and whether it is a repository, by folder.
        self._known: dict[str, tuple[str, bool] | None] = {}

    def root_of(self, folder: str) -> str | None:
        """The root of the project that an absolute folder lies in; None where it lies in none."""
        pending: list[str] = []
        current = folder
        while current not in self._known:
            pending.append(current)
            parent = os.path.dirname(current)
            if parent == current:
                break
            current = parent
        for each in reversed(pending):
            self._known[each] = self._find(each, self._known.get(os.path.dirname(each)))
        found = self._known[folder]
        return found[0] if found is not None else None

    def _find(self, folder: str, above: tuple[str, bool] | None) -> tuple[str, bool] | None:
        if folder in self._barred:
            return None
        if os.path.lexists(os.path.join(folder, REPOSITORY)) or is_declared_root(folder):
            return folder, True
        if above is not None:
            return above
        return (folder, False) if any(_is_mark(folder, name) for name in MARKS) else None

    def top_of(self, folder: str) -> str:
        """The folder from which the modules beside a file that lies in no project are imported: above its packages."""
        while os.path.isfile(os.path.join(folder, "__init__.py")):
            parent = os.path.dirname(folder)
            if parent == folder or parent in self._barred:
                break
            folder = parent
        return folder


def _barred() -> Iterator[str]:
    """Folders that are no projects: the home directory, those for temporary files, and all above."""
    for start in (os.path.expanduser("~"), os.environ.get("TMPDIR", "/tmp"), "/tmp", "/var/tmp", os.path.abspath(os.sep)):
        for folder in {os.path.abspath(start), os.path.realpath(start)}:
            while True:
                yield folder
                parent = os.path.dirname(folder)
                if parent == folder:
                    break
                folder = parent


def _is_mark(folder: str, name: str) -> bool:
    path = os.path.join(folder, name)
    if not os.path.isfile(path):
        return False
    if name != "pyproject.toml":
        return True
    try:
        return _TABLE.search(read_start(path, _MOST_BYTES)) is not None
    except (OSError, ValueError):
        return False


def ask(paths: Iterable[str], settings: SettingsResolver) -> list[Asked]:
    """What a run over some paths is asked about, by project: at least one. The first has what went wrong with the paths themselves."""
    projects = Projects()
    given = search(paths, settings, root=projects.root_of)
    errors = [each for each in given.found.values() if isinstance(each, FileError)]
    by_root: dict[str | None, dict[str, str]] = {}
    for path, root in _roots(given, projects):
        shown = given.found[path]
        if isinstance(shown, str):
            by_root.setdefault(root, {})[path] = shown
    alone = by_root.pop(None, {})
    asked = [_project(root, own, given, settings) for root, own in by_root.items() if root is not None]
    asked += _alone(alone, given, settings, projects)
    asked.sort(key=lambda each: each.root)
    first = asked[0] if asked else Asked(settings.cwd, ())
    return [first._replace(found=[*first.found, *errors]), *asked[1:]]


def without_projects(paths: Sequence[str], settings: SettingsResolver) -> Asked:
    """The files that were named or lie below folders that were, and nothing else."""
    projects = Projects()
    folders = {os.path.normpath(os.path.join(settings.cwd, path)) for path in paths}
    roots = (projects.root_of(folder) for folder in folders)
    is_project = all(root is None or root in folders for root in roots)
    return Asked(root_of(paths, settings.cwd), list(discover(paths, settings)), None, is_project=is_project, is_marked=False)


def ask_about_text(name: str, settings: SettingsResolver, is_project: bool) -> Asked:
    """What a run is asked about that lints a text in place of a file, which need not exist; nothing where that is excluded."""
    absolute = os.path.normpath(os.path.join(settings.cwd, name))
    is_absolute = os.path.isabs(name) and not absolute.startswith(os.path.join(settings.cwd, ""))
    shown = absolute if is_absolute else os.path.relpath(absolute, settings.cwd)
    shown = shown.replace(os.sep, "/")
    try:
        if is_left_out(absolute, settings):
            return Asked(settings.cwd, ())
    except ConfigError as error:
        return Asked(settings.cwd, error.errors)
    if not is_project:
        return Asked(settings.cwd, [shown], None, is_absolute, is_project=False, is_marked=False)
    projects = Projects()
    root = projects.root_of(os.path.dirname(absolute))
    if root is not None:
        return _project(root, {absolute: shown}, search((), settings), settings)
    return next(_alone({absolute: shown}, search((), settings), settings, projects))


def _roots(given: Search, projects: Projects) -> Iterator[tuple[str, str | None]]:
    """Each file that was found, with the root of its project."""
    for start, paths in given.by_start.items():
        root = projects.root_of(start)
        # Only a repository, or what says that it is a root, can be nested in a project: all else is part of it.
        nested = [folder for folder, names in given.marked.items() if folder != start and (root is None or REPOSITORY in names)]
        inner = tuple(f"{folder}/" for folder in nested)
        for path in paths:
            is_nested = bool(inner) and path.startswith(inner)
            yield path, projects.root_of(os.path.dirname(path)) if is_nested else root


def _project(root: str, own: dict[str, str], given: Search, settings: SettingsResolver) -> Asked:
    """The files of a project, of which some were found already."""
    is_absolute = any(map(os.path.isabs, own.values()))
    if root in given.searched:
        return Asked(root, sorted(own.values()), None, is_absolute)
    start: str | None = root
    known = _search_below(root, is_absolute, settings)
    while known.is_cut and start is not None:
        start = _towards(start, own)
        known = _search_below(start, is_absolute, settings)
    note = None
    if start != root:
        where = f"of {os.path.relpath(start, settings.cwd)}" if start else "of the files that were named"
        note = f"{root} is too large to be read for a few files: what the files outside {where} do is not known"
    nested = tuple(f"{folder}/" for folder, names in known.marked.items() if REPOSITORY in names and folder != root)
    names = {
        path: name for path, name in known.found.items() if isinstance(name, str) and not (nested and path.startswith(nested))
    }
    chosen: set[str] = set()
    for path, name in own.items():
        # It may be the same file by way of a link.
        real = path if path in names else os.path.realpath(path)
        chosen.add(names.setdefault(real if real in names else path, name))
    everything = sorted(names.values())
    own_or_all = None if len(chosen) == len(everything) else frozenset(chosen)
    return Asked(root, everything, own_or_all, is_absolute, is_project=note is None, note=note)


def _search_below(folder: str | None, is_absolute: bool, settings: SettingsResolver, *, is_deep: bool = True) -> Search:
    if folder is None:
        return search((), settings)
    shown = folder if is_absolute else os.path.relpath(folder, settings.cwd)
    return search([shown.replace(os.sep, "/")], settings, most=(MOST_FILES, MOST_ENTRIES), is_deep=is_deep)


def _towards(folder: str, files: Iterable[str]) -> str | None:
    """The folder one step nearer to all of some files; None where there is none."""
    common = os.path.commonpath([os.path.dirname(path) for path in files])
    start = os.path.join(folder, "")
    return start + common[len(start) :].split(os.sep)[0] if common.startswith(start) else None


def _alone(own: dict[str, str], given: Search, settings: SettingsResolver, projects: Projects) -> Iterator[Asked]:
    """Files that lie in no project, with those beside them; each folder that was named by itself."""
    by_top: dict[str, dict[str, str]] = {}
    # The outermost of those that were named.
    folders = sorted(given.searched)
    for path, shown in own.items():
        top = next((folder for folder in folders if path.startswith(os.path.join(folder, ""))), None)
        by_top.setdefault(top or projects.top_of(os.path.dirname(path)), {})[path] = shown
    for top, files in by_top.items():
        is_absolute = any(map(os.path.isabs, files.values()))
        names = dict(files)
        if top not in given.searched:
            for folder in sorted({os.path.dirname(path) for path in files}):
                beside = _search_below(folder, is_absolute, settings, is_deep=False).found
                if len(beside) <= _MOST_BESIDE:
                    names = {**{path: name for path, name in beside.items() if isinstance(name, str)}, **names}
        own_names = frozenset(files.values())
        own_or_all = None if len(names) == len(files) else own_names
        yield Asked(projects.top_of(top), sorted(names.values()), own_or_all, is_absolute, is_marked=False)
