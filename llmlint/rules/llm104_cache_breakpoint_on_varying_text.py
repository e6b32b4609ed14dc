"""cache-breakpoint-on-varying-text (LLM104)

## What it does
Finds calls whose every cache breakpoint covers text that changes between calls: a block with a breakpoint behind or with a clock or random id, a
breakpoint on the end of a message that is another one each time, the top-level `cache_control` on calls of a single turn, which the API puts on the
last block, that is on the question, breakpoints on a history that grows behind a clock, a step counter or something found for each turn, and
those behind tools that are drawn anew for each request (`random.sample`).

## Why it costs
A breakpoint makes the API write the text ahead of it to the cache, for 1.25 times the input price (2 times with a lifetime of an hour). A later call
reads it only if its own text is the same up to a breakpoint. Where the text differs each time, every call pays for writing and none reads.

## Example
```python
client.messages.create(
    model="claude-sonnet-5-5",
    max_tokens=500,
    cache_control={"type": "ephemeral"},  # goes on the question
    system=HANDBOOK,
    messages=[{"role": "user", "content": question}],
)
```

## Use instead
```python
client.messages.create(
    model="claude-sonnet-5-5",
    max_tokens=500,
    system=[{"type": "text", "text": HANDBOOK, "cache_control": {"type": "ephemeral"}}],
    messages=[{"role": "user", "content": question}],
)
```

## Fix safety
Unsafe: the fix moves the breakpoint to the last text that is the same in every call, or takes it away where there is none large enough.
llmlint does not see whether another call sends the same text again and reads what this one wrote.

## Limitations
Silent for histories that grow where nothing ahead of them is known to change, since a breakpoint at the end is right there; for a document with a
breakpoint that other text follows, since several questions may be asked about it, unless the same words follow it for each item of a loop; and
where parts of the request cannot be seen. A date or an hour counts as unchanging.

## References
- [Prompt caching](https://platform.claude.com/docs/en/build-with-claude/prompt-caching), as of September 2026: "place the breakpoint on the
  last block that stays identical", and automatic caching
"""

from __future__ import annotations

from collections.abc import Iterator

from llmlint.callsite import Request
from llmlint.findings import Applicability, Confidence, Finding, Fix, Related
from llmlint.fixes.edits.remove_named import remove_breakpoint
from llmlint.fixes.edits.request_readers import with_readers
from llmlint.fixes.prompt.cache_breakpoint import place_breakpoint
from llmlint.request_data import Stability
from llmlint.rules.breakpoints import KEEP_TOOLS, WastedBreakpoint, breakpoints_of_history, wasted_breakpoint
from llmlint.rules.prompts import Prefix, is_claude, large_enough
from llmlint.rules.registry import RuleContext, rule
from llmlint.rules.savings import written_in_vain
from llmlint.source import Span

_BEHIND_A_CHANGE = "a part ahead of the cached history differs on each turn: every turn pays for a cache write, none reads"
_MOVE_CHANGE = "move what differs to the end of the last message, behind the history"


@rule("LLM104", "cache-breakpoint-on-varying-text", applicability=Applicability.UNSAFE, in_batches=True)
def check(call: Request, context: RuleContext) -> Iterator[Finding]:
    if not is_claude(call):
        return
    wasted = wasted_breakpoint(call)
    if wasted is None:
        yield from _behind_a_change(call)
        return
    before, behind = _static_text(call, wasted, context)
    can_move = before is not None or (behind is None and not call.sends_growing_history)
    fix = _move(call, wasted, before) if can_move else None
    yield call.finding(
        "LLM104",
        "cache-breakpoint-on-varying-text",
        _BEHIND_A_CHANGE if call.sends_growing_history else _message(wasted),
        at=wasted.breakpoint.at,
        confidence=Confidence.HIGH if wasted.gap.stability is Stability.VOLATILE or wasted.is_top_level else Confidence.MEDIUM,
        help=_how_to_read(call, wasted, before, behind) if fix is None else None,
        saving=written_in_vain(prefix, context.catalog) if (prefix := before or behind) is not None else None,
        fix=fix,
        related=(Related(wasted.gap.at, "this differs from call to call"),),
    )


def _behind_a_change(call: Request) -> Iterator[Finding]:
    """A breakpoint on a history that grows, behind a part that differs on each turn."""
    change, breakpoints = call.change_ahead, breakpoints_of_history(call)
    if change is None or not change.is_certain or not breakpoints or call.prompt.may_have_breakpoints:
        return
    yield call.finding(
        "LLM104",
        "cache-breakpoint-on-varying-text",
        _BEHIND_A_CHANGE,
        at=breakpoints[-1].at,
        confidence=Confidence.MEDIUM,
        help=_MOVE_CHANGE,
        related=(Related(change.at, "this differs from turn to turn"),),
    )


def _static_text(call: Request, wasted: WastedBreakpoint, context: RuleContext) -> tuple[Prefix | None, Prefix | None]:
    """What is worth a breakpoint: the whole segments ahead of what changes, and the known text of the segments from there on."""
    segments = call.prompt.segments
    index = next(index for index, segment in enumerate(segments) if segment is wasted.segment)
    ahead = segments[:index]
    rest = "".join(text for segment in segments[index:] for text in (segment.text, *(gap.text for gap in segment.gaps)))
    before = large_enough(call, "".join(segment.text for segment in ahead), ahead[-1], index - 1, context) if ahead else None
    return before, large_enough(call, rest, wasted.segment, index, context)


def _message(wasted: WastedBreakpoint) -> str:
    what = (
        "the top-level breakpoint goes on the last block, which differs"
        if wasted.is_top_level
        else "the text up to the breakpoint differs"
    )
    return f"{what} in each call: every call pays for a cache write, none reads"


def _how_to_read(call: Request, wasted: WastedBreakpoint, before: Prefix | None, behind: Prefix | None) -> str:
    if wasted.segment.kind == "tools":
        return KEEP_TOOLS
    return _MOVE_CHANGE if call.sends_growing_history else _help(before, behind)


def _help(before: Prefix | None, behind: Prefix | None) -> str:
    if before is not None:
        return f"put the breakpoint on the last block that is the same in every call (about {before.tokens:,} tokens come before what changes)"
    if behind is not None:
        return f"put what changes behind the text that is the same in every call (about {behind.tokens:,} tokens), and the breakpoint on that text"
    return "remove the breakpoint, or put it on text that is the same in every call"


def _move(call: Request, wasted: WastedBreakpoint, prefix: Prefix | None) -> Fix | None:
    """Take the breakpoint away, and put one on the static prefix where that is large enough; None where either cannot be done."""
    removal = remove_breakpoint(call, wasted.breakpoint)
    if removal is None or len(call.prompt.breakpoints) + call.prompt.has_top_level_breakpoint > 1:
        return None
    if prefix is None:
        return Fix(Applicability.UNSAFE, "Remove the breakpoint", (removal,))
    # The breakpoint itself moves, with its TTL.
    code = call.source(wasted.breakpoint.at)
    is_movable = "\n" not in code and code.startswith("{")
    marked = place_breakpoint(call, prefix.last, code if is_movable else "")
    if marked is None or any(edit.span.path == removal.span.path and _overlap(edit.span, removal.span) for edit in marked.edits):
        return None
    message = f"Move the breakpoint to the last block that is the same in every call (about {prefix.tokens:,} tokens)"
    return with_readers(call, Fix(Applicability.UNSAFE, message, (removal, *marked.edits)), prefix.last)


def _overlap(one: Span, other: Span) -> bool:
    return one.start < other.end and other.start < one.end
