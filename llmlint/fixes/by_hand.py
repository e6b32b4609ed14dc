"""Why a fix is left to a person, and what several codemods look for to find that out."""

from __future__ import annotations

from collections.abc import Iterable

import libcst as cst

from llmlint.fixes.batch_tree import dotted, walk

_CLOCKS = frozenset(
    {"time.time", "time.perf_counter", "time.monotonic", "time.process_time", "perf_counter", "timer", "default_timer"}
)
_ENDLESS = frozenset(
    {"count", "cycle", "repeat", "stdin", "listen", "consume", "consumer", "subscribe", "iter_messages", "queue", "poll", "watch"}
)

# Reasons that several codemods share.
WITHOUT_END = "the items may come without end"
HOLDS_UP = "the call is a blocking one in an async function, and the wait for a batch would hold up the event loop"
FAIL_OVER = "an item asks one model or provider after another until one answers, and would wait for a batch of each"
SERIAL = "a loop further up calls the function of the fan-out, and each of its iterations would wait for a batch of its own"
TIMED = "the program measures how long a call takes"
KEEPS_STATE = "what one iteration sets ahead of its call, it reads behind the call, when others have set it"


class ByHand(Exception):
    """Raised where a codemod would change more than it may. Its text is a clause that goes behind "no fix is offered, as"."""


class MayDepend(ByHand):
    """Raised where iterations share a value that one may read after another has set it: they may depend on each other after all."""


def measures_time(nodes: Iterable[cst.CSTNode]) -> bool:
    """Whether the loop takes the time of its calls."""
    return sum(isinstance(each, cst.Call) and dotted(each.func) in _CLOCKS for each in nodes) > 1


def has_no_end(items: cst.BaseExpression) -> bool:
    """Whether items may come without end, or only once something else has happened: `count()`, standard input, a queue."""
    for each in walk(items):
        if (
            isinstance(each, (cst.Name, cst.Attribute))
            and (each.attr if isinstance(each, cst.Attribute) else each).value in _ENDLESS
        ):
            return True
        if isinstance(each, cst.Call) and dotted(each.func) == "iter" and len(each.args) > 1:
            return True
    return False
