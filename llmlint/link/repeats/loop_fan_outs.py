"""A loop as a fan-out: what is known of it, and of the loops around it."""

from __future__ import annotations

import dataclasses

from llmlint.findings import Confidence
from llmlint.link.calls import awaiting
from llmlint.link.flow.asking import is_endless
from llmlint.link.flow.loops import LoopKind, classify, counts_tries, is_repetition
from llmlint.link.repeats.occurrences import Occurrence
from llmlint.request_data import FanOut
from llmlint.scan import expressions as ex
from llmlint.scan.facts import Block
from llmlint.source import Span

_COUNTS = frozenset({"range", "trange", "count"})


def outer_loops(here: Occurrence, loop: Block) -> tuple[Span, ...]:
    """The loops around a loop in its own function, if each of them goes over independent items, too."""
    if loop.kind != "for" or here.runner is not None:
        return ()
    outer = [block for block in here.module.loops(here.block) if block.first < loop.first]
    for block in outer:
        if block.kind != "for" or keeps_state(here, block) or not is_repetition(here, block):
            return ()
    return tuple(here.span(block.start, block.header_end) for block in outer)


def repetition_of(here: Occurrence) -> FanOut | None:
    """The innermost loop around a call of a fan-out's function, if it goes over other things than items: models, or numbers of runs."""
    loop = next((block for block in here.module.loops(here.block) if not counts_tries(block)), None)
    if loop is None or here.runner is not None or keeps_state(here, loop):
        return None
    if not is_repetition(here, loop):
        return None
    return dataclasses.replace(described(here, loop, None), outer=outer_loops(here, loop))


def is_in_conversation(here: Occurrence, loop: Block) -> bool:
    """Whether a loop further out in the same function depends on its own earlier answers, serves or polls: then each iteration has its own
    small fan-out."""
    outer = [block for block in here.module.loops(here.block) if block.first < loop.first]
    if any(is_endless(here.module, block, here.expression) for block in outer):
        return True
    kinds = (classify(here, block) for block in outer)
    return any(kind is LoopKind.CARRIED for kind in kinds)


def is_step_of_loop(here: Occurrence) -> bool:
    """Whether a counting loop around a call that leads to a fan-out depends on its own earlier answers, as a search does in each of its levels:
    the next iteration waits for all answers of this one. `while` loops rather ask again for the few items that are still wrong."""
    counting = (block for block in here.module.loops(here.block) if block.kind == "for" and isinstance(block.head, ex.Call))
    return any(
        ex.last_name(block.head.func) in _COUNTS and not counts_tries(block) and classify(here, block) is LoopKind.CARRIED
        for block in counting
        if isinstance(block.head, ex.Call)
    )


def keeps_state(here: Occurrence, loop: Block) -> bool:
    """Whether what the calls below write lives on from one iteration of the loop to the next."""
    if here.state.is_global:
        return True
    module = here.module
    for key in here.state.keys:
        root = key.split(".")[0]
        bindings = module.bindings(here.scope, root)
        inside = [b for b in bindings if loop.first < b.order < here.order and b.kind not in ("augment", "delete")]
        if not inside:
            return True
    return False


def described(here: Occurrence, loop: Block, items: int | None) -> FanOut:
    runner = here.runner or awaiting.runner_of(here.module, here.expression, loop)
    is_comprehension = loop.kind == "comprehension"
    end = loop.end if is_comprehension else loop.head.end if loop.head is not None else loop.header_end
    kind = runner or ("comprehension" if is_comprehension else "loop")
    confidence = Confidence.HIGH if here.is_certain else Confidence.MEDIUM
    return FanOut(kind, runner is not None, items, here.span(loop.start, end), confidence, here.chain)
