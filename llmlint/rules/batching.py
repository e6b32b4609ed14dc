"""What the two batch rules share."""

from __future__ import annotations

import os.path
import re
from collections.abc import Iterator

from llmlint.callsite import Request
from llmlint.findings import Confidence, Finding
from llmlint.link.flow import streams
from llmlint.link.names.index import ModuleIndex
from llmlint.link.program.importers import leading_to
from llmlint.link.program.memo import Memo
from llmlint.link.program.program import Program
from llmlint.link.program.tests import is_in_test_function, is_test_file
from llmlint.link.repeats.doubts import FEW
from llmlint.link.repeats.own_items import KIND as OWN_ITEMS
from llmlint.link.values.values import Text
from llmlint.request_data import Doubt, FanOut
from llmlint.rules.batch_bill import costs_more_as_batch
from llmlint.rules.probes import only_probes, reads_no_answer
from llmlint.rules.registry import RuleContext
from llmlint.rules.savings import batch_saving

_BATCH_OPTION = re.compile(
    r"""["']--(?:use|with|via|submit)?-?batch(?:-?(?:api|mode|submit))?["']"""
    r"""|\b(?:args|options|opts|config|cfg|self)\.use_batch(?:es|_api)?\b|\bif (?:not )?use_batch(?:es|_api)?\b"""
)
_HAS_OPTION: Memo[None, bool] = Memo()
_SENDS_BATCHES = re.compile(rb"\bbatches\s*\.\s*create\(")
_SENDS_IN_TEXT = re.compile(_SENDS_BATCHES.pattern.decode())
_SENDS: Memo[None, bool] = Memo()
_FLEX = (
    ", or on the flex tier at the same price: slower, and 429 when capacity is short; the SDK retries twice, then send again with "
    '`service_tier="auto"`'
)
# What speaks against a batch though the calls are independent.
_DOUBTS: dict[Doubt, str] = {
    "answer": "it checks one answer, for which somebody may wait",
    "awaited": "somebody waits for the answers on another call path",
    "compared": "the program measures how long the calls take this way",
    "demonstration": "it may be a demonstration, whose answers somebody reads as they come",
    "fallback": "it is made only where another call for the same item fails",
    "retry": "it repeats the calls that failed, which may be few",
    "search": "it puts what a search found in order, for somebody who waits",
    "setup": "it is a check that models or services work, for somebody who waits",
}


def batchable(call: Request, context: RuleContext) -> FanOut | None:
    """The fan-out of a call that could be a batch; None where it is not repeated, or not for a batch."""
    if not call.takes_batches or call.offers.batch is None or _is_half_price(call) or not context.shows(_most_confidence(call)):
        return None
    if _is_read_along(call):
        return None
    fan_out = call.fan_out
    if fan_out is None or fan_out.is_batched or call.is_interactive or reads_no_answer(call) or only_probes(call):
        return None
    if any(is_in_test_function(call.program, at) for at in (fan_out.at, *(step.span for step in call.steps))):
        return None
    return fan_out if _is_large(fan_out, context) and not costs_more_as_batch(call, fan_out, context.catalog) else None


def _is_half_price(call: Request) -> bool:
    """Whether a call is on OpenAI's flex tier, whose price is that of a batch."""
    tiers = call.values("service_tier")
    return any(isinstance(tier, Text) and tier.value == "flex" for tier in tiers)


def _is_read_along(call: Request) -> bool:
    """Whether the response is passed on piece by piece, as it comes."""
    module, point = call.place.module, call.place.point
    if call.is_streaming:
        return not streams.is_collected(module, call.site, point.scope)
    return streams.is_passed_on_in_pieces(module, point.scope, point.block, point.order)


def _has_own_batches(call: Request, fan_out: FanOut) -> bool:
    """Whether the program sends batches where an option asks for it: `--use-batch`, in the file of the fan-out or one that leads to it, where one
    of these leads to what sends batches, too. Other programs of a repository, with options of their own, say nothing of this one."""
    program, path = call.program, fan_out.at.path
    home = program.module(path)
    if home is None or program.first_matching(b"batches", _SENDS_BATCHES, path) is None:
        return False
    return any(_meet(program, home, each) for each in program.files_with(b"batches", home))


def _meet(program: Program, home: ModuleIndex, other: str) -> bool:
    """Whether a file sends batches for the program of `home`, where an option asks for it: some file leads to both, or starts both."""
    module = program.module(other)
    if module is None or is_test_file(program, module) or not _searches(program, other, _SENDS, _SENDS_IN_TEXT):
        return False
    leading, to_batches = leading_to(program, home.path), leading_to(program, other)
    if leading is None or to_batches is None:
        return True  # Too many to say that it is another program.
    starting = _starting(program, home) & _starting(program, module) if other != home.path else set()
    read = starting if leading.isdisjoint(to_batches) else {*leading, *starting}
    return any(_searches(program, each, _HAS_OPTION, _BATCH_OPTION) for each in sorted(read))


def _starting(program: Program, module: ModuleIndex) -> set[str]:
    """The files that mention a file by its whole name, and may start it as a process."""
    return {each for each in program.files_with(os.path.basename(module.path).encode(), module) if each != module.path}


def _searches(program: Program, path: str, known: Memo[None, bool], pattern: re.Pattern[str]) -> bool:
    """Whether a pattern is found in a file of the program."""
    module = program.module(path)
    return module is not None and known.get(module, None, lambda: pattern.search(program.source(path).text) is not None)


def _most_confidence(call: Request) -> Confidence:
    """Whether somebody else's host takes batches is not for us to know."""
    return Confidence.LOW if call.is_third_party_host else call.host_certainty


def _is_large(fan_out: FanOut, context: RuleContext) -> bool:
    return fan_out.items is None or fan_out.items >= context.min_fan_out


def _is_small(fan_out: FanOut) -> bool:
    """Whether a batch saves little: so few items are often a demonstration that somebody watches."""
    return fan_out.items is not None and fan_out.items < FEW


def report(call: Request, context: RuleContext, fan_out: FanOut, code: str, name: str, how: str) -> Iterator[Finding]:
    note = f"; `llmlint rule {code}` shows how" if call.takes_fixes else ""
    batch_api = call.offers.batch or ""
    fix = None
    if call.is_third_party_host and not call.takes_fixes:
        batch_api, note = batch_api.partition(" (")[0], "; the host may take no batches"
    has_own_batches = _has_own_batches(call, fan_out)
    is_doubtful = has_own_batches or fan_out.doubt not in (None, "awaited")
    confidence = Confidence.LOW if is_doubtful else min(fan_out.confidence, fan_out.unawaited)
    if fan_out.doubt is not None:
        confidence = min(confidence, Confidence.MEDIUM)
    is_sure = call.takes_fixes and not call.is_third_party_host and confidence is not Confidence.LOW and fan_out.doubt is None
    if fan_out.kind == OWN_ITEMS:
        is_sure, batch_api = False, batch_api.partition(" (")[0]
        note = f"; `{call.method}` sends ordinary requests at full price"
    elif call.takes_fixes and not is_sure:
        why = (
            "the program can send batches already, where an option asks for it"
            if has_own_batches
            else "the host may take no batches"
            if call.is_third_party_host
            else _DOUBTS[fan_out.doubt]
            if fan_out.doubt is not None
            else "somebody may wait for the answers"
            if fan_out.unawaited is Confidence.LOW
            else "the calls may depend on each other in a way that is not seen"
        )
        note = f"; by hand, as {why}: `llmlint rule {code}` shows how"
    if context.finds_batch_fixes and is_sure:
        # Only here is a syntax tree needed; importing libcst is not cheap.
        from llmlint.fixes.batch.fix import batch_fix
        from llmlint.fixes.batch.flex_tier import flex_fix
        from llmlint.fixes.edits.by_hand import TIMED, ByHand, MayDepend

        try:
            fix, note = batch_fix(call, fan_out, context.batch_module), ""
        except ByHand as reason:
            is_less_sure = isinstance(reason, MayDepend) or str(reason) == TIMED
            confidence = min(confidence, Confidence.MEDIUM) if is_less_sure else confidence
            fix = flex_fix(call, context.catalog, context.batch_module)
            note = _FLEX if fix is not None else f"; by hand, as {reason}: `llmlint rule {code}` shows how"
    yield call.finding(
        code,
        name,
        f"independent calls {how}: as a batch they cost half",
        at=fan_out.at,
        confidence=min(confidence, _most_confidence(call), Confidence.MEDIUM if _is_small(fan_out) else Confidence.HIGH),
        help=f"where nobody waits for the answers, send them through {batch_api} (half price; most batches end within an hour, "
        f"all within a day){note}",
        saving=batch_saving(call, context.catalog),
        fix=fix,
        related=fan_out.chain[::-1],
    )
