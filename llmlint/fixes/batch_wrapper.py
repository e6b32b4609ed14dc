"""A function that makes the call for a loop of the same file: whether, and at which places, it can be taken apart."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import libcst as cst

from llmlint.callsite import Request
from llmlint.fixes.batch_ask import client_fits
from llmlint.fixes.batch_request import DirectCall, is_constructor, read_call
from llmlint.fixes.batch_tree import Tree, dotted, tail_of, walk

_NEVER = (cst.Yield, cst.Global, cst.Nonlocal, cst.FunctionDef, cst.ClassDef, cst.Import, cst.ImportFrom)


@dataclass(frozen=True, slots=True)
class Wrapper:
    """A function with one call of `messages.create` in its body, made once on every path, in no loop or `try`.

    `before` are the statements ahead of the one that makes the call, `statement` is that one, and `after` those behind it. `limit` is a
    `with semaphore:` that `statement` is the first of. `parameters` are without `self`; `owner` is the class of a method.
    """

    function: cst.FunctionDef
    call: DirectCall
    docstring: cst.BaseStatement | None
    before: tuple[cst.BaseStatement, ...]
    statement: cst.SimpleStatementLine
    after: tuple[cst.BaseStatement, ...]
    parameters: tuple[cst.Param, ...]
    owner: cst.ClassDef | None
    limit: cst.With | None

    @property
    def head(self) -> cst.BaseStatement:
        """The statement of the function's own block that makes the call."""
        return self.limit or self.statement

    @property
    def name(self) -> str:
        return self.function.name.value

    @property
    def answer_name(self) -> str | None:
        """The name that the answer is bound to by a statement of its own."""
        return bound_answer(self.statement, self.call.answer)


def bound_answer(statement: cst.SimpleStatementLine, answer: cst.BaseExpression) -> str | None:
    """`r` of `r = <answer>`."""
    small = statement.body[0]
    if isinstance(small, cst.Assign) and small.value is answer and len(small.targets) == 1:
        target = small.targets[0].target
        return target.value if isinstance(target, cst.Name) else None
    return None


def read_wrapper(tree: Tree, call: Request) -> Wrapper | None:
    """The function around a call, if it can be taken apart into its request and what it does with the answer."""
    found = read_call(tree, call)
    function = tree.function_of(found.node) if found is not None else None
    if found is None or function is None or function.decorators or not isinstance(function.body, cst.IndentedBlock):
        return None
    if found.is_awaited != (function.asynchronous is not None) or not client_fits(call, found.is_awaited):
        return None
    if _calls_itself(tree, function):
        return None
    statement = tree.statement_of(found.node)
    body = function.body.body
    if statement is None or not runs_once(tree, found.answer, statement):
        return None
    limit = _limit_around(tree, statement)
    head: cst.BaseStatement = limit or statement
    if tree.parents[head] is not function.body:
        return None
    given = function.params
    if given.posonly_params or given.star_kwarg is not None or isinstance(given.star_arg, cst.Param):
        return None
    if any(isinstance(each, _NEVER) for each in walk(function.body)):
        return None
    if any(isinstance(each, cst.Await) and each is not found.answer for each in walk(function.body)):
        return None
    index = list(body).index(head)
    docstring = body[0] if index and _is_docstring(body[0]) else None
    holder = tree.enclosing(function, cst.ClassDef, cst.FunctionDef, cst.Lambda)
    owner = holder if isinstance(holder, cst.ClassDef) else None
    parameters = [*given.params, *given.kwonly_params]
    if owner is not None:
        if not parameters or parameters[0].name.value != "self":
            return None
        del parameters[0]
    before = body[1 if docstring else 0 : index]
    after = [*(limit.body.body[1:] if limit is not None else ()), *body[index + 1 :]]
    behind = tuple(each for each in after if isinstance(each, cst.BaseStatement))
    return Wrapper(function, found, docstring, tuple(before), statement, behind, tuple(parameters), owner, limit)


def _calls_itself(tree: Tree, function: cst.FunctionDef) -> bool:
    """Whether a function calls itself, or one of the file that calls it: then one batch does not hold all of its requests."""
    name = function.name.value
    called = [tail_of(each.func) for each in walk(function.body) if isinstance(each, cst.Call)]
    others = [other for each in called for other in tree.functions.get(each, [])]
    return name in called or any(
        isinstance(each, cst.Call) and tail_of(each.func) == name for other in others for each in walk(other.body)
    )


def _limit_around(tree: Tree, statement: cst.SimpleStatementLine) -> cst.With | None:
    """The `with semaphore:` that a statement is the first of: it bounds how many calls run at a time, of which a batch has no need."""
    block = tree.parents[statement]
    holder = tree.parents.get(block)
    if not isinstance(holder, cst.With) or not isinstance(block, cst.IndentedBlock) or block.body[0] is not statement:
        return None
    item = holder.items[0]
    name = (dotted(item.item) or "").rpartition(".")[2]
    made = re.search(rf"\b{name}\b\s*(?::[^=\n]+)?=\s*(?:\w+\.)?(?:Bounded)?Semaphore\(", tree.source.text) if name else None
    is_limit = made is not None or name.startswith("sem")
    return holder if is_limit and len(holder.items) == 1 and item.asname is None else None


def constructor_of(wrapper: Wrapper) -> tuple[cst.BaseStatement, cst.BaseExpression] | None:
    """The statement of a function that only makes its client, and what it is bound to."""
    name = dotted(wrapper.call.client)
    for statement in wrapper.before:
        small = statement.body[0] if isinstance(statement, cst.SimpleStatementLine) else None
        if isinstance(small, cst.Assign) and is_constructor(small.value) and dotted(small.targets[0].target) == name:
            return statement, small.value
    return None


def tail_names(tree: Tree, wrapper: Wrapper) -> set[str]:
    """The names that are used with the answer."""
    inner = set(tree.names(wrapper.call.answer))
    return {name.value for part in (wrapper.statement, *wrapper.after) for name in tree.names(part) if name not in inner}


def runs_once(tree: Tree, node: cst.CSTNode, statement: cst.CSTNode) -> bool:
    """Whether an expression is evaluated exactly once whenever its statement runs."""
    for parent in tree.ancestors(node):
        if parent is statement:
            return True
        if isinstance(parent, (cst.Lambda, cst.BaseComp, cst.IfExp, cst.BooleanOperation, cst.Assert, cst.NamedExpr)):
            return False
    return False


def _is_docstring(statement: cst.BaseStatement) -> bool:
    if not isinstance(statement, cst.SimpleStatementLine) or not isinstance(statement.body[0], cst.Expr):
        return False
    return isinstance(statement.body[0].value, (cst.SimpleString, cst.ConcatenatedString))


def receiver_of(wrapper: Wrapper, callee: cst.BaseExpression, *, is_elsewhere: bool) -> str | None:
    """What a function is called on: a path and a dot for a method or for a function of a module that is imported as a whole, and nothing
    for another function. None where something else is called. `is_elsewhere`: the call stands in another file."""
    if wrapper.owner is None and isinstance(callee, cst.Name):
        return "" if callee.value == wrapper.name else None
    if wrapper.owner is None and not is_elsewhere:
        return None
    if isinstance(callee, cst.Attribute) and callee.attr.value == wrapper.name:
        path = dotted(callee.value)
        return None if path is None else f"{path}."
    return None


def arguments_by_name(wrapper: Wrapper, arguments: Sequence[cst.Arg]) -> dict[str, cst.BaseExpression] | None:
    """The arguments of a call by the parameters that they go to; None where that is not plain."""
    positional = [each.name.value for each in wrapper.function.params.params if each in wrapper.parameters]
    known = {each.name.value for each in wrapper.parameters}
    found: dict[str, cst.BaseExpression] = {}
    for argument in arguments:
        if argument.star:
            return None
        name = argument.keyword.value if argument.keyword is not None else positional.pop(0) if positional else ""
        if name in found or name not in known:
            return None
        found[name] = argument.value
    missing = [each for each in wrapper.parameters if each.default is None and each.name.value not in found]
    return None if missing else found
