"""What happens to a dict or list between the statement that binds it and its use: items set, methods called, loops that fill it."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from llmlint.link.names.effects import CHANGES, LEAVES, is_surely_harmless
from llmlint.link.names.index import LOOPS, ModuleIndex
from llmlint.link.program.memo import Memo
from llmlint.link.values import alternatives, choice_rate, containers, unrolling
from llmlint.link.values.values import MOST_ITEMS, Entry, Items, Literal, Record, Unknown, Value, unique
from llmlint.scan import expressions as ex
from llmlint.scan.facts import Binding, Block, CallFact, Store

if TYPE_CHECKING:
    from llmlint.link.values.evaluation import Evaluation
    from llmlint.link.values.place import Place


def with_changes(evaluator: Evaluation, value: Value, binding: Binding, place: Place) -> Value:
    """The value after the stores and method calls that lie between its binding and the use."""
    if isinstance(value, Unknown) and is_filled_by_key(place.module, binding):
        # A dict that a function out of sight has begun: `params = defaults(); params.update({…})`.
        value = Record({}, value.at, is_open=True)
    if not isinstance(value, (Record, Items)):
        return value
    module, name, scope = place.module, binding.name, binding.scope
    limit = place.point.order if place.point.scope == scope else module.blocks[module.scopes[scope].block].last
    loops = [loop for loop in module.loops(place.point.block) if not module.is_inside(binding.block, loop.id)]
    if loops:
        limit = max(limit, max(loop.last for loop in loops))
    changes: list[tuple[int, Store | CallFact]] = [
        (store.order, store) for store in module.stores_by_root.get((scope, name)) if binding.order < store.order < limit
    ]
    changes += [
        (fact.order, fact)
        for fact in module.calls_by_root.get((scope, name))
        if binding.order < fact.order < limit
        and isinstance(fact.call.func, ex.Attribute)
        and (isinstance(fact.call.func.value, ex.Name) or fact.call.func.attr in CHANGES)
    ]
    ordered = [change for _, change in sorted(changes, key=lambda pair: pair[0])]
    at = 0
    while at < len(ordered):
        # The changes of one statement lie side by side.
        first = at
        at += 1
        branches = _branches(module, binding, ordered[first], place)
        if branches:
            while at < len(ordered) and any(module.is_inside(ordered[at].block, branch.id) for branch in branches):
                at += 1
            value = _in_branches(evaluator, value, ordered[first:at], branches, place)
            continue
        loop = _filling_loop(module, binding, ordered[first], place)
        while loop is not None and at < len(ordered) and loop.first < ordered[at].order < loop.last:
            at += 1
        group = ordered[first:at]
        value = _filled(evaluator, value, group, loop, place) or _changed(evaluator, value, group, binding, place)
    escapes = any(
        binding.order < fact.order < limit and not evaluator.is_harmless(fact, name, place)
        for fact in _TAKING.get(module, (scope, name), partial(_taking, module, scope, name))
    )
    return dataclasses.replace(value, has_escaped=True) if escapes else value


_TAKING: Memo[tuple[int, str], list[CallFact]] = Memo()


def _taking(module: ModuleIndex, scope: int, name: str) -> list[CallFact]:
    """The calls that may change what they are handed by a name."""
    return [fact for fact in module.calls_taking.get((scope, name)) if not is_surely_harmless(fact.call)]


def is_filled_by_key(module: ModuleIndex, binding: Binding) -> bool:
    """Whether what a name is bound to is surely a dict: it is given the result of a call, then updated by string keys."""
    if not isinstance(binding.value, (ex.Call, ex.Await)) or binding.path:
        return False
    for fact in module.calls_by_root.get((binding.scope, binding.name)):
        func = fact.call.func
        if isinstance(func, ex.Attribute) and func.attr == "update" and isinstance(func.value, ex.Name) and fact.call.args:
            if isinstance(fact.call.args[0].value, ex.Mapping):
                return True
    for store in module.stores_by_root.get((binding.scope, binding.name)):
        target = store.target
        if isinstance(target, ex.Subscript) and isinstance(target.value, ex.Name) and isinstance(target.index, ex.Constant):
            if isinstance(target.index.value, str):
                return True
    return False


def _branches(module: ModuleIndex, binding: Binding, change: Store | CallFact, place: Place) -> list[Block]:
    """The branches of an `if` statement with an `else` around a change, between the binding and the use; none where it stands in no such."""
    bound_in = {block.id for block in module.block_path(binding.block)}
    around = [block for block in module.conditions(change.block) if block.id not in bound_in]
    if not around or around[0].kind not in ("if", "else"):
        return []
    branches = module.branches[around[0].group]
    is_passed = max(block.last for block in branches) < place.point.order
    is_whole = is_passed and any(block.kind == "else" for block in branches)
    return branches if is_whole and not any(module.is_inside(place.point.block, block.id) for block in branches) else []


def _in_branches(
    evaluator: Evaluation, value: Record | Items, group: Sequence[Store | CallFact], branches: Sequence[Block], place: Place
) -> Record | Items:
    """What the branches of a statement make of a value, of which exactly one runs."""
    module = place.module
    results: list[Record | Items] = []
    for branch in branches:
        if any(leave.kind in LEAVES or leave.kind in ("continue", "break") for leave in module.exits_by_block.get(branch.id)):
            continue  # The use is not reached from there.
        changed = value
        for change in group:
            if module.is_inside(change.block, branch.id):
                inner = [block for block in module.conditions(change.block) if module.is_inside(block.parent or 0, branch.id)]
                there = place.at(change.scope, change.block, change.order)
                repeats = any(block.kind in LOOPS for block in inner)
                changed = _applied(evaluator, changed, change, there, not inner, repeats)
        results.append(changed)
    chosen = choice_rate.of_blocks(evaluator, module, branches, place.frame)
    return alternatives.merged(results, chosen) if results else value


def _filling_loop(module: ModuleIndex, binding: Binding, change: Store | CallFact, place: Place) -> Block | None:
    """The `for` loop around a change, where no other loop stands between the change and the binding, and it lies before the use."""
    bound_in = {block.id for block in module.block_path(binding.block)}
    around = [block for block in module.conditions(change.block) if block.id not in bound_in]
    is_one = around and around[0].kind == "for" and not any(block.kind in LOOPS for block in around[1:])
    is_behind = is_one and around[0].last < place.point.order and not module.is_inside(place.point.block, around[0].id)
    return around[0] if is_behind else None


def _filled(
    evaluator: Evaluation, value: Record | Items, group: Sequence[Store | CallFact], loop: Block | None, place: Place
) -> Record | Items | None:
    """The value after a loop over items that the source tells; None where it does not tell what each iteration does."""
    found = unrolling.perhaps_unrolled(evaluator, loop, group, place) if loop is not None else None
    if found is None:
        return None
    runs, is_open = found
    for change, there, is_certain in runs:
        value = _applied(evaluator, value, change, there, is_certain, False)
    return dataclasses.replace(value, is_open=True, further=()) if is_open else value


def _changed(
    evaluator: Evaluation, value: Record | Items, group: Sequence[Store | CallFact], binding: Binding, place: Place
) -> Record | Items:
    module = place.module
    outer = {block.id for block in module.block_path(place.point.block)}
    bound_in = {block.id for block in module.block_path(binding.block)}
    for change in group:
        conditions = [block for block in module.conditions(change.block) if block.id not in bound_in]
        is_certain = all(block.id in outer for block in conditions) and change.order < place.point.order
        repeats = any(block.kind in ("for", "while", "comprehension") for block in conditions)
        there = place.at(change.scope, change.block, change.order)
        value = _applied(evaluator, value, change, there, is_certain, repeats)
    return value


def _applied(
    evaluator: Evaluation, value: Record | Items, change: Store | CallFact, there: Place, is_certain: bool, repeats: bool
) -> Record | Items:
    # Each change makes a copy of the dict or list.
    if len(value.entries if isinstance(value, Record) else value.items) > MOST_ITEMS:
        return dataclasses.replace(value, has_escaped=True)
    if isinstance(change, Store):
        return _stored(evaluator, value, change, there, is_certain)
    return _called_inside(evaluator, value, change.call, there, is_certain, repeats)


def _stored(evaluator: Evaluation, value: Record | Items, store: Store, there: Place, is_certain: bool) -> Record | Items:
    target = store.target
    if not isinstance(target, ex.Subscript) or not isinstance(target.value, ex.Name):
        # Something inside one of its items changes: `params["system"][0]["cache_control"] = …`.
        return _stored_inside(evaluator, value, store, there)
    if isinstance(value, Items) or store.value is None or store.operator:
        return dataclasses.replace(value, has_escaped=True)
    key = containers.key_of(evaluator, target.index, there)
    if key is None:
        further = (*value.further, *evaluator.evaluate(store.value, there)) if not value.is_open or value.further else ()
        return dataclasses.replace(value, is_open=True, further=unique(further))
    return containers.with_entry(evaluator, value, key, store.value, there, is_certain)


def _stored_inside(evaluator: Evaluation, value: Record | Items, store: Store, there: Place) -> Record | Items:
    target: ex.Expr = store.target
    while isinstance(target, (ex.Subscript, ex.Attribute)) and not isinstance(target.value, ex.Name):
        target = target.value
    if isinstance(value, Record) and isinstance(target, ex.Subscript):
        key = containers.key_of(evaluator, target.index, there)
        entry = value.entries.get(key or "")
        if key is not None and entry is not None:
            changed = Entry(lambda: tuple(map(_escaped, entry.values)), entry.is_certain, entry.at)
            return dataclasses.replace(value, entries={**value.entries, key: changed})
    return dataclasses.replace(value, has_escaped=True)


def _escaped(value: Value) -> Value:
    return dataclasses.replace(value, has_escaped=True) if isinstance(value, (Record, Items)) else value


def _called_inside(
    evaluator: Evaluation, value: Record | Items, call: ex.Call, there: Place, is_certain: bool, repeats: bool
) -> Record | Items:
    """A method of the value itself, or of something inside it: `message["content"].append(…)`."""
    path: list[ex.Expr] = []
    target = call.func.value if isinstance(call.func, ex.Attribute) else call.func
    while isinstance(target, ex.Subscript):
        path.insert(0, target.index)
        target = target.value
    if not isinstance(target, ex.Name):
        return value

    def changed(inner: Value, steps: Sequence[ex.Expr]) -> Value:
        if not isinstance(inner, (Record, Items)):
            return inner
        if not steps:
            return _called(evaluator, inner, call, there, is_certain, repeats)
        key = containers.key_of(evaluator, steps[0], there)
        if isinstance(inner, Record) and key in inner.entries:
            entry = inner.entries[key]
            later = Entry(lambda: tuple(changed(each, steps[1:]) for each in entry.values), entry.is_certain, entry.at)
            return dataclasses.replace(inner, entries={**inner.entries, key: later})
        index = next((each.value for each in evaluator.evaluate(steps[0], there) if isinstance(each, Literal)), None)
        if isinstance(inner, Items) and isinstance(index, int) and -len(inner.items) <= index < len(inner.items):
            items = list(inner.items)
            items[index] = tuple(changed(each, steps[1:]) for each in items[index])
            return dataclasses.replace(inner, items=tuple(items))
        return dataclasses.replace(inner, has_escaped=True)

    result = changed(value, path)
    assert isinstance(result, (Record, Items))
    return result


def _called(
    evaluator: Evaluation, value: Record | Items, call: ex.Call, there: Place, is_certain: bool, repeats: bool
) -> Record | Items:
    assert isinstance(call.func, ex.Attribute)
    method = call.func.attr
    if isinstance(value, Record):
        if method == "update":
            return _updated(evaluator, value, call, there, is_certain)
        if method == "setdefault" and len(call.args) == 2:
            key = containers.key_of(evaluator, call.args[0].value, there)
            if key is not None and key not in value.entries:
                return containers.with_entry(evaluator, value, key, call.args[1].value, there, is_certain)
        elif method == "pop" and call.args:
            key = containers.key_of(evaluator, call.args[0].value, there)
            return dataclasses.replace(value, entries={k: e for k, e in value.entries.items() if k != key or not is_certain})
        return value
    if method == "append" and len(call.args) == 1 and (not value.is_open or value.further):
        added = evaluator.evaluate(call.args[0].value, there)
        if is_certain and not repeats and not value.is_open:
            return dataclasses.replace(value, items=(*value.items, added))
        return dataclasses.replace(value, is_open=True, further=unique((*value.further, *added)))
    if method == "extend" and len(call.args) == 1 and not value.is_open:
        added = evaluator.evaluate(call.args[0].value, there)
        if is_certain and not repeats and len(added) == 1 and isinstance(added[0], Items):
            return dataclasses.replace(
                value, items=value.items + added[0].items, is_open=added[0].is_open, further=added[0].further
            )
        return dataclasses.replace(value, is_open=True)
    if method in ("append", "extend"):
        return dataclasses.replace(value, is_open=True, further=())
    if method in ("insert", "pop", "remove", "clear", "sort", "reverse"):
        return dataclasses.replace(value, has_escaped=True)
    return value


def _updated(evaluator: Evaluation, value: Record, call: ex.Call, there: Place, is_certain: bool) -> Record:
    for argument in call.args:
        if argument.keyword is not None:
            value = containers.with_entry(evaluator, value, argument.keyword, argument.value, there, is_certain)
            continue
        given = evaluator.evaluate(argument.value, there)
        if not is_certain:
            given = tuple(map(_uncertain, given))
        value = containers.merge(evaluator, value, given, there.span(argument.value))
    return value


def _uncertain(value: Value) -> Value:
    if not isinstance(value, Record):
        return value
    return dataclasses.replace(value, entries={key: each.made(is_certain=False) for key, each in value.entries.items()})
