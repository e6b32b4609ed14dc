"""The LLM calls that one item of a fan-out makes: which they are, and how many of them a batch is to take one after another."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import TypeGuard

import libcst as cst

from llmlint.callsite import Request
from llmlint.fixes.batch.client import check_takes_batching, clients_of
from llmlint.fixes.batch.flow import bindings_in, bound_by, bound_in, own_nodes
from llmlint.fixes.edits.by_hand import FAIL_OVER, ByHand
from llmlint.fixes.edits.cst_children import children_of, kept_by_node
from llmlint.fixes.edits.tree import Tree, bound_names, function_around, tail_of, tree_of, walk
from llmlint.link.program.program import Program
from llmlint.providers.below import Below, requests_below
from llmlint.source import Span

_LEAVES = (cst.Return, cst.Raise, cst.Continue, cst.Break)
_MAPPED = (cst.For, cst.Call, cst.BaseComp)
_COUNTS = frozenset({"range", "count", "enumerate"})
# What else is named in code that asks a provider.
_PROVIDERS = re.compile(r"(?i)gemini|gpt|openai|claude|anthropic|llama|mistral|grok|groq|deepseek|cohere|primary|llm")
# A look at what is there already, which asks nobody.
_STORES = re.compile(r"(?i)cache|load|stored|saved|known|read_|lookup|key|parse|extract_json")
# How many batches of an item, one after another, are still no long wait.
_MOST_IN_TURN = 4
SEVERAL = "an inner loop makes several calls for each item, most of which would not be in the batch"


@dataclass(frozen=True, slots=True)
class ItemCalls:
    """The calls of an item that go through a batching client, in the order of the source. `others` are further LLM calls of its code."""

    calls: tuple[Below, ...]
    others: tuple[Below, ...] = ()

    @property
    def requests(self) -> tuple[Request, ...]:
        return tuple(dict.fromkeys(each.request for each in self.calls))

    @property
    def spans(self) -> tuple[Span, ...]:
        """The LLM calls, and the calls that lead to them."""
        return tuple(dict.fromkeys(span for each in self.calls for span in each.spans))

    @property
    def places(self) -> tuple[tuple[int, int], ...]:
        """Where the code of the fan-out makes them, or calls what does."""
        return tuple(dict.fromkeys((each.spans[-1].start, each.spans[-1].end) for each in self.calls))


def calls_of_item(call: Request, own: tuple[Span, ...], code: Span, starts: frozenset[int]) -> ItemCalls:
    """The calls of an item whose code is given: `call`, to which the calls `own` lead, and those with the same fan-out. `starts` are where that
    starts, and the loops around it that a fix rewrites, too."""
    found = requests_below(call.program, code) or ()
    calls = [each for each in found if each.spans == own or _is_in(each.request, code.path, starts)]
    if all(each.spans != own for each in calls):
        return ItemCalls((Below(call, own),))
    known = {id(each) for each in calls}
    return ItemCalls(tuple(calls), tuple(each for each in found if id(each) not in known))


def _is_in(request: Request, path: str, starts: frozenset[int]) -> bool:
    """Whether a request can be sent in a batch, and one of its fan-outs starts at one of some offsets."""
    if request.fan_out is None or request.is_interactive:
        return False
    around = (request.fan_out, *request.fan_out.inner, *request.fan_out.above)
    if all(each.at.path != path or each.at.start not in starts for each in around):
        return False
    try:
        check_takes_batching(request)
    except ByHand:
        return False
    return True


def number_of_calls(
    program: Program,
    tree: Tree,
    body: cst.CSTNode,
    item: ItemCalls,
    *,
    by_turns: bool,
    mapped: frozenset[tuple[str, int]] = frozenset(),
) -> int:
    """How many calls of an item go in a batch one after another, at the most. Raises `ByHand` where the source does not determine that, and
    `by_turns`, only so many of its calls do; or where an item asks one model after another until one answers. `mapped` are the paths and starts
    of further loops that become `batch_map`: their calls count for their own items."""
    last = max(item.places, default=(0, 0))
    clients = {made for each in item.requests for made in clients_of(each)}
    for other in item.others if by_turns else ():
        if other.spans[-1].start <= last[0] and not clients.isdisjoint(clients_of(other.request)):
            raise ByHand("the same client makes other calls for each item, and it is not known how many of them come first")
    counter = _Counter(program, item, by_turns, mapped)
    count = counter.count(tree, body, [(each, len(each.spans) - 1) for each in item.calls], is_own=True)
    if count > _MOST_IN_TURN and by_turns:
        raise ByHand(f"an item makes up to {count} calls, and would wait for as many batches, one after another")
    return max(count, 1)


@dataclass(frozen=True)
class _Counter:
    program: Program
    item: ItemCalls
    by_turns: bool
    mapped: frozenset[tuple[str, int]]

    @cached_property
    def known(self) -> set[tuple[int, int]]:
        """Where the calls of the item are, and the calls that lead to them."""
        return {(span.start, span.end) for each in (*self.item.calls, *self.item.others) for span in each.spans}

    def count(self, tree: Tree, node: cst.CSTNode, calls: Sequence[tuple[Below, int]], *, is_own: bool = False) -> int:
        """How often a node makes some of the calls, each given with the index of its span there. `is_own`: loops inside that become
        `batch_map` themselves count nothing."""
        return _Count(self, tree, calls, is_own).of(node)

    def inside(self, below: Sequence[tuple[Below, int]]) -> int:
        """How often a call makes the LLM calls that it leads to."""
        if any(index == 0 for _, index in below):
            return 1
        found = 0
        counted = set[int]()
        for span in dict.fromkeys(each.spans[index - 1] for each, index in below):
            tree = tree_of(self.program, span.path)
            function = function_around(tree, span) if tree is not None else None
            if tree is None or function is None:
                return 1
            if id(function) in counted:
                continue
            counted.add(id(function))
            within = tree.offsets.of(function)
            calls = [
                (each, index - 1)
                for each, index in below
                if each.spans[index - 1].path == span.path and within[0] <= each.spans[index - 1].start < within[1]
            ]
            # Of several methods that the same call may lead to, one runs.
            found = max(found, self.count(tree, function.body, calls))
        return found


@dataclass(frozen=True)
class _Count:
    of_item: _Counter
    tree: Tree
    calls: Sequence[tuple[Below, int]]
    is_own: bool

    @cached_property
    def places(self) -> dict[tuple[int, int], list[tuple[Below, int]]]:
        """The calls by where they are, in the order of the source."""
        found: dict[tuple[int, int], list[tuple[Below, int]]] = {}
        for each, index in sorted(self.calls, key=lambda call: (call[0].spans[call[1]].start, call[0].spans[call[1]].end)):
            found.setdefault((each.spans[index].start, each.spans[index].end), []).append((each, index))
        return found

    @cached_property
    def _in_order(self) -> list[tuple[int, int]]:
        return list(self.places)

    def _holds_any(self, at: tuple[int, int]) -> bool:
        """Whether a range has one of the calls: of those that start in it, the first that ends in it, too."""
        first, last = (bisect_left(self._in_order, (offset,)) for offset in at)
        return any(self._in_order[number][1] <= at[1] for number in range(first, last))

    def of(self, node: cst.CSTNode) -> int:
        at = self._at(node)
        if at is not None and (self.tree.source.path, at[0]) in self.of_item.mapped and isinstance(node, _MAPPED):
            return self.of(node.iter) if isinstance(node, cst.For) else 0
        # Statements and blocks may be no longer than the call in them.
        if at is not None and at in self.places and isinstance(node, cst.BaseExpression):
            return self.of_item.inside(self.places[at]) + sum(self.of(child) for child in children_of(node))
        if at is not None and not self._holds_any(at):
            return 0
        if isinstance(node, cst.If):
            branches = [self.of(node.body), self.of(node.orelse) if node.orelse is not None else 0]
            if branches[0] and self._stands_in(node):
                raise ByHand(FAIL_OVER)
            return self.of(node.test) + max(branches)
        if isinstance(node, cst.IfExp):
            return self.of(node.test) + max(self.of(node.body), self.of(node.orelse))
        if isinstance(node, cst.Match):
            return self.of(node.subject) + max((self.of(case) for case in node.cases), default=0)
        if isinstance(node, cst.Try):
            return self._of_try(node)
        if isinstance(node, cst.BooleanOperation) and isinstance(node.operator, cst.Or):
            sides = self.of(node.left), self.of(node.right)
            if all(sides):
                raise ByHand(FAIL_OVER)
            return sum(sides)
        if isinstance(node, (cst.For, cst.While)):
            return self._of_loop(node)
        if isinstance(node, cst.BaseComp) and self.of_item.by_turns and self.of(node.for_in.iter) == 0:
            raise ByHand(SEVERAL)
        if isinstance(node, (cst.IndentedBlock, cst.Module)):
            return self._of_block(node.body)
        return sum(self.of(child) for child in children_of(node))

    def _at(self, node: cst.CSTNode) -> tuple[int, int] | None:
        try:
            return self.tree.offsets.of(node)
        except KeyError:
            return None

    def _of_block(self, statements: Sequence[cst.CSTNode]) -> int:
        """Behind a branch that leaves the block, the rest is another branch."""
        total = 0
        for index in range(len(statements) - 1, -1, -1):
            statement = statements[index]
            if total and self._has_answered(statements[:index], statement, statements[index + 1 :]):
                raise ByHand(FAIL_OVER)
            if isinstance(statement, cst.If) and statement.orelse is None and leaves(statement.body):
                test = self.of(statement.test)
                total = test + max(self.of(statement) - test, total)
            else:
                total += self.of(statement)
        return total

    def _has_answered(self, earlier: Sequence[cst.CSTNode], statement: cst.CSTNode, rest: Sequence[cst.CSTNode]) -> bool:
        """Whether a statement ends the function with what one provider has answered, so that the calls of the rest, which ask another one, stand in
        for it: `text = ask_gemini(page)` with `if text: return text`, or `return ask_gemini(page)` in a `try` statement."""
        asked: list[cst.CSTNode] = []
        if isinstance(statement, cst.If) and statement.orelse is None:
            name, returned = _of_something(statement.test), _returned(statement.body)
            if name is not None and returned is not None and name in self.tree.name_set([returned]):
                asked = [*islice((each for each in reversed(earlier) if name in _names_bound(each)), 1)]
        elif isinstance(statement, cst.Try) and not any(leaves(handler.body) for handler in statement.handlers):
            asked = [each for each in (statement.body,) if _returned(each) is not None]
        first = self._askers(asked)
        return bool(first) and all(first.isdisjoint(self._askers_of(each)) for each in rest)

    def _askers(self, nodes: Sequence[cst.CSTNode]) -> set[str]:
        """The functions that are called in some nodes and ask somebody."""
        return {name for node in nodes for name in self._askers_of(node)}

    def _askers_of(self, node: cst.CSTNode) -> set[str]:
        found = self._asked.get(id(node))
        if found is None:
            calls = [(each, self.tree.code(each.func)) for each in walk(node) if isinstance(each, cst.Call)]
            found = self._asked[id(node)] = {
                name
                for each, name in calls
                if self._at(each) in self.of_item.known or (_PROVIDERS.search(name) and not _STORES.search(name))
            }
        return found

    @cached_property
    def _asked(self) -> dict[int, set[str]]:
        """The functions that ask somebody, by the nodes in which they are called, as far as they are known."""
        return {}

    def _of_try(self, node: cst.Try) -> int:
        """Handlers make another try, or ask somebody else."""
        body = self.of(node.body)
        for handler in node.handlers:
            if self.of(handler.body) and body and not self._codes(node.body) & self._codes(handler.body):
                raise ByHand(FAIL_OVER)
        parts = (node.orelse, node.finalbody)
        return body + sum(self.of(each) for each in parts if each is not None)

    def _of_loop(self, node: cst.For | cst.While) -> int:
        body = self.of(node.body)
        if not body:
            return self.of(node.iter) if isinstance(node, cst.For) else self.of(node.test)
        if not tries_again(self.tree, node):
            if self.is_own and isinstance(node, cst.For):
                return 0
            if self.of_item.by_turns:
                raise ByHand(SEVERAL)
            return body
        if isinstance(node, cst.For) and self._takes_turns(node):
            raise ByHand(FAIL_OVER)
        return body

    def _nodes(self, within: cst.CSTNode) -> list[cst.CSTNode]:
        """The calls at hand in a node."""
        found = (each for each in walk(within) if isinstance(each, (cst.Call, cst.Attribute, cst.Name)))
        return [each for each in found if self._at(each) in self.places]

    def _codes(self, within: cst.CSTNode) -> set[str]:
        """The calls at hand in a node, as they are written: of a method that takes a prompt alone, whatever the prompt is."""
        written = (each.func if _takes_prompt(each) else each for each in self._nodes(within))
        return {re.sub(r"\s+", "", self.tree.code(each)) for each in written}

    def _takes_turns(self, loop: cst.For) -> bool:
        """Whether each try of a loop asks another model, provider or client, or something else."""
        target, taken = loop.target, {name.value for name in bound_names(loop.target)}
        counts = isinstance(loop.iter, cst.Call) and tail_of(loop.iter.func) in _COUNTS
        if counts and isinstance(target, cst.Tuple):
            # `for attempt, model in enumerate(MODELS)`
            counts, taken = False, {name.value for each in target.elements[1:] for name in bound_names(each.value)}
        if counts:
            # `model = MODELS[attempt]`
            picked = (each for each in own_nodes(loop.body) if isinstance(each, cst.Assign))
            taken = {
                name
                for each in picked
                if isinstance(each.value, cst.Subscript) and self.tree.name_set(each.value.slice) & taken
                for bound in each.targets
                for name in bound_by(bound)
            }
        return any(self.tree.name_set([each]) & taken for each in self._nodes(loop.body))

    def _stands_in(self, branch: cst.If) -> bool:
        """Whether a branch makes its call where another provider has given nothing: `if not text: text = ask(page)`."""
        name = _of_nothing(branch.test)
        if name is None or name not in {each for node in own_nodes(branch.body) for each in bound_by(node)}:
            return False
        start = self.tree.offsets.of(branch)[0]
        bindings = bindings_in(self.tree, self.tree.function_of(branch) or self.tree.module).get(name, ())
        assigned = (self.tree.parents[each] for each in bindings if isinstance(each, cst.AssignTarget))
        earlier = (each for each in assigned if isinstance(each, cst.Assign) and self.tree.offsets.of(each)[0] < start)
        return any(self._askers_of(each.value) for each in earlier)


@kept_by_node(10_000)
def _names_bound(statement: cst.CSTNode) -> set[str]:
    return bound_in([statement])


def tries_again(tree: Tree, loop: cst.For | cst.While) -> bool:
    """Whether a loop in the code of an item is left once a call has done, so that most items need one call."""
    nodes = list(own_nodes(loop.body))
    return isinstance(loop, cst.While) or any(
        isinstance(each, (cst.Return, cst.Raise)) or (isinstance(each, cst.Break) and loop_of(tree, each) is loop)
        for each in nodes
    )


def loop_of(tree: Tree, node: cst.CSTNode) -> cst.CSTNode | None:
    """The loop that a `break` or `continue` is for: in the `else` of a loop, that is the one around it."""
    child = node
    for parent in tree.ancestors(node):
        if isinstance(parent, (cst.For, cst.While)) and parent.orelse is not child:
            return parent
        child = parent
    return None


def leaves(body: cst.BaseSuite) -> bool:
    """Whether a block ends with a `return`, `raise`, `continue` or `break`."""
    last = body.body[-1] if body.body else None
    return isinstance(last, cst.SimpleStatementLine) and isinstance(last.body[-1], _LEAVES)


def _takes_prompt(node: cst.CSTNode) -> TypeGuard[cst.Call]:
    """`model.generate(prompt)`: another prompt for the same object asks nobody else."""
    if not isinstance(node, cst.Call) or not isinstance(node.func, cst.Attribute) or len(node.args) != 1:
        return False
    return not node.args[0].star and node.args[0].keyword is None


def _returned(body: cst.BaseSuite) -> cst.BaseExpression | None:
    """What a block returns at its end."""
    last = body.body[-1] if body.body else None
    small = last.body[-1] if isinstance(last, cst.SimpleStatementLine) else None
    return small.value if isinstance(small, cst.Return) else None


def _of_something(test: cst.BaseExpression) -> str | None:
    """The name of which a test says that it holds something: `text`, `text is not None`, `text and text.strip()`."""
    if isinstance(test, cst.BooleanOperation) and isinstance(test.operator, cst.And):
        return _of_something(test.left)
    if isinstance(test, cst.Comparison) and len(test.comparisons) == 1:
        [comparison] = test.comparisons
        is_set = isinstance(comparison.operator, (cst.IsNot, cst.NotEqual)) and tail_of(comparison.comparator) == "None"
        return _of_something(test.left) if is_set else None
    return test.value if isinstance(test, cst.Name) else None


def _of_nothing(test: cst.BaseExpression) -> str | None:
    """The name of which a test says that it holds nothing: `not text`, `text is None`, `text == ""`."""
    if isinstance(test, cst.BooleanOperation):
        return _of_nothing(test.left)
    if isinstance(test, cst.UnaryOperation) and isinstance(test.operator, cst.Not):
        inner = test.expression
        while isinstance(inner, cst.Call) and isinstance(inner.func, cst.Attribute):
            inner = inner.func.value
        return inner.value if isinstance(inner, cst.Name) else None
    if isinstance(test, cst.Comparison) and isinstance(test.left, cst.Name) and len(test.comparisons) == 1:
        [comparison] = test.comparisons
        is_empty = tail_of(comparison.comparator) == "None" or isinstance(comparison.comparator, cst.SimpleString)
        return test.left.value if is_empty and isinstance(comparison.operator, (cst.Is, cst.Equal)) else None
    return None
