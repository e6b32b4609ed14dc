"""Which values of an attribute belong to the branch that is taken: `if provider == "x": self.client, self.model = …` in a constructor, and
`if self.provider == "x": …` where they are read.

An attribute that is read behind a test of another attribute of the same object has a value that goes with it: one that was stored in the
branch of that test, or beside a value of the other attribute that the test lets through.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING

from llmlint.link.names.index import ModuleIndex, Point
from llmlint.link.values import guards, objects, tested_with
from llmlint.link.values.values import Class, Literal, Object, Text, Value
from llmlint.scan import expressions as ex
from llmlint.scan.facts import Store

if TYPE_CHECKING:
    from llmlint.link.values.evaluation import Evaluation
    from llmlint.link.values.guards import Test
    from llmlint.link.values.place import Place

_MOST_CALLERS = 6
_SAME_TEXT = frozenset({"lower", "strip"})


def of_taken_branch(evaluator: Evaluation, stores: list[Store], owner: Class, root: str, read: Place) -> list[Store]:
    """Those of several stores of one attribute that can have run where `root.attribute` is read; all where none of them can."""
    module = owner.module
    if read.module is not module or read.module.method_of_self(read.point.scope, root) is None:
        return stores
    evaluator.read_from_frame()
    tests = _tests_of_object(root, read)
    if not tests:
        return stores
    kept = [store for store in stores if not any(_rules_out(evaluator, store, stores, module, root, test) for test in tests)]
    return kept or stores


def of_tested_key(
    evaluator: Evaluation, values: tuple[Value, ...], stores: list[Store], root: str, read: Place
) -> tuple[Value, ...]:
    """The values without those that belong to other keys of a table: behind `if self.provider == "x":`, what `MODELS[provider]` has for "y",
    where that was stored and `provider` is what the other attribute is set to."""
    module = read.module
    lookups = [
        (store, *found)
        for store in stores
        if store.value is not None
        for found in tested_with.looked_up(module, store.value, Point(store.scope, store.block, store.order))
    ]
    if not lookups or module.method_of_self(read.point.scope, root) is None:
        return values
    evaluator.read_from_frame()
    kept = values
    for test, where in _tests_of_object(root, read):
        for name in _attributes_in(test.expression, root):
            for store, table, key, at in lookups:
                if guards.may_hold(test.expression, name) and _is_set_to(module, name.removeprefix(f"{root}."), store, key, at):
                    tables = evaluator.evaluate(table, evaluator.place(module, at.scope, at.block, at.order))
                    rules_out = partial(_is_ruled_out, evaluator, name, test, where)
                    kept = tested_with.without_items(kept, tables, rules_out)
    return kept or values


def _is_set_to(module: ModuleIndex, attribute: str, store: Store, key: str, at: Point) -> bool:
    """Whether an attribute is what a table was looked up by for another one, and is set nowhere else."""
    others = _others_of_class(module, attribute, store)
    if len(others) != 1 or others[0].scope != store.scope or others[0].path or others[0].operator:
        return False
    target = others[0].target
    if ex.dotted_name(target) == key:
        return others[0].order < at.order
    value = others[0].value
    there = Point(others[0].scope, others[0].block, others[0].order)
    is_same = isinstance(value, (ex.Name, ex.Attribute)) and ex.dotted_name(value) == key
    return is_same and tested_with.are_bound_alike(module, key, there, at)


def _is_ruled_out(evaluator: Evaluation, name: str, test: Test, where: Place, text: str) -> bool:
    return guards.holds(evaluator, test.expression, name, text, where) is (not test.holds)


def of_tested_objects(evaluator: Evaluation, expression: ex.Attribute, bases: Sequence[Value], place: Place) -> Sequence[Value]:
    """Those of several objects, one of whose attributes is read, of which the tests of their other attributes hold."""
    root = ex.dotted_name(expression.value)
    if len(bases) < 2 or root is None or sum(isinstance(base, Object) and base.call is not None for base in bases) < 2:
        return bases
    evaluator.read_from_frame()
    tests = [test for test in _tests_of_object(root, place) if not _mentions(test[0].expression, f"{root}.{expression.attr}")]
    kept = [base for base in bases if not any(_fails(evaluator, base, root, test, place) for test in tests)]
    return kept or bases


def _fails(evaluator: Evaluation, base: Value, root: str, test: tuple[Test, Place], place: Place) -> bool:
    if not isinstance(base, Object) or base.call is None:
        return False
    for name in _attributes_in(test[0].expression, root):
        if not _may_tell(test[0].expression, name):
            continue
        values = tuple(objects.member(evaluator, base, name.removeprefix(f"{root}."), place))
        if _come_out_otherwise(evaluator, values, name, test):
            return True
    return False


# Tests of an object's attributes


def _tests_of_object(root: str, read: Place) -> list[tuple[Test, Place]]:
    """The tests of attributes of `root` on the way to a place, as long as it is the same object in the methods that call one another."""
    found: list[tuple[Test, Place]] = []
    first = root.partition(".")[0]
    here = read
    for _ in range(_MOST_CALLERS):
        found += [
            (test, here)
            for test in guards.tests_before(here.module, here.point)
            if any(_attributes_in(test.expression, root)) and not guards.has_changed(here.module, here.point, test)
        ]
        frame = here.frame
        while frame is not None and frame.is_iteration:
            frame = frame.outer
        if frame is None or frame.called is None or here.module.method_of_self(here.point.scope, first) is None:
            return found
        caller, call = frame.called
        receiver = call.func.value if isinstance(call.func, ex.Attribute) else None
        is_same = isinstance(receiver, ex.Name) and receiver.id == first
        if not is_same or caller.module.method_of_self(caller.point.scope, first) is None:
            return found
        here = caller
    return found


def _attributes_in(expression: ex.Expr, root: str) -> Iterator[str]:
    """The attributes of an object that a test asks about, by their whole names."""
    for node in ex.walk(expression):
        name = ex.dotted_name(node) if isinstance(node, ex.Attribute) else None
        if name is not None and name.rpartition(".")[0] == root:
            yield name


def _mentions(expression: ex.Expr, name: str) -> bool:
    return any(isinstance(node, ex.Attribute) and ex.dotted_name(node) == name for node in ex.walk(expression))


# Stores that exclude one another


def _rules_out(
    evaluator: Evaluation, store: Store, stores: Sequence[Store], module: ModuleIndex, root: str, test: tuple[Test, Place]
) -> bool:
    """Whether a test comes out otherwise where a store has run."""
    for name in _attributes_in(test[0].expression, root):
        others = _others_of_class(module, name.removeprefix(f"{root}."), store)
        beside = [each for each in others if each.block == store.block and each.scope == store.scope]
        # Each branch that sets the one sets the other, too.
        is_set_with = all(any(each.block == other.block for each in stores) for other in others)
        if beside and is_set_with:
            # What is stored may take long to find out: first whether the test says anything of it.
            return _may_tell(test[0].expression, name) and _come_out_otherwise(
                evaluator, _stored(evaluator, beside[-1], module), name, test
            )
        if all(other.scope == store.scope for other in others) and _is_of_another_branch(
            evaluator, store, others, module, name, test
        ):
            return True
    return False


def _others_of_class(module: ModuleIndex, attribute: str, store: Store) -> list[Store]:
    """Where the class of a store sets another attribute, other than to nothing."""
    owner = module.class_of_store(store)
    found = module.stores_on_self(attribute, owner) if owner is not None else ()
    return [each for each in found if not (isinstance(each.value, ex.Constant) and each.value.value is None)]


def _stored(evaluator: Evaluation, store: Store, module: ModuleIndex) -> Sequence[Value]:
    if store.value is None or store.operator or store.path:
        return ()
    return evaluator.evaluate(store.value, evaluator.place(module, store.scope, store.block, store.order))


def _is_of_another_branch(
    evaluator: Evaluation, store: Store, others: Iterable[Store], module: ModuleIndex, name: str, test: tuple[Test, Place]
) -> bool:
    """Whether a store stands in a branch of which the test contradicts the one where it is read: `if provider == "x":` ahead of it, where
    `provider` is what the attribute is set to."""
    point = Point(store.scope, store.block, store.order)
    target = store.target.value if isinstance(store.target, ex.Attribute) else None
    own = f"{ex.dotted_name(target)}.{name.rpartition('.')[2]}" if target is not None else ""
    called = [own, *(found for each in others if (found := _plain_name(each.value)) is not None)]
    there = evaluator.place(module, store.scope, store.block, store.order)
    for chosen_by in guards.tests_before(module, point):
        for other_name in called:
            if guards.are_opposed(evaluator, (chosen_by, other_name, there), (test[0], name, test[1])):
                return True
    return False


def _plain_name(value: ex.Expr | None) -> str | None:
    """The name in `name`, `name.lower()`, `name or default`."""
    if isinstance(value, ex.Call) and isinstance(value.func, ex.Attribute) and value.func.attr in _SAME_TEXT and not value.args:
        return _plain_name(value.func.value)
    return ex.dotted_name(value) if isinstance(value, (ex.Name, ex.Attribute)) else None


def _may_tell(test: ex.Expr, name: str) -> bool:
    """Whether a test can tell anything of a string or of a flag, by its form alone."""
    return guards.may_hold(test, name) or _as_flag(test, name) is not None


def _as_flag(test: ex.Expr, name: str) -> bool | None:
    """Of which value of a flag a test holds: `if self.uses_chat:`, `if not self.uses_chat:`."""
    if isinstance(test, ex.Operation) and test.operator == "not":
        inner = _as_flag(test.operands[0], name)
        return None if inner is None else not inner
    return True if isinstance(test, ex.Attribute) and ex.dotted_name(test) == name else None


def _come_out_otherwise(evaluator: Evaluation, values: Sequence[Value], name: str, test: tuple[Test, Place]) -> bool:
    """Whether a test comes out otherwise for all values of an attribute."""
    tested, where = test
    flag = _as_flag(tested.expression, name)
    if flag is not None:
        flags = [value.value if isinstance(value, Literal) else None for value in values]
        return bool(flags) and all(isinstance(each, bool) and (each is flag) is not tested.holds for each in flags)
    texts = [value.value if isinstance(value, Text) else None for value in values]
    return bool(texts) and all(
        text is not None and guards.holds(evaluator, tested.expression, name, text, where) is (not tested.holds) for text in texts
    )
