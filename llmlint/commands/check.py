"""`llmlint check`: which files, what the cache knows of them, and what is new."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

import click

from llmlint.commands.base import (
    BASELINE,
    CACHE,
    FAILED,
    NOTHING_FOUND,
    STDIN,
    CheckOptions,
    Part,
    known_rules,
    settings_here,
    settings_resolver,
)
from llmlint.commands.outcome import Outcome
from llmlint.config.settings import ConfigError, SettingsResolver
from llmlint.console import write, write_errors
from llmlint.discover.project import Asked, ask, ask_about_text, without_projects
from llmlint.discover.walk import discover
from llmlint.findings import FileError
from llmlint.report.terminal import visible, visible_lines
from llmlint.run.base_run import Lint
from llmlint.run.early_exit import WithoutCall, early_exit

# Most runs, at a commit or in an editor, are over a few files without a call. All that these do not need is imported where it is used.
if TYPE_CHECKING:
    from llmlint.adoption.baseline import Baseline


def run_check(options: CheckOptions) -> int:
    if options.timeout_per_file is not None:
        from llmlint.run.time_limit import set_time_limit

        set_time_limit(options.timeout_per_file)
    try:
        settings = settings_resolver(options.overrides(), options.isolated, options.config)
    except ConfigError as error:
        write_errors(error.errors, options.color)
        return FAILED
    if options.show_files:
        return _show_files(options, settings)
    if options.show_settings:
        return _show_settings(options, settings)
    if STDIN in options.paths:
        return _check_stdin(options, settings)
    asked = _asked(options, settings)
    _warn_if_empty(asked, options)
    without_call = None if options.diff else early_exit(asked, settings)
    if without_call is not None:
        if options.fix:
            from llmlint.fixes.leftovers import remove_leftovers

            remove_leftovers(sorted({os.path.dirname(path) for path in without_call.paths}))
        return Outcome(options, [Part(without_call, Lint((), ()))]).finish()
    parts: list[Part] = []
    pending: list[Callable[[], None]] = []
    for each in asked:
        part, remember = _checked(each, options, settings)
        parts.append(part)
        pending.append(remember)
    _say_notes(each.note for each in asked)
    code = Outcome(options, parts).finish()
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
    from llmlint.run.engine import Run

    run = Run.of_asked(asked, settings, known_rules(), is_kept=is_fixing)
    if options.audit:
        from llmlint.audit.sites import site_of

        run.describe = site_of
    return _new(Part(run, run.lint()), baseline, asked, options), lambda: None


def _baseline(asked: Asked, options: CheckOptions) -> Baseline | None:
    if not options.baseline or not os.path.lexists(os.path.join(asked.root, BASELINE)):
        return None
    from llmlint.adoption.apply import read_baseline

    baseline, errors = read_baseline(asked.root)
    if errors:
        raise click.UsageError(f"{errors[0].path}: {errors[0].message}")
    return baseline


def _new(part: Part, baseline: Baseline | None, asked: Asked, options: CheckOptions) -> Part:
    """What was found less what the baseline has."""
    if baseline is None:
        return part
    from llmlint.adoption.apply import without_known

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
    from llmlint.run.engine import Run

    given = sys.stdin.buffer.read()
    name = options.stdin_filename
    if name is None:
        run = Run.of_bytes(STDIN, given, settings, known_rules())
    else:
        asked = ask_about_text(name, settings, options.project)
        own = asked.own or [path for path in asked.found if isinstance(path, str)]
        run = Run.of_asked(asked, settings, known_rules(), given=dict.fromkeys(own, given))
        _say_notes([asked.note])
    return Outcome(options, [Part(run, run.lint())], given).finish()


def _cache_folder(asked: Asked, options: CheckOptions, settings: SettingsResolver) -> str | None:
    """Where the cache of a project is; None where there is to be none."""
    # What an audit needs of call sites is not remembered.
    if options.no_cache or options.audit:
        return None
    if options.cache_dir:
        return options.cache_dir
    home = asked.root if asked.is_marked else settings_here(settings, options.overrides())[0].root
    folder = os.path.join(home, CACHE)
    # A repository may hold a link by this name, to a place that is none of ours.
    return None if os.path.islink(folder) else folder


def _show_files(options: CheckOptions, settings: SettingsResolver) -> int:
    found = list(discover(options.paths or (".",), settings))
    errors = [each for each in found if isinstance(each, FileError)]
    write("".join(f"{visible(path)}\n" for path in found if isinstance(path, str)))
    write_errors(errors, options.color)
    return FAILED if errors else NOTHING_FOUND


def _show_settings(options: CheckOptions, settings: SettingsResolver) -> int:
    from llmlint.docs.settings import settings_text

    found = list(discover(options.paths or (".",), settings))
    errors = [each for each in found if isinstance(each, FileError)]
    first = next((each for each in found if isinstance(each, str)), None)
    write_errors(errors, options.color)
    if not errors:
        own = settings.for_directory(settings.cwd) if first is None else settings.for_file(first)
        write(visible_lines(settings_text(own, first)))
    return FAILED if errors else NOTHING_FOUND
