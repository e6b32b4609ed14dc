"""What a request is made of, for every SDK alike: models, prompt, fan-out, history. Plain data that rules read."""

from __future__ import annotations

import enum
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias

from llmlint.findings import Confidence, Related
from llmlint.source import Span

SegmentKind: TypeAlias = Literal["tools", "system", "message"]
LimitKind: TypeAlias = Literal["semaphore", "lock", "rate", "time", "job", "ci", "unknown"]
FanOutKind: TypeAlias = Literal[
    "loop", "comprehension", "gather", "as_completed", "task-group", "executor", "pool", "map", "batch-call"
]

SYSTEM_ROLES = frozenset({"system", "developer"})
"""The roles of messages that belong to the system prompt."""


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
class Breakpoint:
    """A cache breakpoint: where its value is written, and whether it is there on all paths. `lifetime` in minutes, where that is known."""

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

    A message has a `role`, which is empty for what may be any number of messages. `text` is what is
    known to be sent first and the same in every call; `gaps` are the parts behind it that change or are not known.
    `is_whole`: nothing changes and nothing is unknown in it, except for tools, of which unknown parts are taken to be the same in each
    call. `breakpoint` is the cache breakpoint that it carries. `at` is where it is written.
    For fixes: `value_at` is the expression that gives the segment where all its values are strings, as far as is known, and
    `is_surely_text` says whether that is certain; `block_at` is the dict display where it is a block. `is_certain`: no call sends a text in its
    place that is not known.
    """

    kind: SegmentKind
    role: str
    text: str
    gaps: tuple[Gap, ...]
    is_whole: bool
    at: Span
    breakpoint: Breakpoint | None = None
    value_at: Span | None = None
    block_at: Span | None = None
    is_surely_text: bool = True
    is_certain: bool = True

    @property
    def has_breakpoint(self) -> bool:
        return self.breakpoint is not None

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

    `top_level_breakpoint` is the breakpoint that the API moves to the last block. `has_breakpoint`: some cache breakpoint is on the
    request. `may_have_breakpoints`: parts of the request cannot be seen, or passed through code that may have set some. `has_alternatives`:
    a part of it can be one of several things, of which the segments show what they have in common, or the richest where the choice is made
    once; `has_other_texts` where these are texts that are all known. `has_cache_key`: an OpenAI-style request carries a cache key, and
    `cache_key_gap` is what is not known of it.
    """

    segments: tuple[Segment, ...]
    top_level_breakpoint: Breakpoint | None
    has_breakpoint: bool
    may_have_breakpoints: bool
    has_alternatives: bool
    has_other_texts: bool
    has_cache_key: bool
    cache_key_gap: Gap | None = None

    @property
    def has_top_level_breakpoint(self) -> bool:
        return self.top_level_breakpoint is not None

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
    def breakpoints(self) -> tuple[Breakpoint, ...]:
        """The breakpoints on blocks, in request order."""
        return tuple(segment.breakpoint for segment in self.segments if segment.breakpoint is not None)


@dataclass(frozen=True, slots=True)
class Limit:
    """What lets only some calls of a fan-out wait at the same time, or ends their wait.

    Of kinds, `job` is for what ends the whole job that runs the fan-out, `ci` for what does so after hours only, and `unknown` is where only
    a name says that something is limited. `at` is the `with` statement or the call that enters it, `name` how
    it is written there. `made` is its only construction, and `amount` the literal that says how many may pass, where the source determines them.
    """

    kind: LimitKind
    at: Span
    name: str
    made: Span | None = None
    amount: Span | None = None


Doubt: TypeAlias = Literal["answer", "awaited", "compared", "demonstration", "fallback", "retry", "search", "setup"]


@dataclass(frozen=True, slots=True)
class FanOut:
    """Where a call is repeated over independent items.

    `is_concurrent` parts LLM302 from LLM301. `items` is how many there are, where that is known. `at` is the header of the loop, or the call that
    fans out. `is_bounded`: a pool or semaphore limits how many run side by side. `is_warmed`: a call that leads to the same LLM call, or another
    LLM call, is made before it in the same function. `is_batched`: its function sends them through the batching client.
    `chain` are the calls between, from the LLM call outwards. `limits` hold calls back on the way, or give up on them.
    `outer` are the `for` loops around a loop in its own function, from the inside out, if their items are independent as well.
    `above` are the fan-outs that run its function for each of their items, from the inside out, and `inner` those over few items in its own ones.
    `unawaited`: how sure it is that nobody waits for it, neither somebody nor a live process, on other paths and further up.
    `doubt`: what else speaks against a batch: somebody waits for it on another call path than that of a script, the time of the run is compared
    with that of another, it is a demonstration, or it repeats the few calls that failed.
    """

    kind: FanOutKind
    is_concurrent: bool
    items: int | None
    at: Span
    confidence: Confidence
    chain: tuple[Related, ...] = ()
    is_bounded: bool = False
    is_warmed: bool = False
    is_batched: bool = False
    limits: tuple[Limit, ...] = ()
    outer: tuple[Span, ...] = ()
    unawaited: Confidence = Confidence.HIGH
    doubt: Doubt | None = None
    above: tuple[FanOut, ...] = ()
    inner: tuple[FanOut, ...] = ()


@dataclass(frozen=True, slots=True)
class Surroundings:
    """The fan-out around a call, and whether somebody waits for it: a request handler, a chat, an app. `is_conversation`: a loop on the path
    makes each request from earlier responses, or keeps what was said."""

    fan_out: FanOut | None
    is_interactive: bool
    is_conversation: bool = False


@dataclass(frozen=True, slots=True)
class Pace:
    """How often a call path leads to its call, as far as the source determines it.

    `is_single`: once in a run, since the path is known from where the program starts and has no loop; `is_test` where that is a test.
    `start` is the module or function in which the path starts; `branches` are those of `if`, `match` and `except` on it, `spots` its calls
    (file, scope and order), and `ends` what of a scope is not reached behind it, since a branch of it ends with a `return`.
    `iterations` is how many the innermost loop has, where that is known. `pause` is how many seconds pass at the least between one call and
    the next, where a loop sleeps or a scheduler starts the job; `may_pause`: the program waits there for a time that the source does not
    determine. `may_stop`: the response of the first call may end the loop, or keep later iterations from a call; `may_be_skipped`: iterations
    may pass the call by. `is_remembered`: results are kept by the arguments, so that equal ones make one call. `models_differ`, `prefixes_differ`:
    the innermost loop may send another model, or another system prompt or other tools, in each iteration.
    `ways_out` are the places where the functions of `spots` may be left; `is_optional`: an expression need not evaluate the call, or one on the way
    to it. `fewest_iterations` is the least that is known of how many iterations the innermost loop has. `makes_passes`: a loop on the
    path calls on with the same arguments each time, or a call on it is written twice. `is_repeated`: the source shows that it is made several
    times in a run, by a loop or for those whose requests a handler answers. `starts_with_values`: the body of a module passes
    arguments in the first call of the path.
    """

    is_single: bool
    is_test: bool
    start: tuple[str, int]
    branches: frozenset[tuple[str, int, int]]
    spots: tuple[tuple[str, int, int], ...]
    ends: frozenset[tuple[str, int, int]]
    iterations: int | None
    pause: float
    may_pause: bool = False
    may_stop: bool = False
    may_be_skipped: bool = False
    is_remembered: bool = False
    models_differ: bool = False
    prefixes_differ: bool = False
    ways_out: tuple[tuple[int, ...], ...] = ()
    is_optional: bool = False
    fewest_iterations: int | None = None
    makes_passes: bool = False
    starts_with_values: bool = False
    is_repeated: bool = False

    def may_share_a_run(self, other: Pace) -> bool:
        """Whether one run of the program may go both paths."""
        if self.start != other.start or self._ends_ahead_of(other) or other._ends_ahead_of(self):
            return False
        taken = {(path, group): block for path, group, block in self.branches}
        return all(taken.get((path, group), block) == block for path, group, block in other.branches)

    def needs(self, other: Pace) -> bool:
        """Whether each run of the program that goes this path goes another one as well, before or after it."""
        if not self.may_share_a_run(other) or not other.branches <= self.branches or other.is_optional:
            return False
        levels = zip(reversed(self.spots), reversed(other.spots), reversed(other.ways_out), strict=False)
        for (path, scope, order), (where, inside, then), ways_out in levels:
            if (path, scope) != (where, inside):
                return True
            if order != then:
                return not any(order < way < then for way in ways_out)
        return True

    def _ends_ahead_of(self, other: Pace) -> bool:
        return any(
            (path, scope) == (where, inside) and order > last
            for path, scope, last in self.ends
            for where, inside, order in other.spots
        )


@dataclass(frozen=True, slots=True)
class Change:
    """Where a part of a request is made anew for each call. `is_certain`: that it is another thing each time follows from the source."""

    at: Span
    is_certain: bool


Find: TypeAlias = Callable[[], Span | None]


def nothing() -> Span | None:
    """There is none."""
    return None


@dataclass(frozen=True, slots=True)
class Conversation:
    """The prompt of a call. `grows`: the list of messages gets longer from one call to the next, and is sent again; `change` is what
    stands ahead of it and is another thing on each turn; `piling_breakpoint` a breakpoint that each turn adds, while those before it stay;
    `history_may_have_breakpoints`: code may set breakpoints in the messages, in sight or not. Looked for once somebody asks:
    `find_single_turn`, a call by which the same request is sent for one turn alone, and `find_transient_end`, a message at the end of each
    request that the next one does not have."""

    prompt: Prompt
    grows: bool
    change: Change | None = None
    piling_breakpoint: Span | None = None
    history_may_have_breakpoints: bool = False
    find_single_turn: Find = nothing
    find_transient_end: Find = nothing
