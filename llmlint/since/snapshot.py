"""What one state of a repository holds: its findings and its call sites with what they cost, as plain data to compare with another state."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from llmlint.fingerprints import Fingerprints

if TYPE_CHECKING:
    from collections.abc import Callable

    from llmlint.config.settings import SettingsResolver
    from llmlint.findings import Finding
    from llmlint.rules.registry import Rule
    from llmlint.run.engine import Run
    from llmlint.source import Source


class Known(NamedTuple):
    """A finding as it can be recognised in another state. `path` is relative to the root of the repository."""

    code: str
    path: str
    function: str
    content: str
    message: str


class Site(NamedTuple):
    """A call site: the how-many-th of its function it is, and what the input of a thousand calls costs in USD, if that is known."""

    path: str
    function: str
    number: int
    line: int
    model: str | None
    tokens: int
    cost: float | None


def known(findings: Iterable[Finding], source_of: Callable[[str], Source], root: str) -> list[Known]:
    """Findings, in their order, as they can be recognised."""
    prints = Fingerprints(source_of)
    found = []
    for finding in findings:
        own = prints.of(finding)
        found.append(Known(own.code, path_in(root, own.path), own.function, own.content, finding.message))
    return found


def path_in(root: str, path: str) -> str:
    return os.path.relpath(os.path.realpath(path), root).replace(os.sep, "/")


def runs_over(paths: Iterable[str], settings: SettingsResolver, rules: Mapping[str, Rule]) -> list[Run]:
    """A run for each project below some paths."""
    from llmlint.discover.project import ask
    from llmlint.run.engine import Run

    return [Run.of_asked(asked, settings, rules) for asked in ask(paths, settings)]


def sites_of(run: Run, root: str) -> list[Site]:
    """The call sites of a run, in the order of files and places."""
    from llmlint.findings import FileError
    from llmlint.sites.inventory import cost_of

    prints = Fingerprints(run.source)
    counts: dict[tuple[str, str], int] = {}
    found = []
    for path, sites in run.call_sites():
        for site in () if isinstance(sites, FileError) else sites:
            function, shown = prints.function(site.span), path_in(root, path)
            number = counts.get((shown, function), 0)
            counts[shown, function] = number + 1
            model, tokens, cost = cost_of(site.richest)
            found.append(Site(shown, function, number, run.locate(site.span)[0].line, model, tokens, cost))
    return found


def print_snapshot(given: Mapping[str, Any], write: Callable[[str], None]) -> int:
    """Print the snapshot of the working directory, for a process that compares it with its own."""
    from llmlint.config.settings import SettingsResolver
    from llmlint.rules.registry import known_rules

    rules = known_rules()
    settings = SettingsResolver(
        os.getcwd(), given["overrides"], given["isolated"], given["config"], known=rules, inline=given["inline"]
    )
    root = os.path.realpath(given["root"])
    findings: list[Known] = []
    sites: list[Site] = []
    for run in runs_over(given["paths"], settings, rules):
        findings += known(run.lint().findings, run.source, root)
        sites += sites_of(run, root) if given["sites"] else ()
    write(json.dumps({"findings": findings, "sites": sites}))
    return 0


def read_snapshot(text: str) -> tuple[Sequence[Known], Sequence[Site]]:
    document = json.loads(text)
    return [Known(*each) for each in document["findings"]], [Site(*each) for each in document["sites"]]
