"""Plugins: rules, SDKs and output formats of other packages, by entry points (docs/plugins.md).

Every run has to know which there are, so looking for them must cost next to nothing: only distributions with `llmlint` in their name are looked
at, which takes one listing of each folder of installed packages, and `importlib.metadata` is not imported. Where there are some,
`entry_points` reads what they say. A plugin is imported when it is used. A fault of a plugin is an error of the run, which goes on without it.
"""

from __future__ import annotations

import os
import sys
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Any

    from llmlint.plugins.entry_points import Entry

RULES, SDKS, FORMATS = "llmlint.rules", "llmlint.sdks", "llmlint.formats"

_NAMES = {
    RULES: (
        r"((?!llm)[a-z]{2,}\d{3,})_[a-z0-9]+(?:_[a-z0-9]+)*",
        "is not named after a code and the name of a rule, such as `acme101_call_without_team` (codes with LLM are llmlint's own)",
    ),
    SDKS: (r"([a-z_][a-z0-9_]*)", "is not named as a module is"),
    FORMATS: (r"([a-z][a-z0-9]*(?:-[a-z0-9]+)*)", "is not named in small letters, digits and hyphens"),
}
"""What entry points of each group are called, and what to say of others."""

OFF = "LLMLINT_NO_PLUGINS"
"""The environment variable that turns all plugins off, whatever it holds."""


class Fault(Exception):
    """What a plugin raised while it was asked something; the message is for users."""


_errors: dict[tuple[str, str], None] = {}


def errors() -> list[tuple[str, str]]:
    """What went wrong with plugins by now: the plugin, and what is wrong with it."""
    return list(_errors)


def complain(entry: Entry, said: str) -> None:
    """Note that something is wrong with an entry point."""
    _errors[str(entry), f"`{entry.name}` of {entry.group} {said}"] = None


def load(entry: Entry) -> Any:
    """What an entry point names; None where it cannot be imported, which is noted."""
    # Imported here, as few have plugins.
    import importlib

    try:
        found: Any = importlib.import_module(entry.module)
        for part in filter(None, entry.attribute.split(".")):
            found = getattr(found, part)
    except Exception as error:
        complain(entry, f"cannot be loaded: {in_short(error)}")
        return None
    return found


def in_short(error: Exception) -> str:
    return " ".join(f"{type(error).__name__}: {error}".split())[:200]


def fault(entry: Entry, error: Exception | str) -> Fault:
    """What to raise where a plugin fails at something."""
    return Fault(f"{entry}: `{entry.name}` failed: {error if isinstance(error, str) else in_short(error)}")


def address(code: str) -> str | None:
    """Where a rule of a plugin is documented, or its project can be found, as its package says."""
    entry = next((each for each in entries(RULES) if each.rule[0] == code), None)
    if entry is None:
        return None
    from llmlint.plugins.entry_points import address_of

    return address_of(entry)


def entries(group: str) -> tuple[Entry, ...]:
    """The entry points of a group whose names are right; of several with one name the first."""
    return tuple(entry for entry in _usable() if entry.group == group)


def identity() -> tuple[object, ...]:
    """What decides about findings as far as plugins go: their entry points and versions, and the files of their packages."""
    if not _usable():
        return ()
    from llmlint.plugins.entry_points import files_of

    packages = sorted({entry.module.partition(".")[0] for entry in _usable()})
    return (*map(list, _usable()), *map(files_of, packages))


@cache
def _usable() -> tuple[Entry, ...]:
    folders = [] if OFF in os.environ else _folders()
    if not folders:
        return ()
    from llmlint.plugins.entry_points import usable_entries

    right, wrong = usable_entries(folders, _NAMES)
    for entry, said in wrong:
        complain(entry, said)
    return right


def _folders() -> list[str]:
    """The folders that may hold the metadata of a distribution with our name in its own."""
    found: list[str] = []
    for folder in sys.path:
        # A relative entry is the working directory, which may be the repository that is linted.
        if not os.path.isabs(folder):
            continue
        try:
            names = [name for name in os.listdir(folder) if "llmlint" in name and name.endswith("-info")]
        except OSError:
            continue
        found += [os.path.join(folder, name) for name in sorted(names) if not name.startswith("llmlint-")]
    return found
