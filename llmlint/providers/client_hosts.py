"""Whose host a client, or a file's module-level calls, send requests to."""

from __future__ import annotations

from collections.abc import Sequence

from llmlint.link.calls.arguments import read_arguments
from llmlint.link.calls.evaluator import Evaluator
from llmlint.link.names.index import ModuleIndex
from llmlint.link.values.feasible import is_set
from llmlint.link.values.place import Place
from llmlint.link.values.values import Literal, Object, Text, Unknown, Value
from llmlint.providers.hosts import Host, host_of, host_of_key_setting, host_of_setting, is_no_key
from llmlint.scan.expressions import Attribute, Call, Constant, Expr, Subscript, dotted_name, last_name, names_in

# What the SDKs read themselves where a client is given no address.
_OWN_SETTINGS = frozenset({"OPENAI_BASE_URL", "OPENAI_API_BASE", "ANTHROPIC_BASE_URL"})


def host_of_module(evaluator: Evaluator, package: str, place: Place) -> Host:
    """Whose host a file sends an SDK's module-level calls to: `openai.base_url = "http://localhost:8000/v1/"`."""
    module = place.module
    stores = [store for name in ("base_url", "api_base") for store in module.attribute_stores.get(name)]
    addresses: list[Value] = []
    for store in stores:
        if isinstance(store.target, Attribute) and dotted_name(store.target.value) == package and store.value is not None:
            if module.conditions(store.block) or _is_called_under_condition(module, store.scope):
                return Host.DEFAULT
            there = evaluator.place(module, store.scope, store.block, store.order)
            addresses += evaluator.evaluate(store.value, there)
    host = _host_of(addresses, package) if addresses else Host.OWN
    is_azure = any(
        isinstance(store.target, Attribute) and dotted_name(store.target.value) == package
        for name in ("api_type", "api_version")
        for store in module.attribute_stores.get(name)
    )
    return Host.DEFAULT if is_azure and host is Host.UNKNOWN else host  # Azure serves OpenAI's models, on batches as well.


def _is_called_under_condition(module: ModuleIndex, scope: int) -> bool:
    """Whether each call of a function in its own file stands under a condition, other than that the file is run as a program."""
    calls = module.calls_by_tail.get(module.scopes[scope].name) if scope else ()
    return bool(calls) and all(
        any(block.head is None or "__name__" not in names_in(block.head) for block in module.conditions(fact.block))
        for fact in calls
    )


def host_of_client(evaluator: Evaluator, value: Object, package: str) -> Host:
    """Whose host a client is constructed for."""
    if value.call is None or value.place is None:
        return Host.OWN
    address = value.call.value("base_url") or value.call.value("api_base")
    host = _host_by_address(evaluator, value.call, value.place, address, package)
    if host in (Host.DEFAULT, Host.UNKNOWN) or (address is None and host is Host.OWN):
        return _host_by_key(evaluator, value.call, value.place, package, address is not None) or host
    return host


def _host_by_key(evaluator: Evaluator, call: Call, place: Place, package: str, has_address: bool) -> Host | None:
    """Whose host a client is constructed for whose address is not known, by its key: one of another vendor, or none at all."""
    key = call.value("api_key")
    if key is None or package not in ("openai", "anthropic"):
        return None
    values = evaluator.evaluate(key, place)
    settings = [setting for each in values if isinstance(each, Unknown) and (setting := setting_of(each.expression))]
    hosts = {host_of_key_setting(each) for each in settings}
    if (
        has_address
        and Host.UNKNOWN not in hosts
        and any(isinstance(each, Text) and is_no_key(each.value or "") for each in values)
    ):
        hosts.add(Host.LOCAL)
    if not hosts or Host.UNKNOWN in hosts:
        return None
    return hosts.pop() if len(hosts) == 1 else Host.OTHER


def _host_by_address(evaluator: Evaluator, call: Call, place: Place, address: Expr | None, package: str) -> Host:
    if address is not None:
        addresses = evaluator.evaluate(address, place)
        name = dotted_name(address)
        is_tested = name is not None and is_set(place, name)
        if is_tested:
            # What a default of None says of an address, a test ahead of the construction rules out.
            addresses = tuple(each for each in addresses if not (isinstance(each, Literal) and each.value is None))
        return _host_of(addresses, package, is_tested)
    if any(argument.star == "**" for argument in call.args):
        return _host_in_splats(evaluator, call, place, package)
    return Host.OWN


def _host_in_splats(evaluator: Evaluator, call: Call, place: Place, package: str) -> Host:
    """Whose host a client is constructed for that is given its arguments as a dict: `OpenAI(**settings)`."""
    fields = read_arguments(evaluator, call, call.args, (), place).fields
    entries = [entry for name in ("base_url", "api_base") if (entry := fields.entries.get(name)) is not None]
    addresses = [address for entry in entries for address in entry.bounded]
    host = _host_of(addresses, package) if addresses else Host.DEFAULT if fields.is_open or fields.has_escaped else Host.OWN
    may_be_missing = bool(entries) and not any(entry.is_certain for entry in entries)
    return Host.DEFAULT if may_be_missing and host in (Host.OWN, Host.UNKNOWN) else host


def _host_of(addresses: Sequence[Value], package: str, is_tested: bool = False) -> Host:
    """Whose host some addresses name; `is_tested` where the program goes on only with one."""
    hosts = {_host_of_address(address, package, is_tested) for address in addresses}
    if len(hosts) == 1:
        return hosts.pop()
    # The default of an environment variable says where a program mostly goes.
    named = hosts - {Host.UNKNOWN, Host.DEFAULT}
    if named == {Host.LOCAL}:
        return Host.LOCAL
    if named and named <= {Host.OTHER, Host.ROUTER, Host.VENDOR, Host.LOCAL}:
        return Host.OTHER
    return Host.DEFAULT if named & {Host.OWN} or Host.DEFAULT in hosts else Host.UNKNOWN


def _host_of_address(address: Value, package: str, is_tested: bool) -> Host:
    if isinstance(address, Literal) and address.value is None:
        return Host.OWN  # What a client does that is given none.
    if isinstance(address, Unknown):
        return _host_of_unknown(address, is_tested)
    text = (address.value or address.stable_head) if isinstance(address, Text) else ""
    return host_of(text, package) if text else Host.UNKNOWN


def _host_of_unknown(address: Unknown, is_tested: bool) -> Host:
    """An environment variable that may be missing leaves the vendor's own host, unless its name says whose host it is for."""
    expression = address.expression
    is_optional = (
        not is_tested
        and isinstance(expression, Call)
        and last_name(expression.func) in ("getenv", "get")
        and len(expression.args) == 1
    )
    setting = setting_of(expression) if isinstance(expression, (Call, Subscript)) else ""
    if setting in _OWN_SETTINGS:
        return Host.DEFAULT
    host = host_of_setting(setting)
    return Host.DEFAULT if is_optional and host is Host.UNKNOWN else host


def setting_of(expression: Expr | None) -> str:
    """The name of the setting that a value is read from: an environment variable, an attribute of some settings."""
    name: object = None
    if isinstance(expression, Attribute):
        return expression.attr
    if isinstance(expression, Call) and last_name(expression.func) in ("getenv", "get") and expression.args:
        name = expression.args[0].value
    elif isinstance(expression, Subscript):
        name = expression.index
    return name.value if isinstance(name, Constant) and isinstance(name.value, str) else ""
