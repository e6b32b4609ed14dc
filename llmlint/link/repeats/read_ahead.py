"""Text of unknown size that is read once, ahead of a loop, and sent by each of the loop's calls: a document, a page, a transcript."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from llmlint.link.calls.arguments import CallArguments
from llmlint.link.calls.evaluator import Evaluator
from llmlint.link.flow.message_lists import given_by
from llmlint.link.names.index import ModuleIndex, Point
from llmlint.link.repeats.item_count import known_items
from llmlint.link.values.binding import as_called, bind
from llmlint.link.values.place import Place
from llmlint.link.values.values import Function, Hole, Items, Record, Text, Unknown, Value
from llmlint.scan import expressions as ex
from llmlint.scan.facts import Binding
from llmlint.sdks import arguments_for
from llmlint.source import Span

_NAME = re.compile(r"[^\W\d]\w*")
_STRING = re.compile(r"""b?"[^"\n]*"|b?'[^'\n]*'|#[^\n]*""")
# What reads a whole file or page, by its own name.
_READING = re.compile(
    r"read|get_text|\w*b64encode|extract_(?:\w+_)?text(?:_\w+)?|\w+_to_(?:text|markdown)|get_(?:\w+_)?(?:text|transcript)"
    r"|(?:read|load|fetch)_(?:\w+_)?(?:text|file|document|pdf|docx|markdown|page|article|transcript|resume|contract)"
)
# A loop over fewer items does not pay for the write, or hardly.
_FEW = 3
_DEEPEST = 4
_MOST_USES = 8
_MOST_STEPS = 4


def read_ahead(evaluator: Evaluator, arguments: CallArguments, at: Span) -> Span | None:
    """Where what stands at `at` in a request is read, once for all requests of a loop around the call; None where it is not, or may not be."""
    point, module = arguments.place.point, arguments.place.module
    if not arguments.is_in_function(at):
        name = _name_for(evaluator, arguments, at)
        return _made_ahead(evaluator, module, point, name) if name is not None else None
    names = set(_NAME.findall(_STRING.sub("", arguments.source(at))))
    return _made_ahead(evaluator, module, point, names.pop()) if len(names) == 1 else None


def _name_for(evaluator: Evaluator, arguments: CallArguments, at: Span) -> str | None:
    """The name that stands in a request for what functions of the program make at `at`; None where that is not one name."""
    names = (*arguments_for("system"), *arguments_for("messages"))
    fields = (arguments.written[name].value for name in names if name in arguments.written)
    return next((name for field in fields if (name := _name_in(evaluator, field, arguments.place, at)) is not None), None)


def _name_in(evaluator: Evaluator, expression: ex.Expr, place: Place, at: Span) -> str | None:
    name: str | None = None
    for _ in range(_MOST_STEPS):
        found = {
            node.id
            for node in ex.walk(expression)
            if isinstance(node, ex.Name) and any(_comes_from(value, at, 0) for value in evaluator.evaluate(node, place))
        }
        if not found:
            given = _given_for_parameter(evaluator, expression, place, at)
            found = {given} if given is not None else found
        if len(found) != 1:
            return None if found else name
        name = found.pop()
        bindings = list(place.module.reaching(name, place.point))
        if len(bindings) != 1 or bindings[0].kind != "assign" or bindings[0].scope != place.point.scope:
            return name
        binding = bindings[0]
        if binding.value is None:
            return name
        expression, place = binding.value, replace(place, point=Point(binding.scope, binding.block, binding.order))
    return name


def _given_for_parameter(evaluator: Evaluator, expression: ex.Expr, place: Place, at: Span) -> str | None:
    """The name that a call passes for the parameter that stands at `at` in the function which it calls."""
    for node in ex.walk(expression):
        for value in evaluator.evaluate(node.func, place) if isinstance(node, ex.Call) else ():
            if isinstance(value, Function) and value.module.path == at.path and isinstance(node, ex.Call):
                scope = value.module.scopes[value.scope]
                written = evaluator.program.source(at.path).text[at.start : at.end]
                if scope.start <= at.start < scope.end:
                    function = as_called(evaluator, node.func, place, value)
                    given = (bound.argument.value for bound in bind(function, node.args) if bound.name == written)
                    return next((each.id for each in given if isinstance(each, ex.Name)), None)
    return None


def _comes_from(value: Value, at: Span, depth: int) -> bool:
    """Whether a part of a value that is not known stands at `at`."""
    if isinstance(value, Text):
        return any(isinstance(part, Hole) and part.at == at for part in value.parts)
    if isinstance(value, Unknown):
        return value.at == at
    inside = value.items if isinstance(value, Items) else ()
    if isinstance(value, Record):
        inside = tuple(entry.values for entry in value.entries.values())
    return depth < _DEEPEST and any(_comes_from(inner, at, depth + 1) for alternatives in inside for inner in alternatives)


def _made_ahead(
    evaluator: Evaluator, module: ModuleIndex, point: Point, name: str, *, is_in_loop: bool = False, depth: int = 0
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
        return _read_in(evaluator, module, binding)
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


def _read_in(evaluator: Evaluator, module: ModuleIndex, binding: Binding) -> Span | None:
    """Where a binding reads a file or page: itself, by the names that it is made of, or through a function of the program."""
    pending, seen = [binding], 0
    while pending and seen < _MOST_STEPS:
        current = pending.pop()
        seen += 1
        if current.value is None:
            continue
        there = Point(current.scope, current.block, current.order)
        for node in ex.walk(current.value):
            if isinstance(node, ex.Call) and (
                _READING.fullmatch(ex.last_name(node.func) or "")
                or _reads(evaluator, evaluator.evaluate(node, evaluator.place(module, there.scope, there.block, there.order)))
            ):
                return Span(module.path, current.value.start, current.value.end)
            if isinstance(node, ex.Name):
                pending += [
                    each for each in module.reaching(node.id, there) if each.scope == current.scope and each.kind == "assign"
                ]
    return None


def _reads(evaluator: Evaluator, values: Iterable[Value]) -> bool:
    """Whether a function of the program gave what a call returns from a file or page that it reads."""
    for value in values:
        parts = value.parts if isinstance(value, Text) else (value,)
        for at in (part.at for part in parts if isinstance(part, (Hole, Unknown))):
            module = evaluator.program.module(at.path)
            if module is not None and any(
                scope.kind == "function" and scope.start <= at.start < scope.end for scope in module.scopes
            ):
                written = evaluator.program.source(at.path).text[at.start : at.end]
                if any(map(_READING.fullmatch, _NAME.findall(_STRING.sub("", written)))):
                    return True
    return False
