"""Whether a live process runs something: a loop that polls or serves, or a schedule with short intervals, which acts on each response at once."""

from __future__ import annotations

import re

from llmlint.link.calls.evaluator import Evaluator
from llmlint.link.flow.asking import asks_somebody, comes_from_afar
from llmlint.link.flow.dependence import exits_of
from llmlint.link.flow.loops import is_of_tries
from llmlint.link.names.index import ModuleIndex
from llmlint.link.names.keys import key_of, keys_in
from llmlint.link.repeats import pace, workers
from llmlint.link.repeats.schedules import LONG, is_schedule, is_scheduling, pause_of_scheduler, period
from llmlint.scan import expressions as ex
from llmlint.scan.facts import Block, CallFact, Exit

_SLEEPS = frozenset({"sleep", "wait", "pause", "wait_for", "run_pending", "tick"})
# Names in tests that end a process, and not its work.
_FLAGS = re.compile(
    r"(?i)(^|_)(once|stop|stopped|stopping|shutdown|running|alive|active|exit|quit|signal|interrupt\w*|single_run|cancel\w*|kill\w*|"
    r"max_(?:iterations|cycles|loops|rounds|runs)|one_?shot|daemon|keep_going)(_|$)|is_set$"
)


_CLOCKS = frozenset({"time", "monotonic", "perf_counter", "now", "utcnow"})
# What is asked of a queue that has items left.
_WORKLISTS = frozenset({"empty", "is_empty", "qsize", "exhausted"})


def is_live(evaluator: Evaluator, module: ModuleIndex, scope: int, loop: Block, call: ex.Expr) -> bool:
    """Whether a loop around a call that leads to an LLM serves somebody or polls, with pauses of less than an hour."""
    if loop.kind == "for":
        return loop.head is not None and comes_from_afar(module, loop.head)
    if loop.kind != "while":
        return False
    if asks_somebody(module, loop, call):
        return True
    if not _is_endless(module, loop) or workers.is_worklist(evaluator, module, scope, loop):
        return False
    return pace.pause_of_loop(evaluator, module, loop, None) < LONG


def _is_endless(module: ModuleIndex, loop: Block) -> bool:
    """Whether a loop goes on until the process is stopped: `while True`, `while not stop.is_set()`."""
    if not isinstance(loop.head, ex.Constant):
        return loop.head is not None and _is_flag(loop.head) and _pauses(module, loop)
    exits = exits_of(module, loop, ("break", "return"))
    return not exits or (_pauses(module, loop) and all(_ends_process(module, loop, leave) for leave in exits))


def runs_until_stopped(module: ModuleIndex, loop: Block) -> bool:
    """Whether a loop does the same again and again until another thread stops it: `while not stop.wait(60)`. What starts it in a thread for each
    of some items has no call for each of them."""
    if loop.kind != "while" or loop.head is None or isinstance(loop.head, ex.Constant) or is_of_tries(loop):
        return False
    waits = any(isinstance(node, ex.Call) and ex.last_name(node.func) in _SLEEPS for node in ex.walk(loop.head))
    if not (_is_flag(loop.head) and (waits or _pauses(module, loop))) and not _is_timed(module, loop):
        return False
    if not all(_ends_process(module, loop, leave) for leave in exits_of(module, loop, ("break", "return"))):
        return False
    tested = keys_in(module, loop.head)
    inside = [(each.name, each.order) for each in module.bindings_by_scope.get(loop.scope)]
    inside += [(key_of(each.target) or "", each.order) for each in module.stores_by_scope.get(loop.scope)]
    return not any(name in tested and loop.first < order < loop.last for name, order in inside)


def _is_timed(module: ModuleIndex, loop: Block) -> bool:
    """Whether a loop does the same until some time is over, with a pause behind each: `while not is_over(): …; time.sleep(30)`."""
    if loop.head is None:
        return False
    over = loop.head.operands[0] if isinstance(loop.head, ex.Operation) and loop.head.operator == "not" else loop.head
    asks_time = any(isinstance(node, ex.Call) and ex.last_name(node.func) in _CLOCKS for node in ex.walk(loop.head))
    if not asks_time and not (isinstance(over, ex.Call) and not over.args and ex.last_name(over.func) not in _WORKLISTS):
        return False
    return any(
        loop.first < fact.order < loop.last and ex.last_name(fact.call.func) == "sleep" and _is_in_each(module, loop, fact.block)
        for fact in module.calls_by_scope.get(loop.scope)
    )


def _is_in_each(module: ModuleIndex, loop: Block, block: int) -> bool:
    """Whether a place in a loop is reached in each of its iterations."""
    return all(here.first <= loop.first for here in module.conditions(block))


def _ends_process(module: ModuleIndex, loop: Block, leave: Exit) -> bool:
    """Whether a way out of a loop is one of a process that is stopped: in the handler of an interrupt, or behind a flag."""
    for here in module.block_path(leave.block):
        if here.first <= loop.first:
            break
        if here.kind == "except":
            return True
        if here.kind == "if" and here.head is not None and _is_flag(here.head):
            return True
    return False


def _is_flag(test: ex.Expr) -> bool:
    names = (
        node.id if isinstance(node, ex.Name) else node.attr for node in ex.walk(test) if isinstance(node, (ex.Name, ex.Attribute))
    )
    return any(_FLAGS.search(name) for name in names)


def _pauses(module: ModuleIndex, loop: Block) -> bool:
    return any(
        loop.first < fact.order < loop.last and ex.last_name(fact.call.func) in _SLEEPS
        for fact in module.calls_by_scope.get(loop.scope)
    )


def is_started_soon_again(module: ModuleIndex, fact: CallFact) -> bool:
    """Whether a call has a function run again and again within the hour: `scheduler.add_job(look, "interval", minutes=5)`."""
    return is_schedule(module, fact) and pause_of_scheduler(module, fact) < LONG


def is_scheduled_soon(module: ModuleIndex, scope: int) -> bool:
    """Whether a decorator has a function run again and again within the hour: `@tasks.loop(minutes=5)`."""
    decorators = (each for each in module.scopes[scope].decorators if isinstance(each, ex.Call))
    return any(is_scheduling(each) and period(each) < LONG for each in decorators)
