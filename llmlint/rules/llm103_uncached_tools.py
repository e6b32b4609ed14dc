"""uncached-tools (LLM103)

## What it does
Finds calls of Claude models with large tool definitions that no cache breakpoint covers, where the tools alone are enough to be cached. A breakpoint
anywhere behind the tools covers them too, since they come first in the request. Where a static system prompt follows the tools, LLM101
reports both together.

## Why it costs
Tool definitions are input like any other text, and agents send the same ones in each iteration. Without a breakpoint each iteration pays the full
price for them; with one, a tenth of it or less from the second iteration on.

## Example
```python
client.messages.create(
    model="claude-sonnet-5-5",
    max_tokens=1000,
    tools=[SEARCH, BOOK, CANCEL, {"name": "refund", "description": REFUND_RULES, "input_schema": {...}}],
    system=f"The time is {datetime.now()}.",
    messages=messages,
)
```

## Use instead
```python
client.messages.create(
    model="claude-sonnet-5-5",
    max_tokens=1000,
    tools=[
        SEARCH,
        BOOK,
        CANCEL,
        {"name": "refund", "description": REFUND_RULES, "input_schema": {...}, "cache_control": {"type": "ephemeral"}},
    ],
    system=f"The time is {datetime.now()}.",
    messages=messages,
)
```

## Fix safety
Safe: the breakpoint goes on the last tool definition, and nothing else changes. It is offered where that is a dict written in the program. Tools
with `defer_loading` take no breakpoint (the API answers 400), so there is no fix where one of them is last. For rows of a batch the fix is that of
LLM101.

## Limitations
Only definitions that are written as dicts are counted. Those made from functions or classes (`@beta_tool`, pydantic) are not seen.
Where the program makes the call once in a run, confidence is low.

## References
- [Prompt caching](https://platform.claude.com/docs/en/build-with-claude/prompt-caching): "tools, system, messages", as of September 2026
"""

from __future__ import annotations

from collections.abc import Iterator

from llmlint.callsite import Request
from llmlint.findings import Applicability, Confidence, Finding
from llmlint.fixes.prompt.cache_breakpoint import add_breakpoint, has_free_breakpoint, weaker
from llmlint.fixes.prompt.rereads import comes_too_late, surest
from llmlint.fixes.prompt.rows_breakpoint import cache_ahead
from llmlint.request_data import Stability
from llmlint.rules.prompts import cache_saving, is_claude, is_covered, static_prefix
from llmlint.rules.registry import RuleContext, rule
from llmlint.rules.rows import are_too_few, each_time, how_to_cache_rows, saving_of_rows


@rule("LLM103", "uncached-tools", applicability=Applicability.SAFE, in_batches=True)
def check(call: Request, context: RuleContext) -> Iterator[Finding]:
    if not call.offers.takes_breakpoints or not is_claude(call):
        return
    prefix = static_prefix(call, context)
    if prefix is None or prefix.last.kind != "tools" or is_covered(call, prefix):
        return
    tools = [segment for segment in call.prompt.segments if segment.kind == "tools"]
    if any(tool.stability >= Stability.VARYING for tool in tools):
        return
    if are_too_few(call) if call.is_batch else comes_too_late(call):
        return
    takes_breakpoint = "defer_loading" not in call.source(prefix.last.at)
    add = cache_ahead if call.is_batch else add_breakpoint
    fix = add(call, prefix.last) if takes_breakpoint and has_free_breakpoint(call) else None
    if fix is not None and prefix.retired is not None:
        fix = weaker(fix, Applicability.UNSAFE)  # It is of use once the model is replaced.
    confidence = Confidence.HIGH if prefix.model is not None and prefix.retired is None else Confidence.MEDIUM
    where = "mark the last tool with `cache_control`" if takes_breakpoint else "mark the last tool that has no `defer_loading`"
    replaced = f" ({prefix.least})" if prefix.retired is not None else ""
    yield call.finding(
        "LLM103",
        "uncached-tools",
        f"about {prefix.tokens:,} tokens of tool definitions are sent in full {each_time(call)}{replaced}",
        at=prefix.last.at,
        confidence=min(confidence, surest(call, prefix.last)),
        help=(how_to_cache_rows(call) if call.is_batch and takes_breakpoint else where) if fix is None else None,
        saving=(saving_of_rows if call.is_batch else cache_saving)(prefix, context.catalog),
        fix=fix,
    )
