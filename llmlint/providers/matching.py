"""Which methods a chain of attributes can stand for, by their names: `client.messages.create`, or a name that a resource was bound to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from llmlint.link.calls.evaluator import Evaluator
from llmlint.link.values.place import Place
from llmlint.link.values.values import External, Unknown
from llmlint.providers.base import REGISTRY, Provider
from llmlint.scan.expressions import Attribute, Call, Expr, last_name
from llmlint.sdks.shape import Method

_TRANSPARENT = frozenset({"with_raw_response", "with_streaming_response"})
# The asynchronous half of a client: `client.aio.models.generate_content`.
HALVES = frozenset({"aio"})
_OTHER_PACKAGES = frozenset(
    {
        "unittest",
        "mock",
        "pytest",
        "twilio",
        "slack_sdk",
        "slack",
        "discord",
        "telegram",
        "sqlalchemy",
        "django",
        "ollama",
        "cohere",
        "mistralai",
        "google",
        "vertexai",
        "boto3",
        "botocore",
    }
)
# Class names that many packages use: they count only where they come from the SDK itself.
COMMON_NAMES = frozenset({"Client", "AsyncClient", "Router", "Instructor", "AsyncInstructor"})


@dataclass(frozen=True, slots=True)
class Match:
    """A method reference that has the shape of an LLM call: `receiver` is what the method's path hangs on. `client` is the qualified name of
    the client's class, or of the SDK's module, where no more than that is known: `send = client.messages.create`."""

    provider: Provider
    method: Method
    receiver: Expr
    place: Place
    client: str = ""


def chain_of(expression: Expr) -> tuple[list[str], list[Expr]]:
    """The attribute names of a chain from the right, with what stands left of each; transparent ones are left out."""
    names: list[str] = []
    lefts: list[Expr] = []
    while isinstance(expression, Attribute):
        if expression.attr not in _TRANSPARENT:
            names.append(expression.attr)
            lefts.append(expression.value)
        expression = expression.value
    return names, lefts


def match(evaluator: Evaluator, reference: Expr, place: Place, depth: int = 0) -> Iterator[Match]:
    """The provider methods that `reference` (a chain of attributes) can stand for, the most specific first."""
    names, lefts = chain_of(reference)
    found = False
    for provider in REGISTRY:
        for method in sorted(provider.methods, key=lambda m: -len(m.path)):
            size = len(method.path)
            if tuple(reversed(names[:size])) == method.path and size <= len(names):
                if method.path[0] == "completions" and names[size : size + 1] == ["chat"]:
                    continue
                # A short path may be the end of a longer one, of which the rest is bound to a name.
                found = found or size > 2 or method.path[0] not in ("completions", method.path[-1])
                yield Match(provider, method, lefts[size - 1], place)
    if found or depth > 2 or not names:
        return
    # The resource was bound to a name or attribute first: `messages = client.messages; messages.create(…)`.
    if any(names[0] == method.path[-1] for provider in REGISTRY for method in provider.methods):
        for value in evaluator.evaluate(lefts[0], place):
            if isinstance(value, Unknown) and isinstance(value.expression, Attribute) and value.expression is not lefts[0]:
                joined = Attribute(reference.start, reference.end, value.expression, names[0])
                yield from match(evaluator, joined, value.place or place, depth + 1)


def match_external(name: str) -> tuple[Provider, Method, str] | None:
    """The method that a qualified name stands for: a module function, or `package.Class().path.to.method`."""
    for provider in REGISTRY:
        if name in provider.functions:
            return provider, provider.functions[name], ""
        client, _, path = name.rpartition("().")
        if not client and name.split(".")[0] in provider.packages:
            client, path = name.split(".")[0], name.partition(".")[2]
        parts = tuple(part for part in path.split(".") if part not in _TRANSPARENT and part not in HALVES)
        if provider.sdk.is_described:
            continue
        if client and (client in provider.packages or _is_client_class(client, provider)):
            for method in provider.methods:
                if parts == method.path and not method.is_of_instructor:
                    return provider, method, client
    return None


def _is_client_class(name: str, provider: Provider) -> bool:
    package, last = name.split(".")[0], name.rpartition(".")[2]
    client = provider.clients.get(last)
    if client is None or (client.is_of_family and not package.startswith(tuple(provider.packages))):
        return False
    return (last not in COMMON_NAMES or package in provider.packages) and not is_of_others(package, provider)


def is_of_others(package: str, provider: Provider) -> bool:
    return package in _OTHER_PACKAGES and package not in provider.packages


def names_of_family(evaluator: Evaluator, function: Expr, place: Place, provider: Provider) -> Iterator[str]:
    """What a function is called that one of an SDK's packages defines, or one that extends it: `langchain_experimental`."""
    names = [value.name for value in evaluator.evaluate(function, place) if isinstance(value, External)]
    packages = tuple(provider.packages)
    yield from (name.rpartition(".")[2] for name in names if name.partition(".")[0].startswith(packages))


def wrapped_argument(call: Call | None, place: Place | None, found: Match) -> Match | None:
    """What the result of a call sends its requests through, where that wraps another client: `RunnableWithMessageHistory(chain, …)`."""
    argument = found.provider.sdk.wrappers.get(last_name(call.func) or "") if call is not None else None
    inner = call.value(*argument) if argument is not None and call is not None else None
    if inner is None or place is None:
        return None
    return replace(found, receiver=inner, place=place, client="")
