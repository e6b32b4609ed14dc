"""The code that an item runs, function by function, with what stands for the same object in all of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

import libcst as cst

from llmlint.fixes.batch.exits import called_functions
from llmlint.fixes.batch.flow import bound_in, declared_by, local_names, own_nodes
from llmlint.fixes.batch.items import names_each
from llmlint.fixes.edits.cst_children import kept_by_node
from llmlint.fixes.edits.tree import Tree, bound_names, dotted, tail_of, tree_of
from llmlint.link.program.program import Program
from llmlint.source import Span

# An object that items share: its kind, and its names from the outside in.
Key = tuple[str, ...]
_MOST_METHODS = 3
# Methods of lists, dicts and files, too.
_COMMON = frozenset(
    {"get", "add", "append", "update", "write", "read", "close", "pop", "items", "keys", "values", "join", "format", "split", "strip",
     "replace", "lower", "create", "parse", "run", "open", "info", "error", "debug", "warning", "submit", "copy", "execute"}
)  # fmt: skip


@dataclass(eq=False)
class Frame:
    """A function that an item runs, or the body of its loop. `own` are names that each item has for itself, `given` what parameters stand for,
    and `each` are names with another value for each item."""

    program: Program
    tree: Tree
    body: cst.CSTNode
    own: frozenset[str]
    given: Mapping[str, Key]
    each: frozenset[str]
    owner: str = ""
    function: str = ""
    # Parameters that the call leaves at their defaults.
    left: frozenset[str] = frozenset()

    @cached_property
    def nodes(self) -> tuple[cst.CSTNode, ...]:
        return _nodes_in(self.body)

    @cached_property
    def declared(self) -> frozenset[str]:
        """Names of the code around that the frame assigns."""
        return declared_by(self.nodes)

    @cached_property
    def values(self) -> dict[str, cst.BaseExpression]:
        """What the frame binds names to, of those that it binds once."""
        found: dict[str, list[cst.BaseExpression]] = {}
        for node in self.nodes:
            if isinstance(node, cst.Assign):
                for target in node.targets:
                    for name in bound_names(target.target):
                        found.setdefault(name.value, []).append(node.value)
        return {name: values[0] for name, values in found.items() if len(values) == 1}

    def key(self, node: cst.CSTNode) -> Key | None:
        """What an expression stands for; None for what each item has for itself, and what is no chain of names."""
        if isinstance(node, cst.Name):
            if node.value in self.given:
                return self.given[node.value]
            if node.value in ("self", "cls"):
                return ("self", self.owner)
            return None if node.value in self.own else ("name", node.value)
        if isinstance(node, cst.Attribute):
            above = self.key(node.value)
            return (*above, node.attr.value) if above is not None else None
        if isinstance(node, cst.Subscript):
            above, constant = self.key(node.value), constant_of(node)
            return (*above, constant) if above is not None and constant is not None else None
        return None

    def file(self, node: cst.CSTNode, depth: int = 2) -> Key | None:
        """The file that an expression names, which all items share."""
        if isinstance(node, cst.SimpleString):
            return ("file", node.raw_value)
        if isinstance(node, cst.Call) and tail_of(node.func) in ("Path", "str") and len(node.args) == 1:
            return self.file(node.args[0].value, depth)
        if isinstance(node, cst.Name) and node.value not in self.given and node.value in self.own:
            value = self.values.get(node.value)
            return self.file(value, depth - 1) if value is not None and depth else None
        if isinstance(node, (cst.Name, cst.Attribute)):
            found = self.key(node)
            return found if found is None or found[0] == "file" else ("file", *found)
        if isinstance(node, cst.BooleanOperation) and isinstance(node.left, cst.Name):
            # `path or OUTPUT`
            return self.file(node.right if node.left.value in self.left else node.left, depth)
        if isinstance(node, (cst.BinaryOperation, cst.Call)) and (
            isinstance(node, cst.BinaryOperation) or tail_of(node.func) == "join"
        ):
            return None if self.tree.name_set([node]) & self.own else ("file", self.tree.code(node))
        return None

    def url(self, node: cst.CSTNode, depth: int = 2) -> Key | None:
        """The address that an expression is, if all items have it."""
        if isinstance(node, cst.Name) and node.value not in self.given and node.value in self.own:
            value = self.values.get(node.value)
            return self.url(value, depth - 1) if value is not None and depth else None
        if isinstance(node, (cst.BaseString, cst.Name, cst.Attribute, cst.BinaryOperation)):
            return None if self.tree.name_set([node]) & self.own else ("url", self.tree.code(node))
        return None

    def into(self, tree: Tree, function: cst.FunctionDef, call: cst.Call | None) -> Frame:
        """The frame of a function that a call of this one runs."""
        params = [*function.params.posonly_params, *function.params.params]
        if params and params[0].name.value in ("self", "cls"):
            params = params[1:]
        given: dict[str, Key] = {}
        each: set[str] = set()
        everyone = {param.name.value: param for param in (*params, *function.params.kwonly_params)}
        passed: dict[str, cst.BaseExpression] = {}
        for index, argument in enumerate(call.args if call is not None else ()):
            if argument.star:
                break
            if argument.keyword is not None:
                passed[argument.keyword.value] = argument.value
            elif index < len(params):
                passed[params[index].name.value] = argument.value
        for name, value in passed.items():
            found = self.file(value) if isinstance(value, (cst.SimpleString, cst.Call, cst.BinaryOperation)) else self.key(value)
            if found is not None:
                given[name] = found
            if names_each(value, self.each):
                each.add(name)
        around = tree.enclosing(function, cst.ClassDef)
        frame = Frame(
            self.program, tree, function.body, local_names(function), given, frozenset(each),
            around.name.value if isinstance(around, cst.ClassDef) else "", function.name.value,
            frozenset(name for name, param in everyone.items() if name not in passed and param.default is not None),
        )  # fmt: skip
        for name, param in everyone.items():
            if name not in passed and param.default is not None:
                found = Frame(self.program, tree, param, frozenset(), {}, frozenset()).file(param.default)
                if found is not None and isinstance(param.default, cst.SimpleString):
                    given[name] = found
                elif found is not None:
                    given[name] = found[1:]
        return frame


@kept_by_node(500)
def _nodes_in(body: cst.CSTNode) -> tuple[cst.CSTNode, ...]:
    return tuple(own_nodes(body))


def constant_of(node: cst.Subscript) -> str | None:
    """`"total"` of `counts["total"]`."""
    index = node.slice[0].slice if len(node.slice) == 1 else None
    value = index.value if isinstance(index, cst.Index) else None
    return value.raw_value if isinstance(value, cst.SimpleString) else None


def body_frame(program: Program, tree: Tree, body: cst.CSTNode, each: frozenset[str]) -> Frame:
    """The frame of a loop or comprehension."""
    if isinstance(body, cst.For):
        own = bound_in([body.body]) | {name.value for name in bound_names(body.target)}
        inside: cst.CSTNode = body.body
    else:
        own = {name.value for each in own_nodes(body) if isinstance(each, cst.CompFor) for name in bound_names(each.target)}
        inside = body
    around = tree.enclosing(body, cst.ClassDef)
    # Names that the loop binds anew for the code around it are looked at where it becomes a function.
    return Frame(program, tree, inside, frozenset(own), {}, each, around.name.value if isinstance(around, cst.ClassDef) else "")


def called_frames(frame: Frame, call: cst.Call) -> Iterator[Frame]:
    """The functions of the program that a call may run."""
    name, tail = dotted(call.func), tail_of(call.func)
    if name is None or not tail:
        return
    found = list(called_functions(frame.program, frame.tree, name))
    if not found and isinstance(call.func, cst.Attribute) and tail not in _COMMON:
        home = frame.program.module(frame.tree.source.path)
        modules = frame.program.modules_with(f"def {tail}(".encode(), home) if home is not None else []
        for module in modules[: _MOST_METHODS + 1]:
            tree = tree_of(frame.program, module.path)
            found += [(tree, each) for each in tree.functions.get(tail, ())] if tree is not None else []
    if len(found) <= _MOST_METHODS:
        yield from (frame.into(tree, function, call) for tree, function in found)


def frames_below(frame: Frame, call: cst.Call, depth: int = 2) -> Iterator[Frame]:
    """The functions of the program that a call may run, and those that these call."""
    for inner in called_frames(frame, call):
        yield inner
        if depth > 1:
            for each in inner.nodes:
                if isinstance(each, cst.Call):
                    yield from frames_below(inner, each, depth - 1)


def next_frame(frame: Frame, span: Span, inner: Span) -> Frame | None:
    """The function in which a call that leads to an LLM call makes the next one on the way, with what it is given."""
    home = tree_of(frame.program, inner.path)
    node = home.at(inner.start, cst.Call, cst.Attribute) if home is not None else None
    function = home.function_of(node) if home is not None and node is not None else None
    call = frame.tree.at(span.start, cst.Call)
    if home is None or function is None:
        return None
    if frame.tree is home and any(each is frame.body for each in (function, *home.ancestors(function))):
        return frame  # A function inside the body.
    return frame.into(home, function, call if isinstance(call, cst.Call) else None)


def named(key: Key) -> str:
    """What a message calls an object that items share."""
    kind, *path = key
    if kind == "self":
        return f"`self.{'.'.join(path[1:])}`"
    text = ".".join(each for each in path if each not in ("name", "self"))
    return {"file": "the file ", "table": "the table ", "url": "what is at "}.get(kind, "") + f"`{text}`"
