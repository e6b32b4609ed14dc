"""Whether a history that an object keeps is emptied between one turn and the next, so that no turn sends the one before: `client.reset()`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from llmlint.link.calls.evaluator import Evaluator
from llmlint.link.flow.list_changes import starts_anew
from llmlint.link.flow.message_lists import Sent, returned_by_method
from llmlint.link.names.index import ModuleIndex
from llmlint.scan import expressions as ex
from llmlint.scan.facts import Block, CallFact


@dataclass(frozen=True, slots=True)
class _Event:
    """What one function does to an object: it empties the history (`is_reset`), or has a turn added."""

    order: int
    block: int
    is_reset: bool


def starts_over(evaluator: Evaluator, key: str, sent: Sent) -> bool:
    """Whether callers empty the history (`self.messages`) of an object ahead of each turn, or behind it. One turn of another caller that does
    not, and stands in no loop, is the first of its object."""
    root, _, attribute = key.partition(".")
    owner = sent.module.enclosing_class(sent.scope)
    if root != "self" or not attribute or owner is None:
        return False
    attributes = {attribute, *(each.partition(".")[2] for each, _ in returned_by_method(sent.module, sent.scope, attribute))}
    resets = frozenset(_resets(sent.module, owner.id, attributes, sent.scope))
    own = [each for each in _emptied(sent.module, sent.scope, "self", attributes, resets) if each.order < sent.order]
    if any(_is_ahead(sent.module, each, sent.block) for each in own):
        return True
    uses = evaluator.callers.uses(sent.module, sent.scope)
    turns: dict[tuple[str, int], list[CallFact]] = {}
    for use in uses:
        turns.setdefault((use.module.path, use.fact.scope), []).append(use.fact)
    first = 0
    for use in uses:
        if use.argument is not None:
            return False
        found = _is_emptied_before(use.module, use.fact, turns[use.module.path, use.fact.scope], attributes, resets)
        if found is False or (found is None and use.module.loops(use.fact.block)):
            return False
        first += found is None
    return first <= 1 and len(uses) > first


def _resets(module: ModuleIndex, owner: int, attributes: set[str], turn: int) -> Iterator[str]:
    """The methods of a class that empty a history, and do nothing else to it."""
    for name, bindings in module.members[owner].items():
        for scope in (each.scope_id for each in bindings if each.kind == "def" and each.scope_id not in (None, turn)):
            if scope is not None and name != "__init__" and any(_emptied(module, scope, "self", attributes, frozenset())):
                yield name


def _emptied(module: ModuleIndex, scope: int, receiver: str, attributes: set[str], resets: frozenset[str]) -> Iterator[_Event]:
    """Where a function empties the history of an object: `client.reset()`, `client.messages.clear()`, `client.messages = []`."""
    names = {f"{receiver}.{each}" for each in attributes}
    root = receiver.split(".")[0]
    for fact in module.calls_by_root.get((scope, root)):
        func = fact.call.func
        if isinstance(func, ex.Attribute):
            held = ex.dotted_name(func.value)
            if (func.attr in resets and held == receiver) or (func.attr == "clear" and held in names):
                yield _Event(fact.order, fact.block, True)
    stores = module.stores_by_root.get((scope, root))
    anew = {order for name in names if stores and name.count(".") == 1 for order in starts_anew(module, scope, name)}
    for store in stores:
        is_empty = isinstance(store.value, ex.Sequence) and not store.value.items
        if ex.dotted_name(store.target) in names and not store.operator and (is_empty or store.order in anew):
            yield _Event(store.order, store.block, True)


def _is_emptied_before(
    module: ModuleIndex, fact: CallFact, turns: Sequence[CallFact], attributes: set[str], resets: frozenset[str]
) -> bool | None:
    """Whether the history was emptied since the turn before, in the same function or in the iteration before; None where the function neither
    empties it nor makes another turn."""
    func = fact.call.func
    receiver = ex.dotted_name(func.value) if isinstance(func, ex.Attribute) else None
    if receiver is None:
        return False
    events = list(_emptied(module, fact.scope, receiver, attributes, resets))
    events += [
        _Event(each.order, each.block, False)
        for each in turns
        if isinstance(each.call.func, ex.Attribute) and ex.dotted_name(each.call.func.value) == receiver
    ]
    events.sort(key=lambda each: each.order)
    loops: list[Block] = module.loops(fact.block)
    inside = [each for each in events if not loops or loops[0].first <= each.order <= loops[0].last]
    before = [each for each in inside if each.order < fact.order and (not each.is_reset or _is_ahead(module, each, fact.block))]
    if before:
        return before[-1].is_reset
    behind = [each for each in inside if each.order >= fact.order and (not each.is_reset or _is_ahead(module, each, fact.block))]
    if behind[-1].is_reset:
        return True
    return None if len(behind) == 1 else False


def _is_ahead(module: ModuleIndex, event: _Event, block: int) -> bool:
    """Whether what happens in the block of an event happens whenever another block is run."""
    return any(here.id == event.block for here in module.block_path(block))
