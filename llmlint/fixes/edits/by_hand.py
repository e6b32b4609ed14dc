"""Why a fix is left to a person, and what several codemods look for to find that out."""

from __future__ import annotations

from collections.abc import Iterable

import libcst as cst

from llmlint.fixes.edits.tree import bound_names, dotted, tail_of, walk

_CLOCKS = frozenset(
    {"time.time", "time.perf_counter", "time.monotonic", "time.process_time", "perf_counter", "timer", "default_timer"}
)
_NOW = (
    "datetime.now",
    "datetime.utcnow",
    "datetime.today",
    "timezone.now",
    "loop.time",
    "pendulum.now",
    "arrow.now",
    "arrow.utcnow",
)
_ENDLESS = frozenset(
    {"count", "cycle", "repeat", "stdin", "listen", "consume", "consumer", "subscribe", "iter_messages", "queue", "poll", "watch"}
)
_OF_EVENT_LOOPS = frozenset(
    {"asyncio", "anyio", "trio", "loop", "event_loop", "create_task", "ensure_future", "get_event_loop", "get_running_loop", "call_soon",
     "to_thread", "run_in_executor", "run_coroutine_threadsafe", "async_to_sync"}
)  # fmt: skip
# What runs side by side with the rest of an async function.
_TASKS = frozenset({"create_task", "ensure_future", "gather", "TaskGroup", "start_soon", "as_completed", "wait"})

# Reasons that several codemods share.
WITHOUT_END = "the items may come without end"
HOLDS_UP = "the call is a blocking one in an async function, and the wait for a batch would hold up the event loop"
FAIL_OVER = "an item asks one model or provider after another until one answers, and would wait for a batch of each"
NOT_FOLLOWED = "the file is written in a way that is not followed"
SERIAL = "a loop further up calls the function of the fan-out, and each of its iterations would wait for a batch of its own"
TIMED = "the program measures how long a call takes"
KEEPS_EXCEPTIONS = "failed calls are among the results, so that a batch which fails as a whole would pass for results, too"
KEEPS_STATE = "what one iteration sets ahead of its call, it reads behind the call, when others have set it"


class ByHand(Exception):
    """Raised where a codemod would change more than it may. Its text is a clause that goes behind "no fix is offered, as"."""


class MayDepend(ByHand):
    """Raised where iterations share a value that one may read after another has set it: they may depend on each other after all."""


def measures_time(nodes: Iterable[cst.CSTNode]) -> bool:
    """Whether some code takes the time of its calls: it reads a clock twice, or takes the difference of two dates that are now."""
    found = list(nodes)
    if sum(isinstance(each, cst.Call) and dotted(each.func) in _CLOCKS for each in found) > 1:
        return True
    begun = _names_of_now(found)
    return any(_is_duration(each, begun) for each in found if isinstance(each, cst.BinaryOperation))


def compares_times(nodes: Iterable[cst.CSTNode]) -> bool:
    """Whether some code computes with the time that something took, as where it says how long another way takes: more than to show it."""
    found = list(nodes)
    begun = _names_of_now(found)
    durations = [each for each in found if isinstance(each, cst.BinaryOperation) and _is_duration(each, begun)]
    named = {
        name.value
        for each in found
        if isinstance(each, cst.Assign) and any(inner is duration for inner in walk(each.value) for duration in durations)
        for target in each.targets
        for name in bound_names(target.target)
    }

    def is_time(node: cst.CSTNode) -> bool:
        return any(node is each for each in durations) or (isinstance(node, cst.Name) and node.value in named)

    # How many items a second are done may be shown as the run goes on; where several times are taken, that compares them.
    starts = {each.right.value for each in durations if isinstance(each.right, cst.Name)}
    bound = [name.value for each in found if isinstance(each, cst.AssignTarget) for name in bound_names(each.target)]
    goes_on = any(
        inner is each
        for loop in found
        if isinstance(loop, (cst.For, cst.While))
        for inner in walk(loop.body)
        for each in durations
    )
    shows_rate = goes_on and sum(name in starts for name in bound) == 1
    return any(
        isinstance(each, cst.BinaryOperation)
        and isinstance(each.operator, (cst.Multiply, cst.Divide))
        and (is_time(each.left) or (is_time(each.right) and not (shows_rate and isinstance(each.operator, cst.Divide))))
        and not (isinstance(each.left, cst.BaseNumber) or isinstance(each.right, cst.BaseNumber))
        for each in found
    )


def _names_of_now(nodes: Iterable[cst.CSTNode]) -> frozenset[str]:
    """The names that stand for the time at which they are bound."""
    assigned = (each for each in nodes if isinstance(each, cst.Assign) and _is_now(each.value))
    return frozenset(name.value for each in assigned for target in each.targets for name in bound_names(target.target))


def _is_now(node: cst.CSTNode) -> bool:
    name = dotted(node.func) if isinstance(node, cst.Call) else None
    return name is not None and (name in _CLOCKS or name.endswith(_NOW))


def _is_duration(node: cst.BinaryOperation, begun: frozenset[str]) -> bool:
    """`datetime.now() - start`"""
    if not isinstance(node.operator, cst.Subtract) or not isinstance(node.right, cst.Name) or node.right.value not in begun:
        return False
    return _is_now(node.left) or (isinstance(node.left, cst.Name) and node.left.value in begun)


def check_leaves_event_loop(nodes: Iterable[cst.CSTNode]) -> None:
    """See to it that some code of an async function can run in another thread: it has nothing to do with the event loop."""
    if any(isinstance(each, cst.Name) and each.value in _OF_EVENT_LOOPS for each in nodes):
        raise ByHand(HOLDS_UP)


def check_starts_no_tasks(nodes: Iterable[cst.CSTNode]) -> None:
    """See to it that some code of an async function can wait for a thread: it starts no tasks, which would run in the meantime."""
    if any(isinstance(each, cst.Call) and tail_of(each.func) in _TASKS for each in nodes):
        raise ByHand(HOLDS_UP)


def has_no_end(items: cst.BaseExpression) -> bool:
    """Whether items may come without end, or only once something else has happened: `count()`, standard input, a queue. What `range` is given, and
    where a slice ends, is a number: `range(count)`."""
    pending: list[cst.CSTNode] = [items]
    while pending:
        each = pending.pop()
        if isinstance(each, cst.SubscriptElement) or (isinstance(each, cst.Call) and dotted(each.func) == "range"):
            continue
        pending += each.children
        if (
            isinstance(each, (cst.Name, cst.Attribute))
            and (each.attr if isinstance(each, cst.Attribute) else each).value in _ENDLESS
        ):
            return True
        if isinstance(each, cst.Call) and dotted(each.func) == "iter" and len(each.args) > 1:
            return True
    return False
