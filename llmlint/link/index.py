"""Look-ups over the facts of one file: scopes, blocks, and which bindings of a name reach a use."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterator
from functools import cached_property
from typing import TYPE_CHECKING, Any

from llmlint.link.tables import Table, collected, grouped, in_order
from llmlint.scan.expressions import (
    Attribute,
    Await,
    Call,
    Expr,
    Mapping,
    Name,
    Sequence,
    dotted_name,
    last_name,
    root_name,
    walk,
)
from llmlint.scan.facts import Binding, Block, CallFact, Exit, Facts, GrowingFacts, Mention, ModuleFacts, Parameter, Scope, Store

if TYPE_CHECKING:
    from dataclasses import dataclass
else:
    from llmlint.quick import dataclass

# Blocks whose body always runs when the statement is reached, as far as values are concerned.
_TRANSPARENT = frozenset({"scope", "with", "try", "try-else", "finally"})
LOOPS = frozenset({"for", "while", "comprehension"})
# What is made of the facts of the whole file, and made anew when they have grown.
_MADE_OF_ALL = ("displays", "fact_of_call", "outer_call", "holders", "members", "branches", "_imported_packages")


@dataclass(frozen=True, slots=True)
class Point:
    """A place in the flow of one file: what can be seen from there."""

    scope: int
    block: int
    order: int


class ModuleIndex:
    """The facts of one file, indexed for the linker."""

    def __init__(self, facts: ModuleFacts | GrowingFacts) -> None:
        self.facts: Facts = facts
        self.path = facts.path
        self.scopes = facts.scopes
        self.blocks = facts.blocks
        # What `dependence.keys_in` has found out.
        self.keys_read: dict[Expr, frozenset[str]] = {}

        self._growing = None if isinstance(facts, ModuleFacts) else facts
        self._asked_for: set[tuple[str, Mention]] = set()
        self._reaching: dict[tuple[str, int, int, int], list[Binding]] = {}
        self._methods_of_self: dict[tuple[int, str], Scope | None] = {}

        by_scope = None if self._growing is None else self.lower_scope
        by_first = None if self._growing is None else self._lower_first

        def by_name(how: Mention) -> Callable[[str], None] | None:
            return None if self._growing is None else lambda name: self.lower_mentions(name, how)

        # Bindings by scope and name, and by scope alone.
        self.bindings = Table(self._build_bindings, by_first)
        self.bindings_by_scope = Table(lambda: grouped(self.facts.bindings, lambda each: each.scope), by_scope)
        # Attribute and item stores by scope and the name at the left end of their target.
        self.stores_by_root = Table(self._build_stores_by_root, by_first)
        # Stores to an attribute of a plain name (`self.x = …`), by the attribute.
        self.attribute_stores = Table(self._build_attribute_stores, by_name(Mention.STORED))
        self.calls_by_scope = Table(lambda: grouped(self.facts.calls, lambda each: each.scope), by_scope)
        # Method calls by scope and the name at the left end of what is called.
        self.calls_by_root = Table(self._build_calls_by_root, by_first)
        # Calls that are handed a bare name (or `*name`, `**name`) as an argument, by scope and that name.
        self.calls_taking = Table(self._build_calls_taking, by_first)
        # Calls by the last name of what is called: `f` for `f()`, `m.f()` and `x().f()`.
        self.calls_by_tail = Table(self._build_calls_by_tail, by_name(Mention.CALLED))
        # Calls that are handed a plain name or attribute, with the argument's index, by the last part of that name.
        self.handed_by_tail = Table(self._build_handed_by_tail, by_name(Mention.HANDED))
        # The names that imports and plain assignments give to something, by its last name, in the order of the source.
        self.aliases = Table(self._build_aliases, by_name(Mention.NAMED))
        self.exits_by_scope = Table(lambda: grouped(self.facts.exits, lambda each: each.scope), by_scope)
        self.exits_by_block = Table(lambda: grouped(self.facts.exits, lambda each: each.block))
        self._tables: tuple[Table[Any, Any], ...] = tuple(each for each in vars(self).values() if isinstance(each, Table))

    # Facts that grow

    def lower_scope(self, scope: int) -> None:
        """See to it that what a function holds is among the facts."""
        if self._growing is not None and self._growing.lower_scope(scope):
            self._forget()

    def lower_mentions(self, name: str, how: Mention = Mention.ANY) -> None:
        """See to it that all functions that mention a name are among the facts."""
        if self._growing is None or (name, how) in self._asked_for:
            return
        self._asked_for.add((name, how))
        if self._growing.lower_mentions(name, how):
            self._forget()

    def _lower_first(self, key: tuple[int, str]) -> None:
        self.lower_scope(key[0])

    def _forget(self) -> None:
        for table in self._tables:
            table.forget()
        for name in _MADE_OF_ALL:
            self.__dict__.pop(name, None)

    # Indices

    def _build_bindings(self) -> dict[tuple[int, str], list[Binding]]:
        table = grouped(self.facts.bindings, lambda binding: (binding.scope, binding.name))
        for (scope, name), found in list(table.items()):
            if scope and any(binding.kind == "global" for binding in found):
                home = self._home_of_global(scope, name)
                table[home, name] = sorted(
                    [*table.get((home, name), ()), *(binding for binding in found if binding.kind != "global")],
                    key=lambda b: b.order,
                )
        return table

    def _home_of_global(self, scope: int, name: str) -> int:
        current = self.scopes[scope].parent
        while current:
            if self.scopes[current].kind == "function" and any(
                binding.scope == current and binding.name == name and binding.kind != "global" for binding in self.facts.bindings
            ):
                return current
            current = self.scopes[current].parent
        return 0

    def _build_stores_by_root(self) -> dict[tuple[int, str], list[Store]]:
        found = ((store, root_name(store.target)) for store in self.facts.stores)
        return collected(((store.scope, root), store) for store, root in found if root is not None)

    def _build_attribute_stores(self) -> dict[str, list[Store]]:
        targets = ((store, store.target) for store in in_order(self.facts.stores))
        return collected(
            (target.attr, store) for store, target in targets if isinstance(target, Attribute) and isinstance(target.value, Name)
        )

    def _build_calls_by_root(self) -> dict[tuple[int, str], list[CallFact]]:
        found = ((fact, root_name(fact.call.func)) for fact in self.facts.calls)
        return collected(((fact.scope, root), fact) for fact, root in found if root is not None)

    def _build_calls_taking(self) -> dict[tuple[int, str], list[CallFact]]:
        given = ((fact, argument.value) for fact in self.facts.calls for argument in fact.call.args)
        return collected(((fact.scope, value.id), fact) for fact, value in given if isinstance(value, Name))

    def _build_calls_by_tail(self) -> dict[str, list[CallFact]]:
        found = ((fact, fact.call.func) for fact in in_order(self.facts.calls))
        return collected(
            (func.attr if isinstance(func, Attribute) else func.id, fact)
            for fact, func in found
            if isinstance(func, (Attribute, Name))
        )

    def _build_handed_by_tail(self) -> dict[str, list[tuple[CallFact, int]]]:
        given = (
            (fact, index, argument.value) for fact in in_order(self.facts.calls) for index, argument in enumerate(fact.call.args)
        )
        return collected(
            (value.attr if isinstance(value, Attribute) else value.id, (fact, index))
            for fact, index, value in given
            if isinstance(value, (Attribute, Name))
        )

    def _build_aliases(self) -> dict[str, list[str]]:
        table: dict[str, dict[str, None]] = defaultdict(dict)
        for binding in in_order(self.facts.bindings):
            name = binding.member if binding.kind == "import" else last_name(binding.value) if binding.kind == "assign" else None
            if name is not None:
                table[name][binding.name] = None
        return {name: list(aliases) for name, aliases in table.items()}

    @cached_property
    def displays(self) -> list[tuple[Binding | Store, Mapping | Sequence]]:
        """What is bound or stored as a dict, list, tuple or set display."""
        holders: list[Binding | Store] = [*self.facts.bindings, *self.facts.stores]
        return [(holder, holder.value) for holder in holders if isinstance(holder.value, (Mapping, Sequence))]

    @cached_property
    def fact_of_call(self) -> dict[Call, CallFact]:
        return {fact.call: fact for fact in self.facts.calls}

    @cached_property
    def outer_call(self) -> dict[Expr, Call]:
        """For each call or reference in an argument, the call whose argument it is (nearest)."""
        table: dict[Expr, Call] = {}
        for fact in self.facts.calls:
            for argument in fact.call.args:
                for node in walk(argument.value):
                    # Inner calls come before the calls around them, so the first entry is the nearest.
                    table.setdefault(node, fact.call)
        return table

    @cached_property
    def holders(self) -> dict[Expr, Binding | Store | Exit]:
        """For each call, the statement that takes its value: a binding, a store, or an exit."""
        table: dict[Expr, Binding | Store | Exit] = {}
        statements: list[Binding | Store | Exit] = [*self.facts.bindings, *self.facts.stores, *self.facts.exits]
        for holder in statements:
            if holder.value is not None:
                for node in walk(holder.value):
                    if isinstance(node, (Call, Await)):
                        table.setdefault(node, holder)
        return table

    @cached_property
    def members(self) -> dict[int, dict[str, list[Binding]]]:
        """Bindings in each class body, by class scope and name."""
        table: dict[int, dict[str, list[Binding]]] = defaultdict(lambda: defaultdict(list))
        for binding in self.facts.bindings:
            if self.scopes[binding.scope].kind == "class":
                table[binding.scope][binding.name].append(binding)
        return table

    @cached_property
    def branches(self) -> dict[int, list[Block]]:
        """The branches of one statement, by group."""
        return grouped(self.blocks, lambda block: block.group)

    def imports_any(self, packages: frozenset[str]) -> bool:
        """Whether the file imports one of some top-level packages."""
        for package in packages if self._growing is not None else ():
            self.lower_mentions(package)
        return not self._imported_packages.isdisjoint(packages)

    @cached_property
    def _imported_packages(self) -> frozenset[str]:
        return frozenset(binding.module.split(".")[0] for binding in self.facts.bindings if binding.kind == "import")

    def classes_with_base(self, name: str) -> list[Scope]:
        """The classes of the file that have a base of this (last) name, in the order of the source."""
        self.lower_mentions(name)
        found = [each for each in self.scopes if each.kind == "class" and any(last_name(base) == name for base in each.bases)]
        return sorted(found, key=lambda scope: scope.start)

    # Scopes and blocks

    def parameter(self, scope: int, name: str) -> Parameter | None:
        return next((p for p in self.scopes[scope].parameters if p.name == name), None)

    def enclosing_class(self, scope: int) -> Scope | None:
        """The class whose method a scope is, or lies in."""
        current: int | None = scope
        while current is not None:
            parent = self.scopes[current].parent
            if self.scopes[current].kind in ("function", "lambda") and parent is not None and self.scopes[parent].kind == "class":
                return self.scopes[parent]
            current = parent
        return None

    def method_of_self(self, scope: int, name: str) -> Scope | None:
        """The class that `name` stands for an instance of in this scope: the first parameter of the method around it."""
        key = (scope, name)
        if key not in self._methods_of_self:
            self._methods_of_self[key] = self._find_method_of_self(scope, name)
        return self._methods_of_self[key]

    def _find_method_of_self(self, scope: int, name: str) -> Scope | None:
        current: int | None = scope
        while current is not None:
            here = self.scopes[current]
            parent = here.parent
            if here.kind == "function":
                if parent is not None and self.scopes[parent].kind == "class" and here.parameters:
                    is_static = any(dotted_name(d) == "staticmethod" for d in here.decorators)
                    return self.scopes[parent] if here.parameters[0].name == name and not is_static else None
                if self.parameter(current, name) or (current, name) in self.bindings:
                    return None
            current = parent
        return None

    def block_path(self, block: int) -> Iterator[Block]:
        """The block and those around it, inside out, up to the body of its scope."""
        current: int | None = block
        while current is not None:
            here = self.blocks[current]
            yield here
            if here.kind == "scope":
                return
            current = here.parent

    def conditions(self, block: int) -> list[Block]:
        """The blocks around a place, outside in, whose body may not run or runs again."""
        return [here for here in self.block_path(block) if here.kind not in _TRANSPARENT][::-1]

    def loops(self, block: int) -> list[Block]:
        """The loops around a place, inside out."""
        return [here for here in self.block_path(block) if here.kind in LOOPS]

    def is_inside(self, block: int, outer: int) -> bool:
        return any(here.id == outer for here in self.block_path(block))

    # Which bindings reach a use

    def reaching(self, name: str, point: Point) -> list[Binding]:
        """The bindings of a name in `point.scope` that can be what a use there sees, the latest first."""
        bindings = self.bindings.get((point.scope, name))
        if not bindings:
            return []
        key = (name, point.scope, point.block, point.order)
        if key not in self._reaching:
            self._reaching[key] = self._find_reaching(bindings, point)
        return self._reaching[key]

    def _find_reaching(self, bindings: list[Binding], point: Point) -> list[Binding]:
        bindings = [binding for binding in bindings if binding.kind not in ("global", "delete")]
        # What another function binds as `global` may happen at any time, or never.
        elsewhere = [binding for binding in bindings if binding.scope != point.scope]
        bindings = [binding for binding in bindings if binding.scope == point.scope]
        if not bindings:
            return elsewhere
        before = bisect_left([binding.order for binding in bindings], point.order)
        use_path = {block.id for block in self.block_path(point.block)}
        loops = [block.id for block in self.loops(point.block)]
        found: list[Binding] = []
        covered: dict[int, set[int]] = defaultdict(set)
        killed_in: set[int] = set()
        for binding in reversed(bindings[:before]):
            own = self.conditions(binding.block)
            if any(block.kind == "comprehension" and block.id not in use_path for block in own):
                continue
            outside = [block for block in own if block.id not in use_path]
            if outside and (self._excludes(outside[0], point.block) or self._never_falls_through(outside, binding.order)):
                continue
            found.append(binding)
            if not outside:
                # What an augmented assignment adds to is its own business: it asks for that from where it stands.
                killed_in = {block.id for block in own}
                break
            covered[outside[0].group].add(outside[0].id)
            if len(outside) == 1 and self._covers(outside[0].group, covered[outside[0].group]):
                killed_in = {block.id for block in own if block.id in use_path}
                break
        for binding in bindings[before:]:
            # Bound later in a loop around the use: seen from the next round on, unless each round binds it anew before the use.
            carried = [loop for loop in loops if self.is_inside(binding.block, loop)]
            if carried and not any(loop in killed_in for loop in carried) and binding not in found:
                own_comprehensions = [
                    b for b in self.conditions(binding.block) if b.kind == "comprehension" and b.id not in use_path
                ]
                if not own_comprehensions:
                    found.append(binding)
        return found + elsewhere

    def _excludes(self, branch: Block, use_block: int) -> bool:
        """Whether the use is in another branch of the same statement."""
        return branch.kind in ("if", "else", "case", "except") and any(
            here.group == branch.group and here.id != branch.id for here in self.block_path(use_block)
        )

    def _never_falls_through(self, blocks: list[Block], order: int) -> bool:
        """Whether a branch leaves the function or the loop before its end, so that what it binds is not seen after it."""
        return any(
            leave.order > order and (leave.kind in ("return", "raise") or (leave.kind == "continue" and block.kind != "for"))
            for block in blocks
            if block.kind in ("if", "else", "case", "except")
            for leave in self.exits_by_block.get(block.id, ())
        )

    def _covers(self, group: int, taken: set[int]) -> bool:
        """Whether one branch of the statement always runs and all its branches are in `taken` (or leave)."""
        branches = [block for block in self.branches[group] if block.kind in ("if", "else", "case")]
        return any(block.kind == "else" for block in branches) and all(
            block.id in taken or self._never_falls_through([block], block.first) for block in branches
        )

    def at_end_of(self, scope: int) -> Point:
        """The point after the last statement of a scope: what a function defined in it sees when it runs later."""
        block = self.scopes[scope].block
        return Point(scope, block, self.blocks[block].last)
