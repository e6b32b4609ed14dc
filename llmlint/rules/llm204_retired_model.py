"""retired-model (LLM204)

## What it does
Finds calls whose model, as the source tells it, is retired, or will be on a known date.

## Why it costs
A call of a retired model fails. Until then, models on their way out are mostly dearer than their successors.

## Example
```python
client.messages.create(model="claude-3-opus-20240229", max_tokens=500, messages=messages)
```

## Use instead
```python
client.messages.create(model="claude-opus-5-5", max_tokens=500, messages=messages)
```

## Fix safety
Unsafe: the successor gives other answers. The fix changes the name where it is written (a constant, a default, a dict, another file of the
project), and keeps its spelling: a Bedrock id stays a Bedrock id. What else of the request the successor refuses changes with it, in every
call that has the name from there: sampling parameters that are constants go, a thinking budget becomes adaptive thinking, and `max_tokens`
of a GPT chat becomes `max_completion_tokens`. Where the old model did not think unless asked and the successor does, Haiku is told not to,
and `answer.content[0].text` becomes the text of the first block that has one. The fix is shown only, not applied, where that cannot be done
in place: parameters that a caller passes, an answer that is begun for the model, a forced tool choice, and arguments that are not in sight.

## Limitations
The dates are the vendors' own for their own API, as the catalogue knows them; Bedrock and Google retire models on other days, and models
on those platforms are left alone. The
catalogue says of some models only about when they were retired.

## References
- [Model deprecations](https://platform.claude.com/docs/en/about-claude/model-deprecations)
- `anthropic/_data/deprecated_models.py` of anthropic 2.12.0; `types/shared/chat_model.py` of openai 3.54.0
- [Migration to Sonnet 5.5](https://platform.claude.com/docs/en/models/sonnet-5-5/migration-guide) and
  [Haiku 5.5](https://platform.claude.com/docs/en/models/haiku-5-5/migration-guide): refused parameters, copies of October 2026
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator

from llmlint.callsite import Request
from llmlint.catalog import ModelRef
from llmlint.findings import Applicability, Confidence, Finding
from llmlint.fixes.model_name import replace_model
from llmlint.rules.registry import RuleContext, rule


@rule("LLM204", "retired-model", applicability=Applicability.UNSAFE)
def check(call: Request, context: RuleContext) -> Iterator[Finding]:
    seen = set()
    for value in call.models:
        reference = context.catalog.find(value.spelling)
        if reference is None or value.at in seen or call.is_third_party_host:
            continue
        date = context.catalog.retirement(reference)
        if date is None:
            continue
        seen.add(value.at)
        successor = context.catalog.get(reference.model.successor or "")
        fix = replace_model(call, value, reference, successor) if successor else None
        yield call.finding(
            "LLM204",
            "retired-model",
            _message(value.spelling, date, context),
            at=value.at,
            confidence=_confidence(call, reference),
            help=f"use `{successor.id}`" if successor and fix is None else None,
            fix=fix,
        )


def _confidence(call: Request, reference: ModelRef) -> Confidence:
    """An address that the source does not tell may be that of a router, and so may one that is asked for another vendor's models."""
    if call.is_in_test:
        return Confidence.LOW
    is_at_vendor = call.is_own_host and call.provider in (reference.model.vendor, "litellm")
    return Confidence.HIGH if is_at_vendor else Confidence.MEDIUM


def _message(spelling: str, date: datetime.date, context: RuleContext) -> str:
    return f"`{spelling}` was retired on {date}" if date <= context.today else f"`{spelling}` will be retired on {date}"
