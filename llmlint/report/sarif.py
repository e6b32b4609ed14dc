"""`--output-format sarif`: SARIF 2.1.0 (docs.oasis-open.org/sarif/sarif/v2.1.0), as code scanning and editors read it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from llmlint import __version__
from llmlint.findings import Applicability
from llmlint.report.base import Report, output_format
from llmlint.report.ci import (
    Entry,
    entries,
    errors,
    explanation,
    is_applied_by_tool,
    level,
    message,
    other_places,
    repository_path,
)
from llmlint.report.terminal import visible
from llmlint.rules.names import PROJECT, rule_address

if TYPE_CHECKING:
    from llmlint.findings import Fix
    from llmlint.rules.registry import Rule
    from llmlint.source import Span

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_LEVELS = ("error", "warning", "note")
_BASE = "SRCROOT"


@output_format("sarif")
def render(report: Report, *, color: bool) -> str:
    # Imported here: the rules are the help that the report carries.
    from llmlint.rules.registry import known_rules

    rules = known_rules()
    found = entries(report)
    used = sorted({entry.finding.code for entry in found})
    run = {
        "tool": {
            "driver": {
                "name": "llmlint",
                "version": __version__,
                "semanticVersion": __version__,
                "informationUri": PROJECT,
                "rules": [_rule(code, rules) for code in used],
            }
        },
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {_BASE: {"description": {"text": "The root of the repository"}}},
        "invocations": [_invocation(report)],
        "results": [_result(entry, used.index(entry.finding.code), report) for entry in found],
    }
    document = {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}
    return json.dumps(document, indent=2, allow_nan=False) + "\n"


def _rule(code: str, rules: Mapping[str, Rule]) -> dict[str, Any]:
    rule = rules.get(code)
    if rule is None:
        return {"id": code}
    return {
        "id": code,
        "name": rule.name,
        "shortDescription": {"text": rule.name.replace("-", " ")},
        "fullDescription": {"text": rule.summary},
        "help": {"text": rule.documentation, "markdown": rule.documentation},
        "helpUri": rule_address(code, rule.name),
        "defaultConfiguration": {"enabled": rule.default, "level": "warning"},
        "properties": {"tags": ["cost", "llm"]},
    }


def _invocation(report: Report) -> dict[str, Any]:
    """Whether everything could be checked, and what could not."""
    notes = [{"level": "error", "message": {"text": f"{path}: {reason}"}} for path, reason in errors(report)]
    return {"executionSuccessful": not notes, "toolExecutionNotifications": notes}


def _result(entry: Entry, index: int, report: Report) -> dict[str, Any]:
    finding = entry.finding
    root = entry.root
    places = list(other_places(entry))
    result: dict[str, Any] = {
        "ruleId": finding.code,
        "ruleIndex": index,
        "level": level(finding, _LEVELS),
        "message": {"text": "\n".join([message(entry), *explanation(entry, report)])},
        "locations": [_location(entry.span, report, root)],
        "partialFingerprints": {"llmlint/v1": entry.fingerprint},
        "properties": {"confidence": finding.confidence.label},
    }
    if places:
        related = [{**_location(span, report, root), "message": {"text": visible(said)}} for span, said in places]
        result["relatedLocations"] = [{"id": number, **each} for number, each in enumerate(related)]
    fix = finding.fix
    if fix is not None and is_applied_by_tool(finding) and fix.edits and _can_be_placed(fix, report):
        result["fixes"] = [_fix(fix, report, root)]
    if finding.saving is not None:
        saving = finding.saving
        result["properties"]["saving"] = {
            "now": round(saving.now, 6),
            "after": round(saving.after, 6),
            "per": 1000,
            "currency": "USD",
            **({} if saving.monthly is None else {"monthly": round(saving.monthly, 6)}),
            "assumptions": list(saving.assumptions),
        }
    return result


def _location(span: Span, report: Report, root: str) -> dict[str, Any]:
    """A place. Lines of a notebook are lines of a cell, which SARIF has no region for: there the cell is named."""
    start = report.locate(span)[0]
    place: dict[str, Any] = {"artifactLocation": _artifact(span.path, root)}
    if start.cell is not None:
        name = f"cell {start.cell + 1}"
        return {"physicalLocation": place, "logicalLocations": [{"name": name, "fullyQualifiedName": name, "kind": "cell"}]}
    place["region"] = _region(span, report)
    return {"physicalLocation": place}


def _artifact(path: str, root: str) -> dict[str, str]:
    shown = repository_path(path, root)
    uri = quote(shown.encode(errors="surrogateescape"))
    return {"uri": f"file://{uri}"} if shown.startswith("/") else {"uri": uri, "uriBaseId": _BASE}


def _region(span: Span, report: Report) -> dict[str, int]:
    start, end = report.locate(span)
    return {"startLine": start.line, "startColumn": start.column, "endLine": end.line, "endColumn": end.column}


def _can_be_placed(fix: Fix, report: Report) -> bool:
    return all(report.locate(edit.span)[0].cell is None for edit in fix.edits)


def _fix(fix: Fix, report: Report, root: str) -> dict[str, Any]:
    by_path: dict[str, list[dict[str, Any]]] = {}
    for edit in dict.fromkeys(fix.edits):
        replacement = {"deletedRegion": _region(edit.span, report), "insertedContent": {"text": edit.text}}
        by_path.setdefault(edit.span.path, []).append(replacement)
    for new in dict.fromkeys(fix.new_files):
        start = {"startLine": 1, "startColumn": 1, "endLine": 1, "endColumn": 1}
        by_path[new.path] = [{"deletedRegion": start, "insertedContent": {"text": new.text}}]
    unsafe = " (unsafe: answers may change)" if fix.applicability is Applicability.UNSAFE else ""
    return {
        "description": {"text": visible(fix.message) + unsafe},
        "artifactChanges": [
            {"artifactLocation": _artifact(path, root), "replacements": replacements} for path, replacements in by_path.items()
        ],
    }
