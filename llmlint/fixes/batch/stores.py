"""What a piece of code reads of the objects, files and tables that items share, and what it changes in them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import libcst as cst

from llmlint.fixes.batch.flow import own_nodes
from llmlint.fixes.batch.frames import Frame, Key, constant_of
from llmlint.fixes.batch.items import names_each
from llmlint.fixes.batch.tables import rows_added, rows_read
from llmlint.fixes.edits.tree import Tree, dotted, tail_of, walk
from llmlint.link.names.effects import CHANGES

_LOOK_UP = frozenset({"get", "count", "index", "__contains__"})
_VIEWS = frozenset({"keys", "values", "items", "copy"})
_COUNT = frozenset({"len", "sum", "any", "all", "min", "max", "sorted", "set", "list"})
_PAUSES = frozenset({"sleep", "wait", "acquire"})
_ASIDE = frozenset(
    {"print", "info", "debug", "warning", "error", "log", "exception", "critical", "echo", "set_description", "set_postfix", "sleep", "secho"}
)  # fmt: skip
_READ_FILE = frozenset({"read_text", "read_bytes", "exists", "is_file", "stat"})
_GETS, _POSTS = frozenset({"get"}), frozenset({"post", "put", "patch", "delete"})
_WRITE_FILE = frozenset({"write_text", "write_bytes"})
_PATH_FIRST = frozenset({"exists", "isfile", "getsize", "read_csv", "read_json", "read_excel", "read_parquet", "load_workbook"})
_WRITE_FIRST = frozenset({"to_csv", "to_json", "to_excel", "to_parquet", "save"})


@dataclass(frozen=True, slots=True)
class Read:
    """`item` is what is looked up in it, if that is one item. `is_none`: it is only asked whether there is such an object."""

    key: Key
    path: str
    item: str | None = None
    is_each: bool = False
    is_none: bool = False

    def meets(self, change: Change) -> bool:
        """Whether what is read may be what an earlier item has changed."""
        if self.key[: len(change.key)] != change.key or (self.is_none and not change.is_bound):
            return False
        # What is kept by a key that each item has for itself, no other item finds.
        return not (self.is_each and change.is_each)


@dataclass(frozen=True, slots=True)
class Change:
    """`is_answer`: it keeps a value by a key. `is_bound`: it binds an attribute anew."""

    key: Key
    function: str
    item: str | None = None
    is_each: bool = False
    is_answer: bool = False
    is_bound: bool = False


def reads_of(frame: Frame, node: cst.CSTNode) -> Iterator[Read]:
    """What a node reads itself, and does not only log or wait for."""
    path = frame.tree.source.path
    yield from (Read(row.key, path, is_each=row.is_each) for row in rows_read(frame, node))
    if isinstance(node, cst.Call):
        for key in (_file_read(frame, node), _at_url(frame, node, _GETS)):
            if key is not None:
                yield Read(key, path)
    elif isinstance(node, (cst.Name, cst.Attribute, cst.Subscript)):
        use = _use(frame, node)
        key = frame.key(node) if use is not None else None
        if (
            key is not None
            and use is not None
            and len(key) > (key[0] == "self") + 1
            and not is_aside(frame.tree, node, frame.body)
        ):
            item, is_none = use
            code = frame.tree.code(item) if item is not None else None
            yield Read(key, path, code, item is not None and names_each(item, frame.each), is_none)


def _use(frame: Frame, node: cst.CSTNode) -> tuple[cst.BaseExpression | None, bool] | None:
    """How a value is read: what is looked up in it, and whether it is only compared with None. None where it is not read."""
    tree = frame.tree
    parent = tree.parents[node]
    if isinstance(parent, cst.ComparisonTarget) and parent.comparator is node:
        around = tree.parents[parent]
        is_in = isinstance(parent.operator, (cst.In, cst.NotIn)) and isinstance(around, cst.Comparison)
        return (around.left if is_in and isinstance(around, cst.Comparison) else None), False
    if isinstance(parent, cst.Comparison):
        return None, isinstance(parent.comparisons[0].operator, (cst.Is, cst.IsNot))
    if isinstance(parent, cst.Subscript) and parent.value is node:
        holder = tree.parents[parent]
        index = parent.slice[0].slice if len(parent.slice) == 1 else None
        is_set = (
            isinstance(holder, (cst.AssignTarget, cst.AugAssign, cst.AnnAssign, cst.Del))
            and getattr(holder, "target", None) is parent
        )
        if is_set or not isinstance(index, cst.Index) or constant_of(parent) is not None:
            return None
        return (index.value, False) if not isinstance(index.value, cst.UnaryOperation) else (None, False)
    if isinstance(parent, cst.Attribute) and parent.value is node:
        call = tree.parents[parent]
        if isinstance(call, cst.Call) and call.func is parent:
            if parent.attr.value in _LOOK_UP and call.args:
                return call.args[0].value, False
            return (None, False) if parent.attr.value in _VIEWS else None
        return None
    if isinstance(parent, cst.Arg):
        call = tree.parents[parent]
        return (
            (None, False) if isinstance(call, cst.Call) and tail_of(call.func) in _COUNT and dotted(call.func) in _COUNT else None
        )
    if isinstance(parent, (cst.If, cst.While, cst.IfExp)):
        return (None, False) if parent.test is node else None
    if isinstance(parent, (cst.UnaryOperation, cst.BooleanOperation)):
        return None, False
    if isinstance(parent, (cst.For, cst.CompFor)):
        return (None, False) if parent.iter is node else None
    return None


def is_aside(tree: Tree, node: cst.CSTNode, body: cst.CSTNode) -> bool:
    """Whether what is read in some code is only logged, or only makes the program wait."""
    child = node
    for each in tree.ancestors(node):
        if each is body:
            return False
        if isinstance(each, cst.Call) and tail_of(each.func) in _ASIDE:
            return True
        if isinstance(each, (cst.If, cst.While)):
            return each.test is child and each.orelse is None and _is_pause(each.body)
        if isinstance(each, cst.BaseStatement):
            return False
        child = each
    return False


def _is_pause(body: cst.BaseSuite) -> bool:
    nodes = list(own_nodes(body))
    if any(isinstance(each, (cst.Return, cst.Raise, cst.Continue, cst.Break)) for each in nodes):
        return False
    if any(isinstance(each, cst.Call) and tail_of(each.func) in _PAUSES for each in nodes):
        return True
    small = [each for each in nodes if isinstance(each, cst.BaseSmallStatement)]
    return all(
        isinstance(each, cst.Expr) and isinstance(each.value, cst.Call) and tail_of(each.value.func) in _ASIDE for each in small
    )


def _file_read(frame: Frame, call: cst.Call) -> Key | None:
    tail = tail_of(call.func)
    named = _opened(frame, call)
    if named is not None:
        return frame.file(named) if not set(_mode(call)) & set("wax") else None
    if isinstance(call.func, cst.Attribute) and tail in _READ_FILE and not call.args:
        return frame.file(call.func.value)
    return frame.file(call.args[0].value) if tail in _PATH_FIRST and call.args else None


def _at_url(frame: Frame, call: cst.Call, methods: frozenset[str]) -> Key | None:
    """The address to which a call sends a request by one of some methods of HTTP."""
    is_one = isinstance(call.func, cst.Attribute) and call.func.attr.value in methods and call.args and not call.args[0].star
    return frame.url(call.args[0].value) if is_one and call.args[0].keyword is None else None


def _opened(frame: Frame, call: cst.Call) -> cst.BaseExpression | None:
    """The path of the file that a call opens."""
    name = dotted(call.func)
    if name in ("open", "io.open", "codecs.open", "aiofiles.open") and call.args:
        return call.args[0].value
    if isinstance(call.func, cst.Attribute) and call.func.attr.value == "open" and frame.file(call.func.value) is not None:
        return call.func.value
    return None


def _mode(call: cst.Call) -> str:
    is_function = dotted(call.func) in ("open", "io.open", "codecs.open", "aiofiles.open")
    plain = [each.value for each in call.args if each.keyword is None]
    named = [each.value for each in call.args if each.keyword is not None and each.keyword.value == "mode"]
    mode = next(iter((*named, *plain[1 if is_function else 0 :])), None)
    return mode.raw_value if isinstance(mode, cst.SimpleString) else "r"


def changes_of(frame: Frame, node: cst.CSTNode) -> Iterator[Change]:
    """What a node changes itself."""
    yield from (Change(row.key, frame.function, is_each=row.is_each) for row in rows_added(frame, node))
    target: cst.CSTNode | None = None
    if isinstance(node, (cst.AssignTarget, cst.AugAssign, cst.AnnAssign, cst.Del)):
        target = node.target
    elif isinstance(node, cst.Call):
        yield from _changed_by(frame, node)
    if isinstance(target, cst.Subscript) and constant_of(target) is None:
        key = frame.key(target.value)
        index = target.slice[0].slice if len(target.slice) == 1 else None
        item = index.value if isinstance(index, cst.Index) else None
        if key is not None:
            is_each = item is not None and names_each(item, frame.each)
            code = frame.tree.code(item) if item is not None else None
            yield Change(key, frame.function, code, is_each, is_answer=_keeps_answer(frame, node))
    elif isinstance(target, (cst.Attribute, cst.Subscript)) or (
        isinstance(target, cst.Name) and _is_declared(frame, target.value)
    ):
        key = frame.key(target)
        if key is not None:
            yield Change(key, frame.function, is_bound=True)


def _changed_by(frame: Frame, call: cst.Call) -> Iterator[Change]:
    tail = tail_of(call.func)
    named = _opened(frame, call)
    written: cst.BaseExpression | None = None
    if named is not None and set(_mode(call)) & set("wax+"):
        written = named
    elif isinstance(call.func, cst.Attribute) and tail in _WRITE_FILE:
        written = call.func.value
    elif tail in _WRITE_FIRST and call.args and call.args[0].keyword is None:
        written = call.args[0].value
    for key in (frame.file(written) if written is not None else None, _at_url(frame, call, _POSTS)):
        if key is not None:
            yield Change(key, frame.function)
    if isinstance(call.func, cst.Attribute) and tail in CHANGES:
        key = frame.key(call.func.value)
        item = call.args[0].value if call.args else None
        if key is not None and len(key) > (key[0] == "self") + 1:
            is_each = item is not None and names_each(item, frame.each)
            yield Change(key, frame.function, frame.tree.code(item) if item is not None else None, is_each)


def file_added_to(frame: Frame, call: cst.Call) -> Key | None:
    """The file to the end of which a call writes, or which it opens for that."""
    named = _opened(frame, call)
    if named is not None:
        return frame.file(named) if "a" in _mode(call) else None
    mode = next((each.value for each in call.args if each.keyword is not None and each.keyword.value == "mode"), None)
    is_added = isinstance(mode, cst.SimpleString) and mode.raw_value == "a"
    return frame.file(call.args[0].value) if is_added and tail_of(call.func) in _WRITE_FIRST else None


def _keeps_answer(frame: Frame, node: cst.CSTNode) -> bool:
    """Whether an assignment keeps more than a mark: `done[key] = True`."""
    statement = frame.tree.parents[node] if isinstance(node, cst.AssignTarget) else node
    value = statement.value if isinstance(statement, (cst.Assign, cst.AnnAssign)) else None
    return value is not None and any(
        isinstance(each, cst.Call) or (isinstance(each, cst.Name) and each.value not in ("True", "None")) for each in walk(value)
    )


def _is_declared(frame: Frame, name: str) -> bool:
    """Whether a function assigns a name of the code around it."""
    return name in frame.declared
