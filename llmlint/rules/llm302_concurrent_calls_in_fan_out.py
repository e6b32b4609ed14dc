"""concurrent-calls-in-fan-out (LLM302)

## What it does
Finds LLM calls that are sent side by side, once for each item, by `asyncio.gather`, `as_completed`, a task group, a thread or process pool or
the like, where no call needs the answer of another and nobody waits for them. So do calls that send a request for each item by themselves,
LangChain's `.batch` and litellm's `batch_completion`, where the items are known to be many: ten or more, or the rows of a file or table.

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
The same code in a batch scope, with a batching client:
```python
from llm_batches import batch_scope, batching

client = batching(anthropic.AsyncAnthropic())

with batch_scope():
    answers = await asyncio.gather(
        *[client.messages.create(model=MODEL, max_tokens=100, messages=[{"role": "user", "content": page}]) for page in pages]
    )
```
For a pool, `BatchExecutor` takes the place of `ThreadPoolExecutor`:
```python
from llm_batches import BatchExecutor, batching

client = batching(anthropic.Anthropic())

with BatchExecutor(max_workers=8) as pool:
    answers = list(pool.map(ask, pages))
```
LLM301 says what `llm_batches` is.

## Fix safety
Unsafe: the program waits minutes to a day where it answered at once. Functions, error handling and retries stay as they are.
`BatchExecutor` runs as many tasks at the same time as `max_workers` says, not counting those that wait for a batch: what goes to another host,
and what tasks do ahead of their calls, is bounded as before. A semaphore that the calls pass gets a limit of 1,000 where it is made (also
in a constant, an attribute or another file), as it would bound the batch, and one of an option or parameter a limit of at least that
(`Semaphore(max(args.workers, 1_000))`); the title of the fix names it. A process pool becomes one of threads.

There is no fix where a loop stands around the whole fan-out (a pool for each configuration, a `gather` for each slice), further up, too,
or where each iteration waits for a few calls, as each would wait for a batch of its own; but around a loop over at most five constants
(`for name in COLLECTIONS:`), it waits for one batch after another, and the title says so. Nor where a lock or a rate limit
(`AsyncLimiter`) holds calls back, where a semaphore's limit is computed or is there for more than the LLM calls, for time limits
(`wait_for`, `asyncio.timeout`, `future.result(timeout=…)` of a future that may not be done), for `gather(…, return_exceptions=True)` (a
batch that fails as a whole would pass for so many results), threads and queues of the program's own, `multiprocessing.Pool`, joblib, Ray
and the like, sync clients in `to_thread`, and where LLM301 has none for the client or the call. There, OpenAI's flex
tier is offered as for LLM301: more calls side by side need more capacity at once, so 429 is likelier.

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


@rule("LLM302", "concurrent-calls-in-fan-out", applicability=Applicability.UNSAFE, through_posts=True)
def check(call: Request, context: RuleContext) -> Iterator[Finding]:
    fan_out = batchable(call, context)
    if fan_out is not None and fan_out.is_concurrent:
        yield from report(call, context, fan_out, "LLM302", "concurrent-calls-in-fan-out", "side by side, once for each item")
