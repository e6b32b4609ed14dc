"""missing-prompt-cache-key (LLM108)

## What it does
Finds calls through OpenAI-style clients (`chat.completions`, `responses`, the legacy module functions) that start with a large static
prompt and give no `prompt_cache_key`.

## Why it costs
OpenAI caches prompts of 1,024 tokens and more by itself, and looks for them on the machine that a request is routed to. The key keeps
requests with the same start together, so that more of them are cache reads, at half to a twentieth of the input price. Claude models
behind an OpenAI-style client are not cached by themselves: the key, or a mark on the content, is what makes them so.

## Example
```python
client.chat.completions.create(
    model="gpt-6.1-sol",
    messages=[{"role": "system", "content": HANDBOOK}, {"role": "user", "content": question}],
)
```

## Use instead
```python
client.chat.completions.create(
    model="gpt-6.1-sol",
    messages=[{"role": "system", "content": HANDBOOK}, {"role": "user", "content": question}],
    prompt_cache_key="support-handbook",
)
```

## Fix safety
There is no automatic fix yet: the keyword is refused by versions of the SDK before 1.99, and llmlint does not know which is installed.

## Limitations
On GPT models the key only helps what OpenAI does anyway, so these findings have low confidence and are hidden by default
(`--min-confidence low` shows them). Clients that are pointed at another host are left alone unless the model is Claude.

## References
- [Prompt caching](https://developers.openai.com/api/docs/guides/prompt-caching), read in copies of 2026
- `types/chat/completion_create_params.py` of openai 3.54.0
"""

from __future__ import annotations

from collections.abc import Iterator

from llmlint.callsite import CallSite
from llmlint.findings import Confidence, Finding
from llmlint.rules.prompts import cache_saving, is_claude, is_covered, static_prefix
from llmlint.rules.registry import RuleContext, rule


@rule("LLM108", "missing-prompt-cache-key", applicability=None)
def check(call: CallSite, context: RuleContext) -> Iterator[Finding]:
    if call.provider == "anthropic" or call.prompt.has_cache_key:
        return
    claude = is_claude(call, context.catalog)
    if claude and call.provider == "litellm":
        return  # LLM101: litellm passes content marks on.
    if call.is_third_party_host and not claude:
        return
    # GPT models cache by themselves, so an estimate that is a little high does no harm there.
    prefix = static_prefix(call, context.catalog, context.cache_margin if claude else 1.0)
    if prefix is None or (claude and is_covered(call, prefix)):
        return
    yield call.finding(
        "LLM108",
        "missing-prompt-cache-key",
        f"about {prefix.tokens:,} tokens at the start of the prompt are the same in every call, with no `prompt_cache_key`",
        at=prefix.last.at,
        confidence=Confidence.HIGH if claude else Confidence.LOW,
        help="pass a `prompt_cache_key` that names this prompt, so that calls which share it are routed together",
        saving=cache_saving(prefix, context.catalog) if claude else None,
    )
