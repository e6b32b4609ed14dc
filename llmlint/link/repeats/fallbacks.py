"""Calls that are made only where those to another model or provider have given nothing: `if result: return result` ahead of them."""

from __future__ import annotations

import re

from llmlint.link.calls.runners import tail_of
from llmlint.link.flow.loops import is_of_tries
from llmlint.link.names.index import ModuleIndex
from llmlint.link.names.keys import keys_in
from llmlint.link.repeats.occurrences import Occurrence
from llmlint.scan import expressions as ex
from llmlint.scan.facts import CallFact, Exit

# What functions are called that ask some model: a store of answers that is looked up first has no such name.
_ASKS_A_MODEL = re.compile(
    r"(?i)gemini|gpt|claude|openai|anthropic|(?<![a-z])llm|mistral|groq|ollama|deepseek|openrouter|portkey|bedrock|haiku|sonnet|gemma|qwen"
    r"|chat_completion|(?:^|_)(?:try|primary)(?:_|$)"
)


def is_after_another(here: Occurrence) -> bool:
    """Whether a function returns ahead of a call what another call for the same item has given: `result = try_gemini(page)`, `if result: return
    result`, `return try_gpt(page)`, or tries another client some times, `for attempt in range(3): try: return gemini.create(…)`."""
    module, call = here.module, here.expression
    if here.scope == 0 or not isinstance(call, ex.Call):
        return False
    sent = {key for each in here.sent for key in keys_in(module, each) if key not in ("self", "cls")}
    earlier = [
        fact
        for fact in module.calls_by_scope.get(here.scope)
        if fact.order < here.order and fact.call is not call and _sends(module, fact, sent)
    ]
    around = {block.id for block in module.block_path(here.block)}
    return any(
        _gives_what_another_gave(module, leave, leave.value, around, sent, earlier)
        for leave in (module.exits_by_scope.get(here.scope) if earlier else ())
        if leave.kind == "return" and leave.order < here.order and leave.value is not None
    )


def _gives_what_another_gave(
    module: ModuleIndex, leave: Exit, value: ex.Expr, around: set[int], sent: set[str], earlier: list[CallFact]
) -> bool:
    """Whether a `return` ends a function with the result of one of some earlier calls: behind a test of it, or in a loop of tries with it. `around`
    are the blocks that the call in question stands in as well."""
    blocks = [block for block in module.block_path(leave.block) if block.id not in around]
    tests = [block.head for block in blocks if block.kind == "if" and block.head is not None]
    tested = {key for test in tests for key in keys_in(module, test)} & (keys_in(module, value) - sent)
    results = [each.value for name in tested for each in module.bindings(leave.scope, name) if each.order < leave.order]
    asking = [fact for fact in earlier if _ASKS_A_MODEL.search(tail_of(fact.call))]
    if any(each is not None and each.start <= fact.call.start < each.end for each in results for fact in asking):
        return True
    loops = [block for block in blocks if block.kind in ("for", "while") and is_of_tries(block)]
    return any(loop.first < fact.order < loop.last and _asks(fact) for loop in loops for fact in earlier)


def _asks(fact: CallFact) -> bool:
    """Whether a call is one to a model, by its own name or that of its client's method."""
    name = ex.dotted_name(fact.call.func) or ""
    return name.endswith((".create", ".generate_content", ".complete", ".invoke")) or _ASKS_A_MODEL.search(name) is not None


def _sends(module: ModuleIndex, fact: CallFact, sent: set[str]) -> bool:
    """Whether a call is passed something that another one sends, or that is made of it."""
    given = {key for each in fact.call.args for key in keys_in(module, each.value)}
    return bool(given & sent)
