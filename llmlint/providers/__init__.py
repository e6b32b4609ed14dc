"""What LLM calls look like: one file an SDK, and the search for calls in a file of a program."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial

from llmlint.callsite import CallSite, Conversation, ModelValue, Surroundings
from llmlint.catalog import vendor_of
from llmlint.link.calls.evaluator import Evaluator, evaluator_of
from llmlint.link.calls.request import Request, read_request
from llmlint.link.flow.history import read_history
from llmlint.link.names.index import ModuleIndex
from llmlint.link.names.tables import in_order
from llmlint.link.program.program import Program
from llmlint.link.program.tests import is_mocked, is_test, is_test_file
from llmlint.link.repeats import fanout, warmup
from llmlint.link.values import guards
from llmlint.link.values.place import Place
from llmlint.link.values.values import External, Text, Unknown, Value
from llmlint.providers.base import REGISTRY, Method, Provider, with_more_messages
from llmlint.providers.hosts import Host
from llmlint.providers.receivers import (
    Match,
    Receiver,
    Standing,
    are_elsewhere,
    chain_of,
    host_of_module,
    judge,
    match,
    match_external,
)
from llmlint.scan.expressions import Argument, Attribute, Call, Constant, Expr, Name, dotted_name, root_name
from llmlint.scan.facts import Mention, Reference

# Functions that are given a method to look at, not to run.
_INSPECTORS = frozenset(
    {"signature", "getsource", "iscoroutinefunction", "isinstance", "hasattr", "print", "callable", "id", "type", "wrap_function_wrapper",
     "setattr", "patch", "object", "Mock", "MagicMock", "AsyncMock"}
)  # fmt: skip


@cache
def _load_providers() -> None:
    for module in pkgutil.iter_modules(__path__):
        if module.name not in ("base", "receivers"):
            importlib.import_module(f"{__name__}.{module.name}")


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A place that may be an LLM call: the expression to report, where it stands, and the arguments that it is given."""

    site: Expr
    target: Expr
    place: Place
    arguments: tuple[Argument, ...]
    is_partial: bool


def find_call_sites(program: Program, path: str) -> tuple[CallSite, ...]:
    """The LLM calls of one file, in source order."""
    _load_providers()
    module = program.module(path)
    if module is None or _is_sdk_itself(program, path):
        return ()
    evaluator = evaluator_of(program)
    sites: dict[int, CallSite] = {}
    for candidate in _candidates(module, evaluator):
        if candidate.site.start not in sites:
            site = _recognise(evaluator, candidate)
            if site is not None and not is_mocked(program, module, candidate.place.point.scope):
                sites[candidate.site.start] = site
    return tuple(sites[start] for start in sorted(sites))


def _is_sdk_itself(program: Program, path: str) -> bool:
    """Whether a file is part of an SDK's own package, whose definitions are no calls of a program."""
    parts = path.split("/")
    for index, part in enumerate(parts[:-1]):
        if part in {"anthropic", "openai", "litellm"}:
            mark = "/".join([*parts[: index + 1], "_legacy_response.py"])
            if program.disk.is_file(program.disk.absolute(mark)):
                return True
    return False


def _candidates(module: ModuleIndex, evaluator: Evaluator) -> Iterator[_Candidate]:
    tails = {method.path[-1] for provider in REGISTRY for method in provider.methods}
    functions = {name.rpartition(".")[2] for provider in REGISTRY for name in provider.functions}
    tails |= functions
    # The shorter first: a file without one has no longer one that holds it.
    for word in sorted(tails, key=lambda word: (len(word), word)):
        module.lower_mentions(word, Mention.USED if word in functions else Mention.MEMBER)
    aliases = _aliases(module, tails)
    for alias in sorted(aliases):
        module.lower_mentions(alias, Mention.CALLED)
    knows_sdk = _knows_sdk(module)
    for fact in in_order(module.facts.calls):
        func = _plain(fact.call.func)
        tail = func.attr if isinstance(func, Attribute) else func.id if isinstance(func, Name) else None
        if tail is not None and (tail in aliases or (tail in tails and (knows_sdk or _has_method_path(func)))):
            place = evaluator.place(module, fact.scope, fact.block, fact.order)
            yield _Candidate(fact.call, func, place, fact.call.args, False)
    for reference in in_order(module.facts.references):
        if reference.attribute.attr in tails:
            yield from _handed_over(module, evaluator, reference)


def _plain(func: Expr) -> Expr:
    """`getattr(client.messages, "create")` as an attribute."""
    if isinstance(func, Call) and isinstance(func.func, Name) and func.func.id == "getattr" and len(func.args) == 2:
        name = func.args[1].value
        if isinstance(name, Constant) and isinstance(name.value, str):
            return Attribute(func.start, func.end, func.args[0].value, name.value)
    return func


def _knows_sdk(module: ModuleIndex) -> bool:
    """Whether a file names an SDK: only then can a call of `create` or `parse` whose path is not plain to see be one of its methods."""
    packages = {package for provider in REGISTRY for package in provider.packages}
    if _imports(module, packages):
        return True
    for package in sorted(packages):
        module.lower_mentions(package, Mention.IMPORTED)
    return _imports(module, packages)


def _imports(module: ModuleIndex, packages: set[str]) -> bool:
    imported = (binding for binding in module.facts.bindings if binding.kind == "import")
    return any(packages & {*binding.module.split("."), binding.member, binding.name} for binding in imported) or any(
        packages & set(star.module.split(".")) for star in module.facts.star_imports
    )


def _has_method_path(func: Expr) -> bool:
    names, _ = chain_of(func)
    if any(root_name(func) in provider.packages for provider in REGISTRY):
        return True
    methods = (method for provider in REGISTRY for method in provider.methods if method.path != ("create",))
    return any(tuple(reversed(names[: len(method.path)])) == method.path for method in methods)


def _aliases(module: ModuleIndex, tails: set[str]) -> set[str]:
    """Names that a method or function is bound to before it is called."""
    names: set[str] = set()
    for binding in module.facts.bindings:
        if isinstance(binding.value, Attribute) and binding.value.attr in tails:
            names.add(binding.name)
        if binding.kind == "import" and binding.member in tails and binding.name != binding.member:
            names.add(binding.name)
    for store in module.facts.stores:
        if isinstance(store.value, Attribute) and store.value.attr in tails and isinstance(store.target, Attribute):
            names.add(store.target.attr)
    return names


def _handed_over(module: ModuleIndex, evaluator: Evaluator, reference: Reference) -> Iterator[_Candidate]:
    """A method handed to something that runs it: the rest of that call's arguments are the request's."""
    outer = module.outer_call.get(reference.attribute)
    if outer is None or not any(argument.value is reference.attribute for argument in outer.args):
        return
    runner = (dotted_name(outer.func) or "").rpartition(".")[2]
    if runner in _INSPECTORS:
        return
    place = evaluator.place(module, reference.scope, reference.block, reference.order)
    index = next(i for i, argument in enumerate(outer.args) if argument.value is reference.attribute)
    given = tuple(argument for argument in outer.args[index + 1 :])
    yield _Candidate(reference.attribute, reference.attribute, place, given, True)


def _recognise(evaluator: Evaluator, candidate: _Candidate) -> CallSite | None:
    place, target = candidate.place, candidate.target
    for provider, method, client in _by_qualified_name(evaluator, target, place):
        request = _request(evaluator, candidate, method)
        host = host_of_module(evaluator, provider.name, place)
        receiver = Receiver(Standing.KNOWN, client.rpartition(".")[2] or None, host)
        return _call_site(evaluator, candidate, provider, method, receiver, request)
    for found in _matches(evaluator, target, place):
        receiver = judge(evaluator, found)
        if receiver.standing is Standing.REFUSED:
            continue
        request = _request(evaluator, candidate, found.method)
        if found.provider.is_other(request, found.method):
            continue
        if receiver.standing is Standing.UNKNOWN and not found.provider.is_request(request, found.method):
            continue
        return _call_site(evaluator, candidate, found.provider, found.method, receiver, request)
    return None


def _by_qualified_name(evaluator: Evaluator, target: Expr, place: Place) -> Iterator[tuple[Provider, Method, str]]:
    if isinstance(target, Attribute):
        names = dotted_name(target)
        root = names.split(".")[0] if names else None
        # An SDK that the file uses and does not import, as pieces of notebooks do.
        if names is not None and (root == "litellm" or (root == "openai" and not place.module.bindings(0, root))):
            found = match_external(names)
            if found is not None:
                yield found
                return
    for value in evaluator.evaluate(target, place):
        if isinstance(value, External):
            found = match_external(value.name)
            # A method on a client goes the way of matches, which looks at the client's construction too.
            if found is not None and not found[2]:
                yield found


def _matches(evaluator: Evaluator, target: Expr, place: Place) -> Iterator[Match]:
    yield from match(evaluator, target, place)
    for value in evaluator.evaluate(target, place):
        if isinstance(value, Unknown) and isinstance(value.expression, Attribute) and value.expression is not target:
            yield from match(evaluator, value.expression, value.place or place)
        elif isinstance(value, External):
            found = match_external(value.name)
            if found is not None:
                provider, method, client = found
                yield Match(provider, method, _client_expression(target, client), place)


def _client_expression(target: Expr, client: str) -> Expr:
    """An expression that evaluates to nothing but stands for a client known by name only."""
    return Name(target.start, target.end, client.rpartition(".")[2])


def _request(evaluator: Evaluator, candidate: _Candidate, method: Method) -> Request:
    request = read_request(evaluator, candidate.site, candidate.arguments, method.names, candidate.place)
    return request.opened() if candidate.is_partial else request


def _call_site(
    evaluator: Evaluator, candidate: _Candidate, provider: Provider, method: Method, receiver: Receiver, request: Request
) -> CallSite:
    client = provider.clients.get(receiver.client or "")
    is_in_test = is_test(evaluator.program, candidate.place.module, candidate.place.point.scope)
    models = tuple(_models(evaluator, request, provider, is_in_test, receiver.models))
    return CallSite(
        provider=provider.name,
        api=method.api,
        method=".".join(method.path),
        client=receiver.client,
        span=candidate.place.span(candidate.site),
        is_streaming=method.is_streaming or request.is_true("stream"),
        models=models,
        takes_batches=method.takes_batches and (client is None or client.takes_batches),
        takes_top_level_mark=method.takes_top_level_mark and (client is None or client.takes_top_level_mark),
        is_in_test=is_in_test,
        is_third_party_host=receiver.host in (Host.OTHER, Host.VENDOR) or _asks_for_others(request, provider, models),
        is_own_host=receiver.host is Host.OWN,
        is_other_vendor_host=receiver.host is Host.VENDOR,
        caches_prompts=receiver.host not in (Host.COMPATIBLE, Host.VENDOR),
        request=request,
        look_around=partial(_look_around, evaluator, candidate, request),
        read=partial(_read, evaluator, provider, method, request),
    )


def _look_around(evaluator: Evaluator, candidate: _Candidate, request: Request) -> Surroundings:
    found = fanout.look_around(evaluator, candidate.site, candidate.place, request)
    if found.fan_out is None:
        return found
    return replace(found, fan_out=warmup.with_warmth(evaluator, candidate.place, candidate.site, found.fan_out))


def _read(evaluator: Evaluator, provider: Provider, method: Method, request: Request) -> Conversation:
    prompt = provider.read_prompt(request, method)
    history = read_history(evaluator, request, ("messages", "input"))
    if history.grows:
        prompt = with_more_messages(prompt, request.place.span(request.site), history.may_be_marked)
    return Conversation(prompt, history.grows)


def _asks_for_others(request: Request, provider: Provider, models: Sequence[ModelValue]) -> bool:
    """Whether the models of a request, or those that the tests around it let through, are somebody else's."""
    argument = request.arguments.get("model")
    name = dotted_name(argument.value) if argument is not None else None
    tested = guards.tested_strings(request.place.module, request.place.point, name) if name is not None else set()
    fixed = {model.spelling for model in models} if all(model.is_only for model in models) else set()
    # An SDK's own host knows its models without the name of the vendor.
    prefixes = ("openai/", "anthropic/") if provider.name != "litellm" and request.has("model") else ()
    return are_elsewhere(tested or fixed) or any(model.spelling.startswith(prefixes) for model in models)


def _models(
    evaluator: Evaluator, request: Request, provider: Provider, is_in_test: bool, of_client: tuple[Value, ...]
) -> Iterator[ModelValue]:
    """What the model argument can be. What a test passes to production code is none of it."""
    for name in ("model", "engine", "deployment_id"):
        values = request.values(name) or (of_client if name == "model" else ())
        texts = [value for value in values if isinstance(value, Text) and value.value]
        if not is_in_test:
            texts = [text for text in texts if not _is_written_in_test(request.program, text)]
        for text in texts:
            spelling = text.value or ""
            # What stands in the call itself is what it asks for.
            is_here = text.at.path == request.place.module.path and not request.site.start <= text.at.start < request.site.end
            if is_here and guards.excludes_constant(evaluator, request.place, text.at.start):
                continue
            if provider.name == "anthropic" and vendor_of(spelling) not in (None, "anthropic"):
                continue
            yield ModelValue(spelling, text.at, text.source, is_only=len(texts) == len(values))
        if texts:
            return


def _is_written_in_test(program: Program, text: Text) -> bool:
    module = program.module(text.at.path) if text.at.path.endswith(".py") else None
    return module is not None and is_test_file(program, module)
