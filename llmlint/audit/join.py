"""From rows to call sites of the source: which line of the program made a call of the export."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from llmlint.audit.prices import model_of
from llmlint.audit.rows import Location, Prompt, Row
from llmlint.audit.sites import Site
from llmlint.sites.digests import digest_of

if TYPE_CHECKING:
    from llmlint.sites.identity import Known


class JoinKey(NamedTuple):
    """All that a row is joined by. `texts` are the numbers of the known texts that its prompt has."""

    location: Location | None
    texts: tuple[int, ...]
    prompt_name: str | None
    endpoint: str | None
    model: str
    max_tokens: int | None
    tools: tuple[str, ...]


class Static(NamedTuple):
    """The text with which the requests of a call site begin once its fixes are made: a digest of it, and its length in characters."""

    digest: str
    chars: int


_UNCACHED, _VOLATILE_PREFIX = "LLM101", "LLM102"
# What joins a text to the part before it, as in f"It is {now}.\n\n{RULES}".
_JOINT = " \t\r\n.,:;-"


class Join:
    """Finds the call sites of rows. Rows with the same key are looked up once. `texts` are all known texts of the sites, by number."""

    def __init__(self, sites: Sequence[Site]) -> None:
        self._sites = sites
        self.texts: list[Known] = list(dict.fromkeys(known for site in sites for known in site.identity.texts))
        self._of_system = [number for number, known in enumerate(self.texts) if known.of_system]
        self._of_message = [number for number, known in enumerate(self.texts) if not known.of_system]
        numbers = {known: number for number, known in enumerate(self.texts)}
        self._texts_of = [[(numbers[known], len(known.text)) for known in site.identity.texts] for site in sites]
        self._known: dict[JoinKey, tuple[str, tuple[Site, ...]]] = {}
        self._static: dict[tuple[JoinKey, Site], Static | None] = {}
        self._found: dict[tuple[bool, str], tuple[int, ...]] = {}
        self._by_function: dict[str, list[Site]] = defaultdict(list)
        for site in sites:
            for name in {site.function, *site.identity.functions[:1]}:
                self._by_function[name].append(site)

    def key(self, row: Row) -> JoinKey:
        """What a row is joined by."""
        tools = tuple(sorted(row.prompt.tool_names)) if row.prompt is not None else ()
        return JoinKey(row.location, self.texts_in(row.prompt), row.prompt_name, row.endpoint, row.model, row.max_tokens, tools)

    def texts_in(self, prompt: Prompt | None) -> tuple[int, ...]:
        """The numbers of the known texts that a prompt has in its system prompt and its first message."""
        if prompt is None or not self.texts:
            return ()
        first = prompt.messages[0][1] if prompt.messages else None
        found: list[int] = []
        for of_system, part, numbers in ((True, prompt.system, self._of_system), (False, first, self._of_message)):
            if part is not None and numbers:
                key = (of_system, part.digest)
                if key not in self._found:
                    self._found[key] = tuple(number for number in numbers if self.texts[number].matches(part.text))
                found += self._found[key]
        return tuple(sorted(found))

    def of(self, key: JoinKey) -> tuple[str, tuple[Site, ...]]:
        """How a row was joined (`location`, `prompt`, `name`, `model`, or empty), and to which sites: none, one, or several that fit alike."""
        if key not in self._known:
            self._known[key] = self._find(key)
        return self._known[key]

    def static(self, key: JoinKey, site: Site) -> Static | None:
        """What a fix puts before the breakpoint of a row's request: a known text of the system prompt which it begins with, or which the
        fix moves to its start. None where no finding of the site is about that."""
        if (key, site) not in self._static:
            self._static[(key, site)] = self._find_static(key, site)
        return self._static[(key, site)]

    def _find_static(self, key: JoinKey, site: Site) -> Static | None:
        codes = site.codes
        if _UNCACHED not in codes and _VOLATILE_PREFIX not in codes:
            return None
        known = [self.texts[number] for number in key.texts]
        for text in site.identity.texts:
            if text in known and text.of_system and (text.is_start or _VOLATILE_PREFIX in codes):
                return Static(digest_of(text.text.lstrip(_JOINT)), len(text.text))
        return None

    def _find(self, row: JoinKey) -> tuple[str, tuple[Site, ...]]:
        by_prompt = self._by_prompt(row)
        if row.location is not None:
            found = self._by_location(row.location, row, by_prompt)
            if found:
                return "location", found
        if by_prompt:
            return "prompt", self._fitting(row, by_prompt)
        for name in filter(None, (row.prompt_name, row.endpoint)):
            found = tuple(self._by_function.get(name, ())) or tuple(self._by_function.get(name.rpartition(".")[2], ()))
            if found:
                return "name", self._fitting(row, found)
        return self._by_model(row)

    def _by_location(self, location: Location, row: JoinKey, by_prompt: tuple[Site, ...]) -> tuple[Site, ...]:
        found = [site for site in self._sites if location.path is None or _is_same_file(location.path, site.path)]
        exact = [site for site in found if location.line is not None and site.line <= location.line <= site.end_line]
        if exact and location.path is not None:
            return tuple(exact)
        name = (location.function or "").rpartition(".")[2]
        named = [site for site in found if name and name in site.identity.functions]
        if named:
            return self._fitting(row, tuple(site for site in named if site in by_prompt) or tuple(named))
        # The location may be that of a helper's caller, in which case the prompt decides.
        return tuple(found) if location.path is not None and len(found) == 1 and not by_prompt else ()

    def _by_prompt(self, row: JoinKey) -> tuple[Site, ...]:
        """The sites with the longest known text that the row's prompt has."""
        present = frozenset(row.texts)
        best = 0
        found: list[Site] = []
        for site, texts in zip(self._sites, self._texts_of, strict=True):
            length = next((length for number, length in texts if number in present), 0)
            if length and length >= best:
                found = [*found, site] if length == best else [site]
                best = length
        return tuple(found)

    def _by_model(self, row: JoinKey) -> tuple[str, tuple[Site, ...]]:
        """Sites with the row's model, answer limit and, where it has any, tools."""
        model = model_of(row.model)
        if model is None or (row.max_tokens is None and not row.tools):
            return "", ()
        found = tuple(
            site
            for site in self._sites
            if model.id in site.identity.models
            and (row.max_tokens is None or row.max_tokens in site.identity.limits)
            and site.identity.tools.issubset(row.tools)
            and (row.max_tokens is not None or site.identity.tools)
        )
        return ("model", found) if found else ("", ())

    def _fitting(self, row: JoinKey, sites: tuple[Site, ...]) -> tuple[Site, ...]:
        """Of several sites those whose tools, model and answer limit are the row's, as far as there are such."""
        model = model_of(row.model)
        fits: tuple[Callable[[Site], bool], ...] = (
            lambda site: bool(row.tools) and bool(site.identity.tools) and site.identity.tools.issubset(row.tools),
            lambda site: model is not None and model.id in site.identity.models,
            lambda site: row.max_tokens in site.identity.limits,
        )
        for fit in fits:
            sites = tuple(filter(fit, sites)) or sites
        return sites


def _is_same_file(one: str, other: str) -> bool:
    """Whether a path as a running program knew it can be a path below the linted folder: one ends in the other."""
    first, second = (
        tuple(part for part in path.replace(os.sep, "/").split("/") if part not in ("", ".")) for path in (one, other)
    )
    shorter = min(len(first), len(second))
    return shorter > 0 and first[-shorter:] == second[-shorter:]
