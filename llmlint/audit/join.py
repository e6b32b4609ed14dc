"""From rows to call sites of the source: which line of the program made a call of the export."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from llmlint.audit.prices import model_of
from llmlint.audit.prompts import SYSTEM_ROLES
from llmlint.audit.rows import Row
from llmlint.callsite import CallSite, Request
from llmlint.engine import Run
from llmlint.findings import Finding
from llmlint.link.values.values import Literal

# A known text of about 15 tokens belongs to exactly one call site in 45 % of 443 sites of public repositories; shorter ones to many.
_MIN_CHARS = 40
_LIMITS = ("max_tokens", "max_completion_tokens", "max_output_tokens")


@dataclass(frozen=True, slots=True)
class Known:
    """A text of the source that a prompt begins with (`is_start`) or contains. `of_system`: it is in the system prompt, else in a message."""

    text: str
    is_start: bool
    of_system: bool

    def matches(self, text: str) -> bool:
        return text.lstrip().startswith(self.text) if self.is_start else self.text in text


@dataclass(eq=False, slots=True)
class Site:
    """One call site as the join needs it. `texts` are what is known of its prompts on all call paths, the longest first."""

    path: str
    line: int
    end_line: int
    function: str
    functions: tuple[str, ...]
    texts: tuple[Known, ...]
    models: frozenset[str]
    limits: frozenset[int]
    is_interactive: bool
    has_fan_out: bool
    findings: list[Finding] = field(default_factory=list)

    @property
    def place(self) -> str:
        return f"{self.path}:{self.line}"

    @property
    def codes(self) -> tuple[str, ...]:
        return tuple(sorted({finding.code for finding in self.findings}))


def sites_of(run: Run, sites: Iterable[CallSite], findings: Iterable[Finding] = ()) -> list[Site]:
    """The call sites of a run with what identifies them, and the findings about each."""
    by_call: dict[object, list[Finding]] = defaultdict(list)
    for finding in findings:
        by_call[finding.call].append(finding)
    return [_site(run, site, by_call[site.span]) for site in sites]


def _site(run: Run, site: CallSite, findings: list[Finding]) -> Site:
    start, end = run.locate(site.span)
    functions = site.requests[0].functions if site.requests else ()
    texts = {known for request in site.requests for known in _texts(request)}
    models = {found.id for model in site.models if (found := model_of(model.spelling)) is not None}
    limits = {
        value.value
        for request in site.requests
        for name in _LIMITS
        for value in request.values(name)
        if isinstance(value, Literal) and isinstance(value.value, int)
    }
    return Site(
        site.span.path,
        start.line,
        end.line,
        ".".join(reversed(functions)) or "<module>",
        functions,
        tuple(sorted(texts, key=lambda known: (-len(known.text), known.text))),
        frozenset(models),
        frozenset(limits),
        site.is_interactive,
        site.fan_out is not None,
        findings,
    )


def _texts(request: Request) -> Iterable[Known]:
    """The known texts of a request's prompt: how its system prompt and its first message start, and longer runs of text behind gaps."""
    has_system = has_message = False
    for segment in request.prompt.segments:
        of_system = segment.kind == "system" or segment.role in SYSTEM_ROLES
        if segment.kind == "tools" or (of_system and has_system) or (not of_system and has_message):
            continue
        has_system, has_message = has_system or of_system, has_message or not of_system
        if len(segment.text.strip()) >= _MIN_CHARS:
            yield Known(segment.text.strip(), True, of_system)
        for gap in segment.gaps:
            if len(gap.text.strip()) >= _MIN_CHARS:
                yield Known(gap.text.strip(), False, of_system)


class Join:
    """Finds the call sites of rows. Rows with the same prompt, names and location are looked up once."""

    def __init__(self, sites: Sequence[Site]) -> None:
        self._sites = sites
        self._known: dict[object, tuple[str, tuple[Site, ...]]] = {}
        self._by_function: dict[str, list[Site]] = defaultdict(list)
        for site in sites:
            for name in {site.function, *site.functions[:1]}:
                self._by_function[name].append(site)

    def of(self, row: Row) -> tuple[str, tuple[Site, ...]]:
        """How a row was joined (`location`, `prompt`, `name`, `model`, or empty), and to which sites: none, one, or several that fit alike."""
        prompt = row.prompt
        first = prompt.messages[0][1] if prompt is not None and prompt.messages else None
        key = (
            row.location,
            prompt.system.digest if prompt is not None else None,
            first.digest if first is not None else None,
            row.endpoint,
            row.prompt_name,
            row.model,
            row.max_tokens,
        )
        if key not in self._known:
            self._known[key] = self._find(row)
        return self._known[key]

    def _find(self, row: Row) -> tuple[str, tuple[Site, ...]]:
        by_prompt = self._by_prompt(row)
        if row.location is not None:
            found = self._by_location(row, by_prompt)
            if found:
                return "location", found
        if by_prompt:
            return "prompt", self._fitting(row, by_prompt)
        names = [name for name in (row.prompt_name, row.endpoint) if name]
        for name in names:
            found = tuple(self._by_function.get(name, ())) or tuple(self._by_function.get(name.rpartition(".")[2], ()))
            if found:
                return "name", self._fitting(row, found)
        return self._by_model(row)

    def _by_location(self, row: Row, by_prompt: tuple[Site, ...]) -> tuple[Site, ...]:
        location = row.location
        if location is None:
            return ()
        found = [site for site in self._sites if location.path is None or _is_same_file(location.path, site.path)]
        exact = [site for site in found if location.line is not None and site.line <= location.line <= site.end_line]
        if exact and location.path is not None:
            return tuple(exact)
        name = (location.function or "").rpartition(".")[2]
        named = [site for site in found if name and name in site.functions]
        if named:
            return self._fitting(row, tuple(site for site in named if site in by_prompt) or tuple(named))
        # The location may be that of a helper's caller, in which case the prompt decides.
        return tuple(found) if location.path is not None and len(found) == 1 and not by_prompt else ()

    def _by_prompt(self, row: Row) -> tuple[Site, ...]:
        prompt = row.prompt
        if prompt is None:
            return ()
        system = prompt.system.text
        first = prompt.messages[0][1].text if prompt.messages else ""
        best = 0
        found: list[Site] = []
        for site in self._sites:
            length = next((len(known.text) for known in site.texts if known.matches(system if known.of_system else first)), 0)
            if length and length >= best:
                found = [*found, site] if length == best else [site]
                best = length
        return tuple(found)

    def _by_model(self, row: Row) -> tuple[str, tuple[Site, ...]]:
        model = model_of(row.model)
        if model is None or row.max_tokens is None:
            return "", ()
        found = tuple(site for site in self._sites if model.id in site.models and row.max_tokens in site.limits)
        return ("model", found) if len(found) == 1 else ("", ())

    def _fitting(self, row: Row, sites: tuple[Site, ...]) -> tuple[Site, ...]:
        """Of several sites those whose model and answer limit are the row's, if there are such."""
        model = model_of(row.model)
        for fits in (
            lambda site: model is not None and model.id in site.models and row.max_tokens in site.limits,
            lambda site: model is not None and model.id in site.models,
            lambda site: row.max_tokens in site.limits,
        ):
            found = tuple(filter(fits, sites))
            if found:
                return found
        return sites


def _is_same_file(one: str, other: str) -> bool:
    """Whether a path as a running program knew it can be a path below the linted folder: one ends in the other."""
    first, second = (
        tuple(part for part in path.replace(os.sep, "/").split("/") if part not in ("", ".")) for path in (one, other)
    )
    shorter = min(len(first), len(second))
    return shorter > 0 and first[-shorter:] == second[-shorter:]
