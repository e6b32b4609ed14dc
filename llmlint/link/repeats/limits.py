"""What holds back the calls of a fan-out, or gives up on them: semaphores, locks, rate limits and time limits, by what is constructed."""

from __future__ import annotations

from collections.abc import Iterator

from llmlint.link.calls.evaluator import Evaluator
from llmlint.link.calls.runners import tail_of
from llmlint.link.names.index import ModuleIndex
from llmlint.link.program.memo import Memo
from llmlint.link.values.place import Place
from llmlint.link.values.values import Class, External, Literal, Object, Unknown, Value
from llmlint.request_data import Limit, LimitKind
from llmlint.scan import expressions as ex
from llmlint.scan.facts import Block, CallFact, Scope
from llmlint.source import Span

_SEMAPHORES = frozenset({"Semaphore", "BoundedSemaphore", "CapacityLimiter"})
_LOCKS = frozenset({"Lock", "RLock", "Condition"})
_RATES = frozenset({"AsyncLimiter", "Throttler", "Limiter", "RateLimiter"})
_TIME_LIMITS = frozenset({"wait_for", "timeout", "timeout_at", "fail_after", "move_on_after", "fail_at", "move_on_at", "alarm",
                          "func_timeout", "func_set_timeout", "stop_after_delay", "setitimer", "time_limit"})  # fmt: skip
# Where a function of one of these names is of somebody else, it limits something else.
_TIME_MODULES = frozenset({"asyncio", "anyio", "trio", "async_timeout", "signal", "func_timeout", "tenacity", "timeout_decorator",
                           "wrapt_timeout_decorator", "interruptingcow", "stopit", "eventlet", "gevent"})  # fmt: skip
# Arguments of a decorator that ends the function.
_OF_DECORATORS = frozenset({"timeout", "time_limit", "soft_time_limit", "timeout_seconds", "execution_timeout"})
# What a name that the source does not determine stands for.
_WORDS = ("sem", "limit", "throttl")
_WAITS = frozenset({"acquire", "wait", "wait_for_slot", "throttle"})


def limits(evaluator: Evaluator, spans: list[Span], at: Span) -> tuple[Limit, ...]:
    """The limits of the functions on the way to a call, from the call to the fan-out at `at`, whose own surroundings hold back nothing."""
    found: dict[Span, Limit] = {}
    for span in spans:
        module = evaluator.program.module(span.path)
        if module is not None:
            for limit in _around(evaluator, module, span, at):
                found.setdefault(limit.at, limit)
    return tuple(found.values())


def _around(evaluator: Evaluator, module: ModuleIndex, span: Span, at: Span) -> Iterator[Limit]:
    for block in _WITHS.get(module, len(module.blocks), lambda: [each for each in module.blocks if each.kind == "with"]):
        if block.header_end <= span.start < block.end and block.head is not None:
            place = evaluator.place(module, block.scope, block.parent or 0, block.first)
            limit = _limit(evaluator, place, block.head, Span(module.path, block.start, block.end))
            is_outside = module.path == at.path and block.header_end <= at.start < block.end
            if limit is not None and (limit.kind == "time" or not is_outside):
                yield limit
    scope = scope_around(module, span)
    is_own = module.path == at.path and scope_around(module, at) == scope
    for fact in _LIMITING.get(
        module, scope, lambda: [each for each in module.calls_by_scope.get(scope) if _may_limit(each.call)]
    ):
        func, place = fact.call.func, evaluator.place(module, fact.scope, fact.block, fact.order)
        if is_time_limit(evaluator, place, fact.call):
            yield Limit("time", place.span(fact.call), ex.dotted_name(func) or tail_of(fact.call))
        elif tail_of(fact.call) == "result" and isinstance(func, ex.Attribute) and fact.call.args:
            if not _is_done(module, fact.block, func.value):
                yield Limit("time", place.span(fact.call), "result(…)")  # Of a future.
        elif tail_of(fact.call) in _WAITS and isinstance(func, ex.Attribute) and fact.call.start < span.start:
            limit = _limit(evaluator, place, func.value, place.span(fact.call))
            if limit is not None and not (is_own and fact.call.start < at.start):
                yield limit
    yield from _of_decorators(evaluator, module, module.scopes[scope])


_WITHS: Memo[int, list[Block]] = Memo()
_LIMITING: Memo[int, list[CallFact]] = Memo()


def _may_limit(call: ex.Call) -> bool:
    tail = tail_of(call)
    return tail in _TIME_LIMITS or tail in _WAITS or tail == "result"


def _is_done(module: ModuleIndex, block: int | None, future: ex.Expr) -> bool:
    """Whether a future is an item of `for future in as_completed(futures)` around a block: its result is there, and no time limit acts."""
    while block is not None:
        each = module.blocks[block]
        if each.kind in ("for", "comprehension") and isinstance(each.target, ex.Name) and isinstance(future, ex.Name):
            if each.target.id == future.id:
                head = each.head.args[0].value if isinstance(each.head, ex.Call) and _shows(each.head) else each.head
                return isinstance(head, ex.Call) and tail_of(head) == "as_completed"
        block = each.parent
    return False


def _shows(call: ex.Call) -> bool:
    """`tqdm(as_completed(futures))`"""
    return tail_of(call) in ("tqdm", "track") and bool(call.args)


def _of_decorators(evaluator: Evaluator, module: ModuleIndex, scope: Scope) -> Iterator[Limit]:
    for decorator in scope.decorators:
        place = evaluator.place(module, scope.parent or 0, 0, 0)
        for each in ex.walk(decorator):
            if isinstance(each, ex.Call) and any(argument.keyword in _OF_DECORATORS for argument in each.args):
                yield Limit("time", place.span(each), ex.dotted_name(each.func) or tail_of(each))
            elif ex.last_name(each) in _TIME_LIMITS and isinstance(each, (ex.Name, ex.Attribute)):
                yield Limit("time", place.span(each), ex.dotted_name(each) or "")


def is_time_limit(evaluator: Evaluator, place: Place, call: ex.Call) -> bool:
    """Whether a call limits how long something takes: `asyncio.wait_for(…)`, `timeout(60)`, `signal.alarm(60)`."""
    return tail_of(call) in _TIME_LIMITS and _limits_time(evaluator, place, call.func)


def _limits_time(evaluator: Evaluator, place: Place, func: ex.Expr) -> bool:
    names = {value.name for value in evaluator.evaluate(func, place) if isinstance(value, External)}
    return any(name.partition(".")[0] in _TIME_MODULES and name.rpartition(".")[2] in _TIME_LIMITS for name in names)


def _limit(evaluator: Evaluator, place: Place, head: ex.Expr, at: Span) -> Limit | None:
    """The limit that the head of a `with` statement, or what a method is called on, stands for."""
    name = ex.dotted_name(head) or ex.dotted_name(head.func if isinstance(head, ex.Call) else head) or ""
    if isinstance(head, ex.Call) and _limits_time(evaluator, place, head.func):
        return Limit("time", at, name)
    values = evaluator.evaluate(head, place)
    for value in sorted(values, key=_may_be_same):
        kind = _kind(value)
        if kind is not None and isinstance(value, Object):
            is_only = all(other is value or _may_be_same(other) for other in values)
            amount = _amount(evaluator, value) if is_only else None
            made = value.place.span(value.call) if is_only and value.call is not None and value.place is not None else None
            return Limit(kind, at, name, made, amount)
        if kind is not None:
            return Limit(kind, at, name)
    is_unknown = any(isinstance(value, (Unknown, External)) or _is_own(value) for value in values)
    last = name.rpartition(".")[2].lower()
    return Limit("unknown", at, name) if is_unknown and any(word in last for word in _WORDS) else None


def _may_be_same(other: Value) -> bool:
    """Whether a value says of no other construction: nothing is known of it, or its class alone, by an annotation."""
    return isinstance(other, Unknown) or (isinstance(other, Object) and other.call is None)


def _kind(value: Value) -> LimitKind | None:
    name = value.of if isinstance(value, Object) else value.name if isinstance(value, External) else None
    if not isinstance(name, str):
        return None
    name = name.removesuffix("()")
    last = name.rpartition(".")[2]
    kinds: dict[LimitKind, frozenset[str]] = {"semaphore": _SEMAPHORES, "lock": _LOCKS, "rate": _RATES}
    return next((kind for kind, names in kinds.items() if last in names), None)


def _is_own(value: Value) -> bool:
    """Whether it is an object of a class of the program."""
    return isinstance(value, Object) and isinstance(value.of, Class)


def _amount(evaluator: Evaluator, made: Object) -> Span | None:
    """The literal that says how many may pass, if nothing else can."""
    if made.call is None or made.place is None or len(made.call.args) != 1:
        return None
    values = evaluator.evaluate(made.call.args[0].value, made.place)
    if len(values) == 1 and isinstance(values[0], Literal) and isinstance(values[0].value, int):
        return values[0].at
    return None


def scope_around(module: ModuleIndex, at: Span) -> int:
    """The innermost function around a place."""
    return module.enclosing.function(at.start)
