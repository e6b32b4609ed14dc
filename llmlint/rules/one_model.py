"""One finding for each name of a model in a call: what several rules say of it, in one message and with one fix."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping

from llmlint.findings import Confidence, Finding
from llmlint.source import Span

_PREMIUM, _SIMPLE, _SUPERSEDED, _RETIRED, _MID = _CODES = ("LLM201", "LLM202", "LLM203", "LLM204", "LLM205")


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
    return list(kept.values())


def _joined(said: Mapping[str, Finding]) -> Finding:
    """What the rules say of one name, in one finding.

    A model that is gone takes the fix of its successor, of the same tier, where nothing says that the task needs less, and the saving is that of the
    fix. The rule about
    the premium tier tells it, as the model is its user's choice, unless the name is not
    written in the code, but read from a file of configuration.
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
