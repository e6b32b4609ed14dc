"""What code reads, changes and does to the world outside: whether all requests may be made before the first answer is used.

Everything here is cautious: what is not known to be harmless counts as a reason to leave the code alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import libcst as cst

from llmlint.fixes.batch_tree import Tree, bound_names, dotted, tail_of, walk

# Functions that give a value and change nothing. Reading a file is one: what is read is what the item names.
_PURE = frozenset(
    {"str", "int", "float", "bool", "len", "repr", "sorted", "list", "tuple", "dict", "set", "frozenset", "range", "enumerate", "zip", "min",
     "max", "sum", "abs", "round", "reversed", "isinstance", "getattr", "hasattr", "any", "all", "format", "chr", "ord", "bytes", "type",
     "open", "map", "filter", "Path", "dumps", "loads", "dedent", "indent", "fill", "shorten", "b64encode", "standard_b64encode", "deepcopy",
     "compile", "escape", "quote", "Counter", "asdict", "cast", "safe_load", "chain", "islice"}
)  # fmt: skip
_PURE_METHODS = frozenset(
    {"strip", "lstrip", "rstrip", "lower", "upper", "title", "capitalize", "replace", "format", "format_map", "join", "split", "rsplit",
     "splitlines", "startswith", "endswith", "removeprefix", "removesuffix", "encode", "decode", "get", "items", "keys", "values", "copy",
     "count", "find", "index", "isdigit", "zfill", "ljust", "rjust", "center", "partition", "rpartition", "translate", "casefold", "hex",
     "read_text", "read_bytes", "read", "readlines", "exists", "is_file", "is_dir", "with_suffix", "with_name", "basename", "dirname",
     "abspath", "relpath", "splitext", "isfile", "isdir", "glob", "iterdir", "rglob", "listdir", "getenv", "match", "fullmatch", "search",
     "sub", "findall", "finditer", "group", "groups", "isoformat", "strftime", "hexdigest", "model_dump", "model_dump_json", "to_dict",
     "to_string", "to_json", "to_markdown", "iterrows", "itertuples", "tolist", "head", "substitute", "safe_substitute", "total_seconds",
     "isalpha", "isspace", "as_posix", "resolve", "relative_to", "joinpath", "date", "time_of_day", "most_common", "json"}
)  # fmt: skip
_GROWS = frozenset({"append", "extend", "insert", "add", "update", "setdefault", "appendleft", "discard"})
# What somebody outside sees, or what is about time: its order with the calls means something.
_OUTSIDE = frozenset(
    {"print", "input", "sleep", "debug", "info", "warning", "warn", "error", "exception", "critical", "log", "write", "writelines", "writerow",
     "write_text", "write_bytes", "acquire", "wait", "release", "perf_counter", "monotonic", "time", "now", "utcnow", "today", "tick",
     "set_description", "set_postfix", "commit", "execute", "executemany", "post", "put", "put_nowait", "delete", "send", "save", "push",
     "next", "pop", "popleft", "popitem", "dump", "flush", "remove", "clear", "sort", "reverse", "mkdir", "makedirs", "unlink", "echo",
     "secho", "advance", "emit", "notify", "publish", "run", "system", "check_output", "call", "seed", "shuffle", "progress", "spinner",
     "status"}
)  # fmt: skip
# Of these, what only reports what it is given.
_REPORTS = frozenset(
    {
        "print",
        "debug",
        "info",
        "warning",
        "warn",
        "error",
        "exception",
        "critical",
        "log",
        "write",
        "write_text",
        "writerow",
        "dump",
        "echo",
    }
)
_SLEEPS = frozenset({"sleep", "acquire", "wait"})
_DEEPEST = 4


@dataclass(slots=True)
class Effects:
    """All as dotted paths (`self.rows`): what is read, what gets a new value (`bound`), which objects are changed, and which ones are handed
    to code that is not known (`touched`). `is_outside`: prints, waits, writes or looks at the clock. `is_unknown`: calls what is not
    known to be harmless."""

    reads: set[str] = field(default_factory=set)
    bound: set[str] = field(default_factory=set)
    changed: set[str] = field(default_factory=set)
    touched: set[str] = field(default_factory=set)
    is_outside: bool = False
    sleeps: bool = False
    is_unknown: bool = False

    def add(self, other: Effects) -> None:
        self.reads |= other.reads
        self.bound |= other.bound
        self.changed |= other.changed
        self.touched |= other.touched
        self.is_outside |= other.is_outside
        self.sleeps |= other.sleeps
        self.is_unknown |= other.is_unknown


def effects_of(tree: Tree, nodes: Iterable[cst.CSTNode], skipped: cst.CSTNode | None = None) -> Effects:
    """The effects of some statements and expressions, without those of `skipped` in them (the LLM call itself)."""
    return _Reader(tree, skipped, ()).read(nodes)


@dataclass(slots=True)
class _Reader:
    tree: Tree
    skipped: cst.CSTNode | None
    stack: tuple[cst.CSTNode, ...]

    def read(self, nodes: Iterable[cst.CSTNode]) -> Effects:
        found = Effects()
        inner: set[str] = set()
        for node in nodes:
            for each in self._walk(node):
                self._note(each, found)
                if isinstance(each, cst.CompFor):
                    inner |= {name.value for name in bound_names(each.target)}
                elif isinstance(each, cst.Lambda):
                    inner |= {name.value for name in _parameters(each)}
        # Names of comprehensions and lambdas are their own.
        found.reads = {path for path in found.reads if path.split(".")[0] not in inner - found.bound}
        return found

    def _walk(self, node: cst.CSTNode) -> Iterator[cst.CSTNode]:
        pending = [node]
        while pending:
            current = pending.pop()
            if current is not self.skipped:
                yield current
                pending.extend(reversed(current.children))

    def _note(self, node: cst.CSTNode, found: Effects) -> None:
        if isinstance(node, (cst.AssignTarget, cst.AugAssign, cst.AnnAssign, cst.For, cst.NamedExpr)):
            self._note_target(node.target, found)
        elif isinstance(node, cst.AsName):
            self._note_target(node.name, found)
        elif isinstance(node, cst.Del):
            self._note_target(node.target, found)
        elif isinstance(node, (cst.Global, cst.Nonlocal, cst.Yield, cst.Import, cst.ImportFrom)):
            found.is_outside = True
        elif isinstance(node, cst.Await):
            found.is_unknown = True
        elif isinstance(node, cst.Call):
            self._note_call(node, found)
        elif isinstance(node, (cst.Name, cst.Attribute)) and self._is_read(node):
            path = dotted(node)
            if path is not None:
                found.reads.add(path)

    def _note_target(self, target: cst.CSTNode, found: Effects) -> None:
        if isinstance(target, (cst.Tuple, cst.List)):
            for element in target.elements:
                self._note_target(element.value, found)
        elif dotted(target) is not None:
            found.bound.add(dotted(target) or "")
            if isinstance(self.tree.parents.get(target), cst.AugAssign):
                found.changed.add(dotted(target) or "")
        else:
            found.changed |= set(_holder(target))

    def _is_read(self, node: cst.CSTNode) -> bool:
        parent = self.tree.parents.get(node)
        if isinstance(parent, cst.Attribute):
            return False if parent.attr is node else dotted(parent) is None
        return not (isinstance(parent, cst.Arg) and parent.keyword is node)

    def _note_call(self, call: cst.Call, found: Effects) -> None:
        tail, func = tail_of(call.func), call.func
        known = self._local_function(func)
        if known is not None:
            own = self._inside(known)
            found.add(own)
            if not own.is_unknown and not own.is_outside:
                return
        elif isinstance(func, cst.Attribute) and tail in _GROWS:
            found.changed |= set(_holder(func.value))
            return
        elif tail in _OUTSIDE:
            found.is_outside = True
            found.sleeps |= tail in _SLEEPS
            if tail in _REPORTS:
                return
        elif (
            tail in _PURE or (isinstance(func, cst.Attribute) and tail in _PURE_METHODS) or tail.endswith(("Error", "Exception"))
        ):
            return
        else:
            found.is_unknown = True
        # What it is called on and given may be changed by it.
        found.touched |= {path for each in call.args for path in _paths(each.value)}
        if isinstance(func, cst.Attribute):
            found.touched |= set(_holder(func.value))

    def _local_function(self, func: cst.BaseExpression) -> cst.FunctionDef | None:
        """The only function of that name in the file, if it is called by its name or on `self`."""
        name = func.value if isinstance(func, cst.Name) else None
        if isinstance(func, cst.Attribute) and isinstance(func.value, cst.Name) and func.value.value in ("self", "cls"):
            name = func.attr.value
        found = self.tree.functions.get(name or "", [])
        return found[0] if len(found) == 1 else None

    def _inside(self, function: cst.FunctionDef) -> Effects:
        """What calling a function of the file does, seen from outside: without its own names."""
        if function in self.stack or len(self.stack) >= _DEEPEST or function.decorators:
            return Effects(is_unknown=True)
        own = _Reader(self.tree, self.skipped, (*self.stack, function)).read([function.body])
        local = local_names(function)
        parameters = {name.value for name in _parameters(function)} - {"self", "cls"}

        def outer(paths: set[str]) -> set[str]:
            return {path for path in paths if path.split(".")[0] not in local or path.startswith(("self.", "cls."))}

        changes_arguments = any(path.split(".")[0] in parameters for path in own.changed | own.touched)
        return Effects(
            outer(own.reads),
            outer(own.bound),
            outer(own.changed),
            outer(own.touched),
            own.is_outside,
            own.sleeps,
            own.is_unknown or changes_arguments,
        )


def _parameters(function: cst.FunctionDef | cst.Lambda) -> Iterator[cst.Name]:
    yield from (each.name for each in walk(function.params) if isinstance(each, cst.Param))


def _rebound(function: cst.FunctionDef) -> set[str]:
    """Names that are bound as a whole: that changes no object."""
    targets = (
        each.target for each in walk(function.body) if isinstance(each, (cst.AssignTarget, cst.AnnAssign, cst.For, cst.CompFor))
    )
    return {name.value for target in targets for name in bound_names(target)}


def local_names(function: cst.FunctionDef) -> set[str]:
    names = {name.value for name in _parameters(function)} | _rebound(function)
    for each in walk(function.body):
        if isinstance(each, (cst.AsName, cst.AugAssign, cst.NamedExpr)):
            target = each.name if isinstance(each, cst.AsName) else each.target
            names |= {name.value for name in bound_names(target)}
        elif isinstance(each, (cst.FunctionDef, cst.ClassDef)):
            names.add(each.name.value)
    outer = {
        item.name.value for each in walk(function.body) if isinstance(each, (cst.Global, cst.Nonlocal)) for item in each.names
    }
    return names - outer


def _holder(target: cst.CSTNode) -> Iterator[str]:
    """The path of the object that an item, an attribute or a method's result is a part of."""
    while isinstance(target, (cst.Subscript, cst.Call, cst.Attribute)) and dotted(target) is None:
        target = target.func if isinstance(target, cst.Call) else target.value
    path = dotted(target)
    if path is not None:
        yield path


def _paths(expression: cst.CSTNode) -> Iterator[str]:
    """The objects that an argument hands over: names and attributes, not what strings and numbers are made from them."""
    if isinstance(expression, (cst.FormattedString, cst.Comparison)):
        return
    path = dotted(expression)
    if path is not None:
        yield path
        return
    if isinstance(expression, cst.Call):
        # The result is a new object, or is one that its own arguments would tell.
        return
    for child in expression.children:
        yield from _paths(child)


def overlaps(one: Iterable[str], other: Iterable[str]) -> bool:
    """Whether a path of one set is, holds, or is part of one of the other."""
    others = tuple(other)
    return any(a == b or a.startswith(b + ".") or b.startswith(a + ".") for a in one for b in others)


def roots(paths: Iterable[str]) -> set[str]:
    return {path.split(".")[0] for path in paths}


@dataclass(frozen=True, slots=True)
class Names:
    """`fresh` are names that each item brings anew; `own` those that making the requests may bind; `plain` are paths that only ever hold text
    or numbers, which nobody can change."""

    fresh: frozenset[str]
    own: frozenset[str] = frozenset()
    plain: frozenset[str] = frozenset()


def may_go_first(tree: Tree, early: Effects, late: Effects, names: Names) -> bool:
    """Whether all of `early` (making the requests) may run for all items before any of `late` (using the answers)."""
    if early.is_outside or late.sleeps or roots(early.bound | early.changed) - names.fresh - names.own:
        return False

    def shared(paths: Iterable[str]) -> set[str]:
        return {path for path in paths if path.split(".")[0] not in names.fresh}

    reads = {path for path in shared(early.reads) if not is_fixed(tree, path)}
    if overlaps(reads, late.bound) or overlaps(reads - names.plain, late.changed | late.touched):
        return False
    if early.is_unknown:
        touched = shared(early.touched)
        return not late.is_unknown and not overlaps(touched, late.reads | late.bound | late.changed | late.touched)
    return True


_CONSTANT = (cst.BaseString, cst.BaseNumber, cst.FormattedString)


def is_fixed(tree: Tree, path: str) -> bool:
    """Whether what a path of the module or of `self` stands for is never changed: an import, a function, a constant, or an attribute
    that only the constructor binds and nothing in the file changes."""
    root, _, rest = path.partition(".")
    if root in ("self", "cls"):
        attribute = rest.split(".")[0]
        if not attribute:
            return True
        pattern = rf"\b{root}\.{attribute}\b\s*(?:\[[^\]]*\]\s*)?(?:[-+*/|]?=(?!=)|\.(?:append|extend|insert|pop|update|clear|remove|add)\()"
        return len(re.findall(pattern, tree.source.text)) <= 1
    bindings = [node for name, node in tree.module_bindings if name == root]
    if len(bindings) != 1 or re.search(rf"\bglobal\b[^\n]*\b{root}\b", tree.source.text):
        return False
    [node] = bindings
    if isinstance(node, (cst.FunctionDef, cst.ClassDef, cst.Import, cst.ImportFrom)):
        return True
    if isinstance(node, cst.AssignTarget):
        statement = tree.parents[node]
        return isinstance(statement, cst.Assign) and isinstance(statement.value, _CONSTANT)
    return False
