"""Whether a method that is called on something unknown is one of a class of the program, by its name and by what the object is called."""

from __future__ import annotations

import re
from collections.abc import Sequence

from llmlint.link.values.binding import may_take
from llmlint.link.values.evaluation import Evaluation
from llmlint.link.values.place import Place
from llmlint.link.values.values import Class, External, Function, Object, Unknown
from llmlint.scan import expressions as ex
from llmlint.scan.facts import CallFact, Scope

# Methods of so many classes that a name alone says nothing.
_COMMON = frozenset(
    {"__init__", "__call__", "run", "call", "get", "generate", "execute", "process", "forward", "main", "invoke", "create"}
)
# Methods of files, containers and processes: a name that says nothing without its object.
COMMON_WITHOUT_OBJECT = frozenset(
    {"get", "set", "add", "append", "pop", "update", "format", "join", "split", "read", "write", "close", "open", "items", "keys", "values",
     "send", "put", "start", "stop", "load", "save", "copy", "clear", "remove", "insert", "index", "count", "find", "execute", "apply",
     "map", "filter", "sort", "next", "connect", "wait", "result", "submit", "acquire", "release", "info", "error", "debug", "warning"}
)  # fmt: skip
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_SHORTEST = 3
# What nearly anything may be called.
_VAGUE = frozenset({"base", "client", "model", "object", "item", "abstract", "interface", "self", "cls", "api"})


def may_be_method(
    evaluator: Evaluation, expression: ex.Attribute, fact: CallFact, place: Place, method: Scope, classes: Sequence[str]
) -> bool:
    """Whether an attribute of which nothing is known may be a method: one whose name few others have, or of an object that is called like
    the class or one of its bases, `strategy.extract(page)` of an `ExtractionStrategy`. `classes` are their names."""
    is_rare = "_" in method.name.strip("_") and method.name not in _COMMON
    if not is_rare and not _is_named_after(expression.value, method.name, classes):
        return False
    if expression is fact.call.func and not may_take(method, fact.call.args):
        return False
    return not _is_made_by_library(evaluator, expression.value, place)


def is_by_annotation(evaluator: Evaluation, method: Function, expression: ex.Expr, place: Place) -> bool:
    """Whether the annotation of a function is all that tells of which class the object of a method is: it may be one of several with that
    base."""
    made = method.receiver
    if not isinstance(expression, ex.Attribute) or not isinstance(made, Object) or made.call is not None:
        return False
    values = evaluator.evaluate(expression.value, place)
    return any(isinstance(value, Unknown) and isinstance(value.expression, (ex.Call, ex.Subscript)) for value in values)


def _is_named_after(receiver: ex.Expr, method: str, classes: Sequence[str]) -> bool:
    """Whether an object's name ends with the word that a class's name ends with."""
    words = _WORD.findall(ex.last_name(receiver) or "")
    if not words or len(words[-1]) < _SHORTEST or words[-1].lower() in _VAGUE:
        return False
    if method.startswith("__") or method in COMMON_WITHOUT_OBJECT:
        return False
    return any(words[-1].lower() == each[-1].lower() for each in map(_WORD.findall, classes) if each)


def _is_made_by_library(evaluator: Evaluation, receiver: ex.Expr, place: Place) -> bool:
    """Whether what a method is called on is the result of a library's function that was passed no class of the program:
    `boto3.client("bedrock-runtime")`."""
    values = evaluator.evaluate(receiver, place)
    calls = [(value.expression, value.place) for value in values if isinstance(value, Unknown)]
    if len(calls) < len(values):
        return False
    for call, where in calls:
        if not isinstance(call, ex.Call) or where is None:
            return False
        if not all(isinstance(value, External) for value in evaluator.evaluate(call.func, where)):
            return False
        given = (value for argument in call.args for value in evaluator.evaluate(argument.value, where))
        if any(isinstance(value, (Class, Function)) for value in given):
            return False
    return True
