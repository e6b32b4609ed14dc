"""Changing a model's name where it is written."""

from __future__ import annotations

from ast import literal_eval
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial

from llmlint.callsite import Request
from llmlint.catalog import Catalog, Model, ModelRef
from llmlint.findings import Applicability, Edit, Fix
from llmlint.fixes.model.beside import falls_back_on_limit, left_in_function, options_with
from llmlint.fixes.model.forms import mentions
from llmlint.fixes.model.hosts import is_on_azure, may_lack_models
from llmlint.fixes.model.in_batches import in_batches, written_by_hand
from llmlint.fixes.model.labels import few, records_elsewhere, records_of
from llmlint.fixes.model.mentions import comment_beside, gates, lookups, measured_beside
from llmlint.fixes.model.parameters import Fit, Unfit, fit_parameters, refused_sampling, takes_same
from llmlint.fixes.model.prices import prices_of
from llmlint.fixes.model.sharing import merged_tiers, read_by_notebook, rebound_at, sharing
from llmlint.fixes.model.tables import library_tables
from llmlint.fixes.model.texts import Said, said_of
from llmlint.link.program.memo import Memo
from llmlint.link.values.values import Unknown
from llmlint.request_data import ModelValue
from llmlint.scan.expressions import Call, last_name
from llmlint.source import Span

_FITTED: Memo[tuple[object, ...], tuple[tuple[Edit, ...], tuple[str, ...]] | str] = Memo()
_MOST_NAMED = 3


@dataclass(frozen=True, eq=False)
class _Change:
    """A call whose model becomes the target, which the place of its name spells in its own way. `fits`: whether the target suits another call."""

    call: Request
    value: ModelValue
    reference: ModelRef
    target: Model
    spelling: str
    fits: Callable[[Request], bool] | None

    @cached_property
    def rebound(self) -> list[Span]:
        """Where else the same constant is written."""
        return rebound_at(self.call.program, self.value) if not self.call.is_in_function(self.value.at) else []

    @cached_property
    def others(self) -> list[Request]:
        """The other calls that have the name from there. Raises Unfit where they are many."""
        call = self.call
        same = (other for at in (self.value.at, *self.rebound) for other in sharing(call, replace(self.value, at=at)))
        # What another vendor's host serves is none of its models.
        return [other for other in same if not other.is_other_vendor_host or call.is_other_vendor_host]

    @cached_property
    def records(self) -> tuple[list[Edit], list[str]]:
        return records_of(self.call, self.value, self.spelling)

    @cached_property
    def fitted(self) -> tuple[tuple[Edit, ...], tuple[str, ...]]:
        """What is to be changed about all calls that have the model, and what to say of it. Raises Unfit where that cannot be."""
        value, target = self.value, self.target
        key = (self.call.span, value.at, value.spelling, self.reference.model.id, target.id, self.reference.platform)
        find = partial(_fit_all, self.call, value, self.reference, target, self.others)
        fitted = _FITTED.get(self.call.program, key, find)
        if isinstance(fitted, str):
            raise Unfit(fitted)
        return fitted

    @cached_property
    def edits(self) -> tuple[Edit, ...]:
        """The edits of names and requests. Raises Unfit."""
        call, spelling = self.call, self.value.spelling
        named = (Edit(at, call.source(at).replace(spelling, self.spelling)) for at in (self.value.at, *self.rebound))
        return tuple(dict.fromkeys((*named, *self.records[0], *self.fitted[0])))

    @cached_property
    def said(self) -> Said:
        """What the files say of the old model."""
        return said_of(self.call, self.value, self.reference.model, self.target, self.spelling, self.edits)


def replace_model(
    call: Request,
    value: ModelValue,
    reference: ModelRef,
    target: Model,
    *,
    fits: Callable[[Request], bool] | None = None,
    notes: Iterable[str] = (),
) -> Fix | None:
    """A fix that writes the target in the spelling of the place; None where the name is not one plain string, and for text completions,
    which no current model takes.

    Parameters that the target refuses are changed with it, in all calls that have the name from the same place; where one of them
    cannot be, the fix is shown only. `fits`: whether the target, which was chosen for what this call does, is right for another call too; a
    name which other calls share is not changed unless it is for all of them. `notes` are for the title of the fix, which says all that it does.
    """
    spelling = reference.respell(target)
    if spelling is None or _why_by_hand(call, value, reference, target) is not None:
        return None
    change = _Change(call, value, reference, target, spelling, fits)
    message = f"Use `{spelling}`"
    try:
        reason = next(filter(None, (check(change) for check in _CHECKS)), "")
    except Unfit as error:
        reason = str(error)
    if reason:
        named = Edit(value.at, call.source(value.at).replace(value.spelling, spelling))
        return Fix(Applicability.DISPLAY_ONLY, f"{message}{reason}", (named,))
    said = dict.fromkeys(notes)
    edits = dict.fromkeys(change.edits)
    if change.records[0]:
        said["with its name in the records beside the call"] = None
    said |= dict.fromkeys(change.fitted[1])
    if change.said.edits:
        edits |= dict.fromkeys(change.said.edits)
        said[f"with its name in the texts of {_few(change.said.lines)}"] = None
    if (line := comment_beside(call, value, edits)) is not None:
        said[f"whose comment in line {line} may have to change"] = None
    if change.others:
        said[f"also for {_calls(change.others)}"] = None
    title = ", ".join([message, *said]) + "".join(f"; {each}" for each in _left(change))
    return Fix(Applicability.UNSAFE, title, tuple(edits))


def _left(change: _Change) -> Iterator[str]:
    """What the fix leaves to be looked at: other places that name the old model, and other models that become the same one."""
    call, value, target = change.call, change.value, change.target
    places = [*change.said.places, *records_elsewhere(call, value)]
    if places:
        yield f"{_few(places)} {'names' if len(places) == 1 else 'name'} the old model, too"
    if same := merged_tiers(call, value, change.reference.model, target):
        yield f"{_few(same)}, of another tier, {'is' if len(same) == 1 else 'are'} the same model then"


def _few(places: Sequence[str]) -> str:
    more = [f"{len(places) - _MOST_NAMED} more"] if len(places) > _MOST_NAMED else []
    *first, last = [*places[:_MOST_NAMED], *more]
    return f"{', '.join(first)} and {last}" if first else last


def _looked_up(change: _Change) -> str:
    tables = lookups(change.call, change.value, change.spelling)
    return f"; the old name is looked up, too: {', '.join(tables)}" if tables else ""


def _unknown_to_a_library(change: _Change) -> str:
    tables = library_tables(change.call, change.value)
    return f"; a library that looks the name up may not know the new one: {', '.join(tables)}" if tables else ""


def _priced(change: _Change) -> str:
    priced = prices_of(change.call, change.value, change.reference.model, change.target)
    return f"; the program has the prices of the old model, too: {', '.join(priced)}" if priced else ""


def _recorded(change: _Change) -> str:
    call = change.call
    # Scripts that hand the same call the old model, each with records of its own: one setting of a study.
    paths = {model.at.path for each in (call, *call.siblings()) for model in each.models}
    elsewhere = [each for each in records_elsewhere(call, change.value) if each.rpartition(":")[0] in paths]
    places = change.records[1] or few(elsewhere)
    return f"; records or logs name the old model, too: {', '.join(places)}" if places else ""


def _measured(change: _Change) -> str:
    line = measured_beside(change.call, change.value)
    return f"; the comment in line {line} tells what was measured with the old model" if line is not None else ""


def _tested(change: _Change) -> str:
    tests = [test for each in (change.call, *change.others) for test in gates(each, change.value, change.spelling)]
    return _of_gates(list(dict.fromkeys(tests))) if tests else ""


def _shared(change: _Change) -> str:
    elsewhere = [other for other in change.others if other.is_third_party_host is not change.call.is_third_party_host]
    if elsewhere:
        return f" (the name is that of {_calls(elsewhere)} to another host too)"
    unlike = [other for other in change.others if change.fits is not None and not change.fits(other)]
    return f" (the name is that of {_calls(unlike)} too)" if unlike else ""


def _stored(change: _Change) -> str:
    reader = read_by_notebook(change.call, change.value)
    return (
        f"; other notebooks get the name by `%store`, and their requests may not suit the new model: {reader}" if reader else ""
    )


def _on_another_host(change: _Change) -> str:
    elsewhere = [each.span for each in (change.call, *change.others) if may_lack_models(each)]
    where = _at(change.call, [] if change.call.span in elsewhere else elsewhere)
    return f"; the client's host may not be the vendor's own, and may not have this model{where}" if elsewhere else ""


def _left_in_function(change: _Change) -> str:
    _ = change.fitted  # Where this call cannot get it either, that is the reason.
    line = left_in_function(change.call, change.value, change.reference, change.target)
    return f"; the call in line {line} of the same function would stay with the old model" if line is not None else ""


def _named_by_option(change: _Change) -> str:
    options = list(options_with(change.call, change.value, change.reference.model))
    return f"; an option names the old model, too, by which results may be called: {_few(options)}" if options else ""


def _in_a_batch(change: _Change) -> str:
    if written := written_by_hand(change.call, change.value):
        return f"; a batch has requests with the old model, too: {_few(written)}"
    if takes_same(change.reference.model, change.target) or not (batches := in_batches(change.call, change.value)):
        return ""
    return f"; a batch may have requests with this model, whose parameters have to fit it, too: {', '.join(batches)}"


def _named_after_it(change: _Change) -> str:
    paths = dict.fromkeys((change.value.at.path, change.call.span.path))
    named = partial(
        mentions, old=change.reference.model, new=change.target, spelling=change.value.spelling, new_spelling=change.spelling
    )
    files = [f"the file {path}" for path in paths if any(not each.is_loose for each in named(path))]
    keys = [*files, *change.said.keys]
    return f"; named after the old model: {_few(keys)}" if keys else ""


# Each says why the fix can only be shown, to be put behind the model's name; empty where it need not. Unfit says the same.
_CHECKS = (
    _looked_up,
    _unknown_to_a_library,
    _priced,
    _recorded,
    _measured,
    _tested,
    _shared,
    _stored,
    _on_another_host,
    _in_a_batch,
    _left_in_function,
    _named_by_option,
    _named_after_it,
)


_ONLY_A_DEFAULT = "which other models that a user names may refuse, as the name is only a default"


def _why_by_hand(call: Request, value: ModelValue, reference: ModelRef, target: Model) -> str | None:
    """Why no fix writes the name of another model; None where one can."""
    if call.api.endswith(".completions"):
        return "it takes messages, and no prompt"
    if not call.takes_fixes:
        return "calls of this client are not rewritten"
    if call.is_batch:
        return "what reads the answers of a batch may be another program"
    if is_on_azure(call):
        return "on Azure it is the name of a deployment, which has to be made first"
    spelling = reference.respell(target)
    if spelling is None:
        return "its name on this platform is not known"
    if spelling == value.spelling:
        return "this platform has the same name for it"
    code = call.source(value.at)
    try:
        is_plain = "\n" not in code and literal_eval(code) == value.spelling and code.count(value.spelling) == 1
    except (ValueError, SyntaxError):
        is_plain = False
    return None if is_plain else "the name is not written as one plain string"


def advice(call: Request, value: ModelValue, reference: ModelRef, target: Model) -> str:
    """What else has to change with a model, and why that is to be done by hand, where no fix is offered: to be put behind its name."""
    reason = _why_by_hand(call, value, reference, target)
    return _other_changes(call, value, reference, target) + (f"; by hand, as {reason}" if reason is not None else "")


def _other_changes(call: Request, value: ModelValue, reference: ModelRef, target: Model) -> str:
    spelling = reference.respell(target) or target.id
    if tests := gates(call, value, spelling):
        return _of_gates(tests)
    if call.provider != "http":
        return refused_sampling(call, target)
    if call.fields.is_open:
        return ""
    try:
        notes = fit_parameters(call, reference.model, target, reference.platform).notes
    except Unfit as error:
        return str(error)
    return "".join(f", {note}" for note in notes)


def _of_gates(tests: Sequence[str]) -> str:
    return f"; a test of the name comes out otherwise then: {', '.join(tests)}"


def _fit_all(
    call: Request, value: ModelValue, reference: ModelRef, target: Model, others: Sequence[Request]
) -> tuple[tuple[Edit, ...], tuple[str, ...]] | str:
    """What is to be changed about all calls that have a model, and what to say of it; or why that cannot be. It is the same for all requests
    of a call site."""
    edits: dict[Edit, None] = {}
    notes: dict[str, None] = {}
    alike = [each for each in call.siblings() if each.span == call.span and _has(each, value)] or [call]
    if falls_back_on_limit([*alike, *others]):
        return "; one call takes `max_tokens`, and another one of its function `max_completion_tokens`, whichever the model knows"
    for each in (*alike, *others):
        key = (each, value.at, value.spelling, reference.model.id, target.id, reference.platform)
        fitted = _FITTED.get(call.program, key, partial(_fit_one, each, value, reference, target))
        if isinstance(fitted, str):
            return fitted if each.span == call.span else f"{fitted} (the call{_at(call, [each.span])})"
        edits |= dict.fromkeys(fitted[0])
        notes |= dict.fromkeys(fitted[1])
    return tuple(edits), tuple(notes)


def _fit_one(
    each: Request, value: ModelValue, reference: ModelRef, target: Model
) -> tuple[tuple[Edit, ...], tuple[str, ...]] | str:
    """What is to be changed about one call, whichever of those with the same name of a model the fix is for."""
    if is_on_azure(each):
        return ", which is the name of a deployment"
    try:
        fitted = fit_parameters(each, reference.model, target, reference.platform)
        if fitted.changes_request and (reason := _other_models(each, value, target, fitted)):
            return reason
    except Unfit as error:
        return str(error)
    notes = dict.fromkeys(fitted.notes)
    if fitted.changes_request and _is_default(each, value):
        notes[_ONLY_A_DEFAULT] = None
    return tuple(fitted.edits), tuple(notes)


def _has(request: Request, value: ModelValue) -> bool:
    return any(model.at == value.at for model in request.models)


def _is_default(call: Request, value: ModelValue) -> bool:
    """Whether a user of the program can name another model: the name is the default of an environment variable, an option or a setting."""
    requests = (call, *call.siblings())
    return any(not model.is_only for request in requests for model in request.models if model.at == value.at)


def _other_models(call: Request, value: ModelValue, target: Model, fitted: Fit) -> str:
    """Why the parameters that the target needs may be wrong for another model that the call can have, to be put behind the name; else empty.

    Where the edits turn thinking off, there must be no other: it may be there for its thinking.
    """
    catalog = Catalog.bundled()
    requests = tuple(dict.fromkeys((call, *call.siblings())))
    needed = f", {', '.join(fitted.notes)}; " if fitted.notes else "; "
    if not call.is_own_host and not call.is_third_party_host:
        return f"{needed}the client's host can be configured, and another host may refuse these parameters"
    values = [each for request in requests for each in request.values("model") if isinstance(each, Unknown)]
    picked = {each.at for each in values if not _holds(each.at, value.at) and each.at != call.span}
    others = {model.spelling for request in requests for model in request.models if model.at != value.at}
    for reference in map(catalog.find, others):
        if fitted.is_quiet or reference is None or not takes_same(reference.model, target):
            return "; other models of a call take parameters that it refuses"
    is_option = any(model.source == "option-default" for model in call.models if model.at == value.at)
    # A parameter of a function that nothing in sight calls has its default as far as can be seen.
    is_left = is_option or (_is_default(call, value) and not any(request.steps for request in requests))
    foreign = [
        each
        for each in values
        if not _holds(each.at, value.at) and not _has_default(each) and not (is_left and _holds(call.span, each.at))
    ]
    if foreign or not all(request.models for request in requests):
        return f"{needed}the call may get a model that is not known, which may refuse these parameters{_at(call, picked)}"
    passed = [steps[0].span for request in requests if (steps := request.explain(value.at))]
    if passed:
        return f"{needed}a caller passes the name{_at(call, passed)}, and the function may be called with a model that refuses these parameters"
    return ""


def _has_default(value: Unknown) -> bool:
    """Whether a value that is not known is that of an environment variable with a default."""
    call = value.expression
    return isinstance(call, Call) and last_name(call.func) in ("get", "getenv") and len(call.args) > 1


def _at(call: Request, spans: Iterable[Span]) -> str:
    """Some places, for a sentence: ` in app.py:3, app.py:9`; empty for none."""
    places = sorted({(at.path, call.program.source(at.path).location(at.start).line) for at in spans})
    return f" in {', '.join(f'{path}:{line}' for path, line in places[:_MOST_NAMED])}" if places else ""


def _holds(span: Span, inner: Span) -> bool:
    return span.path == inner.path and span.start <= inner.start and inner.end <= span.end


def _calls(requests: Iterable[Request]) -> str:
    """How many places in the source make the requests."""
    number = len({request.span for request in requests})
    return "another call" if number == 1 else f"{number} other calls"
