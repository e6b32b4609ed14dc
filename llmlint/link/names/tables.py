"""Look-ups over facts, made when they are first asked for, and continued where facts have grown."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from typing import Any, Generic, Protocol, TypeVar

from llmlint.link.names.effects import LEAVES
from llmlint.scan.expressions import (
    Attribute,
    Await,
    Call,
    Conditional,
    Expr,
    Lambda,
    Mapping,
    Name,
    Subscript,
    last_name,
    root_name,
    walk,
)
from llmlint.scan.expressions import Sequence as Display
from llmlint.scan.facts import Binding, Block, CallFact, Exit, Store

_Key = TypeVar("_Key", bound=Hashable)
_Entry = TypeVar("_Entry")


class _Ordered(Protocol):
    @property
    def order(self) -> int: ...


_Fact = TypeVar("_Fact", bound=_Ordered)
_Kept = TypeVar("_Kept", Binding, Store)
_Scoped = TypeVar("_Scoped", Binding, CallFact, Exit, Store)


def in_order(facts: Iterable[_Fact]) -> list[_Fact]:
    """Facts in the order of the source: those that have grown are in the order of the questions."""
    return sorted(facts, key=lambda fact: fact.order)


class _Nothing(set[Any]):
    """A set that stays empty."""

    def add(self, item: object) -> None:
        pass


class Table(Generic[_Key, _Entry]):
    """A look-up over facts of one kind, each of which may stand under several keys.

    `prepare` sees to it that what is asked for is among the facts. What `get` gives is never changed later, and is in the order of `order`
    or else of the facts.
    """

    __slots__ = ("_count", "_entries", "_facts", "_order", "_pairs", "_prepare", "_prepared")

    def __init__(
        self,
        facts: Sequence[Any],
        pairs: Callable[[Any], Iterable[tuple[_Key, _Entry]]],
        prepare: Callable[[_Key], object] | None = None,
        order: Callable[[_Entry], int] | None = None,
    ) -> None:
        self._facts = facts
        self._pairs = pairs
        self._prepare = prepare
        self._order = order
        self._prepared: set[_Key] = set()
        self._count = 0
        self._entries: dict[_Key, list[_Entry]] = {}

    def get(self, key: _Key) -> Sequence[_Entry]:
        if self._prepare is not None and key not in self._prepared:
            self._prepared.add(key)
            self._prepare(key)
        if self._count != len(self._facts):
            self._continue()
        return self._entries.get(key, ())

    def __contains__(self, key: _Key) -> bool:
        return bool(self.get(key))

    def prepare_always(self) -> None:
        """Prepare each time that something is asked for, so that each is noted."""
        self._prepared = _Nothing()

    def _continue(self) -> None:
        pairs = self._pairs
        added: dict[_Key, list[_Entry]] = defaultdict(list)
        end = len(self._facts)
        for fact in self._facts[self._count : end]:
            for key, entry in pairs(fact):
                added[key].append(entry)
        for key, entries in added.items():
            known = self._entries.get(key, ())
            added[key] = [*known, *entries] if self._order is None else sorted([*known, *entries], key=self._order)
        self._entries.update(added)
        self._count = end


_Result = TypeVar("_Result")


class Gathered(Generic[_Result]):
    """What is gathered from facts of some kinds, one after the other, and goes on where they have grown."""

    __slots__ = ("_add", "_counts", "_facts", "_result")

    def __init__(self, result: _Result, add: Callable[[_Result, Any], object], *facts: Sequence[Any]) -> None:
        self._result = result
        self._add = add
        self._facts = facts
        self._counts = [0] * len(facts)

    def get(self) -> _Result:
        for number, facts in enumerate(self._facts):
            count = self._counts[number]
            if count != len(facts):
                self._counts[number] = len(facts)
                for fact in facts[count:]:
                    self._add(self._result, fact)
        return self._result


# What facts add


def add_display(displays: list[tuple[Binding | Store, Mapping | Display]], holder: Binding | Store) -> None:
    if isinstance(holder.value, (Mapping, Display)):
        displays.append((holder, holder.value))


def add_fact_of_call(table: dict[Call, CallFact], fact: CallFact) -> None:
    table[fact.call] = fact


def add_outer_call(table: dict[Expr, Call], fact: CallFact) -> None:
    for argument in fact.call.args:
        for node in walk(argument.value):
            # Inner calls come before the calls around them, so the first entry is the nearest.
            table.setdefault(node, fact.call)


def add_holder(table: dict[Expr, Binding | Store | Exit], holder: Binding | Store | Exit) -> None:
    for node in walk(holder.value) if holder.value is not None else ():
        if isinstance(node, (Call, Await)):
            table.setdefault(node, holder)


def add_branch(table: dict[int, list[Block]], block: Block) -> None:
    table[block.group].append(block)


def add_alternative(table: dict[int, list[Block]], block: Block) -> None:
    """The branches of a statement of which at most one runs, and the `else` first."""
    if block.kind == "else":
        table[block.group].insert(0, block)
    elif block.kind in ("if", "case"):
        table[block.group].append(block)


def add_group(groups: dict[int, dict[int, None]], block: Block) -> None:
    if block.kind == "if" and block.parent is not None:
        groups[block.parent][block.group] = None


def add_package(packages: set[str], binding: Binding) -> None:
    if binding.kind == "import":
        packages.add(binding.module.split(".")[0])


# Under which keys a fact stands


def order_of(fact: Any) -> int:
    return int(fact.order)


def with_scope(fact: _Scoped) -> list[tuple[int, _Scoped]]:
    return [(fact.scope, fact)]


def with_names_kept(holder: _Kept) -> list[tuple[str, _Kept]]:
    """By what a function is known where it is kept: its last name, alone, in a `partial`, or in a dict or list."""
    return [(name, holder) for name in dict.fromkeys(_names_kept(holder.value))] if holder.value is not None else []


def with_names_displayed(holder: tuple[_Kept, Mapping | Display]) -> list[tuple[str, tuple[_Kept, Mapping | Display]]]:
    return [(name, holder) for name in dict.fromkeys(_names_kept(holder[1]))]


def _names_kept(value: Expr) -> Iterator[str]:
    pending = [value]
    while pending:
        each = pending.pop()
        if isinstance(each, Display):
            pending += each.items
        elif isinstance(each, Mapping):
            pending += [item for _, item in each.items]
        elif isinstance(each, Call):
            pending += [argument.value for argument in each.args[:1]]
        elif isinstance(each, Lambda):
            yield "<lambda>"  # as its scope is named
        elif (name := last_name(each)) is not None:
            yield name


def with_root_of_store(store: Store) -> list[tuple[tuple[int, str], Store]]:
    root = root_name(store.target)
    return [((store.scope, root), store)] if root is not None else []


def with_attribute(store: Store) -> list[tuple[str, Store]]:
    target = store.target
    return [(target.attr, store)] if isinstance(target, Attribute) and isinstance(target.value, Name) else []


def with_root_of_call(fact: CallFact) -> list[tuple[tuple[int, str], CallFact]]:
    root = root_name(fact.call.func)
    return [((fact.scope, root), fact)] if root is not None else []


def with_member(fact: CallFact) -> list[tuple[str, CallFact]]:
    """By `x` for `self.x.append()` and `self.x["a"].y.append()`."""
    member = None
    node = fact.call.func.value if isinstance(fact.call.func, Attribute) else fact.call.func
    while isinstance(node, (Attribute, Subscript)):
        member = node.attr if isinstance(node, Attribute) else member
        node = node.value
    return [(member, fact)] if member is not None and isinstance(node, Name) else []


def with_names_taken(fact: CallFact) -> list[tuple[tuple[int, str], CallFact]]:
    return [((fact.scope, each.value.id), fact) for each in fact.call.args if isinstance(each.value, Name)]


def with_tail(fact: CallFact) -> list[tuple[str, CallFact]]:
    func = fact.call.func
    if isinstance(func, Attribute):
        return [(func.attr, fact)]
    return [(func.id, fact)] if isinstance(func, Name) else []


def with_tail_in_scope(fact: CallFact) -> list[tuple[tuple[int, str], CallFact]]:
    return [((fact.scope, tail), fact) for tail, _ in with_tail(fact)]


def with_root_of_value(binding: Binding) -> list[tuple[tuple[int, str], Binding]]:
    root = root_name(binding.value) if binding.value is not None else None
    return [((binding.scope, root), binding)] if root is not None else []


def with_tails_handed(fact: CallFact) -> list[tuple[str, tuple[CallFact, int]]]:
    given = enumerate(argument.value for argument in fact.call.args)
    return [
        (value.attr if isinstance(value, Attribute) else value.id, (fact, index))
        for index, value in given
        if isinstance(value, (Attribute, Name))
    ]


def with_name_given(binding: Binding) -> list[tuple[str, Binding]]:
    if binding.kind == "import":
        return [(binding.member, binding)] if binding.member is not None else []
    names = _names_of(binding.value) if binding.kind == "assign" and binding.value is not None else []
    return [(name, binding) for name in names]


def _names_of(value: Expr) -> list[str]:
    """The last name of an expression, or those that it chooses from: `check if is_fast else check_well`."""
    if isinstance(value, Conditional):
        return [*_names_of(value.body), *_names_of(value.orelse)]
    name = last_name(value)
    return [name] if name is not None else []


def left(blocks: Iterable[Block], exits_by_block: Table[int, Exit], order: int) -> Exit | None:
    """The statement with which a branch leaves the function or starts the next iteration before its end, so that what it binds is not
    seen after it."""
    branches = (block for block in blocks if block.kind in ("if", "else", "case", "except"))
    leaves = (leave for block in branches for leave in exits_by_block.get(block.id))
    return next((leave for leave in leaves if leave.order > order and (leave.kind in LEAVES or leave.kind == "continue")), None)
