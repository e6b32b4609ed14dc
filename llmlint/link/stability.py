"""How often a value that is not known changes, judged by the names that it is made of and without evaluating them."""

from __future__ import annotations

from llmlint.link.index import ModuleIndex, Point
from llmlint.link.values import Stability
from llmlint.scan import expressions as ex

_VOLATILE = frozenset(
    {"now", "utcnow", "today", "time", "time_ns", "strftime", "uuid1", "uuid4", "random", "randint", "choice", "sample", "shuffle",
     "token_hex", "token_urlsafe", "perf_counter", "monotonic", "ctime", "isoformat", "choices", "uniform"}
)  # fmt: skip
_CLOCKS_AND_DICE = frozenset(
    {"datetime", "date", "time", "uuid", "random", "secrets", "dt", "np", "numpy", "pd", "arrow", "pendulum", "timezone"}
)
_DEEPEST = 4


def is_volatile(expression: ex.Expr) -> bool:
    """Whether something in the expression asks the clock or a random source."""
    for node in ex.walk(expression):
        if isinstance(node, ex.Call):
            parts = (ex.dotted_name(node.func) or "").split(".")
            if parts[-1] in ("uuid4", "uuid1") or (len(parts) > 1 and parts[-1] in _VOLATILE and parts[-2] in _CLOCKS_AND_DICE):
                return True
    return False


def stability_at(module: ModuleIndex, point: Point, expression: ex.Expr, depth: int = 0) -> Stability:
    """How often an expression changes from one time that its point is reached to the next."""
    if is_volatile(expression):
        return Stability.VOLATILE
    worst = Stability.STABLE
    if any(isinstance(node, ex.Call) for node in ex.walk(expression)):
        repeats = bool(module.loops(point.block))
        worst = Stability.STABLE if point.scope == 0 and not repeats else Stability.UNKNOWN
    for node in ex.walk(expression):
        if isinstance(node, ex.Name):
            worst = max(worst, _of_name(module, point, node.id, depth))
    return worst


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
