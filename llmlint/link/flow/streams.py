"""Whether a streamed response is only collected, or passed on piece by piece to somebody who reads along."""

from __future__ import annotations

from collections.abc import Iterator

from llmlint.link.names.index import ModuleIndex
from llmlint.link.names.keys import key_of, keys_in
from llmlint.scan import expressions as ex
from llmlint.scan.facts import Block

# Methods of a stream that wait for its end, or say nothing of its pieces.
_WAITS_FOR_END = frozenset(
    {"get_final_message", "get_final_text", "get_final_completion", "get_final_response", "until_done", "close", "aclose"}
)
# Functions that take all pieces at once, and what gives the pieces one by one.
_TAKES_ALL = frozenset({"list", "tuple", "join", "stream_chunk_builder"})
_ITERATES = frozenset({"enumerate", "iter", "aiter", "next", "anext"})
# What a loop over a stream may do with a piece without showing it to anybody.
_KEEPS = frozenset(
    {"append", "extend", "add", "update", "setdefault", "join", "len", "str", "int", "getattr", "hasattr", "isinstance", "type", "get",
     "loads", "dict", "list", "tuple", "strip", "startswith", "endswith", "split", "replace", "lower", "model_dump", "to_dict", "sum", "max",
     "items", "keys", "values", "debug", "warning", "error", "decode", "encode", "count"}
)  # fmt: skip


def is_collected(module: ModuleIndex, site: ex.Expr, scope: int) -> bool:
    """Whether the pieces of a stream are only put together in the function that asks for it: then a whole response would do."""
    names = set(_names(module, site, scope))
    loops = [loop for loop in _loops(module, scope) if loop.head is not None and _gives_pieces(loop.head, site, names)]
    if not all(_keeps_pieces(module, loop, scope) for loop in loops):
        return False
    if any(_is_passed_on(module, scope, name) for name in names):
        return False
    return bool(loops) or any(_waits_for_end(module, scope, name) for name in names)


def is_passed_on_in_pieces(module: ModuleIndex, scope: int, block: int, order: int) -> bool:
    """Whether a generator makes one request and then yields in a loop: it gives the response piece by piece, as a stream would."""
    if not module.scopes[scope].is_generator or module.loops(block):
        return False
    return any(
        leave.kind == "yield" and leave.order > order and module.loops(leave.block) for leave in module.exits_by_scope.get(scope)
    )


def _names(module: ModuleIndex, site: ex.Expr, scope: int) -> Iterator[str]:
    """The names that a stream is bound to, by assignment, `with`, or one from another."""
    found: set[str] = set()
    for binding in module.bindings_by_scope.get(scope):
        value = binding.value.value if isinstance(binding.value, ex.Await) else binding.value
        is_it = value is site or (isinstance(value, ex.Name) and value.id in found)
        if is_it and binding.kind in ("assign", "with", "walrus") and not binding.path:
            found.add(binding.name)
    yield from found


def _loops(module: ModuleIndex, scope: int) -> list[Block]:
    return [block for block in module.blocks_of(scope) if block.kind in ("for", "comprehension")]


def _gives_pieces(head: ex.Expr, site: ex.Expr, names: set[str]) -> bool:
    """`stream`, `stream.text_stream`, `enumerate(stream)`, or the call itself."""
    while isinstance(head, (ex.Attribute, ex.Await, ex.Call)) and head is not site:
        if isinstance(head, ex.Call):
            if ex.last_name(head.func) not in _ITERATES or not head.args:
                return False
            head = head.args[0].value
        else:
            head = head.value
    return head is site or (isinstance(head, ex.Name) and head.id in names)


def _keeps_pieces(module: ModuleIndex, loop: Block, scope: int) -> bool:
    """Whether a loop over a stream shows its pieces to nobody: no `yield`, and no call that could pass one on."""
    if any(leave.kind == "yield" and loop.first < leave.order < loop.last for leave in module.exits_by_scope.get(scope)):
        return False
    pieces = _made_of_pieces(module, loop, scope)
    return not any(
        loop.first < fact.order < loop.last
        and ex.last_name(fact.call.func) not in _KEEPS
        and any(pieces & keys_in(module, argument.value) for argument in fact.call.args)
        for fact in module.calls_by_scope.get(scope)
    )


def _made_of_pieces(module: ModuleIndex, loop: Block, scope: int) -> set[str]:
    names = ex.names_in(loop.target) if loop.target is not None else set()
    inside = [b for b in module.bindings_by_scope.get(scope) if loop.first < b.order < loop.last and b.value is not None]
    while True:
        more = {b.name for b in inside if b.value is not None and names & keys_in(module, b.value)} - names
        if not more:
            return names
        names |= more


def _is_passed_on(module: ModuleIndex, scope: int, name: str) -> bool:
    """Whether other code gets the stream itself: as an argument, a return value, an attribute."""
    if any(ex.last_name(fact.call.func) not in _TAKES_ALL | _ITERATES for fact in module.calls_taking.get((scope, name))):
        return True
    if any(isinstance(leave.value, ex.Name) and leave.value.id == name for leave in module.exits_by_scope.get(scope)):
        return True
    return any(isinstance(store.value, ex.Name) and store.value.id == name for store in module.stores_by_scope.get(scope))


def _waits_for_end(module: ModuleIndex, scope: int, name: str) -> bool:
    methods = module.calls_by_root.get((scope, name))
    if any(ex.last_name(fact.call.func) in _WAITS_FOR_END and key_of(fact.call.func) == name for fact in methods):
        return True
    return any(ex.last_name(fact.call.func) in _TAKES_ALL for fact in module.calls_taking.get((scope, name)))
