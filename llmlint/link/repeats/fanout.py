"""Where a call is repeated over independent items: the loop, comprehension or concurrent runner around it, or around its callers."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

from llmlint.callsite import FanOut, Surroundings
from llmlint.findings import Confidence, Related
from llmlint.link.calls import runners
from llmlint.link.calls.callers import is_telling
from llmlint.link.calls.evaluator import Evaluator
from llmlint.link.calls.provenance import name_of, through
from llmlint.link.calls.request import Request
from llmlint.link.calls.uses import Use, uses_of_partial
from llmlint.link.flow.loops import LoopKind, asks_somebody, begins_conversation, classify, is_endless
from llmlint.link.flow.state import State, is_shared_default, kept_state, read_from_outside, relevant_parameters
from llmlint.link.names.index import ModuleIndex
from llmlint.link.names.keys import key_of
from llmlint.link.repeats import interactive, workers
from llmlint.link.repeats.item_count import known_items
from llmlint.link.values.place import Place
from llmlint.scan import expressions as ex
from llmlint.scan.facts import Block
from llmlint.source import Span

_DEEPEST = 6
_MOST_USES = 16
_MOST_FUNCTIONS = 60
# Of so few items, a loop around the loop is what makes many calls.
_FEW = 3
# Arguments that say where a request goes, not what it says.
_ASIDE = frozenset(
    {
        "model",
        "engine",
        "deployment_id",
        "api_key",
        "api_base",
        "base_url",
        "api_version",
        "organization",
        "custom_llm_provider",
        "timeout",
    }
)


@dataclass(frozen=True, slots=True)
class Occurrence:
    """A call that is, or leads to, an LLM call. `sent` are the expressions that reach the prompt, `aside` those that only reach the model, the
    client or its key; `state` is what the calls below it keep
    from one call to the next; `runner` says how it is run where something else runs it; `chain` are the callers so far. `small` is the
    loop over few items that was passed on the way: it counts where there is none around it."""

    module: ModuleIndex
    expression: ex.Expr
    scope: int
    block: int
    order: int
    sent: tuple[ex.Expr, ...]
    state: State
    runner: str | None = None
    is_certain: bool = True
    chain: tuple[Related, ...] = ()
    small: FanOut | None = None
    aside: tuple[ex.Expr, ...] = ()

    def span(self, start: int, end: int) -> Span:
        return Span(self.module.path, start, end)


@dataclass(slots=True)
class _Paths:
    """What was met on the ways up from a call."""

    fan_outs: list[FanOut] = dataclasses.field(default_factory=list)
    interactive: int = 0
    carried: int = 0
    has_history: bool = False
    seen: set[tuple[str, int]] = dataclasses.field(default_factory=set)


def look_around(evaluator: Evaluator, site: ex.Expr, place: Place, request: Request) -> Surroundings:
    """The fan-out around a call site, and whether somebody waits for it."""
    module, point = place.module, place.point
    given = request.arguments.items()
    sent = (*(each.value for name, each in given if name not in _ASIDE), *(splat.value for splat in request.splats))
    aside = (*(each.value for name, each in given if name in _ASIDE), *_client_of(site))
    state = kept_state(module, point.scope, point.order, sent, site)
    here = Occurrence(module, site, point.scope, point.block, point.order, sent, state, aside=aside)
    paths = _Paths()
    for start in _of_partial(here) or (here,):
        _climb(evaluator, start, paths, 0)
    waits = paths.interactive > 0 or interactive.asks_in(module, point.scope)
    if not paths.fan_outs or paths.has_history or begins_conversation(module, point.scope, point.order, sent):
        return Surroundings(None, waits)
    best, *others = sorted(paths.fan_outs, key=lambda fan_out: (fan_out.confidence, -len(fan_out.chain)), reverse=True)
    sure = {each.at: each for each in others if each.confidence > Confidence.LOW and each.at != best.at}
    best = dataclasses.replace(best, others=tuple(sure.values()))
    if paths.carried and len(best.chain) >= 3:
        # Elsewhere a conversation, and a fan-out only far above: what is repeated is more than this call.
        best = dataclasses.replace(best, confidence=Confidence.LOW)
    if paths.interactive:
        best = dataclasses.replace(best, confidence=min(best.confidence, Confidence.MEDIUM))
    return Surroundings(best, False)


def _client_of(site: ex.Expr) -> tuple[ex.Expr, ...]:
    func = site.func if isinstance(site, ex.Call) else site
    return (func.value,) if isinstance(func, ex.Attribute) else ()


def _of_partial(here: Occurrence) -> list[Occurrence]:
    """The calls of `ask = partial(client.messages.create, …)`, where that is what a call site is."""
    module = here.module
    outer = module.outer_call.get(here.expression)
    if outer is None or isinstance(here.expression, ex.Call):
        return []
    handed = next((index for index, argument in enumerate(outer.args) if argument.value is here.expression), None)
    uses = uses_of_partial(Use(module, module.fact_of_call[outer], handed, True))
    return [
        dataclasses.replace(
            here,
            expression=use.fact.call,
            scope=use.fact.scope,
            block=use.fact.block,
            order=use.fact.order,
            sent=tuple(argument.value for argument in use.given),
            runner=None if use.argument is None else runners.CONCURRENT.get(runners.tail_of(use.fact.call)),
        )
        for use in uses
    ]


def _climb(evaluator: Evaluator, here: Occurrence, paths: _Paths, depth: int) -> None:
    """Look for a fan-out around an occurrence, then around the callers of the function that it stands in."""
    module = here.module
    if interactive.is_handler(evaluator.program, module, here.scope) or interactive.is_app_script(module):
        paths.interactive += 1
        return
    is_open, fan_out, small = _around(evaluator, here, paths)
    if fan_out is not None:
        _add(evaluator, fan_out, module, here.scope, paths)
        return
    here = dataclasses.replace(here, small=small)
    found = len(paths.fan_outs)
    if is_open:
        _climb_callers(evaluator, here, paths, depth)
    if small is not None and len(paths.fan_outs) == found:
        _add(evaluator, small, module, here.scope, paths)


def _climb_callers(evaluator: Evaluator, here: Occurrence, paths: _Paths, depth: int) -> None:
    module = here.module
    key = (module.path, here.scope)
    if here.scope == 0 or depth >= _DEEPEST or key in paths.seen:
        return
    paths.seen.add(key)
    scope = module.scopes[here.scope]
    if scope.kind == "class":
        return
    parameters = relevant_parameters(module, here.scope, here.sent, here.order)
    uses = [use for use in evaluator.callers.uses(module, here.scope) if is_telling(evaluator, use, module)]
    for use in uses[:_MOST_USES]:
        if use.argument is not None and interactive.registers(use.fact.call):
            paths.interactive += 1
            continue
        name = name_of(module, here.scope, use)
        mapped = _mapped(here, use, name)
        if mapped is not None:
            _add(evaluator, mapped, use.module, use.fact.scope, paths)
            continue
        inside = evaluator.callers.calls_of_argument(use)
        back = [(_called_back(here, use, call, name), call) for call in inside]
        found = [_mapped(occurrence, call, None) or _around(evaluator, occurrence, paths)[1] for occurrence, call in back]
        for fan_out in filter(None, found):
            _add(evaluator, fan_out, use.module, use.fact.scope, paths)
        above = _above(here, use, name, parameters, bool(inside)) if not any(found) else None
        if above is not None:
            _climb(evaluator, above, paths, depth + 1)


def _add(evaluator: Evaluator, fan_out: FanOut, module: ModuleIndex, scope: int, paths: _Paths) -> None:
    """Keep a fan-out, unless somebody waits for it on every path; less sure where some path is like that, or where nobody is seen to call it."""
    waiting, others = waiting_callers(evaluator, module, scope)
    if waiting and not others:
        paths.interactive += 1
        return
    if waiting:
        fan_out = dataclasses.replace(fan_out, confidence=min(fan_out.confidence, Confidence.MEDIUM))
    paths.fan_outs.append(fan_out)


def waiting_callers(evaluator: Evaluator, module: ModuleIndex, scope: int) -> tuple[int, int]:
    """On how many ways up from a function somebody waits for it, and on how many not."""
    waiting = others = 0
    pending, seen = [(module, scope)], {(module.path, scope)}
    while pending and len(seen) < _MOST_FUNCTIONS:
        here, current = pending.pop(0)
        if interactive.is_handler(evaluator.program, here, current) or interactive.is_app_script(here):
            waiting += 1
            continue
        uses = evaluator.callers.uses(here, current) if current else ()
        if not uses:
            others += 1
        for use in uses:
            key = (use.module.path, use.fact.scope)
            is_registered = use.argument is not None and interactive.registers(use.fact.call)
            around = [block for block in use.module.loops(use.fact.block) if block.kind == "while"]
            if is_registered or any(asks_somebody(use.module, block) for block in around):
                waiting += 1
            elif key not in seen:
                seen.add(key)
                pending.append((use.module, use.fact.scope))
    return waiting, others


def _around(evaluator: Evaluator, here: Occurrence, paths: _Paths) -> tuple[bool, FanOut | None, FanOut | None]:
    """Whether it is worth looking further up than the function of an occurrence, the nearest fan-out around it there, and the one over few
    items inside that."""
    small = here.small
    for loop in here.module.loops(here.block):
        kind = classify(here.module, loop, here.expression, here.order, here.block, here.scope, here.sent, here.aside)
        if kind is LoopKind.RETRY:
            if _is_second_try(here, loop):
                return False, None, None
            continue
        if kind is LoopKind.ENDLESS and workers.is_worklist(evaluator, here.module, here.scope, loop):
            worker = workers.runner_of(evaluator, here.module, here.scope)
            here = dataclasses.replace(here, runner=here.runner or worker)
        elif kind is not LoopKind.FAN_OUT:
            paths.carried += kind is LoopKind.CARRIED
            return False, None, None
        if _keeps_state(here, loop):
            paths.has_history = True
            return False, None, None
        items = known_items(evaluator, here.module, here.scope, loop)
        if items is not None and small is not None and small.items is not None:
            items *= small.items
        fan_out = _described(here, loop, items)
        if items is not None and items <= _FEW:
            small = fan_out
            continue
        if _is_in_conversation(here, loop):
            fan_out = dataclasses.replace(fan_out, confidence=Confidence.LOW)
        return False, fan_out, small
    return True, None, small


def _is_second_try(here: Occurrence, loop: Block) -> bool:
    """Whether a call stands in the handler of a failure inside a retry loop: it runs for some items only."""
    return any(block.kind == "except" and block.first > loop.first for block in here.module.block_path(here.block))


def _is_in_conversation(here: Occurrence, loop: Block) -> bool:
    """Whether a loop further out in the same function depends on its own earlier answers, serves or polls: then each round has its own
    small fan-out."""
    outer = [block for block in here.module.loops(here.block) if block.first < loop.first]
    if any(is_endless(here.module, block) for block in outer):
        return True
    at = (here.order, here.block, here.scope, here.sent, here.aside)
    kinds = (classify(here.module, block, here.expression, *at) for block in outer)
    return any(kind is LoopKind.CARRIED for kind in kinds)


def _keeps_state(here: Occurrence, loop: Block) -> bool:
    """Whether what the calls below write lives on from one round of the loop to the next."""
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


def _described(here: Occurrence, loop: Block, items: int | None) -> FanOut:
    module = here.module
    runner = here.runner or next(runners.around(module, here.expression), None)
    is_comprehension = loop.kind == "comprehension"
    if runner is None and is_comprehension:
        runner = next(runners.consuming(module, loop), None)
    end = loop.end if is_comprehension else loop.head.end if loop.head is not None else loop.header_end
    kind = runner or ("comprehension" if is_comprehension else "loop")
    confidence = Confidence.HIGH if here.is_certain else Confidence.MEDIUM
    return FanOut(kind, runner is not None, items, here.span(loop.start, end), confidence, here.chain)


def _mapped(here: Occurrence, use: Use, name: str | None) -> FanOut | None:
    """The fan-out where the function around an occurrence is handed to `map`, a pool, a dataframe or a parallel runner."""
    is_task = use.argument is None and runners.is_of_task(use.fact.call, here.module.scopes[here.scope].name, runners.TASK_MAPS)
    if here.state.is_global or not (is_task or (use.argument is not None and runners.maps(use.fact.call, use.argument))):
        return None
    kind, is_concurrent = ("pool", True) if is_task else runners.kind_of_map(use.fact.call)
    if not is_concurrent:
        runner = next(runners.around(use.module, use.fact.call), None)
        kind, is_concurrent = runner or kind, runner is not None
    at = Span(use.module.path, use.fact.call.start, use.fact.call.end)
    confidence = Confidence.HIGH if here.is_certain and use.is_certain else Confidence.MEDIUM
    return FanOut(kind, is_concurrent, None, at, confidence, here.chain if name is None else (*here.chain, _related(use, name)))


def _called_back(here: Occurrence, use: Use, call: Use, name: str) -> Occurrence:
    """Where a function of the program calls the function that it was handed."""
    fact = call.fact
    sent = tuple(argument.value for argument in call.given)
    runner = None if call.argument is None else runners.CONCURRENT.get(runners.tail_of(fact.call))
    certain = here.is_certain and use.is_certain
    chain = (*here.chain, _related(use, name))
    return Occurrence(call.module, fact.call, fact.scope, fact.block, fact.order, sent, State(), runner, certain, chain)


def _above(here: Occurrence, use: Use, name: str, parameters: set[str], runs_it: bool) -> Occurrence | None:
    """The use of the function around an occurrence, as an occurrence of its own. `runs_it`: what it is handed to calls it."""
    call = use.fact.call
    scope = here.module.scopes[here.scope]
    given = _given(here.module, here.scope, use)
    sent = [value for parameter, value in given if parameter is None or parameter in parameters]
    if use.module is here.module:
        sent += read_from_outside(here.module, here.scope, here.sent, here.order, use.fact)
    others = relevant_parameters(here.module, here.scope, here.aside, here.order) - parameters
    aside = tuple(value for parameter, value in given if parameter in others)
    keys: set[str] = set()
    is_global = here.state.is_global
    for key in here.state.keys:
        root = key.split(".")[0]
        if root in ("self", "cls"):
            receiver = call.func.value if use.argument is None and isinstance(call.func, ex.Attribute) else None
            owner = None if receiver is None else key_of(receiver)
            if owner is not None and not _is_reset(use, owner, key.partition(".")[2]):
                keys.add(owner)
        else:
            keys |= {found for parameter, value in given if parameter == root and (found := key_of(value)) is not None}
            is_global = is_global or is_shared_default(here.module, here.scope, root, given)
    expression: ex.Expr = call
    runner = here.runner
    if use.argument is not None:
        tail = runners.tail_of(call)
        runner = runner or runners.CONCURRENT.get(tail)
        if runner is None and tail not in runners.PASSES_ON and not runs_it:
            return None
    elif runners.is_of_task(call, scope.name, runners.REMOTE):
        runner = runner or runners.CONCURRENT.get(runners.tail_of(call))
    if scope.kind == "lambda" and use.argument is not None and not sent:
        sent = list(here.sent)
    fact = use.fact
    own = kept_state(use.module, fact.scope, fact.order, sent, call)
    state = State(own.keys | keys, own.is_global or is_global)
    chain = (*here.chain, _related(use, name)) if scope.kind != "lambda" else here.chain
    certain = here.is_certain and use.is_certain
    at = (fact.scope, fact.block, fact.order)
    return Occurrence(use.module, expression, *at, tuple(sent), state, runner, certain, chain, here.small, aside)


def _is_reset(use: Use, owner: str, attribute: str) -> bool:
    """Whether each round of the loop around a use starts an object's state anew: `agent.history = []`, `agent.reset()`."""
    module, fact = use.module, use.fact
    loop = next(iter(module.loops(fact.block)), None)
    if loop is None:
        return False
    root = owner.split(".")[0]
    for store in module.stores_by_root.get((fact.scope, root)):
        is_whole = isinstance(store.target, ex.Attribute) and store.target.attr == attribute and not store.operator
        if is_whole and loop.first < store.order < fact.order:
            return True
    return any(
        loop.first < each.order < fact.order
        and isinstance(each.call.func, ex.Attribute)
        and key_of(each.call.func.value) == owner
        and each.call.func.attr.startswith(("reset", "clear"))
        for each in module.calls_by_root.get((fact.scope, root))
    )


def _related(use: Use, name: str) -> Related:
    return through(name, Span(use.module.path, use.fact.call.start, use.fact.call.end))


def _given(module: ModuleIndex, scope: int, use: Use) -> list[tuple[str | None, ex.Expr]]:
    """The arguments of a use with the parameters that they go to; None for those that cannot be matched."""
    parameters = [p for p in module.scopes[scope].parameters if p.kind in ("positional", "keyword")]
    parent = module.scopes[scope].parent
    decorators = {ex.dotted_name(d) for d in module.scopes[scope].decorators}
    if parent is not None and module.scopes[parent].kind == "class" and "staticmethod" not in decorators:
        parameters = parameters[1:]
    positional = [p.name for p in parameters if p.kind == "positional"]
    names = {p.name for p in parameters}
    found: list[tuple[str | None, ex.Expr]] = []
    for argument in use.given:
        if argument.keyword is not None:
            found.append((argument.keyword if argument.keyword in names else None, argument.value))
        elif argument.star or not positional:
            found.append((None, argument.value))
        else:
            found.append((positional.pop(0), argument.value))
    return found
