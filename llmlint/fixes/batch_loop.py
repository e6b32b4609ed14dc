"""`for` loops: all requests are made first, and what used the answer of an item goes through items and answers side by side."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

import libcst as cst

from llmlint.findings import Edit
from llmlint.fixes.batch_answers import answers_call
from llmlint.fixes.batch_ask import Ask
from llmlint.fixes.batch_before import may_be_moved
from llmlint.fixes.batch_effects import Effects, Names, effects_of, may_go_first, overlaps, roots
from llmlint.fixes.batch_items import is_repeatable, name_for_items, names_of_target, side_by_side, target_code, without_counter
from llmlint.fixes.batch_layout import Group, Raw, assignment, comprehension, indented, raw, render, words_of
from llmlint.fixes.batch_tree import Tree, dotted, tail_of, walk
from llmlint.fixes.batch_wrapper import bound_answer, runs_once

Pairs = Callable[[str], str]
REQUESTS = ("requests", "batch_requests", "message_requests")
MESSAGES = ("message", "answer", "reply", "batch_message")
ANSWERS = ("messages", "answers", "replies", "batch_messages")
_BARS = frozenset({"trange", "track", "alive_it", "progress_bar", "progressbar", "tqdm_notebook"})
_ENDLESS = re.compile(
    r"(?i)\b(?:count|cycle|repeat|iter)\(|(?:listen|watch|follow|poll)\w*\(|stdin|stream|consume|subscri|queue|socket|kafka|pubsub"
)
_MOVES = frozenset({"update", "advance", "set_description", "set_postfix", "refresh", "tick", "next"})
# Decorators that neither repeat a function nor answer somebody with what it gives.
_PLAIN_DECORATORS = frozenset({"command", "option", "argument", "group", "pass_context", "staticmethod", "classmethod"})
_PENDING = ("pending", "batch_items", "pending_items")


@dataclass(frozen=True, slots=True)
class LoopParts:
    """A loop around a statement that asks.

    `before` is what runs ahead of it for each item: statements, tests, and the iterables of inner loops. `after` are the statements behind
    it in its block, and `depth` how many blocks lie between the loop and it. `bound` are the names that an item brings, in order.
    `is_filtered`: some items ask nothing.
    """

    loop: cst.For
    statement: cst.SimpleStatementLine
    before: tuple[cst.CSTNode, ...]
    after: tuple[cst.BaseStatement, ...]
    depth: int
    targets: tuple[str, ...]
    is_filtered: bool


def loop_edits(tree: Tree, ask: Ask, start: int) -> list[Edit] | None:
    """The edits for the loop that starts at an offset; None where they are not sure to keep what it does."""
    loop = next((each for each in tree.nodes if isinstance(each, cst.For) and tree.offsets.of(each)[0] == start), None)
    parts = _parts_of(tree, ask, loop) if loop is not None else None
    if parts is None or not stands_alone(tree, parts.loop) or not may_be_listed(tree, parts.loop.iter) or _moves_bar(parts.loop):
        return None
    early = effects_of(tree, parts.before)
    bound = [*parts.targets, *sorted(roots(early.bound) - set(parts.targets))]
    if not may_be_moved(tree, parts.before, early, frozenset(parts.targets)) or ask.client_names & set(bound):
        return None
    early.add(ask.early)
    late = effects_of(tree, [parts.statement, *parts.after], ask.answer)
    late.add(ask.late)
    certain = roots(
        effects_of(tree, [each for each in parts.before if isinstance(each, (cst.SimpleStatementLine, cst.With))]).bound
    )
    names = Names(frozenset(parts.targets) | certain, frozenset(bound), ask.plain)
    if not may_go_first(tree, early, late, names) or _changes_items(tree, parts, early, late):
        return None
    return _Writer(tree, ask, parts, tuple(bound)).edits()


def _shows_progress(items: cst.BaseExpression) -> bool:
    """Whether the items pass through a progress bar, which means nothing without the calls."""
    names = (tail_of(each.func) for each in walk(items) if isinstance(each, cst.Call))
    return any(name in _BARS or name.endswith("tqdm") for name in names)


def may_be_listed(tree: Tree, items: cst.BaseExpression) -> bool:
    """Whether all items may be gone through before the first is done with: not those of a progress bar, which would mean nothing, and not
    those that may come as long as the program runs, which nothing would ever be done with."""
    return not _shows_progress(items) and _ENDLESS.search(tree.code(items)) is None


def _moves_bar(loop: cst.For) -> bool:
    """Whether the loop moves a progress bar itself."""
    for each in walk(loop.body):
        if isinstance(each, cst.Call) and isinstance(each.func, cst.Attribute) and each.func.attr.value in _MOVES:
            owner = (dotted(each.func.value) or "").rpartition(".")[2].lower()
            if "bar" in owner or "progress" in owner or each.func.attr.value == "advance":
                return True
    return False


def stands_alone(tree: Tree, node: cst.CSTNode) -> bool:
    """Whether a piece of code runs once, as far as the file tells, and no failure in it is handled around it."""
    if next(tree.loops_around(node), None) is not None:
        return False
    for parent in tree.ancestors(node):
        if isinstance(parent, (cst.Lambda, cst.ClassDef)):
            return False
        if isinstance(parent, (cst.Try, cst.TryStar)) and parent.handlers:
            return False
        if isinstance(parent, cst.With) and any("suppress" in tree.code(item.item) for item in parent.items):
            return False
        if isinstance(parent, cst.FunctionDef):
            names = {
                tail_of(each.decorator.func if isinstance(each.decorator, cst.Call) else each.decorator)
                for each in parent.decorators
            }
            return names <= _PLAIN_DECORATORS and not _is_called_in_loop(tree, parent.name.value)
    return True


def _is_called_in_loop(tree: Tree, name: str) -> bool:
    """Whether a loop of the file calls a function: then each round would wait for a batch of its own."""
    uses = (
        each
        for each in tree.nodes
        if isinstance(each, cst.Name)
        and each.value == name
        and isinstance(tree.parents[each], (cst.Call, cst.Attribute, cst.Arg))
    )
    return any(next(tree.loops_around(use), None) is not None for use in uses)


def _parts_of(tree: Tree, ask: Ask, loop: cst.For) -> LoopParts | None:
    statement = tree.statement_of(ask.answer)
    if statement is None or loop.orelse is not None or not runs_once(tree, ask.answer, statement):
        return None
    before: list[cst.CSTNode] = []
    targets: list[str] = []
    after: tuple[cst.BaseStatement, ...] | None = None
    is_filtered, depth = False, 0
    child: cst.CSTNode = statement
    while child is not loop:
        block = tree.parents[child]
        holder = tree.parents.get(block)
        if not isinstance(block, cst.IndentedBlock) or not isinstance(child, cst.BaseStatement):
            return None
        index = list(block.body).index(child)
        if after is None:
            after = tuple(block.body[index + 1 :])
        elif index + 1 < len(block.body):
            return None
        before[:0] = block.body[:index]
        if isinstance(holder, cst.If) and holder.orelse is None:
            before.insert(0, holder.test)
            is_filtered = True
        elif isinstance(holder, cst.For) and holder.orelse is None:
            targets[:0] = names_of_target(holder.target)
            if holder is not loop:
                before.insert(0, holder.iter)
                if holder.asynchronous is not None:
                    return None
        else:
            return None
        depth += 1
        child = holder
    is_filtered |= any(isinstance(each, cst.Continue) for part in before for each in walk(part))
    later = (statement, *(after or ()))
    around = set(tree.ancestors(ask.answer))
    if any(isinstance(each, (cst.Return, cst.Break, cst.Yield)) and _leaves(tree, each, around) for each in walk(loop.body)):
        return None
    if any(isinstance(each, (cst.Global, cst.Nonlocal)) for part in later for each in walk(part)) or not targets:
        return None
    return LoopParts(loop, statement, tuple(before), after or (), depth, tuple(targets), is_filtered)


def _leaves(tree: Tree, leave: cst.CSTNode, around: set[cst.CSTNode]) -> bool:
    """Whether a `return`, `yield` or `break` ends one of the loops `around` the call, and not a function or loop of its own."""
    for parent in tree.ancestors(leave):
        if isinstance(parent, (cst.FunctionDef, cst.Lambda)):
            return parent in around
        if isinstance(leave, cst.Break) and isinstance(parent, (cst.For, cst.While)):
            return parent in around
    return True


def _changes_items(tree: Tree, parts: LoopParts, early: Effects, late: Effects) -> bool:
    """Whether the loop changes what it goes through."""
    items = effects_of(tree, [parts.loop.iter]).reads
    fresh = set(parts.targets)
    changed = {path for path in late.bound | late.changed | late.touched | early.changed if path.split(".")[0] not in fresh}
    return overlaps({path for path in items if path not in ("self", "range", "enumerate", "zip")}, changed)


@dataclass(frozen=True, slots=True)
class _Writer:
    tree: Tree
    ask: Ask
    parts: LoopParts
    bound: tuple[str, ...]

    def edits(self) -> list[Edit] | None:
        tree, parts = self.tree, self.parts
        needed = self._needed()
        if parts.is_filtered and self._is_used_after(set(self.bound)):
            return None
        requests = tree.fresh(parts.loop, REQUESTS)
        message, is_bound = self._message()
        if requests is None or message is None or (is_bound and not parts.after):
            return None
        is_simple = not parts.before and parts.depth == 1 and parts.loop.asynchronous is None
        edits = (
            self._at_once(needed, requests, message, is_bound)
            if is_simple
            else self._collected(needed, requests, message, is_bound)
        )
        return None if edits is None else [*edits, *self.ask.edits]

    def _needed(self) -> list[str]:
        """The names of an item that are read with its answer, or behind the loop."""
        inner = set(self.tree.names(self.ask.answer))
        read = {
            name.value
            for part in (self.parts.statement, *self.parts.after)
            for name in self.tree.names(part)
            if name not in inner and not isinstance(self.tree.parents[name], cst.AssignTarget)
        }
        read |= self.tree.name_set(self.ask.told)
        return [name for name in self.bound if name in read]

    def _is_used_after(self, names: set[str]) -> bool:
        """Whether a name is read behind the loop before another loop gives it a new value."""
        end = self.tree.offsets.of(self.parts.loop)[1]
        scope = self.tree.scope_of(self.parts.loop)
        later: dict[str, cst.Name] = {}
        for name in self.tree.names(scope):
            if name.value in names and self.tree.offsets.of(name)[0] > end:
                later.setdefault(name.value, name)
        return any(not self._is_loop_target(name) for name in later.values())

    def _is_loop_target(self, name: cst.Name) -> bool:
        node: cst.CSTNode = name
        while isinstance(self.tree.parents[node], (cst.Element, cst.Tuple)):
            node = self.tree.parents[node]
        parent = self.tree.parents[node]
        return isinstance(parent, cst.For) and parent.target is node

    def _message(self) -> tuple[str | None, bool]:
        """The name of the answer, and whether it is that of an assignment that the loop's header takes the place of."""
        name = bound_answer(self.parts.statement, self.ask.answer)
        if name is not None and self.ask.is_message and name not in self.bound:
            return name, True
        return self.tree.fresh(self.parts.loop, MESSAGES), False

    # Text

    def _pairs(self, message: str, hoisted: str | None, names: str | None = None) -> Pairs:
        """From the code of the answers to the target and the items of the second loop: over a list with a name, or over the loop's items."""
        loop = self.parts.loop
        if hoisted is None:
            return lambda answers: side_by_side(self.tree, loop.target, loop.iter, message, answers)
        target = target_code(self.tree, loop.target) if names is None else f"({names})" if "," in names else names
        return lambda answers: f"{target}, {message} in zip({hoisted}, {answers})"

    def _header(self, pairs: Pairs | None, message: str, requests: str, indent: str, comment: str) -> str | None:
        """The header of the loop over items and answers; with the answers on a line of their own where it would be too long."""
        answers, lead = answers_call(self.ask, requests), ""
        header = f"for {pairs(answers) if pairs is not None else f'{message} in {answers}'}:"
        if len(indent) + len(header) > self.tree.width:
            name = self.tree.fresh(self.parts.loop, ANSWERS)
            if name is None:
                return None
            lead = f"{indent}{name} = {answers}\n"
            header = f"for {pairs(name) if pairs is not None else f'{message} in {name}'}:"
        return f"{lead}{indent}{header}{comment}"

    def _at_once(self, needed: list[str], requests: str, message: str, is_bound: bool) -> list[Edit] | None:
        """No statement stands ahead of the call: the requests are one comprehension."""
        tree, parts = self.tree, self.parts
        loop, indent = parts.loop, tree.indent_at(tree.offsets.of(parts.loop)[0])
        items, lines, hoisted = tree.code(loop.iter), [], None
        if self._is_used_after(set(parts.targets)):
            needed = list(parts.targets)
        if needed and not is_repeatable(tree, loop.iter):
            name = self._own_name(loop.iter) or name_for_items(tree, loop.target, loop)
            if name is None:
                return None
            lines.append(f"{indent}{name} = list({items})")
            items = hoisted = name
        target = tree.code(loop.target)
        if hoisted is None:
            target, items = without_counter(tree, loop.target, loop.iter, words_of(self.ask.request))
        made = comprehension(self.ask.request, [f"for {target} in {items}"])
        lines.append(assignment(requests, made, tree, indent))
        comments, trailing = self._comments(is_bound)
        pairs = self._pairs(message, hoisted) if needed else None
        header = self._header(pairs, message, requests, indent, trailing)
        if header is None:
            return None
        lines.append(header)
        if not is_bound:
            lines.append(self._statement(message, indent + self._step()))
        start = tree.line_start(tree.offsets.of(loop)[0])
        end = self._end(is_bound)
        return [tree.edit(start, end, "\n".join([*(indent + each for each in comments), *lines]))]

    def _collected(self, needed: list[str], requests: str, message: str, is_bound: bool) -> list[Edit] | None:
        """The loop stays as it is up to the call, where it keeps the request; a second loop does the rest."""
        tree, parts = self.tree, self.parts
        loop, step = parts.loop, self._step()
        indent = tree.indent_at(tree.offsets.of(loop)[0])
        inner = tree.indent_at(tree.offsets.of(parts.statement)[0])
        again = not parts.is_filtered and parts.depth == 1 and loop.asynchronous is None and set(needed) <= set(parts.targets)
        is_again = again and is_repeatable(tree, loop.iter)
        pending = tree.fresh(loop, _PENDING) if needed and not is_again else None
        if needed and not is_again and pending is None:
            return None
        append = Group(f"{requests}.append(", (("", self.ask.request),), ")", "")
        lines = [inner + render(append, inner, step, tree.width, 0)]
        target = ", ".join(needed)
        pairs = self._pairs(message, pending, target if pending is not None else None) if needed else None
        if pending is not None:
            lines.append(f"{inner}{pending}.append({f'({target})' if len(needed) > 1 else target})")
        header = self._header(pairs, message, requests, indent, "")
        if header is None:
            return None
        lines.append(header)
        if not is_bound:
            lines.append(self._statement(message, indent + step))
        text = f"{indent}{requests} = []\n" if pending is None else f"{indent}{requests}, {pending} = [], []\n"
        start = tree.with_comments(tree.line_start(tree.offsets.of(loop)[0]))
        first, end = tree.offsets.of(parts.statement)[0], self._end(is_bound)
        edits = [tree.edit(start, start, text), tree.edit(tree.line_start(first), end, "\n".join(lines))]
        if parts.depth > 1 and parts.after:
            behind = tree.source.text.find("\n", end) + 1
            last = tree.offsets.of(parts.after[-1])[1]
            edits.append(tree.edit(behind, last, indented(tree, behind, last, inner, indent + step)))
        return edits

    def _end(self, is_bound: bool) -> int:
        """The end of the statement that asks; where a header takes its place, no empty line stays behind it."""
        tree = self.tree
        end = tree.offsets.of(self.parts.statement)[1]
        empty = re.match(r"(?:[ \t]*\r?\n)+(?=[ \t]*\S)", tree.source.text[end:]) if is_bound else None
        if empty is None or "\n" not in empty[0]:
            return end
        last = end + empty[0].rfind("\n")
        return last - 1 if tree.source.text[last - 1] == "\r" else last

    def _statement(self, message: str, indent: str) -> str:
        """The statement that asked, with the message in place of the call."""
        tree = self.tree
        start, end = tree.offsets.of(self.parts.statement)
        first, last = tree.offsets.of(self.ask.answer)
        text = raw(tree, start, first).text + self.ask.result(message) + raw(tree, last, end).text
        code = Raw(
            text,
            tree.indent_at(start),
            raw(tree, start, end).fixed if tree.code(self.ask.answer).count("\n") == 0 else frozenset(),
        )
        return indent + render(code, indent, self._step(), 0, 0)

    def _comments(self, is_bound: bool) -> tuple[list[str], str]:
        """The comments between the loop's header and the statement that asks: those that go above, and what ends the header."""
        body = self.parts.loop.body
        above = [line.comment.value for line in self.parts.statement.leading_lines if line.comment is not None]
        trailing = body.header.comment.value if isinstance(body, cst.IndentedBlock) and body.header.comment is not None else ""
        if trailing and is_bound and self.parts.statement.trailing_whitespace.comment is not None:
            return [trailing, *above], ""
        return above, f"  {trailing}" if trailing else ""

    def _own_name(self, items: cst.BaseExpression) -> str | None:
        """The name of the items, where it is a parameter or local that nothing else uses."""
        scope = self.tree.scope_of(self.parts.loop)
        if not isinstance(items, cst.Name) or not isinstance(scope, cst.FunctionDef):
            return None
        uses = [name for name in self.tree.names(scope) if name.value == items.value]
        is_own = any(isinstance(self.tree.parents[name], (cst.Param, cst.AssignTarget)) for name in uses)
        return items.value if is_own and len(uses) == 2 else None

    def _step(self) -> str:
        return self.tree.style.step
