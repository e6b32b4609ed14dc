"""What llmlint says about its rules: `llmlint rule`, docs/rules.md and the table in the README, all from the rules' docstrings."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any

from llmlint.findings import Applicability
from llmlint.rules.registry import Rule

RULES_PAGE_HEAD = """\
# Rules

This page is generated from the rules' docstrings by `scripts/generate_docs.py`. `llmlint rule CODE` prints the same text.

"""

_FIX_IN_TABLE = {
    Applicability.SAFE: "safe",
    Applicability.UNSAFE: "unsafe",
    Applicability.DISPLAY_ONLY: "by hand",
    None: "none",
}

_FIX_IN_WORDS = {
    Applicability.SAFE: "Fix: safe, applied by `--fix`.",
    Applicability.UNSAFE: "Fix: unsafe, applied by `--fix --unsafe-fixes`.",
    Applicability.DISPLAY_ONLY: "Fix: shown, to be made by hand.",
    None: "Fix: none.",
}

_FENCE = re.compile(r" {0,3}(```|~~~)")


def rule_markdown(rule: Rule, level: int = 1) -> str:
    """One rule as Markdown, its title a heading of the given level (1 to 5) and its sections one below."""
    is_on = "On by default." if rule.default else "Off unless selected."
    body = _demote(rule.documentation, level - 1)
    return f"{'#' * level} {rule.name} ({rule.code})\n\n{_FIX_IN_WORDS[rule.applicability]} {is_on}\n\n{body}\n"


def rule_json(rule: Rule) -> dict[str, Any]:
    """One rule for other programs. `fix` is the level of its best fix, or null."""
    return {
        "code": rule.code,
        "name": rule.name,
        "summary": rule.summary,
        "fix": rule.applicability.value if rule.applicability else None,
        "default": rule.default,
        "explanation": rule.documentation,
    }


def rules_text(rules: Iterable[Rule]) -> str:
    """Rules as a person reads them in a terminal."""
    return "\n".join(rule_markdown(rule) for rule in rules)


def rules_list(rules: Iterable[Rule]) -> str:
    """One line for each rule: code, name, level of its fix, and whether it is off by default."""
    rules = list(rules)
    width = max(len(rule.name) for rule in rules)
    lines = []
    for rule in rules:
        off = "" if rule.default else "  (off by default)"
        lines.append(f"{rule.code}  {rule.name:{width}}  fix: {_FIX_IN_TABLE[rule.applicability]}{off}\n")
    return "".join(lines) + "\n`llmlint rule CODE` explains one, `llmlint rule LLM1` those of a prefix.\n"


def rules_json(rules: Iterable[Rule]) -> str:
    return json.dumps([rule_json(rule) for rule in rules], indent=2) + "\n"


def rules_table(rules: Iterable[Rule], page: str = "") -> str:
    """The rules as a Markdown table, with links into the rules page at `page` (a path from where the table stands)."""
    rows = ["| Code | Name | Finds | Fix | Default |", "|---|---|---|---|---|"]
    for rule in rules:
        link = f"[{rule.name}]({page}#{rule.name}-{rule.code.lower()})"
        summary = rule.summary.rstrip(".").replace("|", "\\|")
        rows.append(
            f"| {rule.code} | {link} | {summary} | {_FIX_IN_TABLE[rule.applicability]} | {'on' if rule.default else 'off'} |"
        )
    return "\n".join(rows) + "\n"


def rules_page(rules: Iterable[Rule]) -> str:
    """The text of docs/rules.md."""
    rules = list(rules)
    return RULES_PAGE_HEAD + rules_table(rules) + "".join("\n" + rule_markdown(rule, 2) for rule in rules)


def _demote(markdown: str, levels: int) -> str:
    """Markdown with its headings moved down by some levels; code blocks are left as they are."""
    lines = []
    fence: str | None = None
    for line in markdown.splitlines():
        mark = _FENCE.match(line)
        if mark:
            fence = None if fence == mark[1] else fence or mark[1]
        is_heading = fence is None and line.startswith("#")
        lines.append("#" * levels + line if is_heading else line)
    return "\n".join(lines)
