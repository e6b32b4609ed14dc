"""Things that run what they are given: side by side, item by item, or just later."""

from __future__ import annotations

from llmlint.request_data import FanOutKind
from llmlint.scan import expressions as ex

# By the last part of their name. What they are given runs side by side with the rest.
CONCURRENT: dict[str, FanOutKind] = {
    "gather": "gather",
    "as_completed": "as_completed",
    "wait": "gather",
    "create_task": "task-group",
    "ensure_future": "task-group",
    "start_soon": "task-group",
    "submit": "executor",
    "run_in_executor": "executor",
    "to_thread": "gather",
    "run_sync": "gather",
    "apply_async": "pool",
    "delayed": "pool",
    "Thread": "executor",
    "Process": "pool",
    "spawn": "task-group",
    "remote": "pool",
    "delay": "pool",
}
# Of these, what calls the function that it is given once, with the arguments behind it and no others.
RUN_ONCE = frozenset({"to_thread", "submit", "run_in_executor", "run_sync", "start_soon"})
# Those that take the arguments of what they run in a tuple and a dict.
TAKE_TUPLES = frozenset({"Thread", "Process", "apply_async", "apply"})
# Methods of a function that run it once for each item: `f.expand(x=items)` of Airflow, `f.map(items)` of Prefect, Modal and Ray.
TASK_MAPS = frozenset({"expand", "expand_kwargs", "map", "starmap", "for_each"})
# Methods of a function that run it elsewhere: `f.remote(x)` of ray, `f.delay(x)` of Celery, `f.submit(x)` of Prefect.
REMOTE = frozenset({"remote", "delay", "apply_async", "submit", "spawn"}) | TASK_MAPS
# Of these, what runs or awaits coroutines that somebody else has collected.
COLLECTED_BY = frozenset({"gather", "as_completed", "wait"})
# Called once for each item of what else they are given.
_CONCURRENT_MAPS = frozenset(
    {
        "imap",
        "imap_unordered",
        "map_async",
        "starmap",
        "starmap_async",
        "amap",
        "thread_map",
        "process_map",
        "parallel_map",
        "map_batches",
    }
)
_FRAME_MAPS = frozenset(
    {"apply", "progress_apply", "map_elements", "applymap", "progress_map", "transform", "map_rows", "parallel_apply", "swifter"}
)
_PARALLEL = frozenset({"parallel_apply", "swifter"})
# Arguments of a data set's `map` that say how many rows run side by side.
_PROCESSES = frozenset({"num_proc", "n_jobs", "num_workers", "concurrency"})
MAPS = frozenset({"map", "filter"}) | _CONCURRENT_MAPS | _FRAME_MAPS
# Return whether something is a function, and of which kind.
_LOOKS = frozenset(
    {"isinstance", "callable", "iscoroutinefunction", "iscoroutine", "isawaitable", "isasyncgenfunction", "isgeneratorfunction", "isfunction",
     "ismethod", "isclass", "signature", "getsource", "getdoc", "hasattr", "id", "hash", "repr", "type"}
)  # fmt: skip
# Return something that runs it when called, or run it at once.
PASSES_ON = frozenset(
    {"partial", "wait_for", "shield", "retry", "Retrying", "run", "run_until_complete", "call", "wraps", "asyncio_run", "with_retry",
     "retry_with_exponential_backoff", "backoff", "append", "list", "tuple", "timeout", "run_with_timeout", "func_timeout", "call_with_retry"}
)  # fmt: skip
# Iterables that give the items of what they are given.
WRAPPERS = frozenset(
    {"enumerate", "tqdm", "trange", "sorted", "list", "reversed", "track", "tuple", "iter", "alive_it", "notebook_tqdm"}
)


def tail_of(call: ex.Call) -> str:
    func = call.func
    return func.attr if isinstance(func, ex.Attribute) else func.id if isinstance(func, ex.Name) else ""


def maps(call: ex.Call, argument: int) -> bool:
    """Whether a call runs the function that it is handed once for each item."""
    if tail_of(call) not in MAPS:
        return False
    has_items = len(call.args) > argument + 1 or tail_of(call) in _FRAME_MAPS or isinstance(call.func, ex.Attribute)
    return argument == 0 and has_items


def is_of_frame(call: ex.Call) -> bool:
    """Whether a call runs a function for each row of the data frame or data set, or item of the series, whose method it is: one after another,
    but independent. A pool's `map` is passed the items behind the function."""
    if tail_of(call) in _FRAME_MAPS:
        return True
    items = [each for each in call.args[1:] if each.keyword in (None, "iterable", "chunksize", "timeout")]
    return tail_of(call) in ("map", "filter") and isinstance(call.func, ex.Attribute) and not items


def unpacks(call: ex.Call) -> bool:
    """Whether a call passes the parts of each item to the function that it runs: `pool.starmap(ask, pairs)`."""
    return tail_of(call).startswith("starmap")


def is_of_task(call: ex.Call, function: str, methods: frozenset[str]) -> bool:
    """Whether a call that leads to a function is one of the methods that a framework gives to it: `summarise.expand(…)`."""
    return tail_of(call) in methods and tail_of(call) != function


def only_looks(call: ex.Call) -> bool:
    """Whether what a call is passed is looked at and not called: `inspect.iscoroutinefunction(action)`."""
    return tail_of(call) in _LOOKS


def runs(call: ex.Call) -> bool:
    """Whether a call runs the function that it is handed with the arguments behind it: `submit(ask, row)`, `to_thread(ask, row)`."""
    return tail_of(call) in CONCURRENT or tail_of(call) in PASSES_ON


def kind_of_map(call: ex.Call) -> tuple[FanOutKind, bool]:
    """The kind of fan-out, and whether its calls run side by side."""
    tail = tail_of(call)
    if tail == "starmap" and (ex.dotted_name(call.func) or "") in ("starmap", "itertools.starmap"):
        return "map", False
    if is_of_frame(call):
        words = (ex.dotted_name(call.func) or "").split(".")
        return "map", not _PARALLEL.isdisjoint(words) or any(argument.keyword in _PROCESSES for argument in call.args)
    if tail in _CONCURRENT_MAPS:
        return "pool", True
    if isinstance(call.func, ex.Attribute):
        return "executor", True
    return "map", False
