"""Schedulers and timers: what runs a function again and again by the clock, and how many seconds lie between the runs."""

from __future__ import annotations

from collections.abc import Iterator

from llmlint.link.calls.evaluator import Evaluator
from llmlint.link.names.index import ModuleIndex, Point
from llmlint.link.values.place import Frame, Place
from llmlint.link.values.values import Literal
from llmlint.scan import expressions as ex
from llmlint.scan.facts import CallFact

# Between runs that are this far apart, nobody waits for the responses.
LONG = 3600.0
# After how many seconds an entry of the cache has expired that no call has read.
LIFETIME = 300.0
# Who runs a function again and again by the clock: `schedule.every().day.do(job)`, `scheduler.add_job(job, "cron", hour=7)`.
_SCHEDULERS = frozenset(
    {
        "do",
        "add_job",
        "run_daily",
        "run_monthly",
        "run_repeating",
        "add_periodic_task",
        "add_interval_job",
        "add_cron_job",
        "set_interval",
    }
)
_SCHEDULING = frozenset(
    {"scheduled_job", "crontab", "cron", "periodic_task", "repeat_every", "repeat_at", "timer_trigger", "on_schedule"}
)
# Arguments of decorators that say when a function is run: `@app.function(schedule=modal.Cron("0 9 * * 1"))`.
_WHEN = frozenset({"schedule", "cron", "cron_schedule"})
# The first argument of `@scheduler.task("cron", hour=9)`.
_TRIGGERS = frozenset({"cron", "interval", "date"})
_SHORT_UNITS = frozenset({"seconds", "second", "minute", "minutes"})
# What says how long a time is: `timedelta(…)`, `IntervalTrigger(…)`, `Period(…)`.
_TIMES = ("timedelta", "Trigger", "Period")
_INTERVALS = frozenset({"interval", "seconds", "every"})
_UNITS = {"seconds": 1.0, "minutes": 60.0, "hours": 3600.0, "days": 86_400.0, "weeks": 604_800.0}
# So many names are followed from `job.do(run)` to where the schedule is written.
_MOST_NAMES = 6


def seconds_of(evaluator: Evaluator, expression: ex.Expr, place: Place) -> float:
    """The least of the numbers that an expression is known to be, a default among them; 0 where none is known."""
    values = [value.value for value in evaluator.evaluate(expression, place) if isinstance(value, Literal)]
    return float(min((value for value in values if isinstance(value, (int, float))), default=0))


# Functions that are passed to a scheduler


def is_schedule(module: ModuleIndex, fact: CallFact) -> bool:
    """Whether a call has the function that it is passed run again and again."""
    tail = ex.last_name(fact.call.func)
    return tail in _SCHEDULERS and (tail != "do" or "every" in _attributes(module, fact))


def pause_of_scheduler(module: ModuleIndex, fact: CallFact) -> float:
    """How many seconds pass at the least from one run to the next of what a call schedules; 0 where that is not known."""
    tail = ex.last_name(fact.call.func)
    if tail not in _SCHEDULERS:
        return 0.0
    if tail != "do":
        return period(fact.call)
    names = _attributes(module, fact)
    return 0.0 if "every" not in names or not _SHORT_UNITS.isdisjoint(names) else LONG


def pause_of_runs(evaluator: Evaluator, module: ModuleIndex, fact: CallFact, frame: Frame | None) -> float:
    """The same, where the amounts may be no plain numbers."""
    pause = pause_of_scheduler(module, fact)
    if pause or not is_schedule(module, fact):
        return pause
    return least_period(evaluator, fact.call, Place(module, Point(fact.scope, fact.block, fact.order), frame))


def _attributes(module: ModuleIndex, fact: CallFact) -> set[str]:
    """The attributes of a schedule: `every().monday.at("9:00").do(job)`, also where names stand for its parts (`DAYS[day].at(time).do(job)`)."""
    found: set[str] = set()
    pending, seen = [fact.call.func], set[str]()
    while pending:
        for node in ex.walk(pending.pop()):
            if isinstance(node, ex.Attribute):
                found.add(node.attr)
            elif isinstance(node, ex.Name) and node.id not in seen and len(seen) < _MOST_NAMES:
                seen.add(node.id)
                bindings = module.bindings(fact.scope, node.id) or module.bindings(0, node.id)
                pending += [each.value for each in bindings if each.value is not None and each.kind == "assign"]
                found |= {"every"} if node.id == "every" else set()
    return found


# Decorators


def is_scheduling(decorator: ex.Call) -> bool:
    """Whether a decorator has a function run again and again: `@scheduler.scheduled_job("cron", hour=7)`, `@tasks.loop(minutes=5)`."""
    tail = ex.last_name(decorator.func)
    if tail in _SCHEDULING or ex.dotted_name(decorator.func) == "tasks.loop":
        return True
    first = decorator.args[0].value if decorator.args else None
    if tail == "task" and isinstance(first, ex.Constant) and first.value in _TRIGGERS:
        return True
    return (tail == "repeat" and _every(first) is not None) or any(each.keyword in _WHEN for each in decorator.args)


def _every(expression: ex.Expr | None) -> ex.Call | None:
    """The call of `every` in a schedule."""
    nodes = ex.walk(expression) if expression is not None else ()
    return next((node for node in nodes if isinstance(node, ex.Call) and ex.last_name(node.func) == "every"), None)


# Amounts of time


def least_period(evaluator: Evaluator, call: ex.Call, place: Place) -> float:
    """How far apart runs are by amounts that are no plain numbers: `every(self.minutes).minutes.do(job)`. What is given in minutes or more and
    is not known counts as the time after which an entry of the cache has expired."""
    total = 0.0
    for unit, amount in _amounts(call):
        seconds = unit * (1.0 if amount is None else seconds_of(evaluator, amount, place))
        total += seconds or (LIFETIME if unit >= _UNITS["minutes"] else 0.0)
    return total


def _amounts(call: ex.Call) -> Iterator[tuple[float, ex.Expr | None]]:
    """The amounts of a schedule, and the seconds of the unit of each: `minutes=n`, `timedelta(hours=n)`, `every(n).minutes`, `every().minute`."""
    every = _every(call)
    if every is not None:
        names = [node.attr for node in ex.walk(call) if isinstance(node, ex.Attribute)]
        units = [_UNITS[name] for each in names if (name := each.rstrip("s") + "s") in _UNITS]
        yield (units[0] if units else 1.0), (every.args[0].value if every.args else None)
        return
    for argument in call.args:
        if argument.keyword in _UNITS:
            yield _UNITS[argument.keyword], argument.value
        elif isinstance(argument.value, ex.Call) and (ex.last_name(argument.value.func) or "").endswith(_TIMES):
            yield from _amounts(argument.value)
        elif argument.keyword in _INTERVALS:
            yield 1.0, argument.value


def period(call: ex.Call) -> float:
    """How far apart the runs of a job are: `scheduler.add_job(job, "interval", minutes=10)`; of a crontab, an hour at the least, unless its
    minutes say more than one of each hour."""
    given = {argument.keyword: argument.value for argument in call.args if argument.keyword in _UNITS}
    if not given:
        return 0.0 if any(_is_often(argument) for argument in call.args) else LONG
    total = 0.0
    for unit, value in given.items():
        if not isinstance(value, ex.Constant) or not isinstance(value.value, (int, float)):
            return 0.0
        total += _UNITS[unit or ""] * value.value
    return total


def _is_often(argument: ex.Argument) -> bool:
    """`minute="*/5"`, `"*/5 * * * *"`, `interval=60`, `timedelta(minutes=5)`, `every(5).minutes`."""
    value = argument.value
    if _every(value) is not None:
        return any(isinstance(node, ex.Attribute) and node.attr in _SHORT_UNITS for node in ex.walk(value))
    if isinstance(value, ex.Call):
        is_short = (ex.last_name(value.func) or "").endswith(("timedelta", "Period")) and period(value) < LONG
        return is_short or any(_is_often(each) for each in value.args)
    if not isinstance(value, ex.Constant):
        return argument.keyword in _INTERVALS
    if isinstance(value.value, (int, float)):
        return argument.keyword in (None, *_INTERVALS) and value.value < LONG
    fields = str(value.value).split() or [""]
    is_crontab = len(fields) > 1 and argument.keyword in (None, *_WHEN) and isinstance(value.value, str)
    # A crontab of six fields begins with seconds.
    minutes = fields[-5] if len(fields) == 6 else fields[0]
    return (argument.keyword == "minute" or is_crontab) and ("*" in minutes or "," in minutes)
