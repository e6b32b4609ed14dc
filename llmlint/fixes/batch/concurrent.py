"""Calls that run side by side already: `with batch_scope():` around what starts them, or `BatchExecutor` in place of a pool."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from llmlint.findings import Edit
from llmlint.fixes.batch.flow import own_nodes
from llmlint.fixes.batch.imports import without_import
from llmlint.fixes.batch.layout import indented
from llmlint.fixes.batch.loop import Rewritten
from llmlint.fixes.edits.by_hand import KEEPS_EXCEPTIONS, ByHand
from llmlint.fixes.edits.tree import Tree, bound_names, dotted, tail_of, walk
from llmlint.source import Span

_POOLS = frozenset({"ThreadPoolExecutor", "ProcessPoolExecutor"})
# What waits for its calls where its `with` statement ends.
_OWN_GROUPS = _POOLS | {"ThreadPool", "Pool", "TaskGroup", "create_task_group", "open_nursery", "BatchExecutor"}
# What makes a task of a coroutine, with a copy of the context at that time: at once, or when it is awaited.
_STARTS = frozenset({"create_task", "ensure_future", "start_soon"})
# What starts one call alone, in a loop over the items.
_STARTS_ONE = _STARTS | {"submit", "apply_async", "run_in_executor"}
_COLLECTS = frozenset({"gather", "as_completed", "wait", "tqdm_gather"})
_ADDS = frozenset({"append", "add", "extend"})
_FUNCTION_AND_ITEMS = 2
_OTHER_POOL = (
    "what runs the calls side by side is neither `ThreadPoolExecutor`, `ProcessPoolExecutor` nor a `ThreadPool` in a `with`"
)
_OTHER_USE = "the pool is used for more than `map` and `imap` of one function"


def pool_edits(tree: Tree, at: Span) -> Rewritten:
    """Puts a `BatchExecutor` in the place of the pool that a fan-out uses."""
    made = _pool_of(tree, at)
    if made is None:
        raise ByHand("the pool is made elsewhere than in the function of the fan-out")
    names = {each.keyword.value for each in made.args if each.keyword is not None}
    if names & {"mp_context", "max_tasks_per_child", "initializer"}:
        raise ByHand("the pool's workers are started in a way of their own")
    function = tree.function_of(made)
    users = list(walk(function.body if function is not None else tree.module))
    if any(_has_time_out(each) and not _is_done(tree, each) for each in users):
        raise ByHand("the program gives up on a future after some seconds")
    edits = [tree.edit(*tree.offsets.of(made.func), "BatchExecutor"), *without_import(tree, made.func)]
    return Rewritten(tuple(edits), frozenset({"BatchExecutor"}))


def thread_pool_edits(tree: Tree, at: Span) -> Rewritten:
    """Puts a `BatchExecutor` in the place of multiprocessing's `ThreadPool` in `with ThreadPool(8) as pool:`, if all that is made of it are maps."""
    node = _innermost(tree, at)
    around = tree.enclosing(node, cst.With) if node is not None else None
    if not isinstance(around, cst.With) or len(around.items) != 1 or around.items[0].asname is None:
        raise ByHand(_OTHER_POOL)
    made, name = around.items[0].item, around.items[0].asname.name
    if not isinstance(made, cst.Call) or tail_of(made.func) != "ThreadPool" or not isinstance(name, cst.Name):
        raise ByHand(_OTHER_POOL)
    if len(made.args) > 1 or any(_is_not_positional(each) for each in made.args):
        raise ByHand("the pool's workers are started in a way of their own")
    edits = [tree.edit(*tree.offsets.of(made.func), "BatchExecutor"), *without_import(tree, made.func)]
    function = tree.function_of(around)
    for each in walk(function.body if function is not None else tree.module):
        if isinstance(each, cst.Attribute) and each.attr.value == "next":
            raise ByHand("the results of `imap` are taken by `next`, which takes a time-out")
        if isinstance(each, cst.Name) and each.value == name.value and each is not name and not _is_attribute(tree, each):
            attribute = tree.parents[each]
            call = tree.parents[attribute]
            if not isinstance(attribute, cst.Attribute) or not isinstance(call, cst.Call) or call.func is not attribute:
                raise ByHand(_OTHER_USE)
            if len(call.args) != _FUNCTION_AND_ITEMS or any(_is_not_positional(argument) for argument in call.args):
                raise ByHand(_OTHER_USE)
            if attribute.attr.value == "imap":
                edits.append(tree.edit(*tree.offsets.of(attribute.attr), "map"))
            elif attribute.attr.value == "map":
                start, end = tree.offsets.of(call)
                edits += [tree.edit(start, start, "list("), tree.edit(end, end, ")")]
            else:
                raise ByHand(_OTHER_USE)
    return Rewritten(tuple(edits), frozenset({"BatchExecutor"}))


def _is_not_positional(argument: cst.Arg) -> bool:
    return bool(argument.star) or argument.keyword is not None


def _is_attribute(tree: Tree, name: cst.Name) -> bool:
    """Whether a name is that of an attribute or a keyword, and no variable."""
    parent = tree.parents[name]
    return (isinstance(parent, cst.Attribute) and parent.attr is name) or (isinstance(parent, cst.Arg) and parent.keyword is name)


def _pool_of(tree: Tree, at: Span) -> cst.Call | None:
    """The construction of the pool around a fan-out, or the only one in its function."""
    node = _innermost(tree, at)
    if node is None:
        return None
    for each in tree.ancestors(node):
        if isinstance(each, cst.With):
            for item in each.items:
                if isinstance(item.item, cst.Call) and tail_of(item.item.func) in _POOLS:
                    return item.item
        if isinstance(each, (cst.FunctionDef, cst.Module)):
            made = [call for call in walk(each) if isinstance(call, cst.Call) and tail_of(call.func) in _POOLS]
            return made[0] if len(made) == 1 else None
    return None


def _has_time_out(node: cst.CSTNode) -> bool:
    """`future.result(timeout=30)`, `wait(futures, timeout=30)`: a batch takes longer."""
    if not isinstance(node, cst.Call) or tail_of(node.func) not in ("result", "map", "as_completed", "wait", "exception"):
        return False
    if tail_of(node.func) in ("result", "exception") and node.args:
        return True
    positional = [each for each in node.args if each.keyword is None]
    is_second = tail_of(node.func) in ("as_completed", "wait") and len(positional) > 1
    return is_second or any(each.keyword is not None and each.keyword.value == "timeout" for each in node.args)


def _is_done(tree: Tree, call: cst.CSTNode) -> bool:
    """Whether a call is made of an item of `for future in as_completed(futures)`: its result is there, and no time limit acts."""
    future = call.func.value if isinstance(call, cst.Call) and isinstance(call.func, cst.Attribute) else None
    for each in tree.ancestors(call) if isinstance(future, cst.Name) else ():
        clause = each.for_in if isinstance(each, cst.BaseComp) else each
        if isinstance(clause, (cst.For, cst.CompFor)) and isinstance(clause.target, cst.Name):
            if isinstance(future, cst.Name) and clause.target.value == future.value:
                items = clause.iter
                if isinstance(items, cst.Call) and tail_of(items.func) in ("tqdm", "track") and items.args:
                    items = items.args[0].value
                return isinstance(items, cst.Call) and tail_of(items.func) == "as_completed"
    return False


def scope_edits(tree: Tree, at: Span) -> Rewritten:
    """Puts `with batch_scope():` around what starts the calls of a fan-out: `gather` and its like, or a loop that makes tasks."""
    node = _innermost(tree, at)
    statement = _starting_statement(tree, node) if node is not None and tree.function_of(node) is not None else None
    if statement is None:
        raise ByHand("it is not plain which statement starts the calls")
    if takes_exceptions(statement):
        raise ByHand(KEEPS_EXCEPTIONS)
    return Rewritten(tuple(_wrapped(tree, statement)), frozenset({"batch_scope"}))


def loops_around_all(tree: Tree, at: Span) -> Iterator[cst.CSTNode]:
    """The loops that run a whole fan-out again and again, and not only what starts one call of it."""
    node = _innermost(tree, at)
    if isinstance(node, cst.For) and any(_waits(each) for each in own_nodes(node.body)):
        yield node  # It waits in each iteration for the few calls that this makes.
        return
    if node is not None and any(isinstance(each, cst.Call) and tail_of(each.func) in _STARTS_ONE for each in own_nodes(node)):
        node = tree.enclosing(node, cst.With)
    if node is None:
        return
    around = tree.loops_around(node)
    if not isinstance(node, (cst.For, cst.BaseComp)):
        yield from around
        return
    # Loops that only collect what is waited for behind them run it once.
    for each in around:
        inside = own_nodes(each.body) if isinstance(each, cst.For) else ()
        if not isinstance(each, cst.For) or any(_waits(inner) or isinstance(inner, cst.Await) for inner in inside):
            yield each


def _waits(node: cst.CSTNode) -> bool:
    """Whether a node waits for calls that run side by side, or is a `with` statement of the pool that runs them."""
    if isinstance(node, cst.With):
        items = (each.item for each in node.items)
        return any(isinstance(each, cst.Call) and tail_of(each.func) in _OWN_GROUPS for each in items)
    if not isinstance(node, cst.Call) or not _collects(node):
        return False
    return tail_of(node.func) != "wait" or dotted(node.func) in (
        "wait",
        "asyncio.wait",
        "futures.wait",
        "concurrent.futures.wait",
    )


def _innermost(tree: Tree, at: Span) -> cst.CSTNode | None:
    """The node that a fan-out starts at: its loop, comprehension or call."""
    kinds = (cst.For, cst.BaseComp, cst.Call)
    found = None
    for node in tree.starting_at(at.start):
        if isinstance(node, kinds) and (found is None or tree.offsets.of(node)[1] >= at.end):
            found = node
    return found


def _starting_statement(tree: Tree, node: cst.CSTNode) -> cst.BaseStatement | None:
    function = tree.function_of(node)
    assert function is not None
    if any(isinstance(each, cst.Call) and tail_of(each.func) in _STARTS for each in own_nodes(node)):
        *_, outermost = (node, *tree.loops_around(node))
        return _statement_around(tree, outermost)
    around = _statement_around(tree, node)
    if around is None:
        return None
    if any(_collects(each) for each in own_nodes(around)):
        return around
    names = _names_of(around)
    users = [
        each
        for each in own_nodes(function.body)
        if _collects(each) and isinstance(each, cst.Call) and any(_holds(argument, names) for argument in each.args)
    ]
    return _statement_around(tree, users[0]) if len(users) == 1 else None


def _collects(node: cst.CSTNode) -> bool:
    return isinstance(node, cst.Call) and tail_of(node.func) in _COLLECTS


def takes_exceptions(node: cst.CSTNode) -> bool:
    """Whether a node calls `gather(…, return_exceptions=True)`."""
    return any(
        isinstance(each, cst.Arg)
        and each.keyword is not None
        and each.keyword.value == "return_exceptions"
        and tail_of(each.value) != "False"
        for each in own_nodes(node)
    )


def _holds(argument: cst.Arg, names: set[str]) -> bool:
    return any(isinstance(each, cst.Name) and each.value in names for each in walk(argument.value))


def _names_of(statement: cst.BaseStatement) -> set[str]:
    """What the coroutines are kept in: a list that a statement assigns, or to which it appends."""
    names: set[str] = set()
    for each in own_nodes(statement):
        if isinstance(each, (cst.AssignTarget, cst.AugAssign)):
            names |= {name.value for name in bound_names(each.target)}
        elif isinstance(each, cst.Call) and isinstance(each.func, cst.Attribute) and each.func.attr.value in _ADDS:
            name = dotted(each.func.value)
            names |= {name} if name is not None else set()
    return names


def _statement_around(tree: Tree, node: cst.CSTNode) -> cst.BaseStatement | None:
    """The statement that starts what a node stands for: of an expression in a header, the compound statement."""
    for each in (node, *tree.ancestors(node)):
        if isinstance(each, (cst.SimpleStatementLine, cst.BaseCompoundStatement)):
            return each if isinstance(tree.parents[each], (cst.IndentedBlock, cst.Module)) else None
    return None


def _wrapped(tree: Tree, statement: cst.BaseStatement) -> Iterator[Edit]:
    """A statement inside `with batch_scope():`."""
    start, end = tree.offsets.of(statement)
    first, last = tree.line_start(start), tree.line_end(end)
    indent = tree.indent_at(start)
    text = indented(tree, first, last, indent, indent + tree.style.step)
    yield tree.edit(first, last, f"{indent}with batch_scope():\n{text}")
