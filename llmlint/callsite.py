"""One provider-neutral view of an LLM call: everything that a rule reads, and nothing of how it was found."""

from __future__ import annotations

import enum
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from llmlint.findings import Confidence, Finding, Fix, Related, Saving
from llmlint.source import Span

if TYPE_CHECKING:
    from llmlint.link.calls.request import Request


# What rules say of prompts rests on which caller passes which text.
_OF_PROMPTS = "LLM1"


class Stability(enum.IntEnum):
    """How often a value that is not known from the source changes.

    `STABLE`: made once in a process. `UNKNOWN`: the source does not tell (an attribute, a parameter of a constructor). `DAILY`: a date
    or an hour. `VARYING`: may differ from call to call (a parameter, a loop variable, an answer). `VOLATILE`: differs each
    time (clock, uuid, random).
    """

    STABLE = 0
    UNKNOWN = 1
    DAILY = 2
    VARYING = 3
    VOLATILE = 4


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
class Mark:
    """A cache mark: where its value is written, and whether it is there on all paths. `lifetime` in minutes, where that is known."""

    at: Span
    is_certain: bool
    lifetime: int | None = None


@dataclass(frozen=True, slots=True)
class Gap:
    """A part of a segment that the source does not tell, and the known `text` between it and the next gap."""

    at: Span
    stability: Stability
    text: str = ""


@dataclass(frozen=True, slots=True)
class Segment:
    """A run of the prompt in request order.

    `kind`: `tools`, `system` or `message` (with its `role`, which is empty for what may be any number of messages). `text` is what is
    known to be sent first and the same in every call; `gaps` are the parts behind it that change or are not known.
    `is_whole`: nothing changes and nothing is unknown in it, except for tools, of which unknown parts are taken to be the same in each
    call. `mark` is the cache mark that it carries. `at` is where it is written.
    For fixes: `value_at` is the expression that gives the segment where all its values are strings, as far as is known, and
    `is_surely_text` says whether that is certain; `block_at` is the dict display where it is a block. `is_certain`: no call sends a text in its
    place that is not known.
    """

    kind: str
    role: str
    text: str
    gaps: tuple[Gap, ...]
    is_whole: bool
    at: Span
    mark: Mark | None = None
    value_at: Span | None = None
    block_at: Span | None = None
    is_surely_text: bool = True
    is_certain: bool = True

    @property
    def is_marked(self) -> bool:
        return self.mark is not None

    @property
    def rest_chars(self) -> int:
        """How many known characters follow behind the first part that changes or is not known."""
        return sum(len(gap.text) for gap in self.gaps)

    @property
    def hole_at(self) -> Span | None:
        """The first part that changes or is not known."""
        return self.gaps[0].at if self.gaps else None

    @property
    def stability(self) -> Stability:
        """How often the segment changes."""
        return max((gap.stability for gap in self.gaps), default=Stability.STABLE)


@dataclass(frozen=True, slots=True)
class Prompt:
    """The prompt as ordered segments: tools, system, messages.

    `top_level_mark` is the mark that the API moves to the last block. `is_marked`: some cache mark is on the request. `may_be_marked`: parts
    of the request cannot be seen, or passed through code that may have marked them. `has_alternatives`: a part of it can be one of several
    things, of which the segments show what they have in common, or the richest where the choice is made once; `has_other_texts` where these
    are texts that are all known. `has_cache_key`: an OpenAI-style request carries a cache key, and `cache_key_gap` is what is not known of it.
    """

    segments: tuple[Segment, ...]
    top_level_mark: Mark | None
    is_marked: bool
    may_be_marked: bool
    has_alternatives: bool
    has_other_texts: bool
    has_cache_key: bool
    cache_key_gap: Gap | None = None

    @property
    def has_top_level_mark(self) -> bool:
        return self.top_level_mark is not None

    @property
    def known_chars(self) -> int:
        """How many characters are known to come first, up to the first part that changes or is not known."""
        total = 0
        for segment in self.segments:
            total += len(segment.text)
            if not segment.is_whole:
                break
        return total

    @property
    def marks(self) -> tuple[Mark, ...]:
        """The marks on blocks, in request order."""
        return tuple(segment.mark for segment in self.segments if segment.mark is not None)


@dataclass(frozen=True, slots=True)
class FanOut:
    """Where a call is repeated over independent items.

    `kind`: `loop`, `comprehension`, `gather`, `as_completed`, `task-group`, `executor`, `pool`, `map`. `is_concurrent` parts LLM302 from
    LLM301. `items` is how many there are, where that is known. `at` is the header of the loop, or the call that fans out.
    `is_bounded`: a pool or semaphore limits how many run side by side. `is_warmed`: a call that leads to the same LLM call, or another
    LLM call, is made before it in the same function. `chain` are the calls between, from the LLM call outwards.
    """

    kind: str
    is_concurrent: bool
    items: int | None
    at: Span
    confidence: Confidence
    chain: tuple[Related, ...] = ()
    is_bounded: bool = False
    is_warmed: bool = False


@dataclass(frozen=True, slots=True)
class Surroundings:
    """The fan-out around a call, and whether somebody waits for it: a request handler, a chat, an app. `is_conversation`: a loop on the path
    makes each request from earlier responses, or keeps what was said."""

    fan_out: FanOut | None
    is_interactive: bool
    is_conversation: bool = False


@dataclass(frozen=True, slots=True)
class Change:
    """Where a part of a request is made anew for each call. `is_certain`: that it is another thing each time follows from the source."""

    at: Span
    is_certain: bool


@dataclass(frozen=True, slots=True)
class Conversation:
    """The prompt of a call. `grows`: the list of messages gets longer from one call to the next, and is sent again; `change` is what
    stands ahead of it and is another thing on each turn; `piling_mark` a mark that each turn adds, while those before it stay;
    `history_may_be_marked`: code may mark the messages, in sight or not."""

    prompt: Prompt
    grows: bool
    change: Change | None = None
    piling_mark: Span | None = None
    history_may_be_marked: bool = False


@dataclass(frozen=True, eq=False)
class CallSite:
    """One LLM call, as one of its call paths makes it: model, prompt, client and surroundings belong together.

    `api`: `anthropic.messages`, `openai.chat`, `openai.responses`, `openai.legacy`, `litellm`,
    and `anthropic.completions` and `openai.completions` for text completions. `client` is the qualified name of the client
    class where it is known. `span` is the call expression, or the method reference handed to a runner. `is_in_test`: only tests make it.
    `is_own_host`: the request goes to the SDK's vendor, as far as the source tells. `is_other_vendor_host`: its host serves another
    vendor's models, whatever they are called there. `caches_prompts`: its host takes cache breakpoints and keys.

    What is around the call, and its prompt, may have to be looked for all over the program: `look_around` and `read` do that once somebody
    asks. A rule asks for them last. `is_certain`: each call of its path is known to lead to the next function, and not only by the name of
    a method or by an annotation. `runs_once`: the request is sent once in a run, as its path starts in a module and has no loop. `siblings`
    are the requests of the same call site on all its paths, this one among them. `steps` are the calls of its path, from the LLM call
    outwards; `explain` gives those through which a value that is written somewhere gets to the call.
    """

    provider: str
    api: str
    method: str
    client: str | None
    span: Span
    is_streaming: bool
    models: tuple[ModelValue, ...]
    takes_batches: bool
    takes_top_level_mark: bool
    is_in_test: bool
    is_third_party_host: bool
    is_own_host: bool
    is_other_vendor_host: bool
    caches_prompts: bool
    request: Request
    look_around: Callable[[], Surroundings]
    read: Callable[[], Conversation]
    is_certain: bool
    runs_once: bool
    siblings: Callable[[], tuple[CallSite, ...]]
    steps: tuple[Related, ...]
    explain: Callable[[Span], tuple[Related, ...]]

    @cached_property
    def _surroundings(self) -> Surroundings:
        return self.look_around()

    @cached_property
    def _conversation(self) -> Conversation:
        return self.read()

    def settle(self) -> CallSite:
        """Find now what is otherwise found once somebody asks for it."""
        _ = self._surroundings, self._conversation
        return self

    @property
    def fan_out(self) -> FanOut | None:
        return self._surroundings.fan_out

    @property
    def is_interactive(self) -> bool:
        return self._surroundings.is_interactive

    @property
    def prompt(self) -> Prompt:
        return self._conversation.prompt

    @property
    def sends_growing_history(self) -> bool:
        return self._conversation.grows

    @property
    def change_ahead(self) -> Change | None:
        """What stands ahead of a growing history and is another thing on each turn."""
        return self._conversation.change

    @property
    def history_may_be_marked(self) -> bool:
        """Whether the messages cannot be seen, or passed through code that may have marked them."""
        return self._conversation.history_may_be_marked

    @property
    def piling_mark(self) -> Span | None:
        """A cache mark that each turn of a growing history adds, while those of the turns before stay."""
        return self._conversation.piling_mark

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
        if code.startswith(_OF_PROMPTS) and not self.is_certain:
            confidence = Confidence.LOW  # Another class of the same base may be the one that is called.
        return Finding(code, name, message, at, self.span, confidence, help, saving, fix, related)


@dataclass(frozen=True, eq=False)
class Site:
    """A place in the source that makes LLM calls, with one request for each call path by which it is reached.

    `is_complete` is false where there may be more call paths than those that were followed.
    """

    span: Span
    find: Callable[[], tuple[tuple[CallSite, ...], bool]]

    @cached_property
    def _found(self) -> tuple[tuple[CallSite, ...], bool]:
        return self.find()

    @property
    def requests(self) -> tuple[CallSite, ...]:
        return self._found[0]

    @property
    def is_complete(self) -> bool:
        return self._found[1]

    @property
    def models(self) -> tuple[ModelValue, ...]:
        """The models of all requests."""
        return tuple(dict.fromkeys(model for request in self.requests for model in request.models))

    @property
    def richest(self) -> CallSite:
        """The request with the longest known start, which stands for all where only one can be shown."""
        return max(self.requests, key=lambda request: request.prompt.known_chars)

    @property
    def fan_out(self) -> FanOut | None:
        """The surest fan-out of a request that nobody waits for."""
        found = [each.fan_out for each in self.requests if each.fan_out is not None and not each.is_interactive]
        return max(found, key=lambda fan_out: (fan_out.confidence, -len(fan_out.chain)), default=None)

    @property
    def is_interactive(self) -> bool:
        """Whether somebody waits, on some path, while nothing is fanned out on others."""
        return self.fan_out is None and any(request.is_interactive for request in self.requests)

    def settle(self) -> Site:
        """Find now what is otherwise found once somebody asks for it."""
        for request in self.requests:
            request.settle()
        return self
