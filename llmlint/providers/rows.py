"""Requests that are rows of a batch: dicts, or constructions with the same arguments, which something sends later and at another place.

    rows.append({"custom_id": name, "params": {"model": "claude-opus-5-5", "max_tokens": 500, "messages": messages}})
    rows.append({"custom_id": name, "method": "POST", "url": "/v1/responses", "body": {"model": "gpt-6-luna", "input": text}})

What makes a row says what is sent, and on which call paths. Rows that another program wrote are not seen, nor are those of files that change the
requests in their rows.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator
from functools import cache

from llmlint.link.calls.arguments import CallArguments, read_arguments
from llmlint.link.calls.evaluator import Evaluator
from llmlint.link.names.effects import CHANGES
from llmlint.link.names.index import ModuleIndex
from llmlint.link.values import containers
from llmlint.link.values.place import Place
from llmlint.link.values.values import External, Known, Object, Record, Text, Value
from llmlint.providers.base import REGISTRY, Provider
from llmlint.providers.candidates import Candidate
from llmlint.providers.client_hosts import host_of_client
from llmlint.providers.hosts import Host
from llmlint.providers.on_paths import Recognised
from llmlint.providers.receivers import Receiver, Standing
from llmlint.providers.requests import record_of
from llmlint.scan.expressions import Argument, Call, Constant, Expr, Mapping
from llmlint.scan.facts import CallFact, Mention, Row
from llmlint.sdks import row_keys
from llmlint.sdks.shape import ROW_KEY, BatchRows, Method

_SENT = frozenset({"messages", "input"})


def possible_rows(module: ModuleIndex, evaluator: Evaluator) -> Iterator[Candidate]:
    """The requests of a file that may be those of a batch. Reported is the request in a row, or the row where the request is made elsewhere."""
    if not evaluator.program.words_of(module.path, (ROW_KEY.encode(),)):
        return
    module.lower_mentions(ROW_KEY, Mention.ANY)
    found: list[tuple[Row | CallFact, Expr, tuple[Argument, ...]]] = []
    found += [(row, row.mapping, _items_of(row.mapping)) for row in module.named_facts.rows]
    found += [
        (fact, fact.call, fact.call.args)
        for fact in module.named_facts.calls
        if any(each.keyword == ROW_KEY for each in fact.call.args)
    ]
    for fact, row, given in found:
        request = next((each.value for each in given if each.keyword in row_keys()), None)
        if request is not None:
            place = evaluator.place(module, fact.scope, fact.block, fact.order)
            is_there = _stands_there(evaluator, request, place)
            if is_there and isinstance(request, Call):
                # What is passed to it may be another thing behind it, as far as is known.
                place = evaluator.place(module, fact.scope, fact.block, module.fact_of_call[request].order)
            yield Candidate(request if is_there else row, row, place, given, False, row)


def _stands_there(evaluator: Evaluator, request: Expr, place: Place) -> bool:
    """Whether the arguments of a request are written at a place: in a dict, or in a construction that is none of the program's own functions."""
    if not isinstance(request, Call):
        return isinstance(request, Mapping)
    if not all(argument.keyword or argument.star == "**" for argument in request.args):
        return False
    makers = evaluator.evaluate(request.func, place)
    return bool(makers) and all(isinstance(each, External) for each in makers)


def _items_of(mapping: Mapping) -> tuple[Argument, ...]:
    """The items of a dict as the arguments that they are where they are passed on by `**`; those with other keys than texts are left out."""
    found: list[Argument] = []
    for key, value in mapping.items:
        if key is None:
            found.append(Argument(value.start, value.end, value, None, "**"))
        elif isinstance(key, Constant) and isinstance(key.value, str):
            found.append(Argument(key.start, value.end, value, key.value, ""))
    return tuple(found)


def recognise_row(evaluator: Evaluator, candidate: Candidate, row: Expr) -> Recognised | None:
    """What a candidate for a row is; None where it is none, or where what it sends is not known."""
    given = {argument.keyword: argument.value for argument in candidate.arguments}
    for provider in REGISTRY:
        rows = provider.sdk.rows
        if rows is None or rows.inside not in given or not _is_made_so(evaluator, row, candidate.place, rows):
            continue
        method = _method(evaluator, rows, given.get("url"), candidate.place)
        if method is None or _changes_rows(evaluator, candidate.place.module, rows.inside):
            continue
        arguments = _arguments(evaluator, candidate, given[rows.inside])
        if not arguments.fields.entries.keys() & _SENT or provider.is_other(arguments, method):
            continue
        receiver = Receiver(Standing.KNOWN, None, _host(evaluator, provider, candidate.place))
        return Recognised(provider, method, receiver, arguments)
    return None


def _is_made_so(evaluator: Evaluator, row: Expr, place: Place, rows: BatchRows) -> bool:
    """Whether a dict is at hand, or what a class of the SDK makes: a function of the program may make a row by itself."""
    if not isinstance(row, Call):
        return True
    names = {value.name if isinstance(value, External) else "" for value in evaluator.evaluate(row.func, place)}
    return bool(names) and all(name == "builtins.dict" or name.rpartition(".")[2] in rows.classes for name in names)


def _method(evaluator: Evaluator, rows: BatchRows, url: Expr | None, place: Place) -> Method | None:
    """What sends a row, by the address in it."""
    if url is None:
        return rows.methods.get("")
    found = {_method_at(rows, value) for value in evaluator.evaluate(url, place)}
    return found.pop() if len(found) == 1 else None


def _method_at(rows: BatchRows, address: Value) -> Method | None:
    last = address.parts[-1] if isinstance(address, Text) and address.parts else None
    text = last.text if isinstance(last, Known) else ""
    return next((method for end, method in rows.methods.items() if end and text.endswith(end)), None)


def _changes_rows(evaluator: Evaluator, module: ModuleIndex, inside: str) -> bool:
    """Whether a file changes the requests in its rows, itself or by a name: `row["params"]["model"] = model`, `del params["system"]`."""
    text = evaluator.program.source(module.path).text
    item = rf"""\[[ \t]*["']{inside}["'][ \t]*\]"""
    if _changes(item).search(text):
        return True
    names = {match[1] for match in _named(item).finditer(text)}
    return any(_changes(rf"\b{name}", is_part=True).search(text) for name in names)


@cache
def _changes(what: str, *, is_part: bool = False) -> re.Pattern[str]:
    """Source that sets, deletes or adds to something, or to what is in it. `is_part`: only to what is in it."""
    inside = rf"""(?:[ \t]*\[[^\]\r\n]*\]){"+" if is_part else "*"}"""
    return re.compile(
        rf"""{what}(?:{inside}[ \t]*(?:[-+*/%|&^]|//|\*\*)?=(?!=)|(?:[ \t]*\[[^\]\r\n]*\])*[ \t]*\.[ \t]*(?:{"|".join(sorted(CHANGES))})\()"""
        rf"""|\bdel[ \t][^\r\n#]*{what}{inside}"""
    )


@cache
def _named(item: str) -> re.Pattern[str]:
    """A name for what is in a row: `params = row["params"]`."""
    return re.compile(rf"""(?m)^[ \t]*(\w+)[ \t]*=[^=\r\n]*{item}[ \t]*(?:#.*)?$""")


def _arguments(evaluator: Evaluator, candidate: Candidate, request: Expr) -> CallArguments:
    """The arguments of the request in a row: of a dict or construction that stands there itself, or of what is made elsewhere."""
    place, site = candidate.place, candidate.site
    if site is request and isinstance(site, Mapping):
        return _with_all(read_arguments(evaluator, site, _items_of(site), (), place), site)
    if site is request and isinstance(site, Call):
        return read_arguments(evaluator, site, site.args, (), place)
    values = tuple(_opened(evaluator, value) for value in evaluator.evaluate(request, place))
    merged = containers.merge(evaluator, Record({}, place.span(site)), values, place.span(request))
    fields = dataclasses.replace(merged, at=place.span(site))
    splat = Argument(request.start, request.end, request, None, "**")
    return CallArguments(place, site, fields, {}, (splat,), evaluator.program)


def _with_all(arguments: CallArguments, request: Mapping) -> CallArguments:
    """The arguments of a dict, which has more of them where a key is none that is written."""
    return arguments.opened() if len(_items_of(request)) < len(request.items) else arguments


def _opened(evaluator: Evaluator, value: Value) -> Value:
    """A dict, or the arguments of a construction as one."""
    record = record_of(evaluator, value) if isinstance(value, Object) else None
    return record if record is not None else value


def _host(evaluator: Evaluator, provider: Provider, place: Place) -> Host:
    """Whose host the rows of a file go to: that of the clients which the file makes, where they agree. Others may be made elsewhere."""
    hosts: set[Host] = set()
    module = place.module
    for name in provider.clients:
        for fact in module.calls_by_tail.get(name):
            there = evaluator.place(module, fact.scope, fact.block, fact.order)
            values = evaluator.evaluate(fact.call, there)
            hosts |= {
                host_of_client(evaluator, value, provider.name)
                for value in values
                if isinstance(value, Object) and isinstance(value.of, str)
            }
    return hosts.pop() if len(hosts) == 1 else Host.DEFAULT
