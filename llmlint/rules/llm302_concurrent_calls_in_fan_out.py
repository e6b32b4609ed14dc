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
requests = []
for page in pages:
    requests.append({"model": MODEL, "max_tokens": 100, "messages": [{"role": "user", "content": page}]})
answers = await run_batches_async(client, requests)
```
`run_batches_async` is added by the fix; see LLM301 for what it does, and for OpenAI's batches.

## Fix safety
Unsafe, for the reasons of LLM301. The fix is made for `asyncio.gather` over a comprehension, a `map` or a list that is filled first, and for
`ThreadPoolExecutor` and `ProcessPoolExecutor` with `map`, or with `submit` and the futures' `result()` in their order; each over the call
itself or a function around it. The pool goes, and so do semaphores that only bound how many calls run at a time. There is no fix for
`return_exceptions=True`, `as_completed`, task groups, timeouts, and a `try` around a result: these say what happens to each item.

## Limitations
As for LLM301. Where several calls run side by side so that one person gets an answer sooner, suppress the finding in place.

## References
- [Batch processing](https://platform.claude.com/docs/en/build-with-claude/batch-processing)
- [OpenAI Batch API](https://platform.openai.com/docs/guides/batch)
"""

from __future__ import annotations

from collections.abc import Iterator

from llmlint.callsite import Request
from llmlint.findings import Applicability, Finding
from llmlint.rules.batching import batchable, report
from llmlint.rules.registry import RuleContext, rule


@rule("LLM302", "concurrent-calls-in-fan-out", applicability=Applicability.UNSAFE)
def check(call: Request, context: RuleContext) -> Iterator[Finding]:
    fan_out = batchable(call, context)
    if fan_out is not None and fan_out.is_concurrent:
        yield from report(call, fan_out, "LLM302", "concurrent-calls-in-fan-out", "side by side, once for each item")
