"""LLM301 and LLM302: from one call an item to the batch APIs, through a client that sends the requests waiting at the same time as one batch.

The program keeps its functions, error handling and retries. What changes is the client, and the loop or pool that makes the calls.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import libcst as cst

from llmlint.callsite import Request
from llmlint.findings import Applicability, Edit, Fix
from llmlint.fixes.apply import apply_edits, check_fixed
from llmlint.fixes.batch_client import is_batching, takes_batching
from llmlint.fixes.batch_concurrent import pool_edits, scope_edits, thread_pool_edits
from llmlint.fixes.batch_expression import comprehension_edits, gathered_edits, map_edits
from llmlint.fixes.batch_flow import own_nodes
from llmlint.fixes.batch_imports import import_from
from llmlint.fixes.batch_layout import code_of, indented, render
from llmlint.fixes.batch_loop import Rewritten, loop_edits, measures_time
from llmlint.fixes.batch_module import batch_module
from llmlint.fixes.batch_state import disturbs
from llmlint.fixes.batch_tree import Tree, tail_of, tree_of
from llmlint.fixes.style import has_lone_returns
from llmlint.link.program.program import Program
from llmlint.request_data import FanOut
from llmlint.source import Span

# Bound to the thread that made them: `batch_map` runs each item in one of its own.
_OF_ONE_THREAD = re.compile(
    r"^\s*(?:import|from)\s+(?:sqlite3|django|tkinter|playwright\.sync_api)\b|\bthreading\.local\(", re.MULTILINE
)
# Give up on a call after some seconds.
_TIME_LIMITS = re.compile(
    r"\bwait_for\(|\basyncio\.timeout\(|\bfail_after\(|\bmove_on_after\(|\bfunc_timeout\(|\bsignal\.alarm\(|@timeout\b|\bstop_after_delay\("
    # A decorator that ends the function: `@app.function(timeout=1800)`, `@shared_task(soft_time_limit=60)`.
    r"|@[\w.]+\((?:(?!\bdef )[\s\S])*?\b(?:timeout|time_limit|soft_time_limit|timeout_seconds|execution_timeout)\s*="
)
_LITERAL_LIMIT = re.compile(r"Semaphore\(\s*(?:value\s*=\s*)?\d")
# Holds back all but some calls, which is then how large a batch can be.
_HOLDS_BACK = re.compile(r"\basync with\s+[\w.]*(?:sem|limit|throttl|slot|bucket|gate)\w*", re.IGNORECASE)


def batch_fix(call: Request, fan_out: FanOut, module: str) -> Fix | None:
    """A fix that sends the calls of a fan-out as a batch; None where a batch would change more than their time and price. `module` is the
    setting `batch-module`."""
    program = call.program
    paths = {
        call.span.path,
        fan_out.at.path,
        *(made.path for made in call.made_clients),
        *(each.span.path for each in fan_out.chain),
    }
    if not call.made_clients or not takes_batching(call) or any(has_lone_returns(program.source(path).text) for path in paths):
        return None
    tree = tree_of(program, fan_out.at.path)
    if tree is None or any(has_time_limit(program, span) for span in (call.span, *(each.span for each in fan_out.chain))):
        return None
    rewritten = _rewritten(tree, call, fan_out) if not _is_called_in_loop(tree, fan_out.at) else None
    if rewritten is None:
        return None
    if "batch_map" in rewritten.names and any(_OF_ONE_THREAD.search(program.source(path).text) for path in paths):
        return None
    spans = (call.span, *(each.span for each in fan_out.chain))
    if "batch_scope" in rewritten.names and not rewritten.raised and any(_is_held_back(program, span) for span in spans):
        return None
    is_serial = fan_out.kind in ("loop", "comprehension", "map")
    below = (call.span, *(each.span for each in fan_out.chain))[:-1]
    if is_serial and any(_keeps_state(program, span) for span in below):
        return None
    needed = _needed(tree, call, fan_out, rewritten)
    home = batch_module(program, needed.keys(), module) if needed is not None else None
    if needed is None or home is None:
        return None
    edits = [*rewritten.edits, *(edit for made in call.made_clients for edit in _client_edits(program, made))]
    for path, (names, user) in needed.items():
        user_tree = tree_of(program, path)
        edit = import_from(user_tree, home.names[path], names, user) if user_tree is not None else None
        if edit is None:
            return None
        edits += [edit] if edit.text else []
    if not all(_is_sound(program, path, edits) for path in {edit.span.path for edit in edits}):
        return None
    title = "Send the requests as a batch" + (f"; {rewritten.note}" if rewritten.note else "")
    return Fix(Applicability.UNSAFE, title, tuple(edits), home.new_files)


def _rewritten(tree: Tree, call: Request, fan_out: FanOut) -> Rewritten | None:
    at = fan_out.at
    span = fan_out.chain[-1].span if fan_out.chain else call.span
    site = span.start, span.end
    is_async = (call.client or "").startswith("Async")
    if fan_out.kind in ("executor", "pool") and not is_async:
        rewritten = pool_edits(tree, at) if fan_out.kind == "executor" else None
        return rewritten if rewritten is not None else thread_pool_edits(tree, at)
    if fan_out.kind in ("gather", "task-group", "as_completed"):
        return scope_edits(tree, at) if is_async else None
    if fan_out.kind == "loop":
        rewritten = loop_edits(tree, at.start, site)
        return rewritten if rewritten is None or ("batch_scope" in rewritten.names) is is_async else None
    if fan_out.kind == "comprehension":
        return gathered_edits(tree, at) if is_async else comprehension_edits(tree, at, site)
    return map_edits(tree, at) if fan_out.kind == "map" and not is_async else None


def _needed(tree: Tree, call: Request, fan_out: FanOut, rewritten: Rewritten) -> dict[str, tuple[set[str], int]] | None:
    """The names of the batch module that each file needs, and where it uses the first."""
    needed: dict[str, tuple[set[str], int]] = {tree.source.path: (set(rewritten.names), fan_out.at.start)}
    for made in call.made_clients:
        home = tree_of(call.program, made.path)
        if home is None:
            return None
        if not is_batching(home, made):
            names, user = needed.setdefault(made.path, (set(), made.start))
            names.add("batching")
            needed[made.path] = names, min(user, made.start)
    if rewritten.needs_asyncio and not any(name == "asyncio" for name, _ in tree.module_bindings):
        return None
    return needed


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
        inner = indented(tree, made.start, made.end, indent, indent + step)
    comma = "," if "\n" in inner else ""
    yield tree.edit(made.start, made.end, f"batching(\n{indent}{step}{inner}{comma}\n{indent})")


def _keeps_state(program: Program, span: Span) -> bool:
    """Whether the function around a call keeps state in an object from ahead of the call until behind it, or takes its time."""
    tree = tree_of(program, span.path)
    function = function_around(tree, span) if tree is not None else None
    if tree is None or function is None:
        return False
    return disturbs(tree, function, (span.start, span.end)) or measures_time(own_nodes(function.body))


def _is_called_in_loop(tree: Tree, at: Span) -> bool:
    """Whether a loop of the same file calls the function of a fan-out: each of its iterations would wait for a batch of its own."""
    node = tree.at(at.start, cst.For, cst.Call, cst.ListComp, cst.SetComp, cst.DictComp, cst.GeneratorExp)
    function = tree.function_of(node) if node is not None else None
    if function is None:
        return False
    calls = (each for each in tree.nodes if isinstance(each, cst.Call) and tail_of(each.func) == function.name.value)
    return any(next(tree.loops_around(each), None) is not None for each in calls)


def function_around(tree: Tree, span: Span) -> cst.FunctionDef | None:
    node = tree.at(span.start, cst.Call, cst.Attribute)
    return tree.function_of(node) if node is not None else None


def _is_held_back(program: Program, span: Span) -> bool:
    """Whether a semaphore or the like, whose limit comes from elsewhere, lets only some calls wait at the same time."""
    text = program.source(span.path).text
    if _HOLDS_BACK.search(text) is None or _LITERAL_LIMIT.search(text) is not None:
        return False
    tree = tree_of(program, span.path)
    function = function_around(tree, span) if tree is not None else None
    return tree is not None and function is not None and _HOLDS_BACK.search(tree.code(function)) is not None


def has_time_limit(program: Program, span: Span) -> bool:
    """Whether the function around a call gives up on it after some seconds; a batch takes longer."""
    if _TIME_LIMITS.search(program.source(span.path).text) is None:
        return False
    tree = tree_of(program, span.path)
    function = function_around(tree, span) if tree is not None else None
    if tree is None or function is None:
        return False
    code = "\n".join([*(f"@{tree.code(each.decorator)}" for each in function.decorators), tree.code(function)])
    return _TIME_LIMITS.search(code) is not None


def _is_sound(program: Program, path: str, edits: list[Edit]) -> bool:
    """Whether a file can be left with the edits: they may overlap, or a comment may stand where the new code has no place for it."""
    text = program.source(path).text
    try:
        return check_fixed(text, apply_edits(text, (edit for edit in edits if edit.span.path == path))) is None
    except ValueError:
        return False
