"""Whether what a method is called on is an LLM client, and of which class."""

from __future__ import annotations

import dataclasses
import enum
import re
from collections.abc import Iterable
from dataclasses import dataclass

from llmlint.link.calls.arguments import read_arguments
from llmlint.link.calls.evaluator import Evaluator
from llmlint.link.program.tests import is_test_file
from llmlint.link.values import filled_later, objects
from llmlint.link.values.place import Place
from llmlint.link.values.values import (
    MOST_ALTERNATIVES,
    Class,
    Entry,
    External,
    Object,
    Record,
    Text,
    Unknown,
    Value,
)
from llmlint.providers.base import REGISTRY, Provider
from llmlint.providers.branches import branches_of, is_prompt_template, piped
from llmlint.providers.client_hosts import host_of_client, host_of_module
from llmlint.providers.constructions import NONE_KNOWN, Constructions, constructions_of
from llmlint.providers.described import is_class_of
from llmlint.providers.hosts import Host
from llmlint.providers.instructor import Wrapped, wrapped_by
from llmlint.providers.matching import COMMON_NAMES, HALVES, Match, chain_of, is_of_others, names_of_family, wrapped_argument
from llmlint.request_data import Stability
from llmlint.scan.expressions import Attribute, Await, Call, Expr, Name, Operation, Subscript, root_name
from llmlint.sdks.shape import Client, Method
from llmlint.source import Span

_COPIES = frozenset({"with_options", "copy"})
# Resources of the same SDKs whose `create` sends no prompt, and other people's things of the same shape.
_OTHER_RESOURCES = frozenset({"threads", "batches", "runs", "sessions", "agents", "skills", "conversations", "assistants"})


_ANY = Method(("",), "")
_DEEPEST_FACTORIES = 6
_DEEPEST_RECEIVERS = 30
_LOOKED_INTO: set[object] = set()
_PROTOCOLS = ("typing.Protocol", "typing_extensions.Protocol")
# Factories that only a client has, whatever it is.
_TELLING_FACTORIES = ("start_", "init_", "with_structured_output", "bind_tools")
PIPED = "|"
"""The name under which a chain's prompt stands among the arguments of its requests: no argument can be called so."""


class Standing(enum.Enum):
    KNOWN = "known"
    UNKNOWN = "unknown"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Receiver:
    """`client` is the class name; `host` says whose host it talks to. `models` are those that the client was
    made with, for requests that name none. `clients` are the constructions of plain clients that it can be. `fields` are arguments of its
    requests that it was made with, and `vendor` whose models its address serves. `may_refuse_top_level_breakpoint`: one of the clients that
    it can be does."""

    standing: Standing
    client: str | None = None
    host: Host = Host.OWN
    models: tuple[Value, ...] = ()
    clients: Constructions = NONE_KNOWN
    fields: Record | None = None
    vendor: str | None = None
    may_refuse_top_level_breakpoint: bool = False


def judge(evaluator: Evaluator, found: Match) -> Receiver:
    """What the receiver of a match is."""
    receiver = _judge(evaluator, found)
    if receiver.standing is not Standing.KNOWN or found.client:
        return receiver
    values = evaluator.evaluate(_plain_receiver(found.receiver), found.place)
    names = [value.of.rpartition(".")[2] for value in values if isinstance(value, Object) and isinstance(value.of, str)]
    classes = [found.provider.clients[name] for name in names if name in found.provider.clients]
    return dataclasses.replace(
        receiver,
        clients=constructions_of(evaluator, values, found.provider),
        may_refuse_top_level_breakpoint=not all(each.takes_top_level_breakpoint for each in classes),
    )


def _plain_receiver(receiver: Expr) -> Expr:
    """What a client's copies are made of: `client` of `client.with_options(…)`."""
    while True:
        if isinstance(receiver, Call) and isinstance(receiver.func, Attribute) and receiver.func.attr in _COPIES:
            receiver = receiver.func.value
        elif isinstance(receiver, Attribute) and receiver.attr in HALVES:
            receiver = receiver.value
        else:
            return receiver


def _judge(evaluator: Evaluator, found: Match) -> Receiver:
    if found.client:
        return _judge_value(evaluator, External(found.client), found)
    receiver = _plain_receiver(found.receiver)
    if isinstance(receiver, Attribute) and receiver.attr in _OTHER_RESOURCES:
        return Receiver(Standing.REFUSED)
    best = Receiver(Standing.UNKNOWN)
    is_in_test = is_test_file(evaluator.program, found.place.module)
    values = evaluator.evaluate(receiver, found.place)
    known: Receiver | None = None  # A client of the vendor's own host, where one of several is.
    declared: Receiver | None = None  # One by an annotation, which says less than a construction.
    for value in values:
        if not is_in_test and _is_made_in_test(evaluator, value):
            continue  # The stand-in that a test passes says nothing about the program's own client.
        judged = _judge_value(evaluator, value, found)
        if judged.standing is Standing.KNOWN:
            if judged.host is Host.OWN and isinstance(value, Object) and value.call is None:
                declared = declared or judged
                continue
            if judged.host is Host.OWN:
                return judged
            if known is None or judged.host is Host.COMPATIBLE:
                known = judged
            elif judged.host in (Host.UNKNOWN, Host.DEFAULT) and known.host is not Host.COMPATIBLE:
                known = judged  # An address that a user sets may be the vendor's.
        if judged.standing is Standing.REFUSED or judged.host in (Host.OTHER, Host.ROUTER, Host.LOCAL):
            best = judged
    known = known or declared
    if known is not None:
        return known
    if best.standing is Standing.REFUSED and len(values) >= MOST_ALTERNATIVES:
        best = Receiver(Standing.UNKNOWN)  # There may be more of them.
    if best.standing is Standing.UNKNOWN and found.method.is_of_instructor:
        return Receiver(Standing.REFUSED)
    root = root_name(receiver)
    if best.standing is Standing.UNKNOWN and root is not None and "mock" in root.lower():
        return Receiver(Standing.REFUSED)
    if best.standing is Standing.UNKNOWN and isinstance(receiver, (Attribute, Name)):
        last = receiver.attr if isinstance(receiver, Attribute) else receiver.id
        if "mock" in last.lower():
            return Receiver(Standing.REFUSED)
    return best


def _is_made_in_test(evaluator: Evaluator, value: Value) -> bool:
    made_in = [value.place.module] if isinstance(value, Object) and value.place is not None else []
    of = value.of if isinstance(value, Object) else value
    made_in += [of.module] if isinstance(of, Class) else []
    return any(is_test_file(evaluator.program, module) for module in made_in)


def _judge_value(evaluator: Evaluator, value: Value, found: Match) -> Receiver:
    wrapped = wrapped_by(evaluator, value) if isinstance(value, Object) else None
    if wrapped is not None:
        return _judge_wrapped(evaluator, wrapped, found)
    if found.method.is_of_instructor:
        return Receiver(Standing.REFUSED)
    if isinstance(value, External):
        name = value.name.removesuffix("()")
        if name.rpartition(".")[2] in found.provider.packages:
            return Receiver(Standing.KNOWN, name, host_of_module(evaluator, name, found.place))
        judged = _by_class_name(name, found)
        if judged.standing is not Standing.UNKNOWN or not found.provider.sdk.evidence:
            return judged
        return _by_kept(evaluator, name, filled_later.stored_by_name(found.receiver, name, found.place), found)
    branch = _by_branches(evaluator, value, found, False)
    if branch is not None:
        return branch
    if isinstance(value, Object):
        inner = wrapped_argument(value.call, value.place, found)
        if inner is not None:
            return _judge(evaluator, inner)
        agent = _by_agent(evaluator, value.call, value.place, found)
        if agent is not None:
            return agent
        judged = _by_class_name(value.of, found) if isinstance(value.of, str) else _by_bases(evaluator, value.of, found)
        if judged.standing is Standing.KNOWN:
            sdk = found.provider.sdk
            # The address of a described client is a matter of its description.
            host = Host.OWN if sdk.is_described else host_of_client(evaluator, value, sdk.name)
            host = Host.ROUTER if sdk.is_router and host is Host.OWN else host
            return dataclasses.replace(judged, host=host, fields=_made_with(evaluator, value, judged, found.provider))
        return judged
    if isinstance(value, Class):
        return _by_bases(evaluator, value, found)
    if isinstance(value, Unknown) and value.expression is not None and value.place is not None:
        sdk = found.provider.sdk
        judged = (
            _by_factory_once(evaluator, value.expression, value.place, found) if sdk.factories else Receiver(Standing.UNKNOWN)
        )
        # A client whose methods have common names counts only where it is known.
        is_open = judged.standing is Standing.UNKNOWN and bool(sdk.evidence)
        key = (value.place.module.path, value.expression.start)
        return _by_kept(evaluator, key, filled_later.stored_in(value.expression, value.place), found) if is_open else judged
    return Receiver(Standing.UNKNOWN)


def _by_kept(evaluator: Evaluator, key: object, kept: Iterable[tuple[Expr, Place]], found: Match) -> Receiver:
    """A client that is made once and kept in a dict, `self._models[name]`, or in an object of another module: `st.session_state.chain`."""
    if key in _LOOKED_INTO:
        return Receiver(Standing.UNKNOWN)  # What is kept is made of what is kept.
    _LOOKED_INTO.add(key)
    try:
        for expression, there in kept:
            for value in evaluator.evaluate(expression, there):
                is_taken = (
                    isinstance(value, Unknown)
                    and isinstance(value.expression, (Subscript, Call))
                    and (next(filled_later.stored_in(value.expression, there), None) is not None)
                )
                judged = _judge_value(evaluator, value, found) if not is_taken else Receiver(Standing.UNKNOWN)
                if judged.standing is Standing.KNOWN:
                    return judged
    finally:
        _LOOKED_INTO.discard(key)
    return Receiver(Standing.UNKNOWN)


def _by_agent(evaluator: Evaluator, call: Call | None, place: Place | None, found: Match) -> Receiver | None:
    """What an agent or a chain sends its requests through: `create_agent(model, tools)`, `RetrievalQA.from_chain_type(llm=…)`."""
    agents = found.provider.sdk.agents
    if call is None or place is None or not agents:
        return None
    name = next((each for each in names_of_family(evaluator, call.func, place, found.provider) if each in agents), None)
    if name is None:
        return None
    names, position = agents[name]
    # Its own prompt is around what it is given, and not known.
    at = place.span(call)
    prompt = Entry((Unknown(Stability.UNKNOWN, at),), True, at)
    # deepagents had its tools first until it was given its model there.
    by_keyword = (call.value(keyword) for keyword in names)
    inner = next((each for each in by_keyword if each is not None), call.value(names[0], position))
    if inner is None:
        # It has a model of its own (deepagents), or its arguments are passed as a dict.
        return Receiver(Standing.KNOWN, name, Host.DEFAULT, fields=Record({PIPED: prompt}, at))
    models = tuple(each for each in evaluator.evaluate(inner, place) if isinstance(each, Text))
    judged = _judge(evaluator, dataclasses.replace(found, receiver=inner, place=place, client=""))
    if models or judged.standing is not Standing.KNOWN:
        return Receiver(Standing.KNOWN, name, Host.DEFAULT, models, fields=Record({PIPED: prompt}, at))
    client = found.provider.clients.get(judged.client or "")
    return dataclasses.replace(
        judged,
        client=name,
        vendor=judged.vendor or (client.vendor if client is not None else None),
        fields=Record({**(judged.fields.entries if judged.fields is not None else {}), PIPED: prompt}, at),
    )


def _made_with(evaluator: Evaluator, value: Object, judged: Receiver, provider: Provider) -> Record | None:
    """The arguments of its requests that a client was made with."""
    client = provider.clients.get(judged.client or "")
    if client is None or not client.keeps_arguments or value.call is None or value.place is None:
        return None
    return read_arguments(evaluator, value.call, value.call.args, client.names, value.place).fields


def _by_factory_once(evaluator: Evaluator, expression: Expr, place: Place, found: Match) -> Receiver:
    """What a call or chain gives, unless it is made of what it was before: `model = model.bind(…)` or `found = found | more` in a loop."""
    key = (place.module.path, expression.start, expression.end, id(place.frame))
    if key in _LOOKED_INTO or len(_LOOKED_INTO) > _DEEPEST_RECEIVERS:
        return Receiver(Standing.UNKNOWN)
    _LOOKED_INTO.add(key)
    try:
        return _by_factory(evaluator, expression, place, found)
    finally:
        _LOOKED_INTO.discard(key)


def _by_factory(evaluator: Evaluator, expression: Expr, place: Place, found: Match, depth: int = 0) -> Receiver:
    """What a call returns that gives a client, a copy of one, or a chain that ends in one: `prompt | llm.bind_tools(tools)`."""
    if depth > _DEEPEST_FACTORIES:
        return Receiver(Standing.UNKNOWN)
    if isinstance(expression, Await):
        return _by_factory(evaluator, expression.value, place, found, depth + 1)
    if isinstance(expression, Operation) and expression.operator == "|":
        return _by_pipe(evaluator, expression, place, found)
    if not isinstance(expression, Call):
        return Receiver(Standing.UNKNOWN)
    inner = wrapped_argument(expression, place, found)
    if inner is not None:
        return _judge(evaluator, inner)
    agent = _by_agent(evaluator, expression, place, found)
    if agent is not None:
        return agent
    names, lefts = chain_of(expression.func)
    names = names or ([expression.func.id] if isinstance(expression.func, Name) else [])
    for path, parameters in found.provider.sdk.factories.items():
        if tuple(reversed(names[: len(path)])) != path:
            continue
        fields = read_arguments(evaluator, expression, expression.args, parameters, place).fields
        if len(lefts) < len(path):
            return Receiver(Standing.KNOWN, path[-1], fields=fields)
        receiver = _judge(evaluator, dataclasses.replace(found, receiver=lefts[len(path) - 1], place=place, client=""))
        if receiver.standing is Standing.UNKNOWN and (len(path) > 1 or path[0].startswith(_TELLING_FACTORIES)):
            receiver = Receiver(Standing.KNOWN, None, Host.DEFAULT)
        entries = {**(receiver.fields.entries if receiver.fields is not None else {}), **fields.entries}
        return dataclasses.replace(receiver, fields=dataclasses.replace(fields, entries=entries))
    return Receiver(Standing.UNKNOWN)


def _by_pipe(evaluator: Evaluator, expression: Operation, place: Place, found: Match) -> Receiver:
    """The model in a chain of pipes, with the prompt that stands ahead of it as what it is sent. One of a branch counts where there is no other."""
    at = place.span(expression)
    ahead: Entry | None = None
    branch: Receiver | None = None
    for operand in piped(expression):
        values = evaluator.evaluate(operand, place)
        for value in values:
            of_branch = _by_branches(evaluator, value, found, True)
            if of_branch is not None:
                branch = branch or _prompted(of_branch, ahead, at)
                continue
            judged = _judge_value(evaluator, value, found)
            if judged.standing is Standing.KNOWN:
                return _prompted(judged, ahead, at)
        if ahead is not None and branch is None and all(isinstance(value, Unknown) for value in values):
            # A prompt goes to a model, whatever that is.
            return Receiver(Standing.KNOWN, None, Host.DEFAULT, fields=Record({PIPED: ahead}, at))
        ahead = next((Entry((value,), True, place.span(operand)) for value in values if is_prompt_template(value)), ahead)
    return branch or Receiver(Standing.UNKNOWN)


def _prompted(judged: Receiver, ahead: Entry | None, at: Span) -> Receiver:
    """A model of a chain, with the prompt that stands ahead of it there."""
    entries = dict(judged.fields.entries) if judged.fields is not None else {}
    given = ahead or entries.get(PIPED)
    entries |= {PIPED: given} if given is not None else {}
    return dataclasses.replace(judged, fields=Record(entries, at))


def _by_branches(evaluator: Evaluator, value: Value, found: Match, is_in_chain: bool) -> Receiver | None:
    """The first client among what runs side by side."""
    inner = branches_of(evaluator, value, found.provider.sdk, is_in_chain=is_in_chain)
    judged = (_judge_value(evaluator, each, found) for each in inner)
    return next((each for each in judged if each.standing is Standing.KNOWN), None)


def _judge_wrapped(evaluator: Evaluator, wrapped: Wrapped, found: Match) -> Receiver:
    """What a client of instructor is for a method of one of the SDKs."""
    if wrapped.provider is None and found.provider.name == "openai":
        # instructor takes messages in OpenAI's form for every other SDK.
        return Receiver(Standing.KNOWN, "Instructor", Host.VENDOR if wrapped.is_of_vendor else Host.OTHER, wrapped.models)
    if wrapped.provider != found.provider.name:
        return Receiver(Standing.REFUSED)
    behind = [_judge_value(evaluator, each, dataclasses.replace(found, method=_ANY)) for each in wrapped.client]
    known = next((each for each in behind if each.standing is Standing.KNOWN), None)
    name = known.client if known is not None else None
    # The class behind it says more where it can do less.
    is_usual = found.provider.clients.get(name or "", Client()) == Client()
    host = known.host if known is not None else Host.OWN
    return Receiver(Standing.KNOWN, "Instructor" if is_usual else name, host, wrapped.models)


def _by_class_name(name: str, found: Match) -> Receiver:
    if found.provider.sdk.is_described:
        is_meant = is_class_of(found.provider.sdk, name)
        return Receiver(Standing.KNOWN, name.rpartition(".")[2]) if is_meant else Receiver(Standing.UNKNOWN, None, Host.OTHER)
    package, _, last = name.partition(".")[0], "", name.rpartition(".")[2]
    if is_of_others(package, found.provider) or last.endswith("Mock"):
        return Receiver(Standing.REFUSED)
    client = found.provider.clients.get(last)
    if client is not None and client.is_of_family and not package.startswith(tuple(found.provider.packages)):
        return Receiver(Standing.UNKNOWN, None, Host.OTHER)
    if last in found.provider.clients and (
        last not in COMMON_NAMES or package in found.provider.packages or package == "instructor"
    ):
        return Receiver(Standing.KNOWN, last)
    more = found.provider.sdk.more_clients
    if more is not None and re.fullmatch(more[0], name):
        return Receiver(Standing.KNOWN, more[1], Host.DEFAULT)
    others = (provider.clients.get(last) for provider in REGISTRY if not provider.sdk.is_described)
    if last not in COMMON_NAMES and any(other is not None and not other.is_of_family for other in others):
        return Receiver(Standing.REFUSED)
    return Receiver(Standing.UNKNOWN, None, Host.OTHER)


def _by_bases(evaluator: Evaluator, start: Class, found: Match) -> Receiver:
    for current in objects.ancestry(evaluator, start):
        if isinstance(current, str):
            judged = _by_class_name(current, found)
            if judged.standing is not Standing.UNKNOWN:
                return judged
        elif found.provider.sdk.is_described:
            if is_class_of(found.provider.sdk, current):
                return Receiver(Standing.KNOWN, current.module.scopes[current.scope].name)
        elif found.method.path[0] in current.module.members[current.scope]:
            return Receiver(Standing.UNKNOWN if _is_interface(evaluator, current) else Standing.REFUSED)
    return Receiver(Standing.UNKNOWN)


def _is_interface(evaluator: Evaluator, of: Class) -> bool:
    """Whether a class only says what a client looks like: `class Llm(Protocol): chat: Chat`."""
    return any(base in _PROTOCOLS for base in objects.ancestry(evaluator, of))
