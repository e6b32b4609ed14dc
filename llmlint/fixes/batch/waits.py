"""Where items wait for those ahead of them, so that lists and files keep the order of the items, in all loops that become functions."""

from __future__ import annotations

from collections.abc import Collection
from itertools import takewhile

import libcst as cst

from llmlint.fixes.batch.calls import tries_again
from llmlint.fixes.batch.checks import code_of_fan_out
from llmlint.fixes.batch.client import is_async
from llmlint.fixes.batch.in_turn import Wait, places_in_turn
from llmlint.fixes.batch.levels import Level, calls_in, starts_of
from llmlint.fixes.batch.order import collected_of_level
from llmlint.fixes.batch.row_order import unordered
from llmlint.fixes.edits.by_hand import ByHand
from llmlint.fixes.edits.tree import Tree, holds


def waits_of(level: Level, mapped: Collection[tuple[str, int]], *, runs_through: bool) -> list[Wait]:
    """The statements ahead of which an item is to wait for those ahead of it, as it adds to lists and files behind fewer calls than others. `mapped`
    are the paths and starts of further loops that become `batch_map`, and `runs_through` says that some items may not wait for their calls. Raises
    `ByHand` where their order would change nevertheless."""
    fan_out, tree = level.fan_out, level.tree
    node = code_of_fan_out(tree, (fan_out.at, *fan_out.outer)[-1])
    if node is None:
        return []
    loops = _functions(level, node)
    mapped = {*mapped, *((tree.source.path, tree.offsets.of(each)[0]) for each in loops)}
    waits: list[Wait] = []
    for depth in range(max(len(loops), 1)):
        _add_waits(level, node, loops, depth, waits, mapped, runs_through=runs_through)
    return waits


def _functions(level: Level, node: cst.CSTNode) -> list[cst.For]:
    """The loops around a call that become functions, from the outside in."""
    span = level.fan_out.chain[-1].span if level.fan_out.chain else level.call.span
    if is_async(level.call) or not isinstance(node, cst.For):
        return []
    tree, found = level.tree, [node]
    call = tree.at(span.start, cst.Call, cst.Attribute, cst.Name)
    around = [each for each in tree.ancestors(call) if isinstance(each, (cst.For, cst.While))] if call is not None else []
    inside = list(takewhile(lambda each: each is not node, around)) if any(each is node for each in around) else []
    for each in reversed(inside):
        if not isinstance(each, cst.For) or tries_again(tree, each) or tree.scope_of(each) is not tree.scope_of(node):
            break
        found.append(each)
    return found


def _add_waits(
    level: Level,
    node: cst.CSTNode,
    loops: list[cst.For],
    depth: int,
    waits: list[Wait],
    mapped: Collection[tuple[str, int]],
    *,
    runs_through: bool,
) -> None:
    """Add where the items of one of the loops are to wait for those ahead of them."""
    call, fan_out, tree = level.call, level.fan_out, level.tree
    loop = loops[depth] if loops else None
    code = loop if loop is not None else node
    collects = _collects(tree, loop, waits, depth) if loop is not None else None
    item = calls_in(tree, call, fan_out, code, starts_of(fan_out) | {tree.offsets.of(code)[0]})
    found = list(unordered(call.program, tree, code, item, collects, runs_through=runs_through, mapped=mapped).values())
    found = [each for each in found if each.is_known or loop is not None]
    if not found:
        return
    additions = [(place, each.is_known) for each in found for place in each.early]
    places = places_in_turn(tree, loop, additions, item.places, loops[depth + 1 :]) if loop is not None else None
    if places is None:
        raise ByHand(found[0].why)
    for each in places:
        at = tree.offsets.of(each)
        inside = max(number for number, other in enumerate(loops) if holds(tree, other, at))
        if all(other.statement is not each for other in waits):
            waits.append(Wait(each, inside, depth))


def _collects(tree: Tree, loop: cst.For, waits: list[Wait], depth: int) -> str | None:
    found = collected_of_level(tree, loop, waits, depth)
    return found[0] if found is not None else None
