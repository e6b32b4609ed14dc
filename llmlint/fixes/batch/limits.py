"""What holds calls back while they wait for a batch: semaphores, of which the limit is raised, and what only a person can change."""

from __future__ import annotations

import re
from collections.abc import Iterator

import libcst as cst

from llmlint.findings import Edit
from llmlint.fixes.batch.flow import bound_in, own_nodes
from llmlint.fixes.edits.by_hand import ByHand
from llmlint.fixes.edits.tree import Tree, dotted, root_of, tail_of, tree_of
from llmlint.link.program.program import Program
from llmlint.request_data import FanOut, Limit
from llmlint.source import Span

_PLENTY = 1_000
"""The limit of a semaphore that would hold back the requests of a batch."""
_BOUND_AND_READ = 2
# What a comment says that gives a reason for a limit, and does not only name it.
_WHY = re.compile(r"(?i)\b(avoid|prevent|because|since|so that|keep|stay|below|under|429|quota|tier|cost|predictab|polite|safe|rate[- ]?limit|"
                  r"overload|throttl|too (many|high)|memory)")  # fmt: skip

# What is asked of others, or run beside the program.
_OF_OTHERS = frozenset({"requests", "httpx", "session", "urllib", "subprocess"})
_LOADS = frozenset({"urlopen", "urlretrieve", "download"})


def check_time_limits(fan_out: FanOut) -> None:
    """See to it that nothing gives up on a call after some seconds; a batch takes longer."""
    for limit in fan_out.limits:
        if limit.kind == "time":
            raise ByHand(f"`{limit.name}` limits how long a call may take")
    for limit in fan_out.limits:
        if limit.kind in ("job", "ci"):
            raise ByHand(f"`{limit.name}` ends the job that makes the calls after some time, and a batch may take a day")


def raised_limits(program: Program, fan_out: FanOut, *, by_turns: bool) -> tuple[list[Edit], str]:
    """The edits that let all calls of a fan-out wait at the same time, and what they do. `by_turns`: as items of `batch_map`, of which only
    one runs at a time."""
    edits: list[Edit] = []
    notes: list[str] = []
    for limit in fan_out.limits:
        if by_turns and limit.kind == "rate":
            continue  # It makes items wait before their calls, as it did.
        if by_turns:
            raise ByHand(f"`{limit.name}` is held while a call waits, and would keep the other items from their turns")
        edit, change = _raised(program, fan_out, limit)
        if edit is not None and edit not in edits:
            edits.append(edit)
            notes.append(f"raise the limit of `{limit.name}` {change} {_PLENTY:,}")
    return edits, ", ".join(notes)


def _raised(program: Program, fan_out: FanOut, limit: Limit) -> tuple[Edit | None, str]:
    if limit.kind == "lock":
        raise ByHand(f"the lock `{limit.name}` lets one call at a time through")
    if limit.kind == "rate":
        raise ByHand(f"`{limit.name}` lets only some calls a second through, and a batch would hold no more")
    if limit.kind != "semaphore" or limit.made is None:
        raise ByHand(f"how many calls `{limit.name}` lets through is not written where it is made")
    if _holds_back_others(program, fan_out, limit):
        raise ByHand(f"`{limit.name}` holds back more than the LLM calls")
    if limit.amount is None:
        return _at_least(program, limit, limit.made), "to at least"
    tree = tree_of(program, limit.amount.path)
    number = next(
        (
            each
            for each in (tree.nodes if tree is not None else ())
            if isinstance(each, cst.Integer)
            and tree is not None
            and tree.offsets.of(each) == (limit.amount.start, limit.amount.end)
        ),
        None,
    )
    if tree is None or number is None:
        raise ByHand(f"how many calls `{limit.name}` lets through is not written where it is made")
    is_there = limit.made.path == limit.amount.path and limit.made.start <= limit.amount.start < limit.made.end
    if not is_there and not _is_for_nothing_else(program, tree, number):
        raise ByHand(f"the number of calls that `{limit.name}` lets through is used for more than that")
    if number.evaluated_value >= _PLENTY:
        return None, ""
    _check_reason(tree, number, limit)
    return tree.edit(limit.amount.start, limit.amount.end, str(_PLENTY)), f"from {number.evaluated_value} to"


def _at_least(program: Program, limit: Limit, made: Span) -> Edit:
    """`asyncio.Semaphore(args.workers)` with `max(args.workers, 1_000)`: who runs the program says how many calls it lets through."""
    tree = tree_of(program, made.path)
    call = tree.at(made.start, cst.Call) if tree is not None else None
    amount = call.args[0].value if isinstance(call, cst.Call) and len(call.args) == 1 and not call.args[0].star else None
    if tree is None or not isinstance(amount, (cst.Name, cst.Attribute)) or dotted(amount) is None or amount.lpar:
        raise ByHand(f"how many calls `{limit.name}` lets through is not written where it is made")
    if any(each.value == "max" for each in tree.names(tree.module) if not isinstance(tree.parents[each], cst.Call)):
        raise ByHand(f"{made.path} uses the name `max` for something else")
    _check_reason(tree, amount, limit)
    return tree.edit(*tree.offsets.of(amount), f"max({tree.code(amount)}, {_PLENTY:_})")


def _check_reason(tree: Tree, number: cst.BaseExpression, limit: Limit) -> None:
    if _WHY.search(_comments_at(tree, number)):
        amount = tree.code(number) if isinstance(number, cst.Integer) else f"`{tree.code(number)}`"
        raise ByHand(
            f"a comment says why `{limit.name}` lets only {amount} calls through, and a batch needs more to wait at once"
        )


def _comments_at(tree: Tree, number: cst.BaseExpression) -> str:
    """The comments above a number and behind it."""
    text, start = tree.source.text, tree.line_start(tree.offsets.of(number)[0])
    lines = text[tree.with_comments(start) : tree.next_line(start)].splitlines()
    return " ".join(line[line.index("#") :] for line in lines if "#" in line)


def _holds_back_others(program: Program, fan_out: FanOut, limit: Limit) -> bool:
    """Whether other `with` statements enter the same semaphore, or its own awaits something else than the call."""
    paths = {limit.at.path, *((limit.made.path,) if limit.made is not None else ())}
    entered = {(each.at.path, each.at.start) for each in fan_out.limits}
    last = limit.name.rpartition(".")[2]
    for path in sorted(paths):
        tree = tree_of(program, path)
        for node in tree.nodes if tree is not None else ():
            if not isinstance(node, cst.With) or tree is None:
                continue
            if not any((dotted(item.item) or "").rpartition(".")[2] == last for item in node.items):
                continue
            if limit.made is not None and _is_other_local(tree, node, last, limit.made):
                continue
            start = tree.offsets.of(node)[0]
            if not any(where == path and abs(start - at) <= len("async ") for where, at in entered):
                return True
            if any(_is_other_wait(tree, each, fan_out) for each in own_nodes(node.body)):
                return True
    return False


def _is_other_local(tree: Tree, node: cst.With, name: str, made: Span) -> bool:
    """Whether a `with` statement enters a variable of another function than that which makes the semaphore of the same name."""
    if not any(isinstance(item.item, cst.Name) and item.item.value == name for item in node.items):
        return False
    functions = (each for each in tree.ancestors(node) if isinstance(each, cst.FunctionDef))
    home = next((each for each in functions if name in bound_in([each.body])), None)
    if home is None:
        return False
    start, end = tree.offsets.of(home)
    return made.path != tree.source.path or not start <= made.start < end


def _is_other_wait(tree: Tree, node: cst.CSTNode, fan_out: FanOut) -> bool:
    if isinstance(node, cst.Call) and (root_of(node.func) in _OF_OTHERS or tail_of(node.func) in _LOADS):
        return True  # In a thread.
    if not isinstance(node, cst.Await):
        return False
    start, end = tree.offsets.of(node)
    path = tree.source.path
    spans = [each.span for each in fan_out.chain] if fan_out.chain else []
    if any(span.path == path and start <= span.start < end for span in spans):
        return False
    return not isinstance(node.expression, cst.Call) or tail_of(node.expression.func) not in ("sleep", "create", "parse")


def _is_for_nothing_else(program: Program, tree: Tree, number: cst.Integer) -> bool:
    """Whether a number is what a name stands for that is read once, and by no other file."""
    parent = tree.parents[number]
    if isinstance(parent, cst.Assign) and len(parent.targets) == 1 and isinstance(parent.targets[0].target, cst.Name):
        name = parent.targets[0].target.value
    elif isinstance(parent, cst.AnnAssign) and isinstance(parent.target, cst.Name):
        name = parent.target.value
    elif isinstance(parent, cst.Param):
        name = parent.name.value
    else:
        return False
    home = program.module(tree.source.path)
    scope = (
        tree.function_of(parent) or tree.module if not isinstance(parent, cst.Param) else tree.enclosing(parent, cst.FunctionDef)
    )
    uses = list(_uses(tree, scope, name))
    is_local = scope is not tree.module
    if len(uses) > _BOUND_AND_READ or home is None:
        return False
    return is_local or all(path == home.path for path in program.files_holding((name.encode(),), home))


def _uses(tree: Tree, scope: cst.CSTNode | None, name: str) -> Iterator[cst.Name]:
    return (each for each in tree.names(scope) if each.value == name) if scope is not None else iter(())
