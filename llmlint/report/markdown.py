"""`--output-format markdown`: a table for a job summary (`$GITHUB_STEP_SUMMARY`) or for a comment on a pull or merge request."""

from __future__ import annotations

import html
import os
from collections.abc import Iterator
from urllib.parse import quote

from llmlint.report.base import Cost, Report, not_checked, output_format, place, summary
from llmlint.report.ci import Entry, entries, errors, named, other_places
from llmlint.report.terminal import visible
from llmlint.report.text import DAYS, HOW_TO_APPLY, dollars

MOST_ROWS = 500
"""A job summary holds a megabyte at the most."""

_HEAD = ["| Where | Rule | Finding | Per 1,000 calls |", "|---|---|---|---|"]


@output_format("markdown")
def render(report: Report, *, color: bool) -> str:
    found = entries(report)
    lines = ["## llmlint", "", _escaped(summary(report))]
    if more := not_checked(report):
        lines += ["", _escaped(more)]
    if found:
        lines += ["", *_HEAD, *(_row(entry, report) for entry in found[:MOST_ROWS])]
        if len(found) > MOST_ROWS:
            lines += ["", f"… and {len(found) - MOST_ROWS} more"]
    lines += _costs(report)
    if report.errors:
        lines += [
            "",
            "Not checked:",
            "",
            *(f"- {_code(path)}: {_prose(reason)}" for path, reason in errors(report)),
        ]
    return "\n".join(lines) + "\n"


def _costs(report: Report) -> Iterator[str]:
    """What the change does to the cost of each call site."""
    if report.since is None:
        return
    yield from ("", f"### Cost of calls since {_code(report.since)}", "")
    if not report.costs:
        yield "The change does not change what the known input of any call costs."
        return
    has_volumes = any(cost.per_day is not None for cost in report.costs)
    month, line = (" A month |", "---:|") if has_volumes else ("", "")
    yield from (f"| Call | Change | Before | After | Difference |{month}", f"|---|---|---:|---:|---:|{line}")
    for cost in report.costs[:MOST_ROWS]:
        before, after = ("unknown" if each is None else dollars(each) for each in (cost.before, cost.after))
        row = f"| {_code(cost.name)} | {_escaped(visible(cost.what))} | {before} | {after} | {_signed(cost.difference)} |"
        yield row + (f" {_signed(_monthly(cost))} |" if has_volumes else "")
    if has_volumes:
        total = sum(filter(None, map(_monthly, report.costs)))
        yield f"| **In all** | | | | | **{_signed(total)}** |"
    yield from (
        "",
        "In USD for the input of 1,000 calls, as far as the source determines it; what a cache breakpoint covers counts as read.",
    )


def _monthly(cost: Cost) -> float | None:
    return None if cost.difference is None or cost.per_day is None else cost.difference * cost.per_day * DAYS / 1000


def _signed(amount: float | None) -> str:
    return "" if amount is None else f"{'+' if amount >= 0 else '−'}{dollars(abs(amount))}"


def _row(entry: Entry, report: Report) -> str:
    finding = entry.finding
    parts = [_prose(finding.message)]
    if finding.help is not None:
        parts.append(_prose(finding.help))
    if finding.fix is not None:
        parts.append(f"Fix: {_prose(finding.fix.message)}{HOW_TO_APPLY[finding.fix.applicability]}")
    for span, said in other_places(entry):
        parts.append(f"{_code(named(span, entry, report))} {_prose(said)}")
    saving = finding.saving
    money = f"{dollars(saving.now)} → {dollars(saving.after)}" if saving is not None else ""
    if saving is not None and saving.monthly is not None:
        money = f"{dollars(saving.monthly)} a month"
    rule = f"{finding.code} {_escaped(finding.name)}"
    return f"| {_linked(entry)} | {rule} | {'<br>'.join(parts)} | {_escaped(money)} |"


def _linked(entry: Entry) -> str:
    """The place of a finding; on GitHub with a link to it."""
    shown = _code(place(entry.path, entry.start))
    server, repository, commit = (os.environ.get(f"GITHUB_{name}") for name in ("SERVER_URL", "REPOSITORY", "SHA"))
    if not (server and repository and commit) or os.path.isabs(entry.path):
        return shown
    line = "" if entry.is_in_notebook else f"#L{entry.start.line}"
    return f"[{shown}]({server}/{repository}/blob/{commit}/{quote(entry.path, errors='surrogateescape')}{line})"


def _code(text: str) -> str:
    """Text in the font of code, whatever it holds: HTML, as a table ends a cell even inside of backticks."""
    return f"<code>{_escaped(visible(text))}</code>"


_SPECIAL = str.maketrans({character: f"&#{ord(character)};" for character in "|`*_[]\\~@#"})


def _prose(text: str) -> str:
    """A sentence of llmlint, with what stands between backticks as code."""
    parts = visible(text).split("`")
    if len(parts) % 2 == 0:
        return _escaped(visible(text))
    return "".join(_code(part) if index % 2 else _escaped(part) for index, part in enumerate(parts))


def _escaped(text: str) -> str:
    """Text that Markdown shows as it is: a message may quote what a repository has chosen."""
    return html.escape(text, quote=False).replace("&", "\0").translate(_SPECIAL).replace("\0", "&")
