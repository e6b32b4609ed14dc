"""The module with the batching client: where it is, or is to be, so that all files that use it can import it, and what it needs."""

from __future__ import annotations

import contextlib
import os.path
import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from llmlint.config.settings import BATCH_MODULE
from llmlint.findings import Edit, NewFile
from llmlint.fixes.batch.client import check_takes_batching, clients_of
from llmlint.fixes.batch.parts import PART_OF, assembled, written
from llmlint.fixes.edits.by_hand import ByHand
from llmlint.link.program.memo import Memo
from llmlint.link.program.program import NEVER_LOCAL, Program
from llmlint.link.program.tests import is_test_file
from llmlint.providers.below import requests_of_program
from llmlint.source import Span

_IMPORTS = re.compile(r"^[ \t]*(?:from[ \t]+(?=[\w.])(\.*)((?:\w[\w.]*)?)[ \t]+import\b|import[ \t]+([\w.]+))", re.MULTILINE)
_RUN_BY_ITSELF = re.compile(r"^(?:if __name__ == |(?:async )?for |while |with )", re.MULTILINE)
# The fewer votes, the better: fixes that can use a place, whether it is above the packages, files in its folder, and the place itself.
_Votes = tuple[int, bool, int, str]
_NO_VOTES: _Votes = (0, True, 0, "")
_VOTES: Memo[tuple[str, str], dict[str, _Votes]] = Memo()
_MAIN = re.compile(r"^if __name__ == ", re.MULTILINE)
_MOST_SETTINGS = 1_000_000  # bytes
_CALLED, _DEFINED = re.compile(r"^(\w+)\(", re.MULTILINE), re.compile(r"^(?:async )?def (\w+)\(", re.MULTILINE)
_IMPORTED: Memo[tuple[str, str], list[tuple[int, str]]] = Memo()


@dataclass(frozen=True, slots=True)
class BatchModule:
    """How each file names the module behind `from`, by path; and the module, where it is to be created or needs further parts."""

    names: dict[str, str]
    new_files: tuple[NewFile, ...]
    edits: tuple[Edit, ...] = ()


def batch_module(program: Program, paths: Iterable[str], setting: str, parts: frozenset[str]) -> BatchModule | None:
    """The module for files that import from it in one fix; None where there is no place that all of them can import from.

    `setting` is the name of the module: with dots as it is imported, without them that of a file in the package of the importing files.
    `parts` are what the fix needs of it. Raises `ByHand` where somebody has edited the module, and it lacks one of them.
    """
    found = {path: _places(program, path, setting) for path in sorted(set(paths))}
    shared = [place for place in next(iter(found.values())) if _has_one_name(program, place, found)]
    free: list[str] = []
    for place in shared:
        shown = program.disk.shown(place)
        if not program.is_there(place):
            free += [place] if not any(_hides(program, path, places[place]) for path, places in found.items()) else []
        elif program.module(shown) is not None and "def batching(" in program.source(shown).text:
            names = {path: places[place] for path, places in found.items()}
            return BatchModule(names, (), tuple(_extended(shown, program.source(shown).text, parts)))
    votes = _votes(program, next(iter(found)), setting) if len(free) > 1 else {}
    for place in sorted(free, key=lambda each: votes.get(each, _NO_VOTES)):  # Of equal ones the first.
        if program.disk.is_inside(place, program.root) and program.disk.names(os.path.dirname(place)):
            names = {path: places[place] for path, places in found.items()}
            return BatchModule(names, (NewFile(program.disk.shown(place), assembled(parts)),))
    return None


def _hides(program: Program, path: str, name: str) -> bool:
    """Whether a new module would be found in place of one of Python's, of an SDK, or of another package that a file imports."""
    top = name.partition(".")[0]
    if top != name or not top:
        return False
    module = program.module(path)
    # A file may import the module from an earlier fix, though somebody has deleted it.
    is_imported = module is not None and top != BATCH_MODULE and module.imports_any(frozenset({top}))
    return is_imported or top in NEVER_LOCAL or top in sys.stdlib_module_names


def _has_one_name(program: Program, place: str, found: dict[str, dict[str, str]]) -> bool:
    """Whether files can import a module at a place by the same name: by two, Python would make two modules of it, whose state is not shared."""
    names: set[str] = set()
    for path, places in found.items():
        name = places.get(place)
        if name is None:
            return False
        names |= {name} if not name.startswith(".") else _whole_names(program, path, name)
    return len(names) <= 1 or all(places[place].startswith(".") for places in found.values())


def _whole_names(program: Program, path: str, relative: str) -> set[str]:
    """The names that a relative one stands for, by the names under which the file itself is imported, or else by the packages around it."""
    module = relative.lstrip(".")
    level = len(relative) - len(module)
    imported = [each.split(".") for each in program.import_names(path) - {"."} if each.count(".") >= level]
    found = {".".join([*each[:-level], module]) for each in imported}
    packages = [os.path.basename(each) for each in _packages(program, os.path.dirname(program.disk.absolute(path)))]
    return found or {".".join([*reversed(packages[level - 1 :]), module])}


def _votes(program: Program, path: str, setting: str) -> dict[str, _Votes]:
    """For places of the module in the program of a file: how many fixes of the program can use it, the most first, so that all use one module.
    Of equal ones the package with the most of their files, not the folder above. Empty where there are no two fixes, or too many calls."""
    return _VOTES.get(program, (program.package_groups.of(path), setting), lambda: _find_votes(program, path, setting))


def _find_votes(program: Program, path: str, setting: str) -> dict[str, _Votes]:
    users = _users(program, path)
    counts: Counter[str] = Counter()
    tops: set[str] = set()
    for files in users if len(users) > 1 else ():
        with contextlib.suppress(ByHand):
            found = {each: _places(program, each, setting) for each in sorted(files)}
            counts.update(place for place in next(iter(found.values())) if _has_one_name(program, place, found))
            tops |= {place for places in found.values() for place, name in places.items() if "." not in name}
    absolute = {program.disk.absolute(each) for files in users for each in files}
    return {
        place: (
            -count,
            place in tops,
            -sum(each.startswith(os.path.join(os.path.dirname(place), "")) for each in absolute),
            place,
        )
        for place, count in counts.items()
    }


def _users(program: Program, path: str) -> set[frozenset[str]]:
    """The files of each fix of the program: that of the fan-out, and those that make the client."""
    users: set[frozenset[str]] = set()
    for request in requests_of_program(program, path) or ():
        if not request.takes_batches or not request.takes_fixes:
            continue
        with contextlib.suppress(ByHand):
            check_takes_batching(request)
            fan_out = request.fan_out
            if fan_out is not None and not fan_out.is_batched and not request.is_interactive:
                users.add(frozenset({fan_out.at.path, *(made.path for made in clients_of(request))}))
    return users


def _extended(path: str, text: str, parts: frozenset[str]) -> Iterator[Edit]:
    """The edit that gives a module the parts that it lacks."""
    there = written(text)
    if there is not None and parts <= there.parts:
        return
    missing = sorted(
        name for name, part in PART_OF.items() if part in parts and not re.search(rf"^(def|class) {name}\b", text, re.MULTILINE)
    )
    if there is None and not missing:
        return  # A module of somebody's own.
    if there is None or there.is_edited:
        lacks = missing or sorted(parts - there.parts if there is not None else ())
        raise ByHand(f"somebody has edited {path}, which lacks `{lacks[0]}`: llmlint does not write over it")
    yield Edit(Span(path, 0, len(text)), assembled(parts | there.parts))


def _imports_of(text: str) -> list[tuple[int, str]]:
    """What a file imports: how many dots it begins with, and its name."""
    return [(len(each[1] or ""), each[2] or each[3] or "") for each in _IMPORTS.finditer(text)]


def _places(program: Program, path: str, module: str) -> dict[str, str]:
    """The places of the module, as absolute paths, that a file can import from, the best first, with its name there."""
    file = program.disk.absolute(path)
    folder = os.path.dirname(file)
    if "." in module:
        return _place_of_dotted(program, folder, module)
    text = program.source(path).text
    imports = _IMPORTED.get(program, (path, text), lambda: _imports_of(text))
    if {name for dots, name in imports if dots and name} & {name for dots, name in imports if not dots}:
        # `try: from .client import Client`, `except ImportError: from client import Client`.
        raise ByHand("the file imports its modules as those of a package and by their names alone, as it is run in both ways")
    bases = [base for dots, name in imports if not dots for base in _bases_of_import(program, file, name)]
    # Jupyter looks for modules beside a notebook.
    places = {os.path.join(folder, f"{module}.py"): module} if path.endswith(".ipynb") else {}
    # What the file imports already shows what it can import: the package that it belongs to, if that is among it.
    for base, package in sorted(bases, key=lambda each: not file.startswith(os.path.join(*each, ""))):
        places.setdefault(os.path.join(base, package, f"{module}.py"), f"{package}.{module}" if package else module)
    tops = {base for base, _ in bases}
    packages = list(_packages(program, folder))
    named = program.import_names(path)
    most = max((dots for dots, _ in imports), default=0)
    # How many packages are around the file, by each of its names.
    absolute = [name for name in sorted(named - {"."}) if name.count(".") >= most]
    depths = {name.count(".") for name in absolute}
    has_one_name = len(depths) <= 1 and ("." not in named or depths != {0})
    if not has_one_name and not places and 0 in depths:
        raise ByHand(f"other files import {path} as part of a package and by its name alone, and no place of a module fits both")
    if depths == {0} and has_one_name:
        places.setdefault(os.path.join(folder, f"{module}.py"), module)
        packages = []
    elif most or "." in named or not has_one_name:
        around = packages or _folders_above(folder, most)
        for level, package in reversed(list(enumerate(around[: min(depths, default=len(around))], 1))):
            places.setdefault(os.path.join(package, f"{module}.py"), "." * level + module)
    if not places and not most and _is_run_by_itself(text):
        if packages and not named:
            return {os.path.join(folder, f"{module}.py"): module}
        if named and 0 not in depths:
            _check_is_found_by_all(program, path, min(depths))
    if packages and depths <= {len(packages)}:
        top = packages[-1]
        places.setdefault(os.path.join(top, f"{module}.py"), f"{os.path.basename(top)}.{module}")
        tops.add(os.path.dirname(top))
    for name in absolute if has_one_name else ():
        package, levels = name.partition(".")[0] if "." in name else "", name.count(".")
        base = os.path.normpath(os.path.join(folder, *[".."] * levels))
        places.setdefault(os.path.join(base, package, f"{module}.py"), f"{package}.{module}" if package else module)
        tops.add(base)
    places = places or {os.path.join(folder, f"{module}.py"): module}
    # The folder of the packages comes last, for those that share nothing else. What is installed leaves it out.
    for base in sorted(tops):
        if not any(_is_installed(program, each) for each in (base, os.path.dirname(base))):
            places.setdefault(os.path.join(base, f"{module}.py"), module)
    return places


def _check_is_found_by_all(program: Program, path: str, depth: int) -> None:
    """See to it that a script that imports nothing of its project, and that other files import as part of a package, finds the module in both ways.

    `python src/make.py` finds what is in src/ by its name alone, and what imports `src.make` finds `src.llm_batches`."""
    file = program.disk.absolute(path)
    if all(_is_test(program, each) for each in program.import_names_by_file(path)):
        raise ByHand(f"only tests import {path} as part of a package, and it runs by itself: no place of a module fits both")
    if _MAIN.search(program.source(path).text) and not _is_installed(
        program, os.path.normpath(os.path.join(file, *[".."] * (depth + 1)))
    ):
        raise ByHand(f"other files import {path} as part of a package, and it runs by itself: no place of a module fits both")


def _is_installed(program: Program, base: str) -> bool:
    """Whether the packages in a folder are built and installed: their scripts can import them, however they are run."""
    settings = program.disk.read(os.path.join(base, "pyproject.toml"), _MOST_SETTINGS) or b""
    return program.disk.is_file(os.path.join(base, "setup.py")) or b"[build-system]" in settings


def _is_test(program: Program, path: str) -> bool:
    module = program.module(path)
    return module is not None and is_test_file(program, module)


def _is_run_by_itself(text: str) -> bool:
    """Whether a file does something when it is run: Python looks for modules beside it then, though it may lie in the folder of a package."""
    return _RUN_BY_ITSELF.search(text) is not None or bool({*_CALLED.findall(text)} & {*_DEFINED.findall(text)})


def _place_of_dotted(program: Program, folder: str, module: str) -> dict[str, str]:
    parts = module.split(".")
    for base in _roots(program, folder):
        if program.disk.exists(os.path.join(base, *parts[:-1])):
            return {os.path.join(base, *parts[:-1], f"{parts[-1]}.py"): module}
    return {}


def _bases_of_import(program: Program, file: str, name: str) -> Iterator[tuple[str, str]]:
    """The folder that an import of the program is looked up in, and its top-level package: empty for a module at the top."""
    top, _, rest = name.partition(".")
    if not top or top in NEVER_LOCAL:
        return
    disk = program.disk
    for base in _roots(program, os.path.dirname(file)):
        stem = os.path.join(base, top)
        inner = os.path.join(stem, rest.partition(".")[0])
        if disk.is_file(os.path.join(stem, "__init__.py")) or (rest and (disk.is_file(f"{inner}.py") or disk.names(inner))):
            yield base, top
            return
        if not rest and disk.is_file(f"{stem}.py") and f"{stem}.py" != file:
            yield base, ""
            return


def _packages(program: Program, folder: str) -> Iterator[str]:
    """The packages that a folder belongs to, from the inside out."""
    while program.disk.is_file(os.path.join(folder, "__init__.py")):
        yield folder
        folder = os.path.dirname(folder)


def _folders_above(folder: str, levels: int) -> list[str]:
    """A folder and those above it that relative imports reach from there: packages without an `__init__.py`."""
    return [os.path.normpath(os.path.join(folder, *[".."] * level)) for level in range(max(levels, 1))]


def _roots(program: Program, folder: str) -> Iterator[str]:
    """The folders that imports of a file in a folder may be looked up in, from the inside out."""
    while True:
        yield folder
        yield os.path.join(folder, "src")
        parent = os.path.dirname(folder)
        if folder == program.root or parent == folder or not folder.startswith(program.root):
            return
        folder = parent
