"""A serial loop becomes a function of one item, which `batch_map` calls for all: its body stays as it is."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import libcst as cst

from llmlint.findings import Edit
from llmlint.fixes.batch.body import check_body
from llmlint.fixes.batch.calls import SEVERAL, tries_again
from llmlint.fixes.batch.first_items import first_items
from llmlint.fixes.batch.flow import bound_by, bound_in, own_nodes
from llmlint.fixes.batch.in_turn import Wait, parts_in_turn
from llmlint.fixes.batch.layout import Code, Group, Raw, blank_lines, code_of, end_of_body, render, without_brackets
from llmlint.fixes.batch.names import bound_beside, declarations, region_of, shared_names, split_sums, sums_around
from llmlint.fixes.batch.order import collected, collected_of_level
from llmlint.fixes.batch.pauses import pauses_of, without_pauses
from llmlint.fixes.batch.snapshots import Snapshots
from llmlint.fixes.batch.state import disturbs
from llmlint.fixes.edits.by_hand import KEEPS_STATE, WITHOUT_END, ByHand, check_leaves_event_loop, has_no_end
from llmlint.fixes.edits.tree import Tree, bound_names, dotted, holds, walk

_LOOPS = (cst.For, cst.While)
_SHORTEST_NAME = 3
_MOST_AROUND = 2
_COUNTS = re.compile(r"(^|_)(i|j|n|idx|index|num|number|count|nr|pos|step)$")


@dataclass(frozen=True, slots=True)
class Rewritten:
    """The edits, and the names that they need of the batch module."""

    edits: tuple[Edit, ...]
    names: frozenset[str]
    needs_asyncio: bool = False


@dataclass(frozen=True, slots=True)
class Places:
    """Where the body of a loop makes its LLM calls, or reaches them. `count` says how many of them an item makes one after another. `has_others`:
    in their place an item may make calls that no batch takes, and that need the pauses between them."""

    calls: tuple[tuple[int, int], ...]
    count: Callable[[], int]
    has_others: bool = False


PlacesOf = Callable[[cst.For], Places]


def loop_edits(
    tree: Tree,
    start: int,
    call: tuple[int, int],
    outer: Sequence[int],
    places_of: PlacesOf,
    waits: Sequence[Wait] = (),
) -> Rewritten:
    """Makes the body of the `for` loop that starts at an offset a function. `call` is where the loop makes or reaches the LLM call in question,
    `places_of` knows all those of a loop, and `outer` are where loops around it start, from the inside out, whose items are independent, too.
    `waits` are where an item is to wait for those ahead of it."""
    loop = tree.at(start, cst.For)
    if not isinstance(loop, cst.For):
        raise ByHand("a `while` loop makes the calls")
    around = list(tree.loops_around(loop))
    if around and [tree.offsets.of(each)[0] for each in around] == list(outer):
        outermost = around[-1]
        assert isinstance(outermost, cst.For)
        if len(around) > _MOST_AROUND:
            raise ByHand("loops in four levels or more would become functions in each other")
        return _rewritten(tree, outermost, call, places_of, waits=waits)
    if around:
        raise ByHand("the loop stands in another loop, each iteration of which would wait for a batch of its own")
    direct = _direct(tree, loop, places_of) if not waits else None
    return direct if direct is not None else _rewritten(tree, loop, call, places_of, waits=waits)


def _rewritten(
    tree: Tree,
    loop: cst.For,
    call: tuple[int, int],
    places_of: PlacesOf,
    outer: cst.For | None = None,
    taken: tuple[str, ...] = (),
    waits: Sequence[Wait] = (),
    depth: int = 0,
) -> Rewritten:
    """The loop, and loops in it around the call, as functions. `outer` is the loop around it that becomes a function too, and `depth` how many of
    them there are; `taken` are the names that the loops around it introduce."""
    if not isinstance(loop.body, cst.IndentedBlock) or loop.orelse is not None:
        raise ByHand("the loop has an `else`, or stands on one line")
    if has_no_end(loop.iter):
        raise ByHand(WITHOUT_END)
    function = tree.function_of(loop)
    if function is None and tree.enclosing(loop, cst.ClassDef, cst.Lambda) is not None:
        raise ByHand("the loop stands in the body of a class")
    nodes = [each for statement in loop.body.body for each in own_nodes(statement)]
    is_async = loop.asynchronous is not None or any(_awaits(each) for each in nodes)
    in_thread = outer is None and not is_async and tree.is_in_async(loop)
    if in_thread:
        check_leaves_event_loop(nodes)
    first = first_items(tree, loop, nodes)
    leaves = check_body(tree, loop, nodes, first)
    places = places_of(loop)
    ordered = parts_in_turn(tree, waits, depth)
    waiting = (*places.calls, *((start, start) for start, _ in ordered))
    kept = Snapshots(tree, loop, () if is_async or outer is not None else waiting)
    shared = sorted({each for place in places.calls for each in shared_names(tree, loop, nodes, place, kept.keeps, ordered)})
    sums = [each for place in places.calls for each in sums_around(tree, loop, place)]
    name = _function_name(tree, loop, taken)
    if name is None:
        raise ByHand("no name for a new function is free")
    gathered = collected_of_level(tree, loop, waits, depth) if not is_async else None
    if any(region_of(tree, loop, place) is None for place in places.calls):
        raise ByHand("the call is made elsewhere than in the loop's body")
    parameter = _parameter(tree, loop, taken)
    inner, inside = _inner_edits(tree, loop, nodes, call, places_of, is_async, (*taken, name, parameter), waits, depth)
    if any(disturbs(tree, loop, place, ordered, inside) for place in places.calls):
        raise ByHand(KEEPS_STATE)
    # What only a loop inside binds, which becomes a function itself, that one declares.
    own = bound_in(loop.body.body) if inside is None else bound_beside(nodes, inside)
    shared = [each for each in shared if each in own]
    anew = {name for each in nodes if isinstance(each, cst.AssignTarget) for name in bound_by(each)} & {*shared}
    if (anew or kept.names) and (inside is not None or outer is not None):
        raise ByHand(
            f"loops in each other share `{min(anew | kept.names)}`, and would become functions in each other that assign it"
        )
    counters = first.counters if first is not None else frozenset()
    items, generator = code_of(tree, loop.iter), ""
    if first is not None:
        word = name.partition("_")[2].rpartition("_")[2]
        given = tree.fresh(loop, [f"first_{word}s", f"chosen_{word}s"], (*taken, name, parameter))
        if given is None:
            raise ByHand("no name for a new function is free")
        items, generator = Raw(f"{given}()"), first.generator(given, declarations(tree, loop, sorted(counters), outer))
    pauses = [] if places.has_others else pauses_of(tree, loop)
    if pauses and all(any(each is pause for pause in pauses) for each in loop.body.body):
        raise ByHand("the loop's body makes no call")
    edits = [
        *_header_edits(
            tree,
            loop,
            f"{name}({parameter})",
            [
                *declarations(tree, loop, [each for each in shared if each not in counters], outer),
            ],
            gathered[0] if gathered is not None else "",
            is_async,
        ),
        *(_returning(tree, gathered[1]) if gathered is not None else ()),
        *(tree.edit(*tree.offsets.of(each), "return") for each in leaves if gathered is None),
        *kept.edits(pauses),
        *(first.edits() if first is not None else ()),
        *without_pauses(tree, pauses),
        *split_sums(tree, loop, sums, shared),
        # Ahead of what stands behind the loop inside, which may be the same place.
        *inner,
        *(_wait_ahead(tree, each) for each in waits if outer is None),
        *_call_edits(
            tree,
            loop,
            name,
            places.count(),
            gathered[0] if gathered is not None else None,
            is_async,
            in_thread,
            items,
            generator,
        ),
    ]
    names = frozenset({"batch_scope"} if is_async else {"batch_map", *(["in_turn"] if waits else [])})
    return Rewritten(tuple(edits), names, needs_asyncio=is_async or in_thread)


def _inner_edits(
    tree: Tree,
    loop: cst.For,
    nodes: list[cst.CSTNode],
    call: tuple[int, int],
    places_of: PlacesOf,
    is_async: bool,
    taken: tuple[str, ...],
    waits: Sequence[Wait],
    depth: int,
) -> tuple[list[Edit], cst.For | None]:
    """The edits of a loop in the body that makes a call an item, too, and the loop if it becomes a function: only the first call of a function is
    in the batch. One that is left early tries again, and mostly needs one call."""
    around = [each for each in nodes if isinstance(each, _LOOPS) and holds(tree, each, call)]
    around = [each for each in around if tree.scope_of(each) is tree.scope_of(loop)]
    if not around:
        return [], None
    first = around[0]
    if isinstance(first, cst.For) and not is_async:
        with contextlib.suppress(ByHand):
            return list(_rewritten(tree, first, call, places_of, loop, taken, waits, depth + 1).edits), first
    if not isinstance(first, (cst.For, cst.While)) or not tries_again(tree, first) or is_async:
        raise ByHand(SEVERAL)
    return [], None


def _direct(tree: Tree, loop: cst.For, places_of: PlacesOf) -> Rewritten | None:
    """`for row in rows: handle(row)` → `batch_map(handle, rows)`, also where a list takes the results."""
    statement = loop.body.body[0] if len(loop.body.body) == 1 else None
    small = statement.body[0] if isinstance(statement, cst.SimpleStatementLine) and len(statement.body) == 1 else None
    value = small.value if isinstance(small, cst.Expr) else None
    found = collected(tree, loop)
    if found is not None and isinstance(value, cst.Call):
        value = value.args[0].value
    if not isinstance(value, cst.Call) or len(value.args) != 1 or dotted(value.func) is None or tree.has_comment(loop):
        return None
    [argument] = value.args
    if argument.star or argument.keyword or not isinstance(argument.value, cst.Name) or not isinstance(loop.target, cst.Name):
        return None
    if argument.value.value != loop.target.value or has_no_end(loop.iter):
        return None
    start = tree.offsets.of(loop)[0]
    in_thread = tree.is_in_async(loop)
    code = _batch_map(loop, tree.code(value.func), code_of(tree, loop.iter), places_of(loop).count(), in_thread)
    text, edits = _collecting(tree, loop, code, found[0] if found is not None else None)
    edits.append(tree.edit(start, tree.line_end(tree.offsets.of(loop)[1]), text))
    return Rewritten(tuple(edits), frozenset({"batch_map"}), needs_asyncio=in_thread)


def _collecting(tree: Tree, loop: cst.For, code: Group, name: str | None) -> tuple[str, list[Edit]]:
    """The call of `batch_map` as a statement; where a list takes the results, it is assigned to the list or extends it."""
    indent, step, width = tree.indent_at(tree.offsets.of(loop)[0]), tree.style.step, tree.width
    if name is None:
        return render(code, indent, step, width, 0), []
    empty = _empty_list(tree, loop, name)
    if empty is None:
        return render(Group(f"{name}.extend(", (("", code),), ")", ""), indent, step, width, 0), []
    start, end = tree.offsets.of(empty)
    end = tree.next_line(end)
    above = tree.with_comments(tree.line_start(tree.offsets.of(loop)[0]))
    if not tree.source.text[end:above].strip():
        end = max(above, end)  # The empty lines behind it go, too.
    head = f"{name} = "
    return head + render(code, indent, step, width, len(head)), [tree.edit(tree.line_start(start), end, "")]


def _batch_map(loop: cst.For, function: str, items: Code, calls: int, in_thread: bool) -> Group:
    if isinstance(loop.iter, cst.Tuple) and not loop.iter.lpar:
        items = Group("(", (("", items),), ")", "")
    return batch_map_of(Raw(function), items, calls, in_thread)


def batch_map_of(function: Code, items: Code, calls: int, in_thread: bool) -> Group:
    """A call of `batch_map`; `calls` is how many calls of an item go in a batch. `in_thread`: an event loop awaits it."""
    more: list[tuple[str, Code]] = [("calls=", Raw(str(calls)))] if calls > 1 else []
    given = (("", function), ("", items), *more)
    return (
        Group("await asyncio.to_thread(", (("", Raw("batch_map")), *given), ")") if in_thread else Group("batch_map(", given, ")")
    )


def _awaits(node: cst.CSTNode) -> bool:
    if isinstance(node, (cst.For, cst.With, cst.CompFor)):
        return node.asynchronous is not None
    return isinstance(node, cst.Await)


def _function_name(tree: Tree, loop: cst.For, taken: tuple[str, ...] = ()) -> str | None:
    names = [name.value for name in bound_names(loop.target)]
    words = [name.strip("_") for name in names if not _COUNTS.search(name)]
    word = next((word for word in words if len(word) >= _SHORTEST_NAME), "item")
    return tree.fresh(loop, [f"process_{word.lower()}", f"process_one_{word.lower()}", f"handle_{word.lower()}"], taken)


def _parameter(tree: Tree, loop: cst.For, taken: tuple[str, ...]) -> str:
    """What the function calls its item: as the loop does, or by a name that is free where the loop takes it apart."""
    if isinstance(loop.target, cst.Name):
        return loop.target.value
    return tree.fresh(loop, ["item", "entry", "pair"], taken) or "item"


def _wait_ahead(tree: Tree, wait: Wait) -> Edit:
    start = tree.offsets.of(wait.statement)[0]
    at = tree.with_comments(tree.line_start(start))
    levels = str(wait.levels) if wait.levels > 1 else ""
    return tree.edit(at, at, f"{tree.indent_at(start)}in_turn({levels})\n")


def _header_edits(
    tree: Tree, loop: cst.For, signature: str, declarations: list[str], collects: str, is_async: bool
) -> Iterator[Edit]:
    start, end = tree.offsets.of(loop)[0], tree.offsets.of(loop.iter)[1]
    end = tree.source.text.index(":", end) + 1
    indent = tree.indent_at(start)
    first = tree.offsets.of(loop.body.body[0])[0]
    inner = tree.indent_at(first)
    lines: list[str] = []
    if not isinstance(loop.target, cst.Name):
        lines.append(f"{without_brackets(tree, loop.target)} = {signature[:-1].partition('(')[2]}")
    lines = [*declarations, *lines]
    empty = _empty_list(tree, loop, collects)  # It goes.
    blank = blank_lines(tree, start if empty is None else tree.offsets.of(empty)[0], indent)
    if blank:
        above = tree.with_comments(tree.line_start(start))
        yield tree.edit(above, above, blank)
    yield tree.edit(start, end, f"{'async ' if is_async else ''}def {signature}:")
    if lines:
        at = tree.next_line(end)
        text = "".join(f"{inner}{line}\n" for line in lines)
        yield tree.edit(at, at, text)


def _returning(tree: Tree, appends: list[cst.SimpleStatementLine]) -> Iterator[Edit]:
    """`results.append(answer)` → `return answer`; a `continue` behind it goes."""
    for statement in appends:
        call = next(each for each in walk(statement) if isinstance(each, cst.Call))
        start, end = tree.offsets.of(statement)
        first, last = tree.offsets.of(call.args[0].value)
        text = tree.source.text[first:last]
        opening, closing = ("(", ")") if "\n" in text and text[:1] not in "([{" else ("", "")
        yield tree.edit(start, first, f"return {opening}")
        # What stood on lines of its own, deeper than `append`, does so no longer.
        deeper = tree.indent_at(first).removeprefix(tree.indent_at(start)) if "\n" in tree.source.text[start:first] else ""
        for match in re.finditer(rf"\n(?={re.escape(tree.indent_at(first))})", text) if deeper else ():
            line = first + match.end()
            if line not in tree.lines_in_strings:
                yield tree.edit(line, line + len(deeper), "")
        yield tree.edit(last, end, closing)
        block = tree.parents[statement]
        body = block.body if isinstance(block, cst.IndentedBlock) else ()
        index = next(index for index, each in enumerate(body) if each is statement)
        for following in body[index + 1 :]:
            at, to = tree.offsets.of(following)
            yield tree.edit(tree.line_start(at), tree.next_line(to), "")


def _call_edits(
    tree: Tree,
    loop: cst.For,
    name: str,
    calls: int,
    collects: str | None,
    is_async: bool,
    in_thread: bool,
    items: Code,
    generator: str,
) -> Iterator[Edit]:
    """The call of `batch_map` behind the loop. `collects` is the list that takes the results; `generator` is a function that gives the items."""
    start = tree.offsets.of(loop)[0]
    indent = tree.indent_at(start)
    at = end_of_body(tree, loop, indent)
    step, width = tree.style.step, tree.width
    if is_async:
        each = tree.fresh(loop, ["item", "entry", "each"]) if not isinstance(loop.target, cst.Name) else loop.target.value
        word = "async for" if loop.asynchronous is not None else "for"
        brackets = "[]" if loop.asynchronous is not None else "()"
        made: list[tuple[str, Code]] = [("", Raw(f"{name}({each})")), (f"{word} {each} in ", items)]
        code = Group("await asyncio.gather(", (("", Group(f"*{brackets[0]}", tuple(made), brackets[1], "")),), ")", "")
        text = f"{indent}with batch_scope():\n{indent}{step}" + render(code, indent + step, step, width, len(indent + step))
    else:
        statement, more = _collecting(tree, loop, _batch_map(loop, name, items, calls, in_thread), collects)
        yield from more
        text = indent + statement
    gap = "\n" if indent else "\n\n"
    newline = "" if tree.source.text[:at].endswith("\n") else "\n"
    cell = tree.source.cell_at(start)
    text = f"{generator}\n{gap}{text}" if generator else text
    yield tree.edit(at, at, f"{newline}{gap}{text}" + ("" if cell is not None and at == cell.end else "\n"))


def _empty_list(tree: Tree, loop: cst.For, name: str) -> cst.SimpleStatementLine | None:
    """`results = []` right ahead of the loop."""
    block = tree.parents[loop]
    body = block.body if isinstance(block, (cst.IndentedBlock, cst.Module)) else ()
    index = next((index for index, each in enumerate(body) if each is loop), 0)
    before = body[index - 1] if index else None
    if not isinstance(before, cst.SimpleStatementLine) or len(before.body) != 1 or tree.has_comment(before):
        return None
    small = before.body[0]
    if not isinstance(small, cst.Assign) or len(small.targets) != 1 or not isinstance(small.value, cst.List):
        return None
    is_it = isinstance(small.targets[0].target, cst.Name) and small.targets[0].target.value == name
    return before if is_it and not small.value.elements else None
