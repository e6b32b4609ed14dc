"""Whether what a call sends is made for it alone: one value made once and sent by several calls, and numbers that are counted up."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Iterator
from functools import cache, partial

from llmlint.link.calls.arguments import CallArguments
from llmlint.link.calls.evaluator import Evaluator
from llmlint.link.flow.message_lists import given_by
from llmlint.link.flow.state import read_keys
from llmlint.link.names.index import ModuleIndex, Point
from llmlint.link.names.keys import key_of, keys_in
from llmlint.request_data import Gap, Prompt, Segment, Stability
from llmlint.scan import expressions as ex
from llmlint.scan.facts import Binding, Block
from llmlint.source import Span

_NAME = re.compile(r"(?<![\w.])[^\W\d]\w*(?:\.[^\W\d]\w*)?")
_DEEPEST = 4
_MOST_USES = 8
_COUNTING = frozenset({"range", "count", "enumerate", "trange"})


def with_repetition(evaluator: Evaluator, arguments: CallArguments, prompt: Prompt) -> Prompt:
    """The prompt, where a moment or random text that several calls send is no longer one that differs in each call, and a counter is."""

    # Of a long list, many gaps may have one and the same place: the whole list.
    sent = cache(partial(is_sent_again, evaluator, arguments))
    counted = cache(partial(_is_counted, arguments))

    def judged(gap: Gap) -> Gap:
        if gap.stability is Stability.VOLATILE and sent(gap.at):
            return dataclasses.replace(gap, stability=Stability.UNKNOWN)
        if gap.stability in (Stability.UNKNOWN, Stability.VARYING) and counted(gap.at):
            return dataclasses.replace(gap, stability=Stability.VOLATILE)
        return gap

    def of(segment: Segment) -> Segment:
        gaps = tuple(judged(gap) for gap in segment.gaps)
        return dataclasses.replace(segment, gaps=gaps) if gaps != segment.gaps else segment

    key = judged(prompt.cache_key_gap) if prompt.cache_key_gap is not None else None
    return dataclasses.replace(prompt, segments=tuple(of(segment) for segment in prompt.segments), cache_key_gap=key)


# Made once, sent again


def is_sent_again(evaluator: Evaluator, arguments: CallArguments, at: Span) -> bool:
    """Whether more than one call sends what stands at `at`, as it was made once."""
    point = arguments.place.point
    module = arguments.place.module
    if arguments.is_in_function(at):
        holders = {
            each.name
            for each in module.bindings_by_scope.get(point.scope)
            if _holds(each, at) and not _holds(each, arguments.place.span(arguments.site))
        }
        names = holders or set(_NAME.findall(arguments.source(at)))
    else:
        names = {key for argument in arguments.written.values() for key in keys_in(module, argument.value)}
    return _Search(evaluator).is_sent_again(module, point, names, arguments.site, 0)


def _holds(binding: Binding, at: Span) -> bool:
    return binding.value is not None and binding.value.start <= at.start and at.end <= binding.value.end


class _Search:
    def __init__(self, evaluator: Evaluator) -> None:
        self._evaluator = evaluator

    def is_sent_again(self, module: ModuleIndex, sender: Point, names: Iterable[str], call: ex.Expr, depth: int) -> bool:
        """Whether one of the names of a function is bound to something once, and sent by several calls such as `call`."""
        scope = sender.scope
        if scope == 0 and not module.loops(sender.block):
            return False
        for name, binding in self._makers(module, sender, names):
            if binding is not None:
                around = [loop for loop in _loops(module, sender) if not module.is_inside(binding.block, loop.id)]
                if any(binding.order < loop.first for loop in around) or self._others(module, sender, binding, name, call):
                    return True
            elif module.parameter(scope, name) is not None:
                if _loops(module, sender) or self._is_given_again(module, scope, name, depth):
                    return True
            elif self._is_of_outer_function(module, scope, name):
                return True
        return False

    def _makers(self, module: ModuleIndex, sender: Point, names: Iterable[str]) -> Iterator[tuple[str, Binding | None]]:
        """The bindings that give names what they stand for, where that is made by a call; (name, None) for names from outside."""
        pending = [(name, sender) for name in sorted(names) if "." not in name]
        seen: set[str] = set()
        while pending:
            name, point = pending.pop()
            if name in seen or module.method_of_self(sender.scope, name) is not None:
                continue
            seen.add(name)
            bindings = [each for each in module.reaching(name, point) if each.scope == sender.scope and each.kind == "assign"]
            if not bindings:
                if not module.bindings(sender.scope, name):
                    yield name, None
                continue
            for binding in bindings:
                if binding.value is None:
                    continue
                if any(isinstance(node, ex.Call) for node in ex.walk(binding.value)):
                    yield name, binding
                there = Point(binding.scope, binding.block, binding.order)
                pending.extend((inner, there) for inner in keys_in(module, binding.value) if "." not in inner)

    def _others(self, module: ModuleIndex, sender: Point, maker: Binding, name: str, call: ex.Expr) -> bool:
        """Whether another call of the same function as `call` sends what is bound there too."""
        called = ex.dotted_name(call.func) if isinstance(call, ex.Call) else None
        if called is None:
            return False
        excluded = _branches(module, sender.block)
        for fact in module.calls_by_scope.get(sender.scope):
            if fact.call is call or fact.order < maker.order or ex.dotted_name(fact.call.func) != called:
                continue
            if any(group in excluded and excluded[group] != block for group, block in _branches(module, fact.block).items()):
                continue
            if name in read_keys(module, sender.scope, [argument.value for argument in fact.call.args], fact.order):
                return True
        return False

    def _is_given_again(self, module: ModuleIndex, scope: int, name: str, depth: int) -> bool:
        if depth >= _DEEPEST:
            return False
        for use in self._evaluator.callers.uses(module, scope)[:_MOST_USES]:
            given = given_by(self._evaluator, module, scope, use, name)
            if given is not None and not isinstance(given, ex.Call):
                point = Point(use.fact.scope, use.fact.block, use.fact.order)
                if self.is_sent_again(use.module, point, keys_in(use.module, given), use.fact.call, depth + 1):
                    return True
        return False

    def _is_of_outer_function(self, module: ModuleIndex, scope: int, name: str) -> bool:
        parent = module.scopes[scope].parent
        while parent:
            if module.scopes[parent].kind == "function" and (module.bindings(parent, name) or module.parameter(parent, name)):
                return True
            parent = module.scopes[parent].parent
        return False


def _loops(module: ModuleIndex, point: Point) -> list[Block]:
    return [loop for loop in module.loops(point.block) if loop.scope == point.scope]


def _branches(module: ModuleIndex, block: int) -> dict[int, int]:
    """The branches around a place, of which another branch of the same statement does not run with it."""
    return {here.group: here.id for here in module.block_path(block) if here.kind in ("if", "else", "case")}


# Counted up


def _is_counted(arguments: CallArguments, at: Span) -> bool:
    """Whether something is a number that goes up from one call to the next: an attribute or name with `+= 1`, an index of the loop."""
    module, point = arguments.place.module, arguments.place.point
    if not arguments.is_in_function(at):
        return False
    loops = _loops(module, point)
    nearest = loops[0] if loops else None
    for name in dict.fromkeys(_NAME.findall(arguments.source(at))):
        root = name.split(".")[0]
        for store in module.stores_by_root.get((point.scope, root)) if "." in name else ():
            is_here = nearest is None or nearest.first < store.order < nearest.last
            if key_of(store.target) == name and is_here and _is_step(store.operator, store.value):
                return True
        for binding in module.bindings(point.scope, name):
            if binding.scope == point.scope and nearest is not None and nearest.first < binding.order < nearest.last:
                if binding.kind == "augment" and _is_step(binding.operator, binding.value):
                    return True
        if nearest is not None and nearest.kind == "for" and _is_index(nearest, name):
            return True
    return False


def _is_step(operator: str, value: ex.Expr | None) -> bool:
    return operator in ("+", "-") and isinstance(value, ex.Constant) and isinstance(value.value, int)


def _is_index(loop: Block, name: str) -> bool:
    """Whether a name is the number of the iteration: `for step in range(9)`, `for step, text in enumerate(texts)`."""
    head, target = loop.head, loop.target
    if not isinstance(head, ex.Call) or ex.last_name(head.func) not in _COUNTING:
        return False
    if isinstance(target, ex.Sequence) and target.items:
        target = target.items[0]
    return isinstance(target, ex.Name) and target.id == name
