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
All requests first, then one pass over items and answers. `run_batches` is a function of about thirty lines that the fix adds to the file: it
makes the batches, waits for them, puts the answers in the order of the requests, and names those without an answer.
```python
requests = []
for review in reviews:
    requests.append({"model": MODEL, "max_tokens": 100, "messages": [{"role": "user", "content": review}]})
for answer in run_batches(client, requests):
    labels.append(answer.content[0].text)
```
What it comes down to:
```python
batch = client.messages.batches.create(
    requests=[{"custom_id": f"request-{index}", "params": params} for index, params in enumerate(requests)]
)
while client.messages.batches.retrieve(batch.id).processing_status != "ended":
    time.sleep(60)
messages = {}
for row in client.messages.batches.results(batch.id):  # in any order
    if row.result.type != "succeeded":  # errored, canceled or expired
        raise RuntimeError(f"{row.custom_id}: {row.result.type}")
    messages[row.custom_id] = row.result.message
answers = [messages[f"request-{index}"] for index in range(len(requests))]
```
OpenAI takes a batch as a file of at most 50,000 requests and 200 MB. There is no fix for it; by hand it reads:
```python
lines = [
    json.dumps(
        {
            "custom_id": f"request-{index}",
            "method": "POST",
            "url": "/v1/chat/completions",
            "body": {"model": MODEL, "messages": [{"role": "user", "content": review}]},
        }
    )
    for index, review in enumerate(reviews)
]
file = client.files.create(file=("batch.jsonl", "\\n".join(lines).encode()), purpose="batch")
batch = client.batches.create(input_file_id=file.id, endpoint="/v1/chat/completions", completion_window="24h")
while batch.status not in ("completed", "failed", "expired", "cancelled"):
    time.sleep(60)
    batch = client.batches.retrieve(batch.id)
if batch.status != "completed" or batch.error_file_id:
    raise RuntimeError(f"{batch.id}: {batch.status}, errors in {batch.error_file_id}")
rows = [json.loads(line) for line in client.files.content(batch.output_file_id).text.splitlines()]  # in any order
bodies = {row["custom_id"]: row["response"]["body"] for row in rows}
labels = [bodies[f"request-{index}"]["choices"][0]["message"]["content"] for index in range(len(reviews))]
```

## Fix safety
Unsafe: the program waits minutes to a day where it answered at once; all requests are made before the first answer is read; and one request
without an answer ends the run with a `RuntimeError` that names it, after the batch and before any answer is used.

The fix is made for Anthropic's own API (`Anthropic`, `AsyncAnthropic`), for `messages.create` with parameters that a batch takes, and for these
shapes: comprehensions; `for` loops, with statements, `continue`, `if` and inner loops ahead of the call and anything behind it; `map`; and a
function or method around the call, in the same file or another one, whose request then becomes a function of its own. There is none where
something would be lost:

- error handling for each item: `try` in or around the loop, retries, `finally`;
- the order in time: `break`, `return` or `yield` in the loop, sleeps, clocks, progress bars, and output ahead of the call;
- what requests and answers share: a request that is made from something that the rest of the loop changes, or by code with side effects;
- options of the HTTP call: `timeout`, `extra_headers`, `with_options`, `with_raw_response`, `stream`, `speed`, betas;
- a loop in a loop, or in a function that a loop of the file calls: each round would wait for a batch of its own;
- items that may come without end (a queue, a stream, standard input), and a sync client in an async function, which would be held up;
- a fan-out that somebody may wait for on one of the ways to it.

## Limitations
llmlint stays silent where a call's input depends on an earlier answer (also through a memory that is searched), where the loop ends at the
first good answer, where one prompt goes to several models, keys or hosts, on the first request of an agent, on a few items behind a large
cached prefix (a batch would cost more), on loops in tests over functions of the program, on retries, polling,
request handlers and chats, on fewer than four known items (`thresholds.min-fan-out`), for clients with no batch endpoint (Bedrock, Vertex,
Foundry), for `service_tier="flex"`, which has the price of a batch, and for streams that are passed on as they come: printed, yielded,
sent. A stream of which only the whole is used (`get_final_message()`, `"".join(…)`, a list of pieces) counts as any other call. The loop may stand in
a caller: callers are followed up to eight levels, in the files of the run; a function that is called through a registry,
a string or a framework is not. A name that is used in more than 24 other files (3 where packages lie side by side) is not followed.

The fix follows one level: a loop over a function whose own helper makes the call has none. A function that only the loop uses goes away with
it if its name is private, if it is nested, or in a script; else it stays. The requests of the new code are no calls, so that rules on
prompts and models no longer look at them: in one run their fixes are made first.

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


@rule("LLM301", "serial-calls-in-loop", applicability=Applicability.UNSAFE)
def check(call: Request, context: RuleContext) -> Iterator[Finding]:
    fan_out = batchable(call, context)
    if fan_out is not None and not fan_out.is_concurrent:
        yield from report(call, fan_out, "LLM301", "serial-calls-in-loop", "one after another, once for each item")
