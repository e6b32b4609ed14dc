"""Thread and process pools: `pool.map`, and `pool.submit` whose futures are read in order. The pool itself goes: a batch needs none."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import libcst as cst

from llmlint.findings import Edit
from llmlint.fixes.batch_answers import answers_call, awaited_gather, list_around, results_edits, statement_around
from llmlint.fixes.batch_ask import Ask
from llmlint.fixes.batch_effects import Names, effects_of, may_go_first
from llmlint.fixes.batch_imports import without_import
from llmlint.fixes.batch_items import is_repeatable, plural
from llmlint.fixes.batch_kept import kept_list, uses_of
from llmlint.fixes.batch_layout import assignment, comprehension
from llmlint.fixes.batch_loop import MESSAGES, REQUESTS, may_be_listed, stands_alone
from llmlint.fixes.batch_tree import Tree, dotted, tail_of
from llmlint.fixes.batch_wrapper import bound_answer

POOLS = frozenset({"ThreadPoolExecutor", "ProcessPoolExecutor"})
# What goes through an iterator, and does as well with a list.
_TAKES_ITEMS = frozenset({"list", "tuple", "set", "sorted", "zip", "dict", "sum", "enumerate", "max", "min", "join"})


@dataclass(frozen=True, slots=True)
class Pool:
    """`with ThreadPoolExecutor(…) as pool:` around a call of one of its methods, with no other use of it."""

    statement: cst.With
    constructor: cst.Call


def pool_around(tree: Tree, node: cst.Call) -> Pool | None:
    """The pool that a method is called on."""
    owner = dotted(node.func.value) if isinstance(node.func, cst.Attribute) else None
    for parent in tree.ancestors(node):
        if isinstance(parent, (cst.FunctionDef, cst.Lambda, cst.ClassDef)):
            return None
        if not isinstance(parent, cst.With):
            continue
        item = parent.items[0]
        name = item.asname.name if item.asname is not None else None
        if not isinstance(name, cst.Name) or name.value != owner:
            continue
        made = item.item
        is_pool = isinstance(made, cst.Call) and tail_of(made.func) in POOLS and dotted(made.func) is not None
        if (
            not is_pool
            or len(parent.items) != 1
            or not isinstance(parent.body, cst.IndentedBlock)
            or parent.asynchronous is not None
        ):
            return None
        uses = [each for each in tree.names(tree.scope_of(parent)) if each.value == owner]
        if len(uses) != 2 or parent.body.header.comment is not None or not stands_alone(tree, parent):
            return None
        assert isinstance(made, cst.Call)
        return Pool(parent, made)
    return None


# map


@dataclass(frozen=True, slots=True)
class Items:
    """What `pool.map(function, items, …)` goes through: names for one round, and the expressions."""

    targets: tuple[str, ...]
    values: tuple[cst.BaseExpression, ...]
    codes: tuple[str, ...]

    def listed(self, tree: Tree, place: cst.CSTNode, indent: str) -> tuple[Items, list[str]]:
        """The same with lists for what cannot be gone through twice, and the lines that make these."""
        codes, lines = list(self.codes), list[str]()
        for index, value in enumerate(self.values):
            if not is_repeatable(tree, value):
                name = tree.fresh(place, [plural(self.targets[index]), "items", "entries", "all_items"], codes) or codes[index]
                lines.append(f"{indent}{name} = list({codes[index]})")
                codes[index] = name
        return Items(self.targets, self.values, tuple(codes)), lines

    def clause(self, more: tuple[str, str] | None = None) -> str:
        """`for page in pages`; with `more`, a further name and what it goes through."""
        names, codes = list(self.targets), list(self.codes)
        if more is not None:
            names.append(more[0])
            codes.append(more[1])
        joined = ", ".join(codes)
        return f"for {', '.join(names)} in {joined if len(codes) == 1 else f'zip({joined})'}"


def map_items(tree: Tree, node: cst.Call, targets: Sequence[str]) -> Items | None:
    """The items of a call of `map`, for as many parameters."""
    items = node.args[1:]
    if not items or len(items) != len(targets) or not all(may_be_listed(tree, each.value) for each in items):
        return None
    if any(each.star or each.keyword is not None for each in items):
        return None
    return Items(tuple(targets), tuple(each.value for each in items), tuple(tree.code(each.value) for each in items))


def map_edits(tree: Tree, ask: Ask, node: cst.Call, items: Items) -> list[Edit] | None:
    """`pool.map(ask, items)`, or `map(ask, items)`, where a list does as well as an iterator; `await asyncio.gather(*map(ask, items))`."""
    pool = pool_around(tree, node) if isinstance(node.func, cst.Attribute) else None
    if (pool is None) is isinstance(node.func, cst.Attribute) or not stands_alone(tree, node):
        return None
    place = _gathered(tree, node) if ask.is_async else _place_of(tree, node)
    if place is None or ask.early.is_outside or ask.late.sleeps:
        return None
    whole, statement = place
    if pool is None and not ask.is_async and not _may_go_first(tree, ask, statement):
        return None
    requests, message = tree.fresh(node, REQUESTS, items.targets), tree.fresh(node, MESSAGES, items.targets)
    if requests is None or message is None or (pool is not None and tree.parents[statement] is not pool.statement.body):
        return None
    indent = tree.indent_at(tree.offsets.of(pool.statement if pool is not None else statement)[0])
    lines: list[str] = []
    if ask.told:
        items, lines = items.listed(tree, node, indent)
    answers = answers_call(ask, requests)
    clause = items.clause((message, answers)) if ask.told else None
    results = results_edits(tree, ask, whole, message, answers, clause, indent)
    made = assignment(requests, comprehension(ask.request, [items.clause()]), tree, indent)
    first = tree.with_comments(tree.line_start(tree.offsets.of(statement)[0]))
    edits = [tree.edit(first, first, "".join(f"{line}\n" for line in (*lines, made))), *results]
    return [*edits, *ask.edits, *(_without_pool(tree, pool, edits) if pool is not None else [])]


def _may_go_first(tree: Tree, ask: Ask, statement: cst.CSTNode) -> bool:
    """Whether the builtin `map`, which makes one request after another, may make them all first."""
    late = effects_of(tree, [statement.body] if isinstance(statement, cst.For) else [])
    late.add(ask.late)
    return may_go_first(tree, ask.early, late, Names(frozenset(), frozenset(), ask.plain))


def _gathered(tree: Tree, node: cst.Call) -> tuple[cst.BaseExpression, cst.CSTNode] | None:
    """The awaited `gather` that unpacks the call, and the statement that it stands in."""
    argument = tree.parents[node]
    whole = awaited_gather(tree, argument) if isinstance(argument, cst.Arg) else None
    statement = statement_around(tree, whole) if whole is not None else None
    return (list_around(tree, whole), statement) if whole is not None and statement is not None else None


def _place_of(tree: Tree, node: cst.Call) -> tuple[cst.BaseExpression, cst.CSTNode] | None:
    """What a list takes the place of (`list(…)` with the call, or the call), and the statement that it stands in."""
    parent = tree.parents[node]
    whole: cst.BaseExpression = node
    if isinstance(parent, cst.Arg):
        call = tree.parents[parent]
        if not isinstance(call, cst.Call) or parent.star or tail_of(call.func) not in _TAKES_ITEMS:
            return None
        whole = list_around(tree, node)
        loop = tree.parents[call]
        if isinstance(loop, cst.For) and loop.iter is call and loop.asynchronous is None:
            return whole, loop
    elif isinstance(parent, cst.For) and parent.iter is node and parent.asynchronous is None:
        return node, parent
    elif not isinstance(parent, (cst.CompFor, cst.Assign, cst.AnnAssign, cst.Return)):
        return None
    if isinstance(parent, cst.CompFor) and parent.asynchronous is not None:
        return None
    statement = tree.statement_of(whole)
    return None if statement is None else (whole, statement)


# submit


def submit_edits(tree: Tree, ask: Ask) -> list[Edit] | None:
    """`futures = [pool.submit(ask, x) for x in xs]`, or the same by `append`, and `future.result()` for each of them in order."""
    pool = pool_around(tree, ask.node)
    requests, message = tree.fresh(ask.node, REQUESTS), tree.fresh(ask.node, MESSAGES)
    if pool is None or requests is None or message is None or ask.early.is_outside or ask.late.sleeps or ask.told:
        return None
    kept = kept_list(tree, ask, ask.node)
    if kept is None or len(kept.uses) != 1:
        return None
    reading = _reading(tree, kept.uses[0])
    if reading is None:
        return None
    future, result = reading
    answers = answers_call(ask, requests)
    edits = kept.edits(tree, ask, requests, tree.indent_at(tree.offsets.of(pool.statement)[0]))
    edits.append(tree.edit(*tree.offsets.of(kept.uses[0]), answers))
    taken = _named_first(tree, result) if ask.is_message else None
    if taken is not None:
        # `message = future.result()` says what the loop's own variable can be called.
        message, statement = taken
        edits.append(tree.edit(tree.line_start(tree.offsets.of(statement)[0]), tree.next_line(tree.offsets.of(statement)[1]), ""))
    else:
        edits.append(tree.edit(*tree.offsets.of(result), ask.result(message)))
    edits.append(tree.edit(*tree.offsets.of(future), message))
    return [*edits, *ask.edits, *_without_pool(tree, pool, edits)]


def _reading(tree: Tree, use: cst.Name) -> tuple[cst.Name, cst.Call] | None:
    """The loop variable that takes each future, and its only use: `future.result()`."""
    target = _target_for(tree, use)
    if target is None:
        return None
    uses = [each for each in uses_of(tree, use, target.value) if each is not target]
    if len(uses) != 1:
        return None
    attribute = tree.parents[uses[0]]
    call = tree.parents.get(attribute)
    if (
        not isinstance(attribute, cst.Attribute)
        or attribute.attr.value != "result"
        or not isinstance(call, cst.Call)
        or call.args
    ):
        return None
    for parent in tree.ancestors(call):
        if isinstance(parent, (cst.Try, cst.TryStar)) and parent.handlers:
            return None
        if isinstance(parent, (cst.FunctionDef, cst.Lambda)):
            break
    return target, call


def _named_first(tree: Tree, result: cst.Call) -> tuple[str, cst.SimpleStatementLine] | None:
    """The name that the first statement of a loop binds a result to, and that statement, where others follow."""
    statement = tree.statement_of(result)
    name = bound_answer(statement, result) if statement is not None else None
    block = tree.parents[statement] if statement is not None else None
    if statement is None or name is None or not isinstance(block, cst.IndentedBlock) or tree.has_comment(statement):
        return None
    is_first = isinstance(tree.parents[block], cst.For) and block.body[0] is statement and len(block.body) > 1
    return (name, statement) if is_first else None


def _target_for(tree: Tree, use: cst.Name) -> cst.Name | None:
    """`future` of `for future in futures`, or of `for x, future in zip(xs, futures)`."""
    parent = tree.parents[use]
    if isinstance(parent, (cst.For, cst.CompFor)) and parent.iter is use and isinstance(parent.target, cst.Name):
        return parent.target
    call = tree.parents.get(parent)
    if not isinstance(parent, cst.Arg) or parent.star or not isinstance(call, cst.Call) or dotted(call.func) != "zip":
        return None
    loop = tree.parents[call]
    index = list(call.args).index(parent)
    if not isinstance(loop, (cst.For, cst.CompFor)) or loop.iter is not call or not isinstance(loop.target, cst.Tuple):
        return None
    elements = loop.target.elements
    if len(elements) != len(call.args) or any(each.star for each in call.args):
        return None
    value = elements[index].value
    return value if isinstance(value, cst.Name) else None


# The pool goes


def _without_pool(tree: Tree, pool: Pool, inside: Sequence[Edit]) -> Iterator[Edit]:
    """Edits that take away the `with`, move its block to the left around other edits, and take away an import that has no other use."""
    start = tree.line_start(tree.offsets.of(pool.statement)[0])
    block = pool.statement.body
    assert isinstance(block, cst.IndentedBlock)
    first = tree.next_line(tree.offsets.of(pool.constructor)[1])
    yield tree.edit(start, first, "")
    outer = tree.indent_at(start)
    inner = tree.indent_at(tree.offsets.of(block.body[0])[0])
    position, end = first, tree.offsets.of(pool.statement)[1]
    while position < end:
        is_free = not any(edit.span.start < position + len(inner) and position < edit.span.end for edit in inside)
        if position not in tree.lines_in_strings and tree.source.text.startswith(inner, position) and is_free:
            yield tree.edit(position + len(outer), position + len(inner), "")
        position = tree.next_line(position)
    yield from without_import(tree, pool.constructor.func)
