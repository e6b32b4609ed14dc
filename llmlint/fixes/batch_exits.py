"""Iterations that end the program: the loop stops there, and `batch_map` would go on with the items behind."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import libcst as cst

from llmlint.fixes.batch_flow import own_nodes
from llmlint.fixes.batch_tree import Tree, dotted, tail_of

ENDS_PROGRAM = "an iteration may end the program, and a batch would go on with the items behind it"

_CALLS = frozenset({"sys.exit", "exit", "quit", "os._exit", "_exit", "os.abort", "ctx.exit", "parser.error", "parser.exit"})
# Also those of click and typer.
_EXCEPTIONS = frozenset({"SystemExit", "KeyboardInterrupt", "Exit", "Abort"})
_DEEPEST = 3


def ends_program(tree: Tree, nodes: Iterable[cst.CSTNode]) -> bool:
    """Whether one of the nodes ends the program, itself or by a function of the same file that does nothing else in the end."""
    return any(_ends(tree, each, _DEEPEST) for each in nodes)


def ends_program_on_error(tree: Tree, function: cst.FunctionDef) -> bool:
    """Whether a function ends the program in an `except`, as where its LLM call fails. What it does ahead of the call is the same for all items."""
    handlers = (each for each in own_nodes(function.body) if isinstance(each, cst.ExceptHandler))
    return any(ends_program(tree, own_nodes(each.body)) for each in handlers)


def _ends(tree: Tree, node: cst.CSTNode, depth: int) -> bool:
    if isinstance(node, cst.Raise):
        raised = node.exc.func if isinstance(node.exc, cst.Call) else node.exc
        return raised is not None and tail_of(raised) in _EXCEPTIONS
    if not isinstance(node, cst.Call):
        return False
    name = dotted(node.func)
    if name in _CALLS:
        return name not in tree.functions
    if name is None or depth == 0 or name.removeprefix("self.").count("."):
        return False
    called = tree.functions.get(name.removeprefix("self."), ())
    return any(_always_ends(tree, each.body, depth - 1) for each in called)


def _always_ends(tree: Tree, body: cst.BaseSuite, depth: int) -> bool:
    """Whether one of the statements of a body, each of which is reached, ends the program on all of its branches."""
    for statement in body.body:
        if isinstance(statement, cst.If):
            branches = list(_branches(statement))
            if branches and all(_always_ends(tree, each, depth) for each in branches):
                return True
        elif isinstance(statement, (cst.With, cst.Try)):
            last = statement.finalbody.body if isinstance(statement, cst.Try) and statement.finalbody is not None else None
            if _always_ends(tree, last or statement.body, depth):
                return True
        elif not isinstance(statement, cst.BaseCompoundStatement):
            if any(_ends(tree, each, depth) for each in own_nodes(statement)):
                return True
        if any(isinstance(each, cst.Return) for each in own_nodes(statement)):
            return False
    return False


def _branches(statement: cst.If) -> Iterator[cst.BaseSuite]:
    """The branches of an `if` with an `else`; none for one without."""
    bodies = [statement.body]
    following = statement.orelse
    while isinstance(following, cst.If):
        bodies.append(following.body)
        following = following.orelse
    if following is not None:
        yield from (*bodies, following.body)
