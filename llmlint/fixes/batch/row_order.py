"""After how many of its LLM calls an item adds to a list or file that items share.

`batch_map` goes on with all items that wait for their first call, and only then with those that wait for their second. Rows keep their order only
where all items write them behind equally many calls.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field

import libcst as cst

from llmlint.fixes.batch.additions import OTHERWISE, additions_of
from llmlint.fixes.batch.calls import ItemCalls
from llmlint.fixes.batch.draws import DRAWN, PAUSED, changes_draws, draws_of
from llmlint.fixes.batch.flow import takes_all
from llmlint.fixes.batch.frames import Frame, Key, body_frame, frames_below, named, next_frame
from llmlint.fixes.batch.items import distinct_names
from llmlint.fixes.edits.cst_children import children_of
from llmlint.fixes.edits.tree import Tree, tail_of, walk
from llmlint.link.program.program import Program
from llmlint.providers.below import Below

# How many calls an item may have made: all that is possible at a place of its code, and nothing where control never gets there.
_Counts = frozenset[int]
_NOWHERE: _Counts = frozenset()
# `batch_map` prints what items write there in their order; messages to stderr tell how far the program is.
_AS_MANY = frozenset({"range", "enumerate", "list", "tuple", "sorted", "reversed", "tqdm", "trange", "track"})
_SHOWN: tuple[Key, ...] = (("name", "sys", "stdout"), ("name", "tqdm"), ("name", "sys", "stderr"))


@dataclass(frozen=True, slots=True)
class Unordered:
    """Why the order of a list or file would change, and where items add to it behind fewer calls than others: in the code of the fan-out itself, None
    for what the functions on the way to an LLM call do. Not `is_known`: a method of which nothing is known changes it."""

    why: str
    early: tuple[cst.CSTNode | None, ...]
    is_known: bool


def unordered(
    program: Program,
    tree: Tree,
    body: cst.CSTNode,
    item: ItemCalls,
    collected: str | None,
    *,
    runs_through: bool = False,
    mapped: Collection[tuple[str, int]] = (),
) -> dict[Key, Unordered]:
    """The lists and files to which the items of a fan-out, whose code is given, add behind unequally many calls. `collected` is the list that takes
    their results anyway. `runs_through`: some items may not wait for their calls, as these go to another host. `mapped` are the paths and starts
    of loops that become `batch_map`."""
    frame = body_frame(program, tree, body, distinct_names(tree, body) if isinstance(body, cst.For) else frozenset())
    additions = _Additions(frame, {("name", collected)} if collected is not None else set(), runs_through, frozenset(mapped))
    _Walk(additions, frame, [(each, len(each.spans) - 1) for each in item.calls]).all_of(frame.body)
    found: dict[Key, Unordered] = {}
    for key, places in additions.added.items():
        counts = set[int]().union(*places.values())
        if key[0] in (DRAWN, PAUSED):
            changes = changes_draws(key, additions.added, tree, body)
            if changes or (len(counts) > 1 and key[0] == DRAWN):
                why = f"items draw from {named(key)}, which has a seed, and in a batch they would get other numbers"
                behind_fewer = tuple(place for place, each in places.items() if each != {max(counts)})
                found[key] = Unordered(why, (None,) if changes else behind_fewer, is_known=True)
        elif len(counts) > 1 and key not in additions.left_out:
            kinds = "more and with fewer LLM calls" if min(counts) else "and without an LLM call"
            is_known = key[0] != OTHERWISE
            why = f"items with {kinds} add to {named(key if is_known else key[1:])}, whose order would change"
            early = tuple(place for place, each in places.items() if each != {max(counts)})
            found[key] = Unordered(why, early, is_known)
    return found


@dataclass(frozen=True, slots=True)
class _Additions:
    """`added` is behind how many calls an item adds to what, by where it does in the code of the fan-out (`frame`); `tries` are the `try`
    statements around, with how many calls may have been made when something in them raises an exception, and whether they handle any."""

    frame: Frame
    left_out: set[Key]
    runs_through: bool
    mapped: frozenset[tuple[str, int]]
    added: dict[Key, dict[cst.CSTNode | None, set[int]]] = field(default_factory=dict)
    tries: list[tuple[set[int], bool]] = field(default_factory=list)

    def add(self, key: Key, counts: _Counts, frame: Frame, node: cst.CSTNode) -> None:
        if key not in self.left_out and key not in _SHOWN:
            place = node if frame is self.frame else None
            self.added.setdefault(key, {}).setdefault(place, set()).update(counts)

    def begin_anew(self, key: Key | None) -> None:
        """What each item empties keeps nothing of the others."""
        if key is not None:
            self.left_out.add(key)

    def raises(self, counts: _Counts) -> None:
        for caught, is_broad in reversed(self.tries):
            caught.update(counts)
            if is_broad:
                return


class _Walk:
    """A walk through the code of a frame, in the order in which it runs. `calls` are the LLM calls that it leads to, with the index of their span
    in it."""

    def __init__(self, additions: _Additions, frame: Frame, calls: Sequence[tuple[Below, int]]):
        self.additions, self.frame, self.calls = additions, frame, calls
        self.tree = frame.tree
        spans = (each.spans[index] for each, index in calls)
        self.places = {(span.start, span.end) for span in spans if span.path == self.tree.source.path}
        self.left: dict[type[cst.CSTNode], set[int]] = {cst.Return: set(), cst.Break: set(), cst.Continue: set()}

    def all_of(self, body: cst.CSTNode, counts: _Counts = frozenset({0})) -> _Counts:
        """How many calls have been made behind the body of a function, wherever it is left."""
        return self.of(body, counts) | self.left[cst.Return]

    def of(self, node: cst.CSTNode, counts: _Counts) -> _Counts:
        """How many calls have been made behind a node, where control goes on there."""
        if not counts:
            return _NOWHERE
        if isinstance(node, (cst.BaseSuite, cst.Else, cst.Finally)):
            return self._each(node.body.body if not isinstance(node, cst.BaseSuite) else node.body, counts)
        if isinstance(node, cst.Call):
            return self._call(node, counts)
        if isinstance(node, (cst.Attribute, cst.Name)):
            counts = self._each(children_of(node), counts)
            return self._made(node, counts) if self._is_place(node) else counts
        if isinstance(node, cst.AugAssign):
            counts = self.of(node.value, counts)
            self._add(self.frame, node, node, counts)
            return counts
        if isinstance(node, (cst.If, cst.IfExp)):
            return self._branches(node, self.of(node.test, counts))
        if isinstance(node, cst.BooleanOperation):
            counts = self.of(node.left, counts)
            return counts | self.of(node.right, counts)
        if isinstance(node, cst.Match):
            counts = self.of(node.subject, counts)
            return counts.union(*(self.of(case.body, counts) for case in node.cases))
        if isinstance(node, (cst.Try, cst.TryStar)):
            return self._try(node, counts)
        if isinstance(node, (cst.For, cst.While)):
            return self._loop(node, counts)
        if isinstance(node, cst.FunctionDef):
            return self._function(node, counts)
        counts = self._each(children_of(node), counts)
        if isinstance(node, cst.Raise):
            self.additions.raises(counts)
            return _NOWHERE
        if isinstance(node, cst.Assign):
            self._add(self.frame, node, node, counts)
        if type(node) in self.left:
            self.left[type(node)].update(counts)
            return _NOWHERE
        return counts

    def _branches(self, node: cst.If | cst.IfExp, counts: _Counts) -> _Counts:
        """Where all items take the same branch, it is one that makes calls: without any, nothing is out of order."""
        branches = [node.body, *([node.orelse] if node.orelse is not None else [])]
        if not self._is_same_for_all(node.test):
            missing = counts if node.orelse is None else _NOWHERE
            return missing.union(*(self.of(each, counts) for each in branches))
        calling = [each for each in branches if self._makes_calls(each)]
        if calling:
            return _NOWHERE.union(*(self.of(each, counts) for each in calling))
        outer, self.left = self.left, {kind: set() for kind in self.left}
        for each in branches:
            self.of(each, counts)
        self.left = outer
        return counts

    def _is_same_for_all(self, test: cst.CSTNode) -> bool:
        """Whether a test has the same result for all items: it reads only what they share, and what the code around it does not set."""
        if any(isinstance(each, (cst.Call, cst.Subscript, cst.NamedExpr)) for each in walk(test)):
            return False
        keys = {self.frame.key(each) for each in _roots(test)}
        return None not in keys and keys.isdisjoint(
            {self.frame.key(each.target) for each in self.frame.nodes if isinstance(each, (cst.AssignTarget, cst.AugAssign))}
        )

    def _each(self, nodes: Sequence[cst.CSTNode], counts: _Counts) -> _Counts:
        for node in nodes:
            counts = self.of(node, counts)
        return counts

    def _is_place(self, node: cst.CSTNode) -> bool:
        try:
            return self.tree.offsets.of(node) in self.places
        except KeyError:
            return False

    def _makes_calls(self, node: cst.CSTNode) -> bool:
        start, end = self.tree.offsets.of(node)
        return any(start <= first and last <= end for first, last in self.places)

    def _call(self, node: cst.Call, counts: _Counts) -> _Counts:
        counts = self._each((node.func, *node.args), counts)
        if self._is_place(node):
            return self._made(node, counts)
        self._add(self.frame, node, node, counts)
        for inner in frames_below(self.frame, node):
            for each in inner.nodes:
                self._add(inner, each, node, counts)
        return counts

    def _add(self, frame: Frame, node: cst.CSTNode, place: cst.CSTNode, counts: _Counts) -> None:
        """Note what a node of a frame adds to, that a node of this one runs."""
        if isinstance(node, cst.Call) and isinstance(node.func, cst.Attribute) and node.func.attr.value == "clear":
            self.additions.begin_anew(frame.key(node.func.value))
            return
        home = self.additions.frame.tree.source.path
        for key in (*additions_of(frame, node), *draws_of(frame, node, home)):
            self.additions.add(key, counts, self.frame, place)

    def _made(self, node: cst.CSTNode, counts: _Counts) -> _Counts:
        """How many calls have been made behind one that is an LLM call, or leads to some."""
        at = self.tree.offsets.of(node)
        here = [(each, index) for each, index in self.calls if (each.spans[index].start, each.spans[index].end) == at]
        alternatives: dict[cst.CSTNode | None, tuple[Frame | None, list[tuple[Below, int]]]] = {}
        for each, index in here:
            frame = next_frame(self.frame, each.spans[index], each.spans[index - 1]) if index else None
            known = frame if frame is not self.frame else None
            alternatives.setdefault(known.body if known is not None else None, (known, []))[1].append((each, index - 1))
        after = [
            _Walk(self.additions, frame, calls).all_of(frame.body, counts)
            if frame is not None
            else frozenset(count + 1 for count in counts)
            for frame, calls in alternatives.values()
        ]
        # A function that is the same for all items is one of them.
        is_same = isinstance(node, cst.Call) and self.frame.key(node.func) is not None
        made = max(after, key=len) if is_same else _NOWHERE.union(*after)
        made |= counts if self.additions.runs_through else _NOWHERE
        self.additions.raises(made)
        return made

    def _try(self, node: cst.Try | cst.TryStar, counts: _Counts) -> _Counts:
        caught: set[int] = set()
        self.additions.tries.append((caught, any(takes_all(each) for each in node.handlers)))
        ends = self.of(node.body, counts)
        self.additions.tries.pop()
        if node.orelse is not None:
            ends = self.of(node.orelse, ends)
        # What raises an exception is an LLM call, where there is one.
        ends = ends.union(*(self.of(each.body, frozenset(caught) or counts) for each in node.handlers))
        if node.finalbody is not None:
            # It also runs where `continue`, `break` or `return` leaves the body.
            self.of(node.finalbody, (ends or frozenset(caught) or counts).union(*self.left.values()))
        return ends

    def _loop(self, node: cst.For | cst.While, counts: _Counts) -> _Counts:
        """A loop that makes calls runs at least once, and once mostly: another try goes on where the first has ended. One over items of an item's own
        has none for some of them."""
        counts = self.of(node.iter if isinstance(node, cst.For) else node.test, counts)
        outer, self.left = self.left, {**self.left, cst.Break: set(), cst.Continue: set()}
        ends = self.of(node.body, counts) | self.left[cst.Continue]
        breaks, self.left = self.left[cst.Break], outer
        if not self._makes_calls(node) or self._may_be_empty(node):
            ends |= counts
        if node.orelse is not None:
            ends = self.of(node.orelse, ends)
        return ends | breaks

    def _may_be_empty(self, node: cst.For | cst.While) -> bool:
        """Whether a loop that becomes a `batch_map` has items for some of the items around it, and none for others."""
        if not isinstance(node, cst.For) or (self.tree.source.path, self.tree.offsets.of(node)[0]) not in self.additions.mapped:
            return False
        return not self._are_same_for_all(node.iter)

    def _are_same_for_all(self, items: cst.BaseExpression) -> bool:
        """Whether all items go over the same things, or as many."""
        if isinstance(items, cst.Call) and tail_of(items.func) in _AS_MANY:
            return all(self._are_same_for_all(each.value) for each in items.args)
        if isinstance(items, (cst.List, cst.Tuple)):
            return all(isinstance(each, cst.Element) for each in items.elements)
        return self._is_same_for_all(items)

    def _function(self, node: cst.FunctionDef, counts: _Counts) -> _Counts:
        """A function in the code, which makes its calls where it stands, as far as is known; one that makes none does nothing there."""
        if not self._makes_calls(node):
            return counts
        outer, self.left = self.left, {kind: set() for kind in self.left}
        counts = self.all_of(node.body, counts)
        self.left = outer
        return counts


def _roots(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """The names and attributes that an expression reads."""
    if isinstance(node, (cst.Name, cst.Attribute)):
        yield node
        return
    for child in children_of(node):
        yield from _roots(child)
