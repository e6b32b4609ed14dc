"""Text of unknown size that is read once, ahead of a loop, and sent by each of the loop's calls: a document, a page, a transcript."""

from __future__ import annotations

import re
from collections.abc import Iterator

from llmlint.link.calls.arguments import CallArguments
from llmlint.link.calls.evaluator import Evaluator
from llmlint.link.flow.message_lists import given_by
from llmlint.link.names.index import ModuleIndex, Point
from llmlint.link.repeats.item_count import known_items
from llmlint.scan import expressions as ex
from llmlint.scan.facts import Binding
from llmlint.source import Span

_NAME = re.compile(r"[^\W\d]\w*")
_STRING = re.compile(r"""b?"[^"\n]*"|b?'[^'\n]*'|#[^\n]*""")
# What reads a whole file or page, by its own name.
_READING = re.compile(
    r"read|read_text|read_(?:file|document|pdf|docx|markdown|transcript)|get_text|extract_(?:\w+_)?text(?:_\w+)?|\w*b64encode"
    r"|load_(?:text|document|file|pdf|transcript)|fetch_(?:\w+_)?(?:page|text|document|article|transcript)|\w+_to_(?:text|markdown)"
)
# A loop over fewer items does not pay for the write, or hardly.
_FEW = 3
_DEEPEST = 4
_MOST_USES = 8
_MOST_STEPS = 4


def read_ahead(evaluator: Evaluator, arguments: CallArguments, at: Span) -> Span | None:
    """Where what stands at `at` in a request is read, once for all requests of a loop around the call; None where it is not, or may not be."""
    point, module = arguments.place.point, arguments.place.module
    names = set(_NAME.findall(_STRING.sub("", arguments.source(at))))
    if not arguments.is_in_function(at) or len(names) != 1:
        return None
    return _made_ahead(evaluator, module, point, names.pop(), is_in_loop=False, depth=0)


def _made_ahead(
    evaluator: Evaluator, module: ModuleIndex, point: Point, name: str, *, is_in_loop: bool, depth: int
) -> Span | None:
    """Where a name gets what it stands for, ahead of a loop around `point`, or anywhere where such a loop was passed already."""
    loops = [loop for loop in module.loops(point.block) if loop.scope == point.scope and loop.kind != "while"]
    bindings = list(module.reaching(name, point))
    if any(binding.scope == point.scope for binding in bindings):
        if len(bindings) != 1 or bindings[0].kind != "assign" or bindings[0].path:
            return None
        binding = bindings[0]
        ahead = (loop for loop in loops if not module.is_inside(binding.block, loop.id) and binding.order < loop.first)
        around = [loop for loop in ahead if (known_items(evaluator, module, point.scope, loop) or _FEW) >= _FEW]
        if not around and (loops or not is_in_loop):
            return None
        return _read_in(module, binding)
    if bindings or module.parameter(point.scope, name) is None or depth >= _DEEPEST:
        return None
    found = [
        _made_ahead(evaluator, use_module, there, given, is_in_loop=is_in_loop or bool(loops), depth=depth + 1)
        for use_module, there, given in _given(evaluator, module, point.scope, name)
    ]
    return found[0] if found and all(found) else None


def _given(evaluator: Evaluator, module: ModuleIndex, scope: int, name: str) -> Iterator[tuple[ModuleIndex, Point, str]]:
    """The names that the callers of a function pass for a parameter; an empty one where one passes something else."""
    for use in evaluator.callers.uses(module, scope)[:_MOST_USES]:
        given = given_by(evaluator, module, scope, use, name)
        passed = given.id if isinstance(given, ex.Name) else ""
        yield use.module, Point(use.fact.scope, use.fact.block, use.fact.order), passed


def _read_in(module: ModuleIndex, binding: Binding) -> Span | None:
    """Where a binding reads a file or page, itself or by the names that it is made of."""
    pending, seen = [binding], 0
    while pending and seen < _MOST_STEPS:
        current = pending.pop()
        seen += 1
        if current.value is None:
            continue
        for node in ex.walk(current.value):
            if isinstance(node, ex.Call) and _READING.fullmatch(ex.last_name(node.func) or ""):
                return Span(module.path, current.value.start, current.value.end)
            if isinstance(node, ex.Name):
                there = Point(current.scope, current.block, current.order)
                pending += [
                    each for each in module.reaching(node.id, there) if each.scope == current.scope and each.kind == "assign"
                ]
    return None
