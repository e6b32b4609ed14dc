"""serial-calls-in-loop (LLM301)

## What it does
Finds LLM calls that are made one after another, once for each item of a loop or comprehension, where no call needs the answer of an
earlier one and nobody waits for them.

## Why it costs
Anthropic's Message Batches API and OpenAI's Batch API take such calls at half price, for input and output alike, and caching discounts come on
top. A loop also waits for each answer before it sends the next request.

## Example
```python
for review in reviews:
    answer = client.messages.create(model=MODEL, max_tokens=100, messages=[{"role": "user", "content": review}])
    labels.append(answer.content[0].text)
```

## Use instead
```python
batch = client.messages.batches.create(
    requests=[
        {
            "custom_id": f"review-{number}",
            "params": {"model": MODEL, "max_tokens": 100, "messages": [{"role": "user", "content": review}]},
        }
        for number, review in enumerate(reviews)
    ]
)
while client.messages.batches.retrieve(batch.id).processing_status != "ended":
    time.sleep(60)
labels = [""] * len(reviews)
for row in client.messages.batches.results(batch.id):  # in any order
    if row.result.type != "succeeded":
        raise RuntimeError(f"{row.custom_id}: {row.result.type}")
    labels[int(row.custom_id.removeprefix("review-"))] = row.result.message.content[0].text
```

## Fix safety
There is no automatic fix yet: a batch takes minutes to a day, fails in other ways, and answers in any order.

## Limitations
llmlint stays silent where a call's input depends on an earlier answer, where the loop ends at the first good answer, on retries, polling,
streams, request handlers and chats, on fewer than four known items (`thresholds.min-fan-out`), and for clients with no batch endpoint
(Bedrock, Vertex, Foundry). The loop may stand in a caller: callers are followed up to six levels, in the files of the run, and by name
only; a function that is called through a registry, a string or a framework is not. A name that is used in more than 24 other files is
not followed.

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


@rule("LLM301", "serial-calls-in-loop", applicability=None)
def check(call: CallSite, context: RuleContext) -> Iterator[Finding]:
    fan_out = batchable(call, context)
    if fan_out is not None and not fan_out.is_concurrent:
        yield from report(call, fan_out, "LLM301", "serial-calls-in-loop", "one after another, once for each item")
