"""too-many-cache-breakpoints (LLM107)

## What it does
Finds cache breakpoints for which the API refuses a request: more than four of them, on tools, on blocks of the system prompt and of messages,
and the top-level one, counted together; breakpoints that each turn of a conversation adds while those before stay; one that lives for five
minutes ahead of one that lives for an hour; and a top-level `cache_control` on the legacy Bedrock client. Only breakpoints count that are on
the request on every path.

## Why it costs
The API answers such a request with 400.

## Example
```python
client.messages.create(
    model="claude-sonnet-5-5",
    max_tokens=500,
    cache_control={"type": "ephemeral"},
    tools=[SEARCH, {**BOOK, "cache_control": EPHEMERAL}],
    system=[{"type": "text", "text": text, "cache_control": EPHEMERAL} for text in (TONE, RULES, PRICES)],
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
        {"type": "text", "text": PRICES, "cache_control": EPHEMERAL},  # covers all that comes before it
    ],
    messages=messages,
)
```

## Fix safety
Unsafe: the request, which fails as it stands, is accepted, and its text stays the same; but which four breakpoints are the best depends on which
parts of the prompt change how often. The fix keeps the last breakpoint of the tools, of the system prompt and of the messages, whose text covers
that of the ones before, and of the others the last ones. On the legacy Bedrock client the top-level breakpoint is taken away; where the history
grows, a small function puts it on the last block of the last message instead. Breakpoints that pile up or stand in the wrong order have no fix.

## Limitations
A row of a batch is not refused at once: it comes back as an error. Breakpoints that are set in a loop are not counted, except where each turn of a
conversation adds one. Code that mentions how they are taken away again (`pop("cache_control")`) is taken to do so.

## References
- [Prompt caching](https://platform.claude.com/docs/en/build-with-claude/prompt-caching): "up to 4 cache breakpoints", longer lifetimes before
  shorter ones, and no automatic caching on legacy Bedrock, as of September 2026
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from llmlint.callsite import Request
from llmlint.findings import Applicability, Confidence, Finding, Fix, Related
from llmlint.fixes.edits.remove_named import remove_breakpoint
from llmlint.fixes.prompt.conversation_breakpoint import LEGACY_BEDROCK, move_top_level_breakpoint
from llmlint.request_data import Breakpoint
from llmlint.rules.prompts import is_claude
from llmlint.rules.registry import RuleContext, rule

_MOST = 4


@rule("LLM107", "too-many-cache-breakpoints", applicability=Applicability.UNSAFE, in_batches=True)
def check(call: Request, context: RuleContext) -> Iterator[Finding]:
    if not is_claude(call):
        return
    yield from _refused_by_bedrock(call)
    yield from _piling_up(call)
    if call.prompt.has_alternatives:
        return
    yield from _in_wrong_order(call)
    top_level = call.prompt.top_level_breakpoint
    breakpoints = [
        breakpoint
        for breakpoint in (*call.prompt.breakpoints, *([top_level] if top_level is not None else []))
        if breakpoint.is_certain
    ]
    surplus = len(breakpoints) - _MOST
    if surplus <= 0:
        return
    fix = _without(call, breakpoints, surplus)
    yield call.finding(
        "LLM107",
        "too-many-cache-breakpoints",
        f"{len(breakpoints)} cache breakpoints on one request, and the API takes {_MOST}",
        at=breakpoints[_MOST].at,
        confidence=Confidence.HIGH,
        help="a breakpoint covers all that comes before it: keep the last one of the tools and of the system prompt, and those at the end"
        if fix is None
        else None,
        fix=fix,
    )


def _in_wrong_order(call: Request) -> Iterator[Finding]:
    """A breakpoint with a short lifetime ahead of one with a longer one."""
    top_level = call.prompt.top_level_breakpoint
    breakpoints = [
        breakpoint
        for breakpoint in (*call.prompt.breakpoints, *([top_level] if top_level is not None else []))
        if breakpoint.is_certain
    ]
    for index, breakpoint in enumerate(breakpoints):
        lifetime = breakpoint.lifetime
        longer = next(
            (each for each in breakpoints[index + 1 :] if lifetime and each.lifetime and each.lifetime > lifetime), None
        )
        if longer is not None:
            yield call.finding(
                "LLM107",
                "too-many-cache-breakpoints",
                "a cache breakpoint of five minutes stands ahead of one of an hour: the API answers 400, since longer lifetimes come first",
                at=breakpoint.at,
                confidence=Confidence.HIGH,
                help='give the earlier breakpoint `"ttl": "1h"` too, or leave it out',
                related=(Related(longer.at, "this breakpoint lives for an hour"),),
            )
            return


def _piling_up(call: Request) -> Iterator[Finding]:
    if call.piling_breakpoint is not None:
        yield call.finding(
            "LLM107",
            "too-many-cache-breakpoints",
            f"each turn adds a cache breakpoint and those before stay: the turn after the {_MOST}th has too many, and the API answers 400",
            at=call.piling_breakpoint,
            confidence=Confidence.MEDIUM,
            help="take the breakpoint off the earlier messages, or pass the top-level `cache_control`, which moves on by itself",
        )


def _refused_by_bedrock(call: Request) -> Iterator[Finding]:
    breakpoint = call.prompt.top_level_breakpoint
    if breakpoint is None or not breakpoint.is_certain or call.client not in LEGACY_BEDROCK:
        return
    fix = move_top_level_breakpoint(call, breakpoint)
    yield call.finding(
        "LLM107",
        "too-many-cache-breakpoints",
        "the legacy Bedrock client takes no top-level `cache_control`: the API answers 400",
        at=breakpoint.at,
        confidence=Confidence.HIGH,
        help="mark the last block that should be cached" if fix is None else None,
        fix=fix,
    )


def _without(call: Request, breakpoints: Sequence[Breakpoint], surplus: int) -> Fix | None:
    """A fix that takes the breakpoints away whose text others cover; None where that cannot be done in place, or would take others away too."""
    last_of_kind = {segment.kind: segment.breakpoint for segment in call.prompt.segments if segment.breakpoint in breakpoints}
    kept = [*last_of_kind.values(), call.prompt.top_level_breakpoint]
    # Equal breakpoints are told apart by their place; of the same place, all would go.
    dropped = [breakpoint for breakpoint in breakpoints if breakpoint not in kept][:surplus]
    places = {breakpoint.at for breakpoint in dropped}
    if (
        len(dropped) < surplus
        or len(places) < surplus
        or places & {breakpoint.at for breakpoint in breakpoints if breakpoint not in dropped}
    ):
        return None
    edits = [edit for breakpoint in dropped if (edit := remove_breakpoint(call, breakpoint)) is not None]
    return (
        Fix(Applicability.UNSAFE, "Leave out breakpoints whose text later ones cover", tuple(edits))
        if len(edits) == surplus
        else None
    )
