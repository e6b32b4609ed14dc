"""Calls of a function that sends a growing history which send one turn alone: a breakpoint at the end of that is written for nothing."""

from __future__ import annotations

from collections.abc import Iterator

from llmlint.link.calls.evaluator import Evaluator
from llmlint.link.flow.message_lists import Sent, given_by, lists
from llmlint.link.flow.turns import Turn, find_turn
from llmlint.link.program.tests import is_test_file
from llmlint.source import Span

_MOST_USES = 24


def single_turn_beside(evaluator: Evaluator, turn: Turn) -> Span | None:
    """A call of one of the functions between the LLM call and the conversation that passes messages which nothing makes longer."""
    for below in turn.path[:-1]:
        for parameter in lists(evaluator, below):
            if below.module.parameter(below.scope, parameter) is not None:
                found = _single_turn(evaluator, [*_given(evaluator, below, parameter)])
                if found is not None:
                    return Span(found.module.path, found.call.start, found.call.end)
    return None


def _given(evaluator: Evaluator, below: Sent, parameter: str) -> Iterator[Sent]:
    """What production code passes to a function as its messages."""
    for use in evaluator.callers.uses(below.module, below.scope)[:_MOST_USES]:
        given = given_by(evaluator, below.module, below.scope, use, parameter)
        if given is not None and not is_test_file(evaluator.program, use.module):
            fact = use.fact
            yield Sent(use.module, given, fact.scope, fact.block, fact.order, fact.call, use)


def _single_turn(evaluator: Evaluator, calls: list[Sent]) -> Sent | None:
    """The first of some calls whose messages are no history, and not the first turn of one that its function goes on with."""
    growing, others = set[tuple[str, int, str]](), list[Sent]()
    for sent in calls:
        if find_turn(evaluator, sent) is None:
            others.append(sent)
        else:
            growing |= _keys(evaluator, sent)
    return next((sent for sent in others if not growing & _keys(evaluator, sent)), None)


def _keys(evaluator: Evaluator, sent: Sent) -> set[tuple[str, int, str]]:
    return {(sent.module.path, sent.scope, key) for key in lists(evaluator, sent)}
