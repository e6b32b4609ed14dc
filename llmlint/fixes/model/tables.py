"""Libraries that look a model's name up in tables of their own, and refuse one that they do not know: a tokenizer, a price."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import partial
from typing import NamedTuple

from llmlint.callsite import Request
from llmlint.fixes.model.mentions import code_holding, last_name, parsed
from llmlint.fixes.model.sharing import names_at
from llmlint.link.program.memo import Memo
from llmlint.request_data import ModelValue

# tiktoken 0.14.0 raises KeyError (`tiktoken/model.py`: no name of GPT-6), litellm and tokencost raise for names without prices.
_TABLES = frozenset(
    {
        *(
            "encoding_for_model",
            "encoding_name_for_model",
            "completion_cost",
            "cost_per_token",
            "get_max_tokens",
            "get_model_info",
        ),
        *("calculate_prompt_cost", "calculate_completion_cost", "calculate_all_costs_and_tokens", "calculate_cost_by_tokens"),
    }
)
_WORDS = tuple(sorted(name.encode() for name in _TABLES))
_LOOKUPS: Memo[tuple[str, str], tuple[_Lookup, ...]] = Memo()


class _Lookup(NamedTuple):
    """A call that looks up what a name holds. Where that is a parameter, `function` has it, and `default` is the name that its default is read
    from, or the line of a default that is written there; else both are empty."""

    line: int
    name: str
    function: str
    default: str


def library_tables(call: Request, value: ModelValue) -> list[str]:
    """The places where a library looks up the name that is written at `value`, where nothing catches its error."""
    if value.at.path == call.span.path and call.span.start <= value.at.start < call.span.end:
        return []
    program, home = call.program, call.program.module(value.at.path)
    if home is None:
        return []
    names = set(names_at(call, home, value.at.start))
    found = []
    text_of_call = program.source(call.span.path).text
    for path in code_holding(program, _WORDS, call.place.module):
        program.note_text(path)
        if not path.endswith((".py", ".ipynb")) or program.module(path) is None:
            continue
        source = program.source(path)
        line = str(source.location(value.at.start).line) if path == value.at.path else None
        for lookup in _LOOKUPS.get(program, (path, source.text), partial(_lookups, source.text)):
            is_default = lookup.default in names or lookup.default == line
            if lookup.name in names or is_default or (lookup.function and _passes(text_of_call, lookup, names)):
                found.append(f"{path}:{lookup.line}")
    return found


def _passes(text: str, lookup: _Lookup, names: set[str]) -> bool:
    """Whether a file passes one of the names to the function that looks it up."""
    tree = parsed(text)
    calls = (node for node in ast.walk(tree) if isinstance(node, ast.Call)) if tree is not None else ()
    return any(
        last_name(node.func) == lookup.function
        and any(last_name(each) in names for each in (*node.args, *(keyword.value for keyword in node.keywords)))
        for node in calls
    )


def _lookups(text: str) -> tuple[_Lookup, ...]:
    tree = parsed(text)
    return tuple(_lookups_in(tree, "", {})) if tree is not None else ()


def _lookups_in(node: ast.AST, function: str, parameters: dict[str, str]) -> Iterator[_Lookup]:
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
        function, parameters = node.name, _parameters(node.args)
    if isinstance(node, ast.Call) and last_name(node.func) in _TABLES:
        for each in (*node.args, *(keyword.value for keyword in node.keywords)):
            if name := last_name(each):
                is_own = isinstance(each, ast.Name) and name in parameters
                yield _Lookup(node.lineno, name, function if is_own else "", parameters[name] if is_own else "")
    guarded = node.body if isinstance(node, ast.Try) and node.handlers else ()
    for child in ast.iter_child_nodes(node):
        if child not in guarded:
            yield from _lookups_in(child, function, parameters)


def _parameters(arguments: ast.arguments) -> dict[str, str]:
    """The parameters of a function, with their defaults: a name, or the line of another expression; empty for none."""
    plain = [*arguments.posonlyargs, *arguments.args]
    defaults = [*[None] * (len(plain) - len(arguments.defaults)), *arguments.defaults, *arguments.kw_defaults]
    pairs = zip((*plain, *arguments.kwonlyargs), defaults, strict=True)
    return {each.arg: last_name(default) or str(default.lineno) if default is not None else "" for each, default in pairs}
