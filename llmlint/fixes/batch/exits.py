"""Iterations that end the program: the loop stops there, and `batch_map` would go on with the items behind."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import libcst as cst

from llmlint.fixes.batch.flow import own_nodes
from llmlint.fixes.edits.tree import Tree, dotted, tail_of, tree_of
from llmlint.link.program.program import Program
from llmlint.scan.facts import ENDS_PROGRAM

MAY_END_PROGRAM = "an iteration may end the program, and a batch would go on with the items behind it"

# Also those of click and argparse, by what their objects are mostly called.
_CALLS = ENDS_PROGRAM | {"_exit", "os.abort", "ctx.exit", "parser.error", "parser.exit"}
# Also those of click and typer.
_EXCEPTIONS = frozenset({"SystemExit", "KeyboardInterrupt", "Exit", "Abort"})
_DEEPEST = 3


def ends_program(program: Program, tree: Tree, nodes: Iterable[cst.CSTNode]) -> bool:
    """Whether one of the nodes ends the program, itself or by a function of the program that does nothing else in the end."""
    return any(_ends(program, tree, each, _DEEPEST) for each in nodes)


def ends_program_after(program: Program, tree: Tree, function: cst.FunctionDef, call: int) -> bool:
    """Whether a function ends the program behind a call, or in an `except`, as where the call fails. What it does ahead is the same for all items."""
    nodes = list(own_nodes(function.body))
    handlers = (each for each in nodes if isinstance(each, cst.ExceptHandler))
    behind = (each for each in nodes if isinstance(each, (cst.Call, cst.Raise)) and tree.offsets.of(each)[0] > call)
    return ends_program(program, tree, (*behind, *(inner for each in handlers for inner in own_nodes(each.body))))


def _ends(program: Program, tree: Tree, node: cst.CSTNode, depth: int) -> bool:
    if isinstance(node, cst.Raise):
        raised = node.exc.func if isinstance(node.exc, cst.Call) else node.exc
        return raised is not None and tail_of(raised) in _EXCEPTIONS
    if not isinstance(node, cst.Call):
        return False
    name = dotted(node.func)
    if name in _CALLS:
        return name not in tree.functions
    if name is None or depth == 0:
        return False
    return any(_always_ends(program, home, each.body, depth - 1) for home, each in called_functions(program, tree, name))


def called_functions(program: Program, tree: Tree, name: str) -> Iterator[tuple[Tree, cst.FunctionDef]]:
    """The functions of the file that a call may be of, or the one that the file imports."""
    own = name.removeprefix("self.")
    if own in tree.functions:
        yield from ((tree, each) for each in tree.functions[own])
        return
    importer = program.module(tree.source.path)
    if importer is None:
        return
    for statement in tree.module_bindings_of.get(name.split(".")[0], ()):
        if isinstance(statement, cst.ImportFrom):
            module = dotted(statement.module) if statement.module is not None else ""
            found = program.find_import(importer, module or "", len(statement.relative))
            member = _original(statement, name)
        elif isinstance(statement, cst.Import):
            found, member = program.find_import(importer, name.rpartition(".")[0], 0), name.rpartition(".")[2]
        else:
            continue
        home = tree_of(program, found.path) if found is not None else None
        if home is not None:
            yield from ((home, each) for each in home.functions.get(member, ()))


def _original(statement: cst.ImportFrom, name: str) -> str:
    """What a name is called in the module that it is imported from."""
    for alias in () if isinstance(statement.names, cst.ImportStar) else statement.names:
        if alias.asname is not None and isinstance(alias.asname.name, cst.Name) and alias.asname.name.value == name:
            return dotted(alias.name) or name
    return name


def _always_ends(program: Program, tree: Tree, body: cst.BaseSuite, depth: int) -> bool:
    """Whether one of the statements of a body, each of which is reached, ends the program on all of its branches."""
    for statement in body.body:
        if isinstance(statement, cst.If):
            branches = list(_branches(statement))
            if branches and all(_always_ends(program, tree, each, depth) for each in branches):
                return True
        elif isinstance(statement, (cst.With, cst.Try)):
            last = statement.finalbody.body if isinstance(statement, cst.Try) and statement.finalbody is not None else None
            if _always_ends(program, tree, last or statement.body, depth):
                return True
        elif not isinstance(statement, cst.BaseCompoundStatement):
            if any(_ends(program, tree, each, depth) for each in own_nodes(statement)):
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
