"""Who calls a function of the program: calls of it by any name, and places where it is passed to something that runs it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from llmlint.link.calls import runners
from llmlint.link.calls.unknown_receivers import COMMON_WITHOUT_OBJECT, is_by_annotation, may_be_method
from llmlint.link.calls.uses import Use, calls_in_tables, calls_of_result, is_inside, uses_of_partial
from llmlint.link.names.index import ModuleIndex
from llmlint.link.program.tests import is_test_file
from llmlint.link.rests import Results
from llmlint.link.values import containers, objects
from llmlint.link.values.binding import as_called, may_take, parameter_of
from llmlint.link.values.evaluation import Evaluation, Given
from llmlint.link.values.progress import Memory
from llmlint.link.values.values import Class, Function, Object, Unknown, Value, unique
from llmlint.scan import expressions as ex
from llmlint.scan.expressions import last_name
from llmlint.scan.facts import CallFact, Parameter, Scope

MOST_USES = 80


class Callers:
    """Finds uses of functions; remembers them."""

    def __init__(self, evaluator: Evaluation) -> None:
        self._evaluator = evaluator
        self._uses: Memory[tuple[Use, ...]] = evaluator.progress.memory()
        self._subclasses_with: Results[tuple[str, int, str], tuple[Class, ...]] = Results()
        self._looked_for: set[tuple[str, int, str]] = set()

    def uses(self, module: ModuleIndex, scope: int) -> tuple[Use, ...]:
        """The uses of a function, method or lambda, certain ones first, in the order of files and lines; at most `MOST_USES`. What tests do
        with production code is left out."""
        key = ("uses", module.path, scope)
        known = self._uses.get(key)
        if known is not None:
            return known
        before = self._evaluator.progress.start(key)
        if before is None:
            return ()
        found: list[Use] = []
        takes_tests = is_test_file(self._evaluator.program, module)
        for use in self._find(module, scope):
            if takes_tests or not is_test_file(self._evaluator.program, use.module):
                found.extend(uses_of_partial(use) or (use,))
            if len(found) >= MOST_USES:
                break
        # Those that are known to call it come first: a bound leaves out the others.
        found.sort(key=lambda use: not use.is_certain)
        uses = tuple(dict.fromkeys(found[:MOST_USES]))
        self._uses.keep(key, uses, self._evaluator.progress.finish(key, before))
        return uses

    def uses_or_calls_by_name(self, module: ModuleIndex, scope: int) -> Sequence[Use]:
        """The uses of a function; of a method without any, calls of a method of that name with arguments that it takes, whose object is not
        known, or is one of another class with the same base, of which that method is known."""
        found, here = self.uses(module, scope), module.scopes[scope]
        owner = module.scopes[here.parent] if here.parent is not None else None
        if found or owner is None or owner.kind != "class" or here.name in COMMON_WITHOUT_OBJECT or here.name.startswith("__"):
            return found
        bases = self._bases_with(Class(module, owner.id), here.name)
        return [
            Use(other, fact, None, False)
            for other in self._evaluator.program.modules_naming(here.name, module, owner.name)
            for fact in other.calls_by_tail.get(here.name)
            if may_take(here, fact.call.args) and self._may_be_of(bases, other, fact)
        ]

    def _may_be_of(self, bases: list[Class], module: ModuleIndex, fact: CallFact) -> bool:
        """Whether a method is called of an object that is not known, or of a class with one of some bases."""
        if not isinstance(fact.call.func, ex.Attribute):
            return False
        values = self._evaluator.evaluate(fact.call.func.value, self._evaluator.place(module, fact.scope, fact.block, fact.order))
        if all(isinstance(value, Unknown) for value in values):
            return True
        classes = [value.of for value in values if isinstance(value, Object) and isinstance(value.of, Class)] if bases else ()
        return any(base in bases for each in classes for base in objects.ancestry(self._evaluator, each))

    def _bases_with(self, of: Class, method: str) -> list[Class]:
        """The bases of a class that have a method, too."""
        found = (each for each in objects.ancestry(self._evaluator, of) if isinstance(each, Class) and each != of)
        return [each for each in found if method in each.module.members[each.scope]]

    def subclasses_with(self, base: Class, member: str) -> tuple[Class, ...]:
        """The classes of the program that name a class as their base and may have a member of their own with this name."""
        key = (base.module.path, base.scope, member)
        if key in self._looked_for and key not in self._subclasses_with:
            return ()  # For those that ask again on the way.
        self._looked_for.add(key)
        return self._subclasses_with.find(key, lambda: tuple(self._find_subclasses_with(base, member)))

    def _find_subclasses_with(self, base: Class, member: str) -> Iterator[Class]:
        name = base.module.scopes[base.scope].name
        others = self._evaluator.program.modules_deriving(name, base.module, member)
        for candidate in (base.module, *others):
            for alias in _names_of(candidate, name):
                for scope in candidate.classes_with_base(alias):
                    is_other = candidate is not base.module or scope.id != base.scope
                    if is_other and (member in candidate.attribute_stores or member in candidate.members[scope.id]):
                        yield Class(candidate, scope.id)

    def uses_of_argument(self, use: Use) -> Iterator[tuple[Use, Function]]:
        """What functions of the program do with a function that they are passed at a use: where they call it or pass it on, and the function
        that does so: `def each(function, items): … function(item) …`."""
        call, place = use.fact.call, self._evaluator.place(use.module, use.fact.scope, use.fact.block, use.fact.order)
        for value in self._evaluator.evaluate(call.func, place) if use.argument is not None else ():
            if isinstance(value, Class):
                yield from self._uses_of_attribute(value, use)
            name = parameter_of(value, call, use.argument or 0) if isinstance(value, Function) else None
            if isinstance(value, Function) and name is not None:
                for fact in value.module.calls_by_tail.get(name):
                    if isinstance(fact.call.func, ex.Name) and is_inside(value.module, fact.scope, value.scope):
                        yield Use(value.module, fact, None, use.is_certain), value
                for fact, index in value.module.handed_by_tail.get(name):
                    if isinstance(fact.call.args[index].value, ex.Name) and is_inside(value.module, fact.scope, value.scope):
                        yield Use(value.module, fact, index, use.is_certain), value

    def _uses_of_attribute(self, of: Class, use: Use) -> Iterator[tuple[Use, Function]]:
        """Where a class calls a function that its constructor is passed and keeps: `self.ask = ask`."""
        constructor = objects.find_method(self._evaluator, of, "__init__")
        if constructor is None:
            return
        module, scope = constructor.module, constructor.scope
        owner = module.scopes[scope].parent
        name = parameter_of(Function(module, scope, Object(of, None, None)), use.fact.call, use.argument or 0)
        module.lower_scope(scope)
        for store in module.stores_by_scope.get(scope) if name is not None else ():
            is_kept = isinstance(store.value, ex.Name) and store.value.id == name
            if is_kept and isinstance(store.target, ex.Attribute):
                for fact in module.calls_by_tail.get(store.target.attr):
                    method = module.enclosing_class(fact.scope)
                    if isinstance(fact.call.func, ex.Attribute) and method is not None and method.id == owner:
                        yield Use(module, fact, None, use.is_certain), constructor

    def _find(self, module: ModuleIndex, scope: int) -> Iterator[Use]:
        here = module.scopes[scope]
        if here.kind == "lambda":
            yield from self._uses_of_lambda(module, scope)
            return
        owner = module.scopes[here.parent] if here.parent is not None else None
        is_constructor = owner is not None and owner.kind == "class" and here.name in ("__init__", "__post_init__")
        if owner is not None and owner.kind == "class":
            is_of_class = is_constructor or here.name == "__call__"
            name = owner.name if is_of_class else here.name
            is_local, is_method = False, not is_of_class
        else:
            name, is_method = here.name, False
            is_local = owner is not None and owner.kind != "module"
        others = () if is_local else self._naming(name, module, owner.name if owner is not None and is_method else None)
        for candidate, known_as in ((module, name), *others):
            yield from self._uses_in(candidate, here.name if here.name == "__call__" else known_as, module, here, owner)
            if is_constructor and owner is not None:
                # `super().__init__(…)` of a subclass, which names its base, and construction of a subclass that has no constructor.
                yield from self._uses_in(candidate, here.name, module, here, owner)
                for subclass in _subclasses_in(candidate, owner.name):
                    for other in (candidate, *self._evaluator.program.modules_naming(subclass, candidate)):
                        yield from self._uses_in(other, subclass, module, here, owner)
                # `cls(…)` of a class method.
                yield from self._uses_in(candidate, "cls", module, here, owner)
            elif here.name == "__call__" and owner is not None:
                yield from self._calls_of_instances(candidate, module, here, owner)
        if here.name == "__call__" and owner is not None and owner.kind == "class":
            yield from self._calls_of_annotated(Class(module, owner.id))
        if owner is not None and owner.kind == "function" and owner.parent is not None:
            yield from self._calls_of_closure(module, scope, here.parent or 0)

    def _naming(self, name: str, module: ModuleIndex, owner: str | None) -> list[tuple[ModuleIndex, str]]:
        """The other files that may use a name of a file, with the name that it has for them: a package may export it under another one."""
        program = self._evaluator.program
        found = [(each, name) for each in program.modules_naming(name, module, owner)]
        packages = [each for each, _ in found if each.path.endswith("__init__.py")] if owner is None else []
        for package in packages:
            for alias in _names_of(package, name):
                others = program.modules_naming(alias, package)
                found += [(other, alias) for other in others if other is not module and (other, alias) not in found]
        return found

    def _calls_of_closure(self, module: ModuleIndex, scope: int, parent: int) -> Iterator[Use]:
        """Calls of a nested function that the function around it returns."""
        name = module.scopes[scope].name
        returned = (leave.value for leave in module.exits_by_scope.get(parent) if leave.kind == "return")
        if any(isinstance(value, ex.Name) and value.id == name for value in returned):
            for use in self.uses(module, parent):
                if use.argument is None:
                    yield from calls_of_result(use.module, use.fact.call, use.is_certain)

    def _calls_of_instances(self, candidate: ModuleIndex, module: ModuleIndex, target: Scope, owner: Scope) -> Iterator[Use]:
        """Calls of the objects of a class that has `__call__`."""
        for name in _names_of(candidate, owner.name):
            for fact in candidate.calls_by_tail.get(name):
                for use in calls_of_result(candidate, fact.call, True):
                    handed = use.fact.call.func if use.argument is None else use.fact.call.args[use.argument].value
                    if self._leads_to(candidate, use.fact, handed, module, target, owner):
                        yield use

    def _calls_of_annotated(self, of: Class) -> Iterator[Use]:
        """Calls of parameters, and of attributes that keep them, that are annotated with a class or one of its bases: `sampler(messages)`."""
        for current in objects.ancestry(self._evaluator, of):
            if isinstance(current, Class):
                name = current.module.scopes[current.scope].name
                for candidate in (current.module, *self._evaluator.program.modules_naming(name, current.module)):
                    known_as = set(_names_of(candidate, name))
                    for scope in list(candidate.scopes):
                        for parameter in scope.parameters:
                            if parameter.annotation is not None and known_as & _names_in(parameter.annotation):
                                yield from _calls_of_parameter(candidate, scope, parameter.name, current == of)

    def _uses_in(
        self, candidate: ModuleIndex, name: str, module: ModuleIndex, target: Scope, owner: Scope | None
    ) -> Iterator[Use]:
        for alias in _names_of(candidate, name):
            for fact in candidate.calls_by_tail.get(alias):
                certain = self._leads_to(candidate, fact, fact.call.func, module, target, owner)
                if certain is not None:
                    yield Use(candidate, fact, None, certain)
            for fact, index in candidate.handed_by_tail.get(alias):
                certain = self._leads_to(candidate, fact, fact.call.args[index].value, module, target, owner)
                if certain is not None:
                    yield Use(candidate, fact, index, certain)
            yield from calls_in_tables(candidate, alias)
            for tail in runners.REMOTE:
                for fact in candidate.calls_by_tail.get(tail):
                    func = fact.call.func
                    if isinstance(func, ex.Attribute) and last_name(func.value) == alias:
                        certain = self._leads_to(candidate, fact, func.value, module, target, owner)
                        if certain is not None:
                            yield Use(candidate, fact, None, certain)

    def _leads_to(
        self, candidate: ModuleIndex, fact: CallFact, expression: ex.Expr, module: ModuleIndex, target: Scope, owner: Scope | None
    ) -> bool | None:
        """Whether an expression is the function; None if not."""
        place = self._evaluator.place(candidate, fact.scope, fact.block, fact.order)
        values = self._evaluator.evaluate(expression, place)
        for value in values:
            if isinstance(value, Function) and value.module is module and value.scope == target.id:
                return not is_by_annotation(self._evaluator, value, expression, place)
        if candidate is not module and module.path.endswith(".ipynb"):
            if "%run" not in self._evaluator.program.source(candidate.path).text:
                return None  # Another file gets at what a notebook defines by running it only.
        for value in values:
            if isinstance(value, Class) and owner is not None and target.name in ("__init__", "__post_init__"):
                constructor = objects.find_method(self._evaluator, value, target.name)
                if constructor is not None and constructor.module is module and constructor.scope == target.id:
                    return True
            if isinstance(value, Object) and isinstance(value.of, Class) and target.name == "__call__":
                method = objects.find_method(self._evaluator, value.of, "__call__")
                if method is not None and method.module is module and method.scope == target.id:
                    return True
            if isinstance(value, Function) and owner is not None and self._is_overridden_by(value, module, target, owner):
                return not is_by_annotation(self._evaluator, value, expression, place)
        if owner is not None and owner.kind == "class" and isinstance(expression, ex.Attribute):
            if all(isinstance(value, Unknown) for value in values):
                bases = self._bases_with(Class(module, owner.id), target.name)
                classes = [owner.name, *(each.module.scopes[each.scope].name for each in bases)]
                return False if may_be_method(self._evaluator, expression, fact, place, target, classes) else None
        return None

    def _is_overridden_by(self, value: Value, module: ModuleIndex, target: Scope, owner: Scope) -> bool:
        """Whether a call of a base class's method can be one of this override."""
        assert isinstance(value, Function)
        base_scope = value.module.scopes[value.scope]
        if base_scope.name != target.name or base_scope.parent is None or owner.kind != "class":
            return False
        receiver = value.receiver
        if isinstance(receiver, Object) and receiver.call is not None:
            return False
        above = [each for each in objects.ancestry(self._evaluator, Class(module, owner.id)) if isinstance(each, Class)]
        if isinstance(receiver, Object) and isinstance(receiver.of, Class) and receiver.of not in above:
            # An object of another class with the same base.
            return False
        return Class(value.module, base_scope.parent) in above

    def _uses_of_lambda(self, module: ModuleIndex, scope: int) -> Iterator[Use]:
        for fact in module.named_facts.calls:
            for index, argument in enumerate(fact.call.args):
                if isinstance(argument.value, ex.Lambda) and argument.value.scope_id == scope:
                    yield Use(module, fact, index, True)
        for binding in module.named_facts.bindings:
            if isinstance(binding.value, ex.Lambda) and binding.value.scope_id == scope:
                for fact in module.calls_by_tail.get(binding.name):
                    if isinstance(fact.call.func, ex.Name):
                        yield Use(module, fact, None, True)
                for fact, index in module.handed_by_tail.get(binding.name):
                    yield Use(module, fact, index, True)


_MOST_CALLERS = 12


def arguments_given(evaluator: Evaluation, callers: Callers, module: ModuleIndex, scope: int, parameter: Parameter) -> Given:
    """The values that the program's own calls of a function give to one of its parameters."""
    if module.method_of_self(scope, parameter.name) is not None:
        return Given((), False)
    values: list[Value] = []
    uses = callers.uses(module, scope)
    missing = not uses
    for use in uses[:_MOST_CALLERS]:
        found = _given_by(evaluator, use, module, scope, parameter.name) if use.is_certain else None
        if found is None:
            missing = True
        else:
            values.extend(found)
    return Given(unique(values), not missing)


def _given_by(evaluator: Evaluation, use: Use, module: ModuleIndex, scope: int, name: str) -> tuple[Value, ...] | None:
    place = evaluator.place(use.module, use.fact.scope, use.fact.block, use.fact.order)
    call = use.fact.call
    function = as_called(evaluator, use.function, place, Function(module, scope))
    if use.argument is not None or use.bound:
        call = ex.Call(call.start, call.end, call.func, use.given)
    given = containers.arguments(evaluator, function, call, place)
    return given.get(name)


def _names_in(annotation: ex.Expr) -> set[str]:
    nodes = list(ex.walk(annotation))
    names = {last_name(node) or "" for node in nodes}
    return names | {node.value for node in nodes if isinstance(node, ex.Constant) and isinstance(node.value, str)}


def _calls_of_parameter(module: ModuleIndex, scope: Scope, name: str, is_certain: bool) -> Iterator[Use]:
    """Calls of what a function is passed, in the function, or by the attributes of its object that keep it."""
    for fact in module.calls_by_tail.get(name):
        if isinstance(fact.call.func, ex.Name) and is_inside(module, fact.scope, scope.id):
            yield Use(module, fact, None, is_certain)
    module.lower_scope(scope.id)
    kept = [store for store in module.stores_by_scope.get(scope.id) if isinstance(store.value, ex.Name)]
    for store in kept:
        if isinstance(store.value, ex.Name) and store.value.id == name and isinstance(store.target, ex.Attribute):
            for fact in module.calls_by_tail.get(store.target.attr):
                method = module.enclosing_class(fact.scope)
                if isinstance(fact.call.func, ex.Attribute) and method is not None and method.id == scope.parent:
                    yield Use(module, fact, None, is_certain)


def _subclasses_in(candidate: ModuleIndex, name: str) -> list[str]:
    """Classes of a file with a base of this name."""
    return [scope.name for scope in candidate.classes_with_base(name)]


def _names_of(candidate: ModuleIndex, name: str) -> list[str]:
    """The names by which a file may know a function: its own, import aliases, and plain rebindings of it."""
    return [name, *(alias for alias in candidate.aliases(name) if alias != name)]
