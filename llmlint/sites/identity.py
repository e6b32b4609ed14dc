"""What identifies the requests of a call site in logs and traces: function names, known texts of prompts, models, answer limits, tools."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from llmlint.callsite import CallSite, Request
from llmlint.catalog import Catalog
from llmlint.link.values.values import Literal
from llmlint.request_data import SYSTEM_ROLES
from llmlint.sdks.shape import OUTPUT_LIMITS
from llmlint.sites.digests import digest_of

_SPACE = " \t\r\n"

# A known text of about 15 tokens belongs to exactly one call site in 45 % of 443 sites of public repositories; shorter ones to many.
_MIN_CHARS = 40
# A property of a tool's input that is called `name` has a schema as its value, and not a string.
_TOOL_NAME = re.compile(r'"name":\s*"([\w.-]+)"')


@dataclass(frozen=True, slots=True)
class Known:
    """A text of the source that a prompt begins with (`is_start`) or contains. `of_system`: it is in the system prompt, else in the first
    message. `is_whole`: it is all of that."""

    text: str
    is_start: bool
    of_system: bool
    is_whole: bool = False

    def matches(self, text: str) -> bool:
        return text.lstrip(_SPACE).startswith(self.text) if self.is_start else self.text in text

    @property
    def digest(self) -> str:
        return digest_of(self.text)


@dataclass(frozen=True, slots=True)
class Identity:
    """`functions` are the names of the functions around the call, inside out. `texts` are what is known of the prompts on all call paths, the
    longest first; `models` are ids of the catalogue, `limits` the values of `max_tokens` and the like."""

    functions: tuple[str, ...]
    texts: tuple[Known, ...]
    models: frozenset[str]
    limits: frozenset[int]
    tools: frozenset[str]

    @property
    def function(self) -> str:
        """The qualified name of the function that makes the call."""
        return ".".join(reversed(self.functions)) or "<module>"


def identity_of(site: CallSite) -> Identity:
    """What identifies a call site, from the requests of all its call paths."""
    texts = {known for request in site.requests for known in _texts(request)}
    models = {found.model.id for model in site.models if (found := Catalog.bundled().find(model.spelling)) is not None}
    limits = {
        value.value
        for request in site.requests
        for name in OUTPUT_LIMITS
        for value in request.values(name)
        if isinstance(value, Literal) and isinstance(value.value, int)
    }
    tools = {
        named[1]
        for request in site.requests
        for segment in request.prompt.segments
        if segment.kind == "tools" and (named := _TOOL_NAME.search("".join((segment.text, *(gap.text for gap in segment.gaps)))))
    }
    return Identity(
        site.requests[0].functions if site.requests else (),
        tuple(sorted(texts, key=lambda known: (-len(known.text), known.text, not known.is_start, not known.of_system))),
        frozenset(models),
        frozenset(limits),
        frozenset(tools),
    )


def _texts(request: Request) -> Iterable[Known]:
    """The known texts of a request's prompt: how its system prompt and its first message start, and longer runs of text behind gaps."""
    has_system = has_message = False
    for segment in request.prompt.segments:
        of_system = segment.kind == "system" or segment.role in SYSTEM_ROLES
        if segment.kind == "tools" or (of_system and has_system) or (not of_system and has_message):
            continue
        has_system, has_message = has_system or of_system, has_message or not of_system
        if len(text := segment.text.strip(_SPACE)) >= _MIN_CHARS:
            yield Known(text, True, of_system, segment.is_whole)
        for gap in segment.gaps:
            if len(text := gap.text.strip(_SPACE)) >= _MIN_CHARS:
                yield Known(text, False, of_system)
