"""Where a call is repeated over independent items: the loop, comprehension or concurrent runner around it, or around its callers."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from itertools import zip_longest

from llmlint.findings import Confidence
from llmlint.link.calls import awaiting, interactive, runners
from llmlint.link.calls.call_paths import CallPath, Hop, Hops
from llmlint.link.calls.evaluator import Evaluator
from llmlint.link.flow.asking import asks_somebody
from llmlint.link.flow.loops import LoopKind, begins_conversation, classify
from llmlint.link.flow.state import (
    relevant_parameters,
)
from llmlint.link.names.index import Point
from llmlint.link.repeats import chosen, doubts, followed, live, terminal, timing, workers
from llmlint.link.repeats.callers import caller_of
from llmlint.link.repeats.item_count import NOT_COUNTED, Counts, counts_around
from llmlint.link.repeats.loop_fan_outs import (
    described,
    is_in_conversation,
    is_step_of_loop,
    keeps_state,
    outer_loops,
    repetition_of,
)
from llmlint.link.repeats.occurrences import Occurrence
from llmlint.link.rests import Results
from llmlint.request_data import Doubt, FanOut, FanOutKind, Surroundings
from llmlint.scan.facts import Block

# Of so few items, a loop around the loop is what makes many calls.
_FEW = 3


@dataclass(frozen=True, slots=True)
class _Level:
    """What is around an occurrence in its own function. `waits`: somebody waits for it. `is_live`: a process does that acts on each response of
    a fan-out at once. `is_open`: it is worth while to look at the callers."""

    here: Occurrence
    waits: bool
    is_live: bool
    is_open: bool
    fan_out: FanOut | None
    is_conversation: bool = False


class Repeats:
    """What is around one occurrence of a call site, on each of its call paths: fan-outs, and those who wait.

    Paths share their first hops, and with them what is found out there.
    """

    def __init__(self, evaluator: Evaluator, here: Occurrence) -> None:
        self._evaluator = evaluator
        self._is_asking = interactive.asks_in(here.module, here.scope)
        self._begins_conversation = begins_conversation(here.module, here.scope, here.order, here.sent)
        self._start = here
        self._levels: Results[tuple[Hops, tuple[Counts, ...]], _Level | None] = Results()

    def along(self, path: CallPath) -> Surroundings:
        """The nearest fan-out on a call path, and whether somebody waits for the calls."""
        fan_out: FanOut | None = None
        small: FanOut | None = None
        inner: list[FanOut] = []
        above: list[FanOut] = []
        is_open, waits, is_live, is_timed, is_conversation, is_asked, is_step = True, False, False, False, False, False, False
        are_all_above = True
        doubt: Doubt | None = None
        levels: list[Occurrence] = []
        counts: tuple[Counts, ...] = ()
        for depth in range(len(path.hops) + 1):
            if fan_out is None and is_open:
                counts = (*counts, counts_around(self._evaluator, path, depth, self._start.block))
            level = self._level(path.hops[:depth], counts)
            if level is None:
                # What runs the function cannot be seen.
                use = path.hops[depth - 1].use
                waits = waits or interactive.registers(use.fact.call)
                is_live = is_live or live.is_started_soon_again(use.module, use.fact)
                break
            waits, is_live = waits or level.waits, is_live or level.is_live
            if fan_out is None and is_open:
                around = level.here.module, level.here.scope
                is_timed = is_timed or timing.is_timed(*around) or timing.keeps_times(self._evaluator.program, *around)
                fan_out, is_open = level.fan_out, level.is_open
                if level.here.small is not None and level.here.small is not small:
                    small = level.here.small
                    inner += [small] if fan_out is None else []
                is_conversation = level.is_conversation
                levels.append(level.here)
                is_asked = is_asked or terminal.asks_behind(self._evaluator, *around, level.here.block, level.here.order)
                is_asked = is_asked or followed.is_followed(*around) or terminal.types_items(*around, fan_out, level.here.block)
            elif fan_out is not None and are_all_above:
                is_step = is_step or is_step_of_loop(level.here)
                further = level.fan_out or repetition_of(level.here)
                above += [further] if further is not None else []
                are_all_above = level.is_open or further is not None
            if timing.is_compared(self._evaluator.program, level.here.module, level.here.scope, level.here.order):
                doubt = "compared"
            if waits:
                break
        fan_out = (fan_out or small) if not self._begins_conversation and not is_timed else None
        waits = waits or (self._is_asking if fan_out is None else is_live)
        if fan_out is not None:
            further_in = tuple(each for each in inner if each is not fan_out)
            fan_out = dataclasses.replace(fan_out, above=tuple(above), inner=further_in)
            fan_out = dataclasses.replace(
                fan_out,
                confidence=Confidence.LOW if is_step else fan_out.confidence,
                unawaited=Confidence.LOW if is_asked else Confidence.HIGH,
                doubt=doubt or doubts.doubt_of(fan_out, levels),
            )
        return Surroundings(fan_out, waits, is_conversation or self._begins_conversation)

    def _level(self, hops: Hops, counts: tuple[Counts, ...]) -> _Level | None:
        """What is around the last of some hops, which lead to it from the call site, if the loops on the way have so many items."""
        key = (hops, counts)
        return self._levels.find(key, partial(self._find_level, hops, counts))

    def _find_level(self, hops: Hops, counts: tuple[Counts, ...]) -> _Level | None:
        below = self._level(hops[:-1], counts[: len(hops)]) if hops else None
        here = self._start if not hops else caller_of(below.here, hops[-1]) if below is not None else None
        counted = counts[len(hops)] if len(counts) > len(hops) else NOT_COUNTED
        return self._look(here, hops[-1] if hops else None, below, counted) if here is not None else None

    def _look(self, here: Occurrence, hop: Hop | None, below: _Level | None, counts: Counts) -> _Level:
        module = here.module
        program = self._evaluator.program
        is_handler = interactive.is_handler(program, module, here.scope)
        if interactive.is_app_script(module) or (is_handler and not interactive.is_scheduled_job(program, module, here.scope)):
            return _Level(here, True, False, False, None)
        loops = module.loops(here.block) if hop is not None else ()
        asks = any(block.kind == "while" and asks_somebody(module, block) for block in loops)
        is_live = live.is_scheduled_soon(module, here.scope) or any(
            live.is_live(self._evaluator, module, here.scope, block, here.expression) for block in loops
        )
        mapped = _mapped(below.here, here, hop, counts[1]) if hop is not None and below is not None else None
        if mapped is not None:
            return _Level(here, asks, is_live, False, mapped)
        is_open, fan_out, small = _around(self._evaluator, here, hop, counts[0])
        here = dataclasses.replace(here, small=small)
        return _Level(here, asks, is_live, is_open, fan_out, not is_open and fan_out is None)


def _around(
    evaluator: Evaluator, here: Occurrence, hop: Hop | None, counts: Sequence[int | None]
) -> tuple[bool, FanOut | None, FanOut | None]:
    """Whether it is worth looking further up than the function of an occurrence, the nearest fan-out around it there, and the one over few
    items inside that. `counts` are the items of the loops there."""
    small = here.small
    for loop, items in zip_longest(here.module.loops(here.block), counts):
        kind = classify(here, loop)
        if kind is LoopKind.RETRY:
            if _is_second_try(here, loop) or live.runs_until_stopped(here.module, loop):
                return False, None, None
            continue
        if kind is LoopKind.ENDLESS and workers.is_worklist(evaluator, here.module, here.scope, loop):
            worker = workers.runner_of(evaluator, here.module, here.scope)
            here = dataclasses.replace(here, runner=here.runner or worker)
        elif kind is not LoopKind.FAN_OUT:
            return False, None, None
        if keeps_state(here, loop):
            return False, None, None
        if hop is not None and chosen.chooses_function(hop.use, loop):
            continue
        if chosen.is_of_one_item(here.module, loop, Point(here.scope, here.block, here.order), here.flags):
            continue
        if items is not None and small is not None and small.items is not None:
            items *= small.items
        fan_out = dataclasses.replace(described(here, loop, items), outer=outer_loops(here, loop))
        if items is not None and items <= _FEW:
            small = fan_out
            continue
        if is_in_conversation(here, loop):
            fan_out = dataclasses.replace(fan_out, confidence=Confidence.LOW)
        return False, fan_out, small
    return True, None, small


def _is_second_try(here: Occurrence, loop: Block) -> bool:
    """Whether a call stands in the handler of a failure inside a retry loop: it runs for some items only."""
    return any(block.kind == "except" and block.first > loop.first for block in here.module.block_path(here.block))


def _mapped(below: Occurrence, here: Occurrence, hop: Hop, items: int | None) -> FanOut | None:
    """The fan-out where the function around an occurrence is passed to `map`, a pool, a dataframe or a parallel runner."""
    if not hop.is_mapped or below.state.is_global or _only_goes_elsewhere(below, hop):
        return None
    call = hop.use.fact.call
    kind: FanOutKind = "pool"
    is_concurrent = True
    if hop.use.argument is not None:
        kind, is_concurrent = runners.kind_of_map(call)
    if not is_concurrent:
        runner = awaiting.runner_of(here.module, call)
        kind, is_concurrent = runner or kind, runner is not None
    confidence = Confidence.HIGH if here.is_certain else Confidence.MEDIUM
    return FanOut(kind, is_concurrent, items, hop.at, confidence, here.chain)


def _only_goes_elsewhere(below: Occurrence, hop: Hop) -> bool:
    """Whether the items of a map are models or hosts, and the prompt is the same for all: `pool.map(lambda model: ask(model, text), MODELS)`."""
    if below.scope != hop.target.scope:
        return False
    bound = {argument.keyword for argument in hop.use.bound}
    sent = relevant_parameters(below.module, below.scope, below.sent, below.order) - bound
    aside = relevant_parameters(below.module, below.scope, below.aside, below.order) - bound
    return not (sent - {"self", "cls"}) and bool(aside - {"self", "cls"}) and not below.reads_self
