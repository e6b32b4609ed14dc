"""Look-ups over the facts of one file: scopes, blocks, and which bindings of a name reach a use."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING

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
from llmlint.scan.facts import Binding, Block, CallFact, Exit, ModuleFacts, Parameter, Scope, Store

if TYPE_CHECKING:
    from dataclasses import dataclass
else:
    from llmlint.quick import dataclass

# Blocks whose body always runs when the statement is reached, as far as values are concerned.
_TRANSPARENT = frozenset({"scope", "with", "try", "try-else", "finally"})
LOOPS = frozenset({"for", "while", "comprehension"})


@dataclass(frozen=True, slots=True)
class Point:
    """A place in the flow of one file: what can be seen from there."""

    scope: int
    block: int
    order: int


class ModuleIndex:
    """The facts of one file, indexed for the linker."""

    def __init__(self, facts: ModuleFacts) -> None:
        self.facts = facts
        self.path = facts.path
        self.scopes = facts.scopes
        self.blocks = facts.blocks
        # What `dependence.keys_in` has found out.
        self.keys_read: dict[Expr, frozenset[str]] = {}

        self._reaching: dict[tuple[str, int, int, int], list[Binding]] = {}
        self._methods_of_self: dict[tuple[int, str], Scope | None] = {}

    # Indices, made when first asked for

    @cached_property
    def bindings(self) -> dict[tuple[int, str], list[Binding]]:
        table: dict[tuple[int, str], list[Binding]] = defaultdict(list)
        for binding in self.facts.bindings:
            table[binding.scope, binding.name].append(binding)
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

    @cached_property
    def stores_by_root(self) -> dict[tuple[int, str], list[Store]]:
        """Attribute and item stores by scope and the name at the left end of their target."""
        table: dict[tuple[int, str], list[Store]] = defaultdict(list)
        for store in self.facts.stores:
            root = root_name(store.target)
            if root is not None:
                table[store.scope, root].append(store)
        return table

    @cached_property
    def attribute_stores(self) -> dict[str, list[Store]]:
        """Stores to an attribute of a plain name (`self.x = …`), by the attribute."""
        table: dict[str, list[Store]] = defaultdict(list)
        for store in self.facts.stores:
            if isinstance(store.target, Attribute) and isinstance(store.target.value, Name):
                table[store.target.attr].append(store)
        return table

    @cached_property
    def calls_by_root(self) -> dict[tuple[int, str], list[CallFact]]:
        """Method calls by scope and the name at the left end of what is called."""
        table: dict[tuple[int, str], list[CallFact]] = defaultdict(list)
        for fact in self.facts.calls:
            root = root_name(fact.call.func)
            if root is not None:
                table[fact.scope, root].append(fact)
        return table

    @cached_property
    def calls_taking(self) -> dict[tuple[int, str], list[CallFact]]:
        """Calls that are handed a bare name (or `*name`, `**name`) as an argument, by scope and that name."""
        table: dict[tuple[int, str], list[CallFact]] = defaultdict(list)
        for fact in self.facts.calls:
            for argument in fact.call.args:
                if isinstance(argument.value, Name):
                    table[fact.scope, argument.value.id].append(fact)
        return table

    @cached_property
    def calls_by_tail(self) -> dict[str, list[CallFact]]:
        """Calls by the last name of what is called: `f` for `f()`, `m.f()` and `x().f()`."""
        table: dict[str, list[CallFact]] = defaultdict(list)
        for fact in self.facts.calls:
            if isinstance(fact.call.func, Attribute):
                table[fact.call.func.attr].append(fact)
            elif isinstance(fact.call.func, Name):
                table[fact.call.func.id].append(fact)
        return table

    @cached_property
    def handed_by_tail(self) -> dict[str, list[tuple[CallFact, int]]]:
        """Calls that are handed a plain name or attribute, with the argument's index, by the last part of that name."""
        table: dict[str, list[tuple[CallFact, int]]] = defaultdict(list)
        for fact in self.facts.calls:
            for index, argument in enumerate(fact.call.args):
                if isinstance(argument.value, Attribute):
                    table[argument.value.attr].append((fact, index))
                elif isinstance(argument.value, Name):
                    table[argument.value.id].append((fact, index))
        return table

    @cached_property
    def aliases(self) -> dict[str, list[str]]:
        """The names that imports and plain assignments give to something, by its last name, in the order of the source."""
        table: dict[str, dict[str, None]] = defaultdict(dict)
        for binding in self.facts.bindings:
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
    def exits_by_scope(self) -> dict[int, list[Exit]]:
        table: dict[int, list[Exit]] = defaultdict(list)
        for leave in self.facts.exits:
            table[leave.scope].append(leave)
        return table

    @cached_property
    def exits_by_block(self) -> dict[int, list[Exit]]:
        table: dict[int, list[Exit]] = defaultdict(list)
        for leave in self.facts.exits:
            table[leave.block].append(leave)
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
        table: dict[int, list[Block]] = defaultdict(list)
        for block in self.blocks:
            table[block.group].append(block)
        return table

    @cached_property
    def imported_packages(self) -> frozenset[str]:
        """The top-level packages of all imports."""
        return frozenset(binding.module.split(".")[0] for binding in self.facts.bindings if binding.kind == "import")

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
