"""Findings with what their fixes would have saved on the traffic of an audit."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal

from llmlint.audit.figures import Audit, Spend
from llmlint.audit.report.tables import dollars, period
from llmlint.findings import Finding, Saving

_MONTH = 30


def ranked(findings: Iterable[Finding], audit: Audit) -> list[Finding]:
    """The findings, those with the largest saving on this traffic first. A finding whose call the audit knows gets its saving from there; the
    others come last and keep their own."""
    spends = {id(finding): spend for spend in audit.sites for finding in spend.site.findings}
    measured = [_measured(finding, spends.get(id(finding)), audit) for finding in findings]
    return [finding for finding, _ in sorted(measured, key=lambda pair: -pair[1])]


def _measured(finding: Finding, spend: Spend | None, audit: Audit) -> tuple[Finding, Decimal]:
    saved = spend.saving(finding.code) if spend is not None else None
    if spend is None or saved is None:
        return finding, Decimal(-1)
    thousand = Decimal(1000) / spend.calls
    # Less than a day says nothing about a month.
    is_long = audit.days is not None and audit.days >= 1
    after = spend.dollars - saved
    saving = Saving(
        float(spend.dollars * thousand),
        float(after * thousand),
        (
            f"measured on {spend.calls:,} calls of the audit, {period(audit)}: {dollars(spend.dollars)} would have been {dollars(after)}",
            "after the fixes that come before it: cache breakpoints, then batches, then models",
            *((f"a month: 30 days at the rate of these {audit.days:.1f} days",) if is_long else ()),
        ),
        float(saved) * _MONTH / audit.days if is_long and audit.days else None,
    )
    return replace(finding, saving=saving), saved
