"""Dicts that other functions fill: `self.variables["script"] = answer`, `CACHE[key] = text`, `self.context.update(…)`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from llmlint.link.names.index import ModuleIndex, Point
from llmlint.link.program.memo import Memo
from llmlint.link.values.stability import CONSTRUCTORS, stability_at
from llmlint.link.values.values import Class, Function, Object, Record, Stability, Text, Value, with_choice
from llmlint.scan import expressions as ex
from llmlint.scan.facts import CallFact, Store

if TYPE_CHECKING:
    from llmlint.link.values.evaluation import Evaluation
    from llmlint.link.values.place import Place

_FILLS = frozenset({"update", "setdefault", "set"})
_STATE = "state"


def how_often(base: Record, holder: ex.Expr, keys: Sequence[Value], place: Place) -> Stability | None:
    """How often an item of a dict changes that other functions of its file, or of the file that reads it, store; None where none does. The
    dict is what an attribute holds, or a name from outside the function; a key that is not known may be any."""
    if not isinstance(holder, (ex.Name, ex.Attribute)):
        return None
    module = place.module
    if isinstance(holder, ex.Name):
        is_from_outside = not module.has_own_name(place.point.scope, holder.id) and base.at.path == module.path
        return _of(module, holder, keys, place) if is_from_outside else None
    return _of(module, holder, keys, place)


def stored_in(taken: ex.Expr, place: Place) -> Iterator[tuple[ex.Expr, Place]]:
    """What functions of the file store in the dict that an expression takes an item of, `self._models[name]` or `self._models.get(name)`, or in
    the state of an application, `request.app.state.chain`, with the places of that."""
    if isinstance(taken, ex.Attribute):
        yield from _stored_in_state(taken, place)
        return
    holder, index = (taken.value, taken.index) if isinstance(taken, ex.Subscript) else (None, None)
    if isinstance(taken, ex.Call) and isinstance(taken.func, ex.Attribute) and taken.func.attr in ("get", "setdefault"):
        holder, index = taken.func.value, taken.args[0].value if taken.args else None
    if not isinstance(holder, (ex.Name, ex.Attribute)):
        return
    module, is_attribute = place.module, isinstance(holder, ex.Attribute)
    name = holder.attr if isinstance(holder, ex.Attribute) else holder.id
    for fact, key, value in _fillings(module, name, is_attribute):
        is_other = isinstance(index, ex.Constant) and isinstance(key, ex.Constant) and index.value != key.value
        if value is not None and not is_other:
            yield value, place.at(fact.scope, fact.block, fact.order)
    outside = _imported_name(module, holder)
    if outside is not None and isinstance(index, ex.Constant) and isinstance(index.value, str):
        yield from stored_outside(f"{outside}.{index.value}", place)


def objects_in(evaluator: Evaluation, taken: ex.Expr, place: Place) -> Iterator[Value]:
    """Those classes, functions and objects of the program that functions of the file store in the dict that an expression takes an item of:
    a registry, `READERS[name] = reader`, or clients made once, `_made[name] = Reader()`."""
    for value, there in stored_in(taken, place):
        if _may_be_dispatched(value, there):
            found = evaluator.evaluate(value, there)
            parameters = there.module.scopes[there.point.scope].parameters
            if isinstance(value, ex.Name) and [each.name for each in parameters] == [value.id]:
                found = (*found, *evaluator.decorated_by(there.module, there.point.scope))
            yield from (with_choice(each, Stability.VARYING) for each in found if is_dispatched(each))


def _may_be_dispatched(value: ex.Expr, there: Place) -> bool:
    """Whether a value may be a class, a construction of one, or a parameter or name for such; most dicts are filled with other things."""
    if isinstance(value, ex.Name) and there.module.parameter(there.point.scope, value.id) is None:
        bound = [each.value for each in there.module.reaching(value.id, there.point) if each.kind == "assign"]
        return value.id[:1].isupper() or any(isinstance(each, ex.Call) and _makes_object(each) for each in bound)
    return isinstance(value, ex.Name) or (isinstance(value, ex.Call) and _makes_object(value))


def _makes_object(call: ex.Call) -> bool:
    return (ex.last_name(call.func) or "")[:1].isupper()


def is_dispatched(value: Value) -> bool:
    """Whether a value is a class, function or object of the program, one of which a table has for each key."""
    return isinstance(value, (Class, Function)) or (isinstance(value, Object) and isinstance(value.of, Class))


def _stored_in_state(taken: ex.Attribute, place: Place) -> Iterator[tuple[ex.Expr, Place]]:
    """What functions of the file store in an attribute of something's state, as Starlette's applications have it."""
    if not isinstance(taken.value, ex.Attribute) or taken.value.attr != _STATE:
        return
    place.module.lower_mentions(taken.attr)
    for store in place.module.named_facts.stores:
        target = store.target
        if (
            isinstance(target, ex.Attribute)
            and target.attr == taken.attr
            and _is_called(target.value, _STATE, True)
            and _is_plain(store)
        ):
            yield store.value, place.at(store.scope, store.block, store.order)  # type: ignore[misc]


def _is_plain(store: Store) -> bool:
    """Whether what is stored is the value of the statement as it stands."""
    return store.value is not None and not store.path and not store.operator


def stored_by_name(taken: ex.Expr, name: str, place: Place) -> Iterator[tuple[ex.Expr, Place]]:
    """What functions of the file store where an expression reads, whose qualified name is all that is known of it."""
    yield from stored_in(taken, place) if "()" in name else stored_outside(name, place)


def stored_outside(name: str, place: Place) -> Iterator[tuple[ex.Expr, Place]]:
    """What functions of the file store in an attribute of an object of an imported module, by its qualified name
    (`streamlit.session_state.chain`), with the places of that."""
    module = place.module
    holder, _, attribute = name.rpartition(".")
    if "." not in holder:
        return
    module.lower_mentions(attribute)
    for store in module.named_facts.stores:
        target = store.target
        index = target.index if isinstance(target, ex.Subscript) else None
        # Streamlit takes an item for an attribute.
        is_item = isinstance(index, ex.Constant) and index.value == attribute
        is_same = is_item or (isinstance(target, ex.Attribute) and target.attr == attribute)
        if is_same and isinstance(target, (ex.Attribute, ex.Subscript)) and _imported_name(module, target.value) == holder:
            if _is_plain(store):
                yield store.value, place.at(store.scope, store.block, store.order)  # type: ignore[misc]


def _imported_name(module: ModuleIndex, expression: ex.Expr) -> str | None:
    """The qualified name of what is imported, by a name or its attributes."""
    root, _, rest = (ex.dotted_name(expression) or "").partition(".")
    for binding in module.bindings(0, root):
        if binding.kind == "import" and not binding.level:
            return ".".join(filter(None, (binding.module, binding.member, rest)))
    return None


def _fillings(module: ModuleIndex, name: str, is_attribute: bool) -> tuple[_Filling, ...]:
    return _FILLING.get(module, (name, is_attribute), lambda: tuple(_find_filling(module, name, is_attribute)))


def _of(module: ModuleIndex, holder: ex.Name | ex.Attribute, keys: Sequence[Value], place: Place) -> Stability | None:
    is_attribute = isinstance(holder, ex.Attribute)
    name = holder.attr if isinstance(holder, ex.Attribute) else holder.id
    known = {key.value for key in keys if isinstance(key, Text) and key.value is not None}
    worst: Stability | None = None
    for fact, index, value in _fillings(module, name, is_attribute):
        is_other = isinstance(index, ex.Constant) and len(known) == len(keys) and index.value not in known
        if is_other or (not is_attribute and (fact.scope == place.point.scope == 0 or module.has_own_name(fact.scope, name))):
            continue
        is_changing = value is None or stability_at(module, Point(fact.scope, fact.block, fact.order), value) > Stability.STABLE
        found = Stability.VARYING if is_changing and not _runs_once(module, fact.scope) else Stability.UNKNOWN
        worst = max(worst or found, found)
    return worst


_Filling = tuple["Store | CallFact", ex.Expr | None, ex.Expr | None]
_FILLING: Memo[tuple[str, bool], tuple[_Filling, ...]] = Memo()


def _find_filling(module: ModuleIndex, name: str, is_attribute: bool) -> Iterator[_Filling]:
    """Each statement that fills a dict, with the key and the value where those stand in it."""
    module.lower_mentions(name)
    for store in module.named_facts.stores:
        target = store.target
        if isinstance(target, ex.Subscript) and _is_called(target.value, name, is_attribute):
            yield store, target.index, store.value if not store.path and not store.operator else None
    for fact in module.named_facts.calls:
        func, args = fact.call.func, fact.call.args
        if isinstance(func, ex.Attribute) and func.attr in _FILLS and args and _is_called(func.value, name, is_attribute):
            is_one = func.attr != "update" and len(args) == 2
            yield fact, args[0].value if is_one else None, args[1].value if is_one else None


def _runs_once(module: ModuleIndex, scope: int) -> bool:
    """Whether a scope runs once for each object or process: the module, a constructor, or a function that only those call."""
    starts = {each.id for each in module.scopes if each.name in CONSTRUCTORS} | {0}
    name = module.scopes[scope].name
    if scope in starts or not name:  # A lambda has none.
        return scope in starts
    callers = {fact.scope for fact in module.calls_by_tail.get(name)}
    return bool(callers) and callers <= starts


def _is_called(expression: ex.Expr, name: str, is_attribute: bool) -> bool:
    if is_attribute:
        return isinstance(expression, ex.Attribute) and expression.attr == name
    return isinstance(expression, ex.Name) and expression.id == name
