"""What a batch fix looks at beside the loop itself: the functions on the way to the calls, the one around the fan-out, and edited files."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import libcst as cst

from llmlint.findings import Edit
from llmlint.fixes.apply import apply_edits, check_fixed, comments_of_deletion
from llmlint.fixes.batch.calls import ItemCalls
from llmlint.fixes.batch.exits import MAY_END_PROGRAM, ends_program, ends_program_after
from llmlint.fixes.batch.flow import own_nodes
from llmlint.fixes.batch.state import disturbs
from llmlint.fixes.edits.by_hand import KEEPS_EXCEPTIONS, KEEPS_STATE, TIMED, ByHand, compares_times, measures_time
from llmlint.fixes.edits.cst_children import kept_by_node
from llmlint.fixes.edits.tree import Tree, function_around, tail_of, tree_of
from llmlint.fixes.touched import touched_statements
from llmlint.link.program.memo import Memo
from llmlint.link.program.program import Program
from llmlint.providers.other_callees import other_callee
from llmlint.request_data import FanOut
from llmlint.source import Span

# Methods that send requests to other providers, or to servers of one's own.
_ASKS = frozenset({"post", "urlopen", "generate_content", "generate_content_async", "chat"})
# How many characters of a file are read for its fixes.
_MOST_READ = 3_000_000
_READ: Memo[str, list[int]] = Memo()


def code_of_fan_out(tree: Tree, at: Span) -> cst.CSTNode | None:
    """The loop, comprehension or call that a fan-out is."""
    return tree.at(at.start, cst.For, cst.Call, cst.ListComp, cst.SetComp, cst.DictComp, cst.GeneratorExp)


def check_state(program: Program, span: Span) -> None:
    """See to it that the function around a call keeps no state in an object from ahead of the call until behind it."""
    tree = tree_of(program, span.path)
    function = function_around(tree, span) if tree is not None else None
    if tree is not None and function is not None:
        if disturbs(tree, function, (span.start, span.end)):
            raise ByHand(KEEPS_STATE)
        if ends_program_after(program, tree, function, span.start):
            raise ByHand(MAY_END_PROGRAM)


def check_keeps_no_exceptions(program: Program, span: Span) -> None:
    """See to it that no handler around a call puts the exception itself among the results: `except Exception as error: results.append(error)`."""
    tree = tree_of(program, span.path)
    node = tree.at(span.start, cst.Call, cst.Attribute) if tree is not None else None
    for each in tree.ancestors(node) if tree is not None and node is not None else ():
        if isinstance(each, (cst.FunctionDef, cst.Lambda)):
            return
        for handler in each.handlers if isinstance(each, cst.Try) else ():
            name = handler.name.name if handler.name is not None else None
            if isinstance(name, cst.Name) and any(_keeps(inner, name.value) for inner in own_nodes(handler.body)):
                raise ByHand(KEEPS_EXCEPTIONS)


def _keeps(node: cst.CSTNode, name: str) -> bool:
    """Whether a node returns, stores or collects what a name stands for, as it is or in a tuple."""
    values: list[cst.BaseExpression | None] = []
    if isinstance(node, cst.Return):
        values = [node.value]
    elif isinstance(node, cst.Assign):
        values = [node.value] if any(isinstance(each.target, cst.Subscript) for each in node.targets) else []
    elif isinstance(node, cst.Call) and tail_of(node.func) in ("append", "put", "add"):
        values = [each.value for each in node.args]
    elements = (inner.value for each in values if isinstance(each, cst.Tuple) for inner in each.elements)
    return any(isinstance(each, cst.Name) and each.value == name for each in (*values, *elements))


def check_time(program: Program, span: Span) -> None:
    """See to it that the function around a call does not take its time, which would be that of a batch."""
    tree = tree_of(program, span.path)
    function = function_around(tree, span) if tree is not None else None
    if function is not None and measures_time(own_nodes(function.body)):
        raise ByHand(TIMED)


def check_comparison(tree: Tree, at: Span) -> None:
    """See to it that the function of a fan-out does not compute with the time that it takes."""
    node = code_of_fan_out(tree, at)
    function = tree.function_of(node) if node is not None else None
    if _compares_times(function.body if function is not None else tree.module):
        raise ByHand(TIMED)


@kept_by_node(2_000)
def _compares_times(code: cst.CSTNode) -> bool:
    return compares_times(own_nodes(code))


def check_exits(program: Program, tree: Tree, fan_out: FanOut) -> None:
    """See to it that no iteration ends the program, behind which others would go on."""
    outermost = fan_out.outer[-1] if fan_out.outer else fan_out.at
    loop = tree.at(outermost.start, cst.For)
    if loop is not None and ends_program(program, tree, own_nodes(loop)):
        raise ByHand(MAY_END_PROGRAM)


def check_budget(program: Program, path: str, characters: int = 0) -> None:
    """See to it that a file has not had too many fan-outs before, and note how many characters are read for one: each fix reads the whole function
    of its fan-out, of which there may be as many as the function has lines."""
    read = _READ.get(program, path, lambda: [0])
    if read[0] > _MOST_READ:
        raise ByHand("the file has too many fan-outs for all of these fixes to be worked out at once")
    read[0] += characters


def length_read(tree: Tree, at: Span) -> int:
    """How many characters are read for the fix of a fan-out."""
    node = code_of_fan_out(tree, at)
    function = tree.function_of(node) if node is not None else None
    return len(tree.code(function) if function is not None else tree.source.text)


def may_ask_others(program: Program, item: ItemCalls) -> bool:
    """Whether a function on the way to the LLM calls makes other requests, as to another provider."""
    spans = dict.fromkeys(span for each in item.calls for span in each.spans[:-1])
    trees = ((tree_of(program, span.path), span) for span in spans)
    functions = {function_around(tree, span) for tree, span in trees if tree is not None}
    return any(_makes_requests(function) for function in functions if function is not None)


@kept_by_node(2_000)
def _makes_requests(function: cst.FunctionDef) -> bool:
    calls = (each for each in own_nodes(function.body) if isinstance(each, cst.Call))
    return any(isinstance(each.func, cst.Attribute) and each.func.attr.value in _ASKS for each in calls)


def is_sound(program: Program, path: str, edits: list[Edit]) -> bool:
    """Whether a file can be left with the edits: they may overlap, or a comment may stand where the new code has no place for it."""
    own = [edit for edit in edits if edit.span.path == path]
    text = program.source(path).text
    try:
        for start, end, touching in touched_statements(program, path, own):
            moved = [Edit(Span(path, each.span.start - start, each.span.end - start), each.text) for each in touching]
            dropped = {
                comment for each in touching for comment in comments_of_deletion(text[each.span.start : each.span.end], each)
            }
            if check_fixed(text[start:end], apply_edits(text[start:end], moved), dropped) is not None:
                return False
    except ValueError:
        return False
    return True


def other_callees(program: Program, item: ItemCalls) -> Iterator[str]:
    """What may take the calls of an item in the place of their LLM calls, and sends no batches."""
    for each in item.calls:
        for inside, around in pairwise(each.spans):
            other = other_callee(program, inside, around)
            if other is not None:
                yield other
