"""What a loop around a call is for: a fan-out over items, another try of the same request, or a conversation."""

from __future__ import annotations

import enum
import re
from collections.abc import Sequence
from typing import Protocol

from llmlint.link.calls.runners import tail_of
from llmlint.link.flow.asking import asks_somebody
from llmlint.link.flow.chains import follows_chain
from llmlint.link.flow.dependence import LoopFlow, exits_of, flow_of
from llmlint.link.flow.steps import is_chosen_action, is_step_of_list
from llmlint.link.names.index import ModuleIndex
from llmlint.link.names.keys import key_of, keys_in
from llmlint.link.program.memo import Memo
from llmlint.scan import expressions as ex
from llmlint.scan.facts import Block, CallFact


class LoopKind(enum.Enum):
    """`FAN_OUT`: independent items. `RETRY`: one request until it works, which says nothing about loops around it. `ENDLESS`: takes item
    after item without an end of its own: `while True` over a queue or a remote source. `CARRIED`: an iteration depends on an earlier
    answer, or the loop ends with the first good one. `WAITING`: polls, serves or talks to somebody."""

    FAN_OUT = "fan-out"
    RETRY = "retry"
    ENDLESS = "endless"
    CARRIED = "carried"
    WAITING = "waiting"


_RETRIES = frozenset({"Retrying", "AsyncRetrying", "retry_context", "attempts"})
_TRY = re.compile(r"(?i)(^|_)(attempts?|tries|try|retry|retries)(_|$|\d)|maxretr|retrycount")
# What holds the tool calls of a response, its parts, and words that name a tool call among them.
_TOOL_CALLS = frozenset({"tool_calls", "function_calls", "tool_uses"})
_RESPONSE_PARTS = frozenset({"content", "output", "parts", "blocks"})
_TOOL_PARTS = frozenset({"tool_use", "function_call", "tool_call", "server_tool_use", "tool-call", "functionCall"})
_MOST_TRIES = 5
# What takes the next item off a worklist.
_TAKES = frozenset(
    {"pop", "popleft", "get", "get_nowait", "next", "readline", "fetchone", "popitem", "coro_get", "get_async", "async_get"}
)


class CallInLoop(Protocol):
    """A call that leads to an LLM, or is one, with loops around it. `sent` are the expressions that the prompt is made from, `aside` those that only
    decide where it goes: model, client, key, host. `functions` are the names of those that lead from it to the LLM call."""

    @property
    def module(self) -> ModuleIndex: ...
    @property
    def expression(self) -> ex.Expr: ...
    @property
    def order(self) -> int: ...
    @property
    def block(self) -> int: ...
    @property
    def scope(self) -> int: ...
    @property
    def sent(self) -> Sequence[ex.Expr]: ...
    @property
    def aside(self) -> Sequence[ex.Expr]: ...
    @property
    def functions(self) -> frozenset[str]: ...


def classify(here: CallInLoop, loop: Block) -> LoopKind:
    """What one loop around a call is."""
    return _classified(here, loop)[0]


def is_repetition(here: CallInLoop, loop: Block) -> bool:
    """Whether each iteration of a loop around a fan-out has requests of its own, none of which depends on those of an earlier one, though their
    prompts may be the same: for each of several models, or once more."""
    kind, flow = _classified(here, loop)
    if kind is not LoopKind.RETRY or flow is None or loop.kind == "while" or _is_item_itself(loop, here.expression):
        return kind is LoopKind.FAN_OUT
    module = here.module
    return not (
        _leaves_after(module, loop, here.order, here.block) or _stops_on_answer(module, loop, flow) or flow.is_carried(here.sent)
    )


def _classified(here: CallInLoop, loop: Block) -> tuple[LoopKind, LoopFlow | None]:
    """What a loop is, with the flow of values through it where that had to be looked at."""
    module, call = here.module, here.expression
    if loop.kind != "comprehension" and asks_somebody(module, loop, call):
        return LoopKind.WAITING, None
    if goes_over_tool_calls(module, loop, here.scope) or is_chosen_action(module, loop, here.block):
        return LoopKind.CARRIED, None
    if counts_tries(loop):
        return LoopKind.RETRY, None
    flow = flow_of(module, loop, call, here.order, here.scope)
    return _by_flow(here, loop, flow), flow


def _by_flow(here: CallInLoop, loop: Block, flow: LoopFlow) -> LoopKind:
    module, call, sent = here.module, here.expression, here.sent
    moving = _moving_names(module, loop, flow, [*sent, call])
    has_item = _sends_item(module, loop, moving, sent)
    if not has_item and (_sends_item(module, loop, moving, here.aside) or _is_item_itself(loop, call)):
        # The same prompt to each of several models or hosts, or one of several functions: not one request for each item.
        return LoopKind.RETRY
    has_item = has_item or _sends_item(module, loop, moving, [call])
    if loop.kind == "comprehension":
        return LoopKind.CARRIED if _is_searched(module, loop) else LoopKind.FAN_OUT
    if _leaves_after(module, loop, here.order, here.block):
        is_agent = _runs_tools(module, loop, here.scope, here.order) and flow.is_carried(sent)
        return LoopKind.CARRIED if is_agent else LoopKind.RETRY
    if loop.kind == "while":
        kind = _classify_while(module, loop, flow, sent, has_item)
        is_open = kind in (LoopKind.FAN_OUT, LoopKind.ENDLESS)
        return LoopKind.CARRIED if is_open and follows_chain(flow, sent, here.functions) else kind
    stops_early = _stops_on_answer(module, loop, flow)
    if not has_item and (not flow.keeps_each() or is_step_of_list(module, loop, here.block)):
        # The same again: another try, or another iteration of something larger. Or one step of a program, chosen by its name.
        return LoopKind.RETRY
    if stops_early and not has_item and _is_few_times(loop):
        # Asked again, and told what was wrong with the first answer.
        return LoopKind.RETRY
    if stops_early or flow.is_carried(sent) or follows_chain(flow, sent, here.functions):
        return LoopKind.CARRIED
    return LoopKind.FAN_OUT


def _is_searched(module: ModuleIndex, loop: Block) -> bool:
    """Whether a generator is read only up to the first item that will do: `any(is_good(page) for page in pages)`."""
    readers = (fact for tail in ("any", "all", "next") for fact in module.calls_by_tail.get(tail))
    generators = (argument.value for fact in readers if isinstance(fact.call.func, ex.Name) for argument in fact.call.args)
    return any(isinstance(each, ex.Comprehension) and each.kind == "generator" and each.block == loop.id for each in generators)


def _classify_while(module: ModuleIndex, loop: Block, flow: LoopFlow, sent: Sequence[ex.Expr], has_item: bool) -> LoopKind:
    assert loop.kind == "while"
    tested = keys_in(module, loop.head) if loop.head is not None else frozenset()
    if _stops_on_answer(module, loop, flow) or tested & flow.answers or _is_flag_loop(flow, tested):
        # Asked again until the answer will do; where each iteration has new input, that is a conversation.
        return LoopKind.CARRIED if flow.is_carried(sent) or _pops_item(module, flow, sent) else LoopKind.RETRY
    if flow.is_carried(sent):
        return LoopKind.CARRIED
    if isinstance(loop.head, ex.Constant):
        return LoopKind.ENDLESS if has_item else LoopKind.WAITING
    return LoopKind.FAN_OUT if has_item else LoopKind.RETRY


def begins_conversation(module: ModuleIndex, scope: int, order: int, sent: Sequence[ex.Expr]) -> bool:
    """Whether a call is the first of a conversation: a loop behind it adds to the messages that it sends, as long as the model wants tools."""
    keys = {key for expression in sent if isinstance(expression, ex.Name) for key in keys_in(module, expression)}
    later = [block for block in _going_on(module, scope) if block.first > order] if keys else []
    return any(
        loop.first < fact.order < loop.last and tail_of(fact.call) in ("append", "extend") and _is_on(fact, key)
        for key in sorted(keys)
        for fact in module.calls_by_root.get((scope, key))
        for loop in later
    )


_GOING_ON: Memo[tuple[int, int], list[Block]] = Memo()


def _going_on(module: ModuleIndex, scope: int) -> list[Block]:
    key = scope, len(module.blocks)
    return _GOING_ON.get(module, key, lambda: [block for block in module.blocks_of(scope) if _goes_on(block)])


def _goes_on(loop: Block) -> bool:
    """Whether a loop has iterations, and not items: `while …`, `for turn in range(…)`."""
    is_range = isinstance(loop.head, ex.Call) and tail_of(loop.head) == "range"
    return loop.kind == "while" or (loop.kind == "for" and is_range)


def _is_on(fact: CallFact, key: str) -> bool:
    return isinstance(fact.call.func, ex.Attribute) and key_of(fact.call.func.value) == key


def counts_tries(loop: Block) -> bool:
    """`for attempt in range(5)`, `for _ in range(MAX_RETRIES)`, `for attempt in Retrying(…)`: whatever a later try is told, most need none."""
    if loop.kind != "for" or not isinstance(loop.head, ex.Call):
        return False
    names = {tail_of(loop.head), *(_target_names(loop.target) if loop.target is not None else ())} if loop.head.args else set()
    if tail_of(loop.head) == "range":
        for node in ex.walk(loop.head):
            names |= {node.id} if isinstance(node, ex.Name) else {node.attr} if isinstance(node, ex.Attribute) else set()
            names |= {str(node.index.value)} if isinstance(node, ex.Subscript) and isinstance(node.index, ex.Constant) else set()
    elif tail_of(loop.head) not in _RETRIES:
        return False
    return tail_of(loop.head) in _RETRIES or any(_TRY.search(name) for name in names)


def is_of_tries(loop: Block) -> bool:
    """The same for `while attempt < MOST_ATTEMPTS` as well."""
    if loop.kind != "while" or loop.head is None:
        return counts_tries(loop)
    return any(
        _TRY.search(node.id if isinstance(node, ex.Name) else node.attr)
        for node in ex.walk(loop.head)
        if isinstance(node, (ex.Name, ex.Attribute))
    )


def goes_over_tool_calls(module: ModuleIndex, loop: Block, scope: int) -> bool:
    """Whether a loop goes over the parts of one response, and looks for the tools that it calls: what is sent then goes on with it."""
    parts = set()
    for node in ex.walk(loop.head) if loop.kind == "for" and loop.head is not None else ():
        if isinstance(node, ex.Attribute):
            parts.add(node.attr)
        elif isinstance(node, ex.Subscript) and isinstance(node.index, ex.Constant):
            parts.add(str(node.index.value))
    if parts & _TOOL_CALLS:
        return True
    return not parts.isdisjoint(_RESPONSE_PARTS) and _looks_for_tools(module, loop, scope)


def _runs_tools(module: ModuleIndex, loop: Block, scope: int, order: int) -> bool:
    """Whether a loop goes on where a response calls tools, though its body ends with a `return`."""
    goes_on = any(leave.order > order for leave in exits_of(module, loop, ("continue",)))
    return goes_on and _looks_for_tools(module, loop, scope)


def _looks_for_tools(module: ModuleIndex, loop: Block, scope: int) -> bool:
    """Whether a test in a loop asks for the part of a response that calls a tool."""
    tests = (block.head for block in module.blocks_of(scope) if loop.first < block.first < loop.last)
    words = (node.value for test in tests if test is not None for node in ex.walk(test) if isinstance(node, ex.Constant))
    return not _TOOL_PARTS.isdisjoint(words)


def _is_item_itself(loop: Block, call: ex.Expr) -> bool:
    """Whether the loop goes over functions, and calls each: `for name, check in CHECKS: check()`, `for name in CHECKS: CHECKS[name]()`."""
    names = _target_names(loop.target) if loop.target is not None else ()
    func = call.func if isinstance(call, ex.Call) else None
    if isinstance(func, ex.Subscript):
        func = func.index
    return isinstance(func, ex.Name) and func.id in names


def _sends_item(module: ModuleIndex, loop: Block, moving: set[str], sent: Sequence[ex.Expr]) -> bool:
    """Whether what is sent depends on something that the loop itself brings forward: its target, or a name bound in it."""
    if loop.kind == "while" and any(_takes_next(expression) for expression in sent):
        return True
    return any(moving & keys_in(module, expression) for expression in sent)


def _moving_names(module: ModuleIndex, loop: Block, flow: LoopFlow, sent: Sequence[ex.Expr]) -> set[str]:
    """The names that depend on what a loop brings forward, up to the call."""
    moving = set(_target_names(loop.target)) if loop.target is not None else set()
    if loop.kind == "while":
        # A worklist: the item is popped, or an index moves on. A counter that indexes nothing only says how often.
        counters = {b.name for b in flow.contents.bindings if b.kind == "augment"}
        moving |= counters & _indices(module, flow, sent)
        moving |= {b.name for b in flow.contents.bindings if b.value is not None and (b.kind == "walrus" or _takes_next(b.value))}
    moved = flow.contents.moved_by(frozenset(moving))
    return moving | {name for name, since in moved.items() if since < flow.order}


def _is_few_times(loop: Block) -> bool:
    """`for _ in range(3)`: as often as one tries again."""
    head = loop.head
    if not (isinstance(head, ex.Call) and ex.dotted_name(head.func) == "range" and head.args):
        return False
    last = head.args[-1].value
    return isinstance(last, ex.Constant) and isinstance(last.value, int) and last.value <= _MOST_TRIES


def _pops_item(module: ModuleIndex, flow: LoopFlow, sent: Sequence[ex.Expr]) -> bool:
    popped = {b.name for b in flow.contents.bindings if b.value is not None and _takes_next(b.value)}
    return any(popped & keys_in(module, expression) for expression in sent)


def _indices(module: ModuleIndex, flow: LoopFlow, sent: Sequence[ex.Expr]) -> set[str]:
    """The names by which the loop takes items or slices out of something."""
    values = [*sent, *(b.value for b in flow.contents.bindings if b.value is not None)]
    subscripts = (node for value in values for node in ex.walk(value) if isinstance(node, ex.Subscript))
    return {key for node in subscripts for key in keys_in(module, node.index)}


def _target_names(target: ex.Expr) -> list[str]:
    return [node.id for node in ex.walk(target) if isinstance(node, ex.Name)]


def _takes_next(value: ex.Expr) -> bool:
    """Whether a value is taken off a worklist: `left.pop()`, `jobs.get()`, `next(rows)`; `settings.get("name")` is not."""
    return any(
        isinstance(node, ex.Call)
        and tail_of(node) in _TAKES
        and not (tail_of(node) in ("get", "pop") and node.args and _is_text(node.args[0].value))
        for node in ex.walk(value)
    )


def _is_text(expression: ex.Expr) -> bool:
    return isinstance(expression, ex.FormattedString) or (
        isinstance(expression, ex.Constant) and isinstance(expression.value, str)
    )


def _leaves_after(module: ModuleIndex, loop: Block, order: int, block: int) -> bool:
    """Whether a call that succeeds always leaves the loop: a `break` or `return` on its own path behind it."""
    own = {here.id for here in module.conditions(block)}
    for leave in exits_of(module, loop, ("break", "return")):
        if leave.order < order:
            continue
        outside = [here for here in module.conditions(leave.block) if here.id not in own and loop.first < here.first]
        if not outside:
            return True
    return False


def _stops_on_answer(module: ModuleIndex, loop: Block, flow: LoopFlow) -> bool:
    """Whether a condition on the answer itself ends the loop. Counters and collected results are caps, not answers."""
    direct = _direct_answers(flow)
    for leave in exits_of(module, loop, ("break", "return")):
        if leave.order < flow.order:
            continue
        for here in module.block_path(leave.block):
            if here.first <= loop.first:
                break
            if here.kind in ("if", "else", "case") and here.head is not None and here.first > flow.order:
                if direct & keys_in(module, here.head) or any(node is flow.source for node in ex.walk(here.head)):
                    return True
            if here.kind == "else":
                tests = [b.head for b in module.branches[here.group] if b.head is not None and b.first > flow.order]
                if any(direct & keys_in(module, test) for test in tests):
                    return True
    return False


def _direct_answers(flow: LoopFlow) -> set[str]:
    """Names that are bound to the answer in an iteration, without those that only add it up."""
    collected = {b.name for b in flow.contents.bindings if b.kind == "augment"}
    bound = {b.name for b in flow.contents.bindings if b.kind != "augment" and b.name in flow.answers}
    return bound - collected


def _is_flag_loop(flow: LoopFlow, tested: frozenset[str]) -> bool:
    """`while not done: … done = True`: the test looks at a name that the body sets to a constant."""
    return any(b.name in tested and b.kind == "assign" and isinstance(b.value, ex.Constant) for b in flow.contents.bindings)
