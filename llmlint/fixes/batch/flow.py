"""What happens to names when the body of a loop becomes a function: which stay its own, and which it shares with the code around it."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import libcst as cst

from llmlint.fixes.edits.cst_children import children_of, classes_of, kept_by_node
from llmlint.fixes.edits.tree import Tree, bound_names, imported_names, kept_in_tree, tail_of

_FUNCTIONS = (cst.FunctionDef, cst.Lambda)
_SCOPES = classes_of(*_FUNCTIONS, cst.ClassDef)
_BINDING = classes_of(
    cst.FunctionDef, cst.ClassDef, cst.Import, cst.ImportFrom, cst.AssignTarget, cst.AnnAssign, cst.AugAssign
) | classes_of(cst.For, cst.NamedExpr, cst.AsName, cst.Del, cst.MatchAs, cst.MatchStar)
_DECLARING = classes_of(cst.Global, cst.Nonlocal)
_COMPREHENSIONS = (cst.ListComp, cst.SetComp, cst.DictComp, cst.GeneratorExp)
_OF_PARSING = frozenset({"JSONDecodeError", "ParseError", "KeyError", "IndexError", "ValidationError", "YAMLError", "ValueError"})
Suite = cst.BaseSuite | Sequence[cst.BaseStatement]


def own_nodes(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """A node and everything in it that belongs to its own scope: of inner functions and classes only what is evaluated with their definition."""
    pending = [node]
    while pending:
        current = pending.pop()
        yield current
        if type(current) not in _SCOPES:
            pending.extend(reversed(children_of(current)))
        elif isinstance(current, cst.FunctionDef):
            pending += [each.decorator for each in current.decorators]


def bound_in(nodes: Iterable[cst.CSTNode]) -> set[str]:
    """The names that some statements bind in their own scope."""
    return {name for node in nodes for each in own_nodes(node) for name in bound_by(each)}


def bound_by(node: cst.CSTNode) -> Iterator[str]:
    """The names that a node itself binds in the scope that it stands in."""
    if type(node) not in _BINDING:
        return
    if isinstance(node, (cst.FunctionDef, cst.ClassDef)):
        yield node.name.value
    elif isinstance(node, (cst.Import, cst.ImportFrom)):
        yield from imported_names(node)
    elif isinstance(node, (cst.AssignTarget, cst.AnnAssign, cst.AugAssign, cst.For, cst.NamedExpr)):
        yield from (name.value for name in bound_names(node.target))
    elif isinstance(node, cst.AsName):
        yield from (name.value for name in bound_names(node.name))
    elif isinstance(node, cst.Del):
        yield from (name.value for name in bound_names(node.target))
    elif isinstance(node, (cst.MatchAs, cst.MatchStar)) and node.name is not None:
        yield node.name.value


@kept_by_node(2_000)
def local_names(function: cst.FunctionDef | cst.Lambda) -> frozenset[str]:
    """Parameters and bound names of a function."""
    parameters = frozenset(each.name.value for each in own_nodes(function.params) if type(each) is cst.Param)
    if isinstance(function, cst.Lambda):
        return parameters
    nodes = list(own_nodes(function.body))
    return (parameters | {name for each in nodes for name in bound_by(each)}) - declared_by(nodes)


def declared_by(nodes: Iterable[cst.CSTNode]) -> frozenset[str]:
    """The names that some nodes declare to be those of the code around."""
    found = (each for each in nodes if type(each) in _DECLARING and isinstance(each, (cst.Global, cst.Nonlocal)))
    return frozenset(item.name.value for each in found for item in each.names)


def reads_in(tree: Tree, node: cst.CSTNode, hidden: frozenset[str] = frozenset()) -> Iterator[cst.Name]:
    """The names that a node, or a function inside it, reads from the scope of the node. `hidden` are names of scopes in between."""
    if isinstance(node, _FUNCTIONS):
        inner = hidden | local_names(node)
        if isinstance(node, cst.FunctionDef):
            for each in (*node.decorators, node.params):
                yield from reads_in(tree, each, hidden)
        yield from reads_in(tree, node.body, inner)
        return
    if isinstance(node, _COMPREHENSIONS):
        hidden |= _targets(node)
    if isinstance(node, cst.Name):
        if node.value not in hidden and not is_label(tree, node):
            yield node
        return
    for child in children_of(node):
        yield from reads_in(tree, child, hidden)


def _targets(comprehension: cst.BaseComp) -> frozenset[str]:
    found: set[str] = set()
    clause: cst.CompFor | None = comprehension.for_in
    while clause is not None:
        found |= {name.value for name in bound_names(clause.target)}
        clause = clause.inner_for_in
    return frozenset(found)


def is_label(tree: Tree, node: cst.Name) -> bool:
    """Whether a name is that of an attribute, keyword or parameter, or is bound and not read."""
    parent = tree.parents[node]
    if isinstance(parent, cst.Attribute):
        return parent.attr is node
    if isinstance(parent, cst.Arg):
        return parent.keyword is node
    if isinstance(parent, (cst.Param, cst.FunctionDef, cst.ClassDef)):
        return parent.name is node
    if isinstance(parent, (cst.ImportAlias, cst.AsName, cst.NameItem)):
        return True
    if isinstance(parent, (cst.AssignTarget, cst.AnnAssign, cst.For, cst.CompFor, cst.NamedExpr)):
        return parent.target is node
    if isinstance(parent, cst.Element):
        # `a, b = …` binds; `(a, b)` elsewhere reads.
        holder: cst.CSTNode = tree.parents[parent]
        while isinstance(holder, (cst.Tuple, cst.List, cst.Element)):
            inner, holder = holder, tree.parents[holder]
        return isinstance(holder, (cst.AssignTarget, cst.For, cst.CompFor)) and holder.target is inner
    return False


@dataclass
class Assignment:
    """Definite assignment: walks through statements in order, and collects the reads of names that may not have been bound by then."""

    tree: Tree
    names: frozenset[str]
    early: list[cst.Name] = field(default_factory=list)
    _breaks: list[list[set[str]]] = field(default_factory=list)

    def run(self, statements: Suite, known: set[str]) -> set[str] | None:
        """The names that are bound behind the statements; None where control never gets there."""
        body = statements.body if isinstance(statements, cst.BaseSuite) else statements
        current: set[str] | None = set(known)
        for statement in body:
            if current is None:
                return None
            current = self._statement(statement, current)
        return current

    def _read(self, node: cst.CSTNode | None, known: set[str]) -> None:
        if node is not None:
            self.early += [each for each in reads_in(self.tree, node) if each.value in self.names and each.value not in known]

    def _statement(self, node: cst.CSTNode, known: set[str]) -> set[str] | None:
        if isinstance(node, cst.SimpleStatementLine):
            current: set[str] | None = known
            for each in node.body:
                if current is not None:
                    current = self._small(each, current)
            return current
        if isinstance(node, cst.If):
            self._read(node.test, known)
            known = known | _walrus(node.test)
            # Of tests whose result is the same in each iteration, one holds in all of them, or none does.
            missing = None if self._is_last_of_constant_tests(node) else known
            other = self._statement(node.orelse, known) if node.orelse is not None else missing
            return _joined([self.run(node.body, known), other])
        if isinstance(node, cst.Else):
            return self.run(node.body, known)
        if isinstance(node, (cst.For, cst.While)):
            if isinstance(node, cst.For):
                self._read(node.iter, known)
                inner = known | {name.value for name in bound_names(node.target)}
            else:
                self._read(node.test, known)
                inner = known | _walrus(node.test)
            # A loop is taken to run at least once: what is read behind one that did not is unbound in the program as it is, too.
            self._breaks.append([])
            ends = self.run(node.body, inner)
            breaks = self._breaks.pop()
            if node.orelse is not None:
                ends = self.run(node.orelse.body, ends or known)
            return _joined(breaks or [ends if ends is not None else known])
        if isinstance(node, cst.With):
            for item in node.items:
                self._read(item.item, known)
                if item.asname is not None:
                    known = known | {name.value for name in bound_names(item.asname.name)}
            return self.run(node.body, known)
        if isinstance(node, (cst.Try, cst.TryStar)):
            return self._try(node, known)
        if isinstance(node, (cst.FunctionDef, cst.ClassDef)):
            self._read(node, known)
            return known | {node.name.value}
        self._read(node, known)
        return known

    def _is_last_of_constant_tests(self, last: cst.If) -> bool:
        node: cst.CSTNode = last
        count = 0
        while isinstance(node, cst.If):
            for each in own_nodes(node.test):
                if isinstance(each, (cst.Call, cst.Attribute, cst.Subscript)):
                    return False
                if isinstance(each, cst.Name) and each.value in self.names:
                    return False
            count += 1
            node = self.tree.parents[node]
        return count > 1

    def _try(self, node: cst.Try | cst.TryStar, known: set[str]) -> set[str] | None:
        ends = self.run(node.body, known)
        if node.orelse is not None and ends is not None:
            ends = self.run(node.orelse.body, ends)
        handled = []
        for handler in node.handlers:
            self._read(handler.type, known)
            named = {name.value for name in bound_names(handler.name.name)} if handler.name is not None else set()
            after = self.run(handler.body, known | named | (_bound_early(node) if _is_of_parsing(handler) else set()))
            handled.append(after - named if after is not None else None)
        result = _joined([ends, *handled])
        if node.finalbody is not None:
            last = self.run(node.finalbody.body, known)
            return None if last is None or result is None else result | last
        return result

    def _small(self, node: cst.BaseSmallStatement, known: set[str]) -> set[str] | None:
        if isinstance(node, (cst.Return, cst.Raise, cst.Continue, cst.Break)):
            self._read(node, known)
            if isinstance(node, cst.Break) and self._breaks:
                self._breaks[-1].append(known)
            return None
        if isinstance(node, cst.AugAssign):
            self._read(node.target, known)
        if isinstance(node, cst.AnnAssign) and node.value is None:
            return known
        self._read(node, known)
        return known | bound_in([node])


def _bound_early(node: cst.Try | cst.TryStar) -> set[str]:
    """What the simple statements of a `try` block bind, without the last of its statements."""
    return bound_in(each for each in node.body.body[:-1] if isinstance(each, cst.SimpleStatementLine))


def _is_of_parsing(handler: cst.ExceptHandler | cst.ExceptStarHandler) -> bool:
    """Whether a handler is for what reading a response raises, and not for what an LLM call does."""
    types = handler.type.elements if isinstance(handler.type, cst.Tuple) else [handler.type]
    nodes = [each.value if isinstance(each, cst.Element) else each for each in types]
    return all(isinstance(each, (cst.Name, cst.Attribute)) and tail_of(each) in _OF_PARSING for each in nodes)


def takes_all(handler: cst.ExceptHandler | cst.ExceptStarHandler) -> bool:
    """Whether a handler takes all that an LLM call may raise."""
    return handler.type is None or tail_of(handler.type) in ("Exception", "BaseException")


def _walrus(node: cst.CSTNode) -> set[str]:
    return {name for each in own_nodes(node) if isinstance(each, cst.NamedExpr) for name in bound_by(each)}


def _joined(ends: Sequence[set[str] | None]) -> set[str] | None:
    """What holds behind branches: those that do not end there do not count."""
    reached = [each for each in ends if each is not None]
    return set.intersection(*reached) if reached else None


def is_rebound_before(tree: Tree, read: cst.Name, end: int) -> bool:
    """Whether a name is surely bound again between an offset and a read of it in the same scope."""
    return end <= _last_binding(tree, read)


@kept_in_tree
def _last_binding(tree: Tree, read: cst.Name) -> int:
    """Where a name is surely bound for the last time ahead of a read of it in the same scope; -1 where it is not."""
    around = {id(each) for each in tree.ancestors(read)}
    places = _places_bound(tree, tree.scope_of(read)).get(read.value, [])
    ahead = reversed(places[: bisect_left(places, tree.offsets.of(read)[0], key=_start_of)])
    return next((place.start for place in ahead if id(place.holder) in around), -1)


def _start_of(place: _PlaceBound) -> int:
    return place.start


class _PlaceBound(NamedTuple):
    """Where a name is bound, and the block or loop that holds the place."""

    start: int
    holder: cst.CSTNode | None


@kept_in_tree
def _places_bound(tree: Tree, scope: cst.CSTNode) -> dict[str, list[_PlaceBound]]:
    """Where each name of a function or module is bound other than by adding to it, in the order of the source."""
    found: dict[str, list[_PlaceBound]] = {}
    for name, nodes in bindings_in(tree, scope).items():
        for each in nodes:
            start = None if isinstance(each, cst.AugAssign) else _start_of_node(tree, each)
            if start is not None:
                holder = each if isinstance(each, cst.For) else tree.enclosing(each, cst.IndentedBlock, cst.Module)
                found.setdefault(name, []).append(_PlaceBound(start, holder))
    for places in found.values():
        places.sort(key=_start_of)
    return found


@kept_in_tree
def bindings_in(tree: Tree, scope: cst.CSTNode) -> dict[str, list[cst.CSTNode]]:
    """What binds each name in a function or module, found once: it is asked for each name that a loop binds."""
    found: dict[str, list[cst.CSTNode]] = {}
    for each in own_nodes(scope.body if isinstance(scope, cst.FunctionDef) else scope):
        for name in bound_by(each):
            found.setdefault(name, []).append(each)
    return found


@kept_in_tree
def readings_in(tree: Tree, scope: cst.CSTNode) -> dict[str, list[cst.Name]]:
    """Where each name is read that a function or module has, found once for all loops in it."""
    found: dict[str, list[cst.Name]] = {}
    for each in reads_in(tree, scope.body if isinstance(scope, cst.FunctionDef) else scope):
        found.setdefault(each.value, []).append(each)
    return found


def _start_of_node(tree: Tree, node: cst.CSTNode) -> int | None:
    while True:
        try:
            return tree.offsets.of(node)[0]
        except KeyError:
            parent = tree.parents.get(node)
            if parent is None:
                return None
            node = parent
