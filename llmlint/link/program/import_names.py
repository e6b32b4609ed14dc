"""The names under which files of a program import one of its modules."""

from __future__ import annotations

import os.path
import re

from llmlint.link.program.disk import Disk
from llmlint.performance.contains import contains_of

_IMPORT_LINE = re.compile(
    rb"^[ \t]*(?:from[ \t]+(?=[\w.])(\.*)((?:\w[\w.]*)?)[ \t]+import[ \t(]+([\w, \t]*)|import[ \t]+([\w.]+))", re.MULTILINE
)
_CHANGES_PATH = re.compile(rb"\bsys\.path\b|\baddsitedir\b")
_RELATIVE = re.compile(rb"^[ \t]*from[ \t]+\.", re.MULTILINE)


def import_names_in(disk: Disk, other: str, data: bytes, path: str) -> set[str]:
    """The names under which one file, which holds `data`, imports the module at a path. `.` where it does by the dots of their package."""
    folder, _, file = disk.absolute(path).replace("\\", "/").rpartition("/")
    stem = file.rpartition(".")[0]
    parts = [*folder.split("/"), stem]
    own = {".".join(parts[start:]) for start in range(1, len(parts))}
    found: set[str] = set()
    for match in _IMPORT_LINE.finditer(data) if contains_of(data)(data, stem.encode(errors="surrogateescape")) else ():
        dots, module, names, plain = ((each or b"").decode(errors="replace") for each in match.groups())
        imported = [name for name in re.split(r"\W+", names) if name]
        if not dots:
            found |= own.intersection([plain, module, *(f"{module}.{name}" for name in imported)])
        elif dots == "." and stem in ([module] if module else imported):
            is_beside = disk.absolute(other).replace("\\", "/").rpartition("/")[0] == folder
            found |= {"."} if is_beside else set()
    if stem in found and not _finds_without_package(disk, other, data, folder, stem):
        found.discard(stem)
    return found


def _finds_without_package(disk: Disk, other: str, data: bytes, folder: str, stem: str) -> bool:
    """Whether the bare name of a module, in one file, means that of a folder: it is run beside it, or looks for modules in that folder."""
    beside = os.path.dirname(disk.absolute(other))
    is_package = disk.is_file(os.path.join(folder, "__init__.py"))
    if beside.replace("\\", "/") == folder:
        return not (is_package and _RELATIVE.search(data))
    if disk.is_file(os.path.join(beside, f"{stem}.py")) or disk.is_file(os.path.join(beside, stem, "__init__.py")):
        return False
    if not is_package:
        return True
    return _CHANGES_PATH.search(data) is not None and os.path.basename(folder).encode(errors="surrogateescape") in data
