"""The way from a value to the LLM call that it reaches: the calls of functions in between, each of which hands it on.

Findings are made with the values that all callers give, and do not say by which way one came. That is found out here, for those that are
shown, from the call upwards: a function that has the value when it is looked at with its callers, and not without them, has it from one of
those. All that is asked has been asked before, for the finding, and is remembered; so this costs little.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

from llmlint.findings import Related
from llmlint.link.calls.evaluator import Evaluator, evaluator_of
from llmlint.link.calls.runners import tail_of
from llmlint.link.calls.uses import Use
from llmlint.link.names.index import ModuleIndex, Point
from llmlint.link.program.memo import Memo
from llmlint.link.program.program import Program
from llmlint.link.values import containers, objects
from llmlint.link.values.place import Arguments, Frame, Place
from llmlint.link.values.stability import CONSTRUCTORS
from llmlint.link.values.values import Class, Function, Items, Object, Record, Text, Value
from llmlint.scan import expressions as ex
from llmlint.scan.facts import CallFact, Scope
from llmlint.source import Span

_DEEPEST = 5
_MOST_FUNCTIONS = 24
_DEEPEST_VALUE = 6

Given = dict[str, tuple[Value, ...]]


@dataclass(frozen=True, slots=True)
class Way:
    """`steps` are the calls on the way, from the value to the LLM call. `same` are further calls that give the same value, and `others`
    calls of the first step's function that give it another text instead."""

    steps: tuple[Related, ...]
    same: tuple[Related, ...]
    others: tuple[Related, ...]


@dataclass(frozen=True, slots=True)
class _Node:
    """A function on the way up, and the steps from it to the LLM call."""

    module: ModuleIndex
    scope: int
    steps: tuple[Related, ...]


@dataclass(frozen=True, slots=True)
class _Edge:
    """A use of a function, of which `target` is what takes its arguments: the function, or the constructor of the object that it belongs to."""

    use: Use
    target: Function
    steps: tuple[Related, ...]


def through(name: str, at: Span) -> Related:
    """The note of one step."""
    return Related(at, f"through `{name}()`, called here")


def name_of(module: ModuleIndex, scope: int, use: Use) -> str:
    """What a function is called at a use: a constructor by the name of its class or of a subclass, a lambda or a callable object by the
    name that it was given."""
    here = module.scopes[scope]
    called = tail_of(use.fact.call) if use.argument is None else ""
    if here.kind == "lambda" or here.name == "__call__":
        return called or here.name
    owner = _class_of(module, here)
    if owner is None or here.name not in CONSTRUCTORS:
        return here.name
    return owner.name if called in ("", "cls", *CONSTRUCTORS) else called


def is_step(note: Related) -> bool:
    return note.message.startswith("through `")


def find_way(program: Program, call: Span, at: Span) -> Way | None:
    """The shortest way from a value to an LLM call; None where the value does not come from a caller of the function around the call."""
    evaluator = evaluator_of(program)
    module = program.module(call.path)
    if module is None:
        return None
    scope = _function_around(module, call.start)
    around = module.scopes[scope]
    if scope == 0 or (at.path == call.path and around.start <= at.start < around.end):
        return None
    fact = next((each for each in module.facts.calls if each.call.start <= call.start and call.end <= each.call.end), None)
    if fact is None:
        return None
    known, alone = (_is_sent(evaluator, fact, find(evaluator, module, fact), at) for find in (_known, _alone))
    return _search(evaluator, _Node(module, scope, ()), at) if known and not alone else None


def _search(evaluator: Evaluator, start: _Node, at: Span) -> Way | None:
    level = [start]
    seen: set[tuple[str, int]] = set()
    for _ in range(_DEEPEST):
        edges = [edge for node in level for edge in _edges(evaluator, node, seen)]
        on_the_way = [edge for edge in edges if _gives(evaluator, edge, at)]
        found = [edge for edge in on_the_way if _gives_itself(evaluator, edge, at)]
        if found:
            same = dict.fromkeys(edge.steps[0] for edge in found)
            others = dict.fromkeys(_with_another_text(evaluator, found[0], edges, at))
            return Way(found[0].steps, tuple(same)[1:], tuple(each for each in others if each not in same))
        level = [_Node(edge.use.module, edge.use.fact.scope, edge.steps) for edge in on_the_way]
    return None


def _with_another_text(evaluator: Evaluator, first: _Edge, edges: list[_Edge], at: Span) -> Iterator[Related]:
    """The calls of the function that a value is given to which give its parameter a text, too."""
    parameters = _gives(evaluator, first, at)
    for edge in edges:
        if edge.target.module is first.target.module and edge.target.scope == first.target.scope:
            given = _given(evaluator, edge, _alone(evaluator, edge.use.module, edge.use.fact))
            values = (value for name in parameters for value in given.get(name, ()))
            if any(isinstance(value, Text) and value.stable_head for value in values):
                yield edge.steps[0]


# Up


def _edges(evaluator: Evaluator, node: _Node, seen: set[tuple[str, int]]) -> Iterator[_Edge]:
    """The uses of a function and of those that it is nested in; of a method, also the constructions of its object."""
    for scope in _functions_around(node.module, node.scope):
        if (node.module.path, scope.id) in seen or len(seen) >= _MOST_FUNCTIONS:
            continue
        seen.add((node.module.path, scope.id))
        owner = _class_of(node.module, scope)
        receiver = _instance(evaluator, owner, scope.decorators, node.module) if owner is not None else None
        yield from _uses(evaluator, Function(node.module, scope.id, receiver), node)
        constructor = objects.find_method(evaluator, Class(node.module, owner.id), "__init__") if owner is not None else None
        if owner is None or constructor is None or (constructor.module.path, constructor.scope) in seen:
            continue
        seen.add((constructor.module.path, constructor.scope))
        yield from _uses(evaluator, Function(constructor.module, constructor.scope, receiver), node)


def _uses(evaluator: Evaluator, target: Function, node: _Node) -> Iterator[_Edge]:
    is_lambda = target.module.scopes[target.scope].kind == "lambda"
    for use in evaluator.callers.uses(target.module, target.scope):
        # What a lambda is given where it is handed over is up to what takes it.
        if use.is_certain and not (is_lambda and use.argument is not None):
            at = Span(use.module.path, use.fact.call.start, use.fact.call.end)
            yield _Edge(use, target, (through(name_of(target.module, target.scope, use), at), *node.steps))


def _function_around(module: ModuleIndex, offset: int) -> int:
    """The innermost function around a place, which may be a lambda; 0 in the body of the module."""
    around = [each for each in module.scopes if each.kind in ("function", "lambda") and each.start <= offset < each.end]
    return max(around, key=lambda each: each.start).id if around else 0


def _functions_around(module: ModuleIndex, scope: int) -> Iterator[Scope]:
    """A function and those that it is nested in, inside out."""
    current: int | None = scope
    while current is not None:
        here = module.scopes[current]
        if here.kind in ("function", "lambda"):
            yield here
        current = here.parent


def _class_of(module: ModuleIndex, scope: Scope) -> Scope | None:
    """The class that a function is a method of."""
    owner = module.scopes[scope.parent] if scope.parent is not None else None
    return owner if owner is not None and owner.kind == "class" and scope.kind == "function" else None


# What is given


def _is_sent(evaluator: Evaluator, fact: CallFact, place: Place, at: Span) -> bool:
    """Whether a value is among the arguments of a call."""
    values = (value for argument in fact.call.args for value in evaluator.evaluate(argument.value, place))
    return any(_lies_at(evaluator, value, at) for value in values)


def _gives(evaluator: Evaluator, edge: _Edge, at: Span) -> list[str]:
    """The parameters that are given a value at a use, whoever the use has it from."""
    given = _given(evaluator, edge, _known(evaluator, edge.use.module, edge.use.fact))
    return [name for name, values in given.items() if any(_lies_at(evaluator, value, at) for value in values)]


def _gives_itself(evaluator: Evaluator, edge: _Edge, at: Span) -> bool:
    """Whether a use has the value that it gives from its own function, and not from a caller of that."""
    given = _given(evaluator, edge, _alone(evaluator, edge.use.module, edge.use.fact))
    return any(_lies_at(evaluator, value, at) for values in given.values() for value in values)


def _given(evaluator: Evaluator, edge: _Edge, place: Place) -> Given:
    call = ex.Call(edge.use.fact.call.start, edge.use.fact.call.end, edge.use.fact.call.func, edge.use.given)
    given = containers.arguments(evaluator, edge.target, call, place)
    names = [each.name for each in edge.target.module.scopes[edge.target.scope].parameters]
    found = {name: given.get(name) or () for name in names}
    return {name: values for name, values in found.items() if edge.target.receiver not in values}


def _lies_at(evaluator: Evaluator, value: Value, at: Span, depth: int = 0) -> bool:
    """Whether a value, one inside it, or one that it is made with is written at a place."""
    if depth > _DEEPEST_VALUE:
        return False
    if getattr(value, "at", None) == at:
        return True
    if isinstance(value, Text):
        return any(part.at == at for part in value.parts)
    if isinstance(value, Record):
        entries = value.entries.values()
        inner = (each for entry in entries for each in entry.values)
        return any(entry.at == at for entry in entries) or any(_lies_at(evaluator, each, at, depth + 1) for each in inner)
    if isinstance(value, Items):
        return any(_lies_at(evaluator, each, at, depth + 1) for alternatives in value.items for each in alternatives)
    if depth or not isinstance(value, Object) or value.call is None or value.place is None or not isinstance(value.of, Class):
        return False
    # Of what an object is made with, only what is plain to see: more takes too long for what it tells.
    plain = (each.value for each in value.call.args if isinstance(each.value, (ex.Constant, ex.Name, ex.Attribute)))
    return any(_lies_at(evaluator, inner, at, 1) for each in plain for inner in evaluator.evaluate(each, value.place))


def _known(evaluator: Evaluator, module: ModuleIndex, fact: CallFact) -> Place:
    """The place of a call in functions that are given what all their callers give."""
    return evaluator.place(module, fact.scope, fact.block, fact.order)


def _frame_alone(evaluator: Evaluator, module: ModuleIndex, scope: Scope, outer: Frame | None) -> Frame:
    owner = _class_of(module, scope)
    arguments: Given = {}
    if owner is not None and scope.parameters and module.method_of_self(scope.id, scope.parameters[0].name) is not None:
        arguments[scope.parameters[0].name] = (_instance(evaluator, owner, scope.decorators, module),)
    return Frame(module, scope.id, Arguments(arguments), 1, outer)


_FRAMES: Memo[tuple[str, int], Frame] = Memo()


def _alone(evaluator: Evaluator, module: ModuleIndex, fact: CallFact) -> Place:
    """The place of a call in functions of which nobody knows what they are given."""
    frame: Frame | None = None
    for scope in reversed(list(_functions_around(module, fact.scope))):
        key = (module.path, scope.id)
        frame = _FRAMES.get(evaluator.program, key, partial(_frame_alone, evaluator, module, scope, frame))
    return Place(module, Point(fact.scope, fact.block, fact.order), frame)


def _instance(evaluator: Evaluator, owner: Scope, decorators: tuple[ex.Expr, ...], module: ModuleIndex) -> Value:
    """What `self` or `cls` is: an object of the class, made with nothing that is known."""
    of = Class(module, owner.id)
    if any(ex.dotted_name(each) == "classmethod" for each in decorators):
        return of
    made = ex.Call(owner.start, owner.start, ex.Name(owner.start, owner.start, owner.name), ())
    return Object(of, made, evaluator.around(of))
