"""Dicts into which a function puts the answers that it gets, each under a key of its own: `self.terms.update(found)`, `PEOPLE[name] = about`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from llmlint.link.names.effects import ADDS, SETS
from llmlint.link.names.index import ModuleIndex
from llmlint.link.names.keys import keys_in
from llmlint.link.program.memo import Memo
from llmlint.scan import expressions as ex

# Methods that look up one item.
_LOOKS_UP = frozenset({"get", "pop", "setdefault"})


def names_with(module: ModuleIndex, scope: int, source: ex.Expr) -> set[str]:
    """The names of a function that hold the answer of a call, or something made from it."""
    names: set[str] = set()
    for binding in module.bindings_by_scope.get(scope):
        if binding.value is not None and binding.kind != "augment" and holds(module, binding.value, source, names):
            names.add(binding.name)
    return names


def holds(module: ModuleIndex, value: ex.Expr, source: ex.Expr, names: set[str]) -> bool:
    """Whether an expression has a call in it, or one of the names that hold its answer."""
    may_have = value.start <= source.start and source.end <= value.end
    return (may_have and any(node is source for node in ex.walk(value))) or bool(names & keys_in(module, value))


_FILLINGS: Memo[int, tuple[tuple[tuple[ex.Expr, ...], frozenset[str]], ...]] = Memo()


def filled(module: ModuleIndex, scope: int, source: ex.Expr, names: set[str]) -> set[str]:
    """The dicts, by their names, that a function puts an answer into, itself or by another function of its object or file. `names` hold it."""
    found: set[str] = set()
    for parts, dicts in fillings(module, scope):
        if not dicts <= found and any(holds(module, each, source, names) for each in parts):
            found |= dicts
    return found


def fillings(module: ModuleIndex, scope: int) -> tuple[tuple[tuple[ex.Expr, ...], frozenset[str]], ...]:
    """Where a function puts something into dicts: what that is, and their names."""
    return _FILLINGS.get(module, scope, lambda: tuple(_find_fillings(module, scope)))


def _find_fillings(module: ModuleIndex, scope: int) -> Iterator[tuple[tuple[ex.Expr, ...], frozenset[str]]]:
    module.lower_scope(scope)
    for store in module.stores_by_scope.get(scope):
        target = store.target
        if isinstance(target, ex.Subscript) and not isinstance(target.index, ex.Constant):
            name = ex.dotted_name(target.value)
            if name is not None:
                yield (target.index, *(() if store.value is None else (store.value,))), frozenset({name})
    for fact in module.calls_by_scope.get(scope):
        func = fact.call.func
        if isinstance(func, ex.Attribute) and func.attr in SETS:
            dicts = frozenset(filter(None, (ex.dotted_name(func.value),)))
        else:
            dicts = frozenset(name for each in functions_called(module, scope, func) for name in _filled_by(module, each))
            dicts |= frozenset(_changed_by(module, scope, func))
        if dicts and fact.call.args:
            yield tuple(argument.value for argument in fact.call.args), dicts


def functions_called(module: ModuleIndex, scope: int, func: ex.Expr) -> Iterator[int]:
    """The method of the same object, or the function of the file, that is called."""
    if isinstance(func, ex.Name) and not module.bindings(scope, func.id):
        yield from (each.scope_id for each in module.bindings(0, func.id) if each.kind == "def" and each.scope_id is not None)
    elif isinstance(func, ex.Attribute) and isinstance(func.value, ex.Name):
        owner = module.method_of_self(scope, func.value.id)
        members = module.members[owner.id].get(func.attr, ()) if owner is not None else ()
        yield from (each.scope_id for each in members if each.kind == "def" and each.scope_id is not None)


def _filled_by(module: ModuleIndex, scope: int) -> Iterator[str]:
    """The dicts and lists outside of a function to which it adds something."""
    module.lower_scope(scope)
    targets = [each.target.value for each in module.stores_by_scope.get(scope) if isinstance(each.target, ex.Subscript)]
    for fact in module.calls_by_scope.get(scope):
        if isinstance(fact.call.func, ex.Attribute) and fact.call.func.attr in SETS | ADDS:
            targets.append(fact.call.func.value)
    for name in filter(None, map(ex.dotted_name, targets)):
        if name.startswith(("self.", "cls.")) or not (module.bindings(scope, name) or module.parameter(scope, name)):
            yield name


def _changed_by(module: ModuleIndex, scope: int, func: ex.Expr) -> Iterator[str]:
    """The attributes of another object that a method of it sets or fills: `notes.facts` by `notes.learn(text)`, of a class of the file."""
    owner = ex.dotted_name(func.value) if isinstance(func, ex.Attribute) else None
    if owner is None or module.method_of_self(scope, owner) is not None:
        return
    for method in _methods(module, ex.last_name(func)):
        found = {*_filled_by(module, method), *(ex.dotted_name(store.target) for store in module.stores_by_scope.get(method))}
        yield from (f"{owner}.{name.partition('.')[2]}" for name in found if name is not None and name.startswith("self."))


_METHODS: Memo[int, dict[str, list[int]]] = Memo()


def _methods(module: ModuleIndex, name: str | None) -> list[int]:
    """The methods of a name, of all classes of the file."""

    def find() -> dict[str, list[int]]:
        found: dict[str, list[int]] = {}
        for each in module.scopes:
            if each.kind == "function" and each.parent and module.scopes[each.parent].kind == "class":
                found.setdefault(each.name, []).append(each.id)
        return found

    return _METHODS.get(module, len(module.scopes), find).get(name or "", [])


def _has_by_method(module: ModuleIndex, func: ex.Attribute, dicts: Iterable[str]) -> Iterator[str]:
    """Those of some attributes of an object that a method of it has, or may have: `notes.facts` of `notes.render()`."""
    methods = _methods(module, func.attr)
    values = [leave.value for method in methods for leave in module.exits_by_scope.get(method) if leave.value is not None]
    values += [each.value for method in methods for each in module.bindings_by_scope.get(method) if each.value is not None]
    for name in dicts:
        if not methods or any(True for _ in has_whole(module, values, {f"self.{name.rpartition('.')[2]}"})):
            yield name


def has_whole(module: ModuleIndex, expressions: Iterable[ex.Expr], dicts: set[str]) -> Iterator[str]:
    """Those of some dicts that expressions have in them, other than to look up an item, or to see how long it is or whether it has a key."""
    pending = list(expressions)
    while pending:
        node = pending.pop()
        name = ex.dotted_name(node)
        if name is not None:
            yield from (each for each in dicts if each == name or (each.startswith(f"{name}.") and name not in ("self", "cls")))
        elif isinstance(node, ex.Call):
            pending += [argument.value for argument in node.args] if ex.dotted_name(node.func) != "len" else []
            if isinstance(node.func, ex.Attribute) and node.func.attr not in _LOOKS_UP:
                owner = f"{ex.dotted_name(node.func.value)}."
                of_owner = [each for each in dicts if each.startswith(owner) and owner not in ("self.", "cls.")]
                yield from _has_by_method(module, node.func, of_owner)
                pending += [node.func.value] if not of_owner else []
        elif isinstance(node, ex.Subscript):
            pending.append(node.index)
            if isinstance(node.index, ex.Other):  # A slice has more than one item.
                pending.append(node.value)
        elif isinstance(node, ex.Operation) and node.operator in ("in", "not in"):
            pending.append(node.operands[0])
        else:
            pending.extend(node.children())
