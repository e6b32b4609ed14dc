"""missing-prompt-cache-key (LLM108)

## What it does
Finds calls through OpenAI-style clients (`chat.completions`, `responses`, the legacy module functions) that start with a large static
prompt and give no `prompt_cache_key`, or one that is new for each request; for Claude behind such a client, those with no `cache_control`.

## Why it costs
OpenAI caches prompts of 1,024 tokens and more by itself, and looks for them on the machine that a request is routed to. The key keeps
requests with the same start together, so that more of them are cache reads, at half to a twentieth of the input price. Claude models
behind an OpenAI-style client are not cached by themselves and not by a key: a breakpoint on the content is what makes them so.

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
The key is made of the names of module and function, so that it stays the same from run to run. Safe for GPT models on OpenAI's own host,
with a client whose class is known and no `base_url` in the file: nothing changes in what is asked or answered. Where the project's
requirements name a version of the SDK that lacks the keyword (before 1.99), the key is passed in `extra_body`. Unsafe otherwise: Azure and
other hosts may refuse what they do not know. Unsafe too where the call takes `**arguments` from out of sight. Claude models get a cache
breakpoint on the last static block instead, and never a key: no host was found that routes Claude requests by it. Safe, as in LLM101, on hosts
whose pages say that they pass breakpoints on (OpenRouter, Databricks, AssemblyAI's gateway; November 2026); on other hosts unsafe and with no
figure of what it saves, since a host may drop or refuse what it does not know.

## Limitations
On GPT models the key only helps what OpenAI does anyway, so these findings have low confidence and are hidden by default
(`--min-confidence low` shows them). Clients that are pointed at another host are left alone unless the model is Claude. A Claude model that
seems to reach a client of OpenAI's own host is left alone: that host serves none, and mostly another class of the program sends it. Where the
host is not known and the call can also have models that are not known, such as one that the environment names, the confidence is low and
there is no fix. Rows of a batch are left alone: OpenAI does not say whether a key helps them.

## References
- [Prompt caching](https://developers.openai.com/api/docs/guides/prompt-caching), read in copies of 2026
- `types/chat/completion_create_params.py` of openai 3.54.0
- [Prompt caching at OpenRouter](https://openrouter.ai/docs/guides/best-practices/prompt-caching): `cache_control` on text parts, 2026
- [Prompt caching by litellm](https://docs.litellm.ai/docs/tutorials/prompt_caching): the hosts to which it sends `cache_control`, 2026
"""

from __future__ import annotations

from collections.abc import Iterator

from llmlint.callsite import Request
from llmlint.catalog import vendor_of
from llmlint.findings import Applicability, Confidence, Finding, Fix
from llmlint.fixes.model.hosts import is_on_azure
from llmlint.fixes.prompt.cache_breakpoint import add_breakpoint, weaker
from llmlint.fixes.prompt.cache_key import add_cache_key
from llmlint.fixes.prompt.rereads import comes_too_late
from llmlint.link.values.values import Unknown
from llmlint.request_data import Stability
from llmlint.rules.prompts import Prefix, cache_saving, is_claude, is_covered, static_prefix
from llmlint.rules.registry import RuleContext, rule


@rule("LLM108", "missing-prompt-cache-key", applicability=Applicability.SAFE)
def check(call: Request, context: RuleContext) -> Iterator[Finding]:
    claude = is_claude(call)
    if not call.offers.takes_cache_key or (claude and call.offers.takes_breakpoints) or not call.caches_prompts:
        return  # LLM101: litellm passes breakpoints on content on.
    if claude and call.provider == "openai" and call.is_own_host:
        return  # OpenAI serves no Claude: what the path gives as the model goes elsewhere, or the call fails.
    if call.arguments.has("prompt_cache_key") and not call.is_third_party_host:
        yield from _changing_key(call, context)
    is_default = (value.is_only or value.source.endswith("default") for value in call.models)
    is_certain = claude and (call.passes_breakpoints or (all(is_default) and not _is_a_setting(call)))
    confidence = Confidence.LOW if not is_certain else Confidence.HIGH if call.passes_breakpoints else Confidence.MEDIUM
    if (call.is_third_party_host and not claude) or not context.shows(confidence):
        return
    if call.prompt.has_cache_key and not claude:
        return
    # GPT models cache by themselves, so an estimate that is a little high does no harm there.
    prefix = static_prefix(call, context, None if claude else 1.0)
    if prefix is None or (claude and is_covered(call, prefix)):
        return
    if claude and comes_too_late(call):
        return
    if claude:
        fix = _breakpoint_for_router(call, prefix) if is_certain else None
        missing, help = "`cache_control`, and hosts of Claude read no key", "add `cache_control` to the last static block"
        if not call.passes_breakpoints:
            help += ", if the host passes that on to Claude"
    else:
        fix = add_cache_key(call, Applicability.SAFE if _is_at_openai(call) else Applicability.UNSAFE)
        missing = "`prompt_cache_key`"
        help = "pass a `prompt_cache_key` that names this prompt, so that calls which share it are routed together"
    yield call.finding(
        "LLM108",
        "missing-prompt-cache-key",
        f"about {prefix.tokens:,} tokens at the start of the prompt are the same in every call, with no {missing}",
        at=prefix.last.at,
        confidence=confidence,
        help=help if fix is None else None,
        saving=cache_saving(prefix, context.catalog) if call.passes_breakpoints and claude else None,
        fix=fix,
    )


def _is_a_setting(call: Request) -> bool:
    """Whether the environment or a configuration may name another model: who sets that has mostly set another host."""
    return any(isinstance(value, Unknown) and value.stability is Stability.STABLE for value in call.values("model"))


def _changing_key(call: Request, context: RuleContext) -> Iterator[Finding]:
    """A key that is another one for each request, and so keeps requests with the same start apart."""
    gap = call.prompt.cache_key_gap
    if gap is None or gap.stability is not Stability.VOLATILE or static_prefix(call, context, 1.0) is None:
        return
    yield call.finding(
        "LLM108",
        "missing-prompt-cache-key",
        "the `prompt_cache_key` is another one for each request, and keeps requests with the same start apart",
        at=gap.at,
        confidence=Confidence.MEDIUM,
        help="pass a key that names the prompt, so that calls which share it are routed together",
    )


def _is_at_openai(call: Request) -> bool:
    """Whether the request goes to OpenAI's own host, as far as the file of the call says."""
    text = call.program.source(call.span.path).text
    is_own = not call.is_third_party_host and call.client is not None and not is_on_azure(call)
    return is_own and call.provider == "openai" and call.api != "openai.legacy" and "base_url" not in text


def _breakpoint_for_router(call: Request, prefix: Prefix) -> Fix | None:
    """A breakpoint on the content, for Claude in a request of the chat format."""
    if call.api != "openai.chat" or not all(vendor_of(value.spelling) == "anthropic" for value in call.models):
        return None
    fix = add_breakpoint(call, prefix.last)
    return fix if fix is None or call.passes_breakpoints else weaker(fix, Applicability.UNSAFE)
