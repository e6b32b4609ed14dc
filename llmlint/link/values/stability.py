"""How often a value that is not known changes, judged by the names that it is made of and without evaluating them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from llmlint.link.names.index import ModuleIndex, Point
from llmlint.link.program.memo import Memo
from llmlint.link.values.moments import is_unknown_format, moments_of_date, shows_start_of_iso
from llmlint.link.values.values import Stability
from llmlint.scan import expressions as ex

_VOLATILE = frozenset(
    {"now", "utcnow", "today", "time", "time_ns", "strftime", "uuid1", "uuid4", "random", "randint", "choice", "sample", "shuffle",
     "token_hex", "token_urlsafe", "token_bytes", "perf_counter", "monotonic", "ctime", "isoformat", "choices", "uniform", "localtime",
     "gmtime", "randrange", "getrandbits", "uuid6", "uuid7"}
)  # fmt: skip
_CLOCKS_AND_DICE = frozenset(
    {
        "datetime",
        "date",
        "time",
        "uuid",
        "random",
        "secrets",
        "dt",
        "np",
        "numpy",
        "pd",
        "arrow",
        "pendulum",
        "timezone",
        "Timestamp",
    }
)
_DAYS = frozenset(
    {("date", "today"), ("pendulum", "today"), ("pendulum", "tomorrow"), ("pendulum", "yesterday"), ("timezone", "localdate")}
)
CONSTRUCTORS = frozenset({"__init__", "__post_init__"})
_DEEPEST = 4


_STABILITIES: Memo[tuple[ex.Expr, int, int, int], Stability] = Memo()


def stability_at(module: ModuleIndex, point: Point, expression: ex.Expr, depth: int = 0) -> Stability:
    """How often an expression changes from one time that its point is reached to the next."""
    key = (expression, point.block, point.order, depth)
    return _STABILITIES.get(module, key, partial(_find_stability, module, point, expression, depth))


def _find_stability(module: ModuleIndex, point: Point, expression: ex.Expr, depth: int) -> Stability:
    repeats = bool(module.loops(point.block))
    worst = Stability.STABLE
    pending = [expression]
    while pending and worst is not Stability.VOLATILE:
        node = pending.pop()
        if isinstance(node, ex.Call) and (point.scope != 0 or repeats):
            worst = max(worst, Stability.UNKNOWN)
        if isinstance(node, ex.Name):
            worst = max(worst, _of_name(module, point, node.id, depth))
        elif _asks_for_today(module, point, node):
            worst = max(worst, _read_at(module, point, Stability.DAILY))
            continue
        elif is_unknown_format(node, lambda each: _text_at(module, point, each)):
            worst = max(worst, Stability.UNKNOWN)
            continue
        else:
            moments = _moments_of_date(module, point, node)
            if moments is not None:
                of_moments = (without_time(stability_at(module, point, moment, depth)) for moment in moments)
                worst = max((worst, *of_moments))
                continue
            if asks_clock_or_dice(module, node):
                worst = max(worst, _read_at(module, point, Stability.VOLATILE))
        pending.extend(node.children())
    return worst


def _read_at(module: ModuleIndex, point: Point, clock: Stability) -> Stability:
    """How often what a clock or random source gives changes where it is read: once, if that is when the module is imported."""
    if point.scope == 0 and not module.loops(point.block):
        return Stability.STABLE
    return Stability.UNKNOWN if module.scopes[point.scope].name in CONSTRUCTORS else clock


def asks_clock_or_dice(module: ModuleIndex, node: ex.Expr) -> bool:
    """Whether an expression is a call of a clock or a random source."""
    if not isinstance(node, ex.Call):
        return False
    parts = _qualified(module, node.func)
    return parts[-1] in ("uuid4", "uuid1") or (len(parts) > 1 and parts[-1] in _VOLATILE and parts[-2] in _CLOCKS_AND_DICE)


def _asks_for_today(module: ModuleIndex, point: Point, node: ex.Expr) -> bool:
    """`date.today()` and `time.strftime("%d %B")`: the clock, without minutes and seconds."""
    if not isinstance(node, ex.Call):
        return False
    parts = _qualified(module, node.func)
    if parts[-2:] == ["time", "strftime"]:
        return _moments_of_date(module, point, node) is not None
    return tuple(parts[-2:]) in _DAYS


def _qualified(module: ModuleIndex, function: ex.Expr) -> list[str]:
    """The parts of a function's name, with what its first part was imported as."""
    name = ex.dotted_name(function)
    if name is None:
        last = ex.last_name(function)
        return [last] if last is not None else [""]
    parts = name.split(".")
    for binding in module.bindings(0, parts[0]):
        if binding.kind == "import" and not binding.level:
            origin = [*binding.module.split("."), *([binding.member] if binding.member is not None else [])]
            return [*(part for part in origin if part), *parts[1:]]
    return parts


def _moments_of_date(module: ModuleIndex, point: Point, node: ex.Expr) -> Sequence[ex.Expr] | None:
    return moments_of_date(node, lambda each: _text_at(module, point, each), lambda each: _origin(module, point, each))


def _origin(module: ModuleIndex, point: Point, expression: ex.Expr) -> ex.Expr:
    """What a name is bound to, where that is one thing; any other expression as it is."""
    scope: int | None = point.scope
    while isinstance(expression, ex.Name) and scope is not None:
        here = point if scope == point.scope else module.at_end_of(scope)
        bindings = module.reaching(expression.id, here)
        if bindings:
            value = bindings[0].value
            is_one = len(bindings) == 1 and bindings[0].kind == "assign" and not bindings[0].path
            return value if is_one and value is not None else expression
        if module.parameter(scope, expression.id) is not None:
            break
        scope = module.scopes[scope].parent
    return expression


def _text_at(module: ModuleIndex, point: Point, expression: ex.Expr) -> str | None:
    """A constant text, given as such or by the name of a constant."""
    value = _origin(module, point, expression)
    return value.value if isinstance(value, ex.Constant) and isinstance(value.value, str) else None


def shows_date(module: ModuleIndex, point: Point, expression: ex.Subscript, origin: ex.Expr | None) -> bool:
    """Whether a subscript takes no more than the date or hour from a text that comes from `origin`."""
    return shows_start_of_iso(expression, origin) or _moments_of_date(module, point, expression) is not None


def without_time(stability: Stability) -> Stability:
    """How often the date or hour of a moment changes."""
    return Stability.DAILY if stability is Stability.VOLATILE else stability


def _of_name(module: ModuleIndex, point: Point, name: str, depth: int) -> Stability:
    scope: int | None = point.scope
    here = point
    while scope is not None:
        bindings = module.reaching(name, here)
        if bindings:
            if depth >= _DEEPEST:
                return Stability.UNKNOWN if scope == 0 else Stability.VARYING
            worst = Stability.STABLE
            for binding in bindings:
                if binding.kind == "for":
                    return Stability.VARYING
                if binding.value is not None and binding.kind != "import":
                    there = Point(binding.scope, binding.block, binding.order)
                    worst = max(worst, stability_at(module, there, binding.value, depth + 1))
            return worst
        if module.method_of_self(scope, name) is not None:
            return Stability.UNKNOWN
        if module.parameter(scope, name) is not None:
            return Stability.VARYING
        scope = module.scopes[scope].parent
        if scope is not None:
            here = module.at_end_of(scope)
    return Stability.STABLE
