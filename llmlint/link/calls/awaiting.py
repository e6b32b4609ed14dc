"""How the statements around a call run it: its result is waited for on the spot, or it is collected and runs side by side with others."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple

from llmlint.link.calls.runners import COLLECTED_BY, CONCURRENT, PASSES_ON, tail_of
from llmlint.link.names import effects
from llmlint.link.names.index import ModuleIndex
from llmlint.link.names.keys import key_of, keys_in
from llmlint.link.program.memo import Memo
from llmlint.request_data import FanOutKind
from llmlint.scan import expressions as ex
from llmlint.scan.facts import Binding, Block, CallFact, Store

# What puts something in a list or set, of which something else takes it.
_ADDERS = effects.ADDS | effects.PUTS
# What gives the result of a future or process, once it is there.
_RESULTS = frozenset({"result", "get"})
_DEEPEST = 6


class AwaitedError(Exception):
    """The result of a call is waited for before the loop around it goes on."""


def runner_of(module: ModuleIndex, expression: ex.Expr, loop: Block | None = None) -> FanOutKind | None:
    """The kind of concurrent runner that a call (or method reference) is passed to: directly, by a name, or in a list or dict of such.

    None where nothing in sight runs it side by side with others, or where each iteration of `loop` waits for its result.
    """
    search = _Search(module, (loop.first, loop.last) if loop is not None else None)
    try:
        found = search.of(expression, None)
    except AwaitedError:
        return None
    if found is None and loop is not None and loop.kind == "comprehension":
        found = next(_consuming(module, loop), None)
    return found


def is_awaited_at_once(module: ModuleIndex, call: ex.Call) -> bool:
    """Whether what is run elsewhere is waited for right away, as for a time-out: `pool.submit(ask, row).result(timeout=9)`,
    `await asyncio.to_thread(ask, row)`."""
    fact = module.fact_of_call[call]
    around = next(iter(module.loops(fact.block)), module.blocks[module.scopes[fact.scope].block])
    try:
        _Search(module, (around.first, around.last)).of(call, None)
    except AwaitedError:
        return True
    return False


class _Search:
    """Follows what a call returns through the statements of its function. `bounds` are those between which waiting for it counts."""

    def __init__(self, module: ModuleIndex, bounds: tuple[int, int] | None) -> None:
        self._module = module
        self._bounds = bounds
        self._depth = 0

    def of(self, expression: ex.Expr, runner: FanOutKind | None) -> FanOutKind | None:
        """What runs a call that something has been done with already; `AwaitedError` is raised where it is waited for."""
        module, current = self._module, expression
        while True:
            if isinstance(current, ex.Call):
                self._check(current)
            outer = module.outer_call.get(current)
            if outer is None:
                return self._held(current, runner)
            tail = tail_of(outer)
            if tail in CONCURRENT or collects(outer):
                runner = runner or CONCURRENT.get(tail, "gather")
            elif tail in _ADDERS and isinstance(outer.func, ex.Attribute):
                return self._collected(outer.func.value, module.fact_of_call[outer], runner)
            elif tail not in PASSES_ON:
                self._check(outer)
                return runner
            current = outer

    def _check(self, call: ex.Call) -> None:
        """Raise where the result of a call is waited for within the bounds."""
        fact = self._module.fact_of_call[call]
        if self._is_within(fact.order) and (fact.is_awaited or self._gives_result(call, fact.scope)):
            raise AwaitedError

    def _gives_result(self, call: ex.Call, scope: int) -> bool:
        """Whether the result of what a call has started is read from it directly: `pool.submit(ask, row).result()`."""
        return call in _GIVING.get(self._module, scope, lambda: _find_giving(self._module, scope))

    def _is_within(self, order: int) -> bool:
        return self._bounds is not None and self._bounds[0] <= order <= self._bounds[1]

    def _held(self, expression: ex.Expr, runner: FanOutKind | None) -> FanOutKind | None:
        """What runs the value of a call that a name, an item or a display holds."""
        holder = self._module.holders.get(expression)
        if not isinstance(holder, (Binding, Store)):
            return runner
        if isinstance(holder, Binding) and holder.value is expression and not holder.operator:
            return self._of_name(holder, runner)
        target = holder.target if isinstance(holder, Store) else ex.Name(holder.start, holder.end, holder.name)
        return self._collected(target, holder, runner)

    def _of_name(self, binding: Binding, runner: FanOutKind | None) -> FanOutKind | None:
        """What runs the value of a name, of all that is done with it behind its binding."""
        self._depth += 1
        if self._depth > _DEEPEST:
            return runner
        module, found = self._module, runner
        later = module.block_path(binding.block)
        end = next((block.last for block in later if block.kind in ("for", "while", "scope")), binding.order)
        mentions = _MENTIONS.get(module, binding.scope, lambda: _find_mentions(module, binding.scope)).get(binding.name)
        for fact in mentions.calls if mentions is not None else ():
            if not binding.order < fact.order < end:
                continue
            func = fact.call.func
            if isinstance(func, ex.Attribute) and func.attr in _RESULTS and _is_name(func.value, binding.name):
                if self._is_within(fact.order):
                    raise AwaitedError
            for argument in fact.call.args:
                node = self._mention(argument.value, binding.name, fact.order)
                if node is not None and module.outer_call.get(node) is fact.call:
                    found = self.of(node, found)
        for holder in mentions.holders if mentions is not None else ():
            if binding.order < holder.order < end and holder.value is not None:
                node = self._mention(holder.value, binding.name, holder.order)
                if node is not None and module.outer_call.get(node) is None:
                    found = self._taken(holder, node, found)
        return found

    def _taken(self, holder: Binding | Store, node: ex.Expr, runner: FanOutKind | None) -> FanOutKind | None:
        """What runs a value that a name, an item or a display holds by another name."""
        if isinstance(holder, Store):
            return self._collected(holder.target, holder, runner)
        if holder.value is node and not holder.operator:
            return self._of_name(holder, runner)
        return self._collected(ex.Name(holder.start, holder.end, holder.name), holder, runner)

    def _mention(self, expression: ex.Expr, name: str, order: int) -> ex.Expr | None:
        """Where an expression passes the value of a name on; `AwaitedError` is raised where it waits for it."""
        pending = [expression]
        while pending:
            node = pending.pop()
            if isinstance(node, ex.Await) and _is_name(node.value, name):
                if self._is_within(order):
                    raise AwaitedError
                return None
            if _is_name(node, name):
                return node
            if isinstance(node, (ex.Sequence, ex.Mapping, ex.Starred, ex.Await)):
                pending.extend(node.children())
        return None

    def _collected(self, target: ex.Expr, adding: CallFact | Binding | Store, runner: FanOutKind | None) -> FanOutKind | None:
        """What runs the values of a list, set or dict that something has been added to."""
        key = key_of(target)
        if key is None:
            return runner
        module = self._module
        is_new = self._bounds is not None and any(
            each.kind == "assign" and self._bounds[0] < each.order < adding.order for each in module.bindings(adding.scope, key)
        )
        for fact in module.calls_by_scope.get(adding.scope):
            if (
                fact.order > adding.order
                and collects(fact.call)
                and any(key in keys_in(module, each.value) for each in fact.call.args)
            ):
                if is_new and self._is_within(fact.order):
                    # Each iteration begins a list of its own, and waits for it.
                    raise AwaitedError
                return runner or CONCURRENT.get(tail_of(fact.call), "gather")
        return runner


_GIVING: Memo[int, frozenset[ex.Expr]] = Memo()


def _find_giving(module: ModuleIndex, scope: int) -> frozenset[ex.Expr]:
    """What a function calls a method on that gives a result."""
    methods = (fact.call.func for fact in module.calls_by_scope.get(scope))
    return frozenset(func.value for func in methods if isinstance(func, ex.Attribute) and func.attr in _RESULTS)


class _Mentions(NamedTuple):
    """The calls of a function that a name is passed to, or on which a method is called, and what holds its value."""

    calls: list[CallFact]
    holders: list[Binding | Store]


_MENTIONS: Memo[int, dict[str, _Mentions]] = Memo()


def _find_mentions(module: ModuleIndex, scope: int) -> dict[str, _Mentions]:
    found: dict[str, _Mentions] = defaultdict(lambda: _Mentions([], []))
    for fact in module.calls_by_scope.get(scope):
        owner = [fact.call.func.value] if isinstance(fact.call.func, ex.Attribute) else []
        for name in _passed_on([*owner, *(argument.value for argument in fact.call.args)]):
            found[name].calls.append(fact)
    for holder in (*module.bindings_by_scope.get(scope), *module.stores_by_scope.get(scope)):
        for name in _passed_on([holder.value] if holder.value is not None else []):
            found[name].holders.append(holder)
    return dict(found)


def _passed_on(pending: list[ex.Expr]) -> set[str]:
    """The names whose values some expressions pass on, or wait for."""
    names = set()
    while pending:
        node = pending.pop()
        if isinstance(node, ex.Name):
            names.add(node.id)
        elif isinstance(node, (ex.Sequence, ex.Mapping, ex.Starred, ex.Await)):
            pending.extend(node.children())
    return names


def collects(call: ex.Call) -> bool:
    """Whether a call runs or awaits all of some coroutines or futures: `asyncio.gather`, `tqdm.as_completed`, `gather_with_limit`."""
    tail = tail_of(call)
    return tail in COLLECTED_BY or "gather" in tail


def _consuming(module: ModuleIndex, loop: Block) -> Iterator[FanOutKind]:
    """What a comprehension of things made of coroutines is passed to, directly or by the name that it is bound to."""
    for fact in module.calls_by_scope.get(loop.scope):
        if collects(fact.call) and any(_holds(argument.value, loop) for argument in fact.call.args):
            yield CONCURRENT.get(tail_of(fact.call), "gather")
    for binding in module.bindings_by_scope.get(loop.scope):
        if binding.value is not None and binding.kind == "assign" and _holds(binding.value, loop):
            for fact in module.calls_taking.get((binding.scope, binding.name)):
                if collects(fact.call) and fact.order > binding.order:
                    yield CONCURRENT.get(tail_of(fact.call), "gather")


def _holds(expression: ex.Expr, loop: Block) -> bool:
    return (
        expression.start <= loop.start
        and loop.end <= expression.end
        and any(isinstance(node, ex.Comprehension) and node.start == loop.start for node in ex.walk(expression))
    )


def _is_name(expression: ex.Expr, name: str) -> bool:
    return isinstance(expression, ex.Name) and expression.id == name
