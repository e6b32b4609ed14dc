"""Whether the messages of a call are a history that grows, whether code may set breakpoints in them, and what changes ahead of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial

from llmlint.link.calls import argument_effects
from llmlint.link.calls.arguments import CallArguments
from llmlint.link.calls.evaluator import Evaluator
from llmlint.link.flow.ahead import find_change
from llmlint.link.flow.message_lists import Sent, callers_of, list_keys, lists
from llmlint.link.flow.piling_breakpoints import find_piling_breakpoint
from llmlint.link.flow.single_turns import single_turn_beside
from llmlint.link.flow.transient_end import transient_end
from llmlint.link.flow.turns import DEEPEST_CALLERS, find_turn, turns_around
from llmlint.link.names.index import ModuleIndex
from llmlint.link.program.program import Program
from llmlint.link.values.values import Function
from llmlint.request_data import Change, Find, nothing
from llmlint.scan import expressions as ex
from llmlint.scan.facts import Scope
from llmlint.sdks import arguments_for
from llmlint.source import Span

# How code names cache breakpoints that it sets; "mark" is for helpers of which nothing but the name is in sight.
_WORDS_OF_BREAKPOINTS = (
    b"cache_control",
    b"CacheControl",
    b"cache_point",
    b"cachePoint",
    b"prompt_cach",
    b"PromptCach",
    b"cache_breakpoint",
    b"_mark(",
    b"_marks",
)
# Not litellm's `cache_control_injection_points`, which the provider reads.
_FIELD = re.compile(r"cache_control(?!_injection)")
# How far in front of its value the key of a breakpoint starts.
_KEY = 24

Breakpoints = Callable[[], Sequence[Span]]


@dataclass(frozen=True, slots=True)
class History:
    """`grows`: the messages get longer from call to call. `may_have_breakpoints`: code that has them in hand may put cache breakpoints on them.
    `change`: what stands ahead of them and is another thing on each turn. `piling_breakpoint`: a breakpoint that each turn adds.
    `rest_may_have_breakpoints`: code puts them on the tools or the system prompt.
    `find_single_turn`: a call by which the same request is sent for one turn alone. `find_transient_end`: a message at the end of each request
    that the next one does not have."""

    grows: bool
    may_have_breakpoints: bool
    change: Change | None = None
    piling_breakpoint: Span | None = None
    find_single_turn: Find = nothing
    find_transient_end: Find = nothing
    rest_may_have_breakpoints: bool = False


def read_history(evaluator: Evaluator, arguments: CallArguments, names: tuple[str, ...], breakpoints: Breakpoints) -> History:
    """What happens to the messages of a request (the argument is one of `names`) between one call and the next. `breakpoints` gives the known
    breakpoints of the request."""
    module, point = arguments.place.module, arguments.place.point
    for expression in given_as(evaluator, arguments, names):
        sent = Sent(module, expression, point.scope, point.block, point.order, arguments.site)
        turn = find_turn(evaluator, sent)
        if turn is not None:
            known = cache(breakpoints)  # The prompts of all call paths: asked for only where the source has breakpoints.
            ahead = list(given_as(evaluator, arguments, arguments_for("system")))
            speaks = can_set_breakpoints(evaluator.program, module)
            may_have_breakpoints = speaks and any(
                _may_have_breakpoints(evaluator, each, known, depth) for depth, each in enumerate(turn.path)
            )
            rest_may_have_breakpoints = (
                speaks and not may_have_breakpoints and any(_sets_on_rest(evaluator, each) for each in turn.path)
            )
            piling_breakpoint = find_piling_breakpoint(evaluator, turn) if may_have_breakpoints else None
            change = find_change(evaluator, turn, ahead)
            if change is None or not change.is_certain:
                # Tools come first in a request, and each model has a cache of its own. What gives them is mostly the same on each turn.
                other = find_change(
                    evaluator, turn, given_as(evaluator, arguments, (*arguments_for("tools"), *arguments_for("model")))
                )
                change = other if other is not None and other.is_certain else change
            if change is None:
                # Iterations that answer one turn of a chat read the cache of each other, where there is more than one.
                ahead += given_as(evaluator, arguments, (*arguments_for("tools"), *arguments_for("model")))
                around = (find_change(evaluator, each, ahead) for each in turns_around(evaluator, turn))
                change = next((replace(each, is_certain=False) for each in around if each is not None and each.is_certain), None)
            return History(
                True,
                may_have_breakpoints,
                change,
                piling_breakpoint,
                cache(partial(single_turn_beside, evaluator, turn)),
                cache(partial(transient_end, evaluator, turn)),
                rest_may_have_breakpoints,
            )
    return History(False, False)


def can_set_breakpoints(program: Program, module: ModuleIndex) -> bool:
    """Whether any file of a program speaks of cache breakpoints: where none does, no code that has messages in hand sets them."""
    return program.mentions(_WORDS_OF_BREAKPOINTS, module)


def given_as(evaluator: Evaluator, arguments: CallArguments, names: tuple[str, ...]) -> Iterator[ex.Expr]:
    """The expressions that give an argument with one of some names: at the call, or in a dict that is spread into it."""
    found = [argument.value for name in names if (argument := arguments.written.get(name)) is not None]
    yield from found
    if not found:
        module, scope = arguments.place.module, arguments.place.point.scope
        for splat in arguments.splats:
            for name in names:
                yield from _displayed(splat.value, name)
            for key, _ in list_keys(evaluator, module, scope, splat.value):
                for name in names:
                    yield from _items(module, scope, key, name)


def _items(module: ModuleIndex, scope: int, name: str, item: str) -> Iterator[ex.Expr]:
    """What an item of a dict is, where the dict is made or the item is set."""
    for binding in module.bindings(scope, name):
        if isinstance(binding.value, ex.Call):
            yield from (argument.value for argument in binding.value.args if argument.keyword == item)
        elif binding.value is not None:
            yield from _displayed(binding.value, item)
    for store in module.stores_by_root.get((scope, name)):
        target = store.target
        if (
            isinstance(target, ex.Subscript)
            and isinstance(target.index, ex.Constant)
            and target.index.value == item
            and store.value is not None
        ):
            yield store.value


def _displayed(expression: ex.Expr, item: str) -> Iterator[ex.Expr]:
    """What an item of a dict is where that is written: `{**base, "messages": turns}`, `base | {"messages": turns}`, `dict(base, messages=turns)`."""
    if isinstance(expression, ex.Mapping):
        for key, value in expression.items:
            if key is None:
                yield from _displayed(value, item)
            elif isinstance(key, ex.Constant) and key.value == item:
                yield value
    elif isinstance(expression, ex.Operation) and expression.operator == "|":
        for operand in expression.operands:
            yield from _displayed(operand, item)
    elif isinstance(expression, ex.Call) and ex.dotted_name(expression.func) == "dict":
        for argument in expression.args:
            if argument.keyword == item:
                yield argument.value
            elif argument.keyword is None:
                yield from _displayed(argument.value, item)


def _may_have_breakpoints(evaluator: Evaluator, sent: Sent, breakpoints: Breakpoints, depth: int) -> bool:
    """Whether a function around the messages, or one that it passes them to, names other breakpoints than the known ones or cannot be seen."""
    module = sent.module
    around = [scope for scope in module.scopes if scope.parent == 0 and scope.start <= sent.expression.start < scope.end]
    if any(_speaks_of_breakpoints(evaluator, module, scope, breakpoints, sent.call) for scope in around or [module.scopes[0]]):
        return True
    place = evaluator.place(module, sent.scope, sent.block, sent.order)
    for function in (node.func for node in ex.walk(sent.expression) if isinstance(node, ex.Call)):
        for value in evaluator.evaluate(function, place):
            if isinstance(value, Function):
                if _speaks_of_breakpoints(evaluator, value.module, value.module.scopes[value.scope], breakpoints, sent.call):
                    return True
    for key, is_list in lists(evaluator, sent).items():
        for fact in module.calls_taking.get((sent.scope, key)) if is_list else ():
            if not argument_effects.is_harmless(
                evaluator, fact, key, evaluator.place(module, fact.scope, fact.block, fact.order)
            ):
                return True
        if is_list and depth < DEEPEST_CALLERS and module.parameter(sent.scope, key) is not None:
            if any(_may_have_breakpoints(evaluator, above, breakpoints, depth + 1) for above in callers_of(evaluator, key, sent)):
                return True
    return False


def _speaks_of_breakpoints(
    evaluator: Evaluator, module: ModuleIndex, scope: Scope, breakpoints: Breakpoints, call: ex.Expr | None
) -> bool:
    text = evaluator.program.code(Span(module.path, scope.start, scope.end))
    found = [scope.start + match.start() for match in _FIELD.finditer(text)]
    known = [breakpoint.start for breakpoint in breakpoints() if breakpoint.path == module.path] if found else []
    others = [at for at in found if not any(at < value <= at + _KEY for value in known)]
    return not all(_is_on_rest(module, scope, at, call) or _is_of_another_request(module, scope, at, call) for at in others)


def _sets_on_rest(evaluator: Evaluator, sent: Sent) -> bool:
    """Whether the functions around a request set a breakpoint on its tools or its system prompt."""
    around = [scope for scope in sent.module.scopes if scope.parent == 0 and scope.start <= sent.expression.start < scope.end]
    for scope in around or [sent.module.scopes[0]]:
        text = evaluator.program.code(Span(sent.module.path, scope.start, scope.end))
        if any(_is_on_rest(sent.module, scope, scope.start + match.start(), sent.call) for match in _FIELD.finditer(text)):
            return True
    return False


def _is_on_rest(module: ModuleIndex, scope: Scope, at: int, call: ex.Expr | None) -> bool:
    """Whether a breakpoint is set on the tools or the system prompt, which the request has by name: `tools[-1]["cache_control"] = …`."""
    if not isinstance(call, ex.Call):
        return False
    given = {argument.keyword: ex.root_name(argument.value) for argument in call.args if isinstance(argument.value, ex.Name)}
    roots = {given.get(field) for field in ("tools", "system")} - {None, given.get("messages")}
    inside = [each.id for each in module.scopes if scope.start <= each.start < scope.end or each is scope]
    stores = (store for own in inside for root in roots for store in module.stores_by_root.get((own, root or "")))
    return any(isinstance(store.target, ex.Subscript) and store.target.start <= at < store.target.end for store in stores)


def _is_of_another_request(module: ModuleIndex, scope: Scope, at: int, call: ex.Expr | None) -> bool:
    """Whether a breakpoint is written among the arguments of another request: it is on that one alone."""
    for each in module.scopes:
        if scope.start <= each.start < scope.end or each is scope:
            module.lower_scope(each.id)
    around = next((node for node in module.enclosing.expressions(at) if isinstance(node, ex.Call)), None)
    if around is None or around is call:
        return False
    names = {argument.keyword for argument in around.args}
    return "messages" in names and bool(names & {"model", "max_tokens"})
