"""The commands beside `check`: they list call sites, rules and settings, write baselines, and clean up."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from llmlint.commands.base import CACHE, FAILED, NOTHING_FOUND, known_rules, settings_or_exit
from llmlint.console import wants_color, write, write_errors, write_warnings, write_wrapped
from llmlint.discover.project import ask
from llmlint.findings import FileError
from llmlint.report.terminal import visible
from llmlint.rules.names import rule_names
from llmlint.run.base_run import together

if TYPE_CHECKING:
    from llmlint.audit.sites import Site
    from llmlint.callsite import CallSite


def run_sites(
    paths: Sequence[str], output_format: str, audit: Sequence[str], color: str, isolated: bool, config: Sequence[str]
) -> int:
    from llmlint.catalog import Catalog
    from llmlint.run.engine import Run
    from llmlint.sites.inventory import sites_json, sites_text

    settings = settings_or_exit(color, isolated, config)
    runs = [Run.of_asked(asked, settings, known_rules()) for asked in ask(paths or (".",), settings)]
    sites: list[CallSite] = []
    known: list[Site] = []
    errors = [error for run in runs for error in run.errors]
    for run in runs:
        for _, found in run.call_sites():
            if isinstance(found, FileError):
                errors.append(found)
                continue
            sites += found
            if audit:
                from llmlint.audit.sites import site_of

                known += (site_of(run, site) for site in found)
    whole = together(runs)

    def catalog_of(path: str) -> Catalog:
        return Catalog.with_prices(settings.for_file(path).prices)

    traffic = None
    if audit:
        from llmlint.commands.audit import traffic_of

        traffic, failed = traffic_of(audit, known)
        errors += failed
    write_errors(errors, color)
    if output_format == "json":
        write(sites_json(whole, sites, catalog_of, traffic))
    else:
        write_wrapped(sites_text(whole, sites, wants_color(color, sys.stdout), catalog_of, traffic))
    return FAILED if errors else NOTHING_FOUND


def run_report(paths: Sequence[str], html: str, color: str, isolated: bool, config: Sequence[str]) -> int:
    """Write calls and findings as a page."""
    from functools import partial

    from llmlint.console import write_file
    from llmlint.run.base_run import joined
    from llmlint.run.engine import Run
    from llmlint.sites.page import page, shown_site

    settings = settings_or_exit(color, isolated, config)
    runs = [Run.of_asked(asked, settings, known_rules()) for asked in ask(paths or (".",), settings)]
    for run in runs:
        run.describe = partial(shown_site, settings)
    lint = joined([run.lint() for run in runs])
    sites = sorted((site for run in runs for site in run.described), key=lambda each: (each.span.path, each.span.start))
    text = page(together(runs), sites, lint.findings, lambda path: settings.for_file(path).calls_per_day(path))
    write_warnings(lint.notes)
    errors = [error for run in runs for error in run.errors]
    errors += [*lint.errors, *write_file(html, text)]
    write_errors(list(dict.fromkeys(errors)), color)
    return FAILED if errors else NOTHING_FOUND


def run_baseline(paths: Sequence[str], adds: bool, color: str, isolated: bool, config: Sequence[str]) -> int:
    """Write the baseline of each project that the paths lie in."""
    from llmlint.adoption.apply import update_baseline
    from llmlint.run.engine import Run

    settings = settings_or_exit(color, isolated, config)
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

    from llmlint.docs.rules import rule_json, rules_json, rules_list, rules_text

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
        write_wrapped(rules_text(chosen), is_markdown=True)
    else:
        write(json.dumps(rule_json(exact[0]), indent=2) + "\n" if exact else rules_json(chosen))
    return NOTHING_FOUND


def run_schema() -> int:
    """Print the JSON schema of the configuration."""
    from llmlint.docs.settings import schema_text

    write(schema_text(rule_names().values()))
    return NOTHING_FOUND


def run_catalog(output_format: str) -> int:
    """Print how old the catalogue is and what it lacks."""
    import datetime

    from llmlint.catalog import Catalog
    from llmlint.docs.catalog import catalog_json, catalog_text

    if output_format == "json":
        write(catalog_json(Catalog.bundled(), datetime.date.today()))
    else:
        write_wrapped(catalog_text(Catalog.bundled(), datetime.date.today()))
    return NOTHING_FOUND


def run_config(key: str | None, output_format: str) -> int:
    """Explain one key of the configuration, or list all where none is given."""
    import json

    from llmlint.docs.settings import SETTINGS, setting_json, setting_text

    chosen = [setting for setting in SETTINGS if key is None or setting.key == key]
    if not chosen:
        raise click.UsageError(f"there is no key {key!r}; `llmlint config` lists them")
    if output_format == "json":
        documents = [setting_json(setting) for setting in chosen]
        write(json.dumps(documents if key is None else documents[0], indent=2) + "\n")
    elif key is None:
        write("".join(f"{setting.key}\n" for setting in chosen))
    else:
        write_wrapped(setting_text(chosen[0]), is_markdown=True)
    return NOTHING_FOUND


def run_snapshot() -> int:
    """Print what `--since` needs to know of the working directory."""
    import json

    from llmlint.since.snapshot import print_snapshot

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
