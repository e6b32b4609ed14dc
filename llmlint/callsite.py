"""One provider-neutral view of an LLM call: everything that a rule reads, and nothing of how it was found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from llmlint.findings import Confidence, Finding, Fix, Related, Saving
from llmlint.source import Span

if TYPE_CHECKING:
    from llmlint.link.request import Request


@dataclass(frozen=True, slots=True)
class ModelValue:
    """One value that the model argument can have.

    `source` says how it got there: `literal`, `constant`, `default` (of a parameter), `env-default`, `option-default`
    (argparse, click), `attribute`, `dict`, `config`. `at` is the string itself. `is_only` is false where the call can also
    have models that the source does not tell.
    """

    spelling: str
    at: Span
    source: str
    is_only: bool


@dataclass(frozen=True, slots=True)
class Segment:
    """A run of the prompt in request order.

    `kind`: `tools`, `system` or `message` (with its `role`). `text` is what is known to be sent first and the same in every call;
    `rest_chars` is how many known characters follow behind the first part that changes (or is not known).
    `is_whole`: nothing changes and nothing is unknown in it. `is_marked`: it carries a cache mark. `at` is where it is written.
    For fixes: `value_at` is the expression that gives the segment where all its values are strings, `block_at` the dict display where it
    is a block, and `hole_at` the first part that changes.
    """

    kind: str
    role: str
    text: str
    rest_chars: int
    is_whole: bool
    is_marked: bool
    at: Span
    value_at: Span | None = None
    block_at: Span | None = None
    hole_at: Span | None = None


@dataclass(frozen=True, slots=True)
class Prompt:
    """The prompt as ordered segments: tools, system, messages.

    `is_marked`: some cache mark is on the request; `has_top_level_mark`: the one that the API moves to the last block. `may_be_marked`: parts of the request cannot be seen, or passed through code that
    may have marked them. `key` is true where an OpenAI-style request carries a cache key.
    """

    segments: tuple[Segment, ...]
    is_marked: bool
    has_top_level_mark: bool
    may_be_marked: bool
    has_cache_key: bool


@dataclass(frozen=True, slots=True)
class FanOut:
    """Where a call is repeated over independent items.

    `kind`: `loop`, `comprehension`, `gather`, `as_completed`, `task-group`, `executor`, `pool`, `map`. `is_concurrent` parts LLM302 from
    LLM301. `items` is how many there are, where that is known. `at` is the header of the loop, or the call that fans out.
    """

    kind: str
    is_concurrent: bool
    items: int | None
    at: Span
    confidence: Confidence
    chain: tuple[Related, ...] = ()


@dataclass(frozen=True, slots=True)
class CallSite:
    """One LLM call.

    `api`: `anthropic.messages`, `openai.chat`, `openai.responses`, `openai.legacy`, `litellm`. `client` is the qualified name of the client
    class where it is known. `host` is the base URL where the client is pointed elsewhere by a literal. `span` is the call
    expression, or the method reference handed to a runner.
    """

    provider: str
    api: str
    method: str
    client: str | None
    span: Span
    is_streaming: bool
    models: tuple[ModelValue, ...]
    prompt: Prompt
    fan_out: FanOut | None
    is_interactive: bool
    takes_batches: bool
    takes_top_level_mark: bool
    is_third_party_host: bool
    request: Request

    def finding(
        self,
        code: str,
        name: str,
        message: str,
        *,
        at: Span,
        confidence: Confidence,
        help: str | None = None,
        saving: Saving | None = None,
        fix: Fix | None = None,
        related: tuple[Related, ...] = (),
    ) -> Finding:
        return Finding(code, name, message, at, self.span, confidence, help, saving, fix, related)
