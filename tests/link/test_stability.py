"""How often what the source does not tell changes: clocks, dates, parameters, and what is read once."""

from __future__ import annotations

from collections.abc import Callable

import pytest

IMPORTS = """import arrow, datetime, pendulum, random, time, uuid
from datetime import date, datetime as dt
from secrets import token_hex
import config
DAY = "%A, %d.%m.%Y"
TIME = "%d.%m. %H:%M"
"""
IN_A_FUNCTION = {
    "time of day": ("datetime.datetime.now()", "volatile"),
    "time as text": ("datetime.datetime.now().isoformat()", "volatile"),
    "seconds": ("time.time()", "volatile"),
    "random id": ("uuid.uuid4().hex", "volatile"),
    "dice": ("random.choice(['a', 'b'])", "volatile"),
    "pattern with the time": ("datetime.datetime.now().strftime('%d %B %H:%M')", "volatile"),
    "pattern with a date": ("datetime.datetime.now().strftime('%A, %d %B %Y')", "daily"),
    "date": ("date.today()", "daily"),
    "date by its module": ("datetime.date.today().isoformat()", "daily"),
    "day of a moment": ("datetime.datetime.now().date()", "daily"),
    "year of a moment": ("datetime.datetime.now().year", "daily"),
    "time module with a date": ("time.strftime('%Y-%m-%d')", "daily"),
    "time module with the time": ("time.strftime('%H:%M')", "volatile"),
    "hour": ("datetime.datetime.now().strftime('%d %B, %H:00')", "daily"),
    "hour of a moment": ("datetime.datetime.now().hour", "daily"),
    "minute of a moment": ("datetime.datetime.now().minute", "volatile"),
    "named pattern with a date": ("datetime.datetime.now().strftime(DAY)", "daily"),
    "named pattern with the time": ("datetime.datetime.now().strftime(TIME)", "volatile"),
    "pattern that is not known": ("datetime.datetime.now().strftime(config.PATTERN)", "unknown"),
    "start of an ISO text": ("datetime.datetime.now().isoformat()[:10]", "daily"),
    "ISO text up to the hour": ("datetime.datetime.now().isoformat()[0:13]", "daily"),
    "ISO text up to the minute": ("datetime.datetime.now().isoformat()[:16]", "volatile"),
    "end of an ISO text": ("datetime.datetime.now().isoformat()[11:]", "volatile"),
    "start of a moment's text": ("str(datetime.datetime.now())[:10]", "daily"),
    "start of seconds": ("str(time.time())[:10]", "volatile"),
    "start of a random id": ("str(uuid.uuid4())[:8]", "volatile"),
    "first half of an ISO text": ("datetime.datetime.now().isoformat().split('T')[0]", "daily"),
    "second half of an ISO text": ("datetime.datetime.now().isoformat().split('T')[1]", "volatile"),
    "ISO text with the hour only": ("datetime.datetime.now().isoformat(timespec='hours')", "daily"),
    "str.format": ("'{:%Y-%m-%d}'.format(datetime.datetime.now())", "daily"),
    "str.format with the time": ("'{:%H:%M}'.format(datetime.datetime.now())", "volatile"),
    "format": ("format(datetime.datetime.now(), '%d %B')", "daily"),
    "text of a date": ("str(date.today())", "daily"),
    "pendulum": ("pendulum.now().to_date_string()", "daily"),
    "pendulum by a pattern": ("pendulum.now('Europe/Berlin').format('dddd DD MMMM YYYY')", "daily"),
    "pendulum with the time": ("pendulum.now().to_datetime_string()", "volatile"),
    "arrow": ("arrow.now().format('YYYY-MM-DD')", "daily"),
    "arrow with the time": ("arrow.utcnow().format('YYYY-MM-DD HH:mm')", "volatile"),
    "start of the day": ("arrow.utcnow().floor('day').isoformat()", "daily"),
    "rounded by hand": ("datetime.datetime.now().replace(minute=0, second=0, microsecond=0)", "daily"),
    "number of the day": ("int(time.time() // 86400)", "daily"),
    "number of the minute": ("int(time.time() // 60)", "volatile"),
    "imported by its own name": ("token_hex(8)", "volatile"),
    "imported under another name": ("dt.now().strftime('%d.%m.')", "daily"),
    "day of a parameter": ("x.strftime('%d %B')", "varying"),
    "parameter": ("x", "varying"),
    "result of something": ("load()", "unknown"),
}


@pytest.mark.parametrize(("code", "stability"), IN_A_FUNCTION.values(), ids=IN_A_FUNCTION)
def test_in_a_function(values_of: Callable[..., object], code: str, stability: str) -> None:
    assert values_of(f"{IMPORTS}def f(x):\n    value = {code}\n    see(f'a {{value}} b')") == f"a <{stability}> b"


@pytest.mark.parametrize(
    ("hole", "stability"),
    [("now", "volatile"), ("now:%H:%M", "volatile"), ("now:%d %B", "daily"), ("x:%d %B", "varying"), ("now!r", "volatile")],
)
def test_pattern_in_an_f_string(values_of: Callable[..., object], hole: str, stability: str) -> None:
    code = f"{IMPORTS}def f(x):\n    now = datetime.datetime.now()\n    see(f'{{{hole}}}')"
    assert values_of(code) == f"<{stability}>"


def test_what_is_read_at_the_import_stays(values_of: Callable[..., object]) -> None:
    assert values_of(f"{IMPORTS}NOW = datetime.datetime.now()\ndef f(): see(f'{{NOW}}')") == "<stable>"


def test_what_a_constructor_keeps_is_not_known_to_change(values_of: Callable[..., object]) -> None:
    code = f"""{IMPORTS}
class A:
    def __init__(self, name):
        self.text = f"{{name}} since {{datetime.datetime.now()}}"
    def f(self):
        see(self.text)
"""
    assert values_of(code) == "<unknown> since <unknown>"


def test_a_loop_at_module_level_reads_the_clock_each_time(values_of: Callable[..., object]) -> None:
    assert values_of(f"{IMPORTS}for x in y:\n    see(f'{{time.time()}}')") == "<volatile>"
