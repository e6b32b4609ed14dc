"""Containers of which each iteration of a loop reads and writes its own place: `rows[i]["answer"] = ask(rows[i]["question"])` carries nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from copy import copy

from llmlint.link.flow.elements import Element, elements_of
from llmlint.link.names.keys import key_of, path_of
from llmlint.scan import expressions as ex
from llmlint.scan.facts import Binding, Block, Store

# What leads from a container to one place in it: ("=", constant), ("item", shapes of the loop's item), or None for any other index.
_Step = tuple[str, object] | None

# Attributes by which pandas takes the same rows and columns.
_INDEXERS = frozenset({"loc", "iloc", "at", "iat", "values"})
# What a database, a table or a cache is called: what it is asked for by an item is that item's own.
_DATABASES = frozenset(
    {"db", "database", "cursor", "cur", "conn", "connection", "con", "session", "collection", "table", "repo", "repository", "redis", "cache",
     "mongo", "sheet", "worksheet", "bucket", "s3", "engine", "dao", "crud", "queries", "postgres", "sqlite", "supabase", "storage"}
)  # fmt: skip
# Methods that find what is like their argument, whoever has written it.
_SEARCHES = frozenset(
    {"search", "recall", "retrieve", "similarity_search", "remember", "get_relevant_documents", "get_context", "ask", "chat"}
)


class Slots:
    """The places that a `for` loop writes by its own item, by container. `imported` are the names of modules; `inner` are the `for` loops inside."""

    def __init__(
        self, loop: Block, bindings: Sequence[Binding], imported: Iterable[str] = (), inner: Iterable[Block] = ()
    ) -> None:
        self._items = _items_of(loop, bindings)
        self._bound = {binding.name for binding in bindings}
        self._databases = _DATABASES | set(imported)
        self._elements = elements_of(loop, bindings, inner)
        self._written: dict[str, list[tuple[_Step, ...]]] = {}
        self.containers: set[str] = set()
        """The lists and dicts whose elements are written through names of their own: `for row in rows: row["summary"] = answer`."""

    def written_by(self, stores: Iterable[tuple[str, Store]]) -> Slots:
        """The same places, written by some stores: those that hold an answer."""
        slots = copy(self)
        slots._written, slots.containers = {}, set()
        for key, store in stores:
            place = self._path(key, store.target)
            slots._written.setdefault(key, []).append(place)
            for element in self._elements.get(key, ()):
                if element.is_whole:
                    slots.containers.add(element.container)
                    slots._written.setdefault(element.container, []).append((self._index(element.index), *place))
        return slots

    def is_own(self, key: str, chain: ex.Expr) -> bool:
        """Whether a chain of attributes and items of the container `key` leads to a place that no other iteration of the loop writes."""
        if self._is_apart(key, self._path(key, chain)):
            return True
        elements = self._elements.get(key, ())
        return len(elements) == 1 and self._is_apart_in(elements[0], self._path(key, chain))

    def is_own_item(self, call: ex.Call) -> bool:
        """The same for `rows[i].get("title")`."""
        func, first = call.func, call.args[0].value if call.args else None
        if not isinstance(func, ex.Attribute) or func.attr != "get" or not isinstance(first, ex.Constant):
            return False
        key = key_of(func.value)
        return key is not None and self.is_own(key, ex.Subscript(call.start, call.end, func.value, first))

    def is_length(self, call: ex.Call) -> bool:
        """Whether a call only counts elements that the loop writes to."""
        is_len = isinstance(call.func, ex.Name) and call.func.id == "len" and len(call.args) == 1
        return is_len and key_of(call.args[0].value) in self.containers

    def is_read_apart(self, iterable: ex.Expr, names: set[str], body: ex.Expr) -> bool:
        """Whether a comprehension over a container reads only places of its elements that no other iteration of the loop writes."""
        container = key_of(iterable)
        if container not in self.containers or len(names) != 1:
            return False
        element = Element(container, None, is_whole=not isinstance(iterable, ex.Subscript))
        chains = list(_chains_of(body, names))
        return all(self._is_apart_in(element, self._path(next(iter(names)), chain)) for chain in chains)

    def _is_apart_in(self, element: Element, path: tuple[_Step, ...]) -> bool:
        if element.container.split(".")[0] in self._bound:
            return False
        return self._is_apart(element.container, (self._index(element.index), *path))

    def _is_apart(self, key: str, read: tuple[_Step, ...]) -> bool:
        written = self._written.get(key)
        if not written:
            return False
        is_same = key.split(".")[0] not in self._bound
        return all(_never_meet(read, place, is_same) for place in written)

    def is_looked_up(self, call: ex.Call) -> bool:
        """Whether a call asks a database for something by the loop's item: `db.get_rows(user)`, `cursor.execute(QUERY, (number,))`."""
        func = call.func
        if not isinstance(func, ex.Attribute) or func.attr in _SEARCHES:
            return False
        owner = ex.root_name(func.value)
        names = {owner, ex.last_name(func.value)} if owner in ("self", "cls") else {owner}
        if not any(name is not None and name.lstrip("_").lower() in self._databases for name in names):
            return False
        nodes = (node for argument in call.args for node in ex.walk(argument.value))
        return any(isinstance(node, ex.Name) and node.id in self._items for node in nodes)

    def _path(self, key: str, chain: ex.Expr) -> tuple[_Step, ...]:
        steps: list[_Step] = []
        while isinstance(chain, (ex.Attribute, ex.Subscript)):
            if isinstance(chain, ex.Subscript):
                steps.append(self._index(chain.index))
            elif chain.attr not in _INDEXERS:
                steps.append(("=", chain.attr))
            chain = chain.value
        steps.reverse()
        return tuple(steps[key.count(".") :])

    def _index(self, index: ex.Expr | None) -> _Step:
        if index is None:
            return None
        parts = index.items if isinstance(index, ex.Sequence) else (index,)
        shapes = frozenset(path_of(part) for part in parts if not isinstance(part, ex.Constant))
        if not shapes:
            return "=", tuple(part.value for part in parts if isinstance(part, ex.Constant))
        return ("item", shapes) if all(shape and shape[0] in self._items for shape in shapes) else None


def _chains_of(body: ex.Expr, names: set[str]) -> Iterator[ex.Expr]:
    """The longest chains of attributes and items of some names. A method's name is no part of one, but the key of a `get` is."""
    pending = [body]
    while pending:
        node = pending.pop()
        if isinstance(node, ex.Call) and isinstance(node.func, ex.Attribute):
            first = node.args[0].value if node.args else None
            is_get = node.func.attr == "get" and isinstance(first, ex.Constant)
            owner = (
                ex.Subscript(node.start, node.end, node.func.value, first) if is_get and first is not None else node.func.value
            )
            pending += [owner, *node.args]
        elif isinstance(node, (ex.Attribute, ex.Subscript, ex.Name)) and key_of(node) is not None:
            if key_of(node) in names:
                yield node
            while isinstance(node, (ex.Attribute, ex.Subscript)):
                if isinstance(node, ex.Subscript):
                    pending.append(node.index)
                node = node.value
        else:
            pending.extend(node.children())


def _never_meet(read: tuple[_Step, ...], written: tuple[_Step, ...], is_same: bool) -> bool:
    """Whether two places are different ones in any two iterations of the loop. `is_same`: all iterations have the same container, so that another
    key is another place."""
    for one, other in zip(read, written, strict=False):
        if one is None or other is None or one[0] != other[0]:
            continue
        if one == other if one[0] == "item" else is_same and one != other:
            return True
    return False


def _items_of(loop: Block, bindings: Iterable[Binding]) -> frozenset[str]:
    """The names of a `for` loop's item, and those that are bound to a part of it."""
    if loop.kind != "for" or loop.target is None:
        return frozenset()
    names = ex.names_in(loop.target)
    others: dict[str, list[ex.Expr | None]] = {}
    for binding in bindings:
        others.setdefault(binding.name, []).append(binding.value if binding.kind == "assign" else None)
    for name, values in others.items():
        if all(value is not None and not names.isdisjoint(path_of(value)[:1]) for value in values):
            names.add(name)
    return frozenset(names)
