"""An audit as one HTML page that needs nothing else: light and dark, narrow and wide, readable without a script."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from html import escape

from llmlint.audit.figures import Audit
from llmlint.audit.report.tables import Table, share, tables, worth
from llmlint.report.terminal import visible

STYLE = """
:root { color-scheme: light dark; --text: #1c1e21; --dim: #5b6068; --line: #d8dbe0; --page: #ffffff;
  --shade: #00000033; --waste: #b3261e; --value: #1f6f43; }
@media (prefers-color-scheme: dark) {
  :root { --text: #e7e9ec; --dim: #a3a9b2; --line: #3a3f47; --page: #15171a; --shade: #ffffff33; --waste: #ff8a80; --value: #7bd3a0; }
}
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 72rem; padding: 1.5rem; font: 1rem/1.5 system-ui, sans-serif; color: var(--text); background: var(--page); }
h1 { font-size: 1.6rem; margin: 0 0 1rem; }
h2 { font-size: 1.15rem; margin: 2rem 0 .5rem; }
/* A shadow at the side at which a table goes on. */
.scroll { overflow-x: auto; background:
  linear-gradient(to right, var(--page) 2rem, transparent) left / 3rem 100% no-repeat local,
  linear-gradient(to left, var(--page) 2rem, transparent) right / 3rem 100% no-repeat local,
  linear-gradient(to right, var(--shade), transparent) left / .8rem 100% no-repeat scroll,
  linear-gradient(to left, var(--shade), transparent) right / .8rem 100% no-repeat scroll; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { padding: .35rem .6rem; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top; white-space: nowrap; }
td:last-child { white-space: normal; overflow-wrap: anywhere; min-width: 11rem; }
td.number:last-child, .pair td:last-child { min-width: 0; }
th { color: var(--dim); font-weight: 600; font-size: .85rem; }
.number { text-align: right; }
.waste { color: var(--waste); font-weight: 600; }
.value { color: var(--value); font-weight: 600; }
ul { padding-left: 1.2rem; color: var(--dim); overflow-wrap: anywhere; }
.bar { display: flex; height: 1.6rem; border-radius: .3rem; overflow: hidden; gap: 2px; }
.bar span { min-width: 2px; }
.bar .waste { background: var(--waste); }
.bar .value { background: var(--value); }
.bar .unknown { background: var(--dim); }
/* On a phone texts wrap, so that the amounts beside them are in sight. */
@media (max-width: 40rem) {
  body { padding: 1rem; }
  th, td { padding: .3rem; }
  td:not(.number) { white-space: normal; overflow-wrap: anywhere; min-width: 6rem; }
  td.number:last-child { white-space: nowrap; overflow-wrap: normal; }
  td.waste, td.value { min-width: 3.5rem; }
}
"""


def render(audit: Audit) -> str:
    parts = [
        "<!doctype html>",
        '<html lang="en">',
        '<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>Audit of LLM spend</title><style>{STYLE}</style></head>",
        "<body><main>",
        "<h1>Audit of LLM spend</h1>",
        *_bar(audit),
        *(part for table in tables(audit) for part in _section(table)),
        "</main></body>",
        "</html>",
    ]
    return "\n".join(parts) + "\n"


def _bar(audit: Audit) -> Iterator[str]:
    """The buckets as one bar, whose text for screen readers is the table below."""
    total = sum((bucket.dollars for bucket in audit.buckets), Decimal(0))
    if not total:
        return
    amounts = dict.fromkeys(("value", "waste", "not known"), Decimal(0))
    for bucket in audit.buckets:
        amounts[worth(bucket.kind)] += bucket.dollars
    yield f'<div class="bar" role="img" aria-label="{share(amounts["waste"], total)} of the cost is in buckets of waste">'
    for bucket in audit.buckets:
        part = float(bucket.dollars / total * 100)
        kind = worth(bucket.kind).replace("not known", "unknown")
        yield f'<span class="{kind}" style="width:{part:.2f}%" title="{escape(bucket.kind.title)}: {part:.1f} %"></span>'
    yield "</div>"
    parts = [
        f'<span class="{kind}">{kind} {share(amount, total)}</span>' for kind, amount in amounts.items() if kind != "not known"
    ]
    if amounts["not known"]:
        parts.append(f"not known {share(amounts['not known'], total)}")
    yield f"<p>{', '.join(parts)}</p>"


def _section(table: Table) -> Iterator[str]:
    yield f"<section><h2>{escape(table.title)}</h2>"
    if table.rows:
        kind = ' class="pair"' if len(table.columns) == 2 else ""
        yield f'<div class="scroll" tabindex="0"><table{kind}>'
        if any(name.strip() for name in table.columns):
            # A heading without text is none to a screen reader.
            heads = (
                f'<th scope="col"{_class(name)}>{escape(name.strip())}</th>' if name else "<td></td>" for name in table.columns
            )
            cells = "".join(heads)
            yield f"<thead><tr>{cells}</tr></thead>"
        yield "<tbody>"
        for row in table.rows:
            yield f"<tr>{''.join(_cell(cell, name) for cell, name in zip(row, table.columns, strict=True))}</tr>"
        yield "</tbody></table></div>"
    if table.notes:
        yield f"<ul>{''.join(f'<li>{escape(visible(note))}</li>' for note in table.notes)}</ul>"
    yield "</section>"


def _class(column: str) -> str:
    return ' class="number"' if column.endswith(" ") else ""


def _cell(cell: str, column: str) -> str:
    kind = f' class="{cell}"' if cell in ("waste", "value") else _class(column)
    return f"<td{kind}>{escape(visible(cell))}</td>"
