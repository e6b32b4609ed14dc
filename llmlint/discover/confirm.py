"""A second look at a file that its bytes let through: whether its syntax tree has an LLM call, by names alone.

Of the files that name a SDK most hold no call, and looking takes a tenth of the time that collecting their facts takes.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from itertools import chain

from llmlint.discover.prefilter import METHOD_NAMES, RESOURCE_NAMES
from llmlint.scan.parse import levels
from llmlint.sdks import names_of_functions, names_of_methods, row_keys
from llmlint.sdks.shape import ROW_KEY

_WRAPPERS = frozenset({"with_raw_response", "with_streaming_response"})
_COMPLETIONS = frozenset({"completion", "acompletion", "batch_completion", "completion_with_retries", "aresponses"})


def may_hold_call(tree: ast.Module) -> bool:
    """Whether a file with this syntax tree can hold an LLM call."""
    has_method = has_loose_resource = False
    shown, functions = names_of_methods(), names_of_functions()
    for node in chain.from_iterable(levels(tree)):
        kind = type(node)
        if kind is ast.Attribute:
            name = node.attr  # type: ignore[attr-defined]
            if name in shown:
                return True
            if name in METHOD_NAMES:
                if _resource_of(node.value):  # type: ignore[attr-defined]
                    return True
                has_method = True
            elif name in _COMPLETIONS or (name == "responses" and _is_litellm(node.value)):  # type: ignore[attr-defined]
                return True
            elif name == "ChatCompletion":
                has_loose_resource = True
        elif kind is ast.Call:
            func = node.func  # type: ignore[attr-defined]
            if type(func) is ast.Name and func.id in functions:
                return True
            if type(func) is ast.Name and func.id == "getattr" and len(node.args) > 1:  # type: ignore[attr-defined]
                owner, name = _looked_up(*node.args[:2])  # type: ignore[attr-defined]
                if name in _COMPLETIONS or (_is_resource(owner) and (name is None or name in METHOD_NAMES)):
                    return True
                has_method = has_method or name in METHOD_NAMES
                has_loose_resource = has_loose_resource or _is_resource(name)
            elif node.keywords and _is_row([keyword.arg for keyword in node.keywords]):  # type: ignore[attr-defined]
                return True
        elif kind is ast.Dict:
            keys = node.keys  # type: ignore[attr-defined]
            if len(keys) > 1 and _is_row([key.value for key in keys if type(key) is ast.Constant]):
                return True
        elif kind is ast.ImportFrom:
            for alias in node.names:  # type: ignore[attr-defined]
                is_response = alias.name == "responses" and node.module == "litellm"  # type: ignore[attr-defined]
                if alias.name in _COMPLETIONS or alias.name in functions or is_response:
                    return True
                has_loose_resource = has_loose_resource or node.module == "instructor"  # type: ignore[attr-defined]
                if alias.asname is not None and _is_resource(alias.name):
                    has_loose_resource = True
        elif kind is ast.Import:
            has_loose_resource = has_loose_resource or any(alias.name == "instructor" for alias in node.names)  # type: ignore[attr-defined]
        elif kind in (ast.Assign, ast.AnnAssign, ast.Return, ast.NamedExpr, ast.keyword):
            value = node.value  # type: ignore[attr-defined]
            if type(value) is ast.Attribute:
                has_loose_resource = has_loose_resource or value.attr in RESOURCE_NAMES or value.attr in _WRAPPERS
            elif type(value) is ast.Name and value.id == "ChatCompletion":
                has_loose_resource = True
    return has_method and has_loose_resource


def _is_row(keys: Sequence[object]) -> bool:
    """Whether a dict with some keys may be a row of a batch."""
    return ROW_KEY in keys and any(key in keys for key in row_keys())


def _looked_up(owner: ast.expr, name: ast.expr) -> tuple[object, object]:
    """The last name of what a `getattr` looks into, and the name that it looks for; None where they are not plain to see."""
    last = owner.attr if isinstance(owner, ast.Attribute) else owner.id if isinstance(owner, ast.Name) else None
    return last, name.value if isinstance(name, ast.Constant) else None


def _is_litellm(value: ast.expr) -> bool:
    return isinstance(value, ast.Name) and value.id == "litellm"


def _resource_of(value: ast.expr) -> bool:
    """Whether what a method hangs on is a resource of an SDK, or stands for one."""
    while isinstance(value, ast.Attribute) and value.attr in _WRAPPERS:
        value = value.value
    if isinstance(value, ast.Attribute):
        return _is_resource(value.attr)
    return isinstance(value, ast.Name) and _is_resource(value.id)


def _is_resource(name: object) -> bool:
    return name in RESOURCE_NAMES or name == "ChatCompletion"
