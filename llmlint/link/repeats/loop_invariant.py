"""Whether a part of a prompt stays the same for all iterations of the fan-out around its call, though it is not known."""

from __future__ import annotations

import re

from llmlint.link.calls.arguments import CallArguments
from llmlint.link.names.index import ModuleIndex
from llmlint.request_data import FanOut
from llmlint.scan import expressions as ex
from llmlint.scan.facts import Block
from llmlint.source import Span

_NAME = re.compile(r"(?<![\w.])[^\W\d]\w*")


def is_steady(arguments: CallArguments, fan_out: FanOut | None, at: Span) -> bool:
    """Whether what stands at `at` is made before the loop of the fan-out, in the function of the call."""
    module, point = arguments.place.module, arguments.place.point
    if fan_out is None or fan_out.at.path != module.path:
        return False
    loop = next((loop for loop in module.loops(point.block) if loop.start == fan_out.at.start), None)
    if loop is None or not arguments.is_in_function(at):
        return False
    if not loop.start <= at.start < loop.end:
        return True
    code = arguments.source(at)
    return "(" not in code and not any(changes_in(module, loop, point.scope, name) for name in _NAME.findall(code))


def is_pinned(arguments: CallArguments, at: Span) -> bool:
    """Whether a branch around the call is taken for one value of what stands at `at`: `questions[turn]` under `if turn == 0`."""
    module, point = arguments.place.module, arguments.place.point
    if not arguments.is_in_function(at):
        return False
    tests = [block.head for block in module.block_path(point.block) if block.kind == "if"]
    pinned = {name for test in tests if test is not None for name in _compared(test)}
    code = arguments.source(at)
    names = set(_NAME.findall(code))
    if "(" in code or names.isdisjoint(pinned):
        return False
    loops = module.loops(point.block)
    return not any(changes_in(module, loop, point.scope, name) for name in names - pinned for loop in loops)


def _compared(test: ex.Expr) -> list[str]:
    """The names that a test compares with a constant, and finds to be equal."""
    if isinstance(test, ex.Operation) and test.operator == "and":
        return [name for each in test.operands for name in _compared(each)]
    if not isinstance(test, ex.Operation) or test.operator != "==" or len(test.operands) != 2:
        return []
    names = [each.id for each in test.operands if isinstance(each, ex.Name)]
    return names if any(isinstance(each, ex.Constant) for each in test.operands) else []


def changes_in(module: ModuleIndex, loop: Block, scope: int, name: str) -> bool:
    """Whether a loop gives a name another value in each iteration."""
    if loop.target is not None and any(isinstance(node, ex.Name) and node.id == name for node in ex.walk(loop.target)):
        return True
    if any(loop.first <= store.order <= loop.last for store in module.stores_by_root.get((scope, name))):
        return True
    return any(loop.first <= binding.order <= loop.last for binding in module.bindings(scope, name))
