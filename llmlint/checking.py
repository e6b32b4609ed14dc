"""What the rules say about one call site, from all of its requests."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from llmlint.callsite import CallSite, Request
from llmlint.catalog import Catalog
from llmlint.config import Settings
from llmlint.findings import FileError, Finding
from llmlint.link.program.answers import Answers
from llmlint.loading import internal_error
from llmlint.rules.registry import Rule, RuleContext
from llmlint.rules.related import explained, merged, resting_on


class FileResult(NamedTuple):
    """What the rules say about the calls of one file, how many these are, and whether the file has comments that may suppress findings."""

    findings: tuple[Finding, ...]
    calls: int
    is_commented: bool


class Kept(NamedTuple):
    """What a run takes over from one before: the results of files, and the answers about the program. `are_all_wanted` as in `Run`."""

    results: Mapping[str, FileResult]
    answers: Answers
    are_all_wanted: bool


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


def rule_context(settings: Settings, rules: Sequence[Rule], today: datetime.date) -> RuleContext:
    """What rules may know beside the call: catalogue, thresholds, and which other rules run."""
    thresholds = settings.thresholds
    codes = frozenset(rule.code for rule in rules)
    catalog, module = Catalog.with_prices(settings.prices), settings.batch_module
    return RuleContext(
        catalog, today, thresholds.cache_margin, thresholds.min_fan_out, thresholds.superseded_ratio, codes, batch_module=module
    )


def in_order(finding: Finding) -> tuple[object, ...]:
    """A sort key: by place, then code, then call."""
    return finding.at.path, finding.at.start, finding.code, finding.at.end, finding.call.path, finding.call.start, finding.message
