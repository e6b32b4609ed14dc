"""parallel-cache-writes (LLM109)

## What it does
Finds calls with a cache breakpoint that start side by side in a fan-out, where no call is made before them that would write the cache.

## Why it costs
What a call writes to the cache can be read once its answer begins. Calls that start together all find nothing: each of them pays for a
write, at 1.25 times the input price, and the fan-out costs more than it would without the breakpoint.

## Example
```python
answers = await asyncio.gather(*(ask(page) for page in pages))  # `ask` sends a system prompt with a breakpoint
```

## Use instead
```python
first = await ask(pages[0])
answers = [first, *await asyncio.gather(*(ask(page) for page in pages[1:]))]
```
A call with `max_tokens=0` and the same cached prefix writes the cache without an answer. Where nobody waits, a batch costs half (LLM302).

## Limitations
Where a semaphore or a pool of workers limits how many calls start together, only those pay for a write, so such findings have low confidence and
are hidden by default. A breakpoint behind text that differs from item to item, or may do so, is left alone, since no call warms the cache for
another, and so is one whose text is too short to be cached (LLM106). A call that warms the cache is looked for in the function of the fan-out only.
Rows of a batch are left
alone: how many of them find what others wrote is not known, and marks in them mostly pay. A blocking client that coroutines call outside of threads
is left alone: its calls run one after another.

## References
- [Prompt caching](https://platform.claude.com/docs/en/build-with-claude/prompt-caching): concurrent requests, as of September 2026
- `types/message_create_params.py:35` of anthropic 2.12.0: `max_tokens=0` fills the cache
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from llmlint.callsite import Request
from llmlint.findings import Confidence, Finding
from llmlint.link.repeats.loop_invariant import is_steady
from llmlint.request_data import FanOut, Stability
from llmlint.rules.breakpoints import wasted_breakpoint, writes_nothing
from llmlint.rules.prompts import is_claude
from llmlint.rules.registry import RuleContext, rule
from llmlint.scan.expressions import Call

# A dataframe goes through its rows one by one.
_SERIAL = frozenset({"map"})
_OF_EVENT_LOOP = frozenset({"gather", "as_completed", "task-group"})
_THREADS = re.compile(
    r"\b(?:to_thread|run_in_executor|run_sync|run_in_threadpool|sync_to_async|asyncify|submit|Executor|Thread)\b"
)
# What is the same in all calls of one fan-out.
_SAME = frozenset({Stability.STABLE, Stability.DAILY})


@rule("LLM109", "parallel-cache-writes", applicability=None)
def check(call: Request, context: RuleContext) -> Iterator[Finding]:
    if (
        not is_claude(call)
        or not call.prompt.has_breakpoint
        or wasted_breakpoint(call) is not None
        or writes_nothing(call, context)
    ):
        return
    fan_out = call.fan_out
    if fan_out is None or not fan_out.is_concurrent or fan_out.is_warmed or fan_out.kind in _SERIAL:
        return
    if (fan_out.items is not None and fan_out.items < context.min_fan_out) or not _shares_a_prefix(call):
        return
    if _holds_up_the_loop(call, fan_out):
        return
    who = "those that start together each pay" if fan_out.is_bounded else "each one pays"
    yield call.finding(
        "LLM109",
        "parallel-cache-writes",
        f"calls with a cache breakpoint start side by side, so that {who} for a cache write and none reads",
        at=fan_out.at,
        confidence=Confidence.LOW if fan_out.is_bounded else min(fan_out.confidence, Confidence.MEDIUM),
        help="await the first call before the others start, or warm the cache with a call that has `max_tokens=0`",
        related=fan_out.chain[::-1],
    )


def _holds_up_the_loop(call: Request, fan_out: FanOut) -> bool:
    """Whether a blocking client makes the calls in the event loop itself, one after another, and not in threads."""
    if (
        fan_out.kind not in _OF_EVENT_LOOP
        or call.client is None
        or call.client.startswith("Async")
        or not isinstance(call.site, Call)
    ):
        return False
    spans = (fan_out.at, call.span, *(step.span for step in fan_out.chain))
    return not any(_THREADS.search(call.source(span)) for span in spans)


def _shares_a_prefix(call: Request) -> bool:
    """Whether some cached start of the request is known to be the same for all items: one that differs cannot be warmed for the others."""
    if call.pace.prefixes_differ and (call.prompt.has_alternatives or call.prompt.has_other_texts):
        return False
    for segment in call.prompt.segments:
        if not all(gap.stability in _SAME or is_steady(call.arguments, call.fan_out, gap.at) for gap in segment.gaps):
            return False
        if segment.breakpoint is not None:
            return True
    return False
