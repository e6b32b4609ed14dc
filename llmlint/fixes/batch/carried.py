"""Whether an iteration reads, ahead of its LLM call, what earlier ones leave behind theirs: `if row["id"] in seen: continue`, a budget, a file.

In a batch all iterations run up to their calls first, and none of them would find what the others leave. Followed are the functions on the way to
the call, and those of the program that they call ahead of it and behind it.
"""

from __future__ import annotations

import libcst as cst

from llmlint.fixes.batch.calls import leaves
from llmlint.fixes.batch.flow import local_names, own_nodes
from llmlint.fixes.batch.frames import Frame, body_frame, frames_below, named, next_frame
from llmlint.fixes.batch.in_turn import Ordered, is_ordered
from llmlint.fixes.batch.items import distinct_names
from llmlint.fixes.batch.order import is_other_branch
from llmlint.fixes.batch.stores import Change, Read, changes_of, reads_of
from llmlint.fixes.edits.by_hand import ByHand
from llmlint.fixes.edits.tree import Tree, place_of, tail_of, tree_of, walk
from llmlint.link.program.program import Program
from llmlint.source import Span

_ASIDE = frozenset({"len", "print", "tqdm", "info", "debug", "enumerate"})
_EMPTY = frozenset({"set", "dict", "list", "defaultdict", "OrderedDict", "Counter", "deque"})


def check_carries_nothing(
    program: Program, tree: Tree, body: cst.CSTNode, spans: tuple[Span, ...], ordered: Ordered = ()
) -> None:
    """See to it that the code of an item reads nothing ahead of an LLM call that earlier items change behind theirs. `spans` are the call and
    those that lead to it, the last of which stands in `body`, and `ordered` are the parts of that which run once all items ahead have ended."""
    frame = body_frame(program, tree, body, distinct_names(tree, body) if isinstance(body, cst.For) else frozenset())
    reads: list[Read] = []
    early: list[Change] = []
    late: list[Change] = []
    for index in range(len(spans) - 1, -1, -1):
        span = spans[index]
        if span.path != frame.tree.source.path:
            return
        _split(frame, (span.start, span.end), reads, early, late, ordered if index == len(spans) - 1 else ())
        following = next_frame(frame, span, spans[index - 1]) if index else None
        if following is None:
            break
        frame = following
    for read in reads:
        for change in late:
            if read.meets(change) and not any(_reserves(each, read, change) for each in early):
                if not _is_stored(program, tree, body, read, change):
                    raise ByHand(
                        f"{named(change.key)} is read ahead of the call and changed behind it, when other items have read it already"
                    )


def _split(
    frame: Frame, call: tuple[int, int], reads: list[Read], early: list[Change], late: list[Change], ordered: Ordered
) -> None:
    """What the code of a frame reads ahead of a call, and changes ahead of it and behind it."""
    tree = frame.tree
    for node in frame.nodes:
        at = place_of(tree, node)
        if at is None or at == call or (isinstance(node, cst.Call) and at[0] == call[0]):
            continue
        holds = at[0] <= call[0] and call[1] <= at[1]
        waits = is_ordered(at[0], ordered)
        is_late = waits or _is_behind(tree, node, call) or holds
        is_aside = is_late and not waits and (is_other_branch(tree, node, call) or _is_handler(frame, node))
        if is_aside and not ordered:
            continue
        nodes = [(frame, node)]
        if isinstance(node, cst.Call):
            nodes += [(inner, each) for inner in frames_below(frame, node) for each in inner.nodes]
        # What decides whether an item without a call waits, it does not wait for.
        if not is_late or is_aside:
            reads.extend(read for where, each in nodes for read in reads_of(where, each))
        if not is_late:
            early.extend(
                change
                for where, each in nodes
                for change in changes_of(where, each)
                if where is not frame or not _is_left(tree, node)
            )
        elif not is_aside:
            late.extend(change for where, each in nodes for change in changes_of(where, each))


def _is_behind(tree: Tree, node: cst.CSTNode, call: tuple[int, int]) -> bool:
    """Whether a node runs behind a call: also the target of an assignment whose value makes the call, and a statement of SQL with its answer."""
    at = place_of(tree, node)
    if at is None or at[0] >= call[1]:
        return at is not None
    if isinstance(node, cst.SimpleString):
        argument = tree.parents[node]
        around = place_of(tree, tree.parents[argument]) if isinstance(argument, cst.Arg) else None
        return around is not None and around[0] <= call[0] and call[1] <= around[1] and around != call
    if isinstance(node, (cst.AssignTarget, cst.AugAssign, cst.AnnAssign)):
        statement = node if not isinstance(node, cst.AssignTarget) else tree.parents[node]
        whole = place_of(tree, statement)
        return whole is not None and whole[0] <= call[0] and call[1] <= whole[1]
    return False


def _is_left(tree: Tree, node: cst.CSTNode) -> bool:
    """Whether a node stands in a block that is left ahead of the call."""
    block = tree.enclosing(node, cst.IndentedBlock)
    return isinstance(block, cst.IndentedBlock) and leaves(block)


def _is_handler(frame: Frame, node: cst.CSTNode) -> bool:
    """Whether a node handles a failed call, for which nothing is paid."""
    for each in frame.tree.ancestors(node):
        if each is frame.body:
            return False
        if isinstance(each, cst.ExceptHandler):
            return True
    return False


def _reserves(early: Change, read: Read, late: Change) -> bool:
    """Whether an iteration leaves the same ahead of its call as it does behind it: `seen.add(…)`."""
    return early.key == late.key and (read.item is None or early.item == read.item)


def _is_stored(program: Program, tree: Tree, body: cst.CSTNode, read: Read, change: Change) -> bool:
    """Whether answers of an earlier run are looked up, and those of this one kept for the next: items come once."""
    if read.item is None or read.key[0] not in ("name", "self"):
        return False
    home = tree_of(program, read.path)
    name = read.key[-1]
    if home is None:
        return False
    begins_empty, is_passed_on = True, change.is_answer
    scope = home.scope_of(body) if home is tree else home.module
    if isinstance(scope, cst.FunctionDef) and read.key[0] == "name" and name in local_names(scope):
        nodes: list[cst.CSTNode] = list(own_nodes(scope.body))
        begins_empty = not any(isinstance(each, cst.Param) and each.name.value == name for each in own_nodes(scope.params))
    else:
        nodes = list(home.nodes)
    inside = {id(each) for each in walk(body)} if home is tree else set()
    for node in nodes:
        if not isinstance(node, (cst.Name, cst.Attribute)) or tail_of(node) != name:
            continue
        parent = home.parents[node]
        if isinstance(parent, cst.Attribute) and parent.attr is node:
            continue
        if isinstance(parent, cst.AssignTarget):
            assign = home.parents[parent]
            begins_empty = begins_empty and isinstance(assign, cst.Assign) and _is_empty(assign.value)
        elif isinstance(parent, cst.AnnAssign) and parent.target is node:
            begins_empty = begins_empty and (parent.value is None or _is_empty(parent.value))
        elif (
            isinstance(parent, cst.Attribute)
            and parent.attr.value in ("add", "update", "append", "extend")
            and id(node) not in inside
        ):
            function = home.function_of(node)
            is_other = home is tree or (function is not None and function.name.value != change.function)
            begins_empty = begins_empty and not is_other
        elif isinstance(parent, cst.Arg):
            call = home.parents[parent]
            is_passed_on = is_passed_on or not (isinstance(call, cst.Call) and tail_of(call.func) in _ASIDE)
    return not begins_empty and is_passed_on


def _is_empty(value: cst.BaseExpression) -> bool:
    if isinstance(value, (cst.List, cst.Set, cst.Dict)):
        return not value.elements
    return (
        isinstance(value, cst.Call)
        and tail_of(value.func) in _EMPTY
        and all(tail_of(each.value) in {*_EMPTY, "int"} for each in value.args)
    )
