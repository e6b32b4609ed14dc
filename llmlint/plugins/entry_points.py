"""What the packages of plugins say of themselves: their entry points, and where they are documented. Only imported where there are plugins."""

from __future__ import annotations

import os
import re
from collections.abc import Container, Mapping, Sequence
from typing import NamedTuple

_INFO = r"(?P<name>[\w.]*llmlint[\w.]*)-(?P<version>[^-]+)(?:-[^-]+)?\.(?:dist|egg)-info"
_HEADER = r"\s*\[([^\]]+)\]\s*\Z"
_ENTRY = r"\s*([^=\s#;\[][^=]*?)\s*=\s*([\w.]+)\s*(?::\s*([\w.]+))?\s*\Z"
_ADDRESS = r"^(?:Project-URL:[ ]*)?([\w-]+)[,:][ ]*(https?://[^\s]+)[ \t]*$"
_MOST_BYTES = 100_000


class Entry(NamedTuple):
    """One entry point: what it is called in which group, the module and the attribute that it names, and whose it is."""

    group: str
    name: str
    module: str
    attribute: str
    distribution: str
    version: str
    folder: str

    def __str__(self) -> str:
        return f"plugin {self.distribution} {self.version}"

    @property
    def rule(self) -> tuple[str, str]:
        """The code and the name of a rule: `acme101_unlabelled_call`."""
        code, _, name = self.name.partition("_")
        return code.upper(), name.replace("_", "-")


def usable_entries(
    folders: Sequence[str], names: Mapping[str, tuple[str, str]]
) -> tuple[tuple[Entry, ...], list[tuple[Entry, str]]]:
    """The entry points in some folders of metadata whose names are right; and others, with what is wrong. `names` has for each group the
    pattern of the names in it, which has what may be there once as its first group, and what to say of others."""
    right: dict[tuple[str, str], Entry] = {}
    wrong: list[tuple[Entry, str]] = []
    for entry in _found(folders, names):
        pattern, said = names[entry.group]
        match = re.fullmatch(pattern, entry.name)
        if match is None:
            wrong.append((entry, said))
        elif (entry.group, match[1]) in right:
            wrong.append((entry, f"has the name of another one, of {right[entry.group, match[1]]}"))
        else:
            right[entry.group, match[1]] = entry
    return tuple(right.values()), wrong


def _found(folders: Sequence[str], groups: Container[str]) -> list[Entry]:
    """The entry points of all distributions, each distribution where it is found first."""
    found: list[Entry] = []
    seen: set[str] = set()
    for folder in folders:
        info = re.fullmatch(_INFO, os.path.basename(folder))
        distribution = info["name"].lower().replace("_", "-") if info else ""
        if info and distribution not in seen:
            seen.add(distribution)
            found += _read(os.path.join(folder, "entry_points.txt"), distribution, info["version"], groups)
    return found


def _read(path: str, distribution: str, version: str, groups: Container[str]) -> list[Entry]:
    try:
        with open(path, encoding="utf-8") as file:
            lines = file.read(_MOST_BYTES).splitlines()
    except (OSError, ValueError):
        return []
    found: list[Entry] = []
    group = ""
    for line in lines:
        header, entry = re.match(_HEADER, line), re.match(_ENTRY, line)
        if header:
            group = header[1].strip()
        elif entry and group in groups:
            found.append(Entry(group, entry[1], entry[2], entry[3] or "", distribution, version, os.path.dirname(path)))
    return found


def address_of(entry: Entry) -> str | None:
    """The page that a package names for its documentation, or itself."""
    try:
        with open(os.path.join(entry.folder, "METADATA"), encoding="utf-8") as file:
            head = file.read(_MOST_BYTES).partition("\n\n")[0]
    except (OSError, ValueError):
        return None
    found = {match[1].lower(): match[2] for match in re.finditer(_ADDRESS, head, re.MULTILINE)}
    return next(
        (found[name] for name in ("documentation", "homepage", "home-page", "source", "repository") if name in found), None
    )


def files_of(package: str) -> list[object]:
    """The source files of a package with sizes and times: while a plugin is written, its version stays the same."""
    from importlib.util import find_spec

    try:
        spec = find_spec(package)
    except (ImportError, ValueError):
        return []
    pending = list(spec.submodule_search_locations or ()) if spec is not None else []
    files = [spec.origin] if spec is not None and spec.origin is not None else []
    while pending:
        try:
            with os.scandir(pending.pop()) as inside:
                for each in inside:
                    if each.is_dir() and each.name != "__pycache__":
                        pending.append(each.path)
                    elif each.name.endswith(".py"):
                        files.append(each.path)
        except OSError:
            continue
    return [[path, os.stat(path).st_size, os.stat(path).st_mtime_ns] for path in sorted(files) if os.path.isfile(path)]
