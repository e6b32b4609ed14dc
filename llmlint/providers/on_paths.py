"""A call on the paths that lead to it: what is around it there, and what becomes of its messages."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from llmlint.findings import Confidence
from llmlint.link.calls.arguments import CallArguments
from llmlint.link.calls.call_paths import CallPath
from llmlint.link.calls.evaluator import Evaluator
from llmlint.link.flow.history import History, read_history
from llmlint.link.repeats import reach, sent_again, warmup
from llmlint.link.repeats.job_limits import job_limits
from llmlint.link.rests import found_once
from llmlint.link.values.place import Place
from llmlint.providers.base import Provider, may_have_breakpoints, with_more_messages
from llmlint.providers.receivers import Receiver
from llmlint.request_data import Conversation, FanOut, Prompt, Surroundings
from llmlint.scan.expressions import Expr
from llmlint.sdks.shape import Method
from llmlint.source import Span

# The arguments that carry the turns of a conversation.
_MESSAGES = ("messages", "input")
# So many calls between a fan-out and a request, and what is repeated is mostly more than that request.
_FAR = 5
_FAR_OF_CONVERSATION = 4
# As how many steps of evaluation each segment of a prompt counts for what rules do with it.
_STEPS_OF_SEGMENT = 20


@dataclass(frozen=True, slots=True)
class Recognised:
    """What a candidate turned out to be, with the arguments of one call path."""

    provider: Provider
    method: Method
    receiver: Receiver
    arguments: CallArguments


@dataclass(frozen=True, eq=False)
class OnPath:
    """A call on one of its paths. `look` finds what is around it there."""

    path: CallPath
    recognised: Recognised
    look: Callable[[], Surroundings]

    @found_once
    def prompt(self) -> Prompt:
        """The prompt as the arguments give it, of which a history may know more."""
        found = self.recognised
        return found.provider.read_prompt(found.arguments, found.method)


class AroundPaths:
    """What is around a call on each of its paths, looked for once somebody asks."""

    def __init__(self, evaluator: Evaluator, place: Place, site: Expr, paths: Sequence[OnPath]) -> None:
        self.evaluator = evaluator
        self._place, self._site = place, site
        self._paths = paths

    @found_once
    def _found(self) -> dict[int, Surroundings]:
        found = {id(each): each.look() for each in self._paths}
        paths = {id(each): each.path for each in self._paths}
        awaited = {each.fan_out.at for each in found.values() if each.fan_out is not None and each.is_interactive}
        is_talked_to = any(each.is_conversation or each.is_interactive for each in found.values())
        are_all_seen = all(each.path.is_complete for each in self._paths)
        for key, each in found.items():
            fan_out = each.fan_out
            if fan_out is None or each.is_interactive:
                continue
            limit = Confidence.HIGH
            if len(fan_out.chain) >= _FAR:
                # What is repeated is more than this call.
                limit = Confidence.MEDIUM
            is_far = len(fan_out.chain) >= _FAR and not are_all_seen
            if is_far or (is_talked_to and len(fan_out.chain) >= _FAR_OF_CONVERSATION):
                # Elsewhere a conversation, or callers that were not looked at, and a fan-out only far above.
                limit = Confidence.LOW
            unawaited, doubt = Confidence.LOW, fan_out.doubt
            if fan_out.at not in awaited:
                unawaited = self._unawaited(paths[key], fan_out)
            elif paths[key].starts_in_script:
                # Of a script nobody expects an answer soon, but the same code runs for those who wait.
                unawaited, doubt = Confidence.HIGH, doubt or "awaited"
            unawaited = min(unawaited, fan_out.unawaited)
            fan_out = replace(fan_out, confidence=min(fan_out.confidence, limit), unawaited=unawaited, doubt=doubt)
            warm = warmup.with_warmth(self.evaluator, self._place, self._site, fan_out)
            of_jobs = job_limits(self.evaluator, paths[key], fan_out.at)
            above, inner = (
                tuple(warmup.with_limits(self.evaluator, self._place, self._site, other) for other in others)
                for others in (fan_out.above, fan_out.inner)
            )
            found[key] = replace(each, fan_out=replace(warm, limits=(*warm.limits, *of_jobs), above=above, inner=inner))
        return found

    def _unawaited(self, path: CallPath, fan_out: FanOut) -> Confidence:
        """How sure it is that nobody waits for a fan-out, as far as what leads to it tells."""
        above = reach.reach_of_fan_out(self.evaluator, path, fan_out)
        if above.waits:
            return Confidence.LOW
        # In a program that serves somebody, what nothing in sight starts may be started for them.
        is_sure = above.starts or not reach.serves(self.evaluator.program, path.module)
        return Confidence.HIGH if is_sure else Confidence.MEDIUM

    def on(self, path: OnPath) -> Surroundings:
        return self._found[id(path)]


class Conversations:
    """The prompt of a call on each of its paths, with what happens to its messages between one request and the next, whichever path leads to it."""

    def __init__(self, evaluator: Evaluator, arguments: CallArguments, paths: Sequence[OnPath]) -> None:
        self._evaluator = evaluator
        self._arguments = arguments
        self._paths = paths

    @found_once
    def _found(self) -> History:
        return read_history(self._evaluator, self._arguments, _MESSAGES, self._breakpoints)

    def _breakpoints(self) -> list[Span]:
        prompts = [path.prompt for path in self._paths]
        return [
            breakpoint.at
            for prompt in prompts
            for breakpoint in (*prompt.breakpoints, prompt.top_level_breakpoint)
            if breakpoint is not None
        ]

    def on(self, path: OnPath) -> Conversation:
        arguments, prompt, found = path.recognised.arguments, path.prompt, self._found
        # Each rule looks at all of them, and each turn of a conversation without a loop sends those of the turns before.
        self._evaluator.total_steps += _STEPS_OF_SEGMENT * len(prompt.segments)
        if found.grows:
            is_marked = found.may_have_breakpoints or found.rest_may_have_breakpoints
            prompt = with_more_messages(prompt, arguments.place.span(arguments.site), is_marked)
        prompt = sent_again.with_repetition(self._evaluator, arguments, prompt)
        is_hidden = found.may_have_breakpoints or may_have_breakpoints(arguments, _MESSAGES)
        return Conversation(
            prompt,
            found.grows,
            found.change,
            found.piling_breakpoint,
            is_hidden,
            found.find_single_turn,
            found.find_transient_end,
        )
