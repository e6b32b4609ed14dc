"""A memory in a file: a function reads it for its request and writes the answer to it, so that each call goes on from the ones before."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from llmlint.link.calls.runners import tail_of
from llmlint.link.flow import answers_by_key
from llmlint.link.names.effects import ADDS, SETS
from llmlint.link.names.index import ModuleIndex, Point
from llmlint.link.program.memo import Memo
from llmlint.scan import expressions as ex
from llmlint.scan.facts import CallFact

_READS = frozenset({"read", "read_text", "readlines", "load"})
_WRITES = frozenset({"write", "write_text", "writelines", "dump"})
_OPENS = frozenset({"open"})
_DEEPEST = 3


class _Access(NamedTuple):
    """A call that reads a file, or writes something to one. `key`: the file. `given`: what is written."""

    fact: CallFact
    key: str
    given: tuple[ex.Expr, ...]


_ACCESSES: Memo[tuple[int, bool], tuple[_Access, ...]] = Memo()


def is_kept_in_file(module: ModuleIndex, scope: int, order: int, sent: Sequence[ex.Expr], source: ex.Expr) -> bool:
    """Whether a function reads a whole file for what it sends, and writes what it is answered to the same file. Within a loop around the call,
    a file that is read ahead of the loop stays as it was."""
    reads = _accesses(module, scope, False)
    writes = _accesses(module, scope, True) if reads else ()
    files = {each.key for each in reads} & {each.key for each in writes}
    if not files:
        return False
    fact = module.fact_of_call.get(source) if isinstance(source, ex.Call) else None
    loop = next(iter(module.loops(fact.block)), None) if fact is not None else None
    since = loop.first if loop is not None else 0
    names = answers_by_key.names_with(module, scope, source)
    names |= _added_to(module, scope, source, names)
    written = {
        each.key
        for each in writes
        if each.key in files and any(answers_by_key.holds(module, value, source, names) for value in each.given)
    }
    read = [each.fact for each in reads if each.key in written and since <= each.fact.order < order]
    return bool(read) and _is_sent(module, scope, order, sent, read)


def _added_to(module: ModuleIndex, scope: int, source: ex.Expr, names: set[str]) -> set[str]:
    """The lists and dicts that a function adds the answer to."""
    found = {
        ex.root_name(store.target)
        for store in module.stores_by_scope.get(scope)
        if store.value is not None and answers_by_key.holds(module, store.value, source, names)
    }
    for fact in module.calls_by_scope.get(scope):
        if isinstance(fact.call.func, ex.Attribute) and fact.call.func.attr in ADDS | SETS:
            if any(answers_by_key.holds(module, each.value, source, names) for each in fact.call.args):
                found.add(ex.root_name(fact.call.func))
    return {name for name in found if name is not None and name not in ("self", "cls")}


def _is_sent(module: ModuleIndex, scope: int, order: int, sent: Sequence[ex.Expr], read: Iterable[CallFact]) -> bool:
    """Whether a request has all of what one of some calls reads, and not an item of it."""
    calls = {fact.call for fact in read}
    bindings = [each for each in module.bindings_by_scope.get(scope) if each.value is not None and each.order < order]
    expressions, names = list(sent), set[str]()
    for _ in range(_DEEPEST):
        if any(node in calls for each in expressions for node in ex.walk(each)):
            return True
        whole = {each.name for each in bindings} - names
        found = set(answers_by_key.has_whole(module, expressions, whole))
        if not found:
            return False
        names |= found
        expressions = [each.value for each in bindings if each.name in found and each.value is not None and each.kind != "for"]
    return any(node in calls for each in expressions for node in ex.walk(each))


def _accesses(module: ModuleIndex, scope: int, writes: bool) -> tuple[_Access, ...]:
    return _ACCESSES.get(module, (scope, writes), lambda: (*_own(module, scope, writes), *_of_helpers(module, scope, writes)))


def _own(module: ModuleIndex, scope: int, writes: bool) -> Iterator[_Access]:
    """The files that a function itself reads or writes."""
    for fact in module.calls_by_scope.get(scope):
        call = fact.call
        if tail_of(call) not in (_WRITES if writes else _READS):
            continue
        given = tuple(each.value for each in call.args)
        file = call.func.value if isinstance(call.func, ex.Attribute) else None
        if tail_of(call) in ("load", "dump"):
            file, given = (given[-1], given[:-1]) if given else (None, ())
        key = _file(module, Point(fact.scope, fact.block, fact.order), file, 0) if file is not None else None
        if key is not None:
            yield _Access(fact, key, given)


def _of_helpers(module: ModuleIndex, scope: int, writes: bool) -> Iterator[_Access]:
    """The files that functions of the same file, or methods of the same object, read or write for a function."""
    for fact in module.calls_by_scope.get(scope):
        for helper in answers_by_key.functions_called(module, scope, fact.call.func):
            if helper != scope:
                module.lower_scope(helper)
                given = tuple(each.value for each in fact.call.args)
                yield from (_Access(fact, each.key, given) for each in _own(module, helper, writes))


def _file(module: ModuleIndex, at: Point, expression: ex.Expr, depth: int) -> str | None:
    """What tells a file apart: its path, or the name of the module or attribute that holds that; None for one that may be another each time."""
    if depth > 2 * _DEEPEST:
        return None
    if isinstance(expression, ex.Constant):
        return repr(expression.value) if isinstance(expression.value, str) else None
    if isinstance(expression, ex.Call):
        if tail_of(expression) == "join" and ex.dotted_name(expression.func) == "os.path.join":
            joined = [_file(module, at, each.value, depth + 1) for each in expression.args]
            return "/".join(part for part in joined if part is not None) if None not in joined else None
        inner = expression.args[0].value if expression.args else None
        if isinstance(expression.func, ex.Attribute) and expression.func.attr in _OPENS:
            inner = expression.func.value
        is_path = tail_of(expression) in ("Path", "PurePath", "str") or tail_of(expression) in _OPENS
        return _file(module, at, inner, depth + 1) if inner is not None and is_path else None
    if isinstance(expression, ex.Operation) and expression.operator == "/":
        parts = [_file(module, at, each, depth + 1) for each in expression.operands]
        return "/".join(part for part in parts if part is not None) if None not in parts else None
    if isinstance(expression, ex.Attribute):
        return ex.dotted_name(expression)
    if not isinstance(expression, ex.Name) or module.parameter(at.scope, expression.id) is not None:
        return None
    is_own = bool(module.bindings(at.scope, expression.id))
    bound = module.reaching(expression.id, at) if is_own else module.bindings(0, expression.id)
    if len(bound) != 1 or bound[0].value is None or bound[0].kind not in ("assign", "with"):
        return None
    [binding] = bound
    found = _file(module, Point(binding.scope, binding.block, binding.order), bound[0].value, depth + 1)
    is_constant = binding.scope == 0 and not module.loops(binding.block)
    return found or (expression.id if is_constant else None)
