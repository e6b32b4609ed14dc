"""How often a value that is not known changes, judged by the names that it is made of and without evaluating them."""

from __future__ import annotations

import re

from llmlint.link.names.index import ModuleIndex, Point
from llmlint.link.values.values import Stability
from llmlint.scan import expressions as ex

_VOLATILE = frozenset(
    {"now", "utcnow", "today", "time", "time_ns", "strftime", "uuid1", "uuid4", "random", "randint", "choice", "sample", "shuffle",
     "token_hex", "token_urlsafe", "perf_counter", "monotonic", "ctime", "isoformat", "choices", "uniform"}
)  # fmt: skip
_CLOCKS_AND_DICE = frozenset(
    {"datetime", "date", "time", "uuid", "random", "secrets", "dt", "np", "numpy", "pd", "arrow", "pendulum", "timezone"}
)
DATE_ATTRIBUTES = frozenset({"year", "month", "day"})
CONSTRUCTORS = frozenset({"__init__", "__post_init__"})
_DEEPEST = 4


def stability_at(module: ModuleIndex, point: Point, expression: ex.Expr, depth: int = 0) -> Stability:
    """How often an expression changes from one time that its point is reached to the next."""
    repeats = bool(module.loops(point.block))
    worst = Stability.STABLE
    pending = [expression]
    while pending and worst is not Stability.VOLATILE:
        node = pending.pop()
        if isinstance(node, ex.Call) and (point.scope != 0 or repeats):
            worst = max(worst, Stability.UNKNOWN)
        if isinstance(node, ex.Name):
            worst = max(worst, _of_name(module, point, node.id, depth))
        elif _asks_for_today(node):
            worst = max(worst, _read_at(module, point, Stability.DAILY))
            continue
        elif _asks_clock_or_dice(node):
            worst = max(worst, _read_at(module, point, Stability.VOLATILE))
        else:
            moment = _moment_of_date(node)
            if moment is not None:
                worst = max(worst, without_time(stability_at(module, point, moment, depth)))
                continue
        pending.extend(node.children())
    return worst


def _read_at(module: ModuleIndex, point: Point, clock: Stability) -> Stability:
    """How often what a clock or random source gives changes where it is read: once, if that is when the module is imported."""
    if point.scope == 0 and not module.loops(point.block):
        return Stability.STABLE
    return Stability.UNKNOWN if module.scopes[point.scope].name in CONSTRUCTORS else clock


def _asks_clock_or_dice(node: ex.Expr) -> bool:
    if not isinstance(node, ex.Call):
        return False
    parts = (ex.dotted_name(node.func) or "").split(".")
    return parts[-1] in ("uuid4", "uuid1") or (len(parts) > 1 and parts[-1] in _VOLATILE and parts[-2] in _CLOCKS_AND_DICE)


def _asks_for_today(node: ex.Expr) -> bool:
    """`date.today()` and `time.strftime("%d %B")`: the clock, without the time of day."""
    parts = (ex.dotted_name(node.func) or "").split(".") if isinstance(node, ex.Call) else []
    return parts[-2:] == ["date", "today"] or (parts[-2:] == ["time", "strftime"] and _moment_of_date(node) is not None)


def _moment_of_date(node: ex.Expr) -> ex.Expr | None:
    """The moment of which an expression gives the day: `now` of `now.strftime("%d %B")`, `now.date()` and `now.year`."""
    if isinstance(node, ex.Attribute):
        return node.value if node.attr in DATE_ATTRIBUTES else None
    if not isinstance(node, ex.Call) or not isinstance(node.func, ex.Attribute):
        return None
    if node.func.attr == "strftime":
        pattern = node.args[0].value if node.args else None
        is_date = isinstance(pattern, ex.Constant) and isinstance(pattern.value, str) and is_date_format(pattern.value)
        return node.func.value if is_date else None
    return node.func.value if node.func.attr in ("date", "weekday", "isoweekday") else None


def without_time(stability: Stability) -> Stability:
    """How often the day of a moment changes."""
    return Stability.DAILY if stability is Stability.VOLATILE else stability


def is_date_format(pattern: str) -> bool:
    """Whether a `strftime` pattern shows a date and no time of day."""
    directives = set(re.findall(r"%-?([a-zA-Z])", pattern))
    return bool(directives) and not directives & set("HIklMSfpPcXTRrs")


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
