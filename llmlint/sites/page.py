"""`llmlint report --html FILE`: calls, prompts and findings of a project as one page that needs nothing else.

It works from a file, light and dark, by keyboard and with a screen reader; without its script it is the same, but for filters and order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from html import escape
from typing import NamedTuple

from llmlint.audit.report.html import STYLE
from llmlint.callsite import CallSite, Request
from llmlint.catalog import Catalog
from llmlint.config.settings import SettingsResolver
from llmlint.findings import Finding
from llmlint.report.base import place
from llmlint.report.terminal import visible
from llmlint.report.text import dollars
from llmlint.rules.names import rule_address
from llmlint.run.base_run import BaseRun
from llmlint.sites.inventory import cost_of, prompt_tokens, segment_tokens
from llmlint.source import Span

_MOST_PATHS = 20  # Call paths that are listed for a call.

_OWN_STYLE = """
td, td:last-child { white-space: normal; overflow-wrap: anywhere; min-width: 6rem; }
td:first-child { min-width: 12rem; }
:root { --static: #3b6fb6; --changing: #b5651d; --cached: #1f6f43; }
@media (prefers-color-scheme: dark) { :root { --static: #7fb0f0; --changing: #f0b37e; --cached: #7bd3a0; } }
a { color: inherit; }
.figures { display: flex; flex-wrap: wrap; gap: 1rem 2.5rem; padding: 0; list-style: none; color: var(--text); }
.figures strong { display: block; font-size: 1.5rem; }
.tools { display: flex; flex-wrap: wrap; gap: .5rem 1rem; margin: .5rem 0 1rem; }
.tools input, .tools select { font: inherit; padding: .3rem .5rem; color: inherit; background: var(--page); border: 1px solid var(--dim);
  border-radius: .3rem; }
th button { all: unset; cursor: pointer; text-decoration: underline dotted; }
th button:focus-visible, summary:focus-visible, .scroll:focus-visible { outline: 2px solid var(--static); outline-offset: 2px; }
th[aria-sort=ascending] button::after { content: " ▲"; }
th[aria-sort=descending] button::after { content: " ▼"; }
.layout { display: flex; height: 1.1rem; min-width: 8rem; gap: 1px; border-radius: .2rem; overflow: hidden; }
.layout span { min-width: 3px; }
.static { background: var(--static); }
.changing { background: repeating-linear-gradient(45deg, var(--changing), var(--changing) 4px, transparent 4px, transparent 6px); }
.cached { background: var(--cached); }
.legend span { display: inline-block; width: 1rem; height: .8rem; margin: 0 .3rem 0 1rem; vertical-align: middle; }
.chart { display: grid; grid-template-columns: max-content 1fr max-content; gap: .3rem .8rem; align-items: center; }
.chart i { display: block; height: 1rem; background: var(--static); border-radius: .2rem; min-width: 2px; }
code { overflow-wrap: anywhere; }
"""

_SCRIPT = """
for (const section of document.querySelectorAll("section[data-rows]")) {
  const rows = [...section.querySelectorAll("tbody tr")], body = section.querySelector("tbody");
  const text = section.querySelector("input"), choice = section.querySelector("select"), said = section.querySelector("output");
  const show = () => {
    let count = 0;
    for (const row of rows) {
      const fits = row.textContent.toLowerCase().includes(text.value.toLowerCase()) &&
        (!choice.value || row.dataset.codes.split(" ").includes(choice.value));
      row.hidden = !fits;
      count += fits;
    }
    said.textContent = `${count} of ${rows.length} shown`;
  };
  text.addEventListener("input", show);
  choice.addEventListener("change", show);
  section.querySelectorAll("th").forEach((head, index) => {
    const name = head.textContent, button = document.createElement("button");
    button.type = "button"; button.textContent = name; head.replaceChildren(button);
    button.addEventListener("click", () => {
      const down = head.getAttribute("aria-sort") !== "descending";
      section.querySelectorAll("th").forEach((each) => each.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", down ? "descending" : "ascending");
      const key = (row) => { const cell = row.cells[index]; return cell.dataset.value ?? cell.textContent; };
      rows.sort((a, b) => {
        const [x, y] = [key(a), key(b)], order = isNaN(x) || isNaN(y) ? x.localeCompare(y) : x - y;
        return down ? -order : order;
      });
      body.append(...rows);
    });
  });
  section.querySelector(".tools").hidden = false;
  show();
}
"""


class ShownSite(NamedTuple):
    """What is shown of a call site, without its findings: plain data. `paths` are the call paths, each as its steps, and `layout` are the runs
    of the prompt: name, kind (`static`, `changing`, `cached`) and tokens."""

    span: Span
    where: str
    model: str
    static: int
    changing: int
    cost: float | None
    requests: int
    paths: tuple[tuple[str, ...], ...]
    fan_out: str | None
    layout: tuple[tuple[str, str, int], ...]


class _Row(NamedTuple):
    """A call site with the codes of the findings about it."""

    site: ShownSite
    codes: tuple[str, ...]


def shown_site(settings: SettingsResolver, run: BaseRun, site: CallSite) -> ShownSite:
    """What is shown of a call site of a run."""
    request = site.richest
    static, changing = prompt_tokens(request)
    names = dict.fromkeys(value.spelling for value in site.models if value.source != "config")
    return ShownSite(
        site.span,
        place(site.span.path, run.locate(site.span)[0]),
        " or ".join(map(visible, names)) or "not known",
        static,
        changing,
        cost_of(request, Catalog.with_prices(settings.for_file(site.span.path).prices))[2],
        len(site.requests),
        tuple(tuple(step.message for step in each.steps) for each in site.requests if each.steps)[:_MOST_PATHS],
        site.fan_out.kind if site.fan_out is not None else None,
        tuple(_layout(request)),
    )


def page(
    run: BaseRun, sites: Sequence[ShownSite], findings: Sequence[Finding], calls_per_day: Callable[[str], float | None]
) -> str:
    """The page, as text."""
    codes: dict[Span, set[str]] = {}
    for finding in findings:
        codes.setdefault(finding.call, set()).add(finding.code)
    shown = [_Row(site, tuple(sorted(codes.get(site.span, ())))) for site in sites]
    parts = [
        '<!doctype html>\n<html lang="en">\n<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">',
        f'<link rel="icon" href="data:,"><title>LLM calls</title><style>{STYLE}{_OWN_STYLE}</style></head>',
        "<body><main>",
        "<h1>LLM calls</h1>",
        *_figures(sites, findings, calls_per_day),
        *_chart("Savings by rule", "What fixes would save, per 1,000 calls of each", _by_rule(findings)),
        *_chart("Cost by file", "The known input, per 1,000 calls of each", _by_file(sites)),
        *_sites(shown),
        *_findings(run, findings),
        f"</main><script>{_SCRIPT}</script></body>\n</html>",
    ]
    return "\n".join(parts) + "\n"


def _figures(
    sites: Sequence[ShownSite], findings: Sequence[Finding], calls_per_day: Callable[[str], float | None]
) -> Iterator[str]:
    files = len({each.span.path for each in sites})
    cost = sum(each.cost or 0.0 for each in sites)
    figures = [
        (f"{len(sites)}", f"calls in {files} file{'' if files == 1 else 's'}"),
        (f"{len(findings)}", "findings"),
        (dollars(cost) if cost else "not known", "known input, per 1,000 calls of each"),
    ]
    month = sum(
        (finding.saving.now - finding.saving.after) * (calls_per_day(finding.call.path) or 0.0) * 30 / 1000
        for finding in findings
        if finding.saving is not None
    )
    if month:
        figures.append((dollars(month), "saved in a month by all fixes, at the configured calls per day"))
    yield f'<ul class="figures">{"".join(f"<li><strong>{escape(figure)}</strong>{escape(said)}</li>" for figure, said in figures)}</ul>'


def _by_rule(findings: Iterable[Finding]) -> dict[str, float]:
    found: dict[str, float] = {}
    for finding in findings:
        name = f"{finding.code} {finding.name}"
        found[name] = found.get(name, 0.0) + (finding.saving.now - finding.saving.after if finding.saving is not None else 0.0)
    return found


def _by_file(sites: Iterable[ShownSite]) -> dict[str, float]:
    found: dict[str, float] = {}
    for each in sites:
        found[each.span.path] = found.get(each.span.path, 0.0) + (each.cost or 0.0)
    return found


def _chart(title: str, said: str, amounts: dict[str, float]) -> Iterator[str]:
    """Bars, the longest first."""
    rows = sorted(((amount, name) for name, amount in amounts.items() if amount > 0), reverse=True)[:12]
    if not rows:
        return
    yield f"<section><h2>{escape(title)}</h2><p>{escape(said)}</p><div class=chart>"
    for amount, name in rows:
        width = 100 * amount / rows[0][0]
        yield f"<span>{escape(visible(name))}</span><i style='width:{width:.1f}%' aria-hidden=true></i><span>{escape(dollars(amount))}</span>"
    yield "</div></section>"


def _table(name: str, title: str, columns: Sequence[str], codes: Iterable[str], rows: Iterable[str]) -> Iterator[str]:
    """A table with a filter, whose columns can be sorted."""
    options = "".join(f"<option>{escape(code)}</option>" for code in sorted(set(codes)))
    yield f'<section data-rows><h2 id="{name}">{escape(title)}</h2><div class="tools" hidden>'
    yield f'<label>Filter <input type="search" id="{name}-text"></label>'
    yield f'<label>Rule <select id="{name}-rule"><option value="">all</option>{options}</select></label><output></output></div>'
    yield f'<div class="scroll" tabindex="0" role="region" aria-labelledby="{name}"><table><thead><tr>'
    yield "".join(f'<th scope="col">{escape(column)}</th>' for column in columns)
    yield "</tr></thead><tbody>"
    yield from rows
    yield "</tbody></table></div></section>"


def _sites(rows: Sequence[_Row]) -> Iterator[str]:
    yield (
        '<p class="legend">Prompt layout, in request order:<span class="static"></span>static<span class="changing"></span>changing'
        '<span class="cached"></span>cached</p>'
    )
    columns = ("Call", "Model", "Prompt", "Static tokens", "Changing tokens", "Per 1,000 calls", "Findings")
    codes = [code for each in rows for code in each.codes]
    yield from _table("calls", "Calls", columns, codes, map(_site_row, rows))


def _site_row(row: _Row) -> str:
    site = row.site
    listed = "".join(f"<li>{escape(visible(' ← '.join(path)))}</li>" for path in site.paths)
    details = f"<details><summary>{site.requests} call paths</summary><ul>{listed}</ul></details>" if listed else ""
    fan_out = f" · in a {escape(site.fan_out)}" if site.fan_out is not None else ""
    cells = (
        f"<td><code>{escape(site.where)}</code>{fan_out}{details}</td>",
        f"<td>{escape(site.model)}</td>",
        f"<td>{_bar(site.layout)}</td>",
        f'<td class="number" data-value="{site.static}">{site.static:,}</td>',
        f'<td class="number" data-value="{site.changing}">{site.changing:,}</td>',
        f'<td class="number" data-value="{site.cost or 0:.9f}">{escape(dollars(site.cost)) if site.cost else "not known"}</td>',
        f"<td>{escape(' '.join(row.codes)) or 'none'}</td>",
    )
    return f'<tr data-codes="{escape(" ".join(row.codes))}">{"".join(cells)}</tr>'


def _layout(request: Request) -> Iterator[tuple[str, str, int]]:
    """The runs of the prompt: tools, system and messages in request order."""
    last = max((index for index, segment in enumerate(request.prompt.segments) if segment.has_breakpoint), default=-1)
    for index, segment in enumerate(request.prompt.segments):
        static, rest = segment_tokens(request, segment)
        name = segment.role if segment.kind == "message" and segment.role else segment.kind
        if static:
            yield name, "cached" if index <= last else "static", static
        if rest or not segment.is_whole:
            yield name, "changing", rest


def _bar(pieces: Sequence[tuple[str, str, int]]) -> str:
    if not pieces:
        return "not known"
    total = sum(tokens for _, _, tokens in pieces) or 1
    said = ", ".join(f"{name} {kind} {tokens:,} tokens" for name, kind, tokens in pieces)
    spans = "".join(
        f'<span class="{kind}" style="flex:{max(tokens, total / 50, 1):.0f}" title="{escape(name)}, {kind}: {tokens:,} tokens"></span>'
        for name, kind, tokens in pieces
    )
    return f'<div class="layout" role="img" aria-label="{escape(said)}">{spans}</div>'


def _findings(run: BaseRun, findings: Sequence[Finding]) -> Iterator[str]:
    columns = ("Rule", "Where", "Finding", "Saved per 1,000 calls", "Fix")
    rows = (_finding_row(run, finding) for finding in findings)
    yield from _table("findings", "Findings", columns, (finding.code for finding in findings), rows)


def _finding_row(run: BaseRun, finding: Finding) -> str:
    saving = finding.saving
    saved = saving.now - saving.after if saving is not None else 0.0
    where = place(finding.at.path, run.locate(finding.at)[0])
    how = f"{finding.fix.message} ({finding.fix.applicability.value})" if finding.fix is not None else finding.help or ""
    title = f"{dollars(saving.now)} → {dollars(saving.after)}" if saving is not None else "not known"
    cells = (
        f'<td><a href="{escape(rule_address(finding.code, finding.name))}">{finding.code}</a></td>',
        f"<td><code>{escape(where)}</code></td>",
        f"<td>{escape(visible(finding.message))}</td>",
        f'<td class="number" data-value="{saved:.9f}">{escape(title)}</td>',
        f"<td>{escape(visible(how))}</td>",
    )
    return f'<tr data-codes="{finding.code}">{"".join(cells)}</tr>'
