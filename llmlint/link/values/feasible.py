"""Which places of a function can be reached with the arguments at hand: `if provider == "x": … elif isinstance(config, A): …`, early returns."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from llmlint.link.names.effects import LEAVES
from llmlint.link.names.unreachable import is_unreachable
from llmlint.link.program.memo import Memo
from llmlint.link.values import objects, tested
from llmlint.link.values.values import Class, Function, Items, Literal, Object, Record, Stability, Text, Unknown, Value
from llmlint.scan import expressions as ex
from llmlint.scan.facts import Binding, Block, Exit

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from llmlint.link.names.index import ModuleIndex, Point
    from llmlint.link.values.evaluation import Evaluation
    from llmlint.link.values.place import Place

_BRANCHES = frozenset({"if", "else"})


def is_feasible(evaluator: Evaluation, place: Place) -> bool:
    """Whether a place can be reached, as far as the tests around it and the early exits ahead of it can be evaluated."""
    if is_unreachable(place.module, place.point):
        return False
    branches = (here for here in place.module.block_path(place.point.block) if here.kind in _BRANCHES)
    if any(_is_taken(evaluator, here, place) is False for here in branches):
        return False
    return not any(_holds(evaluator, here, place) is True for here in _early_exits(place.module, place.point))


def happens(evaluator: Evaluation, block: int, order: int, exits: Sequence[Exit], loop: Block, iteration: Place) -> bool | None:
    """Whether a statement of a loop's body runs in an iteration; None where that is not known. `exits` are those of the body."""
    module = iteration.module
    inside = {here.id for here in module.block_path(loop.id)}
    around = [here for here in module.conditions(block) if here.id not in inside]
    if any(here.kind not in _BRANCHES for here in around):
        return None
    results = [_is_taken(evaluator, here, iteration) for here in around]
    if False in results:
        return False
    for leave in exits:
        if leave.order < order:
            has_left = happens(evaluator, leave.block, leave.order, exits, loop, iteration)
            if has_left:
                return False
            results.append(has_left)
    return None if None in results else True


def reaching(evaluator: Evaluation, bindings: Sequence[Binding], place: Place) -> tuple[list[Binding], bool]:
    """Those of some bindings that can be seen at a place, and whether one of them is certain to have run."""
    found: list[Binding] = []
    latest = -1
    for binding in bindings:
        has_run = _has_run(evaluator, binding, place)
        if has_run is not False:
            found.append(binding)
        if has_run and binding.order < place.point.order and binding.scope == place.point.scope:
            latest = max(latest, binding.order)
    # What was bound ahead of that is not seen; what comes later may be, from an earlier iteration of a loop.
    return [each for each in found if each.order >= latest or each.scope != place.point.scope], latest >= 0


def _has_run(evaluator: Evaluation, binding: Binding, place: Place) -> bool | None:
    """Whether a binding has run when a place is reached; None where that is not known."""
    module = place.module
    inside = {here.id for here in module.block_path(place.point.block)}
    around = [here for here in module.conditions(binding.block) if here.id not in inside]
    results = [_is_taken(evaluator, here, place) if here.kind in _BRANCHES else None for here in around]
    return False if False in results else None if None in results else True


def _is_taken(evaluator: Evaluation, branch: Block, place: Place) -> bool | None:
    """Whether the tests of an `if` statement lead to one of its branches."""
    is_known = True
    for each in place.module.branches[branch.group]:
        found = _holds(evaluator, each, place)
        if each.id == branch.id:
            return found if is_known or found is False else None
        if found is True:
            return False
        is_known = is_known and found is False
    return None


def _holds(evaluator: Evaluation, branch: Block, place: Place) -> bool | None:
    """What the test of a branch evaluates to, where it is made; an `else` has none, and holds."""
    if branch.head is None:
        return True
    there = place.at(branch.scope, branch.parent or 0, branch.first)
    return evaluator.once(("holds", branch.head, place.frame), partial(truth, evaluator, branch.head, there))


_EARLY_EXITS: Memo[tuple[int, int], tuple[Block, ...]] = Memo()


def _early_exits(module: ModuleIndex, point: Point) -> tuple[Block, ...]:
    """The `if` statements ahead of a point whose body leaves the function: behind them, their tests do not hold."""
    return _EARLY_EXITS.get(module, (point.block, point.order), lambda: tuple(_find_early_exits(module, point)))


def _find_early_exits(module: ModuleIndex, point: Point) -> Iterator[Block]:
    path = list(module.block_path(point.block))
    inside = {here.id for here in path}
    leaving = _LEAVING.get(module, (point.scope, len(module.named_facts.exits)), lambda: _leaving(module, point.scope))
    for here in path if leaving else ():
        for order, block in leaving.get(here.id, ()) if here.kind not in ("for", "while") else ():
            if order < point.order and block.id not in inside:
                yield block


_LEAVING: Memo[tuple[int, int], dict[int, list[tuple[int, Block]]]] = Memo()


def _leaving(module: ModuleIndex, scope: int) -> dict[int, list[tuple[int, Block]]]:
    """The first branches of `if` statements that leave a function, and where they do, by the block around them."""
    found: dict[int, list[tuple[int, Block]]] = {}
    for leave in module.exits_by_scope.get(scope):
        block = module.blocks[leave.block]
        if leave.kind in LEAVES and block.kind == "if" and block.head is not None and block.parent is not None:
            if module.branches[block.group][0].id == block.id:
                found.setdefault(block.parent, []).append((leave.order, block))
    return found


def is_set(place: Place, name: str) -> bool:
    """Whether the tests around a place and the early exits ahead of it see to it that a name, or an attribute, holds something there."""
    for here in place.module.block_path(place.point.block):
        if here.kind in _BRANCHES:
            branches = place.module.branches[here.group]
            ahead = [each.head for each in branches[: [each.id for each in branches].index(here.id)]]
            if (here.head is not None and _implies_set(here.head, name, True)) or any(
                head is not None and _implies_set(head, name, False) for head in ahead
            ):
                return True
    return any(each.head is not None and _implies_set(each.head, name, False) for each in _early_exits(place.module, place.point))


def _implies_set(test: ex.Expr, name: str, outcome: bool) -> bool:
    """Whether a name holds something where a test has an outcome."""
    if isinstance(test, ex.Operation):
        if test.operator == "not":
            return _implies_set(test.operands[0], name, not outcome)
        if test.operator == ("and" if outcome else "or"):
            return any(_implies_set(each, name, outcome) for each in test.operands)
        if test.operator == ("is not" if outcome else "is") and len(test.operands) == 2:
            left, right = test.operands
            return isinstance(right, ex.Constant) and right.value is None and ex.dotted_name(left) == name
        return False
    return outcome and ex.dotted_name(test) == name


def truth(evaluator: Evaluation, test: ex.Expr, place: Place) -> bool | None:
    """What a test evaluates to; None where the source does not say."""
    if isinstance(test, ex.Operation):
        if test.operator in ("and", "or"):
            decisive = test.operator == "or"
            is_open = False
            for operand in test.operands:
                found = truth(evaluator, operand, place)
                if found is decisive:
                    return decisive
                is_open = is_open or found is None
            return None if is_open else not decisive
        if test.operator == "not":
            inner = truth(evaluator, test.operands[0], place)
            return None if inner is None else not inner
        return _compared(evaluator, test, place) if len(test.operands) == 2 else None
    if isinstance(test, ex.Call):
        return _called(evaluator, test, place)
    return _truth_of_values(evaluator, test, place)


def _truth_of_values(evaluator: Evaluation, test: ex.Expr, place: Place) -> bool | None:
    if evaluator.is_unsettled(test, place):
        return None
    return _agreed(_truth_of(value, test) for value in evaluator.evaluate(test, place))


def _agreed(results: Iterable[bool | None]) -> bool | None:
    """The result on which all alternatives agree."""
    agreed: bool | None = None
    for result in results:
        if result is None or (agreed is not None and result is not agreed):
            return None
        agreed = result
    return agreed


def _truth_of(value: Value, test: ex.Expr) -> bool | None:
    """Whether a value counts as true. What an attribute or a list starts as says little: others may set or fill it."""
    if isinstance(value, Literal):
        return True if value.value else None if isinstance(test, ex.Attribute) else False
    if isinstance(value, Text):
        return True if value.stable_head else False if value.value is not None and not isinstance(test, ex.Attribute) else None
    if isinstance(value, (Function, Class)):
        return True
    if isinstance(value, Items):
        return True if value.items and not value.has_escaped else None
    if isinstance(value, Record) and not value.has_escaped:
        return True if value.entries else None
    return None


def _compared(evaluator: Evaluation, test: ex.Operation, place: Place) -> bool | None:
    operator = test.operator
    if operator not in ("==", "!=", "is", "is not", "in", "not in"):
        return None
    if any(_starts_open(operand) for operand in test.operands):
        return None
    left, right = test.operands
    if evaluator.is_unsettled(left, place) and not tested.is_told(evaluator, left, place):
        return None
    if evaluator.is_unsettled(right, place):
        return None
    lefts = evaluator.narrowed(test.operands[0], place)
    if any(isinstance(each, Unknown) for each in lefts):
        return None
    rights = evaluator.evaluate(test.operands[1], place)
    if any(isinstance(operand, ex.Attribute) for operand in test.operands):
        # An attribute that starts as None may be set by anybody.
        lefts, rights = (tuple(map(_unless_none, values)) for values in (lefts, rights))
    if operator in ("in", "not in"):
        found = _agreed(_is_in(left, right) for left in lefts for right in rights)
    else:
        found = _agreed(_is_equal(left, right) for left in lefts for right in rights)
    return found if found is None or operator in ("==", "is", "in") else not found


def _starts_open(operand: ex.Expr) -> bool:
    """Whether an operand depends on how the program is started: `__name__ == "__main__"`."""
    return isinstance(operand, ex.Name) and operand.id == "__name__"


def _unless_none(value: Value) -> Value:
    is_none = isinstance(value, Literal) and value.value is None
    return Unknown(Stability.UNKNOWN, value.at) if is_none and isinstance(value, Literal) else value


def _is_equal(left: Value, right: Value) -> bool | None:
    if isinstance(left, Text) and isinstance(right, Text):
        if left.value is not None and right.value is not None:
            return left.value == right.value
        one, other = left.stable_head, right.stable_head
        is_prefix = one.startswith(other) or other.startswith(one)
        return None if is_prefix else False
    if isinstance(left, Literal) and isinstance(right, Literal):
        return left.value == right.value
    if isinstance(left, Class) and isinstance(right, Class):
        return left == right
    known = (Text, Literal, Class, Function, Items, Record, Object)
    is_none = any(isinstance(each, Literal) and each.value is None for each in (left, right))
    if is_none and isinstance(left, known) and isinstance(right, known):
        return False
    return False if isinstance(left, (Text, Literal)) and isinstance(right, (Text, Literal)) else None


def _is_in(left: Value, right: Value) -> bool | None:
    if not isinstance(left, Text) or left.value is None:
        return None
    if isinstance(right, Text):
        return left.value in right.value if right.value is not None else None
    if isinstance(right, Record):
        return left.value in right.entries or (None if right.is_open or right.has_escaped else False)
    if isinstance(right, Items):
        results = [_agreed(_is_equal(left, each) for each in alternatives) for alternatives in right.items]
        if True in results:
            return True
        return None if None in results or right.is_open or right.has_escaped else False
    return None


def _called(evaluator: Evaluation, test: ex.Call, place: Place) -> bool | None:
    """`isinstance(x, A)`, and tests of the start or the end of a text."""
    func = test.func
    if isinstance(func, ex.Name) and func.id == "isinstance" and len(test.args) == 2:
        if evaluator.is_unsettled(test.args[0].value, place):
            return None
        values = evaluator.evaluate(test.args[0].value, place)
        if not all(isinstance(value, Object) for value in values):
            return None
        classes = [each for value in evaluator.evaluate(test.args[1].value, place) for each in _classes(value)]
        return _agreed(_is_instance(evaluator, value, classes) for value in values)
    if isinstance(func, ex.Attribute) and func.attr in ("startswith", "endswith") and len(test.args) == 1:
        if evaluator.is_unsettled(func.value, place):
            return None
        affixes = [each for value in evaluator.evaluate(test.args[0].value, place) for each in _strings(value)]
        if None in affixes:
            return None
        known = tuple(each for each in affixes if each is not None)
        subjects = evaluator.evaluate(func.value, place)
        return _agreed(_has_affix(value, known, func.attr == "startswith") for value in subjects)
    return _truth_of_values(evaluator, test, place)


def _classes(value: Value) -> list[Class | None]:
    if isinstance(value, Items):
        return [each if isinstance(each, Class) else None for alternatives in value.items for each in alternatives]
    return [value if isinstance(value, Class) else None]


def _is_instance(evaluator: Evaluation, value: Value, classes: list[Class | None]) -> bool | None:
    if not isinstance(value, Object) or not isinstance(value.of, Class) or None in classes:
        return None
    ancestry = list(objects.ancestry(evaluator, value.of))
    if any(each in ancestry for each in classes):
        return True
    # An object of which only the annotation is known may be one of a subclass.
    return False if value.call is not None else None


def _strings(value: Value) -> list[str | None]:
    if isinstance(value, Items):
        return [each.value if isinstance(each, Text) else None for alternatives in value.items for each in alternatives]
    return [value.value if isinstance(value, Text) else None]


def _has_affix(value: Value, affixes: tuple[str, ...], is_start: bool) -> bool | None:
    if not isinstance(value, Text):
        return None
    if value.value is not None:
        return value.value.startswith(affixes) if is_start else value.value.endswith(affixes)
    if is_start and any(value.stable_head.startswith(each) for each in affixes):
        return True
    return None
