"""Where a function is called that something keeps to call it later: as an attribute, in a list or dict, by a registry's method or decorator.

`bot.set_callback(scan)`, `bot.on_search = scan`, `HANDLERS["search"] = scan`, `@registry.on("search")`. Call paths end at such a place, as nothing
says with which arguments the function is called. Who calls it is known all the same, where the program itself does.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from llmlint.link.calls.evaluator import Evaluator
from llmlint.link.calls.uses import Use, calls_of_items, is_inside, is_partial
from llmlint.link.names import effects
from llmlint.link.names.index import ModuleIndex
from llmlint.link.values import objects
from llmlint.link.values.binding import parameter_of
from llmlint.link.values.place import Place
from llmlint.link.values.values import Class, Function, Object, Value
from llmlint.scan import expressions as ex
from llmlint.scan.facts import Binding, CallFact, Scope

_DEEPEST = 3
_MOST_DEFINITIONS = 3
# Methods that put what they are passed into a list, set, dict or queue.
_ADDERS = effects.ADDS | effects.SETS | effects.PUTS


@dataclass(frozen=True, slots=True)
class _Keeper:
    """An attribute of objects of a class, or a name of a module, that keeps functions; in a list or dict if it `holds_many`."""

    module: ModuleIndex
    owner: int | None
    name: str
    holds_many: bool


def uses(evaluator: Evaluator, module: ModuleIndex, scope: int) -> list[Use]:
    """The places where a function is called, or passed on, by what keeps it."""
    keepers = dict.fromkeys(_keepers(evaluator, module, scope))
    return [use for keeper in keepers for use in _uses_of(evaluator, keeper)]


def _keepers(evaluator: Evaluator, module: ModuleIndex, scope: int) -> Iterator[_Keeper]:
    here = module.scopes[scope]
    place = Place(module, module.at_end_of(here.parent or 0))
    for decorator in here.decorators:
        yield from _of_decorator(evaluator, decorator, place)
    for use in evaluator.callers.uses(module, scope):
        if use.argument is not None:
            yield from _of_passed(evaluator, use.module, use.fact, use.argument, 0)
    owner = module.scopes[here.parent] if here.parent is not None else None
    others: list[ModuleIndex] = []
    if here.kind == "function" and owner is not None and owner.kind != "function":
        others = evaluator.program.modules_naming(here.name, module, owner.name if owner.kind == "class" else None)
    for candidate in (module, *others):
        if here.kind == "function":
            candidate.lower_mentions(here.name)
        for store in candidate.stores_keeping.get(here.name):
            there = evaluator.place(candidate, store.scope, store.block, store.order)
            if store.value is not None and _holds(evaluator, store.value, there, module, here):
                yield from _keeper(evaluator, store.target, there)
        for holder, display in candidate.displays_with(here.name):
            there = evaluator.place(candidate, holder.scope, holder.block, holder.order)
            if isinstance(holder, Binding) and _holds(evaluator, display, there, module, here):
                yield _Keeper(candidate, None, holder.name, True)


def _holds(evaluator: Evaluator, value: ex.Expr, place: Place, module: ModuleIndex, function: Scope, depth: int = 0) -> bool:
    """Whether a value is a function, a `partial` of it, or a list or dict with it."""
    if isinstance(value, (ex.Mapping, ex.Sequence)):
        items = [item for _, item in value.items] if isinstance(value, ex.Mapping) else value.items
        return depth < _DEEPEST and any(_holds(evaluator, item, place, module, function, depth + 1) for item in items)
    if isinstance(value, ex.Call):
        return bool(value.args) and is_partial(value) and _holds(evaluator, value.args[0].value, place, module, function, depth)
    if isinstance(value, ex.Lambda):
        return place.module is module and value.scope_id == function.id
    if ex.last_name(value) != function.name:
        return False
    found = evaluator.evaluate(value, place)
    return any(isinstance(each, Function) and each.module is module and each.scope == function.id for each in found)


def _of_decorator(evaluator: Evaluator, decorator: ex.Expr, place: Place) -> Iterator[_Keeper]:
    """What a decorator of the program keeps its function in: `@on("search")`, `@registry.register`."""
    func = decorator.func if isinstance(decorator, ex.Call) else decorator
    for value in evaluator.evaluate(func, place):
        if isinstance(value, Function):
            module = value.module
            module.lower_scope(value.scope)
            inside = [each for each in module.scopes if each.kind == "function" and is_inside(module, each.id, value.scope)]
            for each in inside:
                for parameter in each.parameters:
                    yield from _of_parameter(evaluator, module, each.id, parameter.name, 0)


def _of_passed(evaluator: Evaluator, module: ModuleIndex, fact: CallFact, index: int, depth: int) -> Iterator[_Keeper]:
    """What a function of the program that is passed another one keeps it in."""
    call, place = fact.call, evaluator.place(module, fact.scope, fact.block, fact.order)
    if is_partial(call):
        outer = module.outer_call.get(call)
        position = next((i for i, each in enumerate(outer.args) if each.value is call), None) if outer is not None else None
        if outer is not None and position is not None:
            yield from _of_passed(evaluator, module, module.fact_of_call[outer], position, depth)
        return
    for target in _targets(evaluator, call, place):
        name = parameter_of(target, call, index)
        if name is not None:
            yield from _of_parameter(evaluator, target.module, target.scope, name, depth)


def _targets(evaluator: Evaluator, call: ex.Call, place: Place) -> list[Function]:
    """The functions of the program that a call may lead to; where its object is not known, the few methods of that name."""
    found: list[Function] = []
    for value in evaluator.evaluate(call.func, place):
        of = value.of if isinstance(value, Object) else value
        constructor = objects.find_method(evaluator, of, "__init__") if isinstance(of, Class) and of is value else None
        found += [each for each in (value, constructor) if isinstance(each, Function)]
    if found or not isinstance(call.func, ex.Attribute):
        return found
    tail = call.func.attr
    for module in evaluator.program.modules_with(f"def {tail}(".encode(), place.module):
        for scope in module.scopes:
            if scope.name == tail and scope.parent and module.scopes[scope.parent].kind == "class":
                found.append(Function(module, scope.id, Object(Class(module, scope.parent), None, None)))
    return found if len(found) <= _MOST_DEFINITIONS else []


def _of_parameter(evaluator: Evaluator, module: ModuleIndex, scope: int, name: str, depth: int) -> Iterator[_Keeper]:
    """What a function keeps in what it is passed for a parameter."""
    module.lower_scope(scope)
    module.note_name(scope, name)
    for store in module.named_facts.stores:
        if is_inside(module, store.scope, scope) and store.value is not None and name in ex.names_in(store.value):
            yield from _keeper(evaluator, store.target, evaluator.place(module, store.scope, store.block, store.order))
    inside = [each for each in module.named_facts.bindings if is_inside(module, each.scope, scope)]
    names = {each.name for each in inside if each.kind == "global"}
    for binding in inside:
        if binding.name in names and binding.value is not None and name in ex.names_in(binding.value):
            yield _Keeper(module, None, binding.name, False)
    for fact, index in module.handed_by_tail.get(name):
        func = fact.call.func
        if not is_inside(module, fact.scope, scope) or not isinstance(fact.call.args[index].value, ex.Name):
            continue
        if isinstance(func, ex.Attribute) and func.attr in _ADDERS:
            place = evaluator.place(module, fact.scope, fact.block, fact.order)
            yield from _keeper(evaluator, func.value, place, holds_many=True)
        if depth < _DEEPEST:
            yield from _of_passed(evaluator, module, fact, index, depth + 1)


def _keeper(evaluator: Evaluator, target: ex.Expr, place: Place, holds_many: bool = False) -> Iterator[_Keeper]:
    """The attribute or name that a target is, or an item of: `self.on_search`, `self.handlers[name]`, `HANDLERS.setdefault(name, [])`."""
    while not isinstance(target, (ex.Attribute, ex.Name)):
        holds_many = True
        if isinstance(target, ex.Subscript):
            target = target.value
        elif isinstance(target, ex.Call) and isinstance(target.func, ex.Attribute):
            target = target.func.value
        else:
            return
    if isinstance(target, ex.Name):
        yield _Keeper(place.module, None, target.id, holds_many)
        return
    owners = [value for value in evaluator.evaluate(target.value, place) if isinstance(value, (Object, Class))]
    for of in dict.fromkeys(_class_of(value) for value in owners):
        if of is not None:
            yield _Keeper(of.module, of.scope, target.attr, holds_many)
    if not owners and "_" in target.attr:
        # Of an object that is not known: whatever class of the program has an attribute of that name.
        for module in evaluator.program.modules_with(f"self.{target.attr}".encode(), place.module):
            yield from (_Keeper(module, each.id, target.attr, holds_many) for each in module.scopes if each.kind == "class")


def _class_of(value: Value) -> Class | None:
    of = value.of if isinstance(value, Object) else value
    return of if isinstance(of, Class) else None


def _uses_of(evaluator: Evaluator, keeper: _Keeper) -> Iterator[Use]:
    owner = keeper.module.scopes[keeper.owner] if keeper.owner is not None else None
    others = evaluator.program.modules_naming(keeper.name, keeper.module, owner.name if owner is not None else None)
    for module in (keeper.module, *others):
        module.lower_mentions(keeper.name)
        for fact, expression, index in _calls(module, keeper):
            place = evaluator.place(module, fact.scope, fact.block, fact.order)
            if keeper.owner is None or _is_of(evaluator, expression, place, Class(keeper.module, keeper.owner)):
                yield Use(module, fact, index, False)


def _calls(module: ModuleIndex, keeper: _Keeper) -> Iterator[tuple[CallFact, ex.Expr, int | None]]:
    """The calls of what a keeper has, and of what it is passed to, with the expression that names the keeper."""
    if keeper.holds_many:
        yield from ((fact, table, None) for fact, table in calls_of_items(module) if ex.last_name(table) == keeper.name)
        return
    for fact in module.calls_by_tail.get(keeper.name):
        yield fact, fact.call.func, None
    for fact, index in module.handed_by_tail.get(keeper.name):
        yield fact, fact.call.args[index].value, index
    for binding in module.named_facts.bindings:
        if binding.value is not None and ex.last_name(binding.value) == keeper.name:
            for fact in module.calls_by_tail.get(binding.name):
                if fact.scope == binding.scope and isinstance(fact.call.func, ex.Name):
                    yield fact, binding.value, None


def _is_of(evaluator: Evaluator, expression: ex.Expr, place: Place, of: Class) -> bool:
    """Whether an attribute is one of objects of a class, or of related ones."""
    if not isinstance(expression, ex.Attribute):
        return False
    found = [_class_of(value) for value in evaluator.evaluate(expression.value, place)]
    return any(
        each is not None and (of in objects.ancestry(evaluator, each) or each in objects.ancestry(evaluator, of))
        for each in found
    )
