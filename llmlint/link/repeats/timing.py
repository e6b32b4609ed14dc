"""Whether calls are made to time them: benchmarks of latency and throughput, load tests, probes of rate limits. A batch has nothing to time."""

from __future__ import annotations

import re

from llmlint.link.names.index import ModuleIndex
from llmlint.link.names.keys import key_of
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
_ADDERS = frozenset({"append", "add", "extend"})


def is_timed(module: ModuleIndex, scope: int) -> bool:
    """Whether a function makes calls to time them: its names say so and it reads a clock, or it collects the times."""
    names = [module.path.replace("\\", "/").rpartition("/")[2].partition(".")[0]]
    current: int | None = scope
    while current:
        names.append(module.scopes[current].name)
        current = module.scopes[current].parent
    if any(_LOADS.search(name) for name in names):
        return True
    calls = module.calls_by_scope.get(scope)
    if not any(ex.dotted_name(fact.call.func) in _CLOCKS for fact in calls):
        return False
    return any(_TIMES.search(name) for name in names) or any(_collects(fact.call) for fact in calls)


def _collects(call: ex.Call) -> bool:
    """`latencies.append(elapsed)`."""
    if not isinstance(call.func, ex.Attribute) or call.func.attr not in _ADDERS:
        return False
    key = key_of(call.func.value)
    return key is not None and _COLLECTED.search(key) is not None
