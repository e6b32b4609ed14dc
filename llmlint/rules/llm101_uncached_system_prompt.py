"""uncached-system-prompt (LLM101)

## What it does
Finds calls of Claude models that send a large static prompt with no cache breakpoint that covers it. The static prompt is what comes first in the
request and is the same in every call: tool definitions, the system prompt, and instructions at the start of the first message. It is
reported where it reaches 1.25 times the model's own minimum (`thresholds.cache-margin`), since its size is an estimate. Of plain prose, whose
estimates are closer, 1.15 times the minimum are enough.

## Why it costs
Without a breakpoint each call pays the full input price for the whole prompt. With one, the first call pays 1.25 times the price of the cached
part, and each call that follows within five minutes pays a tenth of it, or less: 0.05 on Opus 5.5 and Sonnet 5.5, 0.025 on Fable and Mythos
5.1 and later. Rows of a batch pay half of all that. They run side by side, so that each may pay for a write unless one request has written the
cache ahead of them.

## Example
```python
client.messages.create(
    model="claude-sonnet-5-5",
    max_tokens=500,
    system=HANDBOOK,  # 3,000 tokens, the same in each call
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
Safe where the request is built in sight and what one call writes is read by another: the text that is sent stays the same, and a breakpoint on text
that is too short has no effect and costs nothing. It goes on the last static block, never on the message that changes. A prompt that is a parameter
of a wrapper becomes a block where the wrapper calls the API, and a constant stays a string. Unsafe where nothing says that a parameter is a string,
where the code reads `["system"]` of some dict again, a test says what it must be, or costs are computed from `usage.input_tokens`, which leaves out
cached tokens (the fix names the file), where the prompt is picked from a list by its role and may be empty, where an f-string is split before a
part that may be empty, where other callers of a helper pass texts that are not known, where the model is retired, where tools that may differ stand
ahead of it, where a helper is called once in a run and passed constants alone, and where calls start together. Unsafe as well where the prompt is
made from a mutable default, a module-level object or a file that a function of the program changes; where the response may end the loop
(`while not done`) or is kept for later iterations (`if intro is None`, `@cache`); where each iteration of a loop may have another model, prompt or
tools (`for model in MODELS`), or where one iteration alone may make the call (`next(ask(each) for each in questions)`, an agent that has its answer
at once, a second call in an `except`); and where the program waits between calls for a time that is long or not known (`time.sleep` in a function
that the loop calls, a generator whose consumer may take any time). Shown only where other functions read the prompt from the same dict. No fix where
the program makes one call in a run, and where the text may be empty (`system or ""`), which the API refuses.

In the rows of a batch, the breakpoint lives for an hour, and one row is sent ahead of the batch with `max_tokens=0`, which writes the cache that the
others read. That is unsafe, as it is one request more, and offered where a list by a name holds the rows that one call sends, all of which start with
the same text. There is none where rows think, stream, or are forced to a tool or a format.

## Limitations
The static prompt ends where something is chosen anew for each call: by a test on a parameter, a default that no caller in sight leaves as
it is, an attribute that is set again, an item of a list. A choice that a process makes once does not end it, nor does one between texts
that are all known: each of them is sent again. A helper that each of its callers passes another constant is reported for each of them, with
medium confidence, and with low confidence and a fix that is only shown where these are cells of a notebook, also where one cell repeats the
request of another. A prompt that is too short for a model that is retired, or never cached prompts, is judged by the minimum of its
successor, with medium confidence, as its calls fail until it is replaced. Text that is made outside the linted files is not counted. Calls
that come more than five minutes apart gain nothing: such calls are left alone where a loop sleeps between them or a scheduler starts them.
Where the program sends the text once in a run, except for attempts to repeat a failed call and whatever else the same call sends, confidence
is low, since llmlint cannot see how often it is run. A request in which a helper out of sight may have set a breakpoint is left alone where
the program speaks of cache breakpoints anywhere. Fewer than six rows of a batch are left alone: a write for an hour, outside of the batch, costs
what four rows save.

## References
- [Prompt caching](https://platform.claude.com/docs/en/build-with-claude/prompt-caching), minimums and prices as of September 2026
- [Batch processing](https://platform.claude.com/docs/en/build-with-claude/batch-processing): prices stack with those of caching; hits within a batch
  are best effort, as of October 2026
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator

from llmlint.callsite import Request
from llmlint.findings import Applicability, Confidence, Finding
from llmlint.fixes.prompt.cache_breakpoint import add_breakpoint, has_free_breakpoint, weaker
from llmlint.fixes.prompt.rereads import comes_too_late, surest
from llmlint.fixes.prompt.rows_breakpoint import cache_ahead
from llmlint.link.calls.runners import tail_of
from llmlint.rules.breakpoints import wasted_breakpoint
from llmlint.rules.prompts import Prefix, cache_saving, is_claude, is_covered, static_prefix
from llmlint.rules.registry import RuleContext, rule
from llmlint.rules.rows import are_too_few, each_time, how_to_cache_rows, saving_of_rows
from llmlint.scan.expressions import Call, dotted_name, walk

_CACHING = re.compile(r"(?i)cach")


@rule("LLM101", "uncached-system-prompt", applicability=Applicability.SAFE, in_batches=True)
def check(call: Request, context: RuleContext) -> Iterator[Finding]:
    if not call.offers.takes_breakpoints or not is_claude(call):
        return
    prefix = static_prefix(call, context)
    if prefix is None or prefix.last.kind == "tools" or is_covered(call, prefix):
        return
    if context.runs("LLM104") and wasted_breakpoint(call) is not None:
        return
    if (are_too_few(call) if call.is_batch else comes_too_late(call)) or _is_switched_off(call):
        return
    add = cache_ahead if call.is_batch else add_breakpoint
    fix = add(call, prefix.last) if has_free_breakpoint(call) else None
    if fix is not None and prefix.retired is not None:
        fix = weaker(fix, Applicability.UNSAFE)  # It is of use once the model is replaced.
    if fix is not None and _is_tried_out(call, prefix):
        message = f"{fix.message}; each cell sends another text, which may be sent once and never read from the cache"
        fix = dataclasses.replace(fix, applicability=Applicability.DISPLAY_ONLY, message=message)
    where = "system prompt" if prefix.last.kind == "system" else "instructions at the start of the messages"
    yield call.finding(
        "LLM101",
        "uncached-system-prompt",
        f"about {prefix.tokens:,} tokens of {where} are sent in full {each_time(call)} ({prefix.least})",
        at=prefix.last.at,
        confidence=min(_confidence(call, prefix), surest(call, prefix.last)),
        help=(how_to_cache_rows(call) if call.is_batch else call.offers.how_to_cache) if fix is None else None,
        saving=(saving_of_rows if call.is_batch else cache_saving)(prefix, context.catalog),
        fix=fix,
    )


def _confidence(call: Request, prefix: Prefix) -> Confidence:
    if prefix.is_shared and prefix.model is not None and prefix.retired is None:
        return Confidence.HIGH
    return Confidence.LOW if _is_tried_out(call, prefix) else Confidence.MEDIUM


def _is_switched_off(call: Request) -> bool:
    """Whether a setting decides that the call caches nothing: the other branch of `if settings.enable_caching:` makes the call with a cache."""
    module, point = call.place.module, call.place.point
    tail = tail_of(call.site) if isinstance(call.site, Call) else None
    for here in module.block_path(point.block):
        if here.kind not in ("if", "else"):
            continue
        branches = module.branches[here.group]
        tests = [each.head for each in branches if each.head is not None]
        if not any(_CACHING.search(key) for test in tests for key in map(dotted_name, walk(test)) if key is not None):
            continue
        facts = module.calls_by_scope.get(here.scope)
        others = {each.id for each in branches} - {here.id}
        if any(tail_of(fact.call) == tail and any(module.is_inside(fact.block, other) for other in others) for fact in facts):
            return True
    return False


def _is_tried_out(call: Request, prefix: Prefix) -> bool:
    """Whether a cell of a notebook tries out one more text, and may not be run twice."""
    return not prefix.is_shared and call.is_in_notebook
