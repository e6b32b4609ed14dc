"""What items hold while they wait for a batch, each in a thread of its own: files, connections, objects of one thread."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from llmlint.fixes.batch_tree import dotted, tail_of, tree_of
from llmlint.link.program.program import Program
from llmlint.scan import expressions as ex
from llmlint.source import Span

# Bound to the thread that made them: `batch_map` runs each item in one of its own.
_OF_ONE_THREAD = frozenset({"sqlite3", "django", "tkinter", "playwright.sync_api"})
# What takes a file, a connection or a process for as long as a `with` statement holds it.
_OPENS = frozenset(
    {"open", "urlopen", "ZipFile", "TarFile", "NamedTemporaryFile", "TemporaryFile", "TemporaryDirectory", "connect", "Session",
     "ClientSession", "Popen", "socket", "create_connection", "begin", "connection", "cursor"}
)  # fmt: skip
# Methods of pools.
_POOLS = frozenset({"submit", "apply_async", "run_in_executor"})


def uses_one_thread(program: Program, path: str) -> bool:
    module = program.module(path)
    if module is None:
        return False
    names = {ex.dotted_name(fact.call.func) for fact in module.calls_by_tail.get("local")}
    return module.imports_module(_OF_ONE_THREAD) or not names.isdisjoint({"threading.local", "local"})


def held_open(program: Program, span: Span, at: Span) -> Iterator[str]:
    """What `with` statements around a call open for each item: those around the fan-out open it once."""
    tree = tree_of(program, span.path)
    node = tree.find(span, cst.Call) if tree is not None else None
    if tree is None or node is None:
        return
    for each in tree.ancestors(node):
        if isinstance(each, (cst.FunctionDef, cst.Lambda)):
            return
        if isinstance(each, (cst.For, cst.Call, cst.BaseComp)) and span.path == at.path and tree.offsets.of(each)[0] == at.start:
            return
        for item in each.items if isinstance(each, cst.With) else ():
            if isinstance(item.item, cst.Call) and tail_of(item.item.func) in _OPENS:
                yield f"{dotted(item.item.func) or tail_of(item.item.func)}(…)"


def is_in_another_thread(program: Program, span: Span) -> bool:
    """Whether a call runs in a thread of a pool, which takes no part in the turns of `batch_map`."""
    tree = tree_of(program, span.path)
    node = tree.find(span, cst.Call) if tree is not None else None
    around = (node, *tree.ancestors(node)) if tree is not None and node is not None else ()
    return any(isinstance(each, cst.Call) and tail_of(each.func) in _POOLS for each in around)
