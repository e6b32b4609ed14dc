"""Whether what a request sends is kept in an object or file that functions of the program change: then each call may send another text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from llmlint.link.calls.arguments import CallArguments
from llmlint.link.calls.runners import tail_of
from llmlint.link.flow.state import read_keys
from llmlint.link.names.effects import CHANGES
from llmlint.link.names.index import ModuleIndex
from llmlint.scan import expressions as ex

_CHANGED_BY = frozenset({"shuffle", "heappush", "heappop", "insort"})
_WRITES = frozenset({"write_text", "write_bytes"})
_WRITING = frozenset("wax+")


def may_change_between_calls(arguments: CallArguments, names: Iterable[str]) -> bool:
    """Whether arguments are made from a default, module-level object or file that a function of the same file changes."""
    module, point = arguments.place.module, arguments.place.point
    sent = [arguments.written[name].value for name in names if name in arguments.written]
    keys = {key.split(".")[0] for key in read_keys(module, point.scope, sent, point.order)}
    return any(_is_changed(module, point.scope, key) for key in sorted(keys)) or _is_written(module, point.scope, sent, keys)


def _is_changed(module: ModuleIndex, scope: int, name: str) -> bool:
    """Whether an object that outlives a call is changed by a function: a default of the function itself, or one of the module."""
    parameter = module.parameter(scope, name)
    if parameter is not None:
        is_shared = isinstance(parameter.default, (ex.Sequence, ex.Mapping))
        return is_shared and any(each == scope for each in _changing_scopes(module, name))
    if scope != 0 and module.bindings(scope, name):
        return False  # Made anew by each call.
    is_object = any(isinstance(binding.value, (ex.Sequence, ex.Mapping, ex.Call)) for binding in module.bindings(0, name))
    return is_object and any(
        each != 0 and not module.bindings(each, name) and module.parameter(each, name) is None
        for each in _changing_scopes(module, name)
    )


def _changing_scopes(module: ModuleIndex, name: str) -> Iterator[int]:
    """The functions that change an object by its name."""
    module.lower_mentions(name)
    for store in module.named_facts.stores:
        if ex.root_name(store.target) == name and isinstance(store.target, (ex.Subscript, ex.Attribute)):
            yield store.scope
    for fact in module.named_facts.calls:
        func, call = fact.call.func, fact.call
        is_method = isinstance(func, ex.Attribute) and func.attr in CHANGES and ex.root_name(func) == name
        is_given = tail_of(call) in _CHANGED_BY and name in {ex.dotted_name(argument.value) for argument in call.args}
        if is_method or is_given:
            yield fact.scope


def _is_written(module: ModuleIndex, scope: int, sent: list[ex.Expr], keys: set[str]) -> bool:
    """Whether a function reads a file for its request that the program writes."""
    bound = [
        binding.value for key in sorted(keys) for binding in module.bindings(scope, key) if scope and binding.value is not None
    ]
    read = {_path(node) for value in (*sent, *bound) for node in ex.walk(value) if isinstance(node, ex.Call)} - {None}
    heads = [block.head for block in module.blocks_of(scope) if block.kind == "with" and scope]
    read |= {_path(node) for head in heads if head is not None for node in ex.walk(head) if isinstance(node, ex.Call)} - {None}
    if not read:
        return False
    module.note_flows()
    opened = [fact.call for fact in module.facts.calls if tail_of(fact.call) in ("open", *_WRITES)]
    return any(_path(call) in read and (tail_of(call) in _WRITES or _is_for_writing(call)) for call in opened)


def _path(call: ex.Call) -> str | None:
    """The literal path of `open("notes.txt")` and `Path("notes.txt").read_text()`."""
    if isinstance(call.func, ex.Attribute) and isinstance(call.func.value, ex.Call):
        return _path(call.func.value)
    first = call.args[0].value if call.args else None
    return first.value if isinstance(first, ex.Constant) and isinstance(first.value, str) else None


def _is_for_writing(call: ex.Call) -> bool:
    modes = [argument.value for argument in (*call.args[1:2], *(each for each in call.args if each.keyword == "mode"))]
    return any(isinstance(mode, ex.Constant) and isinstance(mode.value, str) and _WRITING & set(mode.value) for mode in modes)
