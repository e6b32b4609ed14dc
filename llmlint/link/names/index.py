"""Look-ups over the facts of one file: scopes, blocks, and which bindings of a name reach a use."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator
from collections.abc import Sequence as AnySequence
from typing import TYPE_CHECKING, Any

from llmlint.link.names import tables
from llmlint.link.names.enclosing import Enclosing
from llmlint.link.names.looked_at import NotedFacts
from llmlint.link.names.lowering import Lowering
from llmlint.link.names.tables import Gathered, Table
from llmlint.link.rests import Rests, Results
from llmlint.scan.expressions import Attribute, Call, Expr, Mapping, Name, Sequence, dotted_name, last_name
from llmlint.scan.facts import Binding, Block, CallFact, Exit, Facts, GrowingFacts, Mention, ModuleFacts, Parameter, Scope, Store

if TYPE_CHECKING:
    from dataclasses import dataclass

    from llmlint.scan.facts import FactKind
else:
    from llmlint.performance.unfrozen import dataclass

# Blocks whose body always runs when the statement is reached, as far as values are concerned.
_TRANSPARENT = frozenset({"scope", "with", "try", "try-else", "finally"})
LOOPS = frozenset({"for", "while", "comprehension"})


@dataclass(frozen=True, slots=True)
class Point:
    """A place in the flow of one file: what can be seen from there."""

    scope: int
    block: int
    order: int


class ModuleIndex(Lowering):
    """The facts of one file, indexed for the linker."""

    def __init__(self, facts: ModuleFacts | GrowingFacts, rests: Rests | None = None) -> None:
        self.path = facts.path
        self.scopes = facts.scopes
        self.blocks = facts.blocks
        # What `keys.keys_in` has found out.
        self.keys_read: dict[Expr, frozenset[str]] = {}
        # What `Memo` remembers; nobody else uses it.
        self.remembered: dict[object, Results[Any, Any]] = {}
        self.enclosing = Enclosing(facts)

        super().__init__(facts, rests)
        # All facts, which is noted; and the same for who goes only through those with a name or place that was looked for another way.
        self.facts: Facts = facts if self.rests is None else NotedFacts(facts, self.rests)
        self.named_facts: Facts = facts
        self._reaching: dict[tuple[str, int, int, int], list[Binding]] = {}
        self._methods_of_self: dict[tuple[int, str], Scope | None] = {}

        by_first = None if self.growing is None else self.lower_first

        def by_scope(kind: FactKind) -> Callable[[int], None] | None:
            return None if self.growing is None else lambda scope: self.lower_for_facts(scope, kind)

        def by_name(how: Mention) -> Callable[[str], None] | None:
            return None if self.growing is None else lambda name: self.lower_mentions(name, how)

        # Bindings by scope and name, and by scope alone.
        self._plain_bindings = Table(facts.bindings, lambda each: [((each.scope, each.name), each)], by_first)
        self._global_bindings = Table(facts.bindings, self._of_global, None, tables.order_of)
        self.bindings_by_scope = Table(facts.bindings, tables.with_scope, by_scope("bindings"))
        # Attribute and item stores by scope and the name at the left end of their target.
        self.stores_by_root = Table(facts.stores, tables.with_root_of_store, by_first)
        # Stores to an attribute of a plain name (`self.x = …`), by the attribute.
        self.attribute_stores = Table(facts.stores, tables.with_attribute, by_name(Mention.STORED), tables.order_of)
        self.calls_by_scope = Table(facts.calls, tables.with_scope, by_scope("calls"))
        # Method calls by scope and the name at the left end of what is called.
        self.calls_by_root = Table(facts.calls, tables.with_root_of_call, by_first)
        # Method calls on an attribute of a plain name, or on something in it (`self.x.append()`), by the attribute.
        self.calls_on_member = Table(facts.calls, tables.with_member, by_name(Mention.HELD), tables.order_of)
        # Calls by scope and the last name of what is called.
        self.calls_in_scope_by_tail = Table(facts.calls, tables.with_tail_in_scope, by_first)
        # Bindings by scope and the name at the left end of what is bound.
        self.bindings_from = Table(facts.bindings, tables.with_root_of_value, by_first)
        # Calls that are handed a bare name (or `*name`, `**name`) as an argument, by scope and that name.
        self.calls_taking = Table(facts.calls, tables.with_names_taken, by_first)
        # Calls by the last name of what is called: `f` for `f()`, `m.f()` and `x().f()`.
        self.calls_by_tail = Table(facts.calls, tables.with_tail, by_name(Mention.CALLED), tables.order_of)
        # Calls that are handed a plain name or attribute, with the argument's index, by the last part of that name.
        self.handed_by_tail = Table(facts.calls, tables.with_tails_handed, by_name(Mention.HANDED), lambda pair: pair[0].order)
        # Imports and plain assignments that give a name to something, by its last name.
        self._naming = Table(facts.bindings, tables.with_name_given, by_name(Mention.NAMED), tables.order_of)
        self.exits_by_scope = Table(facts.exits, tables.with_scope, by_scope("exits"))
        # What is among the facts by now: nothing is looked into for these.
        self.stores_by_scope = Table(facts.stores, tables.with_scope, self.note_stores if self.rests is not None else None)
        self.exits_by_block = Table(facts.exits, lambda each: [(each.block, each)])
        self._gather(facts)
        for table in vars(self).values() if self.rests is not None else ():
            if isinstance(table, Table):
                table.prepare_always()

    def _gather(self, facts: ModuleFacts | GrowingFacts) -> None:
        """Make what goes through facts of several kinds, or has numbers instead of facts."""
        # By their numbers, as what stands there may be replaced.
        self._blocks_by_scope: Table[int, int] = Table(facts.blocks, lambda each: [(each.scope, each.id)])
        self._scopes_by_parent: Table[int | None, int] = Table(facts.scopes, lambda each: [(each.parent, each.id)])
        bindings, stores, calls = facts.bindings, facts.stores, facts.calls
        displays: list[tuple[Binding | Store, Mapping | Sequence]] = []
        self._displays = Gathered(displays, tables.add_display, bindings, stores)
        on_word = self.rests.on_word if self.rests is not None else None
        self._displays_with = Table(displays, tables.with_names_displayed, on_word)
        # Stores by the names of functions that they may keep.
        self.stores_keeping = Table(facts.stores, tables.with_names_kept, on_word)
        self._facts_of_calls = Gathered(dict[Call, CallFact](), tables.add_fact_of_call, calls)
        self._outer_calls = Gathered(dict[Expr, Call](), tables.add_outer_call, calls)
        self._holders = Gathered(dict[Expr, "Binding | Store | Exit"](), tables.add_holder, bindings, stores, facts.exits)
        members: dict[int, dict[str, list[Binding]]] = defaultdict(lambda: defaultdict(list))
        self._members = Gathered(members, self._add_member, bindings)
        branches: dict[int, list[Block]] = defaultdict(list)
        self._branches = Gathered(branches, tables.add_branch, self.blocks)
        alternatives: dict[int, list[Block]] = defaultdict(list)
        self._alternatives = Gathered(alternatives, tables.add_alternative, self.blocks)
        groups: dict[int, dict[int, None]] = defaultdict(dict)
        self._groups = Gathered(groups, tables.add_group, self.blocks)
        self._imported_packages = Gathered(set[str](), tables.add_package, bindings)

    # Indices

    def bindings(self, scope: int, name: str) -> AnySequence[Binding]:
        """The bindings of a name in a scope, and those that functions make there by `global` or `nonlocal`, in the order of the source."""
        own = self._plain_bindings.get((scope, name))
        elsewhere = self._global_bindings.get((scope, name))
        return tables.in_order([*own, *elsewhere]) if elsewhere else own

    def _of_global(self, binding: Binding) -> list[tuple[tuple[int, str], Binding]]:
        """What a function binds in a scope outside its own, by a `global` or `nonlocal`."""
        if binding.kind != "global" or not binding.scope:
            return []
        own = self._plain_bindings.get((binding.scope, binding.name))
        if binding is not next(each for each in own if each.kind == "global"):
            return []
        home = self._home_of_global(binding.scope, binding.name)
        return [((home, binding.name), each) for each in own if each.kind != "global"]

    def _home_of_global(self, scope: int, name: str) -> int:
        current = self.scopes[scope].parent
        while current:
            bindings = self._plain_bindings.get((current, name)) if self.scopes[current].kind == "function" else ()
            if any(binding.kind != "global" for binding in bindings):
                return current
            current = self.scopes[current].parent
        return 0

    def aliases(self, name: str) -> list[str]:
        """The names that imports and plain assignments give to something, by its last name, in the order of the source."""
        return list(dict.fromkeys(binding.name for binding in self._naming.get(name)))

    def places_of(self, name: str) -> tuple[int, ...]:
        """Where a name is used in an expression, as far as functions are among the facts by now."""
        self.note_flows()
        if self.rests is not None:
            self.rests.on_word(name)
        return self.enclosing.places_of(name)

    def displays_having(self, word: str) -> list[tuple[Binding | Store, Mapping | Sequence]]:
        """Those that have a word in them, and perhaps others."""
        if self.rests is not None:
            self.rests.on_word(word)
        return self._displays.get()

    def displays_with(self, name: str) -> AnySequence[tuple[Binding | Store, Mapping | Sequence]]:
        """Those that may have a function of a name among their items."""
        self._displays.get()
        return self._displays_with.get(name)

    @property
    def fact_of_call(self) -> dict[Call, CallFact]:
        return self._facts_of_calls.get()

    @property
    def outer_call(self) -> dict[Expr, Call]:
        """For each call or reference in an argument, the call whose argument it is (nearest)."""
        return self._outer_calls.get()

    @property
    def holders(self) -> dict[Expr, Binding | Store | Exit]:
        """For each call, the statement that takes its value: a binding, a store, or an exit."""
        return self._holders.get()

    @property
    def members(self) -> dict[int, dict[str, list[Binding]]]:
        """Bindings in each class body, by class scope and name."""
        return self._members.get()

    @property
    def branches(self) -> dict[int, list[Block]]:
        """The branches of one statement, by group."""
        return self._branches.get()

    def _add_member(self, members: dict[int, dict[str, list[Binding]]], binding: Binding) -> None:
        if self.scopes[binding.scope].kind == "class":
            members[binding.scope][binding.name].append(binding)

    def branches_in(self, block: int) -> Collection[int]:
        """The groups of the `if` statements that stand right in a block."""
        return self._groups.get().get(block, ())

    def imports_any(self, packages: frozenset[str]) -> bool:
        """Whether the file imports one of some top-level packages."""
        # Where it is recorded what results rest on, it is no matter who has looked into the function that imports one.
        if self.rests is None and not self._imported_packages.get().isdisjoint(packages):
            return True
        for package in packages if self.growing is not None else ():
            self.lower_mentions(package, Mention.IMPORTED)
        return not self._imported_packages.get().isdisjoint(packages)

    def imports_module(self, modules: frozenset[str]) -> bool:
        """Whether the file imports one of some modules, or something of one."""
        if not self.imports_any(frozenset(name.partition(".")[0] for name in modules)):
            return False
        imported = [each for each in self.named_facts.bindings if each.kind == "import"]
        names = {name for each in imported for name in (each.module, f"{each.module}.{each.member}")}
        names |= {each.module for each in self.facts.star_imports}
        return any(name == module or name.startswith(f"{module}.") for name in names for module in modules)

    def classes_with_base(self, name: str) -> list[Scope]:
        """The classes of the file that have a base of this (last) name, in the order of the source."""
        self.lower_mentions(name, Mention.HANDED)
        found = [each for each in self.scopes if each.kind == "class" and any(last_name(base) == name for base in each.bases)]
        return sorted(found, key=lambda scope: scope.start)

    # Scopes and blocks

    def blocks_of(self, scope: int) -> list[Block]:
        """The blocks of a function, without those of functions in it."""
        if self.rests is not None:
            self.rests.on_flow(scope)
        return [self.blocks[number] for number in self._blocks_by_scope.get(scope)]

    def scopes_in(self, parent: int) -> list[Scope]:
        """The functions and classes that stand right in a scope."""
        return [self.scopes[number] for number in self._scopes_by_parent.get(parent)]

    def parameter(self, scope: int, name: str) -> Parameter | None:
        for parameter in self.scopes[scope].parameters:
            if parameter.name == name:
                return parameter
        return None

    def has_own_name(self, scope: int, name: str) -> bool:
        """Whether a name is a function's own, and not one from outside."""
        bindings = self.bindings(scope, name)
        is_bound = bool(bindings) and not any(each.kind == "global" for each in bindings)
        return scope != 0 and (is_bound or self.parameter(scope, name) is not None)

    def enclosing_class(self, scope: int) -> Scope | None:
        """The class whose method a scope is, or lies in."""
        current: int | None = scope
        while current is not None:
            parent = self.scopes[current].parent
            if self.scopes[current].kind in ("function", "lambda") and parent is not None and self.scopes[parent].kind == "class":
                return self.scopes[parent]
            current = parent
        return None

    def is_method_of(self, scope: int, owner: int) -> bool:
        """Whether a scope is a method of a class, or lies in one."""
        around = self.enclosing_class(scope)
        return around is not None and around.id == owner

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
                if self.parameter(current, name) or self.bindings(current, name):
                    return None
            current = parent
        return None

    def class_of_store(self, store: Store) -> int | None:
        """The class on whose `self` an attribute is stored."""
        receiver = store.target.value if isinstance(store.target, Attribute) else None
        owner = self.method_of_self(store.scope, receiver.id) if isinstance(receiver, Name) else None
        return owner.id if owner is not None else None

    def stores_on_self(self, attribute: str, owner: int) -> list[Store]:
        """Where the methods of a class store an attribute of `self`."""
        return [store for store in self.attribute_stores.get(attribute) if self.class_of_store(store) == owner]

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
        bindings = self.bindings(point.scope, name)
        if not bindings:
            return []
        key = (name, point.scope, point.block, point.order)
        if key not in self._reaching:
            self._reaching[key] = self._find_reaching(bindings, point)
        return self._reaching[key]

    def _find_reaching(self, bindings: AnySequence[Binding], point: Point) -> list[Binding]:
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
        later = bindings[before:]
        for binding in reversed(bindings[:before]):
            own = self.conditions(binding.block)
            if any(block.kind == "comprehension" and block.id not in use_path for block in own):
                continue
            outside = [block for block in own if block.id not in use_path]
            if outside and self._excludes(outside[0], point.block):
                continue
            left = tables.left(outside, self.exits_by_block, binding.order)
            if left is not None and left.kind != "continue":
                continue
            if left is not None and any(loop.id in use_path for loop in self.loops(left.block)[:1]):
                later.append(binding)  # The rest of this iteration does not see it; the next one does.
                continue
            found.append(binding)
            if not outside:
                # An augmented assignment resolves its previous value itself, from its own place.
                killed_in = {block.id for block in own}
                break
            covered[outside[0].group].add(outside[0].id)
            if len(outside) == 1 and self._covers(outside[0].group, covered[outside[0].group]):
                killed_in = {block.id for block in own if block.id in use_path}
                break
        for binding in later:
            # Bound later in a loop around the use: seen from the next iteration on, unless each iteration binds it anew before the use.
            is_carried = any(self.is_inside(binding.block, loop) and loop not in killed_in for loop in loops)
            if is_carried and binding not in found:
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

    def _covers(self, group: int, taken: set[int]) -> bool:
        """Whether one branch of the statement always runs and all its branches are in `taken` (or leave)."""
        branches = self._alternatives.get()[group]
        is_whole = bool(branches) and branches[0].kind == "else"
        return is_whole and all(
            block.id in taken or tables.left([block], self.exits_by_block, block.first) is not None for block in branches
        )

    def at_end_of(self, scope: int) -> Point:
        """The point after the last statement of a scope: what a function defined in it sees when it runs later."""
        block = self.scopes[scope].block
        return Point(scope, block, self.blocks[block].last)
