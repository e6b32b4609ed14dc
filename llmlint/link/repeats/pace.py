"""How often a program makes a call, as far as the source determines it: once in a run, or with pauses between."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from llmlint.link.calls import awaiting, frameworks, interactive, runners
from llmlint.link.calls.arguments import CallArguments
from llmlint.link.calls.call_paths import CallPath, Hop
from llmlint.link.calls.evaluator import Evaluator
from llmlint.link.flow.loops import is_of_tries
from llmlint.link.names.index import LOOPS, ModuleIndex, Point
from llmlint.link.program.memo import Memo
from llmlint.link.program.tests import is_test
from llmlint.link.repeats import stops, waits
from llmlint.link.repeats.alike import is_written_again
from llmlint.link.repeats.differences import differs
from llmlint.link.repeats.item_count import fewest_items, known_items
from llmlint.link.repeats.loop_invariant import changes_in
from llmlint.link.repeats.schedules import LIFETIME, is_scheduling, least_period, pause_of_runs, period, seconds_of
from llmlint.link.values.place import Frame, Place
from llmlint.request_data import Pace
from llmlint.scan import expressions as ex
from llmlint.scan.facts import Block, CallFact, Scope
from llmlint.sdks import arguments_for

_PARSE_OPTIONS = frozenset({"parse_args", "parse_known_args", "parse_intermixed_args"})
_BRANCHES = frozenset({"if", "else", "case", "except"})
_UNCONDITIONAL = frozenset({"for", "while", "scope", "try", "with", "finally", "try-else", "loop-else"})

# By function: each of its calls asks for them.
_WAYS_OUT: Memo[int, tuple[int, ...]] = Memo(holds_anywhere=True)


def pace_of(evaluator: Evaluator, path: CallPath, arguments: CallArguments) -> Pace:
    """How often a path leads to the call with some arguments."""
    place = arguments.place
    spots = list(_spots(path, place))
    calls = [(place.module, place.point.scope, arguments.site)]
    calls += [(hop.use.module, hop.use.fact.scope, hop.use.fact.call) for hop in path.hops]
    counts = _iterations(evaluator, path, place)
    module, scope = (path.hops[-1].use.module, path.hops[-1].use.fact.scope) if path.hops else (path.module, path.scope)
    start = module.scopes[scope]
    is_whole = path.is_complete and not any(
        (hop.is_unseen and not _starts(hop.use.fact.call)) or hop.is_mapped or _repeats(hop.use.module, hop.use.fact)
        for hop in path.hops
    )
    is_started = scope == 0 or (is_command(module, scope) and (bool(start.decorators) or not _takes_arguments(start)))
    return Pace(
        is_single=is_whole and is_started and not _repeats(place.module, place.point) and not interactive.is_app_script(module),
        is_test=is_test(evaluator.program, module, scope),
        start=(module.path, start.start),
        branches=frozenset(_branches(path, place)),
        spots=tuple((module.path, point.scope, point.order) for module, point in spots),
        ends=frozenset(_ends(path, place)),
        ways_out=tuple(_ways_out(module, point.scope) for module, point in spots),
        is_optional=any(stops.may_be_left_out(*each) for each in calls) or any(_is_picked(hop) for hop in path.hops),
        iterations=counts[0],
        fewest_iterations=counts[1],
        pause=_pause(evaluator, path, place),
        may_pause=waits.may_be_long(evaluator, path, place),
        may_stop=any(stops.may_stop(module, point) for module, point in spots) or (is_whole and is_started and _may_end(spots)),
        may_be_skipped=any(stops.may_be_skipped(module, point) for module, point in spots),
        is_remembered=any(stops.is_remembered(module, point) for module, point in spots),
        # Each model has a cache of its own.
        models_differ=differs(path, arguments, arguments_for("model")),
        prefixes_differ=differs(path, arguments, (*arguments_for("system"), *arguments_for("tools"), "tool_choice")),
        makes_passes=any(is_written_again(evaluator.program, *each) for each in calls)
        or any(_is_pass(hop.use.module, hop.use.fact) for hop in path.hops if hop.use.argument is None),
        is_repeated=any(_repeats(module, point) for module, point in spots)
        or any(hop.is_mapped for hop in path.hops)
        or (interactive.is_handler(evaluator.program, module, scope) and not interactive.is_tool(module, scope)),
        starts_with_values=scope == 0 and bool(path.hops) and bool(path.hops[-1].use.given),
    )


def _is_pass(module: ModuleIndex, fact: CallFact) -> bool:
    """Whether a loop makes a call several times with the same arguments: `[ask(text) for _ in range(passes)]`."""
    loops = module.loops(fact.block)
    if not loops or not fact.call.args or _ends_at(module, loops[0], fact) is not None:
        return False
    parts = [fact.call.func, *(argument.value for argument in fact.call.args)]
    nodes = [node for part in parts for node in ex.walk(part)]
    if any(isinstance(node, (ex.Call, ex.Await)) for node in nodes):
        return False
    names = {node.id for node in nodes if isinstance(node, ex.Name)}
    return not any(changes_in(module, loops[0], fact.scope, name) for name in names)


def _starts(call: ex.Call) -> bool:
    """Whether a call runs a function as a command: `typer.run(main)`, `fire.Fire(main)`, `parser.set_defaults(run=main)`."""
    return runners.tail_of(call) in frameworks.STARTERS or ex.dotted_name(call.func) in frameworks.QUALIFIED_STARTERS


def is_command(module: ModuleIndex, scope: int) -> bool:
    """Whether a function is a command of a command line program."""
    here = module.scopes[scope]
    if here.kind != "function":
        return False
    names = {ex.last_name(each.func if isinstance(each, ex.Call) else each) for each in here.decorators}
    if not names.isdisjoint(frameworks.COMMANDS):
        return True
    return here.parent == 0 and not here.decorators and (here.name == "main" or _parses_options(module, scope))


def _takes_arguments(function: Scope) -> bool:
    """Whether a function must be passed something: others may call it, and more than once."""
    return any(each.default is None and each.kind not in ("*", "**") for each in function.parameters)


def _parses_options(module: ModuleIndex, scope: int) -> bool:
    """Whether a function reads the command line, as those do that packages declare as scripts."""

    def find() -> bool:
        calls = (fact.call.func for fact in module.calls_by_scope.get(scope))
        return any(isinstance(func, ex.Attribute) and func.attr in _PARSE_OPTIONS for func in calls)

    return _PARSES.get(module, scope, find)


_PARSES: Memo[int, bool] = Memo()


def _spots(path: CallPath, place: Place) -> list[tuple[ModuleIndex, Point | CallFact]]:
    """The call, and the calls through which the path leads to it."""
    return [(place.module, place.point), *((hop.use.module, hop.use.fact) for hop in path.hops)]


def _repeats(module: ModuleIndex, point: Point | CallFact) -> bool:
    """Whether a loop around a place may run it again: not where each iteration ends with a `break` or `return`, as in a retry, nor where a loop
    counts attempts and may be left behind the place."""
    return any(
        _ends_at(module, loop, point) is None and not (is_of_tries(loop) and stops.is_left_behind(module, loop, point))
        for loop in module.loops(point.block)
    )


def _ends_at(module: ModuleIndex, around: Block, point: Point | CallFact) -> int | None:
    """Where a way out of a block follows a place in it on each path; None without one."""
    kinds = ("break", "return") if around.kind in LOOPS else ("return",)
    for here in module.block_path(point.block):
        exits = (
            leave for leave in module.exits_by_scope.get(here.scope) if leave.block == here.id and leave.order >= point.order
        )
        leaves = [leave for leave in exits if leave.kind in kinds]
        if leaves and here.kind != "comprehension":
            return int(leaves[0].order)
        if here.id == around.id or here.kind not in _UNCONDITIONAL:
            return None
    return None


def _iterations(evaluator: Evaluator, path: CallPath, place: Place) -> tuple[int | None, int | None]:
    """How many iterations the innermost loop has that leads to the call, at most and at least, where that is known."""
    for (module, point), frame in zip(_spots(path, place), path.frames, strict=True):
        loops = module.loops(point.block)
        if loops:
            around = (evaluator, module, point.scope, loops[0], frame)
            return known_items(*around), fewest_items(*around)
    return None, None


def _may_end(spots: Sequence[tuple[ModuleIndex, Point | CallFact]]) -> bool:
    """Whether the only loop that leads to the call may be left after its first iteration."""
    around = [(module, point) for module, point in spots for _ in module.loops(point.block)]
    return len(around) == 1 and stops.may_end(*around[0])


def _is_picked(hop: Hop) -> bool:
    """Whether a call picks its function from several (`COMMANDS[name]()`, `run = COMMANDS.get(name)`, a function that is kept for a command), or
    starts it beside others."""
    if hop.use.argument is not None:
        return hop.is_unseen or runners.tail_of(hop.use.fact.call) in runners.CONCURRENT
    target, func = hop.target.module.scopes[hop.target.scope], hop.use.fact.call.func
    is_named = target.kind == "function" and not target.name.startswith("__")
    if not isinstance(func, (ex.Name, ex.Attribute)) or (is_named and ex.last_name(func) != target.name):
        return True
    return awaiting.runner_of(hop.use.module, hop.use.fact.call) is not None


def _ways_out(module: ModuleIndex, scope: int) -> tuple[int, ...]:
    """Where a function may be left, by order: at a `return`, or with the program."""
    return _WAYS_OUT.get(module, scope, lambda: tuple(_find_ways_out(module, scope)))


def _find_ways_out(module: ModuleIndex, scope: int) -> Iterator[int]:
    yield from (leave.order for leave in module.exits_by_scope.get(scope) if leave.kind in ("return", "end"))


def _branches(path: CallPath, place: Place) -> Iterator[tuple[str, int, int]]:
    """The branches of `if`, `match` and `except` that lead to the call."""
    for module, point in _spots(path, place):
        for here in module.block_path(point.block):
            if here.kind in _BRANCHES:
                yield module.path, here.group, here.id


def _ends(path: CallPath, place: Place) -> Iterator[tuple[str, int, int]]:
    """The scopes that end behind a call of the path, as it stands in a branch with a `return`: where the branch ends in them."""
    for module, point in _spots(path, place):
        for here in module.block_path(point.block):
            if here.kind in _BRANCHES and _ends_at(module, here, point) is not None:
                yield module.path, point.scope, here.last


def _pause(evaluator: Evaluator, path: CallPath, place: Place) -> float:
    """How many seconds pass at the least from one call to the next, where the loop around them sleeps or a scheduler starts them."""
    spots: list[tuple[ModuleIndex, int, Frame | None]] = [(place.module, place.point.block, place.frame)]
    spots += [(hop.use.module, hop.use.fact.block, frame) for hop, frame in zip(path.hops, path.frames[1:], strict=False)]
    for number, (module, block, frame) in enumerate(spots):
        loops = module.loops(block)
        if loops:
            return pause_of_loop(evaluator, module, loops[0], frame)
        if number < len(path.hops) and path.hops[number].is_unseen:
            use = path.hops[number].use
            return pause_of_runs(evaluator, use.module, use.fact, path.frames[number + 1])
    top, scope = (path.hops[-1].use.module, path.hops[-1].use.fact.scope) if path.hops else (path.module, path.scope)
    decorators = [each for each in top.scopes[scope].decorators if isinstance(each, ex.Call)]
    outer = top.scopes[scope].parent or 0
    start = evaluator.place(top, outer, top.scopes[outer].block, top.blocks[top.scopes[scope].block].first)
    return max((period(each) or least_period(evaluator, each, start) for each in decorators if is_scheduling(each)), default=0.0)


def pause_of_loop(evaluator: Evaluator, module: ModuleIndex, loop: Block, frame: Frame | None) -> float:
    if loop.kind == "comprehension":
        return 0.0
    found = 0.0
    for fact in module.calls_by_scope.get(loop.scope):
        if ex.last_name(fact.call.func) != "sleep" or not loop.first <= fact.order <= loop.last:
            continue
        if fact.call.args and _is_each_time(module, loop, fact.block):
            place = Place(module, Point(fact.scope, fact.block, fact.order), frame)
            amount = fact.call.args[0].value
            found += seconds_of(evaluator, amount, place) or (LIFETIME if _is_in_minutes(amount) else 0.0)
    return found


def _is_in_minutes(amount: ex.Expr) -> bool:
    """`minutes * 60`, `hours * 3600`: a time that is not known, and as a rule longer than an entry of the cache lives."""
    if not isinstance(amount, ex.Operation) or amount.operator != "*":
        return False
    return any(isinstance(each, ex.Constant) and each.value in (60, 3600) for each in amount.operands)


def _is_each_time(module: ModuleIndex, loop: Block, block: int) -> bool:
    """Whether a block of a loop runs in each of its iterations, and once."""
    for here in module.block_path(block):
        if here.id == loop.id:
            return True
        if here.kind not in _UNCONDITIONAL or here.kind in ("for", "while"):
            return False
    return False
