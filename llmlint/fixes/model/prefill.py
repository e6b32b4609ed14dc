"""Whether a request ends with the beginning of a response: a prefill, which newer Claude models refuse."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial

from llmlint.callsite import Request
from llmlint.link.calls.evaluator import Evaluator, evaluator_of
from llmlint.link.flow.helper_additions import added_by_helpers
from llmlint.link.flow.list_changes import additions
from llmlint.link.flow.message_lists import Sent
from llmlint.link.names.index import ModuleIndex
from llmlint.link.program.memo import Memo
from llmlint.link.program.program import Program
from llmlint.link.values.values import Function
from llmlint.scan import expressions as ex
from llmlint.scan.facts import CallFact
from llmlint.source import Span

_OF_ASSISTANT = re.compile(r"""["']role["']\s*:\s*["']assistant["']|\brole\s*=\s*["']assistant["']""")

_PASSED: Memo[Span, bool] = Memo()


def is_prefilled(call: Request) -> bool:
    """Whether the last message is one of the model: it is written so, or a caller adds it last before it passes the messages on, also by a
    function: `add_assistant_message(messages, "```json")` ahead of `chat(messages)`."""
    last = call.prompt.segments[-1] if call.prompt.segments else None
    if last is not None and last.role == "assistant" and not call.sends_growing_history:
        return True
    steps = dict.fromkeys(step.span for request in call.siblings() for step in request.steps)
    return any(_PASSED.get(call.program, span, partial(_is_passed_prefilled, call.program, span)) for span in steps)


def _is_passed_prefilled(program: Program, at: Span) -> bool:
    module = program.module(at.path)
    if module is None:
        return False
    facts = module.calls_by_scope.get(module.enclosing.function(at.start))
    fact = next((each for each in facts if (each.call.start, each.call.end) == (at.start, at.end)), None)
    if fact is None:
        return False
    evaluator = evaluator_of(program)
    given = {each.value.id: each.value for each in fact.call.args if isinstance(each.value, ex.Name)}
    added = [
        each
        for name, value in given.items()
        for each in _adding(evaluator, name, Sent(module, value, fact.scope, fact.block, fact.order, fact.call))
        if each.order < fact.order and module.is_inside(fact.block, each.block)
    ]
    return bool(added) and _adds_of_assistant(evaluator, module, max(added, key=lambda each: each.order))


def _adding(evaluator: Evaluator, name: str, sent: Sent) -> Iterator[CallFact]:
    """The calls beside another one that make a list longer: `messages.append(…)`, `add_message(messages, …)`."""
    direct = {order for order, _ in additions(sent.module, sent.scope, name)}
    yield from (each for each in sent.module.calls_by_scope.get(sent.scope) if each.order in direct)
    yield from added_by_helpers(evaluator, name, sent)


def _adds_of_assistant(evaluator: Evaluator, module: ModuleIndex, fact: CallFact) -> bool:
    """Whether a call adds a message of the model: by its own arguments, or as the function that it runs does."""
    program = evaluator.program
    roles = (each.value.value for each in fact.call.args if isinstance(each.value, ex.Constant))
    if "assistant" in roles or _OF_ASSISTANT.search(program.code(Span(module.path, fact.call.start, fact.call.end))) is not None:
        return True
    place = evaluator.place(module, fact.scope, fact.block, fact.order)
    scopes = (
        (each.module, each.module.scopes[each.scope])
        for each in evaluator.evaluate(fact.call.func, place)
        if isinstance(each, Function)
    )
    codes = (program.code(Span(home.path, scope.start, scope.end)) for home, scope in scopes)
    return any(_OF_ASSISTANT.search(code) and '"user"' not in code and "'user'" not in code for code in codes)
