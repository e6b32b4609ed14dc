"""Whose host a client, or a file's module-level calls, send requests to."""

from __future__ import annotations

from collections.abc import Sequence

from llmlint.link.calls.evaluator import Evaluator
from llmlint.link.names.index import ModuleIndex
from llmlint.link.values.place import Place
from llmlint.link.values.values import Literal, Object, Text, Value
from llmlint.providers.hosts import Host, host_of
from llmlint.scan.expressions import Attribute, dotted_name


def host_of_module(evaluator: Evaluator, package: str, place: Place) -> Host:
    """Whose host a file sends an SDK's module-level calls to: `openai.base_url = "http://localhost:8000/v1/"`."""
    module = place.module
    stores = [store for name in ("base_url", "api_base") for store in module.attribute_stores.get(name)]
    addresses: list[Value] = []
    for store in stores:
        if isinstance(store.target, Attribute) and dotted_name(store.target.value) == package and store.value is not None:
            if module.conditions(store.block) or _is_called_under_condition(module, store.scope):
                return Host.UNKNOWN
            there = evaluator.place(module, store.scope, store.block, store.order)
            addresses += evaluator.evaluate(store.value, there)
    return _host_of(addresses, package) if addresses else Host.OWN


def _is_called_under_condition(module: ModuleIndex, scope: int) -> bool:
    """Whether each call of a function in its own file stands under a condition."""
    calls = module.calls_by_tail.get(module.scopes[scope].name) if scope else ()
    return bool(calls) and all(module.conditions(fact.block) for fact in calls)


def host_of_client(evaluator: Evaluator, value: Object, package: str) -> Host:
    """Whose host a client is constructed for."""
    if value.call is None or value.place is None:
        return Host.OWN
    address = value.call.value("base_url") or value.call.value("api_base")
    return _host_of(evaluator.evaluate(address, value.place), package) if address is not None else Host.OWN


def _host_of(addresses: Sequence[Value], package: str) -> Host:
    """Whose host some addresses name."""
    hosts = {_host_of_address(address, package) for address in addresses}
    if len(hosts) == 1:
        return hosts.pop()
    # The default of an environment variable says where a program mostly goes.
    named = hosts - {Host.UNKNOWN}
    return Host.OTHER if named and named <= {Host.OTHER, Host.ROUTER, Host.VENDOR} else Host.UNKNOWN


def _host_of_address(address: Value, package: str) -> Host:
    if isinstance(address, Literal) and address.value is None:
        return Host.OWN  # What a client does that is given none.
    text = (address.value or address.stable_head) if isinstance(address, Text) else ""
    return host_of(text, package) if text else Host.UNKNOWN
