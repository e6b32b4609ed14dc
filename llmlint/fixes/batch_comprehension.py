"""Comprehensions, and `asyncio.gather` over one: the requests are a comprehension of their own, and the answers take its place."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import libcst as cst

from llmlint.findings import Edit
from llmlint.fixes.batch_answers import answers_call, awaited_gather, list_around, results_edits, statement_around
from llmlint.fixes.batch_ask import Ask
from llmlint.fixes.batch_effects import Names, effects_of, may_go_first
from llmlint.fixes.batch_items import is_repeatable, name_for_items, names_of_target, side_by_side, target_code, without_counter
from llmlint.fixes.batch_kept import kept_list
from llmlint.fixes.batch_layout import Code, Raw, assignment, comprehension, raw, render, words_of
from llmlint.fixes.batch_loop import MESSAGES, REQUESTS, may_be_listed, stands_alone
from llmlint.fixes.batch_tree import Tree, dotted, tail_of
from llmlint.fixes.batch_wrapper import runs_once

_CHAINED = re.compile(r"\s*\n\s*(?=\.)")
# What goes through all items of a generator at once.
_USES_UP = frozenset({"list", "tuple", "set", "dict", "sorted", "sum", "max", "min", "join", "Counter", "frozenset"})


def enclosing_comprehension(tree: Tree, ask: Ask) -> cst.BaseComp | None:
    """The comprehension that asks once for each of its items: the call is always evaluated in its element."""
    for parent in tree.ancestors(ask.answer):
        if isinstance(parent, cst.BaseComp):
            return parent
        if isinstance(parent, (cst.CompFor, cst.CompIf, cst.IfExp, cst.BooleanOperation, cst.Lambda, cst.BaseStatement)):
            return None
    return None


def comprehension_edits(tree: Tree, ask: Ask) -> list[Edit] | None:
    """`[… call … for x in xs]`, a dict or set of the same, and a generator that is used up at once."""
    found = enclosing_comprehension(tree, ask)
    if (
        found is None
        or not _is_in_element(tree, ask, found)
        or (isinstance(found, cst.GeneratorExp) and not _is_used_up(tree, found))
    ):
        return None
    return _Writer(tree, ask, found, found).edits()


def gather_edits(tree: Tree, ask: Ask) -> list[Edit] | None:
    """`await asyncio.gather(*(call for x in xs))`, or of a list that has a name of its own and no other use."""
    element: cst.BaseExpression = ask.node
    argument = tree.parents[ask.node]
    task = tree.parents.get(argument)
    if isinstance(argument, cst.Arg) and isinstance(task, cst.Call) and _is_task_of(task, ask.node):
        element = task
    found = enclosing_comprehension(tree, ask)
    if found is None:
        return _appended_edits(tree, ask, element)
    if not isinstance(found, cst.BaseSimpleComp) or found.elt is not element:
        return None
    starred = tree.parents[found]
    if isinstance(starred, cst.Arg):
        whole = awaited_gather(tree, starred)
        return None if whole is None else _Writer(tree, ask, found, whole, True).edits()
    statement = tree.statement_of(found)
    if isinstance(starred, cst.Assign) and isinstance(found, cst.ListComp) and statement is not None:
        return _named_list_edits(tree, ask, found, starred, statement)
    return None


def _appended_edits(tree: Tree, ask: Ask, element: cst.BaseExpression) -> list[Edit] | None:
    """`tasks.append(call)` in a loop, and `await asyncio.gather(*tasks)` behind it."""
    kept = kept_list(tree, ask, element)
    if kept is None or kept.append is None or len(kept.uses) != 1 or ask.told or ask.late.sleeps or ask.early.is_outside:
        return None
    loop = next(tree.loops_around(kept.append), None)
    argument = tree.parents[kept.uses[0]]
    whole = awaited_gather(tree, argument) if isinstance(argument, cst.Arg) else None
    requests, message = tree.fresh(ask.node, REQUESTS), tree.fresh(ask.node, MESSAGES)
    if not isinstance(loop, cst.For) or whole is None or requests is None or message is None:
        return None
    around = effects_of(tree, [loop.body], ask.node)
    if around.sleeps or not stands_alone(tree, loop) or not stands_alone(tree, whole):
        return None
    results = results_edits(
        tree, ask, list_around(tree, whole), message, answers_call(ask, requests), None, tree.indent_at(tree.offsets.of(whole)[0])
    )
    return [*kept.edits(tree, ask, requests, ""), *results, *ask.edits]


def _is_task_of(element: cst.Call, node: cst.Call) -> bool:
    """`asyncio.create_task(call)`."""
    is_task = tail_of(element.func) in ("create_task", "ensure_future") and (dotted(element.func) or "").startswith("asyncio.")
    return is_task and len(element.args) == 1 and element.args[0].value is node


def _named_list_edits(
    tree: Tree, ask: Ask, found: cst.ListComp, assign: cst.Assign, statement: cst.SimpleStatementLine
) -> list[Edit] | None:
    """`tasks = [call for x in xs]`, and `await asyncio.gather(*tasks)` further down."""
    name = dotted(assign.targets[0].target)
    uses = [each for each in tree.names(tree.scope_of(found)) if each.value == name]
    if len(assign.targets) != 1 or name is None or "." in name or len(uses) != 2:
        return None
    argument = tree.parents[uses[1]]
    whole = awaited_gather(tree, argument) if isinstance(argument, cst.Arg) else None
    place = tree.statement_of(whole) if whole is not None else None
    if whole is None or place is None or tree.parents[place] is not tree.parents[statement]:
        return None
    return _Writer(tree, ask, found, whole, True, statement).edits()


def _is_in_element(tree: Tree, ask: Ask, found: cst.BaseComp) -> bool:
    parts = (
        [found.key, found.value]
        if isinstance(found, cst.DictComp)
        else [found.elt]
        if isinstance(found, cst.BaseSimpleComp)
        else []
    )
    above = {ask.answer, *tree.ancestors(ask.answer)}
    return any(part in above for part in parts)


def _is_used_up(tree: Tree, found: cst.GeneratorExp) -> bool:
    argument = tree.parents[found]
    call = tree.parents.get(argument)
    if not isinstance(argument, cst.Arg) or argument.star or not isinstance(call, cst.Call) or call.args[0] is not argument:
        return False
    return tail_of(call.func) in _USES_UP


def clauses_of(found: cst.BaseComp) -> Iterator[cst.CompFor]:
    clause: cst.CompFor | None = found.for_in
    while clause is not None:
        yield clause
        clause = clause.inner_for_in


@dataclass(frozen=True, slots=True)
class _Writer:
    """`found` is the comprehension that asks, and `whole` what the answers take the place of: itself, or the `gather` around it.

    `first` is a statement of its own that `found` stands in.
    """

    tree: Tree
    ask: Ask
    found: cst.BaseComp
    whole: cst.BaseExpression
    is_gather: bool = False
    first: cst.SimpleStatementLine | None = None

    def edits(self) -> list[Edit] | None:
        tree, found = self.tree, self.found
        statement = statement_around(tree, self.whole)
        clauses = list(clauses_of(found))
        if statement is None or not runs_once(tree, self.whole, statement) or not stands_alone(tree, self.whole):
            return None
        if any(clause.asynchronous is not None or not may_be_listed(tree, clause.iter) for clause in clauses):
            return None
        targets = [name for clause in clauses for name in names_of_target(clause.target)]
        if not self._may_go_first(clauses, targets) or self.ask.client_names & set(targets) or not targets:
            return None
        inner = set(tree.names(self.ask.answer))
        read = {name.value for part in self._elements() for name in tree.names(part) if name not in inner}
        told = tree.name_set(self.ask.told) | (set() if self.is_gather else read)
        needs_items = bool(told & set(targets))
        requests, message = tree.fresh(found, REQUESTS), tree.fresh(found, MESSAGES)
        if requests is None or message is None:
            return None
        return self._write(statement, clauses, requests, message, needs_items)

    def _may_go_first(self, clauses: list[cst.CompFor], targets: list[str]) -> bool:
        """Whether making the requests, with the tests of the comprehension, can go first. Coroutines are made first anyway."""
        tests = [test.test for clause in clauses for test in clause.ifs] + [clause.iter for clause in clauses[1:]]
        early, late = effects_of(self.tree, tests), effects_of(self.tree, self._elements(), self.ask.answer)
        early.add(self.ask.early)
        late.add(self.ask.late)
        if self.is_gather:
            return not late.sleeps and not early.is_outside
        return may_go_first(self.tree, early, late, Names(frozenset(targets), frozenset(targets), self.ask.plain))

    def _elements(self) -> list[cst.BaseExpression]:
        if isinstance(self.found, cst.DictComp):
            return [self.found.key, self.found.value]
        assert isinstance(self.found, cst.BaseSimpleComp)
        return [self.found.elt]

    def _write(
        self, statement: cst.BaseStatement, clauses: list[cst.CompFor], requests: str, message: str, needs_items: bool
    ) -> list[Edit] | None:
        tree, ask = self.tree, self.ask
        place = self.first or statement
        indent = tree.indent_at(tree.offsets.of(place)[0])
        texts = [text for clause in clauses for text in _clause_texts(tree, clause)]
        lines: list[str] = []
        is_listed = False
        target, items = target_code(tree, clauses[0].target), tree.code(clauses[0].iter)
        if needs_items:
            is_plain = len(clauses) == 1 and not clauses[0].ifs
            if not is_plain or not is_repeatable(tree, clauses[0].iter):
                first = clauses[0].target if len(clauses) == 1 else cst.Tuple([])
                name = name_for_items(tree, first, self.found)
                if name is None:
                    return None
                if len(clauses) > 1:
                    target = ", ".join(name for clause in clauses for name in names_of_target(clause.target))
                    target = f"({target})"
                filtered = comprehension(Raw(target), texts)
                lines.append(assignment(name, Raw(f"list({items})") if is_plain else filtered, tree, indent))
                is_listed = True
                items, texts = name, [f"for {target.removeprefix('(').removesuffix(')')} in {name}"]
        if not is_listed and len(clauses) == 1 and not clauses[0].ifs:
            plain, over = without_counter(tree, clauses[0].target, clauses[0].iter, words_of(ask.request))
            texts = [f"for {plain} in {over}"]
        lines.append(assignment(requests, comprehension(ask.request, texts), tree, indent))
        answers = answers_call(ask, requests)
        clause = f"for {target}, {message} in zip({items}, {answers})" if needs_items else None
        if needs_items and not is_listed:
            clause = f"for {side_by_side(tree, clauses[0].target, clauses[0].iter, message, answers)}"
        if self.is_gather:
            results = results_edits(tree, ask, list_around(tree, self.whole), message, answers, clause, indent)
        else:
            start, end = tree.offsets.of(self.whole)
            code = self._in_the_same_form(message, clause or f"for {message} in {answers}", answers)
            behind = tree.source.text[end : tree.line_end(end)]
            used = start - tree.line_start(start) - len(tree.indent_at(start)) + len(behind)
            results = [tree.edit(start, end, render(code, tree.indent_at(start), tree.style.step, tree.width, used))]
        at = tree.line_start(tree.offsets.of(place)[0])
        end = tree.offsets.of(self.first)[1] if self.first is not None else at
        text = "\n".join(lines) + ("" if self.first is not None else "\n")
        return [tree.edit(at, end, text), *results, *ask.edits]

    def _in_the_same_form(self, message: str, clause: str, answers: str) -> Code:
        """The answers as the list, dict, set or generator that the comprehension made."""
        found = self.found
        result = self.ask.result(message)
        is_bare = isinstance(found, cst.BaseSimpleComp) and found.elt is self.ask.answer and result == message
        if isinstance(found, cst.ListComp) and is_bare:
            return Raw(answers)
        if isinstance(found, cst.DictComp):
            key = f"{self._replaced(found.key, message)}: {self._replaced(found.value, message)}"
            return comprehension(Raw(key), [clause], "{}")
        assert isinstance(found, cst.BaseSimpleComp)
        element = self._replaced(found.elt, message)
        brackets = (
            "{}" if isinstance(found, cst.SetComp) else "[]" if isinstance(found, cst.ListComp) else "()" if found.lpar else "  "
        )
        if not brackets.strip():
            return Raw(f"{element} {clause}")
        return comprehension(Raw(element), [clause], brackets)

    def _replaced(self, part: cst.BaseExpression, message: str) -> str:
        tree = self.tree
        start, end = tree.offsets.of(part)
        first, last = tree.offsets.of(self.ask.answer)
        if not start <= first <= last <= end:
            return raw(tree, start, end).text
        text = raw(tree, start, first).text + self.ask.result(message) + raw(tree, last, end).text
        is_movable = not tree.has_comment(part) and not any(start < line < end for line in tree.lines_in_strings)
        # Attributes on lines of their own belong to a long call.
        return _CHAINED.sub("", text) if is_movable else text


def _clause_texts(tree: Tree, clause: cst.CompFor) -> Iterator[str]:
    yield f"for {tree.code(clause.target)} in {tree.code(clause.iter)}"
    for test in clause.ifs:
        yield f"if {tree.code(test.test)}"
