"""llmlint as calls on bytes, for engines that have the files of many repositories somewhere else than in folders.

    facts = [scan_source(data, path) for path, data in repository]   # each file by itself, anywhere
    findings = link(facts)                                           # the files of one repository together

Both are pure: what they give follows from their arguments, they read no file and no configuration, and keep nothing. `docs/api.md` says more.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from llmlint.config.settings import ConfigError, SettingsResolver
from llmlint.discover.prefilter import may_hold_call, may_hold_directive
from llmlint.discover.senders import may_serve_others
from llmlint.discover.walk import SUFFIXES
from llmlint.findings import FileError
from llmlint.link.program.disk import GivenFiles
from llmlint.report.json import finding_json
from llmlint.rules.registry import known_rules
from llmlint.run.engine import Run
from llmlint.run.loading import LoadedFile, load_candidate
from llmlint.scan.facts import ModuleFacts

__all__ = ["ConfigError", "FileError", "FileFacts", "link", "may_hold_call", "scan_source"]

Finding = dict[str, Any]
"""A finding in the shape of the JSON contract (docs/contracts.md): strings, numbers, lists, dicts and None."""


@dataclass(frozen=True, slots=True)
class FileFacts:
    """What one file says: plain data, which can be pickled and sent elsewhere.

    `loaded` is None where the file cannot hold an LLM call, or is no Python at all: then its bytes are there in case that another file
    imports it, calls through it or reads its text. `error` says why a file that may hold a call could not be read.
    """

    path: str
    data: bytes
    loaded: LoadedFile | None = None
    error: FileError | None = None

    @property
    def facts(self) -> ModuleFacts | None:
        """The facts of a file that may hold a call."""
        facts = self.loaded.facts if self.loaded is not None else None
        return facts if isinstance(facts, ModuleFacts) else None


def scan_source(data: bytes, path: str) -> FileFacts:
    """Scan one file of a repository, whatever its bytes are; what is wrong with them is in `FileFacts.error`.

    `path` is relative to the root of the repository, with `/`. Files that end in `.py`, `.pyi` and `.ipynb` are scanned; other files, such as
    prompts in text files, are only carried along.
    """
    if not path.endswith(SUFFIXES) or not may_hold_call(data):
        return FileFacts(path, data)
    loaded = load_candidate(path, data)
    if isinstance(loaded, FileError):
        return FileFacts(path, data, error=loaded)
    return FileFacts(path, data, loaded if isinstance(loaded, LoadedFile) else None)


def link(
    facts: Iterable[FileFacts],
    *,
    select: Iterable[str] = (),
    ignore: Iterable[str] = (),
    extend_select: Iterable[str] = (),
    min_confidence: str = "medium",
    name: str = "repository",
    today: datetime.date | None = None,
    on_error: Callable[[FileError], None] | None = None,
    report_on: Iterable[str] | None = None,
) -> list[Finding]:
    """The findings in the files of one repository, by path, place and code: what `llmlint --isolated` finds in its root.

    `facts` are all files that matter, in any order: besides those with calls those that they import from, that call their functions, and
    whose text they read. `select`, `ignore`, `extend_select` and `min_confidence` are as on the command line; ConfigError is raised
    where they are wrong. `name` is the name of the root folder, by which its modules may import each other. `today` is the day against
    which retirement dates count (default: the day of the call). `on_error` is passed each file that could not be looked at. `report_on`: only
    findings and errors that touch these paths, as when files are named on the command line (default: all).
    """
    by_path = {each.path: each for each in sorted(facts, key=lambda each: each.path)}
    root = f"/{name.strip('/')}"
    run = Run(
        settings=_settings(tuple(select), tuple(ignore), tuple(extend_select), min_confidence),
        rules=known_rules(),
        paths=[path for path in by_path if path.endswith(SUFFIXES)],
        loaded={path: each.loaded for path, each in by_path.items() if each.loaded is not None},
        errors=tuple(_errors(by_path.values())),
        root=root,
        today=today or datetime.date.today(),
        disk=GivenFiles({path: each.data for path, each in by_path.items()}, root),
        own=None if report_on is None else frozenset(report_on),
        commented=frozenset(path for path, each in by_path.items() if _has_only_comments(each)),
        origins=frozenset(path for path, each in by_path.items() if path.endswith(SUFFIXES) and may_serve_others(each.data)),
    )
    run.loaded = {**run.loaded, **run.senders(None)}
    lint = run.lint()
    if on_error is not None:
        for error in dict.fromkeys([*run.errors, *lint.errors]):
            if run.own is None or error.path in run.own:
                on_error(error)
    return [finding_json(run.diagnostic(finding), run.locate) for finding in lint.findings]


def _has_only_comments(file: FileFacts) -> bool:
    return file.loaded is None and file.error is None and file.path.endswith(SUFFIXES) and may_hold_directive(file.data)


def _errors(facts: Iterable[FileFacts]) -> Iterable[FileError]:
    for each in facts:
        if each.error is not None:
            yield each.error
        if each.loaded is not None:
            yield from each.loaded.broken


@lru_cache(maxsize=16)
def _settings(
    select: tuple[str, ...], ignore: tuple[str, ...], extend_select: tuple[str, ...], min_confidence: str
) -> SettingsResolver:
    """Settings that are the same for all files, which the resolver of an isolated run never looks for on the disk."""
    given = {"select": list(select), "ignore": list(ignore), "extend-select": list(extend_select)}
    overrides: dict[str, object] = {key: value for key, value in given.items() if value}
    return SettingsResolver("/", {**overrides, "min-confidence": min_confidence}, isolated=True, known=known_rules())
