"""LLM301 and LLM302: from one call an item to the batch APIs, through a client that sends the requests waiting at the same time as one batch.

The program keeps its functions, error handling and retries. What changes is the client, and the loop or pool that makes the calls.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from functools import partial
from itertools import pairwise

import libcst as cst

from llmlint.callsite import Request
from llmlint.findings import Applicability, Edit, Fix
from llmlint.fixes.apply import apply_edits, check_fixed, comments_of_deletion
from llmlint.fixes.batch_calls import ItemCalls, calls_of_item, number_of_calls
from llmlint.fixes.batch_carried import check_carries_nothing
from llmlint.fixes.batch_claims import check_claims_nothing
from llmlint.fixes.batch_client import check_takes_batching, is_batching
from llmlint.fixes.batch_concurrent import is_in_loop, pool_edits, scope_edits, thread_pool_edits
from llmlint.fixes.batch_exits import ENDS_PROGRAM, ends_program, ends_program_after
from llmlint.fixes.batch_expression import comprehension_edits, gathered_edits, map_edits
from llmlint.fixes.batch_flow import own_nodes
from llmlint.fixes.batch_imports import import_from, import_of_asyncio
from llmlint.fixes.batch_layout import code_of, indented, render
from llmlint.fixes.batch_limits import check_time_limits, raised_limits
from llmlint.fixes.batch_loop import Places, Rewritten, loop_edits
from llmlint.fixes.batch_module import batch_module
from llmlint.fixes.batch_order import collected
from llmlint.fixes.batch_parts import PART_OF
from llmlint.fixes.batch_row_order import check_order
from llmlint.fixes.batch_serial import check_runs_once
from llmlint.fixes.batch_state import disturbs
from llmlint.fixes.batch_threads import check_event_loop, check_threads, held_open, is_in_another_thread
from llmlint.fixes.batch_tree import Tree, function_around, tree_of
from llmlint.fixes.by_hand import HOLDS_UP, KEEPS_STATE, TIMED, ByHand, compares_times, measures_time
from llmlint.fixes.request_readers import counter_of_costs
from llmlint.fixes.style import has_lone_returns
from llmlint.fixes.touched import touched_statements
from llmlint.link.program.memo import Memo
from llmlint.link.program.program import Program
from llmlint.providers.below import Below
from llmlint.providers.other_callees import other_callee
from llmlint.request_data import FanOut
from llmlint.source import Span

_OF_COLAB = re.compile(r"\bgoogle\.colab\b|/content/|\buserdata\.get\(")
# Methods that send requests to other providers, or to servers of one's own.
_ASKS = frozenset({"post", "urlopen", "generate_content", "generate_content_async", "chat"})
# How long what prompts share must be for the batching client to cache it ahead.
_SHARED_CHARACTERS = 2_000
# How many characters of a file are read for its fixes.
_MOST_READ = 3_000_000
_READ: Memo[str, list[int]] = Memo()
_NOT_FOLLOWED = "the file is written in a way that is not followed"
_SERIAL = frozenset({"loop", "comprehension", "map"})


def batch_fix(call: Request, fan_out: FanOut, module: str) -> Fix:
    """A fix that sends the calls of a fan-out as a batch. `module` is the setting `batch-module`. Raises `ByHand` where a batch would change
    more than their time and price."""
    program = call.program
    check_takes_batching(call)
    for each in (call, *call.siblings()):
        if each.fan_out is not None and each.fan_out.at == fan_out.at:
            check_time_limits(each.fan_out)
    tree = tree_of(program, fan_out.at.path)
    paths = {fan_out.at.path}
    if tree is None or has_lone_returns(program.source(fan_out.at.path).text):
        raise ByHand(_NOT_FOLLOWED)
    _check_budget(program, tree, fan_out.at)
    if fan_out.is_concurrent and is_in_loop(tree, fan_out.at):
        raise ByHand("a loop stands around the fan-out, and each of its iterations would wait for a batch of its own")
    item = _item(tree, call, fan_out)
    spans, clients = item.spans, tuple(dict.fromkeys(made for each in item.requests for made in each.made_clients))
    paths |= {each.path for each in (*spans, *clients)}
    if any(has_lone_returns(program.source(path).text) for path in paths):
        raise ByHand(_NOT_FOLLOWED)
    others = next(_other_callees(program, item), None)
    if others is not None and (fan_out.kind not in _SERIAL or (call.client or "").startswith("Async")):
        raise ByHand(
            f"`{others}` may take the calls in its place, which sends no batches and would get all of them at the same time"
        )
    rewritten = _rewritten(tree, call, fan_out, item, has_others=others is not None)
    check_runs_once(call, tree, _code_of(tree, fan_out.at), fan_out.at)
    if "batch_map" in rewritten.names:
        check_threads(program, paths, _whole(tree, fan_out.at))
    opened = next((each for span in spans for each in held_open(program, span, fan_out.at)), None)
    if opened is not None:
        raise ByHand(f"`{opened}` stays open while an item waits for its batch, and many items wait at the same time")
    wider, note = raised_limits(program, fan_out, by_turns="batch_map" in rewritten.names)
    inner = tuple(dict.fromkeys(span for each in item.calls for span in each.spans[:-1]))
    for span in inner:
        _check_time(program, span)
    _check_comparison(tree, fan_out.at)
    if fan_out.kind in _SERIAL:
        _check_exits(program, tree, fan_out)
        _check_carried(program, tree, fan_out, item)
        _check_order(program, tree, call, fan_out, by_turns="batch_map" in rewritten.names)
        for span in inner:
            _check_state(program, span)
        if rewritten.needs_asyncio and "batch_map" in rewritten.names:
            check_event_loop(program, call, inner)
        if any(is_in_another_thread(program, span) for span in spans):
            raise ByHand("each call runs in a pool and is waited for there: a batch would hold one request")
    needed = _needed(program, tree, clients, fan_out, rewritten)
    if any(path.endswith(".ipynb") and _OF_COLAB.search(program.source(path).text) for path in needed):
        raise ByHand("the notebook runs in Google Colab, where a module beside it is not there")
    home = batch_module(program, needed.keys(), module, _parts(item, rewritten))
    if home is None:
        raise ByHand("there is no place for a module that all files of the fix can import")
    edits = [
        *rewritten.edits,
        *wider,
        *home.edits,
        *(edit for made in clients for edit in _client_edits(program, made)),
    ]
    for path, (names, user) in needed.items():
        if not names:
            continue
        user_tree = tree_of(program, path)
        edit = import_from(user_tree, home.names[path], names, user) if user_tree is not None else None
        if edit is None:
            raise ByHand(f"{path} uses one of the names {', '.join(sorted(names))} for something else")
        edits += [edit] if edit.text else []
    if rewritten.needs_asyncio and "asyncio" not in tree.module_bindings_of:
        edit = import_of_asyncio(tree)
        if edit is None:
            raise ByHand("the file does not import asyncio")
        edits.append(edit)
    if not all(_is_sound(program, path, edits) for path in {edit.span.path for edit in edits}):
        raise ByHand("comments stand where the new code has no place for them")
    counter = counter_of_costs(call)
    notes = [note, f"{counter} goes on to compute the full price" if counter is not None else ""]
    title = "; ".join(["Send the requests as a batch", *filter(None, notes)])
    return Fix(Applicability.UNSAFE, title, tuple(edits), home.new_files)


def _code_of(tree: Tree, at: Span) -> cst.CSTNode | None:
    """The loop, comprehension or call that a fan-out is."""
    return tree.at(at.start, cst.For, cst.Call, cst.ListComp, cst.SetComp, cst.DictComp, cst.GeneratorExp)


def _whole(tree: Tree, at: Span) -> Span:
    """The code of a fan-out, from the start of its loop to the end."""
    node = _code_of(tree, at)
    return Span(at.path, *tree.offsets.of(node)) if node is not None else at


def _item(tree: Tree, call: Request, fan_out: FanOut) -> ItemCalls:
    """The calls of one item of a fan-out; all of them share its fix. Raises `ByHand` where their limits speak against a batch."""
    node = _code_of(tree, fan_out.at)
    starts = frozenset({fan_out.at.start, *(each.start for each in fan_out.outer)})
    item = _calls_in(tree, call, fan_out, node, starts)
    for request in item.requests:
        if request.fan_out is not None:
            check_time_limits(request.fan_out)
        if request.sends_growing_history and request.has("tools"):
            raise ByHand(
                "an agent makes as many calls for an item as its model calls tools, and only the first would be in the batch"
            )
    return item


def _calls_in(tree: Tree, call: Request, fan_out: FanOut, node: cst.CSTNode | None, starts: frozenset[int]) -> ItemCalls:
    own = (call.span, *(each.span for each in call.steps))
    if node is None:
        return ItemCalls((Below(call, (call.span, *(each.span for each in fan_out.chain))),))
    start, end = tree.offsets.of(node)
    if isinstance(node, cst.For):
        start = tree.offsets.of(node.iter)[1]
    code = Span(tree.source.path, start, end)
    last = next(
        (index for index, span in enumerate(own) if span.path == code.path and start <= span.start and span.end <= end), None
    )
    if last is None:
        return ItemCalls((Below(call, (call.span, *(each.span for each in fan_out.chain))),))
    return calls_of_item(call, own[: last + 1], code, starts)


def _rewritten(tree: Tree, call: Request, fan_out: FanOut, item: ItemCalls, *, has_others: bool) -> Rewritten:
    at = fan_out.at
    program = call.program
    span = fan_out.chain[-1].span if fan_out.chain else call.span
    site = span.start, span.end
    is_async = (call.client or "").startswith("Async")
    node, count = _code_of(tree, at), 1
    if node is not None and fan_out.kind != "loop":
        by_turns = fan_out.kind in _SERIAL and not is_async
        body = node.value if isinstance(node, cst.DictComp) else node.elt if isinstance(node, cst.BaseSimpleComp) else node
        count = number_of_calls(program, tree, body, item, by_turns=by_turns)
    if fan_out.kind in ("executor", "pool"):
        if is_async:
            raise ByHand("each worker runs an event loop of its own")
        if fan_out.kind == "executor":
            with contextlib.suppress(ByHand):
                return thread_pool_edits(tree, at)
            return pool_edits(tree, at)
        return thread_pool_edits(tree, at)
    if fan_out.kind in ("gather", "task-group", "as_completed"):
        if not is_async:
            raise ByHand("the client is a blocking one, and runs in threads of the event loop")
        return scope_edits(tree, at)
    if fan_out.kind == "loop":
        starts = frozenset({at.start, *(each.start for each in fan_out.outer)})

        def places_of(loop: cst.For) -> Places:
            around = starts | {tree.offsets.of(loop)[0]}
            inside = _calls_in(tree, call, fan_out, loop, around)
            count = partial(number_of_calls, program, tree, loop.body, inside, by_turns=not is_async)
            return Places(inside.places, count, has_others=has_others or bool(inside.others) or _may_ask_others(program, inside))

        rewritten = loop_edits(tree, at.start, site, [each.start for each in fan_out.outer], places_of)
        if ("batch_scope" in rewritten.names) is not is_async:
            raise ByHand("each item runs an event loop of its own" if is_async else HOLDS_UP)
        return rewritten
    if fan_out.kind == "comprehension":
        return gathered_edits(tree, at) if is_async else comprehension_edits(tree, at, site, count)
    if is_async:
        raise ByHand("each item runs an event loop of its own")
    return map_edits(tree, at, count)


def _other_callees(program: Program, item: ItemCalls) -> Iterator[str]:
    """What may take the calls of an item in the place of their LLM calls, and sends no batches."""
    for each in item.calls:
        for inside, around in pairwise(each.spans):
            other = other_callee(program, inside, around)
            if other is not None:
                yield other


def _needed(
    program: Program, tree: Tree, clients: tuple[Span, ...], fan_out: FanOut, rewritten: Rewritten
) -> dict[str, tuple[set[str], int]]:
    """The names of the batch module that each file needs, and where it uses the first: none in a file that makes a batching client already."""
    needed: dict[str, tuple[set[str], int]] = {tree.source.path: (set(rewritten.names), fan_out.at.start)}
    for made in clients:
        home = tree_of(program, made.path)
        if home is None:
            raise ByHand("the file that makes the client is written in a way that is not followed")
        names, user = needed.setdefault(made.path, (set(), made.start))
        if not is_batching(home, made):
            names.add("batching")
            needed[made.path] = names, min(user, made.start)
    return needed


def _parts(item: ItemCalls, rewritten: Rewritten) -> frozenset[str]:
    """The parts of the batch module that a fix needs. Prompts that may get a cache breakpoint need `prefixes`."""
    parts = {PART_OF[name] for name in rewritten.names if name in PART_OF}
    for call in item.requests:
        if "messages." not in call.method:
            parts.add("openai")
            continue
        prompts = (each.prompt for each in (call, *call.siblings()))
        shares = any(it.has_breakpoint or it.may_have_breakpoints or it.known_chars >= _SHARED_CHARACTERS for it in prompts)
        parts |= {"anthropic", *(["prefixes"] if shares else [])}
    return frozenset(parts)


def _client_edits(program: Program, made: Span) -> Iterator[Edit]:
    """Puts `batching(…)` around the construction of a client."""
    tree = tree_of(program, made.path)
    if tree is None or is_batching(tree, made):
        return
    node = tree.find(made, cst.Call)
    if node is None:
        return
    code = tree.code(node)
    line = tree.source.text[tree.line_start(made.start) : tree.line_end(made.end)]
    indent, step = tree.indent_at(made.start), tree.style.step
    if "\n" not in code and len(line) + len("batching()") <= tree.width:
        yield tree.edit(made.start, made.start, "batching(")
        yield tree.edit(made.end, made.end, ")")
        return
    if "\n" not in code:
        inner = render(code_of(tree, node), indent + step, step, tree.width, 1)
    else:
        inner = indented(tree, made.start, made.end, indent, indent + step).removeprefix(indent + step)
    comma = "," if "\n" in inner else ""
    yield tree.edit(made.start, made.end, f"batching(\n{indent}{step}{inner}{comma}\n{indent})")


def _check_state(program: Program, span: Span) -> None:
    """See to it that the function around a call keeps no state in an object from ahead of the call until behind it."""
    tree = tree_of(program, span.path)
    function = function_around(tree, span) if tree is not None else None
    if tree is not None and function is not None:
        if disturbs(tree, function, (span.start, span.end)):
            raise ByHand(KEEPS_STATE)
        if ends_program_after(program, tree, function, span.start):
            raise ByHand(ENDS_PROGRAM)


def _check_time(program: Program, span: Span) -> None:
    """See to it that the function around a call does not take its time, which would be that of a batch."""
    tree = tree_of(program, span.path)
    function = function_around(tree, span) if tree is not None else None
    if function is not None and measures_time(own_nodes(function.body)):
        raise ByHand(TIMED)


def _check_comparison(tree: Tree, at: Span) -> None:
    """See to it that the function of a fan-out does not compute with the time that it takes."""
    node = _code_of(tree, at)
    function = tree.function_of(node) if node is not None else None
    if compares_times(own_nodes(function.body) if function is not None else own_nodes(tree.module)):
        raise ByHand(TIMED)


def _check_exits(program: Program, tree: Tree, fan_out: FanOut) -> None:
    """See to it that no iteration ends the program, behind which others would go on."""
    outermost = fan_out.outer[-1] if fan_out.outer else fan_out.at
    loop = tree.at(outermost.start, cst.For)
    if loop is not None and ends_program(program, tree, own_nodes(loop)):
        raise ByHand(ENDS_PROGRAM)


def _check_carried(program: Program, tree: Tree, fan_out: FanOut, item: ItemCalls) -> None:
    """See to it that no iteration, of the loop or of those around it, reads what earlier ones leave behind their calls."""
    for at in (fan_out.at, *fan_out.outer):
        node = _code_of(tree, at)
        if node is not None:
            for each in item.calls:
                check_carries_nothing(program, tree, node, each.spans)
                check_claims_nothing(tree, node, (each.spans[-1].start, each.spans[-1].end))


def _check_order(program: Program, tree: Tree, call: Request, fan_out: FanOut, *, by_turns: bool) -> None:
    """See to it that what items add to lists and files keeps its order."""
    node = _code_of(tree, (fan_out.at, *fan_out.outer)[-1])
    if node is None:
        return
    starts = frozenset({fan_out.at.start, *(each.start for each in fan_out.outer)})
    takes = collected(tree, node) if by_turns and isinstance(node, cst.For) else None
    check_order(program, tree, node, _calls_in(tree, call, fan_out, node, starts), takes[0] if takes is not None else None)


def _check_budget(program: Program, tree: Tree, at: Span) -> None:
    """Each fix reads the whole function of its fan-out, of which there may be as many as the function has lines."""
    node = _code_of(tree, at)
    function = tree.function_of(node) if node is not None else None
    read = _READ.get(program, at.path, lambda: [0])
    if read[0] > _MOST_READ:
        raise ByHand("the file has too many fan-outs for all of these fixes to be worked out at once")
    read[0] += len(tree.code(function) if function is not None else tree.source.text)


def _may_ask_others(program: Program, item: ItemCalls) -> bool:
    """Whether a function on the way to the LLM calls makes other requests, as to another provider."""
    for span in dict.fromkeys(span for each in item.calls for span in each.spans[:-1]):
        tree = tree_of(program, span.path)
        function = function_around(tree, span) if tree is not None else None
        calls = (each for each in own_nodes(function.body) if isinstance(each, cst.Call)) if function is not None else ()
        if any(isinstance(each.func, cst.Attribute) and each.func.attr.value in _ASKS for each in calls):
            return True
    return False


def _is_sound(program: Program, path: str, edits: list[Edit]) -> bool:
    """Whether a file can be left with the edits: they may overlap, or a comment may stand where the new code has no place for it."""
    own = [edit for edit in edits if edit.span.path == path]
    text = program.source(path).text
    try:
        for start, end, touching in touched_statements(program, path, own):
            moved = [Edit(Span(path, each.span.start - start, each.span.end - start), each.text) for each in touching]
            dropped = {
                comment for each in touching for comment in comments_of_deletion(text[each.span.start : each.span.end], each)
            }
            if check_fixed(text[start:end], apply_edits(text[start:end], moved), dropped) is not None:
                return False
    except ValueError:
        return False
    return True
