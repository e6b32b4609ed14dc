"""The places of a file that may be LLM calls: calls of something with the name of a method, and methods that are passed to a runner."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from llmlint.link.calls import runners
from llmlint.link.calls.evaluator import Evaluator
from llmlint.link.names.index import ModuleIndex
from llmlint.link.names.tables import in_order
from llmlint.link.values.place import Place
from llmlint.providers.base import REGISTRY
from llmlint.providers.matching import chain_of
from llmlint.scan.expressions import Argument, Attribute, Call, Constant, Expr, Name, dotted_name, root_name
from llmlint.scan.facts import Mention, Reference
from llmlint.sdks import evidence, names_of_functions, sdk

# Functions that are given a method to look at, not to run.
_INSPECTORS = frozenset(
    {"signature", "getsource", "iscoroutinefunction", "isinstance", "hasattr", "print", "callable", "id", "type", "wrap_function_wrapper",
     "setattr", "patch", "object", "Mock", "MagicMock", "AsyncMock"}
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Candidate:
    """A place that may be an LLM call: the expression to report, where it stands, and the arguments that it is given. `row` is the row of a batch
    that holds it, if it may be a request of one; the arguments are the row's then."""

    site: Expr
    target: Expr
    place: Place
    arguments: tuple[Argument, ...]
    is_partial: bool
    row: Expr | None = None


def candidates(module: ModuleIndex, evaluator: Evaluator) -> Iterator[Candidate]:
    """The candidates of a file, calls first, each kind in source order."""
    telling = [provider for provider in REGISTRY if not provider.sdk.evidence]
    tails = {method.path[-1] for provider in telling for method in provider.methods}
    functions = {name.rpartition(".")[2] for provider in REGISTRY for name in provider.functions}
    tails |= functions
    shown = _shown(module, evaluator)
    # The shorter first: a file without one has no longer one that holds it.
    for word in sorted(tails | shown, key=lambda word: (len(word), word)):
        module.lower_mentions(word, Mention.USED if word in functions or word in names_of_functions() else Mention.MEMBER)
    aliases = _aliases(module, tails | shown)
    for alias in sorted(aliases):
        module.lower_mentions(alias, Mention.CALLED)
    knows_sdk = _knows_sdk(module)
    # A decorator such as `@app.post("/v1/messages")` is no request, but a server's route.
    decorators = {decorator for scope in module.scopes for decorator in scope.decorators}
    for fact in in_order(module.named_facts.calls):
        if fact.call in decorators:
            continue
        func = _plain(fact.call.func)
        tail = func.attr if isinstance(func, Attribute) else func.id if isinstance(func, Name) else None
        if tail is None:
            continue
        is_shown = tail in shown and (isinstance(func, Attribute) or tail in names_of_functions())
        if is_shown or tail in aliases or (tail in tails and (knows_sdk or _has_method_path(func))):
            place = evaluator.place(module, fact.scope, fact.block, fact.order)
            yield Candidate(fact.call, func, place, fact.call.args, False)
        # What else is handed a method rarely runs it, and whose method it is may be a question to all files.
        for argument in fact.call.args if runners.runs(fact.call) or runners.tail_of(fact.call) in runners.MAPS else ():
            handed = argument.value
            # Of a client in an attribute it is among the references.
            if type(handed) is Attribute and type(handed.value) is not Attribute and handed.attr in shown:
                yield from _handed_over(module, evaluator, Reference(handed, fact.scope, fact.block, fact.order))
    for reference in in_order(module.named_facts.references):
        if reference.attribute.attr in tails or reference.attribute.attr in shown:
            yield from _handed_over(module, evaluator, reference)


def _shown(module: ModuleIndex, evaluator: Evaluator) -> frozenset[str]:
    """The names of methods that count in a file, of SDKs whose methods have no telling names, as far as what the file holds speaks for them."""
    words = sorted({word for each in evidence() for word in (*each.words, *each.any_of)})
    program = evaluator.program
    held = program.words_of(module.path, words)
    joined = b"\0".join(held)
    shown = [each for each in evidence() if each.is_in(joined)]
    # Who works on one of many installed packages lints it as a project.
    others = evidence() if program.package_groups.is_project else sdk("http").evidence
    elsewhere = [each for each in others if each.may_be_elsewhere and each not in shown]
    elsewhere = [each for each in elsewhere if not each.any_of or any(word in held for word in each.any_of)]
    names = {name for each in shown for name in each.names}
    kinds = sorted({each.names for each in elsewhere if not names.issuperset(each.names)})
    words_of_kinds = [sorted({word for each in elsewhere if each.names == kind for word in each.words}) for kind in kinds]
    for kind, is_mentioned in zip(kinds, program.mentions_each(words_of_kinds, module), strict=True):
        if is_mentioned:
            names |= {*kind}
    return frozenset(names)


def _plain(func: Expr) -> Expr:
    """`getattr(client.messages, "create")` as an attribute."""
    if isinstance(func, Call) and isinstance(func.func, Name) and func.func.id == "getattr" and len(func.args) == 2:
        name = func.args[1].value
        if isinstance(name, Constant) and isinstance(name.value, str):
            return Attribute(func.start, func.end, func.args[0].value, name.value)
    return func


def _knows_sdk(module: ModuleIndex) -> bool:
    """Whether a file names an SDK: only then can a call of `create` or `parse` whose path is not plain to see be one of its methods."""
    packages = {package for provider in REGISTRY if not provider.sdk.evidence for package in provider.packages}
    if _imports(module, packages):
        return True
    for package in sorted(packages):
        module.lower_mentions(package, Mention.IMPORTED)
    return _imports(module, packages)


def _imports(module: ModuleIndex, packages: set[str]) -> bool:
    imported = (binding for binding in module.named_facts.bindings if binding.kind == "import")
    return any(packages & {*binding.module.split("."), binding.member, binding.name} for binding in imported) or any(
        packages & set(star.module.split(".")) for star in module.facts.star_imports
    )


def _has_method_path(func: Expr) -> bool:
    names, _ = chain_of(func)
    telling = [provider for provider in REGISTRY if not provider.sdk.evidence]
    if any(root_name(func) in provider.packages for provider in telling):
        return True
    methods = (method for provider in telling for method in provider.methods if method.path != ("create",))
    return any(tuple(reversed(names[: len(method.path)])) == method.path for method in methods)


def _aliases(module: ModuleIndex, tails: set[str]) -> set[str]:
    """Names that a method or function is bound to before it is called."""
    names: set[str] = set()
    for binding in module.named_facts.bindings:
        if isinstance(binding.value, Attribute) and binding.value.attr in tails:
            names.add(binding.name)
        if binding.kind == "import" and binding.member in tails and binding.name != binding.member:
            names.add(binding.name)
    for store in module.named_facts.stores:
        if isinstance(store.value, Attribute) and store.value.attr in tails and isinstance(store.target, Attribute):
            names.add(store.target.attr)
    return names


def _handed_over(module: ModuleIndex, evaluator: Evaluator, reference: Reference) -> Iterator[Candidate]:
    """A method passed to something that runs it: the rest of that call's arguments are the request's."""
    outer = module.outer_call.get(reference.attribute)
    if outer is None or not any(argument.value is reference.attribute for argument in outer.args):
        return
    runner = (dotted_name(outer.func) or "").rpartition(".")[2]
    if runner in _INSPECTORS:
        return
    place = evaluator.place(module, reference.scope, reference.block, reference.order)
    index = next(i for i, argument in enumerate(outer.args) if argument.value is reference.attribute)
    given = tuple(argument for argument in outer.args[index + 1 :])
    yield Candidate(reference.attribute, reference.attribute, place, given, runner not in runners.RUN_ONCE)
