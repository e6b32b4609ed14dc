"""too-many-cache-marks (LLM107)

## What it does
Finds requests with more than four cache marks: on tools, on blocks of the system prompt and of messages, and the top-level one, counted
together. Only marks count that are on the request on every path.

## Why it costs
The API answers such a request with 400.

## Example
```python
client.messages.create(
    model="claude-sonnet-5-5",
    max_tokens=500,
    cache_control={"type": "ephemeral"},
    tools=[SEARCH, {**BOOK, "cache_control": MARK}],
    system=[{"type": "text", "text": text, "cache_control": MARK} for text in (TONE, RULES, PRICES)],
    messages=messages,
)
```

## Use instead
```python
client.messages.create(
    model="claude-sonnet-5-5",
    max_tokens=500,
    cache_control={"type": "ephemeral"},
    tools=[SEARCH, BOOK],
    system=[
        {"type": "text", "text": TONE},
        {"type": "text", "text": RULES},
        {"type": "text", "text": PRICES, "cache_control": MARK},  # covers all that comes before it
    ],
    messages=messages,
)
```

## Fix safety
Shown only: the fix takes away the first marks, whose text the later ones cover too. Which four are the best depends on which
parts of the prompt change how often.

## Limitations
Marks that are set in a loop are not counted.

## References
- [Prompt caching](https://platform.claude.com/docs/en/build-with-claude/prompt-caching): "up to 4 cache breakpoints", as of September 2026
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from llmlint.callsite import CallSite, Mark
from llmlint.findings import Applicability, Confidence, Finding, Fix
from llmlint.fixes.remove_mark import remove_mark
from llmlint.rules.prompts import is_claude
from llmlint.rules.registry import RuleContext, rule

_MOST = 4


@rule("LLM107", "too-many-cache-marks", applicability=Applicability.DISPLAY_ONLY)
def check(call: CallSite, context: RuleContext) -> Iterator[Finding]:
    if not is_claude(call, context.catalog) or call.prompt.has_alternatives:
        return
    top_level = call.prompt.top_level_mark
    marks = [mark for mark in (*call.prompt.marks, *([top_level] if top_level is not None else [])) if mark.is_certain]
    surplus = len(marks) - _MOST
    if surplus <= 0:
        return
    yield call.finding(
        "LLM107",
        "too-many-cache-marks",
        f"{len(marks)} cache marks on one request, and the API takes {_MOST}",
        at=marks[_MOST].at,
        confidence=Confidence.HIGH,
        help="a mark covers all that comes before it: keep the last one of the tools and of the system prompt, and those at the end",
        fix=_without(call, marks[:surplus], marks[surplus:]),
    )


def _without(call: CallSite, surplus: Sequence[Mark], others: Sequence[Mark]) -> Fix | None:
    """A fix that takes marks away; None where that cannot be done in place, or would take others away too."""
    places = {mark.at for mark in surplus}
    if len(places) < len(surplus) or places & {mark.at for mark in others}:
        return None
    edits = [edit for mark in surplus if (edit := remove_mark(call, mark)) is not None]
    return Fix(Applicability.DISPLAY_ONLY, "Leave out the first marks", tuple(edits)) if len(edits) == len(surplus) else None
