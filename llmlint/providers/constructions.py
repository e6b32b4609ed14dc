"""Where the plain clients are made that a call can go through: those that a fix can put another client around."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from llmlint.link.calls.evaluator import Evaluator
from llmlint.link.values.values import Object, Value
from llmlint.providers.base import Provider
from llmlint.providers.client_hosts import host_of_client
from llmlint.providers.hosts import Host
from llmlint.providers.instructor import wrapped_by
from llmlint.scan.expressions import Attribute, Name
from llmlint.source import Span

_PLAIN = frozenset({"Anthropic", "AsyncAnthropic", "OpenAI", "AsyncOpenAI", "Client", "AsyncClient"})


@dataclass(frozen=True, slots=True)
class Constructions:
    """`made` are the constructions of plain clients of the vendor's own host that a call can go through, `settable` those of plain clients
    whose host somebody may set. `may_be_other`: it may also be another client than those made; `may_have_other_host`: one of another host."""

    made: tuple[Span, ...] = ()
    settable: tuple[Span, ...] = ()
    may_be_other: bool = True
    may_have_other_host: bool = False


NONE_KNOWN = Constructions()


def constructions_of(evaluator: Evaluator, values: Sequence[Value], provider: Provider) -> Constructions:
    """Where the clients are made that a call goes through, by the values of what it is called on."""
    found = [tuple(_constructions(evaluator, value, provider)) for value in values]
    by_host: dict[Host, dict[Span, None]] = {}
    for span, host in (one for each in found for one in each):
        by_host.setdefault(host, {})[span] = None
    return Constructions(
        tuple(by_host.get(Host.OWN, ())),
        tuple(by_host.get(Host.DEFAULT, ())),
        may_be_other=not all(any(host is Host.OWN for _, host in each) for each in found),
        may_have_other_host=not by_host.keys() <= {Host.OWN},
    )


def _constructions(evaluator: Evaluator, value: Value, provider: Provider) -> Iterator[tuple[Span, Host]]:
    """Where a plain client is made, also one behind a client of instructor, and whose host it is made for."""
    if not isinstance(value, Object) or value.call is None or value.place is None:
        return
    wrapped = wrapped_by(evaluator, value)
    if wrapped is not None:
        for each in wrapped.client:
            yield from _constructions(evaluator, each, provider)
    elif isinstance(value.of, str) and value.of.split(".")[0] in provider.packages and value.of.rpartition(".")[2] in _PLAIN:
        if isinstance(value.call.func, (Name, Attribute)):
            yield value.place.span(value.call), host_of_client(evaluator, value, provider.name)
