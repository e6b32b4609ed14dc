"""Methods of the items themselves, of which there are several: `for stage in stages: stage.run(context)`. What one does with an object that all get,
another may need."""

from __future__ import annotations

from collections.abc import Collection, Iterator

import libcst as cst

from llmlint.fixes.batch.flow import own_nodes
from llmlint.fixes.batch.frames import Frame, body_frame, next_frame
from llmlint.fixes.edits.by_hand import ByHand
from llmlint.fixes.edits.cst_children import kept_by_node
from llmlint.fixes.edits.tree import Tree, bound_names, root_of, tail_of, tree_of
from llmlint.link.names.effects import CHANGES
from llmlint.link.program.program import Program
from llmlint.source import Span

_MOST_FILES = 12
_TARGETS = (cst.AssignTarget, cst.AugAssign, cst.AnnAssign, cst.Del)
_VALUES = frozenset({"str", "int", "float", "bool", "bytes", "Path"})


def check_shares_nothing(program: Program, tree: Tree, body: cst.CSTNode, spans: tuple[Span, ...]) -> None:
    """See to it that no item changes an object that all of them get, by a method that each has for itself. `spans` are an LLM call and those that
    lead to it, the last of which stands in `body`."""
    frame = body_frame(program, tree, body, frozenset())
    items = _targets(body)
    for index in range(len(spans) - 1, 0, -1):
        call = frame.tree.at(spans[index].start, cst.Call) if spans[index].path == frame.tree.source.path else None
        if not isinstance(call, cst.Call):
            return
        if isinstance(call.func, cst.Attribute) and root_of(call.func) in items:
            _check_call(program, frame, call, call.func.attr.value)
        following = next_frame(frame, spans[index], spans[index - 1])
        if following is None or following is frame:
            return
        passed = frozenset(name for name, value in _passed(following, call) if root_of(value) in items)
        frame, items = following, passed


def _targets(body: cst.CSTNode) -> frozenset[str]:
    loops = [body] if isinstance(body, cst.For) else [each for each in own_nodes(body) if isinstance(each, cst.CompFor)]
    return frozenset(name.value for each in loops for name in bound_names(each.target))


def _passed(frame: Frame, call: cst.Call) -> Iterator[tuple[str, cst.BaseExpression]]:
    """The parameters of the function of a frame that a call passes values to."""
    function = frame.tree.enclosing(frame.body, cst.FunctionDef)
    if isinstance(function, cst.FunctionDef):
        yield from _given(function, call)


def _given(function: cst.FunctionDef, call: cst.Call) -> Iterator[tuple[str, cst.BaseExpression]]:
    params = [each.name.value for each in (*function.params.posonly_params, *function.params.params)]
    params = params[1:] if params[:1] in (["self"], ["cls"]) else params
    for index, argument in enumerate(call.args):
        if argument.keyword is not None:
            yield argument.keyword.value, argument.value
        elif argument.star:
            return
        elif index < len(params):
            yield params[index], argument.value


def _check_call(program: Program, frame: Frame, call: cst.Call, name: str) -> None:
    """See to it that none of the methods of a name changes what a call of one of them passes and other items get, too."""
    shared = {id(each.value) for each in call.args if isinstance(each.value, (cst.Name, cst.Attribute)) and frame.key(each.value)}
    home = program.module(frame.tree.source.path)
    modules = program.modules_with(f"def {name}(".encode(), home) if shared and home is not None else []
    if len(modules) > _MOST_FILES:
        raise ByHand(f"many methods are called `{name}`, and get an object that all items share")
    trees = [each for each in (tree_of(program, module.path) for module in modules) if each is not None]
    methods = [function for each in trees for function in each.functions.get(name, ()) if _is_method(each, function)]
    for function in methods if len(methods) > 1 else ():
        for parameter, value in _given(function, call):
            if id(value) in shared and parameter in _changed_by(function):
                raise ByHand(f"`{name}` of an item may change `{frame.tree.code(value)}`, which the other items get, too")


def _is_method(tree: Tree, function: cst.FunctionDef) -> bool:
    return isinstance(tree.enclosing(function, cst.ClassDef, cst.FunctionDef), cst.ClassDef)


@kept_by_node(1_000)
def _changed_by(function: cst.FunctionDef) -> Collection[str]:
    """The parameters whose objects a function changes, or may: it calls a method of one as a statement, or passes one on in such a call."""
    found: set[str] = set()
    for each in own_nodes(function.body):
        if isinstance(each, _TARGETS) and isinstance(each.target, (cst.Attribute, cst.Subscript)):
            found.add(root_of(each.target))
        elif isinstance(each, cst.Call) and isinstance(each.func, cst.Attribute) and tail_of(each.func) in CHANGES:
            found.add(root_of(each.func))
        elif isinstance(each, cst.Expr):
            call = each.value.expression if isinstance(each.value, cst.Await) else each.value
            if isinstance(call, cst.Call):
                found |= {root_of(call.func)} if isinstance(call.func, cst.Attribute) else set()
                found |= {root_of(argument.value) for argument in call.args if isinstance(argument.value, cst.Name)}
    params = {each.name.value: each for each in own_nodes(function.params) if isinstance(each, cst.Param)}
    return {name for name in found if name in params and not _is_value(params[name])}


def _is_value(param: cst.Param) -> bool:
    """Whether a parameter is what nobody can change, by its annotation."""
    return param.annotation is not None and tail_of(param.annotation.annotation) in _VALUES
