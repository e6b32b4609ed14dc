"""Findings as lists that JSON can hold, and back. What is read is checked: it may come from anywhere."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from llmlint.findings import Applicability, Confidence, Edit, Finding, Fix, NewFile, Related, Saving
from llmlint.source import Span

Record = list[Any]


def to_record(finding: Finding) -> Record:
    saving, fix = finding.saving, finding.fix
    return [
        finding.code,
        finding.name,
        finding.message,
        _span_record(finding.at),
        _span_record(finding.call),
        int(finding.confidence),
        finding.help,
        None if saving is None else [saving.now, saving.after, list(saving.assumptions)],
        None
        if fix is None
        else [
            fix.applicability.value,
            fix.message,
            [[_span_record(edit.span), edit.text] for edit in fix.edits],
            [[each.path, each.text] for each in fix.new_files],
        ],
        [[_span_record(each.span), each.message] for each in finding.related],
        [_span_record(span) for span in finding.rests_on],
    ]


def from_record(record: Record, move: Callable[[Span], Span] = lambda span: span) -> Finding:
    """`move` gives the places of a finding as they are now. Raises ValueError or TypeError where a record was not made by `to_record`."""

    def place(record: Record) -> Span:
        return move(_span(record))

    code, name, message, at, call, confidence, help, saving, fix, related, rests_on = record
    return Finding(
        _text(code),
        _text(name),
        _text(message),
        place(at),
        place(call),
        Confidence(confidence),
        None if help is None else _text(help),
        None if saving is None else _saving(saving),
        None if fix is None else _fix(fix, place),
        tuple(Related(place(span), _text(said)) for span, said in related),
        tuple(map(place, rests_on)),
    )


def _span_record(span: Span) -> Record:
    return [span.path, span.start, span.end]


def _span(record: Record) -> Span:
    path, start, end = record
    return Span(_text(path), int(start), int(end))


def _saving(record: Record) -> Saving:
    now, after, assumptions = record
    return Saving(float(now), float(after), tuple(map(_text, assumptions)))


def _fix(record: Record, place: Callable[[Record], Span]) -> Fix:
    applicability, message, edits, new_files = record
    return Fix(
        Applicability(applicability),
        _text(message),
        tuple(Edit(place(span), _text(text)) for span, text in edits),
        tuple(NewFile(_text(path), _text(text)) for path, text in new_files),
    )


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("not a text")
    return value
