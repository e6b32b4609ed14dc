"""What a piece of code adds to that outlives the item which runs it, where the order of the items may matter: lists, files, and objects of which the
source does not show that they take things in any order."""

from __future__ import annotations

import re
from collections.abc import Iterator

import libcst as cst

from llmlint.fixes.batch.flow import bound_by, own_nodes
from llmlint.fixes.batch.frames import Frame, Key, called_frames
from llmlint.fixes.batch.items import names_each
from llmlint.fixes.batch.stores import file_added_to
from llmlint.fixes.edits.cst_children import kept_by_node
from llmlint.fixes.edits.tree import bound_names, dotted, root_of, tail_of, walk

_ADDS = frozenset(
    {"append", "extend", "insert", "write", "writelines", "writerow", "writerows", "put", "put_nowait", "appendleft", "append_row",
     "append_rows", "add_paragraph", "add_heading", "add_row"}
)  # fmt: skip
# What takes values in any order.
_AT_ONCE = frozenset(
    {"sum", "max", "min", "len", "any", "all", "set", "frozenset", "Counter", "mean", "fmean", "median", "sorted"}
)
# What gives a dict a key that it may not have had.
_ADDS_KEYS = frozenset({"update", "setdefault"})
# Methods that show something, wait, keep what a key is for, or write anew what is there: in whatever order, the last one does the same.
_IN_ANY_ORDER = _ADDS_KEYS | {
    "print", "info", "debug", "warning", "warn", "error", "exception", "critical", "log", "echo", "secho", "set_description",
    "set_description_str", "set_postfix", "set_postfix_str", "refresh", "advance", "start", "stop", "sleep", "wait", "flush", "close", "join",
    "rule", "status", "success", "progress", "discard", "remove", "pop", "mkdir", "unlink", "touch", "raise_for_status", "commit", "rollback",
    "seek", "set", "acquire", "release", "save", "to_csv", "to_json", "to_excel", "to_parquet", "sort", "write_text", "write_bytes",
}  # fmt: skip
# Functions of modules that put something into their first argument, in an order of theirs.
_OF_MODULES = frozenset({"heapq.heappush", "bisect.insort", "heappush", "insort"})
_LISTS_FOLDER = frozenset({"iterdir", "listdir", "scandir", "glob", "rglob", "iglob", "walk"})
# Methods that give a part of an object.
_PARTS = frozenset({"get", "setdefault", "values", "items", "keys"})
_OF_ITEMS = frozenset({"enumerate", "zip", "reversed", "sorted", "list", "tuple", "iter"})
_OF_NUMBERS = frozenset({"len", "int", "float", "round", "sum", "abs", "max", "min"})
_NUMBER = re.compile(
    r"(?i)tokens?|costs?|counts?|totals?|nums?|numbers?|usage|prices?|times?|elapsed|duration|scores?|seconds|len|size|usd"
)
_SET = re.compile(r"\b(?:set|frozenset|Set|MutableSet)\b")
# Methods of others that add something, by their names.
_ADDING = re.compile(r"(?:add|append|insert|push|write|put|enqueue)(?:_|$)")
# The kind of what is changed by a method of which nothing is known.
OTHERWISE = "otherwise"
_DEEPEST = 3


def additions_of(frame: Frame, node: cst.CSTNode) -> Iterator[Key]:
    """What a node adds to or changes itself."""
    if isinstance(node, cst.AugAssign):
        yield from _extended(frame, node)
    elif isinstance(node, cst.Assign):
        for target in node.targets:
            if isinstance(target.target, cst.Subscript) and isinstance(target.target.slice[0].slice, cst.Slice):
                yield from _holders(frame, target.target.value)
                continue
            key = _placed(frame, target.target)
            if key is not None:
                yield key
            elif not frame.function and isinstance(target.target, cst.Subscript) and not _is_of_item(frame, target.target):
                yield from ((OTHERWISE, *each) for each in _holders(frame, target.target.value))
    elif isinstance(node, cst.Call):
        yield from _added(frame, node)


def _added(frame: Frame, call: cst.Call) -> Iterator[Key]:
    if dotted(call.func) in _OF_MODULES and call.args:
        yield from _holders(frame, call.args[0].value)
        return
    method = call.func if isinstance(call.func, cst.Attribute) else None
    bound = _bound_methods(frame.tree.module).get(tail_of(call.func)) if method is None else None
    if bound is not None:
        for each in bound:
            yield from _holders(frame, each.value)
        return
    if _counts_files(call):
        yield OTHERWISE, "file", "folder"
        return
    if method is not None and method.attr.value in _ADDS:
        yield from _holders(frame, method.value) if not _is_turn(call) else ()
        return
    listed = _listed(frame, method.value) if method is not None and method.attr.value in _ADDS_KEYS else None
    key = listed or file_added_to(frame, call)
    if key is not None:
        yield key
    elif method is not None and _is_statement(frame, call) and not _takes_any_order(frame, method):
        # What a method of the program does is looked at there.
        if next(called_frames(frame, call), None) is None:
            kind = () if _ADDING.match(method.attr.value) else (OTHERWISE,)
            yield from ((*kind, *key) for key in _holders(frame, method.value) if len(key) > (key[0] == "self") + 1)


@kept_by_node(20)
def _bound_methods(module: cst.Module) -> dict[str | None, list[cst.Attribute]]:
    """The names that a file gives to methods that add something: `keep = rows.append`."""
    found: dict[str | None, list[cst.Attribute]] = {}
    for each in walk(module):
        if isinstance(each, cst.Assign):
            value = each.value
            if isinstance(value, cst.Call) and tail_of(value.func) == "partial" and value.args:
                value = value.args[0].value
            if isinstance(value, cst.Attribute) and value.attr.value in _ADDS:
                for target in each.targets:
                    if isinstance(target.target, cst.Name):
                        found.setdefault(target.target.value, []).append(value)
    return found


def _counts_files(call: cst.Call) -> bool:
    """Whether a call counts the files of a folder, as to number the next one by that: `len(list(folder.iterdir()))`."""
    return tail_of(call.func) in ("len", "sum") and any(
        isinstance(each, cst.Call) and tail_of(each.func) in _LISTS_FOLDER for each in walk(call)
    )


def _is_statement(frame: Frame, call: cst.Call) -> bool:
    parent = frame.tree.parents[call]
    return isinstance(frame.tree.parents[parent] if isinstance(parent, cst.Await) else parent, cst.Expr)


def _takes_any_order(frame: Frame, method: cst.Attribute) -> bool:
    """Whether a method is one of a module or class, is known to do the same in any order, or adds to a set."""
    root = root_of(method.value)
    imported = frame.tree.module_bindings_of.get(root, ())
    if method.attr.value in _IN_ANY_ORDER or root[:1].isupper() or any(isinstance(each, cst.Import) for each in imported):
        return True
    return method.attr.value == "add" and root in _sets_of(frame.tree.module)


@kept_by_node(20)
def _sets_of(module: cst.Module) -> frozenset[str]:
    """The names by which a file has sets, also those of attributes: `seen = set()`, `seen: set[str]`, `self.seen = defaultdict(set)`."""
    found: set[str] = set()
    for each in walk(module):
        if isinstance(each, cst.Assign) and (isinstance(each.value, (cst.Set, cst.SetComp)) or _SET.search(_code(each.value))):
            found |= {_name(target.target) for target in each.targets}
        elif isinstance(each, cst.AnnAssign) and _SET.search(_code(each.annotation.annotation)):
            found.add(_name(each.target))
        elif isinstance(each, cst.Param) and each.annotation is not None and _SET.search(_code(each.annotation.annotation)):
            found.add(each.name.value)
    return frozenset(found - {""})


def _code(node: cst.CSTNode) -> str:
    return " ".join(each.value for each in walk(node) if isinstance(each, cst.Name))


def _name(target: cst.CSTNode) -> str:
    return target.attr.value if isinstance(target, cst.Attribute) else root_of(target)


def _holders(frame: Frame, node: cst.CSTNode, depth: int = _DEEPEST) -> Iterator[Key]:
    """The objects that outlive an item, of which an expression is one, a part, or another name."""
    key = frame.key(node)
    if key is not None:
        yield key
    elif isinstance(node, (cst.Attribute, cst.Subscript)):
        yield from _holders(frame, node.value, depth)
    elif isinstance(node, cst.Call):
        if isinstance(node.func, cst.Attribute) and node.func.attr.value in _PARTS:
            yield from _holders(frame, node.func.value, depth)
        elif tail_of(node.func) in _OF_ITEMS:
            for argument in node.args:
                yield from _holders(frame, argument.value, depth)
    elif isinstance(node, cst.IfExp):
        yield from (*_holders(frame, node.body, depth), *_holders(frame, node.orelse, depth))
    elif isinstance(node, cst.BooleanOperation):
        yield from (*_holders(frame, node.left, depth), *_holders(frame, node.right, depth))
    elif isinstance(node, (cst.Tuple, cst.List)):
        for element in node.elements:
            yield from _holders(frame, element.value, depth)
    elif isinstance(node, cst.Name) and depth:
        for value in _bound_to(frame, node.value):
            yield from _holders(frame, value, depth - 1)


def _bound_to(frame: Frame, name: str) -> Iterator[cst.BaseExpression]:
    """What a name of an item's own is bound to: it may be another name of something that is not."""
    for each in frame.nodes:
        if isinstance(each, cst.Assign):
            if any(bound.value == name for target in each.targets for bound in bound_names(target.target)):
                yield each.value
        elif isinstance(each, cst.For) and any(bound.value == name for bound in bound_names(each.target)):
            yield each.iter


def _is_turn(call: cst.Call) -> bool:
    """`messages.append({"role": "user", …})`: such a history belongs to one item, as the items are independent."""
    value = call.args[0].value if call.args else None
    keys = (each.key for each in value.elements if isinstance(each, cst.DictElement)) if isinstance(value, cst.Dict) else ()
    return any(isinstance(each, cst.SimpleString) and each.raw_value == "role" for each in keys)


def _placed(frame: Frame, target: cst.CSTNode) -> Key | None:
    """The dict whose values the program lists in the order in which they came, or the data frame that gets one more row:
    `answers[path] = answer`, `frame.loc[len(frame)] = row`."""
    if not isinstance(target, cst.Subscript):
        return None
    holder = target.value
    if isinstance(holder, cst.Attribute) and holder.attr.value == "loc":
        return frame.key(holder.value) if any(map(_is_length, walk(target.slice[0]))) else None
    return _listed(frame, holder)


def _is_of_item(frame: Frame, target: cst.Subscript) -> bool:
    """Whether an assignment is to a place that no other item assigns: of equal keys the last item would keep another answer."""
    return any(isinstance(each.slice, cst.Index) and names_each(each.slice.value, frame.each) for each in target.slice)


def _is_length(node: cst.CSTNode) -> bool:
    """`len(frame)` or `frame.shape`"""
    if isinstance(node, cst.Call):
        return tail_of(node.func) == "len"
    return isinstance(node, cst.Attribute) and node.attr.value == "shape"


def _listed(frame: Frame, holder: cst.CSTNode) -> Key | None:
    """A dict whose values the program lists in the order in which they came."""
    return frame.key(holder) if dotted(holder) in _listed_in(frame.tree.module) else None


@kept_by_node(20)
def _listed_in(module: cst.Module) -> frozenset[str | None]:
    """The names of the dicts whose values a file lists by their place: `list(answers.values())`, `zip(rows, answers.items())`."""
    unordered: set[int] = set()
    found: set[str | None] = set()
    for each in walk(module):
        if not isinstance(each, cst.Call):
            continue
        name = tail_of(each.func)
        if name in _AT_ONCE:
            unordered |= {id(argument.value) for argument in each.args[:1]}
        elif name == "zip":
            found |= {_holder(node, "items") for argument in each.args for node in walk(argument)}
        elif id(each) not in unordered:
            found.add(_holder(each, "values"))
    return frozenset(found - {None})


def _holder(node: cst.CSTNode, method: str) -> str | None:
    """`answers` of `answers.values()`"""
    if not isinstance(node, cst.Call) or node.args or not isinstance(node.func, cst.Attribute):
        return None
    return dotted(node.func.value) if node.func.attr.value == method else None


def _extended(frame: Frame, node: cst.AugAssign) -> Iterator[Key]:
    """The text or list that `report += f"{name}: {answer}"` makes longer, or `rows[kind] += [row]`; nothing for a sum of numbers. `answers |= {name:
    answer}` is like `answers.update(…)`."""
    key = frame.key(node.target)
    if key is None and isinstance(node.target, cst.Name) and not frame.function:
        bound = {name for each in frame.nodes if not isinstance(each, cst.AugAssign) for name in bound_by(each)}
        key = ("name", node.target.value) if node.target.value not in bound else None
    if isinstance(node.operator, cst.BitOrAssign):
        if key is not None and dotted(node.target) in _listed_in(frame.tree.module):
            yield key
    elif isinstance(node.operator, cst.AddAssign):
        if key is None and isinstance(node.target, cst.Subscript) and not _is_number(node.value):
            yield from _holders(frame, node.target)
        elif key is not None and (_is_sequence(node.value) or any(_is_sequence(each) for each in _begins(frame, node.target))):
            yield key


def _is_number(value: cst.BaseExpression) -> bool:
    """Whether a value is a number, as far as its form and name say so."""
    if isinstance(value, (cst.BinaryOperation, cst.BooleanOperation)):
        return _is_number(value.left) or _is_number(value.right)
    if isinstance(value, cst.UnaryOperation):
        return True
    if isinstance(value, cst.Call):
        return tail_of(value.func) in _OF_NUMBERS
    return isinstance(value, cst.BaseNumber) or _NUMBER.search(_name(value)) is not None


def _begins(frame: Frame, target: cst.CSTNode) -> Iterator[cst.BaseExpression]:
    """What the function or module around some code assigns to a target."""
    scope, name = frame.tree.scope_of(frame.body), dotted(target)
    for each in own_nodes(scope.body if isinstance(scope, cst.FunctionDef) else scope):
        if isinstance(each, cst.Assign) and any(dotted(bound.target) == name for bound in each.targets):
            yield each.value


def _is_sequence(value: cst.BaseExpression) -> bool:
    """Whether a value is evidently a text or a list."""
    if isinstance(value, cst.BinaryOperation):
        return _is_sequence(value.left) or (isinstance(value.operator, cst.Add) and _is_sequence(value.right))
    if isinstance(value, cst.Call):
        return tail_of(value.func) in ("join", "str", "format")
    return isinstance(value, (cst.BaseString, cst.List, cst.ListComp, cst.Tuple))
