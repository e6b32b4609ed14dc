"""From what a check found to what it prints, writes and returns."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from llmlint import plugins
from llmlint.commands.base import (
    FAILED,
    FOUND,
    NOTHING_FOUND,
    CheckOptions,
    Failure,
    Part,
    known_rules,
    settings_here,
    settings_resolver,
)
from llmlint.config.settings import Settings
from llmlint.console import takes_links, terminal_width, wants_color, write, write_bytes, write_errors, write_file, write_warnings
from llmlint.findings import FileError
from llmlint.report.terminal import Palette, visible
from llmlint.run.base_run import Lint, joined, together
from llmlint.run.early_exit import WithoutCall

if TYPE_CHECKING:
    from llmlint.report.fixes import FixCounts
    from llmlint.run.fixing import Fixed
    from llmlint.since.change import Change
    from llmlint.since.snapshot import Site


class Outcome:
    """One check from what was found, by project, to the exit code. `given` is what standard input held."""

    def __init__(self, options: CheckOptions, parts: Sequence[Part], given: bytes | None = None) -> None:
        self.options = options
        self.parts = parts
        self.given = given
        self.lint = joined(part.lint for part in parts)
        write_warnings(self.lint.notes)
        self.here, errors = settings_here(parts[0].run.settings, options.overrides())
        self.errors = list(
            dict.fromkeys(
                [
                    *errors,
                    *sorted((error for part in parts for error in part.run.errors), key=lambda error: error.path),
                    *self.lint.errors,
                ]
            )
        )
        self.change = change_of(options, self.here) if options.since is not None else None
        if self.change is not None:
            brought = self.change.brought(self.lint.findings, together([part.run for part in parts]).source)
            self.lint = Lint(tuple(brought), self.lint.errors)
        if options.audit:
            from llmlint.commands.audit import with_audit

            self.lint = with_audit(options.audit, [part.run for part in parts], self.lint)
            self.errors = list(dict.fromkeys([*self.errors, *self.lint.errors]))
        if options.statistics:
            from llmlint.report.statistics import STATISTICS_FORMATS

            if self.here.output_format not in STATISTICS_FORMATS:
                raise click.UsageError(f"--statistics cannot be printed as {self.here.output_format}")

    def finish(self) -> int:
        if self.options.add_ignore is not None and not isinstance(self.parts[0].run, WithoutCall):
            return self._add_ignore(self.options.add_ignore)
        if self.options.diff:
            return self._diff()
        if self.options.fix and not isinstance(self.parts[0].run, WithoutCall):
            return self._fix()
        self._report()
        return self._code(bool(self.lint.findings))

    def _add_ignore(self, reason: str) -> int:
        from llmlint.adoption.apply import add_comments
        from llmlint.run.engine import Run

        count = 0
        parts: list[Part] = []
        for run, lint in self.parts:
            if isinstance(run, Run):
                added, errors, run, left = add_comments(run, lint, reason)
                count += added
                self.errors += errors
                lint = Lint(tuple(left), lint.errors)
            parts.append(Part(run, lint))
        self.parts, self.lint = parts, joined(part.lint for part in parts)
        self._report()
        write(f"Added comments for {count} of {count + len(self.lint.findings)} found.\n", sys.stderr)
        return self._code(bool(self.lint.findings))

    def _diff(self) -> int:
        from llmlint.report.base import beside_fixes
        from llmlint.report.fixes import FixCounts, fixes_by_file
        from llmlint.run.fixing import diff, patch

        outcomes, rest = self._fixed(False)
        for fixed in outcomes:
            if sys.stdout.isatty() or self.options.color == "always":
                from llmlint.report.full import painted

                palette = Palette(wants_color(self.options.color, sys.stdout))
                write("".join(f"{painted(line, palette)}\n" for line in diff(fixed).splitlines()))
            else:
                write_bytes(patch(fixed))
        self._add_errors_of_plugins()
        write_errors(self.errors, self.options.color)
        self._warn_of(outcomes)
        counts = FixCounts.of(outcomes)
        if self.options.show_fixes:
            write("".join(fixes_by_file(counts.applied, "Would fix")), sys.stderr)
        if not self.options.quiet:
            found = counts.found(sum(len(part.lint.findings) for part in rest))
            write(f"Would fix {counts.fixed} of {found} found{beside_fixes(counts.gone, counts.appeared)}.\n", sys.stderr)
        return self._code(any(fixed.changed for fixed in outcomes))

    def _fixed(self, are_written: bool) -> tuple[list[Fixed], list[Part]]:
        """The outcome of fixing each project in which something may be fixed, and all projects as they are then. `are_written`: whether
        changed files are written."""
        from llmlint.run.engine import Run
        from llmlint.run.fixing import fix, write_changes

        outcomes: list[Fixed] = []
        parts: list[Part] = []
        for run, lint in self.parts:
            if isinstance(run, Run):
                fixed = fix(run, lint)
                if are_written:
                    fixed, errors = write_changes(fixed)
                    self.errors += errors
                outcomes.append(fixed)
                run, lint = fixed.run, fixed.lint
            parts.append(Part(run, lint))
        return outcomes, parts

    def _fix(self) -> int:
        from llmlint.report.fixes import FixCounts, fixes_by_file

        outcomes, self.parts = self._fixed(self.given is None)
        if self.given is not None:
            # A filter prints the text and nothing else; what there is to say about it goes to standard error.
            changed = next((after.data for fixed in outcomes for _, after in fixed.changed.values()), self.given)
            write_bytes(changed)
        self.lint = joined(part.lint for part in self.parts)
        counts = FixCounts.of(outcomes)
        if self.options.show_fixes:
            is_text = self.given is None and self.here.output_format == "text" and self.options.output_file is None
            write("".join(fixes_by_file(counts.applied, "Fixed")), sys.stdout if is_text else sys.stderr)
        self._report(counts)
        self._warn_of(outcomes)
        return self._code(bool(self.lint.findings) or (self.options.exit_non_zero_on_fix and counts.fixed > 0))

    def _report(self, counts: FixCounts | None = None) -> None:
        from llmlint.report import format_named

        options = self.options
        report = together([part.run for part in self.parts]).report(
            self.lint.findings,
            errors=self.errors,
            fixed=counts.fixed if counts else 0,
            gone=counts.gone if counts else 0,
            appeared=counts.appeared if counts else 0,
            fixing=options.fix,
            unsafe_fixes=self.here.unsafe_fixes,
            quiet=options.quiet,
        )
        if self.change is not None:
            change = self.change
            costs = change.costs(sites_now(options)) if has_costs(self.here) else ()
            report = report._replace(
                since=change.ref,
                touched=lambda span: change.touches(span, report.locate),
                costs=[each.figures()._replace(per_day=self._calls_per_day(change.path_of(each))) for each in costs],
            )
        stream = sys.stderr if self.given is not None and options.fix else sys.stdout
        color = wants_color(options.color, stream) and options.output_file is None
        report = report._replace(
            verbose=options.verbose,
            width=terminal_width(stream) if options.output_file is None else None,
            links=color and takes_links(stream),
            calls_per_day=self._calls_per_day,
        )
        if options.statistics:
            from llmlint.report.statistics import statistics

            text = statistics(report, self.here.output_format, color=color)
        else:
            text = format_named(self.here.output_format)(report, color=color)
        self._add_errors_of_plugins()
        if options.output_file is None:
            write_errors(self.errors, options.color)
            write(text, stream)
        else:
            self.errors += write_file(options.output_file, text)
            write_errors(self.errors, options.color)

    def _add_errors_of_plugins(self) -> None:
        self.errors += [FileError(*each) for each in plugins.errors() if FileError(*each) not in self.errors]

    def _calls_per_day(self, path: str) -> float | None:
        """How often a call site of a file runs in a day, if its settings say so."""
        return self.parts[0].run.settings.for_file(path).calls_per_day(path)

    def _warn_of(self, outcomes: Sequence[Fixed]) -> None:
        """Fixes that were left out, as their result was wrong, or as fixing did not come to rest."""
        from llmlint.run.fixing import MAX_PASSES

        lines = []
        for refusal in (refusal for fixed in outcomes for refusal in fixed.refused):
            path = refusal.finding.at.path
            lines.append(f"warning: {visible(path)}: the fix of {refusal.finding.code} was left out: {visible(refusal.reason)}\n")
        for finding in (finding for fixed in outcomes for finding in fixed.unfinished):
            path = finding.at.path
            lines.append(f"warning: {visible(path)}: {finding.code} still has a fix after {MAX_PASSES} passes: run --fix again\n")
        write("".join(dict.fromkeys(lines)), sys.stderr)

    def _code(self, has_found: bool) -> int:
        if self.errors:
            return FAILED
        return FOUND if has_found and not self.options.exit_zero else NOTHING_FOUND


def has_costs(here: Settings) -> bool:
    """Whether the report of a change says what it changes about the cost of calls."""
    return here.output_format == "markdown"


def change_of(options: CheckOptions, here: Settings) -> Change:
    """The change that `--since` names. An error of git ends the run."""
    from llmlint.since.change import SinceError, change_since

    assert options.since is not None
    config = options.config or tuple(filter(None, [os.environ.get("LLMLINT_CONFIG")]))
    try:
        return change_since(options.since, options.overrides(), options.isolated, config, with_sites=has_costs(here))
    except SinceError as error:
        raise Failure(f"--since {visible(options.since)}: {visible(str(error))}") from None


def sites_now(options: CheckOptions) -> list[Site]:
    """The call sites of the whole repository as it is now."""
    from llmlint.since.change import repository
    from llmlint.since.snapshot import runs_over, sites_of

    root = repository()
    settings = settings_resolver(options.overrides(), options.isolated, options.config)
    return [site for run in runs_over([os.path.relpath(root)], settings, known_rules()) for site in sites_of(run, root)]
