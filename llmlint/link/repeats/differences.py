"""Whether a part of a call, such as its model, may be another one in each iteration of the nearest loop on its call path."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from llmlint.link.calls import runners
from llmlint.link.calls.arguments import CallArguments
from llmlint.link.calls.call_paths import CallPath, Hop
from llmlint.link.names.index import ModuleIndex
from llmlint.link.names.keys import keys_in
from llmlint.link.repeats.occurrences import given_to, parts_of
from llmlint.link.values.binding import bind
from llmlint.link.values.values import Function
from llmlint.scan import expressions as ex
from llmlint.scan.facts import Block

# Calls that give another item each time.
_TAKING = frozenset({"next", "pop", "popleft", "popitem", "get_nowait", "choice", "randint", "sample"})


def differs(path: CallPath, arguments: CallArguments, names: Iterable[str]) -> bool:
    """Whether one of some arguments may be another one in each iteration: what it is made from is an item of the loop, or taken from a list."""
    module, point = arguments.place.module, arguments.place.point
    scope, block = point.scope, point.block
    parts = _parts(arguments, frozenset(names))
    for hop in (*path.hops, None):
        made_from = _made_from(module, scope, parts)
        read = {key.partition(".")[0] for part in made_from for key in keys_in(module, part)}
        loops = module.loops(block)
        if loops:
            return any(_takes_another(part) for part in made_from) or any(
                _is_bound_by(module, loops[0], scope, name) for name in read
            )
        if hop is None:
            return False
        if hop.is_mapped:
            return not read.isdisjoint(_mapped_parameters(hop))
        parts = _given(module, scope, hop, made_from, read)
        module, scope, block = hop.use.module, hop.use.fact.scope, hop.use.fact.block
    return False


def _parts(arguments: CallArguments, names: frozenset[str]) -> list[ex.Expr]:
    """The expressions of some arguments of a call."""
    found = [each.value for name, each in arguments.written.items() if name in names]
    for splat in arguments.splats:
        found += [value for name, value in parts_of(splat.value, arguments.site, arguments.place) if name in names or not name]
    return found


def _made_from(module: ModuleIndex, scope: int, parts: Sequence[ex.Expr]) -> list[ex.Expr]:
    """Some expressions, and all that the names in them are bound to in their function."""
    found, pending, seen = list[ex.Expr](), list(parts), set[str]()
    while pending:
        part = pending.pop()
        found.append(part)
        for name in {key.partition(".")[0] for key in keys_in(module, part)} - seen:
            seen.add(name)
            pending += [each.value for each in module.bindings(scope, name) if each.value is not None]
    return found


def _takes_another(part: ex.Expr) -> bool:
    return any(isinstance(node, ex.Call) and runners.tail_of(node) in _TAKING for node in ex.walk(part))


def _is_bound_by(module: ModuleIndex, loop: Block, scope: int, name: str) -> bool:
    """Whether a loop binds a name to its items, or counts it up."""
    if loop.target is not None and any(isinstance(node, ex.Name) and node.id == name for node in ex.walk(loop.target)):
        return True
    bound = (each for each in module.bindings(scope, name) if loop.first <= each.order <= loop.last)
    return any(each.kind in ("for", "augment") for each in bound)


def _mapped_parameters(hop: Hop) -> set[str]:
    """The parameters of a function that get another item in each of the calls that a runner makes."""
    target = hop.target.module.scopes[hop.target.scope]
    kept = {bound.name for bound in bind(Function(hop.target.module, hop.target.scope), hop.use.bound)}
    return {each.name for each in target.parameters} - kept - {"self", "cls"}


def _given(module: ModuleIndex, scope: int, hop: Hop, made_from: Sequence[ex.Expr], read: set[str]) -> list[ex.Expr]:
    """What a caller passes of what a function reads; where the function lies in it, what it reads there itself."""
    call = hop.use.fact.call
    given = [value for name, value in given_to(hop.target.module, hop.target.scope, hop.use) if name is None or name in read]
    if isinstance(call.func, ex.Attribute) and hop.use.argument is None and not read.isdisjoint({"self", "cls"}):
        given.append(call.func.value)
    is_inside = module is hop.use.module and module.scopes[scope].parent == hop.use.fact.scope
    return [*given, *made_from] if is_inside else given
