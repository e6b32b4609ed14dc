"""Attributes of objects, classes, modules and of what lies outside the program."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING

from llmlint.link.values import containers, options, paths
from llmlint.link.values.known import table
from llmlint.link.values.moments import DATE_ATTRIBUTES
from llmlint.link.values.outside_stores import store_from_outside
from llmlint.link.values.stability import CONSTRUCTORS, without_time
from llmlint.link.values.values import (
    Class,
    External,
    Function,
    Literal,
    Object,
    Package,
    Stability,
    Text,
    Unknown,
    Value,
    among,
    settled,
    with_source,
)
from llmlint.scan.expressions import Attribute, Constant, Expr, Name, Operation, Subscript, dotted_name
from llmlint.scan.facts import Store

if TYPE_CHECKING:
    from llmlint.link.values.evaluation import Evaluation
    from llmlint.link.values.place import Place

_MOST_BASES = 12
# Packages whose generic classes stand for what is in the brackets, or hold several of it.
_CONTAINERS = frozenset(
    {"typing", "typing_extensions", "builtins", "collections", "queue", "asyncio", "sqlalchemy", "sqlmodel", "contextvars"}
)


def attribute(evaluator: Evaluation, base: Value, name: str, expression: Expr, place: Place) -> Iterator[Value]:
    """What `base.name` can be."""
    if isinstance(base, External):
        yield External(f"{base.name}.{name}")
    elif isinstance(base, Package):
        found = evaluator.exported(base.module, name)
        if not found:
            inner = evaluator.program.find_import(base.module, name, 1)
            found = (Package(inner),) if inner is not None else ()
        yield from found
    elif isinstance(base, (Object, Class)):
        found_any = False
        root = dotted_name(expression.value) if isinstance(expression, Attribute) else None
        for value in member(evaluator, base, name, place, root):
            found_any = True
            yield value
        if not found_any:
            yield Unknown(Stability.UNKNOWN, place.span(expression), expression, place)
    elif isinstance(base, Unknown):
        stability = without_time(base.stability) if name in DATE_ATTRIBUTES else base.stability
        yield Unknown(stability, place.span(expression), expression, place)
    elif isinstance(base, (Text, Literal)) and name == "value":
        yield base  # Treat an enum member as its value.
    elif isinstance(base, Text) and name in ("parent", "stem", "name", "parents"):
        yield paths.attribute(base, name, place.span(expression))
    else:
        yield Unknown(Stability.UNKNOWN, place.span(expression), expression, place)


def class_of(base: Object | Class) -> Class | None:
    if isinstance(base, Class):
        return base
    return base.of if isinstance(base.of, Class) else None


def ancestry(evaluator: Evaluation, start: Class) -> Iterator[Class | str]:
    """A class and its bases, nearest first: classes of the program, or qualified names of others."""
    pending: list[Class | str] = [start]
    seen: list[tuple[str, int]] = []
    while pending and len(seen) < _MOST_BASES:
        current = pending.pop(0)
        yield current
        if isinstance(current, str) or (current.module.path, current.scope) in seen:
            continue
        seen.append((current.module.path, current.scope))
        outside = evaluator.around(current)
        for base in current.module.scopes[current.scope].bases:
            for value in evaluator.evaluate(base, outside):
                if isinstance(value, Class):
                    pending.append(value)
                elif isinstance(value, External):
                    pending.append(value.name)


def bases_of_self(evaluator: Evaluation, place: Place) -> Iterator[Value]:
    """What `super()` stands for in a method: an instance of each base of its class."""
    owner = place.module.enclosing_class(place.point.scope)
    if owner is not None:
        outside = evaluator.around(Class(place.module, owner.id))
        for base in owner.bases:
            for value in evaluator.evaluate(base, outside):
                if isinstance(value, Class):
                    yield Object(value, None, None, Class(place.module, owner.id))


def find_method(evaluator: Evaluation, start: Class, name: str) -> Function | None:
    """A method by name, from the class or the nearest base that has it."""
    return evaluator.once(("method", start, name), partial(_find_method, evaluator, start, name))


def _find_method(evaluator: Evaluation, start: Class, name: str) -> Function | None:
    for current in ancestry(evaluator, start):
        if isinstance(current, Class):
            for binding in reversed(current.module.members[current.scope].get(name, [])):
                if binding.kind == "def" and binding.scope_id is not None:
                    return Function(current.module, binding.scope_id)
    return None


def member(evaluator: Evaluation, base: Object | Class, name: str, place: Place, root: str | None = None) -> Iterator[Value]:
    """What an attribute of an object of the program can be: stored by its methods, bound in its class or in a base. `root` is what the
    object is called where the attribute is read."""
    start = class_of(base)
    if start is None:
        if isinstance(base, Object) and base.of == "argparse.Namespace" and base.place is not None:
            yield from options.namespace_default(evaluator, base.place.module, name)
        elif isinstance(base, Object):
            yield from _of_library(evaluator, base, f"{base.of}().{name}")
        return
    given = list(_given_to_constructor(evaluator, base, start, name))
    if given:
        yield from _or_from_outside(evaluator, given, start, name, base if isinstance(base, Object) else None, place)
        return
    for current in ancestry(evaluator, start):
        own = _own(evaluator, base, current, name, place, root) if isinstance(current, Class) else ()
        yield from own
        if own:
            break
    if isinstance(base, Object) and base.call is None and base.seen_from is None:
        # `self` may be an instance of a subclass, which has its own.
        for subclass in evaluator.subclasses_with(start, name):
            yield from _own(evaluator, Object(subclass, None, None), subclass, name, place)


def always_has(evaluator: Evaluation, base: Value, name: str) -> bool:
    """Whether the class of an object gives an attribute a value in its body, so that it is never without one."""
    start = class_of(base) if isinstance(base, (Object, Class)) else None
    classes = (each for each in ancestry(evaluator, start) if isinstance(each, Class)) if start is not None else ()
    return any(binding.value is not None for each in classes for binding in each.module.members[each.scope].get(name, ()))


def _of_library(evaluator: Evaluation, base: Object, name: str) -> tuple[Value, ...]:
    """An attribute of an object that a library made, by its qualified name."""
    effect = table.attribute(name)
    if effect is None or base.call is None or base.place is None:
        return (External(name),)
    return tuple(effect(table.LibraryCall(evaluator, str(base.of), base.call, base.place))) or (External(name),)


def _own(
    evaluator: Evaluation, base: Object | Class, current: Class, name: str, place: Place, root: str | None = None
) -> tuple[Value, ...]:
    """What a class itself says about an attribute: stored by its methods, or bound in its body."""
    stores = current.module.stores_on_self(name, current.scope)
    if root is not None and len(stores) > 1:
        stores = evaluator.of_taken_branch(stores, current, root, place)
    key = ("own", base, current, name, tuple(store.order for store in stores))
    found = evaluator.once(key, lambda: tuple(_find_own(evaluator, base, current, name, stores, place)))
    if root is not None and len(found) > 1 and stores and place.module is current.module:
        return evaluator.of_tested_key(found, stores, root, place)
    return found


def _find_own(
    evaluator: Evaluation, base: Object | Class, current: Class, name: str, stores: Sequence[Store], place: Place
) -> Iterator[Value]:
    values = [value for store in stores for value in _stored(evaluator, base, current, store)]
    is_rewritten = any(current.module.scopes[store.scope].name not in CONSTRUCTORS for store in stores)
    if is_rewritten and len(stores) > 1:
        yield from among(values, Stability.VARYING)
    else:
        yield from _or_from_outside(evaluator, values, current, name)
    for binding in current.module.members[current.scope].get(name, [])[-1:]:
        inside = evaluator.around(current).at(binding.scope, binding.block, binding.order)
        if binding.kind == "def" and binding.scope_id is not None:
            yield from _method(evaluator, base, current, binding.scope_id, place)
        elif binding.kind == "class" and binding.scope_id is not None:
            yield Class(current.module, binding.scope_id)
        elif binding.value is not None:
            bound = evaluator.evaluate(binding.value, inside)
            unpacked = containers.unpack(bound, binding.path, inside.span(binding.value))
            for value in _or_from_outside(evaluator, unpacked, current, name):
                yield with_source(value, "attribute")
            if binding.annotation is not None and _reads_environment(evaluator, current):
                yield Unknown(Stability.STABLE, inside.span(binding.value))
        if binding.annotation is not None:
            yield from annotated(evaluator, binding.annotation, inside)


def _reads_environment(evaluator: Evaluation, owner: Class) -> bool:
    """Whether the fields of a class are read from the environment where that has them: settings of pydantic."""
    return any(isinstance(each, str) and each.rpartition(".")[2] == "BaseSettings" for each in ancestry(evaluator, owner))


def _or_from_outside(
    evaluator: Evaluation, values: Iterable[Value], owner: Class, name: str, made: Object | None = None, read: Place | None = None
) -> tuple[Value, ...]:
    """What an attribute is at first, and that it is something else later where code outside the class's methods sets it: of the object that
    was `made`, on the way to where it is `read`."""
    found = tuple(values)
    outside = store_from_outside(evaluator, owner, name, made, read) if any(isinstance(value, Text) for value in found) else None
    if outside is None:
        return among(found, Stability.UNKNOWN)
    return among((*found, Unknown(Stability.VARYING, outside)), Stability.VARYING)


def _given_to_constructor(evaluator: Evaluation, base: Object | Class, start: Class, name: str) -> Iterator[Value]:
    """What the construction of a dataclass, named tuple or pydantic model gives to one of its fields."""
    if not isinstance(base, Object) or base.call is None or base.place is None:
        return
    fields = evaluator.once(("fields", start), partial(_fields_of_constructor, evaluator, start))
    if name not in fields:
        return
    argument = base.call.value(name, fields.index(name))
    if argument is not None:
        for value in evaluator.evaluate(argument, base.place):
            yield with_source(value, "attribute") if isinstance(value, Text) and value.source == "literal" else value


def _fields_of_constructor(evaluator: Evaluation, start: Class) -> tuple[str, ...]:
    """The fields that the construction of a class gives, in their order; none where it has a constructor of its own."""
    if find_method(evaluator, start, "__init__") is not None:
        return ()
    classes = [each for each in ancestry(evaluator, start) if isinstance(each, Class)]
    members = [member for each in reversed(classes) for member in each.module.members[each.scope].items()]
    return tuple(dict.fromkeys(name for name, bindings in members if any(binding.annotation for binding in bindings)))


def _stored(evaluator: Evaluation, base: Object | Class, current: Class, store: Store) -> Iterator[Value]:
    constructor = _entered_constructor(evaluator, base, current, store)
    place = (constructor or evaluator.around(current)).at(store.scope, store.block, store.order)
    if store.value is None or store.operator:
        if store.annotation is not None:
            yield from annotated(evaluator, store.annotation, place)
        yield Unknown(Stability.VARYING, place.span(store.target), store.target, place)
        return
    is_set_once = current.module.scopes[store.scope].name in CONSTRUCTORS
    values = evaluator.evaluate(store.value, place)
    values = containers.unpack(values, store.path, place.span(store.value))
    for value in values:
        found = with_source(value, "attribute") if isinstance(value, Text) and value.source == "literal" else value
        yield settled(found) if is_set_once else found


def _entered_constructor(evaluator: Evaluation, base: Object | Class, current: Class, store: Store) -> Place | None:
    """The body of the constructor that stores an attribute, as the class of an object enters it: with what the object is made of, or with
    what the constructor of a subclass passes to `super().__init__(…)`. None where its arguments are those of all callers."""
    start = class_of(base)
    function = find_method(evaluator, start, "__init__") if start is not None and isinstance(base, Object) else None
    if function is None or current.module.scopes[store.scope].name != "__init__":
        return None
    place: Place | None = None
    if isinstance(base, Object) and base.call is not None and base.place is not None:
        place = evaluator.constructed(Function(function.module, function.scope, base), base)
    for _ in range(_MOST_BASES):
        if (function.module, function.scope) == (current.module, store.scope):
            return place
        calls = [
            fact
            for fact in function.module.calls_by_scope.get(function.scope)
            if isinstance(fact.call.func, Attribute) and fact.call.func.attr == "__init__"
        ]
        if len(calls) != 1:
            return None
        there = place or evaluator.around(function)
        there = there.at(calls[0].scope, calls[0].block, calls[0].order)
        called = evaluator.evaluate(calls[0].call.func, there)
        following = called[0] if len(called) == 1 else None
        if not isinstance(following, Function):
            return None
        key = ("above", following, calls[0].call, there.frame)
        place = evaluator.once(key, partial(evaluator.enter, following, calls[0].call, there))
        if place is None:
            return None
        function = following
    return None


def _method(evaluator: Evaluation, base: Object | Class, current: Class, scope: int, place: Place) -> Iterator[Value]:
    receiver = base
    if isinstance(base, Object) and base.seen_from is not None:
        receiver = Object(base.seen_from, None, None)
    function = Function(current.module, scope, receiver)
    decorators = [dotted_name(d) or "" for d in current.module.scopes[scope].decorators]
    if any(name.split(".")[-1] in ("property", "cached_property") for name in decorators):
        yield from evaluator.returned(function, None, place)
    else:
        yield function


def _is_one(value: Object) -> bool:
    """Whether an annotation of a generic class, `Agent[Deps, Answer]`, says that something is an instance, and not what it holds."""
    return isinstance(value.of, Class) or value.of.partition(".")[0] not in _CONTAINERS


def annotated(evaluator: Evaluation, annotation: Expr, place: Place) -> Iterator[Object]:
    """An object of the class that an annotation names (`Anthropic`, `Optional[OpenAI]`, `"AsyncAnthropic | None"`)."""
    if isinstance(annotation, Subscript):
        base = (dotted_name(annotation.value) or "").split(".")[-1]
        if base in ("Optional", "Union", "Annotated", "ClassVar", "Final"):
            inner = annotation.index
            for part in getattr(inner, "items", (inner,))[: 1 if base == "Annotated" else None]:
                yield from annotated(evaluator, part, place)
        else:
            yield from (made for made in annotated(evaluator, annotation.value, place) if _is_one(made))
        return
    if isinstance(annotation, Operation) and annotation.operator == "|":
        for operand in annotation.operands:
            yield from annotated(evaluator, operand, place)
        return
    if isinstance(annotation, Constant) and isinstance(annotation.value, str):
        name = annotation.value.split("|")[0].split("[")[-1].strip(" ]'\"")
        if name.replace(".", "").replace("_", "").isalnum():
            parts = name.split(".")
            rebuilt: Expr = Name(annotation.start, annotation.end, parts[0])
            for part in parts[1:]:
                rebuilt = Attribute(annotation.start, annotation.end, rebuilt, part)
            yield from annotated(evaluator, rebuilt, place)
        return
    if not isinstance(annotation, (Name, Attribute)):
        return
    for value in evaluator.evaluate(annotation, place):
        if isinstance(value, Class):
            yield Object(value, None, None)
        elif isinstance(value, External) and not value.name.startswith(("builtins.", "typing.")):
            yield Object(value.name, None, None)
