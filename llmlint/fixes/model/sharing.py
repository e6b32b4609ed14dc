"""Which other calls have their model from the place where the name of one is written."""

from __future__ import annotations

import re
from functools import lru_cache, partial

from llmlint.callsite import Request
from llmlint.catalog import Catalog, Model, ModelRef
from llmlint.fixes.model.parameters import Unfit
from llmlint.link.names.index import ModuleIndex
from llmlint.link.program.memo import Memo
from llmlint.link.program.program import Program
from llmlint.providers import find_call_sites
from llmlint.providers.below import files_below
from llmlint.request_data import ModelValue
from llmlint.scan import expressions as ex
from llmlint.sdks import GATES
from llmlint.source import Span

_MOST_FILES = 100
# Each of the calls looks at all others.
_MOST_SHARING = 200
_QUOTED = re.compile(r"""(["'])([a-z0-9][\w.:/-]{1,60})\1""")
_REQUESTS: Memo[str, dict[Span, list[Request]]] = Memo()
_PLACES: Memo[str, frozenset[int]] = Memo()


def sharing(call: Request, value: ModelValue) -> list[Request]:
    """The other calls, in the files that can use the name, whose model is written at the same place. Raises `Unfit` where they are many."""
    if value.at.path == call.span.path and call.span.start <= value.at.start < call.span.end:
        return []
    program = call.program
    home = program.module(value.at.path)
    if home is None:
        return []
    users = {call.span.path: None, home.path: None} | _files_with(program, home, names_at(call, home, value.at.start))
    gated = {call.span.path, home.path, *program.files_holding(tuple(GATES), home)}
    paths = {path: None for path in (*users, *_files_with(program, home, _attributes_at(home, value.at.start))) if path in gated}
    # A file that has the name may pass it to a function of one that it imports.
    for module in map(program.module, users):
        if len(paths) > _MOST_FILES:
            raise Unfit(" (more files may use the name than are looked at)")
        paths |= dict.fromkeys(files_below(program, module)[1:] if module is not None else ())
    if len(paths) > _MOST_FILES:
        raise Unfit(" (more files may use the name than are looked at)")
    found = []
    for path in paths:
        for request in requests_by_place(program, path).get(value.at, ()):
            if request.span != call.span:
                found.append(request)
            if len(found) > _MOST_SHARING:
                raise Unfit(" (the name is that of many other calls too)")
    return found


def _files_with(program: Program, home: ModuleIndex, names: list[str]) -> dict[str, None]:
    """The files that may use one of the names of a module."""
    paths = (path for name in names for path in program.files_holding((name.encode(),), home))
    return {path: None for path in paths if program.may_name(path, home.path)}


def requests_by_place(program: Program, path: str) -> dict[Span, list[Request]]:
    """The requests of a file, by the places where their models are written."""
    return _REQUESTS.get(program, path, partial(_by_place_of_model, program, path))


def places_of_models(program: Program, path: str) -> frozenset[int]:
    """Where in a file the models of its own requests are written."""
    return _PLACES.get(program, path, lambda: frozenset(at.start for at in requests_by_place(program, path) if at.path == path))


def _by_place_of_model(program: Program, path: str) -> dict[Span, list[Request]]:
    found: dict[Span, list[Request]] = {}
    for site in find_call_sites(program, path):
        for request in site.requests:
            if request.is_batch:
                continue  # Those are looked for by their text (`in_batches`).
            for at in dict.fromkeys(model.at for model in request.models):
                found.setdefault(at, []).append(request)
    return found


def names_at(call: Request, home: ModuleIndex, start: int) -> list[str]:
    """The names of a module that are bound to what holds a place: a constant, a class, a function; and those that are made of them:
    `settings = Settings()`, a function that returns it."""
    text = call.program.source(home.path).text
    spans = {each.name: (each.value.start, each.value.end) for each in home.facts.bindings if each.value and each.scope == 0}
    spans |= {scope.name: (scope.start, scope.end) for scope in home.scopes if scope.parent == 0}
    found = [name for name, (first, end) in spans.items() if first <= start < end]
    for name in found:  # It grows meanwhile.
        word = re.compile(rf"(?<![\w.]){re.escape(name)}\b")
        found += [other for other, span in spans.items() if other not in found and word.search(text, *span)]
    return found


def _attributes_at(home: ModuleIndex, start: int) -> list[str]:
    """The attributes that hold what stands at a place, by which other files know it, whatever they call the object."""
    of_class = [
        each.name
        for each in home.facts.bindings
        if each.value and home.scopes[each.scope].kind == "class" and each.value.start <= start < each.value.end
    ]
    stored = (each for each in home.facts.stores if each.value and each.value.start <= start < each.value.end)
    return of_class + [each.target.attr for each in stored if isinstance(each.target, ex.Attribute)]


def read_by_notebook(call: Request, value: ModelValue) -> str | None:
    """Another notebook that reads the name which one has stored: `%store -r MODEL`."""
    home = call.program.module(value.at.path) if value.at.path.endswith(".ipynb") else None
    for name in names_at(call, home, value.at.start) if home is not None else ():
        stored = re.compile(rf'%store\s+-r(?:\s*(?:\\n)?"|[^"\n]*\b{re.escape(name)}\b)'.encode())
        if (path := call.program.first_matching(b"%store", stored, value.at.path)) is not None:
            return path
    return None


def rebound_at(program: Program, value: ModelValue) -> list[Span]:
    """Where the name of a constant is bound to the same model once more, in its scope."""
    home = program.module(value.at.path)
    bindings = home.facts.bindings if home is not None else ()
    own = next((each for each in bindings if each.value and each.value.start == value.at.start and not each.path), None)
    if own is None or not isinstance(own.value, ex.Constant):
        return []
    again = (each.value for each in bindings if each is not own and (each.scope, each.name) == (own.scope, own.name))
    return [
        Span(value.at.path, each.start, each.end)
        for each in again
        if isinstance(each, ex.Constant) and each.value == value.spelling
    ]


@lru_cache(maxsize=4)
def quoted_models(text: str) -> tuple[tuple[ModelRef, int], ...]:
    """The models that strings of a file name, each with its first place, in the order of their last ones. Known for the last files: each call of a
    file looks for them."""
    first: dict[str, int] = {}
    for match in _QUOTED.finditer(text):
        first[match[2]] = first.pop(match[2], match.start())
    found = ((Catalog.bundled().find(name), start) for name, start in first.items())
    return tuple((reference, start) for reference, start in found if reference is not None)


def merged_tiers(call: Request, value: ModelValue, old: Model, new: Model) -> list[str]:
    """The other models of the files of a call and of its model's name that are of another tier, and become the new model as well."""
    catalog = Catalog.bundled()
    found = []
    for path in dict.fromkeys((value.at.path, call.span.path)):
        source = call.program.source(path)
        for reference, start in quoted_models(source.text):
            if reference.model.tier in (None, old.tier) or reference.model.vendor != new.vendor:
                continue
            model = reference.model
            if model.successor == new.id and catalog.retirement(reference) is not None:
                found.append(f"`{reference.spelling}` ({path}:{source.location(start).line})")
    return list({each.partition(" ")[0]: each for each in reversed(found)}.values())[::-1]
