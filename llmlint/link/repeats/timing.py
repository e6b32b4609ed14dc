"""Whether calls are made to time them: benchmarks of latency and throughput, load tests, probes of rate limits. A batch has nothing to time."""

from __future__ import annotations

import re
from collections.abc import Iterator

from llmlint.link.names import effects
from llmlint.link.names.index import ModuleIndex
from llmlint.link.names.keys import key_of, keys_in
from llmlint.link.program.memo import Memo
from llmlint.link.program.program import Program
from llmlint.scan import expressions as ex
from llmlint.source import Span

_OF_TIME = r"latenc|throughput|ttft|time_to_first|tokens?_per_s|speed_?test|benchmark_(?:speed|api|models?)(?:_|$)"
_OF_LOAD = (
    r"load_?test|stress_?test|rate_?limits?_?(?:test|probe|check|demo)|(?:test|probe|demo\w*|check|find)_?(?:the_)?rate_?limit"
)
_TIMES = re.compile(rf"(?i){_OF_TIME}")
_LOADS = re.compile(rf"(?i){_OF_LOAD}")
# A time that only a stream has.
_FIRST = re.compile(r"(?i)(?:^|_)ttft(?:_|$)|time_to_first")
# Lists of times.
_COLLECTED = re.compile(r"(?i)latenc|ttft|throughput|durations|response_times|elapsed|timings|(?:^|_)times$")
_CLOCKS = frozenset({"time.time", "time.perf_counter", "time.monotonic", "time.perf_counter_ns", "time.time_ns", "time.monotonic_ns",
                     "perf_counter", "monotonic", "timeit", "default_timer", "timeit.default_timer"})  # fmt: skip
_TAILS_OF_CLOCKS = sorted({name.rpartition(".")[2] for name in _CLOCKS})
# Words in the names of a record's fields that hold a time.
_WORDS = ("latenc", "ttft", "duration", "elapsed", "response_time")
_FIELD = re.compile("(?i)" + "|".join(_WORDS))
_PERCENTILES = r"percentile|quantile|median|(?<![a-z0-9])p(?:50|90|95|99)(?![0-9])"
# Words of programs that show how much faster one way of making the same calls is than another.
_ONE_AFTER_ANOTHER = r"sequential|serial(?!iz|is)|synchronous|(?<![a-z])sync(?![a-z])|speed[_ -]?up|times[_ ]faster|x[_ ]faster"
_SIDE_BY_SIDE = r"concurren|parallel|async|thread|gather"
_SLOW_WAY = re.compile(rf"(?i){_ONE_AFTER_ANOTHER}")
_ANY_WAY = re.compile(rf"(?i){_ONE_AFTER_ANOTHER}|{_SIDE_BY_SIDE}")
_SHOWS = frozenset({"print", "info", "echo", "secho", "log", "rule"})

# The orders between which a time is taken, and the names that hold what it was.
_Span = tuple[int, int, frozenset[str]]

# By function: each of its calls asks for them.
_TIMED: Memo[int, bool] = Memo(holds_anywhere=True)
_CLOCKED: Memo[int, bool] = Memo(holds_anywhere=True)
_COMPARED: Memo[int, tuple[_Span, ...]] = Memo(holds_anywhere=True)
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
    if not has_clock(module, scope):
        return False
    calls = module.calls_by_scope.get(scope)
    names += [each.name for each in module.bindings_by_scope.get(scope) if _FIRST.search(each.name)]
    return any(_TIMES.search(name) for name in names) or any(_collects(fact.call) for fact in calls)


def keeps_times(program: Program, module: ModuleIndex, scope: int) -> bool:
    """Whether a function keeps in a record how long a call took, and the program computes percentiles of that: they are what it measures."""
    if not has_clock(module, scope):
        return False
    fields = _FIELDS.get(module, scope, lambda: frozenset(_words_of_times(module, scope)))
    return any(_has_percentiles(program, module, word) for word in fields)


def is_compared(program: Program, module: ModuleIndex, scope: int, order: int) -> bool:
    """Whether a function takes the time of a run at a place in it, and shows it as that of one way to make the calls: "sequential: 12 s"."""
    spans = _COMPARED.get(module, scope, lambda: _compared(program, module, scope))
    return any(start < order < end for start, end, _ in spans)


def _compared(program: Program, module: ModuleIndex, scope: int) -> tuple[_Span, ...]:
    """Where a function takes times, if it shows them as those of ways to make the same calls."""
    spans = _timed_spans(module, scope)
    shown, called = [], []
    for fact in module.calls_by_scope.get(scope) if spans else ():
        name = ex.last_name(fact.call.func) or ""
        if name in _SHOWS:
            if any(held & keys_in(module, each.value) for each in fact.call.args for _, _, held in spans):
                shown.append(program.code(Span(module.path, fact.call.start, fact.call.end)))
        elif any(start < fact.order < end for start, end, _ in spans):
            called.append(name)
    is_one_of_ways = any(_SLOW_WAY.search(each) for each in shown)
    if len(spans) > 1:
        is_one_of_ways = (
            is_one_of_ways or any(_ANY_WAY.search(each) for each in shown) or any(_SLOW_WAY.search(each) for each in called)
        )
    return spans if is_one_of_ways else ()


def _timed_spans(module: ModuleIndex, scope: int) -> tuple[_Span, ...]:
    """Where a function takes a time: the order of `start = time.time()`, that of `time.time() - start`, and the names that hold what it took."""
    own = [each for each in module.bindings_by_scope.get(scope) if each.value is not None]
    clocks = {each.name for each in own if isinstance(each.value, ex.Call) and ex.dotted_name(each.value.func) in _CLOCKS}
    if not clocks:
        return ()
    ends: list[tuple[int, set[str], frozenset[str]]] = []
    for each in own:
        for node in ex.walk(each.value) if each.value is not None else ():
            if isinstance(node, ex.Operation) and node.operator == "-":
                ends.append((each.order, set(keys_in(module, node)), frozenset({each.name})))
    for fact in module.calls_by_scope.get(scope):
        if ex.last_name(fact.call.func) in _SHOWS:
            for node in (inner for argument in fact.call.args for inner in ex.walk(argument.value)):
                if isinstance(node, ex.Operation) and node.operator == "-":
                    names = set(keys_in(module, node))
                    ends.append((fact.order, names, frozenset(names)))
    found = []
    for end, names, held in ends:
        # Of `end - start`, the one that was set earlier; each as it was set last.
        latest = {each.name: each.order for each in own if each.name in names & clocks and each.order < end}
        if latest:
            found.append((min(latest.values()), end, held))
    return tuple(found)


def has_clock(module: ModuleIndex, scope: int) -> bool:
    """Whether a function reads a clock to take a time."""
    return _CLOCKED.get(module, scope, lambda: _has_clock(module, scope))


def _has_clock(module: ModuleIndex, scope: int) -> bool:
    calls = (fact.call for tail in _TAILS_OF_CLOCKS for fact in module.calls_in_scope_by_tail.get((scope, tail)))
    return any(ex.dotted_name(call.func) in _CLOCKS for call in calls)


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
    if not isinstance(call.func, ex.Attribute) or call.func.attr not in effects.ADDS:
        return False
    key = key_of(call.func.value)
    return key is not None and _COLLECTED.search(key) is not None
