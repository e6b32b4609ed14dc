"""What `llmlint audit` does (read, join, compute, print), and what `--audit` adds to other commands."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from llmlint.audit.join import Site, sites_of
from llmlint.audit.ranking import ranked
from llmlint.audit.reading import read
from llmlint.audit.report import renderer
from llmlint.audit.summary import audit
from llmlint.base_run import Lint
from llmlint.callsite import CallSite
from llmlint.commands.base import FAILED, NOTHING_FOUND, known_rules, settings_resolver
from llmlint.config import ConfigError, SettingsResolver
from llmlint.console import write, write_errors, write_file
from llmlint.discover.project import ask
from llmlint.engine import Run
from llmlint.findings import FileError, Finding


class AuditOptions(NamedTuple):
    """The options of `llmlint audit`, by their names on the command line."""

    exports: tuple[str, ...]
    sources: tuple[str, ...]
    output_format: str
    replay: bool
    output_file: str | None
    isolated: bool
    config: tuple[str, ...]


def run_audit(options: AuditOptions) -> int:
    """Audit exports, joined to the call sites of the source folders where some are given."""
    reading = read(options.exports)
    errors = list(reading.errors)
    known = None
    if options.sources:
        try:
            settings = settings_resolver({}, options.isolated, options.config)
        except ConfigError as error:
            write_errors(error.errors)
            return FAILED
        runs = _runs(options.sources, settings)
        lints = [run.lint() for run in _runs(options.sources, settings)]
        known = _sites(runs, [finding for lint in lints for finding in lint.findings])
        errors += [error for run in runs for error in run.errors] + [error for lint in lints for error in lint.errors]
    write_errors(dict.fromkeys(errors))
    if not reading.rows:
        return FAILED
    text = renderer(options.output_format)(audit(reading, known, is_replayed=options.replay))
    if options.output_file is None:
        write(text)
    else:
        failed = write_file(options.output_file, text)
        write_errors(failed)
        errors += failed
    return FAILED if errors else NOTHING_FOUND


def with_audit(exports: Sequence[str], paths: Sequence[str], settings: SettingsResolver, lint: Lint) -> Lint:
    """What a check found, with the savings that its findings would have had on the traffic of exports, the largest first."""
    reading = read(exports)
    known = _sites(_runs(paths, settings), lint.findings)
    return Lint(tuple(ranked(lint.findings, audit(reading, known))), (*lint.errors, *reading.errors))


def _runs(paths: Sequence[str], settings: SettingsResolver) -> list[Run]:
    return [Run.of_asked(asked, settings, known_rules()) for asked in ask(paths, settings)]


def _sites(runs: Iterable[Run], findings: Sequence[Finding]) -> list[Site]:
    return [site for run in runs for site in sites_of(run, _calls(run), findings)]


def _calls(run: Run) -> list[CallSite]:
    return [site for _, sites in run.call_sites() if not isinstance(sites, FileError) for site in sites]
