"""Whether a request ends with the beginning of a response: a prefill, which newer Claude models refuse."""

from __future__ import annotations

import re

from llmlint.callsite import Request
from llmlint.link.calls.evaluator import evaluator_of
from llmlint.link.names.index import ModuleIndex
from llmlint.link.program.program import Program
from llmlint.link.values.values import Function
from llmlint.scan import expressions as ex
from llmlint.scan.facts import CallFact
from llmlint.source import Span

_OF_ASSISTANT = re.compile(r"""["']role["']\s*:\s*["']assistant["']|\brole\s*=\s*["']assistant["']""")


def is_prefilled(call: Request) -> bool:
    """Whether the last message is one of the model: it is written so, or a caller adds it last before it passes the messages on, also by a
    function: `add_assistant_message(messages, "```json")` ahead of `chat(messages)`."""
    last = call.prompt.segments[-1] if call.prompt.segments else None
    if last is not None and last.role == "assistant" and not call.sends_growing_history:
        return True
    steps = dict.fromkeys(step.span for request in call.siblings() for step in request.steps)
    return any(_is_passed_prefilled(call.program, span) for span in steps)


def _is_passed_prefilled(program: Program, at: Span) -> bool:
    module = program.module(at.path)
    if module is None:
        return False
    facts = module.calls_by_scope.get(module.enclosing.function(at.start))
    fact = next((each for each in facts if (each.call.start, each.call.end) == (at.start, at.end)), None)
    if fact is None:
        return False
    lists = {each.value.id for each in fact.call.args if isinstance(each.value, ex.Name)}
    before = (
        each
        for each in module.calls_by_scope.get(fact.scope)
        if each.order < fact.order and module.is_inside(fact.block, each.block)
    )
    added = [each for each in before if _list_of(each) in lists]
    return bool(added) and _adds_of_assistant(program, module, max(added, key=lambda each: each.order))


def _list_of(fact: CallFact) -> str | None:
    """The list that a call may add to: `messages.append(…)`, `add_message(messages, …)`."""
    func = fact.call.func
    if isinstance(func, ex.Attribute) and func.attr == "append":
        return func.value.id if isinstance(func.value, ex.Name) else None
    first = fact.call.args[0].value if fact.call.args else None
    return first.id if isinstance(first, ex.Name) and len(fact.call.args) > 1 else None


def _adds_of_assistant(program: Program, module: ModuleIndex, fact: CallFact) -> bool:
    """Whether a call adds a message of the model: by its own arguments, or as the function that it runs does."""
    if isinstance(fact.call.func, ex.Attribute) and fact.call.func.attr == "append":
        return _OF_ASSISTANT.search(program.code(Span(module.path, fact.call.start, fact.call.end))) is not None
    evaluator = evaluator_of(program)
    place = evaluator.place(module, fact.scope, fact.block, fact.order)
    scopes = (
        (each.module, each.module.scopes[each.scope])
        for each in evaluator.evaluate(fact.call.func, place)
        if isinstance(each, Function)
    )
    codes = (program.code(Span(home.path, scope.start, scope.end)) for home, scope in scopes)
    return any(_OF_ASSISTANT.search(code) and '"user"' not in code and "'user'" not in code for code in codes)
