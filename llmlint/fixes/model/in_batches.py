"""Requests of batches that a program builds by hand: the calls of the SDK do not tell their models, and the fixes do not change them."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator
from functools import partial
from typing import NamedTuple

from llmlint.callsite import Request
from llmlint.fixes.model.mentions import code_holding, last_name, parsed
from llmlint.fixes.model.sharing import names_at
from llmlint.link.program.memo import Memo
from llmlint.request_data import ModelValue

_MOST_NAMED = 3
# What each request of a batch has, whoever the vendor is.
_WORD = b"custom_id"
_HOLDS_PROMPT = frozenset({"messages", "input", "prompt", "system", "max_tokens", "contents"})
# Types of the SDKs for the parameters of a request.
_TYPES = frozenset({"dict", "MessageCreateParamsNonStreaming", "MessageCreateParams", "CompletionCreateParamsNonStreaming"})
_MODELS: Memo[tuple[str, str], tuple[_Model, ...]] = Memo()


class _Model(NamedTuple):
    """The model of a request that is built by hand: the line, and the name that it is read from; or `is_written`, the model's own name."""

    line: int
    name: str
    is_constant: bool
    is_written: bool = False


def in_batches(call: Request, value: ModelValue) -> list[str]:
    """The places of requests that a batch sends, and no call, whose model may be written at the same place."""
    if value.at.path == call.span.path and call.span.start <= value.at.start < call.span.end:
        return []
    home = call.program.module(value.at.path)
    names = names_at(call, home, value.at.start) if home is not None else []
    near = {call.span.path, value.at.path, *(step.span.path for step in call.steps)}
    if home is not None:
        near |= {module.path for name in names for module in call.program.modules_naming(name, home)}
    return _built_by_hand(call, names, near)


def _built_by_hand(call: Request, names: Collection[str], near: Collection[str]) -> list[str]:
    """The places where requests of a batch, which are not calls, may have a model that is known by one of `names`. `near` are
    the files that use one of them."""
    program = call.program
    lines_of_calls = {(request.span.path, each) for request in call.siblings() for each in _lines(request)}
    found = []
    home = call.place.module
    for path in code_holding(program, (_WORD,), home):
        program.note_text(path)
        if not path.endswith(".py") or program.module(path) is None:
            continue
        text = program.source(path).text
        for model in _MODELS.get(program, (path, text), partial(_models_of, text)):
            # A constant of another name is another model; what a parameter or an attribute holds is not known here.
            may_be_it = not model.is_written and (model.name in names or (path in near and not model.is_constant))
            if may_be_it and (path, model.line) not in lines_of_calls:
                found.append(f"{path}:{model.line}")
    more = [f"and {len(found) - _MOST_NAMED} more"] if len(found) > _MOST_NAMED else []
    return found[:_MOST_NAMED] + more


def written_by_hand(call: Request, value: ModelValue) -> list[str]:
    """The places in the files of a call and of its model's name where a request of a batch, which is no call, has the same name."""
    program = call.program
    found = [
        (path, model.line)
        for path in dict.fromkeys((call.span.path, value.at.path))
        if _WORD.decode() in (text := program.source(path).text)
        for model in _MODELS.get(program, (path, text), partial(_models_of, text))
        if model.is_written and model.name == value.spelling
    ]
    lines_of_calls = {(each.span.path, line) for each in call.siblings() for line in _lines(each)} if found else set()
    return [f"{path}:{line}" for path, line in found if (path, line) not in lines_of_calls]


def _lines(request: Request) -> range:
    source = request.program.source(request.span.path)
    return range(source.location(request.span.start).line, source.location(request.span.end).line + 1)


def _models_of(text: str) -> tuple[_Model, ...]:
    tree = parsed(text)
    return tuple(found for node in ast.walk(tree) for found in _model_of(node)) if tree is not None else ()


def _model_of(node: ast.AST) -> Iterator[_Model]:
    """The model in `{"model": MODEL, "messages": […]}` or `MessageCreateParamsNonStreaming(model=MODEL, messages=[…])`."""
    if isinstance(node, ast.Dict):
        entries = {key.value: each for key, each in zip(node.keys, node.values, strict=True) if isinstance(key, ast.Constant)}
    elif isinstance(node, ast.Call) and last_name(node.func) in _TYPES:
        entries = {keyword.arg: keyword.value for keyword in node.keywords}
    else:
        return
    model = entries.get("model")
    if model is None or _HOLDS_PROMPT.isdisjoint(entries):
        return
    if isinstance(model, ast.Constant):
        yield _Model(model.lineno, str(model.value), is_constant=True, is_written=True)
        return
    name = last_name(model)
    yield _Model(model.lineno, name, name.isupper())
