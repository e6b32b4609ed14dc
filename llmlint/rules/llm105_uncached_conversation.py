"""uncached-conversation (LLM105)

## What it does
Finds calls of Claude models through Anthropic's SDK or litellm that send a history which grows from call to call, with no cache breakpoint on it: the
iterations of an agent, or a chat that is kept in a list, an attribute, a global, or a store from which it is loaded. A breakpoint on the system
prompt, the tools or the first message alone does not cover the history.

## Why it costs
Each turn sends all turns before it again. Without a breakpoint the price of a conversation grows with the square of its length. With one, each
turn reads what the turn before wrote, for a tenth of the price or less.

## Example
```python
while True:
    response = client.messages.create(model="claude-sonnet-5-5", max_tokens=1000, tools=TOOLS, messages=messages)
    messages.append({"role": "assistant", "content": response.content})
    ...
```

## Use instead
```python
while True:
    response = client.messages.create(
        model="claude-sonnet-5-5", max_tokens=1000, tools=TOOLS, messages=messages, cache_control={"type": "ephemeral"}
    )
    messages.append({"role": "assistant", "content": response.content})
    ...
```
The top-level `cache_control` goes on the last block and moves on as the history grows.

## Fix safety
Unsafe: the keyword came with version 0.83 of the SDK (February 2026), and llmlint does not know which version is installed. The request is
answered in the same way. Where the project's requirements name an older version, and for `messages.parse`, which lacks the keyword, the
breakpoint is passed as `extra_body`. The legacy Bedrock client answers a top-level breakpoint with 400: there a small function, written once into the
module, puts the breakpoint on the last block of the last message, and the list itself stays as it was. No fix is offered where the arguments of
the call are not in sight. The title names a file that computes costs from `usage.input_tokens`, which leaves out cached tokens, or a test that
compares all arguments of a request.

Nor where something ahead of the history differs from turn to turn (a clock, a step counter, found memories, the state of a page) or may do
so: a breakpoint behind it is written on every turn and never read, and the bill rises. That part has to be moved behind the history first. So it is
where an agent answers each turn of a chat in a few iterations, and tools or notes are picked by the text of the turn: a turn of one request would
pay for a write that nothing reads. Nor
where the last message that is sent is not the one that the history keeps (documents around the question, a reminder), nor where the call is in a
function that other callers use for a single turn, each of which would pay for a write that nothing reads: the note names such a call.

## Limitations
How long a conversation becomes is not known from the source. Below the model's minimum the breakpoint has no effect and costs nothing; turns more
than five minutes apart read nothing and pay a quarter more. Turns that a schedule starts are left alone where its interval is as long, or is
given in minutes or more and not known. So is a history that all callers in sight empty between two turns (`client.reset()`). A list of which only
the last items are sent is left alone, since its start changes, also where a function in sight trims it. So is one whose older messages are cut or
emptied some places before the end on each turn, one that gets longer only where a response is not valid (`for attempt in range(3)`), and a request
for a summary that takes the place of the history or after which it is cleared: it is made once for many turns. So is a request in a loop over the
parts of one response, which answers the tools that it calls: mostly the second and last. A history that a web service receives with each request
(`body["history"]`) is not recognised as one that grows.

## References
- [Prompt caching](https://platform.claude.com/docs/en/build-with-claude/prompt-caching): automatic caching, as of September 2026
- `types/message_create_params.py:129` of anthropic 2.12.0
"""

from __future__ import annotations

from collections.abc import Iterator

from llmlint.callsite import Request
from llmlint.findings import Applicability, Confidence, Finding, Related
from llmlint.fixes.prompt.cache_breakpoint import has_free_breakpoint
from llmlint.fixes.prompt.conversation_breakpoint import add_conversation_breakpoint
from llmlint.fixes.prompt.rereads import comes_too_late
from llmlint.rules.breakpoints import breakpoints_of_history
from llmlint.rules.prompts import cache_saving, is_claude, models_of, static_prefix
from llmlint.rules.registry import RuleContext, rule

_KEYWORD = 'cache_control={"type": "ephemeral"}'
# Hosts to which litellm passes breakpoints on, by the first part of the model's name.
_LITELLM_HOSTS = frozenset({"anthropic", "bedrock", "vertex_ai", "openrouter"})


@rule("LLM105", "uncached-conversation", applicability=Applicability.UNSAFE)
def check(call: Request, context: RuleContext) -> Iterator[Finding]:
    if not _takes_breakpoints(call) or not is_claude(call) or not call.sends_growing_history:
        return
    if call.history_may_have_breakpoints or call.fields.is_open:
        return
    is_behind_first = _only_first_is_cached(call)
    if breakpoints_of_history(call) and not is_behind_first:
        return
    models = models_of(call, context.catalog)
    if (models and all(model.cache_minimum is None for model in models)) or comes_too_late(call):
        return
    messages = call.fields.entries.get("messages")
    change = call.change_ahead
    message = (
        "a history that grows is sent in full on every turn, behind the cached first message"
        if is_behind_first
        else "a history that grows is sent in full on every turn, with no cache breakpoint"
    )
    help, related = _how_to_cache(call), tuple[Related, ...]()
    is_plain = change is None and call.single_turn is None and call.transient_end is None
    is_fixable = is_plain and call.provider == "anthropic" and call.takes_fixes and has_free_breakpoint(call)
    fix = add_conversation_breakpoint(call) if is_fixable else None
    if change is not None and change.is_certain:
        message = "a history that grows is sent in full on every turn, behind a part that differs each time"
        help = f"first move that part to the end of the last message: no turn can be read from the cache behind it; then {help}"
        related = (Related(change.at, "this differs from turn to turn"),)
    elif change is not None:
        help = f"{help}, and first move what stands ahead of the history to the end of the last message, if it differs from turn to turn"
        related = (Related(change.at, "this may differ from turn to turn"),)
    if call.transient_end is not None:
        help = "mark the last block that the history keeps with `cache_control`: what is sent behind it is another text on the next turn"
        related = (*related, Related(call.transient_end, "the history does not keep this message"))
    if call.single_turn is not None:
        help = f"{help}, for these calls alone: each call of a single turn would pay for a cache write that nothing reads"
        related = (*related, Related(call.single_turn, "this call sends one turn"))
    prefix = static_prefix(call, context)
    yield call.finding(
        "LLM105",
        "uncached-conversation",
        message,
        at=messages.at if messages is not None else call.span,
        confidence=Confidence.MEDIUM,
        help=help if fix is None else None,
        saving=cache_saving(prefix, context.catalog) if prefix is not None and change is None else None,
        fix=fix,
        related=related,
    )


def _only_first_is_cached(call: Request) -> bool:
    """Whether the breakpoints on the messages are all in the first one, such as a document that a chat is about, and the history grows behind it."""
    messages = [segment for segment in call.prompt.segments if segment.kind == "message"]
    if len(messages) < 2 or call.prompt.top_level_breakpoint is not None:
        return False
    return messages[0].breakpoint is not None and all(segment.breakpoint is None for segment in messages[1:])


def _takes_breakpoints(call: Request) -> bool:
    if call.provider != "litellm":
        return call.offers.takes_breakpoints
    hosts = {value.spelling.split("/")[0] for value in call.models if "/" in value.spelling}
    return hosts <= _LITELLM_HOSTS


def _how_to_cache(call: Request) -> str:
    if call.provider == "litellm":
        return 'pass `cache_control_injection_points=[{"location": "message", "index": -1}]`'
    if not call.takes_fixes:
        return call.offers.how_to_cache.replace("last static", "last")
    return (
        f"pass `{_KEYWORD}`"
        if call.takes_top_level_breakpoint
        else "mark the last block of the last message with `cache_control`"
    )
