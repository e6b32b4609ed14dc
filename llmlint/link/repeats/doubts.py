"""What speaks against a batch of independent calls: they are a demonstration, repeat the few that failed, take the place of a call that failed,
are part of a search, or check one answer or a setup."""

from __future__ import annotations

import re
from collections.abc import Sequence

from llmlint.link.calls import runners
from llmlint.link.flow.escalation import tried_by
from llmlint.link.names.index import ModuleIndex
from llmlint.link.names.keys import keys_in
from llmlint.link.repeats import timing
from llmlint.link.repeats.fallbacks import is_after_another
from llmlint.link.repeats.occurrences import Occurrence
from llmlint.link.repeats.terminal import PRINTS
from llmlint.request_data import Doubt, FanOut
from llmlint.scan import expressions as ex

_FAILED = re.compile(r"(?i)^(?:\w*_)?(?:failures?|failed|unsuccessful|errored|rejected)(?:_\w+)?$")
_RETRIES = re.compile(r"(?i)(?:^|_)(?:retry|retries|retried|redo)(?:_|$)")
_AGAIN = re.compile(
    r"(?i)(?:^|_)(?:retry|retries|rescue\w*|again|redo|second_pass|rerun|reprocess|resubmit|recover|regenerate)(?:_|$)|Retry|Rescue"
)
# Errors of a look-up that finds nothing yet: what follows is the first call.
_NOT_FOUND = re.compile(
    r"(?i)^(?:KeyError|IndexError|LookupError|StopIteration|FileNotFoundError)$|miss|not_?found|not_?exist|cache"
)
_RERANKS = re.compile(r"(?i)(?:^|_)a?re_?rank")
_QUERY = re.compile(r"(?i)(?:^|_)(?:query|question)(?:_|$)")
_MOST_EARLIER = 3
FEW = 10
"""Of fewer items a batch saves little."""
# A claim of an answer, the answer, and what was found for it. Evaluations check the answers of a data set.
_CLAIM = re.compile(r"(?i)^(?:claim|statement|assertion|sentence|citation)$")
_ANSWER = re.compile(r"(?i)^(?:llm_|draft_)?(?:response|answer|reply)(?:_text)?$")
_FOUND = re.compile(r"(?i)(?:^|_)(?:chunks|contexts?|documents|docs|sources|passages|evidence)$")
_EVALUATES = re.compile(r"(?i)eval|metric|bench|judge|score|test")
_DEMONSTRATIONS = re.compile(
    r"(?i)(?:^|[/_.-])(?:demos?|workshops?|tutorials?|walkthrough|showcase)(?:[/_.-]|$)|^(?:examples?|exercises?|lesson|chapter)[_-]?\d"
)
# A check of a setup goes over what it is made of.
_CHECKS_SETUP = re.compile(
    r"(?i)(?:^|[/_])(?:verif(?:y|ies|ier|ication)|check(?:s|er)?|smoke|sanity|validat(?:e|or|ion)|diagnos\w*|healthcheck|test)"
    r"(?:_\w+)?_(?:setup|install\w*|environment|env|config\w*|connections?|connectivity|api_?keys?|keys|access|health|tests?|checks?"
    r"|models?|providers?|backends?|endpoints?)(?=$|[/_.])"
    r"|(?:^|[/_])(?:smoke|sanity|health|setup|connection|connectivity)_?(?:tests?|checks?)(?=$|[/_.])"
)
_OF_SETUP = re.compile(
    r"(?i)(?:^|_)(?:models?|methods?|providers?|backends?|engines?|vendors?|clients?|endpoints?|keys|services?)(?:_|$)"
)
_OF_NOTEBOOKS = re.compile(r"(?i)(?:^|[/_.-])labs?(?:[/_.-]|$)")


def doubt_of(fan_out: FanOut, levels: Sequence[Occurrence]) -> Doubt | None:
    """What speaks against a batch of a fan-out. `levels` lead from the LLM call outwards to the function of the fan-out."""
    if _repeats_failures(fan_out, levels[-1]):
        return "retry"
    if any(_is_for_failures(each, fan_out) or is_after_another(each) for each in levels) or _is_second_answer(levels[0]):
        return "fallback"
    if _is_reranking(levels[-1]):
        return "search"
    if _is_check_of_answer(fan_out, levels[-1]):
        return "answer"
    if _is_check_of_setup(fan_out, levels):
        return "setup"
    return "demonstration" if _is_demonstration(fan_out, levels) else None


def _repeats_failures(fan_out: FanOut, here: Occurrence) -> bool:
    """Whether the items are those whose first call failed: `for row in failed: results[row.id] = ask(row)` behind a loop over all rows."""
    module = here.module
    call = here.expression
    loop = next((each for each in module.loops(here.block) if each.start == fan_out.at.start), None)
    if loop is not None:
        items = [] if loop.head is None else [loop.head]
    elif isinstance(call, ex.Call):
        items = [each.value for each in call.args]
    else:
        return False
    names = {key.rpartition(".")[2] for item in items for key in keys_in(module, item)}
    if any(_RETRIES.search(name) for name in names):
        return True
    if not any(_FAILED.match(name) for name in names):
        return False
    tail = runners.tail_of(call) if isinstance(call, ex.Call) else ""
    if _AGAIN.search(module.scopes[here.scope].name) or _AGAIN.search(tail):
        return True
    earlier = (fact for fact in module.calls_by_tail.get(tail) if fact.order < here.order)
    # The first calls may stand in a function inside this one, as the batch fix writes them.
    return any(here.scope in (fact.scope, module.scopes[fact.scope].parent) for fact in earlier)


def _is_reranking(here: Occurrence) -> bool:
    """Whether a function gives each thing that a search found its rank: `def rerank(query, documents)`."""
    scope = here.module.scopes[here.scope]
    return _RERANKS.search(scope.name) is not None and any(_QUERY.search(each.name) for each in scope.parameters)


def _is_for_failures(here: Occurrence, fan_out: FanOut) -> bool:
    """Whether a call stands in the handler of a failure, and what failed is another call with something of what it sends:
    `try: answer = ask_one(prompt)`, `except ApiError: answer = ask_other(prompt)`."""
    module = here.module
    loop = next((each for each in module.loops(here.block) if each.start == fan_out.at.start), None)
    since = loop.first if loop is not None else 0
    handlers = [
        block
        for block in module.block_path(here.block)
        if block.kind == "except" and block.first > since and not _NOT_FOUND.search(ex.last_name(block.head) or "")
    ]
    sent = {key for each in here.sent for key in keys_in(module, each) if key.partition(".")[0] not in ("self", "cls")}
    sent |= {key for name in sent for key in _item_of(module, here, since, name)}
    return bool(sent) and any(
        sent & {name for key in keys_in(module, argument.value) for name in (key, *_item_of(module, here, since, key))}
        for tried in tried_by(module, handlers)
        for fact in module.calls_by_scope.get(here.scope)
        if module.is_inside(fact.block, tried.id)
        for argument in fact.call.args
    )


def _is_second_answer(here: Occurrence) -> bool:
    """Whether the same messages are sent again where the first answer to them does not fit: `if fits(answer): return answer`, `else: … create(…)`."""
    module, call = here.module, here.expression
    sent = {key for each in here.sent for key in keys_in(module, each) if "." not in key}
    branches = [block for block in module.block_path(here.block) if block.kind in ("if", "else")]
    if not sent or not branches or not isinstance(call, ex.Call):
        return False
    heads = [each.head for block in branches for each in module.branches[block.group] if each.head is not None]
    # Each call of a long function asks this: the nearest ones ahead of it are looked at, whose answers a test would be of.
    earlier = [
        fact for fact in module.calls_by_tail.get(runners.tail_of(call)) if fact.scope == here.scope and fact.order < here.order
    ]
    for fact in earlier[-_MOST_EARLIER:]:
        if not any(sent & keys_in(module, each.value) for each in fact.call.args):
            continue
        changes = [binding.order for name in sent for binding in module.bindings(here.scope, name)]
        changes += [other.order for name in sent for other in module.calls_by_root.get((here.scope, name))]
        answers = {
            binding.name
            for name in {key for head in heads for key in keys_in(module, head)}
            for binding in module.bindings(here.scope, name)
            if binding.value is not None and binding.value.start <= fact.call.start < binding.value.end
        }
        if answers and not any(fact.order < order < here.order for order in changes):
            return True
    return False


def _item_of(module: ModuleIndex, here: Occurrence, since: int, name: str) -> set[str]:
    """What a loop's own iteration reads a name from: `row` of `text = row["text"]`."""
    values = [each.value for each in module.bindings(here.scope, name) if since < each.order < here.order and since]
    return {root for value in values if isinstance(value, (ex.Subscript, ex.Attribute)) and (root := ex.root_name(value))}


def _is_check_of_answer(fan_out: FanOut, here: Occurrence) -> bool:
    """Whether a function asks for each claim of one answer whether the documents that were found for it bear it out, and no loop in sight goes over
    answers: `def verify(answer, documents)`, `for claim in claims`."""
    loop = next((each for each in here.module.loops(here.block) if each.start == fan_out.at.start), None)
    scope = here.module.scopes[here.scope]
    parameters = [each.name for each in scope.parameters]
    if not any(_ANSWER.search(name) for name in parameters) or not any(_FOUND.search(name) for name in parameters):
        return False
    items = {
        binding.name
        for binding in here.module.bindings_by_scope.get(here.scope)
        if loop and loop.first <= binding.order < here.order
    }
    return (
        any(_CLAIM.search(name) for name in items)
        and not fan_out.above
        and not fan_out.outer
        and not _EVALUATES.search(f"{here.module.path} {scope.name}")
    )


def _is_check_of_setup(fan_out: FanOut, levels: Sequence[Occurrence]) -> bool:
    """Whether a script goes over models, methods or providers to see whether each of them works, as its file or function is called:
    `for name in models_to_test: verify_model(name)` in verify_setup.py."""
    here = levels[-1]
    loop = next((each for each in here.module.loops(here.block) if each.start == fan_out.at.start), None)
    if loop is None or loop.head is None:
        return False
    names = {key.rpartition(".")[2] for key in keys_in(here.module, loop.head)}
    names |= keys_in(here.module, loop.target) if loop.target is not None else set()
    if not any(_OF_SETUP.search(name) for name in names):
        return False
    called = [each.module.scopes[each.scope].name for each in levels]
    stem = here.module.path.replace("\\", "/").rpartition("/")[2].partition(".")[0]
    return any(_CHECKS_SETUP.search(name) for name in (stem, *called))


def _is_demonstration(fan_out: FanOut, levels: Sequence[Occurrence]) -> bool:
    """Whether somebody reads each answer as it comes: it is printed in a file that is called a demonstration, or for a few items that are known, as
    at the end of a module that others import. In such a file, the time of calls side by side is shown as well."""
    path = levels[-1].module.path.replace("\\", "/")
    name = path.rpartition("/")[2]
    is_called_so = _DEMONSTRATIONS.search(name) or (_OF_NOTEBOOKS.search(path) if path.endswith(".ipynb") else None)
    if fan_out.is_concurrent:
        return is_called_so is not None and any(timing.has_clock(each.module, each.scope) for each in levels)
    are_few = fan_out.items is not None and fan_out.items < FEW and not fan_out.outer and not fan_out.above
    if is_called_so is None and not are_few:
        return False
    return any(_is_printed(each.module, each.scope, each.expression) for each in levels)


def _is_printed(module: ModuleIndex, scope: int, call: ex.Expr) -> bool:
    """Whether a function prints the answer of a call, or something made from it in several steps."""
    names: set[str] = set()
    bindings = [each for each in module.bindings_by_scope.get(scope) if each.value is not None]

    def holds(expression: ex.Expr) -> bool:
        return bool(names & keys_in(module, expression)) or any(node is call for node in ex.walk(expression))

    changed = True
    while changed:
        found = {each.name for each in bindings if each.name not in names and each.value is not None and holds(each.value)}
        changed = bool(found)
        names |= found
    facts = module.calls_by_scope.get(scope)
    return any(
        ex.last_name(fact.call.func) in PRINTS and any(holds(argument.value) for argument in fact.call.args) for fact in facts
    )
