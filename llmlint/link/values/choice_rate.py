"""How often a choice between several values is made: once in a process, or anew for each call."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from llmlint.link.names.index import ModuleIndex, Point
from llmlint.link.values.place import Frame, Place
from llmlint.link.values.stability import stability_at
from llmlint.link.values.values import Items, Record, Stability, Value, stability_of
from llmlint.scan import expressions as ex
from llmlint.scan.facts import Binding, Block, Exit

if TYPE_CHECKING:
    from llmlint.link.values.evaluation import Evaluation


def of_test(evaluator: Evaluation, test: ex.Expr, place: Place) -> Stability:
    """How often the outcome of a test changes."""
    if is_made_once(place.module, place.point):
        return Stability.STABLE
    worst = stability_at(place.module, place.point, test)
    if worst is Stability.VARYING and _is_flag(test, place):
        return Stability.UNKNOWN
    if worst <= Stability.UNKNOWN:
        return worst
    evaluator.read_from_frame()
    if place.frame is None:
        return worst
    # Arguments of the call that led here may be constants.
    worst = Stability.UNKNOWN if any(isinstance(node, ex.Call) for node in ex.walk(test)) else Stability.STABLE
    for node in ex.walk(test):
        if isinstance(node, ex.Name):
            given = _given(place, node.id)
            rates = [stability_at(place.module, place.point, node)] if given is None else map(_of_argument, given)
            worst = max([worst, *rates])
    return worst


def _is_flag(test: ex.Expr, place: Place) -> bool:
    """Whether a test asks for nothing but parameters that are true or false: with each of the two, the same is sent again."""
    names = [node for node in ex.walk(test) if isinstance(node, ex.Name)]
    parameters = [place.module.parameter(place.point.scope, name.id) for name in names]
    is_plain = not any(isinstance(node, (ex.Call, ex.Attribute, ex.Subscript)) for node in ex.walk(test))
    return is_plain and all(
        parameter is not None
        and (
            (isinstance(parameter.default, ex.Constant) and isinstance(parameter.default.value, bool))
            or (isinstance(parameter.annotation, ex.Name) and parameter.annotation.id == "bool")
        )
        for parameter in parameters
    )


def _given(place: Place, name: str) -> tuple[Value, ...] | None:
    """What the call that led here passes for a parameter, nothing where that is its default; None for other names and where that is not
    known."""
    frame = place.frame
    while frame is not None and frame.scope != place.point.scope:
        frame = frame.outer
    if frame is None or frame.module is not place.module or place.module.bindings(frame.scope, name):
        return None
    given = frame.arguments.get(name)
    parameter = place.module.parameter(frame.scope, name)
    is_default = given is None and parameter is not None and parameter.default is not None and not frame.is_open
    return () if is_default else given


def _of_argument(value: Value) -> Stability:
    """How often an argument changes, without a look into dicts and lists."""
    return Stability.VARYING if isinstance(value, (Record, Items)) else stability_of(value)


def of_bindings(evaluator: Evaluation, bindings: Sequence[Binding], place: Place) -> Stability:
    """How often it changes which of several bindings of a name a use sees."""
    module, point = place.module, place.point
    if len(bindings) < 2 or is_made_once(module, point):
        return Stability.STABLE
    around = {block.id for block in module.block_path(point.block)}
    worst = Stability.STABLE
    for binding in bindings:
        if binding.scope != point.scope or binding.order >= point.order:
            return Stability.VARYING  # Bound by another function, or carried from one iteration to the next.
        blocks = [block for block in module.conditions(binding.block) if block.id not in around]
        others = (each.value for each in bindings if each.kind != "import")
        worst = max(worst, of_blocks(evaluator, module, blocks, place.frame, others))
    return worst


def of_rebinding(evaluator: Evaluation, bindings: Sequence[Binding], given: Sequence[Value], place: Place) -> Stability:
    """How often it changes whether a parameter keeps what is `given` for it, or is bound anew on the way."""
    module = place.module
    around = {block.id for block in module.block_path(place.point.block)}
    worst = max(map(_of_argument, given), default=Stability.STABLE)
    for binding in bindings:
        blocks = [block for block in module.conditions(binding.block) if block.id not in around]
        worst = max(worst, of_blocks(evaluator, module, blocks, place.frame))
    return worst


def of_returns(evaluator: Evaluation, module: ModuleIndex, exits: Sequence[Exit], frame: Frame | None) -> Stability:
    """How often it changes which of its `return` statements ends a function."""
    if len(exits) < 2:
        return Stability.STABLE
    values = [leave.value for leave in exits]
    return max(of_blocks(evaluator, module, module.conditions(leave.block), frame, values) for leave in exits)


def of_blocks(
    evaluator: Evaluation,
    module: ModuleIndex,
    blocks: Iterable[Block],
    frame: Frame | None,
    others: Iterable[ex.Expr | None] = (),
) -> Stability:
    """How often it changes whether the body of a statement runs. Where that is an exception handler, it depends on what may fail: `others`."""
    worst = Stability.STABLE
    for block in blocks:
        there = Place(module, Point(block.scope, block.parent or 0, block.first), frame)
        if block.kind in ("if", "else", "case"):
            heads = [each.head for each in module.branches[block.group] if each.head is not None]
            worst = max([worst, *(of_test(evaluator, head, there) for head in heads)])
        elif block.kind == "except":
            failing = (stability_at(module, there.point, each) for each in others if each is not None)
            worst = max([worst, Stability.UNKNOWN, *failing])
        elif block.kind != "scope":
            return Stability.VARYING
    return worst


def is_made_once(module: ModuleIndex, point: Point) -> bool:
    """Whether a point of a file is reached once in a process."""
    return module.scopes[point.scope].kind in ("module", "class") and not module.loops(point.block)
