"""How many items a loop goes over, where the source tells."""

from __future__ import annotations

import re
from collections.abc import Iterator
from collections.abc import Sequence as AnySequence

from llmlint.link.calls import runners
from llmlint.link.calls.call_paths import CallPath
from llmlint.link.calls.evaluator import Evaluator
from llmlint.link.flow.dependence import exits_of
from llmlint.link.names import effects
from llmlint.link.names.index import ModuleIndex, Point
from llmlint.link.values import objects
from llmlint.link.values.place import Frame, Place
from llmlint.link.values.values import Class, Items, Literal, Record, Unknown, Value
from llmlint.scan import expressions as ex
from llmlint.scan.facts import Block
from llmlint.source import Span

# Calls whose `default` is only what an option is where nobody passes another value.
_OPTIONS = frozenset({"add_argument", "option", "argument", "Option", "Argument", "Field"})
# What stands ahead of the only bound of a slice, between two bounds, and behind the last one.
_AHEAD, _BETWEEN = re.compile(r"\)*\s*\[\s*:\s*\(*$"), re.compile(r"\)*\s*:\s*\(*$")
_BEHIND, _OPEN = re.compile(r"\)*\s*:?\s*\]$"), re.compile(r"\)*\s*:\s*\]$")
_NEGATIVE = re.compile(r"-\s*\d+$")
# Methods that give the items of their object, and those that give at most as many as their argument says: of data frames, data sets, queries.
_VIEWS = frozenset(
    {"items", "keys", "values", "iterrows", "itertuples", "to_dict", "tolist", "to_list", "to_dicts", "iter_rows", "elements"}
)
_HEADS = frozenset({"head", "tail", "take", "limit", "nlargest", "nsmallest", "most_common", "sample"})
# Functions that give at most as many, by the place of the number and its keyword.
_PICKS = {"islice": (1, "stop"), "sample": (1, "k"), "choices": (-1, "k"), "nlargest": (0, "n"), "nsmallest": (0, "n")}
_ADDERS = effects.ADDS | effects.SETS
_DEEPEST = 4
# The items of the loops around a call in its own function, from the inside out, and of what its runner maps.
Counts = tuple[tuple["int | None", ...], "int | None"]
NOT_COUNTED: Counts = (), None


def counts_around(evaluator: Evaluator, path: CallPath, depth: int, block: int) -> Counts:
    """How many items the loops around one of the calls of a path go over: around the LLM call, which stands in `block`, at depth 0."""
    frame = path.frames[depth]
    if depth == 0:
        module, scope = path.module, path.scope
        return tuple(known_items(evaluator, module, scope, loop, frame) for loop in module.loops(block)), None
    hop = path.hops[depth - 1]
    module, fact = hop.use.module, hop.use.fact
    place = Place(module, Point(fact.scope, fact.block, fact.order), frame)
    mapped = mapped_items(evaluator, fact.call, hop.use.argument, place) if hop.is_mapped else None
    return tuple(known_items(evaluator, module, fact.scope, loop, frame) for loop in module.loops(fact.block)), mapped


def known_items(evaluator: Evaluator, module: ModuleIndex, scope: int, loop: Block, frame: Frame | None = None) -> int | None:
    """How many items a loop goes over at most, where the source tells. Where it can be one of several lists, the longest counts, and
    nothing is known if one of them is not. `frame` is that of its function on one call path; without it, what all callers pass counts."""
    if loop.head is None or loop.kind == "while":
        return None
    known = (
        _length(evaluator, loop.head, Place(module, Point(scope, loop.parent or 0, loop.first), frame)),
        _until_break(module, loop),
    )
    return min((length for length in known if length is not None), default=None)


def _until_break(module: ModuleIndex, loop: Block) -> int | None:
    """After how many items a loop ends by their number: `for number, row in enumerate(rows): if number > 3: break`."""
    if not isinstance(loop.head, ex.Call) or _tail(loop.head.func) != "enumerate" or not isinstance(loop.target, ex.Sequence):
        return None
    number = ex.dotted_name(loop.target.items[0]) if loop.target.items and len(loop.head.args) == 1 else None
    for leave in exits_of(module, loop, ("break",)) if number is not None else ():
        block = module.blocks[leave.block]
        test = block.head
        if block.kind != "if" or block.parent != loop.id or not isinstance(test, ex.Operation) or len(test.operands) != 2:
            continue
        left, right = test.operands
        if test.operator in (">", ">=", "==") and ex.dotted_name(left) == number and isinstance(right, ex.Constant):
            if isinstance(right.value, int):
                # What stands ahead of the test is done for the last item, too.
                is_done = any(loop.first < fact.order < block.first for fact in module.calls_by_scope.get(loop.scope))
                return right.value + (test.operator == ">") + is_done
    return None


def mapped_items(evaluator: Evaluator, call: ex.Call, function: int | None, place: Place) -> int | None:
    """How many items a call that maps a function has at most: `pool.map(ask, rows[:3])`, `frame.head(3).apply(ask)`. `function` is the index of
    the argument that is the function."""
    first = 0 if function is None else function + 1
    iterables = [argument.value for argument in call.args[first:] if argument.keyword is None and not argument.star]
    if runners.is_of_frame(call):
        iterables = [call.func.value] if isinstance(call.func, ex.Attribute) else []
    lengths = (_length(evaluator, iterable, place) for iterable in iterables)
    return min((length for length in lengths if length is not None), default=None)


def fewest_items(evaluator: Evaluator, module: ModuleIndex, scope: int, loop: Block, frame: Frame | None = None) -> int | None:
    """The length of the shortest list that a loop is known to go over, where it can be one of several: of the default of an option, say."""
    if loop.head is None or loop.kind == "while":
        return None
    head = loop.head
    while isinstance(head, ex.Call) and head.args and _tail(head.func) in runners.WRAPPERS:
        head = head.args[0].value
    place = Place(module, Point(scope, loop.parent or 0, loop.first), frame)
    closed = (value for value in evaluator.evaluate(head, place) if isinstance(value, (Items, Record)) and not value.is_open)
    counts = (len(value.items if isinstance(value, Items) else value.entries) for value in closed)
    return min((count for count in counts if count), default=None)


def _length(evaluator: Evaluator, head: ex.Expr, place: Place, depth: int = 0) -> int | None:
    while isinstance(head, ex.Call) and head.args and _tail(head.func) in runners.WRAPPERS:
        head = head.args[0].value
    if isinstance(head, ex.Call) and head.args and not any(argument.star for argument in head.args):
        if ex.dotted_name(head.func) == "range":
            return _range(evaluator, [argument.value for argument in head.args], place)
        if _tail(head.func) == "zip":
            # The shortest ends it.
            lengths = (_length(evaluator, argument.value, place, depth) for argument in head.args if argument.keyword is None)
            return min((length for length in lengths if length is not None), default=None)
        picked = _picked(evaluator, head, place)
        if picked is not None:
            return picked
    if isinstance(head, ex.Call) and isinstance(head.func, ex.Attribute) and head.func.attr in _VIEWS:
        return _length(evaluator, head.func.value, place, depth)
    if isinstance(head, ex.Subscript) and isinstance(head.index, ex.Other):
        return _sliced(evaluator, head, head.index.parts, place)
    # An empty list is one that somebody else fills, or what stands in for a list that is not there.
    values = evaluator.evaluate(head, place)
    found = _longest(_count(evaluator, value) for value in values) or None
    has_escaped = any(isinstance(value, (Items, Record)) and value.has_escaped for value in values)
    return found if found is not None or has_escaped or depth >= _DEEPEST else _length_of_name(evaluator, head, place, depth)


def _length_of_name(evaluator: Evaluator, head: ex.Expr, place: Place, depth: int) -> int | None:
    """How many items a name has that is bound to the first ones of something (`few = rows[:3]`), or for which a caller passes them."""
    if not isinstance(head, ex.Name):
        return None
    bindings = place.module.reaching(head.id, place.point)
    if any(each.kind != "assign" or each.value is None or each.operator or each.path for each in bindings):
        return None
    if _is_added_to(place.module, place.point.scope, head.id):
        return None
    if not bindings:
        return _length_passed(evaluator, head, place, depth)
    return _longest(
        _length(evaluator, each.value, place.at(each.scope, each.block, each.order), depth + 1)
        for each in bindings
        if each.value is not None
    )


def _length_passed(evaluator: Evaluator, name: ex.Name, place: Place, depth: int) -> int | None:
    """How many items a parameter has for which the caller at hand passes the first ones of something: `ask(rows[:3])`."""
    frame = place.own_frame()
    if frame is None or place.module.parameter(frame.scope, name.id) is None:
        return None
    return _longest(_length_made(evaluator, value, depth) for value in frame.arguments.get(name.id) or ())


def _length_made(evaluator: Evaluator, value: Value, depth: int) -> int | None:
    """How many items a value has that is not known itself, by the expression that makes it."""
    if not isinstance(value, Unknown) or value.expression is None or value.place is None:
        return _count(evaluator, value)
    place = value.place
    names = {each.name for each in place.module.bindings_by_scope.get(place.point.scope) if each.value is value.expression}
    if any(_is_added_to(place.module, place.point.scope, name) for name in names):
        return None
    return _length(evaluator, value.expression, place, depth + 1)


def _is_added_to(module: ModuleIndex, scope: int, name: str) -> bool:
    """Whether a list gets more items by a method, wherever in its scope."""
    methods = (fact.call.func for fact in module.calls_by_root.get((scope, name)))
    return any(isinstance(method, ex.Attribute) and method.attr in _ADDERS for method in methods)


def _picked(evaluator: Evaluator, call: ex.Call, place: Place) -> int | None:
    """How many items a call picks of others at most: `islice(rows, 3)`, `random.sample(rows, k=3)`, `frame.head(3)`."""
    tail = ex.last_name(call.func) or ""
    owner = ex.last_name(call.func.value) if isinstance(call.func, ex.Attribute) else None
    if tail in _PICKS and (isinstance(call.func, ex.Name) or owner in ("random", "heapq", "itertools")):
        position, keyword = _PICKS[tail]
    elif tail in _HEADS and isinstance(call.func, ex.Attribute):
        position, keyword = 0, "n"
    else:
        return None
    plain = [argument.value for argument in call.args if argument.keyword is None]
    if tail == "islice" and len(plain) > 2:
        return _range(evaluator, plain[1:], place)
    number = call.value(keyword) or (plain[position] if 0 <= position < len(plain) else None)
    return None if number is None else _at_most(evaluator, number, place)


def _sliced(evaluator: Evaluator, head: ex.Subscript, bounds: AnySequence[ex.Expr], place: Place) -> int | None:
    """How many items a slice has at most: `[:3]`, `[2:5]`, `[-3:]`."""

    def code(start: int, end: int) -> str:
        return evaluator.program.code(Span(place.module.path, start, end))

    if not bounds or len(bounds) > 2 or not _BEHIND.match(code(bounds[-1].end, head.end)):
        return None
    is_open = _AHEAD.match(code(head.value.end, bounds[0].start))
    if len(bounds) == 2:
        is_plain = not is_open and _BETWEEN.match(code(bounds[0].end, bounds[1].start))
        return _range(evaluator, bounds, place) if is_plain else None
    if is_open:
        return _at_most(evaluator, bounds[0], place)
    first = code(bounds[0].start, bounds[0].end)
    return -int(first) if _NEGATIVE.match(first) and _OPEN.match(code(bounds[0].end, head.end)) else None


def _range(evaluator: Evaluator, bounds: AnySequence[ex.Expr], place: Place) -> int | None:
    if len(bounds) > 2:
        return None
    if len(bounds) == 1:
        return _at_most(evaluator, bounds[0], place)
    first = _longest(_number(value) for value in evaluator.evaluate(bounds[0], place))
    last = _at_most(evaluator, bounds[1], place)
    return None if first is None or last is None or first < 0 else max(last - first, 0)


def _at_most(evaluator: Evaluator, number: ex.Expr, place: Place) -> int | None:
    """What a number is at most: `3`, `SAMPLES`, `min(3, len(rows))`; None for one that is counted from the end."""
    if isinstance(number, ex.Call) and ex.dotted_name(number.func) == "min" and len(number.args) > 1:
        known = (_at_most(evaluator, argument.value, place) for argument in number.args)
        return min((each for each in known if each is not None), default=None)
    if isinstance(number, ex.Call) and ex.dotted_name(number.func) == "len" and len(number.args) == 1:
        return _length(evaluator, number.args[0].value, place)
    values = evaluator.evaluate(number, place)
    if any(isinstance(value, Unknown) and _is_one_by_default(evaluator, value) for value in values):
        return 1
    found = _longest(map(_number, values))
    return found if found is None or found >= 0 else None


def _number(value: Value) -> int | None:
    return value.value if isinstance(value, Literal) and isinstance(value.value, int) else None


def _longest(counts: Iterator[int | None]) -> int | None:
    """The largest of the alternatives, where all are known."""
    found = list(counts)
    known = [count for count in found if count is not None]
    return max(known) if known and len(known) == len(found) else None


def _count(evaluator: Evaluator, value: Value) -> int | None:
    if (
        isinstance(value, (Items, Record))
        and not value.is_open
        and not value.has_escaped
        and not _is_default(evaluator, value.at)
    ):
        return len(value.items if isinstance(value, Items) else value.entries)
    if isinstance(value, Class) and any(_is_enumeration(each) for each in objects.ancestry(evaluator, value)):
        members = value.module.members[value.scope].values()
        return sum(any(binding.kind == "assign" and binding.value is not None for binding in found) for found in members)
    return None


def _is_default(evaluator: Evaluator, at: Span) -> bool:
    """Whether a list is the default of an option, for which a user passes as many values as there are."""
    module = evaluator.program.module(at.path)
    facts = (fact for tail in _OPTIONS for fact in module.calls_by_tail.get(tail)) if module is not None else ()
    return any(fact.call.start <= at.start and at.end <= fact.call.end for fact in facts)


def _is_one_by_default(evaluator: Evaluator, value: Unknown) -> bool:
    """Whether a value is 1 unless somebody asks for more: `add_argument("--count", type=int, default=1)`, a parameter `outputs=1` of a function
    whose callers are not in sight."""
    if isinstance(value.expression, ex.Name) and value.place is not None:
        parameter = value.place.module.parameter(value.place.point.scope, value.expression.id)
        if parameter is not None:
            return isinstance(parameter.default, ex.Constant) and parameter.default.value == 1
    at, module = value.at, evaluator.program.module(value.at.path)
    facts = (fact for tail in _OPTIONS for fact in module.calls_by_tail.get(tail)) if module is not None else ()
    defaults = (fact.call.value("default") for fact in facts if (fact.call.start, fact.call.end) == (at.start, at.end))
    return any(isinstance(default, ex.Constant) and default.value == 1 for default in defaults)


def _tail(func: ex.Expr) -> str:
    return (ex.dotted_name(func) or "").rpartition(".")[2]


def _is_enumeration(base: Class | str) -> bool:
    return isinstance(base, str) and base.rpartition(".")[2] in ("Enum", "StrEnum", "IntEnum")
