"""Whether a later call reads what a new cache breakpoint writes: a write costs 1.25 times the input price, and a single call reads nothing."""

from __future__ import annotations

import enum
import re
from collections.abc import Sequence

from llmlint.callsite import Request
from llmlint.findings import Confidence
from llmlint.request_data import Segment

_LIFETIME = 300.0
# A dataframe goes through its rows one by one.
_SERIAL = frozenset({"map"})
_EXAMPLES = re.compile(r"(?i)(?:^|[/\\_.-])(?:examples?|samples?|demos?|tutorials?|cookbook|quickstart)(?:[/\\_.-]|$)")


class Rereads(enum.Enum):
    """`ALWAYS`: what each call path writes is read again. `SOMETIMES`: the source does not determine it for some of them. `NEVER`: none is."""

    ALWAYS = enum.auto()
    SOMETIMES = enum.auto()
    NEVER = enum.auto()


def rereads(call: Request, segment: Segment) -> Rereads:
    """Whether what a breakpoint on `segment` writes is read by another call of the same run, as far as the source determines that."""
    paths = _paths(call)
    found = {_of_path(each, paths, segment) for each in paths}
    return found.pop() if len(found) == 1 else Rereads.SOMETIMES


def _paths(call: Request) -> list[Request]:
    return [each for each in call.siblings() if not each.pace.is_test] or list(call.siblings())


def comes_too_late(call: Request) -> bool:
    """Whether on all call paths an entry of the cache has expired by the time that the next call comes, so that no breakpoint of five minutes
    saves anything."""
    return all(each.pace.pause >= _LIFETIME for each in call.siblings())


def surest(call: Request, segment: Segment) -> Confidence:
    """How sure it can be at the most that a breakpoint on `segment` saves anything: a program that makes the call once in a run must be run
    again within five minutes for that. What a shared call sends on other paths says nothing of the text of this one."""
    paths = _paths(call)
    sending = [each for each in paths if any(other.at == segment.at for other in each.prompt.segments)]
    is_once = any(_of_path(each, paths, segment) is Rereads.NEVER for each in sending)
    return Confidence.LOW if is_once and not any(each.pace.is_repeated for each in sending) else Confidence.HIGH


def _of_path(call: Request, paths: Sequence[Request], segment: Segment) -> Rereads:
    if call.pace.pause >= _LIFETIME:
        return Rereads.NEVER
    pace, fan_out = call.pace, call.fan_out
    if pace.may_pause or pace.may_stop or (pace.is_remembered and fan_out is None):
        return Rereads.SOMETIMES if not pace.is_single else Rereads.NEVER
    is_single = pace.is_single or pace.iterations == 1
    if not is_single and (_goes_to_other_caches(call) or _may_be_made_once(call)):
        return Rereads.SOMETIMES
    if fan_out is not None and not is_single:
        if not fan_out.is_concurrent or fan_out.is_warmed or fan_out.kind in _SERIAL:
            return Rereads.ALWAYS
        # Calls that start together all write, in a pool those that start first: only as a batch behind one call do they read.
        return Rereads.SOMETIMES
    if not is_single:
        return Rereads.ALWAYS
    text, way = _text_up_to(call, segment), [step.span for step in call.steps]
    sharing = [
        other
        for other in paths
        if other is not call
        and [step.span for step in other.steps] != way
        and pace.may_share_a_run(other.pace)
        and _models_of(other) == _models_of(call)
        and _text_up_to(other, segment) == text
    ]
    if sharing:
        return Rereads.ALWAYS if any(pace.needs(other.pace) for other in sharing) else Rereads.SOMETIMES
    return Rereads.SOMETIMES if call.span.path.endswith(".ipynb") or _is_example(call) else Rereads.NEVER


def _is_example(call: Request) -> bool:
    """Whether a program makes a request once that other callers, who are out of sight, make with other texts: the end of a module passes a
    helper constants alone, or it stands in a file of examples."""
    if call.runs_once:
        return False
    is_constant = call.pace.starts_with_values and all(each.is_whole for each in call.prompt.segments)
    return is_constant or _EXAMPLES.search(call.pace.start[0]) is not None


def _models_of(call: Request) -> set[tuple[str, bool]]:
    return {(each.spelling, each.is_only) for each in call.models}


def _goes_to_other_caches(call: Request) -> bool:
    """Whether the iterations of a loop may have different models, each of which has a cache of its own, or start with different texts."""
    way = [step.span for step in call.steps]
    # A method of several objects has a path for each of them.
    models = {each for other in call.siblings() if [step.span for step in other.steps] == way for each in _models_of(other)}
    if call.pace.models_differ and (len(models) != 1 or not all(is_only for _, is_only in models)):
        return True
    return call.pace.prefixes_differ and (call.prompt.has_alternatives or call.prompt.has_other_texts)


def _may_be_made_once(call: Request) -> bool:
    """Whether of the iterations of a loop, as far as they are known, one alone may make the call."""
    pace = call.pace
    return pace.fewest_iterations == 1 or (pace.iterations is not None and pace.may_be_skipped)


def _text_up_to(call: Request, segment: Segment) -> tuple[str, ...]:
    """What a request sends up to the place where a segment of one of its siblings is written."""
    texts: list[str] = []
    for each in call.prompt.segments:
        texts.append(each.text)
        if (each.value_at, each.block_at) == (segment.value_at, segment.block_at):
            break
    return tuple(texts)
