"""What the rules say about the calls of a file, one after the other, and about each from all of its requests."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Sequence

from llmlint.callsite import CallSite, Request
from llmlint.catalog import Catalog
from llmlint.config.settings import Settings
from llmlint.findings import Confidence, FileError, Finding
from llmlint.link.calls.evaluator import Evaluator, evaluator_of
from llmlint.link.program.program import Program
from llmlint.link.rests import recorded
from llmlint.providers import find_call_sites
from llmlint.rules.registry import Rule, RuleContext
from llmlint.rules.related import explained, merged, resting_on
from llmlint.run.loading import internal_error
from llmlint.run.shards import FileChecked
from llmlint.run.time_limit import TimeUp, time_limit, too_long

MOST_STEPS_OF_FILE = 2_000_000
"""After how many steps of evaluation the calls of a file that are left are not checked. Files of people take some thousand."""
STEPS_OF_CALL = 1_000
"""As how many steps each call counts for what rules and fixes do with it beside evaluation."""


def check_calls(
    program: Program,
    path: str,
    check: Callable[[CallSite], tuple[list[Finding], list[FileError]]],
    describe: Callable[[CallSite], object] | None,
) -> FileChecked:
    """The same as `check_file` for all calls of a file of a program; it is noted what that rests on."""
    with recorded(program.rests, path):
        try:
            sites = find_call_sites(program, path)
        except Exception as error:
            return FileChecked((), None, (internal_error(path, error),))
        return check_file(path, sites, check, describe, evaluator_of(program))


def check_file(
    path: str,
    sites: Sequence[CallSite],
    check: Callable[[CallSite], tuple[list[Finding], list[FileError]]],
    describe: Callable[[CallSite], object] | None,
    evaluator: Evaluator,
) -> FileChecked:
    """What `check` finds and `describe` says of the calls of a file, up to the bounds of steps and time; a note says which calls are left."""
    found: list[Finding] = []
    errors: list[FileError] = []
    notes: list[FileError] = []
    described: list[object] = []
    count, most = 0, evaluator.total_steps + MOST_STEPS_OF_FILE
    try:
        with time_limit():
            for site in sites:
                if evaluator.total_steps + count * STEPS_OF_CALL > most:
                    left = len(sites) - count
                    notes.append(FileError(path, f"too much to work out: {left} of {len(sites)} calls were not checked"))
                    break
                if describe is not None:
                    described.append(describe(site))
                results, failed = check(site)
                found += results
                errors += failed
                count += 1
    except TimeUp:
        notes.append(FileError(path, too_long()))
    return FileChecked(tuple(found), count, tuple(errors), tuple(notes), tuple(described), is_whole=count == len(sites))


def check_site(
    path: str, site: CallSite, rules: Sequence[Rule], context: RuleContext, is_shown: Callable[[Finding], bool]
) -> tuple[list[Finding], list[FileError]]:
    """The findings about a call site, merged where several call paths say the same; and the errors of rules, each of which costs its finding."""
    found: list[tuple[Request, Finding]] = []
    errors: list[FileError] = []
    try:
        requests = site.requests
    except Exception as error:
        return [], [internal_error(path, error)]
    for request in requests:
        for rule in rules:
            try:
                found += [(request, finding) for finding in rule.findings(request, context)]
            except Exception as error:
                errors.append(internal_error(path, error))
    results: list[Finding] = []
    for finding, about, same in merged(found):
        try:
            results.append(explained(resting_on(finding, about, same), about, same, requests) if is_shown(finding) else finding)
        except Exception as error:
            results.append(finding)
            errors.append(internal_error(path, error))
    return results, errors


def rule_context(
    settings: Settings, rules: Sequence[Rule], today: datetime.date, finds_batch_fixes: bool, are_all_wanted: bool
) -> RuleContext:
    """What rules may know beside the call: catalogue, thresholds, and which other rules run. `are_all_wanted`: also what is not shown."""
    thresholds = settings.thresholds
    codes = frozenset(rule.code for rule in rules)
    catalog, module = Catalog.with_prices(settings.prices), settings.batch_module
    least = Confidence.LOW if are_all_wanted else settings.min_confidence
    margins = thresholds.cache_margin, thresholds.min_fan_out, thresholds.superseded_ratio
    return RuleContext(catalog, today, *margins, codes, least, module, finds_batch_fixes)
