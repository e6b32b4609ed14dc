"""Whether calls are made to time them: benchmarks of latency and throughput, load tests, probes of rate limits. A batch has nothing to time."""

from __future__ import annotations

import re
from collections.abc import Iterator

from llmlint.link.names.index import ModuleIndex
from llmlint.link.names.keys import key_of
from llmlint.link.program.memo import Memo
from llmlint.link.program.program import Program
from llmlint.scan import expressions as ex

_OF_TIME = r"latenc|throughput|ttft|time_to_first|tokens?_per_s|speed_?test|benchmark_(?:speed|api|models?)(?:_|$)"
_OF_LOAD = (
    r"load_?test|stress_?test|rate_?limits?_?(?:test|probe|check|demo)|(?:test|probe|demo\w*|check|find)_?(?:the_)?rate_?limit"
)
_TIMES = re.compile(rf"(?i){_OF_TIME}")
_LOADS = re.compile(rf"(?i){_OF_LOAD}")
# Lists of times.
_COLLECTED = re.compile(r"(?i)latenc|ttft|throughput|durations|response_times|elapsed|timings|(?:^|_)times$")
_CLOCKS = frozenset({"time.time", "time.perf_counter", "time.monotonic", "time.perf_counter_ns", "time.time_ns", "time.monotonic_ns",
                     "perf_counter", "monotonic", "timeit", "default_timer", "timeit.default_timer"})  # fmt: skip
# Words in the names of a record's fields that hold a time.
_WORDS = ("latenc", "ttft", "duration", "elapsed", "response_time")
_FIELD = re.compile("(?i)" + "|".join(_WORDS))
_PERCENTILES = r"percentile|quantile|median|(?<![a-z0-9])p(?:50|90|95|99)(?![0-9])"
_ADDERS = frozenset({"append", "add", "extend"})

# By function: each of its calls asks for them.
_TIMED: Memo[int, bool] = Memo(holds_anywhere=True)
_CLOCKED: Memo[int, bool] = Memo(holds_anywhere=True)
_FIELDS: Memo[int, frozenset[str]] = Memo(holds_anywhere=True)


def is_timed(module: ModuleIndex, scope: int) -> bool:
    """Whether a function makes calls to time them: its names say so and it reads a clock, or it collects the times."""
    return _TIMED.get(module, scope, lambda: _is_timed(module, scope))


def _is_timed(module: ModuleIndex, scope: int) -> bool:
    names = [module.path.replace("\\", "/").rpartition("/")[2].partition(".")[0]]
    current: int | None = scope
    while current:
        names.append(module.scopes[current].name)
        current = module.scopes[current].parent
    if any(_LOADS.search(name) for name in names):
        return True
    if not _has_clock(module, scope):
        return False
    calls = module.calls_by_scope.get(scope)
    return any(_TIMES.search(name) for name in names) or any(_collects(fact.call) for fact in calls)


def keeps_times(program: Program, module: ModuleIndex, scope: int) -> bool:
    """Whether a function keeps in a record how long a call took, and the program computes percentiles of that: they are what it measures."""
    if not _has_clock(module, scope):
        return False
    fields = _FIELDS.get(module, scope, lambda: frozenset(_words_of_times(module, scope)))
    return any(_has_percentiles(program, module, word) for word in fields)


def _has_clock(module: ModuleIndex, scope: int) -> bool:
    calls = module.calls_by_scope.get(scope)
    return _CLOCKED.get(module, scope, lambda: any(ex.dotted_name(fact.call.func) in _CLOCKS for fact in calls))


def _words_of_times(module: ModuleIndex, scope: int) -> Iterator[str]:
    return (word for name in _times_kept(module, scope) for word in _WORDS if word in name.lower())


def _times_kept(module: ModuleIndex, scope: int) -> Iterator[str]:
    """The names of fields, keywords and keys under which a function keeps times: `Row(text, latency_ms=…)`, `{"latency": …}`."""
    for fact in module.calls_by_scope.get(scope):
        name = ex.last_name(fact.call.func) or ""
        is_class = name[:1].isupper()
        yield from (each.keyword for each in fact.call.args if is_class and each.keyword and _FIELD.search(each.keyword))
        if is_class and any(_reads_clock(each.value) for each in fact.call.args if each.keyword is None):
            owners = (each.scope_id for each in module.bindings(0, name) if each.kind == "class" and each.scope_id is not None)
            yield from (field for owner in owners for field in module.members[owner] if _FIELD.search(field))
    held = [each.value for each in module.bindings_by_scope.get(scope)] + [
        each.value for each in module.exits_by_scope.get(scope)
    ]
    held += [each.value for fact in module.calls_by_scope.get(scope) for each in fact.call.args]
    for value in held:
        for key, _ in value.items if isinstance(value, ex.Mapping) else ():
            if isinstance(key, ex.Constant) and isinstance(key.value, str) and _FIELD.search(key.value):
                yield key.value


def _reads_clock(expression: ex.Expr) -> bool:
    return any(isinstance(node, ex.Call) and ex.dotted_name(node.func) in _CLOCKS for node in ex.walk(expression))


def _has_percentiles(program: Program, module: ModuleIndex, word: str) -> bool:
    pattern = rf"(?i)(?:{_PERCENTILES})[^\n]{{0,60}}{word}|{word}[^\n]{{0,60}}(?:{_PERCENTILES})"
    return program.first_matching(word.encode(), re.compile(pattern.encode()), module.path) is not None


def _collects(call: ex.Call) -> bool:
    """`latencies.append(elapsed)`."""
    if not isinstance(call.func, ex.Attribute) or call.func.attr not in _ADDERS:
        return False
    key = key_of(call.func.value)
    return key is not None and _COLLECTED.search(key) is not None
