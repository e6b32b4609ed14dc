"""What ends the job that runs a fan-out after some time: platforms, queues and time-outs on the functions around it and further up, and CI jobs
that run the program."""

from __future__ import annotations

from collections.abc import Iterator

from llmlint.link.calls.call_paths import CallPath, Hop
from llmlint.link.calls.evaluator import Evaluator
from llmlint.link.calls.runners import tail_of
from llmlint.link.names.index import ModuleIndex
from llmlint.link.repeats.ci_jobs import job_running
from llmlint.link.repeats.limits import is_time_limit
from llmlint.link.values.place import Place
from llmlint.link.values.values import External, Literal
from llmlint.request_data import Limit
from llmlint.scan import expressions as ex
from llmlint.source import Span

# Arguments of decorators, and of what starts a job, that say how long it may take.
_KEYWORDS = frozenset(
    {"timeout", "timeout_sec", "timeout_seconds", "time_limit", "soft_time_limit", "job_timeout", "execution_timeout", "dagrun_timeout",
     "start_to_close_timeout", "schedule_to_close_timeout"}
)  # fmt: skip
# A batch ends within a day.
_DAY = 86_400
# Decorators that limit a job though they do not say so: modal (300 seconds), dramatiq (10 minutes), RQ (180 seconds), and functions in the cloud
# (minutes to an hour). By the start and the last part of their names.
_PLATFORMS = {
    "modal": frozenset({"function", "cls"}),
    "dramatiq": frozenset({"actor"}),
    "rq": frozenset({"job"}),
    "functions_framework": frozenset({"http", "cloud_event"}),
    "firebase_functions": frozenset({"on_schedule", "on_request", "on_call", "on_message_published", "on_task_dispatched"}),
    "azure": frozenset({"timer_trigger", "schedule", "queue_trigger", "blob_trigger"}),
    "chalice": frozenset({"schedule", "on_s3_event", "on_sqs_message", "on_sns_message", "lambda_function", "on_cw_event"}),
}
_TASKS = frozenset({"task", "shared_task"})
# Settings of Celery, for tasks that have no limit of their own.
_OF_TASKS = (b"task_time_limit", b"task_soft_time_limit", b"CELERY_TASK_TIME_LIMIT", b"CELERYD_TASK_TIME_LIMIT")
# RQ's queues, whose jobs may take 180 seconds if nobody says otherwise.
_QUEUES = frozenset({"enqueue", "enqueue_call", "enqueue_in", "enqueue_at"})
# Machines by the minute, on which a program says that it runs: they end it after minutes or hours, with all that it has stored.
_RENTED = (b"Cloud Run", b"Google Cloud Function", b"AWS Lambda", b"AWS Batch", b"Fargate", b"RunPod")
# What limits all that comes behind it.
_ALARMS = frozenset({"alarm", "setitimer"})


def job_limits(evaluator: Evaluator, path: CallPath, at: Span) -> tuple[Limit, ...]:
    """The limits of the functions on a call path from the one around a fan-out on, whose own decorators count as well."""
    module, scope = path.module, path.scope
    found: dict[Span, Limit] = {}
    is_above = False
    for hop in (None, *path.hops):
        if hop is not None:
            module, scope = hop.use.module, hop.use.fact.scope
            if is_above:
                found |= {limit.at: limit for limit in _around_call(evaluator, hop)}
        here = module.scopes[scope]
        if is_above or (module.path == at.path and here.start <= at.start < here.end):
            is_above = True
            found |= {limit.at: limit for limit in _of_decorators(evaluator, module, scope)}
    jobs = job_running(evaluator.program, module.path)
    if jobs is not None:
        found.setdefault(at, Limit("job" if jobs.is_limited else "ci", at, jobs.name))
    # Asked as words, since a file whose text is read counts as looked at whole.
    rented = evaluator.program.words_of(module.path, _RENTED)
    if rented:
        found.setdefault(at, Limit("job", at, rented[0].decode()))
    return tuple(found.values())


def _of_decorators(evaluator: Evaluator, module: ModuleIndex, scope: int) -> Iterator[Limit]:
    """The limits by decorators of a function, and of the classes and functions around it."""
    current: int | None = scope
    while current:
        here = module.scopes[current]
        place = evaluator.place(module, here.parent or 0, 0, 0)
        for decorator in here.decorators:
            func = decorator.func if isinstance(decorator, ex.Call) else decorator
            name = ex.dotted_name(func) or ex.last_name(func) or ""
            given = _given(evaluator, place, decorator) if isinstance(decorator, ex.Call) else None
            if given or (given is None and _is_of_platform(evaluator, place, module, func)):
                yield Limit("job", place.span(decorator), name)
            elif given is None and ex.last_name(func) in _TASKS and evaluator.program.mentions(_OF_TASKS, module):
                yield Limit("job", place.span(decorator), "task_time_limit")
        current = here.parent


def _given(evaluator: Evaluator, place: Place, call: ex.Call) -> bool | None:
    """Whether a call says that something may take less than a day; None where it says nothing about it."""
    given = [argument.value for argument in call.args if argument.keyword in _KEYWORDS]
    return any(_is_short(evaluator, place, each) for each in given) if given else None


def _is_short(evaluator: Evaluator, place: Place, value: ex.Expr) -> bool:
    values = evaluator.evaluate(value, place)
    numbers = [each.value for each in values if isinstance(each, Literal)]
    if len(numbers) < len(values) or not numbers:
        return True
    return any(isinstance(each, (int, float)) and 0 < each < _DAY for each in numbers)


def _is_of_platform(evaluator: Evaluator, place: Place, module: ModuleIndex, func: ex.Expr) -> bool:
    tail = ex.last_name(func)
    packages = {package for package, tails in _PLATFORMS.items() if tail in tails}
    if not packages:
        return False
    names = {value.name.partition(".")[0] for value in evaluator.evaluate(func, place) if isinstance(value, External)}
    # `from common import app`
    return bool(names & packages) or (not names and module.imports_any(frozenset(packages)))


def _around_call(evaluator: Evaluator, hop: Hop) -> Iterator[Limit]:
    """What limits a call of the functions that lead to a fan-out, or runs them with a limit."""
    module, fact = hop.use.module, hop.use.fact
    place = evaluator.place(module, fact.scope, fact.block, fact.order)
    name = ex.dotted_name(fact.call.func) or tail_of(fact.call)
    if hop.use.argument is not None:
        given = _given(evaluator, place, fact.call)
        if given or (given is None and tail_of(fact.call) in _QUEUES and module.imports_any(frozenset({"rq"}))):
            yield Limit("job", hop.at, name)
    for block in module.block_path(fact.block):
        if block.kind == "with" and isinstance(block.head, ex.Call) and is_time_limit(evaluator, place, block.head):
            yield Limit("job", Span(module.path, block.start, block.end), ex.dotted_name(block.head.func) or "")
    for other in module.calls_by_scope.get(fact.scope):
        is_alarm = tail_of(other.call) in _ALARMS and other.order < fact.order
        holds = other.call is not fact.call and other.call.start <= fact.call.start and fact.call.end <= other.call.end
        if (is_alarm or holds) and is_time_limit(evaluator, place, other.call):
            yield Limit("job", place.span(other.call), ex.dotted_name(other.call.func) or tail_of(other.call))
