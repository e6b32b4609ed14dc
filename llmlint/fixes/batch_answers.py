"""Writing the answers of a batch where the program had a list of them, or went through one."""

from __future__ import annotations

import libcst as cst

from llmlint.findings import Edit
from llmlint.fixes.batch_ask import Ask
from llmlint.fixes.batch_helper import helper_name
from llmlint.fixes.batch_layout import Code, Raw, comprehension, render
from llmlint.fixes.batch_tree import Tree, dotted, tail_of


def answers_call(ask: Ask, requests: str) -> str:
    """The call of the helper, awaited where it is async."""
    call = f"{helper_name(ask.is_async)}({ask.client}, {requests})"
    return f"await {call}" if ask.is_async else call


def awaited_gather(tree: Tree, argument: cst.Arg) -> cst.Await | None:
    """The `await asyncio.gather(*…)` that an argument is all of."""
    call = tree.parents[argument]
    if not isinstance(call, cst.Call) or argument.star != "*" or dotted(call.func) not in ("asyncio.gather", "gather"):
        return None
    for other in call.args:
        if other is argument:
            continue
        is_default = (
            other.keyword is not None and other.keyword.value == "return_exceptions" and tree.code(other.value) == "False"
        )
        if not is_default:
            return None
    whole = tree.parents[call]
    return whole if isinstance(whole, cst.Await) else None


def list_around(tree: Tree, node: cst.BaseExpression) -> cst.BaseExpression:
    """`list(node)` where that stands there: a list needs no other. Else the node."""
    argument = tree.parents[node]
    call = tree.parents.get(argument)
    if isinstance(argument, cst.Arg) and isinstance(call, cst.Call) and tail_of(call.func) == "list" and len(call.args) == 1:
        return node if argument.star or argument.keyword is not None else call
    return node


def statement_around(tree: Tree, node: cst.BaseExpression) -> cst.BaseStatement | None:
    """The statement that an expression stands in: a simple one, or a `for` that goes through it or through a call with it."""
    child: cst.CSTNode = node
    for parent in tree.ancestors(node):
        if isinstance(parent, cst.For):
            return parent if parent.iter is child and parent.asynchronous is None else None
        if not isinstance(parent, (cst.Arg, cst.Call, cst.Await)):
            break
        child = parent
    return tree.statement_of(node)


def results_edits(
    tree: Tree, ask: Ask, whole: cst.BaseExpression, message: str, answers: str, clause: str | None, indent: str
) -> list[Edit]:
    """What each answer stands for takes the place of `whole`. `clause` goes through items and answers, where an item is needed too;
    `indent` is what the line of `whole` is indented by afterwards."""
    result = ask.result(message)
    start, end = tree.offsets.of(whole)
    loop = tree.parents[whole]
    if clause is None and result != message and isinstance(loop, cst.For) and loop.iter is whole:
        body = loop.body
        if isinstance(loop.target, cst.Name) and isinstance(body, cst.IndentedBlock):
            first = tree.line_start(tree.offsets.of(body.body[0])[0])
            for _ in getattr(body.body[0], "leading_lines", ()):
                first = tree.line_start(first - 1)
            read = f"{indent}{tree.style.step}{loop.target.value} = {result}\n"
            target = tree.offsets.of(loop.target)
            return [tree.edit(*target, message), tree.edit(start, end, answers), tree.edit(first, first, read)]
    code: Code = Raw(answers)
    if result != message or clause is not None:
        code = comprehension(Raw(result), [clause if clause is not None else f"for {message} in {answers}"])
    line = tree.line_start(start)
    behind = tree.source.text[end : tree.line_end(end)]
    used = start - line - len(tree.indent_at(start)) + (0 if behind.strip() == "" else len(behind))
    return [tree.edit(start, end, render(code, indent, tree.style.step, tree.width, used))]
