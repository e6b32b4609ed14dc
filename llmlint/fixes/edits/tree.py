"""One file's syntax tree, as the batch codemods look at it: nodes by place, parents, names and statements."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

import libcst as cst

from llmlint.findings import Edit
from llmlint.fixes.edits.cst_children import children_of, classes_of
from llmlint.fixes.edits.line_length import DEFAULT, line_length
from llmlint.fixes.edits.style import Style, style_of
from llmlint.link.program.memo import Memo
from llmlint.link.program.program import Program
from llmlint.scan.libcst_parse import parse_module
from llmlint.scan.parse import ScanError
from llmlint.scan.positions import Offsets, offsets_of
from llmlint.source import Source, Span

N = TypeVar("N", bound=cst.CSTNode)
_Result = TypeVar("_Result")

_FUNCTIONS = (cst.FunctionDef, cst.Lambda)
_PLACED = classes_of(cst.For, cst.While, cst.Call, cst.Attribute, cst.BaseComp)


def walk(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """A node and everything in it, outside in and in source order."""
    pending = [node]
    while pending:
        current = pending.pop()
        yield current
        pending.extend(reversed(children_of(current)))


def dotted(node: cst.CSTNode) -> str | None:
    """`a.b.c` for a chain of names."""
    parts: list[str] = []
    while isinstance(node, cst.Attribute):
        parts.append(node.attr.value)
        node = node.value
    return ".".join([node.value, *reversed(parts)]) if isinstance(node, cst.Name) else None


def tail_of(node: cst.BaseExpression) -> str:
    """The last name of what is called."""
    return node.attr.value if isinstance(node, cst.Attribute) else node.value if isinstance(node, cst.Name) else ""


def root_of(node: cst.CSTNode | None) -> str:
    """The name that a part of something begins with: `row` of `row["tags"].first`. Empty where it begins with no name."""
    while isinstance(node, (cst.Attribute, cst.Subscript)):
        node = node.value
    return node.value if isinstance(node, cst.Name) else ""


@dataclass(eq=False)
class Tree:
    """`width` is how long its lines may be."""

    source: Source
    module: cst.Module
    offsets: Offsets
    width: int = DEFAULT

    @cached_property
    def style(self) -> Style:
        return style_of(self.source)

    @cached_property
    def nodes(self) -> tuple[cst.CSTNode, ...]:
        """Every node of the file, outside in and in source order."""
        return tuple(walk(self.module))

    @cached_property
    def parents(self) -> dict[cst.CSTNode, cst.CSTNode]:
        return {child: node for node in self.nodes for child in children_of(node)}

    @cached_property
    def functions(self) -> dict[str, list[cst.FunctionDef]]:
        found: dict[str, list[cst.FunctionDef]] = {}
        for node in self.nodes:
            if isinstance(node, cst.FunctionDef):
                found.setdefault(node.name.value, []).append(node)
        return found

    @cached_property
    def called_in_loops(self) -> frozenset[str]:
        """The last names of what loops call."""
        calls = (node for node in self.nodes if isinstance(node, cst.Call))
        return frozenset(tail_of(each.func) for each in calls if next(self.loops_around(each), None) is not None)

    @cached_property
    def _by_start(self) -> dict[int, list[cst.CSTNode]]:
        """The loops, calls and attributes by where they start, outside in."""
        found: dict[int, list[cst.CSTNode]] = {}
        for node in self.nodes:
            if type(node) in _PLACED:
                found.setdefault(self.offsets.of(node)[0], []).append(node)
        return found

    def starting_at(self, offset: int) -> Sequence[cst.CSTNode]:
        """The loops, comprehensions, calls and attributes that start at an offset, outside in."""
        return self._by_start.get(offset, ())

    def at(self, offset: int, *kinds: type[cst.CSTNode]) -> cst.CSTNode | None:
        """The outermost loop, call or attribute of some kinds that starts at an offset."""
        return next((node for node in self._by_start.get(offset, ()) if isinstance(node, kinds)), None)

    def find(self, at: Span, kind: type[N]) -> N | None:
        """The outermost node of a kind with exactly this place."""
        nodes = (self._by_start if classes_of(kind) <= _PLACED else self._starts_of(kind)).get(at.start, ())
        return next((node for node in nodes if isinstance(node, kind) and self.offsets.of(node) == (at.start, at.end)), None)

    def _starts_of(self, kind: type[cst.CSTNode]) -> dict[int, list[cst.CSTNode]]:
        """The nodes of another kind by where they start, found once: each loop of a file asks for several."""
        if kind not in self._other_starts:
            found = self._other_starts[kind] = dict[int, list[cst.CSTNode]]()
            for node in self.nodes:
                if isinstance(node, kind):
                    found.setdefault(self.offsets.of(node)[0], []).append(node)
        return self._other_starts[kind]

    @cached_property
    def _other_starts(self) -> dict[type[cst.CSTNode], dict[int, list[cst.CSTNode]]]:
        return {}

    @cached_property
    def attributes_set(self) -> dict[str, cst.Attribute]:
        """The first attribute that is assigned of each name: `client.api_key` of `client`."""
        found: dict[str, cst.Attribute] = {}
        for node in self.nodes:
            if type(node) is cst.AssignTarget and isinstance(node.target, cst.Attribute):
                found.setdefault(dotted(node.target.value) or "", node.target)
        return found

    # Text

    def code(self, node: cst.CSTNode) -> str:
        start, end = self.offsets.of(node)
        return self.source.text[start:end]

    def line_start(self, offset: int) -> int:
        return self.source.text.rfind("\n", 0, offset) + 1

    def next_line(self, offset: int) -> int:
        """The start of the line behind that of an offset; the end of the text, or of a notebook's cell, where there is none."""
        found = self.source.text.find("\n", offset)
        cell = self.source.cell_at(offset)
        if cell is not None and found >= cell.end:
            return cell.end
        return len(self.source.text) if found < 0 else found + 1

    def line_end(self, offset: int) -> int:
        """The end of the line of an offset, without what ends it."""
        following = self.next_line(offset)
        return offset + len(self.source.text[offset:following].rstrip("\r\n"))

    def with_comments(self, start: int) -> int:
        """The start of the comment lines right above the line that starts at an offset."""
        while start:
            above = self.line_start(start - 1)
            line = self.source.text[above:start].strip()
            # `# %%` starts a cell.
            if not line.startswith("#") or line.startswith(("# %%", "#%%", "# In[", "#!")) or above in self.lines_in_strings:
                break
            start = above
        return start

    def indent_at(self, offset: int) -> str:
        """The white space at the start of the line of an offset."""
        return re.match(r"[ \t]*", self.source.text[self.line_start(offset) :])[0]  # type: ignore[index]

    def edit(self, start: int, end: int, text: str) -> Edit:
        """Replace a range of the file; `text` has plain newlines, and gets those of the file."""
        return Edit(Span(self.source.path, start, end), text.replace("\n", self.source.newline))

    def has_comment(self, node: cst.CSTNode) -> bool:
        return any(isinstance(each, cst.Comment) for each in walk(node))

    @cached_property
    def lines_in_strings(self) -> frozenset[int]:
        """The offsets at which a line starts inside a string: white space there is text."""
        text = self.source.text
        strings = (each for each in self.nodes if isinstance(each, (cst.SimpleString, cst.FormattedString)))
        spans = (self.offsets.of(each) for each in strings)
        return frozenset(first + match.end() for first, last in spans for match in re.finditer("\n", text[first:last]))

    # Surroundings

    def ancestors(self, node: cst.CSTNode) -> Iterator[cst.CSTNode]:
        parent = self.parents.get(node)
        while parent is not None:
            yield parent
            parent = self.parents.get(parent)

    def enclosing(self, node: cst.CSTNode, *kinds: type[cst.CSTNode]) -> cst.CSTNode | None:
        classes = classes_of(*kinds)
        return next((each for each in self.ancestors(node) if type(each) in classes), None)

    def function_of(self, node: cst.CSTNode) -> cst.FunctionDef | None:
        """The function that a node stands in; None at module level, and in a lambda."""
        found = self.enclosing(node, *_FUNCTIONS)
        return found if isinstance(found, cst.FunctionDef) else None

    def is_in_async(self, node: cst.CSTNode) -> bool:
        function = self.function_of(node)
        return function is not None and function.asynchronous is not None

    def scope_of(self, node: cst.CSTNode) -> cst.CSTNode:
        return self.enclosing(node, *_FUNCTIONS) or self.module

    def loops_around(self, node: cst.CSTNode) -> Iterator[cst.CSTNode]:
        """The loops and comprehensions of its own function that run a node again and again: not those that it gives the items of."""
        child = node
        for parent in self.ancestors(node):
            if isinstance(parent, (cst.FunctionDef, cst.Lambda)):
                return
            if isinstance(parent, cst.CompFor) and parent.iter is child and isinstance(self.parents[parent], cst.BaseComp):
                # The first iterable is evaluated once; what is left is to go past the comprehension.
                child = self.parents[parent]
                continue
            is_items = isinstance(parent, cst.For) and parent.iter is child
            if isinstance(parent, (cst.For, cst.While, cst.BaseComp)) and parent is not child and not is_items:
                yield parent
            child = parent

    def statement_of(self, node: cst.CSTNode) -> cst.SimpleStatementLine | None:
        """The statement around an expression, if it stands alone on its lines and is no compound one's header."""
        for each in self.ancestors(node):
            if isinstance(each, cst.SimpleStatementLine):
                return each if len(each.body) == 1 else None
            if isinstance(each, (cst.BaseCompoundStatement, cst.SimpleStatementSuite)):
                return None
        return None

    # Names

    def names(self, node: cst.CSTNode) -> Iterator[cst.Name]:
        """The names in a node, read or bound; attributes and keywords are none."""
        for each in self.nodes if node is self.module else walk(node):
            if not isinstance(each, cst.Name):
                continue
            parent = self.parents.get(each)
            if isinstance(parent, cst.Attribute) and parent.attr is each:
                continue
            if isinstance(parent, cst.Arg) and parent.keyword is each:
                continue
            yield each

    def name_set(self, nodes: Iterable[cst.CSTNode]) -> set[str]:
        return {name.value for node in nodes for name in self.names(node)}

    def fresh(self, node: cst.CSTNode, candidates: Iterable[str], taken: Iterable[str] = ()) -> str | None:
        """The first candidate, or the first of them with a number, that means nothing in the function of a node or in the module."""
        outer = [each for each in self.ancestors(node) if isinstance(each, cst.FunctionDef)]
        known = [self._module_names, set(taken)]
        for scope in (self.scope_of(node), *outer):
            if scope not in self._names_in:
                self._names_in[scope] = self.name_set([scope])
            known.append(self._names_in[scope])
        names = list(candidates)
        names += [f"{names[0]}_{number}" for number in range(2, 10)]
        return next((name for name in names if all(name not in each for each in known)), None)

    @cached_property
    def _names_in(self) -> dict[cst.CSTNode, set[str]]:
        """The names in functions and the module, as far as somebody has asked for them."""
        return {}

    @cached_property
    def _module_names(self) -> set[str]:
        """What is bound at module level."""
        return set(self.module_bindings_of)

    @cached_property
    def module_bindings_of(self) -> dict[str, list[cst.CSTNode]]:
        """The statements of the module by the names that they bind."""
        found: dict[str, list[cst.CSTNode]] = {}
        for name, node in self.module_bindings:
            found.setdefault(name, []).append(node)
        return found

    @cached_property
    def module_bindings(self) -> list[tuple[str, cst.CSTNode]]:
        """Names that the module's own statements bind, with the statement (not the line) that does it."""
        found: list[tuple[str, cst.CSTNode]] = []
        pending: list[cst.CSTNode] = list(reversed(self.module.body))
        while pending:
            node = pending.pop()
            if isinstance(node, (cst.FunctionDef, cst.ClassDef)):
                found.append((node.name.value, node))
                continue
            if isinstance(node, (cst.Import, cst.ImportFrom)):
                found.extend((name, node) for name in imported_names(node))
            elif isinstance(node, (cst.AssignTarget, cst.AnnAssign, cst.For, cst.AsName, cst.NamedExpr, cst.AugAssign)):
                target = node.name if isinstance(node, cst.AsName) else node.target
                found.extend((name.value, node) for name in bound_names(target))
            pending.extend(reversed(children_of(node)))
        return found


def kept_in_tree(find: Callable[[Tree, N], _Result]) -> Callable[[Tree, N], _Result]:
    """Remember what a function finds for nodes of a tree, by their identity, as long as there is the tree."""
    known: WeakKeyDictionary[Tree, dict[int, Any]] = WeakKeyDictionary()

    def get(tree: Tree, node: N) -> _Result:
        found = known.setdefault(tree, {})
        if id(node) not in found:
            found[id(node)] = find(tree, node)
        result: _Result = found[id(node)]
        return result

    return get


def place_of(tree: Tree, node: cst.CSTNode) -> tuple[int, int] | None:
    """Where a node starts and ends, or the innermost one around it that has a place."""
    try:
        return tree.offsets.of(node)
    except KeyError:
        parent = tree.parents.get(node)
        return place_of(tree, parent) if parent is not None and not isinstance(parent, cst.BaseSuite) else None


def holds(tree: Tree, node: cst.CSTNode, inner: tuple[int, int]) -> bool:
    """Whether a node holds what stands at a place."""
    try:
        start, end = tree.offsets.of(node)
    except KeyError:
        return False
    return start <= inner[0] and inner[1] <= end


def bound_names(target: cst.CSTNode) -> Iterator[cst.Name]:
    """The names that a target binds; items and attributes are none."""
    if isinstance(target, cst.Name):
        yield target
    elif isinstance(target, (cst.Tuple, cst.List)):
        for element in target.elements:
            yield from bound_names(element.value)


def imported_names(node: cst.Import | cst.ImportFrom) -> Iterator[str]:
    if isinstance(node.names, cst.ImportStar):
        return
    for alias in node.names:
        if alias.asname is not None and isinstance(alias.asname.name, cst.Name):
            yield alias.asname.name.value
        else:
            yield (dotted(alias.name) or "").split(".")[0]


_TREES: Memo[tuple[str, str, int], Tree | None] = Memo(holds_anywhere=True)


def tree_of(program: Program, path: str) -> Tree | None:
    """The tree of a file of the program, parsed once a run; None where libcst cannot read it, though Python can."""
    source = program.source(path)
    width = line_length(program, path)
    return _TREES.get(program, (path, source.text, width), lambda: _parsed(source, width))


def _parsed(source: Source, width: int) -> Tree | None:
    try:
        module = parse_module(source.text)
        return Tree(source, module, offsets_of(module, source.text), width)
    except (cst.ParserSyntaxError, ScanError, RecursionError):
        # `(name): int = 1`, lines that continue before an indent, some thousand literals side by side (libcst 1.9.0).
        return None


def function_around(tree: Tree, span: Span) -> cst.FunctionDef | None:
    """The function that a call stands in; None at module level, and in a lambda."""
    node = tree.at(span.start, cst.Call, cst.Attribute)
    return tree.function_of(node) if node is not None else None
