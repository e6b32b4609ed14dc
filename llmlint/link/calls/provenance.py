"""How a value gets to an LLM call: the calls of functions in between, each of which passes it on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from llmlint.findings import Related
from llmlint.link.calls.arguments import CallArguments
from llmlint.link.calls.call_paths import CallPath
from llmlint.link.calls.evaluator import Evaluator
from llmlint.link.calls.runners import tail_of
from llmlint.link.calls.uses import Use
from llmlint.link.names.index import ModuleIndex
from llmlint.link.program.memo import Memo
from llmlint.link.values.place import Arguments, Frame, Place
from llmlint.link.values.stability import CONSTRUCTORS
from llmlint.link.values.values import Class, Items, Object, Record, Text, Value
from llmlint.scan import expressions as ex
from llmlint.scan.facts import Scope
from llmlint.source import Span

_DEEPEST_VALUE = 6


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


def steps(path: CallPath) -> tuple[Related, ...]:
    """The calls of a path, from the LLM call outwards."""
    return tuple(through(name_of(hop.target.module, hop.target.scope, hop.use), hop.at) for hop in path.hops)


def steps_to(evaluator: Evaluator, path: CallPath, arguments: CallArguments, at: Span) -> tuple[Related, ...]:
    """The calls of a path through which what is written at a place gets to the LLM call, from the place on; empty where no caller passes it."""
    if not path.hops or arguments.is_in_function(at) or _is_sent_alone(evaluator, path, arguments, at):
        return ()
    found: list[Related] = []
    for hop, frame, step in zip(path.hops, path.frames, steps(path), strict=False):
        target = hop.target.module.scopes[hop.target.scope]
        given = {each.name: frame.arguments.get(each.name) or () for each in target.parameters} if frame is not None else {}
        holding = {name for name, values in given.items() for value in values if _lies_at(evaluator, value, at)}
        if not holding:
            break
        made = _made(given[target.parameters[0].name]) if holding == {target.parameters[0].name} else None
        is_method = hop.target.module.method_of_self(target.id, target.parameters[0].name) is not None
        if is_method and made is not None and made.call is not None and made.place is not None and isinstance(made.of, Class):
            name = made.of.module.scopes[made.of.scope].name
            found.append(through(name, Span(made.place.module.path, made.call.start, made.call.end)))
            break
        found.append(step)
    return tuple(reversed(found)) or _through_outer_function(evaluator, path, at)


def _through_outer_function(evaluator: Evaluator, path: CallPath, at: Span) -> tuple[Related, ...]:
    """The call of the function that the function of the call is nested in, and from which it has a value."""
    module = path.module
    outer = module.scopes[path.scope].parent or 0
    for use in evaluator.callers.uses(module, outer) if module.scopes[outer].kind == "function" else ():
        place = evaluator.place(use.module, use.fact.scope, use.fact.block, use.fact.order)
        values = (value for each in use.given for value in evaluator.evaluate(each.value, place))
        if any(_lies_at(evaluator, value, at) for value in values):
            return (through(name_of(module, outer, use), Span(use.module.path, use.fact.call.start, use.fact.call.end)),)
    return ()


def _made(values: Sequence[Value]) -> Object | None:
    return next((value for value in values if isinstance(value, Object) and value.call is not None), None)


def _is_sent_alone(evaluator: Evaluator, path: CallPath, arguments: CallArguments, at: Span) -> bool:
    """Whether the function of the call sends what is written at a place, whoever calls it."""
    module, program = path.module, evaluator.program
    frame = _ALONE.get(program, (module.path, path.scope), lambda: _frame_alone(evaluator, module, path.scope))
    place = Place(module, arguments.place.point, frame)
    given = [*(each.value for each in arguments.written.values()), *(each.value for each in arguments.splats)]
    return any(_lies_at(evaluator, value, at) for each in given for value in evaluator.evaluate(each, place))


_ALONE: Memo[tuple[str, int], Frame | None] = Memo()


def _frame_alone(evaluator: Evaluator, module: ModuleIndex, scope_id: int) -> Frame | None:
    """The frame of a function, and of those around it, of which nobody knows what they are passed."""
    frame: Frame | None = None
    for scope in reversed(list(_functions_around(module, scope_id))):
        known: dict[str, tuple[Value, ...]] = {}
        owner = _class_of(module, scope)
        if owner is not None and scope.parameters:
            # An object that is made with nothing that is known.
            of = Class(module, owner.id)
            made = ex.Call(owner.start, owner.start, ex.Name(owner.start, owner.start, owner.name), ())
            known[scope.parameters[0].name] = (Object(of, made, evaluator.around(of)),)
        frame = Frame(module, scope.id, Arguments(known), 0, frame, is_open=True)
    return frame


def _functions_around(module: ModuleIndex, scope: int) -> Iterator[Scope]:
    """A function and those that it is nested in, inside out."""
    current: int | None = scope
    while current is not None:
        if module.scopes[current].kind in ("function", "lambda"):
            yield module.scopes[current]
        current = module.scopes[current].parent


def _class_of(module: ModuleIndex, scope: Scope) -> Scope | None:
    """The class that a function is a method of."""
    owner = module.scopes[scope.parent] if scope.parent is not None else None
    return owner if owner is not None and owner.kind == "class" and scope.kind == "function" else None


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
