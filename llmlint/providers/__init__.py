"""What LLM calls look like: one file an SDK, and the search for calls in a file of a program."""

from __future__ import annotations

import importlib
import pkgutil
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from itertools import chain

from llmlint import plugins
from llmlint.callsite import CallSite, Request
from llmlint.link.calls.arguments import CallArguments, read_arguments
from llmlint.link.calls.call_paths import CallPaths, paths_of
from llmlint.link.calls.evaluator import Evaluator, evaluator_of
from llmlint.link.calls.provenance import steps, steps_to
from llmlint.link.flow.state import relevant_parameters
from llmlint.link.names.unreachable import is_unreachable
from llmlint.link.program.memo import Memo
from llmlint.link.program.program import Program
from llmlint.link.program.tests import is_mocked, is_test
from llmlint.link.repeats import fanout
from llmlint.link.repeats.occurrences import occurrences
from llmlint.link.repeats.own_items import own_fan_out
from llmlint.link.repeats.pace import pace_of
from llmlint.link.values.feasible import is_feasible
from llmlint.link.values.place import Place
from llmlint.link.values.values import External, Unknown
from llmlint.providers.base import REGISTRY, WITH_MODULE, Provider
from llmlint.providers.candidates import Candidate, candidates
from llmlint.providers.client_hosts import host_of_module
from llmlint.providers.described import described_function, is_inside_described
from llmlint.providers.generic import provider_of
from llmlint.providers.hosts import Host, certainty
from llmlint.providers.matching import Match, match, match_external
from llmlint.providers.model_values import are_free, asks_for_others, is_for_agent, models_of, without_foreign
from llmlint.providers.named_branches import names_another_vendor
from llmlint.providers.on_paths import AroundPaths, Conversations, OnPath, Recognised
from llmlint.providers.receivers import Receiver, Standing, judge
from llmlint.providers.requests import completed
from llmlint.providers.rows import possible_rows, recognise_row
from llmlint.request_data import Prompt, Surroundings
from llmlint.scan.expressions import Attribute, Expr, dotted_name
from llmlint.sdks import all_sdks
from llmlint.sdks.shape import Api, Method, Sdk

_loaded: tuple[Sdk, ...] = ()


def _load_providers() -> None:
    """Enter all SDKs into the registry, in their order."""
    global _loaded
    sdks = all_sdks()
    if sdks is _loaded:
        return
    for module in pkgutil.iter_modules(__path__):
        if any(sdk.name == module.name for sdk in sdks):
            importlib.import_module(f"{__name__}.{module.name}")
    REGISTRY[:] = [_provider(sdk) for sdk in sdks]
    _loaded = sdks


def _provider(sdk: Sdk) -> Provider:
    own = None if sdk.is_described else WITH_MODULE.get(sdk.name)
    return own or provider_of(sdk, _reader_of_plugin(sdk))


def _reader_of_plugin(sdk: Sdk) -> Callable[[CallArguments, Method], Prompt] | None:
    """The function `read_prompt` beside the SDK of a plugin, if its requests have a form of their own."""
    entry = next((each for each in plugins.entries(plugins.SDKS) if each.name == sdk.name), None)
    reader = getattr(sys.modules.get(entry.module), "read_prompt", None) if entry is not None else None
    if entry is None or reader is None:
        return None

    def read(arguments: CallArguments, method: Method) -> Prompt:
        try:
            prompt = reader(arguments, method)
        except Exception as error:
            raise plugins.fault(entry, error) from error
        if not isinstance(prompt, Prompt):
            raise plugins.fault(entry, f"`read_prompt` returned {type(prompt).__name__}")
        return prompt

    return read


_SITES: Memo[str, tuple[CallSite, ...]] = Memo()


def find_call_sites(program: Program, path: str) -> tuple[CallSite, ...]:
    """The LLM calls of one file, in source order; remembered."""
    return _SITES.get(program, path, partial(_find_call_sites, program, path))


def _find_call_sites(program: Program, path: str) -> tuple[CallSite, ...]:
    _load_providers()
    module = program.module(path)
    if module is None or _is_sdk_itself(program, path):
        return ()
    evaluator = evaluator_of(program)
    paths = paths_of(program)
    sites: dict[int, CallSite] = {}
    for candidate in chain(candidates(module, evaluator), possible_rows(module, evaluator)):
        if is_unreachable(module, candidate.place.point):
            continue
        if candidate.site.start not in sites and not is_inside_described(module, candidate.place.point.scope):
            found = _recognise(evaluator, candidate)
            if found is not None and not is_mocked(program, module, candidate.place.point.scope):
                sites[candidate.site.start] = CallSite(
                    candidate.place.span(candidate.site), partial(_requests, paths, candidate, found)
                )
    return tuple(sites[start] for start in sorted(sites))


def _requests(paths: CallPaths, candidate: Candidate, alone: Recognised) -> tuple[tuple[Request, ...], bool]:
    """The requests of a call site: one for each call path on which it is reached and is an LLM call."""
    evaluator, module, point = paths.evaluator, candidate.place.module, candidate.place.point
    found: list[OnPath] = []
    is_complete = True
    for here in occurrences(candidate.site, candidate.place, alone.arguments):
        repeats = fanout.Repeats(evaluator, here)
        for path in paths.of(here.module, here.scope):
            is_complete = is_complete and path.is_complete
            recognised: Recognised | None = alone
            if here.scope == point.scope:
                place = path.at(point)
                recognised = _recognise(evaluator, replace(candidate, place=place)) if is_feasible(evaluator, place) else None
            if recognised is not None:
                found.append(OnPath(path, recognised, partial(repeats.along, path)))
    if not found:
        unseen = paths.unseen(module, point.scope)
        place = unseen.at(point)
        recognised = _recognise(evaluator, replace(candidate, place=place)) or alone
        repeats = fanout.Repeats(evaluator, occurrences(candidate.site, candidate.place, alone.arguments)[0])
        found.append(OnPath(unseen, recognised, partial(repeats.along, unseen)))
    around = AroundPaths(evaluator, candidate.place, candidate.site, found)
    conversations = Conversations(evaluator, alone.arguments, found)
    requests: list[Request] = []
    requests += [_call_site(candidate, each, around, conversations, requests) for each in found]
    return tuple(requests), is_complete


def _is_sdk_itself(program: Program, path: str) -> bool:
    """Whether a file is part of an SDK's own package, whose definitions are no calls of a program."""
    parts = program.disk.absolute(path).replace("\\", "/").split("/")
    for index, part in enumerate(parts[:-1]):
        if part in {"anthropic", "openai", "litellm"}:
            mark = "/".join([*parts[: index + 1], "_legacy_response.py"])
            if program.disk.is_file(mark):
                return True
    return False


def _recognise(evaluator: Evaluator, candidate: Candidate) -> Recognised | None:
    """What a candidate is; None where it is no LLM call."""
    if candidate.row is not None:
        return recognise_row(evaluator, candidate, candidate.row)
    place, target = candidate.place, candidate.target
    for provider, method, client in _by_qualified_name(evaluator, target, place):
        arguments = _request(evaluator, candidate, method)
        host = host_of_module(evaluator, provider.name, place)
        receiver = Receiver(Standing.KNOWN, client.rpartition(".")[2] or None, host)
        return Recognised(provider, method, receiver, completed(evaluator, provider.sdk, arguments, None))
    for found in _matches(evaluator, target, place):
        receiver = judge(evaluator, found)
        if receiver.standing is Standing.REFUSED:
            continue
        provider, method = found.provider, found.method
        arguments = completed(evaluator, provider.sdk, _request(evaluator, candidate, method), receiver.fields)
        if provider.is_other(arguments, method):
            if receiver.standing is Standing.KNOWN:
                return None  # Another match of the same client may know less of its arguments.
            continue
        if provider.resolve is not None:
            resolved = provider.resolve(evaluator, arguments, method)
            if resolved is None:
                continue
            receiver = replace(receiver, host=resolved.host, vendor=resolved.vendor, models=resolved.models or receiver.models)
            method = method._replace(api=resolved.api)
        elif receiver.standing is Standing.UNKNOWN and not provider.is_request(arguments, method):
            continue
        is_open = receiver.clients.may_be_other and receiver.host in (Host.OWN, Host.DEFAULT, Host.UNKNOWN)
        if is_open and provider.name in ("openai", "anthropic") and names_another_vendor(place):
            receiver = replace(receiver, host=Host.OTHER)
        return Recognised(provider, method, receiver, arguments)
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
        described = described_function(value)
        if described is not None:
            yield (*described, "")
        elif isinstance(value, External):
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
                yield Match(provider, method, target, place, client)


def _request(evaluator: Evaluator, candidate: Candidate, method: Method) -> CallArguments:
    arguments = read_arguments(evaluator, candidate.site, candidate.arguments, method.names, candidate.place)
    return arguments.opened() if candidate.is_partial else arguments


def _call_site(
    candidate: Candidate, on_path: OnPath, around: AroundPaths, conversations: Conversations, siblings: Sequence[Request]
) -> Request:
    evaluator = around.evaluator
    found = on_path.recognised
    provider, method, receiver, arguments = found.provider, found.method, found.receiver, found.arguments
    client = provider.clients.get(receiver.client or "")
    is_in_test = is_test(evaluator.program, candidate.place.module, candidate.place.point.scope)
    vendor = receiver.vendor or (client.vendor if client is not None else None) or provider.sdk.vendor
    models = without_foreign(
        tuple(models_of(evaluator, arguments, provider, is_in_test, receiver.models)), provider, receiver.host
    )
    is_sent_once = on_path.path.runs_once(arguments.place.point.block)
    takes_parameters = is_sent_once and _takes_parameters(arguments)
    return Request(
        provider=provider.name,
        api=method.api,
        method=".".join(method.path),
        client=receiver.client,
        vendor=vendor,
        offers=provider.sdk.apis.get(method.api, Api()),
        takes_fixes=provider.sdk.takes_fixes,
        is_described=provider.sdk.is_described or any(each.name == provider.name for each in plugins.entries(plugins.SDKS)),
        span=candidate.place.span(candidate.site),
        is_batch=method.is_batch,
        is_streaming=method.is_streaming or arguments.is_true("stream"),
        models=models,
        takes_batches=method.takes_batches
        and (client is None or client.takes_batches)
        and not are_free(provider.sdk, models)
        and not is_for_agent(arguments),
        takes_top_level_breakpoint=method.takes_top_level_breakpoint
        and not receiver.may_refuse_top_level_breakpoint
        and (client is None or client.takes_top_level_breakpoint),
        is_in_test=is_in_test,
        is_third_party_host=receiver.host in (Host.OTHER, Host.ROUTER, Host.VENDOR, Host.LOCAL)
        or asks_for_others(arguments, provider, vendor, models),
        is_own_host=receiver.host is Host.OWN,
        is_local_host=receiver.host is Host.LOCAL,
        host_certainty=certainty(receiver.host),
        is_other_vendor_host=receiver.host is Host.VENDOR,
        made_clients=receiver.clients.made,
        settable_clients=receiver.clients.settable,
        may_have_other_client=receiver.clients.may_be_other,
        may_have_other_host=receiver.clients.may_have_other_host,
        passes_breakpoints=receiver.host is Host.ROUTER,
        caches_prompts=receiver.host not in (Host.COMPATIBLE, Host.VENDOR, Host.LOCAL),
        arguments=arguments,
        look_around=partial(_around, around, on_path),
        read=partial(conversations.on, on_path),
        certainty=on_path.path.certainty(evaluator.program),
        runs_once=is_sent_once and not takes_parameters,
        is_demonstration=is_sent_once and takes_parameters,
        is_in_notebook=on_path.path.starts_in_notebook,
        find_pace=partial(pace_of, evaluator, on_path.path, arguments),
        siblings=lambda: tuple(siblings),
        steps=steps(on_path.path),
        explain=partial(steps_to, evaluator, on_path.path, arguments),
    )


def _around(around: AroundPaths, on_path: OnPath) -> Surroundings:
    """What is around a call. One that sends several requests by itself is a fan-out over these, whatever loop is around it."""
    found, items = around.on(on_path), on_path.recognised.method.items
    if items is None:
        return found
    return replace(found, fan_out=own_fan_out(around.evaluator, on_path.recognised.arguments, items))


def _takes_parameters(arguments: CallArguments) -> bool:
    """Whether a request depends on parameters of its function, which is there for other callers, too."""
    module, point = arguments.place.module, arguments.place.point
    sent = [*(each.value for each in arguments.written.values()), *(each.value for each in arguments.splats)]
    return bool(relevant_parameters(module, point.scope, sent, point.order))
