"""Which constants of a file are alternatives of one choice: branches of a conditional, items of a table, members of a class …"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from llmlint.link.names.enclosing import Statement
from llmlint.link.names.index import ModuleIndex
from llmlint.link.names.tables import Gathered
from llmlint.link.program.memo import Memo
from llmlint.scan import expressions as ex
from llmlint.scan.facts import Binding, Block, Exit, Store

# Constant keys on the way to an inner table: `MODELS["anthropic"][level]`.
_LOOKED_UP = r"""(?:\[\s*["'][^"'\n]*["']\s*\]\s*)*"""


def are_alternatives(module: ModuleIndex, one: int, other: int) -> bool:
    """Whether the constants that start at two offsets are what one choice of the program is between."""
    for common in _smallest_around(module, one, other):
        if isinstance(common, (ex.Conditional, ex.Sequence, ex.Mapping)):
            return True
        if isinstance(common, ex.Operation) and common.operator in ("or", "and"):
            return True
        return isinstance(common, ex.Call) and ex.last_name(common.func) == "dict"
    first = [key for statement in module.enclosing.statements(one) for key in _keys(module, statement)]
    second = [key for statement in module.enclosing.statements(other) for key in _keys(module, statement)]
    return any(key in second for key in first)


def offsets_of(module: ModuleIndex, home: ModuleIndex, at: int) -> list[int]:
    """Where a file has a constant: where it is written, and where the name or member stands that is bound to it in its home."""
    bindings = [each for each in home.enclosing.statements(at) if isinstance(each, Binding)]
    names = {each.name for each in bindings if each.scope == 0 or home.scopes[each.scope].kind == "class"}
    found = [at] if module is home else []
    return found + [place for name in sorted(names) for place in module.places_of(name)]


def others_in_list(module: ModuleIndex, at: int) -> list[str]:
    """The other strings of the innermost list, tuple or set display around a constant; in a list of rows (`[("gpt-6-sol", 2), …]`), also other
    strings at its place of the rows."""
    around = list(module.enclosing.expressions(at))
    displays = [node for node in around if isinstance(node, ex.Sequence)]
    found = [text for start, text in _strings(displays[0]) if start != at] if displays else []
    for row, rows in pairwise(around):
        if isinstance(rows, ex.Sequence) and isinstance(row, (ex.Sequence, ex.Mapping)):
            found += _others_in_column(row, rows, at)
    return found


def _others_in_column(row: ex.Sequence | ex.Mapping, rows: ex.Sequence, at: int) -> list[str]:
    """The strings of a list of tuples or dicts at the place of one, other than that."""
    columns = {name for name, value in _columns(row) if value.start == at}
    cells = [value for each in rows.items for name, value in _columns(each) if name in columns]
    texts = [each.value for each in cells if isinstance(each, ex.Constant) and isinstance(each.value, str)]
    own = next((each.value for each in cells if each.start == at and isinstance(each, ex.Constant)), None)
    return [text for text in texts if text != own]


def _columns(row: ex.Expr) -> Iterator[tuple[object, ex.Expr]]:
    if isinstance(row, ex.Sequence):
        yield from enumerate(row.items)
    elif isinstance(row, ex.Mapping):
        yield from ((key.value, value) for key, value in row.items if isinstance(key, ex.Constant))


def others_named_by_key(module: ModuleIndex, at: int) -> list[str]:
    """The strings of the other items of a table around a constant whose own key is made of the constant: `{"opus46": "claude-opus-4-6", …}` is a
    table of what is compared, while `{"fast": …, "large": …}` says what each is for."""
    found: list[str] = []
    constants = [node for node in module.enclosing.expressions(at) if isinstance(node, ex.Constant)]
    own = _letters(constants[0].value) if constants and isinstance(constants[0].value, str) else ""
    for table in module.enclosing.expressions(at):
        items = table.items if isinstance(table, ex.Mapping) else ()
        for key, value in items if own else ():
            name = _letters(key.value) if isinstance(key, ex.Constant) and isinstance(key.value, str) else ""
            if value.start <= at < value.end and any(map(str.isdigit, name)) and (name in own or own in name):
                found += [text for _, other in items if other is not value for text in _texts(other)]
    return found


_GONE_THROUGH: Memo[None, Gathered[set[str]]] = Memo()


def is_gone_through(module: ModuleIndex, at: int) -> bool:
    """Whether the file has a loop over what holds a constant: a table by name, or an attribute."""
    statements = (each for each in module.enclosing.statements(at) if not isinstance(each, Exit))
    names = {each.name if isinstance(each, Binding) else ex.last_name(each.target) for each in statements}
    module.note_flows()
    gone_through = _GONE_THROUGH.get(module, None, lambda: Gathered(set[str](), _add_gone_through, module.blocks)).get()
    return not names.isdisjoint(gone_through)


def _add_gone_through(names: set[str], block: Block) -> None:
    if block.kind in ("for", "comprehension") and block.head is not None:
        names.update(name for node in ex.walk(block.head) if (name := ex.last_name(node)) is not None)


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, text.rpartition("/")[2])).lower()


def _texts(node: ex.Expr) -> Iterator[str]:
    return (each.value for each in ex.walk(node) if isinstance(each, ex.Constant) and isinstance(each.value, str))


_IN_USE: Memo[int, tuple[str, ...]] = Memo()


def others_in_use(module: ModuleIndex, source: str, at: int) -> tuple[str, ...]:
    """The other strings of the table or class of constants that holds one, where the file looks them up too. `source` is the file's text."""
    return _IN_USE.get(module, at, lambda: tuple(_find_others_in_use(module, source, at)))


def _find_others_in_use(module: ModuleIndex, source: str, at: int) -> Iterator[str]:
    for place in (at, *_places_of_function(module, at)):
        for statement in module.enclosing.statements(place):
            if not isinstance(statement, Binding):
                continue
            scope = module.scopes[statement.scope]
            if scope.kind == "class":
                yield from _members_in_use(module, source, scope.name, statement)
            elif isinstance(statement.value, ex.Mapping):
                yield from _items_in_use(module, source, statement.name, statement.value, place)


def _places_of_function(module: ModuleIndex, at: int) -> tuple[int, ...]:
    """Where the function of the module that holds a constant is named: `{"fast": ask_haiku, "best": ask_opus}`."""
    module.note_flows()
    function = module.scopes[module.enclosing.function(at)]
    return module.places_of(function.name) if function.id and function.parent == 0 else ()


def _items_in_use(module: ModuleIndex, source: str, name: str, mapping: ex.Mapping, at: int) -> Iterator[str]:
    """The strings of the other items of a table that the file looks up, also those in functions that are its items."""
    table = rf"\b{re.escape(name)}\s*{_LOOKED_UP}"
    is_open = re.search(rf"{table}(?:\[|\.(?:get|pop)\()\s*(?![\"'\s])|{table}\.(?:items|values)\(", source)
    for key, value in _items(mapping):
        if not value.start <= at < value.end and (
            is_open or re.search(rf"{table}(?:\[|\.get\()\s*[\"']{re.escape(key)}[\"']", source)
        ):
            yield from (text for _, text in _strings(value))
            for node in _sent_by_function(module, value):
                yield from (text for _, text in _strings(node))


def _sent_by_function(module: ModuleIndex, function: ex.Expr) -> Iterator[ex.Expr]:
    """The arguments of the calls in a lambda, or in a function of the module that a name stands for."""
    scopes = [function.scope_id] if isinstance(function, ex.Lambda) else []
    if isinstance(function, ex.Name):
        scopes = [each.scope_id for each in module.bindings(0, function.id) if each.kind == "def" and each.scope_id is not None]
    for scope in scopes:
        module.lower_scope(scope)
        yield from (argument.value for fact in module.calls_by_scope.get(scope) for argument in fact.call.args)


def choices_of_option(module: ModuleIndex, at: int) -> list[str]:
    """The strings that a command-line option lets the user choose from, where its default starts at an offset."""
    found = []
    for fact in module.named_facts.calls:
        if fact.call.start <= at < fact.call.end:
            choices = fact.call.value("choices") or fact.call.value("type")
            found += [text for _, text in _strings(choices)] if choices is not None else []
    return found


def _members_in_use(module: ModuleIndex, source: str, name: str, chosen: Binding) -> Iterator[str]:
    """The values of the other members of a class that the file names, or of all where it picks members by their value or name: an
    enumeration's by `Models(value)`, `Models[name]` and `for each in Models`, any class's by `getattr(Models, name)`. `Settings()` and
    `Settings(field=value)` make an instance, which chooses none of the fields."""
    class_ = re.escape(name)
    is_open = re.search(
        rf"(?<!class )\b{class_}\s*(?:\[|\(\s*(?!\w+\s*=[^=]|\*\*)[^)\s])|\bin {class_}\b"
        rf"|\b(?:getattr|vars)\(\s*{class_}\s*[,)]|\b{class_}\.__(?:dict|members)__",
        source,
    )
    for member, bindings in module.members[chosen.scope].items():
        if member != chosen.name and (is_open or re.search(rf"\b{class_}\.{re.escape(member)}\b", source)):
            yield from (text for each in bindings for _, text in _strings(each.value))


def _items(mapping: ex.Mapping) -> Iterator[tuple[str, ex.Expr]]:
    """The items of a dict display, and of those in it."""
    for node in ex.walk(mapping):
        for key, value in node.items if isinstance(node, ex.Mapping) else ():
            if isinstance(key, ex.Constant):
                yield str(key.value), value


def _strings(expression: ex.Expr | None) -> Iterator[tuple[int, str]]:
    """The string constants in an expression, with their offsets."""
    for node in ex.walk(expression) if expression is not None else ():
        if isinstance(node, ex.Constant) and isinstance(node.value, str):
            yield node.start, node.value


def _keys(module: ModuleIndex, statement: Statement) -> Iterator[tuple[object, ...]]:
    """What two statements share if they give one thing its value: a name, an attribute, a class of constants, a function's result."""
    if isinstance(statement, Binding):
        yield statement.scope, statement.name
        if module.scopes[statement.scope].kind == "class":
            yield (statement.scope,)
    elif isinstance(statement, Store):
        owner = module.enclosing_class(statement.scope)
        name = ex.dotted_name(statement.target)
        if name is not None:
            yield owner.id if owner is not None else statement.scope, name
    elif statement.kind == "return":
        yield statement.scope, statement.kind


def _smallest_around(module: ModuleIndex, one: int, other: int) -> Iterator[ex.Expr]:
    """The expressions around two offsets, inside out."""
    return (node for node in module.enclosing.expressions(one) if node.start <= other < node.end)
