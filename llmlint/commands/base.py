"""What all commands share: exit codes, the rules, and the settings that hold where a command runs."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

import click

from llmlint.config.settings import ConfigError, Settings, SettingsResolver
from llmlint.console import write_errors
from llmlint.findings import FileError
from llmlint.rules.names import rule_names
from llmlint.run.base_run import Lint

if TYPE_CHECKING:
    from llmlint.cache.run import Remembered
    from llmlint.rules.registry import Rule
    from llmlint.run.early_exit import WithoutCall
    from llmlint.run.engine import Run

NOTHING_FOUND, FOUND, FAILED = 0, 1, 2
"""Exit codes."""

CACHE = ".llmlint_cache"
BASELINE = "llmlint-baseline.json"

STDIN = "-"


class Part(NamedTuple):
    """What was found in one project."""

    run: Run | Remembered | WithoutCall
    lint: Lint


class Failure(click.ClickException):
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
    audit: tuple[str, ...]
    quiet: bool
    verbose: bool
    color: str
    show_files: bool
    show_settings: bool
    since: str | None
    exit_zero: bool
    exit_non_zero_on_fix: bool
    project: bool
    baseline: bool
    add_ignore: str | None
    timeout_per_file: float | None
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


def known_rules() -> Mapping[str, Rule]:
    """Every rule by code, which imports them all."""
    from llmlint.rules.registry import known_rules

    return known_rules()


def settings_resolver(overrides: Mapping[str, object], isolated: bool, config: Sequence[str] = ()) -> SettingsResolver:
    path: str | None = None
    inline: Mapping[str, object] = {}
    if config:
        from llmlint.config.files import split_config

        path, inline = split_config(config)
    if path is None and not isolated:
        path = os.environ.get("LLMLINT_CONFIG") or None
    return SettingsResolver(os.getcwd(), overrides, isolated, path, known=rule_names(), inline=inline)


def settings_or_exit(color: str, isolated: bool, config: Sequence[str]) -> SettingsResolver:
    """The settings for a command without options that set any; where they are wrong, the command ends with their errors."""
    try:
        return settings_resolver({}, isolated, config)
    except ConfigError as error:
        write_errors(error.errors, color)
        raise click.exceptions.Exit(FAILED) from error


def settings_here(settings: SettingsResolver, overrides: Mapping[str, object]) -> tuple[Settings, list[FileError]]:
    """The settings of the working directory, which say how to print; those of the command line alone if its file is wrong."""
    try:
        return settings.for_directory(settings.cwd), []
    except ConfigError as error:
        return settings_resolver(overrides, True).for_directory(settings.cwd), error.errors
