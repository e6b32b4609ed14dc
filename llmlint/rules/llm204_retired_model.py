"""retired-model (LLM204)

## What it does
Finds calls whose model, as the source determines it, is retired, or will be on a known date. The message says where the successor is of another
tier or costs more. An end that is more than 30 days ahead has medium confidence at most; models in tests and recorded requests have low. A name
that several calls use is reported once.

## Why it costs
A call of a retired model fails. Until then, models on their way out are mostly more expensive than their successors.

## Example
```python
client.messages.create(model="claude-3-opus-20240229", max_tokens=500, messages=messages)
```

## Use instead
```python
client.messages.create(model="claude-opus-5-5", max_tokens=500, messages=messages)
```

## Fix safety
Unsafe: the successor gives other answers. What the fix changes, and where it is shown only, is said at LLM201.

The successor is of the same tier, unless the vendor itself names a lower one. Where the model is of the premium tier, too, LLM201 or LLM202
reports both in one finding, and the fix and the saving are those of this rule: LLM201 judges the successor when llmlint runs again.

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
import re
from collections.abc import Iterator

from llmlint.callsite import Request
from llmlint.catalog import ModelRef
from llmlint.findings import Applicability, Confidence, Finding
from llmlint.fixes.model.name import advice, replace_model
from llmlint.request_data import ModelValue
from llmlint.rules.premium import what_changes
from llmlint.rules.registry import RuleContext, rule
from llmlint.rules.savings import model_saving

# How many days ahead an end is that must be acted on at once.
_SOON = 30
# Requests and responses that tests or demonstrations keep.
_KEPT = re.compile(r"(?:^|/)(?:tests?|cassettes?|fixtures?|test_?data|snapshots?|recordings?|mocks?)/", re.IGNORECASE)


@rule("LLM204", "retired-model", applicability=Applicability.UNSAFE, through_any_client=True, in_batches=True)
def check(call: Request, context: RuleContext) -> Iterator[Finding]:
    seen = set()
    for value in call.models:
        reference = context.catalog.find(value.spelling)
        if reference is None or value.at in seen or (call.is_third_party_host and not _is_for_the_vendor(call, value)):
            continue
        date = context.catalog.retirement(reference)
        if date is None:
            continue
        seen.add(value.at)
        successor = context.catalog.get(reference.model.successor or "")
        confidence = _confidence(call, value, reference, (date - context.today).days)
        fix = replace_model(call, value, reference, successor) if successor and context.shows(confidence) else None
        change = what_changes(reference.model, successor, context.catalog) if successor else ""
        yield call.finding(
            "LLM204",
            "retired-model",
            f"{_end(value.spelling, date, context)}{change}",
            at=value.at,
            confidence=confidence,
            help=f"use `{successor.id}`{advice(call, value, reference, successor)}" if successor and fix is None else None,
            # Nobody pays for calls that fail.
            saving=model_saving(call, reference.model, successor, context.catalog)
            if successor and date > context.today
            else None,
            fix=fix,
        )


def _is_for_the_vendor(call: Request, value: ModelValue) -> bool:
    """Whether one of several models is that of the vendor's own host, where others are those of a router by their names:
    `"openai/gpt-4o" if uses_router else "gpt-4o"`."""
    return call.is_own_host and "/" not in value.spelling and any("/" in other.spelling for other in call.models)


def _confidence(call: Request, value: ModelValue, reference: ModelRef, days: int) -> Confidence:
    """An address that the source does not tell may be that of a router, and so may one that is asked for another vendor's models. An end
    that is far ahead ranks below one that is past. Vertex AI retires Gemini models on days of its own."""
    if call.is_in_test or _KEPT.search(value.at.path) or _KEPT.search(call.span.path):
        return Confidence.LOW
    if reference.model.vendor == "google" and "vertexai" in call.program.source(call.span.path).text:
        return Confidence.LOW
    is_at_vendor = (
        call.is_own_host
        and not call.is_third_party_host
        and (call.provider == "litellm" or reference.model.vendor in (call.vendor, call.provider))
    )
    return Confidence.HIGH if is_at_vendor and days <= _SOON else Confidence.MEDIUM


def _end(spelling: str, date: datetime.date, context: RuleContext) -> str:
    return f"`{spelling}` was retired on {date}" if date <= context.today else f"`{spelling}` will be retired on {date}"
