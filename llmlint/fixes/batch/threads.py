"""What items hold while they wait for a batch, each in a thread of its own: files, connections, windows, objects of one thread, an event loop."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator

import libcst as cst

from llmlint.callsite import Request
from llmlint.fixes.batch.flow import own_nodes
from llmlint.fixes.edits.by_hand import ByHand, check_leaves_event_loop, check_starts_no_tasks
from llmlint.fixes.edits.tree import Tree, dotted, function_around, tail_of, tree_of, walk
from llmlint.link.program.program import Program
from llmlint.scan import expressions as ex
from llmlint.source import Span

# Bound to the thread that made them: `batch_map` runs each item in one of its own.
_OF_ONE_THREAD = frozenset(
    {"sqlite3", "django", "tkinter", "playwright.sync_api", "pygame", "PyQt5", "PyQt6", "PySide2", "PySide6"}
)
# What shows windows, which only the main thread may, and what draws in the figure at hand, which all threads share.
_WINDOWS = frozenset({"cv2.imshow", "cv2.waitKey", "cv2.namedWindow"})
_OF_PYPLOT = ("plt.", "pyplot.", "pylab.", "matplotlib.pyplot.")
_DRAWING = ("plt", "pyplot", "pylab", "cv2")
# What takes a file, a connection or a process for as long as a `with` statement holds it.
_OPENS = frozenset(
    {"open", "urlopen", "ZipFile", "TarFile", "NamedTemporaryFile", "TemporaryFile", "TemporaryDirectory", "connect", "Session",
     "ClientSession", "Popen", "socket", "create_connection", "begin", "connection", "cursor"}
)  # fmt: skip
_LOCKS = re.compile(r"(?i)lock|mutex|semaphore|condition|acquire")
# Methods of pools.
_POOLS = frozenset({"submit", "apply_async", "run_in_executor"})


def check_threads(program: Program, paths: Collection[str], code: Span, spans: Collection[Span]) -> None:
    """See to it that the items of a fan-out can run in threads of their own. `code` is the fan-out, `spans` are the calls on the way to its LLM
    calls, and `paths` are the files of all."""
    if any(_uses_one_thread(program, path) for path in paths):
        raise ByHand("the program uses a module whose objects belong to one thread")
    inner = (each for each in spans if each.path != code.path or not code.start <= each.start < code.end)
    if any(_is_drawn(program, span, is_whole=span is code) for span in (code, *inner)):
        raise ByHand("an item draws with pyplot or shows a window, which only the main thread may do")


def _uses_one_thread(program: Program, path: str) -> bool:
    module = program.module(path)
    if module is None:
        return False
    names = {ex.dotted_name(fact.call.func) for fact in module.calls_by_tail.get("local")}
    return module.imports_module(_OF_ONE_THREAD) or not names.isdisjoint({"threading.local", "local"})


def _is_drawn(program: Program, span: Span, *, is_whole: bool) -> bool:
    """Whether the code of a fan-out (`is_whole`), or the function around a call on the way to an LLM call, shows windows or draws with pyplot; or
    functions of the same file that it calls."""
    tree = tree_of(program, span.path)
    if tree is None or not any(word in tree.source.text for word in _DRAWING):
        return False
    node = tree.at(span.start, cst.For, cst.Call, cst.Attribute, cst.ListComp, cst.SetComp, cst.DictComp, cst.GeneratorExp)
    pending = [node if is_whole or node is None else tree.function_of(node) or node]
    seen: set[cst.CSTNode] = set()
    while pending:
        current = pending.pop()
        if current is None or current in seen:
            continue
        seen.add(current)
        for each in walk(current):
            if isinstance(each, cst.Call):
                name = dotted(each.func) or ""
                if name in _WINDOWS or name.startswith(_OF_PYPLOT):
                    return True
                pending += tree.functions.get(tail_of(each.func), ())
            elif isinstance(each, cst.Arg) and isinstance(each.value, cst.Name):
                pending += tree.functions.get(each.value.value, ())
    return False


def held_open(program: Program, span: Span, at: Span) -> Iterator[str]:
    """What `with` statements around a call open for each item: those around the fan-out open it once."""
    tree = tree_of(program, span.path)
    node = tree.find(span, cst.Call) if tree is not None else None
    if tree is None or node is None:
        return
    for each in (node, *tree.ancestors(node)):
        if isinstance(each, (cst.FunctionDef, cst.Lambda)):
            return
        # `pool.map(ask, texts)` itself is the fan-out.
        if isinstance(each, (cst.For, cst.Call, cst.BaseComp)) and span.path == at.path and tree.offsets.of(each)[0] == at.start:
            return
        for item in each.items if isinstance(each, cst.With) else ():
            if isinstance(item.item, cst.Call) and tail_of(item.item.func) in _OPENS:
                yield f"{dotted(item.item.func) or tail_of(item.item.func)}(…)"


def held_between(tree: Tree, loop: cst.CSTNode, inner: int) -> Iterator[str]:
    """What `with` statements in a loop hold around a loop inside, which starts at an offset, while each item waits for all items of that one."""
    node = tree.at(inner, cst.For)
    for each in tree.ancestors(node) if node is not None and node is not loop else ():
        if each is loop:
            return
        for item in each.items if isinstance(each, cst.With) else ():
            is_call = isinstance(item.item, cst.Call)
            name = tail_of(item.item.func) if isinstance(item.item, cst.Call) else tail_of(item.item)
            if not is_call or name in _OPENS or _LOCKS.search(tree.code(item.item)):
                yield tree.code(item.item) if not is_call else f"{name}(…)"


def is_in_another_thread(program: Program, span: Span) -> bool:
    """Whether a call runs in a thread of a pool, which takes no part in the turns of `batch_map`."""
    tree = tree_of(program, span.path)
    node = tree.find(span, cst.Call) if tree is not None else None
    around = (node, *tree.ancestors(node)) if tree is not None and node is not None else ()
    return any(isinstance(each, cst.Call) and tail_of(each.func) in _POOLS for each in around)


def check_event_loop(program: Program, call: Request, inner: Iterable[Span]) -> None:
    """See to it that a fan-out in an async function can run in another thread: the functions on the way to the call have nothing to do with the
    event loop, and those on the way to the fan-out start no tasks, which would run in the meantime."""
    for span in inner:
        tree = tree_of(program, span.path)
        function = function_around(tree, span) if tree is not None else None
        if function is not None:
            check_leaves_event_loop(own_nodes(function.body))
    for step in call.steps:
        tree = tree_of(program, step.span.path)
        function = function_around(tree, step.span) if tree is not None else None
        if function is not None and function.asynchronous is not None:
            check_starts_no_tasks(own_nodes(function.body))
