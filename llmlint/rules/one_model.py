"""One finding for each name of a model in a call: what several rules say of it, in one message and with one fix."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence

from llmlint.findings import Applicability, Confidence, Finding, Related
from llmlint.rules.related import listed
from llmlint.source import Span

_PREMIUM, _SIMPLE, _SUPERSEDED, _RETIRED, _MID = _CODES = ("LLM201", "LLM202", "LLM203", "LLM204", "LLM205")
# Whose fix remains where several calls have a name from one place.
_ORDER = (_RETIRED, _SUPERSEDED, _PREMIUM, _MID, _SIMPLE)


def one_for_each_model(findings: Iterable[Finding]) -> list[Finding]:
    """The findings, with those joined that are about one name of a model in one call."""
    kept: dict[object, Finding] = {}
    by_name: dict[tuple[Span, Span], dict[str, Finding]] = {}
    for finding in findings:
        if finding.code in _CODES:
            by_name.setdefault((finding.at, finding.call), {})[finding.code] = finding
            kept.setdefault((finding.at, finding.call), finding)
        else:
            kept[finding] = finding
    for name, said in by_name.items():
        kept[name] = _joined(said)
    return _one_for_all_calls(kept.values())


def _one_for_all_calls(findings: Iterable[Finding]) -> list[Finding]:
    """The findings, with those joined that say of one name that there is a newer model, for several calls: that is no matter of what a call does.
    The first call that it is sure of stands for all."""
    groups: dict[object, list[Finding]] = {}
    for finding in findings:
        about = (finding.code, finding.at, finding.message) if finding.code in (_SUPERSEDED, _RETIRED) else finding
        groups.setdefault(about, []).append(finding)
    return _with_one_target([_with_other_calls(group) if len(group) > 1 else group[0] for group in groups.values()])


def _with_one_target(findings: Sequence[Finding]) -> list[Finding]:
    """The findings, of which no two fixes write different models at one place: that of the successor, which stays in its tier, remains."""
    written: dict[Span, dict[str, str]] = {}
    for finding in findings:
        if finding.code in _CODES and (text := _new_name(finding)):
            written.setdefault(finding.at, {}).setdefault(text, finding.code)
    kept = {at: min(texts, key=lambda text: (_ORDER.index(texts[text]), text)) for at, texts in written.items() if len(texts) > 1}
    return [
        _by_hand(finding) if finding.code in _CODES and finding.at in kept and _new_name(finding) != kept[finding.at] else finding
        for finding in findings
    ]


def _new_name(finding: Finding) -> str | None:
    """What the fix of a finding writes in place of the name that it is about."""
    if finding.fix is None or finding.fix.applicability is Applicability.DISPLAY_ONLY:
        return None
    return next((edit.text for edit in finding.fix.edits if edit.span == finding.at), None)


def _by_hand(finding: Finding) -> Finding:
    fix = finding.fix
    if fix is None or _new_name(finding) is None:
        return finding
    message = f"{fix.message.split(',')[0]} (the name is that of another call, too, for which another model is offered)"
    edits = tuple(edit for edit in fix.edits if edit.span == finding.at)
    return dataclasses.replace(
        finding, fix=dataclasses.replace(fix, applicability=Applicability.DISPLAY_ONLY, message=message, edits=edits)
    )


def _with_other_calls(group: Sequence[Finding]) -> Finding:
    ordered = sorted(group, key=lambda each: (-each.confidence, each.call.path, each.call.start))
    by_hand = [each.fix for each in ordered if each.fix is not None and each.fix.applicability is Applicability.DISPLAY_ONLY]
    first = ordered[0]
    others = listed([Related(each.call, "the model of this call, too") for each in ordered[1:]])
    rests_on = dict.fromkeys(span for each in ordered for span in each.rests_on)
    return dataclasses.replace(
        first, fix=by_hand[0] if by_hand else first.fix, related=(*first.related, *others), rests_on=tuple(rests_on)
    )


def _joined(said: Mapping[str, Finding]) -> Finding:
    """What the rules say of one name, in one finding.

    A model that is gone takes the fix of its successor, of the same tier, where nothing says that the task needs less, and the saving is
    that of the fix. The rule about the premium tier reports it, as the model is its user's choice, unless the name is not written in the
    code, but read from a file of configuration.
    """
    premium = said.get(_SIMPLE) or said.get(_MID) or said.get(_PREMIUM)
    retired = said.get(_RETIRED)
    if premium is None or retired is None:
        return premium or retired or said[_SUPERSEDED]
    if premium.confidence is Confidence.LOW:
        return retired
    spelling = premium.message.split("`")[1]
    is_written = premium.at.end - premium.at.start == len(spelling) + len("''")
    first = premium if is_written else retired
    fixed = premium if (_SIMPLE in said or _MID in said) and premium.fix is not None else retired
    start = premium.message.partition("` ")[0] + "` "
    joint = ", and " if premium.message.startswith(f"{start}is ") else "; "
    end, separator, successor = retired.message.partition("; its successor ")
    return dataclasses.replace(
        first,
        message=f"{end}{joint}{premium.message.removeprefix(start)}{separator}{successor}",
        confidence=max(premium.confidence, retired.confidence),
        fix=fixed.fix,
        help=fixed.help,
        saving=fixed.saving,
    )
