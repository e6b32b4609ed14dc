"""Which fixes of a run may be applied."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Container

from llmlint.config.settings import SettingsResolver
from llmlint.findings import Applicability, Finding, Fix, NewFile


def with_usable_fix(
    finding: Finding, settings: SettingsResolver, paths: Container[str], may_create: Callable[[NewFile], bool]
) -> Finding:
    """The finding, with a fix that must not be applied marked as one to be made by hand.

    That is a fix that the settings forbid, that reaches into a file which is not one of the run's `paths`, or that creates a file where it
    cannot.
    """
    fix = finding.fix
    if fix is None or fix.applicability is Applicability.DISPLAY_ONLY:
        return finding
    reason = _reason_against(finding, fix, settings, paths, may_create)
    if reason is None:
        return finding
    fix = dataclasses.replace(fix, applicability=Applicability.DISPLAY_ONLY, message=f"{fix.message}; {reason}")
    return dataclasses.replace(finding, fix=fix)


def _reason_against(
    finding: Finding, fix: Fix, settings: SettingsResolver, paths: Container[str], may_create: Callable[[NewFile], bool]
) -> str | None:
    if not settings.for_file(finding.call.path).is_fixable(finding.code):
        return f"the settings allow no fixes of {finding.code}"
    outside = next((edit.span.path for edit in fix.edits if edit.span.path not in paths), None)
    if outside is not None:
        return f"it changes {outside}, which is not one of the checked files"
    new = next((new.path for new in fix.new_files if not may_create(new)), None)
    return None if new is None else f"it needs a file {new}, which cannot be created"
