"""How the messages of a call get longer from one turn to the next: in a loop, or kept in what outlives the function."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from llmlint.link.calls.evaluator import Evaluator
from llmlint.link.flow.dependence import exits_of
from llmlint.link.flow.helper_additions import added_by_helpers
from llmlint.link.flow.kept_lists import is_kept
from llmlint.link.flow.list_changes import additions, is_after_failure, makes_longer, starts_anew
from llmlint.link.flow.loops import goes_over_tool_calls, is_of_tries
from llmlint.link.flow.message_lists import Sent, callers_of, functions_called, lists, members_sent
from llmlint.link.flow.rewrites import is_pushed_back, is_rewritten
from llmlint.link.flow.starts_over import starts_over
from llmlint.link.flow.windows import is_trimmed
from llmlint.link.names.index import ModuleIndex
from llmlint.scan import expressions as ex
from llmlint.scan.facts import Binding, Block
from llmlint.source import Span

DEEPEST_CALLERS = 3
_MOST_USES = 8
_TOOLS = re.compile(r"tool_?(?:use|call|result|s\b)|function_?call|observation", re.IGNORECASE)
# What a loop names that runs tools itself, and leaves none to the API alone.
_TOOL_RESULTS = re.compile(r"tool_result|tool_use_id|[\"']tool_use[\"']")


@dataclass(frozen=True, slots=True)
class Turn:
    """What is one turn of a conversation: an iteration of `loop`, or else a call of the function in which `path` ends.

    `path` leads from the LLM call outwards to the function that makes the messages longer; `key` is what they are called there.
    """

    path: tuple[Sent, ...]
    loop: Block | None
    key: str


def find_turn(evaluator: Evaluator, sent: Sent, inner: tuple[Sent, ...] = ()) -> Turn | None:
    """What makes the messages longer; None where nothing in sight does."""
    keys = lists(evaluator, sent)
    found = _find_growth(evaluator, sent, keys, (*inner, sent))
    # Most lists do not get longer, so whether they are cut is asked of those that do.
    if found is None or any(
        is_trimmed(evaluator, key, sent) or is_rewritten(evaluator, key, sent) or is_pushed_back(key, sent) for key in keys
    ):
        return None
    return found


def _find_growth(evaluator: Evaluator, sent: Sent, keys: dict[str, bool], path: tuple[Sent, ...]) -> Turn | None:
    """What makes the messages longer, whether or not they are cut in the function at hand."""
    module = sent.module
    loops = [loop for loop in module.loops(sent.block) if loop.kind != "comprehension" and loop.scope == sent.scope]
    # The parts of one response come to an end with it: a request in such a loop is mostly the second and last.
    loops = [
        loop for loop in loops if not _is_repair(evaluator, module, loop) and not goes_over_tool_calls(module, loop, sent.scope)
    ]
    for key, is_list in keys.items():
        for loop in loops:
            if _grows_in(evaluator, loop, key, is_list, sent):
                return Turn(path, loop, key)
        if is_kept(evaluator, key, keys, sent) and not starts_over(evaluator, key, sent):
            return Turn(path, None, key)
        if module.parameter(sent.scope, key) is not None and len(path) <= DEEPEST_CALLERS:
            for above in callers_of(evaluator, key, sent):
                if above.module is module and above.scope == sent.scope:
                    # It calls itself with a longer list.
                    if any(order < above.order for order, _ in additions(module, sent.scope, key)) or makes_longer(
                        module, key, above.expression, ""
                    ):
                        return Turn(path, None, key)
                elif (found := find_turn(evaluator, above, path)) is not None:
                    return found
    for outer in _in_outer_function(evaluator, sent) if len(path) <= DEEPEST_CALLERS else ():
        if (found := find_turn(evaluator, outer, path)) is not None:
            return found
    return None


def turns_around(evaluator: Evaluator, turn: Turn) -> Iterator[Turn]:
    """The turns of which one that is an iteration is a part: iterations of loops around its own, and calls of the function where the list
    outlives it. `while True: history.append(input()); while not done: send(history)`."""
    sent = turn.path[-1]
    if turn.loop is None:
        return
    keys = lists(evaluator, sent)
    for loop in sent.module.loops(turn.loop.id)[1:]:
        if (
            loop.kind != "comprehension"
            and loop.scope == sent.scope
            and _grows_in(evaluator, loop, turn.key, keys[turn.key], sent)
        ):
            yield replace(turn, loop=loop)
    if any(is_kept(evaluator, key, keys, sent) and not starts_over(evaluator, key, sent) for key in keys):
        yield replace(turn, loop=None)


def _in_outer_function(evaluator: Evaluator, sent: Sent) -> Iterator[Sent]:
    """Where the function around a lambda or inner function that sends the messages runs it: the messages are names of that one, or defaults.
    `to_thread(lambda: send(messages))`, `lambda turns=messages: send(turns)`."""
    module, inner = sent.module, sent.module.scopes[sent.scope]
    outer = inner.parent
    if not outer and inner.kind != "lambda":
        return
    expression = sent.expression
    parameter = module.parameter(sent.scope, expression.id) if isinstance(expression, ex.Name) else None
    if parameter is not None:
        if parameter.default is None:
            return
        expression = parameter.default
    for use in evaluator.callers.uses(module, sent.scope)[:_MOST_USES]:
        if use.module is module and use.fact.scope == outer:
            yield Sent(module, expression, outer, use.fact.block, use.fact.order, use.fact.call, use)


def _is_repair(evaluator: Evaluator, module: ModuleIndex, loop: Block) -> bool:
    """Whether a loop asks again where a response does not fit, or goes on with one that the API paused (`stop_reason == "pause_turn"`): most
    requests are sent once. An agent's loop runs tools."""
    if not exits_of(module, loop, ("break", "return")):
        return False
    code = evaluator.program.code(Span(module.path, loop.start, loop.end))
    if "pause_turn" in code and _TOOL_RESULTS.search(code) is None:
        return True
    return is_of_tries(loop) and _TOOLS.search(code) is None


# How they get longer


def _grows_in(evaluator: Evaluator, loop: Block, key: str, is_list: bool, sent: Sent) -> bool:
    """Whether a loop around the call adds to a list that outlives its iterations."""
    module = sent.module
    members = members_sent(evaluator, key, sent)
    added = any(
        loop.first < order < loop.last and not is_after_failure(module, block, loop.first)
        for order, block in additions(module, sent.scope, key, is_list, members)
    )
    helped = (
        fact for fact in added_by_helpers(evaluator, key, sent, loop) if not is_after_failure(module, fact.block, loop.first)
    )
    if not added and not _is_taken_back(evaluator, loop, key, sent) and next(helped, None) is None:
        return False
    return not any(loop.first < order < sent.order for order in starts_anew(module, sent.scope, key))


def _is_taken_back(evaluator: Evaluator, loop: Block, key: str, sent: Sent) -> bool:
    """`answer, messages = ask(messages)`: whether the function that sends the list gives it back with more in it."""
    call = sent.call
    if not isinstance(call, ex.Call):
        return False
    for binding in sent.module.bindings(sent.scope, key):
        value = binding.value.value if isinstance(binding.value, ex.Await) else binding.value
        if value is call and loop.first < binding.order < loop.last and _returns_longer(evaluator, binding, call, sent):
            return True
    return False


def _returns_longer(evaluator: Evaluator, binding: Binding, call: ex.Call, sent: Sent) -> bool:
    for module, scope, names in functions_called(evaluator, call, sent):
        for leave in module.exits_by_scope.get(scope):
            returned = leave.value
            for step in binding.path:
                is_tuple = isinstance(returned, ex.Sequence) and step < len(returned.items)
                returned = returned.items[step] if isinstance(returned, ex.Sequence) and is_tuple else None
            if leave.kind != "return" or returned is None:
                continue
            inside = Sent(module, returned, scope, leave.block, leave.order, returned)
            keys = {name for name, sure in lists(evaluator, inside).items() if sure}
            if keys & names and (
                not isinstance(returned, ex.Name) or any(True for each in keys for _ in additions(module, scope, each))
            ):
                return True
    return False
