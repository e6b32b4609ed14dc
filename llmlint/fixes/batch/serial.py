"""What runs a whole fan-out again and again: by itself, each run of it would wait for a batch of its own."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import libcst as cst

from llmlint.callsite import Request
from llmlint.fixes.batch.flow import own_nodes
from llmlint.fixes.batch.rounds import goes_over_few
from llmlint.fixes.edits.by_hand import SERIAL, ByHand
from llmlint.fixes.edits.tree import Tree, bound_names, tail_of, tree_of
from llmlint.link.calls.runners import MAPS
from llmlint.link.program.program import Program
from llmlint.request_data import FanOut
from llmlint.source import Span

_COUNTS = frozenset({"range", "count"})
_PAUSES = frozenset({"sleep", "wait", "run_pending"})
_MOST_CALLERS = 6


def loops_above(
    call: Request, tree: Tree, node: cst.CSTNode | None, fan_out: FanOut, rounds: list[str] | None
) -> Iterator[tuple[Request, FanOut]]:
    """The fan-outs on the call paths to another one, however far up, that run the function around it for each of their items. Raises `ByHand`
    where something else runs it again and again. `rounds` takes the places of loops over few things, each of which can wait for a batch of
    its own; where it is None, they are as others."""
    function = tree.function_of(node) if node is not None else None
    if function is None:
        return
    at = fan_out.at
    start, end = tree.offsets.of(function)
    is_known = False
    for request in call.siblings():
        if request.fan_out is None or all(each.at != at for each in fan_outs_of(request.fan_out)):
            continue
        spans = (request.span, *(step.span for step in request.steps))
        inside = [index for index, span in enumerate(spans) if span.path == at.path and start <= span.start < end]
        above = spans[inside[0] + 1 :] if inside else ()
        # Of a function in the function, the call stands there as well.
        above = tuple(span for span in above if span.path != at.path or not start <= span.start < end)
        is_known = is_known or bool(above)
        for span in above:
            starts = _repeating(call.program, span)
            if rounds is not None:
                starts -= _noted(call.program, span.path, starts, rounds)
            if starts:
                yield request, _that_repeats(request.fan_out, span, starts)
    if not is_known and _is_repeated(call.program, tree, function):
        raise ByHand(SERIAL)


def _noted(program: Program, path: str, starts: set[int], rounds: list[str]) -> set[int]:
    """Which of the loops that start at some offsets go over few things: their places are noted."""
    tree = tree_of(program, path)
    loops = {start: tree.at(start, cst.For) for start in starts} if tree is not None else {}
    few = {start for start, loop in loops.items() if tree is not None and loop is not None and goes_over_few(tree, loop)}
    rounds += [each for each in (place_of_loop(program, path, start) for start in sorted(few)) if each not in rounds]
    return few


def place_of_loop(program: Program, path: str, start: int) -> str:
    """What the title of a fix calls a loop."""
    return f"{path}:{program.source(path).location(start).line}"


def _is_repeated(program: Program, tree: Tree, function: cst.FunctionDef) -> bool:
    """Whether a loop may run a function to which no call leads that is followed: one that calls something of its name, or a function that does."""
    name = function.name.value
    if name in tree.called_in_loops:
        return True
    home = program.module(tree.source.path)
    if home is None or not isinstance(tree.enclosing(function, cst.ClassDef), cst.ClassDef):
        return False
    callers = program.modules_with(f".{name}(".encode(), home)
    # What many files call by that name is hardly this method.
    for caller in map(partial(tree_of, program), (each.path for each in callers) if len(callers) <= _MOST_CALLERS else ()):
        if caller is None:
            continue
        calls = (each for each in caller.nodes if isinstance(each, cst.Call) and tail_of(each.func) == name)
        around = {each.name.value for each in map(caller.function_of, calls) if each is not None}
        if name in caller.called_in_loops or not around.isdisjoint(caller.called_in_loops):
            return True
    return False


def fan_outs_of(fan_out: FanOut) -> tuple[FanOut, ...]:
    """The fan-outs on a call path, from the inside out."""
    return (*fan_out.inner, fan_out, *fan_out.above)


def _that_repeats(fan_out: FanOut, span: Span, starts: set[int]) -> FanOut:
    """The fan-out that is made of the loops which start at some offsets; of those inside of its own, the code of its items takes care."""
    for each in fan_outs_of(fan_out):
        own = {each.at.start, *(outer.start for outer in each.outer)}
        if each.at.path == span.path and starts & own and all(start in own or start > each.at.start for start in starts):
            return each
    raise ByHand(SERIAL)


def _repeating(program: Program, span: Span) -> set[int]:
    """Where the loops, comprehensions or maps start that run a call again and again: not those that make another try, or wait for the next day."""
    tree = tree_of(program, span.path)
    node = tree.at(span.start, cst.Call, cst.Attribute) if tree is not None else None
    if tree is None or node is None:
        return set()
    if isinstance(node, cst.Call) and tail_of(node.func) in MAPS:
        return {span.start}
    around = (loop for loop in tree.loops_around(node) if not _chooses(tree, loop, node))
    return {tree.offsets.of(loop)[0] for loop in around if _repeats(tree, loop, tree.offsets.of(node)[1])}


def _chooses(tree: Tree, loop: cst.CSTNode, call: cst.CSTNode) -> bool:
    """Whether the items of a loop are functions, of which a call runs one in each iteration: `for name, step in STEPS.items(): step(text)`, or
    say which one of a table it runs, and nothing else: `STEPS[name](text)`."""
    if not isinstance(loop, cst.For) or not isinstance(call, cst.Call):
        return False
    items = {name.value for name in bound_names(loop.target)}
    if isinstance(call.func, cst.Name):
        return call.func.value in items
    given = tree.name_set(argument.value for argument in call.args)
    return isinstance(call.func, cst.Subscript) and bool(items & tree.name_set(call.func.slice)) and not items & given


def _repeats(tree: Tree, loop: cst.CSTNode, behind: int) -> bool:
    """Whether a loop goes on to other items behind a call that ends at an offset."""
    if not isinstance(loop, (cst.For, cst.While)):
        return True
    nodes = list(own_nodes(loop.body))
    # `while True: run(); time.sleep(86_400)`
    if isinstance(loop, cst.While) and any(isinstance(each, cst.Call) and tail_of(each.func) in _PAUSES for each in nodes):
        return False
    # `for attempt in range(3): try: run() … break`
    is_counted = isinstance(loop, cst.While) or (isinstance(loop.iter, cst.Call) and tail_of(loop.iter.func) in _COUNTS)
    ends = [each for each in nodes if isinstance(each, (cst.Break, cst.Return))]
    if not is_counted or not any(tree.offsets.of(each)[0] >= behind or _holds(tree, each, behind) for each in ends):
        return True
    # `while True: count = run(limit=50); if count < 50: break` goes on page by page.
    tries = (each for each in nodes if isinstance(each, cst.Try) and each.handlers)
    is_tried = any(_holds(tree, each.body, behind) for each in tries) or any(_holds(tree, each, behind) for each in ends)
    return isinstance(loop, cst.While) and not is_tried


def _holds(tree: Tree, node: cst.CSTNode, behind: int) -> bool:
    """`return run()`"""
    start, end = tree.offsets.of(node)
    return start < behind <= end
