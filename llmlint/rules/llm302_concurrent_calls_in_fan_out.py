"""concurrent-calls-in-fan-out (LLM302)

## What it does
Finds LLM calls that are sent side by side, once for each item, by `asyncio.gather`, `as_completed`, a task group, a thread or process pool or
their kin, where no call needs the answer of another and nobody waits for them.

## Why it costs
Such a program wants all answers, not one soon: Anthropic's Message Batches API and OpenAI's Batch API take the same calls at half
price, without rate limits to work around.

## Example
```python
answers = await asyncio.gather(
    *[client.messages.create(model=MODEL, max_tokens=100, messages=[{"role": "user", "content": page}]) for page in pages]
)
```

## Use instead
```python
batch = await client.messages.batches.create(
    requests=[
        {
            "custom_id": f"page-{number}",
            "params": {"model": MODEL, "max_tokens": 100, "messages": [{"role": "user", "content": page}]},
        }
        for number, page in enumerate(pages)
    ]
)
```
See LLM301 for reading the results.

## Fix safety
There is no automatic fix yet: a batch takes minutes to a day, fails in other ways, and answers in any order.

## Limitations
As for LLM301. Where several calls run side by side so that one person gets an answer sooner, suppress the finding in place.

## References
- [Batch processing](https://platform.claude.com/docs/en/build-with-claude/batch-processing)
- [OpenAI Batch API](https://platform.openai.com/docs/guides/batch)
"""

from __future__ import annotations

from collections.abc import Iterator

from llmlint.callsite import CallSite
from llmlint.findings import Finding
from llmlint.rules.batching import batchable, report
from llmlint.rules.registry import RuleContext, rule


@rule("LLM302", "concurrent-calls-in-fan-out", applicability=None)
def check(call: CallSite, context: RuleContext) -> Iterator[Finding]:
    fan_out = batchable(call, context)
    if fan_out is not None and fan_out.is_concurrent:
        yield from report(call, fan_out, "LLM302", "concurrent-calls-in-fan-out", "side by side, once for each item")
