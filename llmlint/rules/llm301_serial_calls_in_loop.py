"""serial-calls-in-loop (LLM301)

## What it does
Finds LLM calls that are made one after another, once for each item of a loop, comprehension or data frame, where no call needs the answer of
an earlier one and nobody waits for them.

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
The body of the loop as a function of one item, which `batch_map` calls for all of them. `batching` puts a client of the same class in the
place of the client: it sends the requests that wait at the same time as one batch, and gives each caller its own response or exception.
```python
from llm_batches import batch_map, batching

client = batching(anthropic.Anthropic())


def process_review(review):
    answer = client.messages.create(model=MODEL, max_tokens=100, messages=[{"role": "user", "content": review}])
    return answer.content[0].text


labels = batch_map(process_review, reviews)
```
The fix writes `llm_batches.py` into the project once (`batch-module` in the configuration): Anthropic's Message Batches API and OpenAI's Batch
API, sync and async, with ids of batches on disk, so that a program that was stopped does not pay twice. For the functions of the module
`openai`, also those of openai 0.27 and 0.28 (`openai.ChatCompletion.create`), `batching(openai)` stands behind the imports.

## Fix safety
Unsafe: the program waits minutes to a day where it answered at once. Functions, error handling and retries stay as they are. What changes:

- All items run up to their first LLM call, then the batch is sent, then they go on one after another: lists, files and counters get their
  items in the order of the loop, but what the body does ahead of the call is done for all items first.
- Where items with and without a call add to lists or files, those that make fewer calls wait for the items ahead of them first, by `in_turn()`.
- What an item sets ahead of its call and reads behind it, when others have set it (a counter, the heading above some rows), it keeps under a name
  of its own. A `break` ahead of the call, which needs no answer, moves into a generator of the items.
- What a data frame applies to its rows or to a column becomes a list, where the result is a column of the same frame.
- An item whose call fails raises there; the others are still processed, and `batch_map` raises the first exception at the end.
- Where an item makes several calls, by one function or by several, `calls=2` says how many go in batches, one after another, and all of their
  findings have the same fix. Further calls, such as another try, are sent one by one at full price.
- In an async function, `await asyncio.to_thread(batch_map, …)` leaves the event loop free.
- Each item runs in a thread of its own, one at a time. Pauses between calls (`time.sleep`) go, also those in a branch; they stay where the same
  function may send requests to another provider.

There is no fix where a batch would change more than that; the finding's help says which of these it is:

- `return` or `yield` in the loop, or a `break` that may depend on an answer, items that may come without end, a name that is read after the loop,
  an iteration that reads what an earlier one has left behind, also through an object's attributes, files, and rows of a database;
- what is added to the same text, document or object's list with and without an LLM call, or behind one call and behind two, also in functions
  that an item calls; the same for a dict whose values the program lists by their place, and for rows at the end of a data frame; a counter that
  the outer of two loops raises behind the inner one;
- items that draw from a seeded generator of random numbers (`random.seed(1)`, `default_rng(1)`) ahead of their calls and behind them: each would
  get other numbers;
- a handler around the call that takes Ctrl-C as well (`except:`, `except BaseException:`), where items write files or rows: all that wait would
  write a failure;
- an item whose number of calls the source does not determine (an agent makes as many as its model calls tools), or that asks one model or
  provider after another until one answers;
- items that are noted in a store as begun ahead of their calls, and passed over where they are: after a stop, the next run would find all of
  them begun;
- time limits on the call, or on the job that runs the loop, however far up (`wait_for`, `timeout=`, `signal.alarm`, Modal, Celery, RQ, dramatiq,
  functions in the cloud, and workflows of GitHub and other CI services that run the script: they end it, and its next run starts without what
  this one has stored); measured times, `extra_headers` other than
  `anthropic-beta`, streams; `with_options` on the call;
- a loop in a loop whose items depend on each other (else both become functions, and all calls are in one batch, also where the inner one stands
  in a function that the outer one leads to, however far up; four loops in each other in one function are left to a person), or in a function
  that a `while` loop or a pool calls, or a loop through an object that is not followed: each iteration would wait for a batch of its own; a
  loop on the way to the calls that a request handler runs, too;
- items of an async loop that ask another server ahead of their calls (`await session.get(url)`): all would at the same time;
- a project that asks for a version of the SDK without batches (`anthropic==0.40.0`);
- modules whose objects belong to one thread (`sqlite3`, Django, Playwright), and a sync client in an async function whose loop awaits
  something, too, or where tasks run side by side;
- a lock or semaphore that is held around the call, which would keep other items from their turns;
- clients whose construction is not known, hosts other than the vendor's (where a setting may name another, a loop gets a fix, whose client
  sends the calls there as before), Azure, other kinds of providers behind the same method, litellm; `openai.ChatCompletion`
  with `engine=`, `headers=` or `api_base=`, in a project that asks for openai>=1, or in a file for several versions of openai;
- a fan-out that somebody may wait for on one of the ways to it: such a finding has low confidence, and medium for the call path of a script
  (`if __name__ == "__main__":`) where a request handler runs the same loop. That includes a function that something keeps and calls for them
  (`bot.set_callback(scan)`, `bot.on_search = scan`), a program that asks somebody at its terminal behind the loop (`input`, unless it only
  waits for a key), one whose items somebody has typed (`input("Towns: ").split(",")`), one that prints its answer to a question from its
  command line (`print(agent.research(args.query))`), and functions that tell a web socket how far they are;
- what the finding has low confidence for, too: the program shows how long the loop takes as one of several ways to make the calls
  ("sequential: 12 s"), prints each answer in a file that is called a demonstration or an example with a number, or those for fewer than ten
  known items, takes one step of a search, whose next one goes on from the answers (`for depth in range(9): best = best_of(rated(best))`),
  asks another vendor by the name in the branch around the call (`if provider == "deepseek":`), makes calls again that failed, makes one only
  where another provider's call for the item fails (`except ApiError: ask_other(prompt)`) or its answer does not fit (`if not fits(answer):
  ask_other(messages)`, or `if result: return result` ahead of it), checks the claims of one answer (`verify(answer, documents)`), puts what a
  search found in order (`rerank(query, documents)`), or goes over models, methods or providers to see whether each of them works (`for name in
  models: …` in `verify_setup.py`).

Where there is no such fix and the call goes to OpenAI's own host, one keyword has the same price: `service_tier="flex"`. The program keeps its
form, but answers are slower, and a request gets 429 when capacity is short. Nothing is charged for that; the SDK tries twice more, and then
the call raises `RateLimitError`: send it again later, or with `service_tier="auto"` at full price. For long prompts OpenAI advises
`timeout=900`; the SDK's default of 600 seconds does for others, so the fix leaves it (flex guide, copies of 2026). This second fix is
offered only where the source shows the client, which keeps its default time-out and retries, where the catalogue has a price of the model
on the flex tier, and where every call path to the call is a fan-out that nobody waits for and whose time is not measured.

It is a second fix and not a rule of its own, because it remedies the same finding: both ways halve the same bill, and only one of them can be
taken. The batch fix comes first, as a batch does not fail for want of capacity and has its own rate limits.

## Limitations
llmlint stays silent where a call's input depends on an earlier answer (also through a memory that is searched, or a dict of which more than
one item is sent), where the loop ends at the first good answer, behind a statement that always leaves (`sys.exit()`), where one prompt goes
to several models, keys or hosts, on the first request of an agent, on a few items behind a large cached prefix (a batch would cost more),
on loops in tests, on retries, polling, request handlers and chats, below loops and schedules of a live process that pause for less than an
hour or for a time that is not known, on calls that only see whether the API takes a request, on calls that are made to time them (latency,
throughput, load tests; also times in records of which percentiles are computed), on loops over different functions, where the call is for
one item alone (`if paper.id == chosen:`) or for those of one day of the year (birthdays), where the program sends the same requests as a
batch on another branch or with the same helper, or writes them there as lines of a file for OpenAI's Batch API, on fewer than four known
items on a call path (`thresholds.min-fan-out`), for clients with no batch endpoint (Bedrock, Vertex, Foundry), for `service_tier="flex"`,
which has the price of a batch, and for streams that are passed on as they come: printed, yielded, sent. A stream of which only the whole is
used (`get_final_message()`, `"".join(…)`, a list of pieces) counts as any other call. The loop may stand in a caller: callers are followed
up to eight levels, in the files of the run; a function that is called through a registry, a string or a framework is not, and where nothing
in sight calls it in a program that serves somebody, confidence is medium. A name that is used in more than 24 other files (3 where packages
lie side by side) is not followed.

## References
- [Batch processing](https://platform.claude.com/docs/en/build-with-claude/batch-processing)
- [OpenAI Batch API](https://platform.openai.com/docs/guides/batch)
- [OpenAI flex processing](https://developers.openai.com/api/docs/guides/flex-processing)
"""

from __future__ import annotations

from collections.abc import Iterator

from llmlint.callsite import Request
from llmlint.findings import Applicability, Finding
from llmlint.rules.batching import batchable, report
from llmlint.rules.registry import RuleContext, rule


@rule("LLM301", "serial-calls-in-loop", applicability=Applicability.UNSAFE, through_posts=True)
def check(call: Request, context: RuleContext) -> Iterator[Finding]:
    fan_out = batchable(call, context)
    if fan_out is not None and not fan_out.is_concurrent:
        yield from report(call, context, fan_out, "LLM301", "serial-calls-in-loop", "one after another, once for each item")
