"""Whether all that a conversation can hold stands in the source, but for what the model writes: a literal task, and tools that return a few constants
or compute something. Such examples of agents stay below what a model caches."""

from __future__ import annotations

from llmlint.link.calls.evaluator import Evaluator
from llmlint.link.flow.turns import Turn
from llmlint.link.names.index import ModuleIndex
from llmlint.link.names.keys import keys_in
from llmlint.link.values.values import Function
from llmlint.scan import expressions as ex
from llmlint.scan.facts import CallFact

_DEEPEST = 4
# So many characters of functions are about as many tokens of results as a small model caches.
_MOST = 4_000
_BUILTINS = frozenset(
    {"print", "len", "str", "int", "float", "bool", "round", "sum", "min", "max", "abs", "dict", "list", "tuple", "set", "sorted", "range",
     "enumerate", "zip", "isinstance", "getattr", "hasattr", "next", "any", "all", "repr", "type", "ValueError", "KeyError", "TypeError",
     "RuntimeError", "pow", "divmod", "reversed", "filter", "map"}
)  # fmt: skip
_METHODS = frozenset(
    {"append", "extend", "insert", "format", "strip", "lower", "upper", "split", "join", "replace", "startswith", "endswith", "items", "keys",
     "values", "get", "model_dump", "to_dict", "title", "count", "copy", "strftime", "isoformat", "index", "rstrip", "lstrip"}
)  # fmt: skip
_FUNCTIONS = frozenset(
    {"json.dumps", "json.loads", "random.choice", "random.randint", "random.uniform", "random.random", "datetime.now", "datetime.datetime.now",
     "math.sqrt", "math.pow", "time.sleep", "time.time", "asyncio.sleep"}
)  # fmt: skip


def stands_in_source(evaluator: Evaluator, turn: Turn) -> bool:
    """Whether a conversation begins with constants, and all that its loop calls reads nothing from elsewhere."""
    sent, request = turn.path[-1], turn.path[0].call
    loop, module = turn.loop, sent.module
    is_range = loop is not None and isinstance(loop.head, ex.Call) and ex.dotted_name(loop.head.func) == "range"
    if loop is None or not (loop.kind == "while" or is_range):
        return False
    starts = [each for each in module.bindings(sent.scope, turn.key) if each.order < loop.first and each.scope == sent.scope]
    if not starts or not all(each.value is not None and _is_constant(each.value) for each in starts):
        return False
    parameters = {each.name for each in module.scopes[sent.scope].parameters}
    for fact in module.calls_by_root.get((sent.scope, turn.key.split(".")[0])):
        if any(parameters & keys_in(module, argument.value) for argument in fact.call.args):
            return False
    seen: dict[tuple[str, int], int] = {}
    facts = [each for each in module.calls_by_scope.get(sent.scope) if loop.first < each.order < loop.last]
    return all(_reads_nothing(evaluator, module, each, request, seen, _DEEPEST) for each in facts) and sum(seen.values()) < _MOST


def _is_constant(expression: ex.Expr) -> bool:
    return all(isinstance(node, (ex.Sequence, ex.Mapping, ex.Constant)) for node in ex.walk(expression))


def _reads_nothing(
    evaluator: Evaluator, module: ModuleIndex, fact: CallFact, request: ex.Expr, seen: dict[tuple[str, int], int], depth: int
) -> bool:
    """Whether a call gives nothing but what stands in the source or the model has written. `seen`: the length of each function so far."""
    func = fact.call.func
    name = ex.dotted_name(func) or ""
    if fact.call is request or name in _FUNCTIONS:
        return True
    place = evaluator.place(module, fact.scope, fact.block, fact.order)
    functions = [value for value in evaluator.evaluate(func, place) if isinstance(value, Function)]
    if not functions:
        return name in _BUILTINS or (isinstance(func, ex.Attribute) and func.attr in _METHODS)
    for function in functions:
        key = function.module.path, function.scope
        if key in seen:
            continue
        here = function.module.scopes[function.scope]
        seen[key] = here.end - here.start
        inner = function.module.calls_by_scope.get(function.scope)
        if not depth or not all(_reads_nothing(evaluator, function.module, each, request, seen, depth - 1) for each in inner):
            return False
    return True
