"""Where a function is used: the call, or the place where it is passed on, and where things made of it are used in its stead."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from llmlint.link.calls import runners
from llmlint.link.names.index import ModuleIndex
from llmlint.link.names.keys import key_of
from llmlint.link.names.tables import Gathered
from llmlint.link.program.memo import Memo
from llmlint.scan import expressions as ex
from llmlint.scan.facts import Binding, CallFact

# Calls by the name that is called, and under None those of an item of something; and the names that are bound to items of something.
_CALLED: Memo[None, Gathered[dict[str | None, list[CallFact]]]] = Memo()
_TAKEN: Memo[None, Gathered[set[str]]] = Memo()


@dataclass(frozen=True, slots=True)
class Use:
    """A place where a function is used. `argument` is the index of the argument that hands it over, or None where it is called.

    `is_certain` is false where only the method's name says so. `bound` are arguments that a `partial` has given already.
    """

    module: ModuleIndex
    fact: CallFact
    argument: int | None
    is_certain: bool
    bound: tuple[ex.Argument, ...] = ()

    @property
    def function(self) -> ex.Expr:
        """The expression that names the function."""
        return self.fact.call.func if self.argument is None else self.fact.call.args[self.argument].value

    @property
    def given(self) -> tuple[ex.Argument, ...]:
        """What the function is given: behind a runner that it is passed to mostly its arguments (`submit(f, x)`, `to_thread(f, x)`)."""
        call = self.fact.call
        if self.argument is not None and runners.tail_of(call) in runners.TAKE_TUPLES:
            return (*self.bound, *_packed(call, self.argument))
        return (*self.bound, *call.args[0 if self.argument is None else self.argument + 1 :])


def _packed(call: ex.Call, argument: int) -> Iterator[ex.Argument]:
    """What is passed in a tuple and a dict: `Thread(target=ask, args=(row,), kwargs={…})`, `pool.apply_async(ask, (row,))`."""
    rest = [each for each in call.args if each.keyword is None][1:] if call.args[argument].keyword is None else []
    packed = call.value("args") or (rest[0].value if rest else None)
    if isinstance(packed, ex.Sequence):
        yield from (
            ex.Argument(item.start, item.end, item, None, "") for item in packed.items if not isinstance(item, ex.Starred)
        )
    elif packed is not None:
        yield ex.Argument(packed.start, packed.end, packed, None, "*")
    named = call.value("kwargs") or call.value("kwds") or (rest[1].value if len(rest) > 1 else None)
    if named is not None:
        yield ex.Argument(named.start, named.end, named, None, "**")


def is_partial(call: ex.Call) -> bool:
    return runners.tail_of(call) in ("partial", "partialmethod")


def is_inside(module: ModuleIndex, scope: int, outer: int) -> bool:
    """Whether a scope is another one, or stands in it."""
    current: int | None = scope
    while current is not None and current != outer:
        current = module.scopes[current].parent
    return current == outer


def uses_of_partial(use: Use) -> list[Use]:
    """Where what `partial(f, …)` returns is called or passed on, if that is what a use is; empty where it stands in no such place."""
    module, call = use.module, use.fact.call
    if use.argument is None or not is_partial(call):
        return []
    found: list[Use] = []
    outer = module.outer_call.get(call)
    if outer is not None:
        index = next((i for i, argument in enumerate(outer.args) if argument.value is call), None)
        if index is not None and runners.maps(outer, index):
            found.append(Use(module, module.fact_of_call[outer], index, use.is_certain, use.given))
    for name in bound_names(module, call):
        for fact in module.calls_by_tail.get(name):
            found.append(Use(module, fact, None, use.is_certain, use.given))
        for fact, index in module.handed_by_tail.get(name):
            found.append(Use(module, fact, index, use.is_certain, use.given))
    return found


def bound_names(module: ModuleIndex, call: ex.Call) -> Iterator[str]:
    """The names and attributes that a call's result is bound to as it is."""
    for binding in module.named_facts.bindings:
        if binding.value is call:
            yield binding.name
    for store in module.named_facts.stores:
        if store.value is call and isinstance(store.target, ex.Attribute):
            yield store.target.attr


def calls_of_result(module: ModuleIndex, call: ex.Call, is_certain: bool) -> Iterator[Use]:
    """Where what a call returns is called or passed on: by the names that it is bound to, or on the spot."""
    for fact in module.named_facts.calls:
        if fact.call.func is call:
            yield Use(module, fact, None, is_certain)
    for name in bound_names(module, call):
        for fact in module.calls_by_tail.get(name):
            yield Use(module, fact, None, is_certain)
        for fact, index in module.handed_by_tail.get(name):
            yield Use(module, fact, index, is_certain)
    outer = module.outer_call.get(call)
    for place, argument in enumerate(outer.args if outer is not None else ()):
        if outer is not None and argument.value is call:
            yield Use(module, module.fact_of_call[outer], place, is_certain)


def calls_in_tables(module: ModuleIndex, name: str) -> Iterator[Use]:
    """Calls of what is taken out of a dict or list that holds a function: `HANDLERS[kind](x)`, `for step in STEPS: step(x)`."""
    tables = set()
    for holder, value in module.displays_with(name):
        key = holder.name if isinstance(holder, Binding) else key_of(holder.target)
        if key is not None and _lists(value, name):
            tables.add(key)
    for table in tables:
        module.lower_mentions(table.rpartition(".")[2])
    if tables:
        yield from (Use(module, fact, None, True) for fact, table in calls_of_items(module) if key_of(table) in tables)


def calls_of_items(module: ModuleIndex) -> Iterator[tuple[CallFact, ex.Expr]]:
    """Calls of what is taken out of a dict or list, with the expression that names that."""
    module.note_flows()
    called = _CALLED.get(
        module, None, lambda: Gathered(dict[str | None, list[CallFact]](), _add_called, module.facts.calls)
    ).get()
    bound = _TAKEN.get(module, None, lambda: Gathered(set[str](), _add_taken, module.facts.bindings)).get()
    facts = [*called.get(None, ()), *(fact for name in bound & called.keys() for fact in called[name])]
    for fact in sorted(facts, key=lambda fact: fact.order):
        func = fact.call.func
        if isinstance(func, ex.Name):
            bindings = module.bindings(fact.scope, func.id)
            taken = (_taken_from(each.value, each.kind) for each in bindings if each.value is not None)
            for table in dict.fromkeys(each for each in taken if each is not None):
                yield fact, table
        elif (found := _taken_from(func, "assign")) is not None:
            yield fact, found


def _add_called(table: dict[str | None, list[CallFact]], fact: CallFact) -> None:
    func = fact.call.func
    if isinstance(func, ex.Name):
        table.setdefault(func.id, []).append(fact)
    elif _taken_from(func, "assign") is not None:
        table.setdefault(None, []).append(fact)


def _add_taken(names: set[str], binding: Binding) -> None:
    if binding.value is not None and _taken_from(binding.value, binding.kind) is not None:
        names.add(binding.name)


def _lists(value: ex.Mapping | ex.Sequence, name: str) -> bool:
    """Whether a dict or list display has a function as one of its items, or in a tuple that is one."""
    items = [item for _, item in value.items] if isinstance(value, ex.Mapping) else value.items
    return any(ex.last_name(item) == name or (isinstance(item, ex.Sequence) and _lists(item, name)) for item in items)


def _taken_from(expression: ex.Expr, kind: str) -> ex.Expr | None:
    """The dict or list that an expression takes an item of."""
    if isinstance(expression, ex.Subscript):
        return expression.value
    if isinstance(expression, ex.Call) and isinstance(expression.func, ex.Attribute):
        is_view = kind == "for" and expression.func.attr in ("items", "values")
        return expression.func.value if is_view or expression.func.attr == "get" else None
    return expression if kind == "for" and isinstance(expression, (ex.Name, ex.Attribute)) else None
