"""LLM301 and LLM302: from one call an item to the batch APIs, through a client that sends the requests waiting at the same time as one batch.

The program keeps its functions, error handling and retries. What changes is the client, and the loop or pool that makes the calls.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterable, Iterator
from functools import partial

import libcst as cst

from llmlint.callsite import Request
from llmlint.findings import Applicability, Edit, Fix
from llmlint.fixes.batch.ahead import check_awaits_ahead
from llmlint.fixes.batch.calls import ItemCalls, number_of_calls
from llmlint.fixes.batch.carried import check_carries_nothing
from llmlint.fixes.batch.checks import (
    check_budget,
    check_comparison,
    check_exits,
    check_keeps_no_exceptions,
    check_state,
    check_time,
    code_of_fan_out,
    is_sound,
    length_read,
    may_ask_others,
    other_callees,
)
from llmlint.fixes.batch.claims import check_claims_nothing
from llmlint.fixes.batch.client import (
    check_takes_batching,
    client_edits,
    clients_of,
    is_async,
    is_batching,
    is_before_1,
    is_of_module,
    may_have_other_host,
    module_edit,
    module_imported,
)
from llmlint.fixes.batch.concurrent import loops_around_all, pool_edits, scope_edits, thread_pool_edits
from llmlint.fixes.batch.dispatch import check_shares_nothing
from llmlint.fixes.batch.expression import comprehension_edits, gathered_edits, map_edits
from llmlint.fixes.batch.imports import import_from, import_of_asyncio
from llmlint.fixes.batch.in_turn import Wait, parts_in_turn
from llmlint.fixes.batch.interrupts import check_interrupts
from llmlint.fixes.batch.levels import SERIAL_KINDS, Level, calls_in, levels_of, starts_of
from llmlint.fixes.batch.limits import raised_limits
from llmlint.fixes.batch.loop import Places, Rewritten, loop_edits
from llmlint.fixes.batch.module import batch_module
from llmlint.fixes.batch.parts import PART_OF
from llmlint.fixes.batch.rounds import goes_over_few
from llmlint.fixes.batch.serial import place_of_loop
from llmlint.fixes.batch.threads import check_event_loop, check_threads, held_between, held_open, is_in_another_thread
from llmlint.fixes.batch.waits import waits_of
from llmlint.fixes.edits.by_hand import HOLDS_UP, NOT_FOLLOWED, SERIAL, ByHand
from llmlint.fixes.edits.declared import is_below
from llmlint.fixes.edits.request_readers import counter_of_costs
from llmlint.fixes.edits.style import has_lone_returns
from llmlint.fixes.edits.tree import Tree, tree_of
from llmlint.link.program.program import Program
from llmlint.request_data import FanOut
from llmlint.source import Span

_OF_COLAB = re.compile(r"\bgoogle\.colab\b|/content/|\buserdata\.get\(")
# `messages.batches` and `batches`, by the packages on PyPI.
_FIRST_WITH_BATCHES = {"anthropic": (0, 41), "openai": (1, 19)}
# How long what prompts share must be for the batching client to cache it ahead.
_SHARED_CHARACTERS = 2_000


def batch_fix(call: Request, fan_out: FanOut, module: str) -> Fix:
    """A fix that sends the calls of a fan-out as a batch. `module` is the setting `batch-module`. Raises `ByHand` where a batch would change
    more than their time and price."""
    program = call.program
    check_budget(program, fan_out.at.path)
    check_takes_batching(call)
    _check_versions(call)
    levels, rounds = levels_of(call, fan_out)
    rewritten: dict[Level, Rewritten] = {}
    limited: list[Edit] = []
    notes: list[str] = []
    for level in levels:
        rewritten[level], wider, note = _fixed(level, levels, rounds)
        limited += [edit for edit in wider if edit not in limited]
        notes += [note] if note not in notes else []
    if len(rounds) > 1:
        raise ByHand(SERIAL)
    notes += [f"one for each of the few items of the loop in {each}, one after another" for each in rounds]
    clients = tuple(dict.fromkeys(made for level in levels for each in level.item.requests for made in clients_of(each)))
    if any(has_lone_returns(program.source(made.path).text) for made in clients):
        raise ByHand(NOT_FOLLOWED)
    needed = _needed(program, rewritten, clients)
    if any(path.endswith(".ipynb") and _OF_COLAB.search(program.source(path).text) for path in needed):
        raise ByHand("the notebook runs in Google Colab, where a module beside it is not there")
    home = batch_module(program, needed.keys(), module, _parts(rewritten))
    if home is None:
        raise ByHand("there is no place for a module that all files of the fix can import")
    edits = [
        *(edit for each in rewritten.values() for edit in each.edits),
        *limited,
        *home.edits,
        *(edit for made in clients for edit in client_edits(program, made)),
    ]
    for path, (names, user) in needed.items():
        if not names:
            continue
        user_tree = tree_of(program, path)
        edit = import_from(user_tree, home.names[path], names, user) if user_tree is not None else None
        if user_tree is None or edit is None:
            raise ByHand(f"{path} uses one of the names {', '.join(sorted(names))} for something else")
        edits += [edit] if edit.text else []
        imported = next((made for made in clients if made.path == path and module_imported(user_tree, made) is not None), None)
        if imported is not None and "batching" in names:
            edits.append(module_edit(user_tree, imported, home.names[path], edit))
    edits += _imports_of_asyncio(level.tree for level in levels if rewritten[level].needs_asyncio)
    if not all(is_sound(program, path, edits) for path in {edit.span.path for edit in edits}):
        raise ByHand("comments stand where the new code has no place for them")
    counter = counter_of_costs(call)
    notes += [f"{counter} goes on to compute the full price"] if counter is not None else []
    title = "; ".join(["Send the requests as a batch", *filter(None, notes)])
    return Fix(Applicability.UNSAFE, title, tuple(edits), home.new_files)


def _check_versions(call: Request) -> None:
    """See to it that the project does not ask for a version of the SDK that has no batches."""
    if is_before_1(call):
        return  # The module sends these by requests of its own.
    package = "anthropic" if "messages." in call.method else "openai"
    major, minor = _FIRST_WITH_BATCHES[package]
    if is_below(call.program, package, (major, minor)):
        raise ByHand(f"the project asks for a version of {package} that has no batches: {major}.{minor} is the first")


def _fixed(level: Level, levels: tuple[Level, ...], rounds: list[str]) -> tuple[Rewritten, list[Edit], str]:
    """How one of the fan-outs is rewritten, with limits that are raised for it, and what that is called. Raises `ByHand` where that changes more
    than time and price."""
    program, call, fan_out, tree, item = level.call.program, level.call, level.fan_out, level.tree, level.item
    check_budget(program, fan_out.at.path, length_read(tree, fan_out.at))
    for loop in loops_around_all(tree, fan_out.at) if fan_out.is_concurrent else ():
        if not goes_over_few(tree, loop):
            raise ByHand("a loop stands around the fan-out, and each of its iterations would wait for a batch of its own")
        place = place_of_loop(program, fan_out.at.path, tree.offsets.of(loop)[0])
        rounds += [place] if place not in rounds else []
    spans = item.spans
    paths = {
        fan_out.at.path,
        *(each.path for each in spans),
        *(made.path for each in item.requests for made in clients_of(each)),
    }
    if any(has_lone_returns(program.source(path).text) for path in paths):
        raise ByHand(NOT_FOLLOWED)
    is_serial = fan_out.kind in SERIAL_KINDS and not is_async(call)
    is_for_any_host = any(may_have_other_host(each) for each in item.requests)
    others = next(other_callees(program, item), None)
    # A pool runs no more of its tasks at the same time than before, and tasks without a limit run all at once anyway.
    if not is_serial and (fan_out.kind in SERIAL_KINDS or raised_limits(program, fan_out, by_turns=False)[0]):
        if is_for_any_host:
            raise ByHand("the client may be for another host, which has no batches and would get all calls at the same time")
        if others is not None:
            raise ByHand(
                f"`{others}` may take the calls in its place, which sends no batches and would get all of them at the same time"
            )
    # Of items of loops in each other, some may ask another host or provider.
    runs_through = (is_for_any_host or others is not None) and (bool(fan_out.outer) or len(levels) > 1)
    mapped = _starts(levels, level)
    waits = waits_of(level, mapped, runs_through=runs_through) if fan_out.kind in SERIAL_KINDS else []
    rewritten = _rewritten(level, levels, waits, has_others=others is not None or is_for_any_host)
    by_turns = "batch_map" in rewritten.names
    if by_turns:
        check_threads(program, paths, _whole(tree, (fan_out.at, *fan_out.outer)[-1]), spans)
    opened = next((each for span in spans for each in held_open(program, span, fan_out.at)), None)
    outermost = code_of_fan_out(tree, fan_out.outer[-1]) if fan_out.outer and by_turns else None
    if outermost is not None:
        opened = opened or next(held_between(tree, outermost, fan_out.at.start), None)
    if opened is not None:
        raise ByHand(f"`{opened}` stays open while an item waits for its batch, and many items wait at the same time")
    wider, note = raised_limits(program, fan_out, by_turns=by_turns)
    _check_item(level, rewritten, waits)
    as_before = ""
    if is_for_any_host:
        as_before = f"to another host than the vendor's, they are sent{' one by one' if is_serial else ''} as before"
    return rewritten, wider, "; ".join(filter(None, (as_before, note)))


def _check_item(level: Level, rewritten: Rewritten, waits: list[Wait]) -> None:
    """See to it that what an item does goes well where other items wait beside it: exceptions, times, interrupts, exits, what is carried from one to
    the next, and event loops. Raises `ByHand`."""
    program, call, fan_out, tree, item = level.call.program, level.call, level.fan_out, level.tree, level.item
    by_turns = "batch_map" in rewritten.names
    inner = tuple(dict.fromkeys(span for each in item.calls for span in each.spans[:-1]))
    for span in item.spans:
        check_keeps_no_exceptions(program, span)
    for span in inner:
        check_time(program, span)
    check_comparison(tree, fan_out.at)
    node = code_of_fan_out(tree, fan_out.at)
    if node is not None and not is_async(call):
        check_interrupts(program, tree, node, item)
    if fan_out.kind in SERIAL_KINDS:
        check_exits(program, tree, fan_out)
        _check_carried(program, tree, fan_out, item, waits)
        for span in inner:
            check_state(program, span)
        if rewritten.needs_asyncio and by_turns:
            check_event_loop(program, call, inner)
        elif not by_turns:
            check_awaits_ahead(program, tree, fan_out, item)
        if any(is_in_another_thread(program, span) for span in item.spans):
            raise ByHand("each call runs in a pool and is waited for there: a batch would hold one request")


def _whole(tree: Tree, at: Span) -> Span:
    """The code of a fan-out, from the start of its loop to the end."""
    node = code_of_fan_out(tree, at)
    return Span(at.path, *tree.offsets.of(node)) if node is not None else at


def _starts(levels: tuple[Level, ...], level: Level) -> frozenset[tuple[str, int]]:
    """The paths and starts of the loops of the other fan-outs."""
    return frozenset((each.fan_out.at.path, start) for each in levels if each is not level for start in starts_of(each.fan_out))


def _rewritten(level: Level, levels: tuple[Level, ...], waits: list[Wait], *, has_others: bool) -> Rewritten:
    call, fan_out, tree, item = level.call, level.fan_out, level.tree, level.item
    at = fan_out.at
    program = call.program
    span = fan_out.chain[-1].span if fan_out.chain else call.span
    site = span.start, span.end
    awaits = is_async(call)
    mapped = _starts(levels, level)
    node, count = code_of_fan_out(tree, at), 1
    if node is not None and fan_out.kind != "loop":
        by_turns = fan_out.kind in SERIAL_KINDS and not awaits
        body = node.value if isinstance(node, cst.DictComp) else node.elt if isinstance(node, cst.BaseSimpleComp) else node
        count = number_of_calls(program, tree, body, item, by_turns=by_turns, mapped=mapped)
    if fan_out.kind in ("executor", "pool"):
        if awaits:
            raise ByHand("each worker runs an event loop of its own")
        if fan_out.kind == "executor":
            with contextlib.suppress(ByHand):
                return thread_pool_edits(tree, at)
            return pool_edits(tree, at)
        return thread_pool_edits(tree, at)
    if fan_out.kind in ("gather", "task-group", "as_completed"):
        if not awaits:
            raise ByHand("the client is a blocking one, and runs in threads of the event loop")
        return scope_edits(tree, at)
    if fan_out.kind == "loop":
        starts = starts_of(fan_out)

        def places_of(loop: cst.For) -> Places:
            around = starts | {tree.offsets.of(loop)[0]}
            inside = calls_in(tree, call, fan_out, loop, around)
            count = partial(number_of_calls, program, tree, loop.body, inside, by_turns=not awaits, mapped=mapped)
            return Places(inside.places, count, has_others=has_others or bool(inside.others) or may_ask_others(program, inside))

        rewritten = loop_edits(tree, at.start, site, [each.start for each in fan_out.outer], places_of, waits)
        if ("batch_scope" in rewritten.names) is not awaits:
            raise ByHand("each item runs an event loop of its own" if awaits else HOLDS_UP)
        return rewritten
    if fan_out.kind == "comprehension":
        return gathered_edits(tree, at) if awaits else comprehension_edits(tree, at, site, count)
    if awaits:
        raise ByHand("each item runs an event loop of its own")
    return map_edits(tree, at, count)


def _needed(program: Program, rewritten: dict[Level, Rewritten], clients: tuple[Span, ...]) -> dict[str, tuple[set[str], int]]:
    """The names of the batch module that each file needs, and where it uses the first: none in a file that makes a batching client already."""
    needed: dict[str, tuple[set[str], int]] = {}
    for level, each in rewritten.items():
        at = level.fan_out.at
        names, user = needed.get(at.path, (set(), at.start))
        needed[at.path] = names | each.names, min(user, at.start)
    for made in clients:
        home = tree_of(program, made.path)
        if home is None:
            raise ByHand("the file that makes the client is written in a way that is not followed")
        names, user = needed.setdefault(made.path, (set(), made.start))
        if not is_batching(home, made):
            names.add("batching")
            needed[made.path] = names, min(user, made.start)
    return needed


def _parts(rewritten: dict[Level, Rewritten]) -> frozenset[str]:
    """The parts of the batch module that a fix needs. Prompts that may get a cache breakpoint need `prefixes`."""
    parts = {PART_OF[name] for each in rewritten.values() for name in each.names if name in PART_OF}
    for call in dict.fromkeys(request for level in rewritten for request in level.item.requests):
        if is_before_1(call):
            parts.add("legacy")
            continue
        if "messages." not in call.method:
            parts |= {"openai", *(["module"] if is_of_module(call) else [])}
            continue
        prompts = (each.prompt for each in (call, *call.siblings()))
        shares = any(it.has_breakpoint or it.may_have_breakpoints or it.known_chars >= _SHARED_CHARACTERS for it in prompts)
        parts |= {"anthropic", *(["prefixes"] if shares else [])}
    return frozenset(parts)


def _imports_of_asyncio(trees: Iterable[Tree]) -> Iterator[Edit]:
    for tree in dict.fromkeys(trees):
        if "asyncio" not in tree.module_bindings_of:
            edit = import_of_asyncio(tree)
            if edit is None:
                raise ByHand("the file does not import asyncio")
            yield edit


def _check_carried(program: Program, tree: Tree, fan_out: FanOut, item: ItemCalls, waits: list[Wait]) -> None:
    """See to it that no iteration, of the loop or of those around it, reads what earlier ones leave behind their calls."""
    for depth, at in enumerate((*reversed(fan_out.outer), fan_out.at)):
        node = code_of_fan_out(tree, at)
        if node is not None:
            for each in item.calls:
                check_carries_nothing(program, tree, node, each.spans, parts_in_turn(tree, waits, depth))
                check_shares_nothing(program, tree, node, each.spans)
                check_claims_nothing(tree, node, (each.spans[-1].start, each.spans[-1].end))
