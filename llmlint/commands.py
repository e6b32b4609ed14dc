"""What the commands do: run, print, and say with which code to exit."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

import click

from llmlint.config import ConfigError, Settings, SettingsResolver
from llmlint.console import wants_color, write, write_bytes, write_errors, write_file
from llmlint.discover.project import Asked, ask, ask_about_text, without_projects
from llmlint.discover.walk import discover
from llmlint.findings import FileError
from llmlint.glance import WithoutCall, glance
from llmlint.placing import Lint, joined, together
from llmlint.report.terminal import visible, visible_lines
from llmlint.rules.names import rule_names

# Most runs, at a commit or in an editor, are over a few files without a call. All that these do not need is imported where it is used.
if TYPE_CHECKING:
    from llmlint.baseline import Baseline
    from llmlint.cache.run import Remembered
    from llmlint.callsite import CallSite
    from llmlint.engine import Run
    from llmlint.fixing import Fixed
    from llmlint.report.fixes import FixCounts
    from llmlint.rules.registry import Rule
    from llmlint.since import Change
    from llmlint.snapshot import Site

NOTHING_FOUND, FOUND, FAILED = 0, 1, 2
"""Exit codes."""

CACHE = ".llmlint_cache"
BASELINE = "llmlint-baseline.json"

_STDIN = "-"


class Part(NamedTuple):
    """What was found in one project."""

    run: Run | Remembered | WithoutCall
    lint: Lint


class _Failure(click.ClickException):
    """What ends a run at once."""

    exit_code = FAILED


class CheckOptions(NamedTuple):
    """The options of `llmlint check`, by their names on the command line. None means: as the configuration says."""

    paths: tuple[str, ...]
    select: tuple[str, ...]
    ignore: tuple[str, ...]
    extend_select: tuple[str, ...]
    extend_ignore: tuple[str, ...]
    per_file_ignores: Mapping[str, list[str]]
    extend_per_file_ignores: Mapping[str, list[str]]
    min_confidence: str | None
    fix: bool
    unsafe_fixes: bool | None
    fixable: tuple[str, ...]
    unfixable: tuple[str, ...]
    diff: bool
    show_fixes: bool
    output_format: str | None
    output_file: str | None
    statistics: bool
    quiet: bool
    color: str
    show_files: bool
    show_settings: bool
    since: str | None
    exit_zero: bool
    exit_non_zero_on_fix: bool
    project: bool
    baseline: bool
    add_ignore: str | None
    stdin_filename: str | None
    exclude: tuple[str, ...]
    extend_exclude: tuple[str, ...]
    respect_gitignore: bool | None
    force_exclude: bool | None
    no_cache: bool
    cache_dir: str | None
    isolated: bool
    config: tuple[str, ...]

    def overrides(self) -> dict[str, object]:
        """The settings that the command line sets, with the keys of a configuration file."""
        given: dict[str, object] = {
            "select": list(self.select),
            "ignore": list(self.ignore),
            "extend-select": list(self.extend_select),
            "extend-ignore": list(self.extend_ignore),
            "per-file-ignores": dict(self.per_file_ignores),
            "extend-per-file-ignores": dict(self.extend_per_file_ignores),
            "min-confidence": self.min_confidence,
            "unsafe-fixes": self.unsafe_fixes,
            "fixable": list(self.fixable),
            "unfixable": list(self.unfixable),
            "output-format": self.output_format,
            "exclude": list(self.exclude),
            "extend-exclude": list(self.extend_exclude),
            "respect-gitignore": self.respect_gitignore,
            "force-exclude": self.force_exclude,
        }
        return {key: value for key, value in given.items() if value is not None and value != [] and value != {}}


def run_check(options: CheckOptions) -> int:
    try:
        settings = settings_resolver(options.overrides(), options.isolated, options.config)
    except ConfigError as error:
        write_errors(error.errors, options.color)
        return FAILED
    if options.show_files:
        return _show_files(options, settings)
    if options.show_settings:
        return _show_settings(options, settings)
    if _STDIN in options.paths:
        return _check_stdin(options, settings)
    asked = _asked(options, settings)
    _warn_if_empty(asked, options)
    without_call = None if options.diff else glance(asked, settings)
    if without_call is not None:
        if options.fix:
            from llmlint.fixes.leftovers import remove_leftovers

            remove_leftovers(sorted({os.path.dirname(path) for path in without_call.paths}))
        return _Check(options, [Part(without_call, Lint((), ()))]).finish()
    parts: list[Part] = []
    pending: list[Callable[[], None]] = []
    for each in asked:
        part, remember = _checked(each, options, settings)
        parts.append(part)
        pending.append(remember)
    _say_notes(each.note for each in asked)
    code = _Check(options, parts).finish()
    for remember in pending:
        remember()
    return code


def _warn_if_empty(asked: Sequence[Asked], options: CheckOptions) -> None:
    """Say so where there is no file to check: a wrong path or pattern must not pass for a clean run."""
    if any(
        part.found if part.own is None else part.own or any(isinstance(each, FileError) for each in part.found) for part in asked
    ):
        return
    from llmlint.discover.walk import SUFFIXES

    def hold_python() -> bool:
        for path in options.paths or (".",):
            if os.path.isfile(path):
                return True
            for _, folders, names in os.walk(path):
                folders[:] = [name for name in folders if name != ".git"]
                if any(name.endswith(SUFFIXES) for name in names):
                    return True
        return False

    said = (
        "all Python files under the given path(s) are excluded"
        if hold_python()
        else "no Python files found under the given path(s)"
    )
    write(f"warning: {said}\n", sys.stderr)


def _asked(options: CheckOptions, settings: SettingsResolver) -> list[Asked]:
    """The files of each project that the run is about."""
    paths = options.paths or (".",)
    if options.project:
        return ask(paths, settings)
    return [without_projects(paths, settings)]


def _checked(asked: Asked, options: CheckOptions, settings: SettingsResolver) -> tuple[Part, Callable[[], None]]:
    """What a run finds in one project, from the cache where nothing has changed; and what writes it to the cache."""
    is_fixing = options.fix or options.diff or options.add_ignore is not None
    baseline = _baseline(asked, options)
    folder = _cache_folder(asked, options, settings)
    if folder is not None:
        from llmlint.cache.run import check
        from llmlint.cache.store import Cache

        given = [*sorted(options.overrides().items()), options.config]
        checked = check(asked, settings, known_rules, Cache(folder), given, is_kept=is_fixing)
        # Fixing lints again and again, each time another program: what is recalled does for that only where nothing has a fix.
        is_recalled_enough = options.add_ignore is None and all(finding.fix is None for finding in checked.lint.findings)
        if not is_fixing or checked.is_new or is_recalled_enough:
            return _new(Part(checked.run, checked.lint), baseline, asked, options), checked.remember
    from llmlint.engine import Run

    run = Run.of_asked(asked, settings, known_rules(), is_kept=is_fixing)
    return _new(Part(run, run.lint()), baseline, asked, options), lambda: None


def _baseline(asked: Asked, options: CheckOptions) -> Baseline | None:
    if not options.baseline or not os.path.lexists(os.path.join(asked.root, BASELINE)):
        return None
    from llmlint.adoption import read_baseline

    baseline, errors = read_baseline(asked.root)
    if errors:
        raise click.UsageError(f"{errors[0].path}: {errors[0].message}")
    return baseline


def _new(part: Part, baseline: Baseline | None, asked: Asked, options: CheckOptions) -> Part:
    """What was found less what the baseline has."""
    if baseline is None:
        return part
    from llmlint.adoption import without_known

    if not isinstance(part.run, WithoutCall) and hasattr(part.run, "only_new"):
        part.run.only_new = lambda findings, source_of: baseline.new(findings, source_of)[0]
    narrowing = {
        "select",
        "ignore",
        "extend-select",
        "extend-ignore",
        "min-confidence",
        "exclude",
        "extend-exclude",
        "per-file-ignores",
    }
    is_whole = asked.own is None and asked.is_project and narrowing.isdisjoint(options.overrides())
    return Part(part.run, without_known(part.lint, part.run, baseline, says_stale=is_whole))


def _say_notes(notes: Iterable[str | None]) -> None:
    write("".join(f"warning: {visible(note)}\n" for note in notes if note is not None), sys.stderr)


def _check_stdin(options: CheckOptions, settings: SettingsResolver) -> int:
    from llmlint.engine import Run

    given = sys.stdin.buffer.read()
    name = options.stdin_filename
    if name is None:
        run = Run.of_bytes(_STDIN, given, settings, known_rules())
    else:
        asked = ask_about_text(name, settings, options.project)
        own = asked.own or [path for path in asked.found if isinstance(path, str)]
        run = Run.of_asked(asked, settings, known_rules(), given=dict.fromkeys(own, given))
        _say_notes([asked.note])
    return _Check(options, [Part(run, run.lint())], given).finish()


def known_rules() -> Mapping[str, Rule]:
    """Every rule by code, which imports them all."""
    from llmlint.unused_suppression import known_rules

    return known_rules()


def _cache_folder(asked: Asked, options: CheckOptions, settings: SettingsResolver) -> str | None:
    """Where the cache of a project is; None where there is to be none."""
    if options.no_cache:
        return None
    if options.cache_dir:
        return options.cache_dir
    home = asked.root if asked.is_marked else _settings_here(settings, options.overrides())[0].root
    folder = os.path.join(home, CACHE)
    # A repository may hold a link by this name, to a place that is none of ours.
    return None if os.path.islink(folder) else folder


def settings_resolver(overrides: Mapping[str, object], isolated: bool, config: Sequence[str] = ()) -> SettingsResolver:
    path: str | None = None
    inline: Mapping[str, object] = {}
    if config:
        from llmlint.config_files import split_config

        path, inline = split_config(config)
    if path is None and not isolated:
        path = os.environ.get("LLMLINT_CONFIG") or None
    return SettingsResolver(os.getcwd(), overrides, isolated, path, known=rule_names(), inline=inline)


def _settings_here(settings: SettingsResolver, overrides: Mapping[str, object]) -> tuple[Settings, list[FileError]]:
    """The settings of the working directory, which say how to print; those of the command line alone if its file is wrong."""
    try:
        return settings.for_directory(settings.cwd), []
    except ConfigError as error:
        return settings_resolver(overrides, True).for_directory(settings.cwd), error.errors


def _show_files(options: CheckOptions, settings: SettingsResolver) -> int:
    found = list(discover(options.paths or (".",), settings))
    errors = [each for each in found if isinstance(each, FileError)]
    write("".join(f"{visible(path)}\n" for path in found if isinstance(path, str)))
    write_errors(errors, options.color)
    return FAILED if errors else NOTHING_FOUND


def _show_settings(options: CheckOptions, settings: SettingsResolver) -> int:
    from llmlint.setting_docs import settings_text

    found = list(discover(options.paths or (".",), settings))
    errors = [each for each in found if isinstance(each, FileError)]
    first = next((each for each in found if isinstance(each, str)), None)
    write_errors(errors, options.color)
    if not errors:
        own = settings.for_directory(settings.cwd) if first is None else settings.for_file(first)
        write(visible_lines(settings_text(own, first)))
    return FAILED if errors else NOTHING_FOUND


def _has_costs(here: Settings) -> bool:
    """Whether the report of a change says what it changes about the cost of calls."""
    return here.output_format == "markdown"


def _change(options: CheckOptions, here: Settings) -> Change:
    """The change that `--since` names. An error of git ends the run."""
    from llmlint.since import SinceError, change_since

    assert options.since is not None
    config = options.config or tuple(filter(None, [os.environ.get("LLMLINT_CONFIG")]))
    try:
        return change_since(options.since, options.overrides(), options.isolated, config, with_sites=_has_costs(here))
    except SinceError as error:
        raise _Failure(f"--since {visible(options.since)}: {visible(str(error))}") from None


def _sites(options: CheckOptions) -> list[Site]:
    """The call sites of the whole repository as it is now."""
    from llmlint.since import repository
    from llmlint.snapshot import runs_over, sites_of

    root = repository()
    settings = settings_resolver(options.overrides(), options.isolated, options.config)
    return [site for run in runs_over([os.path.relpath(root)], settings, known_rules()) for site in sites_of(run, root)]


class _Check:
    """One check from what was found, by project, to the exit code. `given` is what standard input held."""

    def __init__(self, options: CheckOptions, parts: Sequence[Part], given: bytes | None = None) -> None:
        self.options = options
        self.parts = parts
        self.given = given
        self.lint = joined(part.lint for part in parts)
        self.here, errors = _settings_here(parts[0].run.settings, options.overrides())
        self.errors = list(dict.fromkeys([*errors, *(error for part in parts for error in part.run.errors), *self.lint.errors]))
        self.change = _change(options, self.here) if options.since is not None else None
        if self.change is not None:
            brought = self.change.brought(self.lint.findings, together([part.run for part in parts]).source)
            self.lint = Lint(tuple(brought), self.lint.errors)
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
        from llmlint.adoption import add_comments
        from llmlint.engine import Run

        count = 0
        parts: list[Part] = []
        for run, lint in self.parts:
            if isinstance(run, Run):
                added, errors, left = add_comments(run, lint, reason)
                count += added
                self.errors += errors
                lint = Lint(tuple(left), lint.errors)
            parts.append(Part(run, lint))
        self.parts, self.lint = parts, joined(part.lint for part in parts)
        self._report()
        write(f"Added comments for {count} of {count + len(self.lint.findings)} found.\n", sys.stderr)
        return self._code(bool(self.lint.findings))

    def _diff(self) -> int:
        from llmlint.fixing import diff, patch
        from llmlint.report.base import beside_fixes
        from llmlint.report.fixes import FixCounts, fixes_by_file

        outcomes, rest = self._fixed(False)
        for fixed in outcomes:
            if sys.stdout.isatty():
                write(visible_lines(diff(fixed)))
            else:
                write_bytes(patch(fixed))
        write_errors(self.errors, self.options.color)
        self._warn_of(outcomes)
        counts = FixCounts.of(outcomes)
        if self.options.show_fixes:
            write("".join(fixes_by_file(counts.mended, "Would fix")), sys.stderr)
        if not self.options.quiet:
            found = counts.found(sum(len(part.lint.findings) for part in rest))
            write(f"Would fix {counts.fixed} of {found} found{beside_fixes(counts.gone, counts.appeared)}.\n", sys.stderr)
        return self._code(any(fixed.changed for fixed in outcomes))

    def _fixed(self, are_written: bool) -> tuple[list[Fixed], list[Part]]:
        """The outcome of fixing each project in which something may be fixed, and all projects as they are then. `are_written`: whether
        changed files are written."""
        from llmlint.engine import Run
        from llmlint.fixing import fix, write_changes

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
            write("".join(fixes_by_file(counts.mended, "Fixed")), sys.stdout if is_text else sys.stderr)
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
            costs = change.costs(_sites(options)) if _has_costs(self.here) else ()
            report = report._replace(
                since=change.ref,
                touched=lambda span: change.touches(span, report.locate),
                costs=[each.figures() for each in costs],
            )
        stream = sys.stderr if self.given is not None and options.fix else sys.stdout
        color = wants_color(options.color, stream) and options.output_file is None
        if options.statistics:
            from llmlint.report.statistics import statistics

            text = statistics(report, self.here.output_format, color=color)
        else:
            text = format_named(self.here.output_format)(report, color=color)
        if options.output_file is None:
            write_errors(self.errors, options.color)
            write(text, stream)
        else:
            self.errors += write_file(options.output_file, text)
            write_errors(self.errors, options.color)

    def _warn_of(self, outcomes: Sequence[Fixed]) -> None:
        """Fixes that were left out, as their result was wrong, or as fixing did not come to rest."""
        from llmlint.fixing import MAX_ROUNDS

        lines = []
        for refusal in (refusal for fixed in outcomes for refusal in fixed.refused):
            path = refusal.finding.at.path
            lines.append(f"warning: {visible(path)}: the fix of {refusal.finding.code} was left out: {visible(refusal.reason)}\n")
        for finding in (finding for fixed in outcomes for finding in fixed.unfinished):
            path = finding.at.path
            lines.append(f"warning: {visible(path)}: {finding.code} still has a fix after {MAX_ROUNDS} rounds: fix again\n")
        write("".join(dict.fromkeys(lines)), sys.stderr)

    def _code(self, has_found: bool) -> int:
        if self.errors:
            return FAILED
        return FOUND if has_found and not self.options.exit_zero else NOTHING_FOUND


def run_sites(paths: Sequence[str], output_format: str, color: str, isolated: bool, config: Sequence[str]) -> int:
    from llmlint.engine import Run
    from llmlint.inventory import sites_json, sites_text

    try:
        settings = settings_resolver({}, isolated, config)
    except ConfigError as error:
        write_errors(error.errors, color)
        return FAILED
    runs = [Run.of_asked(asked, settings, known_rules()) for asked in ask(paths or (".",), settings)]
    sites: list[CallSite] = []
    errors = [error for run in runs for error in run.errors]
    for found in (found for run in runs for _, found in run.call_sites()):
        if isinstance(found, FileError):
            errors.append(found)
        else:
            sites += found
    whole = together(runs)
    write_errors(errors, color)
    if output_format == "json":
        write(sites_json(whole, sites))
    else:
        write(sites_text(whole, sites, wants_color(color, sys.stdout)))
    return FAILED if errors else NOTHING_FOUND


def run_baseline(paths: Sequence[str], adds: bool, color: str, isolated: bool, config: Sequence[str]) -> int:
    """Write the baseline of each project that the paths lie in."""
    from llmlint.adoption import update_baseline
    from llmlint.engine import Run

    try:
        settings = settings_resolver({}, isolated, config)
    except ConfigError as error:
        write_errors(error.errors, color)
        return FAILED
    failed: list[FileError] = []
    for asked in ask(paths or (".",), settings):
        run = Run.of_asked(asked._replace(own=None), settings, known_rules())
        lint = run.lint()
        said, errors = update_baseline(run, lint, takes_new=adds)
        failed += [*run.errors, *lint.errors, *errors]
        write(visible(said.rstrip()) + "\n" if said else "")
    write_errors(list(dict.fromkeys(failed)), color)
    return FAILED if failed else NOTHING_FOUND


def run_rule(code: str | None, output_format: str) -> int:
    """Explain one rule, by its code or name, or those with a prefix (an empty one: all); list them where nothing is given."""
    import json

    from llmlint.docs import rule_json, rules_json, rules_list, rules_text

    rules = list(known_rules().values())
    if code is None:
        write(rules_list(rules) if output_format == "text" else rules_json(rules))
        return NOTHING_FOUND
    exact = [rule for rule in rules if code.upper() == rule.code or code == rule.name]
    is_prefix = code.upper() == "ALL" or "LLM".startswith(code.upper()) or code.upper().startswith("LLM")
    chosen = exact or [rule for rule in rules if is_prefix and (rule.code.startswith(code.upper()) or code.upper() == "ALL")]
    if not chosen:
        raise click.UsageError(f"there is no rule {code!r}; `llmlint rule` lists them")
    if output_format == "text":
        write(rules_text(chosen))
    else:
        write(json.dumps(rule_json(exact[0]), indent=2) + "\n" if exact else rules_json(chosen))
    return NOTHING_FOUND


def run_schema() -> int:
    """Print the JSON schema of the configuration."""
    from llmlint.setting_docs import schema_text

    write(schema_text(rule_names().values()))
    return NOTHING_FOUND


def run_config(key: str | None, output_format: str) -> int:
    """Explain one key of the configuration, or list all where none is given."""
    import json

    from llmlint.setting_docs import SETTINGS, setting_json, setting_text

    chosen = [setting for setting in SETTINGS if key is None or setting.key == key]
    if not chosen:
        raise click.UsageError(f"there is no key {key!r}; `llmlint config` lists them")
    if output_format == "json":
        documents = [setting_json(setting) for setting in chosen]
        write(json.dumps(documents if key is None else documents[0], indent=2) + "\n")
    elif key is None:
        write("".join(f"{setting.key}\n" for setting in chosen))
    else:
        write(setting_text(chosen[0]))
    return NOTHING_FOUND


def run_snapshot() -> int:
    """Print what `--since` needs to know of the working directory."""
    import json

    from llmlint.snapshot import print_snapshot

    return print_snapshot(json.load(sys.stdin), write)


def run_clean(cache_dir: str | None = None) -> int:
    """Remove the caches of this folder and of those below it, and what killed runs of --fix left there; and the cache in `cache_dir`."""
    from llmlint.cache.store import remove_cache
    from llmlint.fixes.leftovers import remove_leftovers

    def remove(folder: str) -> None:
        said = "Removing" if remove_cache(folder) else "Keeping, as it holds files that llmlint did not write:"
        write(f"{said} {visible(folder)}\n", sys.stderr)

    for folder, names, _ in os.walk("."):
        for leftover in remove_leftovers([folder]):
            write(f"Removing {visible(os.path.normpath(leftover))}\n", sys.stderr)
        if CACHE in names:
            names.remove(CACHE)
            remove(os.path.normpath(os.path.join(folder, CACHE)))
    if cache_dir is not None and os.path.lexists(cache_dir):
        remove(cache_dir)
    return NOTHING_FOUND
