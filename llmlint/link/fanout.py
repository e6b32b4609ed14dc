"""Where a call is repeated over independent items: the loop, comprehension or concurrent runner around it, or around its callers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from llmlint.callsite import FanOut
from llmlint.findings import Confidence, Related
from llmlint.link import interactive
from llmlint.link.evaluate import Evaluator, Place
from llmlint.link.index import ModuleIndex
from llmlint.link.loops import LoopKind, classify
from llmlint.link.request import Request
from llmlint.link.values import Items
from llmlint.scan import expressions as ex
from llmlint.scan.facts import Block
from llmlint.source import Span

# Calls that run what they are given side by side, by the last part of their name.
_CONCURRENT = {
    "gather": "gather",
    "as_completed": "as_completed",
    "wait": "gather",
    "create_task": "task-group",
    "ensure_future": "task-group",
    "start_soon": "task-group",
    "start": "task-group",
    "submit": "executor",
    "run_in_executor": "executor",
    "to_thread": "gather",
    "apply_async": "pool",
    "delayed": "pool",
}
_MAPPERS = frozenset({"map", "starmap", "imap", "imap_unordered", "map_async", "starmap_async", "amap", "thread_map", "process_map"})


@dataclass(frozen=True, slots=True)
class Surroundings:
    fan_out: FanOut | None
    is_interactive: bool


@dataclass(frozen=True, slots=True)
class Occurrence:
    """A call that is, or leads to, an LLM call; `sent` are the expressions that it is given."""

    module: ModuleIndex
    expression: ex.Expr
    scope: int
    block: int
    order: int
    sent: tuple[ex.Expr, ...]
    chain: tuple[Related, ...] = ()

    def span(self, start: int, end: int) -> Span:
        return Span(self.module.path, start, end)


def look_around(evaluator: Evaluator, site: ex.Expr, place: Place, request: Request) -> Surroundings:
    """The fan-out around a call site, and whether somebody waits for it."""
    module, point = place.module, place.point
    sent = tuple(argument.value for argument in request.arguments.values()) + tuple(splat.value for splat in request.splats)
    here = Occurrence(module, site, point.scope, point.block, point.order, sent)
    waits = interactive.is_handler(module, point.scope) or interactive.is_app_script(module)
    if waits:
        return Surroundings(None, True)
    return Surroundings(fan_out_of(evaluator, here), interactive.asks_in(module, point.scope))


def fan_out_of(evaluator: Evaluator, here: Occurrence) -> FanOut | None:
    """The nearest fan-out around an occurrence in its own function."""
    for loop in here.module.loops(here.block):
        kind = classify(here.module, loop, here.expression, here.order, here.block, here.scope, here.sent)
        if kind is LoopKind.RETRY:
            continue
        if kind is not LoopKind.FAN_OUT:
            return None
        items = _known_items(evaluator, here, loop)
        if items is not None and items <= 1:
            continue
        return _described(here, loop, items)
    return None


def _known_items(evaluator: Evaluator, here: Occurrence, loop: Block) -> int | None:
    """How many items a loop goes over, where the source tells."""
    if loop.head is None or loop.kind == "while":
        return None
    place = evaluator.place(here.module, here.scope, loop.parent or 0, loop.first)
    head = loop.head
    if isinstance(head, ex.Call) and ex.dotted_name(head.func) in ("enumerate", "tqdm", "tqdm.tqdm", "sorted", "list", "reversed", "track"):
        head = head.args[0].value if head.args else head
    if isinstance(head, ex.Call) and ex.dotted_name(head.func) == "range" and len(head.args) == 1:
        value = head.args[0].value
        return value.value if isinstance(value, ex.Constant) and isinstance(value.value, int) else None
    for value in evaluator.evaluate(head, place):
        if isinstance(value, Items) and not value.is_open and not value.has_escaped:
            return len(value.items)
    return None


def _described(here: Occurrence, loop: Block, items: int | None) -> FanOut:
    module = here.module
    runner = next(_runners(module, here.expression), None)
    is_comprehension = loop.kind == "comprehension"
    if runner is None and is_comprehension:
        runner = next(_consumers(module, loop), None)
    start, end = loop.start, loop.end
    if not is_comprehension:
        # The header only: `for item in items`.
        end = loop.head.end if loop.head is not None else loop.header_end
        if loop.kind == "while":
            start = loop.start
    kind = runner or ("comprehension" if is_comprehension else "loop")
    concurrent = runner is not None
    return FanOut(kind, concurrent, items, here.span(start, end), Confidence.HIGH, here.chain)


def _runners(module: ModuleIndex, expression: ex.Expr) -> Iterator[str]:
    """The concurrent runner that a call (or method reference) is handed to directly."""
    outer = module.outer_call.get(expression)
    while outer is not None:
        tail = (ex.dotted_name(outer.func) or _tail(outer.func)).rpartition(".")[2]
        if tail in _CONCURRENT:
            yield _CONCURRENT[tail]
        elif tail in _MAPPERS:
            yield "map"
        elif tail not in ("append", "add", "wait_for", "shield", "list", "tuple", "put_nowait", "partial"):
            return
        outer = module.outer_call.get(outer)


def _tail(func: ex.Expr) -> str:
    return func.attr if isinstance(func, ex.Attribute) else ""


def _consumers(module: ModuleIndex, loop: Block) -> Iterator[str]:
    """What a comprehension of coroutines is handed to, directly or by the name that it is bound to."""
    comprehension = None
    for fact in module.facts.calls:
        for argument in fact.call.args:
            for node in ex.walk(argument.value):
                if isinstance(node, ex.Comprehension) and (node.start, node.end) == (loop.start, loop.end):
                    comprehension = node
                    tail = (ex.dotted_name(fact.call.func) or _tail(fact.call.func)).rpartition(".")[2]
                    if tail in _CONCURRENT:
                        yield _CONCURRENT[tail]
    if comprehension is not None:
        return
    for binding in module.facts.bindings:
        if binding.value is not None and any(
            isinstance(node, ex.Comprehension) and (node.start, node.end) == (loop.start, loop.end) for node in ex.walk(binding.value)
        ):
            for fact in module.calls_taking.get((binding.scope, binding.name), ()):
                tail = (ex.dotted_name(fact.call.func) or _tail(fact.call.func)).rpartition(".")[2]
                if tail in _CONCURRENT and fact.order > binding.order:
                    yield _CONCURRENT[tail]


