"""many-small-requests (LLM303)

## What it does
Finds loops and fan-outs in which each request sends a few hundred words of instructions for one short item, such as a title or a name, and gets a
short answer: one request could take several items.

## Why it costs
The instructions are paid for each time. With 20 items a request, a prompt of 400 tokens of instructions and 20 of item costs 20 × 420 tokens one by
one, and 400 + 20 × 20 together: a tenth. A batch halves the price of each request; this divides the number of requests, and both go together.

## Example
```python
RULES = "Name the genre of the book by its title alone. ..."  # 400 tokens

for title in titles:
    answer = client.messages.create(
        model="claude-haiku-5-5",
        max_tokens=10,
        messages=[{"role": "user", "content": f"{RULES}\\nTitle: {title}\\nAnswer with the genre only."}],
    )
    genres.append(answer.content[0].text)
```

## Use instead
```python
for part in batched(titles, 20):
    numbered = "\\n".join(f"{number}. {title}" for number, title in enumerate(part, 1))
    answer = client.messages.create(
        model="claude-haiku-5-5",
        max_tokens=400,
        messages=[{"role": "user", "content": f"{RULES}\\nTitles:\\n{numbered}\\nAnswer with one genre a line, in the same order."}],
    )
    genres += answer.content[0].text.splitlines()
```
Ask for numbered lines or for JSON with a schema, and check that each item has its answer.

## Fix safety
There is no fix: the prompt has to ask for several answers, and items that stand side by side may influence each other, which only an evaluation
can judge.

## Limitations
Whether an item is short is determined by its name (`title`, `name`, `word`, `query`) or by a slice (`text[:200]`), and whether the answer is
short by its limit or schema. Confidence is medium where LLM202's evidence says that the task is a simple one, and low elsewhere. llmlint stays
silent where a part of the prompt may be long, where instructions are cached anyway (a breakpoint, or from OpenAI's minimum of 1,024 tokens on), on
images and tools, in tests, in rows of a batch, and where fewer than ten items are known.

The rule is off by default: in some twenty unseen repositories it found two places, which is too few to say how often it is right.

## References
- Prices of input tokens: the catalogue, each with its date
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from llmlint.callsite import Request
from llmlint.findings import Confidence, Finding, Saving
from llmlint.request_data import Gap, Stability
from llmlint.rules.answer_form import answer_form
from llmlint.rules.prompts import models_of
from llmlint.rules.registry import RuleContext, rule
from llmlint.rules.savings import known_tokens
from llmlint.rules.task_evidence import simple_task

_LEAST_INSTRUCTIONS = 200
# From here on, OpenAI's API reads the start of a prompt from its cache by itself.
_CACHED_BY_ITSELF = 1024
_FEWEST_ITEMS = 10
_TOGETHER = 20
# What a short item takes, with its line in a list.
_ITEM_TOKENS = 20
_MOST_SLICED = 400
_SHORT = frozenset(
    {
        "title", "titles", "name", "word", "term", "keyword", "phrase", "tag", "label", "headline", "query", "category", "brand", "company",
        "city", "country", "language", "lemma", "token", "topic", "hashtag", "subject", "emoji", "username", "skill", "ingredient", "genre",
        "symbol", "ticker", "sentence", "entity", "concept", "author", "id", "date", "year",
    }
)  # fmt: skip
_NAMED = re.compile(r"""(\w+)(?:\.strip\(\)|\.lower\(\)|\[["'](\w+)["']\]|\.get\(["'](\w+)["'](?:,[^()]*)?\))?\Z""")
_SLICED = re.compile(r"\[\s*:\s*(\d+)\s*\]\Z")


@rule("LLM303", "many-small-requests", applicability=None)
def check(call: Request, context: RuleContext) -> Iterator[Finding]:
    if call.is_in_test or call.has("tools") or call.sends_growing_history or not context.shows(Confidence.LOW):
        return
    fan_out = call.fan_out
    if fan_out is None or call.is_interactive or (fan_out.items is not None and fan_out.items < _FEWEST_ITEMS):
        return
    if call.prompt.has_breakpoint or call.prompt.may_have_breakpoints:
        return
    models = models_of(call, context.catalog)
    tokens = known_tokens(call, models[0].tokenizer if models else call.offers.tokenizer)
    if not _LEAST_INSTRUCTIONS <= tokens < _CACHED_BY_ITSELF:
        return
    item = _short_item(call)
    form = answer_form(call) if item is not None else None
    if item is None or form is None or not (form.limits or form.has_schema):
        return
    task = simple_task(call)
    is_sure = task is not None and task.tier == "small" and fan_out.confidence is Confidence.HIGH
    together = round(tokens / _TOGETHER) + _ITEM_TOKENS
    yield call.finding(
        "LLM303",
        "many-small-requests",
        f"each request sends about {tokens:,} tokens of instructions for one short item (`{call.source(item.at)}`): with {_TOGETHER} items in a "
        f"request they cost about {together:,} tokens an item",
        at=fan_out.at,
        confidence=Confidence.MEDIUM if is_sure else Confidence.LOW,
        help="send several items in one request, numbered, and ask for as many answers; measure whether they stay as good",
        saving=_saving(call, context, tokens, together),
        related=fan_out.chain[::-1],
    )


def _short_item(call: Request) -> Gap | None:
    """The part of the prompt that changes with the item, where that is short, and nothing in the prompt may be long."""
    gaps = [gap for segment in call.prompt.segments for gap in segment.gaps]
    changing = [gap for gap in gaps if gap.stability >= Stability.VARYING]
    if len(changing) != len(gaps) or not 0 < len(changing) <= 3:
        return None
    return changing[0] if all(_is_short(call.source(gap.at)) for gap in changing) else None


def _is_short(written: str) -> bool:
    """Whether an expression is by its name, or by a slice, a few words long."""
    sliced = _SLICED.search(written)
    if sliced is not None:
        return int(sliced[1]) <= _MOST_SLICED
    named = _NAMED.search(written)
    last = next((part for part in reversed(named.groups()) if part), "") if named is not None else ""
    return last.lower().rpartition("_")[2] in _SHORT


def _saving(call: Request, context: RuleContext, tokens: int, together: int) -> Saving | None:
    models = models_of(call, context.catalog)
    if not models or not models[0].input:
        return None
    price = models[0].input
    said = f"{models[0].id}: ${price:g} input per million tokens (catalogue of {context.catalog.date})"
    return Saving((tokens + _ITEM_TOKENS) * price / 1000, together * price / 1000, (f"{_TOGETHER} items in a request", said))
