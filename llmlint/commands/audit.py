"""What `llmlint audit` does (read, join, compute, print), and what `--audit` adds to other commands."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from llmlint.audit.engine import RowsError, audited
from llmlint.audit.report import renderer
from llmlint.audit.sites import Site, site_of, with_findings
from llmlint.commands.base import FAILED, NOTHING_FOUND, Failure, known_rules, settings_or_exit
from llmlint.config.settings import SettingsResolver
from llmlint.console import write, write_errors, write_file, write_wrapped
from llmlint.discover.project import ask
from llmlint.findings import FileError
from llmlint.run.base_run import BaseRun, Lint

if TYPE_CHECKING:
    from llmlint.run.engine import Run
    from llmlint.sites.inventory import Traffic


class AuditOptions(NamedTuple):
    """The options of `llmlint audit`, by their names on the command line."""

    exports: tuple[str, ...]
    sources: tuple[str, ...]
    output_format: str
    rows: str | None
    replay: bool
    output_file: str | None
    isolated: bool
    config: tuple[str, ...]


def run_audit(options: AuditOptions) -> int:
    """Audit exports, joined to the call sites of the source folders where some are given."""
    errors: list[FileError] = []
    known = None
    if options.sources:
        known, failed = _sites(options.sources, settings_or_exit("auto", options.isolated, options.config))
        errors += failed
    try:
        reading, audit = audited(options.exports, known, is_replayed=options.replay, rows=options.rows)
    except RowsError as error:
        raise Failure(str(error)) from error
    errors = [*reading.errors, *errors]
    write_errors(dict.fromkeys(errors))
    if audit is None:
        return FAILED
    text = renderer(options.output_format)(audit)
    if options.output_file is None:
        (write_wrapped if options.output_format == "text" else write)(text)
    else:
        failed = write_file(options.output_file, text)
        write_errors(failed)
        errors += failed
    return FAILED if errors else NOTHING_FOUND


def with_audit(exports: Sequence[str], runs: Sequence[BaseRun], lint: Lint) -> Lint:
    """What a check found, with the savings that its findings would have had on the traffic of exports, the largest first. The runs have
    described their call sites."""
    from llmlint.audit.ranking import ranked

    known = with_findings([site for run in runs for site in run.described], lint.findings)
    reading, audit = audited(exports, known)
    findings = lint.findings if audit is None else tuple(ranked(lint.findings, audit))
    return Lint(findings, (*lint.errors, *reading.errors))


def traffic_of(exports: Sequence[str], sites: Sequence[Site]) -> tuple[Traffic | None, list[FileError]]:
    """What exports say of call sites, and what could not be read."""
    from llmlint.sites.inventory import Traced, Traffic

    reading, audit = audited(exports, sites)
    if audit is None:
        return None, reading.errors
    found = {spend.site.span: Traced(spend.calls, spend.dollars) for spend in audit.sites}
    return Traffic(found, audit.joined, audit.ambiguous, audit.unmatched), reading.errors


def _sites(folders: Sequence[str], settings: SettingsResolver) -> tuple[list[Site], list[FileError]]:
    """The call sites of folders with their findings, and what could not be read."""
    from llmlint.run.engine import Run

    sites: list[Site] = []
    errors: list[FileError] = []
    for asked in ask(folders, settings):
        run: Run = Run.of_asked(asked, settings, known_rules(), is_kept=False)
        run.describe = site_of
        lint = run.lint()
        sites += with_findings(run.described, lint.findings)
        errors += [*run.errors, *lint.errors]
    return sites, errors
