"""What the caching rules share: how long a static prefix is for the models of a call, and what caching it would save."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import takewhile

from llmlint.callsite import Request
from llmlint.catalog import Catalog, Model, vendor_of
from llmlint.catalog.tokens import estimate
from llmlint.findings import Saving
from llmlint.request_data import Gap, Segment, Stability
from llmlint.rules.registry import RuleContext

# Where the model is not known from the source: what most current Claude models need at the most (prompt caching page, September 2026).
_USUAL_MINIMUM = 1024
# How far above the minimum an estimate must be that can be off by a quarter. Of plain prose, less is enough: its estimates are closer.
_USUAL_MARGIN = 1.25


@dataclass(frozen=True, slots=True)
class Prefix:
    """The static start of a prompt, behind the last cache breakpoint in it: its last segment, its size for `model` (None where unknown), and that
    model's minimum. `is_shared` is false where nothing but a further run of its own call path would send it again. `retired` is the model that the
    source names where that is retired, and cached no prompt of this size: `model` is its successor then."""

    last: Segment
    index: int
    tokens: int
    model: Model | None
    minimum: int
    is_exact: bool
    is_shared: bool = True
    retired: Model | None = None

    @property
    def least(self) -> str:
        """From how many tokens on which model caches."""
        if self.model is None:
            return "the model is not known from the source"
        start = f"{self.retired.id} is retired; its successor " if self.retired is not None else ""
        return f"{start}{self.model.id} caches from {self.minimum:,} tokens on"


# Whether a text that ends with a segment (of some index) is large enough.
_Judge = Callable[[str, Segment, int], "Prefix | None"]


def models_of(call: Request, catalog: Catalog) -> list[Model]:
    """The catalogue's models among the values of the model argument."""
    found = []
    for value in call.models:
        reference = catalog.find(value.spelling)
        if reference is not None and reference.model not in found:
            found.append(reference.model)
    return found


def is_claude(call: Request) -> bool:
    """Whether the call can go to a Claude model whose host caches prompts: through Anthropic's SDK, or by the name of its model."""
    return call.caches_prompts and (
        call.vendor == "anthropic" or any(vendor_of(value.spelling) == "anthropic" for value in call.models)
    )


def static_prefix(call: Request, context: RuleContext, margin: float | None = None) -> Prefix | None:
    """The static prefix, where it is at least `margin` times (that of the settings where it is left out) the minimum of one of the call's models.

    It ends with a whole segment where that is enough: the few words before a question are not worth a breakpoint of their own.
    """
    segments, is_shared = call.prompt.segments, True
    whole = next((index for index, segment in enumerate(segments) if not segment.is_whole), len(segments))
    if whole == len(segments) and is_claude(call) and not call.fields.is_open:
        # All is known, so that other requests are what changes: those of the other call paths. (Caching is free on GPT models.)
        segments, is_shared = _shared_start(call)
        whole = next((index for index, segment in enumerate(segments) if not segment.is_whole), len(segments))
    elif 1 < whole < len(segments) and segments[whole - 1].kind == "message" and is_claude(call):
        segments = _without_first_question(call, whole)
        whole = min(whole, len(segments))
    if whole == len(segments) > 1 and segments[-1].kind == "message":
        whole -= 1  # All is known, as in a demonstration: the last message is what other calls would change.
        segments = segments[:whole] if call.is_demonstration else segments
    found = _best(segments, whole, partial(_judged, call, context, margin)) or _best(
        segments, whole, partial(_judged_by_successors, call, context)
    )
    return found if is_shared or found is None else dataclasses.replace(found, is_shared=False)


def _shared_start(call: Request) -> tuple[tuple[Segment, ...], bool]:
    """What a request that is known from start to end has in common with one of another call path, and whether there is one. All of it, where
    none shares its start: its own path sends it again, unless it is sent once in a run. So is a demonstration of one text, where another path
    shows what changes in it."""
    others = [each for each in call.siblings() if each is not call and not _is_shown_again(call, each)]
    shared = [_common(call.prompt.segments, each.prompt.segments) for each in others]
    longest = max(shared, key=_length, default=())
    is_text = [each.kind for each in call.prompt.segments] == ["message"]
    is_once = call.runs_once or (call.is_demonstration and is_text and bool(others))
    if is_once or _length(longest) * 2 > _length(call.prompt.segments):
        return longest, True
    return call.prompt.segments, len(call.siblings()) == 1


def _without_first_question(call: Request, whole: int) -> tuple[Segment, ...]:
    """The segments of a conversation without the question that it begins with, where other call paths begin with another one behind the same
    instructions, which are most of what is known."""
    known = call.prompt.segments[:whole]
    others = (_common(known, each.prompt.segments) for each in call.siblings() if each is not call)
    shared = max(others, key=_length, default=())
    is_cut = len(shared) > 1 and not shared[-1].is_whole and _length(shared) * 2 > _length(known)
    return call.prompt.segments[: len(shared) - 1] if is_cut else call.prompt.segments


def _is_shown_again(call: Request, other: Request) -> bool:
    """Whether two cells of a notebook send the same request: an example, and the place further down where the reader may change it."""
    texts = [[(each.kind, each.text) for each in request.prompt.segments] for request in (call, other)]
    return call.is_in_notebook and call.is_demonstration and texts[0] == texts[1]


def _length(segments: Sequence[Segment]) -> int:
    return sum(len(segment.text) for segment in segments)


def _common(own: Sequence[Segment], others: Sequence[Segment]) -> tuple[Segment, ...]:
    """The segments at the start of a prompt that another starts with too."""
    found: list[Segment] = []
    for one, other in zip(own, others, strict=False):
        if one.kind != other.kind:
            break
        if one.text != other.text or not other.is_whole:
            pairs = zip(one.text, other.text, strict=False)
            same = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
            text = one.text[:same]
            changing = Gap(one.at, Stability.VARYING, one.text[len(text) :])
            found.append(dataclasses.replace(one, text=text, gaps=(changing,), is_whole=False))
            break
        found.append(one)
    return tuple(found)


def _best(segments: Sequence[Segment], whole: int, judge: _Judge) -> Prefix | None:
    """The prefix of whole segments, or the one that goes on into the next segment, where that is worth it."""
    shorter, longer = _longest(segments[:whole], judge), _longest(segments[: whole + 1], judge)
    is_worth_it = shorter is None or longer is None or longer.tokens - shorter.tokens >= longer.minimum
    return longer if is_worth_it else shorter


def _longest(segments: Sequence[Segment], judge: _Judge) -> Prefix | None:
    texts: list[str] = []
    last: tuple[int, Segment] | None = None
    for index, segment in enumerate(segments):
        if segment.text:
            texts.append(segment.text)
            last = (index, segment)
        if segment.has_breakpoint:
            texts, last = [], None  # All up to here is covered; what follows counts alone.
    return judge("".join(texts), last[1], last[0]) if last is not None else None


def _judged(call: Request, context: RuleContext, margin: float | None, text: str, segment: Segment, index: int) -> Prefix | None:
    return large_enough(call, text, segment, index, context, margin)


def large_enough(
    call: Request, text: str, segment: Segment, index: int, context: RuleContext, margin: float | None = None
) -> Prefix | None:
    """A text of the prompt, which ends with a segment, as a prefix: where it is at least `margin` times the minimum of one of the models."""
    margin = context.cache_margin if margin is None else margin
    models = [model for model in models_of(call, context.catalog) if call.vendor in (None, model.vendor)]
    best: Prefix | None = None
    candidates: list[Model | None] = [*models] or [None]
    for model in candidates:
        if model is not None and model.cache_minimum is None and model.vendor == "anthropic":
            continue  # It does not cache.
        minimum = model.cache_minimum if model is not None and model.cache_minimum is not None else _USUAL_MINIMUM
        counted = estimate(text, model.tokenizer if model is not None else call.offers.tokenizer)
        is_enough = counted.tokens >= (minimum if counted.exact else minimum * margin)
        is_enough = is_enough or counted.low >= minimum * max(margin / _USUAL_MARGIN, 1)
        if is_enough and (best is None or counted.tokens > best.tokens):
            best = Prefix(segment, index, counted.tokens, model, minimum, counted.exact)
    return best


def _judged_by_successors(call: Request, context: RuleContext, text: str, segment: Segment, index: int) -> Prefix | None:
    """The same for the successors of models that are retired, which will cache what these did not."""
    for model in models_of(call, context.catalog):
        successor = successor_of_retired(call, model, context)
        if successor is None or successor.cache_minimum is None:
            continue
        counted = estimate(text, successor.tokenizer)
        if counted.tokens >= successor.cache_minimum * (1 if counted.exact else context.cache_margin):
            return Prefix(segment, index, counted.tokens, successor, successor.cache_minimum, counted.exact, retired=model)
    return None


def successor_of_retired(call: Request, model: Model, context: RuleContext) -> Model | None:
    """The Claude model that has to take the place of one whose requests fail on the host of the call; None where none has to. Other hosts retire
    models on days of their own."""
    if model.vendor != "anthropic" or call.is_third_party_host:
        return None
    references = [context.catalog.find(value.spelling) for value in call.models]
    dates = [context.catalog.retirement(each) for each in references if each is not None and each.model is model]
    is_retired = bool(dates) and all(date is not None and date <= context.today for date in dates)
    return context.catalog.get(model.successor or "") if is_retired else None


def is_covered(call: Request, prefix: Prefix) -> bool:
    """Whether a breakpoint already covers the prefix, or may do so out of sight."""
    prompt = call.prompt
    if prompt.may_have_breakpoints or any(segment.has_breakpoint for segment in prompt.segments[prefix.index :]):
        return True
    if not prompt.has_top_level_breakpoint:
        return False
    # The API puts the top-level breakpoint on the last block: useless where that block differs in each call, right where a history grows.
    messages = [segment for segment in prompt.segments if segment.kind == "message"]
    is_single_turn = len(messages) == 1 and messages[0].role == "user"
    return not is_single_turn or messages[0].is_whole


def cache_saving(prefix: Prefix, catalog: Catalog) -> Saving | None:
    """What a thousand calls pay for the prefix without and with caching; None where the model or its prices are not known."""
    model = prefix.model
    if model is None or model.input is None or model.cache_read is None:
        return None
    write = model.cache_write_5m if model.cache_write_5m is not None else model.input
    now = prefix.tokens * model.input / 1000
    after = (prefix.tokens * write + 999 * prefix.tokens * model.cache_read) / 1_000_000
    size = "exactly" if prefix.is_exact else "about"
    return Saving(
        now,
        after,
        (
            f"{size} {prefix.tokens:,} tokens of the prompt are the same in each call",
            f"from the second call within 5 minutes on; a single call costs {100 * (write / model.input - 1):.0f} % more",
            f"{model.id}: ${model.input:g} input, ${write:g} cache write, ${model.cache_read:g} cache read per million tokens "
            f"(catalogue of {catalog.date})",
        ),
    )
